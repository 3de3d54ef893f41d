//! What follows from an outcome: succeed, fail, retry, release or in doubt.
//!
//! The rule that everything here serves: a call that may have been carried out is repeated only where its tool says so. Retried
//! freely are attempts that sent nothing and answers that prove that nothing was done; all else after the sent mark follows `on_lost`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::backoff::{after_retry_after, full_jitter};
use super::definition::{Executor, OnLost, Tool};
use super::feedback::{Cooldown, asked_seconds, cooldown};
use super::outcome::{Outcome, Phase};
use super::response::shortened;

mod answer;

/// `EX_TEMPFAIL` of sysexits.h: how a script says "nothing is wrong with the job, try again later".
const EXIT_TRY_AGAIN: i32 = 75;

/// What a job does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It ends well.
    Succeed,
    /// It ends with a reason.
    Fail,
    /// It waits for its next try.
    Retry,
    /// It is ready again at once.
    Release,
    /// It goes on running: the service it went to says later how it ended.
    Await,
    /// It waits for somebody to say how the call ended.
    InDoubt,
}

/// A decision with everything that is written for it.
#[derive(Debug, PartialEq)]
pub struct Decision {
    /// What the job does next.
    pub next: Next,
    /// Whether the attempt counts as a try.
    pub burned: bool,
    /// Wait before the next try.
    pub delay: Duration,
    /// Result of a success.
    pub result: Option<Value>,
    /// Usage the provider reported.
    pub usage: Option<Value>,
    /// Slug of what went wrong.
    pub code: Option<String>,
    /// What went wrong, in words.
    pub message: Option<String>,
    /// For how long nobody calls the provider.
    pub cooldown: Option<Cooldown>,
}

/// Counts and draws a decision depends on.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    /// Number of this attempt, from 1, among those that count towards the tool's `max_attempts`.
    pub attempt: u32,
    /// Earlier attempts that do not count, because the provider limited its rate.
    pub rate_limited: u32,
    /// Tries used before it.
    pub tries: u32,
    /// The time, for a Retry-After that is a date.
    pub now: DateTime<Utc>,
    /// What is set aside for it, in nano-dollars.
    pub held: i64,
    /// A draw from 0 (included) to 1 (excluded).
    pub random: f64,
}

/// Decides what follows.
pub fn decide(tool: &Tool, outcome: &Outcome, at: Circumstances) -> Decision {
    let cooldown = match &tool.executor {
        Executor::Http(_) | Executor::External(_) => cooldown(outcome, tool.backoff.base_seconds, at.now, at.random),
        _ => None,
    };
    let judge = Judge { tool, outcome, at, cooldown: cooldown.as_ref() };
    let decision = match outcome.phase {
        Phase::Unprepared => judge.fail(false, "render_failed", "the request cannot be made from this payload"),
        Phase::Rehearsed => judge.rehearsed(),
        Phase::Completed => judge.completed(),
        Phase::Unsent => judge.unsent(),
        Phase::NotExecuted => judge.retry(true, "connect_failed", judge.words("no connection was made")),
        Phase::Lost => judge.lost("connection_lost", judge.words("the answer never came")),
        Phase::Answered => match &tool.executor {
            Executor::Http(_) => judge.http_answer(),
            Executor::External(_) => judge.taken_on(),
            Executor::Script { .. } => judge.script_exit(),
            Executor::Sql { .. } => judge.function_end(),
            Executor::Noop => judge.succeed(serde_json::json!({}), None),
        },
    };
    if tool.is_governed {
        return once(decision);
    }
    Decision { cooldown, ..decision }
}

/// An action is tried once, whatever the answer: when somebody does something again is the governor's business. Its provider limits each account
/// for itself, so a limit is no reason for other accounts to wait.
fn once(decision: Decision) -> Decision {
    match decision.next {
        Next::Retry => Decision { next: Next::Fail, burned: true, delay: Duration::ZERO, ..decision },
        _ => decision,
    }
}

struct Judge<'a> {
    tool: &'a Tool,
    outcome: &'a Outcome,
    at: Circumstances,
    cooldown: Option<&'a Cooldown>,
}

