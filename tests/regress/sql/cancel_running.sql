-- Cancelling what runs: the worker is asked, and what it reports says how the job ends.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_provider('shop', '{"base_url": "https://shop.example"}');
select steward.define_tool('read', '{"executor": "http", "provider": "shop", "adapter": "http_json", "realtime": true, "request": {"path": "/read"}}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "request": {"path": "/send"}}');
create function tests.asked(worker text default 'w1') returns text language sql volatile as $$
    select coalesce(string_agg(format('%s/%s: %s', tests.name(c.job_id), c.attempt, c.reason), ', ' order by tests.name(c.job_id)), 'nobody') from steward.cancellations(worker) c
$$;
create function tests.cancelled(name text) returns void language sql volatile as $$ select steward.cancel_job(tests.job(name), 'enough of ' || name) $$;

-- Claimed and not sent yet: it is not sent any more, and what the worker gives back is cancelled.
select steward.enqueue('send', idempotency_key => 'unsent', queue => 'unsent') is not null, tests.claimed('unsent'), tests.cancelled('unsent');
select tests.asked(), tests.asked('w2'), tests.sent('unsent');
select state, waiting_for, waiting_detail from steward.jobs where idempotency_key = 'unsent';
select tests.finished('unsent', '{"phase": "unsent"}'), tests.place('unsent'), tests.asked();
-- Sent: a call that may be repeated is cancelled when it is given up; one that may have reached somebody is in doubt.
select tests.started('read', 'r'), tests.started('send', 's'), tests.cancelled('r'), tests.cancelled('s');
select tests.asked();
select tests.finished('r', '{"phase": "lost", "code": "cancelled", "error": "given up"}'), tests.finished('s', '{"phase": "lost", "code": "cancelled", "error": "given up"}');
select tests.place('r'), tests.place('s'), tests.asked();
select s.state from steward.job_status s where s.id = tests.job('r');
-- An answer that comes first counts: a success, and a failure that would not have been tried again. One that would have been is cancelled.
select tests.started('send', 'ok'), tests.started('send', 'refused'), tests.started('read', 'limited');
select tests.cancelled('ok'), tests.cancelled('refused'), tests.cancelled('limited');
select tests.finished('ok', '{"phase": "answered", "status": 200, "body": "{}"}'), tests.finished('refused', '{"phase": "answered", "status": 404}'),
    tests.finished('limited', '{"phase": "answered", "status": 429, "headers": {"retry-after": "5"}}');
select tests.place('ok'), tests.place('refused'), tests.place('limited');
select number, state, decision, error_code, error_message from steward.attempts where job_id = tests.job('limited');
-- Asking twice is once; the first reason stays. A worker that dies leaves it to the rescue.
select tests.started('read', 'dead'), tests.cancelled('dead'), steward.cancel_job(tests.job('dead'), 'again');
select tests.asked();
set steward.lease = 1;
call tests.shortest_lease_passed();
set steward.clock_offset = 100;
select steward.rescue_jobs(), tests.place('dead'), tests.asked();
reset steward.clock_offset;
-- A cancelled job runs again like any other, and what was asked of its first attempt does not concern the next one.
select steward.retry_job(tests.job('dead')), tests.claimed('dead'), tests.sent('dead'), tests.asked(), tests.finished('dead', '{"phase": "answered", "status": 200, "body": "{}"}'), tests.place('dead');
select count(*) from steward.cancellation;
-- A notification wakes the worker and says nothing; others than the worker are not told what to end.
select p.prosrc ~ 'pg_notify\(''steward_cancel'', ''''\)' from pg_proc p where p.proname = 'ask_to_end';
set session authorization regress_owner;
select tests.code($$select * from steward.cancellations('w1')$$);
reset session authorization;
select tests.refused($$select * from steward.cancellations(null)$$);
select tests.refused($$select * from steward.cancellations('')$$);
