//! The names of people, which choose what becomes of what is sent to them: `sandbox-`, then a fault and how often, as in
//! the name of a model. What follows a dot only tells people apart: `sandbox-hang.ada`, `sandbox-429-once.7`.

use crate::sandbox::faults::{FAULTS, OUTREACH};
use crate::sandbox::models::{self, Asked};

/// How all of them begin.
const NAME: &str = "sandbox";

/// The fault that a name asks for.
pub(super) fn fault_of(name: &str) -> Option<Asked> {
    let listed = name.strip_prefix(NAME)?.strip_prefix('-')?;
    let word = listed.split_once('.').map_or(listed, |(word, _)| word);
    models::asked(word, &OUTREACH).or_else(|| models::asked(word, &FAULTS))
}

/// Whether the id of a chat or an invitation is the name of a person of the sandbox: the two then stand for each other.
pub(super) fn is_person(id: &str) -> bool {
    id.strip_prefix(NAME).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// The part of `--help` that explains them.
pub(in crate::sandbox) fn help() -> String {
    let mut text = String::from(
        "People (in a call to Unipile the provider id of the person chooses what happens; in a list, the id of the account):\n",
    );
    let mut line = |left: &str, what: &str| text.push_str(&format!("  {left:<28} {what}\n"));
    for row in &OUTREACH {
        line(&format!("{NAME}-{}", row.word), row.what);
    }
    line("sandbox-WORD.NAME", "the same, for another person: sandbox-hang.ada");
    text.push_str(
        "\nThe words and suffixes of models that misbehave hold for people as well, with Unipile's errors: sandbox-429, \
         sandbox-500-once. After sandbox-hang, sandbox-lost, sandbox-500-billed, sandbox-truncated and sandbox-malformed it \
         was done, and stands in the lists. A chat or an invitation that the sandbox has not seen is not found, but one with \
         the name of such a person stands for them. Each line of the call log says account, person, action and whether it was \
         done; /sandbox/summary lists done_more_than_once.\n\nEndpoints of Unipile: POST /api/v1/users/invite, /api/v1/chats, \
         /api/v1/chats/ID/messages; DELETE /api/v1/users/invite/sent/ID; GET /api/v1/users/ID, /api/v1/users/invite/sent, \
         /api/v1/chats, /api/v1/chats/ID/messages\n",
    );
    text
}
