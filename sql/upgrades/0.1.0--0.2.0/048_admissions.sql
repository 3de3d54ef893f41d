-- Admissions are forgotten when providers, limits and workspaces change, too.

do $triggers$
declare
    relation name;
begin
    foreach relation in array array['provider', 'usage_limit', 'workspace']::pg_catalog.name[] loop
        execute pg_catalog.format('create trigger forget_admissions after truncate on steward.%I '
            'for each statement execute function steward.forget_admissions()', relation);
        execute pg_catalog.format('create trigger forget_admissions_of_row after insert or update or delete on steward.%I '
            'for each row execute function steward.forget_admissions()', relation);
        execute pg_catalog.format('alter table steward.%I enable always trigger forget_admissions, enable always trigger forget_admissions_of_row', relation);
    end loop;
end
$triggers$;
