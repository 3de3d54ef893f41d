-- Claim and end: an action is sent, and what follows.
--
-- refused_actions is part of mark_sent: an attempt of a governed tool is marked only together with its row of the claim ledger, whoever enqueued it and however, so no governed
-- call leaves without one. What is refused ends unsent, and its action goes back to the backlog. end_actions is part of apply_outcomes.
-- A moment that was missed by more than a minute is lost: later calls of many accounts that wait for one worker would otherwise leave all at once.

-- Why an action may not be done now, for what can be told before its row is written; null where nothing is known against it.
create function steward.claim_refusal(action steward.action, account steward.account, planned_at timestamptz) returns text
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
begin
    return case
        when action.state <> 'planned' then 'action_' || action.state
        when account.enabled_at is null then 'account_disabled'
        when account.state <> 'ok' then 'account_' || account.state
        when at < claim_refusal.planned_at - interval '1 second' then 'moment_not_come'
        when at > claim_refusal.planned_at + interval '1 minute' then 'moment_missed'
        when account.reduced_day = (select l.day from steward.local_day(account.id, at) l)
            and account.reduced_cap <= (select count(*) from steward.action_claim c where c.account_id = account.id and c.local_day = account.reduced_day) then 'day_reduced'
        when steward.is_suppressed(action.workspace_id, action.person_hash, action.domain) then 'person_suppressed'
        when exists (select from steward.action u where u.workspace_id = action.workspace_id and u.person_hash = action.person_hash and u.id <> action.id and u.state in ('claimed', 'unknown'))
            then 'person_unknown'
    end;
end
$$;
comment on function steward.claim_refusal(steward.action, steward.account, timestamptz) is 'Why an action may not be done now: a slug, or null.';

-- Account before action, each time, as everybody takes them; freeze_account waits for marks that are being committed. Nobody is waited for here: while a person's open
-- transaction holds an account, its actions go back to the backlog, and the other jobs of the batch go on.
create function steward.claim_action(job_id uuid) returns text
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    sending steward.action_job;
    account steward.account;
    action steward.action;
    refusal text;
    claimed timestamptz;
begin
    select j.* into sending from steward.action_job j where j.job_id = claim_action.job_id and j.purpose = 'send';
    if sending.job_id is null then
        return 'action_ungoverned';
    end if;
    select a.* into account from steward.account a where a.id = sending.account_id for no key update skip locked;
    select a.* into action from steward.action a where a.id = sending.action_id for no key update skip locked;
    if account.id is null or action.id is null then
        return 'account_busy';
    end if;
    refusal := steward.claim_refusal(action, account, sending.planned_at);
    if refusal is not null then
        update steward.action a set code = refusal where a.id = action.id and a.state = 'planned';
        return refusal;
    end if;
    claimed := steward.insert_claim(action);
    if claimed is null then
        return 'day_unknown';
    end if;
    update steward.action a set state = 'claimed', claimed_at = claimed, code = null, reason = null where a.id = action.id;
    return null;
exception when check_violation or foreign_key_violation or unique_violation then
    get stacked diagnostics refusal = constraint_name;
    refusal := coalesce(substring(refusal from '^action_claim_(.*)_(check|key|fkey)$'), 'pkey') || '_limit';
    update steward.action a set code = refusal where a.id = sending.action_id;
    return refusal;
end
$$;
comment on function steward.claim_action(uuid) is 'Writes the action of a job into the claim ledger; returns the slug of what forbids it, or null.';

