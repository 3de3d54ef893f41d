-- How long signals are kept: 800 days, and longer while a rubric that was ever in force gives something for them.
--
-- So a rule that gives its points for ever (no half_life_days, no linear_days) does, and going back to an older rubric finds what it counts. What was deleted is not written again when it is told again.
-- A signal's forget_at is when to look at it; by then another rubric may have been in force, so it is then that upkeep asks how long the signal lives.

create function steward.signal_days() returns interval
    language sql immutable parallel safe
    return interval '800 days';
comment on function steward.signal_days() is 'How long a signal is kept at least.';

-- Ten half-lives, as in extension/core/src/leads/decay.rs. Two days more: signals of a day share its cap, and the first must not make room for the last while that is worth something.
create function steward.signal_life(workspace_id uuid, kind text) returns interval
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case when bool_or(l.days is null) is not true then greatest(steward.signal_days(), make_interval(secs => 86400 * (max(l.days) + 2))) end
    from steward.rubric r
    cross join lateral jsonb_array_elements(r.definition -> 'terms') t
    cross join lateral (select coalesce(t -> 'signals' -> signal_life.kind, t -> 'signals' -> '*') as rule) u
    cross join lateral (select coalesce((u.rule ->> 'half_life_days')::float8 * 10, (u.rule ->> 'linear_days')::float8) as days) l
    where r.workspace_id = signal_life.workspace_id and r.reads_signals and r.state <> 'draft' and t ->> 'kind' = 'signals' and u.rule is not null
$$;
comment on function steward.signal_life(uuid, text) is 'How long signals of a kind are kept, by the rubrics that were ever in force: null for good.';

-- Also by rubrics that are not in force. For whoever holds the key `leads` of the workspace.
create function steward.make_due(workspace_id uuid, lead_ids uuid[]) returns void
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    update steward.lead_score s set due_at = steward.clock()
    from steward.rubric r
    where r.workspace_id = make_due.workspace_id and r.reads_signals and s.rubric_id = r.id and s.lead_id = any (make_due.lead_ids) and s.superseded_at is null
$$;
comment on function steward.make_due(uuid, uuid[]) is 'Scores of leads, by all rubrics that read signals, are to be computed again.';

-- For those who go back to a rubric, too. For whoever holds the key `leads` of the workspace.
create function steward.note_other_days(workspace_id uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    update steward.rubric r set zone_changed_at = steward.clock() where r.workspace_id = note_other_days.workspace_id and r.reads_signals;
    perform steward.note_stale(note_other_days.workspace_id, array(select distinct s.lead_id from steward.signal s where s.workspace_id = note_other_days.workspace_id and s.lead_id is not null));
end
$$;
comment on function steward.note_other_days(uuid) is 'Notes that scores of leads that did something are to be computed again, because days begin at another moment.';

-- Of a workspace whose leads somebody writes at this moment the next call does it.
create function steward.forget_old_signals(now timestamptz) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    old record;
    life interval;
    lead_ids uuid[];
begin
    for old in
        select o.workspace_id, o.kind, array_agg(o.event_id) as event_ids
        from (select s.workspace_id, s.kind, s.event_id from steward.signal s where s.forget_at < forget_old_signals.now order by s.forget_at limit 1000 for update skip locked) o
        group by o.workspace_id, o.kind
    loop
        continue when not steward.hold_key('leads', old.workspace_id::text, exclusive => true, wait => false);
        life := steward.signal_life(old.workspace_id, old.kind);
        update steward.signal s set forget_at = s.occurred_at + life
        where s.workspace_id = old.workspace_id and s.event_id = any (old.event_ids) and (s.occurred_at + life < forget_old_signals.now) is not true;
        with gone as (
            delete from steward.signal s where s.workspace_id = old.workspace_id and s.event_id = any (old.event_ids) and s.occurred_at + life < forget_old_signals.now
            returning s.lead_id)
        select array_agg(distinct g.lead_id) into lead_ids from gone g;
        perform steward.make_due(old.workspace_id, lead_ids);
    end loop;
end
$$;
comment on function steward.forget_old_signals(timestamptz) is 'Deletes signals that are older than they are kept, of a thousand at most.';
