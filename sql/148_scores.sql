-- Scores: a ledger of what each lead was worth, by which rubric, and of which contributions.
--
-- A row of lead_score is the score of a lead by a version of a rubric, from one moment to another: its contributions, in the order of rubric.contributions, in thousandths of a point. The score is their sum, by
-- the table's own definition. A row is added when the contributions change and is not touched after that but for its end (superseded_at), and while it holds for when it is due and whether the lead is closed; so a score as of any date is there, with its contributions.
-- Who writes a lead or a signal notes the lead as stale (a trigger, record_signal); refresh_scores takes the notes and writes scores that changed, and those that have fallen because signals
-- got old (due_at). write_scores is the one place that computes them. Notes are rows that are only added and taken: two that change the same lead never wait for each other.

create table steward.lead_score (
    rubric_id uuid not null,
    lead_id uuid not null,
    version int not null constraint lead_score_version_check check (version > 0),
    workspace_id uuid not null,
    at timestamptz not null,
    contributions int[] not null,
    score int not null generated always as (steward.score_of(contributions)) stored,
    due_at timestamptz,
    closed boolean not null,
    superseded_at timestamptz,
    model_id uuid,
    constraint lead_score_pkey primary key (rubric_id, lead_id, version)
);
create index lead_score_ranks on steward.lead_score (rubric_id, score desc, lead_id) where superseded_at is null and not closed;
create index lead_score_due on steward.lead_score (rubric_id, due_at) where superseded_at is null and due_at is not null;
create index lead_score_ended on steward.lead_score (superseded_at) where superseded_at is not null;
comment on table steward.lead_score is 'Scores of leads, now and before. A row is deleted by upkeep 400 days after it was superseded: a year can be looked back.';
comment on column steward.lead_score.rubric_id is 'The version of the rubric.';
comment on column steward.lead_score.lead_id is 'The lead.';
comment on column steward.lead_score.version is 'Number of the lead''s score by this rubric, the first being 1.';
comment on column steward.lead_score.workspace_id is 'Its workspace.';
comment on column steward.lead_score.at is 'Since when the score is this.';
comment on column steward.lead_score.contributions is 'What makes the score, in the order of rubric.contributions, in thousandths of a point.';
comment on column steward.lead_score.score is 'Their sum, in thousandths of a point.';
comment on column steward.lead_score.due_at is 'When it is to be computed again because its signals got old; null where none ages.';
comment on column steward.lead_score.closed is 'Whether the lead is won or lost, as far as refresh_scores knows: it has a score, and no rank.';
comment on column steward.lead_score.superseded_at is 'Until when the score was this; null while it is.';
comment on column steward.lead_score.model_id is 'The model whose likelihood is in it; null where none is.';

create table steward.stale_lead (
    number bigint generated always as identity,
    workspace_id uuid not null,
    lead_id uuid not null,
    noted_at timestamptz not null default steward.clock(),
    constraint stale_lead_pkey primary key (workspace_id, number)
);
create index stale_lead_of_lead on steward.stale_lead (workspace_id, lead_id);
comment on table steward.stale_lead is 'Notes of leads that changed since their score was computed. Removed by refresh_scores, which takes them; those of a workspace without a rubric, too.';
comment on column steward.stale_lead.number is 'Notes are taken in this order.';
comment on column steward.stale_lead.workspace_id is 'The workspace.';
comment on column steward.stale_lead.lead_id is 'The lead.';
comment on column steward.stale_lead.noted_at is 'When it was noted.';

create function steward.in_points(thousandths int) returns numeric
    language sql immutable parallel safe
    return pg_catalog.trim_scale(thousandths operator(pg_catalog./) 1000.0);
comment on function steward.in_points(int) is 'Thousandths of a point as points.';

create function steward.note_stale(workspace_id uuid, lead_ids uuid[]) returns void
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    insert into steward.stale_lead (workspace_id, lead_id) select note_stale.workspace_id, i from unnest(note_stale.lead_ids) i
$$;
comment on function steward.note_stale(uuid, uuid[]) is 'Notes that scores of leads are to be computed again.';

