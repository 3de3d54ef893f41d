-- Which model is in force, and what it says of a lead.

-- Scores by a rubric that looks at likelihoods are computed anew, in the same transaction.
create function steward.rescore_for_model(workspace_id uuid) returns bigint
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    rubric steward.rubric;
begin
    select r.* into rubric from steward.rubric r where r.workspace_id = rescore_for_model.workspace_id and r.state = 'published' and r.definition ? 'likelihood';
    if rubric.id is null then
        return 0;
    end if;
    return steward.write_scores(rubric, null);
end
$$;
comment on function steward.rescore_for_model(uuid) is 'Computes all scores of a workspace if its rubric looks at likelihoods, and returns how many changed. For whoever holds its key `leads`.';

create function steward.publish_model(name text, version int default null, workspace_id uuid default null) returns bigint
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace uuid;
    model steward.model;
    written bigint;
begin
    perform steward.require('name', publish_model.name), steward.require_read_committed();
    workspace := steward.acting_workspace(steward.uid(), publish_model.workspace_id, 'define_rubrics');
    perform steward.require_person('define_rubrics'), steward.hold_leads(workspace);
    model := steward.model_for(workspace, publish_model.name, publish_model.version);
    if model.state = 'published' then
        return 0;
    end if;
    update steward.model m set state = 'retired' where m.workspace_id = workspace and m.state = 'published';
    update steward.model m set state = 'published' where m.id = model.id;
    written := steward.rescore_for_model(workspace);
    perform steward.record_act('publish_model', workspace, 'model', model.name, jsonb_build_object('version', model.version, 'scores', written));
    return written;
end
$$;
comment on function steward.publish_model(text, int, uuid) is
    'Puts a model in force (the last version, unless named) and returns how many scores that changed: those of a rubric that looks at likelihoods are computed in this statement. Needs a person; for owners and admins. '
    'Errors: 22004 argument_null, 22023 workspace_ambiguous, 42501 not_a_member, person_required, 42704 workspace_unknown, model_unknown, 55000 isolation_unfit.';

create function steward.retire_model(workspace_id uuid default null) returns bigint
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace constant uuid := steward.acting_workspace(steward.uid(), retire_model.workspace_id, 'define_rubrics');
    written bigint := 0;
begin
    perform steward.require_person('define_rubrics'), steward.require_read_committed(), steward.hold_leads(workspace);
    update steward.model m set state = 'retired' where m.workspace_id = workspace and m.state = 'published';
    if found then
        written := steward.rescore_for_model(workspace);
        perform steward.record_act('retire_model', workspace, 'workspace', workspace::text, jsonb_build_object('scores', written));
    end if;
    return written;
end
$$;
comment on function steward.retire_model(uuid) is
    'Takes the model in force out of it, so that the rubric stands alone, and returns how many scores that changed. Needs a person; for owners and admins. '
    'Errors: 22023 workspace_ambiguous, 42501 not_a_member, person_required, 42704 workspace_unknown, 55000 isolation_unfit.';

create function steward.explain_likelihood(lead_id uuid) returns table (field text, value text, log_odds numeric, likelihood numeric, model text, model_version int)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    lead constant steward.lead := steward.lead_for(explain_likelihood.lead_id, 'read');
    in_force steward.model;
begin
    select m.* into in_force from steward.model m where m.workspace_id = lead.workspace_id and m.state = 'published';
    return query
    select coalesce(e.told ->> 'field', 'base'), e.told ->> 'value', round((e.told ->> 'log_odds')::numeric, 4), round(steward.lead_likelihood(in_force.id, in_force.fitted, lead)::numeric, 6), in_force.name,
        in_force.version
    from jsonb_array_elements(steward.likelihood_reasons(in_force.id, in_force.fitted, lead)) e (told)
    where in_force.id is not null
    order by abs((e.told ->> 'log_odds')::numeric) desc;
end
$$;
comment on function steward.explain_likelihood(uuid) is
    'Why the model in force thinks a lead as likely to be won as it does: by how much each feature moves its log-odds away from those of the average lead (base), the strongest first, with the likelihood beside it; '
    'no row without a model in force. For every member. Errors: 22004 argument_null, 42704 lead_unknown.';
