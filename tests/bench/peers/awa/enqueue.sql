-- What awa's insert_with sends for one job (INSERT_COMPAT_SQL of awa-model 0.6.9). The payload is the one of rows/enqueue.py.
select *
from awa.insert_job_compat('noop', 'noop', :payload, 'available'::awa.job_state, 2::smallint, 25::smallint, null::timestamptz, '{}'::jsonb,
    '{}'::text[], null::bytea, null::text::bit(8), null::bytea);
