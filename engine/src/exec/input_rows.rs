//! The rows of an input one after the other, for operators that make many rows of one and give out batches in between.

use super::operator::{BoxOperator, collect};
use crate::{
    error::Result,
    memory::Held,
    runtime::{batch::Batch, statement::Statement},
};

/// An input, the batch that is worked on, and the next row of it.
pub(super) struct InputRows {
    input: BoxOperator,
    current: Option<(Batch, usize)>,
}

impl InputRows {
    pub(super) fn new(input: BoxOperator) -> Self {
        InputRows { input, current: None }
    }

    /// Goes on to the next row; false after the last.
    pub(super) fn advance(&mut self, st: &Statement) -> Result<bool> {
        match &mut self.current {
            Some((batch, next)) if *next < batch.len() => {
                *next += 1;
                Ok(true)
            }
            _ => {
                self.current = self.input.next(st)?.map(|batch| (batch, 1));
                Ok(self.current.is_some())
            }
        }
    }

    /// The row that [`InputRows::advance`] came to last, and its batch.
    pub(super) fn row(&self) -> Option<(&Batch, usize)> {
        self.current.as_ref().and_then(|(batch, next)| Some((batch, next.checked_sub(1)?)))
    }

    /// That row alone.
    pub(super) fn row_alone(&self) -> Batch {
        self.row().map(|(batch, row)| batch.slice(row, row + 1)).unwrap_or_default()
    }

    /// The batch that is worked on, or else the next one, with the next row of it. Unless it is done, it is given back by
    /// [`InputRows::put_back`].
    pub(super) fn take(&mut self, st: &Statement) -> Result<Option<(Batch, usize)>> {
        match self.current.take() {
            Some(current) => Ok(Some(current)),
            None => Ok(self.input.next(st)?.map(|batch| (batch, 0))),
        }
    }

    pub(super) fn put_back(&mut self, batch: Batch, next: usize) {
        self.current = Some((batch, next));
    }

    /// Reads the whole input before its first row is worked on.
    pub(super) fn read_all(&mut self, held: &mut Held, st: &Statement) -> Result<()> {
        let batches = collect(&mut self.input, Some(held), st)?;
        if !batches.is_empty() {
            let mut rows = Batch::default();
            batches.into_iter().for_each(|batch| rows.append(batch));
            self.current = Some((rows, 0));
        }
        Ok(())
    }

    /// See [`super::operator::Operator::rewind`].
    pub(super) fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.current = None;
        self.input.rewind(argument, st);
    }
}
