//! Ends after so many different nodes or edges.

use super::operator::{BoxOperator, Operator};
use crate::{
    error::Result,
    plan::expr::Expr,
    runtime::{batch::Batch, eval::eval, statement::Statement},
    value::convert::row_count,
};

/// See [`crate::plan::Plan::LimitElements`].
pub(super) struct LimitElements {
    input: BoxOperator,
    slot: usize,
    count: Expr,
    left: Option<u64>,
    /// The element of the last row, by its number.
    last: Option<u64>,
}

impl LimitElements {
    pub(super) fn new(input: BoxOperator, slot: usize, count: Expr) -> Self {
        LimitElements { input, slot, count, left: None, last: None }
    }

    fn element(&self, batch: &Batch, row: usize) -> Option<u64> {
        let node = batch.node(self.slot, row).map(|node| node.0);
        node.or_else(|| batch.edge(self.slot, row).map(|edge| edge.edge.0))
    }
}

impl Operator for LimitElements {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        let mut left = match self.left {
            Some(left) => left,
            None => row_count(&eval(&self.count, &Batch::unit(), 0, st)?, "LIMIT")
                .map_err(|error| error.at(self.count.span))?,
        };
        let Some(batch) = self.input.next(st)? else {
            self.left = Some(left);
            return Ok(None);
        };
        let mut rows = 0;
        for row in 0..batch.len() {
            let element = self.element(&batch, row);
            if element.is_none() || element != self.last {
                if left == 0 {
                    break;
                }
                left -= 1;
                self.last = element;
            }
            rows = row + 1;
        }
        self.left = Some(left);
        Ok(match rows {
            0 => None,
            rows if rows == batch.len() => Some(batch),
            rows => Some(batch.slice(0, rows)),
        })
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        (self.left, self.last) = (None, None);
    }
}
