-- What one answer says about everybody's next call is kept by all: nobody calls the provider until then, and nothing is used up meanwhile.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_provider(p, '{"base_url": "https://api.example", "headers": {"authorization": "Bearer {{ secret.AI_KEY }}"}}') from unnest('{ai,other}'::text[]) p;
select steward.define_provider('open', '{"base_url": "https://open.example"}');
-- A model that the tool writes, two tools of one model, one that the payload names, one in the path, and none that anybody could tell.
select steward.define_tool(t.name, jsonb_build_object('executor', 'http', 'provider', t.provider, 'adapter', 'http_json', 'max_attempts', 2, 'max_tries', 2,
    'request', jsonb_build_object('path', t.path, 'body', case when t.model is null then '{}' else jsonb_build_object('model', t.model) end)))
from (values ('large', 'ai', '/c', 'gpt-large'), ('large2', 'ai', '/d', 'gpt-large'), ('small', 'ai', '/c', 'gpt-small'), ('chosen', 'ai', '/c', '{{ payload.model }}'),
    ('gemini', 'ai', '/v1/models/gemini-flash:generateContent', null), ('blind', 'ai', '/c', null), ('elsewhere', 'other', '/c', 'gpt-large'), ('keyless', 'open', '/c', 'm')) as t (name, provider, path, model);

create function tests.put(tool text, name text, payload jsonb default '{}', workspace text default 'acme', queue text default 'q') returns text language sql volatile as $$
    select 'put' from steward.enqueue(tool, payload, idempotency_key => name, queue => put.queue, workspace_id => tests.workspace(workspace))
$$;
-- An answer to a job that was claimed; credential: what the worker says it used.
create function tests.answered(name text, status int, headers jsonb default '{}', credential jsonb default '{"secrets": ["AI_KEY"], "own": false}', worker text default 'w1', body text default '{}')
returns text language sql volatile as $$
    select tests.sent(name, worker) || ', ' || tests.finished(name, jsonb_build_object('phase', 'answered', 'status', status, 'headers', headers, 'credential', credential, 'body', body)::text, worker)
$$;
-- Every cool-down, with its length: what was asked for, and up to a tenth more. Without a word of the provider it is half to all of the tool's first backoff, 2 s.
create function tests.cooling() returns text language sql volatile security definer as $$
    select coalesce(string_agg(format('%s %s %s: %s, %s, hits %s', c.provider, replace(replace(c.credential, tests.workspace('acme')::text, 'acme'), tests.workspace('globex')::text, 'globex'),
        case c.model when '' then 'all models' else c.model end,
        coalesce((select n::text || ' s' from unnest('{10,20,34,60,100,300,1000,3600}'::int[]) n where extract(epoch from c.until - c.set_at) between n and 1.1 * n + 1),
            case when extract(epoch from c.until - c.set_at) between 1 and 2.2 then 'the backoff' else (c.until - c.set_at)::text end),
        c.code, c.hits), '; ' order by c.provider, c.credential, c.model), 'nothing cools down')
    from steward.cooldown c
$$;

-- Two workers. One meets the limit of a model; nobody calls the model again, whichever tool, worker or queue, until then. Other models and providers go on.
select tests.put(t, n) from (values ('large', 'met'), ('large', 'l1'), ('large2', 'l2'), ('small', 's1'), ('elsewhere', 'e1'), ('blind', 'b1')) as v (t, n);
select tests.put('chosen', 'c-large', '{"model": "gpt-large"}'), tests.put('chosen', 'c-small', '{"model": "gpt-small"}'), tests.put('chosen', 'c-odd', '{"model": "no model at all: ann@acme.example"}');
select tests.claimed('q', 'w1', 1), tests.answered('met', 429, '{"retry-after": "100"}');
select tests.cooling();
select tests.claimed('q', 'w2'), tests.claimed('q', 'w1');
select n, tests.place(n) from unnest('{met,l1,l2,c-large}'::text[]) n;
-- It says for how long, and why; the jobs come back after its end, within a fifth of its length.
select waiting_for, waiting_detail, waiting_until > c.until and waiting_until < c.until + (c.until - c.set_at) / 5, attempts, tries
from steward.jobs j cross join steward.cooldowns c where j.id = tests.job('l1');
select provider, model, workspace_id is null, reason, code, hits from steward.cooldowns;
select check_name, verdict, detail, retry_at > steward.now() + interval '90 s' from steward.explain_job(tests.job('l1')) where check_name in ('rate', 'provider ai');
set steward.clock_offset = 50;
select tests.put('large', 'l3'), tests.claimed('q', 'w2');
-- When it is over everybody comes back, and it is no attempt to have waited.
set steward.clock_offset = 140;
select tests.claimed('q', 'w2');
select n, tests.place(n) from unnest('{met,l1}'::text[]) n;

