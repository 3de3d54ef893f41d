"""What the fuzzer passes for the arguments of our functions, as SQL expressions."""

OTHER_WORKSPACE = "tests.workspace('globex')"

# The empty, the huge, the infinite, and what ends or escapes a text somewhere between SQL, JSON and Rust.
TEXT = ["null", "''", "' '", "'x' || chr(1)", "repeat('x', 1048576)", "repeat(chr(128512), 250)", "E'a\\nb\\tc\\r'", "'''; select 1 --'",
        "'{{ payload.x }}'", "'%s%n\\'", "chr(65534) || chr(1114111)", "chr(8238) || 'x'", "'null'", "'globex'", "'x' || repeat(' ', 64)"]
INTEGER = ["null", "0", "-1", "1", "2147483647", "(-2147483648)", "1001", "10001"]
BIGINT = ["null", "0", "-1", "1", "9223372036854775807", "(-9223372036854775808)"]
NUMERIC = ["null", "0", "-1", "0.5", "1e15", "1e100", "'NaN'", "'Infinity'", "'-Infinity'"]
DATE = ["null", "'infinity'", "'-infinity'", "'4713-01-01 BC'", "'5874897-12-31'"]
FLOAT = ["null", "'NaN'", "'Infinity'", "'-Infinity'", "'-0'", "1e308", "5e-324", "1.0000000000000002"]
UUID = ["null", "'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'", "gen_random_uuid()",
        "tests.job('globex noop 2')", "tests.job('globex send 1')", OTHER_WORKSPACE, "tests.person('outsider')", "tests.account('globex')", "tests.action('globex', 3)", "tests.lead('globex', 1)"]
TIME = ["null", "'infinity'", "'-infinity'", "'4713-01-01 BC'", "'294276-12-31 23:59:59.999999+00'", "'1970-01-01'"]
INTERVAL = ["null", "'0'", "'-1 day'", "'178000000 years'", "'-178000000 years'", "'2147483647 days'", "'1 microsecond'", "'1 year'",
            "make_interval(secs => 9e12)"]
JSON = ["null", "'null'", "'[]'", "'7'", "'\"x\"'", "'1e400'", "('1' || repeat('0', 100000))", "'-0.0'", "(repeat('[', 3000) || repeat(']', 3000))",
        "('{\"x\": ' || repeat('[', 120) || repeat(']', 120) || '}')", "'{\"\": {\"\": \"\"}}'", "'{\"x\": \"\\u0001\\u007f\"}'",
        "('{\"x\": \"' || repeat('x', 1048576) || '\"}')", "'{\"x\": 1, \"x\": 2}'", "'{\"x\": \"\\ud83d\\ude00\"}'", "'{\"pid\": 1e300, \"queues\": [[]]}'",
        "'{\"$ref\": \"/payload\"}'"]
# A jsonb refuses these while it is read, a json holds them.
JSON_TEXT = JSON + ["'\"\\ud800\"'", "'{\"x\": \"\\u0000\"}'", "'{\"job_id\": \"x\\ud800\"}'"]


def arrays(element, values):
    """Lists of a type: none, empty, of nulls, two-dimensional, with another first index, long, and of each hostile value."""
    one = values[1]
    shapes = ["null", "'{}'", "array[null]", f"array[array[{one}::{element}, {one}::{element}], array[{one}::{element}, {one}::{element}]]",
              f"array_fill({one}::{element}, array[2], array[5])", f"array_fill({one}::{element}, array[10001])",
              f"array_fill({one}::{element}, array[2], array[-2147483640])"]
    return shapes + [f"array[{value}::{element}]" for value in values[1:]]


# Cursors of changes_since that are none, of this cluster.
CURSORS = [f"((select system_identifier from pg_control_system()) || '{rest}')" for rest in (
    "", "/", "/9:1:", "/1:9:9,8", "/0:0:", "/1:18446744073709551615:", "/1:99999999999999999999:", "/1:5:2,3/1:1:", "/1:5:2,3 ")]

BY_NAME = {"cursor": TEXT + CURSORS}
BY_TYPE = {
    "text": TEXT, "name": TEXT, "integer": INTEGER, "bigint": BIGINT, "numeric": NUMERIC, "date": DATE, "double precision": FLOAT, "uuid": UUID, "timestamp with time zone": TIME,
    "interval": INTERVAL, "jsonb": JSON, "json": JSON_TEXT, "boolean": ["null", "true", "false"],
    "text[]": arrays("text", TEXT), "uuid[]": arrays("uuid", UUID), "integer[]": arrays("integer", INTEGER),
    "jsonb[]": arrays("jsonb", JSON), "json[]": arrays("json", JSON_TEXT),
    "steward.waiting": ["null", "(select w from steward.waiting w limit 1)"],
    "regclass": ["null", "0", "4294967295", "'pg_catalog.pg_type'", "'steward.lead'", "'steward.lead_pkey'", "'steward.member'"],
    "regprocedure": ["null", "0", "4294967295", "'pg_catalog.lower(text)'", "'pg_catalog.jsonb_typeof(jsonb)'"],
}

LIVE = "tests.job('acme send 3')"
OUTCOME = f"json_build_object('job_id', {LIVE}, 'attempt', 1, 'phase', 'answered', 'status', 200)"

