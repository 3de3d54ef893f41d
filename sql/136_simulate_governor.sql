-- What a policy would do: the same planner and the same limits in virtual time (extension/core/src/governor/simulate.rs), for people who think about one.

create function steward.simulate_governor(policy jsonb default '{}', time_zone text default 'UTC', from_day date default null, days int default 28, backlog_a_day int default null, seed int default 1)
    returns table (local_day date, cap int, slot int, at timestamptz, local_time timestamp)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_generic_plan
as $$
declare
    chosen record;
    first_day date;
    dates date[];
    starts timestamptz[];
    parts timestamptz[];
begin
    perform steward.require('policy', simulate_governor.policy::text), steward.require('time_zone', simulate_governor.time_zone), steward.require('days', simulate_governor.days::text),
        steward.require('seed', simulate_governor.seed::text), steward.require_time_zone(simulate_governor.time_zone);
    if simulate_governor.days not between 1 and 400 or simulate_governor.backlog_a_day < 0 or simulate_governor.from_day not between '1900-01-01' and '9000-01-01' then
        perform steward.refuse('22023', 'days_invalid', 'days is not 1 to 400, backlog_a_day is below 0, or from_day is no day', 'Simulate a year at a time.');
    end if;
    select r.definition, r.minutes into chosen from steward.read_policy(steward.expand_policy(simulate_governor.policy)::text) r;
    first_day := coalesce(simulate_governor.from_day, (steward.now() at time zone simulate_governor.time_zone)::date);
    dates := array(select first_day + n from generate_series(0, simulate_governor.days - 1) n);
    starts := array(select d::timestamp at time zone simulate_governor.time_zone from unnest(dates) d);
    parts := array(
        select u.instant from unnest(dates) with ordinality as d (day, nth)
        cross join lateral unnest(steward.day_parts(d.day, chosen.minutes, simulate_governor.time_zone)) with ordinality as u (instant, n)
        order by d.nth, u.n);
    return query
    select dates[s.day], s.cap, s.slot, s.at, s.at at time zone simulate_governor.time_zone
    from steward.simulate_days(sha256(convert_to(format('seed %s', simulate_governor.seed), 'UTF8')), chosen.definition::text, dates, starts, parts, coalesce(simulate_governor.backlog_a_day, -1)) s;
end
$$;
comment on function steward.simulate_governor(jsonb, text, date, int, int, int) is
    'What an account would do under a policy: every action with its local day, the cap that was drawn for that day, and its moment. from_day: first day of its ramp, today unless given; days: 1 to 400; '
    'backlog_a_day: actions that come each day, null for always enough; seed: another one draws another account. Nothing is stored. '
    'Errors: 22004 argument_null, 22023 days_invalid, policy_invalid, time_zone_unknown, 42704 preset_unknown.';
