-- Leads for the benches: the workspace `leads`, whose owner is bench_seller, and the workspace `others`, which he does not see. bare.fill_leads fills one. world.sql comes first.
--
-- Text is Portuguese and English prose of mixed lengths, mostly a few hundred characters, sometimes a page; sizes, industries and volumes are written in the ways in which people write them,
-- and each is missing from some. A million leads take 1.3 GB.

select steward.create_workspace('leads', 'Leads') as mine \gset
select steward.create_workspace('others', 'Others') as others \gset
select steward.map_login('bench_seller', '22222222-2222-2222-2222-222222222222'), steward.map_login('bench_rival', '33333333-3333-3333-3333-333333333333');
select steward.add_member(:'mine', '22222222-2222-2222-2222-222222222222', 'owner'), steward.add_member(:'others', '33333333-3333-3333-3333-333333333333', 'owner');
grant usage on schema bare to bench_seller;

create function bare.any_of(n int, salt int, choices anyarray) returns anyelement language sql immutable parallel safe
    as 'select choices[abs(hashint4(n * 31 + salt) % cardinality(choices)) + 1]';

-- A length in characters, of which the choices are the multiples of ten.
create function bare.any_length(n int, salt int, tens int[]) returns int language sql immutable parallel safe
    return bare.any_of(n, salt, tens) * 10 + abs(hashint4(n + salt * 7) % 10);

create materialized view bare.prose as
select p as number, string_agg(bare.any_of(p * 1000 + w, 1, case p % 2
    when 0 then '{the,company,makes,instruments,for,hospitals,and,clinics,in,several,states,with,quality,certified,by,ISO,13485,since,1998,parts,titanium,precision,machining,surgeons,team,of,engineers,export,to,markets,new,line,product,delivery,within,weeks}'::text[]
    else '{a,empresa,fabrica,instrumentos,para,hospitais,e,clínicas,em,vários,estados,com,qualidade,certificada,pela,ISO,13485,desde,1998,peças,de,titânio,usinagem,precisão,cirurgiões,equipe,engenheiros,exportação,mercados,nova,linha,produção,entrega,até,semanas}' end), ' ' order by w) as text
from generate_series(0, 63) p, generate_series(1, 600) w group by p;

create function bare.cut(prose text, n int, salt int, length int) returns text language sql immutable parallel safe
    as $$ select nullif(substr(prose, 1 + abs(hashint4(n * 13 + salt) % 800), greatest(length, 0)), '') $$;

-- What import_leads writes, without its history and its notes of what is to be scored.
create procedure bare.fill_leads(workspace text, leads int) language plpgsql as $$
begin
alter table steward.lead disable trigger user;
insert into steward.lead (id, workspace_id, version, provider_id, email, domain, full_name, title, company, website, segment, industry, company_size, city, state, country, attributes, created_at, changed_at)
select steward.new_id(), w.id, 1, 'https://www.linkedin.com/in/person-' || n, format('person%s@company%s.example', n, n / 3), format('company%s.example', n / 3),
    bare.any_of(n, 1, '{Ana,Bruno,Carla,Diego,Érica,Fábio,Gabriela,Hugo}'::text[]) || ' ' || bare.any_of(n, 2, '{Silva,Souza,Araújo,Lima,Gonçalves,Ribeiro,Martins}'::text[]),
    bare.any_of(n, 3, '{CEO,Diretor Comercial,Head of Engineering,Compras,null,Sócio}'::text[]), case when n % 7 > 0 then 'Company ' || n / 3 end, format('https://company%s.example', n / 3),
    bare.any_of(n, 4, '{Implantes Odontológicos,Equipamentos Médicos,Distribuidor,Ferramental Customizado,MedTech Software,null}'::text[]),
    bare.any_of(n, 5, '{null,Dental,Medical devices,Saúde e bem-estar,Health tech,Software,Steel,Orthopedic implants,Hospital supplies,Machinery}'::text[]),
    bare.any_of(n, 6, '{null,1-10,11-50 employees,51-200 employees,201-500,"501-1,000 employees","10,001+ employees",35,many}'::text[]),
    bare.any_of(n, 7, '{São Paulo,Campinas,Curitiba,Austin,null}'::text[]), bare.any_of(n, 8, '{SP,PR,RS,TX}'::text[]), bare.any_of(n, 9, '{Brasil,Brazil,USA}'::text[]),
    jsonb_strip_nulls(jsonb_build_object(
        'website_summary', bare.cut(p.text, n, 10, bare.any_length(n, 10, '{-1,-1,8,15,18,23,30,42,48,62,90,215}')),
        'linkedin_text', bare.cut(p.text, n, 11, bare.any_length(n, 11, '{-1,-1,-1,-1,6,12,19,25,33,40,55,105}')),
        'technical_requirements', bare.cut(p.text, n, 12, bare.any_length(n, 12, '{-1,-1,-1,3,6,9,12,16,20,31}')),
        'project_types', bare.any_of(n, 13, array[null, '[]', '["tooling"]', '["tooling", "implants"]', '["tooling", "implants", "instruments", "parts"]']::jsonb[]),
        'annual_volume', bare.any_of(n, 14, '{null,null,"10,000 pieces","5.000","1,000 units",500,200,a few}'::text[]),
        'message', bare.any_of(n, 15, '{null,null,Preciso de um orçamento com prazo curto,É urgente!,Please call me asap,Gostaria de conhecer a empresa e os seus produtos,We are looking for a second source of machined parts}'::text[]),
        'headcount', abs(hashint4(n) % 900), 'source', bare.any_of(n, 16, '{fair,website,list,referral}'::text[]))),
    now(), now()
from steward.workspace w, generate_series(1, fill_leads.leads) n
-- Unpacked once.
join (select f.number, f.text || '' as text from bare.prose f offset 0) p on p.number = abs(hashint4(n * 17) % 64)
where w.slug = fill_leads.workspace;
alter table steward.lead enable trigger user;
end
$$;
