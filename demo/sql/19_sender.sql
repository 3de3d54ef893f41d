\echo '-- LinkedIn''s User Agreement forbids automated methods to add contacts or to send messages. What follows shows how a sender is'
\echo '-- held back; it does not make that permitted. The provider is Unipile, played by the sandbox; the tools come with the project.'
\set ECHO none
\set provider `cat :'packaging'/provider.json`
\set tools `cat :'packaging'/tools.json`
\echo '\\set provider `cat packaging/unipile/provider.json`'
\echo '\\set tools `cat packaging/unipile/tools.json`'
\echo 'select steward.define_provider(''unipile'', jsonb_set(:''provider'', ''{base_url}'', ''"':url'"''));'
\echo 'select steward.define_tool(name, definition) from jsonb_each(:''tools'') as tool (name, definition);'
\o /dev/null
select steward.define_provider('unipile', jsonb_set(:'provider', '{base_url}', to_jsonb(:'url'::text)));
select steward.define_tool(name, definition) from jsonb_each(:'tools') as tool (name, definition);
\o
\set ECHO queries
select name, definition ->> 'title' as title, definition ->> 'governed' as governed, definition ->> 'max_tries' as max_tries, definition ->> 'on_lost' as on_lost
from steward.tool where name like 'unipile%' order by name;

\echo '-- Senders are added by an owner or an admin of the workspace; the application, an editor, may not.'
\o /dev/null
create role demo_manager login;
grant steward_user to demo_manager;
select steward.map_login('demo_manager', '00000000-0000-4000-8000-000000000002'),
    steward.add_member(id, '00000000-0000-4000-8000-000000000002', 'owner')
from steward.workspace;
create table demo_clock (moved_at timestamptz not null, clock_offset interval not null);
grant select on demo_clock to demo_manager;
\o
