//! Reads the HTTP client's errors: what they prove, and words without the URL, which may hold a secret.

use std::error::Error;
use std::io::ErrorKind;

use super::resolver::ResolveError;
use crate::outcome::{Failure, code};

/// There is not even a client to connect with.
pub fn before_connecting(error: reqwest::Error) -> Failure {
    Failure::not_executed(code::CONNECT_FAILED, words(&error.without_url()))
}

/// No status line came. Only an error of connecting proves that nothing was executed.
pub fn before_answer(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    if matches!(source(&error), Some(ResolveError::Refused(_))) {
        return Failure::not_executed(code::ADDRESS_REFUSED, words(&error));
    }
    if error.is_connect() {
        return Failure::not_executed(code::CONNECT_FAILED, words(&error));
    }
    if error.is_timeout() {
        return Failure::lost(code::TIMED_OUT, words(&error));
    }
    Failure::lost(code::CONNECTION_LOST, words(&error))
}

/// The status line came, the body did not come whole.
pub fn inside_body(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let broken = source::<std::io::Error>(&error)
        .is_some_and(|error| matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe));
    match broken {
        true => Failure::lost(code::CONNECTION_LOST, words(&error)),
        false => Failure::lost(code::TRUNCATED, "the answer broke off before its end"),
    }
}

/// The first error of this type in the chain.
fn source<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// The whole chain in one line; the client's own words alone say only "error sending request".
fn words(error: &(dyn Error + 'static)) -> String {
    let words: Vec<String> = chain(error).map(ToString::to_string).collect();
    words.join(": ")
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
