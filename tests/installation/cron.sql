-- install_cron beside a real pg_cron: an administrator who is no superuser gives it the upkeep, twice, and every command works.
create role cron_admin login in role steward_admin;
grant usage on schema cron to cron_admin;
\c - cron_admin
select count(*) || ' commands for pg_cron' from steward.install_cron();
select count(*) || ' after a second time' from steward.install_cron('30 days', '1 day') having count(*) = 5;
select count(*) || ' jobs of pg_cron, run as ' || min(username) as given from cron.job where jobname like 'steward %' \gset
\echo :given
select 1 / (:'given' = '5 jobs of pg_cron, run as cron_admin')::int as holds \gset
select 1 / (count(*) = 5 and bool_and(j.schedule = t.cron and j.command = t.command))::int as pg_cron_has_what_it_was_given
from steward.cron_tasks('30 days', '1 day') t left join cron.job j on j.jobname = t.name \gset
-- As pg_cron runs them.
select command from cron.job where jobname like 'steward %' order by jobname \gexec
\c - postgres
-- And as it runs them by itself, every minute: no worker is there, and a schedule that is due is enqueued all the same.
set client_min_messages = error;
select steward.define_tool('noop', '{"executor": "noop"}') \g /dev/null
select steward.map_login('postgres', '33333333-0000-0000-0000-000000000000') \g /dev/null
select steward.add_member(steward.create_workspace('acme', 'Acme'), '33333333-0000-0000-0000-000000000000', 'owner') \g /dev/null
select steward.schedule('digest', '0 9 * * *', 'noop') \g /dev/null
update steward.schedule set next_at = next_at - interval '1 day';
do $$
declare
    patience constant timestamptz := clock_timestamp() + interval '150 s';
begin
    while clock_timestamp() < patience and not exists (select from cron.job_run_details d where d.status = 'succeeded' and d.command = 'select steward.upkeep()') loop
        perform pg_sleep(0.2);
        commit;
    end loop;
end
$$;
select 'pg_cron by itself: ' || coalesce(string_agg(distinct format('upkeep as %s %s, schedule %s, job of tool %s', d.username, d.status, r.outcome, j.tool), ', '), 'nothing') as ran
from cron.job_run_details d, steward.schedule_run r, steward.jobs j where j.id = r.job_id and d.status = 'succeeded' and d.command = 'select steward.upkeep()' \gset
\echo :ran
select 1 / (:'ran' = 'pg_cron by itself: upkeep as cron_admin succeeded, schedule enqueued, job of tool noop')::int as holds \gset
delete from cron.job;
drop owned by cron_admin;
drop role cron_admin;
