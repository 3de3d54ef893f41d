-- Fairness: a claim takes turns between workspaces, priority counts inside a workspace only, and nobody waits longer than a round.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));

-- Workspaces come in turn in the order in which they were made: acme before small-01 before small-02 and so on.
select count(steward.create_workspace('small-' || to_char(n, 'FM00'), 'Small')) from generate_series(1, 70) n;
select steward.add_member(tests.workspace('globex'), tests.person('editor'), 'editor');
create function tests.put(workspace text, jobs int, queue text, priority int default 0) returns bigint language sql volatile as $$
    select count(*) from steward.enqueue_many('noop', array_fill('{}'::jsonb, array[jobs]), queue => put.queue, priority => put.priority,
        workspace_id => tests.workspace(workspace))
$$;
-- Whose jobs a claim took, as `workspace × how many`, in the order of the workspaces.
create function tests.taken(queues text[], most int) returns text language sql volatile as $$
    select coalesce(string_agg(format('%s × %s', slug, n), ', ' order by slug), 'nothing')
    from (select w.slug, count(*) as n from steward.claim_jobs('w1', queues, most) c join steward.job j on j.id = c.job_id
        join steward.workspace w on w.id = j.workspace_id group by w.slug) t
$$;

-- Three workspaces with more than a batch each are served in turn; what one cannot fill goes to the next.
select tests.put(w, 10, 'turns') from unnest(array['acme', 'small-01', 'small-02']) w;
select n, tests.taken('{turns}', 4) from generate_series(1, 6) n;
select tests.taken('{turns}', 100), tests.taken('{turns}', 100);

-- Forty workspaces with one job each, enqueued behind the 3000 of another: all of them come in the second claim of 50.
select tests.put('acme', 3000, 'huge'), sum(tests.put('small-' || to_char(n, 'FM00'), 1, 'huge')) from generate_series(1, 40) n;
create temporary table served as
select round, j.workspace_id from generate_series(1, 2) round, lateral steward.claim_jobs('w' || round, '{huge}', 50) c join steward.job j on j.id = c.job_id;
select round, count(*) filter (where workspace_id = tests.workspace('acme')), count(distinct workspace_id) filter (where workspace_id <> tests.workspace('acme'))
from served group by round order by round;
-- One that comes anew is found within 100 ms, and is served in the next claim but one, however many jobs are in front of it.
select tests.put('small-70', 1, 'huge');
do $$ begin
    while clock_timestamp() <= statement_timestamp() + interval '0.1 s' loop perform pg_sleep(0.01); end loop;
end $$;
select bool_or(taken like '%small-70%') from (select tests.taken('{huge}', 10) as taken from generate_series(1, 2)) t;

-- More workspaces than one pass asks (64): everyone is served within one round, in claims of ten as in one large claim.
select tests.put('acme', 500, 'many'), sum(tests.put('small-' || to_char(n, 'FM00'), 1, 'many')) from generate_series(1, 70) n;
truncate served;
insert into served select round, j.workspace_id from generate_series(1, 8) round, lateral steward.claim_jobs('w' || round, '{many}', 10) c join steward.job j on j.id = c.job_id;
select count(*), count(distinct workspace_id) from served;
select sum(tests.put('small-' || to_char(n, 'FM00'), 1, 'wide')) from generate_series(1, 70) n;
select count(*) from steward.claim_jobs('w1', '{wide}', 100);

-- The batch is shared between those who answered last time: eight places for four workspaces are two each.
select sum(tests.put('small-' || to_char(n, 'FM00'), 1, 'quantum')) from generate_series(1, 4) n;
select tests.taken('{quantum}', 8);
select sum(tests.put('small-' || to_char(n, 'FM00'), 5, 'quantum')) from generate_series(1, 4) n;
select tests.taken('{quantum}', 8);
-- A batch smaller than the ring goes on where the last one ended.
select sum(tests.put('small-' || to_char(n, 'FM00'), 2, 'single')) from generate_series(1, 3) n;
select string_agg(tests.taken('{single}', 1), ', ') from generate_series(1, 6);

