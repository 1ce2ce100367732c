//! Looks up in what a subquery found, run once, whether it has the values of each row.

use rustc_hash::FxHashSet;

use super::{
    BoxOperator, Operator,
    batch::{Batch, Column, value_bytes},
    context::{Held, Statement},
    hash_join::join_keys,
};
use crate::{
    error::Result,
    plan::expr::Expr,
    value::{GroupKey, Value},
};

/// See [`crate::plan::Plan::SemiJoin`].
pub(super) struct SemiJoin {
    input: BoxOperator,
    subquery: BoxOperator,
    outer: Vec<Expr>,
    inner: Vec<Expr>,
    slot: usize,
    keep: Option<bool>,
    found: Option<FxHashSet<Vec<GroupKey>>>,
    held: Held,
}

impl SemiJoin {
    pub(super) fn new(
        input: BoxOperator,
        subquery: BoxOperator,
        keys: Vec<(Expr, Expr)>,
        slot: usize,
        keep: Option<bool>,
    ) -> Self {
        let (outer, inner) = keys.into_iter().unzip();
        SemiJoin { input, subquery, outer, inner, slot, keep, found: None, held: Held::default() }
    }

    /// What the subquery found, from its first use on.
    fn found(&mut self, st: &Statement) -> Result<&FxHashSet<Vec<GroupKey>>> {
        if self.found.is_none() {
            let mut found = FxHashSet::default();
            while let Some(batch) = self.subquery.next(st)? {
                st.cancel.check()?;
                for key in join_keys(&self.inner, &batch, st)?.into_iter().flatten() {
                    let bytes = 32 + key.iter().map(|key| value_bytes(&key.0)).sum::<usize>();
                    if found.insert(key) {
                        self.held.take(st, bytes, "EXISTS as a hash join")?;
                    }
                }
            }
            self.found = Some(found);
        }
        Ok(self.found.get_or_insert_with(FxHashSet::default))
    }
}

impl Operator for SemiJoin {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        // The input comes first: it may change what the subquery reads.
        while let Some(mut batch) = self.input.next(st)? {
            st.cancel.check()?;
            let keys = join_keys(&self.outer, &batch, st)?;
            let (slot, keep) = (self.slot, self.keep);
            let found = self.found(st)?;
            let answers: Vec<bool> =
                keys.iter().map(|key| key.as_ref().is_some_and(|key| found.contains(key))).collect();
            let rows: Vec<u32> = match keep {
                Some(keep) => (0..).zip(&answers).filter(|(_, answer)| **answer == keep).map(|(row, _)| row).collect(),
                None => (0..batch.len() as u32).collect(),
            };
            if rows.is_empty() {
                continue;
            }
            batch.set(slot, Column::Values(answers.into_iter().map(Value::Bool).collect()));
            return Ok(Some(if rows.len() == batch.len() { batch } else { batch.gather(&rows) }));
        }
        Ok(None)
    }
}
