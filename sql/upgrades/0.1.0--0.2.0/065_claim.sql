-- promote_due looks first whether anything is due; open_attempts says whose jobs it shows.

-- 60 s beyond the timeout: the time between claim and first byte, and an outcome's way back through a busy database.
create or replace function steward.open_attempts(worker text, taken steward.ready[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
    set enable_memoize = off
as $$
declare
    at constant timestamptz := steward.clock();
begin
    if cardinality(taken) = 0 then
        return;
    end if;
    insert into steward.attempt (job_id, number, workspace_id, tool_id, worker, state, tries, claimed_at, deadline)
    select r.id, r.attempt + 1, r.workspace_id, r.tool_id, open_attempts.worker, 'claimed', r.tries, at,
        at + make_interval(secs => t.timeout_seconds + 60)
    from unnest(taken) r
    cross join lateral (select x.timeout_seconds from steward.tool x where x.id = r.tool_id offset 0) t;
    perform steward.show_status(array(select t.id from unnest(taken) t), 'running', array(select distinct t.tool_id from unnest(taken) t));
end
$$;
comment on function steward.open_attempts(text, steward.ready[]) is 'Opens one claimed attempt for each row taken.';

-- 1000 a call: a claim stays short even when a schedule releases a million jobs at once; the next claim takes the next 1000.
create or replace function steward.promote_due() returns int
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    at constant timestamptz := steward.clock();
    moved steward.waiting[];
begin
    -- Asked first, because mostly nothing is due, and a statement that could delete takes four times as long to begin.
    if not exists (select from steward.waiting w where w.until <= at and w.reason <> 'concurrency') then
        return 0;
    end if;
    with due as materialized (
        select w.ctid as place from steward.waiting w
        where w.until <= at and w.reason <> 'concurrency' order by w.until limit 1000 for update skip locked
    ),
    gone as (
        delete from steward.waiting w where w.ctid = any (array(select d.place from due d)) returning w.*
    )
    select array_agg(row(g.*)::steward.waiting) into moved from gone g;
    if moved is null then
        return 0;
    end if;
    perform steward.make_ready(moved), steward.show_status(array(select m.id from unnest(moved) m), 'queued');
    return cardinality(moved);
end
$$;
comment on function steward.promote_due() is 'Moves up to 1000 waiting jobs whose time has come to ready; returns how many.';
