-- A training ends with its statement, and takes no more memory than it may: a backend that computes on, or grows on, takes others down with it.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
-- Ten fields of 190 values each: equations of 1,920 columns, which take seconds for each of some twenty rounds, while 4,000 leads are gathered at once.
create table tests.lead as
select n, n % 3 = 0 as won, timestamptz '2026-01-01 00:00+00' + n * interval '1 hour' as at, jsonb_object_agg('f' || f, 'level ' || ('x' || substr(md5(n || ' ' || f), 1, 6))::bit(24)::int % 190) as attributes
from generate_series(1, 4000) n, generate_series(1, 10) f group by n;
create sequence tests.came_to_an_end;
create view tests.asked as select jsonb_build_object('method', 'logistic', 'level_leads', 1, 'features', jsonb_agg('attributes.f' || f)) as definition from generate_series(1, 10) f;

-- Cancelled in the middle of it. A sequence keeps what it has given although the statement fails: it was never asked, so the training had not come to its end when it did.
\set VERBOSITY sqlstate
set statement_timeout = '1s';
select steward.train_on(a.definition, l, l.n::text, l.won, l.at, null) is not null, nextval('tests.came_to_an_end') from tests.lead l, tests.asked a group by a.definition;
reset statement_timeout;
\set VERBOSITY default
select is_called as came_to_an_end from tests.came_to_an_end;
-- Without a limit it does, with fewer columns.
select steward.train_on(a.definition || '{"level_leads": 25}', l, l.n::text, l.won, l.at, null) #>> '{model,converged}', nextval('tests.came_to_an_end') from tests.lead l, tests.asked a group by a.definition;
select is_called as came_to_an_end from tests.came_to_an_end;

-- 300 fields of a quarter of a million leads would take more than a gigabyte: refused while they are gathered, and the server has not lost a connection.
select tests.refused($$select steward.train_on(d.definition, l, 'k', true, now(), null) from (select '{}'::jsonb as attributes from generate_series(1, 250000)) l,
    (select jsonb_build_object('method', 'logistic', 'features', jsonb_agg('attributes.f' || f)) as definition from generate_series(1, 300) f) d$$);
