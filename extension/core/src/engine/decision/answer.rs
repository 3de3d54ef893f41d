//! What follows from an answer: of an HTTP service, of one that takes the work on, of a script, of a function.

use std::time::Duration;

use serde_json::Value;

use super::{Decision, EXIT_TRY_AGAIN, Judge, Next};
use crate::engine::definition::{Effect, Executor};
use crate::engine::feedback::{asked_seconds, is_too_large};
use crate::engine::outcome::Unreadable;
use crate::engine::response::{Reading, error_words, read, shortened};

impl Judge<'_> {
    /// A good answer of an external service means that it has begun.
    pub(super) fn taken_on(&self) -> Decision {
        match self.outcome.status.unwrap_or(0) {
            200..=299 => {
                let delay = Duration::from_secs_f64(self.tool.completion_timeout_seconds);
                Decision { next: Next::Await, burned: false, delay, ..self.succeed(Value::Null, None) }
            }
            _ => self.http_answer(),
        }
    }

    /// The external service has said how it ended.
    pub(super) fn completed(&self) -> Decision {
        match (&self.outcome.error, self.outcome.body_json()) {
            (Some(_), _) => self.fail(true, "external_failed", &self.words("")),
            (None, Ok(result)) => self.checked_result(result),
            (None, Err(_)) => self.checked_result(Value::Null),
        }
    }

    pub(super) fn http_answer(&self) -> Decision {
        let (Executor::Http(http) | Executor::External(http)) = &self.tool.executor else { unreachable!("asked for http tools only") };
        let status = self.outcome.status.unwrap_or(0);
        let words = |what: &str| match error_words(Some(http), self.outcome) {
            said if said.is_empty() => format!("{what} {status}"),
            said => format!("{what} {status}: {said}"),
        };
        match status {
            200..=299 => self.good_answer(),
            429 if is_too_large(self.outcome) => self.fail(false, "provider_refused", &words("the provider refused the call with status")),
            429 => self.limited(words("the provider limits its rate, status")),
            503 if asked_seconds(self.outcome, self.at.now).is_some() => {
                self.retry(true, "provider_unavailable", words("the provider is unavailable, status"))
            }
            _ if self.tool.not_executed.contains(&status) => {
                self.retry(true, "provider_unavailable", words("the provider did not execute the call, status"))
            }
            408 | 500..=599 => self.lost("provider_error", words("the provider answered with status")),
            300..=399 => self.fail(true, "redirect_refused", "the provider answered with a redirect, which is never followed"),
            _ => self.fail(true, "provider_refused", &words("the provider refused the call with status")),
        }
    }

    fn good_answer(&self) -> Decision {
        let (Executor::Http(http) | Executor::External(http)) = &self.tool.executor else { unreachable!("asked for http tools only") };
        let (reading, usage) = read(http, self.outcome);
        let decision = match reading {
            Reading::Result(result) => self.checked_result(result),
            Reading::Declined { code, message } => self.fail(true, code, &message),
            Reading::Malformed(what) => self.lost("answer_malformed", what),
        };
        Decision { usage, ..decision }
    }

    /// A result that breaks the schema was paid for. A model may do better next time; an external effect must not happen again.
    fn checked_result(&self, result: Value) -> Decision {
        match self.tool.result_schema.as_ref().map(|schema| schema.check(&result)) {
            None | Some(Ok(())) => self.succeed(result, None),
            Some(Err(violation)) => {
                let message = format!("the result breaks result_schema at {}: {}", place(&violation.path), violation.message);
                match self.tool.effect {
                    Effect::None => self.retry(true, "result_invalid", message),
                    Effect::External => self.fail(true, "result_invalid", &message),
                }
            }
        }
    }

    pub(super) fn script_exit(&self) -> Decision {
        let stderr = self.outcome.stderr.as_deref().unwrap_or("").trim();
        match self.outcome.exit_code {
            Some(0) => match self.outcome.body_json() {
                Ok(result) => self.checked_result(result),
                Err(Unreadable::NotJson) => {
                    self.fail(true, "script_no_result", "the script ended well, but its last line on standard output is no JSON")
                }
                Err(Unreadable::TooLarge) => {
                    self.fail(true, "answer_too_large", "the script's result holds more values than can be stored")
                }
            },
            Some(EXIT_TRY_AGAIN) => {
                self.retry(true, "script_try_again", format!("the script asked to be run again (exit code 75): {}", shortened(stderr)))
            }
            Some(code) => self.fail(true, "script_failed", &format!("the script ended with exit code {code}: {}", shortened(stderr))),
            None => self.lost("script_killed", format!("the script was killed by a signal: {}", shortened(stderr))),
        }
    }

    /// An error was rolled back with all that the function did, so trying again is safe; it helps where the error is about the moment
    /// and not about the function.
    pub(super) fn function_end(&self) -> Decision {
        match self.outcome.sqlstate.as_deref() {
            Some(state) if is_passing(state) => self.retry(true, "function_try_again", self.words("the function failed")),
            Some(_) => Decision { burned: true, ..self.reason("function_failed", self.words("the function failed")) },
            None => match self.outcome.body_json() {
                Ok(result) => self.checked_result(result),
                Err(_) => self.fail(true, "answer_too_large", "the function's result holds more values than can be stored"),
            },
        }
    }
}

/// Classes of SQLSTATE (appendix A of Postgres' manual) that are about the moment: connection, rollback such as a deadlock,
/// resources, an operator who intervened, the system; a lock that was not to be had, a server that takes no writes just now, a
/// transaction that idled.
fn is_passing(state: &str) -> bool {
    ["08", "40", "53", "57", "58"].iter().any(|class| state.starts_with(class)) || ["55P03", "25006", "25P03"].contains(&state)
}

fn place(path: &str) -> &str {
    if path.is_empty() { "the top level" } else { path }
}
