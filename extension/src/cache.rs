//! Compiled tools of this backend: templates and schemas are compiled once per tool version and provider version.
//!
//! A backend is one thread, so a thread-local without locks suffices. Ids are random enough never to be used again (uuid version 7),
//! so an entry is never stale, not even when the extension is dropped and created again in the same session.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;
use steward_core::engine::definition::{Provider, Tool};
use steward_core::error::Problem;
use steward_core::money::extractor::Extractor;
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
    /// How its answers are counted.
    pub extractor: Option<Counting>,
    provider_id: Option<Uuid>,
    /// The statement that asked for it last: a batch loads its tools first and uses them after.
    asked_in: Cell<i64>,
}

impl Compiled {
    /// Where its jobs are enqueued unless the caller says otherwise.
    pub fn queue(&self) -> Option<&str> {
        self.tool.completed.get("queue")?.as_str()
    }
}

/// An extractor that comes with the extension, or the tool's own.
pub enum Counting {
    /// By name.
    Shipped(&'static Extractor),
    /// The tool's own.
    Own(Extractor),
}

impl Counting {
    /// The extractor that a tool's `/price/usage` says; None where it says none.
    ///
    /// # Errors
    /// `definition_invalid` or `price_file_malformed` where it is none.
    pub fn of(usage: &Value) -> Result<Option<Self>, Problem> {
        match usage {
            Value::Null => Ok(None),
            Value::String(name) => Extractor::shipped(name).map(|shipped| Some(Self::Shipped(shipped))).ok_or_else(|| {
                let known: Vec<&str> = Extractor::shipped_names().collect();
                Problem::bad("definition_invalid", format!("at /price/usage: there is no extractor {name}"))
                    .hint(format!("Use one of {}, or an extractor.", known.join(", ")))
            }),
            own => Extractor::parse(own).map(|own| Some(Self::Own(own))),
        }
    }

    /// The extractor.
    pub fn extractor(&self) -> &Extractor {
        match self {
            Self::Shipped(shipped) => shipped,
            Self::Own(own) => own,
        }
    }
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
///
/// # Errors
/// Where the way in which its answers are counted is none.
pub fn insert(tool_id: Uuid, provider_id: Option<Uuid>, name: String, tool: Tool, provider: Option<Provider>) -> Result<(), Problem> {
    let extractor = Counting::of(&tool.pricing.usage)?;
    TOOLS.with_borrow_mut(|tools| {
        let now = statement();
        if tools.len() >= MOST_TOOLS {
            tools.retain(|_, compiled| compiled.asked_in.get() == now);
        }
        tools.insert(tool_id, Rc::new(Compiled { name, tool, provider, extractor, provider_id, asked_in: Cell::new(now) }));
    });
    Ok(())
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
