-- It is told how many attempts do not count, and says how long nobody calls the provider.

drop function steward.decide_outcomes(uuid[], text[], int[], int[], timestamptz);
create function steward."decide_outcomes"(
    "tool_ids" uuid[], /* Vec < PgUuid > */
    "outcomes" TEXT[], /* Array < & str > */
    "attempts" INT[], /* Vec < i32 > */
    "tries" INT[], /* Vec < i32 > */
    "now" timestamp with time zone, /* TimestampWithTimeZone */
    "rate_limited" INT[] /* Vec < i32 > */
) RETURNS TABLE (
    "decision" TEXT,  /* & '_ str */
    "state" TEXT,  /* & '_ str */
    "burned" INT,  /* i32 */
    "delay_seconds" double precision,  /* f64 */
    "http_status" INT,  /* Option < i32 > */
    "usage" jsonb,  /* Option < JsonB > */
    "result" jsonb,  /* Option < JsonB > */
    "error_code" TEXT,  /* Option < String > */
    "error_message" TEXT,  /* Option < String > */
    "cooldown" jsonb  /* Option < JsonB > */
)
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'decide_outcomes_and_cooldowns_wrapper';
comment on function steward.decide_outcomes(uuid[], text[], int[], int[], timestamptz, int[]) is
    'What follows from what a worker saw of each attempt, in order: decision, state, wait, result, usage, reason and cool-down of the provider. Errors: 22023 outcome_invalid.';
