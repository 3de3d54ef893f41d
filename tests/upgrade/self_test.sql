-- That a difference would be seen: each of these is made in a transaction that is rolled back, and exactly the object it was made to must be found
-- different. On any database with the helpers of tests/backup; nothing here is specific to an upgrade.
\set ON_ERROR_STOP on
\o /dev/null
\ir objects.sql
create temporary table before as select o.object, o.n, o.line from pg_temp.object_lines o;
create temporary table difference (n int generated always as identity, statement text, expected text[]);
\o

-- Makes the difference, and says which objects differ then.
create function pg_temp.differing(statement text) returns text[] language plpgsql as $$
declare
    found text[];
begin
    begin
        execute statement;
        select array_agg(distinct d.object order by d.object) into found from (
            (select b.object, b.n, b.line from before b except all select o.object, o.n, o.line from pg_temp.object_lines o)
            union all
            (select o.object, o.n, o.line from pg_temp.object_lines o except all select b.object, b.n, b.line from before b)
        ) d;
        raise exception using errcode = 'TS001';
    exception when sqlstate 'TS001' then
        return found;
    end;
end
$$;

insert into difference (statement, expected) values
    ('select', null),
    -- Functions.
    ('revoke execute on function steward.cancel_job(uuid, text) from steward_user', '{"function steward.cancel_job(pg_catalog.uuid,pg_catalog.text)"}'),
    ('grant execute on function steward.is_admin() to public', '{function steward.is_admin()}'),
    ('grant execute on function steward.is_admin() to steward_admin with grant option', '{function steward.is_admin()}'),
    ('alter function steward.is_admin() cost 200', '{function steward.is_admin()}'),
    ('alter function steward.is_admin() set search_path = public', '{function steward.is_admin()}'),
    ('alter function steward.is_admin() set work_mem = ''1MB''', '{function steward.is_admin()}'),
    ('alter function steward.is_admin() security invoker', '{function steward.is_admin()}'),
    ('alter function steward.now() volatile', '{function steward.now()}'),
    ('alter function steward.now() parallel unsafe', '{function steward.now()}'),
    ('alter function steward.now() leakproof', '{function steward.now()}'),
    ('alter function steward.now() owner to postgres', '{function steward.now()}'),
    ('create or replace function steward.is_worker_id(worker text) returns boolean language plpgsql immutable set search_path = pg_catalog, pg_temp as '
        '$f$ begin return false; end $f$', '{function steward.is_worker_id(pg_catalog.text)}'),
    ('create function steward.left_over() returns int language sql as ''select 1''', '{function steward.left_over()}'),
    ('alter extension pg_steward drop function steward.version()', '{function steward.version()}'),
    -- Comments.
    ('comment on function steward.uid() is null', '{function steward.uid()}'),
    ('comment on column steward.job.id is ''another''', '{table column steward.job.id}'),
    ('comment on view steward.jobs is null', '{view steward.jobs}'),
    ('comment on role steward_user is ''another''', '{role steward_user}'),
    -- Tables.
    ('alter table steward.job alter column result set default ''{}''', '{default value for steward.job.result,table column steward.job.result}'),
    ('alter table steward.paused_queue alter column reason set not null', '{table column steward.paused_queue.reason}'),
    ('alter table steward.job add column one_more int', '{table column steward.job.one_more}'),
    ('alter table steward.job alter column payload set storage plain', '{table column steward.job.payload}'),
    ('alter table steward.job alter column payload set compression pglz', '{table column steward.job.payload}'),
    ('alter table steward.job alter column tags set statistics 100', '{table column steward.job.tags}'),
    ('alter table steward.job alter column tool_id set (n_distinct = 5)', '{table column steward.job.tool_id}'),
    ('grant select (id) on steward.job to steward_analyst', '{table column steward.job.id}'),
    ('grant select on steward.job to steward_analyst', '{table steward.job}'),
    ('alter table steward.ready set (fillfactor = 50)', '{table steward.ready}'),
    ('alter table steward.ready replica identity full', '{table steward.ready}'),
    ('alter table steward.job disable row level security', '{table steward.job}'),
    ('alter table steward.job force row level security', '{table steward.job}'),
    ('alter table steward.job owner to postgres', '{index steward.job_idempotency_key,index steward.job_of_workspace,index steward.job_pkey,table steward.job,type steward.job,type steward.job[]}'),
    ('alter table steward.worker set unlogged', '{index steward.worker_pkey,table steward.worker}'),
    ('alter table steward.waiting drop constraint waiting_slot_check', '{table constraint waiting_slot_check on steward.waiting}'),
    ('alter table steward.waiting drop constraint waiting_slot_check, add constraint waiting_slot_check check ((reason = ''concurrency'') = (slot_of is not null)) not valid',
        '{table constraint waiting_slot_check on steward.waiting}'),
    ('create index one_more on steward.job (queue)', '{index column steward.one_more.queue,index steward.one_more}'),
    ('alter index steward.waiting_until set (fillfactor = 50)', '{index steward.waiting_until}'),
    ('create statistics steward.one_more on queue, priority from steward.job', '{statistics object steward.one_more}'),
    -- What refuses or filters.
    ('alter table steward.audit disable trigger audit_append_only', '{trigger audit_append_only on steward.audit}'),
    ('alter table steward.audit enable trigger audit_append_only', '{trigger audit_append_only on steward.audit}'),
    ('drop trigger audit_not_truncated on steward.audit', '{trigger audit_not_truncated on steward.audit}'),
    ('alter policy members_read on steward.job using (true)', '{policy members_read on steward.job}'),
    ('alter policy administrators_read on steward.audit to public', '{policy administrators_read on steward.audit}'),
    ('create rule one_more as on update to steward.latch do instead nothing', '{rule one_more on steward.latch}'),
    -- Views and types.
    ('alter view steward.jobs reset (security_invoker)', '{view steward.jobs}'),
    ('alter view steward.jobs set (security_invoker = false)', '{view steward.jobs}'),
    ('create or replace view steward.members with (security_invoker = true) as select m.* from steward.members m where true limit 0', '{view steward.members}'),
    ('alter type steward.settlement owner to postgres', '{composite type steward.settlement,type steward.settlement,type steward.settlement[]}'),
    ('revoke usage on type steward.settlement from public', '{type steward.settlement}'),
    ('create type steward.one_more as enum (''a'')', '{type steward.one_more,type steward.one_more[]}'),
    ('create domain steward.one_more as text check (value <> '''')', '{domain constraint one_more_check on steward.one_more,type steward.one_more,type steward.one_more[]}'),
    ('create sequence steward.one_more', '{sequence column steward.one_more.is_called,sequence column steward.one_more.last_value,sequence column steward.one_more.log_cnt,sequence steward.one_more}'),
    -- The extension, its schema, its rows, the roles.
    ('update pg_extension set extversion = ''0''', '{extension pg_steward}'),
    ('update pg_extension set extcondition[array_position(extconfig, ''steward.latch''::regclass)] = ''where true'' where extname = ''pg_steward''', '{table steward.latch}'),
    ('grant create on schema steward to steward_admin', '{schema steward}'),
    ('alter schema steward owner to postgres', '{schema steward}'),
    ('delete from steward.role_act where (act, role) = (select r.act, r.role from steward.role_act r limit 1)', '{table steward.role_act}'),
    ('update steward.act set needs_person = not needs_person where name = (select min(a.name) from steward.act a)', '{table steward.act}'),
    ('update steward.price set position = position + 1 where id = (select p.id from steward.price p limit 1)', '{table steward.price}'),
    ('alter role steward_user createdb', '{role steward_user}'),
    ('alter role steward_worker set work_mem = ''1MB''', '{role steward_worker}'),
    ('grant pg_monitor to steward_admin', '{role steward_admin}'),
    ('create role steward_one_more', '{role steward_one_more}'),
    ('alter default privileges in schema steward grant select on tables to public', '{default acl for role postgres in schema steward on tables,default privileges of postgres in steward}'),
    ('create publication one_more for table steward.job_status', '{publication one_more,publication relation steward.job_status in publication one_more}'),
    ('delete from pg_init_privs where objoid = ''steward.jobs''::regclass', '{view steward.jobs}');

\o /dev/null
create temporary table found as select d.*, pg_temp.differing(d.statement) as found from difference d order by d.n;
\o
select backup.holds(count(*) || ' differences made on purpose are each found, in exactly what was changed',
    string_agg(format('%s for %s', f.found, f.statement), '; ' order by f.n) filter (where f.found is distinct from f.expected), null)
from found f;
