-- The audit: every act leaves a row, no row is changed, and it outlives what it tells of.
\pset tuples_only on
\pset format unaligned
create table tests.look as select steward.clock() as at;
-- What was audited since the last look, without ids.
create function tests.audited() returns setof text language sql volatile security definer as $$
    with seen as (update tests.look l set at = steward.clock() from tests.look before where true returning before.at)
    select tests.masked(concat_ws(' | ', a.act, w.slug, a.actor_kind,
        coalesce((select p from unnest(array['owner', 'manager', 'editor', 'viewer', 'outsider']) p where tests.person(p) = a.user_id), 'no user'),
        a.login, tests.name(a.from_job), a.object_kind, coalesce(tests.name(case when a.object_kind = 'job' then a.object_id::uuid end), a.object_id), a.detail::text))
    from steward.audit a left join steward.workspace w on w.id = a.workspace_id
    where a.at > (select at from seen) order by a.at, a.id
$$;

-- Administrators.
set session authorization regress_admin;
select steward.define_provider('shop', '{"base_url": "https://shop.example"}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "request": {"path": "/send"}}'),
    steward.define_tool('script', '{"executor": "script", "request": {"command": "c"}}');
select count(steward.create_workspace('new', 'A name is what users wrote'));
select count(*) from steward.import_prices('[{"id": "new", "models": [{"id": "m", "match": {"equals": "m"}, "prices": {}}]}]');
select steward.map_login('regress_nobody', tests.person('viewer')), steward.trust_gateway('regress_gateway'), steward.forget_login('regress_nobody');
select steward.pause_queue('q', 'a secret reason'), steward.resume_queue('q');
reset session authorization;
insert into steward.cooldown values ('shop', '', '', null, steward.now() + interval '1 day', 'why', 'rate_limited', steward.now(), steward.new_id(), 1);
set session authorization regress_admin;
select steward.lift_cooldown('shop');
select steward.define_plan('team', 'for teams'), steward.set_plan(tests.workspace('acme'), 'team');
select count(steward.set_limit('plan', 'team:user', 'cost', 'day', 2.5)), count(steward.set_limit('model', 'a dear one', 'calls', 'hour', 7, valid_until => '2100-01-01'));
select tests.audited();

-- Members, with the role before.
set session authorization regress_owner;
select steward.add_member(tests.workspace('acme'), tests.person('outsider'), role) from unnest(array['viewer', 'admin']) role;
select steward.remove_member(tests.workspace('acme'), tests.person('outsider'));
select tests.audited();

-- What may be spent, and that nothing may be; not why.
select count(steward.set_limit('tag', 'a customer', 'cost', 'month', 100)), steward.set_time_zone(tests.workspace('acme'), 'Europe/Berlin');
select steward.stop_spending(tests.workspace('acme'), 'a secret reason'), steward.resume_spending(tests.workspace('acme'));
select tests.audited();

-- Senders of outreach and what is done towards persons; not why, and not to whom.
reset session authorization;
select steward.define_tool('shop_send_invite', '{"executor": "http", "provider": "shop", "adapter": "http_json", "governed": true, "max_tries": 1, "effect": "external", "on_lost": "in_doubt", "request": {"path": "/send"}}');
create table tests.sender (id uuid);
create function tests.action(person text) returns uuid language sql stable security definer as $$ select a.id from steward.action a where a.person = action.person $$;
grant all on tests.sender to public;
set session authorization regress_manager;
insert into tests.sender select steward.add_account('a secret name', 'shop', 'a secret id', 'UTC', workspace_id => tests.workspace('acme'));
select steward.enable_account(s.id, steward.outreach_notice()), steward.set_policy(s.id, '{"preset": "careful"}'), steward.set_account_zone(s.id, 'Europe/Berlin') is not null from tests.sender s;
select steward.freeze_account(s.id, 'a secret reason') from tests.sender s;
select steward.resume_account(s.id, 'a secret reason') from tests.sender s;
select count(steward.schedule_action(s.id, 'send_invite', person)) from tests.sender s, unnest('{secret 1,secret 2,secret 3}'::text[]) person;
reset session authorization;
update steward.action a set state = 'unknown' where a.id = tests.action('secret 2');
set session authorization regress_manager;
select steward.cancel_action(tests.action('secret 1'), 'a secret reason'), steward.resolve_action(tests.action('secret 2'), 'done', 'a secret note');
select steward.suppress('person', 'secret 3', 'a secret reason', tests.workspace('acme')), steward.erase_person('secret 1', tests.workspace('acme'));
select steward.disable_account(s.id, 'a secret reason') from tests.sender s;
select regexp_replace(a, '\d{4}-\d{2}-\d{2}', '<day>') from tests.audited() a;

-- Leads: how many, and which; not who they are.
select count(*) from steward.import_leads('[{"email": "secret@leads.example", "title": "a secret"}, {"email": "secret"}]', 'a secret list');
select outcome from steward.set_lead((select l.id from steward.leads l), '{"title": "another secret"}', 'tool', 'a secret tool');
select steward.rollback_lead((select l.id from steward.leads l), 1), steward.rollback_lead((select l.id from steward.leads l), 3);
select tests.audited();

