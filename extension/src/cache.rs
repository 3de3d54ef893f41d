//! Compiled tools of this backend: templates and schemas are compiled once per tool version and provider version.
//!
//! A backend is one thread, so a thread-local without locks suffices. Ids are random enough never to be used again (uuid version 7),
//! so an entry is never stale, not even when the extension is dropped and created again in the same session.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use steward_core::engine::definition::{Provider, Tool};
use steward_core::error::Problem;
use uuid::Uuid;

/// Tool versions kept; beyond it those that this statement did not ask for are dropped, and compiled again as needed. A compiled tool
/// takes some ten kilobytes.
const MOST_TOOLS: usize = 1000;

/// A tool version with the provider version it was compiled with.
pub struct Compiled {
    /// Name of the tool, for the template context.
    pub name: String,
    /// The tool.
    pub tool: Tool,
    /// Its provider.
    pub provider: Option<Provider>,
    provider_id: Option<Uuid>,
    /// The statement that asked for it last: a batch loads its tools first and uses them after.
    asked_in: Cell<i64>,
}

/// When the statement of the client began, which tells it from all others of this backend.
fn statement() -> i64 {
    // SAFETY: reads a variable of this backend; no argument, no allocation.
    unsafe { pgrx::pg_sys::GetCurrentStatementStartTimestamp() }
}

thread_local! {
    static TOOLS: RefCell<HashMap<Uuid, Rc<Compiled>>> = RefCell::default();
}

/// Whether a tool version is compiled with this provider version.
pub fn contains(tool_id: Uuid, provider_id: Option<Uuid>) -> bool {
    TOOLS.with_borrow(|tools| {
        let found = tools.get(&tool_id).filter(|compiled| compiled.provider_id == provider_id);
        found.inspect(|compiled| compiled.asked_in.set(statement())).is_some()
    })
}

/// Keeps a compiled tool version.
pub fn insert(tool_id: Uuid, provider_id: Option<Uuid>, name: String, tool: Tool, provider: Option<Provider>) {
    TOOLS.with_borrow_mut(|tools| {
        let now = statement();
        if tools.len() >= MOST_TOOLS {
            tools.retain(|_, compiled| compiled.asked_in.get() == now);
        }
        tools.insert(tool_id, Rc::new(Compiled { name, tool, provider, provider_id, asked_in: Cell::new(now) }));
    });
}

/// The compiled tool version; SQL calls `steward.load_tool` first.
///
/// # Errors
/// When it did not.
pub fn get(tool_id: Uuid) -> Result<Rc<Compiled>, Problem> {
    TOOLS
        .with_borrow(|tools| tools.get(&tool_id).cloned())
        .ok_or_else(|| Problem::bad("tool_not_loaded", format!("tool version {tool_id} is not compiled in this session")))
}
