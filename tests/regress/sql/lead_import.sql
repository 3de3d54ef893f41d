-- Rows of leads that come in: inserted, merged, unchanged, rejected; by which key a row finds its lead; what people set stays.
\pset tuples_only on
\pset format unaligned
create function tests.taken(rows jsonb, source text default 'import', source_kind text default 'import') returns setof text language sql as $$
    select concat_ws(' | ', row_number, outcome, column_name, problem) from steward.import_leads(rows, source, source_kind)
$$;
create function tests.lead(key text) returns uuid language sql stable security definer as $$
    select l.id from steward.lead l where key in (l.email, l.provider_id, l.full_name, l.company) order by l.id limit 1
$$;
create function tests.closed() returns text language sql stable as $$
    select string_agg(concat_ws(' ', email, outcome, case when outcome_at > steward.clock() - interval '1 hour' then 'now' else outcome_at::date::text end), ', ' order by email) from steward.leads where email like '%closed.example'
$$;
create function tests.changes() returns bigint language sql stable security definer as $$ select count(*) from steward.lead_version $$;
set session authorization regress_editor;

-- Known fields are columns, everything else an attribute; text is trimmed, blank is nothing, numbers stay as they came.
select tests.taken('[{"provider_id": " https://www.linkedin.com/in/Ann-Lee/?x=1 ", "email": " Ann@Acme.Example ", "full_name": "Ann Lee", "title": " ", "phone": 5511999990000, "website": "https://www.acme.example/contact",
    "company_size": "51-200", "rating": 4.50, "reviews": "0012", "": "", "blank": "  ", "nothing": null, "attributes": {"tags": ["a", {"b": [null]}], "ratio": "NaN", "attributes.odd": 1}, "outcome": "WON", "outcome_at": "2026-01-31 10:00+01"}]');
select provider_id, email, domain, full_name, title, phone, company_size, outcome, outcome_at at time zone 'UTC', attributes, version, person_fields from steward.leads;
select version, source_kind, source, by_user, job_id, before, after from steward.lead_version;
-- The same rows again change nothing, however often; a blank erases nothing.
select tests.taken('[{"provider_id": "linkedin.com/in/ann-lee", "email": "ANN@acme.example", "full_name": "Ann Lee ", "title": "", "rating": 4.50}, {"email": "ann@acme.example", "phone": null}]'), tests.changes();
-- By provider id, then by e-mail, then by domain if nothing contradicts: here an e-mail, there a name, or a name where nobody knows whose address it is.
select tests.taken('[{"provider_id": "LinkedIn.com/in/ann-lee", "title": "CEO"}, {"email": "ann@acme.example", "city": "Berlin"}, {"website": "acme.example", "country": "DE"}, {"domain": "acme.example", "full_name": "Bob"},
    {"email": "carl@acme.example"}, {"domain": "www.ACME.example"}, {"domain": "acme.example", "full_name": "bob", "city": "Bonn"}, {"website": "http://acme.example", "state": "BE"}]');
select row_number() over (order by id), email, domain, full_name, title, city, state, country, version from steward.leads order by id;
select tests.taken('[{"domain": "acme.example", "full_name": "Bob"}, {"email": "carl@acme.example"}, {"domain": "acme.example"}]'), tests.changes();
-- Somebody known by a domain gets an address, and is one lead still.
select tests.taken('[{"company": "Beta", "website": "beta.example"}, {"email": "info@beta.example", "phone": "1"}, {"provider_id": "place-7", "website": "https://beta.example"}, {"provider_id": "place-8", "website": "https://beta.example"}]');
-- A mail provider, or a page at one for everybody, tells nothing of a company.
select tests.taken('[{"email": "ann@gmail.com", "website": "https://www.facebook.com/ann"}, {"email": "bob@gmail.com", "website": "facebook.com/bob"}, {"website": "https://instagram.com/carl"}, {"domain": "gmail.com"}]');
select domain is null from steward.leads where email like '%gmail.com';
-- The domain follows the website that it was derived from; one that was told stays.
select tests.taken('[{"email": "dora@delta.example"}, {"email": "dora@delta.example", "website": "delta-group.example"}, {"email": "emil@epsilon.example", "domain": "eps.example"}, {"email": "emil@epsilon.example", "website": "epsilon-group.example"}]');
select email, domain from steward.leads where email ~ '^(dora|emil)' order by email;

-- Known fields are known in whatever case, and with blanks around; two spellings in one row are one column too many. The name of an attribute is as it came.
select tests.taken('[{" Email ": "Kim@Case.example", "WEBSITE": "https://www.case.example", "Full_Name": "Kim", "Head Count": 7, "attributes": {"Email": "other"}}, {"email": "kim@case.example", "Title": "CEO"},
    {"Email": "kim@case.example", "email": "kim@other.example"}, {"email": "kim@case.example", "Title": null, "title ": "CFO"}]');
