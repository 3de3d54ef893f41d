-- The preset inbound_fit_v1 as people write it themselves: as one expression, and as a function in PL/pgSQL; and the tables that they write. leads.sql comes first.
--
-- Of the leads of leads.sql they say what the rubric says. lower() knows nothing but ASCII letters here, and no lead needs more; with a collation that knows all letters it takes longer.

create table bare.score (lead_id uuid primary key, score int not null, contributions int[] not null);
grant select, insert, update on bare.score to bench_seller;
create table bare.sample (id uuid primary key);
grant select on bare.sample to bench_seller;

-- One expression: a view becomes part of the statement that reads it. Each field is taken out of the document once (offset 0), as whoever wants it fast writes it.
create view bare.inlined with (security_invoker = true) as
select t.lead_id, ((t.size + t.industry + t.website + t.linkedin + t.projects + t.volume + t.technical + t.complete + t.urgency) * 200 + 110) / 220 as score,
    array[t.size, t.industry, t.website, t.linkedin, t.projects, t.volume, t.technical, t.complete, t.urgency] as contributions
from (
    select f.lead_id,
        case when f.people > 500 then 15 when f.people > 100 then 12 when f.people > 50 then 9 when f.people > 20 then 6 when f.people > 0 then 3 else 0 end as size,
        case when f.industry is null then 0
            when f.industry like '%medical devices%' or f.industry like '%dental%' or f.industry like '%orthopedic%' or f.industry like '%healthcare%'
                or f.industry like '%dispositivos médicos%' or f.industry like '%odontologia%' or f.industry like '%ortopedia%' or f.industry like '%saúde%' then 15
            when f.industry like '%medical%' or f.industry like '%health%' or f.industry like '%médico%' then 10
            else 5 end as industry,
        case when f.website > 2000 then 20 when f.website > 1000 then 16 when f.website > 500 then 12 when f.website > 200 then 8 when f.website > 0 then 4 else 0 end as website,
        case when f.linkedin > 1000 then 20 when f.linkedin > 500 then 16 when f.linkedin > 300 then 12 when f.linkedin > 100 then 8 when f.linkedin > 0 then 4 else 0 end as linkedin,
        least(15, 5 * coalesce(f.projects, 0)) as projects,
        case when f.volume is null then 0 when f.volume like '%10,000%' or f.volume like '%10.000%' then 15 when f.volume like '%5,000%' or f.volume like '%5.000%' then 12
            when f.volume like '%1,000%' or f.volume like '%1.000%' then 9 when f.volume like '%500%' then 6 else 3 end as volume,
        case when f.technical > 300 then 5 when f.technical > 150 then 4 when f.technical > 50 then 3 else 1 end as technical,
        (f.company is not null)::int + (f.volume is not null)::int + (f.message is not null)::int as complete,
        case when f.urgent like '%urgente%' or f.urgent like '%asap%' or f.urgent like '%imediato%' or f.urgent like '%prazo curto%' or f.urgent like '%urgent%' or f.urgent like '%immediately%'
            or f.urgent like '%priority%' or f.urgent like '%prioridade%' or f.urgent like '%rápido%' or f.urgent like '%quick%' then 2 else 1 end as urgency
    from (
        select l.id as lead_id, l.company, lower(l.industry) as industry, l.attributes ->> 'annual_volume' as volume, l.attributes ->> 'message' as message,
            char_length(l.attributes ->> 'website_summary') as website, char_length(l.attributes ->> 'linkedin_text') as linkedin, char_length(l.attributes ->> 'technical_requirements') as technical,
            jsonb_array_length(l.attributes -> 'project_types') as projects, lower(concat_ws(' ', l.attributes ->> 'technical_requirements', l.attributes ->> 'message')) as urgent,
            (select case when n.first is null then null when n.second is null then n.first::numeric else (n.first::numeric + n.second::numeric) / 2 end
                from (select substring(replace(l.company_size, ',', '') from '\d+') as first, substring(replace(l.company_size, ',', '') from '\d+\D+(\d+)') as second) n) as people
        from steward.lead l offset 0) f) t;
grant select on bare.inlined to bench_seller;

