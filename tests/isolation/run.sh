#!/usr/bin/env bash
# tests/isolation/run.sh [SPEC…]: runs specs/*.spec (or the named ones) with pg_isolation_regress. For tests/cluster.sh.
# A spec is named after what must hold, and plays the orders in which two sessions may meet. All share a database with the cast
# and the helpers of tests/regress/setup.sql, and leave its tables empty.
set -euo pipefail
cd "$(dirname "$0")"
. ../../scripts/common.sh
pg_isolation_regress=$(dirname "$("$PG_CONFIG" --pgxs)")/../test/isolation/pg_isolation_regress
readonly DATABASE=steward_isolation
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

"$PG_BIN/dropdb" --if-exists --force "$DATABASE" 2>/dev/null
"$PG_BIN/createdb" "$DATABASE"
for setup in ../regress/setup.sql setup.sql; do
  "$PG_BIN/psql" -qX -d "$DATABASE" -f "$setup" >"$out/setup.log" 2>&1 || { cat "$out/setup.log" >&2; exit 1; }
done

[ $# -gt 0 ] || set -- $(basename -s .spec specs/*.spec)
status=0
"$pg_isolation_regress" --use-existing --bindir="$PG_BIN" --dbname="$DATABASE" --inputdir="$PWD" --outputdir="$out" \
  --host="$PGHOST" --port="$PGPORT" --user="$PGUSER" "$@" >"$out/log" 2>&1 || status=$?
if [ "$status" != 0 ]; then cat "$out/regression.diffs" 2>/dev/null || true; cat "$out/log"; fi
[ -z "${REGRESS_RESULTS:-}" ] || cp "$out/results/"*.out "$REGRESS_RESULTS/"
"$PG_BIN/dropdb" --force "$DATABASE"
echo "isolation: $(grep -cE '^test .* ok ' "$out/log" || true) passed$(grep -E '^test .* FAILED' "$out/log" | awk '{ printf ", failed: %s", $2 }' || true)"
exit "$status"
