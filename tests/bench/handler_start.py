"""From the commit of an enqueue to the start of its handler, at a steady rate: the same clock for this queue and for others."""

import statistics
import time

from support import SECONDS_EACH

RATE = 100  # enqueues a second, as in the design's table
WARM_UP = 50  # jobs, until connections are open and plans are made
JOBS = WARM_UP + RATE * SECONDS_EACH
DEADLINE = 60  # seconds until a job that has not started counts as lost


def enqueue_at_rate(enqueue, numbers):
    """Job -> when its enqueue had returned, one every 1/RATE seconds. `enqueue` takes a number and returns what the job is called."""
    committed = {}
    started = time.time()
    for place, number in enumerate(numbers):
        time.sleep(max(0.0, started + place / RATE - time.time()))
        job = enqueue(number)
        committed[job] = time.time()
    return committed


def wait_for(starts, jobs):
    """`starts` is filled by somebody else: job -> when its handler started."""
    deadline = time.time() + DEADLINE
    while not jobs <= starts.keys():
        if time.time() > deadline:
            raise SystemExit(f"error: {len(jobs - starts.keys())} of {len(jobs)} jobs had not started after {DEADLINE} s")
        time.sleep(0.01)


def p50_p99(enqueue, starts):
    """Milliseconds, after a warm-up."""
    wait_for(starts, enqueue_at_rate(enqueue, range(WARM_UP)).keys())
    committed = enqueue_at_rate(enqueue, range(WARM_UP, JOBS))
    wait_for(starts, committed.keys())
    # A handler may start before the client knows of the commit.
    waits = [max(0.0, starts[job] - at) * 1000 for job, at in committed.items()]
    cuts = statistics.quantiles(waits, n=100)
    return cuts[49], cuts[98]
