/* <begin connected objects> */
-- extension/src/api/admission.rs:12
-- pg_steward::api::admission::admitted
CREATE  FUNCTION "admitted"(
    "tool" TEXT, /* Option < & str > */
    "payload" TEXT, /* Option < & str > */
    "workspace_id" uuid, /* Option < PgUuid > */
    "user_id" uuid /* Option < PgUuid > */
) RETURNS uuid[] /* :: std :: option :: Option < Vec < Option < PgUuid > > > */
VOLATILE PARALLEL UNSAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'admitted_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/attempt.rs:70
-- pg_steward::api::attempt::begun_attempt
CREATE  FUNCTION "begun_attempt"() RETURNS INT /* Option < i32 > */
STRICT STABLE PARALLEL UNSAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'begun_attempt_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/attempt.rs:65
-- pg_steward::api::attempt::begun_job
CREATE  FUNCTION "begun_job"() RETURNS uuid /* Option < PgUuid > */
STRICT STABLE PARALLEL UNSAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'begun_job_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/attempt.rs:75
-- pg_steward::api::attempt::begun_workspace
CREATE  FUNCTION "begun_workspace"() RETURNS uuid /* Option < PgUuid > */
STRICT STABLE PARALLEL UNSAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'begun_workspace_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/tools.rs:37
-- pg_steward::api::tools::check_payload
CREATE  FUNCTION "check_payload"(
    "tool_id" uuid, /* PgUuid */
    "payload" TEXT /* Option < & str > */
) RETURNS void
VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'check_payload_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/clock.rs:24
-- pg_steward::api::clock::clock
CREATE  FUNCTION "clock"() RETURNS timestamp with time zone /* TimestampWithTimeZone */
STRICT VOLATILE PARALLEL SAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'clock_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/doorbell.rs:35
-- pg_steward::api::doorbell::clock_for_ready
CREATE  FUNCTION "clock_for_ready"() RETURNS timestamp with time zone /* TimestampWithTimeZone */
STRICT VOLATILE PARALLEL UNSAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'clock_for_ready_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/tools.rs:27
-- pg_steward::api::tools::compile_tool
CREATE  FUNCTION "compile_tool"(
    "tool_id" uuid, /* PgUuid */
    "provider_id" uuid, /* Option < PgUuid > */
    "name" TEXT, /* & str */
    "definition" TEXT, /* & str */
    "provider" TEXT /* Option < & str > */
) RETURNS void
VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'compile_tool_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/tools.rs:12
-- pg_steward::api::tools::complete_provider
CREATE  FUNCTION "complete_provider"(
    "name" TEXT, /* & str */
    "definition" TEXT /* & str */
) RETURNS jsonb /* JsonB */
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'complete_provider_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/tools.rs:17
-- pg_steward::api::tools::complete_tool
CREATE  FUNCTION "complete_tool"(
    "name" TEXT, /* & str */
    "definition" TEXT /* & str */
) RETURNS jsonb /* JsonB */
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'complete_tool_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/cron.rs:15
-- pg_steward::api::cron::cron_is_hourly
CREATE  FUNCTION "cron_is_hourly"(
    "pattern" TEXT /* & str */
) RETURNS bool /* bool */
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'cron_is_hourly_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/cron.rs:10
-- pg_steward::api::cron::cron_next
CREATE  FUNCTION "cron_next"(
    "pattern" TEXT, /* & str */
    "after" timestamp /* Timestamp */
) RETURNS timestamp /* Timestamp */
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'cron_next_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/requests.rs:114
-- pg_steward::api::requests::decide_outcomes
CREATE  FUNCTION "decide_outcomes"(
    "tool_ids" uuid[], /* Vec < PgUuid > */
    "outcomes" TEXT[], /* Array < & str > */
    "attempts" INT[], /* Vec < i32 > */
    "tries" INT[], /* Vec < i32 > */
    "now" timestamp with time zone /* TimestampWithTimeZone */
) RETURNS TABLE (
    "decision" TEXT,  /* & '_ str */
    "state" TEXT,  /* & '_ str */
    "burned" INT,  /* i32 */
    "delay_seconds" double precision,  /* f64 */
    "http_status" INT,  /* Option < i32 > */
    "usage" jsonb,  /* Option < JsonB > */
    "result" jsonb,  /* Option < JsonB > */
    "error_code" TEXT,  /* Option < String > */
    "error_message" TEXT  /* Option < String > */
)
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'decide_outcomes_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/attempt.rs:60
-- pg_steward::api::attempt::forget_attempt
CREATE  FUNCTION "forget_attempt"() RETURNS void
STRICT VOLATILE PARALLEL UNSAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'forget_attempt_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/attempt.rs:45
-- pg_steward::api::attempt::is_maintenance
CREATE  FUNCTION "is_maintenance"() RETURNS bool /* bool */
STRICT STABLE PARALLEL UNSAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'is_maintenance_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/clock.rs:30
-- pg_steward::api::clock::lease_seconds
CREATE  FUNCTION "lease_seconds"() RETURNS INT /* i32 */
STRICT STABLE PARALLEL SAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'lease_seconds_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/ids.rs:10
-- pg_steward::api::ids::new_id
CREATE  FUNCTION "new_id"() RETURNS uuid /* PgUuid */
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'new_id_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/ids.rs:15
-- pg_steward::api::ids::new_ids
CREATE  FUNCTION "new_ids"(
    "count" INT /* i32 */
) RETURNS uuid[] /* Vec < PgUuid > */
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'new_ids_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/clock.rs:18
-- pg_steward::api::clock::now
CREATE  FUNCTION "now"() RETURNS timestamp with time zone /* TimestampWithTimeZone */
STRICT STABLE PARALLEL SAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'now_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/requests.rs:107
-- pg_steward::api::requests::outcome_keys
CREATE  FUNCTION "outcome_keys"(
    "outcomes" TEXT[] /* Array < & str > */
) RETURNS TABLE (
    "job_id" uuid,  /* PgUuid */
    "attempt" INT  /* i32 */
)
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'outcome_keys_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/tools.rs:43
-- pg_steward::api::tools::payload_fits
CREATE  FUNCTION "payload_fits"(
    "tool_id" uuid, /* PgUuid */
    "payload" TEXT /* Option < & str > */
) RETURNS bool /* bool */
VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'payload_fits_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/place.rs:6
-- pg_steward::api::place::place
CREATE  FUNCTION "place"() RETURNS TEXT /* String */
STRICT STABLE PARALLEL SAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'place_wrapper';
/* </end connected objects> */
