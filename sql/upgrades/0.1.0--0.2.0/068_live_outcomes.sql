-- Outcomes that count come with the places of their attempts and jobs, with what is held for them, and without counting the attempts that met the limit of a provider.

-- What is set aside for an attempt, carried from its lock to the ledger; null where it can cost nothing.
create type steward.held_attempt as (
    held_at timestamptz,
    held bigint,
    held_tokens bigint,
    counts_job boolean,
    price_id uuid,
    windows bigint[],
    estimated bigint,
    user_id uuid,
    tags text[],
    model text
);
comment on type steward.held_attempt is 'What is set aside for an attempt; estimated: what was posted for it as an estimate already.';

alter type steward.live_outcome add attribute attempt_place tid, add attribute job_place tid, add attribute held steward.held_attempt, add attribute rate_limited int;

-- The outcomes of a batch that count: for a live attempt, or (late) for one that left its job in doubt. Their attempts are locked, in one order.
-- The places of attempt and job stay what they are until write_settlements: nobody else can write a locked attempt, nor the job of a live one,
-- nor one that lock_doubts holds.
create or replace function steward.live_outcomes(worker text, outcomes json[], late boolean) returns steward.live_outcome[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
    set enable_memoize = off
as $$
declare
    job_ids uuid[];
    attempts int[];
    doubts uuid[] := '{}'::uuid[];
    live steward.live_outcome[];
begin
    select array_agg(k.job_id order by k.n), array_agg(k.attempt order by k.n) into job_ids, attempts
    from steward.outcome_keys(outcomes::text[]) with ordinality as k (job_id, attempt, n);
    if late then
        doubts := steward.lock_doubts(live_outcomes.worker, job_ids, attempts);
    end if;
    with reported as materialized (
        select distinct on (r.job_id, r.attempt) r.job_id, r.attempt, r.body
        from unnest(job_ids, attempts, outcomes) as r (job_id, attempt, body)
        order by r.job_id, r.attempt
    )
    -- An attempt that met the limit of a provider counts towards no limit of the tool. The doubtful attempt was counted as a try when it was given up; it is decided on anew.
    select array_agg(row(r.job_id, r.attempt, a.workspace_id, a.tool_id, case when late then greatest(0, a.tries - 1) else a.tries end,
        j.queue, j.priority, j.user_id, r.attempt - coalesce(j.retried_after, 0) - n.rate_limited, r.body, a.place, j.place,
        case when a.held is not null then row(a.held_at, a.held, a.held_tokens, a.counts_job, a.price_id, a.windows, a.estimated, j.user_id, j.tags, j.model)::steward.held_attempt end,
        n.rate_limited)::steward.live_outcome) into live
    from reported r
    cross join lateral (
        select x.workspace_id, x.tool_id, x.tries, x.ctid as place, x.held_at, x.held, x.held_tokens, x.counts_job, x.price_id, x.windows,
            case when x.hold = 'posted_estimate' then x.cost end as estimated
        from steward.attempt x
        where x.job_id = r.job_id and x.number = r.attempt and x.worker = live_outcomes.worker
            and case when late then x.state = 'lost' and x.job_id = any (doubts) else x.state in ('claimed', 'sent') end
        for update
    ) a
    cross join lateral (select x.queue, x.priority, x.user_id, x.retried_after, x.tags, x.model, x.ctid as place from steward.job x where x.id = r.job_id offset 0) j
    cross join lateral (
        select case when r.attempt = 1 then 0 else (
            select count(*)::int from steward.attempt x
            where x.job_id = r.job_id and x.number > coalesce(j.retried_after, 0) and x.number < r.attempt and x.error_code = 'rate_limited') end as rate_limited
    ) n;
    return coalesce(live, '{}');
end
$$;
