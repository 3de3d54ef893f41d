-- What applications do with actions: schedule and cancel them, leave people alone, tell what people answered, say what became of an unknown one.

-- What can be said of an action whomever it is for.
create function steward.require_deed(account steward.account, kind text, payload jsonb, not_before timestamptz, priority int) returns steward.tool
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    tool steward.tool;
begin
    if require_deed.kind not in ('send_invite', 'send_message', 'view_profile', 'inmail', 'follow_up', 'withdraw') then
        perform steward.refuse('22023', 'kind_unknown', format('%L is no kind of action', left(require_deed.kind, 80)), 'Use send_invite, send_message, view_profile, inmail, follow_up or withdraw.');
    elsif jsonb_typeof(require_deed.payload) <> 'object' or require_deed.payload ?| array['account', 'person'] then
        perform steward.refuse('22023', 'payload_invalid', 'payload is no object, or names account or person itself', 'Pass what else the tool takes, such as {"text": "…"}; account and person are filled in.');
    elsif not isfinite(require_deed.not_before) or require_deed.not_before < steward.clock() - interval '1 minute' then
        perform steward.refuse('22023', 'not_before_past', format('not_before is %s', require_deed.not_before), 'Pass a time that is to come, or null for as soon as the plan admits it.');
    elsif require_deed.priority not between -1000 and 1000 then
        perform steward.refuse('22023', 'priority_out_of_range', format('priority %s is out of range', require_deed.priority), 'Use -1000 (first) to 1000 (last); 0 is the default.');
    elsif exists (
        select from steward.policy_kind k where k.kind = require_deed.kind and k.cap = 0
            and k.policy_id = (select p.id from steward.policy p where p.account_id = account.id order by p.version desc limit 1)) then
        perform steward.refuse('22023', 'kind_excluded', format('the policy of account %s has 0 %s a day', account.id, require_deed.kind), 'Schedule another kind, or raise it with steward.set_policy.');
    end if;
    tool := steward.current_tool(account.provider || '_' || require_deed.kind);
    if tool.id is null or not tool.is_governed then
        perform steward.refuse('42704', 'tool_unknown', format('there is no governed tool %s_%s', account.provider, require_deed.kind), 'Define it with "governed": true; packaging/unipile has one for each kind.');
    end if;
    return tool;
end
$$;
comment on function steward.require_deed(steward.account, text, jsonb, timestamptz, int) is
    'Refuses what an account could do towards nobody, and returns the tool for anything else: 22023 kind_excluded, kind_unknown, not_before_past, payload_invalid, priority_out_of_range, 42704 tool_unknown.';

create function steward.require_action(account steward.account, kind text, person text, payload jsonb, not_before timestamptz, priority int) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    tool steward.tool;
begin
    if char_length(require_action.person) not between 1 and 500 or steward.plain_person(require_action.person) = '' then
        perform steward.refuse('22023', 'person_invalid', 'a person has an id of 1 to 500 characters', 'Pass the id that the provider knows the person by.');
    end if;
    tool := steward.require_deed(require_action.account, require_action.kind, require_action.payload, require_action.not_before, require_action.priority);
    perform steward.load_tool(tool.id), steward.check_payload(tool.id, (require_action.payload || jsonb_build_object('account', account.external_id, 'person', require_action.person))::text);
end
$$;
comment on function steward.require_action(steward.account, text, text, jsonb, timestamptz, int) is
    'Refuses an action that could not be done: 22023 kind_excluded, kind_unknown, not_before_past, payload_invalid, person_invalid, priority_out_of_range, 42704 tool_unknown.';

create function steward.schedule_action(account_id uuid, kind text, person text, payload jsonb default '{}', not_before timestamptz default null, priority int default 0, domain text default null,
    lead_id uuid default null) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    account steward.account;
    scheduled constant uuid := steward.new_id();
    hash bytea;
begin
    perform steward.require('account_id', schedule_action.account_id::text), steward.require('kind', schedule_action.kind), steward.require('person', schedule_action.person),
        steward.require('payload', schedule_action.payload::text), steward.require('priority', schedule_action.priority::text);
    -- Not locked: a backlog is filled while the account acts.
    account := steward.account_for(schedule_action.account_id, 'outreach');
    perform steward.require_action(account, schedule_action.kind, schedule_action.person, schedule_action.payload, schedule_action.not_before, schedule_action.priority);
    hash := steward.person_hash(account.workspace_id, schedule_action.person);
    if steward.is_suppressed(account.workspace_id, hash, schedule_action.domain) then
        perform steward.refuse('55000', 'person_suppressed', 'the person, or the domain of the company, is on the suppression list of the workspace', 'Leave them alone.');
    end if;
    insert into steward.action (id, workspace_id, account_id, kind, person, person_hash, domain, lead_id, payload, not_before, priority, state, scheduled_by, scheduled_at)
    values (scheduled, account.workspace_id, account.id, schedule_action.kind, schedule_action.person, hash, lower(btrim(schedule_action.domain)), schedule_action.lead_id, schedule_action.payload,
        coalesce(schedule_action.not_before, steward.clock()), schedule_action.priority, 'backlog', steward.uid(), steward.clock());
    return scheduled;
