-- The wake-up of `steward.enqueue`: a hint without content, so a worker that misses it only polls later.
listen steward_jobs
