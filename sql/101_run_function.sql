-- How the function of a job is run (tools with executor sql; 029_functions.sql says which functions those are).
--
-- The worker calls run_function over a session of steward_script, in a transaction of its own. The function acts as the user of the job, as actor kind job (begin_attempt). What it
-- did and the outcome of its attempt are committed together: a function whose worker was given up meanwhile finds its attempt over, and
-- everything it did is rolled back. So it takes effect once, however often it was begun, and an error is the proof that it did nothing.

-- Only for the attempt that the session began, and only once it is marked as sent.
create function steward.begun_function() returns text
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    named text;
    registered steward.sql_function;
    misfit text;
begin
    select t.definition #>> '{request,function}' into named
    from steward.attempt a join steward.tool t on t.id = a.tool_id and t.executor = 'sql'
    where a.job_id = steward.begun_job() and a.number = steward.begun_attempt() and a.state = 'sent';
    if named is null then
        perform steward.refuse('55000', 'attempt_not_sent', 'this session began no attempt that runs a function and is marked as sent', 'Call steward.mark_sent and steward.begin_attempt first.');
    end if;
    select f.* into registered from steward.sql_function f where f.name = named;
    if not found then
        perform steward.refuse('42704', 'function_unknown', format('no function is registered as %L', named), 'A superuser registers it: steward.register_function(name, function).');
    end if;
    misfit := steward.function_misfit(registered.schema_name, registered.function_name, registered.owner);
    if misfit is not null then
        perform steward.refuse('55000', 'function_unfit', format('function %s (%I.%I) cannot be run any more: %s', named, registered.schema_name, registered.function_name, misfit),
            'Mend it, and run the job again with steward.retry_job.');
    end if;
    return format('%I.%I', registered.schema_name, registered.function_name);
end
$$;
comment on function steward.begun_function() is
    'The function that the attempt of this session runs, quoted. For steward_script. Errors: 42704 function_unknown, 55000 attempt_not_sent, function_unfit.';

-- The outcome belongs to the transaction of the function: where it does not count, or is no success, nothing that the function did may stay.
create function steward.finish_function(worker text, result jsonb) returns void
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
comment on function steward.finish_function(text, jsonb) is
    'Ends the attempt of this session with the result of its function, in the transaction of the function. For steward_script. '
    'Errors: 22004 argument_null, 22023 result_invalid, worker_invalid, 42704 function_unknown, 54000 result_too_large, 55000 attempt_not_sent, attempt_over, function_unfit, isolation_unfit.';

-- With the rights of the caller, who is nobody: the function that is called must not find itself with those of steward_owner.
create function steward.run_function(worker text, job_id uuid, attempt int, token text, input jsonb) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    result jsonb;
begin
    perform steward.begin_attempt(run_function.job_id, run_function.attempt, run_function.token);
    execute format('select %s($1)', steward.begun_function()) into result using run_function.input;
    perform steward.finish_function(run_function.worker, result);
    perform steward.end_attempt();
end
$$;
comment on function steward.run_function(text, uuid, int, text, jsonb) is
    'Runs the function of an attempt as the user of its job and ends the attempt with its result: both are committed together, or neither. The caller commits. For steward_script. '
    'Errors: 22004 argument_null, 22023 result_invalid, worker_invalid, 42501 attempt_unknown, 42704 function_unknown, 55000 attempt_not_sent, attempt_over, function_unfit, isolation_unfit; and those of the function.';
