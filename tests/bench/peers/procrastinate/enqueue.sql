-- What procrastinate's defer sends for one job (queries.sql, defer_jobs). The payload is the one of rows/enqueue.py.
select unnest(procrastinate_defer_jobs_v1(
    array[row('default', 'noop', 0, null, null, :payload, null)]::procrastinate_job_to_defer_v1[])) as id;
