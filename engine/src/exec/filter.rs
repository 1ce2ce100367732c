//! Keeps the rows for which a condition is TRUE.

use super::{BoxOperator, Operator, batch::Batch, context::Statement, typed::rows_that_hold};
use crate::{error::Result, plan::expr::Expr};

/// See [`crate::plan::Plan::Filter`].
pub(super) struct Filter {
    input: BoxOperator,
    condition: Expr,
}

impl Filter {
    pub(super) fn new(input: BoxOperator, condition: Expr) -> Self {
        Filter { input, condition }
    }
}

impl Operator for Filter {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        while let Some(batch) = self.input.next(st)? {
            st.cancel.check()?;
            let rows = rows_that_hold(&self.condition, &batch, st)?;
            if rows.len() == batch.len() {
                return Ok(Some(batch));
            }
            if !rows.is_empty() {
                return Ok(Some(batch.gather(&rows)));
            }
        }
        Ok(None)
    }
}
