"""install: creates pgqueuer's schema. drain WARM_UP JOBS: drains both in turn and prints the seconds of the second.
latency JOBS: prints when the handler of each job starts that somebody else enqueues.

It reads PGHOST, PGPORT, PGUSER and PGDATABASE. pgqueuer moves finished jobs to its log, as it does by default.
"""

import collections
import json
import time

import asyncpg
import program
import uvloop
from pgqueuer.db import AsyncpgDriver
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode

BATCH = 1000  # jobs fetched, and outcomes written, at once; 500 and 2,000 were alike here, 50 and 200 slower
ADD_AT_ONCE = 1000  # jobs a call


async def manager_with(handle):
    """A worker with one handler, which gets what was enqueued as bytes."""
    connection = await asyncpg.connect()
    manager = QueueManager(Queries(AsyncpgDriver(connection)))

    @manager.entrypoint("noop")
    async def noop(job):
        handle(manager, job.payload)

    return manager, connection


async def drain(jobs):
    """Seconds from the worker's start until it found nothing more to do; every job must have run once."""
    runs = collections.Counter()
    manager, connection = await manager_with(lambda _, payload: runs.update([payload]))
    for first in range(0, jobs, ADD_AT_ONCE):
        numbers = range(first, min(first + ADD_AT_ONCE, jobs))
        await manager.queries.enqueue(["noop"] * len(numbers), [b"%d" % n for n in numbers], [0] * len(numbers))
    started = time.perf_counter()
    await manager.run(batch_size=BATCH, mode=QueueExecutionMode.drain)
    seconds = time.perf_counter() - started
    await connection.close()
    program.check_each_ran_once(runs, jobs)
    return seconds


async def tell_starts(jobs):
    """As it comes: woken by NOTIFY, batches of ten."""
    left = jobs

    def tell(manager, payload):
        nonlocal left
        program.tell_start(json.loads(payload)["n"])
        left -= 1
        if left == 0:
            manager.shutdown.set()

    manager, connection = await manager_with(tell)
    await manager.run()
    await connection.close()


async def install():
    connection = await asyncpg.connect()
    await Queries(AsyncpgDriver(connection)).install()
    await connection.close()


program.main(run=uvloop.run, install=install, drain=drain, tell_starts=tell_starts)
