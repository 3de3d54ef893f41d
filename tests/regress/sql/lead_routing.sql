-- Whose leads are: rules of ownership suggest somebody by the segment, for what comes in and what changes; a person's word stands above them. And scores that follow whatever writes a lead.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
create function tests.lead(company text) returns uuid language sql stable security definer as $$ select l.id from steward.lead l where l.company = lead.company $$;
select kind, name, definition = steward.lead_preset(kind, name) from steward.lead_presets();

-- Rules look at all leads once, and then at each whose segment is written; accents and case count as little as the rules say.
select outcome from steward.import_leads('[{"company": "Alfa", "email": "alfa@leads.example", "segment": "implantes odontologicos"}, {"company": "Beta", "email": "beta@leads.example", "segment": "Bakery"}, {"company": "Gama", "email": "gama@leads.example"}]');
select steward.set_routing(steward.lead_preset('routing', 'ownership_v1')), steward.set_routing(steward.lead_preset('routing', 'ownership_v1'));
select outcome from steward.import_leads('[{"company": "Delta", "email": "delta@leads.example", "segment": "EQUIPAMENTOS HOSPITALARES"}, {"company": "Eta", "email": "eta@leads.example", "segment": "Comércio"}]');
select company, segment, owner, suggested_owner from steward.leads order by company;
select outcome from steward.set_lead(tests.lead('Beta'), '{"segment": "Distribuidor"}');
-- A person's word stands, whatever the rules say; without it, and without a segment, nobody's.
select outcome from steward.set_lead(tests.lead('Delta'), '{"owner": "ann"}');
select field, outcome from steward.set_lead(tests.lead('Eta'), '{"segment": null}');
select company, segment, owner, suggested_owner from steward.leads order by company;
-- Other rules are for all leads; what was in force is kept.
select steward.set_routing('{"owners": [{"owner": "bob", "keywords": ["distribui"]}, {"owner": "carl", "segments": ["implantes odontologicos", "Bakery"]}]}');
select company, owner, suggested_owner from steward.leads order by company;
select definition -> 'owners' -> 0 ->> 'owner', until is null from steward.routing order by set_at;
select tests.refused(format('select steward.set_routing(%L)', d)) from unnest(array[null, '7', '{}', '{"owners": [{"owner": "x"}], "other": 1}', '{"owners": [{"owner": 7}]}']) d;

-- No rules at all suggest nobody.
begin;
select steward.set_routing('{"owners": []}');
select count(suggested_owner) from steward.leads;
rollback;

-- Without a rubric there are no words.
select tests.refused('select * from steward.page_leads(heat => ''hot'')'), (select count(*) from steward.page_leads());

-- Whose best leads: the owner that a person said, or the one that is suggested; segments and words as they are.
select steward.define_rubric('fit', '{"terms": [{"name": "named", "kind": "presence", "field": ["company", "segment"], "each": 10}, {"name": "size", "kind": "value", "field": "attributes.size", "min": 0, "max": 50}],
    "heat": [{"label": "hot", "min": 40}, {"label": "warm", "min": 15}, {"label": "cold"}]}'), steward.publish_rubric('fit');
select o, s, h, array(select company from steward.page_leads(o, s, h) p)
from (values (null, null, null), ('ann', null, null), ('bob', null, null), ('carl', null, null), ('MARCIO', null, null), (null, 'Bakery', null), (null, 'Distribuidor', null), (null, null, 'warm'), (null, null, 'cold'),
    ('bob', 'Distribuidor', 'warm'), ('bob', 'Distribuidor', 'cold')) f (o, s, h);
-- Page after page until none is left, each lead once; filtered, too.
with recursive page (n, company, page_end) as (
    select 1, company, page_end from steward.page_leads(page_size => 1)
    union all
    select n + 1, p.company, p.page_end from page, lateral steward.page_leads(page_size => 1, after => page.page_end) p)
select string_agg(company, ' ' order by n) = (select string_agg(company, ' ' order by rank) from steward.top_leads), count(*), count(distinct company) from page;
-- Whoever has few leads has them put in order by themselves, whoever has many finds them among all: both find the same, page for page.
create function tests.filtered_pages() returns table (owner text, segment text, heat text, size int, companies text[]) language sql as $$
    select o, s, h, n, array(
        with recursive page (number, place, company, page_end) as (
            select 1, p.place, p.company, p.page_end from steward.page_leads(o, s, h, page_size => n) with ordinality as p (lead_id, company, full_name, email, provider_id, lead_segment, lead_owner, score, lead_heat, trend, last_signal_at, reasons, page_end, place)
            union all
            select page.number + 1, p.place, p.company, p.page_end
            from page, lateral steward.page_leads(o, s, h, page.page_end, n) with ordinality as p (lead_id, company, full_name, email, provider_id, lead_segment, lead_owner, score, lead_heat, trend, last_signal_at, reasons, page_end, place)
            where page.place = n)
        select format('%s.%s %s', page.number, page.place, page.company) from page order by page.number, page.place)
    from (values ('ann'), ('bob'), ('MARCIO'), ('nobody'), (null)) a (o), (values ('Distribuidor'), ('Bakery'), (null)) b (s), (values ('warm'), ('cold'), (null)) c (h), (values (1), (2), (50)) d (n)
