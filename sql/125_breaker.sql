-- The breaker of an account: what its provider's answers say about going on. It fails closed: what is not understood stops the account for the day.
--
--   ok       actions are planned and done
--   cool     nothing is, until a moment: the end of the day at least, and longer with each cool-down in a row (30 minutes, doubled each time)
--   frozen   nothing is, until a person resumes it; after a limit of the provider not within seven days, as long as a restriction of LinkedIn's typically lasts
--
-- Which answer means what is a row of breaker_rule; the first that matches counts, and an answer that none matches cools the account down. Five failures in a row do, too.
-- Each limit that was hit halves the week cap from the next local day on (a version of the policy), and each week without one gives ten actions back.
-- A provider that says how much of its own limit is used (usage, in percent) has the rest of the day halved from 75 on, and ended from 90 on.
-- Where few invitations are accepted, or many are pending, the day is halved or the account frozen. Thresholds: community practice as in facts of vendors (ColdIQ,
-- PoliteReach, lhremote), not LinkedIn's.

create table steward.breaker_rule (
    provider text not null,
    position int not null,
    status_from int not null,
    status_to int not null,
    words text,
    verdict text not null constraint breaker_rule_verdict_check check (verdict in ('refused', 'cool', 'limited', 'limit', 'frozen')),
    code text not null,
    description text not null,
    constraint breaker_rule_pkey primary key (provider, position)
);
comment on table steward.breaker_rule is 'What answers of providers mean for an account. Kept as it comes with the extension; a dump holds no row of it.';
comment on column steward.breaker_rule.provider is 'Name of the provider; * is any.';
comment on column steward.breaker_rule.position is 'Order; of one provider before those of any.';
comment on column steward.breaker_rule.status_from is 'HTTP status, from.';
comment on column steward.breaker_rule.status_to is 'HTTP status, to.';
comment on column steward.breaker_rule.words is 'Regular expression that the provider''s words match, without regard to case; null is any.';
comment on column steward.breaker_rule.verdict is 'refused (this action only), cool, limited (cool, and the week is halved), limit (frozen for a week, and the week is halved) or frozen.';
comment on column steward.breaker_rule.code is 'Slug.';
comment on column steward.breaker_rule.description is 'The reason in words.';

insert into steward.breaker_rule (provider, position, status_from, status_to, words, verdict, code, description) values
    ('*', 10, 200, 599, 'checkpoint|captcha|verif|challenge|two.?factor', 'frozen', 'checkpoint', 'the provider asks for a check of the person behind the account'),
    ('*', 20, 200, 599, 'restricted|suspended|banned|blocked_account', 'frozen', 'restricted', 'the provider restricted the account'),
    ('*', 30, 401, 401, null, 'frozen', 'disconnected', 'the provider no longer accepts the account''s credentials'),
    ('*', 40, 200, 599, 'disconnected|credentials', 'frozen', 'disconnected', 'the provider no longer accepts the account''s credentials'),
    ('*', 50, 422, 422, 'cannot_resend_yet|limit|quota|too_many', 'limit', 'provider_limit', 'the provider says that the account has reached its limit'),
    ('*', 60, 429, 429, null, 'limited', 'rate_limited', 'the provider limits the rate of the account'),
    ('*', 70, 500, 599, null, 'cool', 'provider_error', 'the provider failed, which is also how it answers excess'),
    ('*', 80, 400, 404, 'not_found|invalid_recipient|invalid_parameters|unknown_user', 'refused', 'person_refused', 'the provider does not know the person'),
    ('*', 90, 422, 422, 'already|recipient|not_allowed_inmail|no_connection', 'refused', 'person_refused', 'the provider does not do this for this person');

create function steward.trip(account_id uuid, state text, until timestamptz, code text, reason text, action_id uuid default null, by_user uuid default null) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    update steward.account a
    set state = trip.state, state_until = trip.until, state_code = case trip.state when 'ok' then null else trip.code end, cools = a.cools + (trip.state = 'cool')::int,
        clean_since = steward.clock()  -- a week of standing still was no clean one
    where a.id = trip.account_id;
    insert into steward.breaker_event (account_id, at, state, until, code, reason, action_id, by_user)
    values (trip.account_id, steward.clock(), trip.state, trip.until, trip.code, trip.reason, trip.action_id, trip.by_user);
