-- What accounts are and did, for people. Rows of accounts come out of a function, because the table holds the secret of their draws.

create function steward.readable_accounts()
    returns table (id uuid, workspace_id uuid, name text, provider text, external_id text, role text, enabled_at timestamptz, state text, state_code text, state_reason text, state_until timestamptz,
        time_zone text, local_day date, cap_today int, done_today int, done_in_week int, week_cap int, asked_week_cap int, backlog bigint, next_at timestamptz)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select a.id, a.workspace_id, a.name, a.provider, a.external_id, a.role, a.enabled_at, a.state, a.state_code,
        case when a.state <> 'ok' then (select e.reason from steward.breaker_event e where e.account_id = a.id order by e.id desc limit 1) end, a.state_until,
        l.time_zone, l.day, least(d.cap, case when a.reduced_day = l.day then a.reduced_cap end),
        (select count(*)::int from steward.action_claim c where c.account_id = a.id and c.local_day = l.day),
        (select count(*)::int from steward.action_claim c where c.account_id = a.id and c.t > steward.now() - interval '170 hours'), p.week_cap, p.asked_week_cap,
        (select count(*) from steward.action x where x.account_id = a.id and x.state in ('backlog', 'planned')),
        (select min(m) from unnest(n.moments) m where m > steward.now())
    from steward.account a
    cross join lateral steward.local_day(a.id, steward.now()) l
    left join steward.account_day d on d.account_id = a.id and d.local_day = l.day
    left join lateral (select y.* from steward.policy y where y.account_id = a.id and y.from_day <= l.day order by y.version desc limit 1) p on true
    left join lateral (select y.moments from steward.day_plan y where y.account_id = a.id and y.local_day = l.day order by y.revision desc limit 1) n on true
    where a.workspace_id in (select steward.my_workspaces());
end
$$;
comment on function steward.readable_accounts() is 'The rows of the view steward.accounts.';

create view steward.accounts with (security_invoker = true) as
select r.id, r.workspace_id, r.name, r.provider, r.external_id, r.role, r.enabled_at, r.state, r.state_code, r.state_reason, r.state_until, r.time_zone, r.local_day, r.cap_today, r.done_today,
    r.done_in_week, r.week_cap, r.asked_week_cap, r.backlog, r.next_at
from steward.readable_accounts() r;
comment on view steward.accounts is 'The senders of your workspaces, how far each is today, and what its breaker says.';
comment on column steward.accounts.id is 'Id of the account.';
comment on column steward.accounts.workspace_id is 'Its workspace.';
comment on column steward.accounts.name is 'Its name.';
comment on column steward.accounts.provider is 'Provider of its tools.';
comment on column steward.accounts.external_id is 'Its id at the provider.';
comment on column steward.accounts.role is 'Preset that its first policy was made from.';
comment on column steward.accounts.enabled_at is 'When it was enabled; null: it does nothing.';
comment on column steward.accounts.state is 'State of its breaker: ok, cool or frozen.';
comment on column steward.accounts.state_code is 'Slug of why it is not ok.';
comment on column steward.accounts.state_reason is 'The same in words.';
comment on column steward.accounts.state_until is 'Cool: until when. Frozen: before that nobody resumes it.';
comment on column steward.accounts.time_zone is 'Zone of its window.';
comment on column steward.accounts.local_day is 'Its local day of now.';
comment on column steward.accounts.cap_today is 'Actions of today at most; null where nothing is done today, or the day is not drawn yet.';
comment on column steward.accounts.done_today is 'Actions claimed today.';
comment on column steward.accounts.done_in_week is 'Actions claimed in the last 170 hours.';
comment on column steward.accounts.week_cap is 'Actions in any 170 hours at most.';
comment on column steward.accounts.asked_week_cap is 'What a person set; week_cap is lower after the breaker halved it.';
comment on column steward.accounts.backlog is 'Actions that wait or are planned.';
comment on column steward.accounts.next_at is 'Next moment of the plan of today.';

create view steward.actions with (security_invoker = true) as
select a.id, a.workspace_id, a.account_id, a.kind, a.person, a.domain, a.lead_id, a.payload, a.state, a.not_before, a.priority, a.scheduled_by, a.scheduled_at, a.planned_at, a.claimed_at, a.ended_at, a.accepted_at,
    a.code, a.reason, a.job_id
from steward.action a;
comment on view steward.actions is 'The deeds of outreach of your workspaces; steward.explain_action says why one waits.';
comment on column steward.actions.id is 'Id of the action.';
comment on column steward.actions.workspace_id is 'Its workspace.';
comment on column steward.actions.account_id is 'Who does it.';
comment on column steward.actions.kind is 'send_invite, send_message, view_profile, inmail, follow_up or withdraw.';
comment on column steward.actions.person is 'Towards whom; null after it was erased.';
comment on column steward.actions.domain is 'Domain of the person''s company.';
comment on column steward.actions.lead_id is 'The lead.';
comment on column steward.actions.payload is 'What the tool gets besides account and person.';
comment on column steward.actions.state is 'backlog, planned, claimed, done, failed, unknown, skipped or cancelled.';
comment on column steward.actions.not_before is 'It is not done before that.';
comment on column steward.actions.priority is 'The lowest number first.';
comment on column steward.actions.scheduled_by is 'Who scheduled it.';
comment on column steward.actions.scheduled_at is 'When it was scheduled.';
comment on column steward.actions.planned_at is 'The moment it is, or was, planned for.';
comment on column steward.actions.claimed_at is 'When it was sent.';
comment on column steward.actions.ended_at is 'When it ended.';
comment on column steward.actions.accepted_at is 'When the person accepted the invitation.';
comment on column steward.actions.code is 'Slug of why it ended as it did, or went back to the backlog.';
comment on column steward.actions.reason is 'The same in words.';
comment on column steward.actions.job_id is 'Its job.';