# What works, by the name of the argument: each call changes some of these.
USUAL = {
    "tool": "'send'", "payload": "'{\"x\": \"y\"}'", "payloads": "array['{\"x\": \"y\"}'::jsonb]", "run_at": "null", "priority": "0", "queue": "'fuzz'",
    "idempotency_key": "null", "tags": "'{}'", "workspace_id": "tests.workspace('acme')", "user_id": "tests.person('editor')",
    "job_id": LIVE, "reason": "'because'", "current_tool": "true", "outcome": "'failed'", "note": "'seen'", "role": "'editor'", "act": "'read'",
    "worker": "'w1'", "queues": "array['acme', 'fuzz']", "max_jobs": "2", "job_ids": f"array[{LIVE}]", "attempts": "array[1]",
    "outcomes": f"array[{OUTCOME}]", "status": "'{}'", "attempt": "1", "progress": "0.5", "message": "'half'", "token": "'t'", "name": "'made'",
    "definition": "'{\"executor\": \"noop\"}'", "slug": "'made-' || left(gen_random_uuid()::text, 8)", "time_zone": "'UTC'", "plan": "'free'",
    "older_than": "'2 years'", "nothing_ran_since": "false", "since": "'-infinity'", "cursor": "null",
    "scope": "'user'", "scope_value": "null", "metric": "'cost'", "window_kind": "'day'", "amount": "5", "on_full": "'park'", "valid_until": "null",
    "n": "1", "description": "'made'", "most_parked": "7", "prices": "'{\"source\": \"x\", \"providers\": []}'", "force": "false", "provider": "'shop'",
    "model": "'made'", "at": "'2026-01-01'", "heads": "null", "place": "(select w from steward.waiting w limit 1)",
    "function": "'tests.done(jsonb)'", "input": "'{}'", "result": "'{}'",
    "account_id": "tests.account('acme')", "action_id": "tests.action('acme', 3)", "kind": "'send_invite'", "person": "'person ' || gen_random_uuid()", "not_before": "null",
    "external_id": "gen_random_uuid()::text", "policy": "'{\"preset\": \"careful\"}'", "warm_up_from": "null", "notice": "steward.outreach_notice()", "event": "'accepted'",
    "state": "'done'", "value": "'person 4'", "day": "null", "from_day": "current_date", "lead_id": "tests.lead('acme', 1)", "changes": "'{\"title\": \"x\"}'", "source": "'made'",
    "source_kind": "'import'", "to_version": "1", "from_table": "'steward.act'", "rows": "'[{\"email\": \"made@leads.example\", \"title\": \"x\"}]'", "to_day": "current_date + 7", "days": "7", "seed": "1",
    "signals": "'[{\"visitor\": \"cookie\", \"kind\": \"page_view\"}]'", "event_id": "gen_random_uuid()::text", "visitor": "'cookie'", "occurred_at": "now()", "source_id": "'made'", "version": "1", "after": "null", "heat": "null", "owner": "null", "segment": "null", "page_size": "5",
    "score": "5000", "before": "null", "thousandths": "5000", "labels": "'{cold,hot}'", "mins": "'{5000}'", "contributions": "'{a,b}'", "points": "'{5,7}'", "figures": "'{}'", "alarms": "'[]'",
}
# Where the name means something else in that function.
USUAL_IN = {
    ("define_provider", "definition"): "'{\"base_url\": \"https://made.example\"}'", ("trust_gateway", "role"): "'regress_nobody'",
    ("map_login", "role"): "'regress_nobody'", ("forget_login", "role"): "'regress_nobody'", ("resolve_job", "job_id"): "tests.job('acme send 1')",
    ("retry_job", "job_id"): "tests.job('acme send 2')", ("cancel_job", "job_id"): "tests.job('acme slow 4')",
    ("create_workspace", "name"): "'Made'", ("suppress", "kind"): "'person'", ("add_account", "name"): "gen_random_uuid()::text",
    ("enable_account", "account_id"): "tests.account('acme frozen')", ("resume_account", "account_id"): "tests.account('acme frozen')",
    ("record_signal", "kind"): "'email_reply'", ("record_signal", "value"): "1", ("lead_preset", "kind"): "'rubric'", ("lead_preset", "name"): "'rank_0_10'",
    ("define_rubric", "definition"): "steward.lead_preset('rubric', 'rank_0_10')", ("what_if", "definition"): "steward.lead_preset('rubric', 'rank_0_10')",
    ("what_if_distribution", "definition"): "steward.lead_preset('rubric', 'rank_0_10')", ("set_routing", "definition"): "steward.lead_preset('routing', 'ownership_v1')",
    ("publish_rubric", "name"): "'fit'", ("train_model", "definition"): "'{}'", ("publish_model", "name"): "'likely'", ("evaluate_model", "name"): "'likely'", ("lift_chart_svg", "name"): "'likely'",
    ("score_distribution_svg", "definition"): "steward.lead_preset('rubric', 'rank_0_10')",
    ("resolve_action", "action_id"): "tests.action('acme', 1)", ("record_outreach_event", "person"): "'person 2'",
}
