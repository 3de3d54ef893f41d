"""drain.py install: creates procrastinate's schema. drain.py WARM_UP JOBS: drains both in turn and prints the seconds of the second.

It reads PGHOST, PGPORT, PGUSER and PGDATABASE. procrastinate keeps finished jobs, as it does by default.
"""

import asyncio
import collections
import json
import sys
import time

import procrastinate

CONCURRENCY = 5  # jobs at once; 10, 20 and 50 were slower here
ADD_AT_ONCE = 1000  # jobs a call

app = procrastinate.App(connector=procrastinate.PsycopgConnector(min_size=4, max_size=CONCURRENCY))
runs = collections.Counter()


@app.task(name="noop")
async def noop(n):
    runs[n] += 1


async def drain(jobs):
    """Seconds from the worker's start until it found nothing more to do; every job must have run once."""
    runs.clear()
    for first in range(0, jobs, ADD_AT_ONCE):
        await noop.batch_defer_async(*({"n": n} for n in range(first, min(first + ADD_AT_ONCE, jobs))))
    started = time.perf_counter()
    await app.run_worker_async(wait=False, concurrency=CONCURRENCY, listen_notify=False, install_signal_handlers=False)
    seconds = time.perf_counter() - started
    if len(runs) != jobs or set(runs.values()) != {1}:
        raise SystemExit(f"of {jobs} jobs {len(runs)} ran, {sum(runs.values())} times in all")
    return seconds


async def main(first, *rest):
    async with app.open_async():
        if first == "install":
            await app.schema_manager.apply_schema_async()
        else:
            await drain(int(first))
            print(json.dumps({"seconds": await drain(int(rest[0]))}))


asyncio.run(main(*sys.argv[1:]))
