//! Looks up in what a subquery found, run once, whether it has the values of each row.

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

/// See [`crate::plan::Plan::SemiJoin`].
pub(super) struct SemiJoin {
    input: BoxOperator,
    found: KeyCounts,
    slot: usize,
    keep: Option<bool>,
}

impl SemiJoin {
    pub(super) fn new(input: BoxOperator, found: KeyCounts, slot: usize, keep: Option<bool>) -> Self {
        SemiJoin { input, found, slot, keep }
    }
}

impl Operator for SemiJoin {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        // The input comes first: it may change what the subquery reads.
        while let Some(mut batch) = self.input.next(st)? {
            st.cancel.check()?;
            let counts = self.found.of(&batch, st)?;
            let answers: Vec<bool> = counts.into_iter().map(|count| count > 0).collect();
            let rows: Vec<u32> = match self.keep {
                Some(keep) => (0..).zip(&answers).filter(|(_, answer)| **answer == keep).map(|(row, _)| row).collect(),
                None => (0..batch.len() as u32).collect(),
            };
            if rows.is_empty() {
                continue;
            }
            batch.set(self.slot, Column::Values(answers.into_iter().map(Value::Bool).collect()));
            return Ok(Some(if rows.len() == batch.len() { batch } else { batch.gather(&rows) }));
        }
        Ok(None)
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.found.rewind(argument, st);
    }
}
