//! The nodes that any of several lookups finds, for each input row, each node once.

use rustc_hash::FxHashSet;
use wend_storage::NodeId;

use super::{
    build::build,
    operator::{BoxOperator, Operator},
};
use crate::{
    error::Result,
    memory::Held,
    plan::Plan,
    runtime::{
        batch::{Batch, Column},
        statement::Statement,
    },
};

/// See [`crate::plan::Plan::NodeUnion`].
pub(super) struct NodeUnion {
    input: BoxOperator,
    slot: usize,
    branches: Vec<Plan>,
    /// Input rows and the next of them.
    current: Option<(Batch, usize)>,
    /// What runs for the row before it: the row, the branches left, the one that runs.
    row: Option<(Batch, usize, BoxOperator)>,
    seen: FxHashSet<NodeId>,
    held: Held,
}

impl NodeUnion {
    pub(super) fn new(input: BoxOperator, slot: usize, branches: Vec<Plan>) -> Self {
        NodeUnion { input, slot, branches, current: None, row: None, seen: FxHashSet::default(), held: Held::default() }
    }

    /// The next nodes of the current row that no branch before has found; `None` after the last.
    fn found(&mut self, st: &Statement) -> Result<Option<Batch>> {
        while let Some((argument, branch, operator)) = &mut self.row {
            let Some(batch) = operator.next(st)? else {
                *branch += 1;
                match self.branches.get(*branch) {
                    Some(plan) => *operator = build(plan, Some(argument)),
                    None => self.row = None,
                }
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
}

impl Operator for NodeUnion {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            if let Some(batch) = self.found(st)? {
                return Ok(Some(batch));
            }
            match &mut self.current {
                Some((batch, next)) if *next < batch.len() => {
                    let argument = batch.slice(*next, *next + 1);
                    *next += 1;
                    self.seen.clear();
                    self.held.release();
                    self.row = self.branches.first().map(|plan| (argument.clone(), 0, build(plan, Some(&argument))));
                }
                _ => match self.input.next(st)? {
                    Some(batch) => self.current = Some((batch, 0)),
                    None => return Ok(None),
                },
            }
        }
    }
}
