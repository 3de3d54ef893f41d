-- Why does this job not run? Every check that stands between a job and its first byte, with its verdict, in the order in which they are met.
-- pass: nothing in the way; wait: it ends by itself, at retry_at where that is known; block: somebody has to do something.

-- Names of the secrets that a tool with the newest version of its provider asks for.
create function steward.secrets_of(tool_id uuid) returns text[]
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select array(
        select distinct m[1]
        from steward.tool t
        left join lateral (select p.definition from steward.provider p where p.name = t.provider order by p.version desc limit 1) p on true,
        regexp_matches(t.definition::text || coalesce(p.definition::text, ''), '\{\{[^}]*\msecret\.([A-Za-z0-9_]+)', 'g') m
        where t.id = secrets_of.tool_id order by 1)
$$;
comment on function steward.secrets_of(uuid) is 'Names of the secrets that the requests of a tool version ask for.';

create function steward.serving_workers(queue text) returns setof steward.worker
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select w.* from steward.worker w
    where w.heartbeat_at >= steward.clock() - make_interval(secs => steward.lease_seconds()) and w.status -> 'queues' ? serving_workers.queue
$$;
comment on function steward.serving_workers(text) is 'The workers that are alive and serve a queue.';

-- What keeps an open job that no worker has from being claimed.
create function steward.explain_place(job steward.job) returns table (check_name text, verdict text, detail text, retry_at timestamptz)
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
comment on function steward.explain_place(steward.job) is 'The checks of explain_job that concern where an open job stands.';

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

create function steward.explain_function(name text) returns table (check_name text, verdict text, detail text, retry_at timestamptz)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select 'function ' || explain_function.name, case when f.name is null or m.misfit is not null then 'block' else 'pass' end,
        case when f.name is null then 'it is not registered, so the job will fail: a superuser calls steward.register_function'
            else coalesce('the job will fail: ' || m.misfit, 'it is registered and may be run') end, null::timestamptz
    from (select) one
    left join steward.sql_function f on f.name = explain_function.name
    left join lateral steward.function_misfit(f.schema_name, f.function_name, f.owner) as m (misfit) on f.name is not null
$$;
comment on function steward.explain_function(text) is 'The check of explain_job that concerns the function of a job.';

create function steward.explain_workers(job steward.job) returns table (check_name text, verdict text, detail text, retry_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    tool steward.tool;
    alive constant int := (select count(*) from steward.serving_workers(job.queue));
    name text;
    holders int;
begin
    select t.* into tool from steward.tool t where t.id = job.tool_id;
    return query select 'worker'::text, case when alive > 0 then 'pass' else 'block' end,
        case when alive > 0 then format('%s live workers serve queue %s', alive, job.queue) else format('no live worker serves queue %s: start one with --queue %1$s', job.queue) end, null::timestamptz;
    if alive = 0 then
        return;
    end if;
    foreach name in array steward.secrets_of(job.tool_id) loop
        holders := (select count(*) from steward.serving_workers(job.queue) w where w.status -> 'secrets' ? name);
        return query select 'secret ' || name, case when holders > 0 then 'pass' else 'block' end,
            case when holders > 0 then format('%s of them hold it', holders) else format('none of them holds secret %s: start one with --secret %1$s=HOST', name) end, null::timestamptz;
    end loop;
    if tool.executor = 'script' then
        name := tool.definition #>> '{request,command}';
        holders := (select count(*) from steward.serving_workers(job.queue) w where w.status -> 'commands' ? name);
        return query select 'command ' || name, case when holders > 0 then 'pass' else 'block' end,
            case when holders > 0 then format('%s of them list it', holders) else format('none of them lists command %s: start one with --script %1$s=COMMAND LINE', name) end, null::timestamptz;
    elsif tool.executor = 'sql' then
        return query select * from steward.explain_function(tool.definition #>> '{request,function}');
        holders := (select count(*) from steward.serving_workers(job.queue) w where w.status -> 'functions' = 'true');
        return query select 'functions'::text, case when holders > 0 then 'pass' else 'block' end,
            case when holders > 0 then format('%s of them run functions', holders) else 'none of them runs functions: start one with --script-database-url, as steward_script' end, null::timestamptz;
    end if;
end
$$;
comment on function steward.explain_workers(steward.job) is 'The checks of explain_job that concern the workers.';

create function steward.explain_job(job_id uuid) returns table (check_name text, verdict text, detail text, retry_at timestamptz)
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
comment on function steward.explain_job(uuid) is
    'Why a job stands where it stands: each check with its verdict (pass, wait, block), in words, and when it is looked at again. For members of its workspace. '
    'Errors: 22004 argument_null, 42704 job_unknown.';
