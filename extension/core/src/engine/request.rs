//! The finished request: everything a worker sends, with secrets by name only.

use serde_json::{Map, Value, json};

use super::definition::{Executor, HttpTool, Provider, Tool};
use super::template::{Context, Encode, Limits, Segment, Text};
use crate::error::Problem;

/// Largest answer a worker reads, in bytes: an image of 4K size in base64 with room to spare.
const MAX_RESPONSE_BYTES: u64 = 64 * 1024 * 1024;

/// Builds the request of one attempt. `context` is `{"payload": …, "job": {"id", "attempt", "workspace_id", "user_id", "tool"}}`;
/// `interrupt` is called between leaves, so that a cancelled statement ends.
///
/// # Errors
/// `render_failed` or `render_too_large`, naming the path in the definition and never a value of the payload.
pub fn prepare(tool: &Tool, provider: Option<&Provider>, context: Value, interrupt: &mut dyn FnMut()) -> Result<Value, Problem> {
    let context = Context::new(context);
    match &tool.executor {
        Executor::Noop => Ok(json!({ "timeout_seconds": tool.timeout_seconds })),
        Executor::Script { command, input } => {
            let input = input.render(&context, &Limits::default(), interrupt)?;
            Ok(json!({ "command": command, "input": input, "timeout_seconds": tool.timeout_seconds }))
        }
        Executor::Http(http) => {
            let provider = provider.ok_or_else(|| Problem::bad("definition_invalid", "the tool's provider does not exist"))?;
            let mut builder = Builder { context: &context, interrupt };
            builder.http(tool, http, provider)
        }
    }
}

struct Builder<'a> {
    context: &'a Context,
    interrupt: &'a mut dyn FnMut(),
}

impl Builder<'_> {
    fn http(&mut self, tool: &Tool, http: &HttpTool, provider: &Provider) -> Result<Value, Problem> {
        let mut request = Map::new();
        request.insert("method".to_owned(), json!(http.method));
        request.insert("url".to_owned(), json!(joined(self.url(http, provider)?)));
        request.insert("headers".to_owned(), json!(self.headers(http, provider)?));
        if let Some(body) = &http.body {
            let body = body.render(self.context, &Limits::default(), &mut *self.interrupt)?;
            request.insert("body".to_owned(), body);
        }
        request.insert("timeout_seconds".to_owned(), json!(tool.timeout_seconds));
        request.insert("max_response_bytes".to_owned(), json!(MAX_RESPONSE_BYTES));
        Ok(Value::Object(request))
    }

    fn url(&mut self, http: &HttpTool, provider: &Provider) -> Result<Vec<Segment>, Problem> {
        let mut url = vec![Segment::Text(provider.base_url.clone())];
        url.extend(self.render(&http.path, Encode::PathSegment)?);
        for (index, (name, value)) in provider.query.iter().chain(&http.query).enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
            url.push(Segment::Text(format!("{mark}{name}=")));
            url.extend(self.render(value, Encode::QueryValue)?);
        }
        Ok(url)
    }

    /// The provider's headers, the tool's, and what the transport needs. `x-client-request-id` names job and attempt, so that the
    /// provider's log and ours can be laid side by side (`OpenAI`: up to 512 ASCII characters, "supply your own unique identifier").
    fn headers(&mut self, http: &HttpTool, provider: &Provider) -> Result<Vec<(String, Vec<Segment>)>, Problem> {
        let mut headers: Vec<(String, Vec<Segment>)> = Vec::new();
        for (name, value) in provider.headers.iter().chain(&http.headers) {
            let value = self.render(value, Encode::None)?;
            headers.retain(|(earlier, _)| earlier != name);
            headers.push((name.clone(), joined(value)));
        }
        let job = |pointer: &str| self.context.json().pointer(pointer).map(|value| value.to_string().replace('"', ""));
        let trace = format!("{}/{}", job("/job/id").unwrap_or_default(), job("/job/attempt").unwrap_or_default());
        for (name, value) in [("content-type", "application/json"), ("x-client-request-id", trace.as_str())] {
            let has_use = name != "content-type" || http.body.is_some();
            if has_use && !headers.iter().any(|(earlier, _)| earlier == name) {
                headers.push((name.to_owned(), vec![Segment::Text(value.to_owned())]));
            }
        }
        Ok(headers)
    }

    fn render(&mut self, text: &Text, encode: Encode) -> Result<Vec<Segment>, Problem> {
        text.render(self.context, &Limits::default(), encode, &mut *self.interrupt)
    }
}

/// Neighbouring texts as one.
fn joined(segments: Vec<Segment>) -> Vec<Segment> {
    let mut joined: Vec<Segment> = Vec::new();
    for segment in segments {
        match (joined.last_mut(), segment) {
            (Some(Segment::Text(before)), Segment::Text(text)) => before.push_str(&text),
            (_, segment) => joined.push(segment),
        }
    }
    joined
}
