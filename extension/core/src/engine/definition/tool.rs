//! A tool: how one kind of job is done.

use serde_json::{Map, Value, json};

use super::failure::{Backoff, Effect, OnLost, backoff_of, on_lost_of, statuses_of};
use super::fields::{Fields, invalid};
use super::http::HttpTool;
use super::name::check_name;
use super::pricing::{Form, Pricing, pricing_of};
use crate::engine::schema::Schema;
use crate::engine::template::Document;
use crate::error::Problem;

/// One minute: answers of chat models come within it, and a hung call does not hold its slot for longer.
const DEFAULT_TIMEOUT_SECONDS: f64 = 60.0;
/// One day, in seconds: no single call is waited for longer.
const LONGEST_TIMEOUT_SECONDS: f64 = 86_400.0;
/// Thirty days, in seconds: an external service that has said nothing for a month will not.
const LONGEST_COMPLETION_SECONDS: f64 = 2_592_000.0;
/// A year, in seconds: a month's budget turns twelve times in it.
const LONGEST_WAIT_SECONDS: f64 = 31_536_000.0;
/// The product's promise is that 20 % of failing calls leave 99 % of jobs succeeding: 0.2^5 = 0.03 %.
const DEFAULT_MAX_TRIES: u32 = 5;
/// Claims that executed nothing (429, a worker that died) end here; with a backoff of up to 10 minutes that is about 4 hours.
const DEFAULT_MAX_ATTEMPTS: u32 = 25;

/// Functions of a tool running at once: each holds a connection, and a server has about a hundred.
const DEFAULT_SQL_CONCURRENCY: u32 = 4;

/// Who carries the job out.
pub enum Executor {
    /// The worker sends a prepared request.
    Http(Box<HttpTool>),
    /// The worker sends a prepared request, and the service it goes to says later how it ended, with a token of its own.
    External(Box<HttpTool>),
    /// The worker starts a command from its own list.
    Script {
        /// Name in the worker's list.
        command: String,
        /// What it gets on standard input.
        input: Box<Document>,
    },
    /// The worker calls a function of the database.
    Sql {
        /// Name under which it is registered.
        function: String,
        /// Its one argument.
        input: Box<Document>,
    },
    /// Nothing is done: for measuring and trying out.
    Noop,
}

/// How one kind of job is done.
pub struct Tool {
    /// Name that jobs are enqueued under.
    pub name: String,
    /// Who carries it out.
    pub executor: Executor,
    /// Longest duration of one call, in seconds.
    pub timeout_seconds: f64,
    /// How long an external service may take to say how it ended, in seconds.
    pub completion_timeout_seconds: f64,
    /// Executed attempts a job may use up.
    pub max_tries: u32,
    /// Claims a job may use up.
    pub max_attempts: u32,
    /// Waits between tries.
    pub backoff: Backoff,
    /// What happens to a lost call.
    pub on_lost: OnLost,
    /// Whether a repeat does something twice.
    pub effect: Effect,
    /// Whether only the governor sends it, each call once.
    pub is_governed: bool,
    /// Statuses by which this provider says that it executed nothing.
    pub not_executed: Vec<u16>,
    /// What a call costs.
    pub pricing: Pricing,
    /// The most that a lost call may have cost and be made again; None where its cost does not matter. In nano-dollars.
    pub repeat_up_to: Option<i64>,
    /// Schema of payloads.
    pub payload_schema: Option<Schema>,
    /// Schema of results.
    pub result_schema: Option<Schema>,
    /// The definition with its defaults.
    pub completed: Value,
}

