//! JSON documents whose strings are templates.

use serde_json::{Map, Value};

use super::Limits;
use super::context::{Context, Mode};
use super::leaf::{Budget, Engine, Leaf, Rendering};
use super::scan::{self, Piece, Place};
use crate::engine::pointer;
use crate::error::Problem;

/// Levels of lists and objects in a definition. `$ref` adds at most the 128 levels `serde_json` parses.
const MAX_DEPTH: usize = 64;

/// A compiled JSON document.
#[derive(Debug)]
pub struct Document {
    engine: Engine,
    root: Node,
}

#[derive(Debug)]
enum Node {
    /// A number, a truth value, null, a string without tags, or what stands under `$literal`.
    Literal(Value, String),
    Template(Leaf),
    Reference(Reference),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

#[derive(Debug)]
struct Reference {
    pointer: String,
    default: Option<Value>,
    path: String,
}

impl Document {
    /// Compiles a document that stands at `path` inside a definition.
    pub fn compile(value: &Value, path: &str) -> Result<Self, Problem> {
        let mut engine = Engine::new();
        let root = compile(&mut engine, value, path, 0)?;
        Ok(Self { engine, root })
    }

    /// Renders the document. `interrupt` is called before every leaf.
    pub fn render(&self, context: &Context, limits: &Limits, interrupt: &mut dyn FnMut()) -> Result<Value, Problem> {
        let root = context.metered(limits, Mode::Plain);
        let rendering = Rendering::new(context, root, limits, true);
        Renderer { engine: &self.engine, context, rendering, interrupt }.node(&self.root)
    }
}

fn compile(engine: &mut Engine, value: &Value, path: &str, depth: usize) -> Result<Node, Problem> {
    if depth > MAX_DEPTH {
        return Err(invalid(path, &format!("the document is nested deeper than {MAX_DEPTH}")));
    }
    match value {
        Value::String(source) => compile_text(engine, source, path),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| compile(engine, item, &format!("{path}/{index}"), depth + 1))
            .collect::<Result<_, _>>()
            .map(Node::List),
        Value::Object(fields) if fields.keys().any(|key| key.starts_with('$')) => special(fields, path),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, field)| Ok((key.clone(), compile(engine, field, &pointer::child(path, key), depth + 1)?)))
            .collect::<Result<_, _>>()
            .map(Node::Object),
        scalar => Ok(Node::Literal(scalar.clone(), path.to_owned())),
    }
}

fn compile_text(engine: &mut Engine, source: &str, path: &str) -> Result<Node, Problem> {
    if !scan::is_template(source) {
        return Ok(Node::Literal(Value::from(source), path.to_owned()));
    }
    let place = Place::whole(path);
    if scan::split(source, &place)?.iter().any(|piece| matches!(piece, Piece::Secret(_))) {
        return Err(place.invalid(1, "a secret may not stand here").hint(scan::SECRET_PLACES));
    }
    engine.add(source, place).map(Node::Template)
}

fn special(fields: &Map<String, Value>, path: &str) -> Result<Node, Problem> {
    match fields.get("$literal") {
        Some(value) if fields.len() == 1 => Ok(Node::Literal(value.clone(), path.to_owned())),
        _ => reference(fields, path),
    }
}

fn reference(fields: &Map<String, Value>, path: &str) -> Result<Node, Problem> {
    if let Some(key) = fields.keys().find(|key| !matches!(key.as_str(), "$ref" | "$default")) {
        return Err(invalid(path, &format!("{key} may not stand beside a key that begins with $"))
            .hint("Known are {\"$ref\": \"/pointer\"}, {\"$ref\": \"/pointer\", \"$default\": …} and {\"$literal\": …}."));
    }
    let pointer = fields.get("$ref").and_then(Value::as_str).unwrap_or("missing");
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return Err(invalid(path, "$ref must be a JSON pointer into the context").hint("Write it like \"/payload/slides\"."));
    }
    let default = fields.get("$default").cloned();
    Ok(Node::Reference(Reference { pointer: pointer.to_owned(), default, path: path.to_owned() }))
}

fn invalid(path: &str, reason: &str) -> Problem {
    Problem::bad("template_invalid", format!("template at {path}: {reason}"))
}

struct Renderer<'d, 'c, 'i> {
    engine: &'d Engine,
    context: &'c Context,
    rendering: Rendering<'c>,
    interrupt: &'i mut dyn FnMut(),
}

