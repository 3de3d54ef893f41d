-- Who is to be left alone, and what people answered.

create function steward.suppress(kind text, value text, reason text, workspace_id uuid default null) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace uuid;
    hash bytea;
    ended int;
begin
    perform steward.require('kind', suppress.kind), steward.require('value', suppress.value), steward.require('reason', suppress.reason), steward.require_read_committed();
    workspace := steward.acting_workspace(steward.uid(), suppress.workspace_id, 'outreach');
    if suppress.kind not in ('person', 'domain') then
        perform steward.refuse('22023', 'kind_unknown', format('%L is nothing that can be suppressed', left(suppress.kind, 80)), 'Use person or domain.');
    elsif char_length(suppress.value) not between 1 and 500 or steward.plain_person(suppress.value) = '' then
        perform steward.refuse('22023', 'person_invalid', 'a person or domain has 1 to 500 characters', 'Pass the id that the provider knows the person by, or a domain.');
    end if;
    hash := steward.person_hash(workspace, suppress.value);
    insert into steward.suppression as s (workspace_id, kind, hash, value, reason, suppressed_at, suppressed_by)
    values (workspace, suppress.kind, hash, suppress.value, left(suppress.reason, 500), steward.clock(), steward.uid())
    on conflict on constraint suppression_pkey do update set reason = excluded.reason;
    ended := steward.withdraw_actions(array(
        select a.id from steward.action a
        where a.workspace_id = workspace and a.state in ('backlog', 'planned')
            and (suppress.kind = 'person' and a.person_hash = hash or suppress.kind = 'domain' and steward.plain_person(a.domain) = steward.plain_person(suppress.value))),
        'skipped', 'person_suppressed', suppress.reason);
    perform steward.record_act('suppress', workspace, 'workspace', workspace::text, jsonb_build_object('kind', suppress.kind, 'actions', ended));
    return ended;
end
$$;
comment on function steward.suppress(text, text, text, uuid) is
    'Leaves a person or a domain alone from now on, in all accounts of the workspace: what is in the backlog or planned for them is skipped, and how many that were is returned. For owners, admins and editors. '
    'Errors: 22004 argument_null, 22023 kind_unknown, person_invalid, workspace_ambiguous, 42501 not_a_member, 42704 workspace_unknown, 55000 isolation_unfit.';

-- What is known of a person goes; that they are to be left alone, and that they were invited, stays as hashes. Jobs of actions hold the person's id in payload and result.
create function steward.erase_person(person text, workspace_id uuid default null) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace uuid;
    lead_ids uuid[];
    names text[];
    keys bytea[];
    actions uuid[];
    jobs uuid[];
begin
    perform steward.require('person', erase_person.person), steward.require_read_committed();
    workspace := steward.acting_workspace(steward.uid(), erase_person.workspace_id, 'erase_person');
    perform steward.require_person('erase_person');
    -- By whatever of their leads says who they are, they may have been written to.
    perform steward.hold_leads(workspace);
    select l.lead_ids, l.names into lead_ids, names from steward.leads_of_person(workspace, erase_person.person) l;
    keys := array(select steward.person_hash(workspace, n) from unnest(names) n);
    perform steward.withdraw_actions(array(select a.id from steward.action a where a.workspace_id = workspace and a.person_hash = any (keys) and a.state in ('backlog', 'planned')),
        'skipped', 'person_suppressed', 'erased'), steward.suppress('person', erase_person.person, 'erased', workspace);
    if exists (select from steward.action a where a.workspace_id = workspace and a.person_hash = any (keys) and a.state = 'claimed') then
        perform steward.refuse('55000', 'action_running', 'something is being sent to the person at this moment', 'Call again in a minute.');
    end if;
    with gone as (
        update steward.action a set person = null, domain = null, payload = '{}', reason = null where a.workspace_id = workspace and a.person_hash = any (keys) and a.person is not null returning a.id
    )
    select array_agg(g.id) into actions from gone g;
    -- Every job that was ever enqueued for them: their keys name the action (127_release_actions.sql, 129_probes.sql).
    jobs := array(
        select j.id from steward.job j
        where j.workspace_id = workspace and j.tags @> '{outreach}' and substring(j.idempotency_key from '^(?:action|probe \d+ of action) ([0-9a-f-]{36})') = any (actions::text[]));
    update steward.job j set payload = '{}', result = null, error_message = null where j.id = any (jobs) and j.outcome is not null;
    update steward.attempt a set error_message = null where a.job_id = any (jobs) and a.finished_at is not null;
    perform steward.forget_leads(workspace, lead_ids, names), steward.record_act('erase_person', workspace, 'workspace', workspace::text, jsonb_build_object('actions', coalesce(cardinality(actions), 0), 'leads', cardinality(lead_ids)));
    return coalesce(cardinality(actions), 0);
