-- Whatever happens to leads, in whatever order: after a refresh each stored score is what a computation of all of them gives, and its contributions make it.
-- Steps are drawn from fixed seeds. Signals that get old are let fall by a point before a score is written again; everything else is exact.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
create procedure tests.travel(at timestamptz) language sql as $$
    select set_config('steward.clock_offset', extract(epoch from at - clock_timestamp())::text, false)
$$;
call tests.travel('2027-03-01 12:00+00');
select count(*) from steward.import_leads((select jsonb_agg(jsonb_build_object('provider_id', 'lead ' || n, 'company', 'Company ' || n, 'segment', (array['dental', 'vet', 'naval'])[1 + n % 3], 'headcount', n * 7 % 101,
    'outcome', case n % 4 when 0 then 'won' when 1 then 'lost' when 2 then 'lost' end, 'outcome_at', case when n % 4 < 3 then timestamp '2026-01-01' + n * interval '1 day' end)) from generate_series(1, 40) n));
-- One that ages and one that does not, with all kinds of caps; one that looks at a likelihood, one that reads no signal.
select r.name, steward.define_rubric(r.name, jsonb_build_object('terms', r.terms::jsonb, 'groups', '{"did": {"max": 60}}'::jsonb, 'total', '{"of": 90, "decimals": 3}'::jsonb) || r.more::jsonb)
from (values ('steady', '[{"name": "size", "kind": "curve", "field": "attributes.headcount", "corners": [[0, 0], [100, 40]]}, {"name": "views", "group": "did", "kind": "signals", "max": 40, "signals": {"view": {"points": 3, "per_day": 7}, "*": {"points": 1}}},
        {"name": "bounces", "group": "did", "kind": "signals", "max": 20, "signals": {"bounce": {"points": -4, "per_day": 6}}}]', '{}'),
    ('aging', '[{"name": "trade", "group": "did", "kind": "map", "field": "segment", "values": {"dental": 20, "vet": 10}}, {"name": "views", "group": "did", "kind": "signals", "max": 40, "signals": {"view": {"points": 3, "half_life_days": 7, "per_day": 7}, "*": {"points": 9, "linear_days": 20}}},
        {"name": "bounces", "kind": "signals", "max": 20, "signals": {"bounce": {"points": -4, "half_life_days": 30}}}]', '{}'),
    ('learned', '[{"name": "size", "kind": "bands", "field": "attributes.headcount", "bands": [[60, 40], [20, 20]]}, {"name": "views", "group": "did", "kind": "signals", "max": 40, "signals": {"view": {"points": 3}}}]', '{"likelihood": {"weight": 0.5}}'),
    ('plain', '[{"name": "size", "kind": "bands", "field": "attributes.headcount", "bands": [[60, 40], [20, 20]]}, {"name": "people", "kind": "value", "field": "attributes.headcount", "min": 0, "max": 120}]', '{"likelihood": {"weight": 0.2}}')) r (name, terms, more);
select m.name, t.version from (values ('size', 'attributes.headcount'), ('trade', 'segment')) m (name, field), lateral steward.train_model(m.name, jsonb_build_object('features', array[m.field], 'min_leads', 1, 'min_wins', 1, 'level_leads', 1, 'split', '{"kind": "random", "seed": 1}'::jsonb)) t;
select steward.publish_rubric('steady');

create function tests.one_of(words text[]) returns text language sql volatile as $$ select words[1 + floor(random() * cardinality(words))::int] $$;
create function tests.some_lead() returns uuid language sql volatile as $$ select l.id from steward.lead l order by l.provider_id offset floor(random() * 40)::int limit 1 $$;
create procedure tests.step() language plpgsql as $$
declare
    lead constant uuid := tests.some_lead();
    visitor constant text := tests.one_of(array(select 'visitor ' || n from generate_series(1, 30) n));
