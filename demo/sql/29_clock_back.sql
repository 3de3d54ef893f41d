\echo '-- The clock goes back to where everybody else''s is.'
\o /dev/null
select steward.clock();
\o
alter system reset steward.clock_offset;
select pg_reload_conf();
