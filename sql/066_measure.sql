-- What each job of a claim may use at most, and what bars it whatever room there is. 039_rooms.sql says what covers it; 069_hold.sql decides.

create type steward.measured_job as (
    n int,
    grp int,
    id uuid,
    workspace_id uuid,
    user_id uuid,
    tool_id uuid,
    tool text,
    provider text,
    model text,
    tags text[],
    is_metered boolean,
    is_over boolean,
    cost bigint,
    tokens bigint,
    price_id uuid,
    price_list text,
    counts_job boolean
);
comment on type steward.measured_job is 'A job that a claim has taken, with the most it may use; is_over: its request cannot be made, so it ends here.';

-- Renders each metered job, so that nobody waits for that once windows are locked; the requests are kept for claim_jobs in the memory of the library.
-- The bound is the greater of today's and that of the enqueue.
create function steward.measure_jobs(taken steward.ready[], at timestamptz) returns steward.measured_job[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    return array(
        select row(b.n, dense_rank() over (order by b.workspace_id, b.user_id, b.tool, b.model, b.tags), b.id, b.workspace_id, b.user_id, b.tool_id, b.tool, b.provider, b.model, b.tags,
        b.is_metered, b.is_over, case when b.cost is not null then greatest(b.cost, b.cost_bound) end, greatest(b.tokens, b.token_bound, 0), b.price_id, b.price_list, b.counts_job)::steward.measured_job
    from (
        select m.*, case when m.flat is not null then m.flat when m.price_id is not null then steward.most_cost(m.price_id, m.input_tokens, m.output_tokens) end as cost,
            m.input_tokens + m.output_tokens as tokens
        from (
            select r.n, j.id, j.workspace_id, j.user_id, j.tool_id, t.name as tool, t.provider, coalesce(q.model, j.model) as model, j.tags, t.is_metered, coalesce(q.is_over, false) as is_over, q.flat, q.input_tokens, q.output_tokens,
                case when q.flat is null and not q.is_over then steward.price_for(q.price_list, q.model, at) end as price_id, q.price_list, j.cost_bound, j.token_bound,
                r.attempt = 0 or not exists (select from steward.attempt x where x.job_id = r.id and x.counts_job and x.hold not in ('void', 'held')) as counts_job
            from unnest(taken) with ordinality as r (queue, workspace_id, priority, run_at, id, attempt, tries, tool_id, n)
            cross join lateral (select x.* from steward.job x where x.id = r.id offset 0) j
            cross join lateral (select x.name, x.provider, x.is_metered, x.executor from steward.tool x where x.id = r.tool_id offset 0) t
            left join lateral steward.measure_job(j.tool_id, j.id, r.attempt + 1, j.workspace_id, j.user_id, j.payload::text,
                case when t.executor in ('script', 'sql', 'external') then steward.kept_token(j.id) end,
                exists (select from steward.member m where m.user_id = j.user_id and m.workspace_id = j.workspace_id),
                coalesce((select w.dry_run from steward.workspace w where w.id = j.workspace_id), false)) q on t.is_metered
        ) m
        offset 0
    ) b
    order by b.n);
end
$$;
comment on function steward.measure_jobs(steward.ready[], timestamptz) is 'The most that each job of a batch may use, in the order of the batch.';

-- What stops a job whatever is left: no limit is asked then.
create function steward.barred_jobs(measured steward.measured_job[], rooms steward.room[], at timestamptz) returns steward.misfit[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    -- Somebody is stopping it at this moment: what is handed out now would be given back at its sent mark.
    stopping constant uuid[] := array(
        select d.workspace_id from (select distinct m.workspace_id from unnest(measured) m where m.is_metered) d
        where not steward.hold_key('spending', d.workspace_id::text, exclusive => false, wait => false));
begin
    return array(
        select case
            when s.workspace_id is not null then row(m.id, m.workspace_id, 'stopped', 'stopped', 0, 'spending of the workspace is stopped: ' || s.reason, 'infinity', 'infinity')::steward.misfit
            when m.workspace_id = any (stopping) then row(m.id, m.workspace_id, 'stopped', 'stopped', 0, 'spending of the workspace is being stopped', at + interval '1 second', 'infinity')::steward.misfit
            when m.cost is null then row(m.id, m.tool_id, 'no_price', 'no_price', 0, format('no price is known for model %s of provider %s: steward.import_prices, or a price in the tool', m.model, m.price_list),
                at + interval '1 minute', 'infinity')::steward.misfit
            when y.grp is not null then row(m.id, y.limit_id, y.bucket, 'limit', 0, 'a limit that was just set is being counted', at + interval '1 second', y.ends_at)::steward.misfit
            else row(m.id, m.workspace_id, 'no_cost_limit', 'no_cost_limit', 0, 'its calls cost money, and no limit of cost covers them: steward.set_limit, or a plan that has one', at + interval '1 minute', 'infinity')::steward.misfit
        end
        from unnest(measured) m
        left join steward.spending_stop s on s.workspace_id = m.workspace_id
        left join lateral (select r.* from unnest(rooms) r where r.grp = m.grp and r.window_id is null limit 1) y on true
        where not m.is_over and (m.is_metered and (s.workspace_id is not null or m.workspace_id = any (stopping) or m.cost is null
            or m.cost > 0 and not exists (select from unnest(rooms) r where r.grp = m.grp and r.metric = 'cost' and r.on_full <> 'shadow')) or y.grp is not null));
end
$$;
comment on function steward.barred_jobs(steward.measured_job[], steward.room[], timestamptz) is
    'The jobs of a batch that no room would help: spending is stopped, the price is unknown, no limit of cost covers them, or one is still being counted.';

create function steward.is_limited(taken steward.ready[]) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from (select distinct r.tool_id from unnest(taken) r) d
        cross join lateral (select from steward.tool t where t.id = d.tool_id and t.is_metered) t
    ) or exists (
        select from (select distinct r.workspace_id from unnest(taken) r) d
        cross join lateral (select w.plan from steward.workspace w where w.id = d.workspace_id offset 0) w
        cross join lateral (
            select from steward.usage_limit l
            where (l.workspace_id = d.workspace_id or l.plan = w.plan or l.workspace_id is null and l.plan is null)
                and l.scope not in ('provider', 'model') and l.metric in ('calls', 'running', 'jobs')
            limit 1) l);
end
$$;
comment on function steward.is_limited(steward.ready[]) is 'Whether anything that costs something, or that a limit may cover, is among jobs.';

-- A first look, without locks and without rendering: while a limit is full, thousands of jobs behind it go into their lines this way. The bound of the enqueue is what
-- counts here. Somebody may free room at this very moment and find the line without them, so it is looked at again in two seconds.
create function steward.park_above_limits(inout found_ready steward.ready[], out misfits steward.misfit[])
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
    measured steward.measured_job[];
    rooms steward.room[];
begin
    misfits := '{}'::steward.misfit[];
    if cardinality(found_ready) = 0 or not exists (select from steward.limit_line) or not steward.is_limited(found_ready) then
        return;
    end if;
    measured := array(
        select row(r.n, dense_rank() over (order by j.workspace_id, j.user_id, t.name, j.model, j.tags), j.id, j.workspace_id, j.user_id, j.tool_id, t.name, t.provider, j.model, j.tags, t.is_metered, false,
            coalesce(j.cost_bound, 0), coalesce(j.token_bound, 0), null, null, r.attempt = 0)::steward.measured_job
        from unnest(found_ready) with ordinality as r (queue, workspace_id, priority, run_at, id, attempt, tries, tool_id, n)
        cross join lateral (select x.* from steward.job x where x.id = r.id offset 0) j
        cross join lateral (select x.name, x.provider, x.is_metered from steward.tool x where x.id = r.tool_id offset 0) t);
    rooms := steward.rooms_of(array(
        select distinct on (m.grp) row(m.grp, m.workspace_id, m.user_id, m.tool, m.provider, m.model, m.tags)::steward.spender from unnest(measured) m order by m.grp), at);
    misfits := array(
        select distinct on (m.id) row(m.id, r.limit_id, r.bucket, 'limit', x.need,
            format('%s is full: %s used, %s held, and the job may take %s', steward.limit_words(l, at), steward.amount_words(r.metric, coalesce(v.posted, 0)), steward.amount_words(r.metric, coalesce(v.held, 0)),
                steward.amount_words(r.metric, x.need)), at + interval '2 seconds', r.ends_at)::steward.misfit
        from unnest(rooms) r
        join unnest(measured) m on m.grp = r.grp
        cross join lateral (select case r.metric when 'cost' then m.cost when 'tokens' then m.tokens when 'jobs' then m.counts_job::int else 1 end as need) x
        left join steward.usage_window v on v.id = r.window_id
        join steward.usage_limit l on l.id = r.limit_id
        where r.on_full <> 'shadow' and x.need > 0 and x.need > r.amount - coalesce(v.posted + v.held, 0)
        order by m.id, r.ends_at desc);
    if cardinality(misfits) > 0 then
        found_ready := array(select r from unnest(found_ready) r where r.id not in (select f.id from unnest(misfits) f));
    end if;
end
$$;
comment on function steward.park_above_limits(steward.ready[]) is 'Tells jobs that find no room now, by what was stored at their enqueue, from the rest; the caller sends them into their lines.';

create function steward.most_cost(price_id uuid, input_tokens bigint, output_tokens bigint) returns bigint
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.load_price(most_cost.price_id);
    return steward.price_most(most_cost.price_id, most_cost.input_tokens, most_cost.output_tokens);
end
$$;
comment on function steward.most_cost(uuid, bigint, bigint) is 'The most that a call with so many tokens costs by a row of steward.price, in nano-dollars; null where nobody knows.';
