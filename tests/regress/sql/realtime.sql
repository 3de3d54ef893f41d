-- job_status as Supabase Realtime reads it: through a publication and a logical slot with pgoutput.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_tool('shown', '{"executor": "noop", "realtime": true, "title": "Shown to people"}'), steward.define_tool('plain', '{"executor": "noop"}');
create publication steward_realtime for table steward.job_status;
select slot_name from pg_create_logical_replication_slot('steward_realtime_test', 'pgoutput');
-- The messages since the last look: R relation, I insert, U update, without begin and commit.
create function tests.messages() returns text language sql volatile as $$
    select coalesce(string_agg(chr(get_byte(data, 0)), ' ' order by lsn), 'none')
    from pg_logical_slot_get_binary_changes('steward_realtime_test', null, null, 'proto_version', '1', 'publication_names', 'steward_realtime')
    where chr(get_byte(data, 0)) not in ('B', 'C')
$$;
-- Every transition of a realtime tool is a message, once its transaction is committed; those of other tools are not.
select steward.enqueue('shown', idempotency_key => 'job', queue => 'q') is not null, steward.enqueue('plain', idempotency_key => 'plain', queue => 'q') is not null;
select tests.messages();
select tests.claimed('q');
select tests.messages();
select steward.report_progress(tests.job('job'), 1, 0.5, 'half');
select tests.messages();
begin;
select tests.finished('job', '{"phase": "answered"}'), tests.finished('plain', '{"phase": "answered"}');
rollback;
select tests.messages();
select tests.finished('job', '{"phase": "answered"}'), tests.finished('plain', '{"phase": "answered"}');
select tests.messages();
-- It has a key to find a row by, and row security says who may see one.
select c.relreplident, c.relrowsecurity from pg_class c where c.oid = 'steward.job_status'::regclass;
select pg_drop_replication_slot('steward_realtime_test');
