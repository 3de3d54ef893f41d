-- Who may do what: every caller against every act on the objects of one workspace, cell by cell. The expected cells are written by hand.
-- After that every policy is dropped and every check in a function is disarmed, one at a time: each time a named cell must change.
\pset tuples_only on
\pset format unaligned
\i sql/include/matrix_callers.sql
\i sql/include/outreach_objects.sql
\i sql/include/lead_objects.sql
\i sql/include/score_objects.sql
\i sql/include/matrix_acts.sql
\i sql/include/matrix_outreach.sql
\i sql/include/matrix_leads.sql
\i sql/include/matrix_scores.sql

-- The letters: + yes, - nothing to see or false, x no privilege, m not_a_member, u unknown or foreign, p person_required, a administrator_required,
-- r owner_required, h superuser_required, s wrong state (so it got in), b refused as no attempt of its own, c no such completion.
create function tests.letter(answer text) returns text language sql immutable as $$
    select case
        when answer = 'false' then '-'
        when answer = '42501' then 'x'
        when answer = '42501 not_a_member' then 'm'
        when answer ~ '^42704 (workspace|job|account|action|lead)_unknown$' then 'u'
        when answer = '42501 person_required' then 'p'
        when answer = '42501 administrator_required' then 'a'
        when answer = '42501 owner_required' then 'r'
        when answer = '42501 superuser_required' then 'h'
        when answer = '42704 completion_unknown' then 'c'
        when answer ~ '^55000 ' then 's'
        when answer = '42501 attempt_unknown' then 'b'
        when answer ~ '^[0-9A-Z]{5}( [a-z_]+)?$' then answer
        else '+'
    end
$$;
-- Acts that name something come first, if it is said what.
create function tests.wrong_cells(at_most bigint default null, named text default null) returns setof text language plpgsql as $$
declare
    cell record;
    found text;
begin
    for cell in
        select a.name as act, a.statement, substr(replace(a.expected, ' ', ''), c.n, 1) as expected, c.name as caller, c.login, c.prelude
        from tests.act a cross join tests.caller c order by (a.statement ~ ('steward\.' || wrong_cells.named || '\M')) is not true, a.n, c.n
    loop
        found := tests.letter(tests.as_login(cell.login, cell.statement, cell.prelude));
        continue when found = cell.expected;
        return next format('%s as %s: %s expected, %s found', cell.act, cell.caller, cell.expected, found);
        at_most := at_most - 1;
        exit when at_most = 0;
    end loop;
end
$$;

select name, tests.as_login(login, 'select steward.uid()', prelude), tests.as_login(login, 'select steward.actor_kind()', prelude) from tests.caller order by n;
select count(*) as callers, (select count(*) from tests.act) as acts,
    (select count(*) from tests.act where char_length(replace(expected, ' ', '')) <> count(c)) as with_other_than_one_letter_a_caller
from tests.caller c;
-- Wrong cells; there must be none.
select tests.wrong_cells();

-- The table role × act says the same of members as the cells do.
select r.act, string_agg(r.role, ' ' order by array_position(array['owner', 'admin', 'editor', 'viewer'], r.role)) from steward.role_act r group by r.act order by r.act;

-- Whatever one change lets somebody do shows in a cell; tried in a transaction that is rolled back. Most show in an act that names what is changed: looked for there first, all of it takes a fifth of the time.
create function tests.noticed(change text, named text) returns text language plpgsql as $$
declare
    wrong text;
begin
    begin
        execute change;
        wrong := (select w from tests.wrong_cells(1, named) w);
        raise exception using errcode = 'TS001', message = coalesce(wrong, 'NOT NOTICED');
    exception when sqlstate 'TS001' then
        return sqlerrm;
    end;
end
$$;

-- Every policy, dropped; and every one that asks who reads, opened to all.
select p.tablename, p.policyname, tests.noticed(format('drop policy %I on steward.%I', p.policyname, p.tablename), p.tablename || 's?')
from pg_policies p where p.schemaname = 'steward' order by 1, 2;
select p.tablename, p.policyname, tests.noticed(format('alter policy %I on steward.%I using (true)', p.policyname, p.tablename), p.tablename || 's?')
from pg_policies p where p.schemaname = 'steward' and p.qual <> 'true' order by 1, 2;

-- Every call of a check in every function, with one in its place that lets everybody through.
\i sql/include/matrix_open_checks.sql
create temporary view checks as
select p.oid::regprocedure::text as routine, c.name as "check"
from pg_proc p, unnest(array['require_act', 'require_installation_act', 'require_person', 'may', 'acting_workspace', 'acting_user', 'acted_job', 'locked_job',
    'account_for', 'acted_account', 'acted_action', 'readable_account', 'lead_for', 'acted_lead', 'workspaces_for', 'my_workspaces', 'is_admin']) as c (name)
where p.pronamespace = 'steward'::regnamespace and p.prosrc ~ ('steward\.' || c.name || '\(') and p.proname <> c.name;
select c.routine, c.check, tests.noticed(replace(pg_get_functiondef(c.routine::regprocedure), 'steward.' || c.check || '(', 'tests.' || c.check || '('), split_part(split_part(c.routine, '(', 1), '.', 2))
from checks c order by 1, 2;

-- The checks that are conditions of their own: from what is there to what would let somebody through.
select m.routine, m.check, case when pg_get_functiondef(m.routine::regprocedure) like '%' || replace(m.check, '_', '\_') || '%'
    then tests.noticed(replace(pg_get_functiondef(m.routine::regprocedure), m.check, m.without), split_part(split_part(m.routine, '(', 1), '.', 2)) else 'THE FUNCTION HAS NO SUCH CHECK' end
from (values
    ('steward.uid()', 'begun is not null', 'false'),
    ('steward.uid()', 'not found', 'false'),
    ('steward.uid()', 'steward.is_worker()', 'false'),
    ('steward.uid()', 'known.kind = ''member''', 'false'),
    ('steward.claimed_user()', 'claims is not null', 'claims::jsonb ? ''sub'''),
    ('steward.is_admin()', 'pg_has_role(session_user, ''steward_admin'', ''usage'')', 'true'),
    ('steward.is_admin()', 'and not exists', 'or exists'),
    ('steward.is_admin()', 'and not steward.is_worker()', ''),
    ('steward.actor_kind()', 'or session_user = ''steward_script''', ''),
    ('steward.actor_kind()', 'steward.begun_job() is not null or', ''),
    ('steward.actor_kind()', 'steward.is_worker()', 'false'),
    ('steward.workspaces_for(text)', 'm.user_id = steward.uid()', 'true'),
    ('steward.workspaces_for(text)', 'and m.workspace_id = coalesce(steward.begun_workspace(), m.workspace_id)', ''),
    ('steward.workspaces_for(text)', 'and r.act = workspaces_for.act', ''),
    ('steward.acting_workspace(uuid,uuid,text)', 'and (begun is null or m.workspace_id = begun)', ''),
    ('steward.acting_workspace(uuid,uuid,text)', 'and r.act = acting_workspace.act', ''),
    ('steward.acting_workspace(uuid,uuid,text)', 'm.user_id = actor', 'true'),
    ('steward.save_checkpoint(uuid,integer,jsonb)', 'steward.actor_kind() = ''job''', 'false'),
    ('steward.begin_attempt(uuid,integer,text)', 'a.token_hash = sha256(convert_to(secret, ''UTF8''))', 'true')) as m (routine, "check", without);
