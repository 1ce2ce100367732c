//! Keeps the rows for which a condition is TRUE: at once, or first of all that may count and then of those that do.

use super::{
    BoxOperator, Operator,
    batch::{Batch, Column},
    context::Statement,
    eval::holds,
    typed::{rows_that_hold, rows_that_may_hold},
};
use crate::{
    error::Result,
    plan::{Failed, expr::Expr},
    value::Value,
};

/// See [`crate::plan::Plan::Filter`].
pub(super) struct Filter {
    input: BoxOperator,
    condition: Expr,
}

/// See [`crate::plan::Plan::Prefilter`].
pub(super) struct Prefilter {
    input: BoxOperator,
    condition: Expr,
    failed: Failed,
}

/// See [`crate::plan::Plan::Recheck`].
pub(super) struct Recheck {
    filter: Filter,
    failed: Failed,
}

/// See [`crate::plan::Plan::RecheckEdges`].
pub(super) struct RecheckEdges {
    recheck: Recheck,
    edges: usize,
    slot: usize,
}

impl Filter {
    pub(super) fn new(input: BoxOperator, condition: Expr) -> Self {
        Filter { input, condition }
    }
}

impl Prefilter {
    pub(super) fn new(input: BoxOperator, condition: Expr, failed: Failed) -> Self {
        Prefilter { input, condition, failed }
    }
}

impl Recheck {
    pub(super) fn new(input: BoxOperator, condition: Expr, failed: Failed) -> Self {
        Recheck { filter: Filter::new(input, condition), failed }
    }
}

impl RecheckEdges {
    pub(super) fn new(recheck: Recheck, edges: usize, slot: usize) -> Self {
        RecheckEdges { recheck, edges, slot }
    }

    /// Whether the condition is TRUE for each edge of a row.
    fn holds(&self, batch: &Batch, row: usize, st: &Statement) -> Result<bool> {
        let Value::List(edges) = batch.value(self.edges, row) else { return Ok(true) };
        let mut one = batch.slice(row, row + 1);
        for edge in edges.iter() {
            one.set(self.slot, Column::Values(vec![edge.clone()]));
            if !holds(&self.recheck.filter.condition, &one, 0, st)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Those rows of a batch; `None` where there are none.
fn only(batch: Batch, rows: &[u32]) -> Option<Batch> {
    match rows.len() {
        0 => None,
        len if len == batch.len() => Some(batch),
        _ => Some(batch.gather(rows)),
    }
}

impl Filter {
    fn of(&self, batch: Batch, st: &Statement) -> Result<Option<Batch>> {
        let rows = rows_that_hold(&self.condition, &batch, st)?;
        Ok(only(batch, &rows))
    }
}

impl Operator for Filter {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        while let Some(batch) = self.input.next(st)? {
            st.cancel.check()?;
            if let Some(batch) = self.of(batch, st)? {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }
}

impl Operator for Prefilter {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        while let Some(batch) = self.input.next(st)? {
            st.cancel.check()?;
            let rows = rows_that_may_hold(&self.condition, &batch, &self.failed, st)?;
            if let Some(batch) = only(batch, &rows) {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }
}

impl Operator for Recheck {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        while let Some(batch) = self.filter.input.next(st)? {
            st.cancel.check()?;
            // All rows have come through below, where the condition was TRUE as long as it did not fail.
            if !self.failed.get() {
                return Ok(Some(batch));
            }
            if let Some(batch) = self.filter.of(batch, st)? {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }
}

impl Operator for RecheckEdges {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        while let Some(batch) = self.recheck.filter.input.next(st)? {
            st.cancel.check()?;
            if !self.recheck.failed.get() {
                return Ok(Some(batch));
            }
            let mut rows = Vec::new();
            for row in 0..batch.len() {
                if self.holds(&batch, row, st)? {
                    rows.push(row as u32);
                }
            }
            if let Some(batch) = only(batch, &rows) {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }
}
