#!/usr/bin/env bash
# tests/backup/other_timeline.sh DATABASE: a standby that takes over, and a point-in-time recovery: the same system identifier and the same
# oids on another timeline. For tests/cluster.sh, below run.sh. Stops its servers whatever ends it.
set -euo pipefail
cd "$(dirname "$0")"
. ../../scripts/common.sh
. support.sh
readonly SOURCE=$1
readonly STANDBY=$BACKUP/standby RECOVERED=$BACKUP/recovered
source_host=$PGHOST

stop_servers() {
  local status=$? data
  trap - EXIT INT TERM
  for data in "$STANDBY" "$RECOVERED"; do
    (cd /tmp && as_postgres "$PG_BIN/pg_ctl" -D "$data" -m immediate -w stop) >/dev/null 2>&1 || true
    as_postgres rm -rf "$data"
  done
  exit "$status"
}
trap stop_servers EXIT
trap 'exit 143' INT TERM

# start DATA: on a socket of its own. The port is part of its name only, and pg_cron would run the jobs of the original a second time.
start() {
  printf '%s\n' "unix_socket_directories = '$1'" "listen_addresses = ''" "shared_preload_libraries = ''" |
    as_postgres tee -a "$1/postgresql.auto.conf" >/dev/null
  (cd /tmp && as_postgres "$PG_BIN/pg_ctl" -D "$1" -l "$1/server.log" -o "-p $PGPORT" -w -t 60 start >/dev/null)
}

promoted() {
  local tries=0
  until [ "$(ask "$SOURCE" 'select pg_is_in_recovery()')" = f ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 200 ] || die "the server in $PGHOST did not leave recovery within 20 s"
    "$PG_BIN/psql" -qXAt -d "$SOURCE" -c 'select pg_sleep(0.1)' >/dev/null
  done
}

story "a standby"
mkdir -p "$STANDBY"
[ "$(id -u)" != 0 ] || chown postgres "$STANDBY"
chmod 700 "$STANDBY"
as_postgres "$PG_BIN/pg_basebackup" -D "$STANDBY" -X stream -c fast -R --no-sync
as_postgres cp -a "$STANDBY" "$RECOVERED"
start "$STANDBY"
export PGHOST=$STANDBY
# What a member reads: all of it goes through row security and the functions behind it.
seen() { PGHOST=$1 ask "$SOURCE" 'set session authorization backup_owner' 'select id, state, waiting_for, waiting_detail from steward.jobs order by id'; }
holds "a standby can be read, and tells of every job what the primary tells" "$(seen "$STANDBY" 2>&1 | diff <(seen "$source_host") - | grep -c "^[<>]" || true)" 0
holds "it holds the same rows" "$(rows_of "$SOURCE" 2>&1)" "$(cat "$BACKUP/rows")"
(cd /tmp && as_postgres "$PG_BIN/pg_ctl" -D "$STANDBY" -w -t 60 promote >/dev/null)
promoted
story "the standby takes over"
play "$SOURCE" paused.sql moved=false
play "$SOURCE" accepted.sql nothing_ran_since=false moved=false

story "a point-in-time recovery"
as_postgres rm "$RECOVERED/standby.signal"
as_postgres touch "$RECOVERED/recovery.signal"
# The log that was streamed with the backup is all there is; it ends where nothing more can be had.
printf '%s\n' "restore_command = 'false'" "primary_conninfo = ''" | as_postgres tee -a "$RECOVERED/postgresql.auto.conf" >/dev/null
start "$RECOVERED"
export PGHOST=$RECOVERED
promoted
same_rows "every row is as it was" "$BACKUP/rows" "$SOURCE" 0
play "$SOURCE" paused.sql moved=false
play "$SOURCE" accepted.sql nothing_ran_since=true moved=false
