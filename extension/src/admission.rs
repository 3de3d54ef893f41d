//! What this backend remembers of who may enqueue what: an enqueue in a transaction of its own spends most of its time on finding that out, and the
//! answer changes when somebody is added, removed, mapped or granted something, or a tool gets a new version.
//!
//! Such a change reaches every backend the way a change of a catalog does: a trigger on each of the tables behind the answer
//! (`steward.forget_admissions`) registers an invalidation of its table, and roles and functions have theirs anyway. Postgres delivers them after the commit, to its
//! own backend also after a rollback, and what is remembered here goes with the first one.
//!
//! Nothing is remembered from a snapshot that may be older than an invalidation that has come already: not above read committed, and not if one
//! came since the question was asked. Attempts (`steward.begin_attempt`) and maintenance commands are never answered from here.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::CStr;

use pgrx::pg_sys;
use uuid::Uuid;

use crate::{guards, guc};

/// The tables behind the answer; each has the trigger (`sql/048_admissions.sql`).
const TABLES: [&CStr; 7] = [c"login", c"member", c"role_act", c"tool", c"provider", c"usage_limit", c"workspace"];

/// Answers kept; a gateway asks for each of its users. Beyond it all are forgotten.
const MOST_ANSWERS: usize = 1000;

/// Longer settings are asked about each time, so that nobody fills the memory of a backend with them.
const LONGEST_SETTING: usize = 4096;

/// Who asks, and for what.
#[derive(PartialEq, Eq, Hash)]
struct Question {
    session_user: pg_sys::Oid,
    claims: Option<Box<[u8]>>,
    named_user: Option<Box<[u8]>>,
    workspace: Option<Uuid>,
    user: Option<Uuid>,
    tool: String,
}

/// What an enqueue may write.
#[derive(Clone, Copy)]
pub struct Admission {
    /// The workspace.
    pub workspace: Uuid,
    /// For whom.
    pub user: Uuid,
    /// Who asked for it, where that is somebody else.
    pub enqueued_by: Option<Uuid>,
    /// The newest version of the tool.
    pub tool: Uuid,
}

thread_local! {
    static ANSWERS: RefCell<HashMap<Question, Admission>> = RefCell::default();
    /// The oids of `TABLES`, since the first question.
    static WATCHED: Cell<[pg_sys::Oid; TABLES.len()]> = const { Cell::new([pg_sys::InvalidOid; TABLES.len()]) };
    /// How many invalidations have come.
    static FORGOTTEN: Cell<u64> = const { Cell::new(0) };
    /// `FORGOTTEN` when a question found no answer last.
    static ASKED_AT: Cell<u64> = const { Cell::new(0) };
    static IS_STALE: Cell<bool> = const { Cell::new(false) };
}

/// Makes Postgres tell of changes. Called once, when the library is loaded.
pub fn register() {
    // SAFETY: called on the backend's only thread; the callbacks live as long as the library, which is never unloaded.
    unsafe {
        pg_sys::CacheRegisterRelcacheCallback(Some(on_table), pg_sys::Datum::from(0));
        for cache in [
            pg_sys::SysCacheIdentifier::AUTHOID,
            pg_sys::SysCacheIdentifier::AUTHMEMROLEMEM,
            // The rules themselves: functions that an upgrade replaces.
            pg_sys::SysCacheIdentifier::PROCOID,
        ] {
            pg_sys::CacheRegisterSyscacheCallback(cache.cast_signed(), Some(on_catalog), pg_sys::Datum::from(0));
        }
    }
}

// Called in the middle of anything, also while an error is cleaned up: they set two cells and do nothing else.
unsafe extern "C-unwind" fn on_table(_: pg_sys::Datum, table: pg_sys::Oid) {
    if table == pg_sys::InvalidOid || WATCHED.get().contains(&table) {
        forget();
    }
}

unsafe extern "C-unwind" fn on_catalog(_: pg_sys::Datum, _: i32, _: u32) {
    forget();
}

fn forget() {
    FORGOTTEN.set(FORGOTTEN.get().wrapping_add(1));
    IS_STALE.set(true);
}

/// A setting as it is now; None when it is empty or nobody has set it.
fn setting(name: &CStr) -> Option<Box<[u8]>> {
    // SAFETY: the name ends with NUL; the value is a C string of Postgres, copied before anything else runs.
    let value = unsafe {
        let value = pg_sys::GetConfigOption(name.as_ptr(), true, false);
        if value.is_null() { &[] } else { CStr::from_ptr(value).to_bytes() }
    };
    (!value.is_empty()).then(|| value.into())
}

fn question(tool: &str, workspace: Option<Uuid>, user: Option<Uuid>) -> Option<Question> {
    let named_user = guc::USER_ID.get().filter(|user| !user.is_empty()).map(|user| user.to_bytes().into());
    let claims = setting(c"request.jwt.claims");
    let is_long = |setting: &Option<Box<[u8]>>| setting.as_ref().is_some_and(|setting| setting.len() > LONGEST_SETTING);
    // SAFETY: reads variables of this backend, on its only thread.
    let (is_maintenance, session_user) = unsafe { (pg_sys::InSecurityRestrictedOperation(), pg_sys::GetSessionUserId()) };
    let is_attempt = guc::ATTEMPT.get().is_some_and(|attempt| !attempt.is_empty());
    if is_maintenance || is_attempt || is_long(&claims) || is_long(&named_user) {
        return None;
    }
    Some(Question { session_user, claims, named_user, workspace, user, tool: tool.to_owned() })
}

/// The answer, if it was given before and nothing has changed since.
pub fn remembered(tool: &str, workspace: Option<Uuid>, user: Option<Uuid>) -> Option<Admission> {
    // SAFETY: takes what other backends have sent, as every lock of a table does; within a transaction, as every function runs.
    unsafe { pg_sys::AcceptInvalidationMessages() };
    if IS_STALE.replace(false) {
        ANSWERS.with_borrow_mut(HashMap::clear);
        guards::forget();
    }
    let question = question(tool, workspace, user)?;
    let answer = ANSWERS.with_borrow(|answers| answers.get(&question).copied());
    if answer.is_none() {
        watch();
        ASKED_AT.set(FORGOTTEN.get());
    }
    answer
}

/// Whether what was read since the last question may be remembered.
pub fn may_be_remembered() -> bool {
    // SAFETY: reads a variable of this backend; takes messages as above.
    let is_old_snapshot = unsafe {
        pg_sys::AcceptInvalidationMessages();
        pg_sys::XactIsoLevel > pg_sys::XACT_READ_COMMITTED.cast_signed()
    };
    let is_watched = !WATCHED.get().contains(&pg_sys::InvalidOid);
    !is_old_snapshot && is_watched && ASKED_AT.get() == FORGOTTEN.get()
}

/// Keeps the answer to the question that was asked last, unless something has changed since then.
pub fn remember(tool: &str, workspace: Option<Uuid>, user: Option<Uuid>, admission: Admission) {
    if !may_be_remembered() {
        return;
    }
    let Some(question) = question(tool, workspace, user) else { return };
    ANSWERS.with_borrow_mut(|answers| {
        if answers.len() >= MOST_ANSWERS {
            answers.clear();
        }
        answers.insert(question, admission);
    });
}

/// Looked up each time, because the extension may have been dropped and created again.
fn watch() {
    // SAFETY: looks names up in the catalogs; the strings end with NUL.
    let oids = unsafe {
        let schema = pg_sys::get_namespace_oid(c"steward".as_ptr(), true);
        TABLES.map(|table| pg_sys::get_relname_relid(table.as_ptr(), schema))
    };
    WATCHED.set(oids);
}
