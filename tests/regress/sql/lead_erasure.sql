-- Erasure among leads: nothing of the person is left anywhere, nobody else loses a word, and no list, tool or rollback brings them back.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
create function tests.lead(name text) returns uuid language sql stable security definer as $$ select l.id from steward.lead l where l.full_name = lead.name $$;
create function tests.taken(rows jsonb) returns setof text language sql as $$ select concat_ws(' | ', row_number, outcome, column_name, problem) from steward.import_leads(rows, 'a list') $$;
-- Rows of the schema, whatever the table, in which a text is found.
create function tests.found(needle text) returns text language plpgsql as $$
declare
    relation regclass;
    rows bigint;
    found text[] := '{}';
begin
    for relation in select c.oid from pg_class c where c.relnamespace = 'steward'::regnamespace and c.relkind in ('r', 'p') order by c.relname loop
        execute format('select count(*) from %s t where strpos(lower(t::text), lower($1)) > 0', relation) into rows using needle;
        if rows > 0 then
            found := found || format('%s in %s', rows, relation);
        end if;
    end loop;
    return array_to_string(found, ', ');
end
$$;
select tests.taken('[{"company": "Hot Ltd", "domain": "hot.example", "email": "eve@hot.example", "provider_id": "EVE-1", "full_name": "Eve", "linkedin_url": "https://www.linkedin.com/in/Eve/", "size": 900},
    {"company": "Hot Ltd", "domain": "hot.example", "email": "joe@hot.example", "full_name": "Joeve", "linkedin_url": "https://linkedin.com/company/hot", "size": 100},
    {"email": "ann@x.example", "full_name": "Ann", "linkedin_url": "https://linkedin.com/company/hot"}, {"email": "joann@x.example", "full_name": "Joann"}]');
select steward.define_rubric('fit', '{"terms": [{"name": "size", "kind": "bands", "field": "attributes.size", "bands": [[500, 90]], "else": 50},
    {"name": "did", "kind": "signals", "max": 10, "signals": {"*": {"points": 5}}}]}') is not null, steward.publish_rubric('fit');
select steward.record_signal(tests.lead('Eve'), 'reply', event_id => 'eve@hot.example-17', source_kind => 'page', source_id => '/for/eve'), steward.record_signal(null, 'page_view', event_id => 'view 1', visitor => 'cookie of eve'),
    steward.identify_visitor('cookie of eve', tests.lead('Eve')), steward.refresh_scores();
select rank, full_name, score from steward.top_leads order by rank;
-- She was somebody else's address once, and her page a source.
select outcome from steward.set_lead(tests.lead('Joann'), '{"linkedin_url": "linkedin.com/in/eve"}', 'citation', 'https://www.linkedin.com/in/eve');
select count(*) from steward.set_lead(tests.lead('Joann'), '{"linkedin_url": "linkedin.com/in/joann"}', 'tool', 'a tool for EVE@hot.example, and others');
select count(*) from steward.set_lead(tests.lead('Joann'), '{"city": "Ulm"}', 'tool', 'a tool for joann@x.example, ann@x.example.org and linkedin.com/in/eve-2');
select steward.define_provider('linked', '{"base_url": "https://linked.example"}'), steward.define_tool('linked_send_invite', '{"executor": "http", "provider": "linked", "adapter": "http_json", "governed": true, "max_tries": 1,
    "effect": "external", "on_lost": "in_doubt", "request": {"path": "/send", "body": {"to": "{{ payload.person }}"}}}');
select steward.schedule_action(steward.add_account('ann', 'linked', 'id of ann', 'UTC'), 'send_invite', 'eve-1', lead_id => tests.lead('Eve')) is not null;

-- By any of the names that she has here all of them go, her lead has no rank and no score, and what waits for her is skipped.
select steward.erase_person('https://www.linkedin.com/in/eve');
select rank, full_name from steward.top_leads order by rank;
select full_name, score from steward.page_leads(page_size => 10);
select steward.refresh_scores(), steward.score_leads(), (select count(*) from steward.top_leads), (select count(*) from steward.what_if((select definition from steward.rubrics where name = 'fit')));
select tests.found('eve@hot.example'), tests.found('eve-1'), tests.found('in/eve"'), tests.found('cookie of eve');
select erased_at is not null, version, email, attributes from steward.leads where erased_at is not null;
select state, code, person from steward.action;
-- Of others nothing is lost: not whose address has hers in it, nor what is only like it, nor their company's page.
select v.version, v.source_kind, v.source, v.after from steward.lead_version v where v.lead_id in (tests.lead('Joann'), tests.lead('Joeve')) order by v.lead_id, v.version;
select steward.erase_person('ann@x.example');
select v.version, v.source, v.after ->> 'email', l.first_known_as from steward.lead_version v join steward.lead l on l.id = v.lead_id where v.version in (1, 4) and l.full_name = 'Joann' order by v.version;
select tests.taken('[{"email": "new@hot.example", "linkedin_url": "https://www.linkedin.com/company/hot/"}]');

-- Nobody brings her back: no list, by whatever name; no tool, person or rollback, in another lead or in hers.
select tests.taken('[{"company": "E", "domain": "e.example", "full_name": "Eve", "linkedin_url": "https://www.linkedin.com/in/eve"}, {"domain": "e.example", "LinkedIn_URL": "linkedin.com/in/EVE?x=1"}, {"email": "EVE@hot.example"}, {"provider_id": "eve-1"},
    {"domain": "e.example", "full_name": "Eve"}]');
select tests.refused(format('select count(*) from steward.set_lead(tests.lead(''Joann''), %L, %L)', c, k)) from unnest('{person,tool}'::text[]) k, unnest(array['{"email": "eve@hot.example"}', '{"provider_id": "EVE-1"}', '{"linkedin_url": "https://linkedin.com/in/eve/"}']) c;
select outcome from steward.set_lead(tests.lead('Joann'), '{"title": "CEO"}', 'tool');
update steward.lead_version v set after = v.after || '{"linkedin_url": "linkedin.com/in/eve"}' where v.lead_id = tests.lead('Joann') and v.version = 1;
select tests.refused('select steward.rollback_lead(tests.lead(''Joann''), 1)');
select tests.refused(s) from (select l.id from steward.lead l where l.erased_at is not null order by l.id limit 1) l,
    unnest(array['select count(*) from steward.set_lead(%L, ''{"full_name": "Eve"}'', ''tool'')', 'select steward.rollback_lead(%L, 1)', 'select steward.release_fields(%L, ''{title}'')',
        'select steward.record_signal(%L, ''reply'', event_id => ''eve@hot.example-18'')', 'select steward.identify_visitor(''cookie of eve'', %L)']) t, format(t, l.id) s;
select (steward.lead_at(l.id, l.version)) = l from steward.lead l order by l.id;
select steward.erase_person('eve-1'), steward.erase_person('nobody@hot.example');
