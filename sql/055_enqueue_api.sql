-- The two ways in: enqueue for one job, enqueue_many for a batch under the same options. Both go through enqueue_jobs, but for an enqueue that is
-- known to be admitted (048_admissions.sql) and wants no key and no later time.

create function steward.enqueue_jobs(actor uuid, tool text, payloads jsonb[], run_at timestamptz, priority int, queue text,
    keys text[], tags text[], workspace_id uuid, user_id uuid, by_governor boolean default false) returns uuid[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    chosen steward.tool;
    job steward.job;
    ids uuid[];
    added uuid[];
    payload jsonb;
    bounds steward.bound[];
    spender steward.spender;
begin
    job.workspace_id := steward.acting_workspace(actor, enqueue_jobs.workspace_id, 'enqueue');
    job.user_id := steward.acting_user(actor, job.workspace_id, enqueue_jobs.user_id);
    job.enqueued_by := nullif(actor, job.user_id);
    job.from_job := steward.begun_job();
    -- As current_tool does, whose plan would be made anew for every job: 68 of 372 us of an enqueue.
    select t.* into chosen from steward.tool t where t.name = enqueue_jobs.tool order by t.version desc limit 1;
    if chosen.id is null then
        perform steward.refuse('42704', 'tool_unknown', format('tool %L does not exist', left(enqueue_jobs.tool, 80)),
            'Define it with steward.define_tool(name, definition).');
    elsif chosen.is_governed and not enqueue_jobs.by_governor then
        perform steward.refuse('22023', 'tool_governed', format('only the governor sends with tool %s', chosen.name), 'Schedule an action: select steward.schedule_action(account_id, kind, person, payload).');
    end if;
    perform steward.load_tool(chosen.id);
    foreach payload in array payloads loop
        perform steward.check_payload(chosen.id, payload::text);
    end loop;

    bounds := steward.bounds_of(chosen, payloads, job.workspace_id, job.user_id);
    spender := row(1, job.workspace_id, job.user_id, chosen.name, chosen.provider, bounds[1].model, enqueue_jobs.tags)::steward.spender;

    -- Of the session's own user only: a schedule enqueues for somebody who is not asking.
    if job.from_job is null and actor = steward.uid() and not chosen.is_governed then
        perform steward.remember_admission(enqueue_jobs.tool, enqueue_jobs.workspace_id, enqueue_jobs.user_id, job.workspace_id, job.user_id, job.enqueued_by, chosen.id);
    end if;

    perform pg_current_xact_id();  -- before the clock is read: see the top of 050_enqueue.sql
    job.created_at := steward.clock();
    job.run_at := greatest(enqueue_jobs.run_at, job.created_at);
    job.tool_id := chosen.id;
    job.queue := coalesce(enqueue_jobs.queue, chosen.queue);
    job.priority := enqueue_jobs.priority;
    job.tags := enqueue_jobs.tags;
    if keys is null then
        ids := steward.insert_jobs(job, payloads, bounds);
        added := ids;
    else
        select k.ids, k.added into ids, added from steward.insert_keyed_jobs(job, keys, payloads, bounds) k;
    end if;

    -- One model at a time: a batch may ask several.
    perform steward.guard_enqueue(row(1, spender.workspace_id, spender.user_id, spender.tool, spender.provider, m.model, spender.tags)::steward.spender, m.ids, m.costs, m.tokens,
        array(select a.id from unnest(added) as a (id) where a.id = any (m.ids)))
    from (
        select b.model, array_agg(b.id order by b.n) as ids, array_agg(coalesce(b.cost, 0) order by b.n) as costs, array_agg(coalesce(b.tokens, 0) order by b.n) as tokens
        from rows from (unnest(ids), unnest(bounds)) with ordinality as b (id, cost, tokens, model, n) group by b.model order by b.model) m;
    -- Only what was admitted: a backlog that is full refuses the next one, too. And only for who may go the short way next time.
    if job.from_job is null and actor = steward.uid() and keys is null and enqueue_jobs.run_at is null and cardinality(payloads) = 1 then
        perform steward.remember_guard_of(spender, chosen.id);
    end if;

    if job.run_at > job.created_at then
        insert into steward.waiting (id, workspace_id, tool_id, queue, priority, reason, since, until, attempt, tries)
        select i.id, job.workspace_id, job.tool_id, job.queue, job.priority, 'schedule', job.created_at, job.run_at, 0, 0
        from unnest(added) as i (id);
    else
        insert into steward.ready (queue, workspace_id, priority, run_at, id, attempt, tries, tool_id)
        select job.queue, job.workspace_id, job.priority, job.run_at, i.id, 0, 0, job.tool_id from unnest(added) as i (id);
        perform steward.ring_doorbell();
    end if;
    return ids;
end
$$;
comment on function steward.enqueue_jobs(uuid, text, jsonb[], timestamptz, int, text, text[], text[], uuid, uuid, boolean) is
    'Checks and writes jobs of one tool for a user; options are checked by the caller. Returns one id per payload, in order. by_governor: it is the governor who asks, for a tool that is governed.';

-- The long way of enqueue, and the only one for whoever wants a key or a later time.
create function steward.enqueue_checked(tool text, payload jsonb, run_at timestamptz, priority int, queue text, idempotency_key text, tags text[], workspace_id uuid, user_id uuid) returns uuid
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('tool', enqueue_checked.tool), steward.require('payload', enqueue_checked.payload::text);
    perform steward.check_enqueue_options(enqueue_checked.run_at, enqueue_checked.priority, enqueue_checked.queue, enqueue_checked.idempotency_key, enqueue_checked.tags);
    return (steward.enqueue_jobs(steward.uid(), enqueue_checked.tool, array[enqueue_checked.payload], enqueue_checked.run_at, enqueue_checked.priority, enqueue_checked.queue,
        case when enqueue_checked.idempotency_key is not null then array[enqueue_checked.idempotency_key] end, enqueue_checked.tags, enqueue_checked.workspace_id, enqueue_checked.user_id))[1];
end
$$;
comment on function steward.enqueue_checked(text, jsonb, timestamptz, int, text, text, text[], uuid, uuid) is 'Enqueues a job after asking the tables for everything. Errors: those of enqueue.';

-- Goes the short way where it can, else calls enqueue_checked: extension/src/api/enqueue.rs, which says why it is in Rust and sets no search_path.
create function steward.enqueue(tool text, payload jsonb default '{}', run_at timestamptz default null, priority int default 0,
    queue text default null, idempotency_key text default null, tags text[] default '{}', workspace_id uuid default null,
    user_id uuid default null) returns uuid
    language c volatile security definer cost 100
as 'MODULE_PATHNAME', 'enqueue_wrapper';
comment on function steward.enqueue(text, jsonb, timestamptz, int, text, text, text[], uuid, uuid) is
    'Enqueues a job and returns its id; with an idempotency_key used before in the workspace, the id of that job. '
    'run_at null is now; priority -1000 (first) to 1000; workspace_id may be left out by members of one workspace. '
    'Errors: 22004 argument_null, 22023 (payload_invalid, tool_governed and options), 42501 not_a_member, 42704 tool_unknown, workspace_unknown, '
    'user_unknown, 42710 idempotency_conflict, 54000 payload_too_large; of tools that cost something 22023 cost_unbounded, render_failed, 54000 render_too_large; '
    'of limits 40001 limit_busy (try again: what is left is held by open transactions), 53400 backlog_full, limit_full, never_fits.';

create function steward.enqueue_many(tool text, payloads jsonb[], run_at timestamptz default null, priority int default 0,
    queue text default null, idempotency_key text default null, tags text[] default '{}', workspace_id uuid default null,
    user_id uuid default null) returns setof uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    keys text[];
begin
    perform steward.require('tool', enqueue_many.tool);
    if array_ndims(enqueue_many.payloads) > 1 or cardinality(enqueue_many.payloads) > 10000 then
        perform steward.refuse('54000', 'batch_too_large', 'payloads must be a plain list of at most 10000', 'Split it into several calls.');
    elsif enqueue_many.payloads is null or array_position(enqueue_many.payloads, null) is not null then
        perform steward.require('payloads, or one of them,', null);
    end if;
    perform steward.check_enqueue_options(enqueue_many.run_at, enqueue_many.priority, enqueue_many.queue,
        enqueue_many.idempotency_key, enqueue_many.tags);
    if cardinality(enqueue_many.payloads) = 0 then
        return;
    end if;
    if enqueue_many.idempotency_key is not null then
        keys := array(select enqueue_many.idempotency_key || '#' || n from generate_series(1, cardinality(enqueue_many.payloads)) n);
    end if;
    return query select unnest(steward.enqueue_jobs(steward.uid(), enqueue_many.tool, enqueue_many.payloads, enqueue_many.run_at,
        enqueue_many.priority, enqueue_many.queue, keys, enqueue_many.tags, enqueue_many.workspace_id, enqueue_many.user_id));
end
$$;
comment on function steward.enqueue_many(text, jsonb[], timestamptz, int, text, text, text[], uuid, uuid) is
    'Enqueues up to 10000 jobs of one tool in one call and returns their ids in order; all or none. Job n of a call with an '
    'idempotency_key stands under key#n. Errors: those of enqueue, and 54000 batch_too_large.';
