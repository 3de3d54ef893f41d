"""Our side of the time from an enqueue to its handler's start: an http tool, a real worker, and the first byte of the call at its provider."""

import functools

import psycopg

import handler_start
from provider import Provider, worker
from support import MEMBER, SECONDS_EACH

ON = (f"{handler_start.RATE} enqueues a second for {SECONDS_EACH} s; ours: http tool, one worker, sent mark committed, "
      "until the first byte is at the provider on loopback")


@functools.cache
def provider(admin):
    """One for all rounds, with the tool that calls it."""
    found = Provider()
    admin.execute("select steward.define_provider('ping', jsonb_build_object('base_url', %s::text))", ["http://" + found.address])
    admin.execute("""select steward.define_tool('ping', '{"executor": "http", "provider": "ping", "adapter": "http_json", "queue": "ping",
        "request": {"path": "/ping", "body": {}}}')""")
    return found


def p50_p99(admin):
    """Milliseconds."""
    called = provider(admin)
    with worker(called, "ping"), psycopg.connect(user=MEMBER, autocommit=True) as member:
        return handler_start.p50_p99(lambda _: str(member.execute("select steward.enqueue('ping', '{}')").fetchone()[0]), called.starts)
