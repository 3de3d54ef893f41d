//! Delivers at start what earlier workers had to leave in the spool, before anything new is claimed.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::finished::FinishStore;
use super::finisher::{Finisher, has_room};
use super::spool::{self, Spool};
use crate::redact::Redactor;

/// Delivers everything, each outcome in the name of the worker that `store` is asked for; until `give_up`. Returns those who
/// still have outcomes whose job somebody is resolving: that can take long, and the worker need not wait for it.
pub async fn deliver<S: FinishStore>(
    spool: &Spool,
    store: impl Fn(&str) -> S,
    redactor: &Arc<Redactor>,
    give_up: &CancellationToken,
) -> Vec<Finisher<S>> {
    let mut unfinished = Vec::new();
    for (worker, files) in spool.waiting() {
        tracing::info!(worker, outcomes = files.len(), "delivering outcomes from the spool");
        let mut finisher = Finisher::new(store(&worker), Arc::clone(redactor), give_up.clone());
        deliver_files(&mut finisher, files).await;
        if finisher.is_waiting() {
            unfinished.push(finisher);
        }
    }
    unfinished
}

async fn deliver_files<S: FinishStore>(finisher: &mut Finisher<S>, files: Vec<PathBuf>) {
    let mut batch = Vec::new();
    for file in files {
        match spool::read(&file) {
            Ok((_, outcome)) => batch.push(outcome),
            Err(error) => spool::set_aside(&file, &format!("{error:#}")),
        }
        if !has_room(&batch) {
            finisher.deliver(std::mem::take(&mut batch)).await;
        }
    }
    finisher.deliver(batch).await;
}

/// Goes on until all of them are stored. What is not when the worker ends is still in its file.
pub async fn finish<S: FinishStore>(finishers: Vec<Finisher<S>>) {
    for finisher in finishers {
        let (_, nothing_new) = mpsc::channel(1);
        finisher.run(nothing_new).await;
    }
}

#[cfg(test)]
mod tests;
