-- Why a score is what it is, and what it was.
--
-- Points come from the ledger (lead_score); inputs and reasons are worked out again from what was known when the score was written: the lead as of then (lead_as_of) and the signals
-- that had been told by then.

create function steward.explained(score steward.lead_score) returns table (place int, term_group text, input text, reason text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select e.place::int, e.told ->> 'group', e.told ->> 'input', e.told ->> 'reason'
    from steward.rubric r
    join steward.workspace w on w.id = r.workspace_id
    left join steward.model m on m.id = score.model_id,
        lateral steward.lead_as_of(score.lead_id, score.at) l,
        lateral steward.signals_of(score.lead_id, w.time_zone, score.at) s,
        lateral jsonb_array_elements(steward.score_reasons(r.id, r.definition, l, s.kinds, s.amounts, s.moments, s.days, score.at, steward.lead_likelihood(m.id, m.fitted, l), m.base)) with ordinality as e (told, place)
    where r.id = score.rubric_id
$$;
comment on function steward.explained(steward.lead_score) is 'Inputs and reasons of the parts of a score, from what was known when it was written.';

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
    returns table (part text, term_group text, input text, points numeric, reason text, points_before numeric, moved numeric)
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
    select r.parts[n.place], e.term_group, e.input, steward.in_points(n.points), e.reason, steward.in_points(b.points), steward.in_points(n.points - b.points)
    from steward.rubric r
    cross join lateral unnest(score.parts) with ordinality as n (points, place)
    left join steward.explained(score) e on e.place = n.place
    -- Parts of another rubric are compared by their names.
    left join lateral (
        select p.points from steward.rubric o cross join lateral unnest(before.parts) with ordinality as p (points, place)
        where o.id = before.rubric_id and o.parts[p.place] = r.parts[n.place]) b on true
    where r.id = score.rubric_id
    order by abs(n.points - b.points) desc nulls last, n.place;
end
$$;
comment on function steward.explain_score(uuid, timestamptz) is
    'Why a lead''s score is what it is: part, its group, what it was computed from, points (their sum is the score), the rule that decided. With since, also what each part gave then and how far it moved, the top movers first. '
    'For every member. Errors: 22004 argument_null, 42704 lead_unknown, 55000 not_scored.';

create function steward.score_as_of(lead_id uuid, at timestamptz) returns table (score numeric, heat text, rubric text, rubric_version int, since timestamptz, parts jsonb)
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
        (select jsonb_object_agg(r.parts[p.place], steward.in_points(p.points)) from unnest(found.parts) with ordinality as p (points, place))
    from steward.rubric r where r.id = found.rubric_id;
end
$$;
comment on function steward.score_as_of(uuid, timestamptz) is
    'What a lead''s score was at a moment, by the rubric that was in force then, with its parts; no row where there was none. For every member. Errors: 22004 argument_null, 42704 lead_unknown.';