begin
    case floor(random() * 16)::int
        when 0 then
            perform steward.set_lead(lead, jsonb_build_object('headcount', floor(random() * 120)::int, 'segment', tests.one_of('{dental,vet,naval}')));
        when 1 then
            perform steward.set_lead(lead, jsonb_build_object(tests.one_of('{headcount,segment,city}'), null, 'outcome', tests.one_of('{won,lost}')), source_kind => 'tool');
        when 2 then
            perform steward.rollback_lead(lead, 1 + floor(random() * (select l.version from steward.lead l where l.id = lead))::int);
        when 3, 4, 5 then
            -- Some are told twice, some late, some ahead of the clock, a few so late that upkeep soon deletes them.
            perform steward.record_signal(case when random() < 0.6 then lead end, tests.one_of('{view,view,bounce,reply}'), 1 + floor(random() * 3)::int,
                steward.clock() - (random() ^ 4 * 820 - 0.5) * interval '1 day', 'event ' || floor(random() * 400)::int, visitor => visitor);
        when 6 then
            perform steward.identify_visitor(visitor, lead);
        when 7, 12, 13 then
            perform steward.publish_rubric(tests.one_of('{steady,steady,aging,aging,learned,plain}'));
        when 8 then
            perform steward.publish_model(tests.one_of('{size,trade}'));
        when 9 then
            perform case when random() < 0.5 then steward.retire_model() else steward.refresh_scores() end;
        when 10 then
            perform steward.import_leads(jsonb_build_array(jsonb_build_object('provider_id', 'lead ' || 1 + floor(random() * 40)::int, 'headcount', floor(random() * 120)::int)));
        when 11 then
            perform steward.refresh_all_scores();
        else
            call tests.travel(steward.clock() + random() ^ 3 * interval '20 days');
    end case;
end
$$;
-- What is wrong after a refresh, in words.
create function tests.wrong() returns setof text language sql volatile as $$
    with computed as materialized (
        select c.lead_id, c.contributions, r.id as rubric_id, r.name, r.definition, r.contributions as names from steward.rubric r, lateral steward.compute_scores(r, null, steward.clock()) c where r.state = 'published'
    ), compared as (
        select c.*, s.contributions as stored, s.score, s.at, (select max(abs(p - q)) from unnest(c.contributions, s.contributions) x (p, q)) as off,
            (select max(abs(p - q)) from unnest(c.contributions, s.contributions, c.names) x (p, q, n) where n in ('size', 'trade', 'people')) as off_in_fields
        from computed c left join steward.lead_score s on s.rubric_id = c.rubric_id and s.lead_id = c.lead_id and s.superseded_at is null
    )
    select format('%s: %s has %s for %s', name, (select l.provider_id from steward.lead l where l.id = c.lead_id), stored, contributions) from compared c
    -- A contribution falls by a point, and by what its thousandths are rounded to.
    where stored is null or off_in_fields > 0 or off > case when name = 'aging' then 1100 else 0 end
    union all select format('%s contributions make no %s', stored, score) from compared where score <> (select sum(p) from unnest(stored) p)
    union all select 'two scores at once' from steward.lead_score s where s.superseded_at is null group by s.rubric_id, s.lead_id having count(*) > 1
    union all select 'a gap, or two at a time' from (select s.at, lag(s.superseded_at) over (partition by s.rubric_id, s.lead_id order by s.version) as before, s.version from steward.lead_score s) x where x.at <> x.before
    union all select 'stale' from steward.stale_lead
$$;
create procedure tests.walk(seeds int, steps int) language plpgsql as $$
declare
    words text;
begin
    for seed in 1 .. seeds loop
        perform setseed(seed / 100.0);
        for step in 1 .. steps loop
            call tests.step();
            commit;
            continue when random() < 0.8;
            perform steward.refresh_scores();
            select string_agg(w, E'\n') into words from (select tests.wrong() limit 5) x (w);
            if words is not null then
                raise exception 'seed %, step %: %', seed, step, words;
            end if;
            if exists (select from steward.rubric r where r.state = 'published' and r.name <> 'aging') and steward.score_leads() > 0 then
                raise exception 'seed %, step %: a computation of all changed scores', seed, step;
            end if;
            commit;
        end loop;
    end loop;
end
$$;
call tests.walk(10, 250);
-- It was no walk in the park.
select r.name, count(distinct p.number) > 10, count(distinct s.version) > 10 from steward.rubric r join steward.rubric_publication p on p.rubric_id = r.id join steward.lead_score s on s.rubric_id = r.id group by r.name order by 1;
select count(*) > 100, count(distinct lead_id) > 30, count(*) filter (where visitor is not null and lead_id is null) > 0, count(distinct kind) from steward.signal;
select count(*) filter (where score <> (select sum(p) from unnest(contributions) p)), count(*) > 1000 from steward.lead_score;
select count(distinct model_id) from steward.lead_score;
-- Nothing is forgotten when all has aged away.
call tests.travel(steward.clock() + interval '700 days');
select steward.publish_rubric('aging') is not null;
select steward.refresh_scores() is not null;
select tests.wrong();
