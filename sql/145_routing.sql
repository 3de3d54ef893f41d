-- Whose a lead is. A person says so (lead.owner); for all others rules of ownership suggest somebody, by the segment (lead.suggested_owner).
--
-- set_routing puts rules in force and goes through all leads once; after that a trigger suggests whenever a segment is written.

create table steward.routing (
    id uuid constraint routing_pkey primary key,
    workspace_id uuid not null,
    definition jsonb not null,
    set_at timestamptz not null,
    set_by uuid,
    until timestamptz
);
create unique index routing_in_force on steward.routing (workspace_id) where until is null;
comment on table steward.routing is 'Rules of ownership of workspaces, with those they followed. Kept for good.';
comment on column steward.routing.id is 'Names this definition for ever.';
comment on column steward.routing.workspace_id is 'The workspace.';
comment on column steward.routing.definition is 'owners, in the order in which they are asked: owner, segments, keywords; fold: what does not count in comparing.';
comment on column steward.routing.set_at is 'Since when it is in force.';
comment on column steward.routing.set_by is 'Who set it.';
comment on column steward.routing.until is 'Until when it was; null while it is.';

-- Segments of a statement, each asked once.
create function steward.suggest_owners(workspace_id uuid, segments text[]) returns table (segment text, owner text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select s.segment, s.owner
    from steward.routing r, lateral unnest(suggest_owners.segments, steward.route_segments(r.definition::text, suggest_owners.segments)) as s (segment, owner)
    where r.workspace_id = suggest_owners.workspace_id and r.until is null
$$;
comment on function steward.suggest_owners(uuid, text[]) is 'Whom the rules of ownership in force suggest for segments; no row without rules.';

create function steward.suggest_owners_of(workspace_id uuid, lead_ids uuid[]) returns bigint
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    changed bigint;
begin
    update steward.lead l set suggested_owner = s.owner
    from steward.suggest_owners(suggest_owners_of.workspace_id, array(
        select distinct k.segment from steward.lead k
        where k.workspace_id = suggest_owners_of.workspace_id and k.segment is not null and (lead_ids is null or k.id = any (lead_ids)))) s
    where l.workspace_id = suggest_owners_of.workspace_id and l.segment = s.segment and (lead_ids is null or l.id = any (lead_ids)) and l.suggested_owner is distinct from s.owner;
    get diagnostics changed = row_count;
    -- Whose segment was taken away is nobody's by any rule.
    update steward.lead l set suggested_owner = null
    where l.workspace_id = suggest_owners_of.workspace_id and l.segment is null and l.suggested_owner is not null and (lead_ids is null or l.id = any (lead_ids));
    return changed;
end
$$;
comment on function steward.suggest_owners_of(uuid, uuid[]) is 'Suggests owners for leads of a workspace, or all of them, and returns how many suggestions changed.';

create function steward.set_routing(definition jsonb, workspace_id uuid default null) returns bigint
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace uuid;
    changed bigint;
begin
    perform steward.require('definition', set_routing.definition::text), steward.require_read_committed();
    workspace := steward.acting_workspace(steward.uid(), set_routing.workspace_id, 'define_rubrics');
    perform steward.require_person('define_rubrics'), steward.route_segments(set_routing.definition::text, '{}');
    perform steward.hold_leads(workspace);
    update steward.routing r set until = steward.clock() where r.workspace_id = workspace and r.until is null;
    insert into steward.routing (id, workspace_id, definition, set_at, set_by) values (steward.new_id(), workspace, set_routing.definition, steward.clock(), steward.uid());
    changed := steward.suggest_owners_of(workspace, null);
    perform steward.record_act('set_routing', workspace, 'workspace', workspace::text, jsonb_build_object('suggestions', changed));
    return changed;
end
$$;
comment on function steward.set_routing(jsonb, uuid) is
    'Puts rules of ownership in force and returns for how many leads another owner is suggested now. An owner that a person set stays. Needs a person; for owners and admins. '
    'Errors: 22004 argument_null, 22023 routing_invalid, workspace_ambiguous, 42501 not_a_member, person_required, 42704 workspace_unknown, 55000 isolation_unfit.';
