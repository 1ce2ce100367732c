//! The memory that values take.

use super::Value;

/// Rough bytes of a value.
pub(crate) fn value_bytes(value: &Value) -> usize {
    std::mem::size_of::<Value>()
        + match value {
            Value::String(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Vector(vector) => vector.len() * 4,
            Value::List(list) => list.iter().map(value_bytes).sum(),
            Value::Record(fields) => fields.iter().map(|(name, value)| name.len() + value_bytes(value)).sum(),
            Value::Path(path) => path.nodes.len() * std::mem::size_of::<Value>() * 2,
            _ => 0,
        }
}
