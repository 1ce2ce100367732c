//! Arrow's format for streams: results as record batches, and record batches as nodes, edges and vectors.
//!
//! Arrow wants the type of a column before its first value. The first batch says it: a column of VECTORs of one length is a
//! `FixedSizeList<Float32>`, and what Arrow has no type for, such as nodes or values of several types, is JSON text, marked so
//! in the field's metadata.

mod column;
pub(super) mod import;
pub(super) mod read;

use std::{collections::HashMap, sync::Arc};

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Field, Schema};
use serde_json::{Map, Value as Json};
use wenddb::Value;

use self::column::Kind;
use super::format::Format;
use crate::bolt::failure::Failure;

/// Rows and bytes of a batch; the first has more while a column has had no value that would say its type.
const BATCH_ROWS: usize = 1 << 16;
const BATCH_BYTES: usize = 4 << 20;
const FIRST_BATCH_BYTES: usize = 64 << 20;

/// Gathers rows into record batches.
#[derive(Default)]
pub(super) struct ArrowFormat {
    names: Vec<String>,
    rows: Vec<Vec<Value>>,
    bytes: usize,
    /// Whether a column has had a value.
    seen: Vec<bool>,
    stream: Option<Stream>,
}

struct Stream {
    writer: StreamWriter<Vec<u8>>,
    schema: Arc<Schema>,
    kinds: Vec<Kind>,
}

fn failed(error: &ArrowError) -> Failure {
    Failure::new("Neo.ClientError.Statement.TypeError", "22G03", format!("the result cannot be sent as Arrow: {error}"))
}

impl ArrowFormat {
    /// The rows gathered so far as a batch.
    fn write(&mut self, out: &mut Vec<u8>) -> Result<(), Failure> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(Stream::begin(&self.names, &rows).map_err(|error| failed(&error))?),
        };
        if !rows.is_empty() {
            let batch = stream.batch(&self.names, &rows)?;
            stream.writer.write(&batch).map_err(|error| failed(&error))?;
        }
        stream.take(out);
        Ok(())
    }
}

impl Stream {
    fn begin(names: &[String], rows: &[Vec<Value>]) -> Result<Stream, ArrowError> {
        let kinds: Vec<Kind> = (0..names.len()).map(|column| Kind::of(rows.iter().map(|row| &row[column]))).collect();
        let fields = names.iter().zip(&kinds).map(|(name, kind)| {
            let field = Field::new(name, kind.data_type(), true);
            match kind {
                Kind::Json => field.with_metadata(HashMap::from([("wend:type".to_owned(), "json".to_owned())])),
                _ => field,
            }
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Ok(Stream { writer: StreamWriter::try_new(Vec::new(), &schema)?, schema, kinds })
    }

    fn batch(&self, names: &[String], rows: &[Vec<Value>]) -> Result<RecordBatch, Failure> {
        let columns = self.kinds.iter().enumerate().map(|(column, kind)| {
            let values: Vec<&Value> = rows.iter().map(|row| &row[column]).collect();
            kind.array(&values).map_err(|problem| {
                let message = format!("column `{}`: {problem}; CAST it to one type", names[column]);
                Failure::new("Neo.ClientError.Statement.TypeError", "22G03", message)
            })
        });
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options).map_err(|error| failed(&error))
    }

    /// Moves what was written to the answer.
    fn take(&mut self, out: &mut Vec<u8>) {
        let written = std::mem::take(self.writer.get_mut());
        if out.is_empty() { *out = written } else { out.extend_from_slice(&written) }
    }
}

impl Format for ArrowFormat {
    fn begin(&mut self, _: &mut Vec<u8>, columns: &[String]) {
        self.names = columns.to_vec();
        self.seen = vec![false; columns.len()];
    }

    fn row(&mut self, out: &mut Vec<u8>, values: &[Value]) -> Result<(), Failure> {
        for (seen, value) in self.seen.iter_mut().zip(values) {
            *seen |= !value.is_null();
            self.bytes += size(value);
        }
        self.rows.push(values.to_vec());
        let typed = self.stream.is_some() || self.seen.iter().all(|seen| *seen);
        let most = if typed { BATCH_BYTES } else { FIRST_BATCH_BYTES };
        if self.rows.len() >= BATCH_ROWS || self.bytes >= most { self.write(out) } else { Ok(()) }
    }

    fn end(&mut self, out: &mut Vec<u8>, _: Map<String, Json>) -> Result<(), Failure> {
        self.write(out)?;
        if let Some(stream) = &mut self.stream {
            stream.writer.finish().map_err(|error| failed(&error))?;
            stream.take(out);
        }
        Ok(())
    }

    fn failed(&mut self, _: &mut Vec<u8>, _: &Failure) -> bool {
        // A stream has no place for it; the connection ends without the mark of a stream's end.
        false
    }
}

/// About the bytes of a value.
fn size(value: &Value) -> usize {
    match value {
        Value::Vector(numbers) => numbers.len() * 4,
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.iter().map(size).sum(),
        _ => 16,
    }
}
