/* <begin connected objects> */
-- extension/src/lib.rs:128
-- requires:
--   steer_many
--   api::cron::cron_next
--   api::cron::cron_is_hourly

-- Jobs that come again and again: a cron pattern on the wall clock of a zone.
--
-- schedule() writes or replaces a row with the time at which it comes next. run_schedules(), called by every worker every few seconds and by pg_cron
-- every minute (install_cron), enqueues what is due for the schedule's user and computes the next time. The idempotency key of a run is the
-- schedule and its due time, and the row is locked, so however many call it, each time comes once. What became of it is a row of schedule_run.
-- Missed runs (nobody called for a while): once runs the latest of them, skip none that is later than a minute, all each of them, at most 100.
-- Clock changes: a pattern that comes every hour follows elapsed time (it comes in a repeated hour twice, in a skipped one not); any other comes
-- once a day at its wall clock time, after the change where that hour is repeated, and moved by the change where it does not exist.

create table steward.schedule (
    id uuid constraint schedule_pkey primary key,
    workspace_id uuid not null,
    name text not null,
    cron text not null,
    time_zone text not null,
    missed text not null constraint schedule_missed_check check (missed in ('once', 'skip', 'all')),
    tool text not null,
    payload jsonb not null,
    queue text,
    priority smallint not null,
    tags text[] not null,
    user_id uuid not null,
    created_at timestamptz not null,
    next_at timestamptz not null,
    constraint schedule_name_key unique (workspace_id, name)
);
create index schedule_next_at on steward.schedule (next_at);
comment on table steward.schedule is 'Jobs that are enqueued at the times of a cron pattern. Kept until unschedule.';
comment on column steward.schedule.id is 'Time-ordered uuid (version 7).';
comment on column steward.schedule.workspace_id is 'Its workspace.';
comment on column steward.schedule.name is 'Name, unique in the workspace.';
comment on column steward.schedule.cron is 'Five fields: minute, hour, day of month, month, day of week.';
comment on column steward.schedule.time_zone is 'IANA zone on whose wall clock it comes.';
comment on column steward.schedule.missed is 'What follows when its time passed and nobody called: once (the latest), skip, or all.';
comment on column steward.schedule.tool is 'Name of the tool; each run takes its newest version.';
comment on column steward.schedule.payload is 'Input of every run.';
comment on column steward.schedule.queue is 'Queue; null is the tool''s.';
comment on column steward.schedule.priority is 'Priority of the jobs.';
comment on column steward.schedule.tags is 'Labels of the jobs.';
comment on column steward.schedule.user_id is 'Whose jobs they are: who scheduled it, and must still be allowed to enqueue.';
comment on column steward.schedule.created_at is 'When it was scheduled, or last changed.';
comment on column steward.schedule.next_at is 'When it comes next.';

create table steward.schedule_run (
    schedule_id uuid not null,
    due_at timestamptz not null,
    workspace_id uuid not null,
    ran_at timestamptz not null,
    outcome text not null constraint schedule_run_outcome_check check (outcome in ('enqueued', 'skipped', 'refused')),
    job_id uuid,
    code text,
    constraint schedule_run_pkey primary key (schedule_id, due_at)
);
create index schedule_run_ran_at on steward.schedule_run (ran_at);
comment on table steward.schedule_run is 'What became of each time of a schedule. Pruned by run_schedules after 90 days.';
comment on column steward.schedule_run.schedule_id is 'The schedule.';
comment on column steward.schedule_run.due_at is 'The time that came.';
comment on column steward.schedule_run.workspace_id is 'Its workspace.';
comment on column steward.schedule_run.ran_at is 'When somebody looked.';
comment on column steward.schedule_run.outcome is 'enqueued, skipped (missed) or refused.';
comment on column steward.schedule_run.job_id is 'The job that was enqueued.';
comment on column steward.schedule_run.code is 'Why it was refused: the slug that enqueue gave.';

create function steward.next_occurrence(cron text, time_zone text, after timestamptz) returns timestamptz
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    local constant timestamp := next_occurrence.after at time zone next_occurrence.time_zone;
    next_local timestamp := steward.cron_next(next_occurrence.cron, local);
    found_at timestamptz;
