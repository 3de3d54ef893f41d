"""A provider on loopback that answers at once, and a worker that calls it: for what is measured from an enqueue to the first byte."""

import asyncio
import contextlib
import os
import re
import subprocess
import threading
import time

from support import WORKER

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
JOB = re.compile(rb"x-client-request-id: ([0-9a-f-]{36})/", re.IGNORECASE)


class Provider:
    """Notes when the first bytes of each job's call arrive."""

    def __init__(self):
        self.arrived = {}
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        threading.Thread(target=self.serve, args=[started], daemon=True).start()
        started.wait()

    def serve(self, started):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.answer, "127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()

    async def answer(self, reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.arrived.setdefault(JOB.search(head)[1].decode(), time.time())
                writer.write(ANSWER)
                await writer.drain()


@contextlib.contextmanager
def worker(provider, queue):
    """A real worker that serves one queue, and ends with the block."""
    command = [os.environ["STEWARD_BIN"], "worker", "--queue", queue, "--allow-address", provider.address]
    environment = {**os.environ, "PGUSER": WORKER}
    environment.pop("DATABASE_URL", None)  # it names a superuser
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
