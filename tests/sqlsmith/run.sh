#!/usr/bin/env bash
# tests/sqlsmith/run.sh [SECONDS]: throws random statements (sqlsmith) and hostile arguments (fuzz.py) at the extension as each kind of login,
# for about so many seconds (30), and fails when the server stumbles, when a refusal has no code, or when somebody changed what is not
# theirs. For tests/cluster.sh. SEED=n plays the same dice again. What sqlsmith does is rolled back; what fuzz.py does is for good.
set -euo pipefail
cd "$(dirname "$0")"
. ../../scripts/common.sh
readonly SECONDS_IN_ALL=${1:-30} SEED=${SEED:-1} DATABASE=steward_sqlsmith
[[ "$SECONDS_IN_ALL" =~ ^[0-9]+$ ]] || die "usage: tests/sqlsmith/run.sh [SECONDS]"
command -v sqlsmith >/dev/null || die "sqlsmith is not installed: run scripts/setup.sh tests"
out=$(mktemp -d)
failed=0
reached_by=""

clean_up() {
  local status=$?
  trap - EXIT INT TERM
  rm -rf "$out"
  "$PG_BIN/dropdb" --if-exists --force "$DATABASE" 2>/dev/null || true
  exit "$status"
}
trap clean_up EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

ask() { "$PG_BIN/psql" -qXAt -d "$DATABASE" -c "$1"; }
complain() {
  echo "NOT SO  $1"
  failed=$((failed + 1))
}

# share N: N hundredths of the time, in seconds.
share() { printf '%d.%02d' "$((SECONDS_IN_ALL * $1 / 100))" "$((SECONDS_IN_ALL * $1 % 100))"; }

# A server that crashed and came back has another start, and its log tells of it.
server() { as_postgres head -n 1 "$CLUSTER_DATA/postmaster.pid"; ask 'select pg_postmaster_start_time()'; }
log_since() { tail -c "+$((log_start + 1))" "$CLUSTER_LOG"; }

# The functions that a login may call and that were called, in words: counted where catalog.sql wraps them, because the server counts no call that
# ends in an error. Without those that are the same for everybody.
reached() {
  ask "select count(*) || ' functions of ours by ' || coalesce(sum(f.calls), 0) || ' calls'
      || coalesce(' (' || string_agg(f.funcname || ' ' || f.calls, ', ' order by f.calls desc) || ')', '')
    from pg_stat_user_functions f
    where f.schemaname = 'smith' and f.calls > 0 and f.funcname in (select p.proname from pg_proc p where p.pronamespace = 'steward'::regnamespace)
      and f.funcname <> all ('{version,now,clock,lease_seconds}')"
}

# smith LOGIN SECONDS: sqlsmith, until its time is over, which timeout reports as 124. Compiling its long statements would take most of that time.
smith() {
  local login=$1 status=0 before after calls
  ask 'select pg_stat_reset()' >/dev/null
  before=$(ask 'select xact_rollback from pg_stat_database where datname = current_database()')
  PGOPTIONS='-c search_path=smith,pg_catalog -c jit=off' timeout --kill-after=5 "$2" sqlsmith --exclude-catalog --seed="$SEED" \
    --target="host=$PGHOST port=$PGPORT dbname=$DATABASE user=$login" >"$out/smith" 2>&1 </dev/null || status=$?
  after=$(ask 'select xact_rollback from pg_stat_database where datname = current_database()')
  calls=$(reached "$login")
  echo "sqlsmith: $login: $((after - before)) statements; reached $calls"
  if [ "$status" != 124 ] && [ "$status" != 0 ]; then
    complain "sqlsmith ended with status $status as $login"
    tail -n 5 "$out/smith"
  fi
  case $calls in 0\ *) ;; *) reached_by="$reached_by $login" ;; esac
}

# fuzz LOGIN SECONDS. It looks at the time between batches: one may hold a few calls that take up to their limit.
fuzz() {
  PGDATABASE=$DATABASE timeout --kill-after=5 "$((${2%.*} + 30))" python3 -B fuzz.py "$1" "$2" "$SEED" || complain "every refusal to $1 had a code"
}

snapshot() { "$PG_BIN/psql" -qXAt -d "$DATABASE" -v own="{$1}" -v ignored="{$2}" -f snapshot.sql; }

# attack WITH LOGIN HUNDREDTHS OWN IGNORED: with smith or fuzz, for so many hundredths of the time. OWN: the tables in which only the rows of
# another workspace must stay as they are; IGNORED: those that may change altogether.
attack() {
  snapshot "$4" "$5" >"$out/before"
  "$1" "$2" "$(share "$3")"
  snapshot "$4" "$5" | diff "$out/before" - || complain "$2 changed nothing but what is its to change"
}

"$PG_BIN/dropdb" --if-exists --force "$DATABASE" 2>/dev/null
"$PG_BIN/createdb" "$DATABASE"
quietly "$PG_BIN/psql" -qX -d "$DATABASE" -f setup.sql -f catalog.sql
log_start=$(as_postgres stat -c %s "$CLUSTER_LOG")
server >"$out/server"

readonly OF_WORKSPACES=member,job,ready,waiting,attempt,job_status,cancellation,checkpoint,schedule,schedule_run,audit,usage_limit,usage_limit_version,usage_window,limit_alert,quota_unit,consumption,spending_stop,ledger,account,action,action_job,suppression,breaker_event,lead,lead_version,rubric,rubric_publication,routing,signal,visitor,lead_score,stale_lead,model
readonly OF_OWNERS=$OF_WORKSPACES,workspace,account_zone,policy,policy_kind
readonly OF_JOBS=job,ready,waiting,attempt,job_status,cancellation,checkpoint,schedule,schedule_run,worker,latch,ledger,ledger_block,ledger_head,ledger_seal,usage_window,limit_line,limit_alert,unposted,cooldown,quota_unit,reservation,account,account_day,action,action_claim,action_job,breaker_event,day_plan,governor_run,policy,policy_kind,lead_score,stale_lead,signal
readonly OF_ADMINISTRATORS=$OF_JOBS,paused_queue,tool,provider,login,workspace,member,audit,plan,price,price_import,usage_limit,usage_limit_version,spending_stop,consumption
attack smith regress_editor 18 "$OF_WORKSPACES" ""
attack smith regress_analyst 12 "" ""
attack smith regress_worker 12 "" "$OF_JOBS"
attack smith regress_admin 12 "" "$OF_ADMINISTRATORS"
[ -n "$reached_by" ] || complain "sqlsmith reached a function of ours"
# After it, because the fuzzer fills the tables.
attack fuzz regress_editor 10 "$OF_WORKSPACES" ""
attack fuzz regress_manager 6 "$OF_OWNERS" latch
attack fuzz regress_gateway 7 "" ""
attack fuzz steward_script 2 "" ""
attack fuzz regress_analyst 3 "" ""
attack fuzz regress_worker 10 "" "$OF_JOBS"
attack fuzz regress_admin 8 "" "$OF_ADMINISTRATORS"

server | diff "$out/server" - || complain "the server is the one that was started"
if log_since | grep -aE 'PANIC|was terminated by signal|server process|database system was (interrupted|not properly shut down)' | head; then
  complain "no backend crashed"
fi
if log_since | grep -aE -A 12 'ERROR:  XX000|FATAL:  XX|XX00[12]' | head -n 60 | cut -c 1-600 | grep .; then
  complain "nobody met an internal error"
fi
echo "sqlsmith: $([ "$failed" = 0 ] && echo 'nothing found' || echo "$failed findings") (seed $SEED)"
[ "$failed" = 0 ]
