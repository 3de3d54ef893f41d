-- New: release_unheld, which gives back what a worker claimed without learning of it.

-- A worker whose connection broke while it claimed does not know what it was given, and would hold it, unsent, up to the attempts'
-- deadlines: a minute beyond their timeouts. So before it claims again it says what it holds. Only attempts that sent nothing are
-- taken back, so one that it still meant to send is refused by mark_sent, and is merely claimed again.
create or replace function steward.release_unheld(worker text, held_jobs uuid[], held_attempts int[]) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set plan_cache_mode = force_generic_plan
as $$
declare
    unheld json[];
begin
    perform steward.require_worker(release_unheld.worker), steward.require('held_jobs', release_unheld.held_jobs::text),
        steward.require('held_attempts', release_unheld.held_attempts::text);
    perform steward.require_read_committed();
    perform set_config('synchronous_commit', 'on', true);
    with live as materialized (
        select a.job_id, a.number from steward.attempt a
        where a.finished_at is null and a.state = 'claimed' and a.worker = release_unheld.worker
            and not exists (select from unnest(release_unheld.held_jobs, release_unheld.held_attempts) as h (job_id, number) where (h.job_id, h.number) = (a.job_id, a.number))
        order by a.job_id, a.number
        for update of a skip locked
    )
    select array_agg(json_build_object('job_id', l.job_id, 'attempt', l.number, 'phase', 'unsent', 'code', 'claim_unanswered',
        'error', 'the worker never learned that it had claimed the job'))
    into unheld from live l;
    return cardinality(steward.apply_outcomes(release_unheld.worker, coalesce(unheld, '{}')));
end
$$;
comment on function steward.release_unheld(text, uuid[], int[]) is
    'Takes back what a worker claimed and does not know of, because the answer to its claim was lost: its claimed attempts other than (held_jobs, held_attempts). '
    'They run again at once, with no try counted. Returns how many. For steward_worker. Errors: 22004 argument_null, 22023 worker_invalid, 55000 isolation_unfit.';
