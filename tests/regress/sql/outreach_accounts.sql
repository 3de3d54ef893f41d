-- Accounts and their pacing: who may do what with them, what is refused, and from when a change counts.
\pset tuples_only on
\pset format unaligned
\i sql/include/outreach.sql
select tests.travel('2027-03-01 10:00+00');
-- Disabled until a person has read the notice.
select steward.add_account('ann', 'linked', 'id of ann', 'Europe/Berlin', '{"preset": "careful"}') is not null;
select name, role, enabled_at is null, state, time_zone, week_cap from steward.accounts;
select tests.invited(3), steward.governor_tick(), (select count(*) from steward.account_day);
select tests.refused('select steward.enable_account(tests.account(), ''yes'')');
select tests.as_login(l, 'select steward.enable_account(tests.account(), steward.outreach_notice())') from unnest('{regress_editor,regress_viewer,regress_outsider,regress_worker,regress_admin}'::text[]) l;
select tests.as_login('regress_manager', 'select steward.enable_account(tests.account(), steward.outreach_notice())');
select steward.enable_account(tests.account(), steward.outreach_notice());
select tests.refused('select steward.enable_account(tests.account(), steward.outreach_notice())');
select enabled_by = tests.person('owner'), warm_up_from from steward.account;
select steward.outreach_notice() like '%User Agreement forbids%does not make automation permitted%';

-- What is refused says what to change.
select tests.refused(format('select steward.add_account(%s)', a)) from unnest(array[
    '''bob'', ''linked'', ''b'', ''Mars/Olympus''', '''bob'', ''nobody'', ''b'', ''UTC''', ''''', ''linked'', ''b'', ''UTC''', '''bob'', ''linked'', null, ''UTC''',
    '''ann'', ''linked'', ''b'', ''UTC''', '''bob'', ''linked'', ''id of ann'', ''UTC''', '''bob'', ''linked'', ''b'', ''UTC'', ''{"preset": "reckless"}''', '''bob'', ''linked'', ''b'', ''UTC'', ''[]''']) a;
select tests.refused(format('select steward.set_policy(tests.account(), %L)', p)) from unnest(array['{"window": ["21:00", "09:00"]}', '{"window": ["09:00", "09:00"]}', '{"window": ["9", "21:00"]}',
    '{"daily_cap": [40, 20]}', '{"gap_minutes": [45, 15]}', '{"gap_minutes": [5, 15]}', '{"weekly_cap": 151}', '{"weekly_cap": 0}', '{"window": ["09:00", "10:00"]}', '{"breaks": [["08:00", "10:00"]]}',
    '{"days": ["monday"]}', '{"days": []}', '{"kinds": {"poke": 1}}', '{"cap": 3}', '{"caps": "greedy"}', '7']) p;
select tests.code(format('select steward.set_policy(%L, ''{}'')', gen_random_uuid())), tests.as_login('regress_outsider', 'select steward.set_policy(tests.account(), ''{}'')'),
    tests.as_login('regress_editor', 'select steward.set_policy(tests.account(), ''{}'')');
select tests.refused('select steward.set_account_zone(tests.account(), ''CET-ish'')');
-- Nothing of all that is left.
select count(*), count(distinct id) from steward.account;

-- Each preset is a policy; what it leaves out is the default.
select p.name, r.minutes, r.gap_seconds, r.week_cap, r.most_a_day, r.definition -> 'daily_cap', r.definition -> 'kinds' from steward.policy_preset p cross join lateral steward.read_policy(p.definition::text) r order by p.name;

-- A change counts from the next local day on: the day of now keeps its window and its cap.
select steward.governor_tick() is not null;
select local_day, opens_at at time zone 'Europe/Berlin', closes_at at time zone 'Europe/Berlin', array_length(parts, 1), age_days from steward.account_day;
select steward.set_policy(tests.account(), '{"window": ["10:00", "16:00"], "daily_cap": [3, 3], "ramp": []}'), steward.set_account_zone(tests.account(), 'America/New_York');
select steward.governor_tick() is not null, (select count(*) from steward.account_day);
select local_day, opens_at at time zone 'America/New_York', closes_at at time zone 'America/New_York', case when cap between 5 and 10 then 'one of the first week' else cap::text end from steward.governor_calendar('2027-03-01', '2027-03-03', tests.account());
select tests.travel('2027-03-02 12:00+00'), steward.governor_tick() is not null;
select local_day, opens_at at time zone time_zone, closes_at at time zone time_zone, time_zone, cap from steward.account_day where local_day = '2027-03-02';
-- To the east: the next window begins when the one before it has ended.
select steward.set_account_zone(tests.account(), 'Pacific/Auckland');
select tests.travel('2027-03-02 23:00+00'), steward.governor_tick() is not null;
select local_day, opens_at at time zone 'UTC', closes_at at time zone 'UTC', time_zone from steward.account_day order by local_day desc limit 1;
select count(*) from steward.account_day a join steward.account_day b using (account_id) where a.local_day < b.local_day and a.closes_at > b.opens_at;

-- A window in the hour that a clock change skips or repeats: never open where the policy says it is not.
select steward.add_account('night ' || z, 'linked', z, z, '{"window": ["01:00", "02:30"], "days": ["sun"], "daily_cap": [1, 2], "ramp": []}') is not null
from unnest('{Europe/Berlin,America/New_York,Australia/Lord_Howe}'::text[]) z;
select a.external_id, v.d, p.opens_at at time zone 'UTC', p.closes_at at time zone 'UTC', p.closes_at - p.opens_at
from (values ('Europe/Berlin', '2027-03-28'::date), ('Europe/Berlin', '2027-10-31'), ('America/New_York', '2027-03-14'), ('Australia/Lord_Howe', '2027-10-03')) as v (z, d)
join steward.account a on a.external_id = v.z cross join lateral steward.drawn_days(array[a.id], array[v.d], steward.clock()) p order by v.z, v.d;

-- Freeze and resume.
select tests.as_login('regress_viewer', 'select steward.freeze_account(tests.account(), ''why'')'), tests.as_login('regress_outsider', 'select steward.freeze_account(tests.account(), ''why'')');
select steward.freeze_account(tests.account(), 'a complaint');
select state, state_code, state_reason, state_until from steward.accounts where name = 'ann';
select tests.as_login('regress_editor', 'select steward.resume_account(tests.account(), ''settled'')');
select steward.resume_account(tests.account(), 'settled');
select tests.refused('select steward.resume_account(tests.account(), ''settled'')');
select state, code, reason, by_user = tests.person('owner') from steward.breaker_event order by id;
select steward.disable_account(tests.account(), 'she left');
select enabled_at is null from steward.accounts where name = 'ann';
-- Who reads what: never the secret.
select l, tests.as_login(l, 'select count(*) from steward.accounts'), tests.as_login(l, 'select count(*) from steward.account'), tests.as_login(l, 'select count(*) from steward.account_day'),
    tests.as_login(l, 'select count(*) from steward.breaker_event'), tests.as_login(l, 'select count(*) from steward.actions'), tests.as_login(l, 'select count(*) from steward.person_key')
from unnest('{regress_viewer,regress_outsider,regress_worker,regress_analyst,regress_admin}'::text[]) l;
