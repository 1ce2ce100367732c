//! The nodes that any of several lookups finds, for each input row, each node once.

use rustc_hash::FxHashSet;
use wend_storage::NodeId;

use super::{
    input_rows::InputRows,
    operator::{BoxOperator, Operator},
};
use crate::{
    error::Result,
    memory::Held,
    runtime::{
        batch::{Batch, Column},
        statement::Statement,
    },
};

/// See [`crate::plan::Plan::NodeUnion`].
pub(super) struct NodeUnion {
    input: InputRows,
    slot: usize,
    branches: Vec<BoxOperator>,
    /// The branch that runs for the current row.
    branch: Option<usize>,
    seen: FxHashSet<NodeId>,
    held: Held,
}

impl NodeUnion {
    pub(super) fn new(input: BoxOperator, slot: usize, branches: Vec<BoxOperator>) -> Self {
        let input = InputRows::new(input);
        NodeUnion { input, slot, branches, branch: None, seen: FxHashSet::default(), held: Held::default() }
    }

    /// Begins a branch for the current row, if there are so many.
    fn begin(&mut self, branch: usize, st: &Statement) {
        self.branch = None;
        if let Some(operator) = self.branches.get_mut(branch) {
            operator.rewind(&self.input.row_alone(), st);
            self.branch = Some(branch);
        }
    }

    /// The next nodes of the current row that no branch before has found; `None` after the last.
    fn found(&mut self, st: &Statement) -> Result<Option<Batch>> {
        while let Some(branch) = self.branch {
            let Some(batch) = self.branches[branch].next(st)? else {
                self.begin(branch + 1, st);
                continue;
            };
            let Column::Nodes(nodes) = batch.column(self.slot) else { continue };
            let fresh = |&row: &u32| self.seen.insert(nodes[row as usize]);
            let rows: Vec<u32> = (0..batch.len() as u32).filter(fresh).collect();
            self.held.take(&st.memory, rows.len() * 16, "OR over several indexes")?;
            if !rows.is_empty() {
                return Ok(Some(batch.gather(&rows)));
            }
        }
        Ok(None)
    }

    fn forget(&mut self) {
        self.seen = FxHashSet::default();
        self.held.release();
    }
}

impl Operator for NodeUnion {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            if let Some(batch) = self.found(st)? {
                return Ok(Some(batch));
            }
            self.forget();
            if !self.input.advance(st)? {
                return Ok(None);
            }
            self.begin(0, st);
        }
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.branch = None;
        self.forget();
    }
}
