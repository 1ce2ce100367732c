//! `--format jsonl`: one JSON object per row, keys = column names, and nothing else.

use std::io::{self, Write};

use wenddb::Value;

use super::TableWriter;

/// Writes rows as objects, one per line.
pub struct Jsonl(Object);

impl Jsonl {
    /// A table with these columns.
    pub fn new(columns: &[String]) -> Self {
        Jsonl(Object::new(columns))
    }
}

impl TableWriter for Jsonl {
    fn row(&mut self, out: &mut dyn Write, values: Vec<Value>) -> io::Result<()> {
        self.0.write(out, &values)?;
        out.write_all(b"\n")
    }

    fn end(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// A writer of rows as objects. The keys are serialised once per table, and a vector is written without a copy.
pub struct Object {
    /// The keys, each with what precedes its value: `{"a":`, `,"b":`.
    keys: Vec<String>,
}

impl Object {
    /// Objects with these keys.
    pub fn new(columns: &[String]) -> Self {
        let keys = columns.iter().enumerate().map(|(index, name)| {
            let before = if index == 0 { '{' } else { ',' };
            format!("{before}{}:", serde_json::Value::from(name.as_str()))
        });
        Object { keys: keys.collect() }
    }

    /// Writes one object, without a line end.
    pub fn write(&self, out: &mut dyn Write, values: &[Value]) -> io::Result<()> {
        if self.keys.is_empty() {
            return out.write_all(b"{}");
        }
        for (key, value) in self.keys.iter().zip(values) {
            out.write_all(key.as_bytes())?;
            write_value(out, value)?;
        }
        out.write_all(b"}")
    }
}

/// Writes one value as JSON.
pub fn write_value(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    match value {
        Value::Vector(items) if items.iter().all(|item| item.is_finite()) => serde_json::to_writer(out, &items[..]),
        value => serde_json::to_writer(out, &value.to_json()),
    }
    .map_err(io::Error::from)
}
