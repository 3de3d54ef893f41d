-- What was loaded before an upgrade comes to its end after it. Names of jobs are those of tests/backup/fill.sql.
\set ON_ERROR_STOP on
select backup.holds('the upgrade moved nothing: the restore guard rests', steward.is_restored()::text, 'false');
select backup.holds('jobs wait for the reasons they waited for', string_agg(distinct concat_ws(' for ', j.state, j.waiting_for), ', ' order by concat_ws(' for ', j.state, j.waiting_for)),
    'cancelled, failed, in_doubt, queued, running, succeeded, waiting for concurrency, waiting for paused, waiting for retry, waiting for schedule')
from steward.jobs j;
set session authorization backup_worker;
select backup.holds('a call that was sent before is answered after it', backup.finished('send late', '{"phase": "answered", "status": 200, "body": "{}"}'), 'accepted');
select backup.holds('what was claimed before is sent after it', backup.sent('read claimed')::text, '1');
reset session authorization;
-- Forty days on, every schedule has come; a day later every second try.
set steward.lease = 1;  -- second: rescue waits for one lease after the start of the server
set steward.clock_offset = '40 d';
set session authorization backup_worker;
select backup.holds('what nobody works at any more is rescued', (steward.rescue_jobs() > 0)::text, 'true');
select backup.holds('jobs run again', (backup.run_everything() > 20)::text, 'true');
reset session authorization;
set steward.clock_offset = '41 d';
set session authorization backup_worker;
select backup.run_everything() \g /dev/null
reset session authorization;
select backup.holds('only the job in the paused queue is still open', string_agg(j.idempotency_key, ', '), 'note closed') from steward.job j where j.outcome is null;
set session authorization backup_admin;
select steward.resume_queue('closed') \g /dev/null
reset session authorization;
set session authorization backup_worker;
select backup.holds('until the queue is resumed', backup.run_everything()::text, '1');
