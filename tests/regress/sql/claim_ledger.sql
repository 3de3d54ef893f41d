-- What no planner, worker or hand can do: the owner of the tables tries each way past a limit, and the row is refused.
\pset tuples_only on
\pset format unaligned
\i sql/include/outreach.sql
select tests.travel('2027-03-01 08:00+00'), tests.enabled(), tests.enabled('bob'), tests.invited(400);
select steward.governor_tick();

-- A row as insert_claim would write it, with what a test wants different.
create function tests.claim(different jsonb default '{}') returns text language plpgsql as $$
declare
    row jsonb;
begin
    select jsonb_build_object('account_id', d.account_id, 'seq', coalesce(l.seq, 0) + 1, 't', steward.clock(), 'action_id', x.id, 'kind', x.kind, 'local_day', d.local_day,
        'opens_at', d.opens_at, 'closes_at', d.closes_at, 'day_cap', d.cap, 'day_slot', n.done + 1, 'kind_cap', k.cap, 'kind_slot', n.done + 1, 'policy_id', p.id,
        'gap_seconds', p.gap_seconds, 'week_cap', p.week_cap, 'before_t', l.t,
        'week_before_t', (select c.t from steward.action_claim c where c.account_id = d.account_id and c.seq = l.seq + 1 - p.week_cap)) || different
    into row
    from steward.account a
    join steward.account_day d on d.account_id = a.id and d.local_day = (select max(y.local_day) from steward.account_day y where y.account_id = a.id)
    join steward.policy p on p.id = d.policy_id
    join steward.policy_kind k on k.policy_id = p.id and k.kind = 'send_invite'
    cross join lateral (select count(*) as done from steward.action_claim c where c.account_id = a.id and c.local_day = d.local_day) n
    left join lateral (select c.seq, c.t from steward.action_claim c where c.account_id = a.id order by c.seq desc limit 1) l on true
    cross join lateral (select * from steward.action y where y.account_id = a.id and not exists (select from steward.action_claim c where c.action_id = y.id) order by y.id limit 1) x
    where a.name = 'ann';
    insert into steward.action_claim (account_id, seq, t, action_id, kind, local_day, opens_at, closes_at, day_cap, day_slot, kind_cap, kind_slot, policy_id, gap_seconds, week_cap, before_t, week_before_t)
    select r.account_id, r.seq, r.t, r.action_id, r.kind, r.local_day, r.opens_at, r.closes_at, r.day_cap, r.day_slot, r.kind_cap, r.kind_slot, r.policy_id, r.gap_seconds, r.week_cap, r.before_t, r.week_before_t
    from jsonb_populate_record(null::steward.action_claim, row) r;
    return 'written';
exception when others then
    return sqlstate || ' ' || coalesce(substring(sqlerrm from '"(action_claim_[a-z_]+|account_day_[a-z_]+|policy_[a-z_]+)"'), substring(sqlerrm from 'column "([a-z_]+)"'), sqlerrm);
end
$$;
grant execute on all functions in schema tests to steward_owner;
create function tests.tried(what text, different jsonb default '{}') returns text language plpgsql as $$
begin
    set role steward_owner;
    return what || ': ' || tests.claim(different);
end
$$;

-- Before the window opens, and at three in the morning, whatever t the row says.
select tests.tried('too early');
select tests.tried('a t inside the window', '{"t": "2027-03-01 10:00+00"}');
select tests.tried('a window of one''s own', '{"opens_at": "2027-03-01 07:00+00"}');
select tests.tried('no window', '{"opens_at": null}');
reset role; select tests.travel('2027-03-02 03:00+00');
select tests.tried('at three in the morning, with the window of the day before');
reset role; select tests.travel('2027-03-01 09:30+00');
select tests.tried('inside the window, t long ago', '{"t": "2020-01-01 00:00+00"}');
reset role; select seq, t = '2027-03-01 09:30+00' or t - '2027-03-01 09:30+00' between interval '0' and interval '1 min' from steward.action_claim;

-- The gap: with the predecessor as it is, without it, with an invented or backdated one, or with none before it.
reset role; select tests.travel('2027-03-01 09:44+00');
select tests.tried('after 14 minutes');
select tests.tried('no predecessor', '{"before_t": null}');
select tests.tried('an invented predecessor', '{"before_t": "2027-03-01 09:00+00"}');
select tests.tried('as if it were the first', '{"seq": 1, "before_t": null}');
select tests.tried('a number left out', '{"seq": 3, "before_t": "2027-03-01 09:00+00"}');
select tests.tried('number 0', '{"seq": 0, "before_t": null}');
select tests.tried('a gap of one''s own', '{"gap_seconds": 1}');
select tests.tried('no gap', '{"gap_seconds": null}');
select tests.tried('the policy of another account', jsonb_build_object('policy_id', (select p.id from steward.policy p join steward.account a on a.id = p.account_id where a.name = 'bob')));
reset role; select tests.travel('2027-03-01 09:46+00');
select tests.tried('after 16 minutes');