impl Tool {
    /// Checks, completes and compiles a definition.
    ///
    /// # Errors
    /// `definition_invalid`, `template_invalid` or `schema_invalid`, naming the path.
    pub fn parse(name: &str, definition: &Value) -> Result<Self, Problem> {
        check_name(name)?;
        let mut fields = Fields::of(definition, "")?;
        let title = fields.text("title", 200)?.unwrap_or(name);
        let executor_word = fields
            .word("executor", &[("http", "http"), ("external", "external"), ("script", "script"), ("sql", "sql"), ("noop", "noop")])?;
        let executor_word = executor_word.ok_or_else(|| invalid("/executor", "is missing: http, external, script, sql or noop"))?;
        let (executor, own) = executor_of(&mut fields, executor_word)?;
        let timeout_seconds = fields.number("timeout_seconds", 0.0, LONGEST_TIMEOUT_SECONDS)?.unwrap_or(DEFAULT_TIMEOUT_SECONDS);
        let completion_timeout_seconds = completion_timeout_of(&mut fields, executor_word)?;
        let max_tries = fields.count("max_tries", 1, 100)?.unwrap_or(DEFAULT_MAX_TRIES);
        let max_attempts = fields.count("max_attempts", max_tries, 1000)?.unwrap_or(DEFAULT_MAX_ATTEMPTS.max(max_tries));
        let backoff = backoff_of(fields.get("backoff"))?;
        let effect = fields.word("effect", &[("none", Effect::None), ("external", Effect::External)])?.unwrap_or(Effect::None);
        let on_lost = fields.word("on_lost", &[("retry", OnLost::Retry), ("in_doubt", OnLost::InDoubt)])?;
        let adapter = match &executor {
            Executor::Http(http) | Executor::External(http) => Some(http.adapter),
            _ => None,
        };
        let (pricing, repeat_up_to) = (pricing_of(fields.get("price"), adapter)?, fields.dollars("repeat_up_to")?);
        if repeat_up_to.is_some() && pricing.form == Form::Free {
            return Err(invalid("/repeat_up_to", "needs a price: without one nothing says what a repeat costs"));
        }
        let on_lost = on_lost_of(on_lost, effect, &pricing, repeat_up_to);
        let not_executed = statuses_of(fields.get("not_executed"))?;
        let queue = fields.text("queue", 63)?.unwrap_or("default");
        if !queue.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b)) {
            return Err(invalid("/queue", "may hold letters, digits, dots, - and _ only"));
        }
        let concurrency = fields.count("concurrency", 1, 1_000_000)?.or((executor_word == "sql").then_some(DEFAULT_SQL_CONCURRENCY));
        let concurrency_per_workspace = fields.count("concurrency_per_workspace", 1, 1_000_000)?;
        let max_wait_seconds = fields.number("max_wait_seconds", 0.0, LONGEST_WAIT_SECONDS)?;
        let realtime = fields.flag("realtime")?.unwrap_or(false);
        let is_governed = fields.flag("governed")?.unwrap_or(false);
        if is_governed && (executor_word != "http" || max_tries != 1 || on_lost != OnLost::InDoubt || effect != Effect::External) {
            return Err(invalid(
                "/governed",
                "needs executor http, max_tries 1, effect external and on_lost in_doubt: an action is never sent twice",
            ));
        }
        let (payload_schema, result_schema) = (fields.get("payload_schema"), fields.get("result_schema"));
        fields.finish()?;
        let mut completed = json!({
            "title": title, "executor": executor_word, "timeout_seconds": timeout_seconds, "max_tries": max_tries,
            "max_attempts": max_attempts, "queue": queue, "concurrency": concurrency,
            "concurrency_per_workspace": concurrency_per_workspace, "max_wait_seconds": max_wait_seconds, "realtime": realtime,
            "backoff": { "base_seconds": backoff.base_seconds, "max_seconds": backoff.max_seconds },
            "effect": if effect == Effect::None { "none" } else { "external" },
            "on_lost": if on_lost == OnLost::Retry { "retry" } else { "in_doubt" },
            "not_executed": not_executed, "payload_schema": payload_schema, "result_schema": result_schema,
            "price": pricing.completed(), "repeat_up_to": repeat_up_to.map(|most| most.to_string()),
        });
        if let Value::Object(all) = &mut completed {
            all.extend(own);
            all.extend(is_governed.then(|| ("governed".to_owned(), json!(true))));
            all.extend(completion_timeout_seconds.map(|seconds| ("completion_timeout_seconds".to_owned(), json!(seconds))));
        }
        Ok(Self {
            name: name.to_owned(),
            executor,
            timeout_seconds,
            completion_timeout_seconds: completion_timeout_seconds.unwrap_or(LONGEST_TIMEOUT_SECONDS),
            max_tries,
            max_attempts,
            backoff,
            on_lost,
            effect,
            is_governed,
            not_executed,
            pricing,
            repeat_up_to: repeat_up_to.map(i64::from),
            payload_schema: payload_schema.map(|value| Schema::compile(value, "/payload_schema")).transpose()?,
            result_schema: result_schema.map(|value| Schema::compile(value, "/result_schema")).transpose()?,
            completed,
        })
    }
}

fn executor_of(fields: &mut Fields<'_>, word: &str) -> Result<(Executor, Map<String, Value>), Problem> {
    let mut own = Map::new();
    let executor = match word {
        "http" | "external" => {
            let (tool, request, response) = HttpTool::parse(fields)?;
            let adapter = fields.get("adapter").cloned().unwrap_or_default();
            own.extend([("provider".to_owned(), json!(tool.provider)), ("adapter".to_owned(), adapter)]);
            own.extend([("request".to_owned(), request), ("response".to_owned(), response)]);
            let tool = Box::new(tool);
            if word == "http" { Executor::Http(tool) } else { Executor::External(tool) }
        }
        "script" => {
            let (command, input) = called_of(fields, "command", &mut own)?;
            Executor::Script { command, input }
        }
        "sql" => {
            let (function, input) = called_of(fields, "function", &mut own)?;
            Executor::Sql { function, input }
        }
        _ => Executor::Noop,
    };
    Ok((executor, own))
}

/// What a tool calls by its name, and what it passes: the payload unless it says otherwise.
fn called_of(fields: &mut Fields<'_>, key: &'static str, own: &mut Map<String, Value>) -> Result<(String, Box<Document>), Problem> {
    let source = fields.get("request").ok_or_else(|| invalid("/request", format!("is missing: {{\"{key}\": …}}")))?;
    let mut request = Fields::of(source, "/request")?;
    let name = request.text(key, 63)?.ok_or_else(|| invalid(&format!("/request/{key}"), "is missing"))?;
    let input = request.get("input").cloned().unwrap_or_else(|| json!({ "$ref": "/payload" }));
    request.finish()?;
    own.insert("request".to_owned(), json!({ key: name, "input": input }));
    Ok((name.to_owned(), Box::new(Document::compile(&input, "/request/input")?)))
}

/// A day where an external tool says nothing of it; no other tool has it.
fn completion_timeout_of(fields: &mut Fields<'_>, executor: &str) -> Result<Option<f64>, Problem> {
    match executor {
        "external" => {
            Ok(Some(fields.number("completion_timeout_seconds", 0.0, LONGEST_COMPLETION_SECONDS)?.unwrap_or(LONGEST_TIMEOUT_SECONDS)))
        }
        _ => Ok(None),
    }
}
