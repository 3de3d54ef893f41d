-- What was spent, and where what was spent is not what was expected. All security_invoker: members read the ledger of their workspaces. Days are those of held_at, in the
-- zone of the workspace: the windows of limits count by it, too.

create view steward.limit_status with (security_invoker = true) as
select l.limit_id, l.workspace_id, l.words, l.scope, l.scope_value, l.bucket_value, l.metric, l.window_kind, l.amount, l.override_until, l.on_full, l.used, l.held, l.remaining, l.percent,
    l.window_starts_at, l.window_ends_at, l.fills_at, l.waiting, l.turned_away, l.overruns
from steward.readable_limits() l;
comment on view steward.limit_status is 'The limits over your workspaces, those of their plans and of the installation, and how full each is now. Amounts are dollars for cost, else numbers.';
comment on column steward.limit_status.limit_id is 'Id of the limit.';
comment on column steward.limit_status.workspace_id is 'Your workspace that it covers; null for one that all workspaces share.';
comment on column steward.limit_status.words is 'The limit in words.';
comment on column steward.limit_status.scope is 'Whose use is added up: workspace, user, tool, provider, model or tag.';
comment on column steward.limit_status.scope_value is 'Which one; null is each one for itself.';
comment on column steward.limit_status.bucket_value is 'Of a limit of each one: which one this row is about; null where it has met nobody yet.';
comment on column steward.limit_status.metric is 'cost, jobs, calls, tokens, running or counter:NAME.';
comment on column steward.limit_status.window_kind is 'minute, hour, day, week, month, cycle:N or total.';
comment on column steward.limit_status.amount is 'How much may be used in a window, by the override where there is one.';
comment on column steward.limit_status.override_until is 'When the override ends; null where there is none.';
comment on column steward.limit_status.on_full is 'What happens where it is full: reject, park or shadow.';
comment on column steward.limit_status.used is 'What was used in the window of now; 0 for running.';
comment on column steward.limit_status.held is 'What is held for attempts that run, and where cost or tokens reject, reserved for jobs that were accepted: the most they may use.';
comment on column steward.limit_status.remaining is 'What is left beside both; below zero after an overrun, or where the limit was lowered.';
comment on column steward.limit_status.percent is 'used and held of the amount; 100 where that is 0.';
comment on column steward.limit_status.window_starts_at is 'First moment of the window; -infinity for total.';
comment on column steward.limit_status.window_ends_at is 'First moment after it, when all of it is free again; infinity for total.';
comment on column steward.limit_status.fills_at is 'When it is full if its use (held included) goes on as it did since the window began; now where it is. Null where that is not before its end, and for running.';
comment on column steward.limit_status.waiting is 'Jobs of your workspaces in its line.';
comment on column steward.limit_status.turned_away is 'How many times in the window a job did not fit, or of a shadow limit would not have; null where all workspaces share it.';
comment on column steward.limit_status.overruns is 'Calls of your workspaces in the window that cost more than was held for them.';

create view steward.limit_alerts with (security_invoker = true) as
select a.at, a.workspace_id, a.limit_id, a.words, a.percent, nullif(substr(a.bucket, nullif(strpos(a.bucket, '/'), 0) + 1), '') as bucket_value, a.metric,
    case when a.metric = 'cost' then trim_scale(a.used * 0.000000001) else a.used end as used, case when a.metric = 'cost' then trim_scale(a.amount * 0.000000001) else a.amount end as amount,
    a.starts_at as window_starts_at
from steward.limit_alert a;
comment on view steward.limit_alerts is 'Limits of your workspaces that came to 50, 80 or 100 percent, used and held together, once each for every window. For steward_admin: of all.';
comment on column steward.limit_alerts.at is 'When it came there.';
comment on column steward.limit_alerts.workspace_id is 'The workspace; null for a limit over all workspaces, which administrators are told of.';
comment on column steward.limit_alerts.limit_id is 'The limit.';
comment on column steward.limit_alerts.words is 'The limit in words, as it was then.';
comment on column steward.limit_alerts.percent is '50, 80 or 100.';
comment on column steward.limit_alerts.bucket_value is 'Of a limit of each one: which one.';
comment on column steward.limit_alerts.metric is 'That of the limit.';
comment on column steward.limit_alerts.used is 'What was used and held then: dollars for cost, else a number.';
comment on column steward.limit_alerts.amount is 'How much the limit was then.';
comment on column steward.limit_alerts.window_starts_at is 'First moment of the window.';

