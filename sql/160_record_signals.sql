-- Many signals at once: what a source has gathered.
--
-- Each row is judged by itself, by what judges the one of record_signal; then there is one insert, and one set of notes of stale leads. Events are inserted in the order of their ids: two who
-- tell of the same ones wait for each other, and not in a circle.

create type steward.told_signal as (
    number int,
    problem text,
    signal steward.signal
);
comment on type steward.told_signal is 'A row of record_signals: the signal, or what is wrong with it.';

create function steward.read_signal(number int, told jsonb) returns steward.told_signal
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    signal steward.signal;
    value numeric := 1;
    unknown text;
begin
    if jsonb_typeof(told) <> 'object' then
        return row(read_signal.number, 'not an object', null)::steward.told_signal;
    end if;
    select min(k) into unknown from jsonb_object_keys(told) k where k <> all (array['lead_id', 'kind', 'value', 'occurred_at', 'event_id', 'source_kind', 'source_id', 'visitor']);
    if unknown is not null then
        return row(read_signal.number, format('%s is none of lead_id, kind, value, occurred_at, event_id, source_kind, source_id, visitor', left(unknown, 80)), null)::steward.told_signal;
    end if;
    if told ? 'value' then
        value := (told ->> 'value')::numeric;
    end if;
    signal.lead_id := (told ->> 'lead_id')::uuid;
    signal.visitor := told ->> 'visitor';
    signal.by_visitor := signal.lead_id is null;
    signal.kind := told ->> 'kind';
    signal.occurred_at := case when told ? 'occurred_at' then (told ->> 'occurred_at')::timestamptz else steward.now() end;
    signal.event_id := case when told ? 'event_id' then told ->> 'event_id' else gen_random_uuid()::text end;
    signal.source_kind := told ->> 'source_kind';
    signal.source_id := told ->> 'source_id';
    perform steward.check_signal(signal.kind, value, signal.occurred_at, signal.event_id, signal.visitor, signal.source_kind, signal.source_id);
    signal.amount := value;
    return row(read_signal.number, case when signal.lead_id is null and signal.visitor is null then 'a signal needs a lead or a visitor' end, signal)::steward.told_signal;
exception when data_exception then
    return row(read_signal.number, left(sqlerrm, 200), null)::steward.told_signal;
end
$$;
comment on function steward.read_signal(int, jsonb) is 'A row of record_signals as a signal, or what is wrong with it.';

-- One statement: a signal that turns out to be known is known by then, and leads are noted of those that were new.
-- Joined by hashing, leads and visitors being picked out by arrays: the planner expects a hundred rows, and ten thousand times ten thousand took eight seconds.
create function steward.write_signals(workspace_id uuid, told steward.told_signal[], clock timestamptz) returns table (row_number int, outcome text, problem text)
    language sql volatile
    set search_path = pg_catalog, pg_temp
    set enable_nestloop = off
as $$
    with told as materialized (
        select t.number, t.problem, (t.signal).* from unnest(write_signals.told) t
    ), lives as materialized (
        select k.kind, steward.signal_life(write_signals.workspace_id, k.kind) as life
        from (select distinct t.kind from told t where t.problem is null and t.occurred_at + steward.signal_days() <= write_signals.clock) k
    ), judged as materialized (
        select t.number, t.event_id, coalesce(t.lead_id, v.lead_id) as lead_id, t.visitor, t.by_visitor, t.kind, t.amount, t.occurred_at, t.source_kind, t.source_id,
            coalesce(t.problem, case when t.lead_id is not null and l.id is null then format('lead %s does not exist in the workspace', t.lead_id) end) as problem,
            t.occurred_at + case when t.occurred_at + steward.signal_days() <= write_signals.clock then e.life else steward.signal_days() end as forget_at
        from told t
        left join lives e on e.kind = t.kind
        left join (select i.id from steward.lead i where i.id = any (array(select o.lead_id from told o)) and i.workspace_id = write_signals.workspace_id) l on l.id = t.lead_id
        left join (select i.visitor, i.lead_id from steward.visitor i where i.workspace_id = write_signals.workspace_id and i.visitor = any (array(select o.visitor from told o where o.by_visitor))) v
            on v.visitor = t.visitor and t.by_visitor
    ), sound as materialized (
        select distinct on (j.event_id) j.* from judged j where j.problem is null and (j.forget_at <= write_signals.clock) is not true order by j.event_id, j.number
    ), added as (
        insert into steward.signal (workspace_id, event_id, lead_id, visitor, by_visitor, kind, amount, occurred_at, recorded_at, forget_at, source_kind, source_id)
        select write_signals.workspace_id, s.event_id, s.lead_id, s.visitor, s.by_visitor, s.kind, s.amount, s.occurred_at, write_signals.clock, s.forget_at, s.source_kind, s.source_id
        from sound s order by s.event_id
        on conflict on constraint signal_pkey do nothing
        returning event_id, lead_id
    ), noted as (
        insert into steward.stale_lead (workspace_id, lead_id)
        select distinct write_signals.workspace_id, a.lead_id from added a where a.lead_id is not null
    )
    select j.number, case when j.problem is not null then 'rejected' when j.forget_at <= write_signals.clock then 'too_old' when a.event_id is not null then 'recorded' else 'known' end, j.problem
    from judged j
    left join sound s on s.number = j.number
    left join added a on a.event_id = s.event_id
    order by j.number
$$;
comment on function steward.write_signals(uuid, steward.told_signal[], timestamptz) is 'Writes signals that are not there yet, notes their leads as stale, and says what became of each.';

create function steward.record_signals(signals jsonb, workspace_id uuid default null) returns table (row_number int, outcome text, problem text)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace uuid;
    told steward.told_signal[];
begin
    perform steward.require('signals', record_signals.signals::text), steward.require_read_committed();
    workspace := steward.acting_workspace(steward.uid(), record_signals.workspace_id, 'record_signals');
    if jsonb_typeof(record_signals.signals) <> 'array' then
        perform steward.refuse('22023', 'signal_invalid', 'signals is no JSON array', 'Pass [{"lead_id": "…", "kind": "…", "event_id": "…"}, …], one object for each signal.');
    elsif jsonb_array_length(record_signals.signals) > 10000 then
        perform steward.refuse('54000', 'signals_too_many', format('%s signals', jsonb_array_length(record_signals.signals)), 'Pass at most 10,000 signals at a time.');
    end if;
    told := array(select steward.read_signal(e.number::int, e.told) from jsonb_array_elements(record_signals.signals) with ordinality e (told, number));
    perform steward.hold_visitors(workspace, array(select (t.signal).visitor from unnest(told) t where t.problem is null and (t.signal).by_visitor), exclusive => false);
    -- A statement of its own, after the keys: it sees who was identified until they were ours.
    return query select w.row_number, w.outcome, w.problem from steward.write_signals(workspace, told, steward.clock()) w;
end
$$;
comment on function steward.record_signals(jsonb, uuid) is
    'Tells what leads and visitors did, as record_signal does, many at once, and says what became of each: recorded, known (its event_id was told before), too_old (older than signals are kept), or rejected with what is '
    'wrong with it, the others being recorded. signals: a JSON array of objects {lead_id, kind, value, occurred_at, event_id, source_kind, source_id, visitor}, at most 10,000. Leads are of one workspace. '
    'For owners, admins and editors, and their jobs. Errors: 22004 argument_null, 22023 signal_invalid, workspace_ambiguous, 42501 not_a_member, 42704 workspace_unknown, 54000 signals_too_many, 55000 isolation_unfit.';
