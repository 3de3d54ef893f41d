//! Reads what a script writes: progress messages and the result on standard output, complaints on standard error.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::progress::ProgressSink;
use crate::memory::Held;
use crate::redact::Redactor;

/// Bytes of standard output; the result of a script is a JSON document of at most this size.
pub const MOST_OUTPUT: usize = 16 << 20;

/// Bytes of standard error that are kept: the end, where the traceback names its cause.
const KEPT_COMPLAINTS: usize = 4 << 10;

/// Bytes read at once; a pipe holds 64 KiB.
const CHUNK: usize = 16 << 10;

/// Why standard output was not read to its end.
#[derive(Debug)]
pub enum OutputError {
    /// There was more than [`MOST_OUTPUT`].
    TooLarge,
    /// The pipe broke.
    Broken(io::Error),
}

/// Reads standard output to its end: the last line that is not empty is the result, the lines before are progress, and
/// checkpoints are neither.
/// The bytes that are kept go to the account of `held`.
pub async fn follow(mut output: impl AsyncRead + Unpin, progress: &mut ProgressSink, held: &mut Held) -> Result<Vec<u8>, OutputError> {
    let mut lines = Lines::default();
    let mut chunk = vec![0; CHUNK];
    let mut total = 0;
    loop {
        let read = tokio::select! {
            read = output.read(&mut chunk) => read.map_err(OutputError::Broken)?,
            () = due(progress.due()) => {
                progress.flush();
                continue;
            }
        };
        if read == 0 {
            return Ok(lines.into_result(progress));
        }
        total += read;
        if total > MOST_OUTPUT {
            return Err(OutputError::TooLarge);
        }
        held.cover(lines.kept() + read).await;
        lines.take(&chunk[..read], progress);
    }
}

async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[derive(Default)]
struct Lines {
    /// The beginning of a line whose end has not come.
    partial: Vec<u8>,
    /// The last whole line that is not empty.
    last: Vec<u8>,
    /// Whether `last` was held back because it looks like a result.
    held: bool,
}

impl Lines {
    fn kept(&self) -> usize {
        self.partial.len() + self.last.len()
    }

    fn take(&mut self, mut chunk: &[u8], progress: &mut ProgressSink) {
        while let Some(end) = chunk.iter().position(|byte| *byte == b'\n') {
            self.partial.extend_from_slice(&chunk[..end]);
            chunk = &chunk[end + 1..];
            let line = std::mem::take(&mut self.partial);
            self.line(line, progress);
        }
        self.partial.extend_from_slice(chunk);
    }

    /// Nobody knows yet whether this line is the last. One that looks like JSON waits for the next, any other is shown
    /// at once: holding it back would show every step of a slow script one step late.
    fn line(&mut self, line: Vec<u8>, progress: &mut ProgressSink) {
        if line.trim_ascii().is_empty() || progress.takes_checkpoint(&line) {
            return;
        }
        if self.held {
            report(&self.last, progress);
        }
        self.held = matches!(line.trim_ascii_start()[0], b'{' | b'[');
        if !self.held {
            report(&line, progress);
        }
        self.last = line;
    }

    fn into_result(self, progress: &mut ProgressSink) -> Vec<u8> {
        let is_result = !self.partial.trim_ascii().is_empty() && !progress.takes_checkpoint(&self.partial);
        let last = if is_result { self.partial } else { self.last };
        last.trim_ascii().to_vec()
    }
}

fn report(line: &[u8], progress: &mut ProgressSink) {
    progress.report(String::from_utf8_lossy(line).trim());
}

/// Reads standard error until its end or until it is `enough`, and keeps the end of it, redacted: cut before, the rest of
/// a secret that was cut in two would stay in it.
pub async fn keep_end(mut complaints: impl AsyncRead + Unpin, redactor: &Redactor, enough: CancellationToken) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut is_whole = true;
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = tokio::select! {
            read = complaints.read(&mut chunk) => read,
            () = enough.cancelled() => break,
        };
        // A broken pipe ends it like the end: there is nobody left to hear from.
        let Ok(read @ 1..) = read else { break };
        kept.extend_from_slice(&chunk[..read]);
        let surplus = kept.len().saturating_sub(KEPT_COMPLAINTS + redactor.longest());
        is_whole &= surplus == 0;
        kept.drain(..surplus);
    }
    let mut clean = if is_whole { redactor.bytes(&kept).into_owned() } else { redactor.rest(&kept) };
    let surplus = clean.len().saturating_sub(KEPT_COMPLAINTS);
    clean.drain(..surplus);
    clean
}

#[cfg(test)]
mod tests;