create function bare.written_out(l steward.lead) returns int[] language plpgsql stable as $$
declare
    points int[] := '{0,0,0,0,0,0,0,0,0}';
    industry text := lower(l.industry);
    volume text := l.attributes ->> 'annual_volume';
    technical text := l.attributes ->> 'technical_requirements';
    message text := l.attributes ->> 'message';
    urgent text := lower(concat_ws(' ', technical, message));
    numbers text[];
    people numeric;
    length int;
    word text;
begin
    numbers := regexp_split_to_array(btrim(regexp_replace(replace(l.company_size, ',', ''), '\D+', ' ', 'g')), ' ');
    if numbers[1] <> '' then
        people := case when numbers[2] is null then numbers[1]::numeric else (numbers[1]::numeric + numbers[2]::numeric) / 2 end;
        if people > 500 then points[1] := 15; elsif people > 100 then points[1] := 12; elsif people > 50 then points[1] := 9; elsif people > 20 then points[1] := 6; elsif people > 0 then points[1] := 3; end if;
    end if;
    if industry is not null then
        if industry ~ 'medical devices|dental|orthopedic|healthcare|dispositivos médicos|odontologia|ortopedia|saúde' then points[2] := 15;
        elsif industry ~ 'medical|health|médico|saúde' then points[2] := 10;
        else points[2] := 5; end if;
    end if;
    length := coalesce(char_length(l.attributes ->> 'website_summary'), 0);
    if length > 2000 then points[3] := 20; elsif length > 1000 then points[3] := 16; elsif length > 500 then points[3] := 12; elsif length > 200 then points[3] := 8; elsif length > 0 then points[3] := 4; end if;
    length := coalesce(char_length(l.attributes ->> 'linkedin_text'), 0);
    if length > 1000 then points[4] := 20; elsif length > 500 then points[4] := 16; elsif length > 300 then points[4] := 12; elsif length > 100 then points[4] := 8; elsif length > 0 then points[4] := 4; end if;
    points[5] := least(15, 5 * coalesce(jsonb_array_length(l.attributes -> 'project_types'), 0));
    if volume is not null then
        if strpos(volume, '10,000') > 0 or strpos(volume, '10.000') > 0 then points[6] := 15;
        elsif strpos(volume, '5,000') > 0 or strpos(volume, '5.000') > 0 then points[6] := 12;
        elsif strpos(volume, '1,000') > 0 or strpos(volume, '1.000') > 0 then points[6] := 9;
        elsif strpos(volume, '500') > 0 then points[6] := 6;
        else points[6] := 3; end if;
    end if;
    length := coalesce(char_length(technical), 0);
    if length > 300 then points[7] := 5; elsif length > 150 then points[7] := 4; elsif length > 50 then points[7] := 3; else points[7] := 1; end if;
    if l.company <> '' then points[8] := points[8] + 1; end if;
    if volume <> '' then points[8] := points[8] + 1; end if;
    if message <> '' then points[8] := points[8] + 1; end if;
    points[9] := 1;
    foreach word in array '{urgente,asap,imediato,prazo curto,urgent,immediately,priority,prioridade,rápido,quick}'::text[] loop
        if strpos(urgent, word) > 0 then
            points[9] := 2;
            exit;
        end if;
    end loop;
    return points;
end
$$;

-- The same rules as they stand in programs: a function for each, and one that asks them all and notes what came of it, for whoever changed a lead. Lower case is that of every alphabet,
-- as the rules want it.
create function bare.size_points(size text) returns int language plpgsql immutable as $$
declare
    numbers numeric[] := array(select replace(m[1], ',', '')::numeric from regexp_matches(size, '(\d+(?:,\d{3})*)', 'g') m);
    people numeric := case when cardinality(numbers) > 1 then (numbers[1] + numbers[2]) / 2 else numbers[1] end;
begin
    if people > 500 then return 15; elsif people > 100 then return 12; elsif people > 50 then return 9; elsif people > 20 then return 6; elsif people > 0 then return 3; end if;
    return 0;
end $$;
create function bare.industry_points(industry text) returns int language plpgsql immutable as $$
declare
    lowered text := lower(industry collate "und-x-icu");
