-- Schedules: when a pattern comes in a zone, what run_schedules does with it, and what it does with what it missed.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));

-- Times on the wall clock of a zone, through both changes of the clock of New York in 2026 (March 8 at 2:00, November 1 at 2:00).
create function tests.times(cron text, zone text, after timestamptz, n int) returns text language plpgsql as $$
declare
    times text[] := '{}';
begin
    for i in 1 .. n loop
        after := steward.next_occurrence(cron, zone, after);
        times := times || to_char(after at time zone zone, 'DD HH24:MI') || to_char(after at time zone 'UTC', '=HH24:MI');
    end loop;
    return array_to_string(times, ', ');
end
$$;
select tests.times('0 9 * * *', 'America/New_York', '2026-03-06 12:00+00', 4);
select tests.times('30 2 * * *', 'America/New_York', '2026-03-06 12:00+00', 4);
select tests.times('0 * * * *', 'America/New_York', '2026-03-08 05:30+00', 4);
select tests.times('30 1 * * *', 'America/New_York', '2026-10-30 12:00+00', 4);
select tests.times('0 * * * *', 'America/New_York', '2026-11-01 04:30+00', 4);
select tests.times('*/30 * * * *', 'America/New_York', '2026-11-01 05:00+00', 5);
select tests.times('30 8 * * MON-FRI', 'America/Sao_Paulo', '2026-11-20 12:00+00', 2), tests.times('0 0 29 2 *', 'UTC', '2026-11-21 00:00+00', 1);

-- A schedule: enqueued at its time for who scheduled it, once however many look.
select steward.schedule('digest', '0 9 * * *', 'noop', '{"n": 1}', 'America/Sao_Paulo', 'mail', 5, '{daily}') is not null;
select name, cron, time_zone, tool, payload, queue, priority, tags, missed, user_id = tests.person('editor'), to_char(next_at at time zone time_zone, 'HH24:MI'), last_outcome from steward.schedules;
select steward.run_schedules();
-- The clock goes to a second after its time.
create function tests.go_to(name text, seconds double precision) returns void language sql volatile as $$
    select set_config('steward.clock_offset', extract(epoch from s.next_at - clock_timestamp() + make_interval(secs => seconds))::text, false) from steward.schedule s where s.name = $1
$$;
create function tests.ran() returns setof text language sql volatile as $$
    select concat_ws(' ', s.name, r.outcome, r.code, j.queue, j.priority, j.tags::text, j.payload::text, case when r.job_id is not null then 'by ' || (j.user_id = s.user_id) end)
    from steward.schedule_run r left join steward.schedule s on s.id = r.schedule_id left join steward.job j on j.id = r.job_id order by s.name, r.due_at
$$;
select tests.go_to('digest', 1);
select steward.run_schedules(), steward.run_schedules();
select tests.ran();
select next_at - last_due_at, last_outcome, state from steward.schedules s join steward.jobs j on j.id = s.last_job_id;
-- upkeep does it as well; a schedule that is replaced goes on with its new time.
select steward.schedule('digest', '0 10 * * *', 'noop', time_zone => 'America/Sao_Paulo') is not null;
select tests.go_to('digest', 1);
select steward.upkeep() >= 0;
select outcome, to_char(due_at at time zone 'America/Sao_Paulo', 'HH24:MI') from steward.schedule_run order by due_at;
reset steward.clock_offset;

-- What was missed: the latest, none, or all of them, at most 100.
delete from steward.schedule_run;
delete from steward.schedule;
select count(steward.schedule(missed, '*/10 * * * *', 'noop', jsonb_build_object('m', missed), missed => missed)) from unnest(array['once', 'skip', 'all']) missed;
select tests.go_to('once', 3605);
select steward.run_schedules();
select s.name, r.outcome, count(*) from steward.schedule_run r join steward.schedule s on s.id = r.schedule_id group by 1, 2 order by 1, 2;
select name, next_at > steward.clock(), next_at <= steward.clock() + interval '10 min' from steward.schedules order by 1;
select tests.go_to('once', 86400 * 3);
select steward.run_schedules();
select s.name, r.outcome, count(*) from steward.schedule_run r join steward.schedule s on s.id = r.schedule_id group by 1, 2 order by 1, 2;
reset steward.clock_offset;

