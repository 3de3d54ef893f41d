-- Keeping scores up: what is noted, how much one call does, what cannot be computed, what doctor says of it, and what explains a score.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
create function tests.travel(at timestamptz) returns text language sql volatile as $$
    select 'it is ' || (at at time zone 'UTC')::text from set_config('steward.clock_offset', extract(epoch from at - clock_timestamp())::text, false)
$$;
create function tests.lead(company text) returns uuid language sql stable security definer as $$ select l.id from steward.lead l where l.company = lead.company $$;
create view tests.scores as select l.company, steward.in_points(s.score) as score, s.closed from steward.lead_score s join steward.lead l on l.id = s.lead_id join steward.rubric r on r.id = s.rubric_id and r.state = 'published' where s.superseded_at is null;
create view tests.noted as select l.company, count(*) from steward.stale_lead n join steward.lead l on l.id = n.lead_id group by l.company;
create function tests.said() returns setof text language sql volatile security definer as $$
    select regexp_replace(concat_ws(' | ', d.check_name, d.verdict, d.detail), '[0-9a-f-]{36}|[0-9]+(?= minutes)', '<…>', 'g') from steward.doctor() d where d.check_name ~ '^(scores|rubric)' order by 1
$$;
grant execute on function tests.said() to public;
select tests.travel('2027-03-01 12:00+00');
\c -
set session authorization regress_admin;
select tests.said();
reset session authorization;
select tests.travel('2027-03-01 12:00+00');
select count(*) from steward.import_leads((select jsonb_agg(jsonb_build_object('company', 'Company ' || n, 'email', n || '@leads.example', 'segment', (array['dental', 'vet'])[1 + n % 2], 'size', n)) from generate_series(1, 60) n));
set session authorization regress_admin;
select tests.said();
reset session authorization;
select steward.define_rubric('fit', '{"terms": [{"name": "size", "kind": "value", "field": "attributes.size", "min": 0, "max": 70}, {"name": "did", "kind": "signals", "max": 30, "signals": {"reply": {"points": 10, "linear_days": 10}}}]}'), steward.publish_rubric('fit');
set session authorization regress_admin;
select tests.said();
reset session authorization;

-- What cannot move a score leaves no note: who is suggested as an owner. Whatever can, does: a field, an outcome, a rollback, a change of an address that changes hands.
select steward.set_routing('{"owners": [{"owner": "ANA", "segments": ["dental"]}, {"owner": "BIA", "segments": ["vet"]}]}');
select count(*) from steward.stale_lead;
select count(*) from steward.set_lead(tests.lead('Company 1'), '{"segment": "dental", "size": 3}');
select * from tests.noted;
select suggested_owner from steward.leads where company = 'Company 1';
select steward.refresh_scores(), count(*) from steward.set_lead(tests.lead('Company 2'), '{"outcome": "won"}');
select * from tests.noted;
select steward.refresh_scores(), closed from tests.scores where company = 'Company 2';
select steward.rollback_lead(tests.lead('Company 1'), 1), suggested_owner from steward.leads where company = 'Company 1';
select suggested_owner from steward.leads where company = 'Company 1';
select * from tests.noted;
select row_number, outcome from steward.import_leads('[{"company": "Company 3", "email": "3@leads.example", "provider_id": "three", "size": 33}, {"company": "New", "email": "new@leads.example", "segment": "vet"}]');
select * from tests.noted order by 1;
select count(*) from steward.import_leads('[{"company": "Company 3", "provider_id": "three", "email": "third@leads.example"}]');
select * from tests.noted order by 1;
select steward.refresh_scores(), score from tests.scores where company = 'Company 3';
select score from tests.scores where company in ('Company 3', 'New') order by 1;

-- One lead of which very much is told is one lead of the batch, and keeps nobody waiting.
insert into steward.stale_lead (workspace_id, lead_id) select tests.workspace('acme'), tests.lead('Company 1') from generate_series(1, 12000);
select steward.record_signal(tests.lead('Company 4'), 'reply', event_id => 'mail 4'), steward.refresh_scores();
select count(*) from steward.stale_lead;
select score from tests.scores where company = 'Company 4';

