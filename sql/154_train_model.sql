-- Training: from the leads of a workspace whose outcome is known to a model with figures.
--
-- Leads stream through an aggregate (train_on), which keeps each distinct value once; nothing leaves the database. What the rubric in force says of the same leads, from the same fields,
-- goes beside it: the model's figures and the rubric's are of the same leads.

create aggregate steward.train_on(definition jsonb, lead anyelement, key text, won boolean, at timestamptz, score float8) (
    sfunc = steward.gather_to_train, stype = internal, finalfunc = steward.gathered);
comment on aggregate steward.train_on(jsonb, anyelement, text, boolean, timestamptz, float8) is 'Trains a model on leads: an object with model, figures, rubric, alarms, or too_little.';
create aggregate steward.evaluate_on(model jsonb, lead anyelement, key text, won boolean, at timestamptz, score float8) (
    sfunc = steward.gather_to_evaluate, stype = internal, finalfunc = steward.gathered);
comment on aggregate steward.evaluate_on(jsonb, anyelement, text, boolean, timestamptz, float8) is 'Tests a model on those of the leads that it was not trained on: an object with figures, rubric.';

-- By key leads are drawn for splits: by what each was first known as, which is the same wherever the same is imported, and stays when more becomes known. For the same reason their
-- times are those of the outcomes: that of the last change would move a lead that was trained on among those that are held out.
-- Leads with an outcome, and what the rubric in force says of them by their fields alone: signals may be later than the outcome.
create function steward.closed_leads(workspace_id uuid) returns table (lead steward.lead, key text, won boolean, at timestamptz, score float8)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select l, coalesce(l.first_known_as, l.id::text), l.outcome = 'won', l.outcome_at, steward.score_of(steward.score_contributions(r.id, r.definition, l, null, null, null, null, null, null, null))::float8
    from steward.lead l
    left join steward.rubric r on r.workspace_id = closed_leads.workspace_id and r.state = 'published'
    where l.workspace_id = closed_leads.workspace_id and l.outcome is not null
$$;
comment on function steward.closed_leads(uuid) is 'Leads of a workspace that were won or lost, with what the rubric in force says of them.';

-- Known fields that tell of many leads alike, and attributes that one in a hundred leads has. Not those that name somebody, nor what is known with the outcome only.
create function steward.default_features(workspace_id uuid) returns jsonb
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with closed as (
        select count(*) as leads, count(l.segment) as segment, count(l.industry) as industry, count(l.company_size) as company_size, count(l.city) as city, count(l.state) as state, count(l.country) as country
        from steward.lead l where l.workspace_id = default_features.workspace_id and l.outcome is not null
    ), seen as (
        select k.field, k.leads
        from closed c
        cross join lateral (values ('segment', c.segment), ('industry', c.industry), ('company_size', c.company_size), ('city', c.city), ('state', c.state), ('country', c.country)) k (field, leads)
        union all
        select 'attributes.' || k.key, count(*)
        from steward.lead l cross join lateral jsonb_object_keys(l.attributes) k (key)
        where l.workspace_id = default_features.workspace_id and l.outcome is not null
        group by k.key
    )
    select coalesce(jsonb_agg(s.field order by s.field), '[]') from seen s where s.leads > 0 and s.leads * 100 >= (select c.leads from closed c)
$$;
comment on function steward.default_features(uuid) is 'Fields to learn from where a definition names none: those that one in a hundred leads with an outcome has.';

create function steward.train_model(name text, definition jsonb default '{}', workspace_id uuid default null)
    returns table (version int, leads int, wins int, auc numeric, auc_low numeric, auc_high numeric, brier numeric, ece numeric, log_loss numeric, top_decile_lift numeric, rubric_auc numeric, alarms text[], note text)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace uuid;
    asked jsonb;
    learned jsonb;
    stored steward.model;