-- The attempts are locked first: a rescue that holds one of them and ends its action would otherwise wait for the account that we hold.
create function steward.refused_actions(worker text, job_ids uuid[], attempts int[], stopped json[]) returns json[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    governed record;
    refusal text;
    refused json[] := '{}'::json[];
begin
    for governed in
        with held as materialized (
            select a.job_id, a.number from unnest(refused_actions.job_ids, refused_actions.attempts) as s (job_id, number)
            join steward.attempt a on a.job_id = s.job_id and a.number = s.number
            where a.worker = refused_actions.worker and a.state = 'claimed' and a.deadline > steward.clock() and a.tool_id in (select g.id from steward.tool g where g.is_governed)
                and a.job_id <> all (array(select (t ->> 'job_id')::uuid from unnest(refused_actions.stopped) t))
                and not exists (select from steward.cancellation c where c.job_id = a.job_id and c.attempt = a.number)
            order by a.job_id for no key update of a
        )
        select h.job_id, h.number from held h left join steward.action_job j on j.job_id = h.job_id order by j.account_id
    loop
        refusal := steward.claim_action(governed.job_id);
        if refusal is not null then
            refused := refused || json_build_object('job_id', governed.job_id, 'attempt', governed.number, 'phase', 'unsent', 'code', refusal,
                'error', case refusal when 'action_ungoverned' then 'only the governor sends with this tool: schedule an action instead' else 'the governor does not let the account do it now' end);
        end if;
    end loop;
    return refused;
end
$$;
comment on function steward.refused_actions(text, uuid[], int[], json[]) is
    'Writes the actions of attempts that are about to be marked as sent into the claim ledger; returns those that may not be done now, as outcomes. stopped: outcomes of attempts that are not marked anyway; those that somebody asked to end are none, either.';

-- What is known of the end of a job of an action.
create type steward.action_end as (
    decision text,
    http_status int,
    usage jsonb,
    result jsonb,
    error_code text,
    error_message text
);
comment on type steward.action_end is 'How the job of an action ended: succeed, fail, cancel or in_doubt, with what the answer said.';

create function steward.end_action(sent steward.action_job, s steward.action_end) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    ended steward.action;
begin
    update steward.action a
    -- In doubt before it was claimed is what a restore leaves: it may have been sent after the backup.
    set state = case when s.decision = 'in_doubt' then 'unknown'
            when a.state = 'planned' then case when s.error_code in ('render_failed', 'membership_ended') then 'failed' when s.error_code = 'person_suppressed' or s.decision = 'succeed' then 'skipped' else 'backlog' end
            when s.decision = 'succeed' then 'done' else 'failed' end,
        -- Done before it was claimed: it was rehearsed, in a dry run.
        code = case when s.decision <> 'succeed' then coalesce(s.error_code, a.code) when a.state = 'planned' then 'rehearsed' end, reason = case when s.decision <> 'succeed' then 'its job says why' end,
        ended_at = case when s.decision = 'succeed' or a.state = 'claimed' and s.decision <> 'in_doubt' or s.error_code in ('render_failed', 'membership_ended', 'person_suppressed') then steward.clock() end,
        -- Not at once, and not at a fixed time: between 5 and 60 minutes.
        probe_at = case when s.decision = 'in_doubt' then steward.clock() + interval '5 minutes' + random() * interval '55 minutes' end
    where a.id = sent.action_id and a.state in ('planned', 'claimed') returning a.* into ended;
    if ended.state in ('done', 'failed', 'unknown') and ended.claimed_at is not null then
        perform steward.feed_breaker(sent.account_id, sent.action_id, ended.state = 'done', s.http_status, s.error_message, s.usage);
    end if;
end
$$;
comment on function steward.end_action(steward.action_job, steward.action_end) is 'Ends an action as its job ended, and feeds its account''s breaker. The account is locked.';

-- Where somebody's open transaction holds the account, the next tick ends the action (reconcile_actions): outcomes of others do not wait for a person.
create function steward.end_action_job(sent steward.action_job, s steward.action_end) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform from steward.account a where a.id = sent.account_id for no key update skip locked;
    if not found then
        return;
    end if;
    delete from steward.action_job j where j.job_id = sent.job_id;
    if sent.purpose = 'send' then
        perform steward.end_action(sent, s);
    else
        perform steward.end_probe(sent, s);
    end if;
end
$$;
comment on function steward.end_action_job(steward.action_job, steward.action_end) is 'Ends what a job of an action was for, unless somebody else holds its account.';

-- Called where there are action jobs at all. A job that was released, or that waits, has not ended.
create function steward.end_actions(settled steward.settlement[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.end_action_job(j, row(s.decision, s.http_status, s.usage, s.result, s.error_code, s.error_message)::steward.action_end)
    from steward.action_job j join unnest(settled) s on s.job_id = j.job_id
    where s.decision in ('succeed', 'fail', 'cancel', 'in_doubt');
end
$$;
comment on function steward.end_actions(steward.settlement[]) is 'Ends the actions whose jobs ended.';
