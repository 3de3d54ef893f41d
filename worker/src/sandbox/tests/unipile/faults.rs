//! People who misbehave: what is answered, and whether it was done all the same.

use std::time::Duration;

use tokio::io::AsyncReadExt;

use super::*;
use crate::sandbox::faults::{FAULTS, OUTREACH};

/// Whether an invitation of a person stands in the list.
async fn is_listed(to: Address, person: &str) -> bool {
    let list = get(to, "/api/v1/users/invite/sent?account_id=acc").await;
    list["items"].as_array().unwrap().iter().any(|item| item["invited_user_id"] == person)
}

#[tokio::test]
async fn a_refusal_has_unipiles_status_and_type_and_nothing_was_sent() {
    let server = start(&args()).await;
    let expected = [
        ("sandbox-422", 422, "errors/cannot_resend_yet"),
        ("sandbox-422-invited", 422, "errors/already_invited_recently"),
        ("sandbox-429", 429, "errors/too_many_requests"),
        ("sandbox-429-date", 429, "errors/too_many_requests"),
        ("sandbox-500", 500, "errors/unexpected_error"),
        ("sandbox-503", 503, "errors/service_unavailable"),
        ("sandbox-400", 400, "errors/invalid_parameters"),
        ("sandbox-401", 401, "errors/disconnected_account"),
        ("sandbox-checkpoint", 401, "errors/checkpoint_error"),
        ("sandbox-restricted", 403, "errors/account_restricted"),
        ("sandbox-422.ada", 422, "errors/cannot_resend_yet"),
    ];
    for (person, status, kind) in expected {
        let view = format!("GET /api/v1/users/{person}?account_id=acc");
        let replies = [
            invite(server.address, "", person).await,
            start_chat(server.address, "", person).await,
            write_in(server.address, "", person).await,
            withdraw(server.address, "", person).await,
            call(server.address, &view, "", &Value::Null).await,
        ];
        for reply in replies {
            assert_eq!((reply.status, &reply.json()["status"], &reply.json()["type"]), (status, &json!(status), &json!(kind)), "{person}");
            assert!(reply.json()["title"].is_string() && reply.json()["detail"].is_string());
            assert!(!reply.headers.contains_key("retry-after"), "Unipile says no wait");
        }
    }
    assert_eq!(get(server.address, "/api/v1/users/invite/sent?account_id=acc").await["items"], json!([]));
    assert_eq!(get(server.address, "/api/v1/chats?account_id=acc").await["items"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn a_call_that_hangs_is_done_and_logged_and_gets_no_byte() {
    let log = TempLog::new();
    let server = start(&log.args()).await;
    let body = json!({"account_id": "acc", "provider_id": "sandbox-hang"}).to_string();
    let mut call = write(server.address, "POST /api/v1/users/invite", &[("x-client-request-id", "j/1")], body.as_bytes()).await;
    while !is_listed(server.address, "sandbox-hang").await {}
    let waited = tokio::time::timeout(Duration::from_millis(100), call.read(&mut [0])).await;
    assert!(waited.is_err(), "nothing arrives");
    let line = &log.lines()[0];
    assert_eq!((&line["fault"], &line["status"], &line["done"]), (&json!("hang"), &Value::Null, &json!(true)));
    server.stop().await;
    let server = start(&log.args()).await;
    assert!(is_listed(server.address, "sandbox-hang").await, "and after a restart it is still done");
    server.stop().await;
}

#[tokio::test]
async fn a_lost_call_is_done_and_its_connection_ends_without_a_byte() {
    let log = TempLog::new();
    let server = start(&log.args()).await;
    for (line, body) in [
        ("POST /api/v1/users/invite", json!({"account_id": "acc", "provider_id": "sandbox-lost.1"})),
        ("POST /api/v1/chats", json!({"account_id": "acc", "attendees_ids": ["sandbox-lost.2"], "text": "Hello"})),
    ] {
        let mut call = write(server.address, line, &[], body.to_string().as_bytes()).await;
        let mut bytes = Vec::new();
        // The end may be seen as a reset.
        drop(call.read_to_end(&mut bytes).await);
        assert!(bytes.is_empty(), "{}", String::from_utf8_lossy(&bytes));
    }
    assert!(is_listed(server.address, "sandbox-lost.1").await);
    assert_eq!(get(server.address, "/api/v1/chats?account_id=acc").await["items"][0]["attendee_provider_id"], "sandbox-lost.2");
    for line in &log.lines()[..2] {
        assert_eq!((&line["fault"], &line["status"], &line["done"]), (&json!("lost"), &Value::Null, &json!(true)));
    }
    server.stop().await;
}

#[tokio::test]
async fn an_answer_that_breaks_or_blames_the_server_after_the_work_was_done_all_the_same() {
    let server = start(&Args { slow_ms: 1, ..args() }).await;
    for (word, status) in [("500-billed", 500), ("truncated", 201), ("malformed", 201), ("slow", 201)] {
        let person = format!("sandbox-{word}");
        assert_eq!(invite(server.address, "", &person).await.status, status, "{word}");
        assert!(is_listed(server.address, &person).await, "{word}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_usage_is_said_of_invitations_which_are_sent() {
    let server = start(&args()).await;
    for percent in [80, 95] {
        let person = format!("sandbox-usage-{percent}");
        let reply = invite(server.address, "", &person).await;
        assert_eq!((reply.status, &reply.json()["usage"]), (201, &json!(percent)));
        assert!(reply.json()["invitation_id"].is_string() && is_listed(server.address, &person).await);
        assert!(start_chat(server.address, "", &person).await.json().get("usage").is_none(), "Unipile says none of messages");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_suffix_counts_the_arrivals_of_a_job_for_a_person() {
    let server = start(&args()).await;
    for (person, bad) in [("sandbox-429-once", 1), ("sandbox-422-twice.ada", 2), ("sandbox-500-3-times.emil", 3)] {
        for attempt in 1..=4 {
            let reply = invite(server.address, &format!("{person}/{attempt}"), person).await;
            assert_eq!(reply.status == 201, attempt > bad, "{person} {attempt}");
        }
        assert_ne!(invite(server.address, "another/1", person).await.status, 201, "{person}: another job begins anew");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_account_decides_in_lists_and_a_name_that_is_not_listed_never_does() {
    let server = start(&args()).await;
    for (account, status) in [("sandbox-500", 500), ("sandbox-401", 401), ("sandbox", 200), ("sandbox-nonsense", 200), ("422", 200)] {
        for list in ["users/invite/sent", "chats"] {
            let reply = call(server.address, &format!("GET /api/v1/{list}?account_id={account}"), "", &Value::Null).await;
            assert_eq!(reply.status, status, "{account} {list}");
        }
        let sent = json!({"account_id": account, "provider_id": "ada"});
        assert_eq!(call(server.address, "POST /api/v1/users/invite", "", &sent).await.status, 201, "{account}");
    }
    for person in ["sandbox", "sandbox.422", "sandbox-nonsense", "ada-422", "Sandbox-422"] {
        assert_eq!(invite(server.address, "", person).await.status, 201, "{person}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_a_person_does_to_their_invitation_does_not_hold_up_its_withdrawal() {
    let server = start(&args()).await;
    invite(server.address, "", "sandbox-truncated").await;
    let list = get(server.address, "/api/v1/users/invite/sent?account_id=acc").await;
    assert_eq!(withdraw(server.address, "", list["items"][0]["id"].as_str().unwrap()).await.status, 200);
    assert!(!is_listed(server.address, "sandbox-truncated").await);
    server.stop().await;
}

#[test]
fn the_help_shows_every_fault_of_people_and_none_is_named_twice() {
    let help = crate::sandbox::models::help();
    for row in &OUTREACH {
        assert!(help.contains(&format!("  sandbox-{} ", row.word)), "{}", row.word);
        assert!(FAULTS.iter().all(|other| other.word != row.word), "{}", row.word);
    }
    for endpoint in ["/api/v1/users/invite/sent", "/api/v1/chats/ID/messages", "DELETE", "done_more_than_once"] {
        assert!(help.contains(endpoint), "{endpoint}");
    }
}
