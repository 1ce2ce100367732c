//! Arrow over HTTP: results as a stream, and streams imported as nodes, edges and vectors.

pub(super) mod import;
pub(super) mod read;

use arrow_array::RecordBatch;
use arrow_ipc::writer::StreamWriter;
use serde_json::{Map, Value as Json};
use wend_arrow::{BatchBuilder, Error};
use wenddb::Rows;

use super::format::Format;
use crate::failure::Failure;

/// The format that writes batches of rows as record batches.
#[derive(Default)]
pub(super) struct ArrowFormat {
    builder: Option<BatchBuilder>,
    writer: Option<StreamWriter<Vec<u8>>>,
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::new("Neo.ClientError.Statement.TypeError", "22G03", format!("the result cannot be sent as Arrow: {error}"))
}

fn refused(error: Error) -> Failure {
    match error {
        Error::Data(message) => Failure::new("Neo.ClientError.Statement.TypeError", "22G03", message),
        Error::Database(error) => Failure::engine(&error, ""),
    }
}

impl ArrowFormat {
    /// Writes a batch. The schema precedes the first batch, and is written also when there is none.
    fn write(&mut self, batch: Option<&RecordBatch>, out: &mut Vec<u8>) -> Result<(), Failure> {
        let schema = self.builder.as_ref().and_then(BatchBuilder::schema);
        if let (None, Some(schema)) = (&self.writer, schema) {
            self.writer = Some(StreamWriter::try_new(Vec::new(), schema).map_err(failed)?);
        }
        let Some(writer) = &mut self.writer else { return Ok(()) };
        if let Some(batch) = batch {
            writer.write(batch).map_err(failed)?;
        }
        take(writer, out);
        Ok(())
    }
}

/// Moves the bytes written so far to the response.
fn take(writer: &mut StreamWriter<Vec<u8>>, out: &mut Vec<u8>) {
    let written = std::mem::take(writer.get_mut());
    if out.is_empty() { *out = written } else { out.extend_from_slice(&written) }
}

impl Format for ArrowFormat {
    fn begin(&mut self, _: &mut Vec<u8>, columns: &[String]) {
        self.builder = Some(BatchBuilder::new(columns.to_vec()));
    }

    fn next(&mut self, out: &mut Vec<u8>, rows: &mut Rows, statement: &str) -> Result<Option<usize>, Failure> {
        let batch = rows.next_batch().map_err(|error| Failure::engine(&error, statement))?;
        let (Some(builder), Some(batch)) = (&mut self.builder, batch) else { return Ok(None) };
        let len = batch.len();
        for batch in builder.add(batch).map_err(refused)? {
            self.write(Some(&batch), out)?;
        }
        Ok(Some(len))
    }

    fn end(&mut self, out: &mut Vec<u8>, _: Map<String, Json>) -> Result<(), Failure> {
        let Some(builder) = &mut self.builder else { return Ok(()) };
        let last = builder.take().map_err(refused)?;
        self.write(last.as_ref(), out)?;
        if let Some(writer) = &mut self.writer {
            writer.finish().map_err(failed)?;
            take(writer, out);
        }
        Ok(())
    }

    fn failed(&mut self, _: &mut Vec<u8>, _: &Failure) -> bool {
        // An Arrow stream cannot hold an error: the connection closes without the mark of the stream's end.
        false
    }
}
