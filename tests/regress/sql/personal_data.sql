-- Personal data: which columns hold it, that analysts never see it, and that no error quotes it.
\pset tuples_only on
\pset format unaligned

-- Columns that can hold text and are not registered: none of them holds what people wrote. A new column shows here until somebody decides.
select c.relname, string_agg(a.attname, ' ' order by a.attnum)
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'steward'::regnamespace and c.relkind = 'r'
    and a.atttypid in ('text'::regtype, 'name'::regtype, 'jsonb'::regtype, 'json'::regtype, 'text[]'::regtype, 'varchar'::regtype, 'bytea'::regtype)
    and not exists (select from steward.personal_data p where p.relation = c.relname and p.column_name = a.attname)
group by c.relname order by c.relname;
-- A registered column that does not exist.
select p.relation, p.column_name from steward.personal_data p
where not exists (select from pg_attribute a where a.attrelid = ('steward.' || p.relation)::regclass and a.attname = p.column_name and not a.attisdropped);

-- A job that says the same word everywhere where people or providers may write.
select steward.map_login('postgres', tests.person('editor')), steward.map_login('regress_analyst', tests.person('viewer'));
select steward.define_provider('shop', '{"base_url": "https://shop.example"}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "realtime": true, "request": {"path": "/send"}, "response": {"result": ""},
    "payload_schema": {"type": "object", "properties": {"email": {"type": "string", "maxLength": 30, "pattern": "^[^ ]*$"}, "name": {"enum": ["Ann"]}, "n": {"maximum": 7}}}}');
select tests.started('send', 'zebra-done', '{"email": "zebra@zebra.example", "name": "Ann"}'), steward.report_progress(tests.job('zebra-done'), 1, 0.5, 'zebra'),
    tests.finished('zebra-done', '{"phase": "answered", "status": 200, "body": "{\"zebra\": \"zebra\"}"}');
select tests.started('send', 'zebra-failed', '{"email": "zebra@zebra.example"}'), tests.finished('zebra-failed', '{"phase": "answered", "status": 404, "body": "{\"error\": \"zebra\"}"}');
select tests.started('send', 'zebra-waits', '{"email": "zebra@zebra.example"}'), tests.finished('zebra-waits', '{"phase": "answered", "status": 429, "body": "{\"error\": \"zebra\"}"}');
select steward.enqueue('send', '{"email": "zebra@zebra.example"}', idempotency_key => 'zebra-cancelled') is not null;
select steward.cancel_job(tests.job('zebra-cancelled'), 'zebra asked for it');
-- A lead that says it, too, with a score.
select steward.map_login('postgres', tests.person('owner'));
select count(*) from steward.import_leads('[{"provider_id": "zebra", "email": "zebra@zebra.example", "full_name": "Zebra zebra", "company": "zebra", "segment": "zebra", "stripes": "zebra", "zebra": 7}]');
select steward.define_rubric('fit', '{"terms": [{"name": "named", "kind": "contains", "field": ["company", "attributes.stripes"], "any": [{"of": ["zebra"], "points": 70}]}], "heat": [{"label": "hot", "min": 50}, {"label": "cold"}]}'),
    steward.set_routing('{"owners": [{"owner": "zebra", "segments": ["zebra"]}]}'), steward.publish_rubric('fit');
select steward.map_login('postgres', tests.person('editor'));
set session authorization regress_editor;
select count(*), bool_and(j::text like '%zebra%') from steward.jobs j;

-- The analyst sees every one of these jobs and attempts, and the word in none of them.
set session authorization regress_analyst;
select count(*), count(*) filter (where (to_jsonb(j) - 'queue')::text like '%zebra%'), count(distinct user_pseudonym), count(distinct idempotency_pseudonym) from steward.analyst_jobs j;
select count(*), count(*) filter (where a::text like '%zebra%') from steward.analyst_attempts a;
select tool, state, attempts, tries, payload, result, error_code, error_message, waiting_for from steward.analyst_jobs order by id;
select number, tool, state, decision, http_status, error_code, error_message from steward.analyst_attempts order by claimed_at;
select count(*) filter (where s::text ilike '%zebra%'), count(lead_pseudonym), count(owner_pseudonym) from steward.analyst_lead_scores s;
select rubric, rubric_version, rubric_state, score, heat, contributions, superseded_at, outcome from steward.analyst_lead_scores;
-- A pseudonym is no plain hash of the value.
select count(*) from steward.analyst_jobs where user_pseudonym in (left(md5(tests.person('editor')::text), 16),
    left(encode(sha256(convert_to(tests.person('editor')::text, 'UTF8')), 'hex'), 16), left(encode(sha256(uuid_send(tests.person('editor'))), 'hex'), 16));
-- A function in a condition sees no row that is left out.
reset session authorization;
select steward.add_member(tests.workspace('globex'), tests.person('editor'), 'editor');
select count(steward.enqueue('noop', idempotency_key => 'foreign', queue => 'foreign-queue', workspace_id => tests.workspace('globex')));
set session authorization regress_analyst;
select count(*) from steward.analyst_jobs where tests.spy(queue);
select count(*) from steward.analyst_lead_scores where tests.spy(rubric);
select tests.spied();
-- Another analyst, of nothing, sees nothing; none of both reads a table.
reset session authorization;
select steward.forget_login('regress_analyst');
set session authorization regress_analyst;
select count(*) from steward.analyst_jobs;
select count(*) from steward.analyst_attempts;
select count(*) from steward.analyst_lead_scores;
select tests.code('select from steward.' || relation)
from unnest(array['job', 'jobs', 'attempt', 'attempts', 'waiting', 'job_status', 'member', 'audit', 'installation', 'all_jobs', 'lead', 'leads', 'lead_score', 'rubric', 'top_leads', 'signal']) relation;

-- No refusal quotes the word: not that of a schema, an option, a key that is taken, or a definition that is broken.
reset session authorization;
create function tests.quotes(statement text) returns text language sql volatile as $$
    select case when r.words like '%zebra%' then 'QUOTED: ' || r.words else substring(r.words from '^(?:NOT REFUSED|[0-9A-Z]{5}(?: [a-z_]+(?=:))?)') end
    from tests.refused(statement) r (words)
$$;
select tests.quotes(format('select steward.enqueue(%L, %L, workspace_id => %L)', 'send', payload, tests.workspace('acme')))
from unnest(array['{"email": "zebra zebra zebra zebra zebra zebra"}', '{"email": "a zebra"}', '{"email": ["zebra"]}', '{"name": "a zebra"}', '{"n": 8, "email": "zebra"}', '["zebra"]', '"zebra"']::jsonb[]) payload;
select tests.quotes(format('select steward.enqueue(%L, %L, idempotency_key => %L, workspace_id => %L)', 'send', '{"email": "other"}', 'zebra-done', tests.workspace('acme')));
select tests.quotes(format('select steward.enqueue(%L, idempotency_key => %L, workspace_id => %L)', 'send', repeat('zebra', 50), tests.workspace('acme')));
select tests.quotes(format('select steward.enqueue(%L, tags => %L, workspace_id => %L)', 'send', array[repeat('zebra', 50)], tests.workspace('acme')));
select tests.quotes(format('select steward.preview_request(%L, %L)', 'send', '{"email": "a zebra"}'));
select tests.quotes($$select * from steward.finish_jobs('w1', array['{"job_id": "zebra", "attempt": 1, "phase": "answered"}']::json[])$$);
