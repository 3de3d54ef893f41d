"""A provider on loopback, and a worker that calls it: for what is measured with a real worker.

It speaks as much HTTP/1.1 as that needs: a head, a body of content-length bytes, and the same good answer to everything.
"""

import asyncio
import contextlib
import json
import os
import re
import subprocess
import threading
import time

from support import WORKER

BODY = json.dumps({
    "id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o-mini",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Eight slides."}}],
    "usage": {"prompt_tokens": 60, "completion_tokens": 4, "total_tokens": 64},
})
CALL = re.compile(rb"x-client-request-id: ([0-9a-f-]{36})/(\d+)", re.IGNORECASE)
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def answer(status="200 OK", headers="", body=BODY):
    return f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n{headers}\r\n{body}".encode()


GOOD = answer()


class Provider:
    """Notes when the first bytes of each job's call arrive. Subclasses answer otherwise."""

    def __init__(self):
        self.starts = {}
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        threading.Thread(target=self.serve, args=[started], daemon=True).start()
        started.wait()

    def serve(self, started):
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(self.listen(0))
        self.port = self.server.sockets[0].getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        started.set()
        self.loop.run_forever()

    async def listen(self, port):
        # The backlog holds what arrives at once while this process is busy.
        return await asyncio.start_server(self.converse, "127.0.0.1", port, backlog=4096)

    async def converse(self, reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                arrived = time.time()
                job, attempt = CALL.search(head).groups()
                self.starts.setdefault(job.decode(), arrived)
                length = LENGTH.search(head)
                await reader.readexactly(int(length[1]) if length else 0)
                writer.write(await self.reply(job.decode(), int(attempt)))
                await writer.drain()
                await self.after(writer)

    async def reply(self, job, attempt):
        return GOOD

    async def after(self, writer):
        """The connection stays open for the next call."""


def define_carousel(admin, name, provider, **changes):
    """The tool carousel of world.sql under another name, with a queue of that name, at a provider of ours."""
    admin.execute("select steward.define_provider(%s, jsonb_build_object('base_url', %s::text))", [name, "http://" + provider.address])
    admin.execute("""
        select steward.define_tool(%(name)s, t.definition || jsonb_build_object('provider', %(name)s::text, 'queue', %(name)s::text) || %(changes)s::jsonb)
        from steward.tool t where t.name = 'carousel' order by t.version desc limit 1""", {"name": name, "changes": json.dumps(changes)})


@contextlib.contextmanager
def worker(provider, queue, *options):
    """A real worker that serves one queue, and ends with the block."""
    command = [os.environ["STEWARD_BIN"], "worker", "--queue", queue, "--allow-address", provider.address, *options]
    environment = {**os.environ, "PGUSER": WORKER}
    environment.pop("DATABASE_URL", None)  # it names a superuser
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
