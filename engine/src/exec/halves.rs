//! Input of an operator that evaluates expressions. Where one fails for a value of a batch, the rows before that one are done
//! first, so that an error counts only when its row is asked for: `LIMIT 2` does not fail because of a third row.

use super::operator::BoxOperator;
use crate::{
    error::Result,
    runtime::{batch::Batch, statement::Statement},
};

/// The input, and parts of a batch that are still to be done, the next one last.
pub(super) struct Halves {
    input: BoxOperator,
    waiting: Vec<Batch>,
}

impl Halves {
    pub(super) fn new(input: BoxOperator) -> Self {
        Halves { input, waiting: Vec::new() }
    }

    /// See [`super::operator::Operator::rewind`].
    pub(super) fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.waiting.clear();
        self.input.rewind(argument, st);
    }

    /// The next batch as it comes.
    pub(super) fn whole(&mut self, st: &Statement) -> Result<Option<Batch>> {
        self.input.next(st)
    }

    /// The next batch, or a part of it, for which the work succeeds, and what the work gave.
    pub(super) fn next<T>(
        &mut self,
        st: &Statement,
        mut work: impl FnMut(&Batch) -> Result<T>,
    ) -> Result<Option<(Batch, T)>> {
        loop {
            let batch = match self.waiting.pop() {
                Some(batch) => batch,
                None => match self.input.next(st)? {
                    Some(batch) => batch,
                    None => return Ok(None),
                },
            };
            st.cancel.check()?;
            let made = st.memory.made();
            match work(&batch) {
                Ok(done) => return Ok(Some((batch, done))),
                Err(error) if error.is_about_values() && batch.len() > 1 => {
                    st.memory.forget_made(made);
                    let middle = batch.len() / 2;
                    self.waiting.push(batch.slice(middle, batch.len()));
                    self.waiting.push(batch.slice(0, middle));
                }
                Err(error) => {
                    self.waiting.clear();
                    return Err(error);
                }
            }
        }
    }
}
