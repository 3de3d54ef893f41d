-- Days of an account: drawn once, planned when its window opens, done at its moments, and not caught up after an outage.
\pset tuples_only on
\pset format unaligned
\i sql/include/outreach.sql
-- A Monday.
select tests.travel('2027-03-01 00:02+00'), tests.enabled(), tests.invited(200);
select steward.governor_tick();
-- Drawn at the first tick of its local day, whatever the hour; nothing is planned until it opens.
select d.local_day, d.opens_at at time zone 'UTC', d.closes_at at time zone 'UTC', d.cap between 20 and 40, (select count(*) from steward.day_plan) from steward.account_day d;
call tests.live('2027-03-01 12:00+00');
select p.revision, cardinality(p.moments) = d.cap, p.made_at at time zone 'UTC' between '2027-03-01 08:49' and '2027-03-01 08:51' from steward.day_plan p join steward.account_day d using (account_id, local_day);
-- What was done was done at planned moments, by the worker, once each.
select count(*) = (select count(*) from steward.day_plan p, unnest(p.moments) m where m <= '2027-03-01 12:00+00'), bool_and(c.t - a.planned_at between interval '0' and interval '1 s'), bool_and(a.state = 'done')
from steward.action_claim c join steward.action a on a.id = c.action_id;
select tests.violations();
call tests.live('2027-03-02 00:00+00');
select count(*) = max(d.cap) from steward.action_claim c join steward.account_day d using (account_id, local_day);
select tests.violations();
-- An outage of six hours: its moments are lost. The rest of the day holds no more than its share of the cap.
call tests.live('2027-03-02 09:30+00');
select tests.travel('2027-03-02 15:30+00');
call tests.live('2027-03-03 00:00+00');
select count(*) filter (where c.t > '2027-03-02 15:30+00') <= ceil(max(c.day_cap) * 330.0 / 716), count(*) filter (where c.t > '2027-03-02 15:30+00') > 3, count(*) < max(c.day_cap)
from steward.action_claim c where c.local_day = '2027-03-02';
select tests.violations();
-- A week, and nothing on Saturday and Sunday.
call tests.live('2027-03-08 00:00+00');
select array_agg(distinct extract(isodow from c.local_day)::int order by extract(isodow from c.local_day)::int), count(*) <= 150 from steward.action_claim c;
select tests.violations();
-- The tick again and again changes nothing.
select tests.travel('2027-03-08 10:00+00');
select count(*) from (select steward.governor_tick() from generate_series(1, 5)) t;
select count(*), count(distinct account_id) from steward.day_plan where local_day = '2027-03-08';
select steward.governor_tick() is not null, (select count(*) from steward.day_plan where local_day = '2027-03-08'), (select count(*) from steward.action_job) <= 1;
-- The week as a picture: seven rows, a dot for each action, planned ones hollow, and the week before it with what was done.
select w like '<svg xmlns=%</svg>%', (select count(*) from regexp_matches(w, '<circle', 'g')) - 4 = (select count(*) from steward.plan_preview(tests.account(), d) p) + x.others, w ~ 'closed</text>', w ~ 'of \d+ done</text>'
from (values ('2027-03-01'::date)) as v (d) cross join lateral steward.governor_week_svg(tests.account(), v.d) w
cross join lateral (select count(*) as others from generate_series(1, 6) n cross join lateral steward.plan_preview(tests.account(), v.d + n)) x;
select tests.as_login('regress_outsider', format('select steward.governor_week_svg(%L)', tests.account())), tests.code('select steward.governor_week_svg(tests.account(), ''infinity'')');
