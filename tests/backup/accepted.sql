-- What accept_restore does. Variables: nothing_ran_since as it is passed on; moved is true where the roles have
-- other oids, and logins is then how many of them there are here, and how many not.
\set ON_ERROR_STOP on
\o /dev/null
-- A dump brings an installation that wrote a row of its own, so what was enqueued after that is known to be new.
create temp table before as
select j.id, j.outcome, case when j.idempotency_key like '% new' and f.restored_from_a_dump then 'came later' else t.on_lost end as on_lost
from steward.job j join steward.tool t on t.id = j.tool_id,
    (select count(*) > 0 as restored_from_a_dump from steward.installation i where i.left_at is null and i.place like '%/restoring') f;
grant select on before to public;
set steward.lease = 1;
\o
set session authorization backup_admin;
create temp table said as select * from steward.accept_restore('a test of backups: ' || backup.hostile(), :'nothing_ran_since');
select backup.holds('accept_restore says how many jobs it put in doubt', string_agg(s.how_many::text, ', '),
    (select count(*) filter (where b.outcome is null and b.on_lost = 'in_doubt' and not :'nothing_ran_since'::boolean) from before b)::text)
from said s where s.what = 'open jobs put in doubt';
-- Inside a cluster every role is what it was.
\if :moved
  select backup.holds('accept_restore says how many logins it found here, and how many not', string_agg(s.how_many::text, ', ' order by s.what), :'logins')
  from said s where s.what like 'logins%';
\endif
select backup.holds('the pause is over', steward.is_restored()::text, 'false');
select backup.holds('there is nothing to accept a second time', backup.refused($$select steward.accept_restore('once more')$$), '55000 not_restored');
reset session authorization;
select backup.holds('the audit says who accepted it', string_agg(a.actor_kind || ' ' || a.login || ' ' || (a.detail ->> 'nothing_ran_since'), ', '),
    'person backup_admin ' || :'nothing_ran_since'::boolean) from steward.audit a where a.act = 'accept_restore' and a.object_id = steward.place();
select backup.holds('it is at home in exactly one place', string_agg(i.place, ', '), steward.place()) from steward.installation i where i.left_at is null;
set session authorization backup_analyst;
select backup.holds('the pseudonyms of analysts are what they were', string_agg(distinct j.user_pseudonym, ', '), (select p.pseudonym from backup.pseudonym p))
from steward.analyst_jobs j where j.id = backup.job('read ready');
set session authorization backup_owner;
select backup.holds('a mapped login is itself', steward.uid()::text, backup.person('owner')::text);
select backup.holds('leads are explained as they were', count(*)::text, '0')
from ((table backup.told except table backup.told_before) union all (table backup.told_before except table backup.told)) d;
select backup.holds('the score of the lead that had changed is computed', steward.refresh_scores(backup.workspace('acme'))::text, '1');
select backup.holds('and all others are what they would be if they were computed again', steward.score_leads(backup.workspace('acme'))::text, '0');
set session authorization backup_gateway;
select set_config('request.jwt.claims', json_build_object('sub', backup.person('editor'))::text, false) \g /dev/null
select backup.holds('a gateway is whom it names', steward.uid()::text, backup.person('editor')::text);
reset session authorization;

\if :nothing_ran_since
  select backup.holds('no job was put in doubt', count(*)::text, '0') from steward.job j join before b on b.id = j.id
  where j.outcome = 'in_doubt' and b.outcome is distinct from 'in_doubt';
\else
  select backup.holds('every open call that must not be repeated is in doubt, and no other job', string_agg(distinct concat_ws(' ', b.on_lost, j.outcome), ', '),
      'in_doubt in_doubt')
  from steward.job j join before b on b.id = j.id
  where b.outcome is null and (b.on_lost = 'in_doubt' or j.outcome = 'in_doubt');
  select backup.holds('the view in_doubt lists each of them once', count(*) || ' ' || count(distinct d.id), count(*) || ' ' || count(*))
  from before b left join steward.in_doubt d on d.id = b.id where b.on_lost = 'in_doubt' and (b.outcome is null or b.outcome = 'in_doubt');
  set session authorization backup_worker;
  select backup.holds('the late outcome of the very call that is in doubt ends the doubt', backup.finished('send late', '{"phase": "answered", "status": 200, "body": "{}"}'), 'accepted');
  set session authorization backup_owner;
  select steward.resolve_job(backup.job('send ready'), 'queued', 'the provider knows of no such call') \g /dev/null
\endif
reset session authorization;

select backup.holds('what was registered may still be run', string_agg(d.detail, ', '), null) from steward.doctor() d where d.check_name like 'function %';
-- The rest runs: what stood in the queue, what was scheduled (forty days on, all of it is due), and what a dead worker held.
set steward.clock_offset = '40 d';
select steward.resume_spending(backup.workspace('globex')), steward.set_limit('tag', 'limit', 'calls', 'total', null, workspace_id => backup.workspace('acme')) \g /dev/null
set session authorization backup_worker;
select backup.holds('what dead workers held is rescued', (steward.rescue_jobs() > 0)::text, 'true');
select backup.holds('jobs run again', (backup.run_everything() > 20)::text, 'true');
reset session authorization;
set steward.clock_offset = '41 d';  -- what was tried once waits for its second try
set session authorization backup_worker;
select backup.run_everything() \g /dev/null
reset session authorization;
select backup.holds('no job is left open', string_agg(j.idempotency_key, ', '), null) from steward.job j where j.outcome is null;
select backup.holds('every job of the tool whose calls may be repeated succeeded', string_agg(distinct j.outcome, ', '), 'succeeded')
from steward.job j join before b on b.id = j.id where b.outcome is null and b.on_lost = 'retry';
\if :nothing_ran_since
  select backup.holds('of the other tool, only what was sent and never answered is in doubt',
    string_agg(j.idempotency_key, ', ' order by j.idempotency_key), 'send late, send lost, send sent')
  from steward.job j where j.outcome = 'in_doubt';
\else
  select backup.holds('of the other tool, what a person queued again and what was heard of succeeded',
    string_agg(j.idempotency_key, ', ' order by j.idempotency_key), 'send late, send ready')
  from steward.job j join before b on b.id = j.id where b.outcome is null and b.on_lost = 'in_doubt' and j.outcome = 'succeeded';
\endif
