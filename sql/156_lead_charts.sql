-- Scores and models as pictures (SVG), drawn by extension/core/src/leads/chart.rs.

-- From nothing to a full score, wider where scores are beyond: a scale that stays while leads come and go.
create function steward.score_scale(rubric steward.rubric, lowest int, highest int) returns table (low int, high int)
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select l.low, greatest((rubric.definition #>> '{total,to}')::numeric * 1000, score_scale.highest, l.low + 1)::int
    from (select least(0, score_scale.lowest) as low) l
$$;
comment on function steward.score_scale(steward.rubric, int, int) is 'From where to where a picture of scores goes, in thousandths of a point.';

-- The words for scores, as far as they are in the picture, in tenths of its width.
create function steward.drawn_heat(rubric steward.rubric, low int, high int) returns jsonb
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(jsonb_agg(jsonb_build_object('label', w.label,
        'from', (coalesce(rubric.heat_mins[w.place - 1], low)::numeric - low) * 10 / (high::numeric - low), 'to', (coalesce(rubric.heat_mins[w.place], high)::numeric - low) * 10 / (high::numeric - low)) order by w.place), '[]')
    from unnest(rubric.heat_labels) with ordinality as w (label, place)
$$;
comment on function steward.drawn_heat(steward.rubric, int, int) is 'Words of a rubric as bands of a picture.';

-- Each tenth from its beginning up to the next one's; the last holds its end, too.
create function steward.in_tenths(scores int[], leads bigint[], low int, high int) returns bigint[]
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select array_agg(coalesce(c.leads, 0)::bigint order by n)
    from generate_series(1, 10) n
    left join (
        select least(10, width_bucket(s.score::numeric, in_tenths.low, in_tenths.high, 10)) as tenth, sum(s.leads) as leads
        from unnest(in_tenths.scores, in_tenths.leads) as s (score, leads) group by 1) c on c.tenth = n
$$;
comment on function steward.in_tenths(int[], bigint[], int, int) is 'How many leads have a score in each tenth of a scale.';

create function steward.rubric_in_force(workspace_id uuid) returns steward.rubric
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    rubric steward.rubric;
begin
    select r.* into rubric from steward.rubric r where r.workspace_id = rubric_in_force.workspace_id and r.state = 'published';
    if rubric.id is null then
        perform steward.refuse('55000', 'no_rubric', 'no rubric of the workspace is in force', 'Publish one: steward.define_rubric, then steward.publish_rubric.');
    end if;
    return rubric;
end
$$;
comment on function steward.rubric_in_force(uuid) is 'The rubric that a workspace scores by. Errors: 55000 no_rubric.';

-- Leads are counted by their score first: scores are far fewer than leads. Beside them the same leads: those that have a score.
create function steward.score_distribution_svg(workspace_id uuid default null, definition jsonb default null) returns text
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace constant uuid := steward.acting_workspace(steward.uid(), score_distribution_svg.workspace_id, 'read');
    rubric constant steward.rubric := steward.rubric_in_force(workspace);
    scores int[];
    leads bigint[];
    others int[];
    other_leads bigint[];
    scale record;
    series jsonb;
begin
    select array_agg(c.score), array_agg(c.leads) into scores, leads
    from (select s.score, count(*) as leads from steward.lead_score s where s.rubric_id = rubric.id and s.superseded_at is null group by s.score) c;
    if score_distribution_svg.definition is not null then
        select array_agg(c.after), array_agg(c.leads) into others, other_leads
        from (select x.after, count(*) as leads from steward.compare_scores(score_distribution_svg.definition, workspace) x where x.before is not null group by x.after) c;
    end if;
    select s.* into scale from (select min(u), max(u) from unnest(scores || others) u) as e (lowest, highest) cross join lateral steward.score_scale(rubric, e.lowest, e.highest) s;
    series := jsonb_build_array(jsonb_build_object('name', format('%s version %s', rubric.name, rubric.version), 'values', steward.in_tenths(scores, leads, scale.low, scale.high)));
    if score_distribution_svg.definition is not null then
        series := series || jsonb_build_object('name', 'the other rubric', 'values', steward.in_tenths(others, other_leads, scale.low, scale.high));
    end if;
    return steward.draw_chart(jsonb_build_object('title', format('%s leads by their score', coalesce((select sum(l) from unnest(leads) l), 0)), 'across', 'score', 'upward', 'leads',
        'labels', (select jsonb_agg(trim_scale(round((scale.low + (scale.high::numeric - scale.low) * n / 10) / 1000, 2))::text order by n) from generate_series(0, 10) n),
        'series', series, 'bands', steward.drawn_heat(rubric, scale.low, scale.high))::text);
end
$$;
comment on function steward.score_distribution_svg(uuid, jsonb) is
    'A picture (SVG) of how many leads have which score by the rubric in force, in ten bands from nothing to a full score, with its words behind; with a definition, beside each what that rubric would give '
    '(nothing is written). For every member. Errors: 22023 rubric_invalid, workspace_ambiguous, 42501 not_a_member, 42704 workspace_unknown, 55000 no_rubric.';

create function steward.lift_chart_svg(name text, version int default null, workspace_id uuid default null) returns text
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace uuid;
    model steward.model;
    rubric steward.rubric;
    figures jsonb;
begin
    perform steward.require('name', lift_chart_svg.name);
    workspace := steward.acting_workspace(steward.uid(), lift_chart_svg.workspace_id, 'read');
    model := steward.model_for(workspace, lift_chart_svg.name, lift_chart_svg.version);
    select r.* into rubric from steward.rubric r where r.workspace_id = workspace and r.state = 'published';
    select jsonb_object_agg(e.figure, jsonb_build_array(e.model_value, e.rubric_value)) into figures from steward.evaluation_of(model) e;
    return steward.draw_chart(jsonb_build_object(
        'title', format('Lift of each tenth of %s leads that %s version %s was not trained on', coalesce(figures #>> '{leads,0}', '0'), model.name, model.version),
        'across', 'tenths of the leads, the best first', 'upward', 'times as many won as of all', 'labels', (select jsonb_agg(n::text order by n) from generate_series(1, 10) n), 'line', 1,
        'series', (
            select jsonb_agg(jsonb_build_object('name', format('%s version %s, AUC %s', s.name, s.version, coalesce(round((figures -> 'auc' ->> s.place)::numeric, 2)::text, 'unknown')),
                'values', (select jsonb_agg(figures -> ('lift of tenth ' || n) -> s.place order by n) from generate_series(1, 10) n)) order by s.place)
            from (values (0, model.name, model.version), (1, rubric.name, rubric.version)) as s (place, name, version) where s.name is not null))::text);
end
$$;
comment on function steward.lift_chart_svg(text, int, uuid) is
    'A picture (SVG) of how many times as many leads of each tenth were won as of all, by a model (the last version, unless named) and by the rubric in force, on the leads that the model was not trained on; the line is what '
    'chance gives. For every member. Errors: 22004 argument_null, 22023 workspace_ambiguous, 42501 not_a_member, 42704 workspace_unknown, model_unknown.';

comment on function steward.draw_chart(text) is 'A picture (SVG) of bars, as the functions above describe it. Errors: 22023 chart_invalid.';
