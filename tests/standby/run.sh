#!/usr/bin/env bash
# tests/standby/run.sh: scores are read on a hot standby. A standby of this cluster (pg_basebackup -R) catches up with a primary that fill.sql has filled, and is asked by a member under row security
# what the primary was asked (answers.sql): it has to say the same, write nothing, and let parallel workers score (parallel.sql). For tests/cluster.sh. SENTENCES is what was found.
set -euo pipefail
cd "$(dirname "$0")"
. ../../scripts/common.sh
. ../backup/support.sh
here=$PWD  # of the scripts that are played
readonly PRIMARY=$PGHOST DATABASE=steward_standby
STANDBY=$(mktemp -d /tmp/steward_standby.XXXXXX)
SENTENCES=$STANDBY/sentences
touch "$SENTENCES"
chmod 777 "$STANDBY"  # the account postgres makes and removes its data there

clean_up() {
  local status=$?
  trap - EXIT INT TERM
  (cd /tmp && as_postgres "$PG_BIN/pg_ctl" -D "$STANDBY/data" -m immediate -w stop) >/dev/null 2>&1 || true
  as_postgres rm -rf "$STANDBY/data"
  rm -rf "$STANDBY"
  PGHOST=$PRIMARY "$PG_BIN/dropdb" --if-exists --force "$DATABASE" 2>/dev/null || true
  ask postgres 'drop role if exists standby_owner, standby_viewer' 2>/dev/null || true
  exit "$status"
}
trap clean_up EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

# answers HOST FILE: what a server says to a script; the first error ends it, and is part of the answer.
answers() { PGHOST=$1 PGOPTIONS='-c jit=off' "$PG_BIN/psql" -qXAt -v ON_ERROR_STOP=1 -d "$DATABASE" -f "$2" 2>&1 || true; }

fill_primary() {
  "$PG_BIN/createdb" "$DATABASE"
  ask "$DATABASE" 'create extension pg_steward'
  PGOPTIONS='-c jit=off' "$PG_BIN/psql" -qXAt -v ON_ERROR_STOP=1 -d "$DATABASE" -f fill.sql >/dev/null
}

# On a socket of its own; pg_cron would run the jobs of the primary a second time.
start_standby() {
  mkdir "$STANDBY/data"
  [ "$(id -u)" != 0 ] || chown postgres "$STANDBY/data"
  chmod 700 "$STANDBY/data"
  as_postgres "$PG_BIN/pg_basebackup" -D "$STANDBY/data" -X stream -c fast -R --no-sync
  printf '%s\n' "unix_socket_directories = '$STANDBY/data'" "listen_addresses = ''" "shared_preload_libraries = ''" | as_postgres tee -a "$STANDBY/data/postgresql.auto.conf" >/dev/null
  (cd /tmp && as_postgres "$PG_BIN/pg_ctl" -D "$STANDBY/data" -l "$STANDBY/data/server.log" -o "-p $PGPORT" -w -t 60 start >/dev/null)
}

# wait_for LSN: until the standby has replayed it.
wait_for() {
  local tries=0
  until [ "$(PGHOST=$STANDBY/data ask "$DATABASE" "select pg_last_wal_replay_lsn() >= '$1'")" = t ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 200 ] || die "the standby did not reach $1 within 20 s"
    "$PG_BIN/psql" -qXAt -d "$DATABASE" -c 'select pg_sleep(0.1)' >/dev/null
  done
}

refusal_of() { PGHOST=$STANDBY/data "$PG_BIN/psql" -qXAt -v VERBOSITY=sqlstate -d "$DATABASE" -c 'set session authorization standby_owner' -c "$1" 2>&1 || true; }

story "a hot standby"
fill_primary
start_standby
# Written after the backup: it has to come over the stream.
ask "$DATABASE" 'set session authorization standby_owner' \
  "select from steward.set_lead((select l.id from steward.leads l join steward.top_leads t on t.lead_id = l.id where t.rank = 7 order by l.id limit 1), '{\"company\": \"Written while the standby runs\"}')" >/dev/null
wait_for "$(ask "$DATABASE" 'select pg_current_wal_lsn()')"
holds "it replays what its primary writes, and takes queries meanwhile" "$(PGHOST=$STANDBY/data ask "$DATABASE" "select pg_is_in_recovery(), count(*) from steward.lead l where l.company = 'Written while the standby runs'")" "t|1"
holds "what writes is refused" "$(refusal_of "select steward.score_leads((select w from steward.my_workspaces() w limit 1))")" "ERROR:  25006"

story "a viewer, who sees one of two workspaces"
answers "$PRIMARY" answers.sql >"$STANDBY/primary"
answers "$STANDBY/data" answers.sql >"$STANDBY/standby"
holds "each function answers" "$(grep -c . "$STANDBY/primary")" "$(grep -c '^select' answers.sql)"
holds "row security is on" "$(head -n 1 "$STANDBY/standby")" "row security|t|1"
holds "none answers with nothing" "$(grep -E '\|0\||\|$|ERROR' "$STANDBY/standby" || true)" ""
while IFS='|' read -r name said; do
  holds "$name says what it says on the primary" "$said" "$(sed -n "s/^$name|//p" "$STANDBY/primary")"
done < <(tail -n +2 "$STANDBY/standby")

story "parallel workers"
for server in "$PRIMARY" "$STANDBY/data"; do
  called=$([ "$server" = "$PRIMARY" ] && echo "the primary" || echo "the standby")
  answers "$server" parallel.sql >"$STANDBY/parallel"
  holds "$called scores all leads below Gather, and reads scores as a viewer below Gather" "$(grep -cE '^ *(->  )?Gather \(|Workers Launched: [12]$' "$STANDBY/parallel")" 4
  holds "and finds there what one process finds" "$(grep -c '^parallel|' "$STANDBY/parallel") $(sed -n 's/^parallel|//p' "$STANDBY/parallel")" "2 $(sed -n 's/^alone|//p' "$STANDBY/parallel")"
  sed -n 's/^parallel|//p' "$STANDBY/parallel" >>"$STANDBY/sums"
done
holds "both servers find the same" "$(sort -u "$STANDBY/sums" | wc -l)" 2

held=$(grep -c '^ok ' "$SENTENCES" || true)
failed=$(grep -vcE '^(ok  |        -- )' "$SENTENCES" || true)
echo "standby: $held hold, $failed do not"
[ "$failed" = 0 ]
