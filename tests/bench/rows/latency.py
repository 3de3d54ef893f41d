"""From the commit of an enqueue to the first byte of its call at the provider, at 100 enqueues a second, through a real worker."""

import statistics
import time

import psycopg

from provider import Provider, worker
from support import MEMBER, ROUNDS, SECONDS_EACH

RATE = 100  # enqueues a second, as in the design's table
WARM_UP = 50  # calls, until connections are open and plans are made


def enqueue_at_rate(member, count):
    """Job -> when its enqueue had returned, one every 1/RATE seconds."""
    committed = {}
    started = time.time()
    for number in range(count):
        time.sleep(max(0.0, started + number / RATE - time.time()))
        job = member.execute("select steward.enqueue('ping', '{}')").fetchone()[0]
        committed[str(job)] = time.time()
    return committed


def wait_for(provider, jobs):
    deadline = time.time() + 60
    while not jobs <= provider.arrived.keys():
        if time.time() > deadline:
            raise SystemExit(f"error: {len(jobs - provider.arrived.keys())} of {len(jobs)} calls never arrived")
        time.sleep(0.01)


def measure(bench):
    """latency: p50 of 2 ms and p99 of 8 ms."""
    provider = Provider()
    bench.admin.execute("select steward.define_provider('ping', jsonb_build_object('base_url', %s::text))", ["http://" + provider.address])
    bench.admin.execute("""select steward.define_tool('ping', '{"executor": "http", "provider": "ping", "adapter": "http_json", "queue": "ping",
        "request": {"path": "/ping", "body": {}}}')""")
    p50, p99 = [], []
    with worker(provider, "ping"), psycopg.connect(user=MEMBER, autocommit=True) as member:
        wait_for(provider, enqueue_at_rate(member, WARM_UP).keys())
        for _ in range(ROUNDS):
            committed = enqueue_at_rate(member, RATE * SECONDS_EACH)
            wait_for(provider, committed.keys())
            waits = [max(0.0, provider.arrived[job] - at) * 1000 for job, at in committed.items()]
            cuts = statistics.quantiles(waits, n=100)
            p50.append(cuts[49])
            p99.append(cuts[98])
    on = f"{RATE} enqueues a second for {SECONDS_EACH} s, http tool, one worker, until the first byte is at the provider on loopback"
    yield bench.absolute("latency_p50", "ms", p50, 2.0, on)
    yield bench.absolute("latency_p99", "ms", p99, 8.0, on)
