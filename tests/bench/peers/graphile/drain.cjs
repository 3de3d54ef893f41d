// drain.cjs install: creates graphile-worker's schema. drain.cjs WARM_UP JOBS: drains both in turn and prints the seconds of the second.
//
// Batching as its documentation advises for throughput (https://worker.graphile.org/docs/performance): a local queue, and completions
// and failures written in batches. It reads PGHOST, PGPORT, PGUSER and PGDATABASE.
"use strict";

const { EventEmitter } = require("node:events");
const { Logger, run, runMigrations } = require("graphile-worker");
const { Pool } = require("pg");

const LOCAL_QUEUE = 500; // jobs fetched at once; 1,000 was alike here, 100 slower
const CONCURRENT_JOBS = 24;
const BATCH_DELAY = 0; // ms; 0 gathers what ends in the same turn of the event loop and was faster here than 5, 50 and 250
const POOL = 10; // connections
const ADD_AT_ONCE = 1000; // jobs a call

const quiet = new Logger(() => () => {});
const preset = {
  worker: {
    concurrentJobs: CONCURRENT_JOBS,
    maxPoolSize: POOL,
    localQueue: { size: LOCAL_QUEUE },
    completeJobBatchDelay: BATCH_DELAY,
    failJobBatchDelay: BATCH_DELAY,
    logger: quiet,
  },
};

async function enqueue(pool, jobs) {
  for (let first = 0; first < jobs; first += ADD_AT_ONCE) {
    await pool.query(
      `select count(*) from graphile_worker.add_jobs(array(
         select row('noop', json_build_object('n', n), null, null, null, null, null, null)::graphile_worker.job_spec
         from generate_series($1::int, $2::int) n))`,
      [first, Math.min(first + ADD_AT_ONCE, jobs) - 1],
    );
  }
}

async function isEmpty(pool) {
  const found = await pool.query("select exists (select from graphile_worker.jobs) as any");
  return !found.rows[0].any;
}

// Seconds from the first look for a job until the database holds none any more: until the last completion is committed.
async function drain(pool, jobs) {
  await enqueue(pool, jobs);
  await pool.query("vacuum analyze graphile_worker._private_jobs");
  const runs = new Uint8Array(jobs);
  let started, handled = 0, allHandled;
  const done = new Promise((resolve) => { allHandled = resolve; });
  const noop = ({ n }) => {
    runs[n] += 1;
    handled += 1;
    if (handled === jobs) allHandled();
  };
  const events = new EventEmitter();
  events.once("worker:getJob:start", () => { started = process.hrtime.bigint(); });
  const runner = await run({ preset, events, pgPool: pool, noHandleSignals: true, taskList: { noop } });
  await done;
  while (!(await isEmpty(pool))) await new Promise((resolve) => setTimeout(resolve, 1));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  await runner.stop();
  const wrong = runs.findIndex((count) => count !== 1);
  if (wrong !== -1) throw new Error(`job ${wrong} ran ${runs[wrong]} times`);
  return seconds;
}

async function main([first, second]) {
  const pool = new Pool({ max: POOL });
  if (first === "install") {
    await runMigrations({ preset, pgPool: pool });
  } else {
    await drain(pool, Number(first));
    console.log(JSON.stringify({ seconds: await drain(pool, Number(second)) }));
  }
  await pool.end();
}

main(process.argv.slice(2)).catch((problem) => {
  console.error(problem);
  process.exit(1);
});
