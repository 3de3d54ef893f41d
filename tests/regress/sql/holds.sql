-- Money is set aside when a job is claimed, and posted when its call is over: what is posted and held together never passes a limit.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
set timezone = 'UTC';
select steward.define_tool('paid', '{"executor": "noop", "price": {"call": "4"}}');
select steward.define_tool('cheap', '{"executor": "noop", "price": {"call": "1"}}');
select steward.define_tool('dear', '{"executor": "noop", "price": {"call": "8"}}');
select steward.define_tool('counted', '{"executor": "noop", "price": {"at_most": "3", "usage": "openrouter"}}');
select steward.define_tool('doubted', '{"executor": "noop", "price": {"call": "2"}, "on_lost": "in_doubt"}');

create function tests.put(tool text, names text[], queue text, workspace text default 'acme') returns bigint language sql volatile as $$
    select count(steward.enqueue(tool, idempotency_key => n, queue => put.queue, workspace_id => tests.workspace(workspace))) from unnest(names) n
$$;
-- What is used and held, in dollars, of the cost limits of a workspace with a window of now.
create function tests.money(workspace text default 'acme') returns text language sql volatile security definer as $$
    select coalesce(string_agg(format('%s: %s used, %s held', l.window_kind, steward.dollars(v.posted), steward.dollars(v.held)), '; ' order by l.window_kind), 'nothing')
    from steward.usage_window v join steward.usage_limit l on l.id = v.limit_id
    where v.workspace_id = tests.workspace($1) and v.metric = 'cost' and steward.clock() >= v.starts_at and steward.clock() < v.ends_at
$$;
create function tests.told(workspace text default 'acme') returns setof text language sql volatile security definer as $$
    select format('%s %s: %s of %s held, %s calls', tests.name(e.job_id), e.kind, steward.dollars(e.cost), steward.dollars(e.held), e.calls)
    from steward.ledger e where e.workspace_id = tests.workspace($1) order by e.number
$$;

-- Ten dollars a day: two of these are held, the third waits, with the reason and the time.
select tests.put('paid', '{a,b,c}', 'q'), tests.claimed('q'), tests.money();
select tests.place('c');
select waiting_detail from steward.jobs where id = tests.job('c');
-- A smaller one passes it; one that fits no more does not.
select tests.put('cheap', '{d,e,f}', 'q'), tests.claimed('q'), tests.money();
-- What ends posts what it cost, and what is freed is for who waits: nobody waits longer than that.
select tests.sent('d'), tests.finished('d', '{"phase": "answered"}'), tests.sent('e'), tests.finished('e', '{"phase": "not_executed"}'), tests.money();
select tests.claimed('q'), tests.money();
select * from tests.told();
-- What sent nothing cost nothing, and has no entry.
select tests.finished('f', '{"phase": "unsent"}'), tests.money();
-- Settling twice posts once.
select tests.finished('a', '{"phase": "answered"}', attempt => 1), tests.finished('a', '{"phase": "answered"}', attempt => 1), tests.money();
-- A call whose answer never came is posted as the most it may have cost, before it is made again.
select tests.sent('b'), tests.finished('b', '{"phase": "lost"}'), tests.money();
select * from tests.told();

-- The next day everybody in line may go, and nothing was reset: yesterday stands as it was.
set steward.clock_offset = 86400;
select tests.claimed('q'), tests.money();
reset steward.clock_offset;
select tests.money();

-- What the provider says is what it cost; more than was held is an overrun, which is posted and never cut off.
select steward.set_limit('workspace', null, 'cost', 'day', 100, workspace_id => tests.workspace('globex')) is not null;
select tests.person('owner') is not null and steward.add_member(tests.workspace('globex'), tests.person('owner'), 'editor') is not null;
select tests.put('counted', '{g,h,i,j}', 'g', 'globex'), tests.claimed('g'), tests.money('globex');
select tests.sent(n) from unnest('{g,h,i,j}'::text[]) n;
select tests.finished('g', '{"phase": "answered", "status": 200, "body": "{\"usage\": {\"prompt_tokens\": 10, \"completion_tokens\": 5, \"cost\": 0.25}}"}'), tests.money('globex');
select tests.finished('h', '{"phase": "answered", "status": 200, "body": "{\"usage\": {\"prompt_tokens\": 10, \"completion_tokens\": 5, \"cost\": 7.000000001}}"}'), tests.money('globex');
-- Without a word of it, or with nonsense, it is the most that was held.
select tests.finished('i', '{"phase": "answered", "status": 200, "body": "{}"}'), tests.money('globex');
select tests.finished('j', '{"phase": "answered", "status": 200, "body": "{\"usage\": {\"prompt_tokens\": -1, \"completion_tokens\": 5, \"cost\": 1}}"}'), tests.money('globex');
select * from tests.told('globex');

-- Evidence that comes late corrects the estimate, with an entry of its own; so does that of a call whose job went on without it.
select tests.put('doubted', '{k}', 'k', 'globex'), tests.claimed('k'), tests.sent('k');
select tests.finished('k', '{"phase": "lost"}'), tests.place('k'), tests.money('globex');
select tests.finished('k', '{"phase": "not_executed"}'), tests.money('globex');
select tests.put('counted', '{l}', 'l', 'globex'), tests.claimed('l'), tests.sent('l');
select tests.finished('l', '{"phase": "lost"}'), tests.money('globex');
select tests.finished('l', '{"phase": "answered", "status": 200, "body": "{\"usage\": {\"prompt_tokens\": 10, \"completion_tokens\": 5, \"cost\": 1}}"}', attempt => 1), tests.money('globex');
select * from tests.told('globex') offset 4;

-- Nothing of it can be changed by anybody.
select tests.code('update steward.ledger set cost = 0'), tests.code('delete from steward.ledger'), tests.code('truncate steward.ledger');
