//! The finished request: everything a worker sends, with secrets by name only.

use serde_json::{Map, Value, json};

use super::definition::{Executor, HttpTool, Provider, Tool, about};
use super::jsonb::{self, Misfit};
use super::template::{Context, Encode, Limits, Segment, Text};
use crate::error::Problem;

/// Largest answer a worker reads, in bytes: a long document with an image in base64. The worker and a backend each hold an answer
/// several times over while it is stored: one of 60 MiB took 5.9 GB in a backend.
const MAX_RESPONSE_BYTES: u64 = 16 * 1024 * 1024;

/// Text of a whole request, in bytes: a payload of 10 MiB and half as much again around it.
const MAX_REQUEST_BYTES: usize = 16 * 1024 * 1024;

/// Builds the request of one attempt. `context` is `{"payload": …, "job": {"id", "attempt", "workspace_id", "user_id", "tool"}}`;
/// `interrupt` is called between leaves, so that a cancelled statement ends.
///
/// # Errors
/// `render_failed` or `render_too_large`, naming the tool or provider and the path in its definition, and never a value of the payload.
pub fn prepare(tool: &Tool, provider: Option<&Provider>, context: Value, interrupt: &mut dyn FnMut()) -> Result<Value, Problem> {
    let context = Context::new(context);
    let of_tool = |problem| about("tool", &tool.name, problem);
    let request = match &tool.executor {
        Executor::Noop => Ok(json!({ "timeout_seconds": tool.timeout_seconds })),
        Executor::Script { command, input } => {
            let input = input.render(&context, &Limits::default(), interrupt).map_err(of_tool)?;
            Ok(json!({ "command": command, "input": input, "timeout_seconds": tool.timeout_seconds }))
        }
        Executor::Sql { function, input } => {
            let input = input.render(&context, &Limits::default(), interrupt).map_err(of_tool)?;
            Ok(json!({ "function": function, "input": input, "timeout_seconds": tool.timeout_seconds }))
        }
        Executor::Http(http) | Executor::External(http) => {
            let provider = provider.ok_or_else(|| of_tool(no_provider(&http.provider)))?;
            Builder { tool, http, provider, context: &context, interrupt, left: MAX_REQUEST_BYTES }.request()
        }
    }?;
    match jsonb::misfit(&request, MAX_REQUEST_BYTES) {
        None => Ok(request),
        Some(Misfit::Nul) => Err(of_tool(Problem::bad("render_failed", "the request holds the character NUL, which cannot be stored"))),
        Some(Misfit::TooLarge) => Err(of_tool(too_large())),
    }
}

fn too_large() -> Problem {
    Problem::too_large("render_too_large", format!("the request passes the limit of {MAX_REQUEST_BYTES} bytes"))
}

fn no_provider(name: &str) -> Problem {
    Problem::bad("definition_invalid", format!("at /provider: provider {name} does not exist"))
        .hint("Define it first: select steward.define_provider(…).")
}

/// A template of the tool or of its provider, by the name of its header or query parameter.
struct Named<'a> {
    kind: &'static str,
    owner: &'a str,
    name: &'a str,
    text: &'a Text,
}

struct Builder<'a> {
    tool: &'a Tool,
    http: &'a HttpTool,
    provider: &'a Provider,
    context: &'a Context,
    interrupt: &'a mut dyn FnMut(),
    /// Bytes that URL and headers may still take.
    left: usize,
}

impl<'a> Builder<'a> {
    fn request(&mut self) -> Result<Value, Problem> {
        let mut request = Map::new();
        request.insert("method".to_owned(), json!(self.http.method));
        request.insert("url".to_owned(), json!(joined(self.url()?)));
        request.insert("headers".to_owned(), json!(self.headers()?));
        if let Some(body) = &self.http.body {
            let body = body.render(self.context, &Limits::default(), &mut *self.interrupt);
            request.insert("body".to_owned(), body.map_err(|problem| about("tool", &self.tool.name, problem))?);
        }
        request.insert("timeout_seconds".to_owned(), json!(self.tool.timeout_seconds));
        request.insert("max_response_bytes".to_owned(), json!(MAX_RESPONSE_BYTES));
        Ok(Value::Object(request))
    }

    fn url(&mut self) -> Result<Vec<Segment>, Problem> {
        let path = Named { kind: "tool", owner: &self.tool.name, name: "path", text: &self.http.path };
        let mut url = vec![Segment::Text(self.provider.base_url.clone())];
        url.extend(self.render(&path, Encode::PathSegment)?);
        for (index, parameter) in self.both(&self.provider.query, &self.http.query).into_iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            let name = percent_encoding::utf8_percent_encode(parameter.name, percent_encoding::NON_ALPHANUMERIC);
            url.push(Segment::Text(format!("{mark}{name}=")));
            url.extend(self.render(&parameter, Encode::QueryValue)?);
        }
        Ok(url)
    }

    /// The provider's headers, the tool's, and what the transport needs. `x-client-request-id` names job and attempt, so that the
    /// provider's log and ours can be laid side by side (`OpenAI`: up to 512 ASCII characters, "supply your own unique identifier").
    fn headers(&mut self) -> Result<Vec<(String, Vec<Segment>)>, Problem> {
        let mut headers: Vec<(String, Vec<Segment>)> = Vec::new();
        for header in self.both(&self.provider.headers, &self.http.headers) {
            let value = self.render(&header, Encode::None)?;
            headers.retain(|(earlier, _)| earlier != header.name);
            headers.push((header.name.to_owned(), joined(value)));
        }
        let job = |pointer: &str| self.context.json().pointer(pointer).map(|value| value.to_string().replace('"', ""));
        let trace = format!("{}/{}", job("/job/id").unwrap_or_default(), job("/job/attempt").unwrap_or_default());
        for (name, value) in [("content-type", "application/json"), ("x-client-request-id", trace.as_str())] {
            let has_use = name != "content-type" || self.http.body.is_some();
            if has_use && !headers.iter().any(|(earlier, _)| earlier == name) {
                headers.push((name.to_owned(), vec![Segment::Text(value.to_owned())]));
            }
        }
        Ok(headers)
    }

    /// The provider's templates and then the tool's, each with whom an error is to name.
    fn both(&self, providers: &'a [(String, Text)], tools: &'a [(String, Text)]) -> Vec<Named<'a>> {
        let of = |kind, owner: &'a str| move |(name, text): &'a (String, Text)| Named { kind, owner, name, text };
        let providers = providers.iter().map(of("provider", &self.provider.name));
        providers.chain(tools.iter().map(of("tool", &self.tool.name))).collect()
    }

    fn render(&mut self, named: &Named<'_>, encode: Encode) -> Result<Vec<Segment>, Problem> {
        let rendered = named.text.render(self.context, &Limits::default(), encode, &mut *self.interrupt);
        let segments = rendered.map_err(|problem| about(named.kind, named.owner, problem))?;
        let bytes: usize = segments.iter().map(Segment::bytes).sum();
        self.left = self.left.checked_sub(bytes).ok_or_else(|| about(named.kind, named.owner, too_large()))?;
        Ok(segments)
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
