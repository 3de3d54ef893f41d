-- Checkpoints: how far a script came, for the next attempt to go on.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_tool('script', '{"executor": "script", "request": {"command": "c"}, "max_tries": 3}');
create function tests.requests(queue text) returns setof text language sql volatile as $$
    select format('%s/%s: %s', tests.name(c.job_id), c.attempt, c.request - 'timeout_seconds') from steward.claim_jobs('w1', array[queue], 10) c order by 1
$$;
select steward.enqueue('script', '{"n": 1}', idempotency_key => 'long', queue => 'q') is not null, steward.enqueue('noop', idempotency_key => 'other', queue => 'q') is not null;
select tests.requests('q');
-- The last one counts, and comes with the next attempt.
select steward.save_checkpoint(tests.job('long'), 1, '{"row": 100}'), steward.save_checkpoint(tests.job('long'), 1, '{"row": 250}');
select tests.sent('long'), tests.finished('long', '{"phase": "lost"}');
set steward.clock_offset = 10;
select tests.requests('q');
-- An attempt that is over saves nothing any more, nor one that never was.
select steward.save_checkpoint(tests.job('long'), 1, '{"row": 1}'), steward.save_checkpoint(tests.job('long'), 7, '{"row": 1}'), steward.save_checkpoint(gen_random_uuid(), 1, '{"row": 1}');
select steward.save_checkpoint(tests.job('long'), 2, '{"row": 400}');
select c.data, c.attempt from steward.checkpoint c;
-- It is small, and there.
select tests.refused(format('select steward.save_checkpoint(%L, 2, %L)', tests.job('long'), to_jsonb(repeat('x', 65535))));
select steward.save_checkpoint(tests.job('long'), 2, to_jsonb(repeat('x', 65534)));
select tests.refused(format('select steward.save_checkpoint(%L, 2, null)', tests.job('long')));
select tests.refused(format('select steward.save_checkpoint(%L, null, %L)', tests.job('long'), '{}'));
-- Members read it; it goes with its job.
set session authorization regress_outsider;
select count(*) from steward.checkpoint;
set session authorization regress_viewer;
select count(*) from steward.checkpoint;
reset session authorization;
select tests.sent('long'), tests.finished('long', '{"phase": "answered", "exit_code": 0, "body": "{}"}');
set steward.clock_offset = 100000;
select steward.prune_jobs('1 day');
select count(*) from steward.checkpoint;
