/* <begin connected objects> */
-- extension/src/api/slots.rs:22
-- pg_steward::api::slots::slot_turn
CREATE  FUNCTION "slot_turn"(
    "tool_name" TEXT /* & str */
) RETURNS uuid /* PgUuid */
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'slot_turn_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/tools.rs:22
-- pg_steward::api::tools::tool_is_compiled
CREATE  FUNCTION "tool_is_compiled"(
    "tool_id" uuid, /* PgUuid */
    "provider_id" uuid /* Option < PgUuid > */
) RETURNS bool /* bool */
VOLATILE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'tool_is_compiled_wrapper';
/* </end connected objects> */

/* <begin connected objects> */
-- extension/src/api/clock.rs:35
-- pg_steward::api::clock::version
CREATE  FUNCTION "version"() RETURNS TEXT /* & '_ str */
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'version_wrapper';
/* </end connected objects> */
