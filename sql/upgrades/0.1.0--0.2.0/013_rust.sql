-- Functions of the library that are new, and decide_outcomes, which is told what is held for an attempt and says what is posted for it.

create function steward.admit(
    "groups" INT[],
    "costs" bigint[],
    "tokens" bigint[],
    "counts_job" bool[],
    "is_kept_for" bool[],
    "pair_groups" INT[],
    "pair_rooms" INT[],
    "metrics" TEXT[],
    "lefts" bigint[],
    "kept" bigint[],
    "is_shadow" bool[]
) RETURNS TABLE (
    "stopped_by" INT[],
    "taken" bigint[],
    "turned_away" bigint[]
)
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'admit_wrapper';

create function steward.compile_price(
    "price_id" uuid,
    "prices" TEXT
) RETURNS void
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c
AS 'MODULE_PATHNAME', 'compile_price_wrapper';

drop function steward.decide_outcomes(uuid[], text[], int[], int[], timestamptz);
create function steward.decide_outcomes(
    "tool_ids" uuid[],
    "outcomes" TEXT[],
    "attempts" INT[],
    "tries" INT[],
    "now" timestamp with time zone,
    "rate_limited" INT[],
    "held" bigint[],
    "held_tokens" bigint[],
    "price_ids" uuid[]
) RETURNS TABLE (
    "decision" TEXT,
    "state" TEXT,
    "burned" INT,
    "delay_seconds" double precision,
    "http_status" INT,
    "usage" jsonb,
    "result" jsonb,
    "error_code" TEXT,
    "error_message" TEXT,
    "billing" TEXT,
    "cost" bigint,
    "tokens" bigint,
    "calls" INT,
    "reported" bigint,
    "cooldown" jsonb
)
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c
AS 'MODULE_PATHNAME', 'decide_outcomes_and_bills_wrapper';

create function steward.forget_prepared() RETURNS void
STRICT VOLATILE PARALLEL UNSAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'forget_prepared_wrapper';

create function steward.hold_key(
    "class_name" TEXT,
    "name" TEXT,
    "exclusive" bool,
    "wait" bool
) RETURNS bool
STRICT VOLATILE PARALLEL UNSAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'hold_key_wrapper';

create function steward.hold_unit(
    "limit_id" uuid,
    "bucket" TEXT,
    "starts_at" timestamp with time zone,
    "above" bigint,
    "up_to" bigint
) RETURNS bigint
STRICT VOLATILE PARALLEL UNSAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'hold_unit_wrapper';

create function steward.kept_token(
    "job_id" uuid
) RETURNS TEXT
STRICT VOLATILE PARALLEL UNSAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'kept_token_wrapper';

create function steward.measure_job(
    "tool_id" uuid,
    "job_id" uuid,
    "attempt" INT,
    "workspace_id" uuid,
    "user_id" uuid,
    "payload" TEXT,
    "token" TEXT,
    "is_member" bool,
    "is_rehearsed" bool
) RETURNS TABLE (
    "is_over" bool,
    "flat" bigint,
    "model" TEXT,
    "price_list" TEXT,
    "input_tokens" bigint,
    "output_tokens" bigint
)
VOLATILE PARALLEL RESTRICTED
LANGUAGE c
AS 'MODULE_PATHNAME', 'measure_job_wrapper';

create function steward.measure_payload(
    "tool_id" uuid,
    "workspace_id" uuid,
    "user_id" uuid,
    "payload" TEXT
) RETURNS TABLE (
    "flat" bigint,
    "model" TEXT,
    "price_list" TEXT,
    "input_tokens" bigint,
    "output_tokens" bigint
)
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c
AS 'MODULE_PATHNAME', 'measure_payload_wrapper';

create function steward.next_transaction() RETURNS bigint
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c
AS 'MODULE_PATHNAME', 'next_transaction_wrapper';

create function steward.price_among(
    "provider" TEXT,
    "model" TEXT,
    "at" timestamp with time zone,
    "ids" uuid[],
    "matches" TEXT[],
    "valid_from" timestamp with time zone[],
    "valid_to" timestamp with time zone[],
    "known" bool[]
) RETURNS uuid
STRICT VOLATILE PARALLEL UNSAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'price_among_wrapper';

create function steward.price_cost(
    "price_id" uuid,
    "usage" TEXT,
    "at" timestamp with time zone
) RETURNS bigint
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c
AS 'MODULE_PATHNAME', 'price_cost_wrapper';

create function steward.price_is_compiled(
    "price_id" uuid
) RETURNS bool
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c
AS 'MODULE_PATHNAME', 'price_is_compiled_wrapper';

create function steward.price_most(
    "price_id" uuid,
    "input_tokens" bigint,
    "output_tokens" bigint
) RETURNS bigint
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c
AS 'MODULE_PATHNAME', 'price_most_wrapper';

create function steward.price_moved(
    "old" TEXT,
    "new" TEXT
) RETURNS TEXT
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'price_moved_wrapper';

create function steward.price_rows(
    "prices" TEXT
) RETURNS TABLE (
    "place" TEXT,
    "provider" TEXT,
    "position" INT,
    "model" TEXT,
    "matches" jsonb,
    "prices" jsonb,
    "valid_from" timestamp with time zone,
    "valid_to" timestamp with time zone
)
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'price_rows_wrapper';

create function steward.remember_guard(
    "workspace_id" uuid,
    "user_id" uuid,
    "tool_id" uuid,
    "most_cost" bigint,
    "most_tokens" bigint,
    "limit_ids" uuid[],
    "buckets" TEXT[],
    "amounts" bigint[],
    "starts" timestamp with time zone[],
    "ends" timestamp with time zone[],
    "until" timestamp with time zone
) RETURNS void
VOLATILE PARALLEL UNSAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'remember_guard_wrapper';

create function steward.remembered_price(
    "provider" TEXT,
    "model" TEXT,
    "at" timestamp with time zone
) RETURNS uuid
STRICT VOLATILE PARALLEL UNSAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'remembered_price_wrapper';

create function steward.shipped_prices() RETURNS jsonb
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'shipped_prices_wrapper';
