-- The tick: pg_cron calls it every ten minutes (install_cron), or any other scheduler does; a worker's upkeep does where nobody has for a while.
--
-- It plans and never acts: it draws days, makes plans, and enqueues what is due within eleven minutes. So a tick that comes late, twice, or not at all makes nothing leave
-- earlier, closer together or twice. One at a time; who comes while one runs goes away.

create table steward.governor_run (
    one boolean constraint governor_run_pkey primary key constraint governor_run_one_check check (one),
    ticked_at timestamptz not null
);
comment on table steward.governor_run is 'When the governor ticked last: one row, which is kept.';
comment on column steward.governor_run.one is 'True: there is one row.';
comment on column steward.governor_run.ticked_at is 'When.';

create function steward.governor_tick() returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    at timestamptz;
    released int;
begin
    if steward.is_restored() then
        return 0;
    end if;
    perform steward.require_read_committed();
    if not steward.hold_latch('governor_tick', wait => false) then
        return 0;
    end if;
    at := steward.clock();
    insert into steward.governor_run as r (one, ticked_at) values (true, at) on conflict on constraint governor_run_pkey do update set ticked_at = excluded.ticked_at;
    perform steward.reconcile_actions(), steward.let_recover(at);
    perform steward.draw_days(at);
    perform steward.check_health(at);
    perform steward.plan_days(at);
    perform steward.release_probes(at);
    released := steward.release_actions(at);
    delete from steward.day_plan p where p.made_at < at - interval '91 days';
    return released;
end
$$;
comment on function steward.governor_tick() is
    'Draws and plans the days of accounts, and enqueues the actions whose moments come within eleven minutes; returns how many. To be called every ten minutes; calling it more often does no harm, '
    'less often makes moments pass unused. Does nothing while the restore guard holds. For steward_worker and steward_admin. Errors: 55000 isolation_unfit.';

-- Later than a tick of pg_cron would come: where that runs, this does nothing.
create function steward.tick_if_late() returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from steward.account a where a.enabled_at is not null)
        and not exists (select from steward.governor_run r where r.ticked_at > steward.clock() - interval '10 minutes 30 seconds' and r.ticked_at <= steward.clock()) then
        perform steward.governor_tick();
    end if;
-- What keeps the governor from planning must not keep dead workers' jobs from being rescued; doctor tells of it, too.
exception when others then
    raise warning 'the governor could not tick: %', sqlerrm using errcode = sqlstate;
end
$$;
comment on function steward.tick_if_late() is 'Ticks where nobody has for ten and a half minutes.';

create function steward.doctor_of_outreach() returns table (check_name text, verdict text, detail text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select 'governor', case when r.ticked_at > steward.clock() - interval '15 minutes' then 'ok' else 'late' end,
        case when r.ticked_at is null then 'it has never ticked: steward.install_cron(), or start a worker' else format('it ticked last at %s UTC; every ten minutes is meant', to_char(r.ticked_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')) end
    from (select 1) x left join steward.governor_run r on true where exists (select from steward.account a where a.enabled_at is not null)
    union all
    select 'account ' || a.id, a.state, format('%s%s: steward.accounts says why', a.state_code, ' until ' || to_char(a.state_until at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC')
    from steward.account a where a.enabled_at is not null and a.state <> 'ok'
    union all
    select 'unknown actions', 'waiting', format('%s actions of which nobody knows whether they were done: steward.resolve_action', count(*))
    from steward.action a where a.state = 'unknown' and a.probe_at is null having count(*) > 0
$$;
comment on function steward.doctor_of_outreach() is 'The checks of doctor that concern accounts; none where there is no enabled one.';
