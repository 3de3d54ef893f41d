-- What was known of a lead at any time: changes field by field, as-of, rollback, erasure; tools never overwrite a person.
\pset tuples_only on
\pset format unaligned
create function tests.lead() returns uuid language sql stable security definer as $$ select l.id from steward.lead l order by l.id limit 1 $$;
create function tests.told(changes jsonb, source_kind text default 'person', source text default null) returns text language sql as $$
    select string_agg(format('%s: %s', field, outcome), ', ') from steward.set_lead(tests.lead(), changes, source_kind, source)
$$;
-- Every version, replayed, is what the row was when it was written.
create table tests.seen (like steward.lead);
grant all on tests.seen to public;
create function tests.note() returns text language sql as $$
    insert into tests.seen select l.* from steward.lead l where l.id = tests.lead() and not exists (select from tests.seen s where s.version = l.version) returning format('version %s: %s', version, attributes)
$$;
-- Two versions have two times.
create procedure tests.wait() language plpgsql as $$ begin while clock_timestamp() <= (select max(l.changed_at) from steward.leads l) loop null; end loop; end $$;
set session authorization regress_editor;
select outcome from steward.import_leads('[{"provider_id": "p-1", "email": "ann@acme.example", "full_name": "Ann", "headcount": 7, "gone": "soon"}]', 'a list');
select tests.note();
call tests.wait();

-- A person changes and erases; what is no known field is an attribute. Null and blank text erase.
select tests.told('{"title": "CEO", "full_name": "Ann", "attributes.headcount": 9, "gone": null, "phone": " ", "attributes": {"nested": {"a": [1, "NaN"]}}}'), tests.note();
call tests.wait();
select title, attributes, person_fields from steward.leads;
-- A tool changes what no person has set, and hears of the rest. A value that is there already is nobody's change.
select tests.told('{"title": "Robot", "headcount": 10, "city": "Ulm", "gone": "back", "email": "ANN@acme.example"}', 'tool', 'enricher'), tests.note();
select tests.told('{"title": "Robot"}', 'citation', 'https://page.example'), (select version from steward.leads);
-- An import by a tool, too.
select outcome, column_name from steward.import_leads('[{"provider_id": "P-1", "title": "Robot", "state": "BW"}]', 'nightly', 'tool');
select tests.note();
call tests.wait();
-- A person who says what is there stands for it from then on.
select tests.told('{"city": "Ulm"}'), tests.note();
select tests.told('{"city": "Ulm"}'), tests.note();
select tests.told('{"city": "Bonn"}', 'tool');
-- The time of an outcome: of now, unless it is told; gone with it. The domain follows the website.
select tests.told('{"outcome": "won"}'), tests.note();
select outcome_at > now() - interval '1 hour' from steward.leads;
call tests.wait();
select tests.told('{"outcome": null, "website": "https://www.acme-group.example"}'), tests.note();
select outcome_at is null and domain = 'acme-group.example' from steward.leads;
select tests.told('{"outcome": "lost", "outcome_at": "2026-02-01"}'), tests.note();
select outcome_at at time zone 'UTC' from steward.leads;

select version, field, before, after, source_kind, source, by_user = tests.person('editor') from steward.lead_history where field <> 'outcome_at' order by version, field;
-- As of each version, to the microsecond; before the first, nothing.
select s.version, (steward.lead_as_of(s.id, s.changed_at)) = s::text::steward.lead as as_it_was, (steward.lead_as_of(s.id, s.changed_at - interval '1 microsecond')).version from tests.seen s order by s.version;
select steward.lead_as_of(tests.lead(), '2020-01-01') is null, (steward.lead_as_of(tests.lead(), 'infinity')).version;

-- Back to an older version, as one more; a tool says nothing against it.
select steward.rollback_lead(tests.lead(), 3), tests.note();
select title, city, state, outcome, website, domain, attributes, person_fields from steward.leads;
select version, field, before, after, source_kind, source from steward.lead_history where version = 9 and field <> 'outcome_at' order by field;
select steward.rollback_lead(tests.lead(), 3), tests.told('{"state": "HH", "website": "robot.example"}', 'tool');
select (steward.lead_as_of(s.id, s.changed_at)) = s::text::steward.lead from tests.seen s where s.version = 9;
select tests.refused('select steward.rollback_lead(tests.lead(), 99)'), tests.refused('select steward.rollback_lead(tests.lead(), 0)');
-- What another lead holds by now is not taken from it.
select outcome from steward.import_leads('[{"email": "bob@acme.example"}]');
select tests.refused('select * from steward.set_lead(tests.lead(), ''{"email": "Bob@acme.example"}'')');
select tests.told('{"email": "ann@new.example"}'), (select outcome from steward.import_leads('[{"email": "ann@acme.example", "full_name": "Another Ann"}]'));
select tests.refused('select steward.rollback_lead(tests.lead(), 3)');
select tests.refused('select * from steward.set_lead(' || a || ')') from unnest(array['null, ''{}''', 'tests.lead(), null', 'tests.lead(), ''[]''', 'tests.lead(), ''{"email": "x"}''', 'tests.lead(), ''{"title": []}''', 'tests.lead(), ''{"": 1}''',
    'tests.lead(), ''{"outcome": "maybe"}''', 'tests.lead(), ''{"provider_id": "https://"}''', 'tests.lead(), ''{}'', ''rollback''', 'tests.lead(), ''{}'', ''robot''', '''01234567-0123-7123-8123-0123456789ab'', ''{}''']) a;
