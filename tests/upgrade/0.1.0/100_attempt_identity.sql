/* <begin connected objects> */
-- extension/src/lib.rs:139
-- requires:
--   upkeep

-- How a script or a function that works for an attempt becomes somebody: with the attempt's token.
--
-- A claim of a script gives the worker a random token; the attempt keeps its SHA-256 only. The worker hands it on in PGOPTIONS, so it reaches the
-- server as the setting steward.token in the startup packet, and stands in no statement: sessions of one login see one another's statements in
-- pg_stat_activity. (A client without PGOPTIONS passes it as a bound parameter.) The script logs in as steward_script (one login for all
-- scripts, nobody by itself) and calls begin_attempt; from then on uid() is the job's user, in the job's workspace, as actor kind job.
-- The library keeps which attempt that is in the memory of the backend, beside a random number that stands in the setting
-- steward.attempt as well: only while both agree the identity counts. So DISCARD ALL, which a pool sends between two clients, ends
-- it, a rolled-back begin_attempt never began, and nobody can set the one without the other.
-- It ends with end_attempt, with the session, and when the attempt ends: uid() looks at the attempt each time.

create function steward.begun_user() returns uuid
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select j.user_id
    from steward.attempt a
    join steward.job j on j.id = a.job_id
    where a.job_id = steward.begun_job() and a.number = steward.begun_attempt() and a.state in ('claimed', 'sent') and a.deadline > steward.clock()
$$;
comment on function steward.begun_user() is 'The user of the attempt that this session began; null when that attempt is over.';

create function steward.begin_attempt(job_id uuid, attempt int, token text default null) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    secret constant text := coalesce(begin_attempt.token, nullif(current_setting('steward.token', true), ''));
    workspace uuid;
begin
    perform steward.require('job_id', begin_attempt.job_id::text), steward.require('attempt', begin_attempt.attempt::text),
        steward.require('token', secret);
    if session_user <> 'steward_script' and not steward.is_worker() then
        perform steward.refuse('42501', 'not_a_script', 'only a script or a worker begins an attempt', 'Connect as steward_script.');
    end if;
    select a.workspace_id into workspace from steward.attempt a
    join steward.tool t on t.id = a.tool_id and t.executor in ('script', 'sql')  -- the token of an external service completes, and is nobody
    where a.job_id = begin_attempt.job_id and a.number = begin_attempt.attempt and a.state in ('claimed', 'sent') and a.deadline > steward.clock()
        and a.token_hash = sha256(convert_to(secret, 'UTF8'));
    if workspace is null then
        -- The same words for a wrong token, an attempt that is over and one that never was.
        perform steward.refuse('42501', 'attempt_unknown', format('attempt %s of job %s is not under way, or the token is not its own',
            begin_attempt.attempt, begin_attempt.job_id), 'Pass STEWARD_JOB_ID and STEWARD_ATTEMPT, and keep PGOPTIONS, as the worker gave them.');
    end if;
    perform set_config('steward.attempt', steward.remember_attempt(begin_attempt.job_id, begin_attempt.attempt, workspace), false);
end
$$;
comment on function steward.begin_attempt(uuid, int, text) is
    'Makes this session act for an attempt: the user of its job, in its workspace, until the attempt ends or end_attempt. Without a token the setting steward.token counts. For scripts and '
    'workers. Errors: 22004 argument_null, 42501 attempt_unknown, not_a_script.';

create function steward.end_attempt() returns void
    language sql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
    select steward.forget_attempt(), set_config('steward.attempt', '', false)
$$;
comment on function steward.end_attempt() is 'Ends what begin_attempt began; the session is what its login is.';
/* </end connected objects> */
