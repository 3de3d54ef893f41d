-- The wake-ups of `steward.enqueue` and `steward.cancel_job`: hints without content, so a worker that misses one only looks later.
listen steward_jobs;
listen steward_cancel