-- Whoever meets the limit again and again waits, and its attempts count towards nothing: max_attempts is 2.
select tests.answered('met', 429, '{"retry-after": "100"}', worker => 'w2'), tests.cooled_down();
set steward.clock_offset = 300;
select tests.claimed('q', 'w1'), tests.answered('met', 429, '{"retry-after": "100"}'), tests.cooled_down(), tests.place('met');
-- One that kills its worker does count, and only once.
set steward.clock_offset = 500;
select tests.claimed('q', 'w1'), tests.finished('met', '{"phase": "unsent", "code": "worker_lost"}'), tests.place('met');
select tests.claimed('q', 'w1'), tests.finished('met', '{"phase": "unsent", "code": "worker_lost"}'), tests.place('met');
reset steward.clock_offset;

-- A limit of a model that nobody can tell, an empty account and an unavailable server concern everything with that key.
create function tests.story(tool text, status int, headers jsonb, body text default '{}') returns text language sql volatile as $$
    select tests.cooled_down();
    delete from steward.waiting;
    select tests.put(tool, 'story'), tests.claimed('q');
    select tests.answered('story', status, headers, body => body);
    update steward.job set idempotency_key = null where id = tests.job('story');
    select tests.cooling()
$$;
select tests.story('blind', 429, '{"retry-after-ms": "20000"}');
select tests.put('small', 's2'), tests.put('elsewhere', 'e2'), tests.claimed('q'), tests.place('s2');
select tests.story('small', 429, '{}', '{"error": {"code": "insufficient_quota"}}');
select tests.story('small', 503, '{"retry-after": "20"}');
select tests.story('gemini', 429, '{}', '{"error": {"details": [{"retryDelay": "34s"}]}}');
select tests.story('gemini', 429, '{}', '{"error": {"details": [{"violations": [{"quotaId": "RequestsPerDayPerProjectPerModel"}]}, {"retryDelay": "34s"}]}}');
select tests.story('small', 200, '{"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1m0s"}');
select tests.story('small', 200, '{"x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "1m0s"}');
-- Hostile headers: as if they were not there, or an hour.
select h, tests.story('small', 429, jsonb_build_object('retry-after', h)) from unnest(array['-1', 'NaN', '1e308', 'Fri, 31 Dec 9999 23:59:59 GMT', 'soon', E'x\u0001']) h;
select tests.story('small', 429, '{"retry-after": "100"}', repeat('[', 100000));
-- Several answers of a batch make one row, for the longest of them; a shorter one later changes nothing, a longer one prolongs it.
select tests.cooled_down(), count(tests.put('small', 'many' || n)) from generate_series(1, 6) n;
select count(*) from steward.claim_jobs('w1', '{q}', 100);
select count(tests.sent('many' || n)) from generate_series(1, 6) n;
create function tests.reported(numbers int[], after int) returns bigint language sql volatile as $$
    select count(*) from steward.finish_jobs('w1', array(select jsonb_build_object('job_id', tests.job('many' || n), 'attempt', 1, 'phase', 'answered', 'status', 429,
        'headers', jsonb_build_object('retry-after', (after * n)::text), 'credential', '{"secrets": ["AI_KEY"], "own": false}'::jsonb)::json from unnest(numbers) n))
$$;
select tests.reported('{1,2,3}', 100), tests.cooling();
select tests.reported('{4}', 10), tests.cooling();
select tests.reported('{5}', 200), tests.cooling();

