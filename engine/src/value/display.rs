//! Values as text for people: a string bare on its own, what is in lists, records and elements as GQL writes it.

use std::fmt::{self, Display, Formatter, Write};

use super::{Edge, Node, Path, Value};

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Value::String(text) => f.pad(text),
            _ => literal(f, self),
        }
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (index, label) in self.labels().enumerate() {
            f.write_str(if index == 0 { ":" } else { "&" })?;
            name(f, label)?;
        }
        if self.content.is_some() {
            if self.labels().next().is_some() {
                f.write_str(" ")?;
            }
            f.write_str("{_id: ")?;
            string(f, self.id())?;
            for (key, value) in self.properties() {
                f.write_str(", ")?;
                field(f, key, value)?;
            }
            f.write_str("}")?;
        }
        f.write_str(")")
    }
}

impl Display for Edge {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("-")?;
        brackets(f, self)?;
        f.write_str("->")
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, node) in self.nodes.iter().enumerate() {
            if let Some(edge) = index.checked_sub(1).and_then(|index| self.edges.get(index)) {
                // Against its direction when it leads to the node before; a loop goes forward.
                let forward = edge.reference.to == node.number;
                f.write_str(if forward { "-" } else { "<-" })?;
                brackets(f, edge)?;
                f.write_str(if forward { "->" } else { "-" })?;
            }
            write!(f, "{node}")?;
        }
        Ok(())
    }
}

fn brackets(f: &mut Formatter<'_>, edge: &Edge) -> fmt::Result {
    f.write_str("[")?;
    if edge.content.is_some() {
        f.write_str(":")?;
        name(f, edge.label())?;
    }
    for (index, (key, value)) in edge.properties().enumerate() {
        f.write_str(if index == 0 { " {" } else { ", " })?;
        field(f, key, value)?;
    }
    f.write_str(if edge.properties().next().is_some() { "}]" } else { "]" })
}

/// The value as GQL writes it.
fn literal(f: &mut Formatter<'_>, value: &Value) -> fmt::Result {
    match value {
        Value::Null => f.write_str("NULL"),
        Value::Bool(value) => write!(f, "{value}"),
        Value::Int(value) => write!(f, "{value}"),
        Value::Float(value) => f.write_str(&float_text(*value)),
        Value::String(text) => string(f, text),
        Value::Bytes(bytes) => write!(f, "X'{}'", hex(bytes)),
        Value::Date(value) => write!(f, "{value}"),
        Value::LocalTime(value) => write!(f, "{value}"),
        Value::ZonedTime(value) => write!(f, "{value}"),
        Value::LocalDateTime(value) => write!(f, "{value}"),
        Value::ZonedDateTime(value) => write!(f, "{value}"),
        Value::Duration(value) => write!(f, "{value}"),
        Value::List(list) => sequence(f, list.iter(), literal),
        Value::Vector(vector) => sequence(f, vector.iter(), |f, number| f.write_str(&single_text(*number))),
        Value::Record(fields) => {
            f.write_str("{")?;
            for (index, (key, value)) in fields.iter().enumerate() {
                if index > 0 {
                    f.write_str(", ")?;
                }
                field(f, key, value)?;
            }
            f.write_str("}")
        }
        Value::Node(node) => write!(f, "{node}"),
        Value::Edge(edge) => write!(f, "{edge}"),
        Value::Path(path) => write!(f, "{path}"),
    }
}

fn sequence<T>(
    f: &mut Formatter<'_>,
    items: impl Iterator<Item = T>,
    write: impl Fn(&mut Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    f.write_str("[")?;
    for (index, item) in items.enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write(f, item)?;
    }
    f.write_str("]")
}

fn field(f: &mut Formatter<'_>, key: &str, value: &Value) -> fmt::Result {
    name(f, key)?;
    f.write_str(": ")?;
    literal(f, value)
}

fn name(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    let mut characters = name.chars();
    let plain = characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || character == '_');
    if plain { f.write_str(name) } else { write!(f, "`{}`", name.replace('`', "``")) }
}

fn string(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('\'')?;
    for character in text.chars() {
        match character {
            '\'' => f.write_str("\\'")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            _ => f.write_char(character)?,
        }
    }
    f.write_char('\'')
}

/// A float as the shortest text that reads back the same, always with a point or an exponent.
pub(crate) fn float_text(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    format!("{value:?}")
}

/// A 32-bit float as the shortest text that reads back as the same 32-bit float.
pub(crate) fn single_text(value: f32) -> String {
    if value.is_infinite() {
        return float_text(f64::from(value));
    }
    format!("{value:?}")
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
        text
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn values_read_like_gql() {
        assert_eq!(Value::from("it's").to_string(), "it's");
        let list =
            Value::from(vec![Value::from("it's"), Value::Int(1), Value::Float(1.0), Value::Null, Value::Bool(true)]);
        assert_eq!(list.to_string(), r"['it\'s', 1, 1.0, NULL, true]");
        let record =
            Value::Record(Arc::from([(Arc::from("a b"), Value::Float(1e30)), (Arc::from("c"), Value::Int(-1))]));
        assert_eq!(record.to_string(), "{`a b`: 1e30, c: -1}");
        assert_eq!(Value::from(vec![0.1f32, 2.0]).to_string(), "[0.1, 2.0]");
        assert_eq!(Value::Float(f64::NEG_INFINITY).to_string(), "-Infinity");
        assert_eq!(Value::Bytes(Arc::from([0u8, 255])).to_string(), "X'00ff'");
    }
}
