-- An enqueue goes a short way once its backend knows that it may be enqueued: it writes the same rows, and leaves to statements whatever it does not know of a table.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
select steward.define_tool('paid', '{"executor": "noop", "price": {"call": "0.5"}}');
select steward.set_limit('workspace', null, 'jobs', 'month', 100, 'reject') is not null;

-- The first goes the long way, the next the short one, with options, too. Both write the same, and each takes a unit of the quota.
select steward.enqueue('paid', '{"n": [1, 2.50, "é"]}', priority => 5, queue => 'other', tags => '{a,b}') is not null from generate_series(1, 2);
select count(*), count(distinct to_jsonb(j) - '{id,run_at,created_at}'::text[]), bool_and(j.run_at = j.created_at) from steward.job j;
select count(*), count(distinct to_jsonb(r) - '{id,run_at}'::text[]), bool_and(r.run_at = j.run_at and r.queue = j.queue) from steward.ready r join steward.job j using (id);
select array_agg(u.n order by u.n) from steward.quota_unit u;
-- A transaction that is rolled back gives everything back, to a savepoint, too.
begin;
savepoint one;
select steward.enqueue('paid') is not null;
rollback to one;
select steward.enqueue('paid') is not null;
commit;
select (select count(*) from steward.job), (select count(*) from steward.ready), (select array_agg(u.n order by u.n) from steward.quota_unit u);
-- What it wrote is seen by the next statement, and by the next enqueue of the same statement.
begin;
select steward.enqueue('paid') is not null, steward.enqueue('paid') is not null;
select count(*) from steward.job;
rollback;

-- A transaction that may write nothing is told so.
begin read only;
select tests.refused($$select steward.enqueue('paid')$$);
rollback;
-- What is wrong is said as before.
select tests.refused(format('select steward.enqueue(%s)', a)) from unnest(array['null', $$'paid', null$$, $$'paid', priority => 1001$$, $$'paid', queue => 'a b'$$, $$'paid', tags => '{""}'$$, $$'paid', tags => '{null}'$$, $$'paid', priority => null$$]) a;

-- A trigger or a constraint that somebody adds holds for the next enqueue.
create table public.seen (id uuid);
create function public.see() returns trigger language plpgsql security definer as $$ begin insert into public.seen values (new.id); return new; end $$;
create trigger seen after insert on steward.job for each row execute function public.see();
select steward.enqueue('paid') is not null;
select count(*) from public.seen;
drop trigger seen on steward.job;
alter table steward.job add constraint no_spam check (not 'spam' = any (tags));
select tests.refused($$select steward.enqueue('paid', tags => '{spam}')$$);
alter table steward.job drop constraint no_spam;

-- Nothing is looked up by the caller's search path.
create schema trap;
create table trap.job (like steward.job);
create table trap.ready (like steward.ready);
create type trap.text as (x int);
create function trap.enqueue_checked(text, jsonb, timestamptz, int, text, text, text[], uuid, uuid) returns uuid language sql as $$ select null::uuid $$;
set search_path = trap, pg_catalog;
select steward.enqueue('paid') is not null, steward.enqueue('paid', run_at => 'tomorrow') is not null;
reset search_path;
select (select count(*) from trap.job), (select count(*) from trap.ready);
