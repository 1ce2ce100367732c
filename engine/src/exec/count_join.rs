//! Looks up in what a subquery found, run once, how often it has the values of each row.

use rustc_hash::FxHashMap;

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

/// See [`crate::plan::Plan::CountJoin`].
pub(super) struct CountJoin {
    input: BoxOperator,
    subquery: BoxOperator,
    outer: Vec<Expr>,
    inner: Vec<Expr>,
    slot: usize,
    found: Option<FxHashMap<Vec<GroupKey>, i64>>,
    held: Held,
}

impl CountJoin {
    pub(super) fn new(input: BoxOperator, subquery: BoxOperator, keys: Vec<(Expr, Expr)>, slot: usize) -> Self {
        let (outer, inner) = keys.into_iter().unzip();
        CountJoin { input, subquery, outer, inner, slot, found: None, held: Held::default() }
    }

    /// What the subquery found, from its first use on.
    fn found(&mut self, st: &Statement) -> Result<&FxHashMap<Vec<GroupKey>, i64>> {
        if self.found.is_none() {
            let mut found: FxHashMap<Vec<GroupKey>, i64> = FxHashMap::default();
            while let Some(batch) = self.subquery.next(st)? {
                st.cancel.check()?;
                for key in join_keys(&self.inner, &batch, st)?.into_iter().flatten() {
                    if let Some(count) = found.get_mut(&key) {
                        *count += 1;
                        continue;
                    }
                    let bytes = 40 + key.iter().map(|key| value_bytes(&key.0)).sum::<usize>();
                    self.held.take(st, bytes, "COUNT { } as a hash join")?;
                    found.insert(key, 1);
                }
            }
            self.found = Some(found);
        }
        Ok(self.found.get_or_insert_with(FxHashMap::default))
    }
}

impl Operator for CountJoin {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        // The input comes first: it may change what the subquery reads.
        let Some(mut batch) = self.input.next(st)? else { return Ok(None) };
        st.cancel.check()?;
        let (keys, slot) = (join_keys(&self.outer, &batch, st)?, self.slot);
        let found = self.found(st)?;
        let count = |key: Option<Vec<GroupKey>>| key.and_then(|key| found.get(&key).copied()).unwrap_or(0);
        let counts = keys.into_iter().map(|key| Value::Int(count(key))).collect();
        batch.set(slot, Column::Values(counts));
        Ok(Some(batch))
    }
}
