-- Many jobs at once, and a job changed before it runs.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_provider('shop', '{"base_url": "https://shop.example"}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "request": {"path": "/send", "body": {"$ref": "/payload"}},
    "payload_schema": {"type": "object", "properties": {"n": {"type": "integer"}}}}');

-- update_job: queued and waiting jobs send the new payload.
select steward.enqueue('send', '{"n": 1}', idempotency_key => 'queued', queue => 'q') is not null, steward.enqueue('send', '{"n": 1}', idempotency_key => 'later', queue => 'q', run_at => steward.now() + interval '5 s') is not null;
select steward.update_job(tests.job('queued'), '{"n": 2}'), steward.update_job(tests.job('later'), '{"n": 3}');
set steward.clock_offset = 10;
select tests.name(job_id), request ->> 'body' from steward.claim_jobs('w1', '{q}', 1);
select tests.name(job_id), request ->> 'body' from steward.claim_jobs('w1', '{q,elsewhere}', 1);
reset steward.clock_offset;
select payload, tests.place(idempotency_key) from steward.jobs where queue = 'q' order by idempotency_key;
-- What the schema refuses changes nothing; neither does a job that runs, has ended, or is not ours.
select tests.refused(format('select steward.update_job(%L, %L)', tests.job('queued'), payload)) from unnest(array['{"n": "two"}', '{"n": 4}', null]::jsonb[]) payload;
select tests.finished('queued', '{"phase": "unsent"}'), steward.update_job(tests.job('queued'), '{"n": 5}'), tests.place('queued');
select tests.claimed('q'), tests.finished('queued', '{"phase": "lost"}'), tests.refused(format('select steward.update_job(%L, %L)', tests.job('queued'), '{}'));
set session authorization regress_viewer;
select tests.refused(format('select steward.update_job(%L, %L)', tests.job('later'), '{}'));
reset session authorization;

-- Dead letters are listed, and run again by tool and time.
select tests.started('send', job), tests.finished(job, '{"phase": "answered", "status": 404, "body": "{\"error\": \"gone\"}"}') from unnest(array['f1', 'f2', 'f3']) job;
select tests.started('noop', 'fine'), tests.finished('fine', '{"phase": "answered"}');
select tests.job('f3') as third \gset
select steward.cancel_job(steward.enqueue('send', queue => 'idle'), 'why');
select id = tests.job('f1') or id in (tests.job('f2'), :'third'), tool, error_code, error_message, attempts, tries from steward.dead_letters order by id;
-- A newer version may refuse a payload: that job stays where it is.
update steward.job set payload = '{"n": "no number"}' where id = :'third';
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "title": "Newer", "request": {"path": "/send"}, "payload_schema": {"type": "object", "properties": {"n": {"type": "integer"}}}}');
select steward.retry_failed('send', steward.now() + interval '1 minute'), steward.retry_failed('noop'), steward.retry_failed('send'), steward.retry_failed('send');
select idempotency_key, state, tool_version from steward.jobs where idempotency_key like 'f_' order by 1;
select tests.refused($$select steward.retry_failed('missing')$$);
select tests.refused($$select steward.retry_failed(null)$$);
select tests.refused($$select steward.retry_failed('send', null)$$);
select tests.refused(format('select steward.retry_failed(%L, workspace_id => %L)', 'send', tests.workspace('globex')));
-- Of several workspaces all are meant, or the one that is named; never one in which the caller may not.
select tests.claimed('f1'), tests.finished('f1', '{"phase": "answered", "status": 404}');
set session authorization regress_outsider;
select steward.retry_failed('send');
set session authorization regress_viewer;
select steward.retry_failed('send');
reset session authorization;
select tests.place('f1'), steward.retry_failed('send', workspace_id => tests.workspace('acme')), tests.place('f1');

-- Doubts are resolved together, all or none.
select tests.started('send', job), tests.finished(job, '{"phase": "lost"}') from unnest(array['d1', 'd2', 'd3']) job;
select tests.refused(format('select steward.resolve_jobs(array[%L, %L]::uuid[], %L, %L)', tests.job('d1'), tests.job('fine'), 'failed', 'note')), tests.place('d1');
select steward.resolve_jobs(array(select d.id from steward.in_doubt d join steward.jobs j on j.id = d.id where j.idempotency_key in ('d1', 'd2')), 'failed', 'none of them arrived'), tests.place('d1'), tests.place('d3');
select steward.resolve_jobs('{}', 'failed', 'nothing to say');
select tests.refused($$select steward.resolve_jobs(array_fill('00000000-0000-7000-8000-000000000000'::uuid, array[1001]), 'failed', 'note')$$);
select tests.refused($$select steward.resolve_jobs(null, 'failed', 'note')$$);
