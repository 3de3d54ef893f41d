"""No-op jobs through claim_jobs, mark_sent and finish_jobs, history kept, against graphile-worker, which deletes what it did."""

import os

import steward_drain
from peer import GRAPHILE

JOBS = int(os.environ.get("JOBS", "50000"))


def measure(bench):
    """drain: 1.5 of graphile-worker in the same run."""
    contestants = {"ours": lambda: steward_drain.drain(JOBS)}
    reference = "none, for graphile-worker is not installed"
    if GRAPHILE.installed():
        GRAPHILE.create_schema()
        contestants["graphile"] = lambda: GRAPHILE.drain(JOBS)
        reference = GRAPHILE.on
    rates = bench.in_turn(contestants)
    steward_drain.check(bench.admin)
    yield bench.faster("drain", rates["ours"], rates.get("graphile"), 1.5,
                       f"{JOBS} no-op jobs, each side ran each exactly once; ours: {steward_drain.ON}; reference: {reference}")