-- A row for each set of tags: with one for each tag, jobs with two tags would count twice in every sum. spend_by_tag is for one tag at a time.
create view steward.spend_by_day with (security_invoker = true) as
select (e.held_at at time zone w.time_zone)::pg_catalog.date as day, e.workspace_id, e.user_id, t.name as tool, e.provider, e.model, e.tags,
    sum(e.calls) as calls, sum(e.jobs) as jobs, sum(e.tokens) as tokens, trim_scale(sum(e.cost) * 0.000000001) as cost, sum(e.cost) as cost_nanos, trim_scale(sum(e.reported) * 0.000000001) as reported,
    trim_scale(sum(case when e.kind = 'posted_estimate' and not exists (
        select from steward.ledger c
        where c.workspace_id = e.workspace_id and c.held_at = e.held_at and c.job_id = e.job_id and c.attempt = e.attempt and c.entry > e.entry) then e.cost else 0 end) * 0.000000001) as estimated
from steward.ledger e
join steward.tool t on t.id = e.tool_id
join steward.workspaces w on w.id = e.workspace_id
group by 1, 2, 3, 4, 5, 6, 7;
comment on view steward.spend_by_day is 'What your workspaces spent, by day, user, tool, provider, model and set of tags; rows may be summed by any of these but a single tag, which steward.spend_by_tag does.';
comment on column steward.spend_by_day.day is 'Day of the calls, in the zone of the workspace.';
comment on column steward.spend_by_day.workspace_id is 'The workspace.';
comment on column steward.spend_by_day.user_id is 'The user of the jobs.';
comment on column steward.spend_by_day.tool is 'Name of the tool, all versions.';
comment on column steward.spend_by_day.provider is 'Its provider.';
comment on column steward.spend_by_day.model is 'The model that was asked, where it is known.';
comment on column steward.spend_by_day.tags is 'All tags of the jobs.';
comment on column steward.spend_by_day.calls is 'Calls made.';
comment on column steward.spend_by_day.jobs is 'Jobs whose first call this was.';
comment on column steward.spend_by_day.tokens is 'Tokens in and out.';
comment on column steward.spend_by_day.cost is 'What it cost, in dollars.';
comment on column steward.spend_by_day.cost_nanos is 'The same in nano-dollars.';
comment on column steward.spend_by_day.reported is 'What the providers say that it cost, in dollars, of the calls of which they said so; null where of none.';
comment on column steward.spend_by_day.estimated is 'Dollars of cost that are estimates: the most that calls may have cost of which nobody knows.';

create function steward.spend_by_tag(since date default null, workspace_id uuid default null)
    returns table (day date, of_workspace uuid, tag text, calls numeric, jobs numeric, tokens numeric, cost numeric, cost_nanos numeric)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if spend_by_tag.workspace_id is not null then
        perform steward.require_act(spend_by_tag.workspace_id, 'read');
    end if;
    -- The view reads with its owner's rights here; that it holds the workspaces of its reader only follows from steward.workspaces.
    return query
    select s.day, s.workspace_id, t.tag, sum(s.calls), sum(s.jobs), sum(s.tokens), trim_scale(sum(s.cost)), sum(s.cost_nanos)
    from steward.spend_by_day s
    -- Somebody may name a tag twice.
    cross join lateral (select distinct u.tag from unnest(s.tags) as u (tag)) t
    where s.day >= coalesce(since, '-infinity') and s.workspace_id = coalesce(spend_by_tag.workspace_id, s.workspace_id)
    group by 1, 2, 3 order by 1, 2, 3;
end
$$;
comment on function steward.spend_by_tag(date, uuid) is
    'What was spent by day and tag, since a day and for a workspace, or all of it. A call of a job with two tags is in two rows: compare tags, do not add them up. Untagged calls are in none. For members. Errors: 42704 workspace_unknown.';

