//! What the hostile-template tests share.
#![allow(dead_code, reason = "each test binary uses its part of it")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use steward_core::engine::template::{Context, Document, Encode, Limits, Segment, Text};
use steward_core::error::{Kind, Problem};

/// Small, so that a limit is a matter of bytes and not of time.
pub const LIMITS: Limits = Limits { max_output_bytes: 64 * 1024, fuel: 20_000 };

/// Renders a template that is a whole body over a payload.
pub fn render(template: &str, payload: Value) -> Result<String, Problem> {
    let document = Document::compile(&json!(template), "/request/body")?;
    let context = Context::new(json!({ "payload": payload }));
    let rendered = document.render(&context, &LIMITS, &mut || {})?;
    Ok(rendered.as_str().unwrap().to_owned())
}

/// Renders a template that is a text over a payload.
pub fn text(template: &str, payload: Value, encode: Encode) -> Result<Vec<Segment>, Problem> {
    let context = Context::new(json!({ "payload": payload }));
    Text::compile(template, "/request/path")?.render(&context, &LIMITS, encode, &mut || {})
}

/// Asserts that a template does not compile.
#[track_caller]
pub fn invalid(template: &str) -> Problem {
    let problem = Document::compile(&json!(template), "/request/body").unwrap_err();
    assert_eq!(problem.code, "template_invalid", "{problem}");
    assert!(problem.message.starts_with("template at /request/body, line "), "{problem}");
    problem
}

/// Asserts that rendering passes a limit.
#[track_caller]
pub fn too_large(template: &str, payload: Value) {
    let problem = render(template, payload).unwrap_err();
    assert_eq!((problem.code, problem.kind), ("render_too_large", Kind::TooLarge), "{problem}");
}