end
$$;
comment on function steward.trip(uuid, text, timestamptz, text, text, uuid, uuid) is 'Changes the state of an account''s breaker, with the reason.';

-- Never for less than the rest of the day; 2^10 times 30 minutes are three weeks, and no longer.
create function steward.cool_down(account steward.account, code text, reason text, action_id uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
begin
    perform steward.trip(account.id, 'cool', greatest(at + interval '30 minutes' * power(2, least(account.cools, 10)),
        (select d.closes_at from steward.account_day d where d.account_id = account.id and d.opens_at <= at and d.closes_at > at)), cool_down.code, cool_down.reason, cool_down.action_id);
end
$$;
comment on function steward.cool_down(steward.account, text, text, uuid) is 'Stops an account until the end of its day, and longer where it was stopped before.';

create function steward.set_week_cap(account_id uuid, week_cap int, source text) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    newest steward.policy;
    day date;
begin
    select p.* into newest from steward.policy p where p.account_id = set_week_cap.account_id order by p.version desc limit 1;
    select l.day into day from steward.local_day(set_week_cap.account_id, steward.clock()) l;
    if set_week_cap.week_cap between 1 and newest.asked_week_cap and set_week_cap.week_cap <> newest.week_cap then
        perform steward.add_policy(set_week_cap.account_id, newest.definition || jsonb_build_object('weekly_cap', set_week_cap.week_cap), greatest(day + 1, newest.from_day), set_week_cap.source,
            newest.asked_week_cap);
    end if;
end
$$;
comment on function steward.set_week_cap(uuid, int, text) is 'Lowers the week cap of an account, or gives some of it back, from the next local day on.';

create function steward.halve_week(account_id uuid) returns void
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    select steward.set_week_cap(halve_week.account_id, greatest(1, p.week_cap / 2), 'breaker')
    from steward.policy p where p.account_id = halve_week.account_id order by p.version desc limit 1
$$;
comment on function steward.halve_week(uuid) is 'Halves the week cap of an account.';

-- The rest of its day: none of it, or half.
create function steward.reduce_day(account steward.account, share numeric, code text, reason text, action_id uuid default null) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
    day steward.account_day;
    done int;
    most int;
begin
    select d.* into day from steward.account_day d where d.account_id = account.id and d.closes_at > at order by d.local_day desc limit 1;
    if day.account_id is null then
        return;
    end if;
    select count(*) into done from steward.action_claim c where c.account_id = account.id and c.local_day = day.local_day;
    most := case when account.reduced_day = day.local_day then least(day.cap, account.reduced_cap) else day.cap end;
    update steward.account a set reduced_day = day.local_day, reduced_cap = done + floor(greatest(0, most - done) * reduce_day.share), clean_since = at where a.id = account.id;
    insert into steward.breaker_event (account_id, at, state, until, code, reason, action_id)
    values (account.id, at, account.state, day.closes_at, reduce_day.code, reduce_day.reason, reduce_day.action_id);
end
$$;
comment on function steward.reduce_day(steward.account, numeric, text, text, uuid) is 'Lets an account do only a share of what is left of its day.';

-- What an action's end says about its account. status and words: of the answer; usage: what it reported.
create function steward.feed_breaker(account_id uuid, action_id uuid, is_done boolean, status int, words text, usage jsonb) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    account steward.account;
    rule steward.breaker_rule;
    used constant numeric := case jsonb_typeof(feed_breaker.usage -> 'usage') when 'number' then (feed_breaker.usage ->> 'usage')::numeric end;
begin
    update steward.account a set failures = case when feed_breaker.is_done then 0 else a.failures + 1 end, cools = case when feed_breaker.is_done then 0 else a.cools end
    where a.id = feed_breaker.account_id returning a.* into account;
    if used >= 90 then
        perform steward.reduce_day(account, 0, 'usage_high', format('the provider says that %s %% of its limit is used: no more today', used), feed_breaker.action_id);
    elsif used >= 75 and account.reduced_day is distinct from (select l.day from steward.local_day(account.id, steward.clock()) l) then
        perform steward.reduce_day(account, 0.5, 'usage_high', format('the provider says that %s %% of its limit is used: half of what is left today', used), feed_breaker.action_id);
    end if;
    if feed_breaker.is_done or account.state = 'frozen' then
        return;
    end if;
    select r.* into rule from steward.breaker_rule r
    where r.provider in (account.provider, '*') and feed_breaker.status between r.status_from and r.status_to and (r.words is null or feed_breaker.words ~* r.words)
    order by r.provider = '*', r.position limit 1;
    if rule.verdict in ('limited', 'limit') then
        perform steward.halve_week(account.id);
    end if;
    if rule.verdict in ('limit', 'frozen') then
        perform steward.trip(account.id, 'frozen', case rule.verdict when 'limit' then steward.clock() + interval '7 days' end, rule.code, rule.description, feed_breaker.action_id);
    elsif rule.verdict in ('cool', 'limited') then
        perform steward.cool_down(account, rule.code, rule.description, feed_breaker.action_id);
    elsif feed_breaker.status is not null and rule.verdict is null then
        perform steward.cool_down(account, 'answer_unknown', format('the provider answered with status %s, and no rule says what that means', feed_breaker.status), feed_breaker.action_id);
    elsif account.failures >= 5 then
        perform steward.cool_down(account, 'failures', format('%s actions in a row failed', account.failures), feed_breaker.action_id);
    end if;
end
$$;
comment on function steward.feed_breaker(uuid, uuid, boolean, int, text, jsonb) is 'Feeds the end of an action to the breaker of its account.';

-- Once a day, where a day was drawn. Of fewer than 20 invitations nothing is concluded, nor where no acceptance was ever reported.
create function steward.check_health(at timestamptz) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    sick record;
begin
    for sick in
        select a as account, h.*
        from steward.account a
        cross join lateral (
            select count(*) filter (where i.ended_at > at - interval '14 days') as recent, count(*) filter (where i.ended_at > at - interval '14 days' and i.accepted_at is not null) as recent_accepted,
                count(i.accepted_at) as accepted,
                count(*) filter (where i.accepted_at is null and not exists (
                    select from steward.action w where w.workspace_id = i.workspace_id and w.person_hash = i.person_hash and w.kind = 'withdraw' and w.state = 'done')) as pending
            from steward.action i where i.account_id = a.id and i.kind = 'send_invite' and i.state = 'done'
        ) h
        where a.state = 'ok' and exists (select from steward.account_day d where d.account_id = a.id and d.drawn_at = at)
            and (h.pending > 700 or h.recent >= 20 and h.accepted > 0 and h.recent_accepted < h.recent * 0.25)
        order by a.id for no key update of a skip locked
    loop
        if sick.pending > 700 then
            perform steward.trip((sick.account).id, 'frozen', null, 'pending_high', format('%s invitations are pending: withdraw old ones; acceptances are reported with steward.record_outreach_event', sick.pending));
        elsif sick.recent_accepted < sick.recent * 0.15 then
            perform steward.trip((sick.account).id, 'frozen', null, 'acceptance_low', format('%s of %s invitations of 14 days were accepted', sick.recent_accepted, sick.recent));
        else
            perform steward.reduce_day(sick.account, 0.5, 'acceptance_low', format('%s of %s invitations of 14 days were accepted: half a day', sick.recent_accepted, sick.recent));
        end if;
    end loop;
end
$$;
comment on function steward.check_health(timestamptz) is 'Halves the day of accounts whose invitations are rarely accepted, and freezes those where they hardly are, or where too many are pending. at: as draw_days was called with.';

create function steward.let_recover(at timestamptz) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    clean uuid[];
begin
    perform steward.trip(a.id, 'ok', null, 'cooled_down', 'its cool-down is over')
    from (select x.id from steward.account x where x.state = 'cool' and x.state_until <= let_recover.at for no key update skip locked) a;
    with clean as (
        update steward.account x set clean_since = let_recover.at
        where x.id = any (array(
            select u.id from steward.account u where u.clean_since <= let_recover.at - interval '7 days' and u.state = 'ok' and u.enabled_at is not null
                and (select y.week_cap < y.asked_week_cap from steward.policy y where y.account_id = u.id order by y.version desc limit 1)
            order by u.id for no key update skip locked))
        returning x.id
    )
    select array_agg(c.id) into clean from clean c;
    perform steward.set_week_cap(p.account_id, least(p.asked_week_cap, p.week_cap + 10), 'recovery')
    from unnest(clean) c
    cross join lateral (select y.* from steward.policy y where y.account_id = c order by y.version desc limit 1) p;
end
$$;
comment on function steward.let_recover(timestamptz) is 'Lets accounts go on whose cool-down is over, and gives ten actions of the week back after each clean one.';
