#!/usr/bin/env bash
# demo/run.sh: the whole path on real input, in about a minute. `make demo` runs it as `tests/cluster.sh demo/run.sh`.
#
# Eight carousels for two personas, 500 leads through a Python script, three invitations; three calls hit faults, the
# worker is killed with kill -9 half-way, another one takes over, and SQL tells what happened. Then twenty illustrations
# meet a limit of 50 cents a day, and the kill switch. Then the clock moves to a Monday, and a sender of outreach keeps to
# its pace until the provider says that it is too much. At last 500 more leads get owners and scores; one asks for a quote
# and moves up, another rubric is tried, published and taken back. Every statement and command is printed before it runs, so that it
# can be typed again. A claim that does not hold ends it with an error.
#
# OPENAI_API_KEY    the carousels go to this provider instead of the sandbox; then no faults are asked for, none are claimed, and
#                   the log of calls holds the invitations only
# OPENAI_BASE_URL   where that provider is (https://api.openai.com/v1); OPENAI_MODEL: its model (gpt-4o-mini)
# KEEP=1            leaves sandbox and worker running, beside the cluster that tests/cluster.sh leaves
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../scripts/common.sh"
. "$here/account_week.sh"
. "$here/lead_scores.sh"
[ -n "${STEWARD_BIN:-}" ] || die "start the demo with \`make demo\`, or with: tests/cluster.sh demo/run.sh"

export TZ=UTC   # as the server's, so that the times of a shell line and of a table agree
started=$SECONDS
work=$(mktemp -d /tmp/steward-demo.XXXXXX)
log=$work/calls.jsonl
pids=()
bold='' plain=''
[ ! -t 1 ] || { bold=$'\033[1m' plain=$'\033[0m'; }

