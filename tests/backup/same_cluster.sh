#!/usr/bin/env bash
# tests/backup/same_cluster.sh DATABASE: copies and restores of a database inside the cluster it comes from. For tests/cluster.sh, below run.sh.
# The roles are the same here, so a login stays whom it was. Comes last: it restores the database over itself, and restarts the server.
set -euo pipefail
cd "$(dirname "$0")"
. ../../scripts/common.sh
. support.sh
readonly SOURCE=$1 CLONE=${1}_clone

restart() { (cd /tmp && as_postgres "$PG_BIN/pg_ctl" -D "$CLUSTER_DATA" -l "$CLUSTER_LOG" -m "$1" -w -t 60 restart >/dev/null); }

story "a restart of the server"
restart fast
holds "a server that was restarted is where it was" "$(ask "$SOURCE" 'select steward.is_restored()')" f
restart immediate
holds "so is one that crashed and recovered" "$(ask "$SOURCE" 'select steward.is_restored()')" f
same_rows "no row was changed" "$BACKUP/rows" "$SOURCE" 0

story "a clone in the same cluster"
"$PG_BIN/dropdb" --if-exists --force "$CLONE" 2>/dev/null
"$PG_BIN/createdb" --template "$SOURCE" "$CLONE"
ask postgres 'drop role backup_viewer' 'create role backup_viewer login' 'grant steward_user to backup_viewer'
holds "the original goes on" "$(ask "$SOURCE" 'select steward.is_restored()')" f
play "$CLONE" paused.sql moved=false
play "$CLONE" accepted.sql nothing_ran_since=false moved=false
holds "a role that was dropped and made anew under the name is nobody still: the cluster is the same" \
  "$(ask "$CLONE" 'set session authorization backup_viewer' 'select steward.uid() is null')" t
"$PG_BIN/dropdb" "$CLONE"

story "a dump restored over the database it was made of"
ask "$SOURCE" 'select oid from pg_database where datname = current_database()' >"$BACKUP/oid"
holds "pg_restore --clean replaces everything without an error" "$("$PG_BIN/pg_restore" --clean --if-exists -d "$SOURCE" "$BACKUP/custom.dump" 2>&1)" ""
holds "the database has the oid it had" "$(ask "$SOURCE" 'select oid from pg_database where datname = current_database()')" "$(cat "$BACKUP/oid")"
same_rows "every row is as it was, and one more installation" "$BACKUP/rows" "$SOURCE" 1
play "$SOURCE" paused.sql moved=false
play "$SOURCE" accepted.sql nothing_ran_since=false moved=false
restart fast
holds "a restart leaves it accepted" "$(ask "$SOURCE" 'select steward.is_restored()')" f
