//! `--format csv`: RFC 4180 with a header row; lists, records, nodes, edges and paths are JSON in their cell, NULL is an
//! empty cell. Lines end in a line feed, as Unix tools expect.

use std::io::{self, Write};

use wenddb::Value;

use super::TableWriter;
use super::jsonl::write_value;

/// Writes rows as CSV records.
pub struct Csv;

impl Csv {
    /// Writes the header.
    pub fn begin(out: &mut dyn Write, columns: &[String]) -> io::Result<Self> {
        write_record(out, columns.iter().map(String::as_bytes))?;
        Ok(Csv)
    }
}

impl TableWriter for Csv {
    fn row(&mut self, out: &mut dyn Write, values: Vec<Value>) -> io::Result<()> {
        let cells: Vec<Vec<u8>> = values.iter().map(cell).collect::<io::Result<_>>()?;
        write_record(out, cells.iter().map(Vec::as_slice))
    }

    fn end(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// Writes one record with the `csv` crate, which quotes fields where needed.
fn write_record<'a>(out: &mut dyn Write, cells: impl Iterator<Item = &'a [u8]>) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().buffer_capacity(4096).from_writer(out);
    writer.write_record(cells).map_err(io::Error::other)?;
    writer.flush()
}

/// The text of a cell.
fn cell(value: &Value) -> io::Result<Vec<u8>> {
    Ok(match value {
        Value::Null => Vec::new(),
        Value::List(_) | Value::Record(_) | Value::Vector(_) | Value::Node(_) | Value::Edge(_) | Value::Path(_) => {
            let mut json = Vec::new();
            write_value(&mut json, value)?;
            json
        }
        // Strings, temporal values and bytes are JSON strings; the cell has their text without quotes.
        value => match value.to_json() {
            serde_json::Value::String(text) => text.into_bytes(),
            other => other.to_string().into_bytes(),
        },
    })
}
