-- Upkeep removes cool-downs that are long over, gives up who waited too long in a line, ticks where no governor has, takes in what persons settled, and seals the ledger.

-- Conflicts, lack of resources, a server that stops. A full limit is a refusal like others.
create function steward.may_pass(state text) returns boolean
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select left(state, 2) in ('40', '53', '55', '57') and state <> '53400'
$$;
comment on function steward.may_pass(text) is 'Whether the same call may succeed at another moment, by the SQLSTATE of its error.';

create function steward.slug_of(detail text, state text) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(substring(detail from '^code=([a-z_]+)$'), state)
$$;
comment on function steward.slug_of(text, text) is 'The slug in the DETAIL of an error, or its SQLSTATE where it has none.';

create or replace function steward.run_schedule(due steward.schedule, due_at timestamptz, runs boolean) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    enqueued uuid;
    detail text;
begin
    if runs then
        enqueued := (steward.enqueue_jobs(due.user_id, due.tool, array[due.payload], null, due.priority, due.queue,
            array[format('schedule %s at %s', due.id, extract(epoch from run_schedule.due_at))], due.tags, due.workspace_id, null))[1];
    end if;
    insert into steward.schedule_run (schedule_id, due_at, workspace_id, ran_at, outcome, job_id)
    values (due.id, run_schedule.due_at, due.workspace_id, steward.clock(), case when runs then 'enqueued' else 'skipped' end, enqueued)
    on conflict on constraint schedule_run_pkey do nothing;
exception when others then
    -- What the next call may get past is left to it.
    if steward.may_pass(sqlstate) then
        raise;
    end if;
    -- One that is refused (its user left, its tool changed) does not stop the others. The words may quote a payload, the slug does not.
    get stacked diagnostics detail = pg_exception_detail;
    insert into steward.schedule_run (schedule_id, due_at, workspace_id, ran_at, outcome, code)
    values (due.id, run_schedule.due_at, due.workspace_id, steward.clock(), 'refused', steward.slug_of(detail, sqlstate))
    on conflict on constraint schedule_run_pkey do nothing;
end
$$;

create or replace function steward.run_schedules() returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
    due steward.schedule;
    run record;
    looked_at int := 0;
begin
    if steward.is_restored() then
        return 0;
    end if;
    -- 100 a call: the next call takes the rest. Somebody who holds a row is running it.
    for due in select s.* from steward.schedule s where s.next_at <= at order by s.next_at limit 100 for no key update skip locked loop
        begin
            for run in select * from steward.due_times(due, at) loop
                perform steward.run_schedule(due, run.due_at, run.runs);
            end loop;
            update steward.schedule s set next_at = steward.next_occurrence(s.cron, s.time_zone, at) where s.id = due.id;
            looked_at := looked_at + 1;
        exception when serialization_failure then
            null;  -- what is left of its quota is held by somebody's open transaction: it is due at the next call, and nobody else waits for that
        end;
    end loop;
    delete from steward.schedule_run r where r.ran_at < at - interval '90 days';
    return looked_at;
end
$$;

create or replace function steward.upkeep() returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    rescued int;
begin
    perform steward.run_schedules();
    delete from steward.cooldown c where c.until < steward.clock() - interval '1 day';
    rescued := steward.rescue_jobs();
    if not steward.is_restored() then
        perform steward.give_up_waiting(), steward.mend_lines(), steward.tick_if_late(), steward.refresh_all_scores();
        -- Windows are locked once in a transaction, so not after a rescue has.
        if rescued = 0 and exists (select from steward.unposted) then
            perform steward.hold_key('ledger', '', exclusive => false, wait => true), steward.take_in_unposted(null);
        end if;
    end if;
    perform steward.keep_ledger_sealed();
    return rescued;
end
$$;
comment on function steward.upkeep() is
    'Runs schedules that are due, rescues the jobs of dead workers, fails those that waited for room under a limit as long as they may, computes scores that changed, and seals the ledger; returns how many attempts were rescued. Workers call it every few seconds. For steward_worker and steward_admin.';

-- What pg_cron is to call. pg_cron runs a command as who scheduled it, so install_cron runs with its caller's rights, and what it may not look at
-- itself is here.
create or replace function steward.cron_tasks(keep_jobs interval, keep_audit interval) returns table (name text, cron text, command text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('keep_jobs', keep_jobs::text), steward.require('keep_audit', keep_audit::text), steward.require_installation_act('prune');
    if not exists (select from pg_extension x where x.extname = 'pg_cron') then
        perform steward.refuse('55000', 'pg_cron_missing', 'pg_cron is not installed in this database',
            'Add it to shared_preload_libraries, set cron.database_name to this database, and create extension pg_cron. Without it the workers do the upkeep, and nothing is pruned.');
    end if;
    return query values
        ('steward upkeep', '* * * * *', 'select steward.upkeep()'),
        ('steward governor', '*/10 * * * *', 'select steward.governor_tick()'),
        ('steward prune jobs', '17 3 * * *', format('do %L', format('begin while steward.prune_jobs(%L) > 0 loop commit; end loop; end', keep_jobs))),
        ('steward prune audit', '47 3 * * 0', format('select steward.prune_audit(%L)', greatest(keep_audit, interval '366 days'))),
        ('steward prune windows', '57 3 * * 0', format('select steward.prune_windows(%L)', greatest(keep_audit, interval '366 days')));
end
$$;
comment on function steward.install_cron(interval, interval) is
    'Gives the upkeep to pg_cron, as the caller, who needs usage on schema cron: upkeep every minute, the governor''s tick every ten, pruning of jobs that ended longer ago than keep_jobs every night (UTC), of '
    'the audit and the windows of limits older than keep_audit (366 days at least) every week. Calling it again replaces them. For steward_admin. Errors: those of cron_tasks.';
