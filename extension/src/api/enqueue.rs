//! `steward.enqueue`: the short way (`sql/048_admissions.sql`), and who goes the long way instead.
//!
//! In C's calling convention and without a SET clause, because an enqueue in a transaction of its own pays for a PL/pgSQL function and a search path as much as
//! for one of its two rows. It resolves no name by the search path: tables are looked up in our schema, and the long way sets its own.

use pgrx::fcinfo::{pg_arg_is_null, pg_getarg, pg_getarg_datum};
use pgrx::prelude::*;
use pgrx::{IntoDatum, Uuid as PgUuid, direct_function_call};
use steward_core::engine::payload;

use crate::admission::{self, Admission};
use crate::api::clock::clock;
use crate::api::doorbell::clock_for_ready;
use crate::api::ids::new_id;
use crate::cache;
use crate::convert::{micros, pg_uuid, uuid};
use crate::guards::{self, Bound};
use crate::quotas;
use crate::rows::{self, Shape, Table};

/// Jobs: the outcome of a new one is null, and its idempotency key, too.
const JOBS: Shape = Shape {
    name: c"job",
    columns: &["id", "workspace_id", "user_id", "tool_id", "queue", "priority", "run_at", "payload", "tags", "created_at"],
    checks: &[c"job_outcome_check"],
    partial: &[c"job_idempotency_key"],
};

/// What is claimable now.
const READY: Shape = Shape {
    name: c"ready",
    columns: &["queue", "workspace_id", "priority", "run_at", "id", "attempt", "tries", "tool_id"],
    checks: &[],
    partial: &[],
};

/// The arguments of `steward.enqueue`, in their order.
enum Argument {
    Tool,
    Payload,
    RunAt,
    Priority,
    Queue,
    IdempotencyKey,
    Tags,
    WorkspaceId,
    UserId,
}

/// A call of `steward.enqueue`.
#[derive(Clone, Copy)]
struct Call(pg_sys::FunctionCallInfo);

impl Call {
    fn argument<T: FromDatum>(self, argument: Argument) -> Option<T> {
        // SAFETY: each argument is asked for as what its declaration says (`sql/055_enqueue_api.sql`).
        unsafe { pg_getarg(self.0, argument as usize) }
    }

    fn datum(self, argument: Argument) -> Option<pg_sys::Datum> {
        // SAFETY: there are as many arguments.
        unsafe { pg_getarg_datum(self.0, argument as usize) }
    }

    fn is_null(self, argument: Argument) -> bool {
        // SAFETY: as above.
        unsafe { pg_arg_is_null(self.0, argument as usize) }
    }
}

/// The job that an enqueue asks for, where it is known that it may be enqueued.
struct Admitted<'a> {
    admission: Admission,
    bound: Bound,
    priority: i16,
    queue: &'a str,
    payload: pg_sys::Datum,
    tags: pg_sys::Datum,
}

/// What is left to do when the short way has been tried.
enum Rest {
    /// Nothing: the job has this id.
    Done(pg_sys::Datum),
    /// The call of `steward.enqueue_checked`, with the same arguments.
    LongWay(pg_sys::FunctionCallInfo),
}

/// Says that [`enqueue_wrapper`] has C's calling convention of functions of SQL.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pg_finfo_enqueue_wrapper() -> &'static pg_sys::Pg_finfo_record {
    const VERSION_1: pg_sys::Pg_finfo_record = pg_sys::Pg_finfo_record { api_version: 1 };
    &VERSION_1
}

/// `steward.enqueue`. Written by hand, because an error that passes pgrx loses the names of constraints and a SQLSTATE of somebody's own trigger: the long
/// way is called where nothing of Rust is on the stack that would have to be dropped.
///
/// # Safety
/// Called by Postgres as what `sql/055_enqueue_api.sql` declares.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn enqueue_wrapper(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: the closure drops what it makes before an error leaves the guard.
    let rest = unsafe { pg_sys::panic::pgrx_extern_c_guard(|| short_way(fcinfo)) };
    match rest {
        Rest::Done(id) => id,
        // SAFETY: the call is complete, and lives in the memory of this one; what it raises passes a frame without destructors.
        Rest::LongWay(call) => unsafe {
            let Some(function) = (*(*call).flinfo).fn_addr else { return pg_sys::Datum::from(0) };
            let id = function(call);
            (*fcinfo).isnull = (*call).isnull;
            id
        },
    }
}

fn short_way(fcinfo: pg_sys::FunctionCallInfo) -> Rest {
    match enqueue_admitted(Call(fcinfo)).and_then(IntoDatum::into_datum) {
        Some(id) => Rest::Done(id),
        // SAFETY: Postgres' arguments of this call.
        None => Rest::LongWay(unsafe { call_of_enqueue_checked(fcinfo) }),
    }
}

