-- Erasure: nothing is known of a person among leads from then on. Called by erase_person (133_suppress.sql).
--
-- Their leads are empty rows with empty versions, without signals and without a score; what they were known by is kept as hashes (steward.suppression), so that no import (erased_rows) and no
-- change (write_change) brings them back. Where the person was somebody else's address once, or their page a source, only that is erased, not who has the lead now.
-- Links to profiles and former addresses have no index: all leads of the workspace are read, which erasures are rare enough for.

-- A page of a company stands in the leads of everybody who works there: it tells of nobody, and whoever comes from there later is somebody else.
create function steward.leads_of_person(workspace_id uuid, person text, out lead_ids uuid[], out names text[])
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    plain constant text := steward.plain_person(leads_of_person.person);
begin
    lead_ids := array(select l.id from steward.lead l
        where l.workspace_id = leads_of_person.workspace_id and plain in (steward.plain_person(l.provider_id), steward.plain_person(l.email), steward.plain_person(l.linkedin_url)));
    names := array(
        select plain
        union select steward.plain_person(n) from steward.lead l, unnest(array[l.provider_id, l.email]) n where l.id = any (lead_ids) and n is not null
        union select k.link from steward.lead l cross join lateral (select steward.plain_person(l.linkedin_url) as link) k
        where l.id = any (lead_ids) and k.link <> '' and k.link !~ '(^|\.)linkedin\.com/(company|school|showcase)/' and not exists (
            select from steward.lead o where o.workspace_id = leads_of_person.workspace_id and o.id <> all (lead_ids)
                and strpos(lower(o.linkedin_url), k.link) > 0 and steward.plain_person(o.linkedin_url) = k.link));
end
$$;
comment on function steward.leads_of_person(uuid, text) is 'The leads of a person, and what the person is known by, in the plain form: as told, and by the provider ids, e-mail addresses and links of those leads.';

create function steward.without_person(fields jsonb, names text[]) returns jsonb
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select fields || coalesce((select jsonb_object_agg(f.key, null) from jsonb_each_text(fields) f
        where f.key in ('provider_id', 'email', 'linkedin_url') and steward.plain_person(f.value) = any (without_person.names)), '{}')
$$;
comment on function steward.without_person(jsonb, text[]) is 'Fields without the addresses of a person, whose names are told in the plain form.';

-- In words of somebody's own, such as the name of an import: ann@x.example is not in joann@x.example, nor linkedin.com/in/ann in linkedin.com/in/ann-2.
create function steward.names_person(words text, names text[]) returns boolean
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select from unnest(names_person.names) n
        where lower(names_person.words) ~ ('(^|[^[:alnum:]@._+-]|www\.)' || regexp_replace(n, '([^[:alnum:]])', '\\\1', 'g') || '($|[^[:alnum:]@_.-]|\.($|[^[:alnum:]]))'))
$$;
comment on function steward.names_person(text, text[]) is 'Whether words have one of the names, told in the plain form, in them as a whole.';

-- Nearly all versions are passed by because none of the names, as it stands in the text of JSON, is in them; of the others whole addresses are compared: ann@x.example is in joann@x.example.
create function steward.forget_in_versions(workspace_id uuid, names text[]) returns void
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    update steward.lead_version v set before = n.before, after = n.after, source = n.source
    from (
        select i.* from steward.lead_version i
        where i.workspace_id = forget_in_versions.workspace_id
            and exists (select from unnest(forget_in_versions.names) w where strpos(lower(concat(i.before, i.after, to_json(i.source))), btrim(to_json(w)::text, '"')) > 0) offset 0) o
    cross join lateral (
        select steward.without_person(o.before, forget_in_versions.names) as before, steward.without_person(o.after, forget_in_versions.names) as after,
            case when not steward.names_person(o.source, forget_in_versions.names) then o.source end as source) n
    where v.lead_id = o.lead_id and v.version = o.version and (n.before, n.after, n.source) is distinct from (o.before, o.after, o.source)
$$;
comment on function steward.forget_in_versions(uuid, text[]) is 'Takes the addresses of a person out of the versions of leads that are somebody else''s.';

create function steward.forget_leads(workspace_id uuid, lead_ids uuid[], names text[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    clock constant timestamptz := steward.clock();
begin
    insert into steward.suppression as s (workspace_id, kind, hash, value, reason, suppressed_at, suppressed_by)
    select forget_leads.workspace_id, 'person', h.hash, null, 'erased', clock, steward.uid()
    from (select distinct steward.person_hash(forget_leads.workspace_id, n) as hash from unnest(forget_leads.names) n) h order by h.hash
    on conflict on constraint suppression_pkey do update set value = null;
    perform steward.forget_signals(forget_leads.lead_ids);
    update steward.lead_score s set superseded_at = greatest(clock, s.at)
    from steward.rubric r where r.workspace_id = forget_leads.workspace_id and s.rubric_id = r.id and s.lead_id = any (forget_leads.lead_ids) and s.superseded_at is null;
    update steward.lead_version v set before = '{}', after = '{}', source = null where v.lead_id = any (forget_leads.lead_ids);
    insert into steward.lead_version (lead_id, version, workspace_id, at, source_kind, source, by_user, before, after)
    select l.id, l.version + 1, l.workspace_id, greatest(clock, l.changed_at), 'person', 'erased', steward.uid(), '{}', '{}' from steward.lead l where l.id = any (forget_leads.lead_ids);
    update steward.lead l
    set version = l.version + 1, changed_at = greatest(clock, l.changed_at), erased_at = clock, first_known_as = null, provider_id = null, email = null, domain = null, full_name = null, title = null,
        company = null, phone = null, website = null, linkedin_url = null, segment = null, industry = null, company_size = null, city = null, state = null, country = null, attributes = '{}',
        owner = null, suggested_owner = null, outcome = null, outcome_at = null, person_fields = '{}'
    where l.id = any (forget_leads.lead_ids);
    update steward.lead l set first_known_as = null where l.workspace_id = forget_leads.workspace_id and steward.plain_person(l.first_known_as) = any (forget_leads.names);
    perform steward.forget_in_versions(forget_leads.workspace_id, forget_leads.names);
end
$$;
comment on function steward.forget_leads(uuid, uuid[], text[]) is
    'Empties the leads of a person and their versions, deletes their signals, ends their scores, takes the person''s addresses out of the versions of others, and suppresses what the person was known by. For whoever holds the key `leads`.';
