#!/usr/bin/env bash
# make bench-peers: installs other queues for PostgreSQL below target/bench-peers and measures enqueue and drain of each beside this one,
# in turn. ONLY=graphile,pgqueuer measures some; a peer that cannot be installed is left out with a message.
# ROUNDS, SECONDS_EACH, CONNECTIONS and BATCH as in run.sh; how many jobs a peer drains stands in peer.py.
# Runs inside tests/cluster.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/common.sh
. tests/bench/install.sh

install_python
for folder in tests/bench/peers/*/; do
  peer=$(basename "$folder")
  if [ -z "${ONLY:-}" ] || grep -qwF -- "$peer" <<<"${ONLY//,/ }"; then
    install_peer "$peer" || say "$peer is left out"
  fi
done
exec "$BENCH_VENV/bin/python" tests/bench/bench.py peers