create function steward.note_new_leads() returns trigger
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    of_workspace record;
begin
    for of_workspace in
        select c.workspace_id, array_agg(c.id) as ids, array_agg(c.id) filter (where c.segment is not null or c.suggested_owner is not null) as routed from changed c group by c.workspace_id
    loop
        perform steward.note_stale(of_workspace.workspace_id, of_workspace.ids);
        if of_workspace.routed is not null then
            perform steward.suggest_owners_of(of_workspace.workspace_id, of_workspace.routed);
        end if;
    end loop;
    return null;
end
$$;
comment on function steward.note_new_leads() is 'Trigger: leads that were added are stale, and have an owner suggested.';
create trigger note_new_leads after insert on steward.lead referencing new table as changed for each statement execute function steward.note_new_leads();

-- Whatever can move a score is a change of the lead, with a version of its own; a suggestion of an owner is none, and no rubric reads it.
-- Joined by hashing whatever the writer has forbidden: rows of two transition tables have no index.
create function steward.note_changed_leads() returns trigger
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = on
    set enable_nestloop = off
as $$
declare
    of_workspace record;
begin
    for of_workspace in
        select c.workspace_id, array_agg(c.id) as ids, array_agg(c.id) filter (where c.segment is distinct from b.segment) as routed
        from changed c join before b on b.id = c.id
        where c.version <> b.version
        group by c.workspace_id
    loop
        perform steward.note_stale(of_workspace.workspace_id, of_workspace.ids);
        if of_workspace.routed is not null then
            perform steward.suggest_owners_of(of_workspace.workspace_id, of_workspace.routed);
        end if;
    end loop;
    return null;
end
$$;
comment on function steward.note_changed_leads() is 'Trigger: leads that changed are stale, and those whose segment did have an owner suggested.';
create trigger note_changed_leads after update on steward.lead referencing old table as before new table as changed for each statement execute function steward.note_changed_leads();

-- What each lead did, as arrays. Its names are bound here (begin atomic) and not by a search path of its own, so that the planner puts it into the statement: a million calls took twice as long as all of the scoring.
create function steward.signals_of(lead_id uuid, time_zone text, known_at timestamptz)
    returns table (kinds text[], amounts float8[], moments timestamptz[], days int[])
    language sql stable parallel safe
begin atomic
    select pg_catalog.array_agg(s.kind order by s.occurred_at, s.event_id), pg_catalog.array_agg(s.amount order by s.occurred_at, s.event_id),
        pg_catalog.array_agg(s.occurred_at order by s.occurred_at, s.event_id),
        pg_catalog.array_agg((s.occurred_at at time zone signals_of.time_zone)::pg_catalog.date operator(pg_catalog.-) '2000-01-01'::pg_catalog.date order by s.occurred_at, s.event_id)
    from steward.signal s
    where s.lead_id operator(pg_catalog.=) signals_of.lead_id and (signals_of.known_at is null or s.recorded_at operator(pg_catalog.<=) signals_of.known_at);
end;
comment on function steward.signals_of(uuid, text, timestamptz) is 'What a lead did, as far as it was told until a moment (null: now), in the order in which it happened; days are counted in a zone.';

create function steward.model_of(rubric steward.rubric) returns steward.model
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    model steward.model;
begin
    if rubric.definition ? 'likelihood' then
        select m.* into model from steward.model m where m.workspace_id = rubric.workspace_id and m.state = 'published';
    end if;
    return model;
end
$$;
comment on function steward.model_of(steward.rubric) is 'The model in force, for a rubric that looks at likelihoods; null for any other.';

