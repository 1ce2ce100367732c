//! Counts the rows that following the edges of its rows would give, without making them.

use wend_storage::Adjacent;

use super::{
    expand::is_new,
    follow::{Follow, edge_ref},
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

/// See [`crate::plan::Plan::CountEdges`].
pub(super) struct CountEdges {
    input: BoxOperator,
    expand: Expand,
    follow: Follow,
    done: bool,
}

impl CountEdges {
    pub(super) fn new(input: BoxOperator, expand: Expand) -> Self {
        CountEdges { input, follow: Follow::new(expand.label.clone()), expand, done: false }
    }
}

/// How many rows following the edges of one row would give.
pub(super) fn count(expand: &Expand, follow: &mut Follow, batch: &Batch, row: usize, st: &Statement) -> Result<i64> {
    if row.is_multiple_of(64) {
        st.cancel.check()?;
    }
    let Some(from) = batch.node(expand.from, row) else { return Ok(0) };
    let others = &expand.different_from;
    let is_new = |adjacent: &Adjacent| is_new(batch, row, others, edge_ref(from, adjacent));
    follow.count(from, expand.direction, (!others.is_empty()).then_some(&is_new), st)
}

impl Operator for CountEdges {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        if std::mem::replace(&mut self.done, true) {
            return Ok(None);
        }
        let mut count = 0i64;
        while let Some(batch) = self.input.next(st)? {
            for row in 0..batch.len() {
                count += self::count(&self.expand, &mut self.follow, &batch, row, st)?;
            }
        }
        let mut out = Batch::with_len(1);
        out.set(0, Column::Values(vec![Value::Int(count)]));
        Ok(Some(out))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.done = false;
        self.follow.rewind(st);
    }
}
