-- From leads to actions, day after day: the best who can be reached, each once, and of every other one why not.
\pset tuples_only on
\pset format unaligned
\i sql/include/outreach.sql
select tests.travel('2027-03-01 08:00+00'), tests.enabled(), tests.enabled('bob');
create function tests.lead(company text) returns uuid language sql stable security definer as $$ select l.id from steward.lead l where l.company = lead.company $$;
-- Company 9 is the best one; 3, 6 and 9 cannot be reached.
create function tests.told(low int, high int) returns bigint language sql as $$
    select count(*) from steward.import_leads((select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('company', 'Company ' || n, 'email', format('p%s@c%s.example', n, n), 'provider_id', case when n % 3 > 0 then 'p-' || n end,
        'segment', case when n < 5 then 'small' else 'large' end, 'size', n))) from generate_series(low, high) n), workspace_id => tests.workspace('acme'))
$$;
create function tests.scheduled(arguments text) returns setof text language plpgsql as $$
begin
    execute format('create temp table answered on commit drop as select * from steward.schedule_leads(%s) with ordinality', arguments);
    return query execute $f$select concat_ws(' | ', l.company, s.outcome, tests.masked(s.reason), 'priority ' || a.priority, a.domain, case when a.lead_id <> l.id then 'another lead' end)
        from answered s join steward.leads l on l.id = s.lead_id left join steward.action a on a.id = s.action_id order by s.ordinality$f$;
    drop table answered;
end
$$;
select tests.told(1, 9);
select tests.refused('select * from steward.schedule_leads(tests.account(), ''send_invite'')');
select steward.define_rubric('fit', '{"terms": [{"name": "size", "kind": "value", "field": "attributes.size", "min": 0, "max": 10000}], "total": {"of": 100, "to": 100, "max": 10000}, "heat": [{"label": "hot", "min": 7}, {"label": "cold"}]}',
    tests.workspace('acme')), steward.publish_rubric('fit', workspace_id => tests.workspace('acme'));

-- The best two, by rank; who cannot be reached is passed by, and said.
select tests.scheduled('tests.account(), ''send_invite'', leads => 2');
-- The next day a better one has come: it is first, those of yesterday are passed by, and so is who wants to be left alone, by whatever name that was said.
select tests.told(10, 10), steward.refresh_scores(tests.workspace('acme')), steward.suppress('person', 'P5@c5.example', 'asked us to', tests.workspace('acme')), steward.suppress('domain', 'c4.example', 'a customer', tests.workspace('acme'));
select tests.scheduled('tests.account(''bob''), ''send_invite'', leads => 3');
select tests.scheduled('tests.account(), ''send_invite'', leads => 3');
select count(*), count(distinct person_hash) from steward.action;
-- Of an owner, a segment, a heat; won and lost ones are nobody's to turn to, whether scores know it or not.
select c, (steward.set_lead(tests.lead(c), f::jsonb)).outcome from (values ('Company 8', '{"owner": "Kim"}'), ('Company 2', '{"owner": "Kim"}'), ('Company 10', '{"outcome": "won"}')) x (c, f);
select tests.scheduled('tests.account(), ''view_profile'', ''Kim''');
select tests.scheduled('tests.account(), ''follow_up'', segment => ''small'', payload => ''{"text": "Hello"}'', not_before => ''2027-03-03 08:00+00''');
select tests.scheduled('tests.account(), ''inmail'', heat => ''hot''');
-- A message twice: nobody hears it again, on its way or done.
select tests.scheduled('tests.account(), ''send_message'', leads => 2, payload => ''{"text": "Hello"}''');
update steward.action set state = case person when 'p-8' then 'done' else 'unknown' end where kind = 'send_message';
select tests.scheduled('tests.account(), ''send_message'', leads => 1, payload => ''{"text": "Hello"}''');
-- What ended otherwise may be tried again.
update steward.action set state = 'failed' where kind = 'send_message' and person = 'p-8';
select tests.scheduled('tests.account(), ''send_message'', leads => 1, payload => ''{"text": "Hello"}''');

-- Who is beyond a thousand others comes at last, and is reached; nobody has a priority that there is not.
select tests.told(11, 60), (select count(*) from steward.import_leads((select jsonb_agg(jsonb_build_object('email', format('m%s@many.example', n), 'size', 5000 + n)) from generate_series(1, 1500) n), workspace_id => tests.workspace('acme')));
select steward.refresh_scores(tests.workspace('acme')) > 1500;
create temp table many as select * from steward.schedule_leads(tests.account(), 'send_invite', leads => 5);
select s.outcome, s.reason, count(*), min(a.priority), max(a.priority), min(a.person), max(a.person) from many s left join steward.action a on a.id = s.action_id group by 1, 2 order by 1;
-- What a tool does not take of one person is that one's; what is wrong with the call is an error, and schedules nobody.
select steward.define_tool('linked_send_message', (select definition || '{"payload_schema": {"type": "object", "required": ["text"], "properties": {"person": {"type": "string", "maxLength": 4}, "text": {"type": "string"}}}}'
    from steward.tool where name = 'linked_send_message' order by version desc limit 1));
select count(*) from steward.set_lead(tests.lead('Company 59'), '{"provider_id": "too long for the tool"}');
select tests.scheduled('tests.account(), ''send_message'', leads => 1, segment => ''large'', payload => ''{"text": "Hello"}''');
select count(*) as actions from steward.action \gset
select tests.refused(format('select * from steward.schedule_leads(%s)', a)) from unnest(array['null, ''send_invite''', 'tests.account(), null', 'tests.account(), ''poke''', 'tests.account(), ''send_invite'', leads => 0', 'tests.account(), ''send_invite'', leads => 1001',
    'tests.account(), ''send_invite'', leads => null', 'tests.account(), ''send_message''', 'tests.account(), ''send_invite'', payload => ''[]''', 'tests.account(), ''send_invite'', payload => null', 'tests.account(), ''send_invite'', heat => ''lukewarm''',
    'tests.account(), ''send_invite'', not_before => ''2020-01-01''', '''01234567-0123-7123-8123-0123456789ab'', ''send_invite''']) a;
select count(*) = :actions from steward.action;
begin isolation level repeatable read;
select tests.code('select * from steward.schedule_leads(tests.account(), ''send_invite'')');
commit;
select l, tests.as_login(l, 'select count(*) > 0 from steward.schedule_leads(tests.account(), ''view_profile'', leads => 1)') from unnest('{regress_owner,regress_manager,regress_editor,regress_viewer,regress_outsider,regress_nobody,regress_worker,regress_analyst,regress_admin}'::text[]) l;
