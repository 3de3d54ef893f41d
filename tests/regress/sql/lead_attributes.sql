-- Attributes are found wherever they stand in a document, whatever else is in it: what a rubric reads is what the operators of jsonb say.
\pset tuples_only on
\pset format unaligned
-- Keys that a document is looked at for: of one letter and of many, of the same length, one the beginning of another, some of them there and some not.
create table tests.wanted (place int generated always as identity, key text);
insert into tests.wanted (key) select unnest('{k,kk,ka,kz,key,k9,é,chave,a rather long key of a document,annual_volume,"",K,kab}'::text[]);
-- Documents of 0 to 300 other keys, which sort before, between and behind; each wanted one is there in two of three.
create table tests.document (n int, attributes jsonb);
insert into tests.document
select n, coalesce((select jsonb_object_agg(case o % 3 when 0 then 'k_' || o when 1 then repeat('x', o % 40) || o else 'a rather long key of a document' || o end,
    case o % 5 when 0 then to_jsonb(o) when 1 then to_jsonb(repeat('v', o)) when 2 then '{"k": [1, {"k": 2}]}' when 3 then 'null' else 'true' end) from generate_series(1, n) o), '{}')
    || coalesce((select jsonb_object_agg(w.key, to_jsonb(n % 90 * 100 + w.place)) from tests.wanted w where (n + w.place) % 3 > 0), '{}')
from (select generate_series(0, 70) union all select unnest('{95,96,97,127,128,129,300}'::int[])) s (n);
-- A term for each key: its number, or -1 where it is not there.
create table tests.rubric as select steward.complete_rubric(jsonb_build_object('terms', jsonb_agg(jsonb_build_object('name', 'term ' || w.place, 'kind', 'value', 'field', 'attributes.' || w.key, 'min', 0, 'max', 10000, 'else', -1) order by w.place desc),
    'total', '{"of": 1, "to": 1, "min": -10000, "max": 10000}'::jsonb)::text) as definition from tests.wanted w where w.key <> '';
select count(*), sum(f.there), sum(f.missing), count(*) filter (where f.read = f.stored)
from tests.document d, tests.rubric r,
    lateral (select array_agg(case when d.attributes ? w.key then (d.attributes ->> w.key)::int * 1000 else -1000 end order by w.place desc) as stored, count(*) filter (where d.attributes ? w.key) as there,
        count(*) filter (where not d.attributes ? w.key) as missing, count(*) as terms from tests.wanted w where w.key <> '') s,
    lateral (select (steward.score_contributions('00000000-0000-0000-0000-000000000001', r.definition, d, null, null, null, null, null, null, null))[1:s.terms] as read, s.stored, s.there, s.missing) f;
-- Short, long, compressed and elsewhere: whatever a document is stored as, it reads the same.
create table tests.stored (how text, attributes jsonb);
alter table tests.stored alter attributes set storage extended;
insert into tests.stored select h.how, jsonb_build_object('k', 7, 'ka', h.text) from (values ('short', 'x'), ('long', repeat('x', 500)), ('compressed', repeat('lorem ipsum ', 1000)),
    ('elsewhere', (select string_agg(md5(n::text), '') from generate_series(1, 2000) n))) h (how, text);
select d.how, pg_column_size(d.attributes) < octet_length(d.attributes::text) as is_packed,
    (steward.score_contributions('00000000-0000-0000-0000-000000000001', r.definition, d, null, null, null, null, null, null, null))[array_position(array(select w.key from tests.wanted w where w.key <> '' order by w.place desc), 'k')]
from tests.stored d, tests.rubric r order by d.how;
-- What is no object has no attributes.
select d.attributes, (steward.score_contributions('00000000-0000-0000-0000-000000000001', r.definition, d, null, null, null, null, null, null, null))[1:2]
from (values ('[]'::jsonb), ('["k", 1]'), ('"k"'), ('7'), ('null'), (null)) d (attributes), tests.rubric r;
-- A sum is that of all numbers that there are, however the array was made.
select steward.score_of(a) from unnest(array['{}', '{1}', '{1,-2,30}', '{{1,2},{3,4}}', '[5:7]={1,2,3}', '{null}', '{1,null,2}', '{null,4,null,5,null}']) with ordinality u (text, place), lateral (select u.text::int[] as a) x order by u.place;
select steward.score_of(array_agg(n)) = sum(n) from generate_series(1, 5000) n;
select steward.score_of(null) is null;
select steward.score_of('{2147483647,1}');
