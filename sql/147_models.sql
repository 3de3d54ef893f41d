-- Models: what has been learned from leads that were won or lost.
--
-- train_model (154_train_model.sql) learns one and stores it with its figures; evaluate_model (155_evaluate_model.sql) tests it again on leads that it has not seen. publish_model (153_publish_model.sql) puts it in
-- force: a rubric that says so ("likelihood": {"weight": 0.3}) gives the likelihood that share of the score; without a model in force the rubric stands alone. A model never changes;
-- a score says which one it was made with (lead_score.model_id), so that it can be explained later.

create table steward.model (
    id uuid constraint model_pkey primary key,
    workspace_id uuid not null,
    name text not null constraint model_name_check check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
    version int not null constraint model_version_check check (version > 0),
    state text not null constraint model_state_check check (state in ('trained', 'published', 'retired')),
    definition jsonb not null,
    fitted jsonb not null,
    base float8 not null constraint model_base_check check (base > 0 and base < 1),
    figures jsonb not null,
    rubric_figures jsonb,
    alarms jsonb not null,
    trained_at timestamptz not null,
    trained_by uuid,
    constraint model_version_key unique (workspace_id, name, version)
);
create unique index model_in_force on steward.model (workspace_id) where state operator(pg_catalog.=) 'published';
comment on table steward.model is 'Models that were trained. Kept for good: a score that was made with one is explained by it.';
comment on column steward.model.id is 'Names this model for ever.';
comment on column steward.model.workspace_id is 'Its workspace.';
comment on column steward.model.name is 'Name of the model.';
comment on column steward.model.version is 'Number of the training, the first being 1.';
comment on column steward.model.state is 'trained, published (in force) or retired.';
comment on column steward.model.definition is 'What it was to learn from, with everything that was left out.';
comment on column steward.model.fitted is 'What it has learned: encodings, weights, calibration (extension/core/src/leads/model/fitted.rs).';
comment on column steward.model.base is 'Share of its training leads that were won.';
comment on column steward.model.figures is 'Its figures on leads that it was not trained on.';
comment on column steward.model.rubric_figures is 'Those of the rubric in force on the same leads; null without a rubric.';
comment on column steward.model.alarms is 'Features that are too good to have been known before the outcome.';
comment on column steward.model.trained_at is 'When it was trained.';
comment on column steward.model.trained_by is 'Who trained it.';

create function steward.model_for(workspace_id uuid, name text, version int) returns steward.model
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    found steward.model;
begin
    select m.* into found from steward.model m
    where m.workspace_id = model_for.workspace_id and m.name = model_for.name and m.version = coalesce(model_for.version, m.version)
    order by m.version desc limit 1;
    if found.id is null then
        perform steward.refuse('42704', 'model_unknown', format('the workspace has no model %L%s', left(model_for.name, 80), ' of version ' || model_for.version), 'See steward.models, or train one with steward.train_model(name).');
    end if;
    return found;
end
$$;
comment on function steward.model_for(uuid, text, int) is 'A version of a model, the last one where none is named: 42704 model_unknown.';
