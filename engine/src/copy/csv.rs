//! Rows as CSV (RFC 4180) with a header row: lists, records, nodes, edges and paths are JSON in their cell, NULL is an empty one.

use std::fs::File;

use super::Failure;
use crate::{error::Error, rows::Rows, runtime::statement::Statement, value::Value};

/// Writes all rows; how many there are.
pub(super) fn write(rows: Rows, file: &File, st: &Statement) -> Result<u64, Failure> {
    let mut out = csv::WriterBuilder::new().buffer_capacity(256 << 10).from_writer(file);
    let failed = |error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(error) => Failure::File(error),
        other => Failure::Rows(Error::internal(format!("CSV: {other:?}"))),
    };
    out.write_record(rows.columns()).map_err(failed)?;
    let mut count = 0u64;
    for row in rows {
        let row = row?;
        if count.is_multiple_of(1024) {
            st.cancel.check()?;
        }
        out.write_record(row.values().iter().map(cell)).map_err(failed)?;
        count += 1;
    }
    out.flush()?;
    Ok(count)
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.to_string(),
        Value::List(_)
        | Value::Record(_)
        | Value::Vector(_)
        | Value::Bytes(_)
        | Value::Node(_)
        | Value::Edge(_)
        | Value::Path(_) => match value.to_json() {
            serde_json::Value::String(text) => text,
            json => json.to_string(),
        },
        value => value.to_string(),
    }
}
