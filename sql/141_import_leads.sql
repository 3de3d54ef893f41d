-- Rows that come in: import_leads, and import_lead_table for what was copied into a table.
--
-- Of all rows of a call core decides at once which lead each is about and what changes (extension/core/src/leads/intake/book.rs); SQL finds the leads that they may be about and writes
-- what changed, one version for each lead. A row that is wrong changes nothing and says why; the others go on. Rows that come again change nothing.
-- Blank values erase nothing, and what a person has set stays: the report has a line of its own for that.

create type steward.merged_lead as (
    number int,
    outcome text,
    lead_id uuid,
    column_name text,
    problem text,
    columns jsonb,
    before jsonb,
    after jsonb,
    claims text[]
);
comment on type steward.merged_lead is 'A line of the report of an import, or, without a number, what is to be written of a lead.';

create function steward.require_source(source text, source_kind text, allowed text[]) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('source_kind', require_source.source_kind);
    if require_source.source_kind <> all (require_source.allowed) then
        perform steward.refuse('22023', 'source_kind_unknown', format('%L is no kind of source', left(require_source.source_kind, 80)), format('Use %s.', array_to_string(require_source.allowed, ', ')));
    elsif char_length(require_source.source) > 500 then
        perform steward.refuse('22023', 'source_invalid', 'source has more than 500 characters', 'Name the import, the tool or the page briefly.');
    elsif require_source.source_kind = 'person' and steward.actor_kind() <> 'person' then
        perform steward.refuse('42501', 'person_required', format('what a person says needs a person, and this session acts as %s', steward.actor_kind()), 'Pass source_kind => ''tool'': what people have set stays.');
    end if;
end
$$;
comment on function steward.require_source(text, text, text[]) is 'Refuses what is no source of leads: 22004 argument_null, 22023 source_invalid, source_kind_unknown, 42501 person_required.';

