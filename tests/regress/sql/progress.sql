-- Progress and job_status: what a running job shows, to whom, and what becomes of it at the end.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_tool('shown', '{"executor": "noop", "realtime": true, "title": "Shown to people", "max_tries": 3}'), steward.define_tool('plain', '{"executor": "noop", "title": "Plain"}');

-- What job_status says of a job, and how a worker reports.
create function tests.status(name text) returns text language sql volatile security definer as $$
    select coalesce((select format('%s: %s, %s%s', s.title, s.state, coalesce(s.progress::text, 'no progress'), ', ' || s.message)
        from steward.job_status s where s.id = tests.job($1)), 'not shown')
$$;
create function tests.reported(name text, progress double precision, message text default null, attempt int default null) returns boolean language sql volatile as $$
    select steward.report_progress(tests.job(name), coalesce(attempt, tests.attempt(name)), progress, message)
$$;
create function tests.moved(name text) returns boolean language sql volatile security definer as $$
    select s.updated_at between steward.clock() - interval '1 s' and steward.clock() from steward.job_status s where s.id = tests.job($1)
$$;

-- A job of a realtime tool shows from its first transition on; a job of another tool once it reports.
select steward.enqueue('shown', idempotency_key => 'live', queue => 'live') is not null, tests.status('live');
select tests.claimed('live'), tests.status('live'), tests.sent('live'), tests.status('live');
select tests.started('plain', 'plain'), tests.status('plain');
set session authorization regress_worker;
select tests.reported('live', 0.25, '5 of 20'), tests.status('live'), tests.moved('live');
select tests.reported('plain', 0, 'beginning'), tests.status('plain');
-- Words alone keep the share; a share may fall, because the worker knows best.
select tests.reported('live', null, '6 of 20'), tests.status('live');
select tests.reported('live', 0.1, '2 of 20'), tests.status('live');
select tests.reported('live', 1, 'almost'), tests.status('live');
select tests.reported('live', 0.5, '10 of 20'), tests.status('live');
reset session authorization;
select state, progress, progress_message from steward.jobs where id = tests.job('live');
-- Long words are cut at 500 characters, whatever their bytes.
select tests.reported('plain', 0.5, repeat('é', 501));
select char_length(message), message = repeat('é', 500) from steward.job_status where id = tests.job('plain');

-- A share is one from 0 to 1, and what is reported on is named. Nothing of a refused report is written.
select tests.refused(format('select tests.reported(%L, %L)', 'live', share)) from unnest(array['-0.1', '1.0001', 'NaN', 'Infinity', '-Infinity']::float8[]) share;
select tests.refused($$select steward.report_progress(null, 1, 0.5, 'x')$$);
select tests.refused($$select steward.report_progress(tests.job('live'), null, 0.5, 'x')$$);
select tests.status('live');

-- False, and nothing written, for an attempt that is over, is yet to come or never was.
select tests.reported('live', 0.9, 'x', 2), tests.reported('live', 0.9, 'x', 0), tests.reported('live', 0.9, 'x', -1), steward.report_progress(gen_random_uuid(), 1, 0.9, 'x');
select steward.enqueue('shown', idempotency_key => 'queued', queue => 'queued') is not null, tests.reported('queued', 0.9, 'x', 1), tests.reported('queued', 0.9, 'x', 0), tests.status('queued');
select tests.status('live'), (select count(*) from steward.job_status);

-- A success is all of it. A report that comes after the end changes nothing.
select tests.finished('live', '{"phase": "answered"}'), tests.status('live'), tests.moved('live');
select tests.reported('live', 0.3, 'late'), tests.status('live');
select state, progress from steward.jobs where id = tests.job('live');
select tests.finished('plain', '{"phase": "answered"}');
select state, progress from steward.job_status where id = tests.job('plain');
-- A success without a report is all of it as well, where it shows at all.
select tests.started('shown', 'silent'), tests.finished('silent', '{"phase": "answered"}'), tests.status('silent');
select tests.started('plain', 'quiet'), tests.finished('quiet', '{"phase": "answered"}'), tests.status('quiet');

-- A try that fails keeps what it reached until the next try starts, which starts from nothing. A late report of the first try is no news.
select tests.started('shown', 'twice'), tests.reported('twice', 0.7, '7 of 10'), tests.finished('twice', '{"phase": "lost"}'), tests.status('twice');
set steward.clock_offset = 10;
select tests.claimed('elsewhere'), tests.place('twice'), tests.status('twice');
select tests.claimed('twice'), tests.status('twice');
select tests.reported('twice', 0.8, 'late', 1), tests.status('twice');
select tests.reported('twice', 0.2, '2 of 10'), tests.status('twice');
-- An attempt that sent nothing goes back to the queue and shows so.
select tests.started('shown', 'back'), tests.finished('back', '{"phase": "unsent"}'), tests.status('back');
reset steward.clock_offset;

-- A failure and a cancellation keep what was reached; so does a call in doubt, until somebody says that it succeeded.
select steward.define_provider('shop', '{"base_url": "https://shop.example"}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "realtime": true, "title": "Send", "request": {"path": "/send"}}');
select tests.started('send', 'failing'), tests.reported('failing', 0.4, '4 of 10'), tests.finished('failing', '{"phase": "answered", "status": 404}'), tests.status('failing');
select tests.started('send', 'doubt'), tests.reported('doubt', 0.6, '6 of 10'), tests.finished('doubt', '{"phase": "lost"}'), tests.status('doubt');
select steward.resolve_job(tests.job('doubt'), 'succeeded', 'seen'), tests.status('doubt');
select steward.cancel_job(tests.job('back'), 'enough'), tests.status('back');
select steward.cancel_job(tests.job('queued'), 'enough'), tests.status('queued');
-- A job that runs again starts from nothing.
select steward.retry_job(tests.job('failing')), tests.status('failing');
select tests.claimed('failing'), tests.status('failing');
select state, progress, progress_message from steward.jobs where id = tests.job('failing');

-- A job shows under the title of the version it runs with.
select steward.define_tool('shown', '{"executor": "noop", "realtime": true, "title": "New title"}');
select tests.started('shown', 'titled'), tests.status('titled');
select steward.retry_job(tests.job('queued'), current_tool => false), tests.status('queued'), steward.retry_job(tests.job('back')), tests.status('back');

-- Members of its workspace see it, whatever their role; nobody else does.
create function tests.seen() returns text language sql volatile as $$
    select format('%s in job_status, %s of them with progress', count(*), count(s.progress)) from steward.job_status s
$$;
select tests.seen() as all_of_them, count(*) > 5 as several from steward.job_status \gset
select :'several';
set session authorization regress_viewer;
select tests.seen() = :'all_of_them';
set session authorization regress_owner;
select tests.seen() = :'all_of_them';
set session authorization regress_outsider;
select tests.seen();
set session authorization regress_nobody;
select tests.seen();
set session authorization regress_gateway;
select tests.seen();
set steward.user_id = '44444444-0000-0000-0000-000000000000';
select tests.seen() = :'all_of_them';
set steward.user_id = '55555555-0000-0000-0000-000000000000';
select tests.seen();
reset steward.user_id;
set session authorization regress_worker;
select tests.refused('select count(*) from steward.job_status');

-- Only a worker reports.
set session authorization regress_owner;
select tests.refused($$select tests.reported('titled', 0.5)$$);
set session authorization regress_admin;
select tests.refused($$select tests.reported('titled', 0.5)$$);
