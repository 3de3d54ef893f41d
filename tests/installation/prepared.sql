-- Somebody prepared roles or the schema before the installation: create extension refuses, says what to do, and changes nothing.
-- Every case runs in a transaction that is rolled back, role changes included.
\set VERBOSITY terse
drop extension pg_steward;
drop schema steward;
drop role steward_user, steward_worker, steward_analyst, steward_admin, steward_script, steward_owner;
create role somebody;

-- Prepares, installs, and says how that ended: the slug of the refusal, or installed.
create schema tests;
create function tests.installed(preparation text) returns text language plpgsql as $$
declare
    detail text;
    hint text;
begin
    execute preparation;
    execute 'create extension pg_steward';
    raise exception using errcode = 'TS001', message = format('installed; roles %s', (
        select string_agg(rolname, ' ' order by rolname) from pg_roles where rolname ~ '^steward_' and not (rolcanlogin <> (rolname = 'steward_script') or rolsuper or rolcreaterole
            or rolcreatedb or rolbypassrls or rolreplication)));
exception when sqlstate 'TS001' then
    return sqlerrm;
when others then
    get stacked diagnostics detail = pg_exception_detail, hint = pg_exception_hint;
    return concat_ws(' ', sqlstate, detail, case when hint = '' then 'WITHOUT A HINT' end);
end
$$;

create temporary table prepared (n int generated always as identity, what text, preparation text, expected text);
insert into prepared (what, preparation, expected) values
    ('an empty cluster', 'select', 'installed; roles steward_admin steward_analyst steward_owner steward_script steward_user steward_worker'),
    ('roles without members or attributes', 'create role steward_owner; create role steward_user',
        'installed; roles steward_admin steward_analyst steward_owner steward_script steward_user steward_worker'),
    ('a member of the owner', 'create role steward_owner; grant steward_owner to somebody', '42710 code=role_prepared'),
    ('an owner who is a member', 'create role steward_owner; grant somebody to steward_owner', '42710 code=role_prepared'),
    ('an owner who was granted to the user role', 'create role steward_owner; create role steward_user; grant steward_owner to steward_user', '42710 code=role_prepared'),
    ('a script login without login', 'create role steward_script', '42710 code=role_prepared'),
    ('a script login who is an administrator', 'create role steward_script login; create role steward_admin; grant steward_admin to steward_script', '42710 code=role_prepared'),
    ('a schema of somebody else', 'create schema steward authorization somebody', '42710 code=schema_prepared'),
    ('a schema with a function in it', 'create schema steward; create function steward.uid() returns uuid language sql as ''select null::uuid''', '42710 code=schema_prepared'),
    ('a schema with a table in it', 'create schema steward; create table steward.job (id uuid)', '42710 code=schema_prepared'),
    ('a schema with an operator in it', 'create schema steward; create operator steward.= (leftarg = uuid, rightarg = uuid, function = uuid_eq)', '42710 code=schema_prepared'),
    ('an empty schema of the installer', 'create schema steward; grant all on schema steward to somebody',
        'installed; roles steward_admin steward_analyst steward_owner steward_script steward_user steward_worker'),
    ('a script login with a password', 'create role steward_script login password ''known''', '42710 code=role_prepared'),
    ('a script login with settings', 'create role steward_script login; alter role steward_script set search_path = evil', '42710 code=role_prepared'),
    ('a script login with settings in one database', 'create role steward_script login; alter role steward_script in database steward set role = somebody', '42710 code=role_prepared'),
    ('a user role that reads everything', 'create role steward_user; grant pg_read_all_data to steward_user', '42710 code=role_prepared'),
    ('a worker role that is a member of another', 'create role steward_worker; grant somebody to steward_worker', '42710 code=role_prepared'),
    ('members that the superuser accepts', 'create role steward_user; grant steward_user to somebody; set local steward.accept_roles = on',
        'installed; roles steward_admin steward_analyst steward_owner steward_script steward_user steward_worker'),
    ('a member of the owner, accepted', 'create role steward_owner; grant steward_owner to somebody; set local steward.accept_roles = on', '42710 code=role_prepared');
insert into prepared (what, preparation, expected)
select format('%s as %s', role, attribute), format('create role %s %s', role, attribute), '42710 code=role_prepared'
from unnest(array['steward_owner', 'steward_user', 'steward_worker', 'steward_analyst', 'steward_admin']) role,
    unnest(array['login', 'superuser', 'createrole', 'createdb', 'bypassrls', 'replication']) attribute;
insert into prepared (what, preparation, expected)
select format('steward_script as %s', attribute), format('create role steward_script login %s', attribute), '42710 code=role_prepared'
from unnest(array['superuser', 'createrole', 'createdb', 'bypassrls', 'replication']) attribute;
insert into prepared (what, preparation, expected)
select format('a member of %s', role), format('create role %s %s; grant %s to somebody', role, case role when 'steward_script' then 'login' else '' end, role), '42710 code=role_prepared'
from unnest(array['steward_user', 'steward_worker', 'steward_analyst', 'steward_admin', 'steward_script']) role;

create temporary table found as select p.*, tests.installed(p.preparation) as answer from prepared p;
select count(*) || ' ways to prepare an installation, each ended as it should' from found having bool_and(answer = expected);
select format('%s: %s, but %s was expected', what, answer, expected) from found where answer <> expected order by n;
select 1 / (case when bool_and(answer = expected) then 1 else 0 end) as holds from found \gset

-- Installed for good, granted, dropped and installed again beside another database: what is there counts then.
create extension pg_steward;
grant steward_user to somebody;
create database second;
\c second
create extension pg_steward;
select 'a second database of the cluster takes the roles as they are' from pg_auth_members where roleid = 'steward_user'::regrole and member = 'somebody'::regrole;
