//! What a function keeps from one call to the next, as long as its statement runs.

use pgrx::fcinfo::pg_getarg;
use pgrx::{PgMemoryContexts, Uuid as PgUuid, pg_sys};

/// Definitions that a call site keeps at most: a statement that asks about more, each under an id of its own, must not fill the memory of the server.
const MOST_KEPT: usize = 100;

/// What this call of a function in a statement has kept; made anew in each statement, and in each of its parallel workers.
///
/// # Safety
/// The function that is called keeps nothing else, and the reference does not outlive the call.
unsafe fn kept<'c, T: Default>(call: pg_sys::FunctionCallInfo) -> &'c mut T {
    // SAFETY: Postgres calls with a description of the function, whose memory lives as long as it does.
    unsafe {
        let function = (*call).flinfo;
        if (*function).fn_extra.is_null() {
            let kept = PgMemoryContexts::For(memory(call)).leak_and_drop_on_delete(T::default());
            (*function).fn_extra = kept.cast();
        }
        &mut *(*function).fn_extra.cast()
    }
}

/// What is kept under the id that is the first argument of the call, made when it is new here; None for null. An id is given once, and what it names never changes.
/// One after the other: nearly all statements have one id, and looking it up in a map took a fiftieth of the time of a score.
///
/// # Safety
/// The argument is a uuid, the function that is called keeps nothing else, and the reference does not outlive the call.
pub unsafe fn kept_of_id<'c, T>(call: pg_sys::FunctionCallInfo, make: impl FnOnce() -> Option<T>) -> Option<&'c mut T> {
    // SAFETY: the caller's.
    unsafe {
        let id = *pg_getarg::<PgUuid>(call, 0)?.as_bytes();
        let all: &mut Vec<([u8; 16], T)> = kept(call);
        let place = match all.iter().position(|(known, _)| *known == id) {
            Some(place) => place,
            None => {
                if all.len() == MOST_KEPT {
                    all.clear();
                }
                all.push((id, make()?));
                all.len() - 1
            }
        };
        Some(&mut all[place].1)
    }
}

/// The memory that lives as long as what the function keeps.
///
/// # Safety
/// Postgres calls with a description of the function.
pub unsafe fn memory(call: pg_sys::FunctionCallInfo) -> pg_sys::MemoryContext {
    // SAFETY: the caller's.
    unsafe { (*(*call).flinfo).fn_mcxt }
}
