//! Values as a table shows them: the library's own text, but with long vectors cut and control characters made visible.

use std::borrow::Cow;
use std::fmt::{self, Write};

use wenddb::Value;

/// A longer vector is cut.
const LONG_VECTOR: usize = 8;

/// The numbers of a cut vector that are shown.
const VECTOR_HEAD: usize = 4;

/// A cell of a table.
pub fn cell(value: &Value) -> String {
    if !has_long_vector(value) {
        return visible(value.to_string());
    }
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_value(&mut text, value);
    visible(text)
}

/// A name as GQL accepts it: in backticks unless it is a plain word.
pub fn quoted_name(name: &str) -> Cow<'_, str> {
    let mut chars = name.chars();
    let plain =
        chars.next().is_some_and(|c| c.is_alphabetic() || c == '_') && chars.all(|c| c.is_alphanumeric() || c == '_');
    if plain { Cow::Borrowed(name) } else { Cow::Owned(format!("`{}`", name.replace('`', "``"))) }
}

/// Whether the value contains a vector that is cut.
fn has_long_vector(value: &Value) -> bool {
    let long = |(_, value): (&str, &Value)| has_long_vector(value);
    match value {
        Value::Vector(items) => items.len() > LONG_VECTOR,
        Value::List(items) => items.iter().any(has_long_vector),
        Value::Record(fields) => fields.iter().any(|(_, value)| has_long_vector(value)),
        Value::Node(node) => node.properties().any(long),
        Value::Edge(edge) => edge.properties().any(long),
        Value::Path(path) => {
            path.nodes().iter().any(|node| node.properties().any(long))
                || path.edges().iter().any(|edge| edge.properties().any(long))
        }
        _ => false,
    }
}

/// Whether a cell is right-aligned.
pub fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Float(_))
}

/// Escapes control characters, which could move the cursor or change the colours of the terminal.
fn visible(text: String) -> String {
    if !text.contains(char::is_control) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// Writes a value with a vector that is cut; everything else is written as the library does.
fn write_value(out: &mut String, value: &Value) -> fmt::Result {
    match value {
        Value::Vector(items) => write_vector(out, items),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.write_str(if index == 0 { "" } else { ", " })?;
                write_value(out, item)?;
            }
            out.write_str("]")
        }
        Value::Record(fields) => write_fields(out, fields.iter().map(|(key, value)| (&**key, value))),
        Value::Node(node) => write_node(out, node),
        Value::Edge(edge) => write_edge(out, edge),
        Value::Path(path) => {
            for (index, node) in path.nodes().iter().enumerate() {
                if let Some(edge) = index.checked_sub(1).and_then(|before| path.edges().get(before)) {
                    let forward = edge.to() == node.id();
                    out.write_str(if forward { "" } else { "<" })?;
                    out.push('-');
                    write_edge_inside(out, edge)?;
                    out.write_str(if forward { "->" } else { "-" })?;
                }
                write_node(out, node)?;
            }
            Ok(())
        }
        // Inside of a list or record, strings are in quotes, as the library writes them.
        leaf => {
            let list = Value::List([leaf.clone()].into()).to_string();
            out.write_str(list.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(&list))
        }
    }
}

/// `[0.1, 0.2, 0.3, 0.4, … (128)]`
fn write_vector(out: &mut String, items: &[f32]) -> fmt::Result {
    out.push('[');
    let shown = if items.len() > LONG_VECTOR { &items[..VECTOR_HEAD] } else { items };
    for (index, item) in shown.iter().enumerate() {
        write!(out, "{}{item:?}", if index == 0 { "" } else { ", " })?;
    }
    if shown.len() < items.len() {
        write!(out, ", … ({})", items.len())?;
    }
    out.write_str("]")
}

/// `(:Person {_id: 'ann', age: 44})`
fn write_node(out: &mut String, node: &wenddb::Node) -> fmt::Result {
    out.push('(');
    for (index, label) in node.labels().enumerate() {
        write!(out, "{}{}", if index == 0 { ':' } else { '&' }, quoted_name(label))?;
    }
    if !out.ends_with('(') {
        out.push(' ');
    }
    let id = Value::String(node.id().into());
    write_fields(out, std::iter::once(("_id", &id)).chain(node.properties()))?;
    out.write_str(")")
}

/// `-[:KNOWS {since: 2020}]->`
fn write_edge(out: &mut String, edge: &wenddb::Edge) -> fmt::Result {
    out.push('-');
    write_edge_inside(out, edge)?;
    out.write_str("->")
}

/// `[:KNOWS {since: 2020}]`
fn write_edge_inside(out: &mut String, edge: &wenddb::Edge) -> fmt::Result {
    write!(out, "[:{}", quoted_name(edge.label()))?;
    let mut properties = edge.properties().peekable();
    if properties.peek().is_some() {
        out.push(' ');
        write_fields(out, properties)?;
    }
    out.write_str("]")
}

/// `{a: 1, b: 'x'}`
fn write_fields<'a>(out: &mut String, fields: impl Iterator<Item = (&'a str, &'a Value)>) -> fmt::Result {
    out.push('{');
    for (index, (key, value)) in fields.enumerate() {
        write!(out, "{}{}: ", if index == 0 { "" } else { ", " }, quoted_name(key))?;
        write_value(out, value)?;
    }
    out.write_str("}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_vectors_are_cut() {
        assert_eq!(cell(&Value::Vector(vec![0.5; 128].into())), "[0.5, 0.5, 0.5, 0.5, … (128)]");
        assert_eq!(cell(&Value::Vector(vec![1.0; 8].into())), "[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]");
        let vector = Value::Vector(vec![1.0; 9].into());
        let text = Value::String("it's".into());
        let list = Value::List(vec![vector.clone(), text.clone(), Value::Null].into());
        let plain = Value::List(vec![text.clone(), Value::Null].into()).to_string();
        assert_eq!(cell(&list), format!("[[1.0, 1.0, 1.0, 1.0, … (9)], {}", plain.trim_start_matches('[')));
        let record = Value::Record(vec![("a b".into(), vector), ("s".into(), text)].into());
        assert!(cell(&record).starts_with("{`a b`: [1.0, 1.0, 1.0, 1.0, … (9)], s: '"), "{}", cell(&record));
    }

    #[test]
    fn strings_are_bare_at_the_top() {
        assert_eq!(cell(&Value::String("it's".into())), "it's");
    }

    #[test]
    fn control_characters_are_made_visible() {
        assert_eq!(cell(&Value::String("a\n\u{1b}[31mb".into())), "a\\n\\u{1b}[31mb");
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        assert_eq!(quoted_name("größe_1"), "größe_1");
        assert_eq!(quoted_name("1a"), "`1a`");
        assert_eq!(quoted_name("a`b"), "`a``b`");
    }
}
