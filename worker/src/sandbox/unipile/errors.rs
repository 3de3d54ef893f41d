//! How Unipile refuses: `{"status": …, "type": "errors/…", "title": …, "detail": …}`.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde_json::json;

use crate::sandbox::answer::{Answer, ApiError};
use crate::sandbox::faults::{Fault, Outreach};

/// One refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Problem {
    status: StatusCode,
    /// What follows `errors/`.
    slug: &'static str,
    title: &'static str,
    detail: Cow<'static, str>,
}

const fn problem(status: StatusCode, slug: &'static str, title: &'static str, detail: &'static str) -> Problem {
    Problem { status, slug, title, detail: Cow::Borrowed(detail) }
}

impl Problem {
    pub(in crate::sandbox) const TOO_MANY_REQUESTS: Self = problem(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_requests",
        "Too many requests",
        "The provider cannot accept any more requests at the moment. Please try again later.",
    );
    const CANNOT_RESEND_YET: Self = problem(
        StatusCode::UNPROCESSABLE_ENTITY,
        "cannot_resend_yet",
        "Cannot resend yet",
        "You have reached a temporary provider limit. Please try again later.",
    );
    const ALREADY_INVITED: Self = problem(
        StatusCode::UNPROCESSABLE_ENTITY,
        "already_invited_recently",
        "Already invited recently",
        "An invitation has already been sent to this person recently.",
    );
    const DISCONNECTED: Self = problem(
        StatusCode::UNAUTHORIZED,
        "disconnected_account",
        "Disconnected account",
        "The account appears to be disconnected from the provider service.",
    );
    const CHECKPOINT: Self = problem(
        StatusCode::UNAUTHORIZED,
        "checkpoint_error",
        "Checkpoint error",
        "The checkpoint does not appear to be resolvable. Please try again and contact support if the problem persists.",
    );
    const RESTRICTED: Self = problem(
        StatusCode::FORBIDDEN,
        "account_restricted",
        "Account restricted",
        "Access to this account has been restricted by the provider.",
    );
    const UNEXPECTED: Self = problem(StatusCode::INTERNAL_SERVER_ERROR, "unexpected_error", "Unexpected error", "Something went wrong.");
    const UNAVAILABLE: Self =
        problem(StatusCode::SERVICE_UNAVAILABLE, "service_unavailable", "Service unavailable", "Please try again later.");
    const REFUSED: Self =
        problem(StatusCode::BAD_REQUEST, "invalid_parameters", "Invalid parameters", "This person refuses every request.");

    /// What a fault says that turns the call away or hides that it was done; nothing of any other.
    pub(super) fn of_fault(fault: Fault) -> Option<Self> {
        Some(match fault {
            Fault::Limited(_) => Self::TOO_MANY_REQUESTS,
            Fault::Unavailable => Self::UNAVAILABLE,
            Fault::ServerError | Fault::BilledServerError => Self::UNEXPECTED,
            Fault::BadRequest => Self::REFUSED,
            Fault::Outreach(Outreach::CannotResendYet) => Self::CANNOT_RESEND_YET,
            Fault::Outreach(Outreach::AlreadyInvited) => Self::ALREADY_INVITED,
            Fault::Outreach(Outreach::Disconnected) => Self::DISCONNECTED,
            Fault::Outreach(Outreach::Checkpoint) => Self::CHECKPOINT,
            Fault::Outreach(Outreach::Restricted) => Self::RESTRICTED,
            Fault::Outreach(Outreach::Usage(_)) | Fault::Exhausted(_) | Fault::Hang | Fault::Lost => return None,
            Fault::Truncated | Fault::Malformed | Fault::Slow | Fault::Refusal => return None,
        })
    }

    /// A field that is not there.
    pub(super) fn missing(name: &str) -> Self {
        Self::bad_request("missing_parameters", "Missing parameters", format!("{name} is required."))
    }

    /// A field that is there and wrong.
    pub(super) fn invalid(name: &str, expected: &str) -> Self {
        Self::bad_request("invalid_parameters", "Invalid parameters", format!("{name} must be {expected}."))
    }

    /// A text that is too long.
    pub(super) fn too_long(name: &str, most: usize) -> Self {
        Self::bad_request("too_many_characters", "Too many characters", format!("{name} may have at most {most} characters."))
    }

    /// A body that cannot be read.
    pub(super) fn malformed() -> Self {
        let detail = "The sandbox expects a JSON document in UTF-8, or multipart/form-data.";
        Self::bad_request("malformed_request", "Malformed request", detail.to_owned())
    }

    fn bad_request(slug: &'static str, title: &'static str, detail: String) -> Self {
        Self { status: StatusCode::BAD_REQUEST, slug, title, detail: Cow::Owned(detail) }
    }

    /// A chat or an invitation that the account does not have.
    pub(super) fn not_found(what: &str) -> Self {
        let detail = format!("The account has no such {what} in this sandbox.");
        Self { status: StatusCode::NOT_FOUND, slug: "resource_not_found", title: "Resource not found", detail: Cow::Owned(detail) }
    }

    /// What the sandbox refuses at every door.
    pub(in crate::sandbox) fn of(error: ApiError) -> Self {
        let (status, detail) = error.into_words();
        let (slug, title) = match status {
            StatusCode::UNAUTHORIZED => ("missing_credentials", "Missing credentials"),
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => ("resource_not_found", "Resource not found"),
            StatusCode::PAYLOAD_TOO_LARGE => ("content_too_large", "Content too large"),
            status if status.is_server_error() => ("unexpected_error", "Unexpected error"),
            _ => ("malformed_request", "Malformed request"),
        };
        Self { status, slug, title, detail: Cow::Owned(detail) }
    }

    /// As it is answered.
    pub(in crate::sandbox) fn answer(&self) -> Answer {
        let Self { status, slug, title, detail } = self;
        let body = json!({"status": status.as_u16(), "type": format!("errors/{slug}"), "title": title, "detail": detail});
        Answer::json(*status, &body)
    }
}
