\echo '-- What was done: one row for each call, written with its sent mark, before the first byte left. The refused one counts, too.'
select c.seq, c.t at time zone 'America/Sao_Paulo' as t, c.t - a.planned_at as after_its_moment, c.t - c.before_t as gap, c.day_slot || ' of ' || c.day_cap as slot,
    a.person, a.state, a.code
from steward.action_claim c join steward.actions a on a.id = c.action_id order by c.seq;

\echo '-- And what arrived, as the sandbox wrote it down by its own clock; beside it, that clock moved as ours was.'
\o /dev/null
create temp table line (call jsonb);
\set copy '\\copy line from ' :'log'
\echo :copy
\set ECHO none
:copy
\set ECHO queries
create temp table arrival as
select c.at, c.at + (select m.clock_offset from demo_clock m where m.moved_at < c.at order by m.moved_at desc limit 1) as moved, c.account, c.person, c.status, c.done, c.job_id, c.attempt
from line, jsonb_to_record(call) as c (at timestamptz, account text, person text, status int, done boolean, job_id uuid, attempt int)
where call ->> 'path' like '/api/v1/%';
\o
select at, moved at time zone 'America/Sao_Paulo' as moved, account, person, status, done from arrival order by at;