begin
    if steward.cron_is_hourly(next_occurrence.cron) and next_local - local <= interval '1 hour' then
        return next_occurrence.after + (next_local - local);
    end if;
    loop
        found_at := next_local at time zone next_occurrence.time_zone;
        exit when found_at > next_occurrence.after;
        next_local := steward.cron_next(next_occurrence.cron, next_local);
    end loop;
    return found_at;
end
$$;
comment on function steward.next_occurrence(text, text, timestamptz) is 'The first time after another at which a cron pattern comes on the wall clock of a zone. Errors: 22023 cron_invalid.';

create function steward.schedule(name text, cron text, tool text, payload jsonb default '{}', time_zone text default null, queue text default null, priority int default 0,
    tags text[] default '{}', missed text default 'once', workspace_id uuid default null) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace constant uuid := steward.acting_workspace(steward.uid(), schedule.workspace_id, 'enqueue');
    zone constant text := coalesce(schedule.time_zone, (select w.time_zone from steward.workspace w where w.id = workspace));
    chosen steward.tool := steward.current_tool(schedule.tool);
    written uuid;
begin
    perform steward.require('name', schedule.name), steward.require('cron', schedule.cron), steward.require('tool', schedule.tool),
        steward.require('payload', schedule.payload::text), steward.require('missed', schedule.missed);
    perform steward.check_enqueue_options(null, schedule.priority, schedule.queue, null, schedule.tags);
    if char_length(schedule.name) not between 1 and 100 or schedule.missed not in ('once', 'skip', 'all') then
        perform steward.refuse('22023', 'schedule_invalid', 'a schedule has a name of 1 to 100 characters, and missed is once, skip or all', 'Correct it and call again.');
    end if;
    perform steward.require_time_zone(zone);
    if chosen.id is null then
        perform steward.refuse('42704', 'tool_unknown', format('tool %L does not exist', left(schedule.tool, 80)), 'Define it with steward.define_tool(name, definition).');
    end if;
    perform steward.load_tool(chosen.id), steward.check_payload(chosen.id, schedule.payload::text);
    insert into steward.schedule as s (id, workspace_id, name, cron, time_zone, missed, tool, payload, queue, priority, tags, user_id, created_at, next_at)
    values (steward.new_id(), workspace, schedule.name, schedule.cron, zone, schedule.missed, schedule.tool, schedule.payload, schedule.queue,
        schedule.priority, schedule.tags, steward.uid(), steward.clock(), steward.next_occurrence(schedule.cron, zone, steward.clock()))
    on conflict on constraint schedule_name_key do update
    set cron = excluded.cron, time_zone = excluded.time_zone, missed = excluded.missed, tool = excluded.tool, payload = excluded.payload, queue = excluded.queue,
        priority = excluded.priority, tags = excluded.tags, user_id = excluded.user_id, created_at = excluded.created_at, next_at = excluded.next_at
    returning s.id into written;
    perform steward.record_act('schedule', workspace, 'schedule', written::text, jsonb_build_object('tool', schedule.tool, 'cron', schedule.cron, 'time_zone', zone));
    return written;
end
$$;
comment on function steward.schedule(text, text, text, jsonb, text, text, int, text[], text, uuid) is
    'Enqueues a job at every time of a cron pattern, on the wall clock of time_zone (the workspace''s unless given), for the caller; a schedule of that name in the workspace is replaced. '
    'missed: once, skip or all. Errors: 22004 argument_null, 22023 (cron_invalid, schedule_invalid, time_zone_unknown, payload_invalid and options), 42501 not_a_member, '
    '42704 tool_unknown, workspace_unknown.';

create function steward.unschedule(name text, workspace_id uuid default null) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace constant uuid := steward.acting_workspace(steward.uid(), unschedule.workspace_id, 'enqueue');
    gone uuid;
begin
    perform steward.require('name', unschedule.name);
    delete from steward.schedule s where s.workspace_id = workspace and s.name = unschedule.name returning s.id into gone;
    if gone is null then
        perform steward.refuse('42704', 'schedule_unknown', format('the workspace has no schedule %L', left(unschedule.name, 100)), 'select name from steward.schedules lists them.');
    end if;
    perform steward.record_act('unschedule', workspace, 'schedule', gone::text);
end
$$;
comment on function steward.unschedule(text, uuid) is
    'Ends a schedule; jobs that it enqueued stay. Errors: 22004 argument_null, 42501 not_a_member, 42704 schedule_unknown, workspace_unknown.';
/* </end connected objects> */
