-- The rubrics and rules of ownership that come with the extension do what the rules they were made from do. The rules stand here once more, line by line as they are written down, and
-- use nothing of the extension; 10,000 leads go through both, each edge of each band and one beside it among them.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));

-- Upper and lower case of every alphabet, whatever the database's own collation knows.
create function tests.lowered(t text) returns text language sql immutable as $$ select lower(t collate "und-x-icu") $$;

-- company_size: the middle of a range such as '51-200 employees'.
create function tests.headcount(t text) returns numeric language sql immutable as $$
    select case cardinality(n) when 0 then null when 1 then n[1] else (n[1] + n[2]) / 2 end
    from (select array(select replace(m[1], ',', '')::numeric from regexp_matches(t, '(\d+(?:,\d{3})*)', 'g') m) as n) x
$$;
create function tests.fit_size(t text) returns int language sql immutable as $$
    select case when h > 500 then 15 when h > 100 then 12 when h > 50 then 9 when h > 20 then 6 when h > 0 then 3 else 0 end from (select tests.headcount(t) as h) x
$$;
create function tests.fit_industry(t text) returns int language plpgsql immutable as $$
begin
    if t is null or btrim(t) = '' then return 0; end if;
    if tests.lowered(t) ~ 'medical devices|dental|orthopedic|healthcare|dispositivos médicos|odontologia|ortopedia|saúde' then return 15; end if;
    if tests.lowered(t) ~ 'medical|health|médico|saúde' then return 10; end if;
    return 5;
end $$;
create function tests.fit_website(t text) returns int language sql immutable as $$
    select case when n > 2000 then 20 when n > 1000 then 16 when n > 500 then 12 when n > 200 then 8 when n > 0 then 4 else 0 end from (select coalesce(char_length(t), 0) as n) x
$$;
create function tests.fit_linkedin(t text) returns int language sql immutable as $$
    select case when n > 1000 then 20 when n > 500 then 16 when n > 300 then 12 when n > 100 then 8 when n > 0 then 4 else 0 end from (select coalesce(char_length(t), 0) as n) x
$$;
create function tests.fit_projects(p jsonb) returns int language sql immutable as $$ select least(15, 5 * coalesce(jsonb_array_length(p), 0)) $$;
create function tests.fit_volume(t text) returns int language plpgsql immutable as $$
begin
    if t is null or t = '' then return 0; end if;
    if strpos(t, '10,000') > 0 or strpos(t, '10.000') > 0 then return 15; end if;
    if strpos(t, '5,000') > 0 or strpos(t, '5.000') > 0 then return 12; end if;
    if strpos(t, '1,000') > 0 or strpos(t, '1.000') > 0 then return 9; end if;
    if strpos(t, '500') > 0 then return 6; end if;
    return 3;
end $$;
create function tests.fit_technical(t text) returns int language sql immutable as $$
    select case when n > 300 then 5 when n > 150 then 4 when n > 50 then 3 else 1 end from (select coalesce(char_length(t), 0) as n) x
$$;
create function tests.fit_complete(company text, volume text, message text) returns int language sql immutable as $$
    select (coalesce(company, '') <> '')::int + (coalesce(volume, '') <> '')::int + (coalesce(message, '') <> '')::int
$$;
create function tests.fit_urgency(technical text, message text) returns int language sql immutable as $$
    select case when tests.lowered(concat_ws(' ', technical, message)) ~ 'urgente|asap|imediato|prazo curto|urgent|immediately|priority|prioridade|rápido|quick' then 2 else 1 end
$$;
create function tests.fit(a jsonb) returns int[] language sql immutable as $$
    select array[tests.fit_size(a ->> 'company_size'), tests.fit_industry(a ->> 'industry'), tests.fit_website(a ->> 'website_summary'), tests.fit_linkedin(a ->> 'linkedin_text'),
        tests.fit_projects(a -> 'project_types'), tests.fit_volume(a ->> 'annual_volume'), tests.fit_technical(a ->> 'technical_requirements'),
        tests.fit_complete(a ->> 'company', a ->> 'annual_volume', a ->> 'message'), tests.fit_urgency(a ->> 'technical_requirements', a ->> 'message')]
$$;
create function tests.fit_score(points int[]) returns int language sql immutable as $$
    select least(100, floor(100.0 * sum(p) / 110 + 0.5))::int from unnest(points) p
$$;
create function tests.fit_heat(score int) returns text language sql immutable as $$ select case when score >= 80 then 'hot' when score >= 60 then 'warm' else 'cold' end $$;

-- A value for lead n: of k, the numbers of the lists have no common divisor, so that they meet in every combination sooner or later.
create function tests.pick(n int, step int, values_ text[]) returns text language sql immutable as $$ select values_[(n * step) % cardinality(values_) + 1] $$;
create function tests.letters(n int, salt text) returns text language sql immutable as $$
    select case when n = 0 then null else left(repeat(md5(n::text || salt) || ' é', n / 34 + 1), n - 1) || 'x' end
