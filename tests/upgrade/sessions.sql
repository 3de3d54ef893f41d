-- Two sessions that are at work before and after an upgrade: this one, and the one that upgrades (update.sql), which runs between. Both have functions of
-- the library in use and plans of the old SQL in memory. Variables: version, current.
\set ON_ERROR_STOP on
\o /dev/null
-- What waits although nothing but the pause stands in its way.
set session authorization backup_editor;
select steward.enqueue('note', queue => 'closed', idempotency_key => 'note closed', workspace_id => backup.workspace('acme'));
reset session authorization;
\o
select backup.holds('the library of today runs the SQL of ' || :'version', e.extversion, :'version') from pg_extension e where e.extname = 'pg_steward';
\set session other
\set when before
\ir works.sql
\setenv PGDATABASE :DBNAME
\setenv CURRENT :current
\! psql -qXAt -v current="$CURRENT" -f update.sql || echo 'NOT SO  the upgrade ran to its end'
\set when after
\ir works.sql
