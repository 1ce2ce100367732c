//! Looks up in what a subquery found, run once, how often it has the values of each row.

use super::{
    BoxOperator, Operator,
    batch::{Batch, Column},
    context::Statement,
    hash_join::{KeyCounts, join_keys},
};
use crate::{
    error::Result,
    plan::expr::Expr,
    value::{GroupKey, Value},
};

/// See [`crate::plan::Plan::CountJoin`].
pub(super) struct CountJoin {
    input: BoxOperator,
    outer: Vec<Expr>,
    found: KeyCounts,
    slot: usize,
}

impl CountJoin {
    pub(super) fn new(input: BoxOperator, subquery: BoxOperator, keys: Vec<(Expr, Expr)>, slot: usize) -> Self {
        let (outer, inner) = keys.into_iter().unzip();
        CountJoin { input, outer, found: KeyCounts::new(subquery, inner), slot }
    }
}

impl Operator for CountJoin {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        // The input comes first: it may change what the subquery reads.
        let Some(mut batch) = self.input.next(st)? else { return Ok(None) };
        st.cancel.check()?;
        let keys = join_keys(&self.outer, &batch, st)?;
        let found = self.found.get(st, "COUNT { } as a hash join")?;
        let count = |key: Option<Vec<GroupKey>>| key.and_then(|key| found.get(&key).copied()).unwrap_or(0);
        let counts = keys.into_iter().map(|key| Value::Int(count(key))).collect();
        batch.set(self.slot, Column::Values(counts));
        Ok(Some(batch))
    }
}
