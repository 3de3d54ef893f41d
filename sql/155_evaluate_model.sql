-- How good a model is, figure by figure, beside the rubric in force.

create function steward.figures_of(figures jsonb) returns table (place int, figure text, value numeric)
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select 1, 'leads', (figures ->> 'leads')::numeric
    union all select 2, 'wins', (figures ->> 'wins')::numeric
    union all select 3, 'auc', round((figures #>> '{auc,value}')::numeric, 4)
    union all select 4, 'auc_low', round((figures #>> '{auc,low}')::numeric, 4)
    union all select 5, 'auc_high', round((figures #>> '{auc,high}')::numeric, 4)
    union all select 6, 'brier', round((figures #>> '{reliability,brier}')::numeric, 4)
    union all select 7, 'ece', round((figures #>> '{reliability,ece}')::numeric, 4)
    union all select 8, 'log_loss', round((figures #>> '{reliability,log_loss}')::numeric, 4)
    union all select 10 + d.place::int, 'lift of tenth ' || d.place, round((d.decile ->> 'lift')::numeric, 3) from jsonb_array_elements(figures -> 'deciles') with ordinality as d (decile, place)
    union all select 20 + d.place::int, 'captured up to tenth ' || d.place, round((d.decile ->> 'captured')::numeric, 4) from jsonb_array_elements(figures -> 'deciles') with ordinality as d (decile, place)
$$;
comment on function steward.figures_of(jsonb) is 'Figures of scores as rows.';

create function steward.evaluation_of(model steward.model) returns table (figure text, model_value numeric, rubric_value numeric, note text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    found jsonb;
begin
    select steward.evaluate_on(model.fitted, c.lead, c.key, c.won, c.at, c.score) into found from steward.closed_leads(model.workspace_id) c;
    return query
    select m.figure, m.value, r.value, case m.figure when 'auc' then steward.verdict(found -> 'figures', model.alarms) end
    from steward.figures_of(coalesce(found -> 'figures', '{}')) m
    left join steward.figures_of(coalesce(found -> 'rubric', '{}')) r on r.place = m.place
    order by m.place;
end
$$;
comment on function steward.evaluation_of(steward.model) is 'Figures of a model on the leads that it was not trained on, and of the rubric in force on the same leads.';

create function steward.evaluate_model(name text, version int default null, workspace_id uuid default null) returns table (figure text, model_value numeric, rubric_value numeric, note text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace uuid;
begin
    perform steward.require('name', evaluate_model.name);
    workspace := steward.acting_workspace(steward.uid(), evaluate_model.workspace_id, 'read');
    return query select e.* from steward.evaluation_of(steward.model_for(workspace, evaluate_model.name, evaluate_model.version)) e;
end
$$;
comment on function steward.evaluate_model(text, int, uuid) is
    'Tests a model (the last version, unless named) on the leads that it was not trained on, those that were won or lost since among them, and the rubric in force on the same leads: AUC with its 95 % interval (DeLong 1988), Brier score, '
    'expected calibration error over ten bins of equally many leads, log loss, lift of each tenth, share of all wins up to it. For every member. '
    'Errors: 22004 argument_null, 22023 workspace_ambiguous, 42501 not_a_member, 42704 workspace_unknown, model_unknown, 54000 training_too_large.';
