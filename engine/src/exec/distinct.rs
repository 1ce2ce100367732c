//! Keeps the first of equal rows.

use rustc_hash::FxHashSet;

use super::operator::{BoxOperator, Operator};
use crate::{
    error::Result,
    memory::Held,
    runtime::{batch::Batch, statement::Statement},
    value::{GroupKey, size::value_bytes},
};

/// See [`crate::plan::Plan::Distinct`].
pub(super) struct Distinct {
    input: BoxOperator,
    width: usize,
    seen: FxHashSet<Vec<GroupKey>>,
    held: Held,
}

impl Distinct {
    pub(super) fn new(input: BoxOperator, width: usize) -> Self {
        Distinct { input, width, seen: FxHashSet::default(), held: Held::default() }
    }
}

impl Operator for Distinct {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        while let Some(batch) = self.input.next(st)? {
            st.cancel.check()?;
            let mut rows = Vec::new();
            for row in 0..batch.len() {
                let key = row_key(&batch, row, self.width);
                let bytes: usize = key.iter().map(|key| value_bytes(&key.0)).sum();
                if self.seen.insert(key) {
                    self.held.take(&st.memory, 24 + bytes, "DISTINCT")?;
                    rows.push(row as u32);
                }
            }
            if !rows.is_empty() {
                return Ok(Some(batch.gather(&rows)));
            }
        }
        Ok(None)
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.seen = FxHashSet::default();
        self.held.release();
    }
}

/// A row as one key.
pub(super) fn row_key(batch: &Batch, row: usize, width: usize) -> Vec<GroupKey> {
    (0..width).map(|slot| GroupKey(batch.value(slot, row))).collect()
}
