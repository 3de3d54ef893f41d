-- What becomes of a lead in time: set_lead changes it, lead_as_of says what was known of it, rollback_lead takes changes back, release_fields gives fields back to imports and tools.
--
-- Nothing is lost but by erasure (157_forget_leads.sql): a rollback is one more version, with the old values. What a person sets, or goes back to, stays whatever tools and imports say later.

-- The fields are told in their order, known ones first.
create function steward.set_lead(lead_id uuid, changes jsonb, source_kind text default 'person', source text default null) returns table (field text, outcome text)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    lead steward.lead;
    told constant text := set_lead.changes::text;
    part record;
    change steward.merged_lead;
begin
    perform steward.require('lead_id', set_lead.lead_id::text), steward.require('changes', set_lead.changes::text), steward.require_source(set_lead.source, set_lead.source_kind, '{person,tool,citation,import}');
    if jsonb_typeof(set_lead.changes) <> 'object' then
        perform steward.refuse('22023', 'lead_invalid', 'changes is no object', 'Pass {"field": value, …}; null erases what a field holds.');
    end if;
    lead := steward.acted_lead(set_lead.lead_id, 'edit_leads');
    -- The last row is none of a field: it says what is to be written.
    for part in
        select c.* from steward.lead_row_keys('[' || told || ']') k
        cross join lateral steward.change_lead(steward.told_lead(lead), told, steward.plain_person(k.provider_id), set_lead.source_kind = 'person', steward.field_time(steward.clock())) c
        order by c.field is null, c.field like 'attributes.%', c.field
    loop
        if part.field is null then
            change := row(null, 'merged', lead.id, null, null, part.columns::jsonb, part.before::jsonb, part.after::jsonb, part.claims);
        else
            field := part.field;
            outcome := part.outcome;
            return next;
        end if;
    end loop;
    if change.lead_id is not null then
        perform steward.write_change(lead, change, set_lead.source, set_lead.source_kind), steward.record_act('set_lead', lead.workspace_id, 'lead', lead.id::text,
            jsonb_build_object('version', lead.version + 1, 'source_kind', set_lead.source_kind));
    end if;
end
$$;
comment on function steward.set_lead(uuid, jsonb, text, text) is
    'Changes fields of a lead, and says of each: set, unchanged, or kept_person (a person had set it, and source_kind is not person). changes: {"field": value, …}, null or blank text erases; what is no known field '
    'is an attribute. source_kind: person (for persons only), tool, citation or import. An outcome that comes without outcome_at is of now, and has a time as long as it is there. For owners, admins and editors. '
    'Errors: 22004 argument_null, 22023 lead_invalid, source_invalid, source_kind_unknown, 42501 person_required, 42704 lead_unknown, 42710 lead_exists, 55000 isolation_unfit, lead_erased, person_erased.';

create function steward.write_change(lead steward.lead, change steward.merged_lead, source text, source_kind text) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    told_provider constant text := steward.plain_person(write_change.change.columns ->> 'provider_id');
    told_email constant text := write_change.change.columns ->> 'email';
    other constant uuid := coalesce(
        (select l.id from steward.lead l where l.workspace_id = lead.workspace_id and l.id <> lead.id and l.email = told_email and l.email is not null),
        (select l.id from steward.lead l where l.workspace_id = lead.workspace_id and l.id <> lead.id and steward.plain_person(l.provider_id) = told_provider and l.provider_id is not null));
begin
    if other is not null then
        perform steward.refuse('42710', 'lead_exists', format('lead %s of the workspace has this e-mail address or provider id', other), 'Change that lead, or take the address from it first.');
    elsif steward.erased_rows(lead.workspace_id, array[told_provider], array[told_email], array[write_change.change.columns ->> 'linkedin_url']) <> '{}' then
        perform steward.refuse('55000', 'person_erased', 'the workspace has erased the person of this provider id, e-mail address or link', 'Leave them out: who was erased is not written down again.');
    end if;
    perform steward.write_leads(lead.workspace_id, array[write_change.change], write_change.source, write_change.source_kind);
end
$$;
comment on function steward.write_change(steward.lead, steward.merged_lead, text, text) is 'Writes one lead and its version. Errors: 42710 lead_exists, 55000 person_erased.';

-- All versions up to one, one after the other: of each field what was said last. What persons stand for is what they, or a rollback, said, and nobody gave back since.
create function steward.lead_at(lead_id uuid, version int) returns steward.lead
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    lead steward.lead;
    known jsonb;
    attributes jsonb;
begin
    select coalesce(jsonb_object_agg(f.key, f.value) filter (where f.key not like 'attributes.%'), '{}'),
        coalesce(jsonb_object_agg(substr(f.key, 12), f.value) filter (where f.key like 'attributes.%' and f.value <> 'null'), '{}') into known, attributes
    from (select distinct on (a.key) a.key, a.value from steward.lead_version v, jsonb_each(v.after) a where v.lead_id = lead_at.lead_id and v.version <= lead_at.version
        order by a.key, v.version desc) f;
    lead := jsonb_populate_record(null::steward.lead, known);
    lead.attributes := attributes;
    lead.person_fields := array(select s.field from (
            select distinct on (k) k as field, v.source_kind from steward.lead_version v, jsonb_object_keys(v.after) k
            where v.lead_id = lead_at.lead_id and v.version <= lead_at.version and v.source_kind in ('person', 'rollback', 'release') order by k, v.version desc) s
        where s.source_kind <> 'release' order by s.field);
    select v.lead_id, v.workspace_id, v.version, v.at, f.at, l.first_known_as, l.erased_at
    into lead.id, lead.workspace_id, lead.version, lead.changed_at, lead.created_at, lead.first_known_as, lead.erased_at
    from steward.lead_version v join steward.lead_version f on f.lead_id = v.lead_id and f.version = 1 join steward.lead l on l.id = v.lead_id
    where v.lead_id = lead_at.lead_id and v.version = lead_at.version;
    return case when lead.id is not null then lead end;
