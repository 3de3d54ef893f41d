-- Leads: people and companies that may become customers, and what was known of each at any time.
--
-- A row of lead is what is known of one now: eighteen known fields as columns, everything else as attributes. A row of lead_version is one change of it: which fields
-- changed, what they held before and after, who told so (a person, an import, a tool, a citation that was found, a rollback). Version 1 makes the lead; all versions up to one,
-- one after the other, are the lead as it was then. A field is named as rubrics name it: email, or attributes.headcount.
-- A lead is known by its provider id (compared by plain_person), else its e-mail address, else its domain where nothing else tells leads apart (extension/core/src/leads/intake/book.rs).
-- import_leads (141_import_leads.sql), set_lead, rollback_lead, release_fields (142_lead_history.sql) and forget_leads (157_forget_leads.sql) write here, one at a time in a workspace: each holds the key `leads` of the
-- workspace to the end of its transaction. Two imports of the same people would otherwise lock them in two orders, or both find them missing. A key and no row lock: a member who
-- merely enqueues shares the row of the workspace with nobody. No foreign keys: the workspace is checked by whoever writes, and workspaces stay.
-- What a person has set (person_fields) nothing but a person changes, until release_fields gives it back.

create table steward.lead (
    id uuid constraint lead_pkey primary key,
    workspace_id uuid not null,
    version int not null constraint lead_version_check check (version > 0),
    provider_id text,
    email text constraint lead_email_check check (email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    domain text constraint lead_domain_check check (domain !~ '[[:space:]/@:]'),
    full_name text,
    title text,
    company text,
    phone text,
    website text,
    linkedin_url text,
    segment text,
    industry text,
    company_size text,
    city text,
    state text,
    country text,
    attributes jsonb not null default '{}' constraint lead_attributes_check check (jsonb_typeof(attributes) = 'object'),
    owner text,
    suggested_owner text,
    outcome text constraint lead_outcome_check check (outcome in ('won', 'lost')),
    outcome_at timestamptz constraint lead_outcome_at_check check (isfinite(outcome_at)),
    person_fields text[] not null default '{}',
    created_at timestamptz not null,
    changed_at timestamptz not null,
    first_known_as text,
    erased_at timestamptz,
    constraint lead_lengths_check check (char_length(provider_id) <= 500 and char_length(email) <= 500 and char_length(domain) <= 500 and char_length(full_name) <= 500
        and char_length(title) <= 500 and char_length(company) <= 500 and char_length(phone) <= 500 and char_length(website) <= 500 and char_length(linkedin_url) <= 500
        and char_length(segment) <= 500 and char_length(industry) <= 500 and char_length(company_size) <= 500 and char_length(city) <= 500 and char_length(state) <= 500
        and char_length(country) <= 500 and char_length(owner) <= 500)
);
create unique index lead_provider_key on steward.lead (workspace_id, steward.plain_person(provider_id)) where provider_id is not null;
-- The planner would learn from it whom others know: as of every column that tells of people, nothing (999_privileges.sql).
alter index steward.lead_provider_key alter column 2 set statistics 0;
create unique index lead_email_key on steward.lead (workspace_id, email) where email is not null;
create index lead_of_domain on steward.lead (workspace_id, domain) where domain is not null;
-- Who has few leads finds the best of them by these (152_page_leads.sql).
create index lead_of_owner on steward.lead (workspace_id, (coalesce(owner, suggested_owner)));
create index lead_of_segment on steward.lead (workspace_id, segment) where segment is not null;
-- What there is to learn from (154_train_model.sql): without it each training reads the leads of everybody.
create index lead_closed on steward.lead (workspace_id) where outcome is not null;
create index lead_changed on steward.lead (workspace_id, changed_at);
comment on table steward.lead is 'People and companies that may become customers, as they are known now. Kept for good; erase_person empties the row of a person.';
comment on column steward.lead.id is 'Time-ordered uuid (version 7).';
comment on column steward.lead.workspace_id is 'Its workspace.';
comment on column steward.lead.version is 'Number of its last change.';
comment on column steward.lead.provider_id is 'The id or link by which the source knows it.';
comment on column steward.lead.email is 'E-mail address, in lower case.';
comment on column steward.lead.domain is 'Domain, in lower case and without www: as told, else that of the website, else that of the e-mail address; not one of a mail provider.';
comment on column steward.lead.full_name is 'Name of the person.';
comment on column steward.lead.title is 'What the person does.';
comment on column steward.lead.company is 'Name of the company.';
comment on column steward.lead.phone is 'Telephone number, as it came.';
comment on column steward.lead.website is 'Website, as it came.';
comment on column steward.lead.linkedin_url is 'Link to the profile.';
comment on column steward.lead.segment is 'Segment, by which leads are handed to owners.';
comment on column steward.lead.industry is 'Industry.';
comment on column steward.lead.company_size is 'How many work there, as it came: 50, 51-200.';
comment on column steward.lead.city is 'City.';
comment on column steward.lead.state is 'State or region.';
comment on column steward.lead.country is 'Country.';
comment on column steward.lead.attributes is 'Everything else that is known, by name.';
comment on column steward.lead.owner is 'Whose lead it is, as a person said; without one, routing suggests one.';
comment on column steward.lead.suggested_owner is 'Whose it would be by the rules of ownership (145_routing.sql); null for nobody''s.';
comment on column steward.lead.outcome is 'won or lost; null while it is open.';
comment on column steward.lead.outcome_at is 'When it was won or lost.';
comment on column steward.lead.person_fields is 'Fields whose value a person has set: nothing else changes them.';
comment on column steward.lead.created_at is 'When it was first told of.';
comment on column steward.lead.changed_at is 'When it last changed.';
comment on column steward.lead.first_known_as is 'Provider id by which it was first told of, else e-mail address, else domain and name. Never changed: by it leads are drawn for what a model is tested on; null once that person was erased.';
comment on column steward.lead.erased_at is 'When the person was erased: nothing is known of it from then on, nothing is told of it, and it has no score.';

create table steward.lead_version (
    lead_id uuid not null,
    version int not null,
    workspace_id uuid not null,
    at timestamptz not null,
    source_kind text not null constraint lead_version_source_kind_check check (source_kind in ('person', 'import', 'tool', 'citation', 'rollback', 'release')),
    source text constraint lead_version_source_check check (char_length(source) <= 500),
    by_user uuid,
    job_id uuid,
    before jsonb not null constraint lead_version_before_check check (jsonb_typeof(before) = 'object'),
    after jsonb not null constraint lead_version_after_check check (jsonb_typeof(after) = 'object'),
    constraint lead_version_pkey primary key (lead_id, version)
);
comment on table steward.lead_version is 'Changes of leads. Rows are only added, and kept for good; erase_person empties those of a person.';
comment on column steward.lead_version.lead_id is 'The lead.';
comment on column steward.lead_version.version is 'Number of the change, the first being 1.';
comment on column steward.lead_version.workspace_id is 'Its workspace.';
comment on column steward.lead_version.at is 'When; never before the version before it.';
comment on column steward.lead_version.source_kind is 'Who told: person, import, tool, citation, rollback, or release (a person gave fields back).';
comment on column steward.lead_version.source is 'Name of the import, the tool or the page; of a rollback the version that it went back to.';
comment on column steward.lead_version.by_user is 'The user who did it, or for whom the job ran.';
comment on column steward.lead_version.job_id is 'The job that did it.';
comment on column steward.lead_version.before is 'What the fields that changed held before, by name; null: nothing. Empty in version 1.';
comment on column steward.lead_version.after is 'What they hold since. The same as before where a person confirmed a value, or gave the field back.';

-- The lead, if the caller may do that to it. A foreign and a missing id give the same error. Of who was erased nothing is told: a tool that was at work on them would bring them back.
create function steward.lead_for(lead_id uuid, act text) returns steward.lead
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    lead steward.lead;
begin
    perform steward.require('lead_id', lead_for.lead_id::text);
    select l.* into lead from steward.lead l where l.id = lead_for.lead_id and l.workspace_id in (select steward.workspaces_for(lead_for.act));
    if lead.id is null then
        perform steward.refuse('42704', 'lead_unknown', format('lead %s does not exist or is not yours to act on', lead_for.lead_id),
            format('Check the id, and that your role in its workspace is one of: %s.', steward.roles_for(lead_for.act)));
    elsif lead.erased_at is not null and lead_for.act <> 'read' then
        perform steward.refuse('55000', 'lead_erased', format('lead %s was erased', lead.id), 'Leave it alone: what is told of somebody else is another lead.');
    end if;
    return lead;
end
$$;
comment on function steward.lead_for(uuid, text) is 'Returns a lead, if the caller may do that to it. Errors: 22004 argument_null, 42704 lead_unknown, 55000 lead_erased.';

-- Asked before, so that nobody waits for what is not theirs, and again after, because it may have changed meanwhile.
create function steward.acted_lead(lead_id uuid, act text) returns steward.lead
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require_read_committed(), steward.hold_leads((steward.lead_for(acted_lead.lead_id, acted_lead.act)).workspace_id);
    return steward.lead_for(acted_lead.lead_id, acted_lead.act);
end
$$;
comment on function steward.acted_lead(uuid, text) is 'Returns a lead that nobody else changes until the end of the transaction. Errors: 22004 argument_null, 42704 lead_unknown, 55000 isolation_unfit, lead_erased.';

create function steward.hold_leads(workspace_id uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.hold_key('leads', hold_leads.workspace_id::text, exclusive => true, wait => true);
end
$$;
comment on function steward.hold_leads(uuid) is 'From now to the end of the transaction nobody else writes leads of the workspace.';

-- As core writes times, so that what is the same is the same text.
create function steward.field_time(at timestamptz) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select to_char(field_time.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
comment on function steward.field_time(timestamptz) is 'A time as fields of leads hold it.';

create function steward.lead_fields(lead steward.lead) returns jsonb
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select jsonb_strip_nulls(jsonb_build_object('provider_id', lead.provider_id, 'email', lead.email, 'domain', lead.domain, 'full_name', lead.full_name, 'title', lead.title,
        'company', lead.company, 'phone', lead.phone, 'website', lead.website, 'linkedin_url', lead.linkedin_url, 'segment', lead.segment, 'industry', lead.industry,
        'company_size', lead.company_size, 'city', lead.city, 'state', lead.state, 'country', lead.country, 'owner', lead.owner, 'outcome', lead.outcome,
        'outcome_at', steward.field_time(lead.outcome_at)))
        || coalesce((select jsonb_object_agg('attributes.' || a.key, a.value) from jsonb_each(lead.attributes) a), '{}')
$$;
comment on function steward.lead_fields(steward.lead) is 'What a lead holds, by the names of fields.';

create function steward.told_lead(lead steward.lead) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select json_build_object('provider', steward.plain_person(lead.provider_id), 'lead', lead)::text
$$;
comment on function steward.told_lead(steward.lead) is 'A lead as core is told of it.';
