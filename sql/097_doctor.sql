-- The health of the whole installation in one call: every check with a verdict, ok or what to do. For administrators, and for alarms:
-- select * from steward.doctor() where verdict not in ('ok', 'absent').

-- Every open job stands in exactly one place, and what stands somewhere belongs to an open job. The hot tables have no foreign keys, so this
-- is asked instead; it reads them all, so nightly is often enough.
create function steward.orphans() returns table (what text, how_many bigint)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select 'in ready without an open job', count(*) from steward.ready r where not exists (select from steward.job j where j.id = r.id and j.outcome is null)
    union all
    select 'in waiting without an open job', count(*) from steward.waiting w where not exists (select from steward.job j where j.id = w.id and j.outcome is null)
    union all
    select 'live attempts without an open job', count(*) from steward.attempt a
    where a.finished_at is null and not exists (select from steward.job j where j.id = a.job_id and j.outcome is null)
    union all
    select 'open jobs in no place or in several', count(*) from steward.job j
    where j.outcome is null and 1 <> (select count(*) from steward.ready r where r.id = j.id and r.queue = j.queue and r.workspace_id = j.workspace_id)
        + (select count(*) from steward.waiting w where w.id = j.id)
        + (select count(*) from steward.attempt a where a.job_id = j.id and a.state in ('claimed', 'sent'))
    union all
    select 'jobs without a workspace or a tool', count(*) from steward.job j
    where not exists (select from steward.workspace w where w.id = j.workspace_id) or not exists (select from steward.tool t where t.id = j.tool_id)
$$;
comment on function steward.orphans() is 'Counts rows of the queue that contradict each other; every count should be 0.';

create function steward.doctor_of_work() returns table (check_name text, verdict text, detail text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select 'orphans', case when o.how_many = 0 then 'ok' else 'broken' end, format('%s %s', o.how_many, o.what) from steward.orphans() o
    union all
    select 'workers', case when count(*) = 0 then 'missing' else 'ok' end, format('%s workers are alive', count(*))
    from steward.worker w where w.heartbeat_at >= steward.clock() - make_interval(secs => steward.lease_seconds())
    union all
    select 'queue ' || q.queue, case when exists (select from steward.serving_workers(q.queue)) then 'ok' else 'unserved' end,
        case when exists (select from steward.serving_workers(q.queue)) then 'a live worker serves it' else format('jobs are ready and no live worker serves it: start one with --queue %s', q.queue) end
    from (select distinct r.queue from steward.ready r) q
    union all
    select 'paused queue ' || p.queue, 'paused', format('since %s UTC by %s%s: steward.resume_queue', to_char(p.paused_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), p.paused_by, ' (' || p.reason || ')') from steward.paused_queue p
    union all
    select 'rescue', case when count(*) = 0 then 'ok' else 'late' end,
        format('%s attempts are past their deadline by more than a lease: steward.rescue_jobs should run every few seconds', count(*))
    from steward.attempt a where a.finished_at is null and a.deadline < steward.clock() - make_interval(secs => steward.lease_seconds())
    union all
    select 'in doubt', case when count(*) = 0 then 'ok' else 'waiting' end, format('%s calls wait for somebody to say how they ended: steward.in_doubt', count(*))
    from steward.job j where j.outcome = 'in_doubt'
$$;
comment on function steward.doctor_of_work() is 'The checks of doctor that concern jobs and workers.';

create function steward.doctor_of_setup() returns table (check_name text, verdict text, detail text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select 'release', case when e.extversion = steward.version() then 'ok' else 'stale' end,
        format('the library is %s, the objects are %s%s', steward.version(), e.extversion, case when e.extversion <> steward.version() then ': alter extension pg_steward update, in new sessions' else '' end)
    from pg_extension e where e.extname = 'pg_steward'
    union all
    select 'restore guard', case when steward.is_restored() then 'paused' else 'ok' end,
        case when steward.is_restored() then 'the database was restored or moved: steward.accept_restore(reason)' else 'the database is where it was' end
    union all
    select 'clock', case when steward.now() = statement_timestamp() then 'ok' else 'moved' end,
        case when steward.now() = statement_timestamp() then 'the clock is the server''s' else 'steward.clock_offset moves the clock in this session: reset it outside tests' end
    union all
    select 'notifications', case when pg_notification_queue_usage() < 0.25 then 'ok' else 'full' end,
        format('%s %% of the notification queue is used; above 25 nobody is woken: some session listens and never reads', round(pg_notification_queue_usage() * 100))
    union all
    select 'login ' || l.role_name, 'missing', format('it is %s, and the role does not exist or is another one: steward.forget_login or map it again', l.kind)
    from steward.login l where not exists (select from pg_roles r where r.rolname = l.role_name and r.oid = l.role_id)
    union all
    select 'login ' || l.role_name, 'dangerous', 'a gateway that is a superuser, a worker or an administrator speaks for strangers with more rights than they have'
    from steward.login l join pg_roles r on r.oid = l.role_id
    where l.kind = 'gateway' and (r.rolsuper or r.rolbypassrls or pg_has_role(r.oid, 'steward_worker', 'member') or pg_has_role(r.oid, 'steward_admin', 'member'))
    union all
    select 'login ' || s.setrole::regrole, 'dangerous', format('every session of it begins with settings of somebody''s choice (%s): alter role %s reset all', array_to_string(s.setconfig, ', '), s.setrole::regrole)
    from pg_db_role_setting s where s.setrole in (select r.oid from pg_roles r where r.rolname like 'steward\_%')
    union all
    select 'function ' || f.name, 'unfit', format('%I.%I cannot be run for jobs: %s', f.schema_name, f.function_name, m.misfit)
    from steward.sql_function f, steward.function_misfit(f.schema_name, f.function_name, f.owner) as m (misfit) where m.misfit is not null
    union all
    select 'owner', 'dangerous', format('role %s is a member of steward_owner and may change every row: revoke it', m.member::regrole)
    from pg_auth_members m where m.roleid = 'steward_owner'::regrole
    union all
    select 'pg_cron', case when exists (select from pg_extension x where x.extname = 'pg_cron') then 'ok' else 'absent' end,
        case when exists (select from pg_extension x where x.extname = 'pg_cron') then 'pg_cron is installed in this database' else 'without pg_cron in this database the workers do the upkeep' end
    union all
    select 'oldest snapshot', case when s.age < interval '10 minutes' then 'ok' else 'old' end,
        format('the oldest open transaction is %s old%s', coalesce(s.age, interval '0'), case when s.age >= interval '10 minutes' then ', and vacuum can remove nothing that was deleted since' else '' end)
    from (select coalesce(max(clock_timestamp() - a.xact_start), interval '0') as age from pg_stat_activity a where a.backend_type = 'client backend' and a.pid <> pg_backend_pid()) s
$$;
comment on function steward.doctor_of_setup() is 'The checks of doctor that concern the installation.';

create function steward.doctor() returns table (check_name text, verdict text, detail text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require_installation_act('diagnose');
    return query select d.* from steward.doctor_of_setup() d union all select d.* from steward.doctor_of_work() d union all select d.* from steward.doctor_of_outreach() d
        union all select d.* from steward.doctor_of_leads() d;
end
$$;
comment on function steward.doctor() is
    'The health of the installation: each check with a verdict, ok where all is well, and what to do where not. Reads the whole queue: about a second for a million jobs. '
    'For steward_admin. Errors: 42501 administrator_required.';
