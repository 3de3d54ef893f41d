-- What may be used up: limits, and the plans they come from.
--
-- A limit is scope × metric × window. The scope says whose use is added up: of a workspace, a user, a tool, a provider, a model or a tag. The metric
-- says what is: cost (nano-dollars), jobs, calls, tokens, jobs running at once, or a counter of the application. The window says over what time:
-- minute, hour, day, week (from Monday), month, cycle:N (a month from day N on), or total. All limits that cover a job count, each for itself.
-- Limits come from three places:
--   the installation  (workspace_id and plan null): over all workspaces; times in UTC;
--   a plan            a template: each workspace of the plan has it, for itself;
--   a workspace       set by its owners and admins, or by an administrator of the installation. The administrator's takes the place of the plan's
--                     of the same scope, metric and window; the workspace's own never raises anything, it counts beside it.
-- A scope_value of null means each one for itself: each user, each provider.
-- set_limit owns the writes. Each change is a version; an override with an end lies over the limit until then. What became of a limit is told in
-- usage_limit_version, which is kept for good; usage is in 035_windows.sql.

create table steward.plan (
    name text constraint plan_pkey primary key constraint plan_name_check check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
    description text not null,
    most_parked int not null constraint plan_most_parked_check check (most_parked > 0)
);
comment on table steward.plan is 'Plans that workspaces may have; their limits are rows of usage_limit. Kept for good.';
comment on column steward.plan.name is 'Name that workspace.plan refers to.';
comment on column steward.plan.description is 'What it is for, in words.';
comment on column steward.plan.most_parked is 'Jobs of a workspace that may stand parked by limits; at more of them enqueue refuses.';

create table steward.usage_limit (
    id uuid constraint usage_limit_pkey primary key,
    workspace_id uuid,
    plan text constraint usage_limit_plan_fkey references steward.plan (name),
    scope text not null constraint usage_limit_scope_check check (scope in ('workspace', 'user', 'tool', 'provider', 'model', 'tag')),
    scope_value text,
    metric text not null
        constraint usage_limit_metric_check check (metric in ('cost', 'jobs', 'calls', 'tokens', 'running') or metric ~ '^counter:[a-z][a-z0-9_]{0,62}$'),
    window_kind text not null
        constraint usage_limit_window_check check (window_kind in ('minute', 'hour', 'day', 'week', 'month', 'total') or window_kind ~ '^cycle:([1-9]|[12][0-9]|3[01])$'),
    of_installation boolean not null,
    amount bigint constraint usage_limit_amount_check check (amount >= 0),
    on_full text not null constraint usage_limit_on_full_check check (on_full in ('reject', 'park', 'shadow')),
    override_amount bigint constraint usage_limit_override_amount_check check (override_amount >= 0),
    override_on_full text constraint usage_limit_override_on_full_check check (override_on_full in ('reject', 'park', 'shadow')),
    override_until timestamptz,
    version int not null,
    since timestamptz not null,
    constraint usage_limit_key unique nulls not distinct (workspace_id, plan, scope, scope_value, metric, window_kind, of_installation),
    constraint usage_limit_place_check check (workspace_id is null or plan is null),
    constraint usage_limit_tag_check check (scope <> 'tag' or scope_value is not null),
    constraint usage_limit_running_check check (metric <> 'running' or window_kind = 'total'),
    constraint usage_limit_override_check check ((override_until is null) = (override_on_full is null))
);
create index usage_limit_of_workspace on steward.usage_limit (workspace_id);
create index usage_limit_of_plan on steward.usage_limit (plan) where plan is not null;
create index usage_limit_of_jobs on steward.usage_limit (id) where metric = 'jobs' and (on_full <> 'reject' or override_on_full <> 'reject');
comment on table steward.usage_limit is 'The limits in force. A row is changed by set_limit, and deleted when a limit is taken away.';
comment on column steward.usage_limit.id is 'Id of the limit; it stays through all its versions.';
comment on column steward.usage_limit.workspace_id is 'The workspace whose limit it is; null for the installation''s and the plans''.';
comment on column steward.usage_limit.plan is 'The plan whose workspaces have it, each for itself.';
comment on column steward.usage_limit.scope is 'Whose use is added up: workspace, user, tool, provider, model or tag.';
comment on column steward.usage_limit.scope_value is 'Which one: a user id, or a name; null is each one for itself.';
comment on column steward.usage_limit.metric is 'What is added up: cost (nano-dollars), jobs, calls, tokens, running (at once), or counter:NAME (what steward.consume counts).';
comment on column steward.usage_limit.window_kind is 'Over what time: minute, hour, day, week, month, cycle:N (a month from its day N on) or total. running: total.';
comment on column steward.usage_limit.of_installation is 'Whether an administrator of the installation set it; of a workspace''s limits only such a one takes the place of the plan''s.';
comment on column steward.usage_limit.amount is 'How much may be used in a window: nano-dollars for cost, else a number; null where only an override was ever set.';
comment on column steward.usage_limit.on_full is 'What happens where it is full: reject (enqueue refuses), park (the job waits) or shadow (nothing, but it is counted).';
comment on column steward.usage_limit.override_amount is 'The amount until override_until; null is no limit until then.';
comment on column steward.usage_limit.override_on_full is 'on_full until override_until.';
comment on column steward.usage_limit.override_until is 'When the override ends; null where there is none.';
comment on column steward.usage_limit.version is 'Number of the last change, from 1.';
comment on column steward.usage_limit.since is 'When it was first set. What was used earlier in the same window counts.';

