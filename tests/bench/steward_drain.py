"""Drains no-op jobs through the worker's three statements, each committed, and checks that each job ran exactly once.

The statements are those of sql/queries, sent through libpq itself (psycopg's C part): the client uses some per cent of the time, so
it is not what is measured. CONNECTIONS and BATCH choose how.
"""

import os
import threading
import time

import psycopg
from psycopg import pq

from support import MEMBER, ROOT, WORKER

QUERIES = ROOT / "sql" / "queries"
# Two: one for each core, as graphile-worker has its process beside the server's.
CONNECTIONS = int(os.environ.get("CONNECTIONS", "2"))
# Jobs a claim; graphile-worker fetches as many.
BATCH = int(os.environ.get("BATCH", "500"))
ENQUEUED_AT_ONCE = 1000
ON = f"{CONNECTIONS} connections, batches of {BATCH}, claim, mark_sent and finish each committed, history kept"
OUTCOME = b'"{\\"job_id\\":\\"%s\\",\\"attempt\\":%s,\\"phase\\":\\"answered\\",\\"body\\":\\"null\\",\\"duration_ms\\":1}"'


def warm_up(jobs):
    """Jobs that every side drains before the clock runs: statements get prepared, code gets compiled."""
    return max(500, jobs // 10)


def enqueue(jobs, database=None, tool="noop"):
    """Enqueues no-op jobs as the member."""
    with psycopg.connect(user=MEMBER, dbname=database, autocommit=True) as member:
        for first in range(0, jobs, ENQUEUED_AT_ONCE):
            member.execute("select count(*) from steward.enqueue_many(%s, array_fill('{}'::jsonb, array[%s::int]))",
                           [tool, min(ENQUEUED_AT_ONCE, jobs - first)])


def checked(result):
    if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        raise RuntimeError(result.error_message.decode())
    return result


def array(values):
    return b"{" + b",".join(values) + b"}"


class Session:
    """One connection of a worker."""

    def __init__(self, name, database=None, queue="noop"):
        self.name = name.encode()
        self.queue = queue.encode()
        self.connection = psycopg.connect(user=WORKER, dbname=database, autocommit=True)
        self.done = 0
        for query in ("claim_jobs", "mark_sent", "finish_jobs"):
            checked(self.connection.pgconn.prepare(query.encode(), (QUERIES / f"{query}.sql").read_bytes()))

    def run(self, query, *values):
        """One statement, whose transaction has ended by the time it returns."""
        result = checked(self.connection.pgconn.exec_prepared(query, [self.name, *values]))
        if self.connection.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            raise RuntimeError(f"{query.decode()} has not committed")
        return result

    def pass_batch(self, batch=BATCH, after=lambda statement: None):
        """Claims, marks and finishes one batch; returns how many jobs. `after` is told of each statement that has ended."""
        claimed = self.run(b"claim_jobs", array([self.queue]), str(batch).encode())
        if claimed.ntuples == 0:
            return 0
        after("claim_jobs")
        ids = [claimed.get_value(row, 0) for row in range(claimed.ntuples)]
        attempts = [claimed.get_value(row, 1) for row in range(claimed.ntuples)]
        sent = self.run(b"mark_sent", array(ids), array(attempts))
        after("mark_sent")
        finished = self.run(b"finish_jobs", array([OUTCOME % pair for pair in zip(ids, attempts)]))
        after("finish_jobs")
        if (sent.ntuples, finished.ntuples) != (len(ids), len(ids)):
            raise RuntimeError(f"{len(ids)} claimed, {sent.ntuples} marked, {finished.ntuples} finished")
        self.done += len(ids)
        return len(ids)

    def drain(self):
        """Batch after batch until nothing is left."""
        while self.pass_batch():
            pass


def drain_at_once(sessions, jobs):
    """Seconds from the first claim to the last commit."""
    failures = []

    def guarded(session):
        try:
            session.drain()
        except RuntimeError as problem:
            failures.append(problem)

    before = sum(session.done for session in sessions)
    threads = [threading.Thread(target=guarded, args=[session]) for session in sessions]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    done = sum(session.done for session in sessions) - before
    if failures or done != jobs:
        raise SystemExit(f"error: the drain failed: {done} of {jobs} done {failures}")
    return seconds


def drain(jobs, tool="noop"):
    """Jobs per second, after a warm-up; the tool has a queue of its name."""
    sessions = [Session(f"bench:{number}", queue=tool) for number in range(CONNECTIONS)]
    enqueue(warm_up(jobs), tool=tool)
    drain_at_once(sessions, warm_up(jobs))
    enqueue(jobs, tool=tool)
    with psycopg.connect(autocommit=True) as admin:
        admin.execute("vacuum analyze steward.ready, steward.job, steward.attempt")
    seconds = drain_at_once(sessions, jobs)
    for session in sessions:
        session.connection.close()
    return jobs / seconds


def check(admin, database=None):
    """That a bench job passes three committed transactions, and that all jobs so far ran exactly once."""
    check_three_transactions(admin, database)
    check_each_ran_once(admin)


def check_three_transactions(admin, database=None):
    """Passes one batch through and counts, from another session, the transactions that wrote its attempts: the claim, the mark, the end."""
    jobs, worker = 10, f"bench:{time.time_ns()}"
    enqueue(jobs, database)
    seen = {}

    def look(statement):
        # What another session sees is committed; xmin is the transaction that wrote this version of the row.
        seen[statement] = admin.execute("""
            select a.xmin::text, a.state, count(*) from steward.attempt a where a.worker = %s group by a.xmin, a.state""", [worker]).fetchall()

    session = Session(worker, database)
    session.pass_batch(jobs, look)
    session.connection.close()
    written = [(statement, state, count) for statement, rows in seen.items() for _, state, count in rows]
    wanted = [("claim_jobs", "claimed", jobs), ("mark_sent", "sent", jobs), ("finish_jobs", "finished", jobs)]
    transactions = {transaction for rows in seen.values() for transaction, _, _ in rows}
    if written != wanted or len(transactions) != 3:
        raise SystemExit(f"error: {jobs} jobs must pass claim, mark_sent and finish in three committed transactions; seen from outside: {seen}")


def check_each_ran_once(admin):
    """Every no-op job of the database succeeded in exactly one attempt, and no attempt is without its job."""
    jobs, once, attempts = admin.execute("""
        with tool as (select t.id from steward.tool t where t.name = 'noop'),
        noop as (select j.id, j.outcome from steward.job j join tool t on t.id = j.tool_id)
        select count(*), count(*) filter (where n.outcome = 'succeeded' and a.number = 1 and a.state = 'finished'),
            (select count(*) from steward.attempt a join tool t on t.id = a.tool_id)
        from noop n left join steward.attempt a on a.job_id = n.id""").fetchone()
    if not jobs == once == attempts:
        raise SystemExit(f"error: of {jobs} jobs {once} succeeded in their first attempt, and there are {attempts} attempts")
