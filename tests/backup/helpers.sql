-- What the tests of backups share, in a schema of its own, so that it is dumped and restored with everything else.
\set ON_ERROR_STOP on
create schema backup;
grant usage on schema backup to public;

-- One sentence of the test: `ok` where it holds, `NOT SO` with what was found where it does not. run.sh looks for these words.
create function backup.holds(sentence text, found text, expected text) returns text language sql immutable as $$
    select case when found is not distinct from expected then 'ok      ' || sentence
        else format('NOT SO  %s: found %s, expected %s', sentence, coalesce(found, 'null'), coalesce(expected, 'null')) end
$$;

-- How a statement is refused: SQLSTATE, and the slug where it is one of ours.
create function backup.refused(statement text) returns text language plpgsql as $$
declare
    state text;
    detail text;
begin
    execute statement;
    return 'not refused';
exception when others then
    get stacked diagnostics state = returned_sqlstate, detail = pg_exception_detail;
    return concat_ws(' ', state, substring(detail from '^code=(.*)$'));
end
$$;

-- What every text of the fill ends with: what quoting, COPY and JSON could break.
create function backup.hostile() returns text language sql immutable as $$
    select E'O''Brien "quoted" back\\slash \\N \\. tab\tline\nfeed\rreturn $dollar$ ; -- /* ü 漢字 😀 ' || chr(1) || chr(127)
$$;

-- The helpers below look behind row security. A job is named by its idempotency key.
create function backup.job(name text) returns uuid language sql stable security definer as $$
    select j.id from steward.job j where j.idempotency_key = $1
$$;
create function backup.workspace(slug text) returns uuid language sql stable security definer as $$
    select w.id from steward.workspace w where w.slug = $1
$$;
create function backup.attempt(name text) returns int language sql stable security definer as $$
    select max(a.number) from steward.attempt a where a.job_id = backup.job($1)
$$;
create function backup.person(name text) returns uuid language sql immutable as $$
    select md5(name)::uuid
$$;

-- Enqueues a job under the name `tool state`, in a queue of its own, so that it can be claimed alone.
create function backup.put(tool text, state text, run_at timestamptz default null) returns uuid language sql volatile as $$
    select steward.enqueue(tool, jsonb_build_object('text', backup.hostile(), 'list', array[state, null, backup.hostile()], 'big', 1e300::numeric),
        run_at => run_at, priority => -1000, queue => tool || '-' || state, idempotency_key => tool || ' ' || state,
        tags => array[state, left(backup.hostile(), 100)], workspace_id => backup.workspace('acme'))
$$;

-- The open jobs of tools whose call must (not) be repeated.
create function backup.open_jobs(doubtful boolean) returns setof uuid language sql stable security definer as $$
    select j.id from steward.job j join steward.tool t on t.id = j.tool_id
    where j.outcome is null and (t.on_lost = 'in_doubt') = doubtful
$$;

create function backup.claimed(queues text[], worker text default 'w1') returns bigint language sql volatile as $$
    select count(*) from steward.claim_jobs(worker, queues, 100)
$$;
create function backup.sent(name text, worker text default 'w1') returns bigint language sql volatile as $$
    select count(*) from steward.mark_sent(worker, array[backup.job(name)], array[backup.attempt(name)])
$$;
create function backup.finished(name text, outcome jsonb, worker text default 'w1') returns text language sql volatile as $$
    select f.verdict from steward.finish_jobs(worker,
        array[(outcome || jsonb_build_object('job_id', backup.job(name), 'attempt', backup.attempt(name)))::json]) f
$$;

create function backup.queues() returns text[] language sql stable security definer as $$
    select array_agg(distinct j.queue) from steward.job j
$$;

-- Plays a worker until nothing can be claimed any more: every call succeeds. Returns how many there were.
create function backup.run_everything() returns bigint language plpgsql volatile as $$
declare
    queues constant text[] := backup.queues();
    calls json[];
    ran bigint := 0;
begin
    loop
        select array_agg(json_build_object('job_id', c.job_id, 'attempt', c.attempt, 'phase', 'answered', 'status', 200, 'body', '{}', 'exit_code', 0))
        into calls from steward.claim_jobs('runner', queues, 100) c;
        exit when calls is null;
        perform steward.mark_sent('runner', array(select (c ->> 'job_id')::uuid from unnest(calls) c), array(select (c ->> 'attempt')::int from unnest(calls) c));
        perform steward.finish_jobs('runner', calls);
        ran := ran + cardinality(calls);
    end loop;
    return ran;
end
$$;
