#!/usr/bin/env bash
# tests/regress/run.sh [TEST…]: runs sql/*.sql (or the named ones) with pg_regress and compares with expected/. For tests/cluster.sh.
# Every test gets a database of its own, copied from a template that setup.sql makes, so none sees what another left behind. A copy is
# somewhere else than its template was, so the restore guard holds it until it is told that this is meant.
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

failed=""
passed=0
for test in "${@:-}"; do [ -n "$test" ] || set -- $(basename -s .sql sql/*.sql); break; done
for test in "$@"; do
  database=steward_regress_$test
  make_database "$database" "$TEMPLATE"
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
  "$PG_BIN/dropdb" --force "$database"
done
"$PG_BIN/dropdb" "$TEMPLATE"
echo "regress: $passed passed$([ -z "$failed" ] || echo ", failed:$failed")"
[ -z "$failed" ]
