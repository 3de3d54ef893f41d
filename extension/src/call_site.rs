//! What a function keeps from one call to the next, as long as its statement runs.

use pgrx::{PgMemoryContexts, pg_sys};

/// Definitions that a call site keeps at most: a statement that asks about more, each under an id of its own, must not fill the memory of the server.
pub const MOST_KEPT: usize = 100;

/// What this call of a function in a statement has kept; made anew in each statement, and in each of its parallel workers.
///
/// # Safety
/// The function that is called keeps nothing else, and the reference does not outlive the call.
pub unsafe fn kept<'c, T: Default>(call: pg_sys::FunctionCallInfo) -> &'c mut T {
    // SAFETY: Postgres calls with a description of the function, whose memory lives as long as it does.
    unsafe {
        let function = (*call).flinfo;
        if (*function).fn_extra.is_null() {
            let kept = PgMemoryContexts::For((*function).fn_mcxt).leak_and_drop_on_delete(T::default());
            (*function).fn_extra = kept.cast();
        }
        &mut *(*function).fn_extra.cast()
    }
}

/// Does something whose memory lives as long as what the function keeps.
///
/// # Safety
/// As for [`kept`].
pub unsafe fn in_its_memory<R>(call: pg_sys::FunctionCallInfo, act: impl FnOnce() -> R) -> R {
    // SAFETY: as above; the context that was current is current again, but for an error, after which Postgres sets its own.
    unsafe {
        let before = pg_sys::MemoryContextSwitchTo((*(*call).flinfo).fn_mcxt);
        let made = act();
        pg_sys::MemoryContextSwitchTo(before);
        made
    }
}
