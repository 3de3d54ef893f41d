//! What the worker counts, for Prometheus. Names of tools are the users' own, so only so many become labels; payloads, jobs and
//! secrets never do.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::storage::ClaimedJob;
use crate::outcome::Phase;

/// Names of tools that are shown as they are; whoever has more sees the rest as one. Each costs a row per executor and phase.
const MOST_TOOLS: usize = 200;

/// What stands for all further names.
const fn other() -> &'static str {
    "other"
}

/// Upper bounds, in seconds, of the times from claim to permission, which take milliseconds unless the database is behind.
const TO_SENT: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The same for calls: from a fast interface to a script of an hour.
const CALL: [f64; 14] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 600.0, 3600.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByExecutor {
    executor: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    phase: PhaseLabel,
    executor: &'static str,
    tool: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByPurpose {
    purpose: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum PhaseLabel {
    Unsent,
    NotExecuted,
    Answered,
    Lost,
}

/// The words that the database uses as well.
impl EncodeLabelValue for PhaseLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        let word = match self {
            Self::Unsent => "unsent",
            Self::NotExecuted => "not_executed",
            Self::Answered => "answered",
            Self::Lost => "lost",
        };
        EncodeLabelValue::encode(&word, encoder)
    }
}

impl From<Phase> for PhaseLabel {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Unsent => Self::Unsent,
            Phase::NotExecuted => Self::NotExecuted,
            Phase::Answered => Self::Answered,
            Phase::Lost => Self::Lost,
        }
    }
}

/// Makes the histogram of one executor's calls.
type NewHistogram = fn() -> Histogram;

/// All counts; clones count together.
#[derive(Clone)]
pub struct Metrics(Arc<Counts>);

struct Counts {
    registry: Registry,
    claims: Counter,
    claimed: Family<ByExecutor, Counter>,
    finished: Family<ByOutcome, Counter>,
    to_sent: Histogram,
    calls: Family<ByExecutor, Histogram, NewHistogram>,
    waiting: Gauge,
    errors: Family<ByPurpose, Counter>,
    running: Gauge,
    slots: Gauge,
    held: Gauge,
    spooled: Gauge,
    resident: Gauge,
    tools: Mutex<HashSet<String>>,
}

/// What is only looked at when somebody asks.
#[derive(Clone, Copy, Default)]
pub struct Now {
    /// Jobs that may run.
    pub slots: usize,
    /// Bytes of answers.
    pub held: usize,
    /// Outcomes in the spool.
    pub spooled: usize,
    /// Bytes of the whole process.
    pub resident: usize,
}

/// Something that is counted as long as this lives.
pub struct Counted(Gauge);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("steward");
        let new_calls: NewHistogram = || Histogram::new(CALL);
        let mut counts = Counts {
            registry: Registry::default(),
            claims: Counter::default(),
            claimed: Family::default(),
            finished: Family::default(),
            to_sent: Histogram::new(TO_SENT),
            calls: Family::new_with_constructor(new_calls),
            waiting: Gauge::default(),
            errors: Family::default(),
            running: Gauge::default(),
            slots: Gauge::default(),
            held: Gauge::default(),
            spooled: Gauge::default(),
            resident: Gauge::default(),
            tools: Mutex::default(),
        };
        counts.register(&mut registry);
        counts.registry = registry;
        Self(Arc::new(counts))
    }
}

impl Counts {
    fn register(&self, registry: &mut Registry) {
        registry.register("claims", "Claim statements that the database answered", self.claims.clone());
        registry.register("jobs_claimed", "Jobs claimed", self.claimed.clone());
        registry.register("jobs_finished", "Outcomes, by how far the attempt got", self.finished.clone());
        registry.register_with_unit("claim_to_sent", "From claim to permission to send", Unit::Seconds, self.to_sent.clone());
        registry.register_with_unit("call_duration", "From permission to send to the outcome", Unit::Seconds, self.calls.clone());
        registry.register("outcomes_waiting", "Outcomes that the database has not taken yet", self.waiting.clone());
        registry.register("database_errors", "Statements and connections that failed", self.errors.clone());
        registry.register("jobs_running", "Jobs that run now", self.running.clone());
        registry.register("slots", "Jobs that may run at once", self.slots.clone());
        registry.register_with_unit("answers_held", "Memory taken by answers", Unit::Bytes, self.held.clone());
        registry.register("outcomes_spooled", "Outcomes in files of --spool-dir", self.spooled.clone());
        registry.register_with_unit("resident_memory", "Memory of the whole process", Unit::Bytes, self.resident.clone());
    }
}

impl Metrics {
    /// A claim was answered with these jobs.
    pub fn claimed(&self, jobs: &[ClaimedJob]) {
        self.0.claims.inc();
        for job in jobs {
            self.0.claimed.get_or_create(&by_executor(&job.executor)).inc();
        }
    }

    /// The permission to send came.
    pub fn sent(&self, since_claim: Duration) {
        self.0.to_sent.observe(since_claim.as_secs_f64());
    }

    /// An attempt ended; `call` is how long it took if it was sent.
    pub fn finished(&self, job: &ClaimedJob, phase: Phase, call: Option<Duration>) {
        let ByExecutor { executor } = by_executor(&job.executor);
        self.0.finished.get_or_create(&ByOutcome { phase: phase.into(), executor, tool: self.tool(&job.tool) }).inc();
        if let Some(call) = call {
            self.0.calls.get_or_create(&ByExecutor { executor }).observe(call.as_secs_f64());
        }
    }

    /// Counts an outcome that waits for the database.
    pub fn waiting(&self) -> Counted {
        counted(&self.0.waiting)
    }

    /// Counts a job that runs.
    pub fn running(&self) -> Counted {
        counted(&self.0.running)
    }

    /// Counts the failures of one connection.
    pub fn database_errors(&self, purpose: &'static str) -> Counter {
        self.0.errors.get_or_create_owned(&ByPurpose { purpose })
    }

    /// Everything, in the text format of `OpenMetrics`.
    pub fn text(&self, now: Now) -> Result<String, fmt::Error> {
        let number = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
        self.0.slots.set(number(now.slots));
        self.0.held.set(number(now.held));
        self.0.spooled.set(number(now.spooled));
        self.0.resident.set(number(now.resident));
        let mut text = String::new();
        encode(&mut text, &self.0.registry)?;
        Ok(text)
    }

    fn tool(&self, name: &str) -> String {
        // Names are only added, so a panic elsewhere cannot have left half of one.
        let mut tools = self.0.tools.lock().unwrap_or_else(PoisonError::into_inner);
        if tools.contains(name) || tools.len() < MOST_TOOLS && tools.insert(name.to_owned()) { name.to_owned() } else { other().to_owned() }
    }
}

fn counted(gauge: &Gauge) -> Counted {
    gauge.inc();
    Counted(gauge.clone())
}

/// The name is the database's, which may be newer than the worker.
fn by_executor(name: &str) -> ByExecutor {
    let executor = ["http", "script", "sql", "noop"].into_iter().find(|known| *known == name).unwrap_or(other());
    ByExecutor { executor }
}

#[cfg(test)]
mod tests;
