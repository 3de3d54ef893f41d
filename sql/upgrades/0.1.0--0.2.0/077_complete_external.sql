-- What an outside service said is posted.

create or replace function steward.complete_external(token text, outcome text, result jsonb default null, note text default null) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    waiting steward.attempt;
    settled steward.settlement[];
begin
    perform steward.require('token', complete_external.token), steward.require('outcome', complete_external.outcome), steward.require_read_committed();
    if complete_external.outcome not in ('succeeded', 'failed') then
        perform steward.refuse('22023', 'outcome_unknown', format('%L is no way to complete a call', left(complete_external.outcome, 80)), 'Use succeeded or failed.');
    end if;
    perform set_config('synchronous_commit', 'on', true), steward.hold_key('ledger', '', exclusive => false, wait => true);
    select a.* into waiting from steward.attempt a
    join steward.tool t on t.id = a.tool_id and t.executor = 'external'
    where a.token_hash = sha256(convert_to(complete_external.token, 'UTF8')) and a.state = 'sent'
    for update of a;
    if waiting.job_id is not null then
        -- The word may come before the worker's own report that the service has begun; that is stale then.
        settled := steward.apply_outcomes(waiting.worker, array[json_strip_nulls(json_build_object('job_id', waiting.job_id, 'attempt', waiting.number, 'phase', 'completed',
            'body', complete_external.result::text,
            'error', case complete_external.outcome when 'failed' then coalesce(left(complete_external.note, 500), 'the external service says that it failed') end))]);
        perform steward.post(settled, deferred => true);  -- the caller's transaction may stay open
    end if;
    if coalesce(cardinality(settled), 0) = 0 then
        perform steward.refuse('42704', 'completion_unknown', 'no call waits for this token: it was completed or given up, or never was', 'Complete each call once, with the token that came with it.');
    end if;
    perform steward.record_act('complete_external', waiting.workspace_id, 'job', waiting.job_id::text, jsonb_build_object('outcome', complete_external.outcome, 'attempt', waiting.number));
end
$$;
