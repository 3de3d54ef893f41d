-- What another rubric would change, before it is published. Nothing is written.

create function steward.trial(definition jsonb, workspace_id uuid) returns steward.rubric
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    complete constant jsonb := steward.complete_rubric(trial.definition::text);
    tried steward.rubric;
begin
    tried.id := steward.new_id();
    tried.workspace_id := trial.workspace_id;
    tried.definition := complete;
    tried.reads_signals := steward.rubric_reads_signals(complete::text);
    select h.labels, h.mins into tried.heat_labels, tried.heat_mins from steward.heat_words(complete) h;
    return tried;
end
$$;
comment on function steward.trial(jsonb, uuid) is 'A rubric that is nowhere written. Errors: 22023 rubric_invalid.';

-- Scores now, as the ledger has them, beside those that the other rubric would give.
create function steward.compare_scores(definition jsonb, workspace_id uuid) returns table (lead_id uuid, before int, after int, heat_before text, heat_after text)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    tried constant steward.rubric := steward.trial(compare_scores.definition, compare_scores.workspace_id);
begin
    return query
    select c.lead_id, s.score, a.score, steward.heat_word(r.heat_labels, r.heat_mins, s.score), steward.heat_word(tried.heat_labels, tried.heat_mins, a.score)
    from steward.compute_scores(tried, null, steward.clock()) c
    cross join lateral (select steward.score_of(c.contributions) as score) a
    left join steward.rubric r on r.workspace_id = compare_scores.workspace_id and r.state = 'published'
    left join steward.lead_score s on s.rubric_id = r.id and s.lead_id = c.lead_id and s.superseded_at is null
    -- A lead that nobody has scored yet would stand on one side only.
    where s.lead_id is not null or r.id is null;
end
$$;
comment on function steward.compare_scores(jsonb, uuid) is 'Scores of all leads of a workspace by the rubric in force and by another one, in thousandths of a point.';

create function steward.what_if(definition jsonb, workspace_id uuid default null)
    returns table (lead_id uuid, company text, full_name text, owner text, score_before numeric, score_after numeric, heat_before text, heat_after text)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace constant uuid := steward.acting_workspace(steward.uid(), what_if.workspace_id, 'read');
begin
    perform steward.require('definition', what_if.definition::text);
    return query
    select c.lead_id, l.company, l.full_name, coalesce(l.owner, l.suggested_owner), steward.in_points(c.before), steward.in_points(c.after), c.heat_before, c.heat_after
    from steward.compare_scores(what_if.definition, workspace) c
    join steward.lead l on l.id = c.lead_id
    where c.heat_before is distinct from c.heat_after
    order by abs(c.after - c.before) desc nulls last, c.lead_id;
end
$$;
comment on function steward.what_if(jsonb, uuid) is
    'Leads that another rubric would put in another band, the farthest movers first: select * from steward.what_if((select definition from steward.rubrics where name = ''fit'' and version = 3)). Nothing is written. For every member. '
    'Errors: 22004 argument_null, 22023 rubric_invalid, workspace_ambiguous, 42501 not_a_member, 42704 workspace_unknown.';

-- Ten bands between the least and the highest score, each from its beginning up to the next one's; the last holds its end, too.
create function steward.what_if_distribution(definition jsonb, workspace_id uuid default null) returns table (score_from numeric, score_to numeric, leads_before bigint, leads_after bigint)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace constant uuid := steward.acting_workspace(steward.uid(), what_if_distribution.workspace_id, 'read');
begin
    perform steward.require('definition', what_if_distribution.definition::text);
    return query
    with compared as materialized (
        select c.before, c.after from steward.compare_scores(what_if_distribution.definition, workspace) c
    ), ends as (
        select least(min(c.before), min(c.after)) as low, greatest(max(c.before), max(c.after), least(min(c.before), min(c.after)) + 1) as high from compared c
    ), banded as (
        select least(10, width_bucket(c.before, e.low, e.high, 10)) as before, least(10, width_bucket(c.after, e.low, e.high, 10)) as after from compared c, ends e
    )
    select round((e.low + (e.high - e.low) * (n - 1) / 10.0) / 1000, 3), round((e.low + (e.high - e.low) * n / 10.0) / 1000, 3),
        count(*) filter (where b.before = n), count(*) filter (where b.after = n)
    from ends e cross join generate_series(1, 10) n left join banded b on b.before = n or b.after = n
    where e.low is not null
    group by n, e.low, e.high order by n;
end
$$;
comment on function steward.what_if_distribution(jsonb, uuid) is
    'How many leads have a score in each of ten bands, now and by another rubric. Nothing is written. For every member. '
    'Errors: 22004 argument_null, 22023 rubric_invalid, workspace_ambiguous, 42501 not_a_member, 42704 workspace_unknown.';
