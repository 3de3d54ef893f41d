"""install: creates procrastinate's schema. drain WARM_UP JOBS: drains both in turn and prints the seconds of the second.
latency JOBS: prints when the handler of each job starts that somebody else enqueues.

It reads PGHOST, PGPORT, PGUSER and PGDATABASE. procrastinate keeps finished jobs, as it does by default.
"""

import asyncio
import collections
import time

import procrastinate
import program

CONCURRENCY = 5  # jobs at once; 10, 20 and 50 were slower here
ADD_AT_ONCE = 1000  # jobs a call

app = procrastinate.App(connector=procrastinate.PsycopgConnector(min_size=4, max_size=CONCURRENCY))
handle = None


@app.task(name="noop")
async def noop(n):
    handle(n)


async def drain(jobs):
    """Seconds from the worker's start until it found nothing more to do; every job must have run once."""
    global handle
    runs = collections.Counter()

    def handle(n):
        runs[n] += 1

    async with app.open_async():
        for first in range(0, jobs, ADD_AT_ONCE):
            await noop.batch_defer_async(*({"n": n} for n in range(first, min(first + ADD_AT_ONCE, jobs))))
        started = time.perf_counter()
        await app.run_worker_async(wait=False, concurrency=CONCURRENCY, listen_notify=False, install_signal_handlers=False)
        seconds = time.perf_counter() - started
    program.check_each_ran_once(runs, jobs)
    return seconds


async def tell_starts(jobs):
    """As it comes, woken by NOTIFY, but for as many at once as above."""
    global handle
    all_started = asyncio.Event()
    left = jobs

    def handle(n):
        nonlocal left
        program.tell_start(n)
        left -= 1
        if left == 0:
            all_started.set()

    async with app.open_async():
        running = asyncio.create_task(app.run_worker_async(concurrency=CONCURRENCY, install_signal_handlers=False))
        await all_started.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def install():
    async with app.open_async():
        await app.schema_manager.apply_schema_async()


program.main(install=install, drain=drain, tell_starts=tell_starts)
