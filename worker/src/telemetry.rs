//! Logging to standard error: one line per event that reads alone, with every secret value taken out.

use std::io::{self, Write};
use std::sync::Arc;

use anyhow::Context;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::cli::LogFormat;
use crate::redact::Redactor;

/// Starts logging for the whole process.
pub fn start(format: LogFormat, filter: &str, redactor: Arc<Redactor>) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter)
        .with_context(|| format!("the log filter {filter:?} is not valid; use for example --log steward=debug"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(RedactedStderr(redactor));
    let started = match format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging could not be started: {error}"))
}

/// The last line of defence: call sites redact what comes from outside, this catches what they missed.
struct RedactedStderr(Arc<Redactor>);

impl<'a> MakeWriter<'a> for RedactedStderr {
    type Writer = RedactedLine<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        RedactedLine(&self.0)
    }
}

struct RedactedLine<'a>(&'a Redactor);

impl Write for RedactedLine<'_> {
    /// The formatter writes each event in one call, so a secret never spans two of them.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(&self.0.bytes(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
