-- What enqueue refuses: what can never fit, and what a limit with `reject` does not admit any more. Nothing is waited for: a caller's transaction may stay open
-- for minutes, and whoever comes meanwhile has an answer at once.
--
-- Of jobs and calls a quota has units, numbered from 1 in each window. Whoever takes one locks its number (steward.hold_unit) and writes its row, both until
-- his commit: a number that is locked is on its way, one that has a row is taken, the others are free; a rollback frees it. So never more are taken than there are,
-- whoever finds all that are left locked hears limit_busy, and whoever finds all taken limit_full. Above 1,024 units one lock is for several numbers, which
-- lets somebody hear limit_busy who need not; a large batch takes the whole bucket. An enqueue that goes the short way does the same in Rust (extension/src/quotas.rs).
-- Of cost and tokens what was accepted and not yet held is in reservation; one at a time adds to a bucket. A claim that holds a job's money deletes its reservation.
-- Counters are what the application counts (steward.consume): rows of consumption, one at a time in each bucket.
-- Pruned a year after their window: quota_unit by prune_windows; reservation empties itself; consumption is kept for good.

create table steward.quota_unit (
    limit_id uuid not null,
    bucket text not null,
    starts_at timestamptz not null,
    n bigint not null,
    ends_at timestamptz not null,
    workspace_id uuid not null,
    constraint quota_unit_pkey primary key (limit_id, bucket, starts_at, n)
);
comment on table steward.quota_unit is 'Units of quotas of jobs and calls that were taken at an enqueue. Pruned a year after their window.';
comment on column steward.quota_unit.limit_id is 'The limit.';
comment on column steward.quota_unit.bucket is 'As in usage_window.';
comment on column steward.quota_unit.starts_at is 'First moment of the window.';
comment on column steward.quota_unit.n is 'Number of the unit, from 1 to the amount of the limit.';
comment on column steward.quota_unit.ends_at is 'First moment after the window.';
comment on column steward.quota_unit.workspace_id is 'Who took it.';

create table steward.reservation (
    job_id uuid not null,
    limit_id uuid not null,
    bucket text not null,
    amount bigint not null,
    constraint reservation_pkey primary key (job_id, limit_id)
);
create index reservation_of_bucket on steward.reservation (limit_id, bucket);
comment on table steward.reservation is 'What accepted jobs may use of limits of cost and tokens that reject. A row is deleted when it is held for its job, or the job ends.';
comment on column steward.reservation.job_id is 'The job.';
comment on column steward.reservation.limit_id is 'The limit.';
comment on column steward.reservation.bucket is 'As in usage_window.';
comment on column steward.reservation.amount is 'Nano-dollars or tokens.';

create table steward.consumption (
    id bigint generated always as identity constraint consumption_pkey primary key,
    workspace_id uuid not null,
    name text not null,
    user_id uuid,
    amount bigint not null,
    at timestamptz not null
);
create index consumption_of_workspace on steward.consumption (workspace_id, name, at);
comment on table steward.consumption is 'What applications counted with steward.consume. Append-only, kept for good.';
comment on column steward.consumption.id is 'In the order of writing.';
comment on column steward.consumption.workspace_id is 'The workspace.';
comment on column steward.consumption.name is 'Name of the counter.';
comment on column steward.consumption.user_id is 'The user who counted it; null for an administrator who is mapped to nobody.';
comment on column steward.consumption.amount is 'How much; below zero where something was given back.';
comment on column steward.consumption.at is 'When.';

create function steward.refuse_full(room steward.room, used numeric, need bigint) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    l steward.usage_limit;
begin
    select x.* into l from steward.usage_limit x where x.id = room.limit_id;
    perform steward.refuse('53400', 'limit_full', format('%s is full: %s used, and this needs %s', steward.limit_words(l, steward.clock()),
            steward.amount_words(room.metric, used::bigint), steward.amount_words(room.metric, need)),
        case when isfinite(room.ends_at) then format('It is free again at %s. steward.limit_status shows all limits.', room.ends_at)
            else 'It does not turn: give something back, or have it raised with steward.set_limit.' end);
end
$$;
comment on function steward.refuse_full(steward.room, numeric, bigint) is 'Refuses with 53400 limit_full: which limit, how full it is, when it is free again.';

create function steward.refuse_busy(room steward.room) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    l steward.usage_limit;
begin
    select x.* into l from steward.usage_limit x where x.id = room.limit_id;
    perform steward.refuse('40001', 'limit_busy', format('what is left of %s is held by transactions that have not ended', steward.limit_words(l, steward.clock())),
        'Try again: it is taken or free as soon as they have.');
end
$$;
comment on function steward.refuse_busy(steward.room) is 'Refuses with 40001 limit_busy.';

-- As raise_alerts (107_limit_alerts.sql) for windows, for the number of the last unit or what a counter came to. Somebody else who is about to write the
-- same alert is not waited for: he may be in the middle of a long transaction, and whoever comes next writes it if he rolls back.
create function steward.raise_quota_alerts(room steward.room, come_to numeric) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    at timestamptz;
begin
    if room.amount <= 0 or come_to < room.amount * 0.5 or exists (
            select from steward.limit_alert a where a.limit_id = room.limit_id and a.bucket = room.bucket and a.starts_at = room.starts_at
                and a.percent = case when come_to >= room.amount then 100 when come_to >= room.amount * 0.8 then 80 else 50 end)
        or not steward.hold_key('bucket', concat_ws('/', 'alert', room.limit_id, room.bucket), exclusive => true, wait => false) then
        return;
    end if;
    at := steward.clock();
    insert into steward.limit_alert (limit_id, bucket, starts_at, percent, at, workspace_id, words, metric, used, amount)
    select room.limit_id, room.bucket, room.starts_at, p.percent, at, room.workspace_id, steward.limit_words(l, at), room.metric, least(come_to, 9223372036854775807)::bigint, room.amount
    from steward.usage_limit l
    cross join unnest(array[50, 80, 100]) as p (percent)
    where l.id = room.limit_id and come_to >= room.amount * p.percent * 0.01
    on conflict on constraint limit_alert_pkey do nothing;
