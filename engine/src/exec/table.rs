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

/// See [`crate::plan::Plan::Unit`].
pub(super) struct Unit {
    given: bool,
}

impl Unit {
    pub(super) fn new() -> Self {
        Unit { given: false }
    }
}

impl Operator for Unit {
    fn next(&mut self, _: &Statement) -> Result<Option<Batch>> {
        Ok((!std::mem::replace(&mut self.given, true)).then(Batch::unit))
    }

    fn rewind(&mut self, _: &Batch, _: &Statement) {
        self.given = false;
    }
}

/// See [`crate::plan::Plan::Argument`].
pub(super) struct Argument {
    row: Option<Batch>,
}

impl Argument {
    /// Without a row until it is rewound to one.
    pub(super) fn new() -> Self {
        Argument { row: Some(Batch::unit()) }
    }
}

impl Operator for Argument {
    fn next(&mut self, _: &Statement) -> Result<Option<Batch>> {
        Ok(self.row.take())
    }

    fn rewind(&mut self, argument: &Batch, _: &Statement) {
        self.row = Some(argument.clone());
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
    fn rewind(&mut self, _: &Batch, _: &Statement) {
        self.next = 0;
    }
}
