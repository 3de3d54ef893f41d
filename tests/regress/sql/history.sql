-- Looking back: the events of a job, its times, how the jobs of a day ended, and what changed since the last look.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_provider('shop', '{"base_url": "https://shop.example"}');
select steward.define_tool('read', '{"executor": "http", "provider": "shop", "adapter": "http_json", "realtime": true, "request": {"path": "/read"}}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "request": {"path": "/send"}}');
select tests.started('read', 'twice'), tests.finished('twice', '{"phase": "lost", "code": "timed_out", "error": "no answer in 60 s"}');
set steward.clock_offset = 10;
select tests.claimed('twice'), tests.sent('twice');
set steward.clock_offset = 15;
select tests.finished('twice', '{"phase": "answered", "status": 200, "body": "{}"}');
select tests.started('send', 'doubt'), tests.finished('doubt', '{"phase": "lost"}'), steward.resolve_job(tests.job('doubt'), 'failed', 'it did not arrive');
select tests.started('send', 'unsure'), tests.finished('unsure', '{"phase": "lost"}');
select tests.started('read', 'refused'), tests.finished('refused', '{"phase": "answered", "status": 404}');
select steward.enqueue('read', idempotency_key => 'cancelled', queue => 'idle') is not null, steward.enqueue('read', idempotency_key => 'queued', queue => 'idle') is not null,
    steward.enqueue('read', idempotency_key => 'ahead', queue => 'idle', run_at => steward.now() + interval '1 day') is not null;
select steward.cancel_job(tests.job('cancelled'), 'enough');

-- Events in their order.
set session authorization regress_viewer;
select j.idempotency_key, l.event, l.attempt, l.worker, l.code, l.detail from steward.job_log l join steward.jobs j on j.id = l.job_id
where j.idempotency_key in ('twice', 'doubt', 'cancelled') order by j.id, l.at, l.attempt, l.event;
-- Times: how long it waited and ran.
select j.idempotency_key, t.state, t.attempts, date_trunc('minute', t.waited), round(extract(epoch from t.ran)) as ran, round(extract(epoch from t.age)) as age, t.finished_at is not null
from steward.job_timeline t join steward.jobs j on j.id = t.id where j.idempotency_key in ('twice', 'queued', 'ahead') order by 1;
-- How they ended, by tool and day; cancelled jobs do not count.
select tool, day = (steward.now() at time zone 'UTC')::date, succeeded, failed, in_doubt, cancelled, success_rate, median_age >= '0', attempts from steward.success_rate order by 1;
set session authorization regress_outsider;
select (select count(*) from steward.job_log), (select count(*) from steward.job_timeline), (select count(*) from steward.success_rate), (select count(*) from steward.dead_letters);

-- changes_since: everything first, then what changed, then nothing.
set session authorization regress_editor;
reset session authorization;
create function tests.changes(cursor text) returns text language sql volatile as $$
    select coalesce(string_agg(format('%s %s', tests.name(c.id), c.state), ', ' order by tests.name(c.id)), 'nothing') from steward.changes_since(cursor) c
$$;
set session authorization regress_editor;
select tests.changes(null);
select distinct cursor_after as first_look from steward.changes_since() \gset
select tests.changes(:'first_look');
reset session authorization;
select tests.started('read', 'new'), steward.report_progress(tests.job('new'), 1, 0.5, 'half');
set session authorization regress_editor;
select tests.changes(:'first_look');
select distinct cursor_after as second_look from steward.changes_since(:'first_look') \gset
select tests.changes(:'second_look'), tests.changes(:'first_look');
-- Of other workspaces nothing; a cursor of another cluster starts over; what is none is refused.
set session authorization regress_outsider;
select tests.changes(null);
reset session authorization;
select tests.changes('1/1/1/1:1:') = tests.changes(null);
select tests.refused(format('select * from steward.changes_since(%L)', c)) from unnest(array['', 'x', '1', '/', '1/1:1:', steward.place() || '/x', steward.place() || '/9:1:', steward.place() || '/']) c;
