-- Looking ahead and back: the plan of a day, and the days of accounts.

-- Days that are not drawn yet are drawn here as they will be, if nothing changes; nothing is stored.
create function steward.coming_days(account steward.account, from_day date, to_day date) returns setof steward.account_day
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
    today constant date := (select l.day from steward.local_day(account.id, at) l);
    caps int[] := array(select coalesce((select d.cap from steward.account_day d where d.account_id = account.id and d.local_day = today - n), 0) from generate_series(1, 6) n);
    drawn steward.account_day;
begin
    return query select d.* from steward.account_day d where d.account_id = account.id and d.local_day between coming_days.from_day and least(coming_days.to_day, today) order by d.local_day;
    for n in 0 .. least(coming_days.to_day - today, 366) loop
        select d.* into drawn from steward.account_day d where d.account_id = account.id and d.local_day = today + n;
        if drawn.account_id is null then
            select d.* into drawn from steward.drawn_days(array[account.id], array[today + n], at, '{1,2,3,4,5,6}', caps) d;
            if drawn.account_id is not null and today + n >= coming_days.from_day and (n > 0 or drawn.closes_at > at) then
                return next drawn;
            end if;
        end if;
        caps := array[coalesce(drawn.cap, 0)] || caps[1 : 5];
    end loop;
end
$$;
comment on function steward.coming_days(steward.account, date, date) is 'The days of an account: stored ones, and those to come as they will be drawn.';

create function steward.readable_account(account_id uuid) returns steward.account
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    account steward.account;
begin
    select a.* into account from steward.account a where a.id = readable_account.account_id and a.workspace_id in (select steward.my_workspaces());
    if account.id is null then
        perform steward.require('account_id', readable_account.account_id::text), steward.refuse('42704', 'account_unknown', format('account %s does not exist or is not yours to read', readable_account.account_id),
            'Check the id, and that you are a member of its workspace.');
    end if;
    return account;
end
$$;
comment on function steward.readable_account(uuid) is 'An account of a workspace that the caller may read. Errors: 22004 argument_null, 42704 account_unknown.';

-- What was done keeps its moment; then come the moments of the plan that stands, or of the one that would be made, each with the action that would take it.
create function steward.plan_preview(account_id uuid, day date default null) returns table (slot int, at timestamptz, local_time timestamp, state text, action_id uuid, kind text)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    account constant steward.account := steward.readable_account(plan_preview.account_id);
    chosen constant date := coalesce(plan_preview.day, (select l.day from steward.local_day(account.id, steward.clock()) l));
    drawn steward.account_day;
    progress steward.day_state;
    moments timestamptz[] := '{}'::timestamptz[];
    used int;
begin
    if not isfinite(chosen) then
        perform steward.refuse('22023', 'days_invalid', format('day is %s', chosen), 'Pass a day, or null for today.');
    end if;
    select d.* into drawn from steward.coming_days(account, chosen, chosen) d;
    if drawn.account_id is null then
        return;
    end if;
    select s.* into progress from steward.day_states(array[drawn], steward.clock()) s;
    used := progress.done + (progress.busy_until is not null)::int;
    if drawn.closes_at > steward.clock() and (account.state = 'ok' or account.state_until <= drawn.opens_at and account.state = 'cool') then
        moments := case when (progress.plan).revision is not null then array(select m from unnest((progress.plan).moments) m where m > greatest(steward.clock(), progress.busy_until) order by m)
            else coalesce((select p.moments from steward.plans_of(array[progress]) p), '{}') end;
    end if;
    return query
    select c.day_slot, c.t, c.t at time zone drawn.time_zone, a.state, a.id, a.kind
    from steward.action_claim c join steward.action a on a.id = c.action_id where c.account_id = account.id and c.local_day = chosen
    union all
    select progress.done + 1, a.planned_at, a.planned_at at time zone drawn.time_zone, a.state, a.id, a.kind
    from steward.action_job j join steward.action a on a.id = j.action_id where j.account_id = account.id and j.purpose = 'send' and a.state = 'planned' and a.planned_at between drawn.opens_at and drawn.closes_at
    union all
    select used + m.n::int, m.moment, m.moment at time zone drawn.time_zone, 'backlog', b.id, b.kind
    from unnest(moments) with ordinality as m (moment, n)
    left join (
        select x.id, x.kind, row_number() over (order by x.priority, x.not_before, x.id) as n
        from (
            select y.*, row_number() over (partition by y.kind order by y.priority, y.not_before, y.id) as nth
            from steward.action y where y.account_id = account.id and y.state = 'backlog' and y.not_before < drawn.closes_at
        ) x
        join steward.policy_kind k on k.policy_id = drawn.policy_id and k.kind = x.kind
        where x.nth <= k.cap - (select count(*) from steward.action_claim c where c.account_id = account.id and c.local_day = chosen and c.kind = x.kind)
    ) b on b.n = m.n
    order by 1, 2;
end
$$;
comment on function steward.plan_preview(uuid, date) is
    'The plan of a local day of an account, today unless given: what was done, what is on its way, and the moments to come with the actions that would take them now. A day to come shows as it would be planned for today''s backlog. '
    'Nothing is stored. For all members of its workspace. Errors: 22004 argument_null, 22023 days_invalid, 42704 account_unknown.';

create function steward.governor_calendar(from_day date, to_day date, account_id uuid default null)
    returns table (account_name text, local_day date, opens_at timestamptz, closes_at timestamptz, cap int, planned int, done int, failed int, unknown int, is_drawn boolean)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('from_day', governor_calendar.from_day::text), steward.require('to_day', governor_calendar.to_day::text);
    if (case when isfinite(governor_calendar.from_day) and isfinite(governor_calendar.to_day) then governor_calendar.to_day - governor_calendar.from_day not between 0 and 366 else true end) then
        perform steward.refuse('22023', 'days_invalid', 'to_day lies before from_day, or more than a year after it', 'Ask for a year at most.');
    end if;
    if governor_calendar.account_id is not null then
        perform steward.readable_account(governor_calendar.account_id);
    end if;
    return query
    select a.name, d.local_day, d.opens_at, d.closes_at, d.cap,
        coalesce((select cardinality(p.moments) from steward.day_plan p where p.account_id = a.id and p.local_day = d.local_day order by p.revision desc limit 1), 0),
        c.done, c.failed, c.unknown, exists (select from steward.account_day y where y.account_id = a.id and y.local_day = d.local_day)
    from steward.account a
    cross join lateral steward.coming_days(a, governor_calendar.from_day, governor_calendar.to_day) d
    cross join lateral (
        select count(*) filter (where x.state in ('done', 'claimed'))::int as done, count(*) filter (where x.state = 'failed')::int as failed, count(*) filter (where x.state = 'unknown')::int as unknown
        from steward.action_claim l join steward.action x on x.id = l.action_id where l.account_id = a.id and l.local_day = d.local_day
    ) c
    where a.workspace_id in (select steward.my_workspaces()) and (governor_calendar.account_id is null or a.id = governor_calendar.account_id)
    order by a.name, d.local_day;
end
$$;
comment on function steward.governor_calendar(date, date, uuid) is
    'The days of accounts on which something is done: windows, caps, what was planned and what was done; days to come as they will be drawn if nothing changes. For all members of the workspaces. Errors: 22004 argument_null, 22023 days_invalid, 42704 account_unknown.';
