//! Compiling and rendering one string leaf with minijinja, and saying what went wrong without saying any value.

use std::cell::RefCell;
use std::error::Error as _;
use std::io;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};

use super::context::Context;
use super::filters::Refused;
use super::grammar::{self, Checked};
use super::scan::{self, Place};
use super::vocabulary;
use super::{Limits, MAX_BYTES_COMPARED};
use crate::error::Problem;

/// The compiled templates of one document or text.
#[derive(Debug)]
pub(super) struct Engine {
    /// In a cell because minijinja keeps the fuel, which comes with each rendering, in the environment.
    env: RefCell<Environment<'static>>,
    leaves: usize,
}

/// A compiled template in an [`Engine`].
#[derive(Debug)]
pub(super) struct Leaf {
    name: String,
    place: Place,
    costly: bool,
}

/// What one rendering reads and may still write.
pub(super) struct Rendering<'c> {
    context: &'c Context,
    root: Value,
    fuel: u64,
    /// Bytes that may still be written.
    pub(super) left: Budget,
}

/// Bytes left, and how they are counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// Bytes left.
    pub(super) bytes: usize,
    /// Count the bytes as they will be escaped in a JSON string.
    pub(super) as_json: bool,
    /// The limit they started from, for messages.
    pub(super) limit: usize,
}

impl<'c> Rendering<'c> {
    pub(super) fn new(context: &'c Context, root: Value, limits: &Limits, as_json: bool) -> Self {
        let bytes = limits.max_output_bytes;
        Self { context, root, fuel: limits.fuel, left: Budget { bytes, as_json, limit: bytes } }
    }

    fn fuel(&self, leaf: &Leaf) -> u64 {
        let affordable = MAX_BYTES_COMPARED / self.context.bytes().max(1);
        if leaf.costly { self.fuel.min(affordable) } else { self.fuel }
    }
}

impl Budget {
    /// Takes the bytes of a text off; false when they do not fit.
    pub(super) fn take(&mut self, text: &[u8]) -> bool {
        let escapes = if self.as_json { text.iter().map(|byte| escape_bytes(*byte)).sum() } else { 0 };
        self.take_bytes(text.len() + escapes)
    }

    /// Takes bytes off that need no escaping any more.
    pub(super) fn take_bytes(&mut self, bytes: usize) -> bool {
        let fits = bytes <= self.bytes;
        self.bytes = self.bytes.saturating_sub(bytes);
        fits
    }

    /// The problem of a leaf whose bytes do not fit.
    pub(super) fn exceeded(&self, path: &str) -> Problem {
        let limit = self.limit;
        let message = format!("template at {path}: the rendered text passes the limit of {limit} bytes");
        Problem::too_large("render_too_large", message)
    }
}

/// How many bytes longer `serde_json` writes this byte inside a string.
fn escape_bytes(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 1,
        0..0x20 => 5,
        _ => 0,
    }
}

impl Engine {
    pub(super) fn new() -> Self {
        let mut env = Environment::empty();
        env.set_syntax(scan::syntax());
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_auto_escape_callback(|_| AutoEscape::None);
        vocabulary::install(&mut env);
        Self { env: RefCell::new(env), leaves: 0 }
    }

    /// Checks and compiles a piece of source that has passed [`scan::split`].
    pub(super) fn add(&mut self, source: &str, place: Place) -> Result<Leaf, Problem> {
        let Checked { source, costly } = grammar::check(source, &place)?;
        let name = self.leaves.to_string();
        self.leaves += 1;
        self.env
            .get_mut()
            .add_template_owned(name.clone(), source)
            .map_err(|error| place.invalid(error.line().unwrap_or(1), scan::reason_of(&error)))?;
        Ok(Leaf { name, place, costly })
    }

    /// Renders one leaf; on success its bytes are off the budget.
    pub(super) fn render(&self, leaf: &Leaf, rendering: &mut Rendering<'_>) -> Result<String, Problem> {
        self.env.borrow_mut().set_fuel(Some(rendering.fuel(leaf)));
        let env = self.env.borrow();
        let mut sink = Sink { text: Vec::new(), left: rendering.left, full: false };
        let rendered =
            env.get_template(&leaf.name).and_then(|template| template.render_captured_to(rendering.root.clone(), &mut sink).map(drop));
        rendering.left = sink.left;
        match rendered {
            Ok(()) => Ok(String::from_utf8_lossy(&sink.text).into_owned()),
            Err(_) if sink.full => Err(sink.left.exceeded(&leaf.place.path)),
            Err(error) => Err(failure(&error, &env, leaf, rendering)),
        }
    }
}

/// The writer of one leaf: refuses the first byte over the budget, which stops the template there.
struct Sink {
    text: Vec<u8>,
    left: Budget,
    full: bool,
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.left.take(bytes) {
            self.full = true;
            return Err(io::Error::other("the output limit is reached"));
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// minijinja's own details may quote values, so only its kind of error is used; our filters' words are safe.
fn failure(error: &minijinja::Error, env: &Environment<'_>, leaf: &Leaf, rendering: &Rendering<'_>) -> Problem {
    let line = leaf.place.line(error.line().unwrap_or(1));
    let at = format!("template at {}, line {line}", leaf.place.path);
    match refusal(error) {
        Some(Refused::TooLarge) => {
            let message = format!("{at}: its filters produce too much text");
            return Problem::too_large("render_too_large", message)
                .hint("Insert large values with $ref, and do not filter them in a loop.");
        }
        Some(Refused::Because(reason)) => return Problem::bad("render_failed", format!("{at}: {reason}")),
        None => {}
    }
    match error.kind() {
        ErrorKind::OutOfFuel => Problem::too_large("render_too_large", format!("{at}: it takes too many steps"))
            .hint("Loop over fewer items, compare smaller values, or insert the list with $ref."),
        ErrorKind::UndefinedError => missing(&at, env, leaf, rendering),
        kind => Problem::bad("render_failed", format!("{at}: {kind} for the type of a value")),
    }
}

fn refusal(error: &minijinja::Error) -> Option<&Refused> {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref() {
            return Some(refused);
        }
        source = cause.source();
    }
    None
}

/// Names what the template reads and the context lacks. The names come from the template's source.
fn missing(at: &str, env: &Environment<'_>, leaf: &Leaf, rendering: &Rendering<'_>) -> Problem {
    let read = env.get_template(&leaf.name).map(|template| template.undeclared_variables(true));
    let mut absent: Vec<String> = read.into_iter().flatten().collect();
    absent.retain(|name| !exists(rendering.context.json(), name));
    absent.sort();
    let what = if absent.is_empty() { "a variable or key".to_owned() } else { absent.join(", ") };
    Problem::bad("render_failed", format!("{at}: {what} does not exist")).hint("Use |default(…) for what may be missing.")
}

fn exists(json: &serde_json::Value, dotted: &str) -> bool {
    dotted.split('.').try_fold(json, |value, key| value.get(key)).is_some()
}
