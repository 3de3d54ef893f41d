-- What limits say of a job: every one that covers it with its verdict, for explain_job.
--
-- The job is measured as its claim would measure it (066_measure.sql): the most of the bound of its enqueue and of what its call may cost by the prices of now.
-- Nothing is locked, so what is shown may have changed when a claim comes.

create function steward.bound_of(job steward.job, at timestamptz, out cost bigint, out tokens bigint, out model text, out price_list text, out problem text)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    measured record;
    price_id uuid;
begin
    model := job.model;
    tokens := coalesce(job.token_bound, 0);
    if not (select t.is_metered from steward.tool t where t.id = job.tool_id) then
        cost := 0;
        return;
    end if;
    perform steward.load_tool(job.tool_id);
    select m.* into measured from steward.measure_payload(job.tool_id, job.workspace_id, job.user_id, job.payload::text) m;
    price_list := measured.price_list;
    model := coalesce(measured.model, model);
    cost := measured.flat;
    if cost is null then
        price_id := steward.price_for(measured.price_list, measured.model, at);
        if price_id is not null then
            cost := steward.most_cost(price_id, measured.input_tokens, measured.output_tokens);
        end if;
        tokens := greatest(tokens, measured.input_tokens + measured.output_tokens);
    end if;
    if cost is not null then
        cost := greatest(cost, job.cost_bound);
    end if;
exception when sqlstate '22023' or sqlstate '54000' then
    cost := null;
    problem := sqlerrm;
end
$$;
comment on function steward.bound_of(steward.job, timestamptz) is 'The most that the next call of a job may use, by the prices of a time; cost is null where that is not known, and problem says why its request cannot be made.';

-- What stops it whatever room there is.
create function steward.explain_bars(job steward.job, cost bigint, model text, price_list text, problem text, rooms steward.room[])
    returns table (check_name text, verdict text, detail text, retry_at timestamptz)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select 'spending', 'block', format('spending of the workspace is stopped (%s): steward.resume_spending', s.reason), null::timestamptz
    from steward.spending_stop s where s.workspace_id = job.workspace_id
    union all
    select 'request', 'block', 'it will fail at its claim: ' || problem, null where problem is not null
    union all
    select 'price', 'block', format('no price is known for model %s of provider %s: steward.import_prices, or a price in the tool', model, price_list), null where problem is null and cost is null
    union all
    select 'cost limit', 'block', 'its calls cost money, and no limit of cost covers them: steward.set_limit, or a plan that has one', null
    where cost > 0 and not exists (select from unnest(rooms) r where r.metric = 'cost' and r.on_full <> 'shadow')
$$;
comment on function steward.explain_bars(steward.job, bigint, text, text, text, steward.room[]) is 'The checks of explain_job that concern money, but those of limits.';

create function steward.explain_limits(job steward.job) returns table (check_name text, verdict text, detail text, retry_at timestamptz)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
declare
    at constant timestamptz := steward.clock();
    tool steward.tool;
    bound record;
    rooms steward.room[];
    counts_job boolean;
begin
    if not steward.is_limited(array[row(job.queue, job.workspace_id, job.priority, at, job.id, 0, 0, job.tool_id)::steward.ready]) then
        return;
    end if;
    select t.* into tool from steward.tool t where t.id = job.tool_id;
    select b.* into bound from steward.bound_of(job, at) b;
    counts_job := not exists (select from steward.attempt a where a.job_id = job.id and a.counts_job and a.hold not in ('void', 'held'));
    rooms := steward.rooms_of(array[row(1, job.workspace_id, job.user_id, tool.name, tool.provider, bound.model, job.tags)::steward.spender], at);
    if tool.is_metered then
        return query select * from steward.explain_bars(job, bound.cost, bound.model, bound.price_list, bound.problem, rooms);
    end if;
    return query
    select steward.limit_words(l, at), f.verdict,
        concat(format('%s used, %s held, %s left; the job may take %s', steward.amount_words(r.metric, u.used), steward.amount_words(r.metric, u.held), steward.amount_words(r.metric, r.amount - u.used - u.held),
            coalesce(steward.amount_words(r.metric, n.need), 'nobody knows what')),
            case when r.on_full = 'shadow' then ', and only counts here' when f.verdict = 'block' then ', which never fits: steward.set_limit' end),
        case when f.verdict = 'wait' and isfinite(r.ends_at) then r.ends_at end
    from unnest(rooms) r
    join steward.usage_limit l on l.id = r.limit_id
    left join steward.usage_window v on v.id = r.window_id
    cross join lateral (select coalesce(v.posted, 0) as used, coalesce(v.held, 0) as held) u
    cross join lateral (select case r.metric when 'cost' then bound.cost when 'tokens' then bound.tokens when 'jobs' then counts_job::int else 1 end as need) n
    cross join lateral (
        select case when coalesce(n.need, 0) = 0 or r.on_full = 'shadow' or n.need <= r.amount - u.used - u.held then 'pass'
            -- What is used of a total is used for good.
            when n.need > r.amount - case when r.window_kind = 'total' then u.used else 0 end then 'block' else 'wait' end as verdict) f
    order by array_position(array['block', 'wait', 'pass'], f.verdict), r.ends_at desc, r.metric, r.limit_id;
end
$$;
comment on function steward.explain_limits(steward.job) is 'The checks of explain_job that concern limits and money: what can never fit first, then what waits, then what passes.';

-- Where it stands in a line. What the line waits for is said again by the check of that limit.
create function steward.explain_line(place steward.waiting) returns table (check_name text, verdict text, detail text, retry_at timestamptz)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select place.reason, 'wait', place.detail, steward.line_frees_at(place)
    union all
    select 'max_wait', 'wait', 'it fails with max_wait_passed when it has waited for as long as its tool lets it', place.until where isfinite(place.until)
$$;
comment on function steward.explain_line(steward.waiting) is 'The checks of explain_job that concern the line that a job stands in.';
