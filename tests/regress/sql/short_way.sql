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

-- What its owner may not insert, nobody inserts.
alter table steward.job force row level security;
select tests.refused($$select steward.enqueue('paid')$$);
alter table steward.job no force row level security;
-- An error of somebody's own trigger keeps its code, and one of a constraint its name.
create function public.protest() returns trigger language plpgsql as $$ begin raise 'no' using errcode = 'AB001'; end $$;
create trigger protest before insert on steward.job for each row execute function public.protest();
select tests.refused($$select steward.enqueue('paid')$$);
drop trigger protest on steward.job;
alter table steward.job add constraint no_spam check (not 'spam' = any (tags));
do $$
declare
    name text;
begin
    perform steward.enqueue('paid', tags => '{spam}');
exception when check_violation then
    get stacked diagnostics name = constraint_name;
    raise notice '%', name;
end
$$;
alter table steward.job drop constraint no_spam;

-- Columns that somebody adds have what they say.
alter table steward.job add column kind text generated always as (payload ->> 'kind') stored, add column region text not null default 'eu', add column serial bigint generated always as identity;
select steward.enqueue('paid', '{"kind": "spring"}') is not null;
select kind, region, serial is not null from steward.job where kind is not null;
alter table steward.job drop column kind, drop column region, drop column serial;
select steward.enqueue('paid') is not null;
-- An index that calls a function is filled as by any INSERT, and one that was renamed is found.
create function public.shout(text) returns text language plpgsql immutable as $$ begin return upper($1); end $$;
create index shouted on steward.ready (public.shout(queue));
alter index steward.quota_unit_pkey rename to units_by_number;
select steward.enqueue('paid', queue => 'loud') is not null;
set enable_seqscan = off;
select count(*) from steward.ready where public.shout(queue) = 'LOUD';
reset enable_seqscan;
drop index steward.shouted;
alter index steward.units_by_number rename to quota_unit_pkey;
-- A table that was split into parts takes its rows as before.
alter table steward.quota_unit rename to whole_quota_unit;
alter index steward.quota_unit_pkey rename to whole_quota_unit_pkey;
create table steward.quota_unit (like steward.whole_quota_unit, constraint quota_unit_pkey primary key (limit_id, bucket, starts_at, n)) partition by hash (limit_id);
create table public.quota_unit_part partition of steward.quota_unit for values with (modulus 1, remainder 0);
alter table steward.quota_unit owner to steward_owner;
alter table public.quota_unit_part owner to steward_owner;
select steward.enqueue('paid') is not null, steward.enqueue('paid') is not null;
select count(*) from public.quota_unit_part;

-- Other conditions are asked first, as an enqueue costs more.
select count(*) from generate_series(1, 3) n where steward.enqueue('paid', queue => 'chosen') is not null and n = 2;
select count(*) from steward.job where queue = 'chosen';

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