begin
    perform steward.require('name', train_model.name), steward.require('definition', train_model.definition::text), steward.require_read_committed();
    workspace := steward.acting_workspace(steward.uid(), train_model.workspace_id, 'define_rubrics');
    perform steward.require_person('define_rubrics');
    if train_model.name !~ '^[a-z][a-z0-9_]{0,62}$' then
        perform steward.refuse('22023', 'name_invalid', 'a model''s name has lower-case letters, digits and _, at most 63', 'Choose a name such as likely_to_buy.');
    elsif jsonb_typeof(train_model.definition) <> 'object' then
        perform steward.refuse('22023', 'model_invalid', 'a definition is an object', 'Pass {} for what is usual.');
    end if;
    asked := '{"method": "logistic"}' || train_model.definition;
    if not asked ? 'features' then
        asked := asked || jsonb_build_object('features', steward.default_features(workspace));
    end if;
    learned := coalesce((select steward.train_on(asked, c.lead, c.key, c.won, c.at, c.score) from steward.closed_leads(workspace) c), steward.nothing_learned('{"method": "logistic"}' || train_model.definition));
    if learned ? 'too_little' then
        return query select null::int, (learned #>> '{too_little,leads}')::int, (learned #>> '{too_little,wins}')::int, null::numeric, null::numeric, null::numeric, null::numeric, null::numeric, null::numeric,
            null::numeric, null::numeric, '{}'::text[], learned #>> '{too_little,reason}';
        return;
    end if;
    stored := steward.store_model(workspace, train_model.name, learned);
    return query
    select m.version, m.leads, m.wins, m.auc, m.auc_low, m.auc_high, m.brier, m.ece, m.log_loss, m.top_decile_lift, m.rubric_auc, m.alarms, m.note
    from steward.models m where m.id = stored.id;
end
$$;
comment on function steward.train_model(text, jsonb, uuid) is
    'Trains a model on the leads of a workspace that were won or lost, stores it, and returns its figures on leads that it was not trained on; the rubric''s AUC on the same leads beside them. Where there is too little to '
    'learn from, version is null and note says what is missing: the rubric stands. alarms names features that are too good to have been known before the outcome. '
    'definition: method (logistic or bayes), features, split ({"kind": "time", "holdout": 0.3} or random with a seed), l2, min_leads, min_wins. Nothing is scored by it until publish_model. Needs a person; for owners and admins. '
    'Errors: 22004 argument_null, 22023 name_invalid, model_invalid, workspace_ambiguous, 42501 not_a_member, person_required, 42704 workspace_unknown, 54000 training_too_large, 55000 isolation_unfit.';

create function steward.store_model(workspace_id uuid, name text, learned jsonb) returns steward.model
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    stored steward.model;
begin
    -- One training of a name after the other, so that versions count up.
    perform steward.hold_leads(store_model.workspace_id);
    insert into steward.model (id, workspace_id, name, version, state, definition, fitted, base, figures, rubric_figures, alarms, trained_at, trained_by)
    select steward.new_id(), store_model.workspace_id, store_model.name, coalesce(max(m.version), 0) + 1, 'trained', learned -> 'definition', learned -> 'model',
        (learned #>> '{model,wins}')::float8 / (learned #>> '{model,leads}')::float8, learned -> 'figures', nullif(learned -> 'rubric', 'null'), learned -> 'alarms', steward.clock(), steward.uid()
    from steward.model m where m.workspace_id = store_model.workspace_id and m.name = store_model.name
    returning * into stored;
    perform steward.record_act('train_model', store_model.workspace_id, 'model', store_model.name, jsonb_build_object('version', stored.version));
    return stored;
end
$$;
comment on function steward.store_model(uuid, text, jsonb) is 'Stores what a training has learned as the next version of a model.';

create function steward.verdict(figures jsonb, alarms jsonb) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select concat_ws(' ',
        case
            when figures #> '{auc,low}' is null then 'Too little to tell: no lead that it was not trained on was won, or none was lost.'
            when figures #> '{auc,high}' < '0.5' then 'It ranks leads worse than chance.'
            when figures #> '{auc,low}' <= '0.5' then 'No signal: the interval of its AUC contains 0.5, so it ranks leads no better than chance.'
            else 'It ranks leads better than chance.' end,
        case when alarms <> '[]' then 'Look at the features in alarms before you believe it: they may be known only with the outcome.' end)
$$;
comment on function steward.verdict(jsonb, jsonb) is 'What the figures of a model mean, in words.';
