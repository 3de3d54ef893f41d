#!/usr/bin/env bash
# tests/regress/run.sh [TEST…]: runs sql/*.sql (or the named ones) with pg_regress and compares with expected/. For tests/cluster.sh.
# Every test gets a database of its own, copied from a template that setup.sql makes, so none sees what another left behind. A copy is
# somewhere else than its template was, so the restore guard holds it until it is told that this is meant.
# A run of all tests also fails when a public function was not executed by any of them, or stands in none of their statements.
set -euo pipefail
cd "$(dirname "$0")"
. ../../scripts/common.sh
pg_regress=$(dirname "$("$PG_CONFIG" --pgxs)")/../test/regress/pg_regress
readonly TEMPLATE=steward_regress_template
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

make_database() {
  "$PG_BIN/dropdb" --if-exists --force "$1" 2>/dev/null
  "$PG_BIN/createdb" ${2:+--template="$2"} "$1"
}

make_database "$TEMPLATE"
"$PG_BIN/psql" -qX -d "$TEMPLATE" -f setup.sql >"$out/setup.log" 2>&1 || { cat "$out/setup.log" >&2; exit 1; }

# Names of functions that were executed, of the database of one test.
note_called() {
  "$PG_BIN/psql" -qXAt -d "$1" -c "select funcname from pg_stat_user_functions where schemaname = 'steward'" >>"$out/called"
}

# Those of the public functions that nothing has executed, and those that no statement of a test names.
check_called() {
  local name status=0
  while IFS= read -r name; do
    grep -qx -- "$name" "$out/called" || { echo "no test executes steward.$name"; status=1; }
    grep -qrE "(steward\.|\(')$name\b" --include='*.sql' .. || { echo "no test calls steward.$name by name"; status=1; }
  done < <("$PG_BIN/psql" -qXAt -d "$TEMPLATE" -f public_functions.sql)
  [ "$status" = 0 ] && echo "regress: every public function is called"
  return "$status"
}

failed=""
passed=0
all=""
if [ $# = 0 ]; then
  all=1
  set -- $(basename -s .sql sql/*.sql)
fi
for test in "$@"; do
  database=steward_regress_$test
  make_database "$database" "$TEMPLATE"
  "$PG_BIN/psql" -qX -d postgres -c "alter database $database set track_functions = 'all'"
  "$PG_BIN/psql" -qXAt -d "$database" -c "select count(*) from steward.accept_restore('a copy for a test')" >"$out/accept.log"
  mkdir -p "$out/$test"
  if "$pg_regress" --use-existing --bindir="$PG_BIN" --dbname="$database" --inputdir="$PWD" --outputdir="$out/$test" \
    --host="$PGHOST" --port="$PGPORT" --user="$PGUSER" "$test" >"$out/$test/log" 2>&1; then
    passed=$((passed + 1))
  else
    failed="$failed $test"
    cat "$out/$test/regression.diffs" 2>/dev/null || cat "$out/$test/log"
  fi
  [ -z "${REGRESS_RESULTS:-}" ] || cp "$out/$test/results/"*.out "$REGRESS_RESULTS/"
  note_called "$database"
  "$PG_BIN/dropdb" --force "$database"
done
[ -z "$all" ] || check_called || failed="$failed public_functions"
"$PG_BIN/dropdb" "$TEMPLATE"
echo "regress: $passed passed$([ -z "$failed" ] || echo ", failed:$failed")"
[ -z "$failed" ]
