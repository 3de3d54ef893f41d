-- install_cron beside a real pg_cron: an administrator who is no superuser gives it the upkeep, twice, and every command works.
create role cron_admin login in role steward_admin;
grant usage on schema cron to cron_admin;
\c - cron_admin
select count(*) || ' commands for pg_cron' from steward.install_cron();
select count(*) || ' after a second time' from steward.install_cron('30 days', '1 day') having count(*) = 3;
select count(*) || ' jobs of pg_cron, run as ' || min(username) from cron.job where jobname like 'steward %' having count(*) = 3;
-- As pg_cron runs them.
select command from cron.job where jobname like 'steward %' order by jobname \gexec
\c - postgres
delete from cron.job;
drop owned by cron_admin;
drop role cron_admin;
