-- Jobs for later: they wait with a reason, and become claimable when the clock passes their time, never before.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.enqueue('noop', run_at => steward.clock() + make_interval(secs => s), queue => 'q', idempotency_key => 'in ' || s) is not null
from unnest(array[100, 200, 300]) s;
select steward.enqueue('noop', queue => 'q', idempotency_key => 'now') is not null;

-- A waiting job says why it waits and until when.
select idempotency_key, state, waiting_for, waiting_until = run_at, waiting_until - created_at between interval '99 s' and interval '100 s', attempts, tries
from steward.jobs where idempotency_key in ('now', 'in 100') order by 1;

-- Only what is due is claimed.
select tests.claimed('q');
set steward.clock_offset = 90;
select tests.claimed('q'), tests.place('in 100');
set steward.clock_offset = 101;
select tests.claimed('q'), tests.place('in 100'), tests.place('in 200');

-- A claim of another queue makes due jobs claimable, and takes none of them.
set steward.clock_offset = 201;
select tests.claimed('elsewhere'), tests.place('in 200');
select tests.claimed('q');

-- steward.now() stands still in a statement and steward.clock() goes on; both follow the same offset.
set steward.clock_offset = 0;
select steward.now() = statement_timestamp(), steward.clock() >= steward.now();
set steward.clock_offset = 86400;
select steward.now() = statement_timestamp() + interval '1 day';
set steward.clock_offset = -86400.5;
select steward.now() = statement_timestamp() - interval '1 day 0.5 s';
reset steward.clock_offset;

-- A job in the future is cancelled like any other.
select steward.cancel_job(tests.job('in 300'), 'not needed'), tests.place('in 300');
set steward.clock_offset = 301;
select tests.claimed('q');
reset steward.clock_offset;

-- However many are due at once, one claim makes at most 1000 of them claimable, the next ones the rest.
select count(*) from steward.enqueue_many('noop', array_fill('{}'::jsonb, array[1500]), run_at => steward.clock() + interval '10 s', queue => 'many');
set steward.clock_offset = 11;
select count(*) from steward.claim_jobs('w1', '{many}', 10000);
select count(*) from steward.claim_jobs('w1', '{many}', 10000);
select count(*) from steward.claim_jobs('w1', '{many}', 10000);
