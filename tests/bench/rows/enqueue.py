"""One job a transaction from 16 clients: against a bare INSERT of the payload, and against the same two INSERTs issued bare."""

from payload import PAYLOAD, with_number

CLIENTS = 16
OURS = with_number(f"select steward.enqueue('carousel', {PAYLOAD});\n")
PAYLOAD_ONLY = with_number(f"insert into bare.payload (payload) values ({PAYLOAD});\n")

# One statement: two round trips would be the client's cost, not the tables'.
SAME_INSERTS = with_number(f"""with job as (
    insert into bare.job (id, workspace_id, user_id, tool_id, queue, priority, run_at, payload, tags, created_at)
    values (steward.new_id(), '11111111-1111-1111-1111-111111111111', '11111111-1111-1111-1111-111111111111',
        '11111111-1111-1111-1111-111111111111', 'default', 0, clock_timestamp(), {PAYLOAD}, '{{}}', clock_timestamp())
    returning *)
insert into bare.ready (queue, workspace_id, priority, run_at, id, attempt, tries, tool_id)
select queue, workspace_id, priority, run_at, id, 0, 0, tool_id from job;
""")


def measure(bench):
    """enqueue: 0.55 of the payload alone, 0.75 of the same rows; two bare inserts are 0.76 of one."""
    rates = bench.in_turn({
        "ours": lambda: bench.pgbench(OURS, CLIENTS),
        "payload": lambda: bench.pgbench(PAYLOAD_ONLY, CLIENTS),
        "same": lambda: bench.pgbench(SAME_INSERTS, CLIENTS),
    })
    on = f"{CLIENTS} clients, one job a transaction, member under row security, http tool with payload_schema, realtime; no limits yet"
    yield bench.faster("enqueue", rates["ours"], rates["payload"], 0.55, f"{on}; reference: INSERT of the payload")
    yield bench.faster("enqueue_bare", rates["ours"], rates["same"], 0.75, f"{on}; reference: the same two INSERTs in one statement")
