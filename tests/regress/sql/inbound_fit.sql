-- The rubrics and rules of ownership that come with the extension do what the rules they were made from do. The rules stand here once more, line by line as they are written down, and
-- use nothing of the extension; 10,000 leads go through both, each edge of each band and one beside it among them.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));

-- Upper and lower case of every alphabet, whatever the database's own collation knows.
create function tests.lowered(t text) returns text language sql immutable as $$ select lower(t collate "und-x-icu") $$;

-- company_size: the middle of a range such as '51-200 employees', its thousands apart as they are written on either side of the ocean.
create function tests.headcount(t text) returns numeric language sql immutable as $$
    select case cardinality(n) when 0 then null when 1 then n[1] else (n[1] + n[2]) / 2 end
    from (select array(select translate(m[1], ',.', '')::numeric from regexp_matches(t, '(\d+(?:[,.]\d{3})*)', 'g') m) as n) x
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
-- The one place where ours differs on purpose: a text is taken without the blanks around it, and what is blank then is not there, nor counts in a list. The rules take what they are given.
create function tests.kept(t text) returns text language sql immutable as $$ select nullif(btrim(t, E' \t\n\r' || chr(160) || chr(8195)), '') $$;
create function tests.as_kept(a jsonb) returns jsonb language sql immutable as $$
    select jsonb_object_agg(f.key, case jsonb_typeof(f.value) when 'string' then to_jsonb(tests.kept(f.value #>> '{}'))
        else (select coalesce(jsonb_agg(v), '[]') from jsonb_array_elements(f.value) v where tests.kept(v #>> '{}') is not null) end)
    from jsonb_each(a) f
$$;
create function tests.fit_as_given(a jsonb) returns int[] language sql immutable as $$
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
-- Around every third text, at the edges of its length among them: what is one too long with its blanks is not without them. Where there is no text they stand alone.
create function tests.among_blanks(n int, t text) returns text language sql immutable as $$
    select case when n % 3 = 0 then concat(b.blanks, t, b.blanks) else t end from (select (array[' ', E'\t', chr(160), E' \n ', chr(8195) || '  '])[n / 3 % 5 + 1] as blanks) b
$$;
create function tests.made_lead(n int) returns jsonb language sql immutable as $$
    select jsonb_strip_nulls(jsonb_build_object(
        'email', format('lead%s@example.com', n),
        'company', tests.pick(n, 1, array['Clínica São João', null, 'Acme', ' ', ' Acme ']),
        'company_size', tests.pick(n, 7, array[null, '0', '1', '19-21', '20', '20-21', '21', '49-51', '50-51 employees', '51-200 employees', '99-101', '101', '500', '499-502', '501-1,000', '10,001+ employees', 'many', 'NaN', ' 501 ', '  ', '1.001', '10.000', '1.001-5.000']),
        'industry', tests.pick(n, 5, array[null, 'Dental', 'DISPOSITIVOS MÉDICOS', 'Saúde', 'SAÚDE', 'health tech', 'Médico', 'medical', 'Software', 'dent' || chr(1072) || 'l', 'Orthopedic implants', ' ', E' dental\t'])))
    || jsonb_strip_nulls(jsonb_build_object(
        'website_summary', tests.among_blanks(n, tests.letters((array[0, 1, 199, 200, 201, 499, 500, 501, 999, 1000, 1001, 1999, 2000, 2001, 2500])[n * 11 % 15 + 1], 'w')),
        'linkedin_text', tests.among_blanks(n + 1, tests.letters((array[0, 1, 99, 100, 101, 299, 300, 301, 499, 500, 501, 999, 1000, 1001])[n * 3 % 14 + 1], 'l')),
        'project_types', (array[null, '[]', '["a"]', '["a","b"]', '["a","b","c"]', '["a","b","c","d","e"]', '[" ", "a", ""]'])[n * 5 % 7 + 1]::jsonb,
        'annual_volume', tests.pick(n, 17, array[null, '10,000', '10.000', '5,000', '15,000', '50,000', '1,000', '1,500', '500', '1500', '200', 'a few', ' ', ' 10,000 ']),
        'technical_requirements', tests.among_blanks(n + 2, tests.letters((array[0, 1, 49, 50, 51, 149, 150, 151, 299, 300, 301])[n * 13 % 11 + 1], 't')),
        'message', tests.pick(n, 19, array[null, 'Preciso com URGÊNCIA', 'É urgente!', 'RÁPIDO, por favor', 'asap', 'no hurry', 'Prazo Curto', 'quick quote', 'Prioridade', 'ｕｒｇｅｎｔ', '  ', E'\tasap '])))
$$;
select count(*) filter (where i.outcome = 'inserted'), count(*) from generate_series(0, 3) k cross join lateral steward.import_leads((select jsonb_agg(tests.made_lead(n)) from generate_series(k * 2500 + 1, k * 2500 + 2500) n)) i;
select steward.define_rubric('fit', steward.lead_preset('rubric', 'inbound_fit_v1'));
select steward.publish_rubric('fit');
-- Each point of each term, each score and each word is the same, to the thousandth.
create temporary table made as select n, tests.made_lead(n) as given from generate_series(1, 10000) n;
create temporary table kept as select m.n, m.given, tests.as_kept(m.given) as kept from made m;
create temporary table both_ways as
select k.n, tests.fit_as_given(k.kept) as expected, tests.fit_as_given(k.given) as as_given, s.score, steward.heat_word(r.heat_labels, r.heat_mins, s.score) as heat, s.contributions, l.id as lead_id,
    steward.score_reasons(r.id, r.definition, l, null, null, null, null, s.at, null, null) as reasons
from kept k
join steward.lead l on l.email = format('lead%s@example.com', k.n)
join steward.lead_score s on s.lead_id = l.id and s.superseded_at is null
join steward.rubric r on r.id = s.rubric_id;
create temporary table compared as
select b.*, array(select p * 1000 from unnest(b.expected) with ordinality e (p, place) order by place) as thousandths, tests.fit_score(b.expected) as expected_score,
    array(select (e.told ->> 'points')::int from jsonb_array_elements(b.reasons) with ordinality e (told, place) order by e.place) as explained
from both_ways b;
select count(*), count(*) filter (where contributions[1:9] = thousandths), count(*) filter (where score = expected_score * 1000), count(*) filter (where heat = tests.fit_heat(expected_score)) from compared;
select n, contributions, expected from compared where contributions[1:9] <> thousandths order by n limit 3;
-- Blanks were met at the edges: as they are given, hundreds would have other points.
select x.term, count(*) > 30 from compared c cross join lateral unnest(c.as_given, c.expected) with ordinality x (given, kept, term) where x.given <> x.kept group by 1 order by 1;
-- All words are met. What explains a score adds up to it, of each, and is what the ledger has: reasons are worked out again, contributions were stored.
select heat, count(*) > 0 from compared group by 1 order by 1;
select count(*) filter (where (select sum(p) from unnest(explained) p) = score), count(*) filter (where explained = contributions), count(*) filter (where cardinality(contributions) = 10) from compared;
select count(*), count(*) filter (where x.points * 1000 = c.score) from compared c cross join lateral (select sum(e.points) as points from steward.explain_score(c.lead_id) e) x where c.n % 50 = 0;

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
    select jsonb_build_object('email', format('ranked%s@example.com', n), 'v2_score', tests.pick(n, 7, array[null, '', ' ', '9', '8.99', '7', '6.999', '0', 'n/a', 'NaN', '11', '-1', '9.5', '8.9999', '8.9995', '6.9999', '6.9995', '9.0004', ' 9 ']),
        'predicted_score', tests.pick(n, 3, array[null, '9.0', '7.0', '3', '']), 'rating', (array[null, 4.9, 9, 7.2])[n % 4 + 1])
$$;
select count(*) filter (where i.outcome = 'inserted') from steward.import_leads((select jsonb_agg(tests.ranked_lead(n)) from generate_series(1, 520) n)) i;
select steward.refresh_scores();
select t.heat, count(*), count(*) filter (where t.heat = tests.rank_heat(tests.ranked_lead(n)))
from generate_series(1, 520) n join steward.top_leads t on t.email = format('ranked%s@example.com', n) group by 1 order by 1;

with ranked as materialized (select t.email, t.score, t.heat from steward.top_leads t)
select distinct on (v.v2_score) v.v2_score, t.score, t.heat from generate_series(1, 520) n cross join lateral (select tests.ranked_lead(n) ->> 'v2_score' as v2_score) v
join ranked t on t.email = format('ranked%s@example.com', n) where v.v2_score ~ '\d{4}' order by v.v2_score, n;

-- Ownership: the segment as it is, of one owner or the other, then a word in it, of the first owner before the second; else nobody's.
create function tests.owner_as_given(segment text) returns text language sql immutable as $$
    select case
        when tests.kept(segment) in ('Implantes Odontológicos', 'Implantes Ortopédicos', 'Implantes Veterinários', 'Ferramental Customizado', 'Peças de Micro Precisão', 'Implantes Espinhais', 'Veterinário Ortopedia') then 'MARCIO'
        when tests.kept(segment) in ('Equipamentos Odontológicos', 'Instrumentos Cirúrgicos', 'Dispositivos Médicos', 'Materiais Odontológicos', 'Distribuidor', 'Distribuidor Ortopedia', 'Materiais Consumo', 'Equipamentos Hospitalares',
            'Instrumentos Odontológicos', 'Materiais Hospitalares', 'Equipamentos Médicos', 'Dispositivos Eletrônicos', 'MedTech Software', 'Dispositivos Diagnóstico') then 'VANESSA'
        when tests.lowered(segment) ~ 'implante|industrial|ferramental' then 'MARCIO'
        when tests.lowered(segment) ~ 'equipamento|distribuidor|comércio|hospitalar' then 'VANESSA' end
$$;
create function tests.without_accents(t text) returns text language sql immutable as $$ select translate(t, 'ÁÉÍÓÚÂÊÔÃÕÇáéíóúâêôãõç', 'AEIOUAEOAOCaeiouaeoaoc') $$;
-- The one difference on purpose: case and accents do not count, so that a segment somebody typed in capitals is still his. It is what the rules say of the segment as it was meant.
create table tests.segment as
select row_number() over () as n, v.given, tests.owner_as_given(v.meant) as expected, tests.owner_as_given(v.given) as as_given, v.kind
from (
    select v.given, s as meant, v.kind
    from unnest(array['Implantes Odontológicos', 'Implantes Ortopédicos', 'Implantes Veterinários', 'Ferramental Customizado', 'Peças de Micro Precisão', 'Implantes Espinhais', 'Veterinário Ortopedia', 'Equipamentos Odontológicos',
        'Instrumentos Cirúrgicos', 'Dispositivos Médicos', 'Materiais Odontológicos', 'Distribuidor', 'Distribuidor Ortopedia', 'Materiais Consumo', 'Equipamentos Hospitalares', 'Instrumentos Odontológicos', 'Materiais Hospitalares',
        'Equipamentos Médicos', 'Dispositivos Eletrônicos', 'MedTech Software', 'Dispositivos Diagnóstico']) s
    cross join lateral (values ('as it is', s), ('capitals', upper(s collate "und-x-icu")), ('no accents', tests.without_accents(s)), ('blanks', E'  ' || s || E' \t'), ('all of it', E'\n' || tests.without_accents(upper(s collate "und-x-icu")) || ' ')) v (kind, given)
    union all
    select v.given, v.meant, 'a word'
    from unnest(array['implante', 'industrial', 'ferramental', 'equipamento', 'distribuidor', 'comércio', 'hospitalar']) w
    cross join lateral (values ('Loja de ' || w || 's finos', 'Loja de ' || w || 's finos'), (upper('x' || w || 'x' collate "und-x-icu"), w), (tests.without_accents('O ' || w), w), (w, w)) v (given, meant)
    union all
    -- A word of each owner: the first owner's counts, wherever it stands. A whole segment comes before any word.
    select v.given, v.given, 'two words' from unnest(array['implante', 'industrial', 'ferramental']) a, unnest(array['equipamento', 'distribuidor', 'comércio', 'hospitalar']) b cross join lateral (values (a || ' e ' || b), (b || ' de ' || a)) v (given)
    union all
    select t, t, 'nobody' from unnest(array['Padaria', 'implant', 'Software MedTech', 'Micro Precisão', 'Odontológicos', 'ehospital', 'Materiais']) t) v;
select steward.set_routing(steward.lead_preset('routing', 'ownership_v1'));
select i.outcome, count(*) from steward.import_leads((select jsonb_agg(jsonb_build_object('domain', format('s%s.example', s.n), 'segment', s.given)) from tests.segment s)) i group by 1;
-- All of them, by what was done to the segment: whose it is, whether that is as meant, and how many the rules as they stand would have given to nobody; to nobody else, ever.
select s.kind, s.expected, count(*), count(*) filter (where l.suggested_owner is not distinct from s.expected) as agrees, count(*) filter (where s.as_given is null) as nobodys, count(*) filter (where s.as_given <> l.suggested_owner) as anothers
from tests.segment s join steward.leads l on l.domain = format('s%s.example', s.n) group by 1, 2 order by 1, 2;
-- Somebody's own owner stays beside the one that is suggested; no segment has none.
select count(*) from steward.import_leads('[{"domain": "t1.example"}, {"domain": "t2.example", "segment": " "}, {"domain": "t3.example", "segment": "Distribuidor", "owner": "ANA"}]');
select domain, segment, owner, suggested_owner from steward.leads where domain ~ '^t\d\.' order by domain;