/// Writes a job that may run now, with its row of `ready` and its units of quotas, where it is known that it may be enqueued; else nothing.
fn enqueue_admitted(call: Call) -> Option<PgUuid> {
    let (priority, queue) = (call.argument(Argument::Priority)?, call.argument::<&str>(Argument::Queue));
    if !call.is_null(Argument::RunAt)
        || !call.is_null(Argument::IdempotencyKey)
        || !are_valid(priority, queue, &call.argument(Argument::Tags)?)
    {
        return None;
    }
    let id = |argument: Argument| call.argument(argument).map(uuid);
    let admission = admission::remembered(call.argument(Argument::Tool)?, id(Argument::WorkspaceId), id(Argument::UserId))?;
    // It may have been dropped to make room for others.
    let compiled = cache::get(admission.tool).ok()?;
    let payload = call.datum(Argument::Payload)?;
    // SAFETY: the argument is a jsonb.
    let text = unsafe { direct_function_call::<&core::ffi::CStr>(pg_sys::jsonb_out, &[Some(payload)]) }?.to_str().ok()?;
    payload::check(&compiled.tool, Some(text)).ok()?;
    let (bound, quotas) = guards::admits(admission, &compiled, text, micros(clock()))?;
    let (priority, queue) = (i16::try_from(priority).ok()?, queue.or_else(|| compiled.queue())?);
    let job = Admitted { admission, bound, priority, queue, payload, tags: call.datum(Argument::Tags)? };
    // SAFETY: reads variables of this backend.
    unsafe {
        pg_sys::PreventCommandIfReadOnly(c"INSERT".as_ptr());
        pg_sys::PreventCommandIfParallelMode(c"INSERT".as_ptr());
    }
    let [jobs, ready] = rows::open([&JOBS, &READY])?;
    if !quotas.is_empty() {
        let [units] = rows::open([&quotas::UNITS])?;
        let held = quotas::hold(&quotas, &units)?;
        quotas.iter().zip(held).for_each(|(quota, number)| quota.take(&units, number, admission.workspace));
    }
    Some(write(&job, &jobs, &ready))
}

/// As `steward.check_enqueue_options`, which says what is wrong with them.
fn are_valid(priority: i32, queue: Option<&str>, tags: &Array<&str>) -> bool {
    let is_of_queue = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (-1000..=1000).contains(&priority)
        && queue.is_none_or(|queue| (1..=63).contains(&queue.len()) && queue.bytes().all(is_of_queue))
        && tags.len() <= 32
        && tags.iter().all(|tag| tag.is_some_and(|tag| (1..=100).contains(&tag.chars().count())))
}

fn write(job: &Admitted, jobs: &Table, ready: &Table) -> PgUuid {
    let (id, at) = (new_id(), clock_for_ready());
    let Admission { workspace, user, enqueued_by, tool } = job.admission;
    let of_both = |column: &str| match column {
        "id" => id.into_datum(),
        "workspace_id" => pg_uuid(workspace).into_datum(),
        "tool_id" => pg_uuid(tool).into_datum(),
        "queue" => job.queue.into_datum(),
        "priority" => job.priority.into_datum(),
        "run_at" => at.into_datum(),
        _ => None,
    };
    jobs.insert(|column| match column {
        "user_id" => pg_uuid(user).into_datum(),
        "payload" => Some(job.payload),
        "tags" => Some(job.tags),
        "created_at" => at.into_datum(),
        "enqueued_by" => enqueued_by.map(pg_uuid).into_datum(),
        "cost_bound" => job.bound.cost.into_datum(),
        "token_bound" => job.bound.tokens.into_datum(),
        "model" => job.bound.model.as_deref().into_datum(),
        other => of_both(other),
    });
    ready.insert(|column| match column {
        "attempt" | "tries" => 0_i32.into_datum(),
        other => of_both(other),
    });
    // SAFETY: what comes next in this transaction sees the rows, as after a statement.
    unsafe { pg_sys::CommandCounterIncrement() };
    id
}

/// `steward.enqueue_checked` with the arguments of this call.
unsafe fn call_of_enqueue_checked(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::FunctionCallInfo {
    // SAFETY: palloc gives room for as many arguments as are copied; the name has its schema, so it is no other function.
    unsafe {
        let function = direct_function_call::<pg_sys::Oid>(pg_sys::regprocin, &[c"steward.enqueue_checked".into_datum()])
            .unwrap_or(pg_sys::InvalidOid);
        let info: *mut pg_sys::FmgrInfo = pg_sys::palloc0(size_of::<pg_sys::FmgrInfo>()).cast();
        pg_sys::fmgr_info(function, info);
        let arguments = usize::try_from((*fcinfo).nargs).unwrap_or(0) * size_of::<pg_sys::NullableDatum>();
        let bytes = size_of::<pg_sys::FunctionCallInfoBaseData>() + arguments;
        let call: pg_sys::FunctionCallInfo = pg_sys::palloc(bytes).cast();
        call.cast::<u8>().copy_from_nonoverlapping(fcinfo.cast::<u8>(), bytes);
        (*call).flinfo = info;
        (*call).context = core::ptr::null_mut();
        (*call).resultinfo = core::ptr::null_mut();
        (*call).isnull = false;
        call
    }
}