end
$$;
comment on function steward.raise_quota_alerts(steward.room, numeric) is 'Writes what a quota has come to: 50, 80 and 100 percent, once each for every window.';

-- Whoever had the lock of the number may have committed its row since it was looked for; nobody is writing it now.
create function steward.write_unit(room steward.room, workspace_id uuid, n bigint) returns boolean
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into steward.quota_unit (limit_id, bucket, starts_at, n, ends_at, workspace_id)
    values (room.limit_id, room.bucket, room.starts_at, write_unit.n, room.ends_at, write_unit.workspace_id)
    on conflict on constraint quota_unit_pkey do nothing;
    return found;
end
$$;
comment on function steward.write_unit(steward.room, uuid, bigint) is 'Writes a unit of a quota whose number the caller holds; false where it is taken.';

-- Numbers above all that are taken.
create function steward.take_unit_above(room steward.room, workspace_id uuid, above bigint, out taken bigint, out is_busy boolean)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    up_to constant bigint := least(room.amount, above + 1024);
    candidate bigint := above;
    next bigint;
begin
    is_busy := false;
    while candidate < up_to loop
        next := steward.hold_unit(room.limit_id, room.bucket, room.starts_at, candidate, up_to);
        is_busy := is_busy or next is distinct from candidate + 1;
        exit when next is null;
        candidate := next;
        if steward.write_unit(room, take_unit_above.workspace_id, candidate) then
            taken := candidate;
            return;
        end if;
    end loop;
end
$$;
comment on function steward.take_unit_above(steward.room, uuid, bigint) is
    'Takes one unit of a quota with a number above one; taken is null where there is none, is_busy whether somebody holds one that is on its way.';

-- Numbers that are free because somebody rolled back, 1,024 at most.
create function steward.take_unit_below(room steward.room, workspace_id uuid, up_to bigint, out taken bigint, out is_busy boolean)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    candidate bigint;
begin
    is_busy := false;
    for candidate in
        select c.n from generate_series(1, least(room.amount, up_to)) as c (n)
        where not exists (select from steward.quota_unit u where u.limit_id = room.limit_id and u.bucket = room.bucket and u.starts_at = room.starts_at and u.n = c.n)
        limit 1024
    loop
        if steward.hold_unit(room.limit_id, room.bucket, room.starts_at, candidate - 1, candidate) is null then
            is_busy := true;
            continue;
        end if;
        if steward.write_unit(room, take_unit_below.workspace_id, candidate) then
            taken := candidate;
            return;
        end if;
    end loop;
end
$$;
comment on function steward.take_unit_below(steward.room, uuid, bigint) is
    'Takes one unit of a quota with a number up to one; taken is null where there is none, is_busy whether somebody holds one that is on its way.';

-- After the last that is taken first. By the index, which says where the last is: as max(n) it read all that were taken, 1.5 ms for 6,000 of them.
create function steward.take_units(room steward.room, workspace_id uuid, units int) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
as $$
declare
    last bigint;
    unit record;
    used bigint;
    was_busy boolean;
begin
    last := coalesce((
        select u.n from steward.quota_unit u where u.limit_id = room.limit_id and u.bucket = room.bucket and u.starts_at = room.starts_at order by u.n desc limit 1), 0);
    for i in 1 .. units loop
        unit := steward.take_unit_above(room, take_units.workspace_id, last);
        if unit.taken is null then
            was_busy := unit.is_busy;
            unit := steward.take_unit_below(room, take_units.workspace_id, last);
            was_busy := was_busy or unit.is_busy;
        end if;
        if unit.taken is null and was_busy then
            perform steward.refuse_busy(room);
        elsif unit.taken is null then
            select count(*) into used from steward.quota_unit u where u.limit_id = room.limit_id and u.bucket = room.bucket and u.starts_at = room.starts_at;
            perform steward.refuse_full(room, used - i + 1, units);
        end if;
        last := greatest(last, unit.taken);
    end loop;
    perform steward.raise_quota_alerts(room, last);
end
$$;
comment on function steward.take_units(steward.room, uuid, int) is 'Takes units of a quota one by one. Errors: 40001 limit_busy, 53400 limit_full.';

-- A lock for each of a thousand units would fill the table of locks.
create function steward.take_batch(room steward.room, workspace_id uuid, units int) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    used bigint;
    last bigint;
begin
    select count(*), coalesce(max(u.n), 0) into used, last from steward.quota_unit u where u.limit_id = room.limit_id and u.bucket = room.bucket and u.starts_at = room.starts_at;
    if used + units > room.amount then
        perform steward.refuse_full(room, used, units);
    end if;
    insert into steward.quota_unit (limit_id, bucket, starts_at, n, ends_at, workspace_id)
    select room.limit_id, room.bucket, room.starts_at, c.n, room.ends_at, take_batch.workspace_id
    from generate_series(1, least(room.amount, last + units)) as c (n)
    where not exists (select from steward.quota_unit u where u.limit_id = room.limit_id and u.bucket = room.bucket and u.starts_at = room.starts_at and u.n = c.n)
    limit units;
    perform steward.raise_quota_alerts(room, used + units);
end
$$;
comment on function steward.take_batch(steward.room, uuid, int) is 'Takes units of a quota at once; the caller holds the bucket alone. Errors: 53400 limit_full.';
