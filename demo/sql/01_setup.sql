\echo '-- One tenant, one login for the application and one for the worker. Neither is a superuser.'
\o /dev/null
create role demo_app login;
create role demo_worker login;
grant steward_user to demo_app;
grant steward_worker to demo_worker;
with demo as (select steward.create_workspace('demo', 'Demo Medical') as id)
select steward.map_login('demo_app', '00000000-0000-4000-8000-000000000001'),
       steward.add_member(demo.id, '00000000-0000-4000-8000-000000000001', 'editor')
from demo;

\echo
\echo '-- A worker that is silent for one lease is dead. The default is 30 seconds; the demo is in a hurry.'
alter database :"DBNAME" set steward.lease = '10s';

\echo
\echo '-- Where calls go. The key is named, not stored: only the worker has its value.'
select steward.define_provider('ai', jsonb_build_object('base_url', :'ai_url', 'price_list', :'price_list', 'headers',
    '{"authorization": "Bearer {{ secret.OPENAI_API_KEY }}"}'::jsonb));
select steward.define_provider('mail', jsonb_build_object('base_url', :'mail_url'));

\echo
\echo '-- Nothing is sent before the most that it may cost is set aside. Prices of OpenAI come with the extension; these are the sandbox''s.'
select steward.import_prices('{"source": "our sandbox", "providers": [{"id": "sandbox", "models": [
    {"id": "sandbox", "match": {"starts_with": "sandbox"}, "prices": {"input_mtok": 0.15, "output_mtok": 0.60}}]}]}');
\o