-- Priority ranks the jobs of a workspace: smaller first, then older first, whatever the time of the enqueue.
select count(steward.enqueue('noop', queue => 'ranked', priority => p, idempotency_key => format('%s at %s', name, p), workspace_id => tests.workspace('acme')))
from (values ('b', 5), ('c', 0), ('d', -5), ('e', 0), ('f', 1000), ('g', -1000)) as j (name, p);
select tests.claimed('ranked', most => 1) from generate_series(1, 6);
-- It gives a workspace no place before another: one job of the last priority is served beside thousands of the first.
select tests.put('acme', 2000, 'urgent', -1000), tests.put('globex', 1, 'urgent', 1000);
select bool_or(taken like '%globex%') from (select tests.taken('{urgent}', 10) as taken from generate_series(1, 2)) t;
-- Nor do many priorities give more turns than one.
select sum(tests.put('acme', 2, 'spread', p)), tests.put('globex', 6, 'spread') from generate_series(1, 20) p;
select count(*), sum(acme), sum(globex) from (select (taken like 'acme%')::int as acme, (taken like 'globex%')::int as globex
    from (select tests.taken('{spread}', 3) as taken from generate_series(1, 4)) t) s;

-- However much that is urgent keeps coming, every eighth claim goes to what was served longest ago.
create function tests.under_pressure(tool text, queue text, claims int) returns text language plpgsql as $$
declare
    order_of_claims text := '';
    name text;
begin
    perform steward.enqueue(tool, idempotency_key => format('%s late %s', tool, n), queue => queue, priority => 1000, workspace_id => tests.workspace('acme')) from generate_series(1, 9) n;
    for n in 1 .. claims loop
        perform steward.enqueue(tool, idempotency_key => format('%s urgent %s', tool, n), queue => queue, priority => -1000, workspace_id => tests.workspace('acme'));
        name := tests.claimed(queue, most => 1);
        order_of_claims := order_of_claims || case when name like '% late %' then 'L' when name like '% urgent %' then 'u' else '-' end;
        perform tests.finished(name, '{"phase": "answered"}');
    end loop;
    return order_of_claims;
end
$$;
select tests.under_pressure('noop', 'aging', 32);
-- The same where jobs wait for a slot of their tool: forty are parked, and after that a slot is free for each claim.
select steward.define_tool('narrow', '{"executor": "noop", "concurrency": 1}');
select steward.enqueue('narrow', queue => 'narrow', workspace_id => tests.workspace('acme'), idempotency_key => 'holds the slot') is not null, tests.claimed('narrow');
select count(steward.enqueue('narrow', idempotency_key => format('%s %s', urgency, n), queue => 'narrow', workspace_id => tests.workspace('acme'), priority => priority))
from (values ('late', 1000), ('urgent', -1000)) as j (urgency, priority), generate_series(1, 20) n;
select tests.claimed('narrow'), tests.finished('holds the slot', '{"phase": "answered"}');
create function tests.one_after_the_other(queue text, claims int) returns text language plpgsql as $$
declare
    names text[] := '{}';
    name text;
begin
    for n in 1 .. claims loop
        name := tests.claimed(queue, most => 1);
        names := names || left(name, 1);
        perform tests.finished(name, '{"phase": "answered"}');
    end loop;
    return array_to_string(names, '');
end
$$;
select tests.one_after_the_other('narrow', 24);

-- Of several queues the first named is emptied before the next is looked at.
select tests.put('acme', 3, 'first'), tests.put('acme', 3, 'second'), tests.put('globex', 3, 'second');
create function tests.by_queue(queues text[], most int) returns text language sql volatile as $$
    select coalesce(string_agg(format('%s × %s', queue, n), ', ' order by queue), 'nothing')
    from (select j.queue, count(*) as n from steward.claim_jobs('w1', queues, most) c join steward.job j on j.id = c.job_id group by j.queue) t
$$;
select tests.by_queue('{second,first}', 2), tests.by_queue('{first,second}', 2), tests.by_queue('{first,second}', 2), tests.by_queue('{missing,first,second,second}', 10);
select tests.by_queue('{missing}', 10), tests.by_queue('{}', 10);

-- What a claim names is checked. A queue that is null must not keep it from ending.
set statement_timeout = '20s';
select tests.code($$select count(*) from steward.claim_jobs('w1', array['first', null], 10)$$);
reset statement_timeout;
select tests.refused($$select count(*) from steward.claim_jobs('w1', null, 10)$$);
select tests.refused($$select count(*) from steward.claim_jobs(null, '{first}', 10)$$);
select tests.refused($$select count(*) from steward.claim_jobs('w1', '{first}', null)$$);
select tests.refused(format('select count(*) from steward.claim_jobs(%L, %L, %s)', 'w1', '{first}', n)) from unnest(array[0, -1, 10001]) n;
select tests.code(format('select count(*) from steward.claim_jobs(%L, %L, 1)', w, '{first}')) from unnest(array['', repeat('w', 201)]) w;
