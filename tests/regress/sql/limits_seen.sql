-- What members see of limits and spending: how full, until when, what it will cost, what was told when, and nothing of anybody else.
\pset tuples_only on
\pset format unaligned
set timezone = 'UTC';
set datestyle = 'ISO';
-- Goes to a moment; the clock goes on from there.
create function tests.at(moment timestamptz) returns text language sql volatile as $$
    select left(set_config('steward.clock_offset', extract(epoch from moment - clock_timestamp())::text, false), 0)
$$;
create function tests.limits(which text default '%') returns setof text language sql volatile as $$
    select concat_ws(' | ', s.words, s.bucket_value, s.on_full, format('used %s, held %s, left %s, %s %%', s.used, s.held, s.remaining, s.percent),
        case when isfinite(s.window_starts_at) then format('%s to %s', to_char(s.window_starts_at, 'MM-DD HH24:MI'), to_char(s.window_ends_at, 'MM-DD HH24:MI')) end,
        'full at ' || to_char(date_trunc('minute', s.fills_at), 'MM-DD HH24:MI'), nullif(s.waiting, 0) || ' wait', nullif(s.turned_away, 0) || ' turned away', nullif(s.overruns, 0) || ' overruns', 'override until ' || s.override_until::date)
    from steward.limit_status s where s.words like which order by 1
$$;
create function tests.explained(name text) returns setof text language sql volatile as $$
    select concat_ws(' | ', e.check_name, e.verdict, e.detail, to_char(e.retry_at, 'MM-DD HH24:MI'))
    from steward.explain_job(tests.job(name)) e where e.check_name not in ('restore guard', 'queue', 'member', 'worker')
$$;
create function tests.forecast(queue text default null, tool text default null) returns setof text language sql volatile as $$
    select concat_ws(' | ', f.item, format('%s jobs, at most $%s, expected $%s by %s calls', f.jobs, f.at_most, f.expected, f.samples), nullif(f.unpriced, 0) || ' without a price',
        format('%s jobs and $%s fit', f.fits_jobs, f.fits_cost), 'frees ' || to_char(f.frees_at, 'MM-DD HH24:MI'), 'last ' || to_char(f.last_at, 'MM-DD HH24:MI'),
        'expected last ' || to_char(f.expected_last_at, 'MM-DD HH24:MI'), nullif(f.never, 0) || ' never')
    from steward.forecast(queue, tool) f
$$;
create function tests.alerts() returns setof text language sql volatile as $$
    select concat_ws(' | ', a.words, a.bucket_value, a.percent || ' %', format('%s of %s', a.used, a.amount), to_char(a.window_starts_at, 'MM-DD')) from steward.limit_alerts a order by a.at, a.words, a.percent
$$;
select tests.at('2030-01-01 06:30Z'), steward.map_login('postgres', tests.person('owner'));
select steward.define_provider('shop', '{"base_url": "https://shop.example"}'),
    steward.define_tool('report', '{"executor": "noop", "queue": "work", "price": {"call": "5"}}'),
    steward.define_tool('image', '{"executor": "http", "provider": "shop", "adapter": "http_json", "queue": "images", "request": {"path": "/i", "body": {"model": "{{ payload.model }}", "max": 10}}, "price": {"tokens": {"model": "/model", "max_output": "/max"}, "usage": "openai"}}');

\echo Limits that nobody has met yet show zeros; those of the plan and of the installation are there, too.
set session authorization regress_owner;
select steward.set_limit('user', null, 'calls', 'hour', 100) is not null, steward.set_limit('tag', 'urgent', 'tokens', 'month', 1000, 'shadow') is not null,
    steward.set_limit('workspace', null, 'counter:credits', 'month', 10) is not null;
reset session authorization;
select steward.set_limit('workspace', null, 'jobs', 'total', 1000, 'park', workspace_id => tests.workspace('acme')) is not null;
select tests.limits();

