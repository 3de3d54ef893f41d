#!/usr/bin/env bash
# make bench: measures every row of tests/bench/rows, prints one JSON line per row, appends it to target/bench.jsonl, and ends with a
# table for people. ONLY=enqueue,drain measures some. ROUNDS, SECONDS_EACH and JOBS make a run shorter or longer: see support.py.
# CONNECTIONS and BATCH change the drain: see drain.py.
# Runs inside tests/cluster.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/common.sh
. tests/bench/install.sh

install_python
# The drain is compared with it in the same run.
install_peer graphile || say "graphile-worker is not here: the drain is measured without a reference"
exec "$BENCH_VENV/bin/python" tests/bench/bench.py rows
