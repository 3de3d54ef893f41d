//! Tokens and what they cost: what is billed, what the answer says of it, and what the log adds up to.

use clap::Parser;
use serde_json::{Value, json};

use super::client::{Reply, TempLog, args, ask, chat, chat_body, get, send, start};
use crate::sandbox::Args;
use crate::sandbox::models::Wishes;
use crate::sandbox::server::Server;

const INPUT: u64 = 150;
const OUTPUT: u64 = 600;
const MOST: u64 = 900;

fn priced() -> Args {
    Args { price_input: INPUT, price_output: OUTPUT, ..args() }
}

/// A chat request with a bound, and the bytes of its body.
async fn bounded(server: &Server, model: &str) -> (Reply, u64) {
    let mut body = chat_body(model, "Write about sourdough bread");
    body["max_completion_tokens"] = json!(MOST);
    (chat(server.address, "", &body).await, body.to_string().len() as u64)
}

async fn last_call(server: &Server) -> Value {
    get(server.address, "/sandbox/calls").await.as_array().unwrap().last().unwrap().clone()
}

fn tokens(reply: &Reply) -> (u64, u64) {
    let usage = &reply.json()["usage"];
    (usage["prompt_tokens"].as_u64().unwrap(), usage["completion_tokens"].as_u64().unwrap())
}

#[tokio::test]
async fn a_bill_is_the_tokens_of_the_answer_times_the_prices() {
    let log = TempLog::new();
    let server = start(&Args { log: Some(log.0.clone()), ..priced() }).await;
    let (prompt, completion) = tokens(&ask(server.address, "", "gpt-4o-mini").await);
    let input = json!({"model": "text-embedding-3-small", "input": "sourdough"}).to_string();
    let embedded = send(server.address, "POST /v1/embeddings", &[], input.as_bytes()).await.json();
    ask(server.address, "", "sandbox-429").await;
    let lines = log.lines();
    let embedding = embedded["usage"]["prompt_tokens"].as_u64().unwrap() * INPUT;
    let bills: Vec<u64> = lines.iter().map(|line| line["billed_nanos"].as_u64().unwrap()).collect();
    assert_eq!(bills, [prompt * INPUT + completion * OUTPUT, embedding, 0]);
    assert_eq!(get(server.address, "/sandbox/summary").await["billed_nanos"], bills.iter().sum::<u64>());
    server.stop().await;
}

#[test]
fn a_price_is_a_whole_number_of_nano_dollars() {
    let read = |price: &str| crate::cli::Cli::try_parse_from(["steward", "sandbox", &format!("--price-input={price}")]);
    assert!(read("150").is_ok());
    assert!(["-1", "1.5", "free", ""].iter().all(|price| read(price).is_err()));
}

#[tokio::test]
async fn without_prices_nothing_is_billed() {
    let server = start(&args()).await;
    ask(server.address, "", "sandbox-bill-more").await;
    assert_eq!(last_call(&server).await["billed_nanos"], 0);
    server.stop().await;
}

#[tokio::test]
async fn work_that_was_done_is_billed_although_its_answer_does_not_arrive_and_refused_work_is_not() {
    // Hanging calls are billed as well: `a_hanging_call_is_logged…` looks at their line.
    let server = start(&priced()).await;
    let models = [
        ("200-openai", true),
        ("200-anthropic", true),
        ("500-billed", true),
        ("truncated", true),
        ("malformed", true),
        ("slow", true),
        ("refusal", true),
        ("500", false),
        ("503", false),
        ("400", false),
        ("429", false),
        ("429-date", false),
        ("429-openai", false),
        ("429-gemini-day", false),
        ("429-quota", false),
    ];
    for (word, is_billed) in models {
        ask(server.address, "", &format!("sandbox-{word}")).await;
        let call = last_call(&server).await;
        assert_eq!(call["billed_nanos"].as_u64().unwrap() > 0, is_billed, "{call}");
        assert_eq!(call["prompt_tokens"].is_u64() && call["completion_tokens"].is_u64(), is_billed, "{call}");
    }
    chat(server.address, "", &json!({"model": "sandbox"})).await;
    assert_eq!(last_call(&server).await["billed_nanos"], 0, "a request that is refused costs nothing");
    server.stop().await;
}

