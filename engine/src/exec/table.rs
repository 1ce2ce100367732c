//! Leaves: rows that are known.

use std::sync::Arc;

use super::operator::Operator;
use crate::{
    error::Result,
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        statement::Statement,
    },
    value::Value,
};

/// One batch, once.
pub(super) struct Once(Option<Batch>);

impl Once {
    pub(super) fn new(batch: Batch) -> Self {
        Once(Some(batch))
    }
}

impl Operator for Once {
    fn next(&mut self, _: &Statement) -> Result<Option<Batch>> {
        Ok(self.0.take().filter(|batch| !batch.is_empty()))
    }
}

/// Constant rows.
pub(super) struct Table {
    rows: Arc<Vec<Vec<Value>>>,
    next: usize,
}

impl Table {
    pub(super) fn new(rows: Arc<Vec<Vec<Value>>>) -> Self {
        Table { rows, next: 0 }
    }
}

impl Operator for Table {
    fn next(&mut self, _: &Statement) -> Result<Option<Batch>> {
        let rows = &self.rows[self.next..(self.next + BATCH_ROWS).min(self.rows.len())];
        let Some(first) = rows.first() else { return Ok(None) };
        self.next += rows.len();
        let mut batch = Batch::with_len(rows.len());
        for slot in 0..first.len() {
            batch.set(slot, Column::Values(rows.iter().map(|row| row[slot].clone()).collect()));
        }
        Ok(Some(batch))
    }
}
