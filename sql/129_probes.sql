-- Probes: what became of an action of which nobody knows whether the person was reached.
--
-- Between 5 and 60 minutes after the doubt, inside the account's window, a job of the tool <provider>_probe_<kind> asks the provider for what the account sent (invitations, chats).
-- If the list has an entry with the person, and of messages one with a time since the call, the action was done: an answer of the person in between counts as
-- well, which is the safe side. If it does not, it is asked once more an hour later, because lists lag; then the
-- action failed. It is not done again by itself: whoever wants that schedules it again. Five probes without a list leave it unknown, for resolve_action.

create function steward.release_probe(action steward.action, account steward.account, at timestamptz) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    job uuid;
begin
    job := (steward.enqueue_jobs(action.scheduled_by, account.provider || '_probe_' || action.kind, array[jsonb_build_object('account', account.external_id, 'person', action.person)], null, 0, null,
        array[format('probe %s of action %s', action.probes + 1, action.id)], array['outreach'], action.workspace_id, null))[1];
    insert into steward.action_job (job_id, action_id, account_id, purpose, planned_at) values (job, action.id, account.id, 'probe', at);
exception when others then
    if steward.may_pass(sqlstate) then
        raise;
    end if;
    update steward.action a set probe_at = at + interval '1 day', code = 'probe_refused', reason = 'its probe could not be enqueued: say what became of it with steward.resolve_action' where a.id = action.id;
end
$$;
comment on function steward.release_probe(steward.action, steward.account, timestamptz) is 'Enqueues the probe of an action.';

create function steward.release_probes(at timestamptz) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
begin
    perform steward.release_probe(x, a, at)
    from (
        select distinct on (u.account_id) u as action from steward.action u where u.state = 'unknown' and u.probe_at <= at and u.person is not null order by u.account_id, u.probe_at
    ) due
    cross join lateral (select (due.action).*) x
    join steward.account a on a.id = x.account_id
    where a.enabled_at is not null and a.state <> 'frozen' and not exists (select from steward.action_job j where j.account_id = a.id and j.purpose = 'probe')
        and exists (select from steward.tool t where t.name = a.provider || '_probe_' || x.kind)
        and exists (select from steward.account_day d where d.account_id = a.id and d.opens_at <= at and d.closes_at > at);
end
$$;
comment on function steward.release_probes(timestamptz) is 'Enqueues the probes that are due, one for each account.';

create function steward.settle_action(action_id uuid, state text, code text, reason text) returns void
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    update steward.action a set state = settle_action.state, code = settle_action.code, reason = settle_action.reason, ended_at = steward.clock(), probe_at = null
    where a.id = settle_action.action_id and a.state = 'unknown'
$$;
comment on function steward.settle_action(uuid, text, text, text) is 'Says what became of an unknown action.';

-- Anywhere in an entry of the list: providers differ in how they call the fields.
create function steward.is_listed(list jsonb, person text, since timestamptz) returns boolean
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select from jsonb_array_elements(case jsonb_typeof(list) when 'array' then list else '[]' end) e
        where jsonb_path_exists(e, '$.** ? (@ == $person)', jsonb_build_object('person', person))
            and (since is null or jsonb_path_exists(e, '$.** ? (@ like_regex "^[0-9]{4}-[0-9]{2}-[0-9]{2}T.*Z$" && @ >= $since)',
                jsonb_build_object('since', to_char(since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')))))
$$;
comment on function steward.is_listed(jsonb, text, timestamptz) is 'Whether a list has an entry with a person and, unless null, with a time (ISO 8601, UTC) since a moment.';

create function steward.end_probe(sent steward.action_job, s steward.action_end) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    probed steward.action;
    is_listed boolean;
begin
    update steward.action a
    set probes = a.probes + 1, probe_at = case when a.probes + 1 < 5 then steward.clock() + interval '1 hour' + random() * interval '1 hour' end
    where a.id = sent.action_id and a.state = 'unknown' returning a.* into probed;
    if probed.id is null or s.decision <> 'succeed' then
        return;
    end if;
    is_listed := steward.is_listed(s.result, probed.person, case when probed.kind <> 'send_invite' then probed.claimed_at - interval '5 seconds' end);
    -- The list names everybody else whom the account wrote to; nobody needs it any more.
    update steward.job j set result = jsonb_build_object('is_listed', is_listed) where j.id = sent.job_id;
    if is_listed then
        perform steward.settle_action(probed.id, 'done', 'probed', 'the provider lists it as sent');
    elsif probed.code = 'not_listed' then
        perform steward.settle_action(probed.id, 'failed', 'not_listed', 'the provider did not list it, twice');
    else
        update steward.action a set code = 'not_listed', reason = 'the provider does not list it; it is asked once more' where a.id = probed.id;
    end if;
end
$$;
comment on function steward.end_probe(steward.action_job, steward.action_end) is 'Reads what a probe found.';

-- What no outcome told: jobs that a person cancelled or resolved, whose answer came late, or whose account was held by somebody when they ended.
create function steward.reconcile_actions() returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
begin
    perform steward.end_action_job(j, row(
        case o.outcome when 'succeeded' then 'succeed' when 'in_doubt' then 'in_doubt' when 'failed' then 'fail' else 'cancel' end,
        a.http_status, a.usage, o.result, coalesce(o.error_code, 'job_gone'), coalesce(o.error_message, a.error_message))::steward.action_end)
    from steward.action_job j
    left join steward.job o on o.id = j.job_id
    left join lateral (select x.* from steward.attempt x where x.job_id = j.job_id order by x.number desc limit 1) a on true
    where o.id is null or o.outcome is not null;
    perform steward.settle_action(a.id, case o.outcome when 'succeeded' then 'done' else 'failed' end, 'job_' || o.outcome, 'its job was resolved')
    from steward.action a join steward.job o on o.id = a.job_id
    where a.state = 'unknown' and o.outcome <> 'in_doubt';
end
$$;
comment on function steward.reconcile_actions() is 'Takes over what became of jobs of actions outside their attempts.';
