-- From leads to actions: the best leads that can be reached, and are not yet, as actions of an account.
--
-- schedule_leads goes down the leads as page_leads does, says of each why nothing is to be done for it (obstacle), and schedules the others, until so many are. Called again it goes on where
-- it stood: who is invited or waits for a message is passed by, and a better lead that came since comes first. Each action goes through schedule_action with all of its checks. What that
-- refuses of one person (somebody was quicker, the id does not fit the tool) is a row of the answer; what is wrong with the call itself is an error.

-- What is known of the person beforehand, by whatever the lead says who they are: schedule_action is told of one name and one domain.
create function steward.obstacle(lead steward.lead, kind text, out outcome text, out reason text)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    hash bytea;
    other steward.action;
begin
    if lead.provider_id is null then
        outcome := 'unreachable';
        reason := 'it has no provider_id';
        return;
    end if;
    hash := steward.person_hash(lead.workspace_id, lead.provider_id);
    if (select bool_or(steward.is_suppressed(lead.workspace_id, steward.person_hash(lead.workspace_id, w.person), w.domain))
        from (values (lead.provider_id, lead.domain), (lead.email, split_part(lead.email, '@', 2)), (lead.linkedin_url, null)) w (person, domain) where w.person is not null) then
        outcome := 'suppressed';
        reason := 'the person, or the domain of the company, is on the suppression list of the workspace';
        return;
    end if;
    select a.* into other from steward.action a
    where a.workspace_id = lead.workspace_id and a.person_hash = hash and a.kind = obstacle.kind and a.state in ('backlog', 'planned', 'claimed', 'done', 'unknown')
    order by a.state = 'done', a.id desc limit 1;
    if other.id is not null then
        outcome := case when obstacle.kind = 'send_invite' then 'invited' when other.state = 'done' then 'done' else 'open_action' end;
        reason := format('%s %s is %s', other.kind, other.id, other.state);
    end if;
end
$$;
comment on function steward.obstacle(steward.lead, text) is 'Why nothing of a kind is scheduled for a lead: unreachable, suppressed, invited, done or open_action; null where nothing is in the way.';

-- Only what schedule_action says of this one person is caught; the place of a broken payload tells whether it is theirs.
create function steward.schedule_lead(account_id uuid, lead steward.lead, kind text, payload jsonb, not_before timestamptz, priority int, out action_id uuid, out outcome text, out reason text)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    code text;
    words text;
begin
    action_id := steward.schedule_action(schedule_lead.account_id, schedule_lead.kind, lead.provider_id, schedule_lead.payload, schedule_lead.not_before, schedule_lead.priority,
        coalesce(lead.domain, split_part(lead.email, '@', 2)), lead.id);
    outcome := 'scheduled';
exception when duplicate_object or object_not_in_prerequisite_state or invalid_parameter_value then
    get stacked diagnostics code = pg_exception_detail, words = message_text;
    outcome := case when code = 'code=person_invited' then 'invited' when code = 'code=person_suppressed' then 'suppressed'
        when code = 'code=payload_invalid' and strpos(words, ' at /person: ') > 0 then 'refused' end;
    if outcome is null then
        raise;
    end if;
    reason := words;
end
$$;
comment on function steward.schedule_lead(uuid, steward.lead, text, jsonb, timestamptz, int) is
    'Schedules an action for a lead, or says why not: invited, suppressed or refused (the tool does not take the id). Errors: those of schedule_action, but for these.';

create function steward.require_lead_count(leads int) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if require_lead_count.leads is null or require_lead_count.leads not between 1 and 1000 then
        perform steward.refuse('22023', 'leads_out_of_range', format('%s is no number of leads to schedule', coalesce(require_lead_count.leads::text, 'null')), 'Pass 1 to 1000.');
    end if;
end
$$;
comment on function steward.require_lead_count(int) is 'Refuses what is no number of leads to schedule: 22023 leads_out_of_range.';

-- One call of a workspace after the other: two at once would write to everybody twice. Leads are read one by one along the index of scores, in the order of page_leads, until so many are
-- scheduled; the settings keep the planner from reading and sorting a million first.
create function steward.schedule_leads(account_id uuid, kind text, owner text default null, leads int default 20, payload jsonb default '{}', segment text default null, heat text default null,
    not_before timestamptz default null) returns table (lead_id uuid, action_id uuid, outcome text, reason text)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_sort = off
    set enable_hashjoin = off
    set enable_mergejoin = off
    set jit = off
as $$
#variable_conflict use_column
declare
    account constant steward.account := steward.account_for(schedule_leads.account_id, 'outreach');
    rubric steward.rubric;
    low int;
    high int;
    candidate steward.lead;
    place int := 0;
    scheduled int := 0;
begin
    perform steward.require('kind', schedule_leads.kind), steward.require('payload', schedule_leads.payload::text), steward.require_lead_count(schedule_leads.leads), steward.require_read_committed(),
        steward.require_deed(account, schedule_leads.kind, schedule_leads.payload, schedule_leads.not_before, 0);
    rubric := steward.rubric_in_force(account.workspace_id);
    select h.low, h.high into low, high from steward.heat_range(rubric, schedule_leads.heat) h;
    perform steward.hold_key('bucket', concat_ws('/', 'schedule_leads', account.workspace_id), exclusive => true, wait => true);
    for candidate in
        select l.*
        from (
            select k.lead_id from steward.lead_score k
            where k.rubric_id = rubric.id and k.superseded_at is null and not k.closed and k.score between low and high
            order by k.score desc, k.lead_id) s
        cross join lateral (select i.* from steward.lead i where i.id = s.lead_id limit 1) l
        where l.outcome is null and l.erased_at is null
            and (schedule_leads.owner is null or coalesce(l.owner, l.suggested_owner) = schedule_leads.owner) and (schedule_leads.segment is null or l.segment = schedule_leads.segment)
    loop
        place := place + 1;
        lead_id := candidate.id;
        action_id := null;
        select o.outcome, o.reason into outcome, reason from steward.obstacle(candidate, schedule_leads.kind) o;
        if outcome is null then
            select d.action_id, d.outcome, d.reason into action_id, outcome, reason
            from steward.schedule_lead(account.id, candidate, schedule_leads.kind, schedule_leads.payload, schedule_leads.not_before, least(place, 1000)) d;
        end if;
        return next;
        scheduled := scheduled + (outcome = 'scheduled')::int;
        exit when scheduled = schedule_leads.leads;
    end loop;
end
$$;
comment on function steward.schedule_leads(uuid, text, text, int, jsonb, text, text, timestamptz) is
    'Schedules an action of a kind for the best open leads of an account''s workspace, until so many (leads: 1 to 1000) are scheduled: of an owner, a segment or a heat only, if named. A row for each lead that was looked at, the '
    'best first: scheduled, with the action, or why not, with the reason in words: unreachable (no provider_id), suppressed, invited, open_action (one of the kind is on its way, or nobody knows), done (one was done), refused (the '
    'tool does not take the id). Called again it goes on with the leads after them. payload and not_before: as schedule_action takes them; priority is the lead''s place, at most 1000. For owners, admins and editors. '
    'Errors: 22004 argument_null, 22023 heat_unknown, kind_excluded, kind_unknown, leads_out_of_range, not_before_past, payload_invalid, 42704 account_unknown, tool_unknown, 54000 payload_too_large, '
    '55000 isolation_unfit, no_rubric.';
