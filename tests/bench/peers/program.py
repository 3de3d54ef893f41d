"""What the Python programs of other queues share: what they are asked for, and what they print. See ../peer.py."""

import asyncio
import json
import sys
import time


def tell_start(number):
    """A line NUMBER SECONDS, in seconds since 1970, when a handler starts."""
    print(f"{number} {time.time():.6f}", flush=True)


def check_each_ran_once(runs, jobs):
    if len(runs) != jobs or set(runs.values()) != {1}:
        raise SystemExit(f"of {jobs} jobs {len(runs)} ran, {sum(runs.values())} times in all")


async def serve(what, *numbers, install, drain, tell_starts):
    numbers = [int(number) for number in numbers]
    if what == "install":
        await install()
    elif what == "drain":
        warm_up, jobs = numbers
        await drain(warm_up)
        print(json.dumps({"seconds": await drain(jobs)}))
    else:
        await tell_starts(*numbers)


def main(run=asyncio.run, **actions):
    """install | drain WARM_UP JOBS | latency JOBS, each an async function of its numbers; drain returns seconds."""
    run(serve(*sys.argv[1:], **actions))
