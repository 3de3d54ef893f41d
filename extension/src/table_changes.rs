//! Whether some table has changed since something was found out about it.

use std::cell::Cell;

use pgrx::pg_sys;

thread_local! {
    static CHANGES: Cell<u64> = const { Cell::new(0) };
}

/// Makes Postgres tell of changes. Called once, when the library is loaded.
pub fn register() {
    // SAFETY: called on the backend's only thread; the callback lives as long as the library, which is never unloaded.
    unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(on_change), pg_sys::Datum::from(0)) };
}

// Called in the middle of anything: it sets a cell and does nothing else.
unsafe extern "C-unwind" fn on_change(_: pg_sys::Datum, _: pg_sys::Oid) {
    CHANGES.set(known() + 1);
}

/// How many changes of tables this backend has heard of. All that were committed before a table was locked are among them.
pub fn known() -> u64 {
    CHANGES.get()
}
