//! Short texts: URL paths, query values and headers, the only places where a secret may stand.

use minijinja::machinery::Token;

use super::context::{Context, Mode};
use super::leaf::{Engine, Leaf, Rendering};
use super::scan::{self, Piece, Place};
use super::{Encode, Limits, Segment};
use crate::error::Problem;

/// A compiled text.
#[derive(Debug)]
pub struct Text {
    engine: Engine,
    parts: Vec<Part>,
    path: String,
}

#[derive(Debug)]
enum Part {
    Literal(String),
    Template(Leaf),
    Secret(String),
}

impl Text {
    /// Compiles a text that stands at `path` inside a definition.
    pub fn compile(source: &str, path: &str) -> Result<Self, Problem> {
        let mut engine = Engine::new();
        let mut parts = Vec::new();
        let whole = Place::whole(path);
        let pieces = scan::split(source, &whole)?;
        refuse_control(source, &whole)?;
        for piece in pieces {
            parts.push(match piece {
                Piece::Secret(name) => Part::Secret(name.to_owned()),
                Piece::Source(text, _) if !scan::is_template(text) => Part::Literal(text.to_owned()),
                Piece::Source(text, first_line) => Part::Template(engine.add(text, Place { path: path.to_owned(), first_line })?),
            });
        }
        Ok(Self { engine, parts, path: path.to_owned() })
    }

    /// Renders the text. `interrupt` is called before every part.
    pub fn render(&self, context: &Context, limits: &Limits, encode: Encode, interrupt: &mut dyn FnMut()) -> Result<Vec<Segment>, Problem> {
        let mode = match encode {
            Encode::None => Mode::Plain,
            Encode::PathSegment => Mode::PercentNotEmpty,
            Encode::QueryValue => Mode::Percent,
        };
        let mut rendering = Rendering::new(context, context.metered(limits, mode), limits, false);
        let mut segments = Vec::new();
        for part in &self.parts {
            interrupt();
            push(&mut segments, self.part(part, &mut rendering)?);
        }
        self.check(&segments, encode)?;
        Ok(segments)
    }

    /// The names of the secrets in it, in order, repeated ones repeated.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Secret(name) => Some(name.as_str()),
            _ => None,
        })
    }

    fn part(&self, part: &Part, rendering: &mut Rendering<'_>) -> Result<Segment, Problem> {
        match part {
            Part::Secret(name) => Ok(Segment::Secret(name.clone())),
            Part::Template(leaf) => self.engine.render(leaf, rendering).map(Segment::Text),
            Part::Literal(text) if rendering.left.take(text.as_bytes()) => Ok(Segment::Text(text.clone())),
            Part::Literal(_) => Err(rendering.left.exceeded(&self.path)),
        }
    }

    fn check(&self, segments: &[Segment], encode: Encode) -> Result<(), Problem> {
        let has_control = |segment: &Segment| matches!(segment, Segment::Text(text) if text.contains(char::is_control));
        if segments.iter().any(has_control) {
            return Err(self.failed("a control character such as a line end or NUL"));
        }
        if encode == Encode::PathSegment && climbs(segments) {
            return Err(self.failed("a path segment that is . or .."));
        }
        Ok(())
    }

    fn failed(&self, what: &str) -> Problem {
        Problem::bad("render_failed", format!("template at {}: the rendered text has {what}", self.path))
    }
}

/// Refuses literal text that no rendering could pass [`Text::check`] with. Line ends inside a tag are nobody's literal text.
fn refuse_control(source: &str, place: &Place) -> Result<(), Problem> {
    for (token, span) in scan::tokens(source, place)? {
        let Token::TemplateData(literal) = token else { continue };
        if let Some(at) = literal.find(char::is_control) {
            let line = usize::from(span.start_line) + literal[..at].matches('\n').count();
            let reason = "it holds a control character such as a line end or NUL";
            return Err(place.invalid(line, reason).hint("Headers, URL paths and query values are one line: take the character out."));
        }
    }
    Ok(())
}

/// Joins texts that meet, so that a text without secrets is one segment.
fn push(segments: &mut Vec<Segment>, next: Segment) {
    match (segments.last_mut(), next) {
        (_, Segment::Text(text)) if text.is_empty() => {}
        (Some(Segment::Text(last)), Segment::Text(text)) => last.push_str(&text),
        (_, next) => segments.push(next),
    }
}

/// Whether a URL parser would resolve a segment as `.` or `..`; it decodes `%2e` and takes `\` for `/` when it does.
fn climbs(segments: &[Segment]) -> bool {
    let whole: String = segments
        .iter()
        .map(|segment| match segment {
            Segment::Text(text) => text.to_ascii_lowercase(),
            // Any character that is neither a dot nor a separator.
            Segment::Secret(_) => "s".to_owned(),
        })
        .collect();
    whole.replace("%2e", ".").split(['/', '\\']).any(|segment| matches!(segment, "." | ".."))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use serde_json::json;

    fn render(source: &str, encode: Encode) -> Vec<Segment> {
        let context = Context::new(json!({"job": {"id": "a b", "attempt": 2}}));
        Text::compile(source, "/request/headers/x").unwrap().render(&context, &Limits::default(), encode, &mut || {}).unwrap()
    }

    #[test]
    fn secrets_split_the_text_and_the_rest_is_joined() {
        let segments = render("{{ job.attempt }} of {{ secret.A }}{{secret.B_2}}, {{ job.id }}", Encode::None);
        let text = |text: &str| Segment::Text(text.to_owned());
        let secret = |name: &str| Segment::Secret(name.to_owned());
        assert_eq!(segments, [text("2 of "), secret("A"), secret("B_2"), text(", a b")]);
        let compiled = Text::compile("{{ secret.A }}-{{ secret.B }}", "/x").unwrap();
        assert_eq!(compiled.secrets().collect::<Vec<_>>(), ["A", "B"]);
    }

    #[test]
    fn only_the_values_are_percent_encoded() {
        assert_eq!(render("/v 1/{{ job.id }}?", Encode::PathSegment), [Segment::Text("/v 1/a%20b?".into())]);
        assert_eq!(render("{{ job.id }}&", Encode::QueryValue), [Segment::Text("a%20b&".into())]);
        assert_eq!(render("", Encode::QueryValue), []);
    }

    #[test]
    fn an_error_behind_a_secret_names_the_line_of_the_whole_source() {
        let problem = Text::compile("a{#\n#}{{ secret.A }}{#\n#}{{ x|nope }}", "/x").unwrap_err();
        assert!(problem.message.starts_with("template at /x, line 3:"), "{problem}");
    }

    #[test]
    fn a_literal_control_character_is_refused_when_compiling_with_its_line() {
        for (source, line) in [
            ("a\nx-evil: 1", 1),
            ("a\r\n", 1),
            ("a\0", 1),
            ("\t", 1),
            ("a\u{85}", 1),
            ("{{ secret.A }}\n", 1),
            ("{{ secret.A }}{#\n#}b\r", 2),
            ("{{ x }}\r{{ x }}", 1),
            ("{% if x\n %}\n{% endif %}", 2),
        ] {
            let problem = Text::compile(source, "/headers/x-name").unwrap_err();
            assert_eq!(problem.code, "template_invalid");
            assert_eq!(
                problem.message,
                format!("template at /headers/x-name, line {line}: it holds a control character such as a line end or NUL")
            );
        }
        for harmless in ["{{ x\n}}", "{#\n\r\t#}a", "{{ '\\n' }}", "{%- if x -%}\n a \n{%- endif -%}", "é ü"] {
            Text::compile(harmless, "/headers/x-name").unwrap();
        }
    }
}
