//! Unipile v1, as far as outreach on `LinkedIn` needs it: invitations, messages, profiles, and the lists by which a caller whose
//! answer was lost finds out what was sent.
//!
//! What is done stays done although nobody hears of it, as at the real service: a call that hangs or is lost stands in the
//! lists of what was sent. Nothing is refused for being done twice; the call log and `/sandbox/summary` say so instead.
//!
//! * `ask`      one call as it arrived: in whose name, to whom, what
//! * `people`   what the name of a person makes of what is sent to them
//! * `invitations`, `chats`, `profile`  answer; `errors` how Unipile refuses
//! * `outbox`   what was done so far, as the call log has it
//! * `form`     `multipart/form-data`, in which Unipile takes messages; JSON is taken as well

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{delete, get, post};

use super::answer::Answer;
use super::endpoint::spoiled_on_its_way;
use super::faults::{Fault, Outreach};
use super::handler::{Sandbox, arrive};

mod ask;
mod chats;
mod errors;
mod form;
mod invitations;
mod outbox;
pub(super) mod people;
mod profile;

pub(super) use ask::Ask;
pub(super) use errors::Problem;
pub(super) use outbox::{Deed, Outbox};

/// Where all of it stands.
pub(super) const PREFIX: &str = "/api/v1/";

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Invite,
    Invitations,
    Withdraw,
    Profile,
    StartChat,
    Chats,
    Write,
    Messages,
}

/// The endpoints.
pub(super) fn routes() -> Router<Arc<Sandbox>> {
    Router::new()
        .route("/api/v1/users/invite", post(|s, r| arrive(Route::Invite, s, r)))
        .route("/api/v1/users/invite/sent", get(|s, r| arrive(Route::Invitations, s, r)))
        .route("/api/v1/users/invite/sent/{invitation}", delete(|s, r| arrive(Route::Withdraw, s, r)))
        .route("/api/v1/users/{identifier}", get(|s, r| arrive(Route::Profile, s, r)))
        .route("/api/v1/chats", post(|s, r| arrive(Route::StartChat, s, r)).get(|s, r| arrive(Route::Chats, s, r)))
        .route("/api/v1/chats/{chat}/messages", post(|s, r| arrive(Route::Write, s, r)).get(|s, r| arrive(Route::Messages, s, r)))
}

/// What `fault` makes of the normal answer; `slow` is the time that somebody slow takes.
pub(super) fn spoil(normal: Answer, fault: Fault, slow: Duration) -> Answer {
    match Problem::of_fault(fault) {
        Some(problem) => problem.answer(),
        None => match fault {
            Fault::Outreach(Outreach::Usage(percent)) => invitations::with_usage(normal, percent),
            fault => spoiled_on_its_way(normal, fault, slow),
        },
    }
}