#[tokio::test]
async fn usage_is_below_at_or_above_the_worst_case_as_the_model_says() {
    let server = start(&priced()).await;
    let (less, bytes) = bounded(&server, "sandbox-bill-less").await;
    let (prompt, completion) = tokens(&less);
    assert!(prompt < bytes && (MOST / 5..=MOST / 3).contains(&completion), "{prompt} {completion}");
    assert_eq!(tokens(&bounded(&server, "sandbox-bill-less").await.0), (prompt, completion), "the same request has the same bill");

    let (equal, bytes) = bounded(&server, "sandbox-bill-equal").await;
    assert_eq!(tokens(&equal), (bytes, MOST));
    assert_eq!(equal.json()["usage"]["total_tokens"], bytes + MOST);
    assert_eq!(last_call(&server).await["billed_nanos"], bytes * INPUT + MOST * OUTPUT);

    let (more, bytes) = bounded(&server, "sandbox-bill-more").await;
    assert_eq!(tokens(&more), (bytes, 2 * MOST));
    assert_eq!(last_call(&server).await["billed_nanos"], bytes * INPUT + 2 * MOST * OUTPUT);
    assert!(more.content().contains("sourdough bread"), "the content stays as it is");
    server.stop().await;
}

#[tokio::test]
async fn the_worst_case_counts_every_choice_and_embeddings_have_only_a_prompt() {
    let server = start(&priced()).await;
    let mut body = chat_body("sandbox-bill-equal", "Write about sourdough bread");
    (body["n"], body["max_tokens"]) = (json!(3), json!(MOST));
    assert_eq!(tokens(&chat(server.address, "", &body).await).1, 3 * MOST);
    for (model, times) in [("sandbox-bill-equal", 1), ("sandbox-bill-more", 2)] {
        let input = json!({"model": model, "input": "sourdough bread"}).to_string();
        let usage = send(server.address, "POST /v1/embeddings", &[], input.as_bytes()).await.json()["usage"].clone();
        assert_eq!(usage, json!({"prompt_tokens": times * input.len(), "total_tokens": times * input.len()}));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_bill_that_no_number_holds_is_the_largest_number() {
    let server = start(&Args { price_output: u64::MAX, ..args() }).await;
    let mut body = chat_body("sandbox-bill-more", "hello");
    body["max_tokens"] = json!(u64::MAX);
    assert_eq!(chat(server.address, "", &body).await.status, 200);
    chat(server.address, "", &body).await;
    assert_eq!(get(server.address, "/sandbox/summary").await["billed_nanos"], u64::MAX);
    server.stop().await;
}

#[tokio::test]
async fn an_answer_may_say_nothing_or_nonsense_of_its_tokens_and_is_billed_all_the_same() {
    let server = start(&priced()).await;
    let (silent, _) = bounded(&server, "sandbox-no-usage").await;
    assert!(silent.json().get("usage").is_none() && silent.content().contains("sourdough bread"));
    let honest = last_call(&server).await;
    assert!(honest["billed_nanos"].as_u64() > Some(0));

    let (odd, _) = bounded(&server, "sandbox-odd-usage").await;
    let call = last_call(&server).await;
    let usage = &odd.json()["usage"];
    assert_eq!(usage["prompt_tokens"].as_i64(), call["prompt_tokens"].as_i64().map(|tokens| -tokens));
    assert_eq!(usage["completion_tokens"], call["completion_tokens"].to_string());
    assert!(usage["total_tokens"].is_string());
    server.stop().await;
}

#[tokio::test]
async fn a_provider_may_report_its_bill_in_dollars_or_drift_from_it() {
    let server = start(&priced()).await;
    for (model, factor) in [("sandbox-reports-cost", 1.0), ("sandbox-drifts", 1.25), ("sandbox-bill-equal-drifts", 1.25)] {
        let cost = bounded(&server, model).await.0.json()["usage"]["cost"].as_f64().unwrap();
        let billed = last_call(&server).await["billed_nanos"].as_u64().unwrap();
        assert!(billed > 0 && cost == billed as f64 * factor / 1e9, "{model}: {cost} of {billed}");
    }
    server.stop().await;
}

#[tokio::test]
async fn count_report_and_fault_go_together_and_a_suffix_is_about_the_fault() {
    let server = start(&priced()).await;
    let model = "sandbox-bill-equal-reports-cost-500-billed-once";
    let (failed, bytes) = bounded(&server, model).await;
    let worst = bytes * INPUT + MOST * OUTPUT;
    assert_eq!((failed.status, &last_call(&server).await["billed_nanos"]), (500, &json!(worst)));
    let (good, _) = bounded(&server, model).await;
    assert_eq!((good.status, good.json()["usage"]["cost"].as_f64()), (200, Some(worst as f64 / 1e9)));
    server.stop().await;
}

#[test]
fn a_name_that_is_not_listed_asks_for_nothing() {
    for model in [
        "",
        "sandbox",
        "sandboxed",
        "sandbox-",
        "sandbox-bill",
        "sandbox-bill-moreover",
        "sandbox-429-often",
        "sandbox-times",
        "sandbox-429-x-times",
        "sandbox-reports-cost-bill-more",
        "gpt-4o-429",
        "my-sandbox-429",
    ] {
        assert_eq!(Wishes::of(model), Wishes::default(), "{model}");
    }
    let asked = |model: &str| Wishes::of(model).fault.map(|asked| (asked.slug, asked.first));
    assert_eq!(asked("sandbox-429-date"), Some(("429-date", None)));
    assert_eq!(asked("sandbox-no-usage-503-7-times"), Some(("503", Some(7))));
    assert_eq!(asked("sandbox-drifts-hang-twice"), Some(("hang", Some(2))));
}

#[tokio::test]
async fn messages_are_answered_and_billed_in_the_shape_of_anthropic() {
    let server = start(&Args { api_key_env: Some("PATH".into()), ..priced() }).await;
    let key = std::env::var("PATH").unwrap();
    let headers = [("x-api-key", key.as_str()), ("anthropic-version", "2023-06-01")];
    let line = "POST /v1/messages";
    let body = |model: &str| {
        json!({"model": model, "max_tokens": 5, "system": "Be brief.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Write about sourdough bread"}]}]})
    };
    let reply = send(server.address, line, &headers, body("claude").to_string().as_bytes()).await.json();
    assert_eq!((&reply["type"], &reply["stop_reason"]), (&json!("message"), &json!("max_tokens")));
    assert!(reply["content"][0]["text"].is_string());
    let usage = &reply["usage"];
    assert_eq!(usage["output_tokens"], 5);
    let bill = usage["input_tokens"].as_u64().unwrap() * INPUT + 5 * OUTPUT;
    assert_eq!(last_call(&server).await["billed_nanos"], bill);

    let sent = body("sandbox-bill-more").to_string();
    let usage = send(server.address, line, &headers, sent.as_bytes()).await.json()["usage"].clone();
    assert_eq!((&usage["input_tokens"], &usage["output_tokens"]), (&json!(sent.len()), &json!(10)));
    let mut unbounded = body("claude");
    drop(unbounded.as_object_mut().unwrap().remove("max_tokens"));
    assert_eq!(send(server.address, line, &headers, unbounded.to_string().as_bytes()).await.json()["error"]["param"], "max_tokens");
    assert_eq!(send(server.address, line, &[("x-api-key", "wrong")], sent.as_bytes()).await.status, 401);
    server.stop().await;
}

#[tokio::test]
async fn a_log_from_before_there_were_prices_is_read_as_costing_nothing() {
    let log = TempLog::new();
    let line = r#"{"at":"2026-01-01T00:00:00.000Z","seq":1,"request_id":null,"job_id":null,"attempt":null,"key":"k","path":"/v1/echo","model":null,"fault":null,"status":200,"prompt_tokens":null,"completion_tokens":null}"#;
    std::fs::write(&log.0, format!("{line}\n")).unwrap();
    let server = start(&log.args()).await;
    let summary = get(server.address, "/sandbox/summary").await;
    assert_eq!((&summary["calls"], &summary["billed_nanos"]), (&json!(1), &json!(0)));
    server.stop().await;
}
