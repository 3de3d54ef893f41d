-- What becomes of a lead in time: set_lead changes it, lead_as_of says what was known of it, rollback_lead takes changes back, forget_leads erases a person.
--
-- Nothing is lost but by erasure: a rollback is one more version, with the old values. What a person sets, or goes back to, stays whatever tools and imports say later.

-- The fields are told in their order, known ones first.
create function steward.set_lead(lead_id uuid, changes jsonb, source_kind text default 'person', source text default null) returns table (field text, outcome text)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    lead steward.lead;
    told jsonb;
    part record;
    change steward.merged_lead;
begin
    perform steward.require('lead_id', set_lead.lead_id::text), steward.require('changes', set_lead.changes::text), steward.require_source(set_lead.source, set_lead.source_kind, '{person,tool,citation,import}');
    if jsonb_typeof(set_lead.changes) <> 'object' then
        perform steward.refuse('22023', 'lead_invalid', 'changes is no object', 'Pass {"field": value, …}; null erases what a field holds.');
    end if;
    lead := steward.acted_lead(set_lead.lead_id, 'edit_leads');
    told := steward.with_outcome_time(lead, set_lead.changes, set_lead.source_kind = 'person');
    -- The last row is none of a field: it says what is to be written.
    for part in
        select c.* from steward.lead_row_keys(jsonb_build_array(told)::text) k
        cross join lateral steward.change_lead(steward.told_lead(lead), told::text, steward.plain_person(k.provider_id), set_lead.source_kind = 'person') c
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
    'is an attribute. source_kind: person (for persons only), tool, citation or import. An outcome that comes without outcome_at is of now. For owners, admins and editors. '
    'Errors: 22004 argument_null, 22023 lead_invalid, source_invalid, source_kind_unknown, 42501 person_required, 42704 lead_unknown, 42710 lead_exists, 55000 isolation_unfit.';

create function steward.with_outcome_time(lead steward.lead, changes jsonb, by_person boolean) returns jsonb
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    outcome constant text := nullif(lower(btrim(changes ->> 'outcome')), '');
begin
    if not changes ? 'outcome' or changes ? 'outcome_at' or outcome is not distinct from lead.outcome or not by_person and array['outcome', 'outcome_at'] && lead.person_fields then
        return changes;
    end if;
    return changes || jsonb_build_object('outcome_at', case when outcome is not null then to_char(steward.clock() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end);
end
$$;
comment on function steward.with_outcome_time(steward.lead, jsonb, boolean) is 'Changes, with the time of an outcome that comes without one, or goes.';

create function steward.write_change(lead steward.lead, change steward.merged_lead, source text, source_kind text) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from steward.lead l where l.workspace_id = lead.workspace_id and l.id <> lead.id and l.email = write_change.change.columns ->> 'email' and l.email is not null)
        or exists (select from steward.lead l where l.workspace_id = lead.workspace_id and l.id <> lead.id and l.provider_id is not null
            and steward.plain_person(l.provider_id) = steward.plain_person(write_change.change.columns ->> 'provider_id')) then
        perform steward.refuse('42710', 'lead_exists', 'another lead of the workspace has this e-mail address or provider id', 'Change that lead, or take the address from it first.');
    end if;
    perform steward.write_leads(lead.workspace_id, array[write_change.change], write_change.source, write_change.source_kind);
end
$$;
comment on function steward.write_change(steward.lead, steward.merged_lead, text, text) is 'Writes one lead and its version. Errors: 42710 lead_exists.';

-- All versions up to one, one after the other: of each field what was said last. What persons stand for is what they, or a rollback, said.
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
    lead.person_fields := array(select distinct k from steward.lead_version v, jsonb_object_keys(v.after) k
        where v.lead_id = lead_at.lead_id and v.version <= lead_at.version and v.source_kind in ('person', 'rollback') order by k);
    select v.lead_id, v.workspace_id, v.version, v.at, f.at into lead.id, lead.workspace_id, lead.version, lead.changed_at, lead.created_at
    from steward.lead_version v join steward.lead_version f on f.lead_id = v.lead_id and f.version = 1
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
    'says otherwise. Needs a person; for owners, admins and editors. Errors: 22004 argument_null, 42501 person_required, 42704 lead_unknown, lead_version_unknown, 42710 lead_exists, 55000 isolation_unfit.';

-- Where the person was somebody else's address once, only that is erased, not who has the lead now.
create function steward.without_person(fields jsonb, person text) returns jsonb
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select fields || coalesce((select jsonb_object_agg(f.key, null) from jsonb_each_text(fields) f where f.key in ('provider_id', 'email', 'linkedin_url') and steward.plain_person(f.value) = person), '{}')
$$;
comment on function steward.without_person(jsonb, text) is 'Fields without the addresses of a person, who is told in the plain form.';

-- Called by erase_person. Links to profiles and former addresses have no index: it reads all leads of the workspace, which erasures are rare enough for.
create function steward.forget_leads(workspace_id uuid, person text) returns int
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    plain constant text := steward.plain_person(forget_leads.person);
    -- As it stands in the text of JSON.
    quoted constant text := btrim(to_json(plain)::text, '"');
    ids uuid[];
    at timestamptz;
begin
    perform steward.hold_leads(forget_leads.workspace_id);
    at := steward.clock();
    ids := array(select l.id from steward.lead l
        where l.workspace_id = forget_leads.workspace_id and plain in (steward.plain_person(l.provider_id), steward.plain_person(l.email), steward.plain_person(l.linkedin_url)));
    insert into steward.suppression as s (workspace_id, kind, hash, value, reason, suppressed_at, suppressed_by)
    select distinct on (h.hash) forget_leads.workspace_id, 'person', h.hash, null, 'erased', at, steward.uid()
    from steward.lead l, unnest(array[l.provider_id, l.email, l.linkedin_url]) p (person), lateral (select steward.person_hash(forget_leads.workspace_id, p.person) as hash) h
    where l.id = any (ids) and p.person is not null order by h.hash
    on conflict on constraint suppression_pkey do update set value = null;
    perform steward.forget_signals(ids);
    update steward.lead_version v set before = '{}', after = '{}', source = null where v.lead_id = any (ids);
    insert into steward.lead_version (lead_id, version, workspace_id, at, source_kind, source, by_user, before, after)
    select l.id, l.version + 1, l.workspace_id, greatest(at, l.changed_at), 'person', 'erased', steward.uid(), '{}', '{}' from steward.lead l where l.id = any (ids);
    update steward.lead l
    set version = l.version + 1, changed_at = greatest(at, l.changed_at), provider_id = null, email = null, domain = null, full_name = null, title = null, company = null, phone = null,
        website = null, linkedin_url = null, segment = null, industry = null, company_size = null, city = null, state = null, country = null, attributes = '{}', owner = null, suggested_owner = null, outcome = null,
        outcome_at = null, person_fields = '{}'
    where l.id = any (ids);
    update steward.lead_version v set before = steward.without_person(v.before, plain), after = steward.without_person(v.after, plain), source = null
    where v.workspace_id = forget_leads.workspace_id and strpos(lower(concat(v.before, v.after)), quoted) > 0 and not v.lead_id = any (ids);
    return cardinality(ids);
end
$$;
comment on function steward.forget_leads(uuid, text) is
    'Empties the leads of a person and their versions, takes former addresses of the person out of the versions of others, and returns how many leads that were. What they were known by is suppressed, and not imported again.';
