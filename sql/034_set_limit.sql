-- Setting limits. Whose limit it is follows from who asks and how: see the top of 033_limits.sql.

create function steward.require_limit_words(scope text, metric text, window_kind text, on_full text) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('scope', scope), steward.require('metric', metric), steward.require('window_kind', window_kind);
    if scope not in ('workspace', 'user', 'tool', 'provider', 'model', 'tag', 'plan') then
        perform steward.refuse('22023', 'scope_unknown', format('%L is no scope of a limit', left(scope, 80)), 'Use workspace, user, tool, provider, model, tag or plan.');
    elsif metric not in ('cost', 'jobs', 'calls', 'tokens', 'running') and metric !~ '^counter:[a-z][a-z0-9_]{0,62}$' then
        perform steward.refuse('22023', 'metric_unknown', format('%L is no metric of a limit', left(metric, 80)), 'Use cost, jobs, calls, tokens, running or counter:NAME.');
    elsif window_kind not in ('minute', 'hour', 'day', 'week', 'month', 'total') and window_kind !~ '^cycle:([1-9]|[12][0-9]|3[01])$' then
        perform steward.refuse('22023', 'window_unknown', format('%L is no window of a limit', left(window_kind, 80)),
            'Use minute, hour, day, week, month, total, or cycle:N for months that begin on day N.');
    elsif metric = 'running' and window_kind <> 'total' then
        perform steward.refuse('22023', 'window_unknown', 'what runs at once is counted in no window', 'Use window_kind => ''total'' with the metric running.');
    elsif on_full not in ('reject', 'park', 'shadow') then
        perform steward.refuse('22023', 'on_full_unknown', format('%L is nothing a full limit can do', left(on_full, 80)), 'Use reject, park or shadow.');
    elsif on_full = 'reject' and metric = 'running' then
        perform steward.refuse('22023', 'on_full_unknown', 'a limit of what runs at once cannot reject: a slot is free again in a moment', 'Use park or shadow.');
    elsif on_full = 'park' and metric like 'counter:%' then
        perform steward.refuse('22023', 'on_full_unknown', 'a counter parks no job: steward.consume says at once whether it is full', 'Use reject or shadow.');
    end if;
end
$$;
comment on function steward.require_limit_words(text, text, text, text) is 'Refuses scopes, metrics, windows and reactions that there are none of: 22004 argument_null, 22023 metric_unknown, on_full_unknown, scope_unknown, window_unknown.';

create function steward.limit_amount(metric text, amount numeric) returns bigint
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if amount is null then
        return null;
    elsif metric = 'cost' then
        -- A million dollars, as for the price of a call: more is a mistake in the unit. Down, so that a fraction of a nano-dollar is not spent.
        if not (amount between 0 and 1000000) then
            perform steward.refuse('22023', 'amount_out_of_range', format('a cost limit of %s dollars is out of range', amount), 'Pass 0 to 1000000 dollars.');
        end if;
        return floor(amount * 1000000000);
    elsif not (amount between 0 and 1000000000000000) or amount <> trunc(amount) then
        perform steward.refuse('22023', 'amount_out_of_range', format('%s is no amount of %s', amount, metric), 'Pass a whole number from 0 to 1000000000000000.');
    end if;
    return amount;
end
$$;
comment on function steward.limit_amount(text, numeric) is 'The amount of a limit as it is stored: nano-dollars for cost. Errors: 22023 amount_out_of_range.';

-- Where the limit belongs, checked.
create function steward.limit_place(scope text, scope_value text, asked uuid, out workspace_id uuid, out plan text, out stored_scope text, out stored_value text)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    stored_scope := scope;
    stored_value := scope_value;
    if scope = 'plan' then
        perform steward.require_installation_act('set_installation_limit');
        plan := split_part(scope_value, ':', 1);
        stored_scope := coalesce(nullif(split_part(scope_value, ':', 2), ''), 'workspace');
        stored_value := null;
        if not exists (select from steward.plan p where p.name = limit_place.plan) then
            perform steward.refuse('42704', 'plan_unknown', format('plan %L does not exist', left(scope_value, 80)), 'select name from steward.plan lists them; steward.define_plan makes one.');
        elsif stored_scope not in ('workspace', 'user', 'tool', 'provider', 'model') then
            perform steward.refuse('22023', 'scope_unknown', format('a plan has no limits of each %L', left(stored_scope, 80)), 'Name the plan alone, or PLAN:user, PLAN:tool, PLAN:provider or PLAN:model.');
        end if;
        return;
    elsif asked is null and steward.is_admin() then
        perform steward.require_installation_act('set_installation_limit');
    else
        workspace_id := coalesce(asked, steward.acting_workspace(steward.uid(), null, 'set_limit'));
        perform steward.require_act(workspace_id, 'set_limit');
    end if;
    if scope = 'workspace' and scope_value is not null then
        perform steward.refuse('22023', 'scope_value_invalid', 'the scope workspace has no value', 'Name the workspace with workspace_id, and leave scope_value null.');
    elsif scope = 'tag' and scope_value is null then
        perform steward.refuse('22023', 'scope_value_invalid', 'a limit of a tag names the tag', 'Pass it as scope_value.');
    elsif char_length(scope_value) not between 1 and 200 or scope = 'user' and scope_value !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
        perform steward.refuse('22023', 'scope_value_invalid', format('%L is no %s', left(scope_value, 80), scope), 'Pass the name, or the id of the user in small letters, or null for each one.');
    end if;
