#!/usr/bin/env bash
# make bench: measures every row of tests/bench/rows, prints one JSON line per row, appends it to target/bench.jsonl, and ends with a
# table for people. ONLY=enqueue,drain measures some, by the names of the files.
# LONG=1 takes its time: ten minutes of pinned snapshot instead of three, and five rounds instead of three.
# ROUNDS, SECONDS_EACH and JOBS make a run shorter or longer: see support.py and rows/drain.py; so do PINNED_SECONDS and CALLS, see
# rows/pinned_snapshot.py and rows/in_flight.py. CONNECTIONS and BATCH change the drain: see steward_drain.py.
# Runs inside tests/cluster.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/common.sh
. tests/bench/install.sh

install_python
# The drain is compared with it in the same run.
if [ -z "${ONLY:-}" ] || grep -qE '(^|,)drain(,|$)' <<<"$ONLY"; then
  install_peer graphile || say "graphile-worker is not here: the drain is measured without a reference"
fi
exec "$BENCH_VENV/bin/python" tests/bench/bench.py rows
