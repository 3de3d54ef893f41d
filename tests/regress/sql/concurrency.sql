-- A tool's concurrency: never more of its jobs run at once, the others wait for a slot, and a slot that comes free wakes the next one.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
-- Each story below has a tool and a queue of its own, of one name.
select steward.define_tool('two', '{"executor": "noop", "concurrency": 2}');
select steward.define_tool(tool, '{"executor": "noop", "concurrency": 1}') from unnest(array['line', 'order', 'turns', 'versions']) tool;
select steward.define_tool('shown', '{"executor": "noop", "concurrency": 2, "realtime": true}');

-- Where every job of a queue stands, in one line.
create function tests.places(queue text) returns text language sql volatile security definer as $$
    select string_agg(format('%s %s', j.idempotency_key, case
        when j.outcome is not null then j.outcome
        when exists (select from steward.ready r where r.id = j.id) then 'ready'
        when exists (select from steward.attempt a where a.job_id = j.id and a.finished_at is null) then 'runs'
        else (select format('waits for %s', w.reason) from steward.waiting w where w.id = j.id) end), ', ' order by j.idempotency_key collate "C")
    from steward.job j where j.queue = $1
$$;
create function tests.put(tool text, names text[], queue text, priority int default 0, workspace text default 'acme') returns bigint language sql volatile as $$
    select count(steward.enqueue(tool, idempotency_key => n, queue => put.queue, priority => put.priority, workspace_id => tests.workspace(workspace)))
    from unnest(names) n
$$;

-- Of five jobs two run. The others wait with the reason in words, and with the time at which a slot is free at the latest.
select tests.put('two', '{a,b,c,d,e}', 'q');
select tests.claimed('q'), tests.places('q');
select waiting_for, waiting_detail, waiting_until - (select min(deadline) from steward.attempt where job_id in (tests.job('a'), tests.job('b'))) between '-1 s' and '1 s', attempts, tries
from steward.jobs where id = tests.job('c');
-- Waiting for a slot is no attempt: nothing is counted and no worker is named.
select count(*) from steward.attempts where job_id = tests.job('c');
-- While both slots are taken nothing of the tool runs, whoever asks and how often; other tools do.
select tests.put('two', '{f,g}', 'q'), tests.put('noop', '{free}', 'q');
select tests.claimed('q', 'w2'), tests.places('q');

-- The slot of one that ends goes to the oldest at the next claim; those of two to two.
select tests.finished('a', '{"phase": "answered"}'), tests.places('q');
select tests.claimed('q');
select count(*) from steward.finish_jobs('w1', array(select format('{"job_id": "%s", "attempt": 1, "phase": "answered"}', tests.job(n))::json from unnest('{b,c}'::text[]) n));
select tests.places('q'), tests.claimed('q');
-- However an attempt ends, its slot is free: a failure that is tried again, and one that sent nothing.
select tests.sent('d'), tests.finished('d', '{"phase": "lost"}'), tests.places('q');
select tests.finished('e', '{"phase": "unsent"}'), tests.places('q');
-- Those who wait are served before what is ready, so one that was given back waits in its turn again. (The wait before the next try of d
-- is random and may be as short as a millisecond, so the claim is made before it begins.)
set steward.clock_offset = -5;
select tests.claimed('q'), tests.places('q');
reset steward.clock_offset;

-- The first to be served is the first in line: the smaller priority, then the older job.
select tests.put('line', '{runs}', 'line'), tests.claimed('line'), tests.put('line', '{late}', 'line', 5), tests.put('line', '{x,y}', 'line'), tests.put('line', '{urgent}', 'line', -5);
select tests.claimed('line'), tests.places('line');
select tests.finished('runs', '{"phase": "answered"}'), tests.claimed('line');
select tests.finished('urgent', '{"phase": "answered"}'), tests.claimed('line');
select tests.finished('x', '{"phase": "answered"}'), tests.claimed('line');
select tests.finished('y', '{"phase": "answered"}'), tests.claimed('line');
select tests.finished('late', '{"phase": "answered"}'), tests.places('line');

-- One that waits for a slot keeps its place: those that came later do not overtake it, whatever the size of a claim.
select tests.put('order', '{1,2,3,4}', 'order');
select tests.claimed('order', most => 1), tests.claimed('order', most => 1);
select tests.finished('1', '{"phase": "answered"}'), tests.claimed('order', most => 1);
select tests.finished('2', '{"phase": "answered"}'), tests.claimed('order', most => 1);

-- Nor does one workspace hold the slots: they go round between workspaces, and priority counts inside a workspace only.
select steward.add_member(tests.workspace('globex'), tests.person('editor'), 'editor');
select tests.put('turns', '{acme 1,acme 2,acme 3,acme 4}', 'turns', -1000), tests.put('turns', '{globex 1}', 'turns', 1000, 'globex');
create function tests.next(queue text) returns text language plpgsql as $$
declare
    name text := tests.claimed(queue);
begin
    perform tests.finished(name, '{"phase": "answered"}');
    return name;
end
$$;
create temporary table served as select n, tests.next('turns') as name from generate_series(1, 5) n;
select count(distinct name), min(n) filter (where name = 'globex 1') <= 2, string_agg(name, ', ' order by n) filter (where name <> 'globex 1') from served;

