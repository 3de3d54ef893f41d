#!/usr/bin/env bash
# Runs every test, stage by stage, and ends with one line of how many stages passed.
# A failing stage does not stop the later ones, so that one run shows everything that is wrong.
# `scripts/test.sh STAGE…` runs some of them; their names are those of the functions below without stage_.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/common.sh

readonly STAGES="install lint core worker regress isolation installation upgrade backup standby sqlsmith end_to_end chaos demo"

stage_install() { scripts/install.sh; }
stage_lint() { scripts/lint.sh; }
stage_core() { cargo test --locked -q -p steward-core; }
stage_worker() { cargo test --locked -q -p steward-worker; }
stage_regress() { tests/cluster.sh tests/regress/run.sh; }
stage_isolation() { tests/cluster.sh tests/isolation/run.sh; }
stage_installation() { tests/cluster.sh tests/installation/run.sh; }
stage_upgrade() { tests/cluster.sh tests/upgrade/run.sh; }
stage_backup() { tests/cluster.sh tests/backup/run.sh; }
stage_standby() { tests/cluster.sh tests/standby/run.sh; }
stage_sqlsmith() { tests/cluster.sh tests/sqlsmith/run.sh 20; }
stage_end_to_end() { tests/cluster.sh cargo test --locked -q -p steward-tests; }
# In a cluster of its own, which the scenarios take down one after the other; CHAOS=full asks for the long form.
stage_chaos() {
  CLUSTER_CONF=$'synchronous_commit = off\nwal_writer_delay = 10s\nmax_connections = 240' \
    tests/cluster.sh cargo test --locked -q -p steward-chaos -- --test-threads=1 ${CHAOS:+--nocapture}
}
stage_demo() { tests/cluster.sh demo/run.sh; }

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0
failed=""
for stage in ${*:-$STAGES}; do
  say "$stage"
  started=$SECONDS
  if "stage_$stage" 2>&1 | tee "$logs/$stage"; then passed=$((passed + 1)); else failed="$failed $stage"; fi
  say "$stage took $((SECONDS - started)) s"
done

# Once more at the end, where somebody who sees only the last lines of a long run finds it.
for stage in $failed; do
  say "the last lines of $stage, which failed"
  tail -n 20 "$logs/$stage"
done
[ -z "$failed" ] || say "failed stages:$failed"
echo "$passed passed, $(wc -w <<<"$failed") failed"
[ -z "$failed" ]
