-- The doctor: an installation that is well, and every ailment it knows.
\pset tuples_only on
\pset format unaligned
create function tests.ailments() returns setof text language sql volatile security definer as $$
    select regexp_replace(concat_ws(' | ', d.check_name, d.verdict, d.detail), '20[0-9-]{8} [0-9:]+', '<time>', 'g') from steward.doctor() d
    where d.verdict <> 'ok' and d.check_name not in ('pg_cron', 'oldest snapshot') order by 1
$$;
grant execute on function tests.ailments() to public;
-- It is asked by an administrator; without a worker there is one ailment.
set session authorization regress_admin;
select check_name, verdict from steward.doctor() where check_name not in ('pg_cron', 'oldest snapshot') order by 1, 2;
reset session authorization;
select tests.ailments();
select steward.heartbeat('w1', '{"queues": ["default"]}');
select tests.ailments();

-- Each ailment by itself.
select steward.map_login('postgres', tests.person('editor'));
select steward.enqueue('noop', queue => 'lonely', idempotency_key => 'lonely') is not null, steward.pause_queue('mail', 'maintenance');
select tests.ailments();
select tests.claimed('lonely', 'w1'), steward.resume_queue('mail');
set steward.clock_offset = 200;
select steward.heartbeat('w1', '{"queues": ["default"]}');
select tests.ailments();
reset steward.clock_offset;
select steward.heartbeat('w1', '{"queues": ["default"]}'), tests.finished('lonely', '{"phase": "answered"}');
update steward.installation set place = '1/1/1' where left_at is null;
select tests.ailments();
update steward.installation set place = steward.place() where left_at is null;
grant steward_worker to regress_gateway;
update steward.login set role_id = 1 where role_name = 'regress_viewer';
select tests.ailments();
revoke steward_worker from regress_gateway;
select steward.forget_login('regress_viewer');
-- Rows that contradict each other, put there by hand.
select tests.started('noop', 'attempt'), steward.enqueue('noop', idempotency_key => 'ready', queue => 'default') is not null,
    steward.enqueue('noop', idempotency_key => 'nowhere', queue => 'default') is not null, steward.enqueue('noop', idempotency_key => 'waiting', queue => 'default', run_at => steward.now() + interval '1 day') is not null;
delete from steward.ready where id = tests.job('nowhere');
select tests.ailments();
delete from steward.job;
select tests.ailments();
