-- What plpgsql_check says of every PL/pgSQL function of the schema, one line per finding, and how many it looked at.
-- Performance warnings stay off: they are about volatility labels and hidden casts in plans, and the plans have tests of their own.
create extension plpgsql_check;

create temp view functions as
select p.oid, coalesce(t.tgrelid, 0) as relation, t.tgoldtable, t.tgnewtable
from pg_proc p
join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
left join pg_trigger t on t.tgfoid = p.oid and not t.tgisinternal
where p.pronamespace = 'steward'::regnamespace;

select format('%s line %s: %s %s: %s%s', f.oid::regprocedure, c.lineno, c.level, c.sqlstate, c.message, ' (' || c.detail || ')')
from functions f
cross join lateral plpgsql_check_function_tb(f.oid, f.relation, oldtable => f.tgoldtable, newtable => f.tgnewtable, fatal_errors => false, other_warnings => true, extra_warnings => true,
    security_warnings => true, compatibility_warnings => true, performance_warnings => false) c
order by f.oid::regprocedure::text, c.lineno;

select 'checked ' || count(*) from functions;
