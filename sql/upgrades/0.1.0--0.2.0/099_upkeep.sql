-- Upkeep removes cool-downs that are long over.

create or replace function steward.upkeep() returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.run_schedules();
    delete from steward.cooldown c where c.until < steward.clock() - interval '1 day';
    return steward.rescue_jobs();
end
$$;
comment on function steward.upkeep() is
    'Runs schedules that are due and rescues the jobs of dead workers; returns how many attempts were rescued. Workers call it every few seconds. For steward_worker and steward_admin.';