exception when unique_violation then
    perform steward.refuse('42710', 'person_invited', 'the person was invited, or is to be, by an account of the workspace', 'Nobody is invited twice: select from steward.actions who did it, and when.');
    return null;  -- not reached: refuse never returns
end
$$;
comment on function steward.schedule_action(uuid, text, text, jsonb, timestamptz, int, text, uuid) is
    'Puts a deed towards a person into the backlog of an account, and returns its id. kind: send_invite, send_message, view_profile, inmail, follow_up or withdraw; person: the id the provider knows the person by; '
    'payload: what the tool takes besides account and person; priority: -1000 (first) to 1000; domain: of the person''s company, for suppressions. For owners, admins and editors. '
    'Errors: 22004 argument_null, 22023 kind_excluded, kind_unknown, not_before_past, payload_invalid, person_invalid, priority_out_of_range, 42704 account_unknown, tool_unknown, 42710 person_invited, '
    '54000 payload_too_large, 55000 person_suppressed.';

-- Account before action: the order of a claim. A job that waits is ended; one that a worker holds already finds its action ended when it asks for its mark.
create function steward.withdraw_actions(actions uuid[], state text, code text, reason text) returns int
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    ended steward.action;
    used int;
    withdrawn int := 0;
begin
    perform from steward.account a where a.id in (select x.account_id from steward.action x where x.id = any (withdraw_actions.actions)) order by a.id for no key update;
    for ended in
        update steward.action a set state = withdraw_actions.state, code = withdraw_actions.code, reason = left(withdraw_actions.reason, 500), ended_at = steward.clock()
        where a.id = any (withdraw_actions.actions) and a.state in ('backlog', 'planned') returning a.*
    loop
        withdrawn := withdrawn + 1;
        if exists (select from steward.action_job j where j.job_id = ended.job_id) then
            used := steward.withdraw_job(j) from steward.job j where j.id = ended.job_id;
            if used is not null then
                perform steward.end_job(ended.job_id, used, 'cancelled', code => withdraw_actions.code, message => 'its action was ended');
                delete from steward.action_job j where j.job_id = ended.job_id;
            end if;
        end if;
    end loop;
    return withdrawn;
end
$$;
comment on function steward.withdraw_actions(uuid[], text, text, text) is 'Ends actions that were not claimed, with their jobs, and returns how many.';

create function steward.acted_action(action_id uuid, act text) returns steward.action
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    action steward.action;
begin
    perform steward.require('action_id', acted_action.action_id::text);
    select a.* into action from steward.action a where a.id = acted_action.action_id and a.workspace_id in (select steward.workspaces_for(acted_action.act));
    if action.id is null then
        perform steward.refuse('42704', 'action_unknown', format('action %s does not exist or is not yours to act on', acted_action.action_id),
            format('Check the id, and that your role in its workspace is one of: %s.', steward.roles_for(acted_action.act)));
    end if;
    perform steward.require_person(acted_action.act);
    return action;
end
$$;
comment on function steward.acted_action(uuid, text) is 'Returns an action, if the caller may do that to it. Errors: 22004 argument_null, 42501 person_required, 42704 action_unknown.';

create function steward.cancel_action(action_id uuid, reason text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    action constant steward.action := steward.acted_action(cancel_action.action_id, 'outreach');
begin
    perform steward.require('reason', cancel_action.reason), steward.require_read_committed();
    if steward.withdraw_actions(array[action.id], 'cancelled', 'cancelled', cancel_action.reason) = 0 then
        perform steward.refuse('55000', 'action_ended', format('action %s is %s', action.id, (select a.state from steward.action a where a.id = action.id)), 'Only what was not sent can be cancelled.');
    end if;
    perform steward.record_act('cancel_action', action.workspace_id, 'action', action.id::text);
end
$$;
comment on function steward.cancel_action(uuid, text) is
    'Cancels an action that was not sent. For owners, admins and editors. Errors: 22004 argument_null, 42704 action_unknown, 55000 action_ended, isolation_unfit.';

create function steward.resolve_action(action_id uuid, state text, note text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    action constant steward.action := steward.acted_action(resolve_action.action_id, 'resolve');
begin
    perform steward.require('state', resolve_action.state), steward.require('note', resolve_action.note);
    if resolve_action.state not in ('done', 'failed') then
        perform steward.refuse('22023', 'outcome_unknown', format('%L is no way to resolve an action', left(resolve_action.state, 80)), 'Use done or failed.');
    elsif action.state <> 'unknown' then
        perform steward.refuse('55000', 'action_not_unknown', format('action %s is %s', action.id, action.state), 'Only an action of which nobody knows how it ended is resolved by hand.');
    end if;
    perform steward.settle_action(action.id, resolve_action.state, 'resolved', left(resolve_action.note, 500)), steward.record_act('resolve_action', action.workspace_id, 'action', action.id::text,
        jsonb_build_object('state', resolve_action.state));
end
$$;
comment on function steward.resolve_action(uuid, text, text) is
    'Says whether an unknown action was done: done or failed. It is not done again. Needs a person. Errors: 22004 argument_null, 22023 outcome_unknown, 42501 person_required, 42704 action_unknown, 55000 action_not_unknown.';
