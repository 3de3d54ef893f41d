-- Alerts: a limit has come to 50, 80 or 100 percent, once each for every window.
--
-- What counts is posted and held together: what may still come back is not there to be used, and who is told late is told in vain. The row is written by the claim or the settlement that
-- brought it there, under the lock of the window, in its transaction: a claim that is rolled back has told nobody. Slots of what runs at once fill all the time and raise none,
-- nor does a limit of nothing. Quotas, which have no windows, raise theirs at the enqueue that takes the unit (052_quotas.sql).

create table steward.limit_alert (
    limit_id uuid not null,
    bucket text not null,
    starts_at timestamptz not null,
    percent smallint not null constraint limit_alert_percent_check check (percent in (50, 80, 100)),
    at timestamptz not null,
    workspace_id uuid,
    words text not null,
    metric text not null,
    used bigint not null,
    amount bigint not null,
    constraint limit_alert_pkey primary key (limit_id, bucket, starts_at, percent)
);
create index limit_alert_of_workspace on steward.limit_alert (workspace_id, at);
comment on table steward.limit_alert is 'Limits that came to 50, 80 or 100 percent, once each for every window. Pruned with the windows by prune_windows.';
comment on column steward.limit_alert.limit_id is 'The limit.';
comment on column steward.limit_alert.bucket is 'As in usage_window.';
comment on column steward.limit_alert.starts_at is 'First moment of the window; -infinity for total.';
comment on column steward.limit_alert.percent is '50, 80 or 100.';
comment on column steward.limit_alert.at is 'When it came there.';
comment on column steward.limit_alert.workspace_id is 'The workspace it belongs to; null for a limit over all workspaces.';
comment on column steward.limit_alert.words is 'The limit in words, as it was then.';
comment on column steward.limit_alert.metric is 'That of the limit.';
comment on column steward.limit_alert.used is 'What was used and held then: nano-dollars for cost, else a number.';
comment on column steward.limit_alert.amount is 'How much the limit was then.';

-- Asked first, for hardly any claim or settlement brings a window over a line, and a statement that could write takes longer to begin.
create function steward.raise_alerts(window_ids bigint[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    at constant timestamptz := steward.clock();
begin
    if not exists (
        select from unnest(window_ids) as u (id)
        cross join lateral (select x.limit_id, x.bucket, x.starts_at, x.posted + x.held as used from steward.usage_window x where x.id = u.id and x.metric <> 'running' offset 0) v
        cross join lateral (select steward.amount_at(x, at) as amount from steward.usage_limit x where x.id = v.limit_id offset 0) l
        where l.amount > 0 and v.used >= l.amount * 0.5 and not exists (
            select from steward.limit_alert a where a.limit_id = v.limit_id and a.bucket = v.bucket and a.starts_at = v.starts_at
                and a.percent = case when v.used >= l.amount then 100 when v.used >= l.amount * 0.8 then 80 else 50 end)
    ) then
        return;
    end if;
    insert into steward.limit_alert (limit_id, bucket, starts_at, percent, at, workspace_id, words, metric, used, amount)
    select v.limit_id, v.bucket, v.starts_at, p.percent, at, v.workspace_id, steward.limit_words(l, at), v.metric, v.posted + v.held, n.amount
    from steward.usage_window v
    join steward.usage_limit l on l.id = v.limit_id
    cross join lateral (select steward.amount_at(l, at) as amount) n
    cross join unnest(array[50, 80, 100]) as p (percent)
    where v.id = any (window_ids) and v.metric <> 'running' and n.amount > 0 and v.posted + v.held >= n.amount * p.percent * 0.01
    order by v.limit_id, v.bucket, v.starts_at, p.percent
    on conflict on constraint limit_alert_pkey do nothing;
end
$$;
comment on function steward.raise_alerts(bigint[]) is 'Writes what windows that have just changed came to: 50, 80 and 100 percent of their limits, once each. The caller has locked them.';

create function steward.prune_windows(older_than interval) returns bigint
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    before timestamptz;
    pruned bigint;
begin
    perform steward.require('older_than', prune_windows.older_than::text), steward.require_installation_act('prune');
    if prune_windows.older_than < interval '366 days' then
        perform steward.refuse('22023', 'older_than_too_short', format('older_than is %s', prune_windows.older_than), 'Windows are kept for a year at least: pass interval ''366 days'' or more.');
    end if;
    -- Nothing is a thousand years old, and the calendar ends some way beyond.
    before := steward.clock() - least(prune_windows.older_than, interval '1000 years');
    delete from steward.limit_alert a where a.at < before;
    delete from steward.quota_unit u where u.ends_at < before;
    delete from steward.usage_window v where v.ends_at < before and v.held = 0;
    get diagnostics pruned = row_count;
    if pruned > 0 then
        perform steward.record_act('prune_windows', null, 'installation', '', jsonb_build_object('windows', pruned, 'before', before));
    end if;
    return pruned;
end
$$;
comment on function steward.prune_windows(interval) is
    'Deletes what was counted in windows that ended longer ago than that, 366 days at least, units of quotas and alerts that are as old, and returns how many windows: the ledger has it all. For steward_admin. '
    'Errors: 22004 argument_null, 22023 older_than_too_short, 42501 administrator_required, person_required.';
