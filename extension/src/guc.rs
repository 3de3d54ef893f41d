//! Settings, one static and one sentence each.

use std::ffi::CString;

use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting};

/// Seconds added to the clock by `steward.now()` and `steward.clock()`. Superuser only: whoever moves the clock moves every window.
pub static CLOCK_OFFSET: GucSetting<f64> = GucSetting::<f64>::new(0.0);

/// Seconds without a heartbeat after which a worker counts as dead. Superuser only: a short lease repeats calls of slow workers.
pub static LEASE: GucSetting<i32> = GucSetting::<i32>::new(30);

/// The user a trusted gateway acts for, where it sends no JWT claims. Anybody may set it; it counts for gateways only.
pub static USER_ID: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(None);

/// Ties the attempt that a session began to the session's settings: see `api::attempt`. Anybody may set it; no value but one the library made counts.
pub static ATTEMPT: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(None);

/// The token of an attempt, as the worker hands it to a script in `PGOPTIONS`. Read by `steward.begin_attempt`.
pub static TOKEN: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(None);

/// Lets an installation take over roles of `pg_steward` that have members. Superuser only. Read by `sql/000_bootstrap.sql`.
pub static ACCEPT_ROLES: GucSetting<bool> = GucSetting::<bool>::new(false);

/// A hundred years in seconds: far enough for any test, and no overflow of a timestamp.
const LARGEST_OFFSET_SECONDS: f64 = 3_155_760_000.0;

/// Defines the settings. A value that was SET before the library was loaded is checked then: a plain role's is refused with a warning.
pub fn register() {
    GucRegistry::define_float_guc(
        c"steward.clock_offset",
        c"Seconds added to the clock that pg_steward sees.",
        c"For tests: windows, leases and schedules pass without waiting. Leave it at 0 in production.",
        &CLOCK_OFFSET,
        -LARGEST_OFFSET_SECONDS,
        LARGEST_OFFSET_SECONDS,
        GucContext::Suset,
        GucFlags::UNIT_S,
    );
    GucRegistry::define_int_guc(
        c"steward.lease",
        c"Seconds without a heartbeat after which a worker counts as dead.",
        c"Its jobs are rescued then. Workers send six heartbeats in that time.",
        &LEASE,
        1,
        86_400,
        GucContext::Suset,
        GucFlags::UNIT_S,
    );
    GucRegistry::define_string_guc(
        c"steward.user_id",
        c"The user a trusted gateway acts for.",
        c"Counts only when session_user was trusted with steward.trust_gateway and sends no JWT claims.",
        &USER_ID,
        GucContext::Userset,
        GucFlags::default(),
    );
    GucRegistry::define_string_guc(
        c"steward.attempt",
        c"Set by steward.begin_attempt; ends with the session or DISCARD ALL.",
        c"It holds a random number and names nobody.",
        &ATTEMPT,
        GucContext::Userset,
        GucFlags::default(),
    );
    GucRegistry::define_string_guc(
        c"steward.token",
        c"The token of an attempt, for steward.begin_attempt.",
        c"Set in PGOPTIONS by the worker, so that it stands in no statement.",
        &TOKEN,
        GucContext::Userset,
        GucFlags::NO_SHOW_ALL,
    );
    GucRegistry::define_bool_guc(
        c"steward.accept_roles",
        c"Lets create extension pg_steward take over its roles although they have members.",
        c"For a restore after the roles were restored: PGOPTIONS='-c steward.accept_roles=on' pg_restore.",
        &ACCEPT_ROLES,
        GucContext::Suset,
        GucFlags::default(),
    );
    // SAFETY: called from _PG_init on the backend's only thread with a NUL-terminated constant, which Postgres copies.
    unsafe { pgrx::pg_sys::MarkGUCPrefixReserved(c"steward".as_ptr()) };
}