create table steward.usage_limit_version (
    limit_id uuid not null,
    version int not null,
    workspace_id uuid,
    plan text,
    scope text not null,
    scope_value text,
    metric text not null,
    window_kind text not null,
    amount bigint,
    on_full text,
    valid_until timestamptz,
    set_at timestamptz not null,
    set_by_user uuid,
    set_by name not null,
    constraint usage_limit_version_pkey primary key (limit_id, version)
);
create index usage_limit_version_of_workspace on steward.usage_limit_version (workspace_id);
comment on table steward.usage_limit_version is 'Every change of a limit: what was set, by whom, when. Kept for good.';
comment on column steward.usage_limit_version.limit_id is 'The limit.';
comment on column steward.usage_limit_version.version is 'Counts from 1 in each limit.';
comment on column steward.usage_limit_version.workspace_id is 'As in usage_limit.';
comment on column steward.usage_limit_version.plan is 'As in usage_limit.';
comment on column steward.usage_limit_version.scope is 'As in usage_limit.';
comment on column steward.usage_limit_version.scope_value is 'As in usage_limit.';
comment on column steward.usage_limit_version.metric is 'As in usage_limit.';
comment on column steward.usage_limit_version.window_kind is 'As in usage_limit.';
comment on column steward.usage_limit_version.amount is 'The amount that was set; null where the limit was taken away, or an override without one was laid over it.';
comment on column steward.usage_limit_version.on_full is 'reject, park or shadow; null where the limit was taken away.';
comment on column steward.usage_limit_version.valid_until is 'End of an override; null for the limit itself.';
comment on column steward.usage_limit_version.set_at is 'When.';
comment on column steward.usage_limit_version.set_by_user is 'The user who set it; null for an administrator who is mapped to nobody.';
comment on column steward.usage_limit_version.set_by is 'The database login.';

-- Without a search path of its own, here and wherever a body begins with return: its names were looked up when the extension was made. So it is planned as part of
-- the query around it.
create function steward.amount_at(l steward.usage_limit, at timestamptz) returns bigint
    language sql immutable
    return case when l.override_until > at then l.override_amount else l.amount end;
comment on function steward.amount_at(steward.usage_limit, timestamptz) is 'The amount of a limit at a time; null is no limit.';

create function steward.on_full_at(l steward.usage_limit, at timestamptz) returns text
    language sql immutable
    return case when l.override_until > at then l.override_on_full else l.on_full end;
comment on function steward.on_full_at(steward.usage_limit, timestamptz) is 'What happens at a time where a limit is full.';

-- In words, for those who meet it: "$10 cost per day of the workspace", "5 running of provider openai".
create function steward.limit_words(l steward.usage_limit, at timestamptz) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select concat_ws(' ',
        case when l.metric = 'cost' then '$' || steward.dollars(steward.amount_at(l, at)) else steward.amount_at(l, at)::text end,
        case l.metric when 'cost' then 'cost' when 'running' then 'running at once' else replace(l.metric, 'counter:', '') end,
        case when l.metric = 'running' then null when l.window_kind = 'total' then 'in total' when l.window_kind like 'cycle:%' then 'per month from day ' || substr(l.window_kind, 7)
            else 'per ' || l.window_kind end,
        'of', case when l.scope = 'workspace' then case when l.workspace_id is null and l.plan is null then 'each workspace' else 'the workspace' end
            when l.scope_value is null then 'each ' || l.scope else l.scope || ' ' || l.scope_value end,
        case when l.plan is not null then format('(plan %s)', l.plan) when l.workspace_id is null then '(installation)' end)
$$;
comment on function steward.limit_words(steward.usage_limit, timestamptz) is 'A limit in words.';

-- Nine decimals at most, none more than it needs.
create function steward.dollars(nanos bigint) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case when trunc(d.amount, 2) = d.amount then round(d.amount, 2)::text else trim_scale(d.amount)::text end
    from (select nanos::numeric / 1000000000 as amount) d
$$;
comment on function steward.dollars(bigint) is 'Nano-dollars as dollars, in digits: two decimals, or as many as it needs.';