end
$$;
comment on function steward.lead_at(uuid, int) is 'A lead as a version left it; null where there is none.';

create function steward.lead_as_of(lead_id uuid, at timestamptz) returns steward.lead
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    lead constant steward.lead := steward.lead_for(lead_as_of.lead_id, 'read');
begin
    perform steward.require('at', lead_as_of.at::text);
    return steward.lead_at(lead.id, (select max(v.version) from steward.lead_version v where v.lead_id = lead.id and v.at <= lead_as_of.at));
end
$$;
comment on function steward.lead_as_of(uuid, timestamptz) is
    'What was known of a lead at a time; null if nothing was. For all members. Errors: 22004 argument_null, 42704 lead_unknown.';

create function steward.rollback_lead(lead_id uuid, to_version int) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    lead steward.lead;
    old steward.lead;
    change steward.merged_lead;
begin
    perform steward.require('lead_id', rollback_lead.lead_id::text), steward.require('to_version', rollback_lead.to_version::text);
    lead := steward.acted_lead(rollback_lead.lead_id, 'rollback_leads');
    perform steward.require_person('rollback_leads');
    old := steward.lead_at(lead.id, rollback_lead.to_version);
    if old.id is null then
        perform steward.refuse('42704', 'lead_version_unknown', format('lead %s has no version %s', lead.id, rollback_lead.to_version), 'Select from steward.lead_history which versions it has.');
    end if;
    select null::int, 'merged', lead.id, null, null, coalesce(jsonb_object_agg(f.key, o.held -> f.key) filter (where f.key not like 'attributes.%'), '{}') || jsonb_build_object('attributes', old.attributes),
        jsonb_object_agg(f.key, n.held -> f.key), jsonb_object_agg(f.key, o.held -> f.key), array_agg(f.key) into change
    from (select steward.lead_fields(old)) o (held), (select steward.lead_fields(lead)) n (held), lateral jsonb_object_keys(o.held || n.held) f (key)
    where o.held -> f.key is distinct from n.held -> f.key;
    if change.after is null then
        return lead.version;
    end if;
    perform steward.write_change(lead, change, format('version %s', rollback_lead.to_version), 'rollback'), steward.record_act('rollback_lead', lead.workspace_id, 'lead', lead.id::text,
        jsonb_build_object('version', lead.version + 1, 'to_version', rollback_lead.to_version));
    return lead.version + 1;
end
$$;
comment on function steward.rollback_lead(uuid, int) is
    'Gives a lead the values back that a version left it with, as a new version, whose number is returned; the present one where there is nothing to change. What changes is the person''s from then on: no tool or import '
    'says otherwise. Needs a person; for owners, admins and editors. Errors: 22004 argument_null, 42501 person_required, 42704 lead_unknown, lead_version_unknown, 42710 lead_exists, '
    '55000 isolation_unfit, lead_erased, person_erased.';

-- A version of its own, so that what lead_at puts together has the fields given back as well.
create function steward.release_fields(lead_id uuid, fields text[]) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    lead steward.lead;
    not_kept text;
    held jsonb;
begin
    perform steward.require('lead_id', release_fields.lead_id::text), steward.require('fields', release_fields.fields::text);
    lead := steward.acted_lead(release_fields.lead_id, 'rollback_leads');
    perform steward.require_person('rollback_leads');
    select f into not_kept from unnest(release_fields.fields) f where f is null or f <> all (lead.person_fields) limit 1;
    if found then
        perform steward.refuse('22023', 'field_not_kept', format('no person keeps field %L of lead %s', left(not_kept, 80), lead.id),
            case when lead.person_fields = '{}' then 'Nothing of it is kept.' else format('Kept are: %s.', left(array_to_string(lead.person_fields, ', '), 500)) end);
    elsif cardinality(release_fields.fields) = 0 then
        return lead.version;
    end if;
    select jsonb_object_agg(f, h.fields -> f) into held from (select steward.lead_fields(lead) as fields) h, unnest(release_fields.fields) f;
    update steward.lead l set version = lead.version + 1, changed_at = greatest(steward.clock(), lead.changed_at),
        person_fields = array(select k from unnest(lead.person_fields) k where k <> all (release_fields.fields))
    where l.id = lead.id;
    insert into steward.lead_version (lead_id, version, workspace_id, at, source_kind, by_user, job_id, before, after)
    select l.id, l.version, l.workspace_id, l.changed_at, 'release', steward.uid(), steward.begun_job(), held, held from steward.lead l where l.id = lead.id;
    perform steward.record_act('release_fields', lead.workspace_id, 'lead', lead.id::text, jsonb_build_object('version', lead.version + 1));
    return lead.version + 1;
end
$$;
comment on function steward.release_fields(uuid, text[]) is
    'Gives fields of a lead that a person has set, or a rollback has touched, back to imports and tools: their values stay until one of those says otherwise. Returns the number of the version that says so; the present one '
    'for no fields. Needs a person; for owners, admins and editors. Errors: 22004 argument_null, 22023 field_not_kept, 42501 person_required, 42704 lead_unknown, 55000 isolation_unfit, lead_erased.';
