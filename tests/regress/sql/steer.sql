-- What a person does to a job: cancel it before it runs, run it again, or say how a doubtful call ended.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_provider('shop', '{"base_url": "https://shop.example/v1"}');
select steward.define_tool('read', '{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/read"}, "max_tries": 2}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "request": {"path": "/send"}}');

-- A queued job is cancelled: it stands nowhere any more, and no worker gets it.
select count(steward.enqueue('noop', queue => 'q', idempotency_key => key)) from unnest(array['queued', 'kept']) key;
select steward.cancel_job(tests.job('queued'), 'a typo'), tests.place('queued'), tests.claimed('q');

-- A job that waits for its next try is cancelled with the tries it has used.
select tests.started('read', 'failing'), tests.finished('failing', '{"phase": "answered", "status": 500}'), tests.place('failing');
select steward.cancel_job(tests.job('failing'), 'enough'), tests.place('failing');

-- The view counts the same tries, wherever the job stands.
select tests.started('read', 'seen'), tests.finished('seen', '{"phase": "answered", "status": 500}');
select state, attempts, tries from steward.jobs where id = tests.job('seen');
set steward.clock_offset = 10;
select tests.claimed('elsewhere'), tests.place('seen');
select state, attempts, tries from steward.jobs where id = tests.job('seen');
select tests.claimed('seen');
select state, attempts, tries from steward.jobs where id = tests.job('seen');
reset steward.clock_offset;

-- A running job is asked to end (see cancel_running.sql); one that has ended is not cancelled.
select tests.place('kept'), tests.refused($$select steward.cancel_job(tests.job('kept'), 'too late')$$), tests.place('kept');
select tests.finished('kept', '{"phase": "answered"}'), tests.refused($$select steward.cancel_job(tests.job('kept'), 'too late')$$), tests.place('kept');
select tests.refused($$select steward.cancel_job(tests.job('queued'), 'again')$$);
select tests.refused($$select steward.cancel_job(tests.job('kept'), null)$$);
select tests.refused($$select steward.cancel_job(null, 'why')$$);

-- A failed job runs again with fresh tries and attempts that go on counting.
select tests.started('send', 'refused'), tests.finished('refused', '{"phase": "answered", "status": 404}'), tests.place('refused');
select steward.retry_job(tests.job('refused')), tests.place('refused'), tests.claimed('refused'), tests.place('refused');
select tests.sent('refused'), tests.finished('refused', '{"phase": "answered", "status": 404}'), tests.place('refused');
select state, attempts, tries, result, error_code from steward.jobs where id = tests.job('refused');

-- So does a cancelled one; one that succeeded, or runs, or is in doubt, does not.
select steward.retry_job(tests.job('queued')), tests.place('queued');
select tests.refused($$select steward.retry_job(tests.job('kept'))$$);
select tests.refused($$select steward.retry_job(tests.job('queued'))$$);
select tests.claimed('q'), tests.refused($$select steward.retry_job(tests.job('queued'))$$), tests.place('queued');
select tests.started('send', 'doubt'), tests.finished('doubt', '{"phase": "lost"}'), tests.refused($$select steward.retry_job(tests.job('doubt'))$$);
select tests.refused($$select steward.retry_job(null)$$);

-- Fresh tries means that a job that ran out of attempts gets as many again.
select steward.define_tool('unlucky', '{"executor": "noop", "max_tries": 1, "max_attempts": 2}');
select tests.started('unlucky', 'unlucky'), tests.finished('unlucky', '{"phase": "unsent"}'), tests.claimed('unlucky'), tests.finished('unlucky', '{"phase": "unsent"}'),
    tests.place('unlucky');
select steward.retry_job(tests.job('unlucky')), tests.claimed('unlucky'), tests.finished('unlucky', '{"phase": "unsent"}'), tests.place('unlucky');

-- A job runs again with the newest version of its tool, or with its own.
select count(steward.enqueue('noop', '{"n": 1}', queue => 'versions', idempotency_key => key)) from unnest(array['newest', 'own']) key;
select steward.cancel_job(tests.job(key), 'later') from unnest(array['newest', 'own']) key;
select steward.define_tool('noop', '{"executor": "noop", "title": "Version two"}');
select steward.retry_job(tests.job('newest')), steward.retry_job(tests.job('own'), current_tool => false);
select idempotency_key, tool_version, title from steward.jobs where queue = 'versions' order by 1;
-- The newest version may refuse the payload; the job's own does not.
select steward.cancel_job(tests.job(key), 'later') from unnest(array['newest', 'own']) key;
select steward.define_tool('noop', '{"executor": "noop", "payload_schema": {"type": "object", "required": ["name"]}}');
select tests.code($$select steward.retry_job(tests.job('newest'))$$), tests.place('newest');
select steward.retry_job(tests.job('own'), false), tests.place('own');

-- A call in doubt is listed with what was sent, and resolved by hand, each way. It keeps the try it used; queued starts afresh.
select tests.started('send', job), tests.finished(job, '{"phase": "lost", "code": "timed_out", "error": "no answer"}')
from unnest(array['well', 'wrong', 'dropped', 'repeated']) job;
select j.idempotency_key, d.tool, d.attempt, d.sent_at < d.lost_at, d.error_code, d.error_message from steward.in_doubt d join steward.jobs j on j.id = d.id order by 1;
select steward.resolve_job(tests.job('well'), 'succeeded', 'seen in their inbox'), tests.place('well');
select steward.resolve_job(tests.job('wrong'), 'failed', 'never arrived'), tests.place('wrong');
select steward.resolve_job(tests.job('dropped'), 'cancelled', 'no matter'), tests.place('dropped');
select steward.resolve_job(tests.job('repeated'), 'queued', 'never arrived'), tests.place('repeated');
select tests.claimed('repeated'), tests.place('repeated');

-- Only a call in doubt is resolved, once, one of these ways, with a note.
select tests.refused($$select steward.resolve_job(tests.job('well'), 'failed', 'or not')$$);
select tests.refused($$select steward.resolve_job(tests.job('repeated'), 'failed', 'or not')$$);
select tests.refused($$select steward.resolve_job(tests.job('doubt'), 'in_doubt', 'note')$$);
select tests.refused($$select steward.resolve_job(tests.job('doubt'), null, 'note')$$);
select tests.refused($$select steward.resolve_job(tests.job('doubt'), 'failed', null)$$);
select tests.place('doubt');

-- An outcome that comes after the resolution is stale.
select tests.finished('well', '{"phase": "answered", "status": 404}'), tests.place('well');

-- A viewer, a member of another workspace and a nobody steer nothing; a foreign and a missing job give the same error.
select tests.job('doubt') as doubt \gset
set session authorization regress_viewer;
select tests.refused(format('select steward.cancel_job(%L, %L)', :'doubt', 'x'));
set session authorization regress_outsider;
select tests.refused(format('select steward.resolve_job(%L, %L, %L)', :'doubt', 'failed', 'x'));
select tests.refused(format('select steward.retry_job(%L)', id)) from unnest(array[:'doubt', '00000000-0000-7000-8000-000000000000']::uuid[]) id;
set session authorization regress_nobody;
select tests.refused(format('select steward.cancel_job(%L, %L)', :'doubt', 'x'));
