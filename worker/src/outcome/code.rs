//! The codes of failed attempts; README lists them.

/// A secret that the request names is not known to this worker.
pub const SECRET_MISSING: &str = "secret_missing";
/// A secret is not bound to the host of the request.
pub const SECRET_HOST_REFUSED: &str = "secret_host_refused";
/// The executor or the script is not known to this worker.
pub const COMMAND_UNKNOWN: &str = "command_unknown";
/// The request leads to a private address.
pub const ADDRESS_REFUSED: &str = "address_refused";
/// The request cannot be read, or is no HTTP request.
pub const REQUEST_INVALID: &str = "request_invalid";
/// No connection was made.
pub const CONNECT_FAILED: &str = "connect_failed";
/// No complete answer in time.
pub const TIMED_OUT: &str = "timed_out";
/// The connection broke.
pub const CONNECTION_LOST: &str = "connection_lost";
/// The answer ended early.
pub const TRUNCATED: &str = "truncated";
/// The answer is longer than allowed.
pub const TOO_LARGE: &str = "too_large";
/// There was no time left until the deadline of the attempt.
pub const DEADLINE_PASSED: &str = "deadline_passed";
/// The worker stopped.
pub const SHUTDOWN: &str = "shutdown";
/// Somebody cancelled the job.
pub const CANCELLED: &str = "cancelled";
/// The script could not be started.
pub const SCRIPT_FAILED_TO_START: &str = "script_failed_to_start";
/// A signal ended the script.
pub const SCRIPT_KILLED: &str = "script_killed";
/// The database never confirmed that the attempt may go out, so it did not.
pub const MARK_SENT_UNCONFIRMED: &str = "mark_sent_unconfirmed";
/// The database refused to read the outcome.
pub const OUTCOME_REJECTED: &str = "outcome_rejected";
/// A mistake in the worker itself.
pub const WORKER_ERROR: &str = "worker_error";
