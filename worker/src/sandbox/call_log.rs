//! The call log: one line per arrival, in the file before the answer leaves, never with content or credentials.
//!
//! A crash can tear the last line; on start whatever cannot be read is skipped and the file goes on with a new line.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use chrono::{SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::arrival::Arrival;
use super::limiter;
use super::models::Asked;
use super::unipile::{Deed, Outbox};
use super::usage::Prices;

/// One arrival, as a line of the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Call {
    /// RFC 3339 with milliseconds, UTC.
    pub(super) at: String,
    /// Order of the arrivals, from 1, across restarts.
    pub(super) seq: u64,
    pub(super) request_id: Option<String>,
    pub(super) job_id: Option<String>,
    pub(super) attempt: Option<u64>,
    /// What makes two arrivals the same request.
    pub(super) key: String,
    pub(super) path: String,
    pub(super) model: Option<String>,
    pub(super) fault: Option<String>,
    /// What will be answered; absent for a call that hangs.
    pub(super) status: Option<u16>,
    /// Tokens that are billed; absent when nothing was carried out.
    pub(super) prompt_tokens: Option<u64>,
    pub(super) completion_tokens: Option<u64>,
    /// What they cost at the prices of this run. A line of an older sandbox, which had no prices, cost nothing.
    #[serde(default)]
    pub(super) billed_nanos: u64,
    /// The account in whose name something is asked of Unipile. This and what follows only such calls have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    /// To whom it is to be done: the provider id of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) person: Option<String>,
    /// What is to be done: `send_invite`, `send_message` and so on; nothing where something is only looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) action: Option<String>,
    /// Whether it was done, whoever heard of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) done: bool,
    /// Unipile's id of the invitation or message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    /// The chat that the message stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) chat_id: Option<String>,
}

impl Call {
    /// The name that chose what happens to it.
    fn chooser(&self) -> Option<&String> {
        self.model.as_ref().or(self.person.as_ref()).or(self.account.as_ref())
    }
}

/// The log, shared by all connections. The lock is held for one short write and never across an await.
pub(super) struct CallLog(Mutex<Inner>);

struct Inner {
    file: Option<File>,
    /// A write failed halfway, so the next line has to start with a line break.
    torn: bool,
    seq: u64,
    calls: Vec<Arc<Call>>,
    /// Faults already dealt out, by request key and the name that asks for them.
    dealt: HashMap<(String, String), u32>,
    /// What was done in the name of accounts.
    outbox: Outbox,
}

impl CallLog {
    /// Opens the log for appending and reads back what it holds.
    pub(super) fn open(path: Option<&Path>) -> Result<Self> {
        let mut inner = Inner { file: None, torn: false, seq: 0, calls: Vec::new(), dealt: HashMap::new(), outbox: Outbox::default() };
        if let Some(path) = path {
            inner.read_back(path).with_context(|| {
                format!("cannot open the call log {}; check that its directory exists and can be written", path.display())
            })?;
        }
        Ok(Self(Mutex::new(inner)))
    }

    /// Whether a fault hits this arrival: always, or only as often as its suffix says.
    pub(super) fn deal(&self, asked: Asked, key: &str, name: &str) -> bool {
        let Some(first) = asked.first else {
            return true;
        };
        let mut inner = self.lock();
        let dealt = inner.dealt.entry((key.to_owned(), name.to_owned())).or_insert(0);
        let hit = *dealt < first;
        *dealt += u32::from(hit);
        hit
    }

    /// Writes the line of one arrival and returns its number. On an error the call must not be answered as planned.
    pub(super) fn append(
        &self,
        arrival: &Arrival,
        fault: Option<&str>,
        answer: &Answer,
        deed: Option<Deed>,
        prices: Prices,
    ) -> std::io::Result<u64> {
        let mut inner = self.lock();
        inner.seq += 1;
        let done = deed.is_some();
        let Deed { reference, chat_id, text } = deed.unwrap_or_default();
        let call = Call {
            at: Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
            seq: inner.seq,
            request_id: arrival.request_id.clone(),
            job_id: arrival.job_id.clone(),
            attempt: arrival.attempt,
            key: arrival.key.clone(),
            path: arrival.path.clone(),
            model: arrival.model.clone(),
            fault: fault.map(str::to_owned),
            status: answer.logged_status(),
            prompt_tokens: answer.usage.map(|usage| usage.prompt_tokens),
            completion_tokens: answer.usage.map(|usage| usage.completion_tokens),
            billed_nanos: prices.bill(answer.usage),
            account: arrival.account.clone(),
            person: arrival.person.clone(),
            action: arrival.action.map(str::to_owned),
            done,
            reference,
            chat_id,
        };
        inner.write_line(&call)?;
        inner.outbox.take_in(&call, text);
        inner.calls.push(Arc::new(call));
        Ok(inner.seq)
    }

    /// Looks at what was done so far in the name of accounts.
    pub(super) fn outbox<T>(&self, look: impl FnOnce(&Outbox) -> T) -> T {
        look(&self.lock().outbox)
    }

    /// All calls in the order they arrived.
    pub(super) fn calls(&self) -> Vec<Arc<Call>> {
        self.lock().calls.clone()
    }

    /// A panic elsewhere cannot leave the log half changed, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Takes in an existing file and keeps it open for the next line.
    fn read_back(&mut self, path: &Path) -> std::io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
        let mut bytes = Vec::new();
        // A pipe or a device holds nothing of an earlier run, and reading it might never end.
        if file.metadata()?.is_file() {
            file.read_to_end(&mut bytes)?;
        }
        self.torn = bytes.last().is_some_and(|byte| *byte != b'\n');
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            match serde_json::from_slice::<Call>(line) {
                Ok(call) => self.take_in(call),
                Err(_) if line.is_empty() => {}
                Err(_) => super::warn(&format!("skipped line {} of {}, which is torn", index + 1, path.display())),
            }
        }
        self.file = Some(file);
        Ok(())
    }

    /// Counts a call of an earlier run as if it had arrived in this one.
    fn take_in(&mut self, call: Call) {
        self.seq = self.seq.max(call.seq);
        // The rate limit turned the call away before anybody was asked for anything.
        let fault = call.fault.as_deref().filter(|fault| *fault != limiter::SLUG);
        if let (Some(_), Some(name)) = (fault, call.chooser()) {
            *self.dealt.entry((call.key.clone(), name.clone())).or_insert(0) += 1;
        }
        self.outbox.take_in(&call, None);
        self.calls.push(Arc::new(call));
    }

    /// One write for one line, straight to the operating system: nothing stays in a buffer of this process.
    fn write_line(&mut self, call: &Call) -> std::io::Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let mut line = if self.torn { b"\n".to_vec() } else { Vec::new() };
        serde_json::to_writer(&mut line, call)?;
        line.push(b'\n');
        self.torn = true;
        file.write_all(&line)?;
        self.torn = false;
        Ok(())
    }
}
