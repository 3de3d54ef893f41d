-- The governor in virtual time: in every zone there is, over clock changes, a leap day and a year, no limit is passed.
\pset tuples_only on
\pset format unaligned
\i sql/include/outreach.sql
-- What a simulated account may never show: gaps under 900 s, 151 actions within 170 hours, days over their cap, or outside the window of their local day.
create function tests.broken(policy jsonb, zone text, from_day date, days int, opens time, closes time, seed int default 1) returns text language sql stable as $$
    with sent as materialized (
        select s.*, s.at - lag(s.at) over (order by s.at) as gap, s.at - lag(s.at, 150) over (order by s.at) as week
        from steward.simulate_governor(policy, zone, from_day, days, seed => seed) s
    )
    select concat_ws(', ', case when count(*) filter (where gap < interval '900 s') > 0 then 'too close' end, case when count(*) filter (where week < interval '170 hours') > 0 then 'week' end,
        case when count(*) filter (where slot > cap) > 0 then 'cap' end,
        case when count(*) filter (where local_time::date <> local_day or local_time::time not between opens and closes) > 0 then 'window' end,
        case when count(*) = 0 then 'nothing sent' end)
    from sent
$$;
-- All zones, and the weeks in which their clocks change: those of 2027, in which the offset of a day is not that of the day before.
create table changes as
select z.name, d::date as day from pg_timezone_names z cross join generate_series('2027-01-01'::date, '2027-12-30', '1 day') d
where z.name !~ '^posix' and extract(epoch from ((d::date + 1)::timestamp at time zone z.name) - (d::date::timestamp at time zone z.name)) <> 86400;
select count(distinct name) > 100, count(*) > 200 from changes;
select tests.broken('{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "ramp": []}', c.name, c.day - 7, 14, '09:00', '21:00') as broken, count(*) > 200 from changes c group by 1;
-- The others, and a leap day.
select tests.broken('{"ramp": []}', z.name, '2028-02-24', 14, '09:00', '21:00') as broken, count(*) > 300 from pg_timezone_names z where z.name !~ '^posix' and z.name not in (select name from changes) group by 1;
-- A window over the hours that change: it is shorter or longer by as much as the clock moves, and never open outside of itself.
select tests.broken('{"window": ["00:30", "06:30"], "days": ["sat", "sun", "mon"], "daily_cap": [5, 12], "ramp": []}', c.name, c.day - 7, 14, '00:30', '06:30') as broken, count(*) > 200
from changes c group by 1;
-- A year of accounts under each preset.
select p.name, tests.broken(jsonb_build_object('preset', p.name), z, '2027-01-01', 365, '09:00', case p.name when 'careful' then time '18:00' else '21:00' end, 7) as broken
from steward.policy_preset p cross join unnest('{America/Sao_Paulo,Asia/Kathmandu}'::text[]) z order by 1, z;
select count(distinct local_day) between 255 and 262, count(*) filter (where local_time::time >= '12:00' and local_time::time < '14:00') from steward.simulate_governor('{"preset": "careful"}', 'America/Sao_Paulo', '2027-01-01', 365);
-- The same again is the same; another seed is not; a small backlog is all done.
select (select array_agg(at) from steward.simulate_governor('{}', 'UTC', '2027-03-01', 7)) = (select array_agg(at) from steward.simulate_governor('{}', 'UTC', '2027-03-01', 7)),
    (select array_agg(at) from steward.simulate_governor('{}', 'UTC', '2027-03-01', 7)) = (select array_agg(at) from steward.simulate_governor('{}', 'UTC', '2027-03-01', 7, seed => 2));
select local_day, count(*) from steward.simulate_governor('{"ramp": []}', 'UTC', '2027-03-01', 5, backlog_a_day => 3) group by 1 order by 1;
select tests.refused(format('select steward.simulate_governor(%s)', a)) from unnest(array['days => 0', 'days => 401', 'backlog_a_day => -1', 'time_zone => ''nowhere''', 'policy => ''{"preset": "none"}''', 'policy => null', 'from_day => ''infinity''']) a;
-- What is stored is what the functions draw from what is stored (I8): caps, and the first plan of each day.
select tests.travel('2027-03-01 00:30+00'), tests.enabled(), tests.enabled('bob', 'Asia/Tokyo', '{"preset": "careful"}'), tests.invited(300), tests.invited(300, 'bob', 'send_invite', 'b');
call tests.live('2027-03-13 00:00+00');
select count(*) > 15, count(*) filter (where d.cap <> steward.draw_cap(a.secret, p.id::text, p.definition::text, d.local_day, d.age_days, c.days_ago, c.caps)) as drawn_otherwise
from steward.account_day d join steward.account a on a.id = d.account_id join steward.policy p on p.id = d.policy_id
cross join lateral (
    select coalesce(array_agg(d.local_day - y.local_day), '{}') as days_ago, coalesce(array_agg(y.cap), '{}') as caps from steward.account_day y
    where y.account_id = d.account_id and y.local_day between d.local_day - 6 and d.local_day - 1) c;
select count(*) > 15, count(*) filter (where n.moments <> steward.plan_moments(a.secret, p.id::text, p.definition::text, d.local_day, d.parts, n.from_at, n.wanted, d.cap, c.claims, c.first)) as planned_otherwise
from steward.day_plan n join steward.account_day d using (account_id, local_day) join steward.account a on a.id = d.account_id join steward.policy p on p.id = d.policy_id
cross join lateral (
    select count(*)::int as claims, coalesce((array_agg(x.t order by x.seq))[1 : case when count(*) < p.week_cap then 1000 else n.wanted end], '{}') as first
    from (select l.seq, l.t from steward.action_claim l where l.account_id = d.account_id and l.t < n.made_at order by l.seq desc limit p.week_cap) x) c
where n.revision = 1;
select tests.violations();
