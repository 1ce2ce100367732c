//! Looks up in what a subquery found, run once, how often it has the values of each row.

use super::{
    hash_join::KeyCounts,
    operator::{BoxOperator, Operator},
};
use crate::{
    error::Result,
    runtime::{
        batch::{Batch, Column},
        statement::Statement,
    },
    value::Value,
};

/// See [`crate::plan::Plan::CountJoin`].
pub(super) struct CountJoin {
    input: BoxOperator,
    found: KeyCounts,
    slot: usize,
}

impl CountJoin {
    pub(super) fn new(input: BoxOperator, found: KeyCounts, slot: usize) -> Self {
        CountJoin { input, found, slot }
    }
}

impl Operator for CountJoin {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        // The input comes first: it may change what the subquery reads.
        let Some(mut batch) = self.input.next(st)? else { return Ok(None) };
        st.cancel.check()?;
        let counts = self.found.of(&batch, st)?;
        batch.set(self.slot, Column::Values(counts.into_iter().map(Value::Int).collect()));
        Ok(Some(batch))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.found.rewind(argument, st);
    }
}
