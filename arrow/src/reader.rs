//! A result as a stream of record batches.

use std::collections::VecDeque;

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
    /// Batches that are done; at first the one that fixes the schema.
    ready: VecDeque<RecordBatch>,
    /// No further rows come.
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
            ready: VecDeque::new(),
            ended: false,
        };
        reader.fill()?;
        if let Some(schema) = reader.builder.schema() {
            reader.schema = schema.clone();
        }
        Ok(reader)
    }

    /// The summary of the statement; complete when all batches have been read.
    pub fn summary(&self) -> &Summary {
        self.rows.summary()
    }

    /// Reads rows until a batch is ready, or to their end.
    fn fill(&mut self) -> Result<()> {
        while self.ready.is_empty() && !self.ended {
            // After an error nothing comes.
            self.ended = true;
            match self.rows.next_batch()? {
                Some(batch) => {
                    self.ready.extend(self.builder.add(batch)?);
                    self.ended = false;
                }
                None => self.ready.extend(self.builder.take()?),
            }
        }
        Ok(())
    }
}

impl Iterator for RowsReader {
    type Item = std::result::Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.fill() {
            Ok(()) => self.ready.pop_front().map(Ok),
            Err(error) => Some(Err(ArrowError::ExternalError(Box::new(error)))),
        }
    }
}

impl RecordBatchReader for RowsReader {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
