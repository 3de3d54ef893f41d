-- Limits: who sets which, what an override does, plans, and windows that nobody can buy.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
set timezone = 'UTC';
select steward.define_tool('paid', '{"executor": "noop", "price": {"call": "1"}}');
create function tests.put(names text[], tags text[] default '{}', person text default 'owner', tool text default 'paid') returns bigint language sql volatile as $$
    select count(steward.enqueue(tool, idempotency_key => n, queue => 'q', tags => put.tags, workspace_id => tests.workspace('acme'), user_id => tests.person(person))) from unnest(names) n
$$;
-- Claims what is there and ends it well.
create function tests.ran() returns text language plpgsql volatile as $$
declare
    names constant text := tests.claimed('q');
begin
    perform tests.finished(n, '{"phase": "answered"}') from regexp_split_to_table(nullif(names, 'nothing'), ' ') n where tests.sent(n) = 'sent';
    return names;
end
$$;

-- What there is none of is refused by name, and changes nothing.
select tests.refused(format('select steward.set_limit(%s)', a)) from unnest(array[
    '''galaxy'', null, ''cost'', ''day'', 1', '''workspace'', null, ''joy'', ''day'', 1', '''workspace'', null, ''cost'', ''century'', 1', '''workspace'', null, ''cost'', ''cycle:32'', 1',
    '''workspace'', null, ''running'', ''day'', 1', '''workspace'', null, ''running'', ''total'', 1, ''reject''', '''workspace'', null, ''cost'', ''day'', -1', '''workspace'', null, ''calls'', ''day'', 1.5',
    '''workspace'', null, ''cost'', ''day'', ''nan''', '''workspace'', null, ''cost'', ''day'', 1, ''explode''', '''workspace'', ''acme'', ''cost'', ''day'', 1, workspace_id => tests.workspace(''acme'')',
    '''tag'', null, ''cost'', ''day'', 1', '''user'', ''bob'', ''cost'', ''day'', 1', '''plan'', ''gold'', ''cost'', ''day'', 1', '''plan'', ''free:tag'', ''cost'', ''day'', 1',
    '''workspace'', null, ''cost'', ''day'', 1, null, ''2020-01-01''', '''workspace'', null, ''counter:x'', ''day'', 1, ''park''', '''tool'', ''paid'', ''calls'', ''month'', null',
    'null, null, ''cost'', ''day'', 1']) a;

-- An administrator's limit for a workspace takes the place of the plan's; the workspace's own counts beside it and raises nothing.
select steward.set_limit('workspace', null, 'cost', 'day', 3, workspace_id => tests.workspace('acme')) is not null;
select tests.as_login('regress_owner', 'select steward.set_limit(''workspace'', null, ''cost'', ''day'', 500) is not null');
select tests.put('{a,b,c,d}'), tests.ran();
set session authorization regress_owner;
select steward.set_limit('workspace', null, 'cost', 'day', 2) is not null;
reset session authorization;
select steward.set_limit('workspace', null, 'cost', 'day', 50, workspace_id => tests.workspace('acme')) is not null;
select tests.ran(), waiting_detail from steward.jobs where id = tests.job('d');
-- An override lies over it until its end, and then the limit is what it was. Both are told, with who set them.
set session authorization regress_manager;
select steward.set_limit('workspace', null, 'cost', 'day', 4, valid_until => steward.now() + interval '1 hour') is not null;
reset session authorization;
select tests.ran(), tests.put('{e}'), tests.ran();
set steward.clock_offset = 3700;
select steward.amount_at(l, steward.clock()) from steward.usage_limit l where l.workspace_id = tests.workspace('acme') and not l.of_installation;
reset steward.clock_offset;
select v.version, v.amount, v.on_full, v.valid_until is not null, v.set_by_user = tests.person('owner'), v.set_by
from steward.usage_limit_version v where v.workspace_id = tests.workspace('acme') order by v.set_at, v.version;
-- Taken away, it counts no more, and what was set is kept.
set session authorization regress_owner;
select steward.set_limit('workspace', null, 'cost', 'day', null) is not null;
reset session authorization;
select tests.ran();

-- Whose use it is: a user, a tag, a tool; each counts for itself.
select steward.set_limit('user', null, 'calls', 'day', 2, workspace_id => tests.workspace('acme')) is not null;
select steward.set_limit('tag', 'spring', 'cost', 'day', 1, workspace_id => tests.workspace('acme')) is not null;
select tests.put('{f,g,h}', '{}', 'editor'), tests.put('{i}', '{}', 'viewer'), tests.ran();
select tests.put('{j,k}', '{spring,blue}', 'viewer'), tests.ran();
select tests.place(n) from unnest('{h,j,k}'::text[]) n;
select count(steward.cancel_job(tests.job(n), 'enough')) from unnest('{h,k}'::text[]) n where tests.place(n) like 'waiting%';
select count(steward.set_limit(scope, value, metric, 'day', null, workspace_id => tests.workspace('acme'))) from (values ('user', null, 'calls'), ('tag', 'spring', 'cost')) as l (scope, value, metric);

-- What was used before a limit was set counts in its window.
select steward.set_limit('tool', 'paid', 'calls', 'day', 20, workspace_id => tests.workspace('acme')) is not null, tests.put('{l}'), tests.ran();
select v.posted from steward.usage_window v join steward.usage_limit l on l.id = v.limit_id where l.scope = 'tool';
-- A shadow limit stops nobody and says whom it would have stopped.
select steward.set_limit('tool', 'paid', 'calls', 'day', 5, 'shadow', workspace_id => tests.workspace('acme')) is not null, tests.put('{m,n}'), tests.ran();
select v.turned_away from steward.usage_window v join steward.usage_limit l on l.id = v.limit_id where l.scope = 'tool';

-- Windows by the calendar: an hour that comes twice, a day of 23 and of 25 hours, one without a midnight, months from a day on.
select k, z, w.starts_at, w.ends_at from (values
    ('hour', 'Europe/Berlin', '2026-10-25 00:30Z'), ('hour', 'Europe/Berlin', '2026-10-25 01:30Z'), ('hour', 'Asia/Kolkata', '2026-01-01 00:10Z'), ('day', 'Europe/Berlin', '2026-10-25 12:00Z'),
    ('day', 'Europe/Berlin', '2026-03-29 12:00Z'), ('day', 'America/Sao_Paulo', '2018-11-04 05:00Z'), ('day', 'America/Sao_Paulo', '2018-11-04 02:59:59Z'), ('week', 'UTC', '2026-11-22 23:59Z'),
    ('month', 'UTC', '2028-02-29 10:00Z'), ('cycle:31', 'UTC', '2026-03-01 00:00Z'), ('cycle:31', 'UTC', '2026-02-28 00:00Z'), ('cycle:15', 'America/New_York', '2026-01-15 04:59Z'), ('minute', 'UTC', '2026-01-01 00:00:59.9Z'),
    ('total', 'UTC', '2026-01-01Z')) as t (k, z, at), steward.calendar_window(k, z, at::timestamptz) w;

-- A change of zone counts from the end of the window on, and buys nothing: ten of them in a day leave the one window there is.
select steward.create_workspace('moving', 'Moving', 'UTC') is not null;
select steward.add_member(tests.workspace('moving'), tests.person('owner'), 'owner');
create function tests.spent_a_day() returns text language sql volatile as $$
    select string_agg(format('%s to %s: %s', v.starts_at, v.ends_at, steward.dollars(v.posted + v.held)), '; ' order by v.starts_at)
    from steward.usage_window v where v.workspace_id = tests.workspace('moving') and v.metric = 'cost'
$$;
do $$
declare
    zone text;
begin
    perform set_config('steward.clock_offset', extract(epoch from date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' + interval '1 day 2 hours' - clock_timestamp())::text, false);
    foreach zone in array array['Asia/Tokyo', 'America/New_York', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Asia/Kolkata', 'UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/Los_Angeles'] loop
        perform steward.enqueue('paid', queue => 'm', workspace_id => tests.workspace('moving')) from generate_series(1, 3);
        perform steward.finish_jobs('w1', array(select json_build_object('job_id', c.job_id, 'attempt', c.attempt, 'phase', 'answered') from steward.claim_jobs('w1', '{m}', 100) c
            where exists (select from steward.mark_sent('w1', array[c.job_id], array[c.attempt]))));
        perform steward.set_time_zone(tests.workspace('moving'), zone);
    end loop;
end
$$;
select count(*), max(v.posted), max(v.ends_at - v.starts_at) from steward.usage_window v where v.workspace_id = tests.workspace('moving') and v.metric = 'cost';
-- The next one begins where it ended, and takes in the piece of a day that the new zone leaves over.
do $$
begin
    perform set_config('steward.clock_offset', extract(epoch from date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' + interval '2 days 2 hours' - clock_timestamp())::text, false);
    perform steward.claim_jobs('w1', '{m}', 100);
end
$$;
select v.ends_at - v.starts_at between '24 h' and '48 h', steward.dollars(v.posted + v.held), v.starts_at = lag(v.ends_at) over (order by v.starts_at)
from steward.usage_window v where v.workspace_id = tests.workspace('moving') and v.metric = 'cost' order by v.starts_at;
reset steward.clock_offset;

-- A plan is a template; what was used under the old one counts under the new one.
select steward.define_plan('tiny', 'for tests', 3), steward.set_limit('plan', 'tiny', 'calls', 'month', 3) is not null, steward.set_limit('plan', 'tiny:user', 'calls', 'day', 2) is not null,
    steward.set_limit('plan', 'tiny', 'cost', 'month', 40) is not null;
select steward.create_workspace('small', 'Small', plan => 'tiny') is not null;
select steward.add_member(tests.workspace('small'), tests.person('owner'), 'owner');
select count(steward.enqueue('paid', queue => 's', workspace_id => tests.workspace('small'))) from generate_series(1, 3);
select count(*) from steward.claim_jobs('w1', '{s}', 10);
select waiting_detail from steward.jobs where workspace_id = tests.workspace('small') and state = 'waiting';
select steward.set_plan(tests.workspace('small'), 'enterprise');
select count(*) from steward.claim_jobs('w1', '{s}', 10);
select tests.refused(format('select steward.set_plan(%L, ''gold'')', tests.workspace('small')));
-- A paid tool without any limit of cost does not run.
select steward.define_plan('open', 'no limits'), steward.set_plan(tests.workspace('small'), 'open');
select steward.enqueue('paid', queue => 's', workspace_id => tests.workspace('small')) is not null;
select count(*) from steward.claim_jobs('w1', '{s}', 10);
select waiting_detail from steward.jobs where workspace_id = tests.workspace('small') and state = 'waiting';
select steward.set_limit('workspace', null, 'cost', 'total', 1000, workspace_id => tests.workspace('small')) is not null;
select count(*) from steward.claim_jobs('w1', '{s}', 10);