end
$$;
comment on function steward.erase_person(text, uuid) is
    'Erases who a person is from the actions, jobs, suppressions and leads of a workspace, leaves the person alone from now on, and returns of how many actions. What is in the backlog for them is skipped; '
    'rows about them are not imported as leads again. '
    'That somebody was invited stays, as a hash that only this workspace can compare. Needs a person; for owners and admins. '
    'Errors: 22004 argument_null, 22023 person_invalid, workspace_ambiguous, 42501 not_a_member, person_required, 42704 workspace_unknown, 55000 action_running, isolation_unfit.';

create function steward.require_event(event text, person text) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('event', require_event.event);
    if require_event.event not in ('reply', 'accepted', 'disconnected', 'checkpoint', 'restricted') then
        perform steward.refuse('22023', 'event_unknown', format('%L is no event of outreach', left(require_event.event, 80)), 'Use reply, accepted, disconnected, checkpoint or restricted.');
    elsif require_event.event in ('reply', 'accepted') then
        perform steward.require('person', require_event.person);
    end if;
end
$$;
comment on function steward.require_event(text, text) is 'Refuses what is no event of outreach, and an answer of nobody: 22004 argument_null, 22023 event_unknown.';

create function steward.record_outreach_event(account_id uuid, event text, person text default null) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    account steward.account;
    hash bytea;
    changed int := 0;
begin
    perform steward.require_read_committed();
    account := steward.acted_account(record_outreach_event.account_id, 'outreach');
    perform steward.require_event(record_outreach_event.event, record_outreach_event.person);
    hash := case when record_outreach_event.person is not null then steward.person_hash(account.workspace_id, record_outreach_event.person) end;
    if record_outreach_event.event = 'reply' then
        return steward.withdraw_actions(array(
            select a.id from steward.action a where a.workspace_id = account.workspace_id and a.person_hash = hash and a.kind = 'follow_up' and a.state in ('backlog', 'planned')),
            'skipped', 'person_replied', 'the person has answered');
    elsif record_outreach_event.event = 'accepted' then
        update steward.action a set accepted_at = steward.clock()
        where a.workspace_id = account.workspace_id and a.person_hash = hash and a.kind = 'send_invite' and a.state in ('claimed', 'done', 'unknown') and a.accepted_at is null;
        get diagnostics changed = row_count;
    elsif account.state <> 'frozen' then
        perform steward.trip(account.id, 'frozen', null, record_outreach_event.event, format('the provider told the application: %s', record_outreach_event.event)),
            steward.record_act('record_outreach_event', account.workspace_id, 'account', account.id::text, jsonb_build_object('event', record_outreach_event.event));
        changed := 1;
    end if;
    return changed;
end
$$;
comment on function steward.record_outreach_event(uuid, text, text) is
    'Tells what a webhook of the provider told the application, and returns how many rows that changed: reply skips the follow-ups of that person in all accounts of the workspace, accepted counts for the acceptance rate, '
    'disconnected, checkpoint and restricted freeze the account. For owners, admins and editors. Errors: 22004 argument_null, 22023 event_unknown, 42704 account_unknown, 55000 isolation_unfit.';