-- Rubrics, rules of ownership and models: which version, and how many scores that changed; not what they say.
select steward.define_rubric('fit', '{"terms": [{"name": "a secret", "kind": "presence", "field": "attributes.secret", "each": 1}], "likelihood": {"weight": 1}}'), steward.publish_rubric('fit'), steward.publish_rubric('fit'),
    steward.set_routing('{"owners": [{"owner": "a secret", "keywords": ["secret"]}]}');
reset session authorization;
select (steward.store_model(tests.workspace('acme'), 'likely', steward.train_on('{"method": "bayes", "features": ["attributes.secret"], "min_leads": 1, "min_wins": 1}',
    jsonb_populate_record(null::steward.lead, jsonb_build_object('attributes', jsonb_build_object('secret', n % 3))), n::text, n % 2 = 0, '2026-01-01'::timestamptz + n * interval '1 day', null))).version
from generate_series(1, 60) n;
set session authorization regress_manager;
select steward.publish_model('likely'), steward.retire_model(), steward.retire_model();
select tests.audited();

-- Jobs: by whom they were cancelled, run again, resolved; nothing of what was written.
reset session authorization;
select steward.map_login('postgres', tests.person('editor'));
select tests.started('send', 'refused'), tests.finished('refused', '{"phase": "answered", "status": 404}');
select tests.started('send', 'doubt'), tests.finished('doubt', '{"phase": "lost"}');
select steward.enqueue('noop', idempotency_key => 'queued', queue => 'idle') is not null;
set session authorization regress_manager;
select steward.retry_job(tests.job('refused')), steward.cancel_job(tests.job('queued'), 'a secret reason'), steward.resolve_job(tests.job('doubt'), 'failed', 'a secret note');
select tests.audited();
-- A gateway's user, and a script on behalf of its job.
set session authorization regress_gateway;
set request.jwt.claims = '{"sub": "33333333-0000-0000-0000-000000000000"}';
select steward.cancel_job(tests.job('refused'), 'why');
reset session authorization;
select steward.enqueue('script', idempotency_key => 'script', queue => 'script') is not null;
create table tests.claim as select * from steward.claim_jobs('w1', '{script}', 1);
grant select on tests.claim to public;
select steward.enqueue('noop', idempotency_key => 'to cancel', queue => 'idle') is not null;
set session authorization steward_script;
select steward.begin_attempt(c.job_id, c.attempt, c.token) from tests.claim c;
select steward.enqueue('noop', idempotency_key => 'follow-up', queue => 'idle') is not null, steward.cancel_job(tests.job('to cancel'), 'why');
select steward.end_attempt();
reset session authorization;
select tests.audited();
-- What is refused or rolled back leaves nothing.
begin;
select steward.cancel_job(tests.job('follow-up'), 'why');
rollback;
set session authorization regress_outsider;
select tests.code($$select steward.cancel_job(tests.job('follow-up'), 'why')$$);
reset session authorization;
select tests.audited();

-- Nobody changes or deletes a row, the owner of the table and a superuser included.
select tests.refused($$update steward.audit set login = 'nobody'$$);
select tests.refused($$delete from steward.audit$$);
select tests.refused($$truncate steward.audit$$);
set session authorization regress_owner;
select tests.code($$delete from steward.audit$$), tests.code($$insert into steward.audit select * from steward.audit$$);
-- Replication roles do not switch it off.
reset session authorization;
set session_replication_role = replica;
select tests.refused($$update steward.audit set login = 'nobody'$$);
reset session_replication_role;

-- Pruned jobs go on in it: who enqueued them, for whom, and how they ended.
select steward.map_login('postgres', tests.person('manager'));
select steward.enqueue('noop', '{"words": "secret"}', idempotency_key => 'for another', queue => 'other', user_id => tests.person('viewer')) is not null;
select tests.claimed('other'), tests.finished('for another', '{"phase": "answered"}');
select steward.cancel_job(tests.job('follow-up'), 'why');
select count(*) from tests.audited();
select tests.job('for another') as other, tests.job('follow-up') as follow \gset
set steward.clock_offset = 86500;
select steward.prune_jobs('1 day') > 0;
select act, actor_kind, user_id = tests.person('manager') as by_manager, login, from_job is not null as from_a_job, detail ->> 'outcome' as outcome, detail ->> 'user_id' = tests.person('viewer')::text as for_viewer,
    at < steward.clock() - interval '1 day' as when_it_was_enqueued
from steward.audit where object_id in (:'other', :'follow') and act = 'enqueue' order by from_job is not null;
select act, object_kind, detail - 'jobs' from steward.audit where act = 'prune_jobs';
select count(*) from steward.audit where detail::text || object_id like '%secret%' or detail::text like '%what users%';
reset steward.clock_offset;

-- It is kept for a year; after that an administrator may prune it, which leaves a row. A moved clock makes nothing old.
set steward.clock_offset = -40000000;
select steward.define_tool('long-ago', '{"executor": "noop"}');
reset steward.clock_offset;
select tests.refused($$select steward.prune_audit('365 days')$$);
select tests.refused($$select steward.prune_audit(null)$$);
select count(*) > 20 from steward.audit;
select steward.prune_audit('366 days'), steward.prune_audit('366 days');
select act, object_kind, detail ->> 'rows' from steward.audit where act = 'prune_audit';
set steward.clock_offset = 40000000;
select tests.refused($$select steward.prune_audit('366 days')$$);
