-- Jobs are written with the most that a call of theirs may use.

drop function steward.insert_keyed_jobs(steward.job, text[], jsonb[]);
drop function steward.insert_jobs(steward.job, jsonb[]);

create type steward.bound as (
    cost bigint,
    tokens bigint,
    model text
);
comment on type steward.bound is 'The most that one call of a job may use; cost is null where the price of its model is not known.';

-- A tool that costs the same for every call is measured once; the others by the request that each payload makes.
create function steward.bounds_of(tool steward.tool, payloads jsonb[], workspace_id uuid, user_id uuid) returns steward.bound[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
    measured record;
begin
    if not tool.is_metered then
        return array_fill(row(null, null, null)::steward.bound, array[cardinality(payloads)]);
    end if;
    select m.* into measured from steward.measure_payload(tool.id, bounds_of.workspace_id, bounds_of.user_id, payloads[1]::text) m;
    if measured.flat is not null then
        return array_fill(row(measured.flat, null, null)::steward.bound, array[cardinality(payloads)]);
    end if;
    return array(
        select row(case when x.price_id is not null then steward.most_cost(x.price_id, m.input_tokens, m.output_tokens) end, m.input_tokens + m.output_tokens, m.model)::steward.bound
        from unnest(payloads) with ordinality as p (payload, n)
        cross join lateral steward.measure_payload(tool.id, bounds_of.workspace_id, bounds_of.user_id, p.payload::text) m
        cross join lateral (select steward.price_for(m.price_list, m.model, at) as price_id) x
        order by p.n);
end
$$;
comment on function steward.bounds_of(steward.tool, jsonb[], uuid, uuid) is 'The most that a job with each payload may use, in order. Errors: 22023 cost_unbounded, render_failed, 54000 render_too_large.';

-- Writes the jobs that keys do not name yet and returns one id per payload, in order: new ones, and old ones where a key was taken.
create function steward.insert_keyed_jobs(job steward.job, keys text[], payloads jsonb[], bounds steward.bound[], out ids uuid[], out added uuid[])
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
    set enable_memoize = off
as $$
begin
    with inserted as (
        insert into steward.job as j
            (id, workspace_id, user_id, tool_id, queue, priority, run_at, payload, tags, idempotency_key, created_at, enqueued_by, from_job, cost_bound, token_bound, model)
        select steward.new_id(), job.workspace_id, job.user_id, job.tool_id, job.queue, job.priority, job.run_at, i.payload,
            job.tags, i.key, job.created_at, job.enqueued_by, job.from_job, i.cost, i.tokens, i.model
        from rows from (unnest(payloads), unnest(keys), unnest(bounds)) as i (payload, key, cost, tokens, model)
        on conflict (workspace_id, idempotency_key) where idempotency_key is not null do nothing
        returning j.id
    )
    select coalesce(array_agg(inserted.id), '{}') into added from inserted;
    -- A new statement, so a new snapshot: it sees the row of a transaction that the insert had to wait for.
    select array_agg(j.id order by i.n) into ids
    from unnest(payloads, keys) with ordinality as i (payload, key, n)
    cross join lateral (
        select x.id, x.tool_id from steward.job x
        where x.workspace_id = job.workspace_id and x.idempotency_key = i.key and x.payload = i.payload offset 0
    ) j
    where (select t.name from steward.tool t where t.id = j.tool_id) = (select named.name from steward.tool named where named.id = job.tool_id);
    if cardinality(ids) is distinct from cardinality(payloads) then
        perform steward.refuse('42710', 'idempotency_conflict', 'an idempotency key was used before with another tool or payload',
            'Use a new key for a new job; repeat the same call only with the same tool and payload.');
    end if;
end
$$;
comment on function steward.insert_keyed_jobs(steward.job, text[], jsonb[], steward.bound[]) is
    'Inserts jobs under idempotency keys, returning the existing job where a key is taken. Errors: 42710 idempotency_conflict.';

create function steward.insert_jobs(job steward.job, payloads jsonb[], bounds steward.bound[]) returns uuid[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    ids uuid[] := steward.new_ids(cardinality(payloads));
begin
    insert into steward.job (id, workspace_id, user_id, tool_id, queue, priority, run_at, payload, tags, created_at, enqueued_by, from_job, cost_bound, token_bound, model)
    select i.id, job.workspace_id, job.user_id, job.tool_id, job.queue, job.priority, job.run_at, i.payload, job.tags, job.created_at,
        job.enqueued_by, job.from_job, i.cost, i.tokens, i.model
    from rows from (unnest(ids), unnest(payloads), unnest(bounds)) as i (id, payload, cost, tokens, model);
    return ids;
end
$$;
comment on function steward.insert_jobs(steward.job, jsonb[], steward.bound[]) is 'Inserts jobs without idempotency keys and returns their ids, in order.';
