-- A call that an outside service has is told as such; so are limits, and a provider that cools down.

-- What keeps an open job that no worker has from being claimed.
create or replace function steward.explain_place(job steward.job) returns table (check_name text, verdict text, detail text, retry_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    place steward.waiting;
    ahead bigint;
begin
    select w.* into place from steward.waiting w where w.id = job.id;
    return query
    select 'restore guard', case when steward.is_restored() then 'block' else 'pass' end,
        case when steward.is_restored() then 'the database was restored or moved: an administrator calls steward.accept_restore' else 'the database is where it was' end, null::timestamptz
    union all
    select 'queue', case when p.queue is null then 'pass' else 'block' end,
        case when p.queue is null then format('queue %s is open', job.queue) else format('queue %s is paused%s: steward.resume_queue', job.queue, ' (' || p.reason || ')') end, null
    from (select) one left join steward.paused_queue p on p.queue = job.queue;
    if place.limit_id is not null then
        return query select * from steward.explain_line(place);
        return;
    elsif place.id is not null then
        return query select place.reason, 'wait'::text, coalesce(place.detail, case place.reason when 'schedule' then 'its time has not come' else 'it waits for its next try' end), place.until;
        return;
    end if;
    -- Up to 1000: who waits behind more than that has his answer.
    select count(*) into ahead from (
        select from steward.ready r
        where r.queue = job.queue and r.workspace_id = job.workspace_id and (r.priority, r.run_at, r.id) < (job.priority, job.run_at, job.id) limit 1000) a;
    return query select 'ready'::text, 'pass'::text, format('it may be claimed now; %s jobs of the workspace are before it', case ahead when 1000 then '1000 or more' else ahead::text end), null::timestamptz;
end
$$;

create function steward.explain_provider(job steward.job) returns table (check_name text, verdict text, detail text, retry_at timestamptz)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select 'provider ' || t.provider, case when c.until is null then 'pass' else 'wait' end, coalesce(c.reason, 'it does not cool down'), c.until
    from steward.tool t
    left join lateral steward.cooling(t.provider, steward.model_of(t.id, job.id), job.workspace_id, steward.secrets_of(t.id)) c on true
    where t.id = job.tool_id and t.provider is not null
$$;
comment on function steward.explain_provider(steward.job) is 'The check of explain_job that concerns the provider of a job.';

create or replace function steward.explain_job(job_id uuid) returns table (check_name text, verdict text, detail text, retry_at timestamptz)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    job steward.job;
    live steward.attempt;
begin
    job := steward.acted_job(explain_job.job_id, 'read');
    if job.outcome is not null then
        return query select 'state'::text, case job.outcome when 'succeeded' then 'pass' else 'block' end,
            concat_ws(': ', case job.outcome when 'succeeded' then 'it succeeded' when 'failed' then 'it failed' when 'cancelled' then 'it was cancelled'
                else 'nobody knows how its call ended' end, nullif(job.error_code, 'cancelled'), job.error_message,
                case job.outcome when 'in_doubt' then 'find out and call steward.resolve_job' when 'failed' then 'steward.retry_job runs it again' end), null::timestamptz;
        return;
    end if;
    return query select 'member'::text, case when m.user_id is null then 'block' else 'pass' end,
        case when m.user_id is null then 'its user is no longer a member: it fails at its claim' else format('its user is %s of the workspace', m.role) end, null::timestamptz
    from (select) one left join steward.member m on m.user_id = job.user_id and m.workspace_id = job.workspace_id;
    select a.* into live from steward.attempt a where a.job_id = job.id and a.state in ('claimed', 'sent');
    if found then
        return query select 'running'::text, 'wait'::text,
            case live.worker when '' then format('attempt %s is with an outside service, which says how it ended with complete_external; given up at its deadline', live.number)
                else format('attempt %s is %s by worker %s; given up at its deadline', live.number, live.state, live.worker) end, live.deadline;
        return;
    end if;
    return query select * from steward.explain_place(job) union all select * from steward.explain_limits(job) union all select * from steward.explain_provider(job) union all select * from steward.explain_workers(job);
end
$$;
