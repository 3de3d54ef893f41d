-- Fills every table of schema steward: a workspace with members of every role and one with a stranger, logins of every kind, and
-- jobs of two tools in every place a job can be in. Tool `send` has an effect on the outside world, tool `read` has none; all their slots
-- are taken.
--
-- tests/upgrade fills a database of an older version with this, and the extension is there already. So what a later version added stands
-- between \if :since_0_2_0 (or whichever) and \endif.
\set ON_ERROR_STOP on
\o /dev/null
set client_min_messages = warning;
create extension if not exists pg_steward;
reset client_min_messages;
select string_to_array(e.extversion, '.')::int[] >= '{0,2,0}' as since_0_2_0 from pg_extension e where e.extname = 'pg_steward' \gset
\ir helpers.sql

-- Logins belong to the cluster. One has a name that must be quoted everywhere.
do $cast$
declare
    login record;
begin
    for login in
        select * from (values ('backup_owner', 'steward_user'), ('backup_manager', 'steward_user'), ('backup_editor', 'steward_user'),
            ('backup_viewer', 'steward_user'), ('backup_stranger', 'steward_user'), ('backup_gateway', 'steward_user'),
            ('backup_gateway', 'steward_admin'), ('backup_worker', 'steward_worker'), ('backup_both', 'steward_worker'),
            ('backup_both', 'steward_admin'), ('backup_analyst', 'steward_analyst'), ('backup_admin', 'steward_admin'),
            (E'back"up O''Brien \\ 😀', 'steward_user')) as l (name, may)
    loop
        if not exists (select from pg_roles r where r.rolname = login.name) then
            execute format('create role %I login', login.name);
        end if;
        execute format('grant %I to %I', login.may, login.name);
    end loop;
end
$cast$;

set session authorization backup_admin;
select steward.create_workspace('acme', 'Acme ' || backup.hostile(), 'America/Sao_Paulo', 'plan ' || left(backup.hostile(), 20)),
    steward.create_workspace('globex', 'Globex');
select steward.add_member(backup.workspace('acme'), backup.person(name), role)
from (values ('owner', 'owner'), ('manager', 'admin'), ('editor', 'editor'), ('viewer', 'viewer'), ('hostile', 'editor')) as m (name, role);
select steward.add_member(backup.workspace('globex'), backup.person('stranger'), 'owner');
select steward.map_login(('backup_' || name)::name, backup.person(name)) from unnest('{owner,manager,editor,viewer,stranger}'::text[]) name;
select steward.map_login('backup_analyst', backup.person('viewer')), steward.map_login(E'back"up O''Brien \\ 😀', backup.person('hostile')),
    steward.trust_gateway('backup_gateway');
select steward.pause_queue('closed', 'because ' || backup.hostile());
select steward.define_provider('shop', '{"base_url": "https://shop.example", "headers": {"x-key": "{{ secret.SHOP_KEY }}"}}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "concurrency": 3,
    "realtime": true, "timeout_seconds": 600, "request": {"path": "/send"}}');
select steward.define_tool('read', jsonb_build_object('executor', 'http', 'provider', 'shop', 'adapter', 'http_json', 'concurrency', 3,
    'title', left('Read ' || translate(backup.hostile(), E'\t\n\r\x01\x7f', ''), 60), 'timeout_seconds', 600, 'request', '{"path": "/read"}'::jsonb));