-- The leads that rows may be about, for core: those with the provider ids and e-mail addresses, and of the domains those that rows of the domain cannot all contradict.
-- plain_person is called once for each key, and the arrays drive the indexes: with rows of a subselect instead the planner read the whole table.
create function steward.leads_near(workspace_id uuid, providers text[], emails text[], domains text[]) returns text[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    ids uuid[];
    -- Domains that some row names without a provider id, and without an e-mail address.
    unproven text[];
    unmailed text[];
    near text[];
begin
    select array_agg(distinct r.d) filter (where r.p is null), array_agg(distinct r.d) filter (where r.e is null) into unproven, unmailed
    from unnest(leads_near.providers, leads_near.emails, leads_near.domains) r (p, e, d);
    ids := array(
        select l.id from steward.lead l where l.workspace_id = leads_near.workspace_id and steward.plain_person(l.provider_id) = any (leads_near.providers) and l.provider_id is not null
        union select l.id from steward.lead l where l.workspace_id = leads_near.workspace_id and l.email = any (leads_near.emails) and l.email is not null
        union select l.id from steward.lead l where l.workspace_id = leads_near.workspace_id and l.domain = any (leads_near.domains) and l.domain is not null
            and (l.provider_id is null or l.domain = any (unproven)) and (l.email is null or l.domain = any (unmailed)));
    -- Their size as text is asked for only where what is stored, compressed a hundredfold at most, could be so much.
    if (select case when sum(pg_column_size(l.attributes)) > 600000 then sum(octet_length(l.attributes::text)) end from steward.lead l where l.id = any (ids)) > 64 << 20 then
        perform steward.refuse('54000', 'leads_too_large', 'the leads that these rows are about hold more than 64 MB', 'Pass fewer rows at a time.');
    end if;
    near := array(select json_build_object('provider', steward.plain_person(l.provider_id), 'lead', l)::text from steward.lead l where l.id = any (ids) order by l.id);
    return near;
end
$$;
comment on function steward.leads_near(uuid, text[], text[], text[]) is 'Leads that rows with these keys may be about, as core is told of them. Errors: 54000 leads_too_large.';

-- Rows of people whom the workspace has erased: the list that they were on would bring them back the next night. Whatever forget_leads kept the hash of is looked at.
create function steward.erased_rows(workspace_id uuid, providers text[], emails text[], links text[]) returns int[]
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    key bytea;
begin
    if not exists (select from steward.suppression s where s.workspace_id = erased_rows.workspace_id and s.kind = 'person' and s.value is null) then
        return array[]::int[];
    end if;
    select k.secret into key from steward.person_key k where k.workspace_id = erased_rows.workspace_id;
    return array(
        select r.number::int from unnest(erased_rows.providers, erased_rows.emails, erased_rows.links) with ordinality r (provider, email, link, number)
        where exists (
            select from steward.suppression s
            where s.workspace_id = erased_rows.workspace_id and s.kind = 'person' and s.value is null
                and s.hash in (sha256(key || convert_to(r.provider, 'UTF8')), sha256(key || convert_to(steward.plain_person(r.email), 'UTF8')),
                    sha256(key || convert_to(steward.plain_person(r.link), 'UTF8'))))
        order by r.number);
end
$$;
comment on function steward.erased_rows(uuid, text[], text[], text[]) is 'Numbers of rows about people whom the workspace has erased: provider ids in the plain form, e-mail addresses and links of rows.';

-- An address or id that changes hands is let go of first: a unique index looks at each row as it is written.
-- What is written drives each join, and each row is one probe of the primary key: with the ids in an array 5,000 rows took 12 seconds instead of one.
create function steward.write_leads(workspace_id uuid, merged steward.merged_lead[], source text, source_kind text) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
    set jit = off
as $$
declare
    at constant timestamptz := steward.clock();
    known constant steward.merged_lead[] := array(select m from unnest(write_leads.merged) m where m.number is null and m.outcome = 'merged');
    added constant steward.merged_lead[] := array(select m from unnest(write_leads.merged) m where m.number is null and m.outcome = 'inserted');
begin
    update steward.lead l set email = case when m.before ? 'email' then null else l.email end, provider_id = case when m.before ? 'provider_id' then null else l.provider_id end
    from unnest(known) m
    where m.before ?| array['email', 'provider_id'] and l.id = m.lead_id;
    update steward.lead l
    set version = o.version + 1, provider_id = n.provider_id, email = n.email, domain = n.domain, full_name = n.full_name, title = n.title, company = n.company, phone = n.phone, website = n.website,
        linkedin_url = n.linkedin_url, segment = n.segment, industry = n.industry, company_size = n.company_size, city = n.city, state = n.state, country = n.country, attributes = n.attributes,
        owner = n.owner, outcome = n.outcome, outcome_at = n.outcome_at, changed_at = greatest(at, o.changed_at),
        person_fields = case when m.claims = '{}' then o.person_fields else array(select distinct f from unnest(o.person_fields || m.claims) f order by f) end
    from unnest(known) m
    join steward.lead o on o.id = m.lead_id
    cross join lateral jsonb_populate_record(o, m.columns) n
    where l.id = m.lead_id;
    insert into steward.lead (id, workspace_id, version, provider_id, email, domain, full_name, title, company, phone, website, linkedin_url, segment, industry, company_size, city, state, country,
        attributes, owner, outcome, outcome_at, person_fields, created_at, changed_at, first_known_as)
    select m.lead_id, write_leads.workspace_id, 1, n.provider_id, n.email, n.domain, n.full_name, n.title, n.company, n.phone, n.website, n.linkedin_url, n.segment, n.industry, n.company_size,
        n.city, n.state, n.country, n.attributes, n.owner, n.outcome, n.outcome_at, m.claims, at, at,
        coalesce(n.provider_id, n.email, concat_ws(' ', n.domain, lower(n.full_name)))
    from unnest(added) m cross join lateral jsonb_populate_record(null::steward.lead, m.columns) n;
    insert into steward.lead_version (lead_id, version, workspace_id, at, source_kind, source, by_user, job_id, before, after)
    select l.id, l.version, l.workspace_id, l.changed_at, write_leads.source_kind, write_leads.source, steward.uid(), steward.begun_job(), m.before, m.after
    from unnest(known || added) m join steward.lead l on l.id = m.lead_id;
end
$$;
comment on function steward.write_leads(uuid, steward.merged_lead[], text, text) is 'Writes leads and their versions as core said.';

create function steward.merged_leads(workspace_id uuid, rows text, by_person boolean) returns steward.merged_lead[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    providers text[];
    emails text[];
    links text[];
    domains text[];
    merged steward.merged_lead[];
begin
    select array_agg(steward.plain_person(k.provider_id) order by k.number), array_agg(k.email order by k.number), array_agg(k.linkedin_url order by k.number), array_agg(k.domain order by k.number)
    into providers, emails, links, domains
    from steward.lead_row_keys(merged_leads.rows) k;
    merged := array(
        select row(m.number, m.outcome, m.lead_id, m.column_name, m.problem, m.columns::jsonb, m.before::jsonb, m.after::jsonb, m.claims)::steward.merged_lead
        from steward.merge_lead_rows(merged_leads.rows, providers, steward.erased_rows(merged_leads.workspace_id, providers, emails, links),
            steward.leads_near(merged_leads.workspace_id, providers, emails, domains), merged_leads.by_person, steward.field_time(steward.clock())) m);
    return merged;
end
$$;
comment on function steward.merged_leads(uuid, text, boolean) is 'What becomes of rows: the report, and what is to be written of each lead. Errors: 54000 leads_too_large.';

create function steward.import_leads(rows jsonb, source text default 'import', source_kind text default 'import', workspace_id uuid default null)
    returns table (row_number int, outcome text, lead_id uuid, column_name text, problem text)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    workspace uuid;
    words text;
    merged steward.merged_lead[];
    counts jsonb;
begin
    perform steward.require('rows', import_leads.rows::text), steward.require_read_committed(), steward.require_source(import_leads.source, import_leads.source_kind, '{import,tool,citation,person}');
    workspace := steward.acting_workspace(steward.uid(), import_leads.workspace_id, 'edit_leads');
    words := import_leads.rows::text;
    if jsonb_typeof(import_leads.rows) <> 'array' then
        perform steward.refuse('22023', 'leads_invalid', 'rows is no JSON array', 'Pass [{"email": "…", …}, …], one object for each lead.');
    elsif jsonb_array_length(import_leads.rows) = 0 then
        return;
    elsif jsonb_array_length(import_leads.rows) > 10000 or octet_length(words) > 64 << 20 then
        perform steward.refuse('54000', 'leads_too_large', format('%s rows of %s MB', jsonb_array_length(import_leads.rows), octet_length(words) >> 20),
            'Pass at most 10,000 rows and 64 MB at a time, or copy them into a table and call steward.import_lead_table.');
    end if;
    perform steward.hold_leads(workspace), steward.acting_workspace(steward.uid(), workspace, 'edit_leads');
    merged := steward.merged_leads(workspace, words, import_leads.source_kind = 'person');
    perform steward.write_leads(workspace, merged, import_leads.source, import_leads.source_kind);
    counts := jsonb_object_agg(c.outcome, c.n) from (select m.outcome, count(*) as n from unnest(merged) m where m.number is not null group by m.outcome) c;
    perform steward.record_act('import_leads', workspace, 'workspace', workspace::text, counts);
    return query select m.number, m.outcome, m.lead_id, m.column_name, m.problem from unnest(merged) with ordinality m (number, outcome, lead_id, column_name, problem, columns, before, after, claims, place)
        where m.number is not null order by m.place;
end
$$;
comment on function steward.import_leads(jsonb, text, text, uuid) is
    'Takes rows of leads in, and says what became of each: inserted, merged into a lead that there was, unchanged, or rejected with the column and what is wrong with it; a line kept_person for each field '
    'that a person had set to something else. rows: a JSON array of objects; known fields are known in whatever case, what is none of them becomes an attribute; an outcome without outcome_at is of now; at most 10,000 rows and 64 MB. source_kind: import, tool, citation or person. '
    'For owners, admins and editors. Errors: 22004 argument_null, 22023 leads_invalid, source_invalid, source_kind_unknown, workspace_ambiguous, 42501 not_a_member, person_required, 42704 workspace_unknown, '
    '54000 leads_too_large, 55000 isolation_unfit.';

-- With the rights of the caller, who may read the table; what it reads goes through import_leads like everything else. 5,000 rows or some 16 MB at a time.
create function steward.import_lead_table(from_table regclass, source text default 'import', source_kind text default 'import', workspace_id uuid default null)
    returns table (row_number int, outcome text, lead_id uuid, column_name text, problem text)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    copied jsonb;
    batch jsonb[] := array[]::jsonb[];
    bytes bigint := 0;
    done int := 0;
begin
    -- Not by steward.refuse: what refuses inside is not for callers.
    if not coalesce((select c.relkind in ('r', 'p', 'v', 'm', 'f') and has_table_privilege(c.oid, 'select') from pg_class c where c.oid = import_lead_table.from_table), false) then
        raise exception using errcode = '42704', message = 'from_table is no table that you may read', detail = 'code=table_unknown', hint = 'Copy the rows into a table of your own first.';
    end if;
    for copied in execute format('select to_jsonb(t) from %s t', import_lead_table.from_table) loop
        batch := batch || copied;
        bytes := bytes + pg_column_size(copied);
        if cardinality(batch) = 5000 or bytes > 16 << 20 then
            return query select done + i.row_number, i.outcome, i.lead_id, i.column_name, i.problem
                from steward.import_leads(to_jsonb(batch), import_lead_table.source, import_lead_table.source_kind, import_lead_table.workspace_id) i;
            done := done + cardinality(batch);
            batch := array[]::jsonb[];
            bytes := 0;
        end if;
    end loop;
    return query select done + i.row_number, i.outcome, i.lead_id, i.column_name, i.problem
        from steward.import_leads(to_jsonb(batch), import_lead_table.source, import_lead_table.source_kind, import_lead_table.workspace_id) i;
end
$$;
comment on function steward.import_lead_table(regclass, text, text, uuid) is
    'Takes the rows of a table or view that the caller may read in as leads, each column by its name, and reports as import_leads does; row_number counts the rows as they were read. For owners, admins and editors. '
    'Errors: those of import_leads, and 42704 table_unknown.';
