"""drain.py install: creates pgqueuer's schema. drain.py WARM_UP JOBS: drains both in turn and prints the seconds of the second.

It reads PGHOST, PGPORT, PGUSER and PGDATABASE. pgqueuer moves finished jobs to its log, as it does by default.
"""

import asyncio
import collections
import json
import sys
import time

import asyncpg
import uvloop
from pgqueuer.db import AsyncpgDriver
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode

BATCH = 1000  # jobs fetched, and outcomes written, at once; 500 and 2,000 were alike here, 50 and 200 slower
ADD_AT_ONCE = 1000  # jobs a call


async def drain(jobs):
    """Seconds from the worker's start until it found nothing more to do; every job must have run once."""
    runs = collections.Counter()
    connection = await asyncpg.connect()
    queries = Queries(AsyncpgDriver(connection))
    for first in range(0, jobs, ADD_AT_ONCE):
        numbers = range(first, min(first + ADD_AT_ONCE, jobs))
        await queries.enqueue(["noop"] * len(numbers), [b"%d" % n for n in numbers], [0] * len(numbers))
    manager = QueueManager(queries)

    @manager.entrypoint("noop")
    async def noop(job):
        runs[job.payload] += 1

    started = time.perf_counter()
    await manager.run(batch_size=BATCH, mode=QueueExecutionMode.drain)
    seconds = time.perf_counter() - started
    await connection.close()
    if len(runs) != jobs or set(runs.values()) != {1}:
        raise SystemExit(f"of {jobs} jobs {len(runs)} ran, {sum(runs.values())} times in all")
    return seconds


async def install():
    connection = await asyncpg.connect()
    await Queries(AsyncpgDriver(connection)).install()
    await connection.close()


async def main(first, *rest):
    if first == "install":
        await install()
    else:
        await drain(int(first))
        print(json.dumps({"seconds": await drain(int(rest[0]))}))


uvloop.run(main(*sys.argv[1:]))
