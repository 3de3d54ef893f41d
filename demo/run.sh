#!/usr/bin/env bash
# demo/run.sh: the whole path on real input, in about half a minute. `make demo` runs it as `tests/cluster.sh demo/run.sh`.
#
# Eight carousels for two personas, 500 leads through a Python script, three invitations; three calls hit faults, the worker
# is killed with kill -9 half-way, another one takes over, and SQL tells what happened. Every statement and command is
# printed before it runs, so that it can be typed again.
#
# OPENAI_API_KEY    the carousels go to this provider instead of the sandbox; then no faults are asked for
# OPENAI_BASE_URL   where that provider is (https://api.openai.com/v1); OPENAI_MODEL: its model (gpt-4o-mini)
# KEEP=1            leaves sandbox and worker running, beside the cluster that tests/cluster.sh leaves
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../scripts/common.sh"
[ -n "${STEWARD_BIN:-}" ] || die "start the demo with \`make demo\`, or with: tests/cluster.sh demo/run.sh"

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

# Prints a command and runs it in the background with its output in a file; its process id is in $last.
in_background() {
  local output=$1
  shift
  printf '$ %s &\n' "$(printf '%q ' "$@" | sed 's/ $//')"
  "$@" >"$output" 2>&1 &
  last=$!
  disown "$last"
  pids+=("$last")
}

# act LOGIN FILE … [-v NAME=VALUE …]: runs demo/sql/FILE… in one session; psql prints each statement as the server gets it.
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
  PGOPTIONS='-c client_min_messages=warning' psql -XqeU "$login" -v ON_ERROR_STOP=1 -P footer=off -P linestyle=unicode "${options[@]}"
}

# wait_until SECONDS STATEMENT: prints the statement, then asks it until its column `go` is true, showing what it says meanwhile.
wait_until() {
  local deadline=$((SECONDS + $1)) statement=$2 answer shown=''
  printf '%s\n' "$statement"
  while :; do
    answer=$(psql -XqAtU demo_app -v ON_ERROR_STOP=1 -c "$statement")
    [ "${answer#*|}" = "$shown" ] || { shown=${answer#*|}; printf '  %(%H:%M:%S)T  %s\n' -1 "$shown"; }
    [ "${answer%%|*}" != t ] || break
    [ "$SECONDS" -lt "$deadline" ] || die "this did not come true in $1 seconds: $statement"
    sleep 0.5
  done
  echo
}

start_sandbox() {
  in_background "$work/sandbox.log" "$STEWARD_BIN" sandbox --listen 127.0.0.1:0 --log "$log" --latency-ms 1500 --slow-ms 60000
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
    ai_url=$mail_url/v1 ai_host=$mail_host faults=3
    models=(-v model=sandbox -v rate_limited=sandbox-429-once -v server_error=sandbox-500-once -v cut_off=sandbox-truncated-once)
    return
  fi
  ai_url=${OPENAI_BASE_URL:-https://api.openai.com/v1} faults=0
  ai_host=${ai_url#*://} ai_host=${ai_host%%/*}
  local model=${OPENAI_MODEL:-gpt-4o-mini}
  models=(-v "model=$model" -v "rate_limited=$model" -v "server_error=$model" -v "cut_off=$model")
  case $ai_url in http://*:*) ;; http://*) ai_host+=:80 ;; esac
}

start_worker() {
  local options=(--name "$1" --secret "OPENAI_API_KEY=$ai_host" --allow-address "$mail_host")
  # Only a server on this machine needs leave; a provider on the Internet has none of the refused addresses.
  case $ai_host in localhost | localhost:* | 127.* | \[::1\]*) options+=(--allow-address "$ai_host") ;; esac
  in_background "$work/$1.log" env PGUSER=demo_worker "$STEWARD_BIN" worker "${options[@]}" \
    --script "enrich=/usr/bin/python3 $here/enrich.py $here 20"
  worker=$last
}

readonly WHERE_IT_STANDS="format('%s; carousels: %s done, %s running, %s waiting; invitations: %s done, %s running',
           coalesce(max(progress_message), 'Enriched 0/500'),
           count(*) filter (where tool = 'carousel' and state = 'succeeded'),
           count(*) filter (where tool = 'carousel' and state = 'running'),
           count(*) filter (where tool = 'carousel' and state in ('queued', 'waiting')),
           count(*) filter (where tool = 'send_invite' and state = 'succeeded'),
           count(*) filter (where tool = 'send_invite' and state = 'running'))
from steward.jobs"

heading 'A tenant, two logins, two providers'
start_sandbox
choose_provider
act postgres 01_setup -v "ai_url=$ai_url" -v "mail_url=$mail_url"
heading 'Three tools'
act postgres 02_tools
heading 'The work'
act demo_app 03_enqueue "${models[@]}"

heading 'A worker'
start_worker worker-1
# Half-way: the script past the middle, the faults behind us, the slow invitation and (unless all are done) a carousel under way.
wait_until 60 "select max(progress) filter (where tool = 'enrich_leads') >= 0.5
       and count(*) filter (where tool = 'send_invite' and last_sent_at is not null and finished_at is null) = 1
       and (select count(*) from steward.attempts where decision = 'retry') >= $faults
       and (bool_or(tool = 'carousel' and state = 'running') or bool_and(state = 'succeeded' or tool <> 'carousel')) as go,
       $WHERE_IT_STANDS;"

heading 'kill -9, half-way'
printf '$ kill -9 %s\n' "$worker"
kill -9 "$worker"
act demo_app 04_killed

heading 'Another worker takes over'
start_worker worker-2
wait_until 90 "select bool_and(state in ('succeeded', 'failed', 'in_doubt')) as go,
       $WHERE_IT_STANDS;"

heading 'One call in doubt'
act demo_app 05_in_doubt
doubtful=$(psql -XqAtU demo_app -c 'select id from steward.in_doubt')
[ -n "$doubtful" ] || die 'no call is in doubt: the worker was not killed while the slow invitation was under way'
printf '$ grep -c %s %s\n' "$doubtful" "$log"
grep -c "$doubtful" "$log"
echo
act demo_app 06_resolve

heading 'The account'
act demo_app 07_account "${models[@]}"
heading 'Nothing was sent twice'
act demo_app 08_nothing_twice 09_holds -v "log=$log" -v "faults=$faults"

heading "Done in $((SECONDS - started)) seconds"
if [ "${KEEP:-}" = 1 ]; then
  echo "sandbox and worker keep running; the log of calls is $log"
  echo "look around:   psql -h $PGHOST -p $PGPORT -U demo_app $PGDATABASE"
  echo "stop them with: kill $worker $sandbox && rm -r $work"
fi
