-- Leads as people see them, and how each became what it is.

create view steward.leads with (security_invoker = true) as
select l.id, l.workspace_id, l.version, l.provider_id, l.email, l.domain, l.full_name, l.title, l.company, l.phone, l.website, l.linkedin_url, l.segment, l.industry,
    l.company_size, l.city, l.state, l.country, l.attributes, l.owner, l.suggested_owner, l.outcome, l.outcome_at, l.person_fields, l.created_at, l.changed_at, l.erased_at
from steward.lead l;
comment on view steward.leads is 'The leads of your workspaces as they are known now; steward.lead_as_of says what was known of one before.';
comment on column steward.leads.id is 'Id of the lead.';
comment on column steward.leads.workspace_id is 'Its workspace.';
comment on column steward.leads.version is 'Number of its last change.';
comment on column steward.leads.provider_id is 'The id or link by which the source knows it.';
comment on column steward.leads.email is 'E-mail address, in lower case.';
comment on column steward.leads.domain is 'Domain, in lower case and without www: as told, else that of the website, else that of the e-mail address; not one of a mail provider.';
comment on column steward.leads.full_name is 'Name of the person.';
comment on column steward.leads.title is 'What the person does.';
comment on column steward.leads.company is 'Name of the company.';
comment on column steward.leads.phone is 'Telephone number, as it came.';
comment on column steward.leads.website is 'Website, as it came.';
comment on column steward.leads.linkedin_url is 'Link to the profile.';
comment on column steward.leads.segment is 'Segment, by which leads are handed to owners.';
comment on column steward.leads.industry is 'Industry.';
comment on column steward.leads.company_size is 'How many work there, as it came: 50, 51-200.';
comment on column steward.leads.city is 'City.';
comment on column steward.leads.state is 'State or region.';
comment on column steward.leads.country is 'Country.';
comment on column steward.leads.attributes is 'Everything else that is known, by name.';
comment on column steward.leads.owner is 'Whose lead it is, as a person said; without one, routing suggests one.';
comment on column steward.leads.suggested_owner is 'Whose it would be by the rules of ownership; null for nobody''s.';
comment on column steward.leads.outcome is 'won or lost; null while it is open.';
comment on column steward.leads.outcome_at is 'When it was won or lost.';
comment on column steward.leads.person_fields is 'Fields whose value a person has set: nothing else changes them.';
comment on column steward.leads.created_at is 'When it was first told of.';
comment on column steward.leads.changed_at is 'When it last changed.';
comment on column steward.leads.erased_at is 'When the person was erased: nothing is known of it.';

create view steward.lead_history with (security_invoker = true) as
select v.lead_id, v.workspace_id, v.version, v.at, f.key as field, nullif(v.before -> f.key, 'null') as before, nullif(f.value, 'null') as after, v.source_kind, v.source, v.by_user, v.job_id
from steward.lead_version v
cross join lateral jsonb_each(v.after) f;
comment on view steward.lead_history is 'Each change of each field of the leads of your workspaces, and who told so.';
comment on column steward.lead_history.lead_id is 'The lead.';
comment on column steward.lead_history.workspace_id is 'Its workspace.';
comment on column steward.lead_history.version is 'Number of the change, the first being 1; steward.rollback_lead goes back to one.';
comment on column steward.lead_history.at is 'When.';
comment on column steward.lead_history.field is 'The field: email, or attributes.headcount.';
comment on column steward.lead_history.before is 'What it held before; null: nothing.';
comment on column steward.lead_history.after is 'What it held since; the same as before where a person confirmed it, or gave it back.';
comment on column steward.lead_history.source_kind is 'Who told: person, import, tool, citation, rollback, or release (a person gave fields back).';
comment on column steward.lead_history.source is 'Name of the import, the tool or the page; of a rollback the version that it went back to.';
comment on column steward.lead_history.by_user is 'The user who did it, or for whom the job ran.';
comment on column steward.lead_history.job_id is 'The job that did it.';