-- One upkeep computes one batch of all workspaces: each has its part, and what is left of one is for the others.
create or replace function steward.refresh_batch() returns int language sql immutable return 10;
select steward.add_member(tests.workspace('globex'), tests.person('owner'), 'owner');
select count(*) from steward.import_leads((select jsonb_agg(jsonb_build_object('company', 'Globex ' || n, 'email', n || '@globex.example', 'size', n)) from generate_series(1, 8) n), workspace_id => tests.workspace('globex'));
select steward.define_rubric('fit', '{"terms": [{"name": "size", "kind": "value", "field": "attributes.size", "min": 0, "max": 70}]}', tests.workspace('globex')), steward.publish_rubric('fit', workspace_id => tests.workspace('globex'));
select steward.note_stale(tests.workspace('acme'), array(select l.id from steward.lead l where l.workspace_id = tests.workspace('acme') order by l.id limit 30)),
    steward.note_stale(tests.workspace('globex'), array(select l.id from steward.lead l where l.workspace_id = tests.workspace('globex') order by l.id limit 3));
create view tests.waiting as select w.slug, count(*) from steward.stale_lead s join steward.workspace w on w.id = s.workspace_id group by w.slug;
select steward.upkeep();
select * from tests.waiting order by slug;
select steward.upkeep();
select * from tests.waiting order by slug;
select w.slug from unnest(steward.workspaces_to_refresh(steward.clock())) with ordinality i (id, place) join steward.workspace w using (id) order by place;
select count(steward.upkeep()) from generate_series(1, 2);
select * from tests.waiting order by slug;
select steward.remove_member(tests.workspace('globex'), tests.person('owner'));
create or replace function steward.refresh_batch() returns int language sql immutable return 5000;

-- A lead whose score cannot be computed is set aside; the others are not, and whoever asks is told.
create function tests.spoil() returns trigger language plpgsql as $$
begin
    if exists (select from steward.lead l where l.id = new.lead_id and l.company = any (current_setting('tests.poisoned')::text[])) then
        raise exception using errcode = '22003', message = 'poison of somebody@leads.example';
    end if;
    return new;
end
$$;
create trigger spoil before insert on steward.lead_score for each row execute function tests.spoil();
set tests.poisoned = '{Company 17,Company 40}';
select count(*) from steward.import_leads((select jsonb_agg(jsonb_build_object('email', n || '@leads.example', 'size', n + 5)) from generate_series(5, 60) n));
\set VERBOSITY terse
set client_min_messages = error;  -- the warnings name the leads
select steward.upkeep();
reset client_min_messages;
select l.company, s.score from tests.scores s join steward.lead l using (company) where s.score <> (l.attributes ->> 'size')::numeric and l.outcome is null and s.score <> 14 order by company;
select count(*), (select count(*) from steward.stale_lead) from tests.scores s join steward.lead l using (company) where s.score = (l.attributes ->> 'size')::numeric;
select l.company, u.code, u.retry_at - u.failed_at from steward.unscored_lead u join steward.lead l on l.id = u.lead_id order by 1;
set session authorization regress_admin;
select tests.said();
reset session authorization;
select tests.code('select steward.score_leads()');
-- They are tried again ten minutes later, and not before; and when they can be computed, nobody is told any more.
select count(steward.upkeep()) from generate_series(1, 3);
select count(*) from steward.unscored_lead;
set tests.poisoned = '{}';
select steward.upkeep();
select count(*) from steward.unscored_lead;
select tests.travel('2027-03-01 12:11+00'), steward.upkeep();
select (select count(*) from steward.unscored_lead), score from tests.scores where company = 'Company 17';
set session authorization regress_admin;
select tests.said();
reset session authorization;
-- One that is due is set aside, too, and does not come first for ever.
set tests.poisoned = '{Company 4}';
select tests.travel('2027-03-03 12:00+00'), steward.record_signal(tests.lead('Company 5'), 'reply', event_id => 'mail 5');
set client_min_messages = error;
select steward.refresh_scores(), steward.refresh_scores();
reset client_min_messages;
select l.company from steward.unscored_lead u join steward.lead l on l.id = u.lead_id;
set tests.poisoned = '{}';
-- A rubric by which nothing can be computed is left for another one, and costs a call no more than some leads.
select steward.score_leads() > 0;
select count(*) from steward.unscored_lead;
update steward.rubric set definition = '{}' where state = 'published' and workspace_id = tests.workspace('acme');
select steward.note_stale(tests.workspace('acme'), array(select l.id from steward.lead l where l.workspace_id = tests.workspace('acme')));
set client_min_messages = error;
select steward.refresh_scores();
select (select count(*) from steward.unscored_lead), (select count(*) from steward.stale_lead) + (select count(*) from steward.unscored_lead) = (select count(*) from steward.lead l where l.workspace_id = tests.workspace('acme'));
select steward.define_rubric('after', '{"terms": [{"name": "size", "kind": "value", "field": "attributes.size", "min": 0, "max": 70}, {"name": "named", "kind": "presence", "field": "company", "each": 5}]}'), steward.publish_rubric('after') > 0;
reset client_min_messages;
select tests.travel('2027-03-03 12:11+00'), steward.upkeep();
select count(*) from steward.unscored_lead;

