//! UNION ALL, EXCEPT, INTERSECT and OTHERWISE. UNION is a DISTINCT above UNION ALL.

use rustc_hash::FxHashMap;

use super::{
    distinct::row_key,
    operator::{BoxOperator, Operator},
};
use crate::{
    error::Result,
    memory::Held,
    plan::CombineOperator,
    runtime::{batch::Batch, statement::Statement},
    value::GroupKey,
};

/// See [`crate::plan::Plan::Combine`].
pub(super) struct Combine {
    left: BoxOperator,
    right: BoxOperator,
    operator: CombineOperator,
    width: usize,
    /// How often each row stands on the right; read before the first row of the left is given out.
    counts: Option<FxHashMap<Vec<GroupKey>, u64>>,
    left_any: bool,
    left_done: bool,
    held: Held,
}

impl Combine {
    pub(super) fn new(left: BoxOperator, right: BoxOperator, operator: CombineOperator, width: usize) -> Self {
        Combine { left, right, operator, width, counts: None, left_any: false, left_done: false, held: Held::default() }
    }

    fn counted(&mut self, st: &Statement) -> Result<&mut FxHashMap<Vec<GroupKey>, u64>> {
        if self.counts.is_none() {
            let mut counts = FxHashMap::default();
            for batch in crate::exec::operator::collect(&mut self.right, Some(&mut self.held), st)? {
                for row in 0..batch.len() {
                    *counts.entry(row_key(&batch, row, self.width)).or_insert(0) += 1;
                }
            }
            self.counts = Some(counts);
        }
        Ok(self.counts.get_or_insert_with(FxHashMap::default))
    }
}

impl Operator for Combine {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        match self.operator {
            CombineOperator::UnionAll | CombineOperator::Otherwise => {
                if !self.left_done {
                    if let Some(batch) = self.left.next(st)? {
                        self.left_any = true;
                        return Ok(Some(batch));
                    }
                    self.left_done = true;
                }
                if self.operator == CombineOperator::Otherwise && self.left_any {
                    return Ok(None);
                }
                self.right.next(st)
            }
            CombineOperator::Except { all } | CombineOperator::Intersect { all } => {
                let except = matches!(self.operator, CombineOperator::Except { .. });
                let width = self.width;
                self.counted(st)?;
                while let Some(batch) = self.left.next(st)? {
                    let counts = self.counted(st)?;
                    let mut rows = Vec::new();
                    for row in 0..batch.len() {
                        let key = row_key(&batch, row, width);
                        let on_the_right = match counts.get_mut(&key) {
                            Some(0) | None => false,
                            Some(count) if all => {
                                *count -= 1;
                                true
                            }
                            Some(_) => true,
                        };
                        if on_the_right != except {
                            // Without ALL every row is given out once: what has been is marked as the operator reads it.
                            if !all {
                                counts.insert(key, u64::from(except));
                            }
                            rows.push(row as u32);
                        }
                    }
                    if !rows.is_empty() {
                        return Ok(Some(batch.gather(&rows)));
                    }
                }
                Ok(None)
            }
        }
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.left.rewind(argument, st);
        self.right.rewind(argument, st);
        (self.counts, self.left_any, self.left_done) = (None, false, false);
        self.held.release();
    }
}
