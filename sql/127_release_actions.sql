-- Release: from a planned moment to the job of an action.
--
-- release_actions gives the next moment of each account, where it comes within eleven minutes, to the most urgent action that may be done then, and enqueues its job. The job
-- is claimable 30 seconds before; the worker gets it with hold_seconds and asks for the sent mark at the moment. 128_claim_actions.sql goes on from there.

-- What the worker is told with the request of a governed job: how long it holds it back.
create function steward.hold_of(job_id uuid) returns jsonb
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
begin
    return coalesce((
        select jsonb_build_object('hold_seconds', round(extract(epoch from greatest(interval '0', j.planned_at - steward.clock())), 3))
        from steward.action_job j where j.job_id = hold_of.job_id and j.purpose = 'send'), '{}');
end
$$;
comment on function steward.hold_of(uuid) is 'hold_seconds until the moment of an action, for the worker''s request.';

create function steward.release_action(action steward.action, account steward.account, moment timestamptz) returns boolean
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    job uuid;
    detail text;
begin
    job := (steward.enqueue_jobs(action.scheduled_by, account.provider || '_' || action.kind,
        array[action.payload || jsonb_build_object('account', account.external_id, 'person', action.person)], moment - interval '30 seconds', -1000, null,
        array[format('action %s at %s', action.id, extract(epoch from moment))], array['outreach'], action.workspace_id, null, true))[1];
    insert into steward.action_job (job_id, action_id, account_id, purpose, planned_at) values (job, action.id, account.id, 'send', moment);
    update steward.action a set state = 'planned', planned_at = moment, job_id = job, code = null, reason = null where a.id = action.id;
    return true;
exception when others then
    if steward.may_pass(sqlstate) then
        raise;
    end if;
    -- A limit may have room at another moment; whatever else is wrong would be wrong again, and hold up those behind it.
    get stacked diagnostics detail = pg_exception_detail;
    detail := steward.slug_of(detail, sqlstate);
    update steward.action a set code = detail, reason = 'its job could not be enqueued', state = case when sqlstate = '53400' then 'backlog' else 'failed' end,
        ended_at = case when sqlstate <> '53400' then steward.clock() end
    where a.id = action.id;
    return false;
end
$$;
comment on function steward.release_action(steward.action, steward.account, timestamptz) is 'Enqueues the job of an action for a moment, and says whether that was possible.';

create function steward.next_action(day steward.account_day, moment timestamptz) returns steward.action
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set plan_cache_mode = force_generic_plan
as $$
declare
    chosen steward.action;
begin
    select a.* into chosen
    from steward.policy_kind k
    cross join lateral (
        select x.* from steward.action x
        where x.account_id = day.account_id and x.state = 'backlog' and x.kind = k.kind and x.not_before <= next_action.moment
            and not exists (select from steward.action u where u.workspace_id = x.workspace_id and u.person_hash = x.person_hash and u.state in ('planned', 'claimed', 'unknown'))
        order by x.priority, x.not_before, x.id limit 1 for update skip locked
    ) a
    where k.policy_id = day.policy_id and k.cap > (select count(*) from steward.action_claim c where c.account_id = day.account_id and c.local_day = day.local_day and c.kind = k.kind)
    order by a.priority, a.not_before, a.id limit 1;
    return chosen;
end
$$;
comment on function steward.next_action(steward.account_day, timestamptz) is
    'The most urgent action of an account that may be done at a moment of a day: not one of a kind that has none left, nor for a person for whom another one is on its way or unknown.';

create function steward.release_actions(at timestamptz) returns int
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
declare
    due record;
    chosen steward.action;
    released int := 0;
begin
    for due in
        select a as account, d as day, m.moment
        from steward.account_day d
        join steward.account a on a.id = d.account_id
        cross join lateral (select n.moments from steward.day_plan n where n.account_id = d.account_id and n.local_day = d.local_day order by n.revision desc limit 1) p
        cross join lateral (select min(u.moment) as moment from unnest(p.moments) as u (moment) where u.moment > release_actions.at + interval '5 seconds') m
        where d.closes_at > release_actions.at and d.opens_at <= release_actions.at + interval '11 minutes' and m.moment <= release_actions.at + interval '11 minutes'
            and a.enabled_at is not null and a.state = 'ok'
            and not exists (select from steward.action_job j where j.account_id = a.id and j.purpose = 'send')
            and (a.reduced_day is distinct from d.local_day
                or a.reduced_cap > (select count(*) from steward.action_claim c where c.account_id = a.id and c.local_day = d.local_day))
    loop
        chosen := steward.next_action(due.day, due.moment);
        if chosen.id is not null and steward.release_action(chosen, due.account, due.moment) then
            released := released + 1;
        end if;
    end loop;
    return released;
end
$$;
comment on function steward.release_actions(timestamptz) is 'Enqueues the actions whose moments come within eleven minutes, one for each account, and returns how many.';
