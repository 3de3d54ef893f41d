-- The restore guard: a database that is somewhere else hands nothing out until an administrator accepts it. This one is a copy of a template
-- already, so here it is moved by hand; real restores, clones and failovers are the business of tests/backup.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_provider('shop', '{"base_url": "https://shop.example"}');
select steward.define_tool('read', '{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/read"}}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "realtime": true, "request": {"path": "/send"}}');

-- The copy was accepted: one place counts, the others were left.
select count(*) filter (where left_at is null), count(*) filter (where left_at is not null), count(distinct salt) from steward.installation;
select steward.is_restored(), steward.place() ~ '^[0-9]+/[0-9]+/[0-9]+$', steward.place() like '%/' || (select oid from pg_database where datname = current_database());
select tests.refused($$select steward.accept_restore('nothing happened')$$);

-- One of each: ready, waiting, claimed, sent; of a tool that may be repeated, and of one that reaches people.
create function tests.fill(prefix text) returns bigint language sql volatile as $$
    select count(steward.enqueue(tool, idempotency_key => format('%s %s %s', prefix, tool, place), queue => place, run_at => case place when 'waiting' then steward.now() + interval '1 day' end))
    from unnest(array['read', 'send']) tool, unnest(array['ready', 'waiting', 'claimed', 'sent']) place;
    select tests.claimed('claimed'), tests.claimed('sent');
    select count(tests.sent(format('%s %s sent', prefix, tool))) from unnest(array['read', 'send']) tool
$$;
create function tests.places(prefix text) returns table (job text, place text) language sql volatile as $$
    select j.idempotency_key, tests.place(j.idempotency_key) from steward.job j where j.idempotency_key like prefix || ' %' order by 1
$$;
select tests.fill('a');
select steward.schedule('tick', '* * * * *', 'noop') is not null;
update steward.schedule set next_at = now() - interval '1 hour';
select * from tests.places('a');

-- Somewhere else.
create function tests.move() returns void language sql volatile as $$ update steward.installation set place = '1/1/1' where left_at is null $$;
select tests.move();
select steward.is_restored();
-- Nothing is handed out, sent or rescued; who asks is seen all the same.
select tests.claimed('ready'), tests.claimed('waiting');
select count(*) from steward.mark_sent('w1', array[tests.job('a read claimed')], array[1]);
set steward.lease = 1;
call tests.shortest_lease_passed();
set steward.clock_offset = 1000;
select steward.rescue_jobs();
reset steward.clock_offset;
reset steward.lease;
select * from tests.places('a');
-- Everybody sees why, and since the wait has no end of its own, who ends it.
set session authorization regress_viewer;
select idempotency_key, state, waiting_for, waiting_until is null, waiting_detail from steward.jobs where idempotency_key like 'a %' order by 1;
reset session authorization;
-- What comes in is taken: new jobs, and the outcomes of calls that were under way.
select steward.enqueue('noop', idempotency_key => 'new', queue => 'new') is not null, tests.claimed('new');
select tests.finished('a read sent', '{"phase": "answered", "status": 200, "body": "{}"}'), tests.place('a read sent');

-- Only an administrator who is a person ends it, with a reason.
set session authorization regress_owner;
select tests.code($$select steward.accept_restore('because')$$);
set session authorization regress_worker;
select tests.code($$select steward.accept_restore('because')$$);
set session authorization regress_admin;
select tests.refused($$select steward.accept_restore(null)$$);
select tests.refused($$select steward.accept_restore('')$$);
select tests.refused($$select steward.accept_restore(repeat('x', 501))$$);
select tests.refused($$select steward.accept_restore('because', null)$$);
-- Calls that must not be repeated may have been made since the backup: they are in doubt. The others go on.
select * from steward.accept_restore('the machine was replaced');
reset session authorization;
select steward.is_restored(), (select reason from steward.installation where left_at is null);
select * from tests.places('a');
select j.idempotency_key, d.attempt, d.error_code, d.sent_at is not null as sent from steward.in_doubt d join steward.jobs j on j.id = d.id order by 1;
select s.state, count(*) from steward.job_status s group by s.state;
-- Nor does a schedule make up for what may have run.
select s.next_at > steward.clock(), s.last_outcome, s.last_code from steward.schedules s;
select steward.unschedule('tick');
-- A person resolves them like any other.
select steward.resolve_job(tests.job('a send ready'), 'queued', 'it did not arrive'), steward.resolve_job(tests.job('a send waiting'), 'cancelled', 'no longer wanted');
select tests.place('a send ready'), tests.place('a send waiting');
select tests.claimed('ready');
-- A worker that comes back with the answer of a call that was put in doubt ends the doubt.
select tests.finished('a send sent', '{"phase": "answered", "status": 200, "body": "{}"}'), tests.place('a send sent');
select tests.finished('a send claimed', '{"phase": "unsent"}'), tests.place('a send claimed');
select act, object_kind, detail from steward.audit where act = 'accept_restore' and detail ->> 'in_doubt' <> '0';

-- Who knows that nothing ran since then says so, and everything goes on.
select tests.fill('b'), tests.move();
select * from steward.accept_restore('moved while it stood still', nothing_ran_since => true);
select * from tests.places('b');

-- Restored over itself the database is where it was; the two rows that count, the installation's and the backup's, give it away.
insert into steward.installation select steward.new_id(), steward.place(), steward.clock(), null, 'postgres', 'installed', 'salt';
select steward.is_restored(), tests.claimed('ready');
select * from steward.accept_restore('restored over itself', true);
select steward.is_restored(), count(*) filter (where left_at is null) from steward.installation;
-- A role that is another one now is bound by its name; one that does not exist here is said.
update steward.login set role_id = 1;
insert into steward.login (role_name, role_id, kind) values ('regress_missing', 2, 'gateway');
set session authorization regress_owner;
select steward.uid();
reset session authorization;
select tests.move();
set session authorization regress_admin;
select * from steward.accept_restore('other roles', true);
set session authorization regress_owner;
select steward.uid() = tests.person('owner');