-- A micro-dollar: providers round what they report to about that.
create view steward.price_drift with (security_invoker = true) as
select a.workspace_id, a.job_id, a.attempt, a.held_at, t.name as tool, a.provider, a.model, a.price_id, trim_scale(a.cost * 0.000000001) as cost, trim_scale(a.reported * 0.000000001) as reported,
    trim_scale((a.reported - a.cost) * 0.000000001) as drift, round(100.0 * (a.reported - a.cost) / nullif(a.cost, 0), 1) as drift_percent
from (
    select e.workspace_id, e.job_id, e.attempt, e.held_at, e.tool_id, e.provider, e.model, e.price_id, e.reported, coalesce(e.cost + (
        select sum(x.cost) from steward.ledger x
        where x.workspace_id = e.workspace_id and x.held_at = e.held_at and x.job_id = e.job_id and x.attempt = e.attempt and x.entry < e.entry), e.cost) as cost
    from steward.ledger e where e.reported is not null and e.kind in ('posted', 'correction')
) a
join steward.tool t on t.id = a.tool_id
where abs(a.reported - a.cost) > 1000 and abs(a.reported - a.cost) > 0.01 * greatest(a.reported, a.cost);
comment on view steward.price_drift is
    'Calls of your workspaces whose provider says another price than ours: by more than 1 percent of the greater, and by more than a micro-dollar. Import newer prices where there are many. Ask by held_at: it reads the ledger.';
comment on column steward.price_drift.workspace_id is 'The workspace.';
comment on column steward.price_drift.job_id is 'The job.';
comment on column steward.price_drift.attempt is 'Number of the attempt.';
comment on column steward.price_drift.held_at is 'When its money was set aside.';
comment on column steward.price_drift.tool is 'Name of the tool.';
comment on column steward.price_drift.provider is 'Its provider.';
comment on column steward.price_drift.model is 'The model that was asked.';
comment on column steward.price_drift.price_id is 'The row of steward.price that it was priced by; null for a price of the tool''s own.';
comment on column steward.price_drift.cost is 'What it cost by our prices, in dollars.';
comment on column steward.price_drift.reported is 'What the provider says, in dollars.';
comment on column steward.price_drift.drift is 'What the provider says less what we say: above zero it is dearer than we think.';
comment on column steward.price_drift.drift_percent is 'The same in percent of ours; null where ours is nothing.';

create view steward.overruns with (security_invoker = true) as
select e.workspace_id, e.job_id, e.attempt, e.held_at, e.posted_at, t.name as tool, e.provider, e.model, trim_scale(e.held * 0.000000001) as held, trim_scale(a.cost * 0.000000001) as cost,
    trim_scale((a.cost - e.held) * 0.000000001) as over
from steward.ledger e
join steward.tool t on t.id = e.tool_id
cross join lateral (
    select sum(x.cost) as cost from steward.ledger x
    where x.workspace_id = e.workspace_id and x.held_at = e.held_at and x.job_id = e.job_id and x.attempt = e.attempt and x.entry <= e.entry) a
where e.cost > case when e.kind = 'correction' then 0 else e.held end;
comment on view steward.overruns is 'Calls of your workspaces that cost more than was held for them: the bound of their tool is too low. Their limits may have been passed by as much.';
comment on column steward.overruns.workspace_id is 'The workspace.';
comment on column steward.overruns.job_id is 'The job.';
comment on column steward.overruns.attempt is 'Number of the attempt.';
comment on column steward.overruns.held_at is 'When its money was set aside.';
comment on column steward.overruns.posted_at is 'When it was known.';
comment on column steward.overruns.tool is 'Name of the tool.';
comment on column steward.overruns.provider is 'Its provider.';
comment on column steward.overruns.model is 'The model that was asked.';
comment on column steward.overruns.held is 'What was held, in dollars.';
comment on column steward.overruns.cost is 'What it cost, in dollars.';
comment on column steward.overruns.over is 'The difference.';
