"""Other queues beside this one, as their own authors mean them to be used: their enqueue through pgbench, their worker draining.

Each has a folder in peers/ with what to install, enqueue.sql (a pgbench script in which :payload stands for the payload) and a program
drain.*: `install` creates the schema, `WARM_UP JOBS` drains both in turn, checks that every job ran exactly once, and prints the
seconds of the second. It owns its tables and is no superuser; it gets no row security, as it has none.
"""

import dataclasses
import json
import os
import re
import shutil
import subprocess

import steward_drain
from payload import PAYLOAD, with_number
from support import HERE, ROOT

ROLE = "bench_peer"
CLIENTS = 16


@dataclasses.dataclass(frozen=True)
class Peer:
    """One of them. `jobs` is how many it drains in a round: some seconds' worth."""

    name: str
    program: str
    jobs: int
    how: str

    @property
    def home(self):
        return ROOT / "target" / "bench-peers" / self.name

    @property
    def on(self):
        """Its name, the version that is installed, and how it is used."""
        wanted = next(self.home.glob("installed.*")).read_text(encoding="utf8")
        return f"{self.name} {re.search(r'[0-9]+[.][0-9]+[.][0-9]+', wanted)[0]} ({self.how})"

    def interpreter(self):
        return shutil.which("node") if self.program.endswith(".cjs") else self.home / "bin" / "python"

    def installed(self):
        """install.sh copies the list of packages when all of them are there."""
        return any(self.home.glob("installed.*")) and self.interpreter() is not None

    def run(self, *arguments):
        environment = {**os.environ, "PGUSER": ROLE, "NODE_PATH": str(self.home / "node_modules")}
        environment.pop("DATABASE_URL", None)  # it names a superuser
        done = subprocess.run([self.interpreter(), HERE / "peers" / self.name / self.program, *map(str, arguments)],
                              capture_output=True, text=True, check=False, env=environment)
        if done.returncode != 0:
            raise SystemExit(f"error: {self.name} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def create_schema(self):
        self.run("install")

    def drain(self, jobs):
        """Jobs per second."""
        return jobs / json.loads(self.run(steward_drain.warm_up(jobs), jobs).splitlines()[-1])["seconds"]

    def enqueue_script(self):
        return with_number((HERE / "peers" / self.name / "enqueue.sql").read_text(encoding="utf8").replace(":payload", PAYLOAD))


GRAPHILE = Peer("graphile", "drain.cjs", 20000, "local queue 500, completions and failures batched, 24 at once, deletes what it did")
PEERS = (
    GRAPHILE,
    Peer("procrastinate", "drain.py", 2000, "5 at once, keeps what it did"),
    Peer("pgqueuer", "drain.py", 10000, "batches of 1,000, moves what it did to its log"),
)


def measure(peer, bench):
    """Two lines, drain and enqueue, in this order: what the second leaves behind is never drained. None where the peer is not installed."""
    if not peer.installed():
        return
    peer.create_schema()
    rates = bench.in_turn({"ours": lambda: steward_drain.drain(peer.jobs), "peer": lambda: peer.drain(peer.jobs)})
    steward_drain.check_each_ran_once(bench.admin)
    yield bench.faster(f"{peer.name}_drain", rates["ours"], rates["peer"], None,
                       f"{peer.jobs} no-op jobs, each side ran each exactly once; ours: {steward_drain.ON}; reference: {peer.on}")
    rates = bench.in_turn({
        "ours": lambda: bench.pgbench(with_number(f"select steward.enqueue('carousel', {PAYLOAD});\n"), CLIENTS),
        "peer": lambda: bench.pgbench(peer.enqueue_script(), CLIENTS, ROLE),
    })
    yield bench.faster(f"{peer.name}_enqueue", rates["ours"], rates["peer"], None,
                       f"{CLIENTS} clients, one job a transaction; ours: member under row security, http tool with payload_schema, "
                       f"realtime, no limits yet; reference: the SQL of {peer.on}")