\echo Forty dollars of jobs under ten dollars a day are done on the fourth day.
select count(*) from (select steward.enqueue('report', idempotency_key => 'r' || n, tags => '{monthly,urgent}', workspace_id => tests.workspace('acme')) from generate_series(1, 8) n) e;
select tests.forecast();
select tests.forecast('elsewhere');
select tests.forecast(tool => 'report');
select tests.explained('r1');

\echo What is held is told once for every window: at a half, then at four fifths and the whole.
select tests.claimed('work', most => 1);
select tests.alerts();
select tests.claimed('work', most => 1);
select tests.claimed('work');
select tests.alerts();
select tests.limits('$10.00 cost%');
select tests.limits('100 calls%');
select tests.explained('r3');
select j.state, j.waiting_for, to_char(j.waiting_until, 'MM-DD HH24:MI'), j.waiting_detail from steward.jobs j where j.id = tests.job('r3');
select tests.sent('r1'), tests.finished('r1', '{"phase": "answered"}'), tests.sent('r2'), tests.finished('r2', '{"phase": "answered"}');
select tests.limits('$10.00 cost%');
select count(*) from steward.limit_alerts;

\echo The next day: a quarter of it has passed with half of the money, so the money lasts until noon. What the last week did cost is what is expected.
select tests.at('2030-01-02 06:00Z');
select tests.claimed('work', most => 1);
select tests.sent('r3'), tests.finished('r3', '{"phase": "answered"}');
select tests.limits('$10.00 cost%');
select tests.limits('1000 jobs%');
select steward.consume('credits', 4, tests.workspace('acme')), tests.limits('10 credits%');
select steward.set_limit('user', null, 'jobs', 'month', 3, workspace_id => tests.workspace('acme')) is not null, steward.set_limit('workspace', null, 'cost', 'month', 100, 'reject', workspace_id => tests.workspace('acme')) is not null;
select steward.enqueue('report', idempotency_key => 'late', queue => 'late', run_at => '2030-02-01', workspace_id => tests.workspace('acme')) is not null;
select tests.limits('3 jobs%');
select tests.limits('$100.00 %');
select steward.cancel_job(tests.job('late'), 'enough'), steward.set_limit('user', null, 'jobs', 'month', null, workspace_id => tests.workspace('acme')) is not null,
    steward.set_limit('workspace', null, 'cost', 'month', null, workspace_id => tests.workspace('acme')) is not null;
select tests.forecast();
select tests.alerts();
select tests.limits('$%') where steward.set_limit('workspace', null, 'cost', 'day', 30, valid_until => '2030-01-03 00:00Z', workspace_id => tests.workspace('acme')) is not null;
select tests.forecast();
select steward.set_limit('workspace', null, 'cost', 'day', null, workspace_id => tests.workspace('acme')) is not null;

\echo What can never fit, what no price is known of, and a workspace that is stopped.
select steward.set_limit('tool', 'report', 'cost', 'week', 4, workspace_id => tests.workspace('acme')) is not null;
select tests.explained('r8');
select tests.forecast();
select steward.set_limit('tool', 'report', 'cost', 'week', null, workspace_id => tests.workspace('acme')) is not null;
select steward.enqueue('image', '{"model": "nobody-knows"}', idempotency_key => 'image', workspace_id => tests.workspace('acme')) is not null;
select tests.explained('image');
select tests.forecast('images');
select steward.stop_spending(tests.workspace('acme'), 'a look at the bill');
select tests.explained('r8');
select tests.claimed('work');
select distinct j.state, j.waiting_for, j.waiting_until, j.waiting_detail from steward.jobs j where j.waiting_for = 'stopped';
select steward.resume_spending(tests.workspace('acme'));

\echo Spending by day, user, tool and tags; by tag, where a job with two tags is in two rows; what the provider says; overruns.
insert into steward.ledger (workspace_id, held_at, job_id, attempt, entry, kind, posted_at, user_id, tool_id, provider, model, tags, held, cost, reported, tokens, calls, jobs, windows)
select tests.workspace(w), '2030-01-03 12:00Z'::timestamptz + make_interval(mins => n), tests.job('r1'), n, entry, kind, '2030-01-03 12:30Z'::timestamptz, tests.person('editor'), (select t.id from steward.tool t where t.name = 'image'), 'shop', 'm', '{urgent}',
    held, cost, reported, 7, calls, 0, '{}'