$$;
create table public.few_at_a_time as select * from tests.filtered_pages();
begin;
create or replace function steward.few_leads() returns int language sql immutable as 'select 0';
select count(*), count(*) filter (where f.companies = m.companies) as same, max(cardinality(f.companies)), count(distinct f.companies) > 10 as differ
from public.few_at_a_time f join tests.filtered_pages() m on (f.owner, f.segment, f.heat, f.size) is not distinct from (m.owner, m.segment, m.heat, m.size);
rollback;
drop table public.few_at_a_time;
select company from steward.page_leads(heat => 'warm', page_size => 2, after => (select page_end from steward.page_leads(heat => 'warm', page_size => 2) offset 1));
select tests.refused(format('select * from steward.page_leads(page_size => %L)', n)) from unnest('{null,0,1001}'::int[]) n;

-- Whatever writes a lead, its score follows: a trigger of somebody's own, too.
create table public.crm (company text, size int);
create function public.tell() returns trigger language plpgsql as $$
begin
    perform count(*) from steward.set_lead(tests.lead(new.company), jsonb_build_object('size', new.size));
    return null;
end
$$;
create trigger tell after insert on public.crm for each row execute function public.tell();
insert into public.crm values ('Gama', 33);
select steward.refresh_scores();
select score from steward.top_leads where company = 'Gama';
-- Upkeep computes what changed, and what stops it for one workspace stops nothing else.
select steward.score_leads();
insert into public.crm values ('Gama', 44), ('Alfa', 7);
select steward.upkeep();
select company, score from steward.top_leads where score > 20 order by rank;
insert into public.crm values ('Gama', 5);
begin;
set local client_min_messages = error;  -- the warning names the workspace
update steward.rubric set definition = '{}' where state = 'published';
select steward.upkeep();
select count(*) from steward.stale_lead;
rollback;
select steward.upkeep();
select score, (select count(*) from steward.stale_lead) from steward.top_leads where company = 'Gama';

-- Workspaces apart: each has its rules, its rubric and its leads, also where one person acts in both.
select steward.add_member(tests.workspace('globex'), tests.person('owner'), 'owner');
select outcome from steward.import_leads('[{"company": "Zeta", "email": "zeta@leads.example", "segment": "Distribuidor"}]', workspace_id => tests.workspace('globex'));
select suggested_owner from steward.leads where company = 'Zeta';
select tests.code('select steward.refresh_scores()'), tests.refused(format('select steward.score_leads(%L)', tests.workspace('globex'))), steward.refresh_scores(tests.workspace('globex'));
select company, rubric from steward.top_leads order by workspace_id, rank;
select company from steward.page_leads(workspace_id => tests.workspace('globex'));

-- What views and pages say in words, up to the ends of what a score can be.
select steward.trend(5000, null), steward.trend(10000, 5000), steward.trend(9999, 5000), steward.trend(0, 5000), steward.trend(2147483647, (-2147483648)::int);
select s, steward.in_points(s), steward.heat_word('{cold,warm,hot}', '{5000,9500}', s), steward.heat_word('{all}', '{}', s), steward.heat_word('{}', '{}', s), steward.heat_word('{a,b}', '{null}', s), steward.heat_word('{a,b}', '{{1,2}}', s)
from unnest('{-2147483648,4999,5000,9500,2147483647,null}'::int[]) s;
select steward.top_reasons('{one,two,three,four,total}', '{1000,0,-5,2500,9000}'), steward.top_reasons('{a,b,c,d}', '{1,1,2,1}'), steward.top_reasons('{}', '{5}'), steward.top_reasons(null, null);
select steward.verdict(j.figures, j.alarms) from (values (null, null), ('{}', '[]'), ('{"auc": null}', '[]'), ('{"auc": {"value": 0.6, "low": 0.45, "high": 0.7}}', '[]'), ('{"auc": {"value": 0.3, "low": 0.2, "high": 0.4}}', '[]'),
    ('{"auc": {"value": 0.9, "low": 0.8, "high": 0.95}}', '[{"field": "x"}]')) v (f, a), lateral (select f::jsonb, a::jsonb) j (figures, alarms);
