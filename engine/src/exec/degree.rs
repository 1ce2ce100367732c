//! Counts, for each of its rows, the edges that following them from a node would give.

use super::{
    count_edges::count,
    follow::Follow,
    operator::{BoxOperator, Operator},
};
use crate::{
    error::Result,
    plan::Expand,
    runtime::{
        batch::{Batch, Column},
        statement::Statement,
    },
    value::Value,
};

/// See [`crate::plan::Plan::Degree`].
pub(super) struct Degree {
    input: BoxOperator,
    expand: Expand,
    slot: usize,
    follow: Follow,
}

impl Degree {
    pub(super) fn new(input: BoxOperator, expand: Expand, slot: usize) -> Self {
        Degree { input, follow: Follow::new(expand.label.clone()), expand, slot }
    }
}

impl Operator for Degree {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        let Some(mut batch) = self.input.next(st)? else { return Ok(None) };
        let mut degrees = Vec::with_capacity(batch.len());
        for row in 0..batch.len() {
            degrees.push(Value::Int(count(&self.expand, &mut self.follow, &batch, row, st)?));
        }
        batch.set(self.slot, Column::Values(degrees));
        Ok(Some(batch))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.follow.rewind(st);
    }
}