$$;
create function tests.made_lead(n int) returns jsonb language sql immutable as $$
    select jsonb_strip_nulls(jsonb_build_object(
        'email', format('lead%s@example.com', n),
        'company', tests.pick(n, 1, array['Clínica São João', null, 'Acme']),
        'company_size', tests.pick(n, 7, array[null, '0', '1', '19-21', '20', '20-21', '21', '49-51', '50-51 employees', '51-200 employees', '99-101', '101', '500', '499-502', '501-1,000', '10,001+ employees', 'many', 'NaN']),
        'industry', tests.pick(n, 5, array[null, 'Dental', 'DISPOSITIVOS MÉDICOS', 'Saúde', 'SAÚDE', 'health tech', 'Médico', 'medical', 'Software', 'dent' || chr(1072) || 'l', 'Orthopedic implants'])))
    || jsonb_strip_nulls(jsonb_build_object(
        'website_summary', tests.letters((array[0, 1, 199, 200, 201, 499, 500, 501, 999, 1000, 1001, 1999, 2000, 2001, 2500])[n * 11 % 15 + 1], 'w'),
        'linkedin_text', tests.letters((array[0, 1, 99, 100, 101, 299, 300, 301, 499, 500, 501, 999, 1000, 1001])[n * 3 % 14 + 1], 'l'),
        'project_types', (array[null, '[]', '["a"]', '["a","b"]', '["a","b","c"]', '["a","b","c","d","e"]'])[n * 5 % 6 + 1]::jsonb,
        'annual_volume', tests.pick(n, 17, array[null, '10,000', '10.000', '5,000', '15,000', '50,000', '1,000', '1,500', '500', '1500', '200', 'a few']),
        'technical_requirements', tests.letters((array[0, 1, 49, 50, 51, 149, 150, 151, 299, 300, 301])[n * 13 % 11 + 1], 't'),
        'message', tests.pick(n, 19, array[null, 'Preciso com URGÊNCIA', 'É urgente!', 'RÁPIDO, por favor', 'asap', 'no hurry', 'Prazo Curto', 'quick quote', 'Prioridade', 'ｕｒｇｅｎｔ'])))
$$;
select count(*) filter (where i.outcome = 'inserted'), count(*) from generate_series(0, 3) k cross join lateral steward.import_leads((select jsonb_agg(tests.made_lead(n)) from generate_series(k * 2500 + 1, k * 2500 + 2500) n)) i;
select steward.define_rubric('fit', steward.lead_preset('rubric', 'inbound_fit_v1'));
select steward.publish_rubric('fit');
-- Each point of each term, each score and each word is the same.
create temporary view both_ways as
select n, tests.fit(tests.made_lead(n)) as expected, s.score / 1000 as score, s.score % 1000 as rest, steward.heat_word(r.heat_labels, r.heat_mins, s.score) as heat,
    array(select p / 1000 from unnest(s.parts[1:9]) with ordinality as u (p, place) order by place) as points, s.parts
from generate_series(1, 10000) n
join steward.lead l on l.email = format('lead%s@example.com', n)
join steward.lead_score s on s.lead_id = l.id and s.superseded_at is null
join steward.rubric r on r.id = s.rubric_id;
select count(*), count(*) filter (where points = expected), count(*) filter (where score = tests.fit_score(expected) and rest = 0), count(*) filter (where heat = tests.fit_heat(tests.fit_score(expected))) from both_ways;
select n, tests.made_lead(n) - 'website_summary' - 'linkedin_text', points, expected from both_ways where points <> expected order by n limit 3;
-- All words are met, and the sum of the parts is the score, of each.
select heat, count(*) > 0 from both_ways group by 1 order by 1;
select count(*) from both_ways where (select sum(p) from unnest(parts) p) <> score * 1000 + rest;

-- The rank of older lists: the first of three columns that is there, as a number.
select steward.define_rubric('rank', steward.lead_preset('rubric', 'rank_0_10')), steward.publish_rubric('rank');
create function tests.rank_heat(a jsonb) returns text language plpgsql immutable as $$
declare
    first text := coalesce(nullif(btrim(a ->> 'v2_score'), ''), nullif(btrim(a ->> 'predicted_score'), ''), nullif(btrim(a ->> 'rating'), ''), '0');
begin
    if first !~ '^-?[0-9]+(\.[0-9]+)?$' then return 'COLD'; end if;
    return case when first::numeric >= 9 then 'HOT' when first::numeric >= 7 then 'WARM' else 'COLD' end;
end $$;
create function tests.ranked_lead(n int) returns jsonb language sql immutable as $$
    select jsonb_build_object('email', format('ranked%s@example.com', n), 'v2_score', tests.pick(n, 7, array[null, '', ' ', '9', '8.99', '7', '6.999', '0', 'n/a', 'NaN', '11', '-1', '9.5']),
        'predicted_score', tests.pick(n, 5, array[null, '9.0', '7.0', '3', '']), 'rating', (array[null, 4.9, 9, 7.2])[n % 4 + 1])
$$;
select count(*) filter (where i.outcome = 'inserted') from steward.import_leads((select jsonb_agg(tests.ranked_lead(n)) from generate_series(1, 520) n)) i;
select steward.refresh_scores();
select t.heat, count(*), count(*) filter (where t.heat = tests.rank_heat(tests.ranked_lead(n)))
from generate_series(1, 520) n join steward.top_leads t on t.email = format('ranked%s@example.com', n) group by 1 order by 1;

-- Ownership: the segment as it is, then a word in it, of the first owner before the second; case, accents and blanks aside.
select steward.set_routing(steward.lead_preset('routing', 'ownership_v1'));
select count(*) from steward.import_leads('[{"domain": "s1.example", "segment": "Implantes Odontológicos"}, {"domain": "s2.example", "segment": "  implantes ODONTOLOGICOS "}, {"domain": "s3.example", "segment": "Equipamentos Médicos"},
    {"domain": "s4.example", "segment": "Implante capilar"}, {"domain": "s5.example", "segment": "Equipamento industrial"}, {"domain": "s6.example", "segment": "COMERCIO varejista"}, {"domain": "s7.example", "segment": "Padaria"},
    {"domain": "s8.example"}, {"domain": "s9.example", "segment": "Distribuidor Ortopedia"}, {"domain": "s10.example", "segment": "Material hospitalar"}, {"domain": "s11.example", "segment": "Padaria", "owner": "ANA"}]');
select domain, segment, owner, suggested_owner from steward.leads where domain ~ '^s\d+\.' order by length(domain), domain;