-- A workspace with a key of its own and those who share another do not stop each other, and nobody reads of somebody else's.
select tests.cooled_down(), steward.heartbeat(w, format('{"queues": ["own"], "secrets": ["AI_KEY", "AI_KEY@%s"]}', tests.workspace('globex'))::jsonb) from unnest('{w1,w2}'::text[]) w;
select steward.map_login('postgres', tests.person(p)), tests.put('large', n, '{}', w, 'own') from (values ('editor', 'a1', 'acme'), ('editor', 'a2', 'acme'), ('outsider', 'g1', 'globex'), ('outsider', 'g2', 'globex')) as v (p, n, w);
select tests.claimed('own', 'w1', 1), tests.answered('a1', 429, '{"retry-after": "100"}');
select tests.claimed('own', 'w2'), tests.place('a2');
select tests.answered('g1', 429, '{"retry-after": "100"}', '{"secrets": ["AI_KEY"], "own": true}', 'w2');
select tests.cooling();
select tests.cooled_down(), steward.map_login('postgres', tests.person('outsider')), tests.put('large', 'g3', '{}', 'globex', 'own');
select tests.answered('g2', 429, '{"retry-after": "100"}', '{"secrets": ["AI_KEY"], "own": true}', 'w2'), tests.claimed('own', 'w2'), tests.place('g3');
set steward.clock_offset = 170;
select tests.claimed('own', 'w2');
reset steward.clock_offset;
select tests.cooling();
set session authorization regress_outsider;
select provider, model, workspace_id = tests.workspace('globex') from steward.cooldowns;
set session authorization regress_editor;
select count(*) from steward.cooldowns;
set session authorization regress_nobody;
select count(*) from steward.cooldowns;
set session authorization regress_admin;
select count(*) from steward.cooldowns;
reset session authorization;
-- Where not every worker holds it, the shared key's limit holds for all. A worker that does not say what it used has used the shared one.
select tests.cooled_down(), steward.map_login('postgres', tests.person('editor')), steward.heartbeat('w3', '{"queues": ["own"], "secrets": ["AI_KEY"]}');
select tests.put('large', 'a3', '{}', 'acme', 'old'), tests.claimed('old'), tests.answered('a3', 429, '{"retry-after": "100"}', null), tests.cooling();
select steward.map_login('postgres', tests.person('outsider')), tests.put('large', 'g4', '{}', 'globex', 'own'), tests.claimed('own', 'w3'), tests.place('g4');
-- Calls without any secret have a credential, too: that of none.
select tests.cooled_down(), steward.map_login('postgres', tests.person('editor')), tests.put('keyless', 'k1', queue => 'k'), tests.claimed('k'), tests.answered('k1', 429, '{"retry-after": "100"}', '{"secrets": [], "own": false}'), tests.cooling();
select tests.put('keyless', 'k2', queue => 'k'), tests.claimed('k');

-- An administrator lifts it: the jobs come back within two seconds, those that met the limit as well.
select tests.put('large', 'k3', queue => 'k'), tests.refused('select steward.lift_cooldown(''open'', ''another'')'), tests.refused('select steward.lift_cooldown(null)');
set session authorization regress_editor;
select tests.refused('select steward.lift_cooldown(''open'')');
reset session authorization;
select steward.lift_cooldown('open', 'm'), tests.cooling();
set steward.clock_offset = 2;
select tests.claimed('k');
select tests.place('k1'), tests.place('k2');
reset steward.clock_offset;
select act, object_kind, object_id, detail from steward.audit where act = 'lift_cooldown';
-- A slot of a tool is not held for one that waits for its provider, and who waits for a slot waits for the provider first.
select tests.cooled_down(), steward.define_tool('narrow', '{"executor": "http", "provider": "open", "adapter": "http_json", "concurrency": 1, "request": {"path": "/c"}}');
select tests.put('narrow', n, queue => 'n') from unnest('{n1,n2,n3}'::text[]) n;
select tests.claimed('n'), tests.place('n2');
select tests.answered('n1', 429, '{"retry-after": "10"}', '{"secrets": [], "own": false}'), tests.claimed('n'), tests.place('n2');
set steward.clock_offset = 30;
select tests.claimed('n') in ('n1', 'n2', 'n3');
-- What is over is removed a day later.
set steward.clock_offset = 80000;
select steward.upkeep() >= 0, count(*) from steward.cooldown;
set steward.clock_offset = 90000;
select steward.upkeep() >= 0;
select count(*) from steward.cooldown;
