# Every target sets up what it needs on a fresh Debian 12 with the Rust toolchain, as root or through sudo.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo shell test chaos install lint coverage bench bench-peers clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: ## see it work: carousels, an enrichment batch, faults, a killed worker, an account's week, lead scores (KEEP=1 leaves it running)
	@scripts/setup.sh
	@tests/cluster.sh demo/run.sh

shell: ## a shell beside a throwaway PostgreSQL with the extension, for the tour of the README; `exit` removes it
	@scripts/setup.sh
	@tests/cluster.sh bash --rcfile scripts/shell.sh -i

test: ## run every test: lint, core, worker, SQL, end to end, README, demo
	@scripts/setup.sh tests
	@scripts/test.sh

chaos: ## workers killed 20 times, the server crashed, connections cut, an outage of two minutes, a full disk, outreach over clock changes: about twelve minutes
	@scripts/setup.sh tests
	@CHAOS=full scripts/test.sh chaos

install: ## build and install the extension into PostgreSQL 15, and the worker to /usr/local/bin
	@scripts/setup.sh
	@scripts/install.sh
	@. scripts/common.sh && as_root install -m 755 target/release/steward /usr/local/bin/steward

lint: ## formatting, clippy, shellcheck, pgspot, plpgsql_check, file length, module boundaries
	@scripts/setup.sh tests
	@scripts/install.sh
	@scripts/lint.sh

coverage: ## line coverage of core and worker; fails below 80 %
	@scripts/setup.sh tests
	@scripts/coverage.sh

bench: ## measure; one JSON line per row, appended to target/bench.jsonl (ONLY=enqueue for one row, LONG=1 takes its time)
	@scripts/setup.sh tests
	@tests/cluster.sh tests/bench/run.sh

bench-peers: ## install other queues and measure them beside this one (ONLY=awa for one, ONLY=latency for one figure)
	@scripts/setup.sh tests
	@tests/cluster.sh tests/bench/peers.sh

clean: ## remove everything that was built; what is installed in PostgreSQL stays
	@rm -rf target
