//! Keeps the rows for which a condition is TRUE: at once, or first of all that may count and then of those that do.

use super::{
    halves::Halves,
    operator::{BoxOperator, Operator},
};
use crate::{
    error::Result,
    plan::{Failed, expr::Expr},
    runtime::{
        batch::{Batch, Column},
        eval::holds,
        statement::Statement,
        typed::{rows_that_hold, rows_that_may_hold},
    },
    value::Value,
};

/// See [`crate::plan::Plan::Filter`].
pub(super) struct Filter {
    input: Halves,
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
        Filter { input: Halves::new(input), condition }
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

impl Operator for Filter {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        while let Some((batch, rows)) = self.input.next(st, |batch| rows_that_hold(&self.condition, batch, st))? {
            if let Some(batch) = only(batch, &rows) {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
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

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
    }
}

impl Operator for Recheck {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        let Filter { input, condition } = &mut self.filter;
        // All rows have come through below, where the condition was TRUE as long as it did not fail.
        let rows = |batch: &Batch| match self.failed.get() {
            false => Ok(None),
            true => rows_that_hold(condition, batch, st).map(Some),
        };
        while let Some((batch, rows)) = input.next(st, &rows)? {
            let kept = match rows {
                None => Some(batch),
                Some(rows) => only(batch, &rows),
            };
            if kept.is_some() {
                return Ok(kept);
            }
        }
        Ok(None)
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.filter.rewind(argument, st);
    }
}

impl Operator for RecheckEdges {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        while let Some(batch) = self.recheck.filter.input.whole(st)? {
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

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.recheck.rewind(argument, st);
    }
}