-- The day: a slot twice, above the cap, a cap of one's own.
reset role; select tests.travel('2027-03-01 10:10+00');
select tests.tried('a slot that is taken', '{"day_slot": 1}');
select tests.tried('slot 0', '{"day_slot": 0}');
select tests.tried('a slot above the cap', '{"day_slot": 97}');
select tests.tried('no slot', '{"day_slot": null}');
select tests.tried('a cap of one''s own', '{"day_cap": 97}');
select tests.tried('no cap', '{"day_cap": null}');
select tests.tried('a slot of its kind above the cap', '{"kind_slot": 97}');
select tests.tried('a cap of its kind of one''s own', '{"kind_cap": 97}');
select tests.tried('no kind', '{"kind": null}');
select tests.tried('an action again', jsonb_build_object('action_id', (select c.action_id from steward.action_claim c where c.seq = 1)));
select tests.tried('a day that was not drawn', '{"local_day": "2027-03-03"}');
select tests.tried('no day', '{"local_day": null}');

-- The week: 150 rows are there, one each sixteen minutes, as if the daily cap were not. (A day of 96 needs a policy that draws it.)
reset role;
select steward.set_policy(tests.account(), '{"window": ["00:00", "24:00"], "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "daily_cap": [70, 70], "gap_minutes": [15, 20], "weekly_cap": 150, "caps": "independent"}');
do $week$
declare
    at timestamptz := '2027-03-02 00:05+00';
begin
    while (select count(*) from steward.action_claim) < 150 loop
        perform tests.travel(at);
        if not exists (select from steward.account_day d where d.local_day = (at at time zone 'UTC')::date) then
            perform steward.draw_days(steward.clock());
        end if;
        if tests.claim() not in ('written', '23514 action_claim_day_slot_check') then
            raise warning '% %', at, tests.claim();
        end if;
        at := at + interval '16 min';
    end loop;
end
$week$;
select count(*), max(t) - min(t) < interval '4 days' from steward.action_claim;
select c.local_day, count(*) from steward.action_claim c group by 1 order by 1;
-- Row 151 needs row 1, 170 hours ago.
select tests.travel('2027-03-08 09:00+00'), count(*) from steward.draw_days('2027-03-08 09:00+00');
select tests.tried('the 151st within the week');
select tests.tried('without the one before the week', '{"week_before_t": null}');
select tests.tried('with an invented one', '{"week_before_t": "2027-02-01 09:00+00"}');
select tests.tried('with the one of another number', jsonb_build_object('week_before_t', (select c.t from steward.action_claim c where c.seq = 2)));
select tests.tried('a week cap of one''s own', '{"week_cap": 1000, "week_before_t": null}');
select tests.tried('no week cap', '{"week_cap": null, "week_before_t": null}');
reset role; select tests.travel('2027-03-08 11:31+00');
select tests.tried('170 hours and a minute after the first');
reset role;
select tests.violations();

-- What is written stays; what was drawn, too.
select steward.freeze_account(tests.account('bob'), 'an event');
set client_min_messages = warning;
set role steward_owner;
select tests.refused('update steward.action_claim set t = t - interval ''1 day''');
select tests.code('delete from steward.action_claim'), tests.code('truncate steward.action_claim');
select tests.code('update steward.account_day set cap = 40'), tests.code('delete from steward.account_day'), tests.code('truncate steward.account_day cascade');
select tests.code('update steward.policy set week_cap = 150'), tests.code('delete from steward.policy_kind'), tests.code('update steward.breaker_event set reason = ''''');
-- Nor is a day made that its policy and its zone do not have: at night, on another day of the week, above the most it can draw.
create function pg_temp.day(different jsonb) returns text language plpgsql as $$
begin
    insert into steward.account_day select r.* from steward.account_day d cross join lateral jsonb_populate_record(d, jsonb_build_object('local_day', d.local_day + 14, 'opens_at', d.opens_at + interval '336 hours',
        'closes_at', d.closes_at + interval '336 hours') || different) r where d.local_day = '2027-03-01' and d.account_id = (select a.id from steward.account a where a.name = 'bob');
    return 'written';
exception when others then
    return sqlstate || ' ' || coalesce(substring(sqlerrm from '"(account_day_[a-z_]+)"'), sqlerrm);
end
$$;
select pg_temp.day(d) from unnest(array['{"opens_at": "2027-03-15 03:00+00"}', '{"closes_at": "2027-03-15 23:00+00"}', '{"cap": 97}', '{"cap": -1}', '{"local_day": "2027-03-20", "opens_at": "2027-03-20 09:00+00", "closes_at": "2027-03-20 21:00+00"}',
    '{"opens_minute": 0}', '{"days": 127}', '{"time_zone": "Asia/Tokyo"}', '{"closes_at": "2027-03-15 08:00+00"}', '{}']::jsonb[]) d;
reset role;
-- Nobody else may write here at all.
select c, tests.as_login(l, format('insert into steward.%I default values', c)) from unnest('{action_claim,account_day,policy}'::text[]) c, unnest('{regress_owner,regress_worker,regress_admin}'::text[]) l;
-- A dump keeps its times: a superuser's session with row_security off, as what pg_dump writes begins with.
set row_security = off;
select tests.travel('2027-03-12 12:00+00'), tests.claim('{"t": "2027-03-08 12:05+00"}');
select max(t) at time zone 'UTC' from steward.action_claim;
