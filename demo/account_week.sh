# An act of demo/run.sh, which sources this: a sender of outreach lives a Monday, until the provider says that it is too
# much. It uses run.sh's functions and what it started.
# shellcheck disable=SC2154

readonly zone=America/Sao_Paulo

# Ends the workers that run, so that none of them is there when the clock moves: it would be silent for hours, all at once.
stop_workers() {
  printf '$ kill %s\n' "${pids[*]:1}"
  kill "${pids[@]:1}"
  local pid
  for pid in "${pids[@]:1}"; do
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  done
  pids=("$sandbox")
}

# move_clock TIME: moves the clock of all sessions to it, and waits until new ones have it.
move_clock() {
  local at=$1
  act postgres 20_clock -v "at=$at" -v "zone=$zone"
  until_clock "between '$at' and '$at'::timestamptz + interval '10 s'"
}

until_clock() {
  until [ "$(psql -XqAtU demo_app -c "select steward.clock() $1")" = t ]; do sleep 0.05; done
}

# send_next WORKER EXPECTED: goes to the next moment of the plan, by way of the tick before it, and lets a worker send. It
# has five seconds to hold the call; EXPECTED is what its action ends as.
send_next() {
  local moment
  moment=$(psql -XqAtU demo_app -c 'select next_at from steward.accounts')
  move_clock "$(psql -XqAtU demo_app -c "select '$moment'::timestamptz - interval '10 min'")"
  act demo_worker 23_tick
  move_clock "$(psql -XqAtU demo_app -c "select '$moment'::timestamptz - interval '5 s'")"
  in_background "$work/$1.log" env PGUSER=demo_worker "$STEWARD_BIN" worker --name "$1" \
    --secret "UNIPILE_API_KEY=$mail_host" --allow-address "$mail_host"
  wait_until 30 "select bool_or(state = '$2'), max(to_char(planned_at, 'HH24:MI:SS') || ' ' || person || ': ' || state), null
from steward.actions where planned_at = '$moment';"
}

account_week() {
  local account picture=${STEWARD_BIN%/*/*}/demo-week.svg   # outlives the demo
  heading "An account's week"
  stop_workers
  export UNIPILE_API_KEY=sandbox-takes-any-key
  echo "$ export UNIPILE_API_KEY=$UNIPILE_API_KEY"
  act postgres 19_sender -v "packaging=$here/../packaging/unipile" -v "url=$mail_url"
  echo "-- What a sender does depends on the hour and the weekday. So that this shows the same whenever it is run, the clock"
  echo "-- of this database goes to the coming Monday, 08:50 in São Paulo. A superuser can do that, for tests; nobody else can."
  move_clock "$(psql -XqAtU demo_app -c "select (date_trunc('week', clock_timestamp() at time zone '$zone')
    + interval '7 days 8 h 50 min') at time zone '$zone'")"
  act demo_manager 21_enabled
  account=$(psql -XqAtU demo_app -c 'select id from steward.accounts')
  act demo_app 22_backlog -v "account=$account"
  echo "-- The tick is pg_cron's every ten minutes (steward.install_cron), here by hand. It draws and plans, and enqueues what"
  echo "-- is due within eleven minutes. It sends nothing, and nothing is due at 08:50."
  act demo_worker 23_tick
  act demo_app 24_week -v "account=$account"
  heading 'To the second'
  echo "-- Ten minutes before the first moment a tick enqueues the invitation. Five seconds before it a worker takes it, and"
  echo "-- holds it. The time that lies between is left out: the clock moves again."
  send_next sender-1 'done'
  heading 'The breaker'
  stop_workers
  send_next sender-2 'failed'
  act demo_app 25_frozen
  act demo_manager 26_refused 27_ledger 28_paced -v "account=$account" -v "log=$log"
  if [ "$(psql -XqAtU demo_app -c "select to_regprocedure('steward.governor_week_svg(uuid, date)') is not null")" = t ]; then
    psql -XqAtU demo_app -c "select steward.governor_week_svg('$account')" >"$picture"
    echo "-- The week as a picture (select steward.governor_week_svg('$account')): $picture"
    grep -q '^<svg' "$picture" || die "this is no picture: $picture"
  fi
  stop_workers
  act postgres 29_clock_back
  until_clock "< clock_timestamp() + interval '1 s'"
}
