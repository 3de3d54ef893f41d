-- Outcomes that count come with the places of their attempts and jobs, and without counting the attempts that met the limit of a provider.

alter type steward.live_outcome add attribute attempt_place tid, add attribute job_place tid, add attribute rate_limited int;

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
        j.queue, j.priority, j.user_id, r.attempt - coalesce(j.retried_after, 0) - n.rate_limited, r.body, a.place, j.place, n.rate_limited)::steward.live_outcome) into live
    from reported r
    cross join lateral (
        select x.workspace_id, x.tool_id, x.tries, x.ctid as place from steward.attempt x
        where x.job_id = r.job_id and x.number = r.attempt and x.worker = live_outcomes.worker
            and case when late then x.state = 'lost' and x.job_id = any (doubts) else x.state in ('claimed', 'sent') end
        for update
    ) a
    cross join lateral (select x.queue, x.priority, x.user_id, x.retried_after, x.ctid as place from steward.job x where x.id = r.job_id offset 0) j
    cross join lateral (
        select case when r.attempt = 1 then 0 else (
            select count(*)::int from steward.attempt x
            where x.job_id = r.job_id and x.number > coalesce(j.retried_after, 0) and x.number < r.attempt and x.error_code = 'rate_limited') end as rate_limited
    ) n;
    return coalesce(live, '{}');
end
$$;
comment on function steward.live_outcomes(text, json[], boolean) is 'Locks the attempts that a batch of outcomes counts for and returns those outcomes. Errors: 22023 outcome_invalid.';