end
$$;
comment on function steward.limit_place(text, text, uuid) is
    'Finds and checks whose limit is meant. Errors: 22023 scope_unknown, scope_value_invalid, workspace_ambiguous, 42501 administrator_required, not_a_member, person_required, 42704 plan_unknown, workspace_unknown.';

-- Who waits because of a limit is looked at again by the next claim.
create function steward.look_again(limit_id uuid, workspace_id uuid default null) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    update steward.limit_line l set look_at = steward.clock()
    where l.limit_id = look_again.limit_id or l.kind = 'no_cost_limit' or starts_with(l.bucket, look_again.workspace_id::text);
    if found then
        perform steward.ring_doorbell();
    end if;
end
$$;
comment on function steward.look_again(uuid, uuid) is 'Lets the next claim look at the jobs that wait because of a limit, or for one, and at those of a workspace that wait because of its plan.';

create function steward.set_limit(scope text, scope_value text, metric text, window_kind text, amount numeric, on_full text default null,
    valid_until timestamptz default null, workspace_id uuid default null) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    place record;
    at timestamptz;
    stored bigint;
    reaction text;
    known steward.usage_limit;
begin
    perform steward.require_limit_words(set_limit.scope, set_limit.metric, set_limit.window_kind, set_limit.on_full), steward.require_read_committed();
    select * into place from steward.limit_place(set_limit.scope, set_limit.scope_value, set_limit.workspace_id);
    stored := steward.limit_amount(set_limit.metric, set_limit.amount);
    at := steward.clock();
    if set_limit.valid_until is not null and not (set_limit.valid_until > at and isfinite(set_limit.valid_until)) then
        perform steward.refuse('22023', 'valid_until_invalid', format('an override until %s is over already, or never', set_limit.valid_until), 'Pass a time that is ahead, or null for the limit itself.');
    end if;
    perform steward.hold_latch('limits ' || coalesce(place.workspace_id::text, place.plan, 'installation'));
    select l.* into known from steward.usage_limit l
    where l.workspace_id is not distinct from place.workspace_id and l.plan is not distinct from place.plan and l.scope = place.stored_scope
        and l.scope_value is not distinct from place.stored_value and l.metric = set_limit.metric and l.window_kind = set_limit.window_kind
        and l.of_installation = steward.is_admin();
    if known.id is null and stored is null then
        perform steward.refuse('42704', 'limit_unknown', 'there is no such limit to take away', 'steward.limit_status lists those that count.');
    end if;
    reaction := coalesce(set_limit.on_full, known.on_full, case when set_limit.metric = 'jobs' or set_limit.metric like 'counter:%' then 'reject' else 'park' end);
    known.id := coalesce(known.id, steward.new_id());
    known.version := 1 + coalesce((select max(v.version) from steward.usage_limit_version v where v.limit_id = known.id), 0);
    insert into steward.usage_limit_version (limit_id, version, workspace_id, plan, scope, scope_value, metric, window_kind, amount, on_full, valid_until, set_at, set_by_user, set_by)
    values (known.id, known.version, place.workspace_id, place.plan, place.stored_scope, place.stored_value, set_limit.metric, set_limit.window_kind, stored,
        case when stored is not null or set_limit.valid_until is not null then reaction end, set_limit.valid_until, at, steward.uid(), session_user);
    if stored is null and set_limit.valid_until is null then
        delete from steward.usage_limit l where l.id = known.id;
    else
        -- The row that was there goes: replace_limit in 038_presets.sql.
        insert into steward.usage_limit (id, workspace_id, plan, scope, scope_value, metric, window_kind, of_installation, amount, on_full,
            override_amount, override_on_full, override_until, version, since)
        values (known.id, place.workspace_id, place.plan, place.stored_scope, place.stored_value, set_limit.metric, set_limit.window_kind, steward.is_admin(),
            case when set_limit.valid_until is null then stored else known.amount end, case when set_limit.valid_until is null then reaction else coalesce(known.on_full, reaction) end,
            case when set_limit.valid_until is not null then stored end, case when set_limit.valid_until is not null then reaction end, set_limit.valid_until, known.version,
            coalesce(known.since, at));
    end if;
    perform steward.look_again(known.id, place.workspace_id), steward.record_act('set_limit', place.workspace_id, 'limit', known.id::text, jsonb_build_object('scope', place.stored_scope, 'plan', place.plan,
        'metric', set_limit.metric, 'window_kind', set_limit.window_kind, 'amount', stored, 'valid_until', set_limit.valid_until, 'version', known.version));
    return known.id;
end
$$;
comment on function steward.set_limit(text, text, text, text, numeric, text, timestamptz, uuid) is
    'Sets a limit and returns its id; amount in dollars for cost, null takes it away. With valid_until it is an override that lies over the limit until then (amount null: none until then). '
    'scope plan (scope_value PLAN, PLAN:user, PLAN:provider, PLAN:tool or PLAN:model) and limits without a workspace are for steward_admin, those of a workspace for its owners and admins, too; theirs count beside the plan''s, '
    'the administrator''s for a workspace in place of it. on_full null is reject for jobs and counters, park for the rest. It counts for claims and enqueues that begin after its commit. '
    'Errors: 22004 argument_null, 22023 amount_out_of_range, metric_unknown, on_full_unknown, scope_unknown, scope_value_invalid, valid_until_invalid, window_unknown, workspace_ambiguous, '
    '42501 administrator_required, not_a_member, person_required, 42704 limit_unknown, plan_unknown, workspace_unknown, 55000 isolation_unfit.';
