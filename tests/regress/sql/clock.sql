-- The one clock: steward.now() and steward.clock() follow steward.clock_offset, which nobody but a superuser moves.
\pset tuples_only on
\pset format unaligned

-- Without an offset it is the server's: now() the start of the statement, clock() this instant.
select steward.now() = statement_timestamp(), steward.clock() between statement_timestamp() and clock_timestamp();
show steward.clock_offset;
-- now() stands still within a statement, clock() does not.
select count(distinct steward.now()) = 1, count(distinct steward.clock()) > 1, bool_and(steward.clock() >= steward.now()) from generate_series(1, 20000);
-- now() is the statement's even in a transaction, and stays it in everything that the statement calls.
begin;
select steward.now() as earlier \gset
select steward.now() > :'earlier', steward.now() > now();
commit;
create function tests.later() returns boolean language plpgsql volatile as $$
declare
    began constant timestamptz := steward.now();
begin
    while clock_timestamp() <= began + interval '1 ms' loop perform 1; end loop;
    return steward.now() = began and steward.clock() > began;
end
$$;
select tests.later();

-- A superuser moves it, back and forth, by fractions of a second and in any unit of time; both follow at once.
create function tests.moved(by interval) returns boolean language sql volatile as $$
    select steward.now() = statement_timestamp() + by and steward.clock() - clock_timestamp() between by - interval '1 s' and by
$$;
set steward.clock_offset = 3600;
select tests.moved('1 hour');
set steward.clock_offset = -0.25;
select tests.moved('-0.25 s');
set steward.clock_offset = '2 d';
show steward.clock_offset;
select tests.moved('48 hours');
set steward.clock_offset = 0.001;
select tests.moved('1 ms');
-- A parallel worker sees the same clock.
begin;
set local steward.clock_offset = 86400;
set local parallel_setup_cost = 0;
set local parallel_tuple_cost = 0;
set local min_parallel_table_scan_size = 0;
set local force_parallel_mode = on;
select count(*) > 0, bool_and(steward.now() = statement_timestamp() + interval '1 day') from pg_class;
rollback;
-- It goes back with its transaction, or when it is reset.
select tests.moved('1 ms');
reset steward.clock_offset;
select tests.moved('0');
-- A hundred years either way are enough; more is refused, and so is what is no number.
set steward.clock_offset = 3155760000;
select tests.moved('3155760000 s');
set steward.clock_offset = 3155760001;
set steward.clock_offset = -3155760001;
set steward.clock_offset = 'NaN';
set steward.clock_offset = 'soon';
select tests.moved('3155760000 s');
reset steward.clock_offset;

-- No other role moves it, whatever it may otherwise do.
create function tests.moves_it() returns text language plpgsql volatile as $$
begin
    perform set_config('steward.clock_offset', '3600', false);
    return case when steward.now() = statement_timestamp() then 'not moved' else 'MOVED' end;
exception when insufficient_privilege then
    return format('refused, %s', case when steward.now() = statement_timestamp() then 'not moved' else 'MOVED' end);
end
$$;
set session authorization regress_owner;
select tests.moves_it();
set session authorization regress_worker;
select tests.moves_it();
set session authorization regress_admin;
select tests.moves_it();
set steward.clock_offset = 3600;
alter role regress_admin set steward.clock_offset = 3600;
reset session authorization;
-- A superuser's move holds for whoever the session becomes: that is how tests let time pass.
set steward.clock_offset = 3600;
set session authorization regress_owner;
select tests.moved('1 hour');
set steward.clock_offset = 7200;
reset steward.clock_offset;
select tests.moved('1 hour');

-- In a session that has not loaded the library the name is anybody's to set. It counts for nothing once the library is there.
\c - regress_owner
\pset tuples_only on
\pset format unaligned
set steward.clock_offset = 3600;
select steward.now() = statement_timestamp();
select tests.moved('0');
show steward.clock_offset;
select tests.moves_it();
-- Nor when it is set in a transaction that loads the library, or by the connection itself.
\c - regress_owner
\pset tuples_only on
\pset format unaligned
begin;
set local steward.clock_offset = 3600;
select tests.moved('0');
commit;
select tests.moved('0');
\c -reuse-previous=on "user=regress_worker options='-c steward.clock_offset=3600'"
\pset tuples_only on
\pset format unaligned
show steward.clock_offset;
select tests.moved('0');
show steward.clock_offset;
\c -reuse-previous=on "user=regress_owner options=''"
\pset tuples_only on
\pset format unaligned
alter role regress_owner set steward.clock_offset = 3600;
\c - regress_owner
\pset tuples_only on
\pset format unaligned
select tests.moved('0');
-- A lease that somebody set beforehand counts for nothing either.
\c - regress_worker
\pset tuples_only on
\pset format unaligned
set steward.lease = 86400;
select steward.lease_seconds();
set steward.lease = 1;
select steward.lease_seconds();
-- What a superuser sets before the library is loaded counts, for a session and for a database.
\c - postgres
\pset tuples_only on
\pset format unaligned
set steward.clock_offset = 60;
select tests.moved('1 minute');
alter database :"DBNAME" set steward.clock_offset = 120;
\c - regress_owner
\pset tuples_only on
\pset format unaligned
select tests.moved('2 minutes');
