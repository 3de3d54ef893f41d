"""The drain again, of a tool that costs something under limits of cost and jobs that park, against the drain of one that costs nothing.

Both sides are drained in the same run, in turn. Every job of ours is measured, held under four limits and posted; each writes a row of the ledger besides.
"""

import os

import steward_drain

JOBS = int(os.environ.get("JOBS", "50000"))
QUEUE = "paid"
# More than all rounds of a long run cost: what is measured is not how jobs wait.
LIMITS = (("workspace", "cost", "day", 1000), ("user", "cost", "month", 1000), ("workspace", "jobs", "day", 100000000), ("tool", "jobs", "month", 100000000))


def define(admin):
    """The tool, and limits that park."""
    admin.execute("""select steward.define_tool('paid', '{"executor": "noop", "queue": "paid", "price": {"call": "0.000001"}}')""")
    for scope, metric, window, amount in LIMITS:
        admin.execute("select steward.set_limit(%s, null, %s, %s, %s, 'park', workspace_id => (select w.id from steward.workspace w))", [scope, metric, window, amount])


def check(admin):
    """That each job cost what it costs, once, under every limit, and that the ledger agrees with itself."""
    jobs, entries, cost, windows = admin.execute("""
        select (select count(*) from steward.job j where j.queue = %(queue)s and j.outcome = 'succeeded'), count(*), sum(l.cost), min(cardinality(l.windows))
        from steward.ledger l join steward.tool t on t.id = l.tool_id where t.name = %(queue)s""", {"queue": QUEUE}).fetchone()
    wrong = admin.execute("select problem, detail from steward.audit_ledger() limit 3").fetchall()
    if not (jobs == entries and cost == 1000 * jobs and windows >= len(LIMITS)) or wrong:
        raise SystemExit(f"error: {jobs} jobs succeeded, {entries} entries say that they cost {cost} nano-dollars under {windows} limits at least; the audit: {wrong}")


def measure(bench):
    """limits_drain: 0.85 of the drain without them."""
    define(bench.admin)
    rates = bench.in_turn({"limited": lambda: steward_drain.drain(JOBS, QUEUE), "free": lambda: steward_drain.drain(JOBS)})
    steward_drain.check(bench.admin)
    check(bench.admin)
    yield bench.faster("limits_drain", rates["limited"], rates["free"], 0.85, (
        f"{JOBS} no-op jobs at $0.000001 a call under {len(LIMITS)} limits of cost and jobs besides the plan's, each held, posted and in the ledger, which the audit agrees with; "
        f"{steward_drain.ON}; reference: the same without a price"))
