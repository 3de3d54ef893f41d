-- The plans and limits that come with the extension. An administrator changes them like any other (steward.set_limit('plan', 'free', …)): they are a beginning.
--
-- self_hosted is what a workspace has unless it asks for another: no quota of jobs or calls, ten dollars a day. The others are those of a service that
-- sells seats: amounts in dollars are nano-dollars here. Storage is counted in bytes.
-- A dump holds the rows as they are then, and these are there before it is restored: the triggers at the end let those that come take their place.

insert into steward.plan (name, description, most_parked) values
    ('self_hosted', 'your own installation: no quotas, 10 dollars a day for each workspace', 10000),
    ('free', 'free plan of a service: to try it out', 100),
    ('starter', 'starter plan of a service', 1000),
    ('pro', 'pro plan of a service', 10000),
    ('enterprise', 'enterprise plan of a service: unlimited jobs', 100000);

insert into steward.usage_limit (id, plan, scope, metric, window_kind, of_installation, amount, on_full, version, since)
select pg_catalog.md5(pg_catalog.concat_ws('/', 'preset', p.plan, p.scope, p.metric, p.window_kind))::pg_catalog.uuid, p.plan, p.scope, p.metric, p.window_kind, true, p.amount, p.on_full, 1, '-infinity'
from (values
    ('self_hosted', 'workspace', 'cost', 'day', 10000000000, 'park'),
    ('free', 'workspace', 'jobs', 'month', 5, 'reject'),
    ('free', 'workspace', 'calls', 'day', 10, 'park'),
    ('free', 'workspace', 'calls', 'month', 100, 'park'),
    ('free', 'user', 'calls', 'day', 5, 'park'),
    ('free', 'workspace', 'cost', 'day', 1000000000, 'park'),
    ('starter', 'workspace', 'jobs', 'month', 50, 'reject'),
    ('starter', 'workspace', 'cost', 'day', 10000000000, 'park'),
    ('pro', 'workspace', 'jobs', 'month', 200, 'reject'),
    ('pro', 'workspace', 'cost', 'day', 50000000000, 'park'),
    ('enterprise', 'workspace', 'cost', 'day', 500000000000, 'park'),
    -- Bursts.
    ('free', 'workspace', 'calls', 'minute', 100, 'park'),
    ('free', 'workspace', 'calls', 'hour', 1000, 'park'),
    ('starter', 'workspace', 'calls', 'minute', 100, 'park'),
    ('starter', 'workspace', 'calls', 'hour', 1000, 'park'),
    ('pro', 'workspace', 'calls', 'minute', 1000, 'park'),
    ('pro', 'workspace', 'calls', 'hour', 10000, 'park'),
    -- Quotas of the application: what steward.consume counts.
    ('free', 'workspace', 'counter:credits', 'month', 100, 'reject'),
    ('starter', 'workspace', 'counter:credits', 'month', 1000, 'reject'),
    ('pro', 'workspace', 'counter:credits', 'month', 5000, 'reject'),
    ('free', 'workspace', 'counter:storage_bytes', 'total', 1000000000, 'reject'),
    ('starter', 'workspace', 'counter:storage_bytes', 'total', 10000000000, 'reject'),
    ('pro', 'workspace', 'counter:storage_bytes', 'total', 100000000000, 'reject'),
    ('free', 'workspace', 'counter:platforms', 'total', 2, 'reject'),
    ('starter', 'workspace', 'counter:platforms', 'total', 5, 'reject'),
    ('free', 'workspace', 'counter:seats', 'total', 5, 'reject')) as p (plan, scope, metric, window_kind, amount, on_full);

-- Five calls at once for each provider: what a new key is good for everywhere. Raise it when you know what yours is.
insert into steward.usage_limit (id, scope, metric, window_kind, of_installation, amount, on_full, version, since)
values (pg_catalog.md5('preset/provider/running')::pg_catalog.uuid, 'provider', 'running', 'total', true, 5, 'park', 1, '-infinity');

insert into steward.usage_limit_version (limit_id, version, plan, scope, metric, window_kind, amount, on_full, set_at, set_by)
select l.id, 1, l.plan, l.scope, l.metric, l.window_kind, l.amount, l.on_full, pg_catalog.transaction_timestamp(), 'pg_steward' from steward.usage_limit l;

create function steward.replace_plan() returns trigger
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    update steward.plan p set description = new.description, most_parked = new.most_parked where p.name = new.name;
    return case when found then null else new end;
end
$$;
comment on function steward.replace_plan() is 'Trigger: a plan that is restored takes the place of the one that came with the extension.';

create function steward.replace_limit() returns trigger
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    -- Taken away and set anew it has another id.
    delete from steward.usage_limit l
    where l.id = new.id or l.since = '-infinity' and l.workspace_id is null and l.plan is not distinct from new.plan and new.workspace_id is null
        and l.scope = new.scope and l.scope_value is not distinct from new.scope_value and l.metric = new.metric and l.window_kind = new.window_kind;
    return new;
end
$$;
comment on function steward.replace_limit() is 'Trigger: a limit takes the place of the one that was there, or that came with the extension.';

create function steward.replace_limit_version() returns trigger
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    delete from steward.usage_limit_version v where v.limit_id = new.limit_id and v.version = new.version;
    if new.amount is null and new.valid_until is null then
        delete from steward.usage_limit l where l.id = new.limit_id and l.version < new.version;
    end if;
    return new;
end
$$;
comment on function steward.replace_limit_version() is 'Trigger: a limit that was taken away stays away when that is restored.';

create trigger replace_plan before insert on steward.plan for each row execute function steward.replace_plan();
create trigger replace_limit before insert on steward.usage_limit for each row execute function steward.replace_limit();
create trigger replace_limit_version before insert on steward.usage_limit_version for each row execute function steward.replace_limit_version();
alter table steward.plan enable always trigger replace_plan;
alter table steward.usage_limit enable always trigger replace_limit;
alter table steward.usage_limit_version enable always trigger replace_limit_version;
