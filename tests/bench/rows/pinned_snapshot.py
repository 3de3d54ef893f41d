"""How fast jobs are claimed, marked and finished while a transaction left open holds back vacuum, against the same without one.

Two databases of one cluster, filled and driven alike: batch by batch in turn, so that whatever slows the machine down slows both. In one of
them an idle repeatable read transaction holds a snapshot from before the first batch; vacuum and pruning go by the snapshots of their own
database, so the other stays clean. Autovacuum is as it comes: on, and in each database once a minute. Jobs come as fast as they go, so
the queue keeps up, with as many waiting on both sides all the time.
"""

import contextlib
import os
import time

import psycopg

import steward_drain
from support import LONG, MEMBER, run_sql

SECONDS = int(os.environ.get("PINNED_SECONDS", "600" if LONG else "180"))
BATCH = 50  # jobs a claim, as in the design's measurements
RATE = 2000  # jobs a second on each side: a third of a million rows in three minutes, which is what makes a plain queue slow
BACKLOG = 1000  # jobs waiting all the time
WINDOW = min(60, SECONDS / 3)  # seconds a figure is taken over
ENQUEUE = b"select count(*) from steward.enqueue_many('noop', array_fill('{}'::jsonb, array[%d]))" % BATCH


class Side:
    """One of the databases, with its own member and worker."""

    def __init__(self, bench, name):
        self.name = name
        bench.admin.execute(f"create database {name}")
        with psycopg.connect(dbname=name, autocommit=True) as admin:
            admin.execute("create extension pg_steward")
        run_sql("world.sql", name)
        steward_drain.enqueue(BACKLOG, name)
        with psycopg.connect(dbname=name, autocommit=True) as admin:
            admin.execute("vacuum analyze")
        self.member = psycopg.connect(user=MEMBER, dbname=name, autocommit=True)
        self.session = steward_drain.Session("bench:pinned", name)
        self.busy = [0.0]  # seconds in claim, mark and finish, window by window
        self.done = [0]  # jobs

    def turn(self):
        """One batch comes, untimed; one goes."""
        steward_drain.checked(self.member.pgconn.exec_(ENQUEUE))
        started = time.perf_counter()
        self.done[-1] += self.session.pass_batch(BATCH)
        self.busy[-1] += time.perf_counter() - started

    def next_window(self):
        self.busy.append(0.0)
        self.done.append(0)

    def rates(self):
        """Jobs a second of the time in those three statements, window by window."""
        return [done / busy for done, busy in zip(self.done, self.busy)]

    def whole_rate(self):
        return sum(self.done) / sum(self.busy)

    def dead_rows(self):
        """Dead entries of the queue's table, as autovacuum counts them."""
        with psycopg.connect(dbname=self.name, autocommit=True) as admin:
            return admin.execute("select n_dead_tup from pg_stat_user_tables where relid = 'steward.ready'::regclass").fetchone()[0]

    def check(self):
        with psycopg.connect(dbname=self.name, autocommit=True) as admin:
            while self.session.pass_batch():
                pass
            steward_drain.check(admin, self.name)

    def close(self, bench):
        self.member.close()
        self.session.connection.close()
        bench.admin.execute(f"drop database {self.name} with (force)")


@contextlib.contextmanager
def pinned(side):
    """An old snapshot, held by a session that does nothing; it is there before the first batch."""
    with psycopg.connect(dbname=side.name) as holder:
        holder.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        holder.execute("select count(*) from steward.job")
        yield
        held, = holder.execute("select extract(epoch from clock_timestamp() - now())").fetchone()
        if held < SECONDS:
            raise SystemExit(f"error: the snapshot was held for {held} s instead of {SECONDS}")


def drive(clean, held):
    """Batches on both sides in turn, who comes first changing each time, no faster than RATE."""
    started = time.perf_counter()
    turns = 0
    while (passed := time.perf_counter() - started) < SECONDS:
        if passed >= WINDOW * len(clean.done):
            clean.next_window()
            held.next_window()
        first, second = (clean, held) if turns % 2 == 0 else (held, clean)
        first.turn()
        second.turn()
        turns += 1
        time.sleep(max(0.0, started + turns * BATCH / RATE - time.perf_counter()))


def measure(bench):
    """pinned_snapshot: 0.9 of clean, over the whole time; and in its last minute, when most dead rows lie about."""
    clean, held = Side(bench, "bench_clean"), Side(bench, "bench_pinned")
    with pinned(held):
        drive(clean, held)
        dead = f"{held.dead_rows()} dead rows in steward.ready at the end and {clean.dead_rows()} without the snapshot"
    clean.check()
    held.check()
    on = (f"{sum(held.done)} jobs on each side in {SECONDS} s, at most {RATE} a second, batches of {BATCH} in turn; two databases, an idle repeatable read "
          f"transaction in one; one connection each, claim, mark_sent and finish each committed, history kept; rate while busy; {dead}; rounds are of {WINDOW:g} s")
    yield bench.line("pinned_snapshot", "jobs/s", [held.whole_rate()], [clean.whole_rate()], held.whole_rate() / clean.whole_rate(), 0.9, on,
                     rounds={"ours": held.rates(), "reference": clean.rates()})
    last = held.rates()[-1], clean.rates()[-1]
    yield bench.line("pinned_snapshot_last", "jobs/s", [last[0]], [last[1]], last[0] / last[1], 0.9, f"the last {WINDOW:g} s of the same run; {on}")
    clean.close(bench)
    held.close(bench)
