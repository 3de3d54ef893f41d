-- What outreach has in workspace acme, a row in each of its tables: account ann, who is enabled and has done something; account eve, who is neither enabled nor thawed;
-- an action that may have been done (p1) and one in the backlog (p2). After matrix_callers.sql. Clocks stand in 2027 while it is made: the window of a Monday is open.
select steward.define_tool('shop_send_invite', '{"executor": "http", "provider": "shop", "adapter": "http_json", "governed": true, "max_tries": 1, "effect": "external", "on_lost": "in_doubt",
    "request": {"path": "/send", "body": {"to": "{{ payload.person }}"}}}');
create function tests.account(name text) returns uuid language sql stable security definer as $$
    select a.id from steward.account a where a.name = account.name
$$;
create function tests.action(person text) returns uuid language sql stable security definer as $$
    select a.id from steward.action a where a.person = action.person
$$;
select steward.add_account(name, 'shop', 'id of ' || name, 'UTC', workspace_id => tests.workspace('acme')) is not null from unnest('{ann,eve}'::text[]) name;
select count(set_config('steward.clock_offset', extract(epoch from '2027-03-01 07:00+00' - clock_timestamp())::text, false));
select steward.enable_account(tests.account('ann'), steward.outreach_notice()), steward.freeze_account(tests.account('eve'), 'why');
select count(steward.schedule_action(tests.account('ann'), 'send_invite', person)) from unnest('{p1,p2}'::text[]) person;
select steward.governor_tick(), steward.suppress('person', 'nobody', 'asked us to', tests.workspace('acme'));
insert into steward.day_plan select d.account_id, d.local_day, 1, d.drawn_at, d.opens_at, 1, array[d.opens_at + interval '1 hour'] from steward.account_day d;
select count(set_config('steward.clock_offset', extract(epoch from '2027-03-01 10:00+00' - clock_timestamp())::text, false));
update steward.action a set state = 'unknown', claimed_at = steward.insert_claim(a) where a.id = tests.action('p1');
reset steward.clock_offset;
