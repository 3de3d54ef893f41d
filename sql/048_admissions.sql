-- The short way of an enqueue. Who may enqueue what depends on logins, members, roles, tools and limits, which change rarely; an enqueue in a transaction of
-- its own would spend most of its time on asking them. So the library remembers the answers of this backend (extension/src/admission.rs), and
-- forgets all of them when one of these tables or a role changes anywhere: the triggers below send what Postgres sends when a catalog changes, so
-- every backend hears of it before its next lookup after the commit. The long way asks the tables each time, and says what is wrong when it refuses.
-- ENABLE ALWAYS: session_replication_role must not silence them. For each row, because a subscription applies rows, not statements.
-- Measured: one enqueue a transaction from 16 clients, 11,300 a second, where a bare INSERT of the payload makes 18,000; the long way was a quarter of it.

do $triggers$
declare
    relation name;
begin
    -- The tables that admission.rs watches.
    foreach relation in array array['login', 'member', 'role_act', 'tool', 'provider', 'usage_limit', 'workspace']::pg_catalog.name[] loop
        execute pg_catalog.format('create trigger forget_admissions after truncate on steward.%I '
            'for each statement execute function steward.forget_admissions()', relation);
        execute pg_catalog.format('create trigger forget_admissions_of_row after insert or update or delete on steward.%I '
            'for each row execute function steward.forget_admissions()', relation);
        execute pg_catalog.format('alter table steward.%I enable always trigger forget_admissions, enable always trigger forget_admissions_of_row', relation);
    end loop;
end
$triggers$;
