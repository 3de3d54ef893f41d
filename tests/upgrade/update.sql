-- The upgrade, in a session that is at work itself. Variable: current. Writes down what stands in the tables right before and right after.
\set ON_ERROR_STOP on
\set session upgrading
\set when before
\ir works.sql
\getenv directory UPGRADE
\set query :directory '/rows.sql'
\set output :directory '/rows.before'
\o :output
\i :query
\set output :directory '/rows.after'
\o
alter extension pg_steward update;
\o :output
\i :query
\o
select backup.holds('the upgrade leads to ' || :'current', e.extversion, :'current') from pg_extension e where e.extname = 'pg_steward';
\set when after
\ir works.sql
