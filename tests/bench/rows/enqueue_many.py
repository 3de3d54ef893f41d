"""1,000 jobs a call: against multi-row INSERTs of the same rows."""

from payload import NUMBERED

BATCH = 1000
CLIENTS = 2

OURS = f"select count(*) from steward.enqueue_many('carousel', array(select {NUMBERED} from generate_series(1, {BATCH}) n));\n"
SAME_INSERTS = f"""with job as (
    insert into bare.job (id, workspace_id, user_id, tool_id, queue, priority, run_at, payload, tags, created_at)
    select steward.new_id(), '11111111-1111-1111-1111-111111111111', '11111111-1111-1111-1111-111111111111',
        '11111111-1111-1111-1111-111111111111', 'default', 0, now(), {NUMBERED}, '{{}}', now()
    from generate_series(1, {BATCH}) n
    returning *)
insert into bare.ready (queue, workspace_id, priority, run_at, id, attempt, tries, tool_id)
select queue, workspace_id, priority, run_at, id, 0, 0, tool_id from job;
"""
PAYLOAD_ONLY = f"insert into bare.payload (payload) select {NUMBERED} from generate_series(1, {BATCH}) n;\n"


def measure(bench):
    """enqueue_many: 0.7 of the same rows; beside it, against the payloads alone."""
    def rate(script):
        return lambda: BATCH * bench.pgbench(script, CLIENTS)
    rates = bench.in_turn({"ours": rate(OURS), "same": rate(SAME_INSERTS), "payload": rate(PAYLOAD_ONLY)})
    on = f"{BATCH} jobs a call, {CLIENTS} clients, member under row security, http tool with payload_schema; the limits of the plan"
    yield bench.faster("enqueue_many", rates["ours"], rates["same"], 0.7, f"{on}; reference: the same rows by multi-row INSERTs")
    yield bench.faster("enqueue_many_payload", rates["ours"], rates["payload"], None, f"{on}; reference: multi-row INSERT of the payloads")
