-- The kill switch: spending of a workspace is stopped, and goes on when somebody says so.
--
-- Every sent mark of a metered attempt shares the spending key of its workspace until its commit, and looks for a stop only then. stop_spending takes that key alone: it waits for the
-- marks that are being committed, and when it returns (and is committed) no further call is marked. What is marked already goes on, and is paid. Jobs wait in the
-- line `stopped`; what costs nothing and reaches nobody runs on.

create table steward.spending_stop (
    workspace_id uuid constraint spending_stop_pkey primary key,
    reason text not null,
    stopped_at timestamptz not null,
    stopped_by_user uuid,
    stopped_by name not null
);
comment on table steward.spending_stop is 'Workspaces whose spending is stopped. A row is deleted by resume_spending; the audit keeps who stopped it.';
comment on column steward.spending_stop.workspace_id is 'The workspace.';
comment on column steward.spending_stop.reason is 'Why, for those who wait.';
comment on column steward.spending_stop.stopped_at is 'Since when.';
comment on column steward.spending_stop.stopped_by_user is 'The user who stopped it; null for an administrator who is mapped to nobody.';
comment on column steward.spending_stop.stopped_by is 'The database login.';

create function steward.stop_spending(workspace_id uuid, reason text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('workspace_id', stop_spending.workspace_id::text), steward.require('reason', stop_spending.reason), steward.require_read_committed(),
        steward.require_act(stop_spending.workspace_id, 'stop_spending');
    perform steward.hold_key('spending', stop_spending.workspace_id::text, exclusive => true, wait => true), set_config('synchronous_commit', 'on', true);
    insert into steward.spending_stop as s (workspace_id, reason, stopped_at, stopped_by_user, stopped_by)
    values (stop_spending.workspace_id, left(stop_spending.reason, 500), steward.clock(), steward.uid(), session_user)
    on conflict on constraint spending_stop_pkey do update set reason = excluded.reason;
    perform steward.record_act('stop_spending', stop_spending.workspace_id, 'workspace', stop_spending.workspace_id::text);
end
$$;
comment on function steward.stop_spending(uuid, text) is
    'Stops what costs money or reaches a provider in a workspace: from its commit on no further call is marked as sent. Calls that are marked end as they end. Jobs wait until resume_spending. '
    'For owners, admins and editors of it and for steward_admin. Errors: 22004 argument_null, 42501 person_required, 42704 workspace_unknown, 55000 isolation_unfit.';

create function steward.resume_spending(workspace_id uuid) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('workspace_id', resume_spending.workspace_id::text), steward.require_act(resume_spending.workspace_id, 'resume_spending');
    delete from steward.spending_stop s where s.workspace_id = resume_spending.workspace_id;
    if not found then
        perform steward.refuse('55000', 'spending_not_stopped', format('spending of workspace %s is not stopped', resume_spending.workspace_id), 'There is nothing to resume.');
    end if;
    perform steward.look_again(resume_spending.workspace_id), steward.ring_doorbell(),
        steward.record_act('resume_spending', resume_spending.workspace_id, 'workspace', resume_spending.workspace_id::text);
end
$$;
comment on function steward.resume_spending(uuid) is
    'Lets a workspace spend again. For owners and admins of it and for steward_admin. Errors: 22004 argument_null, 42501 person_required, 42704 workspace_unknown, 55000 spending_not_stopped.';

-- Of the attempts that a worker wants to mark: those whose workspace may not spend. Where a stop is being made at this moment, it counts.
create function steward.stopped_attempts(job_ids uuid[], attempts int[]) returns json[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    barred uuid[];
begin
    select array_agg(d.workspace_id) filter (where not steward.hold_key('spending', d.workspace_id::text, exclusive => false, wait => false)) into barred
    from (
        select distinct a.workspace_id
        from unnest(stopped_attempts.job_ids, stopped_attempts.attempts) as s (job_id, number)
        cross join lateral (
            select x.workspace_id from steward.attempt x where x.job_id = s.job_id and x.number = s.number and x.hold is not null offset 0) a
    ) d;
    -- A statement of its own: it sees what was committed before the keys were ours.
    if barred is null and not exists (select from steward.spending_stop) then
        return '{}'::json[];
    end if;
    return array(
        select json_build_object('job_id', s.job_id, 'attempt', s.number, 'phase', 'unsent', 'code', 'spending_stopped', 'error', 'spending of the workspace was stopped before it was sent')
        from unnest(stopped_attempts.job_ids, stopped_attempts.attempts) as s (job_id, number)
        cross join lateral (
            select x.workspace_id from steward.attempt x where x.job_id = s.job_id and x.number = s.number and x.hold is not null offset 0) a
        where a.workspace_id = any (barred) or exists (select from steward.spending_stop t where t.workspace_id = a.workspace_id));
end
$$;
comment on function steward.stopped_attempts(uuid[], int[]) is 'Of attempts that are about to be marked as sent, those that a stop of spending forbids, as outcomes; keeps others from being stopped until the end of the transaction.';

create function steward.set_plan(workspace_id uuid, plan text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('workspace_id', set_plan.workspace_id::text), steward.require('plan', set_plan.plan), steward.require_installation_act('set_installation_limit');
    if not exists (select from steward.plan p where p.name = set_plan.plan) then
        perform steward.refuse('42704', 'plan_unknown', format('plan %L does not exist', left(set_plan.plan, 80)), 'select name from steward.plan lists them; steward.define_plan makes one.');
    end if;
    update steward.workspace w set plan = set_plan.plan, plan_since = steward.clock() where w.id = set_plan.workspace_id and w.plan <> set_plan.plan;
    if not found and not exists (select from steward.workspace w where w.id = set_plan.workspace_id) then
        perform steward.refuse('42704', 'workspace_unknown', format('workspace %s does not exist', set_plan.workspace_id), 'Check the id.');
    end if;
    update steward.limit_line l set look_at = steward.clock() from steward.waiting w
    where w.workspace_id = set_plan.workspace_id and w.limit_id = l.limit_id and w.bucket = l.bucket;
    perform steward.ring_doorbell(), steward.record_act('set_plan', set_plan.workspace_id, 'workspace', set_plan.workspace_id::text, jsonb_build_object('plan', set_plan.plan));
end
$$;
comment on function steward.set_plan(uuid, text) is
    'Gives a workspace another plan; what it used in the windows of now counts under the new plan''s limits. For steward_admin. '
    'Errors: 22004 argument_null, 42501 administrator_required, person_required, 42704 plan_unknown, workspace_unknown.';

create function steward.set_time_zone(workspace_id uuid, time_zone text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('workspace_id', set_time_zone.workspace_id::text), steward.require('time_zone', set_time_zone.time_zone),
        steward.require_act(set_time_zone.workspace_id, 'set_limit'), steward.require_time_zone(set_time_zone.time_zone);
    -- What leads did counts by the day, for a while by the old one where somebody else computes scores meanwhile.
    perform steward.hold_leads(set_time_zone.workspace_id);
    update steward.workspace w set time_zone = set_time_zone.time_zone where w.id = set_time_zone.workspace_id and w.time_zone <> set_time_zone.time_zone;
    if found then
        perform steward.note_other_days(set_time_zone.workspace_id);
    end if;
    perform steward.record_act('set_time_zone', set_time_zone.workspace_id, 'workspace', set_time_zone.workspace_id::text, jsonb_build_object('time_zone', set_time_zone.time_zone));
end
$$;
comment on function steward.set_time_zone(uuid, text) is
    'Moves a workspace into another time zone. Windows that have begun end when they would have; the next ones follow the new zone, none shorter than a whole one. Scores whose signals are capped by the day follow '
    'with the next refresh. For owners and admins of it and for steward_admin. '
    'Errors: 22004 argument_null, 22023 time_zone_unknown, 42501 person_required, 42704 workspace_unknown.';

create function steward.define_plan(name text, description text, most_parked int default 10000) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('name', define_plan.name), steward.require('description', define_plan.description), steward.require('most_parked', define_plan.most_parked::text),
        steward.require_installation_act('set_installation_limit');
    if define_plan.name !~ '^[a-z][a-z0-9_]{0,62}$' or char_length(define_plan.description) not between 1 and 500 or define_plan.most_parked < 1 then
        perform steward.refuse('22023', 'plan_invalid', format('%L is no plan', left(define_plan.name, 80)),
            'A name has 1 to 63 small letters, digits and _, the first a letter; a description 1 to 500 characters; most_parked is above 0.');
    end if;
    insert into steward.plan as p (name, description, most_parked) values (define_plan.name, define_plan.description, define_plan.most_parked)
    on conflict on constraint plan_pkey do update set description = excluded.description, most_parked = excluded.most_parked;
    perform steward.record_act('define_plan', null, 'plan', define_plan.name, jsonb_build_object('most_parked', define_plan.most_parked));
end
$$;
comment on function steward.define_plan(text, text, int) is
    'Makes a plan, or changes its description and cap on parked jobs; its limits are set with set_limit(''plan'', name, …). For steward_admin. '
    'Errors: 22004 argument_null, 22023 plan_invalid, 42501 administrator_required, person_required.';
