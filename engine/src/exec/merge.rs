//! For each row what a match finds, or else what an insert makes. Rows go one after the other: each sees what those before it
//! made.

use super::operator::{BoxOperator, Operator, collect};
use crate::{
    error::Result,
    runtime::{batch::Batch, statement::Statement},
};

/// See [`crate::plan::Plan::Merge`].
pub(super) struct Merge {
    input: BoxOperator,
    matching: BoxOperator,
    creating: BoxOperator,
    done: Option<std::vec::IntoIter<Batch>>,
}

impl Merge {
    pub(super) fn new(input: BoxOperator, matching: BoxOperator, creating: BoxOperator) -> Self {
        Merge { input, matching, creating, done: None }
    }

    fn run(&mut self, st: &Statement) -> Result<Vec<Batch>> {
        let mut out = Vec::new();
        for batch in collect(&mut self.input, None, st)? {
            for row in 0..batch.len() {
                let argument = batch.slice(row, row + 1);
                self.matching.rewind(&argument, st);
                let mut found = collect(&mut self.matching, None, st)?;
                if found.is_empty() {
                    self.creating.rewind(&argument, st);
                    found = collect(&mut self.creating, None, st)?;
                }
                out.append(&mut found);
            }
        }
        Ok(out)
    }
}

impl Operator for Merge {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        if self.done.is_none() {
            self.done = Some(self.run(st)?.into_iter());
        }
        Ok(self.done.as_mut().and_then(Iterator::next))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.done = None;
    }
}
