//! A result as a stream of record batches.

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use wenddb::{Rows, Summary};

use crate::{BatchBuilder, error::Result};

/// Reads a result batch by batch. Only one batch is in memory, and at first the rows that fix the types.
#[derive(Debug)]
pub struct RowsReader {
    rows: Rows,
    builder: BatchBuilder,
    schema: SchemaRef,
    /// The first batch, which fixes the schema, and whether it is the last.
    first: Option<RecordBatch>,
    ended: bool,
}

impl RowsReader {
    /// Reads the first batch, which fixes the types of the columns.
    ///
    /// # Errors
    /// The errors of the statement, and values that Arrow cannot hold.
    pub fn new(rows: Rows) -> Result<Self> {
        let names = rows.columns().to_vec();
        let mut reader = RowsReader {
            rows,
            builder: BatchBuilder::new(names),
            schema: SchemaRef::new(arrow_schema::Schema::empty()),
            first: None,
            ended: false,
        };
        reader.first = reader.read()?;
        if let Some(schema) = reader.builder.schema() {
            reader.schema = schema.clone();
        }
        Ok(reader)
    }

    /// The summary of the statement; complete when all batches have been read.
    pub fn summary(&self) -> &Summary {
        self.rows.summary()
    }

    fn read(&mut self) -> Result<Option<RecordBatch>> {
        if self.ended {
            return Ok(None);
        }
        for row in &mut self.rows {
            if let Some(batch) = self.builder.row(row?.into_values())? {
                return Ok(Some(batch));
            }
        }
        self.ended = true;
        self.builder.take()
    }
}

impl Iterator for RowsReader {
    type Item = std::result::Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        let read = self.read();
        self.ended |= read.is_err();
        read.map_err(|error| ArrowError::ExternalError(Box::new(error))).transpose()
    }
}

impl RecordBatchReader for RowsReader {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
