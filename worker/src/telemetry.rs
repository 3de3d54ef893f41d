//! Logging to standard error: one line per event that reads alone, with every secret value taken out.

use std::io::{self, Stderr, Write};
use std::sync::Arc;

use anyhow::Context;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::cli::LogFormat;
use crate::redact::Redactor;

/// Starts logging for the whole process.
pub fn start(format: LogFormat, filter: &str, redactor: Arc<Redactor>) -> anyhow::Result<()> {
    report_panics(Arc::clone(&redactor));
    let filter = self::filter(filter)?;
    // Without `log_internal_errors(false)` an event that cannot be formatted would go to `eprintln!`, past the redactor.
    let builder = tracing_subscriber::fmt().with_env_filter(filter).log_internal_errors(false).with_writer(RedactedStderr(redactor));
    let started = match format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging could not be started: {error}"))
}

/// Reads `--log`.
pub fn filter(text: &str) -> anyhow::Result<EnvFilter> {
    EnvFilter::try_new(text).with_context(|| format!("the log filter {text:?} is not valid; use for example --log steward=debug"))
}

/// The words of a panic can quote any text, and would go to standard error past the redactor. Not through the log either:
/// it may be the one that panics, and a second panic ends the process.
fn report_panics(redactor: Arc<Redactor>) {
    std::panic::set_hook(Box::new(move |panic| say(&redactor.text(&format!("steward: {panic}")))));
}

/// Says something on standard error where no log runs. `eprintln!` would panic when nobody can hear it.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// The last line of defence: call sites redact what comes from outside, this catches what they missed.
struct RedactedStderr(Arc<Redactor>);

impl<'a> MakeWriter<'a> for RedactedStderr {
    type Writer = RedactedLine<'a, Stderr>;

    fn make_writer(&'a self) -> Self::Writer {
        RedactedLine { redactor: &self.0, out: io::stderr() }
    }
}

struct RedactedLine<'a, W> {
    redactor: &'a Redactor,
    out: W,
}

/// Never fails: a closed pipe or a full disk behind standard error costs the log, not the jobs. The formatter would
/// tell an error to `eprintln!`, which panics for the same reason.
impl<W: Write> Write for RedactedLine<'_, W> {
    /// The formatter writes each event in one call, so a secret never spans two of them.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _ = self.out.write_all(&self.redactor.bytes(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.out.flush();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::secrets::Secrets;

    /// A pipe whose reader is gone.
    struct Broken;

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }

    fn redactor() -> Redactor {
        let secrets = Secrets::from_options(&["KEY=host".to_owned()], |_| Some("sk-secret".to_owned())).unwrap();
        Redactor::new(&secrets).unwrap()
    }

    #[test]
    fn takes_secrets_out_of_a_line() {
        let mut out = Vec::new();
        let line = b"the key is sk-secret\n";
        assert_eq!(RedactedLine { redactor: &redactor(), out: &mut out }.write(line).unwrap(), line.len());
        assert_eq!(out, b"the key is [secret KEY]\n");
    }

    #[test]
    fn a_line_that_nobody_can_hear_is_no_error() {
        let mut line = RedactedLine { redactor: &redactor(), out: Broken };
        assert_eq!(line.write(b"words").unwrap(), 5);
        line.flush().unwrap();
    }
}
