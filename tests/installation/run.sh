#!/usr/bin/env bash
# tests/installation/run.sh: what an installation refuses, what it takes over, and what it leaves behind. For tests/cluster.sh, with a cluster
# of its own: roles belong to the whole cluster, so here the extension is dropped first and installed again and again.
set -euo pipefail
cd "$(dirname "$0")"
psql -qXAt -v ON_ERROR_STOP=1 -f cron.sql -f prepared.sql