from (values
    ('acme', 11, 1, 'posted', 1000000, 900000, 905000, 1), ('acme', 12, 1, 'posted', 1000000, 900000, 950000, 1), ('acme', 13, 1, 'posted', 100, 50, 90, 1),
    ('acme', 14, 1, 'posted', 1000000, 1500000, 1500000, 1), ('acme', 15, 1, 'posted_estimate', 2000000, 2000000, null, 1), ('acme', 16, 1, 'posted_estimate', 2000000, 2000000, null, 1),
    ('acme', 16, 2, 'correction', 2000000, 500000, null, 0), ('acme', 17, 1, 'void', 2000000, 0, null, 1), ('globex', 18, 1, 'posted', 1000000, 1500000, 900000, 1)) as e (w, n, entry, kind, held, cost, reported, calls);
select s.day, s.user_id = tests.person('owner'), s.tool, s.provider, s.model, s.tags, s.calls, s.jobs, s.tokens, s.cost, s.cost_nanos, s.reported, s.estimated from steward.spend_by_day s order by 1, 2, 3;
select t.day, t.tag, t.calls, t.cost, t.cost_nanos from steward.spend_by_tag('2030-01-02', tests.workspace('acme')) t;
select count(*), (select count(*) from steward.spend_by_tag('2031-01-01')) from steward.spend_by_tag();
set session authorization regress_owner;
select d.attempt, d.tool, d.cost, d.reported, d.drift, d.drift_percent from steward.price_drift d order by 1;
select o.attempt, o.tool, o.held, o.cost, o.over from steward.overruns o order by 1;
reset session authorization;

\echo A limit that is not there yet: what it would have blocked, window by window.
create function tests.simulated(arguments text) returns setof text language plpgsql as $$
begin
    return query execute format('select concat_ws('' | '', s.bucket_value, case when isfinite(s.window_starts_at) then to_char(s.window_starts_at, ''MM-DD HH24:MI'') || '' to '' || to_char(s.window_ends_at, ''MM-DD HH24:MI'') end, ''used '' || s.used,
        format(''%%s calls, $%%s'', s.blocked_calls, s.blocked_cost), to_char(s.first_blocked_at, ''MM-DD HH24:MI'')) from steward.simulate_limit(%s) s', arguments);
end
$$;
select tests.at('2030-01-04 06:00Z');
select tests.simulated($$'workspace', null, 'cost', 'day', 5, workspace_id => tests.workspace('acme')$$);
select tests.simulated($$'workspace', null, 'cost', 'day', 5, '2030-01-02 05:00Z', tests.workspace('acme')$$);
select tests.simulated($$'workspace', null, 'cost', 'month', 12, '2030-01-02 05:00Z', tests.workspace('acme')$$);
select tests.simulated($$'tool', null, 'calls', 'total', 2, workspace_id => tests.workspace('acme')$$);
select tests.simulated($$'workspace', null, 'running', 'total', 1, workspace_id => tests.workspace('acme')$$);
select tests.simulated($$'tag', 'urgent', 'tokens', 'hour', 10, workspace_id => tests.workspace('acme')$$);
select count(*), count(*) filter (where s like tests.person('owner') || ' | 12-31 00:00 to 01-07 00:00 | used 3 | 1 calls%') from tests.simulated($$'plan', 'self_hosted:user', 'jobs', 'week', 2$$) s;
select tests.simulated($$'model', 'm', 'cost', 'cycle:2', 0.001$$);
select tests.simulated($$'workspace', null, 'cost', 'day', 0, '2040-01-01', tests.workspace('acme')$$);
select tests.refused(format('select steward.simulate_limit(%s)', a)) from unnest(array[$$'planet', null, 'cost', 'day', 1$$, $$'workspace', null, 'love', 'day', 1$$, $$'workspace', null, 'cost', 'year', 1$$,
    $$'workspace', null, 'cost', 'day', null$$, $$'workspace', null, 'cost', 'day', 1, null$$, $$'workspace', null, 'cost', 'day', -1$$, $$'workspace', null, 'counter:credits', 'day', 1$$]) a;