select steward.define_tool('enrich', '{"executor": "script", "timeout_seconds": 600, "request": {"command": "enrich"}}');
\if :since_0_2_0
-- Prices that came with the extension and went, one that was moved, and some of somebody's own.
select count(*) from steward.import_prices(jsonb_build_object('source', left(backup.hostile(), 100), 'providers', '[
    {"id": "avian", "models": [{"id": "own", "match": {"starts_with": "own"}, "prices": {"input_mtok": 1, "output_mtok": 2}}]}]'::jsonb), true);
-- Plans and limits that came with the extension, changed, taken away, and taken away and set anew; and some of somebody's own.
select steward.define_plan('free', 'changed: ' || left(backup.hostile(), 100), 7), steward.define_plan('own', backup.hostile()),
    steward.set_limit('provider', null, 'running', 'total', 1000), steward.set_limit('plan', 'free:user', 'calls', 'day', null),
    steward.set_limit('plan', 'pro', 'calls', 'hour', null), steward.set_limit('plan', 'starter', 'calls', 'hour', 5, valid_until => now() + interval '300 days');
select steward.set_limit('plan', 'pro', 'calls', 'hour', 7), steward.set_limit('plan', 'own', 'cost', 'week', 7),
    steward.set_limit('tag', 'limit', 'calls', 'total', 0, workspace_id => backup.workspace('acme'));
\endif

-- A provider of its own for the one that is limited, because nobody calls that any more.
select steward.define_provider('busy', '{"base_url": "https://busy.example"}');
select steward.define_tool('ask', '{"executor": "http", "provider": "busy", "adapter": "http_json", "request": {"path": "/ask"}}');

-- Two more, which run as many as there are: what stands in their queue could be claimed at any time.
select steward.define_tool('post', '{"executor": "noop", "effect": "external"}'), steward.define_tool('note', '{"executor": "noop"}');

\if :since_0_2_0
\ir fill_outreach.sql
\ir fill_leads.sql
\endif

-- As tests/backup/helpers.sql names them: `send sent` is the job of tool send that was sent, and its queue is send-sent.
set session authorization backup_editor;
select backup.put(tool, state) from unnest('{send,read}'::text[]) tool,
    unnest('{succeeded,failed,cancelled,claimed,sent,late,concurrency,ready}'::text[]) state;
select backup.put('send', 'lost'), backup.put('ask', 'retry'), backup.put('enrich', 'script'), backup.put('post', 'ready'), backup.put('note', 'ready');
select backup.put(tool, 'schedule', now() + interval '30 days') from unnest('{send,read}'::text[]) tool;
\if :since_0_2_0
select backup.put('note', 'limit');
\endif
select steward.cancel_job(backup.job(tool || ' cancelled'), 'not wanted: ' || backup.hostile()) from unnest('{send,read}'::text[]) tool;
set session authorization backup_owner;
select steward.enqueue('read', user_id => backup.person('editor'), queue => 'read-other', idempotency_key => 'read other');
set session authorization backup_gateway;
select set_config('request.jwt.claims', json_build_object('sub', backup.person('editor'))::text, false);
select count(*) from steward.enqueue_many('note', array_fill('{"text": "by a gateway"}'::jsonb, array[20]), queue => 'note-many', idempotency_key => 'note many');
set session authorization backup_stranger;
select steward.enqueue(tool, queue => tool || '-stranger', idempotency_key => tool || ' stranger') from unnest('{send,read}'::text[]) tool;

-- One after the other, so that each finds a slot of its tool.
set session authorization backup_worker;
create function pg_temp.played(tool text, state text, outcome jsonb) returns text language sql volatile as $$
    select backup.claimed(array[tool || '-' || state]), backup.sent(tool || ' ' || state);
    select backup.finished(tool || ' ' || state, outcome)
$$;
select pg_temp.played(tool, 'succeeded', jsonb_build_object('phase', 'answered', 'status', 200, 'body', to_jsonb(backup.hostile())::text)),
    pg_temp.played(tool, 'failed', jsonb_build_object('phase', 'answered', 'status', 400, 'body', to_jsonb(backup.hostile())::text))
from unnest('{send,read}'::text[]) tool;
select pg_temp.played('ask', 'retry', jsonb_build_object('phase', 'answered', 'status', 429, 'headers', '{"retry-after": "3600"}'::jsonb, 'body', to_jsonb(backup.hostile())::text));
select pg_temp.played('send', 'lost', '{"phase": "lost"}');
-- Three slots a tool: claimed, sent, and the one whose outcome comes late. The next one waits for a slot.
select backup.claimed(array[tool || '-claimed']), backup.claimed(array[tool || '-sent', tool || '-late']), backup.claimed(array[tool || '-concurrency']),
    backup.sent(tool || ' sent'), backup.sent(tool || ' late')
from unnest('{send,read}'::text[]) tool;
select backup.claimed('{note-limit}');
select backup.claimed('{enrich-script}'), steward.report_progress(backup.job('enrich script'), 1, 0.5, 'half of it: ' || backup.hostile());
reset session authorization;
-- A schedule that has come once, and a request to end an attempt that nobody has any more.
set session authorization backup_editor;
select steward.schedule('hourly ' || left(backup.hostile(), 20), '0 * * * *', 'note', json_build_object('words', backup.hostile())::jsonb);
reset session authorization;
insert into steward.schedule_run select s.id, s.created_at, s.workspace_id, s.created_at, 'skipped' from steward.schedule s;
create function backup.done(input jsonb) returns jsonb language sql security definer set search_path = pg_catalog, pg_temp as $$ select '"done"'::jsonb $$;
revoke execute on function backup.done(jsonb) from public;
grant usage on schema backup to steward_script;
grant execute on function backup.done(jsonb) to steward_script;
select steward.register_function('done', 'backup.done(jsonb)');
insert into steward.checkpoint select gen_random_uuid(), backup.workspace('acme'), 1, json_build_object('at', backup.hostile()), now();
insert into steward.cancellation select gen_random_uuid(), 1, backup.workspace('acme'), backup.hostile(), now();
create table backup.pseudonym (pseudonym text);
grant select, insert on backup.pseudonym to public;
set session authorization backup_analyst;
insert into backup.pseudonym select j.user_pseudonym from steward.analyst_jobs j where j.id = backup.job('read ready');
reset session authorization;
\if :since_0_2_0
select steward.stop_spending(backup.workspace('globex'), backup.hostile());
insert into steward.unposted (window_id, released, posted) select v.id, 0, 0 from steward.usage_window v limit 1;
insert into steward.reservation select gen_random_uuid(), gen_random_uuid(), backup.hostile(), 1;
insert into steward.quota_unit select gen_random_uuid(), backup.hostile(), now(), 1, 'infinity', backup.workspace('acme');
insert into steward.consumption (workspace_id, name, amount, at) select backup.workspace('acme'), 'credits', 7, now();
insert into steward.limit_alert (limit_id, bucket, starts_at, percent, at, workspace_id, words, metric, used, amount)
select gen_random_uuid(), backup.hostile(), now(), 50, now(), backup.workspace('acme'), backup.hostile(), 'calls', 1, 2;
-- A row is sealed when no transaction is open any more that was when the call before noted it: 20 s for whoever else is at work here.
do $seal$
declare
    until constant timestamptz := clock_timestamp() + interval '20 s';
begin
    while steward.seal_ledger() = 0 and clock_timestamp() < until loop
        commit;
        perform pg_sleep(0.05);
    end loop;
end
$seal$;
\endif
\o

-- A table that is added to the extension has to be filled here, too.
select backup.holds('the fill leaves no table of schema steward empty', string_agg(c.relname, ', '), null)
from pg_class c
where c.relnamespace = 'steward'::regnamespace and c.relkind = 'r'
    and (xpath('/table/row/n/text()', query_to_xml(format('select count(*) as n from %s', c.oid::regclass), false, false, '')))[1]::text = '0';
select backup.holds('there are jobs in every state', string_agg(distinct concat_ws(' for ', j.state, j.waiting_for), ', ' order by concat_ws(' for ', j.state, j.waiting_for)),
    'cancelled, failed, in_doubt, queued, running, succeeded, waiting for concurrency, '
        || case when :'since_0_2_0' then 'waiting for limit, ' else '' end || 'waiting for retry, waiting for schedule')
from steward.jobs j;
select backup.holds('attempts are live both before and after their sent mark, of tools of both kinds',
    string_agg(distinct t.on_lost || ' ' || a.state, ', ' order by t.on_lost || ' ' || a.state),
    'in_doubt claimed, in_doubt sent, retry claimed, retry sent')
from steward.attempt a join steward.tool t on t.id = a.tool_id where a.finished_at is null;
\if :since_0_2_0
select backup.holds('an account has acted twice days ago, and its next action is on its way',
    string_agg(x.state || case when c.t < clock_timestamp() - interval '1 day' then ' days ago' else '' end, ', ' order by x.state), 'done days ago, done days ago, planned')
from steward.action x left join steward.action_claim c on c.action_id = x.id where x.state not in ('backlog', 'skipped');
\endif
