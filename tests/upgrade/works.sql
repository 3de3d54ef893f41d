-- One session at work, as application and as worker. Variables: session is its name, when is before or after.
-- What was loaded by fill.sql waits in queue note-many.
create or replace function pg_temp.ran_one_of(queue text) returns text language plpgsql as $$
declare
    call record;
    sent bigint;
begin
    select c.job_id, c.attempt into strict call from steward.claim_jobs('upgraded', array[queue], 1) c;
    select count(*) into sent from steward.mark_sent('upgraded', array[call.job_id], array[call.attempt]);
    return (select sent || ' sent, ' || f.verdict
        from steward.finish_jobs('upgraded', array[json_build_object('job_id', call.job_id, 'attempt', call.attempt, 'phase', 'answered', 'status', 200, 'body', '{}')]) f);
end
$$;
select :'session' || '-' || :'when' as queue, format('%s the upgrade the %s session ', :'when', :'session') as who \gset
set session authorization backup_editor;
select backup.holds(:'who' || 'enqueues', (backup.put('note', :'queue') is not null)::text, 'true');
set session authorization backup_worker;
select backup.holds(:'who' || 'runs a job that was loaded', pg_temp.ran_one_of('note-many'), '1 sent, accepted');
select backup.holds(:'who' || 'runs what it enqueued', pg_temp.ran_one_of('note-' || :'queue'), '1 sent, accepted');
reset session authorization;