\echo Others see nothing of it: neither the viewer what only owners may ask, nor a stranger anything. Analysts see pseudonyms.
set session authorization regress_viewer;
select count(*) > 5 from steward.limit_status;
select count(*) from steward.limit_alerts;
select count(*) > 1 from steward.forecast();
select tests.code(format($$select steward.simulate_limit('workspace', null, 'cost', 'day', 1, workspace_id => %L)$$, tests.workspace('acme')));
set session authorization regress_outsider;
select tests.limits();
select count(*) filter (where s.workspace_id = tests.workspace('acme')), bool_and(s.waiting = 0), bool_and(s.turned_away is null) filter (where s.workspace_id is null), count(s.bucket_value) from steward.limit_status s;
select tests.alerts();
select tests.forecast();
select s.day, s.cost, s.calls from steward.spend_by_day s;
select o.attempt from steward.overruns o;
select tests.code(format('select steward.forecast(workspace_id => %L)', tests.workspace('acme')));
select tests.code(format($$select steward.simulate_limit('workspace', null, 'cost', 'day', 1, workspace_id => %L)$$, tests.workspace('acme')));
reset session authorization;
create table tests.line as select w as place from steward.waiting w where w.limit_id is not null limit 1;
grant select on tests.line to public;
select login || ': ' || tests.as_login(login, 'select steward.line_frees_at(l.place) is not null from tests.line l') from unnest('{regress_viewer,regress_outsider}'::text[]) login;
select steward.map_login('regress_analyst', tests.person('viewer'));
set session authorization regress_analyst;
select s.day, length(s.user_pseudonym), s.tool, s.tags, s.calls, s.cost from steward.analyst_spend_by_day s order by 1, 3;
select tests.code('select * from steward.spend_by_day'), tests.code('select * from steward.limit_status');
reset session authorization;

\echo A limit of each user over all workspaces: who is met by it sees how full it is, a stranger only that it is there. Administrators are told when it is full.
select steward.set_limit('user', null, 'calls', 'day', 1) is not null;
select steward.enqueue('report', idempotency_key => 'o', queue => 'others', workspace_id => tests.workspace('acme')) is not null;
select tests.claimed('others');
select tests.limits('1 calls%') ~ 'used 0, held 1, left 0, 100';
select tests.as_login('regress_admin', $$select string_agg(concat_ws(' ', a.words, a.percent, a.workspace_id is null), ', ' order by a.percent) from steward.limit_alerts a where a.words like '1 calls%'$$);
select tests.as_login('regress_outsider', $$select string_agg(concat_ws(' ', s.words, s.bucket_value, s.used, s.held), ', ') from steward.limit_status s where s.words like '1 calls%'$$);
select steward.set_limit('user', null, 'calls', 'day', null) is not null;

\echo Windows and alerts are pruned when they are more than a year old, by administrators.
select tests.refused($$select steward.prune_windows('1 year')$$), tests.refused('select steward.prune_windows(null)');
select steward.prune_windows('366 days'), steward.prune_windows('900000 years');
select tests.at('2031-06-01 00:00Z');
select count(*) > 0 from steward.limit_alert;
select steward.prune_windows('366 days') > 3, steward.prune_windows('366 days');
select count(*), (select count(*) from steward.usage_window v where isfinite(v.ends_at) and v.held = 0) from steward.limit_alert;
select a.act, a.detail ->> 'windows' > '0' from steward.audit a where a.act = 'prune_windows';
select tests.code($$set local session authorization regress_owner; select steward.prune_windows('366 days')$$);
-- The functions behind the views answer for whoever asks.
select count(*) > 0 from steward.readable_limits();
select count(*) from steward.readable_cooldowns();