-- The contributions to scores of leads, or of all of a workspace, by a rubric. Nothing is written. Planned for each call: in a session that has computed all a few times, one plan for both
-- would read all leads for a thousand (3.9 s instead of 0.1 s of a million). In the order of the ledger's key, whose pages are filled one after the other then: a million scores are written in 5.8 s, not in 6.3 s.
create function steward.compute_scores(rubric steward.rubric, lead_ids uuid[], now timestamptz) returns table (lead_id uuid, contributions int[], due_at timestamptz, closed boolean)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan
as $$
declare
    zone constant text := (select w.time_zone from steward.workspace w where w.id = rubric.workspace_id);
    model constant steward.model := steward.model_of(rubric);
begin
    if rubric.reads_signals or model.id is not null then
        return query
        select l.id, steward.score_contributions(rubric.id, rubric.definition, l, s.kinds, s.amounts, s.moments, s.days, compute_scores.now, steward.lead_likelihood(model.id, model.fitted, l), model.base),
            case when s.kinds is not null then steward.score_due_at(rubric.id, rubric.definition, l, s.kinds, s.amounts, s.moments, s.days, compute_scores.now, null, null) end,
            l.outcome is not null
        from steward.lead l, lateral steward.signals_of(l.id, zone, null) s
        where l.workspace_id = rubric.workspace_id and l.erased_at is null and (lead_ids is null or l.id = any (lead_ids))
        order by l.id;
    else
        return query
        select l.id, steward.score_contributions(rubric.id, rubric.definition, l, null, null, null, null, compute_scores.now, null, null), null::timestamptz, l.outcome is not null
        from steward.lead l
        where l.workspace_id = rubric.workspace_id and l.erased_at is null and (lead_ids is null or l.id = any (lead_ids))
        order by l.id;
    end if;
end
$$;
comment on function steward.compute_scores(steward.rubric, uuid[], timestamptz) is 'Contributions to the scores of leads, or of all of the workspace, by a rubric, when each is due again, and whether the lead is won or lost; none of who was erased.';

-- For whoever holds the key `leads` of the workspace.
create function steward.write_scores(rubric steward.rubric, lead_ids uuid[]) returns bigint
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
declare
    clock constant timestamptz := steward.clock();
    learned constant uuid := (steward.model_of(rubric)).id;
    written bigint;
begin
    -- A million scores of a new rubric: nothing to compare them with, which is a tenth of the work.
    if write_scores.lead_ids is null and not exists (select from steward.lead_score k where k.rubric_id = rubric.id) then
        insert into steward.lead_score (rubric_id, lead_id, version, workspace_id, at, contributions, due_at, closed, model_id)
        select rubric.id, c.lead_id, 1, rubric.workspace_id, clock, c.contributions, c.due_at, c.closed, learned from steward.compute_scores(rubric, null, clock) c;
        get diagnostics written = row_count;
        return written;
    end if;
    with computed as materialized (
        select c.lead_id, c.contributions, c.due_at, k.version, c.closed, k.contributions as known, (k.due_at, k.closed, k.model_id) is distinct from (c.due_at, c.closed, learned) as moved
        from steward.compute_scores(rubric, write_scores.lead_ids, clock) c
        left join steward.lead_score k on k.rubric_id = rubric.id and k.lead_id = c.lead_id and k.superseded_at is null
    ), ended as (
        update steward.lead_score k set superseded_at = clock
        from computed c
        where c.known <> c.contributions and k.rubric_id = rubric.id and k.lead_id = c.lead_id and k.version = c.version
    ), kept as (
        update steward.lead_score k set due_at = c.due_at, closed = c.closed, model_id = learned
        from computed c
        where c.known = c.contributions and c.moved and k.rubric_id = rubric.id and k.lead_id = c.lead_id and k.version = c.version
    )
    insert into steward.lead_score (rubric_id, lead_id, version, workspace_id, at, contributions, due_at, closed, model_id)
    select rubric.id, c.lead_id, coalesce(c.version, 0) + 1, rubric.workspace_id, clock, c.contributions, c.due_at, c.closed, learned
    from computed c where c.known is distinct from c.contributions;
    get diagnostics written = row_count;
    return written;
end
$$;
comment on function steward.write_scores(steward.rubric, uuid[]) is 'Writes the scores of leads, or of all of the workspace, where they changed, and returns how many.';
