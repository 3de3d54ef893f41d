-- at: where the clock goes; zone: in which it is told. Only a superuser moves it, for all sessions at once; a session knows
-- the setting once it has called a function of the extension.
\set ECHO none
\o /dev/null
select round(extract(epoch from :'at'::timestamptz - clock_timestamp()), 3) as clock_offset,
    to_char(:'at'::timestamptz at time zone :'zone', 'Dy DD Mon HH24:MI:SS') as told, steward.clock() \gset
alter system set steward.clock_offset = :clock_offset;
insert into demo_clock values (clock_timestamp(), make_interval(secs => :clock_offset));
select pg_reload_conf();
\o
\echo 'alter system set steward.clock_offset =' :clock_offset'; select pg_reload_conf();  -- now it is' :told 'in' :zone