-- One that is refused says why and stops nobody: its user left, or its tool refuses the payload now.
delete from steward.schedule_run;
delete from steward.schedule;
select steward.define_tool('strict', '{"executor": "noop"}');
select count(steward.schedule('fine', '*/10 * * * *', 'noop')), count(steward.schedule('strict', '*/10 * * * *', 'strict', '{"words": "secret"}'));
select steward.define_tool('strict', '{"executor": "noop", "payload_schema": {"type": "object", "required": ["n"]}}');
set session authorization regress_manager;
select count(steward.schedule('gone', '*/10 * * * *', 'noop'));
set session authorization regress_owner;
select steward.remove_member(tests.workspace('acme'), tests.person('manager'));
reset session authorization;
select tests.go_to('fine', 1);
select steward.run_schedules();
select tests.ran();
select name, last_outcome, last_code from steward.schedules order by 1;
-- While the restore guard holds, nothing comes.
update steward.installation set place = '1/1/1' where left_at is null;
select tests.go_to('fine', 1);
select steward.run_schedules();
update steward.installation set place = steward.place() where left_at is null;
reset steward.clock_offset;

-- Bad input is refused; a stranger's schedules are not ours.
select tests.refused(format('select steward.schedule(%L, %L, %L)', name, cron, tool))
from (values (null, '* * * * *', 'noop'), ('n', null, 'noop'), ('n', '* * * * *', null), ('', '* * * * *', 'noop'), (repeat('n', 101), '* * * * *', 'noop'),
    ('n', 'soon', 'noop'), ('n', '0 0 30 2 *', 'noop'), ('n', '* * * * * *', 'noop'), ('n', '* * * * *', 'missing'), ('n', '* * * * *', 'strict')) as s (name, cron, tool);
select tests.refused($$select steward.schedule('n', '* * * * *', 'noop', time_zone => 'Atlantis/Capital')$$);
select tests.refused($$select steward.schedule('n', '* * * * *', 'noop', missed => 'perhaps')$$);
select tests.refused($$select steward.schedule('n', '* * * * *', 'noop', queue => 'a b')$$);
select tests.refused($$select steward.schedule('n', '* * * * *', 'noop', priority => 5000)$$);
select tests.refused($$select steward.unschedule('missing')$$);
set session authorization regress_outsider;
select count(*) from steward.schedules;
select tests.refused(format('select steward.unschedule(%L)', 'fine'));
select tests.refused(format('select steward.schedule(%L, %L, %L, workspace_id => %L)', 'n', '* * * * *', 'noop', tests.workspace('acme')));
set session authorization regress_viewer;
select count(*) from steward.schedules;
select tests.refused($$select steward.unschedule('fine')$$);
set session authorization regress_editor;
select steward.unschedule('fine');
select name from steward.schedules order by 1;
reset session authorization;
select act, object_kind, detail - 'time_zone' from steward.audit where act in ('schedule', 'unschedule') order by id desc limit 2;
-- Without pg_cron in the database, install_cron says so.
select tests.refused('select steward.install_cron()');
set session authorization regress_owner;
select tests.code('select steward.install_cron()'), tests.code('select steward.upkeep()');

-- Whoever runs the schedules of others becomes none of them: what is enqueued there is not remembered as what the session may do.
reset session authorization;
select steward.map_login('postgres', tests.person('editor'));
select steward.schedule('of the editor', '* * * * *', 'noop') is not null from steward.schedules limit 1;
select steward.forget_login('postgres');
set steward.clock_offset = 7776000;
create function tests.put_into_acme() returns text language sql volatile as $$
    select tests.code($r$select steward.enqueue('noop', workspace_id => tests.workspace('acme'))$r$)
$$;
select tests.put_into_acme(), steward.run_schedules() > 0, tests.put_into_acme();
reset steward.clock_offset;
