#!/usr/bin/env bash
# make bench-peers: installs other queues for PostgreSQL below target/bench-peers and measures drain, latency and enqueue of each beside this
# one, in turn. ONLY=graphile,awa measures some queues, ONLY=latency one figure of all, ONLY=awa_latency one; a queue that cannot be
# installed is left out with a message.
# LONG, ROUNDS, SECONDS_EACH, CONNECTIONS and BATCH as in run.sh; how many jobs a peer drains stands in peer.py.
# Runs inside tests/cluster.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/common.sh
. tests/bench/install.sh

# Whether ONLY names a queue, one of its rows, or one figure of all.
is_wanted() {
  [ -z "${ONLY:-}" ] || grep -qE "(^|,)($1(_[a-z]+)?|drain|latency|enqueue)(,|$)" <<<"$ONLY"
}

install_python
for folder in tests/bench/peers/*/; do
  peer=$(basename "$folder")
  if is_wanted "$peer"; then
    install_peer "$peer" || say "$peer is left out"
  fi
done
exec "$BENCH_VENV/bin/python" tests/bench/bench.py peers