-- The limit is the tool's, over all its versions and all queues: a job of the new version waits for one of the old.
select tests.put('versions', '{version 1}', 'v1'), tests.claimed('v1'), steward.define_tool('versions', '{"executor": "noop", "concurrency": 1, "title": "Version two"}');
select tests.put('versions', '{version 2}', 'v2'), tests.claimed('v2'), tests.places('v2');
select tests.finished('version 1', '{"phase": "answered"}'), tests.places('v2'), tests.claimed('v2');
-- A version that allows more lets its jobs run beside those of the version before; one that allows less does not.
select steward.define_tool('versions', '{"executor": "noop", "concurrency": 2}');
select tests.put('versions', '{version 3,version 3 too}', 'v3'), tests.claimed('v3'), tests.places('v3');
select tests.finished('version 2', '{"phase": "answered"}'), tests.claimed('v3');
select steward.define_tool('versions', '{"executor": "noop", "concurrency": 1}');
select tests.put('versions', '{version 4}', 'v4'), tests.claimed('v4'), tests.places('v4');
select tests.finished('version 3', '{"phase": "answered"}'), tests.claimed('v4'), tests.places('v4');
select tests.finished('version 3 too', '{"phase": "answered"}'), tests.claimed('v4');

-- Who waits for a slot can be cancelled. Where the tool is realtime, each step shows in job_status.
create function tests.shown(queue text) returns text language sql volatile as $$
    select string_agg(format('%s %s', j.idempotency_key, s.state), ', ' order by j.idempotency_key)
    from steward.job_status s join steward.job j on j.id = s.id where j.queue = $1
$$;
select tests.put('shown', '{r1,r2,r3,r4}', 'shown'), tests.claimed('shown'), tests.places('shown');
select tests.shown('shown');
select steward.cancel_job(tests.job('r3'), 'not needed'), tests.place('r3');
select tests.finished('r1', '{"phase": "answered"}'), tests.places('shown');
select tests.shown('shown');

-- Only a free slot ends the wait: no time does, and no claim of another queue.
select tests.claimed('shown'), tests.put('shown', '{r5}', 'shown'), tests.claimed('shown'), tests.places('shown');
set steward.clock_offset = 6;
select tests.claimed('elsewhere'), tests.places('shown');
select tests.claimed('shown'), tests.places('shown');
-- A worker that dies frees its slots when it is rescued.
set steward.lease = 1;
call tests.shortest_lease_passed();
set steward.clock_offset = 8;
select steward.rescue_jobs() > 0, tests.places('shown');
select tests.claimed('shown', 'w2'), tests.places('shown');

-- A long line holds up nobody behind it: a claim goes on past what it parks until it is full.
select tests.put('line', array(select 'long ' || n from generate_series(1, 250) n), 'behind'), tests.put('noop', '{last}', 'behind');
select tests.claimed('behind', most => 2);
select waiting_for, count(*) from steward.jobs where queue = 'behind' group by 1 order by 1;

-- What one workspace may run at once: its own jobs wait, those of others do not, and a slot of its own is what ends the wait.
select steward.define_tool('each', '{"executor": "noop", "concurrency_per_workspace": 2}'), steward.define_tool('both', '{"executor": "noop", "concurrency": 3, "concurrency_per_workspace": 2}');
select tests.put('each', '{a1,a2,a3,a4}', 'each'), tests.put('each', '{g1}', 'each', 5, 'globex');
select tests.claimed('each'), tests.places('each');
select waiting_detail, waiting_until - (select min(deadline) from steward.attempt where job_id in (tests.job('a1'), tests.job('a2'))) between '-1 s' and '1 s' from steward.jobs where id = tests.job('a3');
select tests.finished('g1', '{"phase": "answered"}'), tests.claimed('each');
select tests.put('each', '{g2,g3,g4}', 'each', 0, 'globex'), tests.claimed('each'), tests.places('each');
select tests.finished('a2', '{"phase": "answered"}'), tests.claimed('each');
select tests.finished('g3', '{"phase": "answered"}'), tests.finished('a1', '{"phase": "answered"}'), tests.claimed('each'), tests.places('each');
-- Both limits hold together.
select tests.put('both', '{b1,b2,b3}', 'both'), tests.put('both', '{c1,c2}', 'both', 0, 'globex');
select tests.claimed('both') is not null, count(*) filter (where a.workspace_id = tests.workspace('acme')) <= 2 and count(*) filter (where a.workspace_id = tests.workspace('globex')) <= 2
from steward.attempt a join steward.job j on j.id = a.job_id where j.queue = 'both';
select count(*), count(distinct workspace_id) from steward.attempt a join steward.job j using (workspace_id) where j.id = a.job_id and j.queue = 'both' and a.finished_at is null;
-- A line of full workspaces is gone past, however long it is.
create function tests.crowd(n int) returns uuid language plpgsql as $$
declare
    id constant uuid := steward.create_workspace('crowd-' || n, 'Crowd');
begin
    perform steward.enqueue('one_each', queue => 'crowd', workspace_id => id, idempotency_key => format('crowd %s job %s', n, k)) from generate_series(1, 2) k;
    return id;
end
$$;
select steward.define_tool('one_each', '{"executor": "noop", "concurrency_per_workspace": 1}');
select count(tests.crowd(n)) from generate_series(1, 100) n;
select array_length(string_to_array(tests.claimed('crowd', most => 1000), ' crowd'), 1);
select tests.claimed('crowd', most => 1000), count(*) from steward.waiting where queue = 'crowd';
select tests.finished('crowd 77 job 1', '{"phase": "answered"}'), tests.claimed('crowd', most => 1000);
