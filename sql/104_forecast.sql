-- What draining the open jobs costs, and which limit bites when.
--
-- Each open job that no worker has is taken for one call at its bound: what its enqueue stored, else what is measured now. What it is expected to cost is its bound times what
-- calls of its tool and model did cost of their bounds in the last 7 days. Then each limit is walked by itself, in the order of priority and age: jobs take
-- from what is left of the window of now, and from the next window on from all of it. Workers are taken to be there, tries to succeed, no other job to come, and limits to
-- stay what they are now. Limits of what
-- runs at once only say how fast it goes, so they are left out.

create type steward.open_job as (
    n int,
    grp int,
    id uuid,
    workspace_id uuid,
    user_id uuid,
    tool text,
    provider text,
    model text,
    tags text[],
    counts_job boolean,
    cost bigint,
    expected bigint,
    tokens bigint,
    samples bigint
);
comment on type steward.open_job is 'An open job of a forecast: the most it may use, and what it is expected to cost by so many calls before it; cost is null where nobody knows.';

-- 100,000 of them: a forecast of more takes longer than it is good for.
create function steward.open_jobs(queue text, tool text, workspaces uuid[], at timestamptz) returns steward.open_job[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    return array(
        with places as materialized (
            select r.id, r.priority, r.attempt from steward.ready r where r.workspace_id = any (workspaces) and r.queue = coalesce(open_jobs.queue, r.queue)
            union all
            select w.id, w.priority, w.attempt from steward.waiting w where w.workspace_id = any (workspaces) and w.queue = coalesce(open_jobs.queue, w.queue)
        ),
        jobs as materialized (
            select p.priority, p.attempt, p.id, j.workspace_id, j.user_id, j.tags, j.model, j.cost_bound, j.token_bound, t.name as tool, t.provider, t.is_metered
            from places p
            cross join lateral (select x.* from steward.job x where x.id = p.id offset 0) j
            cross join lateral (select x.name, x.provider, x.is_metered from steward.tool x where x.id = j.tool_id offset 0) t
            where t.name = coalesce(open_jobs.tool, t.name)
            order by p.priority, p.id limit 100000
        ),
        bounds as materialized (
            select o.*, b.cost, b.tokens, coalesce(b.model, o.model) as asked
            from jobs o
            cross join lateral (
                select o.cost_bound as cost, coalesce(o.token_bound, 0) as tokens, o.model as model where o.cost_bound is not null or not o.is_metered
                union all
                select m.cost, m.tokens, m.model from steward.job x cross join lateral steward.bound_of(x, at) m where x.id = o.id and o.cost_bound is null and o.is_metered) b
        ),
        history as materialized (
            select e.workspace_id, t.name as tool, e.model, sum(e.cost)::numeric / nullif(sum(e.held) filter (where e.entry = 1), 0) as share, count(*) filter (where e.entry = 1) as samples
            from steward.ledger e join steward.tool t on t.id = e.tool_id
            where e.workspace_id = any (workspaces) and e.held_at > at - interval '7 days'
            group by 1, 2, 3
        )
        select row(row_number() over (order by b.priority, b.id), dense_rank() over (order by b.workspace_id, b.user_id, b.tool, b.asked, b.tags), b.id, b.workspace_id, b.user_id, b.tool, b.provider, b.asked, b.tags,
            b.attempt = 0 or not exists (select from steward.attempt a where a.job_id = b.id and a.counts_job and a.hold not in ('void', 'held')),
            case when b.is_metered then b.cost else 0 end, ceil(coalesce(b.cost, 0) * coalesce(h.share, 1))::bigint, b.tokens, coalesce(h.samples, 0))::steward.open_job
        from bounds b
        left join history h on h.workspace_id = b.workspace_id and h.tool = b.tool and h.model is not distinct from b.asked
        order by b.priority, b.id);
end
$$;
comment on function steward.open_jobs(text, text, uuid[], timestamptz) is 'The open jobs of workspaces that no worker has, in the order in which they run, with what they may cost.';

-- Through the windows of one limit. What is too big for a whole window, or for what a total has left, never runs.
create function steward.walk_windows(room steward.room, needs bigint[], used bigint, out fits int, out never int, out last_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    need bigint;
    free numeric := room.amount - used;
    ends timestamptz := room.ends_at;
    bites boolean := false;
begin
    fits := 0;
    never := 0;
    foreach need in array needs loop
        if need <= free or need = 0 then
            free := free - need;
            fits := fits + case when bites then 0 else 1 end;
        elsif need > room.amount or not isfinite(ends) then
            bites := true;
            never := never + 1;
        else
            bites := true;
            last_at := ends;
            free := room.amount - need;
            ends := (select w.ends_at from steward.calendar_window(room.window_kind, room.zone, ends) w);
        end if;
    end loop;
end
$$;
comment on function steward.walk_windows(steward.room, bigint[], bigint) is
    'How many jobs fit under a limit before it holds one up, how many never will, and when the last window begins that one has to wait for; null where none has to.';

create function steward.forecast(queue text default null, tool text default null, workspace_id uuid default null)
    returns table (item text, limit_id uuid, jobs bigint, at_most numeric, expected numeric, samples bigint, unpriced bigint, fits_jobs bigint, fits_cost numeric, frees_at timestamptz,
        last_at timestamptz, expected_last_at timestamptz, never bigint)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
declare
    at constant timestamptz := steward.clock();
    workspaces uuid[];
    drained steward.open_job[];
    rooms steward.room[];
begin
    if forecast.workspace_id is not null then
        perform steward.require_act(forecast.workspace_id, 'read');
        workspaces := array[forecast.workspace_id];
    else
        workspaces := array(select steward.my_workspaces());
    end if;
    drained := steward.open_jobs(forecast.queue, forecast.tool, workspaces, at);
    rooms := steward.rooms_of(array(select distinct on (o.grp) row(o.grp, o.workspace_id, o.user_id, o.tool, o.provider, o.model, o.tags)::steward.spender from unnest(drained) o order by o.grp), at);
    return query
    with bitten as materialized (
        select steward.limit_words(l, at) as item, l.id as limit_id, c.jobs, c.at_most, c.expected, h.samples, c.unpriced, b.fits as fits_jobs,
            coalesce((select sum(x) from unnest(c.costs[1:b.fits]) x), 0) as fits_cost, case when isfinite(r.ends_at) then r.ends_at end as frees_at, b.last_at, e.last_at as expected_last_at, b.never
        from (select distinct on (u.limit_id, u.bucket) u as room, u.* from unnest(rooms) u where u.metric <> 'running' and u.on_full <> 'shadow' order by u.limit_id, u.bucket) r
        join steward.usage_limit l on l.id = r.limit_id
        left join steward.usage_window v on v.id = r.window_id
        cross join lateral (
            select count(*) as jobs, sum(o.cost)::numeric as at_most, sum(o.expected)::numeric as expected, array_agg(o) as covered, count(*) filter (where o.cost is null) as unpriced,
                array_agg(coalesce(o.cost, 0) order by o.n) as costs,
                array_agg(case r.metric when 'cost' then coalesce(o.cost, 0) when 'tokens' then o.tokens when 'jobs' then o.counts_job::int else 1 end order by o.n) as needs,
                array_agg(case r.metric when 'cost' then o.expected when 'tokens' then o.tokens when 'jobs' then o.counts_job::int else 1 end order by o.n) as expected_needs
            from unnest(drained) o where exists (select from unnest(rooms) m where m.grp = o.grp and m.limit_id = r.limit_id and m.bucket = r.bucket)) c
        cross join lateral steward.walk_windows(r.room, c.needs, coalesce(v.posted + v.held, 0)) b
        cross join lateral steward.walk_windows(r.room, c.expected_needs, coalesce(v.posted + v.held, 0)) e
        cross join lateral (select sum(s.samples)::bigint as samples from (select distinct u.workspace_id, u.tool, u.model, u.samples from unnest(c.covered) u) s) h
        where b.fits < c.jobs
    )
    select 'all open jobs', null::uuid, count(*), steward.in_unit('cost', coalesce(sum(o.cost), 0)::bigint), steward.in_unit('cost', coalesce(sum(o.expected), 0)::bigint),
        (select coalesce(sum(s.samples), 0)::bigint from (select distinct u.workspace_id, u.tool, u.model, u.samples from unnest(drained) u) s), count(*) filter (where o.cost is null),
        coalesce((select min(t.fits_jobs)::bigint from bitten t), count(*)), steward.in_unit('cost', coalesce((select min(t.fits_cost) from bitten t), sum(o.cost), 0)::bigint), null::timestamptz,
        (select max(t.last_at) from bitten t), (select max(t.expected_last_at) from bitten t), coalesce((select max(t.never)::bigint from bitten t), 0)
    from unnest(drained) o
    union all
    (select t.item, t.limit_id, t.jobs, steward.in_unit('cost', t.at_most::bigint), steward.in_unit('cost', t.expected::bigint), t.samples, t.unpriced, t.fits_jobs::bigint,
        steward.in_unit('cost', t.fits_cost::bigint), t.frees_at, t.last_at, t.expected_last_at, t.never::bigint
    from bitten t order by t.never desc, t.last_at desc nulls last, t.limit_id);
end
$$;
comment on function steward.forecast(text, text, uuid) is
    'What draining the open jobs costs, and which limits will hold them up: of a queue, a tool, a workspace, or of all of yours. The first row (item: all open jobs) sums up; each further one is a limit that bites. '
    'jobs: how many of them it concerns; at_most, expected: dollars, by bounds and by the last 7 days of the same tools and models (samples: calls; none is expected at the bound); unpriced: jobs whose price nobody knows, which wait until it is; '
    'fits_jobs, fits_cost: how many run before it bites, and their dollars at most; frees_at: when its window turns; last_at, expected_last_at: when the last of them may start as far as this limit goes, null is now; '
    'never: how many no window holds. Every limit is walked by itself as it is now, with workers at hand and no new jobs. For members. Errors: 42501 person_required, 42704 workspace_unknown.';
