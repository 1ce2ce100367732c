//! A result as record batches that are made while they are pulled.

use std::{collections::VecDeque, sync::Arc};

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, Schema, SchemaRef};
use pyo3::prelude::*;
use wend_arrow::BatchBuilder;
use wenddb::Batch;

use super::result::Cell;
use crate::{
    call::{guarded, is_known_main_thread},
    error::Failure,
};

/// Reads a result batch by batch. Its consumer may be any thread, whether it holds the interpreter or not.
pub(crate) struct Stream {
    cell: Arc<Cell>,
    builder: BatchBuilder,
    schema: SchemaRef,
    ready: VecDeque<RecordBatch>,
    ended: bool,
}

impl Stream {
    /// Reads the first batch, which fixes the types of the columns.
    pub(crate) fn new(cell: Arc<Cell>) -> Result<Self, Failure> {
        let builder = BatchBuilder::new(cell.columns.clone());
        let mut stream = Stream { cell, builder, schema: Schema::empty().into(), ready: VecDeque::new(), ended: false };
        stream.fill()?;
        if let Some(schema) = stream.builder.schema() {
            stream.schema = schema.clone();
        }
        Ok(stream)
    }

    fn fill(&mut self) -> Result<(), Failure> {
        while self.ready.is_empty() && !self.ended {
            // After an error nothing comes.
            self.ended = true;
            match self.cell.next()? {
                Some(columns) => {
                    let batch = Batch::of_columns(self.cell.columns.clone(), columns)?;
                    self.ready.extend(self.builder.add(batch)?);
                    self.ended = false;
                }
                None => self.ready.extend(self.builder.take()?),
            }
        }
        Ok(())
    }
}

impl Iterator for Stream {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() && !self.ended && is_known_main_thread() {
            // Ctrl-C has to be heard here too.
            let heard = Python::attach(|py| py.check_signals().map_err(|error| error.to_string()));
            if let Err(error) = heard {
                self.ended = true;
                return Some(Err(ArrowError::ExternalError(error.into())));
            }
        }
        match guarded(|| self.fill()) {
            Ok(()) => self.ready.pop_front().map(Ok),
            Err(failure) => Some(Err(ArrowError::ExternalError(failure.message().into()))),
        }
    }
}

impl RecordBatchReader for Stream {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
