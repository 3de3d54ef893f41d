-- What graphile-worker's documentation advises for one job from SQL. The payload is the one of rows/enqueue.py.
select graphile_worker.add_job('noop', (:payload)::json);
