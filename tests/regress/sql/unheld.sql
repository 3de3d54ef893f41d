-- A worker whose claim had no answer says what it holds, and the rest of what it claimed runs again at once.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_provider('shop', '{"base_url": "https://shop.example/v1"}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "request": {"path": "/send"}}');
select count(steward.enqueue('send', idempotency_key => job, queue => worker, workspace_id => tests.workspace('acme')))
from (values ('w1', 'held'), ('w1', 'sent'), ('w1', 'unheld'), ('w1', 'another attempt'), ('w2', 'of another')) as j (worker, job);
select tests.claimed('w1'), tests.claimed('w2', 'w2'), tests.sent('sent');

-- Neither what it holds, nor what has gone out, nor what another worker claimed.
select steward.release_unheld('w1', array[tests.job('held'), tests.job('another attempt'), tests.job('of another')], '{1,2,1}');
select n, tests.place(n) from unnest(array['held', 'sent', 'unheld', 'another attempt', 'of another']) n;
select a.number, a.state, a.decision, a.error_code, a.error_message from steward.attempts a where a.job_id = tests.job('unheld');
-- Once is enough, and no try is burned.
select steward.release_unheld('w1', array[tests.job('held')], '{1}'), tests.sent('unheld');
select tests.claimed('w1', 'w3'), tests.sent('unheld', 'w3'), tests.finished('unheld', '{"phase": "answered", "status": 200, "body": "{}"}', 'w3');
select state, attempts, tries from steward.jobs where id = tests.job('unheld');
-- Whoever holds nothing gives all back.
select steward.release_unheld('w1', '{}', '{}'), tests.place('held'), tests.place('sent');

select tests.refused($$select steward.release_unheld(null, '{}', '{}')$$);
select tests.refused($$select steward.release_unheld('', '{}', '{}')$$);
select tests.refused($$select steward.release_unheld('w1', null, '{}')$$);
select tests.refused($$select steward.release_unheld('w1', '{}', null)$$);
begin isolation level repeatable read;
select tests.code($$select steward.release_unheld('w1', '{}', '{}')$$);
rollback;
