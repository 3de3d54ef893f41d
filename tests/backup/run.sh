#!/usr/bin/env bash
# tests/backup/run.sh: proves what happens to a database that is restored, cloned or taken over, one sentence a line. For tests/cluster.sh.
# helpers.sql and fill.sql make a database with every kind of row; paused.sql says what holds in each of its copies until somebody accepts
# it, accepted.sql what holds after that. The copies: dumps in another cluster (restores.sh), in the same one (same_cluster.sh),
# and a standby and a point-in-time recovery (other_timeline.sh). SENTENCES is where the scripts write what they found.
set -euo pipefail
cd "$(dirname "$0")"
. ../../scripts/common.sh
. support.sh
readonly SOURCE=steward_backup
BACKUP=$(mktemp -d /tmp/steward_backup.XXXXXX)
SENTENCES=$BACKUP/sentences
export BACKUP SENTENCES
touch "$SENTENCES"
chmod 777 "$BACKUP"  # servers that run as the account postgres have their data here
child=""

# Whatever runs in the group of the child hears of it and stops its servers: tests/cluster.sh and other_timeline.sh have traps of their own.
clean_up() {
  local status=$?
  trap - EXIT INT TERM
  if [ -n "$child" ]; then
    kill -TERM -- "-$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  rm -rf "$BACKUP"
  "$PG_BIN/dropdb" --if-exists --force "$SOURCE" 2>/dev/null || true
  exit "$status"
}
trap clean_up EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

# In a process group of its own, and waited for with `wait`, which a signal interrupts.
part() {
  set -m
  "$@" &
  child=$!
  set +m
  wait "$child" || echo "NOT SO  $* ran to its end" | say_sentence
  child=""
}

"$PG_BIN/dropdb" --if-exists --force "$SOURCE" 2>/dev/null
"$PG_BIN/createdb" "$SOURCE"
story "the source"
play "$SOURCE" fill.sql
rows_of "$SOURCE" >"$BACKUP/rows"
"$PG_BIN/pg_dumpall" --globals-only --file "$BACKUP/globals.sql"
holds "pg_dump warns of nothing but the claims that refer to earlier ones" \
  "$({ "$PG_BIN/pg_dump" --format custom --file "$BACKUP/custom.dump" "$SOURCE"; "$PG_BIN/pg_dump" --file "$BACKUP/plain.sql" "$SOURCE"; } 2>&1 | but_for_claims)" ""
chmod -R a+r "$BACKUP"

STEWARD_INSTALLED=1 part ../cluster.sh ./restores.sh
part ./other_timeline.sh "$SOURCE"
part ./same_cluster.sh "$SOURCE"

held=$(grep -c '^ok ' "$SENTENCES" || true)
failed=$(grep -vcE '^(ok  |        -- )' "$SENTENCES" || true)
echo "backup: $held hold, $failed do not"
[ "$failed" = 0 ]
