-- Why a score is what it is, and what it was.
--
-- Points come from the ledger (lead_score); inputs and reasons are worked out again from what was known when the score was written: the lead as of then (lead_as_of) and the signals
-- that had been told by then. A lead that changed since, and whose score that did not move, is read as it is now.

create function steward.is_up_to_date(score steward.lead_score) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select score.superseded_at is null and not exists (select from steward.stale_lead s where s.workspace_id = score.workspace_id and s.lead_id = score.lead_id)
        and not exists (select from steward.unscored_lead u where u.workspace_id = score.workspace_id and u.lead_id = score.lead_id)
$$;
comment on function steward.is_up_to_date(steward.lead_score) is 'Whether a score holds, and is that of the lead as it is now.';

create function steward.explained(score steward.lead_score) returns table (place int, term_group text, input text, reason text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select e.place::int, e.told ->> 'group', e.told ->> 'input', e.told ->> 'reason'
    from steward.rubric r
    join steward.workspace w on w.id = r.workspace_id
    left join steward.model m on m.id = score.model_id,
        -- Once (offset 0): each column of a row that is spread out would ask again.
        lateral (select case when steward.is_up_to_date(score) then (select n from steward.lead n where n.id = score.lead_id) else steward.lead_as_of(score.lead_id, score.at) end as lead offset 0) k,
        lateral (select (k.lead).*) l,
        lateral steward.signals_of(score.lead_id, w.time_zone, score.at) s,
        lateral jsonb_array_elements(steward.score_reasons(r.id, r.definition, l, s.kinds, s.amounts, s.moments, s.days, score.at, steward.lead_likelihood(m.id, m.fitted, l), m.base)) with ordinality as e (told, place)
    where r.id = score.rubric_id
$$;
comment on function steward.explained(steward.lead_score) is 'Inputs and reasons of the contributions to a score, from what was known when it was written; of one that is up to date, from the lead as it is.';

-- The score of a lead that held at a moment, by the rubric that was in force then.
create function steward.score_at(lead steward.lead, at timestamptz) returns steward.lead_score
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select s from steward.lead_score s
    where s.lead_id = lead.id and s.at <= score_at.at and (s.superseded_at is null or s.superseded_at > score_at.at)
        and s.rubric_id = (select p.rubric_id from steward.rubric_publication p where p.workspace_id = lead.workspace_id and p.at <= score_at.at order by p.number desc limit 1)
    order by s.version desc limit 1
$$;
comment on function steward.score_at(steward.lead, timestamptz) is 'The row of the ledger that held for a lead at a moment; null where there was none.';

create function steward.explain_score(lead_id uuid, since timestamptz default null)
    returns table (term text, term_group text, input text, points numeric, reason text, points_before numeric, moved numeric)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    lead constant steward.lead := steward.lead_for(explain_score.lead_id, 'read');
    score steward.lead_score;
    before steward.lead_score;
begin
    score := steward.score_at(lead, 'infinity');
    if score.lead_id is null then
        perform steward.refuse('55000', 'not_scored', format('lead %s has no score yet', lead.id), 'Publish a rubric (steward.publish_rubric), or call steward.refresh_scores().');
    end if;
    if explain_score.since is not null then
        before := steward.score_at(lead, explain_score.since);
    end if;
    return query
    with rubrics as (
        select r.id, r.name, r.version, r.contributions from steward.rubric r where r.id in (score.rubric_id, before.rubric_id)
    ), given as (
        select p.term, p.points, p.place from rubrics r cross join lateral unnest(r.contributions, score.contributions) with ordinality as p (term, points, place) where r.id = score.rubric_id
    ), gave as (
        select p.term, p.points, p.place from rubrics r cross join lateral unnest(r.contributions, before.contributions) with ordinality as p (term, points, place) where r.id = before.rubric_id
    )
    -- Contributions of another rubric are compared by their names; what one of the two does not have gives nothing by it, so that what moved adds up.
    select p.term, e.term_group, e.input, steward.in_points(p.now), coalesce(e.reason, (select format('no term of %s version %s', r.name, r.version) from rubrics r where r.id = score.rubric_id)),
        case when before.lead_id is not null then steward.in_points(p.then) end, case when before.lead_id is not null then steward.in_points(p.now - p.then) end
    from (
        select coalesce(n.term, b.term) as term, n.place, b.place as old_place, coalesce(n.points, 0) as now, coalesce(b.points, 0) as then from given n full join gave b on b.term = n.term) p
    left join steward.explained(score) e on e.place = p.place
    order by case when before.lead_id is not null then abs(p.now - p.then) end desc nulls last, p.place nulls last, p.old_place;
end
$$;
comment on function steward.explain_score(uuid, timestamptz) is
    'Why a lead''s score is what it is: term, its group, what it was computed from, points (their sum is the score), the rule that decided. With since, also what each term gave then and how far it moved, the top movers first: '
    'their sum is how far the score moved, contributions of a rubric that was in force then included; null where the lead had no score then. '
    'For every member. Errors: 22004 argument_null, 42704 lead_unknown, 55000 not_scored.';

create function steward.score_as_of(lead_id uuid, at timestamptz) returns table (score numeric, heat text, rubric text, rubric_version int, since timestamptz, contributions jsonb)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    lead constant steward.lead := steward.lead_for(score_as_of.lead_id, 'read');
    found steward.lead_score;
begin
    perform steward.require('at', score_as_of.at::text);
    found := steward.score_at(lead, score_as_of.at);
    return query
    select steward.in_points(found.score), steward.heat_word(r.heat_labels, r.heat_mins, found.score), r.name, r.version, found.at,
        (select jsonb_object_agg(r.contributions[p.place], steward.in_points(p.points)) from unnest(found.contributions) with ordinality as p (points, place))
    from steward.rubric r where r.id = found.rubric_id;
end
$$;
comment on function steward.score_as_of(uuid, timestamptz) is
    'What a lead''s score was at a moment, by the rubric that was in force then, with its contributions; no row where there was none. For every member. Errors: 22004 argument_null, 42704 lead_unknown.';