-- Whoever waits for long is told of, and for whom.
select steward.note_stale(tests.workspace('acme'), array[tests.lead('Company 1')]), tests.travel('2027-03-03 12:30+00');
set session authorization regress_admin;
select tests.said();
reset session authorization;
select steward.refresh_scores();
set session authorization regress_admin;
select tests.said();
reset session authorization;

-- What moved adds up, also from another rubric, of whose contributions some are gone and some are new; where there was no score, nothing is said to have moved.
select term, input, points, points_before, moved, reason from steward.explain_score(tests.lead('Company 5'), '2027-03-01 12:05+00');
select (select sum(e.moved) from steward.explain_score(l.id, '2027-03-01 12:05+00') e) = (select n.score from steward.score_as_of(l.id, steward.clock()) n) - (select b.score from steward.score_as_of(l.id, '2027-03-01 12:05+00') b) as adds_up, count(*)
from steward.leads l where l.company ~ '^Company' group by 1;
select term, points_before, moved from steward.explain_score(tests.lead('Company 5'), '2027-02-01');
-- A value that changed within a band is shown as it is now; of a lead that has not been computed since, as it was when the score was written.
select steward.define_rubric('bands', '{"terms": [{"name": "size", "kind": "bands", "field": "attributes.size", "bands": [[100, 60], [10, 40]]}]}'), steward.publish_rubric('bands') > 0, tests.travel('2027-03-03 12:40+00');
select count(*) from steward.set_lead(tests.lead('Company 20'), '{"size": 30}');
select term, input, points from steward.explain_score(tests.lead('Company 20')) where term = 'size';
select steward.refresh_scores(), input, points from steward.explain_score(tests.lead('Company 20')) where term = 'size';
select input, points from steward.explain_score(tests.lead('Company 20')) where term = 'size';
select count(*) from steward.set_lead(tests.lead('Company 20'), '{"size": 300}');
select input, points from steward.explain_score(tests.lead('Company 20')) where term = 'size';
select steward.refresh_scores();
select input, points, points_before from steward.explain_score(tests.lead('Company 20'), '2027-03-03 12:39+00') where term = 'size';

-- What a lead did is found by the lead, in each of the tables that it may stand in.
insert into steward.lead_score (rubric_id, lead_id, version, workspace_id, at, contributions, closed, superseded_at) select r.id, gen_random_uuid(), n, r.workspace_id, steward.clock(), '{1}', false, steward.clock() from steward.rubric r, generate_series(1, 3000) n where r.workspace_id = tests.workspace('acme');
insert into steward.signal (workspace_id, event_id, lead_id, by_visitor, kind, amount, occurred_at, recorded_at) select tests.workspace('acme'), 'e ' || n, gen_random_uuid(), false, 'view', 1, steward.clock(), steward.clock() - n * interval '1 minute' from generate_series(1, 5000) n;
analyze steward.lead_score; analyze steward.signal; analyze steward.rubric;
grant usage on schema tests to public;
create function tests.scans(statement text) returns setof text language plpgsql as $$
declare
    line text;
begin
    for line in execute 'explain (costs off) ' || statement loop
        if line ~ 'Seq Scan|Index Cond' then
            return next regexp_replace(ltrim(line, ' ->'), '''[0-9a-f-]{36}''', '<id>');
        end if;
    end loop;
end
$$;
select tests.lead('Company 5') as lead, steward.clock() - interval '1 hour' as since, tests.workspace('acme') as acme \gset
set session authorization regress_editor;
select tests.scans(format('select * from steward.lead_timeline where lead_id = %L', :'lead')) order by 1;
reset session authorization;
select count(*) from tests.scans(format('select s.lead_id from steward.signal s where s.workspace_id = %L and s.recorded_at >= timestamptz %L', :'acme', :'since')) s where s ~ 'recorded_at >=';