begin
    if coalesce(btrim(industry), '') = '' then return 0; end if;
    if lowered ~ 'medical devices|dental|orthopedic|healthcare|dispositivos médicos|odontologia|ortopedia|saúde' then return 15; end if;
    if lowered ~ 'medical|health|médico|saúde' then return 10; end if;
    return 5;
end $$;
create function bare.website_points(summary text) returns int language plpgsql immutable as $$
declare
    length int := coalesce(char_length(summary), 0);
begin
    if length > 2000 then return 20; elsif length > 1000 then return 16; elsif length > 500 then return 12; elsif length > 200 then return 8; elsif length > 0 then return 4; end if;
    return 0;
end $$;
create function bare.linkedin_points(page text) returns int language plpgsql immutable as $$
declare
    length int := coalesce(char_length(page), 0);
begin
    if length > 1000 then return 20; elsif length > 500 then return 16; elsif length > 300 then return 12; elsif length > 100 then return 8; elsif length > 0 then return 4; end if;
    return 0;
end $$;
create function bare.project_points(types jsonb) returns int language plpgsql immutable as $$
begin
    return least(15, 5 * coalesce(jsonb_array_length(types), 0));
end $$;
create function bare.volume_points(volume text) returns int language plpgsql immutable as $$
begin
    if coalesce(volume, '') = '' then return 0; end if;
    if strpos(volume, '10,000') > 0 or strpos(volume, '10.000') > 0 then return 15; end if;
    if strpos(volume, '5,000') > 0 or strpos(volume, '5.000') > 0 then return 12; end if;
    if strpos(volume, '1,000') > 0 or strpos(volume, '1.000') > 0 then return 9; end if;
    if strpos(volume, '500') > 0 then return 6; end if;
    return 3;
end $$;
create function bare.technical_points(requirements text) returns int language plpgsql immutable as $$
declare
    length int := coalesce(char_length(requirements), 0);
begin
    if length > 300 then return 5; elsif length > 150 then return 4; elsif length > 50 then return 3; end if;
    return 1;
end $$;
create function bare.complete_points(company text, volume text, message text) returns int language plpgsql immutable as $$
begin
    return (coalesce(company, '') <> '')::int + (coalesce(volume, '') <> '')::int + (coalesce(message, '') <> '')::int;
end $$;
create function bare.urgency_points(requirements text, message text) returns int language plpgsql immutable as $$
begin
    if lower(concat_ws(' ', requirements, message) collate "und-x-icu") ~ 'urgente|asap|imediato|prazo curto|urgent|immediately|priority|prioridade|rápido|quick' then return 2; end if;
    return 1;
end $$;
create function bare.score_lead(lead_id uuid) returns int language plpgsql as $$
declare
    lead steward.lead;
    contributions int[];
    total int := 0;
    contribution int;
    result int;
begin
    select l.* into lead from steward.lead l where l.id = score_lead.lead_id;
    contributions := array[bare.size_points(lead.company_size), bare.industry_points(lead.industry), bare.website_points(lead.attributes ->> 'website_summary'),
        bare.linkedin_points(lead.attributes ->> 'linkedin_text'), bare.project_points(lead.attributes -> 'project_types'), bare.volume_points(lead.attributes ->> 'annual_volume'),
        bare.technical_points(lead.attributes ->> 'technical_requirements'), bare.complete_points(lead.company, lead.attributes ->> 'annual_volume', lead.attributes ->> 'message'),
        bare.urgency_points(lead.attributes ->> 'technical_requirements', lead.attributes ->> 'message')];
    foreach contribution in array contributions loop
        total := total + contribution;
    end loop;
    result := least(100, round(100.0 * total / 110));
    insert into bare.score (lead_id, score, contributions) values (score_lead.lead_id, result, contributions)
    on conflict on constraint score_pkey do update set score = excluded.score, contributions = excluded.contributions;
    return result;
end
$$;
-- The same, past row security: for whoever may call it and need not see the table.
select replace(replace(pg_get_functiondef('bare.score_lead'::regproc), 'score_lead', 'score_lead_as_owner'), 'LANGUAGE plpgsql', 'LANGUAGE plpgsql SECURITY DEFINER') \gexec
