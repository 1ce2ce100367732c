//! Values as plain JSON, in the forms of Neo4j's Query API: types that JSON lacks are strings.

use base64::{Engine, engine::general_purpose::STANDARD};
use wenddb::{Edge, Node, Path, Value};

/// Appends a value.
pub fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Value::Int(value) => number(out, value),
        Value::Float(value) if value.is_finite() => number(out, value),
        Value::Float(value) => text(out, float_name(*value)),
        Value::String(value) => text(out, value),
        Value::Bytes(bytes) => text(out, &STANDARD.encode(bytes)),
        Value::List(items) => list(out, items.iter(), write),
        Value::Vector(numbers) => list(out, numbers.iter(), |out, number_| single(out, *number_)),
        Value::Record(fields) => map(out, fields.iter().map(|(name, value)| (&**name, value)), write),
        Value::Node(found) => node(out, found),
        Value::Edge(found) => edge(out, found),
        Value::Path(found) => path(out, found, node, edge),
        other => text(out, &other.to_string()),
    }
}

fn node(out: &mut Vec<u8>, node: &Node) {
    out.extend_from_slice(b"{\"elementId\":");
    text(out, node.id());
    out.extend_from_slice(b",\"labels\":");
    list(out, node.labels(), text);
    out.extend_from_slice(b",\"properties\":");
    let id = Value::from(node.id());
    map(out, std::iter::once(("_id", &id)).chain(node.properties()), write);
    out.push(b'}');
}

fn edge(out: &mut Vec<u8>, edge: &Edge) {
    let names = [
        (&b"{\"elementId\":"[..], edge.id()),
        (b",\"startNodeElementId\":", edge.from().to_owned()),
        (b",\"endNodeElementId\":", edge.to().to_owned()),
        (b",\"type\":", edge.label().to_owned()),
    ];
    for (name, value) in names {
        out.extend_from_slice(name);
        text(out, &value);
    }
    out.extend_from_slice(b",\"properties\":");
    map(out, edge.properties(), write);
    out.push(b'}');
}

/// The nodes and edges of a path in turn.
pub(super) fn path(
    out: &mut Vec<u8>,
    path: &Path,
    node: impl Fn(&mut Vec<u8>, &Node),
    edge: impl Fn(&mut Vec<u8>, &Edge),
) {
    out.push(b'[');
    for (position, found) in path.nodes().iter().enumerate() {
        if let Some(before) = position.checked_sub(1).and_then(|before| path.edges().get(before)) {
            out.push(b',');
            edge(out, before);
            out.push(b',');
        }
        node(out, found);
    }
    out.push(b']');
}

/// Appends a string with its quotes.
pub(super) fn text(out: &mut Vec<u8>, text: &str) {
    json(out, text);
}

/// Appends a finite number.
pub(super) fn number(out: &mut Vec<u8>, value: &impl serde::Serialize) {
    json(out, value);
}

fn json(out: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) {
    // Serialising strings and numbers into memory cannot fail.
    let written = serde_json::to_writer(out, value);
    debug_assert!(written.is_ok());
}

/// Appends a 32-bit float as the shortest text that reads back as the same number.
fn single(out: &mut Vec<u8>, value: f32) {
    if value.is_finite() { number(out, &value) } else { text(out, float_name(value.into())) }
}

/// The name of a float that is not a JSON number.
pub(super) fn float_name(value: f64) -> &'static str {
    match value {
        _ if value.is_nan() => "NaN",
        _ if value > 0.0 => "Infinity",
        _ => "-Infinity",
    }
}

/// Appends a list.
pub(super) fn list<T>(out: &mut Vec<u8>, items: impl Iterator<Item = T>, write: impl Fn(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (position, item) in items.enumerate() {
        if position > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

/// Appends an object.
pub(super) fn map<'v>(
    out: &mut Vec<u8>,
    fields: impl Iterator<Item = (&'v str, &'v Value)>,
    write: impl Fn(&mut Vec<u8>, &Value),
) {
    out.push(b'{');
    for (position, (name, value)) in fields.enumerate() {
        if position > 0 {
            out.push(b',');
        }
        text(out, name);
        out.push(b':');
        write(out, value);
    }
    out.push(b'}');
}