impl Renderer<'_, '_, '_> {
    fn node(&mut self, node: &Node) -> Result<Value, Problem> {
        match node {
            Node::List(items) => items.iter().map(|item| self.node(item)).collect(),
            Node::Object(fields) => {
                fields.iter().map(|(key, field)| Ok((key.clone(), self.node(field)?))).collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
            Node::Literal(value, path) => self.insert(value, path),
            Node::Reference(reference) => self.reference(reference),
            Node::Template(leaf) => {
                (self.interrupt)();
                self.engine.render(leaf, &mut self.rendering).map(Value::String)
            }
        }
    }

    fn reference(&mut self, reference: &Reference) -> Result<Value, Problem> {
        (self.interrupt)();
        let found = self.context.json().pointer(&reference.pointer).or(reference.default.as_ref());
        let Some(value) = found else {
            let (path, pointer) = (&reference.path, &reference.pointer);
            let message = format!("template at {path}: $ref {pointer} points to nothing in the context");
            return Err(Problem::bad("render_failed", message).hint("Give it a \"$default\", or the payload what it points to."));
        };
        self.insert(value, &reference.path)
    }

    /// A copy of a value, once its JSON text is known to fit.
    fn insert(&mut self, value: &Value, path: &str) -> Result<Value, Problem> {
        let counted = serde_json::to_writer(Counter(&mut self.rendering.left), value);
        if counted.is_err() {
            return Err(self.rendering.left.exceeded(path));
        }
        Ok(value.clone())
    }
}

/// Counts JSON text without keeping it.
struct Counter<'b>(&'b mut Budget);

impl std::io::Write for Counter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.take_bytes(bytes.len()) {
            return Ok(bytes.len());
        }
        Err(std::io::Error::other("the output limit is reached"))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use serde_json::json;

    fn render(document: &Value, context: Value) -> Result<Value, Problem> {
        let document = Document::compile(document, "/request/body")?;
        document.render(&Context::new(context), &Limits::default(), &mut || {})
    }

    #[test]
    fn a_document_keeps_its_shape_and_fills_its_strings() {
        let document = json!({"model": "m", "n": 2, "on": true, "none": null, "{{ key }}": [
            "{% for s in payload.slides %}{{ loop.index }}. {{ s|upper }}{% if not loop.last %}\n{% endif %}{% endfor %}\n"]});
        let rendered = render(&document, json!({"payload": {"slides": ["a", "b"]}})).unwrap();
        assert_eq!(rendered, json!({"model": "m", "n": 2, "on": true, "none": null, "{{ key }}": ["1. A\n2. B\n"]}));
    }

    #[test]
    fn a_reference_inserts_the_value_or_its_default() {
        let document = json!([{"$ref": "/payload/a~1b"}, {"$ref": "/payload/x", "$default": {"$any": ["{{ 1 }}"]}}]);
        let rendered = render(&document, json!({"payload": {"a/b": [1, {"c": null}]}})).unwrap();
        assert_eq!(rendered, json!([[1, {"c": null}], {"$any": ["{{ 1 }}"]}]));
        let problem = render(&json!({"a/b": {"$ref": "/payload/x"}}), json!({})).unwrap_err();
        assert_eq!(problem.code, "render_failed");
        assert!(problem.message.starts_with("template at /request/body/a~1b: $ref /payload/x points to nothing"));
    }

    #[test]
    fn a_dollar_key_is_a_reference_or_a_mistake() {
        for wrong in [
            json!({"$ref": "/a", "b": 1}),
            json!({"$default": 1}),
            json!({"$ref": 1}),
            json!({"$ref": "a"}),
            json!({"$x": 1}),
            json!({"$literal": 1, "b": 2}),
        ] {
            assert_eq!(render(&wrong, json!({})).unwrap_err().code, "template_invalid", "{wrong}");
        }
    }

    #[test]
    fn what_stands_under_literal_is_taken_as_it_is() {
        let schema = json!({"$defs": {"a": {"const": "{{ 1 }}"}}, "items": {"$ref": "#/$defs/a"}});
        let rendered = render(&json!({"response_format": {"schema": {"$literal": schema}}}), json!({})).unwrap();
        assert_eq!(rendered, json!({"response_format": {"schema": schema}}));
    }

    #[test]
    fn interrupts_are_checked_before_every_leaf() {
        let document = Document::compile(&json!(["{{ 1 }}", {"$ref": ""}, "text", "{{ 2 }}"]), "/request/body").unwrap();
        let mut checks = 0;
        document.render(&Context::new(json!({})), &Limits::default(), &mut || checks += 1).unwrap();
        assert_eq!(checks, 3);
    }

    #[test]
    fn one_compiled_document_renders_many_contexts_alike() {
        let document = Document::compile(&json!("{{ payload ~ '!' }}"), "/request/body").unwrap();
        for payload in ["a", "b", "a"] {
            let rendered = document.render(&Context::new(json!({"payload": payload})), &Limits::default(), &mut || {});
            assert_eq!(rendered.unwrap(), json!(format!("{payload}!")));
        }
    }
}