impl Judge<'_> {
    fn words(&self, otherwise: &str) -> String {
        shortened(self.outcome.error.as_deref().unwrap_or(otherwise))
    }

    fn rehearsed(&self) -> Decision {
        let request = self.outcome.body_json().unwrap_or_default();
        Decision { burned: false, ..self.succeed(serde_json::json!({ "dry_run": request }), None) }
    }

    /// Without a reason of its own (shutdown, a worker that died before it sent) the job is ready again at once. With one (a secret or
    /// command this worker lacks) it waits, so that a misconfigured worker does not spin.
    fn unsent(&self) -> Decision {
        let words = self.words("nothing was sent");
        match self.outcome.code.as_deref().unwrap_or("shutdown") {
            code @ ("shutdown" | "worker_lost" | "deadline_passed" | "claim_unanswered" | "spending_stopped") => {
                self.again(Next::Release, false, Duration::ZERO, code, words)
            }
            code => self.retry(false, code, words),
        }
    }

    fn lost(&self, code: &str, message: String) -> Decision {
        // Flat prices are compared when the tool is defined: see `on_lost_of`.
        let is_dear = self.tool.pricing.flat().is_none() && self.tool.repeat_up_to.is_some_and(|most| self.at.held > most);
        match self.tool.on_lost {
            OnLost::Retry if !is_dear => self.retry(true, code, message),
            _ => Decision { next: Next::InDoubt, burned: true, ..self.reason(self.outcome.code.as_deref().unwrap_or(code), message) },
        }
    }

    fn retry(&self, burned: bool, code: &str, message: String) -> Decision {
        self.again(Next::Retry, burned, self.wait(if burned { self.at.tries + 1 } else { self.at.attempt }), code, message)
    }

    /// Nothing was done, and the provider said so: neither a try nor an attempt is used up, or a job would fail because others were many.
    /// It goes on until it is cancelled; `max_tries` and `max_attempts` are about what may be the job's own fault.
    fn limited(&self, message: String) -> Decision {
        let delay = self.wait(self.at.attempt.saturating_add(self.at.rate_limited));
        Decision { next: Next::Retry, delay, ..self.reason("rate_limited", message) }
    }

    /// As long as the provider asks, or else by the tool's backoff, and never shorter than everybody waits.
    fn wait(&self, failures: u32) -> Duration {
        let random = self.at.random;
        let everybody =
            self.cooldown.map(|cooldown| cooldown.until.signed_duration_since(self.at.now).to_std().unwrap_or_default().as_secs_f64());
        Duration::from_secs_f64(match (asked_seconds(self.outcome, self.at.now), everybody) {
            // What is believed of it stands in the cool-down, spread by a tenth; the rest up to a second is spread here.
            (Some(_), Some(everybody)) => everybody + (1.0 - 0.1 * everybody).max(0.0) * random,
            (Some(asked), None) => after_retry_after(asked, random),
            (None, everybody) => full_jitter(self.tool.backoff, failures, random).max(everybody.unwrap_or(0.0)),
        })
    }

    /// Another attempt, unless the job has used up its tries or its attempts.
    fn again(&self, next: Next, burned: bool, delay: Duration, code: &str, message: String) -> Decision {
        let code = self.outcome.code.as_deref().unwrap_or(code);
        let tries = self.at.tries + u32::from(burned);
        if burned && tries >= self.tool.max_tries {
            let message = format!("{message} (all {} tries used)", self.tool.max_tries);
            return Decision { next: Next::Fail, burned, ..self.reason(code, message) };
        }
        if self.at.attempt >= self.tool.max_attempts {
            let message = format!("{message} (claimed {} times without an end)", self.tool.max_attempts);
            return Decision { next: Next::Fail, burned, ..self.reason("attempts_exhausted", message) };
        }
        Decision { next, burned, delay, ..self.reason(code, message) }
    }

    fn fail(&self, burned: bool, code: &str, message: &str) -> Decision {
        let code = self.outcome.code.as_deref().unwrap_or(code);
        let message = self.outcome.error.as_deref().unwrap_or(message);
        Decision { next: Next::Fail, burned, ..self.reason(code, message.to_owned()) }
    }

    fn succeed(&self, result: Value, usage: Option<Value>) -> Decision {
        Decision {
            next: Next::Succeed,
            burned: true,
            delay: Duration::ZERO,
            result: Some(result),
            usage,
            code: None,
            message: None,
            cooldown: None,
        }
    }

    fn reason(&self, code: &str, message: String) -> Decision {
        Decision {
            next: Next::Fail,
            burned: false,
            delay: Duration::ZERO,
            result: None,
            usage: None,
            code: Some(code.to_owned()),
            message: Some(message),
            cooldown: None,
        }
    }
}
