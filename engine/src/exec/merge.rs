//! For each row what a match finds, or else what an insert makes. Rows go one after the other: each sees what those before
//! it made.

use super::{
    build::build,
    operator::{BoxOperator, Operator, collect},
};
use crate::{
    error::Result,
    plan::Plan,
    runtime::{batch::Batch, statement::Statement},
};

/// See [`crate::plan::Plan::Merge`].
pub(super) struct Merge {
    input: BoxOperator,
    matching: Plan,
    creating: Plan,
    done: Option<std::vec::IntoIter<Batch>>,
}

impl Merge {
    pub(super) fn new(input: BoxOperator, matching: Plan, creating: Plan) -> Self {
        Merge { input, matching, creating, done: None }
    }

    fn run(&mut self, st: &Statement) -> Result<Vec<Batch>> {
        let mut out = Vec::new();
        for batch in collect(&mut self.input, None, st)? {
            for row in 0..batch.len() {
                let argument = batch.slice(row, row + 1);
                let mut found = collect(&mut build(&self.matching, Some(&argument)), None, st)?;
                if found.is_empty() {
                    found = collect(&mut build(&self.creating, Some(&argument)), None, st)?;
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
}
