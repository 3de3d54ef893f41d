-- What a constraint or a unique index says of a row that it refuses ("Failing row contains (…)", "Key (…) already exists") would show data of others.
-- So no public function lets one speak: each argument in turn gets every odd value of its type, and whatever is refused is refused in our own words.
\pset tuples_only on
\pset format unaligned
\i sql/include/matrix_callers.sql
\i sql/include/outreach_objects.sql
\i sql/include/lead_objects.sql
\i sql/include/score_objects.sql

create table tests.odd_value (type regtype, value text);
insert into tests.odd_value (type, value)
select 'text'::regtype, v from unnest(array[null, '', ' ', 'owner', repeat('x', 64), repeat('x', 201), repeat('é', 600), E'a\nb', 'a"b''c\', E'\x01', 'failed', '*/5 * * * *']) v
union all select 'name'::regtype, v from unnest(array[null, '', 'postgres', 'regress_editor', 'steward_owner', repeat('x', 63), 'a"b']) v
union all select 'uuid'::regtype, v from (select null union all select '00000000-0000-0000-0000-000000000000' union all select id::text from (
    select tests.workspace('acme') union all select tests.person('owner') union all select tests.person('editor')
    union all select tests.job(n) from unnest(array['queued', 'waiting', 'failed', 'doubt', 'running']) n union all select tests.account('ann') union all select tests.action('p1') union all select tests.lead('bob')) i (id)) u (v)
union all select 'jsonb'::regtype, v from unnest(array[null, 'null', '[]', '{}', '"x"', '1e400', '[{"email": "bob@leads.example", "title": "x"}]', '{"email": "ann@leads.example"}', '{"executor": "noop"}', '{"base_url": "https://x.example"}', repeat('[', 200) || repeat(']', 200)]) v
union all select 'regclass'::regtype, v from unnest(array[null, '0', '4294967295', 'pg_catalog.pg_class', 'steward.lead_pkey', 'tests.odd_value']) v
union all select 'regprocedure'::regtype, v from unnest(array[null, '0', '4294967295', 'pg_catalog.lower(text)', 'pg_catalog.jsonb_typeof(jsonb)']) v
union all select 'integer'::regtype, v from unnest(array[null, '0', '-1', '1', '1001', '32768', '2147483647', '-2147483648']) v
union all select 'double precision'::regtype, v from unnest(array[null, '0', '-1', '1.5', 'NaN', 'Infinity', '1e308']) v
union all select 'numeric'::regtype, v from unnest(array[null, '0', '-1', '0.5', '1e15', '1e100', 'NaN', 'Infinity', '-Infinity']) v
union all select 'boolean'::regtype, v from unnest(array[null, 'true', 'false']) v
union all select 'timestamptz'::regtype, v from unnest(array[null, 'infinity', '-infinity', '4713-01-01 BC', '294276-01-01', '1970-01-01']) v
union all select 'bigint'::regtype, v from unnest(array[null, '0', '-1', '9223372036854775807', '-9223372036854775808']) v
union all select 'date'::regtype, v from unnest(array[null, 'infinity', '-infinity', '4713-01-01 BC', '294276-01-01', '5874897-12-31']) v
union all select 'steward.waiting'::regtype, v from (select null union all select w::text from steward.waiting w) w (v)
union all select 'interval'::regtype, v from unnest(array[null, '0', '-1 day', '400 days', '178000000 years', '-178000000 years']) v
union all select 'text[]'::regtype, v from unnest(array[null, '{}', '{null}', '{""}', '{{a,b},{c,d}}', '[5:6]={a,b}', '{' || repeat('x', 101) || '}']) v
union all select 'uuid[]'::regtype, v from unnest(array[null, '{}', '{null}', format('{%s}', tests.job('running')), format('{{%s}}', tests.job('running'))]) v
union all select 'integer[]'::regtype, v from unnest(array[null, '{}', '{null}', '{1}', '{1,2}', '{{1}}']) v
union all select 'jsonb[]'::regtype, v from unnest(array[null, '{}', '{null}', '{"{}"}', '{{"{}"}}', '[5:5]={"{}"}']) v
union all select 'json[]'::regtype, v from unnest(array[null, '{}', '{null}', '{"{}"}', '{"[]"}', '{"7"}', '{"{\"job_id\": 7}"}',
    format('{"{\"job_id\": \"%s\", \"attempt\": 1, \"phase\": \"answered\", \"status\": 99999999999}"}', tests.job('running')),
    format('{"{\"job_id\": \"%s\", \"attempt\": 1, \"phase\": \"answered\", \"status\": 200, \"body\": \"\\\\u0000\"}"}', tests.job('running'))]) v;

-- Something that works in the place of every argument, so that one odd value at a time is asked about.
create function tests.usual(routine name, argument text, type regtype) returns text language sql stable as $$
    select coalesce(case
        when argument = 'tool' then 'noop'
        when argument = 'user_id' then case when routine like 'enqueue%' then null else tests.person('viewer')::text end
        when argument = 'workspace_id' then tests.workspace('acme')::text
        when argument = 'job_id' then tests.job(case routine when 'retry_job' then 'failed' when 'resolve_job' then 'doubt' when 'cancel_job' then 'queued' else 'running' end)::text
        when argument = 'account_id' then tests.account(case when routine in ('enable_account', 'resume_account') then 'eve' else 'ann' end)::text
        when argument = 'action_id' then tests.action(case routine when 'resolve_action' then 'p1' else 'p2' end)::text
        when argument = 'kind' then case routine when 'suppress' then 'person' when 'record_signal' then 'reply' when 'lead_preset' then 'rubric' else 'send_invite' end
        when argument = 'name' and routine = 'lead_preset' then 'rank_0_10' when argument = 'name' and routine in ('define_rubric', 'publish_rubric') then 'fit' when argument = 'name' and routine in ('train_model', 'publish_model', 'evaluate_model', 'lift_chart_svg') then 'likely'
        when argument = 'definition' and routine in ('define_rubric', 'what_if', 'what_if_distribution', 'score_distribution_svg') then steward.lead_preset('rubric', 'rank_0_10')::text
        when argument = 'definition' and routine = 'set_routing' then steward.lead_preset('routing', 'ownership_v1')::text when argument = 'definition' and routine = 'train_model' then '{}'
        when argument = 'provider' and routine = 'add_account' then 'shop' when argument = 'notice' then steward.outreach_notice() when argument = 'event' then 'accepted'
        when argument = 'state' and routine = 'resolve_action' then 'done'
        when argument = 'lead_id' and routine <> 'schedule_action' then tests.lead('bob')::text when argument = 'source_kind' then 'import' when argument = 'rows' then '[]' when argument = 'from_table' then 'steward.act'
        when argument = 'outcome' then 'failed' when argument = 'role' and type = 'text'::regtype then 'viewer' when argument = 'role' then 'regress_nobody'
        when argument = 'scope' then 'workspace' when argument = 'metric' then 'cost' when argument = 'window_kind' then 'day' when argument = 'on_full' then 'park'
        when argument = 'slug' then 'new' when argument = 'time_zone' then 'UTC' when argument in ('older_than', 'keep_jobs', 'keep_audit') then '400 days' when argument = 'since' then '-infinity' when argument = 'worker' then 'w1'
        when routine = 'set_limit' then case argument when 'scope' then 'user' when 'metric' then 'cost' when 'window_kind' then 'day' when 'amount' then '5' when 'on_full' then 'park' end
        when argument = 'plan' then 'pro' when argument = 'name' and routine = 'define_plan' then 'new' when argument in ('queue', 'idempotency_key', 'run_at', 'cursor', 'scope_value', 'valid_until', 'not_before', 'after', 'heat', 'segment', 'owner') then null
        when argument = 'definition' then case routine when 'define_tool' then '{"executor": "noop"}' else '{"base_url": "https://x.example"}' end
    end, case when argument not in ('queue', 'idempotency_key', 'run_at', 'user_id', 'cursor', 'scope_value', 'valid_until', 'not_before', 'after', 'heat', 'segment', 'owner') then case type
        when 'numeric'::regtype then '1' when 'date'::regtype then '2026-01-01' when 'uuid'::regtype then gen_random_uuid()::text when 'bigint'::regtype then '1' when 'steward.waiting'::regtype then null
        when 'text'::regtype then 'x' when 'jsonb'::regtype then '{}' when 'integer'::regtype then '1' when 'boolean'::regtype then 'false'
        when 'double precision'::regtype then '0.5' when 'uuid[]'::regtype then format('{%s}', tests.job('running')) when 'integer[]'::regtype then '{1}'
        when 'jsonb[]'::regtype then '{"{}"}' when 'regprocedure'::regtype then 'tests.done(jsonb)' when 'timestamptz'::regtype then '2026-01-01' else '{}' end end)
$$;
create table tests.odd_call as
select p.proname, a.name as argument, o.value, format('select count(*) from (select steward.%I(%s)) c', p.proname, string_agg(
    format('%I => %s::%s', b.name, case when b.n = a.n then quote_nullable(o.value) else quote_nullable(tests.usual(p.proname, b.name, b.type)) end, b.type), ', ' order by b.n)) as statement
from pg_proc p,
lateral unnest(p.proargnames[1:p.pronargs], p.proargtypes::regtype[]) with ordinality as a (name, type, n),
lateral unnest(p.proargnames[1:p.pronargs], p.proargtypes::regtype[]) with ordinality as b (name, type, n),
tests.odd_value o
where p.pronamespace = 'steward'::regnamespace and o.type = a.type
    and exists (select from unnest(array['steward_user', 'steward_worker', 'steward_admin', 'steward_analyst']) role where has_function_privilege(role, p.oid, 'execute'))
group by p.oid, p.proname, a.name, a.n, o.value;
select count(distinct proname) as functions, count(*) > 400 as many_calls from tests.odd_call;
-- An argument of a type for which there is no odd value yet.
select distinct t::regtype from pg_proc p, unnest(p.proargtypes::oid[]) t
where p.pronamespace = 'steward'::regnamespace and t not in (select type from tests.odd_value)
    and exists (select from unnest(array['steward_user', 'steward_worker', 'steward_admin', 'steward_analyst']) role where has_function_privilege(role, p.oid, 'execute'));

-- As a superuser who is an owner of the workspace, so that no privilege is in the way; each call is rolled back.
create function tests.ends(statement text, out state text, out detail text, out words text) language plpgsql as $$
declare
    n bigint;
begin
    begin
        execute statement into n;
        raise exception sqlstate 'TS001';
    exception when sqlstate 'TS001' then
        state := 'accepted';
    when others then
        get stacked diagnostics state = returned_sqlstate, detail = pg_exception_detail, words = message_text;
    end;
end
$$;
create table tests.ended as select c.*, e.* from tests.odd_call c, lateral tests.ends(c.statement) e;
select bool_or(state = 'accepted') as some_are_accepted, bool_or(detail ~ '^code=') as some_are_refused from tests.ended;
-- A refusal that is not ours: a constraint that speaks (23…), an internal error (XX…), or any other without code=. There must be none.
select proname, argument, left(value, 60), state, left(words, 120), left(detail, 80) from tests.ended where state <> 'accepted' and coalesce(detail, '') !~ '^code=[a-z_]+$' order by 1, 2, 3;
select state, substring(detail from 'code=(.*)'), count(*) > 0 from tests.ended where state <> 'accepted' group by 1, 2 order by 1, 2;