select tests.refused('select steward.lead_as_of(' || a || ')') from unnest(array['null, now()', 'tests.lead(), null', '''01234567-0123-7123-8123-0123456789ab'', now()']) a;

-- What a person keeps is given back: the value stays until a tool or an import says otherwise; as of before, it was kept.
reset session authorization;
create function tests.kept() returns text language sql stable security definer as $$ select format('%s: %s', l.version, array_to_string(l.person_fields, ',')) from steward.lead l where l.id = tests.lead() $$;
set session authorization regress_editor;
select tests.kept(), tests.told('{"state": "Ulm", "outcome": "won"}', 'tool');
select steward.release_fields(tests.lead(), '{state,title,attributes.gone}') as version, tests.note();
select tests.kept(), title, state from steward.leads where id = tests.lead();
select tests.told('{"state": "Bonn", "title": "Robot", "email": "robot@acme.example"}', 'tool'), tests.told('{"title": "Head"}'), tests.note();
select version, field, before = after as unchanged, source_kind, by_user = tests.person('editor') from steward.lead_history where source_kind = 'release' order by field;
select s.version, (steward.lead_as_of(s.id, s.changed_at)) = s::text::steward.lead as as_it_was from tests.seen s where s.version > 9 order by s.version;
select steward.release_fields(tests.lead(), '{}') = (select version from steward.leads where id = tests.lead());
select tests.refused('select steward.release_fields(' || a || ')') from unnest(array['null, ''{title}''', 'tests.lead(), null', 'tests.lead(), ''{titel}''', 'tests.lead(), ''{title,null}''', '''01234567-0123-7123-8123-0123456789ab'', ''{}''']) a;

-- What a job does is told as its own: a tool speaks for the user it runs for, never as a person.
reset session authorization;
select steward.define_tool('script', '{"executor": "script", "request": {"command": "c"}}');
set session authorization regress_editor;
select steward.enqueue('script', idempotency_key => 'enrich', queue => 'q') is not null;
reset session authorization;
create table tests.claim as select job_id, attempt, token from steward.claim_jobs('w1', '{q}', 1);
grant select on tests.claim to public;
set session authorization steward_script;
select steward.begin_attempt(job_id, attempt, token) from tests.claim;
select tests.refused('select tests.told(''{"country": "DE"}'')'), tests.code('select steward.rollback_lead(tests.lead(), 1)'), tests.code('select steward.release_fields(tests.lead(), ''{}'')'), tests.code('select count(*) from steward.import_leads(''[]'', source_kind => ''person'')');
select tests.told('{"country": "DE", "title": "Robot"}', 'tool', 'enricher');
select h.field, h.after, h.source_kind, h.source, h.by_user = tests.person('editor') as for_the_editor, h.job_id = c.job_id as by_the_job from steward.lead_history h, tests.claim c where h.job_id is not null;
select steward.end_attempt();

-- Who may.
reset session authorization;
select l, tests.as_login(l, 'select count(*) from steward.set_lead(tests.lead(), ''{"title": "x"}'')'), tests.as_login(l, 'select count(*) from steward.set_lead(tests.lead(), ''{"title": "x"}'', ''tool'')'),
    tests.as_login(l, 'select steward.rollback_lead(tests.lead(), 1)'), tests.as_login(l, 'select steward.release_fields(tests.lead(), ''{email}'')'), tests.as_login(l, 'select (steward.lead_as_of(tests.lead(), now())).version'), tests.as_login(l, 'select count(*) from steward.leads'),
    tests.as_login(l, 'select count(*) > 9 from steward.lead_history')
from unnest('{regress_owner,regress_manager,regress_editor,regress_viewer,regress_outsider,regress_nobody,regress_worker,regress_analyst,regress_admin}'::text[]) l;
select tests.as_login('regress_editor', s) from unnest(array['update steward.lead set title = ''x''', 'delete from steward.lead_version', 'select steward.lead_at(tests.lead(), 1)', 'select steward.write_leads(null, null, null, null)']) s;

-- A person is erased: their lead and its versions are empty, what was theirs elsewhere goes too, and a list does not bring them back.
select tests.as_login('regress_editor', 'select steward.erase_person(''ann@acme.example'', tests.workspace(''acme''))');
set session authorization regress_owner;
select steward.erase_person('ANN@acme.example', tests.workspace('acme'));
reset session authorization;
select row_number() over (order by id), version, email, provider_id, full_name, domain, attributes from steward.lead order by id;
select count(*) filter (where concat(before, after) ~ 'ann@acme'), count(*) filter (where concat(before, after) ~ 'Another') from steward.lead_version;
set session authorization regress_owner;
select outcome, column_name, problem from steward.import_leads('[{"email": "Ann@Acme.example", "full_name": "Ann"}, {"provider_id": "p-1", "title": "stays"}]');
-- By the link to their profile; the provider id and the address that came with it are known, too.
select outcome from steward.import_leads('[{"provider_id": "x-9", "email": "carl@acme.example", "linkedin_url": "https://www.linkedin.com/in/Carl/"}]');
select steward.erase_person('linkedin.com/in/carl', tests.workspace('acme'));
select row_number, outcome, problem from steward.import_leads('[{"provider_id": "X-9"}, {"email": "carl@acme.example"}, {"provider_id": "x-10", "email": "carl@other.example"}]');
reset session authorization;
select count(*) from steward.lead where coalesce(email, provider_id, full_name, domain, linkedin_url) is null and attributes = '{}' and person_fields = '{}';
select (steward.lead_at(l.id, l.version)) = l from steward.lead l order by l.id;
select act, object_kind, detail from steward.audit where act in ('import_leads', 'set_lead', 'rollback_lead', 'release_fields', 'erase_person') order by at, id;