select email, domain, website, full_name, title, attributes from steward.leads where email like '%case.example';
select field, outcome from steward.set_lead(tests.lead('kim@case.example'), '{"TITLE": "CFO"}', 'tool');
create temp table mixed_case ("Email" text, "LinkedIn_URL" text, "Size" int);
insert into mixed_case values ('kim@case.example', 'linkedin.com/in/kim', 7);
select outcome, column_name from steward.import_lead_table('mixed_case');
select linkedin_url, attributes from steward.leads where email = 'kim@case.example';

-- An outcome that comes without its time is of the moment of the import; the same again leaves it, and one that changes is of then.
select tests.taken('[{"email": "a@closed.example", "outcome": "lost", "outcome_at": "2025-01-01"}, {"email": "b@closed.example", "outcome": "won"}, {"email": "c@closed.example", "outcome": "lost", "outcome_at": "2025-01-01"}]');
select tests.closed();
select tests.taken('[{"email": "a@closed.example", "outcome": "won"}, {"email": "b@closed.example", "outcome": "WON", "outcome_at": " "}, {"email": "c@closed.example", "outcome": "won"}, {"email": "c@closed.example", "outcome": "lost"}]');
select tests.closed();
select outcome_at as b_at from steward.leads where email = 'b@closed.example' \gset
select tests.taken('[{"email": "b@closed.example", "outcome": "won", "city": "Ulm"}]'), outcome_at = :'b_at' from steward.leads where email = 'b@closed.example';
-- The time goes with the outcome, not before it.
select field, outcome from steward.set_lead(tests.lead('a@closed.example'), '{"outcome_at": null}', 'tool');
select field, outcome from steward.set_lead(tests.lead('c@closed.example'), '{"outcome": null}', 'tool');
select tests.closed();

-- What is wrong with a row stands in the report, without its values; the other rows go on.
select tests.taken('[7, null, [], "x", {}, {"full_name": "Nobody"}, {"email": "not one"}, {"email": "a@b"}, {"email": "a@b.example;c@d.example"}, {"email": 7}, {"email": true}, {"email": ["a@b.example"]}, {"email": "ok@ok.example", "title": {"a": 1}},
    {"domain": "no domain"}, {"email": "ok@ok.example", "outcome": "maybe"}, {"email": "ok@ok.example", "outcome_at": "infinity"}, {"email": "ok@ok.example", "outcome_at": "31/01/2026"}, {"email": "ok@ok.example", "attributes": [1]},
    {"email": "ok@ok.example", "attributes": "text"}, {"email": "ok@ok.example", "": 7}, {"provider_id": "https://www./", "email": "ok@ok.example"}, {"email": "fine@ok.example"}]');
select tests.taken(jsonb_build_array(jsonb_build_object('email', 'long@long.example', 'title', repeat('é', 501)), jsonb_build_object('email', 'long@long.example', 'title', repeat('é', 500)),
    jsonb_build_object('email', 'long@long.example', 'notes', repeat('x', 100001)), jsonb_build_object('email', 'long@long.example', 'notes', repeat('x', 100000)), jsonb_build_object('email', repeat('x', 65) || '@long.example'),
    jsonb_build_object('email', 'long@long.example', repeat('k', 201), 1), jsonb_build_object('email', 'long@long.example', 'deep', (repeat('[', 3000) || repeat(']', 3000))::jsonb),
    (select jsonb_object_agg('a' || n, n) from generate_series(1, 999) n) || '{"email": "long@long.example"}', (select jsonb_object_agg('a' || n, n) from generate_series(1, 998) n) || '{"email": "long@long.example"}',
    (select jsonb_object_agg('n' || n, repeat('x', 99000)) from generate_series(1, 11) n) || '{"email": "large@long.example"}'));
select tests.taken((select jsonb_build_array(jsonb_object_agg('n' || n, repeat('x', 99000)) || '{"email": "large@long.example"}') from generate_series(1, 6) n)),
    tests.taken((select jsonb_build_array(jsonb_object_agg('m' || n, repeat('x', 99000)) || '{"email": "large@long.example"}') from generate_series(1, 6) n));
