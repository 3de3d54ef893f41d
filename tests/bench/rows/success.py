"""How many carousels succeed although a fifth of all calls goes wrong, each with five tries.

A call is answered with 429 or 503, both with Retry-After, or its connection is refused: a third of the faults each. The first two are drawn for
each call by its job and attempt, so they are independent and the same in every run but for the ids of the jobs. A refusal cannot be
chosen by call, as nobody knows whose call it would have been: the provider stops listening for moments, as often as it takes to refuse
that share of all calls. Each call is a connection of its own, or a connection once made would never be refused.
"""

import asyncio
import collections
import hashlib
import time

import psycopg

from payload import NUMBERED
from provider import Provider, answer, define_carousel, worker
from support import MEMBER, ROUNDS

CAROUSELS = 1000
FAULTY = 0.20  # of all calls
REFUSED = FAULTY / 3  # of all calls
ANSWERED_BADLY = (FAULTY - REFUSED) / (1 - REFUSED)  # of those that arrive
TRIES = 5
AT_ONCE = 50  # calls of the worker, so that a moment of not listening meets some of them and not most
ANSWER_SECONDS = 0.05  # how long each call takes
DEAF_SECONDS = 0.01  # a moment of not listening
LOOK_SECONDS = 0.03  # between two looks at how many were refused
DEADLINE = 300  # seconds for all of them
REFUSAL = "connect_failed"  # what the worker reports then
TOOL = "faulty"  # and its queue

ONE_CALL = "connection: close\r\n"
GOOD = answer(headers=ONE_CALL)
BAD = (
    answer("429 Too Many Requests", "retry-after: 1\r\n" + ONE_CALL, '{"error": {"message": "Rate limit reached", "type": "requests"}}'),
    answer("503 Service Unavailable", "retry-after: 1\r\n" + ONE_CALL, '{"error": {"message": "Overloaded", "type": "server_error"}}'),
)


def draw(job, attempt):
    """A number in [0, 1) that belongs to this call."""
    return int.from_bytes(hashlib.sha256(f"{job}/{attempt}".encode()).digest()[:8]) / 2**64


class FaultyProvider(Provider):
    """Counts what it carried out, job by job."""

    def __init__(self):
        self.carried_out = collections.Counter()
        super().__init__()

    async def reply(self, job, attempt):
        await asyncio.sleep(ANSWER_SECONDS)
        number = draw(job, attempt)
        if number < ANSWERED_BADLY:
            return BAD[number < ANSWERED_BADLY / 2]
        self.carried_out[job] += 1
        return GOOD

    async def after(self, writer):
        writer.close()

    def stop_listening_for(self, seconds):
        """Whoever connects meanwhile is refused; calls under way go on."""
        async def deaf():
            self.server.close()
            await asyncio.sleep(seconds)
            self.server = await self.listen(self.port)
        asyncio.run_coroutine_threadsafe(deaf(), self.loop).result()


def look(admin, jobs):
    """How many of the jobs have ended, and how many calls were made, by what came of them."""
    ended, = admin.execute("select count(*) from steward.job where id = any(%s) and outcome is not null", [jobs]).fetchone()
    calls = admin.execute("""
        select coalesce(a.error_code, 'good'), count(*) from unnest(%s::uuid[]) j (id) join steward.attempt a on a.job_id = j.id
        where a.finished_at is not null and a.decision <> 'release' group by 1""", [jobs]).fetchall()
    return ended, collections.Counter(dict(calls))


def run(bench, provider):
    """Enqueues them all, waits until the last one has ended, and returns what came of the calls and of the jobs."""
    with psycopg.connect(user=MEMBER, autocommit=True) as member:
        jobs = [job for job, in member.execute(
            f"select steward.enqueue_many(%s, array(select {NUMBERED} from generate_series(1, %s) n))", [TOOL, CAROUSELS]).fetchall()]
        deadline = time.time() + DEADLINE
        while True:
            ended, calls = look(bench.admin, jobs)
            if ended == CAROUSELS:
                return calls, outcomes(member, provider, jobs)
            if time.time() > deadline:
                raise SystemExit(f"error: {CAROUSELS - ended} of {CAROUSELS} carousels had not ended after {DEADLINE} s")
            if calls[REFUSAL] < REFUSED * calls.total():
                provider.stop_listening_for(DEAF_SECONDS)
            time.sleep(LOOK_SECONDS)


def outcomes(member, provider, jobs):
    """The share that succeeded, as their user sees it; none may have been carried out twice, or have failed without a reason."""
    rows = member.execute("select id::text, state, error_code, error_message, tries from steward.jobs where id = any(%s)", [jobs]).fetchall()
    succeeded = {job for job, state, *_ in rows if state == "succeeded"}
    twice = [job for job in map(str, jobs) if provider.carried_out[job] != (job in succeeded)]
    silent = [row for row in rows if row[0] not in succeeded and not (row[1] == "failed" and row[2] and row[3] and row[4] == TRIES)]
    if len(rows) != CAROUSELS or twice or silent:
        raise SystemExit(f"error: of {len(rows)} carousels {len(twice)} were not carried out as often as they succeeded ({twice[:3]}), "
                         f"and {len(silent)} ended otherwise than by success or by {TRIES} tries with a reason ({silent[:3]})")
    return 100 * len(succeeded) / CAROUSELS


def measure(bench):
    """success: 99 % of the carousels."""
    provider = FaultyProvider()
    define_carousel(bench.admin, TOOL, provider, max_tries=TRIES)
    calls, shares = collections.Counter(), []
    with worker(provider, TOOL, "--concurrency", str(AT_ONCE)):
        for _ in range(ROUNDS):
            made, share = run(bench, provider)
            calls += made
            shares.append(share)
    faulty = 1 - calls["good"] / calls.total()
    if faulty < FAULTY * 0.9:
        raise SystemExit(f"error: only {faulty:.1%} of the calls went wrong, which says nothing about {FAULTY:.0%}: {dict(calls)}")
    seen = ", ".join(f"{count} {code}" for code, count in sorted(calls.items()))
    yield bench.at_least("success", "%", shares, 99, (
        f"{CAROUSELS} carousels, {faulty:.1%} of {calls.total()} calls went wrong ({seen}), 429 and 503 with Retry-After: 1, {TRIES} tries, default backoff, "
        f"one worker with {AT_ONCE} calls at once; none carried out twice, each failure with its reason; {ROUNDS} rounds, medians"))
