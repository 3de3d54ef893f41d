-- What holds in a database that is not where it was, until somebody accepts that. Variables: moved is true where the roles have other oids.
\set ON_ERROR_STOP on
\o /dev/null
select backup.attempt('read sent') as attempt, backup.job('read sent') as job, (select count(*) from steward.ready) as ready \gset
set steward.lease = 1;  -- second, the shortest there is: rescue waits for one lease after the start of the server
do $$
begin
    while clock_timestamp() <= pg_postmaster_start_time() + interval '1 s' loop perform pg_sleep(0.01); end loop;
end
$$;
\o
select backup.holds('it knows that it is not where it was', steward.is_restored()::text, 'true');
set session authorization backup_worker;
select backup.holds('claim_jobs hands out nothing', backup.claimed(backup.queues(), 'greedy')::text, '0');
select backup.holds('mark_sent allows no live attempt of that time', (backup.sent('read claimed') + backup.sent('send claimed') + backup.sent('read sent'))::text, '0');
select backup.holds('rescue_jobs rests', steward.rescue_jobs()::text, '0');
-- The worker that was about to report when the old server died.
select backup.holds('an outcome that comes in is accepted', backup.finished('read late', '{"phase": "answered", "status": 200, "body": "{}"}'), 'accepted');
reset session authorization;
select backup.holds('every job that stood in the queue waits for accept_restore, and says so',
    string_agg(distinct concat_ws(' for ', j.state, j.waiting_for, j.waiting_detail), ', ')
    || count(*), 'waiting for restore for the database was restored or moved: nothing runs until an administrator calls steward.accept_restore' || :ready)
from steward.jobs j join steward.ready r on r.id = j.id;

\if :moved
  select backup.holds('the logins of the backup name roles by the oids of another cluster', bool_or(l.role_id = r.oid)::text, 'false')
  from steward.login l join pg_roles r on r.rolname = l.role_name;
  set session authorization backup_owner;
  select backup.holds('a mapped login is nobody, because its role has another oid', steward.uid()::text, null);
  set session authorization backup_gateway;
  select backup.holds('so is a gateway, whomever it names', backup.refused($$select set_config('steward.user_id', backup.person('editor')::text, false), steward.enqueue('read')$$),
      '42501 not_a_member');
  set session authorization backup_admin;
  select steward.map_login('backup_owner', backup.person('owner')) \g /dev/null
  reset session authorization;
\endif
set session authorization backup_owner;
select steward.enqueue(tool, queue => tool || '-new', idempotency_key => tool || ' new') from unnest('{send,read}'::text[]) tool \g /dev/null
reset session authorization;
select backup.holds('enqueue goes on', string_agg(j.idempotency_key || ' ' || j.waiting_for, ', ' order by j.idempotency_key), 'read new restore, send new restore')
from steward.jobs j where j.idempotency_key in ('send new', 'read new');

-- Who may not end the pause.
create function pg_temp.accepted() returns text language sql as $$ select backup.refused('select steward.accept_restore(''because'')') $$;
set session authorization backup_owner;
select backup.holds('the owner of a workspace may not accept it', pg_temp.accepted(), '42501');
set session authorization backup_worker;
select backup.holds('a worker may not accept it', pg_temp.accepted(), '42501');
set session authorization backup_both;
select backup.holds('a worker that was granted steward_admin may not accept it', pg_temp.accepted(), '42501 person_required');
set session authorization backup_gateway;
select set_config('steward.user_id', backup.person('owner')::text, false) \g /dev/null
select backup.holds('a gateway that was granted steward_admin may not accept it, whomever it names', split_part(pg_temp.accepted(), ' ', 1), '42501');
set session authorization backup_analyst;
select backup.holds('an analyst may not accept it', pg_temp.accepted(), '42501');
set session authorization steward_script;
select backup.holds('a script may not accept it', pg_temp.accepted(), '42501');
set session authorization backup_admin;
select backup.holds('accept_restore wants a reason', backup.refused($$select steward.accept_restore('')$$) || backup.refused($$select steward.accept_restore(null)$$),
    '22023 reason_length22004 argument_null');
select backup.holds('what was refused changed nothing', steward.is_restored()::text, 'true');
