"""One job a transaction from 16 clients, under limits that park and are half used: against a bare INSERT of the payload, and against the same two
INSERTs issued bare. Then once more with a quota that refuses above them, of which every job takes a unit."""

import steward_drain
from payload import PAYLOAD, with_number

CLIENTS = 16
OURS = with_number(f"select steward.enqueue('carousel', {PAYLOAD});\n")
PAYLOAD_ONLY = with_number(f"insert into bare.payload (payload) values ({PAYLOAD});\n")
# What 5,000 calls at $0.0001 cost is half of each.
COST, CALLS = 1, 10000
USED = 5000
# More than a run enqueues.
QUOTA = 100000000

# One statement: two round trips would be the client's cost, not the tables'.
SAME_INSERTS = with_number(f"""with job as (
    insert into bare.job (id, workspace_id, user_id, tool_id, queue, priority, run_at, payload, tags, created_at)
    values (steward.new_id(), '11111111-1111-1111-1111-111111111111', '11111111-1111-1111-1111-111111111111',
        '11111111-1111-1111-1111-111111111111', 'default', 0, clock_timestamp(), {PAYLOAD}, '{{}}', clock_timestamp())
    returning *)
insert into bare.ready (queue, workspace_id, priority, run_at, id, attempt, tries, tool_id)
select queue, workspace_id, priority, run_at, id, 0, 0, tool_id from job;
""")


def set_limit(bench, scope, metric, amount, on_full, window="month"):
    """Of the workspace; amount None takes it away."""
    bench.admin.execute("select steward.set_limit(%s, null, %s, %s, %s, %s, workspace_id => (select w.id from steward.workspace w))", [scope, metric, window, amount, on_full])


def use_half(bench):
    """Sets limits that park, and spends half of each by real jobs at the same price."""
    for scope in ("workspace", "user"):
        set_limit(bench, scope, "cost", COST, "park")
        set_limit(bench, scope, "calls", CALLS, "park")
    bench.admin.execute("""select steward.define_tool('spent', '{"executor": "noop", "queue": "spent", "price": {"call": "0.0001"}}')""")
    session = steward_drain.Session("bench:spent", queue="spent")
    steward_drain.enqueue(USED, tool="spent")
    session.drain()
    session.connection.close()
    percents = bench.admin.execute("""
        select round(100.0 * (v.posted + v.held) / steward.amount_at(l, steward.clock()))::int from steward.usage_window v join steward.usage_limit l on l.id = v.limit_id
        where l.window_kind = 'month' and l.workspace_id is not null order by 1""").fetchall()
    if percents != [(50,)] * 4:
        raise SystemExit(f"error: four limits should be half used, and they are by {percents} percent")


def end_half(bench):
    """The other rows are measured without them."""
    for scope in ("workspace", "user"):
        set_limit(bench, scope, "cost", None, None)
        set_limit(bench, scope, "calls", None, None)


def measure_quota(bench):
    """Each job takes a unit of a quota; the same limits stand beside it."""
    def quota():
        set_limit(bench, "workspace", "jobs", QUOTA, "reject")
        try:
            return bench.pgbench(OURS, CLIENTS)
        finally:
            set_limit(bench, "workspace", "jobs", None, None)

    return bench.in_turn({"ours": quota, "payload": lambda: bench.pgbench(PAYLOAD_ONLY, CLIENTS)})


def measure(bench):
    """enqueue: 0.55 of the payload alone, 0.75 of the same rows (two bare inserts are 0.76 of one), and 0.42 of the payload with a quota."""
    use_half(bench)
    rates = bench.in_turn({
        "ours": lambda: bench.pgbench(OURS, CLIENTS),
        "payload": lambda: bench.pgbench(PAYLOAD_ONLY, CLIENTS),
        "same": lambda: bench.pgbench(SAME_INSERTS, CLIENTS),
    })
    limits = "limits of cost and calls of workspace and user that park, half used"
    on = f"{CLIENTS} clients, one job a transaction, member under row security, priced http tool with payload_schema, realtime; {limits}"
    yield bench.faster("enqueue", rates["ours"], rates["payload"], 0.55, f"{on}; reference: INSERT of the payload")
    yield bench.faster("enqueue_bare", rates["ours"], rates["same"], 0.75, f"{on}; reference: the same two INSERTs in one statement")
    rates = measure_quota(bench)
    yield bench.faster("enqueue_quota", rates["ours"], rates["payload"], 0.42, f"{on}; and a quota of jobs that refuses, a unit of it a job; reference: INSERT of the payload")
    end_half(bench)