-- Letters that look alike are other letters, and other people.
select tests.taken('[{"email": "paul@ok.example"}, {"email": "pаul@ok.example"}, {"email": "paul@оk.example"}, {"provider_id": "linkedin.com/in/paul"}, {"provider_id": "linkedin.com/in/pаul"}]');
-- A row whose keys belong to two leads is about neither. Addresses change hands within one call.
select tests.taken('[{"provider_id": "p-1", "email": "one@hands.example"}, {"provider_id": "p-2", "email": "two@hands.example"}]');
select tests.taken('[{"provider_id": "p-1", "email": "two@hands.example", "title": "Thief"}, {"provider_id": "p-1", "email": "three@hands.example"}, {"provider_id": "p-2", "email": "one@hands.example"}, {"provider_id": "p-1", "email": "two@hands.example"}]');
select provider_id, email, title, version from steward.leads where provider_id like 'p-_' order by provider_id;
-- Rows that contradict one another leave everything as it was when they come again.
select tests.taken('[{"provider_id": "p-3", "title": "A"}, {"provider_id": "p-3", "title": "B"}, {"provider_id": "P-3", "title": "B"}]');
select tests.taken('[{"provider_id": "p-3", "title": "A"}, {"provider_id": "p-3", "title": "B"}, {"provider_id": "P-3", "title": "B"}]');
select h.version, h.field, h.before, h.after from steward.lead_history h where h.lead_id = tests.lead('p-3') order by h.version, h.field;

-- What a person has set stays, and the report says so; a person may change it, and stands for what was there.
select field, outcome from steward.set_lead(tests.lead('p-1'), '{"title": "Buyer", "headcount": 7}');
select tests.taken('[{"provider_id": "p-1", "title": "Robot", "headcount": 8, "city": "Ulm"}, {"provider_id": "p-1", "title": "Buyer"}]', 'enricher', 'tool'), tests.taken('[{"provider_id": "p-1", "title": "Robot"}]');
select title, attributes, city, person_fields from steward.leads where provider_id = 'p-1';
select tests.taken('[{"provider_id": "p-1", "title": "Head buyer", "city": "Ulm"}]', 'my list', 'person'), tests.taken('[{"provider_id": "p-1", "title": "Head buyer", "city": "Ulm"}]', 'my list', 'person');
select title, person_fields from steward.leads where provider_id = 'p-1';
select tests.taken('[{"provider_id": "p-1", "title": "Robot", "city": "Robotown"}]', 'https://page.example', 'citation');

-- What a call refuses.
reset session authorization;
select steward.map_login('postgres', tests.person('editor'));
select tests.refused(format('select count(*) from steward.import_leads(%s)', a)) from unnest(array['null', '''{}''', '''7''', '''[]'', source_kind => ''rollback''', '''[]'', source_kind => null', '''[]'', repeat(''x'', 501)',
    '(select jsonb_agg(n) from generate_series(1, 10001) n)', '(select jsonb_agg(repeat(''x'', 7000000)) from generate_series(1, 10) n)']) a;
select l, tests.as_login(l, 'select count(*) from steward.import_leads(''[{"email": "x@roles.example"}]'')'), tests.as_login(l, format('select count(*) from steward.import_leads(''[{"email": "x@roles.example"}]'', workspace_id => %L)', tests.workspace('acme')))
from unnest('{regress_owner,regress_manager,regress_editor,regress_viewer,regress_outsider,regress_nobody,regress_worker,regress_analyst,regress_admin}'::text[]) l;
begin isolation level repeatable read;
select tests.as_login('regress_editor', 'select count(*) from steward.import_leads(''[]'')');
commit;
select tests.as_login('regress_editor', 'select count(*) from steward.import_leads(''[]'')');
-- The same people are other leads in another workspace, and nobody sees them there.
select tests.as_login('regress_outsider', 'select (select string_agg(outcome, '','') from steward.import_leads(''[{"email": "ann@acme.example"}]'')) || (select count(*) from steward.leads)');

-- From a table of one's own, with the rights of the caller.
set session authorization regress_editor;
create temp table copied (email text, full_name text, score numeric, seen date, outcome_at timestamptz);
insert into copied select 'person' || n || '@table.example', 'Person ' || n, n / 4.0, date '2026-01-01', null::timestamptz from generate_series(1, 5002) n union all select 'nobody', null, 'NaN', null, null;
select outcome, count(*), min(row_number), max(row_number), min(column_name), min(problem) from steward.import_lead_table('copied', 'a table') group by outcome order by outcome;
select outcome, count(*) from steward.import_lead_table('copied') group by outcome order by outcome;
select attributes, domain from steward.leads where email = 'person3@table.example';
create temp view erroneous as select 1 / (n - n) as email from generate_series(1, 1) n;
select tests.code('select count(*) from steward.import_lead_table(''erroneous'')');
select tests.refused('select count(*) from steward.import_lead_table(' || t || ')') from unnest(array['null', '''steward.member''', '4294967295', '''steward.lead_email_key''']) t;
reset session authorization;
