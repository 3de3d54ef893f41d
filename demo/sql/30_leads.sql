\echo '-- 500 leads, as they might come from a form: made up here, no company and no person of them exists. Two rows are wrong on purpose.'
\o /dev/null
create function pg_temp.one_of(n int, salt int, of text[]) returns text language sql immutable as $$
    select of[1 + ('x' || md5(salt || '/' || n))::bit(28)::int % cardinality(of)]
$$;
create temp table form as
select jsonb_build_object(
    'provider_id', 'DEMO-' || to_char(n, 'FM000'), 'full_name', 'Person ' || n, 'company', 'Company ' || to_char(n, 'FM000'),
    'email', format('person.%s@company-%s.example', n, to_char(n, 'FM000')),
    'company_size', pg_temp.one_of(n, 1, '{1-10,11-50,51-200 employees,"201 to 500","501-1,000","5,001+"}'),
    'industry', pg_temp.one_of(n, 2, '{Dental,"DISPOSITIVOS MÉDICOS","Medical supply",Software,Retail,NULL}'),
    'segment', pg_temp.one_of(n, 3, '{"Implantes Odontológicos","IMPLANTES ORTOPEDICOS","Instrumentos Cirúrgicos","Comércio hospitalar",Software,NULL}'),
    'website_summary', repeat('what they make ', pg_temp.one_of(n, 4, '{0,10,30,60,90,140}')::int),
    'linkedin_text', repeat('what they write ', pg_temp.one_of(n, 5, '{0,5,15,25,40,70}')::int),
    'project_types', to_jsonb((array['tooling', 'implants', 'machining'])[1 : pg_temp.one_of(n, 6, '{0,1,2,3}')::int]),
    'annual_volume', pg_temp.one_of(n, 7, '{"50 pieces","500 pieces","1,000","5.000 a 8.000","10,000+",NULL}'),
    'technical_requirements', repeat('a tolerance of 5 µm, ', pg_temp.one_of(n, 8, '{0,2,5,9,16}')::int),
    'message', pg_temp.one_of(n, 9, '{"We need a quote, urgente!","Please send a catalogue.",NULL}')) as row
from generate_series(1, 500) n;
insert into form values ('{"company": "Nobody Ltd", "email": "sales at nobody"}'), ('{"full_name": "Person 7 again", "email": "PERSON.7@company-007.example", "phone": "555 0107"}');
\o
select outcome, count(*), min(row_number) as row, min(column_name) as column_name, min(problem) as problem
from steward.import_leads((select jsonb_agg(row) from form), 'form of may') group by outcome order by count(*) desc;

\echo '-- The same file again changes nothing.'
select outcome, count(*) from steward.import_leads((select jsonb_agg(row) from form), 'form of may') group by outcome order by count(*) desc;
