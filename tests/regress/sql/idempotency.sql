-- An idempotency key makes an enqueue safe to repeat: one job per key and workspace.
\pset tuples_only on
\pset format unaligned
select steward.define_tool('other', '{"executor": "noop"}');
set session authorization regress_editor;
select steward.enqueue('noop', '{"n": 1, "m": [1, 2]}', idempotency_key => 'once') as first \gset

-- The same key, tool and payload give the same job, however the payload is written and whatever the other options say.
select steward.enqueue('noop', '{"m": [1, 2], "n": 1}', idempotency_key => 'once') = :'first';
select steward.enqueue('noop', '{"n": 1, "m": [1, 2]}', now() + interval '1 day', 5, 'elsewhere', 'once', '{t}') = :'first';
select count(*), min(queue), min(priority), min(state) from steward.jobs;

-- The same key with another payload or another tool is a mistake.
select tests.refused($$select steward.enqueue('noop', '{"n": 2}', idempotency_key => 'once')$$);
select tests.refused($$select steward.enqueue('other', '{"n": 1, "m": [1, 2]}', idempotency_key => 'once')$$);

-- A new version of the tool is still the same tool.
reset session authorization;
select steward.define_tool('noop', '{"executor": "noop", "title": "Newer"}');
set session authorization regress_editor;
select steward.enqueue('noop', '{"n": 1, "m": [1, 2]}', idempotency_key => 'once') = :'first';
select count(*), min(tool_version) from steward.jobs;

-- Keys are exact: another case or a space more is another key.
select count(distinct steward.enqueue('noop', '{"n": 1, "m": [1, 2]}', idempotency_key => key)) from unnest(array['Once', 'once ', ' once']) key;

-- Another member of the workspace meets the same job; the job stays the first one's.
set session authorization regress_owner;
select steward.enqueue('noop', '{"n": 1, "m": [1, 2]}', idempotency_key => 'once') = :'first';
select user_id = tests.person('editor') from steward.jobs where id = :'first';

-- The same key in another workspace is another job, and says nothing about this one.
set session authorization regress_outsider;
select steward.enqueue('noop', '{"n": 2}', idempotency_key => 'once') <> :'first';
select count(*) from steward.jobs;

-- A key still counts when its job has run; the ended job does not run again.
set session authorization regress_worker;
select tests.name(c.job_id), tests.sent(tests.name(c.job_id)), tests.finished(tests.name(c.job_id), '{"phase": "answered"}')
from steward.claim_jobs('w1', '{default}', 1000) c where c.job_id = :'first';
set session authorization regress_editor;
select steward.enqueue('noop', '{"n": 1, "m": [1, 2]}', idempotency_key => 'once') = :'first';
select state from steward.jobs where id = :'first';

-- Job n of a batch stands under key#n, so that a repeated batch gives the same jobs in the same order.
create temporary table batch as
select e.id, e.n from steward.enqueue_many('noop', array['{"n": 1}', '{"n": 2}', '{"n": 3}']::jsonb[], idempotency_key => 'batch') with ordinality e (id, n);
select n, tests.name(id) from batch order by n;
select count(*) from batch b join steward.enqueue_many('noop', array['{"n": 1}', '{"n": 2}', '{"n": 3}']::jsonb[], idempotency_key => 'batch')
    with ordinality e (id, n) on e.id = b.id and e.n = b.n;

-- A batch that grew adds only what is new, and a part of it can be asked for singly.
select count(*), count(b.id) from steward.enqueue_many('noop', array['{"n": 1}', '{"n": 2}', '{"n": 3}', '{"n": 4}']::jsonb[], idempotency_key => 'batch') e (id)
left join batch b on b.id = e.id;
select steward.enqueue('noop', '{"n": 2}', idempotency_key => 'batch#2') = (select id from batch where n = 2);

-- A batch in which one key was used for something else is refused as a whole.
select tests.refused($$select count(*) from steward.enqueue_many('noop', array['{"n": 9}', '{"n": 2}']::jsonb[], idempotency_key => 'batch')$$);
select tests.refused($$select count(*) from steward.enqueue_many('noop', array['{"n": 1}', '{"n": 2}', '{"n": 3}', '{"n": 4}', '{"n": 5}', '{"n": 6}']::jsonb[],
    idempotency_key => 'batch', workspace_id => tests.workspace('globex'))$$);
select count(*) from steward.jobs where idempotency_key like 'batch#%';

-- What was enqueued twice stands once in the queue.
reset session authorization;
select tests.name(id), count(*) from steward.ready group by id having count(*) > 1;
select count(*) = (select count(*) from steward.job where outcome is null and id not in (select job_id from steward.attempt)) from steward.ready;
