-- Pausing: nothing is claimed from a paused queue, who waits sees why, and it goes on where it stopped.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select count(steward.enqueue('noop', idempotency_key => q || n, queue => q)) from unnest(array['mail', 'web']) q, generate_series(1, 2) n;
select steward.enqueue('noop', idempotency_key => 'later', queue => 'mail', run_at => steward.now() + interval '1 hour') is not null;
select tests.claimed('mail', most => 1);

set session authorization regress_admin;
select steward.pause_queue('mail', 'the provider is down'), steward.pause_queue('empty');
reset session authorization;
select tests.claimed('mail'), tests.claimed('web'), tests.place('mail2');
-- What runs goes on; what comes is taken; other queues of the same claim are served.
select tests.finished('mail1', '{"phase": "answered"}'), steward.enqueue('noop', idempotency_key => 'mail3', queue => 'mail') is not null;
select steward.enqueue('noop', idempotency_key => 'web3', queue => 'web') is not null;
select tests.name(job_id) from steward.claim_jobs('w1', '{mail,web,empty}', 10);
set session authorization regress_viewer;
select idempotency_key, state, waiting_for, waiting_until is null, waiting_detail from steward.jobs where queue = 'mail' order by 1;
select queue, paused_by, reason from steward.paused_queue order by 1;
-- A second pause keeps the first time and takes a new reason; without one the old stays.
set session authorization regress_admin;
select steward.pause_queue('mail', 'still down'), steward.pause_queue('mail');
select reason, paused_at < steward.clock() from steward.paused_queue where queue = 'mail';
select steward.resume_queue('mail'), steward.resume_queue('empty');
select tests.refused($$select steward.resume_queue('mail')$$);
reset session authorization;
select tests.claimed('mail');
-- A queue is named; only administrators pause one.
set session authorization regress_admin;
select tests.refused(format('select steward.pause_queue(%L)', q)) from unnest(array[null, '', 'a b', repeat('q', 64)]) q;
set session authorization regress_owner;
select tests.code($$select steward.pause_queue('mail')$$), tests.code($$select steward.resume_queue('mail')$$);
reset session authorization;
select act, object_kind, object_id from steward.audit where act like '%\_queue' order by id;
-- A slot of a limited tool is not given away in a paused queue.
select steward.define_tool('narrow', '{"executor": "noop", "concurrency": 1}');
select count(steward.enqueue('narrow', idempotency_key => 'narrow' || n, queue => 'narrow')) from generate_series(1, 2) n;
select tests.claimed('narrow'), tests.place('narrow2'), steward.pause_queue('narrow');
select tests.finished('narrow1', '{"phase": "answered"}'), tests.claimed('narrow'), steward.resume_queue('narrow'), tests.claimed('narrow');
