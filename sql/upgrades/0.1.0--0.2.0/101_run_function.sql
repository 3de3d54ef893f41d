-- What a function did is posted.

-- The outcome belongs to the transaction of the function: where it does not count, or is no success, nothing that the function did may stay.
create or replace function steward.finish_function(worker text, result jsonb) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    settled steward.settlement[];
begin
    perform steward.require_worker(finish_function.worker), steward.require_read_committed();
    -- 16 MiB, as for an answer or a script: see MAX_RESPONSE_BYTES.
    if octet_length(finish_function.result::text) > 16777216 then
        perform steward.refuse('54000', 'result_too_large', format('the result has %s bytes', octet_length(finish_function.result::text)), 'Return at most 16 MiB, and keep the rest in a table.');
    end if;
    perform steward.begun_function(), set_config('synchronous_commit', 'on', true);
    settled := steward.apply_outcomes(finish_function.worker, array[json_build_object('job_id', steward.begun_job(), 'attempt', steward.begun_attempt(),
        'phase', 'answered', 'body', coalesce(finish_function.result::text, 'null'))]);
    if coalesce(cardinality(settled), 0) = 0 then
        perform steward.refuse('55000', 'attempt_over', 'the attempt was given up while its function ran, so what it did is rolled back', 'Nothing needs to be done: a newer attempt, or a person, decides.');
    elsif settled[1].decision <> 'succeed' then
        perform steward.refuse('22023', 'result_invalid', settled[1].error_message, 'Change the function, or the result_schema of the tool.');
    end if;
    perform steward.post(settled);
end
$$;
