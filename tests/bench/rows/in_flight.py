"""What one worker needs to hold 5,000 calls of 30 seconds at once, and whether it loses any.

Each call is a connection of its own over plain HTTP/1.1 to a provider in this process, which answers after 30 seconds and counts how many
it holds at the same time: all of them, or the run is void. A call that ended without its answer is lost, though its job is done again. The figure is the peak of the worker's resident memory, as the kernel keeps it.
"""

import asyncio
import os
import pathlib
import re
import time

import psycopg

import open_files
from payload import NUMBERED
from provider import GOOD, Provider, define_carousel, worker
from support import MEMBER, ROUNDS

CALLS = int(os.environ.get("CALLS", "5000"))
CALL_SECONDS = 30
TARGET = 150  # MB, of a million bytes
DEADLINE = CALL_SECONDS + 120  # seconds until the last job must have ended
TOOL = "slow"  # and its queue
SPARE_FILES = 200  # open files of this process and of the worker besides the connections


class SlowProvider(Provider):
    """Counts the calls it holds."""

    def __init__(self):
        self.held = self.most_held = 0
        super().__init__()

    async def reply(self, job, attempt):
        self.held += 1
        self.most_held = max(self.most_held, self.held)
        await asyncio.sleep(CALL_SECONDS)
        self.held -= 1
        return GOOD


def peak_megabytes(process):
    """Of resident memory since it started."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024 / 1e6


def wait_for_the_last(bench, process, jobs):
    deadline = time.time() + DEADLINE
    while True:
        open_jobs, = bench.admin.execute("select count(*) from steward.job where id = any(%s) and outcome is null", [jobs]).fetchone()
        if open_jobs == 0:
            return
        if process.poll() is not None or time.time() > deadline:
            raise SystemExit(f"error: {open_jobs} of {CALLS} jobs have not ended after {DEADLINE} s, or the worker has: its exit code is {process.poll()}")
        time.sleep(0.5)


def calls_lost(bench, provider, jobs):
    """How many calls ended otherwise than by their answer, and how; the jobs were done again, and all of them were under way at once."""
    succeeded, = bench.admin.execute("select count(*) from steward.job where id = any(%s) and outcome = 'succeeded'", [jobs]).fetchone()
    lost = bench.admin.execute("""
        select a.error_code, a.error_message, min(a.finished_at - a.sent_at)::text, count(*)::int from steward.attempt a
        where a.job_id = any(%s) and a.decision <> 'succeed' group by 1, 2 order by 4 desc""", [jobs]).fetchall()
    if (succeeded, provider.most_held) < (CALLS, CALLS):
        raise SystemExit(f"error: of {CALLS} calls {provider.most_held} were under way at once, and {succeeded} jobs succeeded; lost: {lost[:5]}")
    return lost


def run(bench, provider):
    """The peak of one worker's memory in MB, and the calls it lost."""
    provider.most_held = 0
    with psycopg.connect(user=MEMBER, autocommit=True) as member:
        jobs = [job for job, in member.execute(
            f"select steward.enqueue_many(%s, array(select {NUMBERED} from generate_series(1, %s) n))", [TOOL, CALLS]).fetchall()]
    with worker(provider, TOOL, "--concurrency", str(CALLS)) as process:
        wait_for_the_last(bench, process, jobs)
        peak = peak_megabytes(process)
    return peak, calls_lost(bench, provider, jobs)


def measure(bench):
    """in_flight: 150 MB, and no call lost in any round."""
    open_files.allow(CALLS + SPARE_FILES)
    provider = SlowProvider()
    define_carousel(bench.admin, TOOL, provider)
    peaks, losses = zip(*(run(bench, provider) for _ in range(ROUNDS)))
    lost = [kind for losses_of_round in losses for kind in losses_of_round]
    told = "none lost, each job succeeded in its only attempt" if not lost else (
        f"{sum(kind[-1] for kind in lost)} calls LOST and made again: {lost[0][-1]} with {lost[0][0]} after {lost[0][2]} ({lost[0][1]})")
    result = bench.at_most("in_flight", "MB", peaks, TARGET, (
        f"{CALLS} calls of {CALL_SECONDS} s under way at the same time over plain HTTP/1.1, one worker with --concurrency {CALLS}, peak of its resident "
        f"memory; {told}; {ROUNDS} rounds with a new worker each, medians"))
    yield result | {"met": result["met"] and not lost}
