-- The breaker: what an account's answers say about going on, and who lets it go on.
\pset tuples_only on
\pset format unaligned
\i sql/include/outreach.sql
select tests.travel('2027-03-01 08:00+00'), tests.enabled(), tests.invited(300);
create function tests.seen(name text default 'ann') returns text language sql stable security definer as $$
    select format('%s%s%s, week cap %s of %s', a.state, ' ' || a.state_code, ' until ' || (a.state_until at time zone 'UTC')::timestamp(0),
        (select format('%s of %s', p.week_cap, p.asked_week_cap) from steward.policy p where p.account_id = a.id order by p.version desc limit 1),
        (select count(*) from steward.policy p where p.account_id = a.id) || ' versions')
    from steward.account a where a.name = seen.name
$$;
create function tests.done() returns bigint language sql stable security definer as $$ select count(*) from steward.action_claim $$;
-- What each answer means, fed to an account of its own.
create function tests.verdict(status int, words text, usage jsonb default null) returns text language plpgsql as $$
declare
    seen text;
begin
    perform steward.feed_breaker(tests.account(), null, false, status, words, usage);
    seen := tests.seen();
    raise exception using message = seen, errcode = 'P0001';
exception when raise_exception then
    return regexp_replace(sqlerrm, ' until \S+ \S+ \S+', ' until a moment');
end
$$;
select s, w, tests.verdict(s, w) from (values (401, 'errors/disconnected_account'), (403, 'errors/checkpoint_error'), (403, 'your account was restricted'), (422, 'errors/cannot_resend_yet'), (422, 'errors/limit_exceeded'),
    (429, ''), (500, 'errors/unexpected_error'), (503, ''), (404, 'errors/resource_not_found'), (422, 'errors/already_invited_recently'), (422, 'errors/invalid_recipient'), (418, 'errors/teapot'), (200, 'an answer that was no JSON')) as v (s, w);

-- A 429 in the middle of a day: nothing more that day, and the week halved from the next local day on.
call tests.live('2027-03-01 14:00+00');
select tests.done() > 1;
call tests.live('2027-03-01 16:00+00', tests.answer(429, '{"type": "errors/too_many_requests"}'));
select tests.seen();
select tests.done() as before \gset
call tests.live('2027-03-02 08:00+00');
select tests.done() = :before, tests.seen();
select string_agg(state || ' ' || code, ', ' order by id) from steward.breaker_event;
select state, code, count(*) > 1 from steward.action where claimed_at is not null group by 1, 2 order by 1;
-- Days drawn under half a week: none of the week is cut, and none is above its range.
call tests.live('2027-03-06 00:00+00');
select count(*) between 20 and 75, count(distinct local_day) from steward.action_claim where local_day > '2027-03-01';
select tests.violations();
-- A person cannot give it back; clean weeks do, ten at a time.
select steward.set_policy(tests.account(), '{}'), tests.seen();
call tests.live('2027-03-09 09:00+00');
select tests.seen(), (select source from steward.policy order by version desc limit 1);

-- The limit of the provider: frozen, whatever a person says, for seven days.
call tests.live('2027-03-09 20:59+00', tests.answer(422, '{"type": "errors/cannot_resend_yet"}'));
select state, state_code, (state_until at time zone 'UTC')::date, cools from steward.account;
select regexp_replace(tests.refused('select steward.resume_account(tests.account(), ''please'')'), 'until .*\|', 'until … |');
select check_name, verdict, detail, retry_at > steward.clock() from steward.explain_action((select id from steward.action where state = 'backlog' order by id limit 1)) where check_name = 'breaker';
select tests.done() as before \gset
call tests.live('2027-03-16 21:00+00');
select tests.done() = :before;
select steward.resume_account(tests.account(), 'a week is over');
call tests.live('2027-03-17 23:00+00');
select tests.done() > :before, tests.violations();

-- How much of the provider's own limit is used: half of the rest of the day from 75 on, none from 90 on.
select steward.disable_account(tests.account(), 'another one from here on'), tests.enabled('zoe'), tests.invited(300, 'zoe', 'send_invite', 'z');
call tests.live('2027-03-18 13:00+00', tests.answer(200, '{"id": 1, "usage": 80}'));
select reduced_day, reduced_cap < d.cap, a.state from steward.account a join steward.account_day d on d.account_id = a.id and d.local_day = a.reduced_day;
call tests.live('2027-03-18 18:00+00', tests.answer(200, '{"id": 1, "usage": 91}'));
select tests.done() as before \gset
call tests.live('2027-03-19 08:00+00');
select tests.done() = :before;
select distinct regexp_replace(reason, '.*% of its limit is used: ', '') from steward.breaker_event where code = 'usage_high' order by 1;

-- Five failures in a row, whatever they are.
call tests.live('2027-03-19 20:00+00', tests.answer(404, '{"type": "errors/resource_not_found"}'));
select state, state_code, failures from steward.account where name = 'zoe';
select count(*) from steward.action where code = 'provider_refused' and claimed_at > '2027-03-19';

-- Few accept, or too many are pending.
select tests.enabled('bob'), tests.enabled('eve'), tests.enabled('max'), tests.invited(25, 'bob', 'send_invite', 'b'), tests.invited(25, 'eve', 'send_invite', 'e'), tests.invited(25, 'max', 'send_invite', 'm');
update steward.action a set state = 'done', ended_at = steward.clock(), claimed_at = steward.clock() where a.account_id in (tests.account('bob'), tests.account('eve'), tests.account('max'));
select sum(steward.record_outreach_event(tests.account(n), 'accepted', left(n, 1) || ' ' || p)) from (values ('bob', 3), ('eve', 5), ('max', 20)) as v (n, most) cross join lateral generate_series(1, most) p;
select tests.travel('2027-03-22 08:00+00'), steward.governor_tick();
select name, state, state_code, reduced_cap < d.cap from steward.account a left join steward.account_day d on d.account_id = a.id and d.local_day = '2027-03-22' where name in ('bob', 'eve', 'max') order by name;
select code, regexp_replace(reason, ':.*', '') from steward.breaker_event where code = 'acceptance_low' order by 2;
-- A webhook says that it is over.
select steward.record_outreach_event(tests.account('max'), 'checkpoint'), steward.record_outreach_event(tests.account('max'), 'restricted');
select name, state, state_code from steward.account where name = 'max';