finish() {
  local status=$?
  trap - EXIT INT TERM
  if [ "$status" = 0 ] && [ "${KEEP:-}" = 1 ]; then exit 0; fi
  # Killed, not asked: a worker that may drain would keep us waiting, and everything it knows is in the database.
  [ ${#pids[@]} = 0 ] || kill -9 "${pids[@]}" 2>/dev/null || true
  if [ "$status" != 0 ]; then tail -n 20 "$work"/*.log >&2 || true; fi
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

heading() { printf '\n%s== %s ==%s\n' "$bold" "$*" "$plain"; }

# The words of a command (whose options all have values) as a shell reads them: quoted where they must be, in lines of
# up to 120 characters.
quoted() {
  local word column=2 option=''
  for word in "$@"; do
    case $word in *[!A-Za-z0-9_./:=,@%+-]*) word=${word@Q} ;; esac
    # An option stays on one line with its value.
    case $word in --*) option="$word "; continue ;; esac
    word=$option$word option=''
    if [ $((column + ${#word})) -gt 117 ]; then printf '\\\n    ' && column=4; fi
    printf '%s ' "$word"
    column=$((column + ${#word} + 1))
  done
}

# Prints a command and runs it in the background with its output in a file; its process id is in $last.
in_background() {
  local output=$1
  shift
  printf '$ %s&\n' "$(quoted "$@")"
  "$@" >"$output" 2>&1 </dev/null &
  last=$!
  disown "$last"
  pids+=("$last")
}

# act LOGIN FILE … [-v NAME=VALUE …]: runs demo/sql/FILE… in one session; psql prints each statement as it sends it.
act() {
  local login=$1 options=()
  shift
  printf '$ psql -h %s -p %s -U %s %s\n' "$PGHOST" "$PGPORT" "$login" "$PGDATABASE"
  while [ $# -gt 0 ]; do
    case $1 in
      -v) options+=(-v "$2"); shift 2 ;;
      *) options+=(-f "$here/sql/$1.sql"); shift ;;
    esac
  done
  PGOPTIONS='-c client_min_messages=warning' \
    psql -XqeU "$login" -v ON_ERROR_STOP=1 -P footer=off -P linestyle=unicode "${options[@]}"
}

# wait_until SECONDS STATEMENT: prints the statement and asks it until its first column is true, showing the second; the
# third is the words of a job that failed, which none may.
wait_until() {
  local deadline=$((SECONDS + $1)) statement=$2 answer reached summary failure shown=''
  printf '%s\n' "$statement"
  while :; do
    answer=$(psql -XqAtU demo_app -v ON_ERROR_STOP=1 -c "$statement")
    IFS='|' read -r reached summary failure <<<"$answer"
    [ "$summary" = "$shown" ] || printf '  %(%H:%M:%S)T  %s\n' -1 "$summary"
    shown=$summary
    [ -z "$failure" ] || die "a job failed: $failure"
    [ "$reached" != t ] || break
    [ "$SECONDS" -lt "$deadline" ] || die "this did not come true in $1 seconds: $statement"
    sleep 0.5
  done
  echo
}

start_sandbox() {
  in_background "$work/sandbox.log" "$STEWARD_BIN" sandbox --listen 127.0.0.1:0 --log "$log" \
    --latency-ms 1500 --slow-ms 60000
  sandbox=$last
  until grep -q '^listening on ' "$work/sandbox.log"; do
    kill -0 "$sandbox" 2>/dev/null || die "the sandbox did not start: $(cat "$work/sandbox.log")"
    sleep 0.05
  done
  mail_url=$(sed -n 's/^listening on //p' "$work/sandbox.log")
  mail_host=${mail_url#http://}
}

# The provider of the carousels: the sandbox, or the one whose key is in the environment.
choose_provider() {
  if [ -z "${OPENAI_API_KEY:-}" ]; then
    export OPENAI_API_KEY=sandbox-takes-any-key
    echo "$ export OPENAI_API_KEY=$OPENAI_API_KEY"
    ai_url=$mail_url/v1 ai_host=$mail_host faults=3 price_list=sandbox
    models=(-v model=sandbox -v rate_limited=sandbox-429-once -v server_error=sandbox-500-once
      -v cut_off=sandbox-truncated-once)
    return
  fi
  ai_url=${OPENAI_BASE_URL:-https://api.openai.com/v1} ai_url=${ai_url%/} faults=0 price_list=openai
  ai_host=${ai_url#*://} ai_host=${ai_host%%/*}
  local model=${OPENAI_MODEL:-gpt-4o-mini}
  models=(-v "model=$model" -v "rate_limited=$model" -v "server_error=$model" -v "cut_off=$model")
  case $ai_url in http://*:*) ;; http://*) ai_host+=:80 ;; esac
}

start_worker() {
  local options=(--name "$1" --secret "OPENAI_API_KEY=$ai_host" --allow-address "$mail_host")
  # Only a server on this machine needs leave; a provider on the Internet has none of the refused addresses.
  case $ai_host in
    "$mail_host") ;;
    localhost | localhost:* | 127.* | \[::1\]*) options+=(--allow-address "$ai_host") ;;
  esac
  in_background "$work/$1.log" env PGUSER=demo_worker "$STEWARD_BIN" worker "${options[@]}" \
    --script "enrich=/usr/bin/python3 ${here@Q}/enrich.py ${here@Q} 20" "${@:2}"
  worker=$last
}

heading 'A tenant, two logins, two providers'
echo "$ export PGHOST=$PGHOST PGPORT=$PGPORT PGDATABASE=$PGDATABASE"
start_sandbox
choose_provider
act postgres 01_setup -v "ai_url=$ai_url" -v "price_list=$price_list" -v "mail_url=$mail_url"
heading 'Three tools'
act postgres 02_tools 03_progress
heading 'The work'
act demo_app 04_enqueue "${models[@]}"

heading 'A worker'
start_worker worker-1
# Half-way: the script past the middle, the faults behind us, the slow invitation and (unless all are done) a carousel
# under way.
wait_until 60 "select leads >= 0.5 and retries >= $faults and invitations_running = 1
    and (carousels_running > 0 or carousels_open = 0), summary, failure
from demo_progress;"

heading 'kill -9, half-way'
printf '$ kill -9 %s\n' "$worker"
kill -9 "$worker"
pids=("$sandbox")
act demo_app 05_killed

heading 'Another worker takes over'
start_worker worker-2
echo "-- What the dead worker held comes back one lease after its last heartbeat; until then it may still be alive."
wait_until 90 "select all_ended, summary, failure from demo_progress;"

heading 'One call in doubt'
act demo_app 06_in_doubt
doubtful=$(psql -XqAtU demo_app -c 'select id from steward.in_doubt')
[ -n "$doubtful" ] || die 'no call is in doubt: the worker was not killed while the slow invitation was under way'
printf '$ grep -c %s %s\n' "$doubtful" "$log"
grep -c "$doubtful" "$log"
echo
act demo_app 07_resolve

heading 'The account'
act demo_app 08_account "${models[@]}"
heading "The sandbox's log: nothing was sent twice"
[ "$faults" != 0 ] || echo "-- The calls for carousels are not in it: they went to $ai_url."
act demo_app 09_nothing_twice 10_holds -v "log=$log" -v "faults=$faults"

heading '50 cents a day'
act postgres 11_limit
act demo_app 12_forecast
start_worker worker-3 --queue pictures
illustrations="select count(*) filter (where state = 'succeeded') || ' illustrations done, ' || count(*) filter (where state = 'waiting') || ' waiting: '
    || coalesce(min(waiting_for), 'nothing') from steward.jobs where tool = 'illustrate'"
wait_until 30 "select count(*) = 0, ($illustrations), null from steward.jobs
where tool = 'illustrate' and state in ('queued', 'running');"
read -r ran waited spent < <(psql -XqAt -F ' ' -U demo_app -c "select count(*) filter (where state = 'succeeded'), count(*) filter (where waiting_for = 'limit' and waiting_until > now()),
    (select sum(cost) from steward.spend_by_day) from steward.jobs where tool = 'illustrate'")
act demo_app 13_parked
heading 'The kill switch'
act demo_app 14_stopped
act postgres 15_raised
wait_until 30 "select bool_and(waiting_for = 'stopped'), ($illustrations), null from steward.jobs
where tool = 'illustrate' and state <> 'succeeded';"
ran_stopped=$(psql -XqAtU demo_app -c "select count(*) from steward.jobs where tool = 'illustrate' and state = 'succeeded'")
act demo_app 16_waiting
act postgres 17_resumed
wait_until 30 "select bool_and(state = 'succeeded'), ($illustrations), null from steward.jobs where tool = 'illustrate';"
act demo_app 18_spent -v "ran=$ran" -v "waited=$waited" -v "spent=$spent" -v "ran_stopped=$ran_stopped"

account_week
lead_scores
[ "${KEEP:-}" != 1 ] || start_worker worker-4 --queue default --queue pictures --secret "UNIPILE_API_KEY=$mail_host"

heading "Done in $((SECONDS - started)) seconds"
if [ "${KEEP:-}" = 1 ]; then
  echo "sandbox and worker keep running; the log of calls is $log"
  echo "look around:   psql -h $PGHOST -p $PGPORT -U demo_app $PGDATABASE"
  echo "stop them with: kill ${pids[*]:1} $sandbox && rm -r $work"
fi
