#!/usr/bin/env bash
# Restores the dumps of run.sh into another cluster. For tests/cluster.sh, below run.sh.
set -euo pipefail
cd "$(dirname "$0")"
. ../../scripts/common.sh
. support.sh
out=$BACKUP/restores
mkdir -p "$out"

# Roles that are there already are no fault of a restore.
restore_globals() {
  PGOPTIONS='-c client_min_messages=warning' "$PG_BIN/psql" -qX -d postgres -f "$BACKUP/globals.sql" 2>&1 | grep -v 'ERROR:  role ".*" already exists$' || true
}

forget_installation steward
story "another cluster: the database first, its roles after that"
"$PG_BIN/createdb" restored
"$PG_BIN/pg_restore" -d restored "$BACKUP/custom.dump" 2>"$out/custom.log" || true
holds "the only complaint is that the owner of the schema comes with the extension" \
  "$(grep -E 'ERROR' "$out/custom.log" || true)" 'pg_restore: error: could not execute query: ERROR:  role "steward_owner" does not exist'
holds "roles after the database need no setting" "$(restore_globals)" ""
same_rows "every row is as it was, and one more installation" "$BACKUP/rows" restored 1
play restored paused.sql moved=true
play restored accepted.sql nothing_ran_since=false moved=true logins='8, 0'
"$PG_BIN/dropdb" restored

story "another cluster: its roles first, with everybody who was granted one"
"$PG_BIN/createdb" refused
"$PG_BIN/psql" -qX -d refused -v VERBOSITY=verbose -f "$BACKUP/plain.sql" >/dev/null 2>"$out/refused.log" || true
holds "without steward.accept_roles the installation refuses roles that have members" \
  "$(grep -cE 'ERROR:  42710|code=role_prepared' "$out/refused.log")" 2
"$PG_BIN/dropdb" refused
"$PG_BIN/createdb" restored
PGOPTIONS='-c steward.accept_roles=on' "$PG_BIN/psql" -qX -d restored -v ON_ERROR_STOP=1 -f "$BACKUP/plain.sql" >/dev/null 2>"$out/plain.log" || true
holds "with it the plain dump is restored without an error" "$(cat "$out/plain.log")" ""
same_rows "every row is as it was, and one more installation" "$BACKUP/rows" restored 1
# pg_restore --jobs loads the longest tables first and this one nearly last, while a worker may be asking already.
"$PG_BIN/createdb" halfway
"$PG_BIN/pg_restore" --list "$BACKUP/custom.dump" | grep -v 'TABLE DATA steward installation' >"$out/halfway.list"
PGOPTIONS='-c steward.accept_roles=on' "$PG_BIN/pg_restore" --use-list "$out/halfway.list" -d halfway "$BACKUP/custom.dump"
holds "nothing is claimed while the tables are being restored, whichever comes last" \
  "$(ask halfway 'set session authorization backup_worker' 'select backup.claimed(backup.queues())')" 0
ask postgres 'drop role backup_viewer'
play restored paused.sql moved=true
play restored accepted.sql nothing_ran_since=true moved=true logins='7, 1'
