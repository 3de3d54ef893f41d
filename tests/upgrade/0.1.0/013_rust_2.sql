/* <begin connected objects> */
-- extension/src/api/requests.rs:71
-- pg_steward::api::requests::prepare_job
CREATE  FUNCTION "prepare_job"(
    "tool_id" uuid, /* PgUuid */
    "job_id" uuid, /* PgUuid */
    "attempt" INT, /* i32 */
    "workspace_id" uuid, /* PgUuid */
    "user_id" uuid, /* PgUuid */
    "payload" TEXT, /* & str */
    "token" TEXT, /* Option < & str > */
    "is_member" bool, /* bool */
    "is_rehearsed" bool /* bool */
) RETURNS jsonb /* Option < JsonB > */
VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'prepare_job_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/requests.rs:19
-- pg_steward::api::requests::prepare_request
CREATE  FUNCTION "prepare_request"(
    "tool_id" uuid, /* PgUuid */
    "job_id" uuid, /* PgUuid */
    "attempt" INT, /* i32 */
    "workspace_id" uuid, /* PgUuid */
    "user_id" uuid, /* PgUuid */
    "payload" TEXT, /* & str */
    "token" TEXT /* Option < & str > */
) RETURNS jsonb /* JsonB */
VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'prepare_request_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/tools.rs:50
-- pg_steward::api::tools::queue_of_tool
CREATE  FUNCTION "queue_of_tool"(
    "tool_id" uuid /* Option < PgUuid > */
) RETURNS TEXT /* Option < String > */
VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'queue_of_tool_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/admission.rs:28
-- pg_steward::api::admission::remember_admission
CREATE  FUNCTION "remember_admission"(
    "tool" TEXT, /* & str */
    "asked_workspace_id" uuid, /* Option < PgUuid > */
    "asked_user_id" uuid, /* Option < PgUuid > */
    "workspace_id" uuid, /* PgUuid */
    "user_id" uuid, /* PgUuid */
    "enqueued_by" uuid, /* Option < PgUuid > */
    "tool_id" uuid /* PgUuid */
) RETURNS void
VOLATILE PARALLEL UNSAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'remember_admission_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/attempt.rs:52
-- pg_steward::api::attempt::remember_attempt
CREATE  FUNCTION "remember_attempt"(
    "job_id" uuid, /* PgUuid */
    "attempt" INT, /* i32 */
    "workspace_id" uuid /* PgUuid */
) RETURNS TEXT /* String */
STRICT VOLATILE PARALLEL UNSAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'remember_attempt_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/ring.rs:34
-- pg_steward::api::ring::ring_add
CREATE  FUNCTION "ring_add"(
    "queue" TEXT, /* & str */
    "workspace_id" uuid, /* PgUuid */
    "priority" smallint /* i16 */
) RETURNS void
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'ring_add_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/doorbell.rs:18
-- pg_steward::api::doorbell::ring_doorbell
CREATE  FUNCTION "ring_doorbell"() RETURNS void
STRICT VOLATILE PARALLEL UNSAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'ring_doorbell_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/ring.rs:28
-- pg_steward::api::ring::ring_groups
CREATE  FUNCTION "ring_groups"(
    "queue" TEXT /* & str */
) RETURNS TABLE (
    "workspace_id" uuid,  /* PgUuid */
    "priority" smallint  /* i16 */
)
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'ring_groups_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/ring.rs:118
-- pg_steward::api::ring::ring_is_empty
CREATE  FUNCTION "ring_is_empty"(
    "queue" TEXT /* & str */
) RETURNS bool /* bool */
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'ring_is_empty_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/ring.rs:123
-- pg_steward::api::ring::ring_is_exhausted
CREATE  FUNCTION "ring_is_exhausted"(
    "queue" TEXT /* & str */
) RETURNS bool /* bool */
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'ring_is_exhausted_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/ring.rs:110
-- pg_steward::api::ring::ring_note
CREATE  FUNCTION "ring_note"(
    "queue" TEXT, /* & str */
    "workspace_ids" uuid[], /* Vec < PgUuid > */
    "priorities" smallint[], /* Vec < i16 > */
    "run_ats" timestamp with time zone[], /* Vec < TimestampWithTimeZone > */
    "ids" uuid[] /* Vec < PgUuid > */
) RETURNS void
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'ring_note_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/ring.rs:66
-- pg_steward::api::ring::ring_seal
CREATE  FUNCTION "ring_seal"(
    "queue" TEXT, /* & str */
    "workspace_id" uuid, /* PgUuid */
    "priority" smallint /* i16 */
) RETURNS void
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'ring_seal_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/ring.rs:44
-- pg_steward::api::ring::ring_sealable
CREATE  FUNCTION "ring_sealable"(
    "queue" TEXT, /* & str */
    "xmin" bigint /* i64 */
) RETURNS TABLE (
    "workspace_id" uuid,  /* PgUuid */
    "priority" smallint,  /* i16 */
    "low_run_at" timestamp with time zone,  /* TimestampWithTimeZone */
    "low_id" uuid,  /* PgUuid */
    "run_at" timestamp with time zone,  /* TimestampWithTimeZone */
    "id" uuid  /* PgUuid */
)
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'ring_sealable_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/ring.rs:71
-- pg_steward::api::ring::ring_take
CREATE  FUNCTION "ring_take"(
    "queue" TEXT, /* & str */
    "max_rows" INT, /* i32 */
    "now" timestamp with time zone /* TimestampWithTimeZone */
) RETURNS TABLE (
    "workspace_id" uuid,  /* PgUuid */
    "priorities" smallint[],  /* Vec < i16 > */
    "run_ats" timestamp with time zone[],  /* Vec < TimestampWithTimeZone > */
    "ids" uuid[],  /* Vec < PgUuid > */
    "quantum" bigint  /* i64 */
)
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'ring_take_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/ring.rs:39
-- pg_steward::api::ring::ring_wants_discovery
CREATE  FUNCTION "ring_wants_discovery"(
    "queue" TEXT, /* & str */
    "now" timestamp with time zone /* TimestampWithTimeZone */
) RETURNS bool /* bool */
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'ring_wants_discovery_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/requests.rs:101
-- pg_steward::api::requests::set_aside
CREATE  FUNCTION "set_aside"() RETURNS TEXT[] /* Vec < String > */
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'set_aside_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/slots.rs:32
-- pg_steward::api::slots::slot_ages
CREATE  FUNCTION "slot_ages"(
    "tool_name" TEXT /* & str */
) RETURNS bool /* bool */
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'slot_ages_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/slots.rs:27
-- pg_steward::api::slots::slot_served
CREATE  FUNCTION "slot_served"(
    "tool_name" TEXT, /* & str */
    "workspace_id" uuid /* PgUuid */
) RETURNS void
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'slot_served_wrapper';
/* </end connected objects> */
