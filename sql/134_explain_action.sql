-- Why an action waits, and until when: one row for each check, in the order in which they are made.

create function steward.explain_account(account steward.account) returns table (check_name text, verdict text, detail text, retry_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    ticked timestamptz := (select r.ticked_at from steward.governor_run r);
begin
    return query values
        ('account', case when account.enabled_at is not null then 'pass' else 'wait' end,
            case when account.enabled_at is not null then format('%s is enabled', account.name) else format('%s is disabled: a person enables it with steward.enable_account', account.name) end, null::timestamptz),
        ('breaker', case account.state when 'ok' then 'pass' else 'wait' end,
            case account.state when 'ok' then 'nothing is against it' else format('%s: %s', account.state, (select e.reason from steward.breaker_event e where e.account_id = account.id order by e.id desc limit 1)) end,
            case when account.state <> 'ok' then account.state_until end),
        ('tick', case when ticked > steward.clock() - interval '11 minutes' then 'pass' else 'wait' end,
            case when ticked is null then 'the governor has never ticked: steward.install_cron() gives it to pg_cron, and a worker does it, too'
                when ticked > steward.clock() - interval '11 minutes' then 'the governor ticks' else format('the governor has not ticked since %s', ticked) end, null);
end
$$;
comment on function steward.explain_account(steward.account) is 'What an account itself says about going on.';

create function steward.explain_day(account steward.account, action steward.action) returns table (check_name text, verdict text, detail text, retry_at timestamptz)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
    today constant date := (select l.day from steward.local_day(account.id, at) l);
    day steward.account_day;
    next_opens timestamptz;
    state steward.day_state;
    kind_done int;
    kind_cap int;
    next_moment timestamptz;
begin
    select d.* into day from steward.account_day d where d.account_id = account.id and d.local_day = today;
    select min(d.opens_at) into next_opens from generate_series(1, 14) n cross join lateral steward.drawn_days(array[account.id], array[today + n], at) d;
    if day.account_id is null then
        return query values ('window', 'wait', format('nothing is done on %s, or the day is not drawn yet', today), next_opens);
        return;
    end if;
    select s.* into state from steward.day_states(array[day], at) s;
    select k.cap into kind_cap from steward.policy_kind k where k.policy_id = day.policy_id and k.kind = action.kind;
    select count(*) into kind_done from steward.action_claim c where c.account_id = account.id and c.local_day = today and c.kind = action.kind;
    select min(m) into next_moment from unnest((state.plan).moments) m where m > at;
    return query
    select v.*
    from (select (select c.t + interval '170 hours' from steward.action_claim c where c.account_id = account.id and c.seq = state.last_seq + 1 - (state.policy).week_cap) as full_until) w
    cross join (select count(*) as n from steward.action x where x.account_id = account.id and x.state = 'backlog'
            and (x.priority, x.not_before, x.id) < (action.priority, action.not_before, action.id)) b
    left join lateral (select m as moment from unnest((state.plan).moments) m where m > at order by m offset b.n limit 1) own on true
    cross join lateral (values
        ('window', case when at >= day.opens_at and at < day.closes_at then 'pass' else 'wait' end, format('%s to %s, %s', day.opens_at at time zone day.time_zone, day.closes_at at time zone day.time_zone, day.time_zone),
            case when at < day.opens_at then day.opens_at when at >= day.closes_at then next_opens end),
        ('day_cap', case when state.most > 0 or state.busy_until is not null then 'pass' else 'wait' end,
            format('%s done of the %s drawn for the day%s', state.done, day.cap, case when account.reduced_day = today then format(', reduced to %s', account.reduced_cap) else '' end),
            case when state.most = 0 and state.busy_until is null then next_opens end),
        ('kind_cap', case when kind_done < kind_cap then 'pass' else 'wait' end, format('%s %s done of %s a day', kind_done, action.kind, kind_cap), case when kind_done >= kind_cap then next_opens end),
        ('gap', case when state.last_t is null or at >= state.last_t + make_interval(secs => (state.policy).gap_seconds) then 'pass' else 'wait' end,
            format('%s minutes at least between two actions%s', (state.policy).gap_seconds / 60, case when state.last_t is not null then format(', the last one was at %s', state.last_t at time zone day.time_zone) else '' end),
            case when at < state.last_t + make_interval(secs => (state.policy).gap_seconds) then state.last_t + make_interval(secs => (state.policy).gap_seconds) end),
        ('week_cap', case when w.full_until > at then 'wait' else 'pass' end, format('%s actions in any 170 hours at most', (state.policy).week_cap), case when w.full_until > at then w.full_until end),
        ('plan', case when own.moment is null then 'wait' else 'pass' end,
            case when state.plan is null then 'the day is planned when its window opens' when next_moment is null then 'no moment of the day is left'
                else format('the next moment is %s; %s actions of the backlog come before this one%s', next_moment at time zone day.time_zone, b.n,
                    case when own.moment is null then ', more than the day has moments' else '' end) end,
            coalesce(own.moment, case when state.plan is null and at < day.opens_at then day.opens_at else next_opens end))) v;
end
$$;
comment on function steward.explain_day(steward.account, steward.action) is 'What the day of an account says about doing an action now.';

create function steward.explain_action(action_id uuid) returns table (check_name text, verdict text, detail text, retry_at timestamptz)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    action constant steward.action := steward.acted_action(explain_action.action_id, 'read');
    account steward.account;
    other steward.action;
begin
    select a.* into account from steward.account a where a.id = action.account_id;
    return query values ('state', case when action.state in ('backlog', 'planned') then 'wait' when action.state = 'unknown' then 'unknown' else 'ended' end,
        case action.state when 'backlog' then 'it is in the backlog' || case when action.code is not null then format(' again: %s', action.code) else '' end
            when 'planned' then 'its job is enqueued' when 'claimed' then 'it is being sent' when 'done' then 'it was done'
            when 'unknown' then 'nobody knows whether the person was reached; it is not repeated, and a probe asks the provider'
            else format('it %s: %s', action.state, coalesce(action.reason, action.code, 'its job says why')) end,
        case action.state when 'planned' then action.planned_at when 'unknown' then action.probe_at end);
    if action.state <> 'backlog' then
        return;
    end if;
    select u.* into other from steward.action u
    where u.workspace_id = action.workspace_id and u.person_hash = action.person_hash and u.id <> action.id and u.state in ('planned', 'claimed', 'unknown') limit 1;
    return query values
        ('not_before', case when action.not_before <= steward.clock() then 'pass' else 'wait' end, format('not before %s', action.not_before), case when action.not_before > steward.clock() then action.not_before end),
        ('person', case when other.id is null then 'pass' else 'wait' end,
            case when other.id is null then 'nothing else is on its way to the person' else format('%s %s for the same person is %s', other.kind, other.id, other.state) end, null::timestamptz);
    return query select e.* from steward.explain_account(account) e;
    return query select e.* from steward.explain_day(account, action) e;
end
$$;
comment on function steward.explain_action(uuid) is
    'Why an action waits: one row for each check, with its verdict (pass, wait, unknown or ended), words, and the moment at which it may change. For all members of its workspace. Errors: 22004 argument_null, 42704 action_unknown.';
