//! OFFSET and LIMIT.

use super::operator::{BoxOperator, Operator};
use crate::{
    error::Result,
    plan::expr::Expr,
    runtime::{batch::Batch, eval::eval, statement::Statement},
    value::convert::row_count,
};

/// See [`crate::plan::Plan::Offset`].
pub(super) struct Offset {
    input: BoxOperator,
    count: Expr,
    left: Option<u64>,
}

impl Offset {
    pub(super) fn new(input: BoxOperator, count: Expr) -> Self {
        Offset { input, count, left: None }
    }
}

impl Operator for Offset {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        let mut left = match self.left {
            Some(left) => left,
            None => row_count(&eval(&self.count, &Batch::unit(), 0, st)?, "OFFSET")
                .map_err(|error| error.at(self.count.span))?,
        };
        while let Some(batch) = self.input.next(st)? {
            if left < batch.len() as u64 {
                let out = if left == 0 { batch } else { batch.slice(left as usize, batch.len()) };
                self.left = Some(0);
                return Ok(Some(out));
            }
            left -= batch.len() as u64;
        }
        self.left = Some(left);
        Ok(None)
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.left = None;
    }
}

/// See [`crate::plan::Plan::Limit`]. When enough rows are out the input is still run to its end if it changes data.
pub(super) struct Limit {
    input: BoxOperator,
    count: Expr,
    left: Option<u64>,
}

impl Limit {
    pub(super) fn new(input: BoxOperator, count: Expr) -> Self {
        Limit { input, count, left: None }
    }
}

impl Operator for Limit {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        let left = match self.left {
            Some(left) => left,
            None => row_count(&eval(&self.count, &Batch::unit(), 0, st)?, "LIMIT")
                .map_err(|error| error.at(self.count.span))?,
        };
        self.left = Some(left);
        if left == 0 {
            if st.writes {
                while self.input.next(st)?.is_some() {}
            }
            return Ok(None);
        }
        let Some(batch) = self.input.next(st)? else { return Ok(None) };
        let out = if batch.len() as u64 > left { batch.slice(0, left as usize) } else { batch };
        self.left = Some(left - out.len() as u64);
        Ok(Some(out))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.left = None;
    }
}
