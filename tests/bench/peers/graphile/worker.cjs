// install: creates graphile-worker's schema. drain WARM_UP JOBS: drains both in turn and prints the seconds of the second.
// latency JOBS: prints when the handler of each job starts that somebody else enqueues.
//
// It drains with the batching that its documentation advises for throughput (https://worker.graphile.org/docs/performance): a local queue,
// and completions and failures written in batches. It waits for single jobs without, as it comes. It reads PGHOST, PGPORT, PGUSER and PGDATABASE.
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
const asItComes = { worker: { concurrentJobs: CONCURRENT_JOBS, maxPoolSize: POOL, logger: quiet } };
const batching = {
  extends: [asItComes],
  worker: { localQueue: { size: LOCAL_QUEUE }, completeJobBatchDelay: BATCH_DELAY, failJobBatchDelay: BATCH_DELAY },
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
  const runner = await run({ preset: batching, events, pgPool: pool, noHandleSignals: true, taskList: { noop } });
  await done;
  while (!(await isEmpty(pool))) await new Promise((resolve) => setTimeout(resolve, 1));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  await runner.stop();
  const wrong = runs.findIndex((count) => count !== 1);
  if (wrong !== -1) throw new Error(`job ${wrong} ran ${runs[wrong]} times`);
  return seconds;
}

// A line `NUMBER SECONDS` for each job, in seconds since 1970.
async function tellStarts(pool, jobs) {
  let left = jobs, allStarted;
  const done = new Promise((resolve) => { allStarted = resolve; });
  const noop = ({ n }) => {
    console.log(`${n} ${((performance.timeOrigin + performance.now()) / 1000).toFixed(6)}`);
    left -= 1;
    if (left === 0) allStarted();
  };
  const runner = await run({ preset: asItComes, pgPool: pool, noHandleSignals: true, taskList: { noop } });
  await done;
  await runner.stop();
}

async function main([what, first, second]) {
  const pool = new Pool({ max: POOL });
  if (what === "install") {
    await runMigrations({ preset: asItComes, pgPool: pool });
  } else if (what === "drain") {
    await drain(pool, Number(first));
    console.log(JSON.stringify({ seconds: await drain(pool, Number(second)) }));
  } else {
    await tellStarts(pool, Number(first));
  }
  await pool.end();
}

main(process.argv.slice(2)).catch((problem) => {
  console.error(problem);
  process.exit(1);
});
