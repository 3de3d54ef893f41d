"""Other queues beside this one, as their own authors mean them to be used: their enqueue, their worker draining, their worker waiting.

Each has a folder in peers/ with what to install, enqueue.sql (what enqueues one job; :payload stands for its payload) and a program worker.*
(of Rust: src/main.rs). `install` creates the schema. `drain WARM_UP JOBS` drains both in turn, checks that every job ran exactly once, and prints
the seconds of the second. `latency JOBS` handles jobs that are enqueued from here and prints a line `NUMBER SECONDS` when each handler
starts. It owns its tables and is no superuser; it gets no row security, as it has none.
"""

import contextlib
import dataclasses
import functools
import json
import os
import re
import shutil
import subprocess
import threading

import psycopg

import handler_start
from payload import PAYLOAD, with_number
from support import HERE, ROOT

ROLE = "bench_peer"


@dataclasses.dataclass(frozen=True)
class Peer:
    """One of them. `jobs` is how many it drains in a round: some seconds' worth."""

    name: str
    program: str
    jobs: int
    draining: str
    waiting: str

    @property
    def home(self):
        return ROOT / "target" / "bench-peers" / self.name

    @property
    def on(self):
        """Its name and the version that is installed."""
        wanted = next(self.home.glob("installed.*")).read_text(encoding="utf8")
        return f"{self.name} {re.search(rf'{self.name}.*?([0-9]+[.][0-9]+[.][0-9]+)', wanted)[1]}"

    def interpreter(self):
        return shutil.which("node") if self.program.endswith(".cjs") else self.home / "bin" / "python"

    def installed(self):
        """install.sh copies the list of packages when all of them are there."""
        return any(self.home.glob("installed.*")) and (self.is_compiled() or self.interpreter() is not None)

    def is_compiled(self):
        return not self.program.startswith("worker.")

    def command(self, *arguments):
        started = [self.home / "bin" / self.program] if self.is_compiled() else [self.interpreter(), HERE / "peers" / self.name / self.program]
        return [*started, *map(str, arguments)]

    def environment(self):
        environment = {**os.environ, "PGUSER": ROLE, "NODE_PATH": str(self.home / "node_modules"), "PYTHONPATH": str(HERE / "peers")}
        environment.pop("DATABASE_URL", None)  # it names a superuser
        return environment

    def run(self, *arguments):
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False, env=self.environment())
        if done.returncode != 0:
            raise SystemExit(f"error: {self.name} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    @functools.cache
    def create_schema(self):
        self.run("install")

    def drain(self, warm_up):
        """Jobs per second."""
        return self.jobs / json.loads(self.run("drain", warm_up, self.jobs).splitlines()[-1])["seconds"]

    def enqueue_sql(self, payload):
        return (HERE / "peers" / self.name / "enqueue.sql").read_text(encoding="utf8").replace(":payload", payload)

    def enqueue_script(self):
        return with_number(self.enqueue_sql(PAYLOAD))

    @contextlib.contextmanager
    def starts(self, jobs):
        """Its worker for so many jobs; gives a dictionary that fills: number of a job -> when its handler started."""
        starts = {}
        process = subprocess.Popen(self.command("latency", jobs), stdout=subprocess.PIPE, text=True, env=self.environment())

        def read():
            for line in process.stdout:
                number, at = line.split()
                starts[int(number)] = float(at)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        try:
            yield starts
            if process.wait(handler_start.DEADLINE) != 0:
                raise SystemExit(f"error: {self.name} failed after its last job: see above")
        finally:
            process.kill()
            process.wait()
            reader.join()

    def p50_p99(self):
        """Milliseconds from the commit of an enqueue to the start of its handler."""
        enqueue = self.enqueue_sql("jsonb_build_object('n', %s::int)")

        def enqueue_one(number):
            connection.execute(enqueue, [number])
            return number

        with self.starts(handler_start.JOBS) as starts, psycopg.connect(user=ROLE, autocommit=True) as connection:
            return handler_start.p50_p99(enqueue_one, starts)


GRAPHILE = Peer("graphile", "worker.cjs", 20000, "local queue 500, completions and failures batched, 24 at once, deletes what it did", "24 at once")
PEERS = (
    GRAPHILE,
    Peer("procrastinate", "worker.py", 2000, "5 at once, keeps what it did", "5 at once"),
    Peer("pgqueuer", "worker.py", 10000, "batches of 1,000, moves what it did to its log", "batches of 10"),
    Peer("awa", "bench-awa", 20000, "200 at once, claims of 512, keeps what it did for a while", "200 at once"),
)
