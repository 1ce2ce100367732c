//! Node scans: all nodes, those of a label, or the one of an `_id`, for each input row.

use wend_storage::{NodeCursor, NodeId};

use super::{
    BoxOperator, Operator,
    batch::{BATCH_ROWS, Batch, Column},
    context::Statement,
    eval::eval,
};
use crate::{
    error::Result,
    plan::expr::{Expr, LabelName},
    value::Value,
};

/// All nodes or those of one label.
pub(super) struct NodeScan {
    input: BoxOperator,
    slot: usize,
    label: Option<LabelName>,
    /// The input rows, the row being joined, and the scan for it.
    current: Option<(Batch, usize, Option<NodeCursor>)>,
}

impl NodeScan {
    pub(super) fn new(input: BoxOperator, slot: usize, label: Option<LabelName>) -> Self {
        NodeScan { input, slot, label, current: None }
    }

    /// A scan; `None` when no node can have the label.
    fn open(&self, st: &Statement) -> Result<Option<NodeCursor>> {
        let label = match &self.label {
            None => None,
            Some(name) => match name.id(&st.tx)? {
                Some(label) => Some(label),
                None => return Ok(None),
            },
        };
        Ok(Some(st.tx.nodes(st.graph, label)?))
    }
}

impl Operator for NodeScan {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            if self.current.is_none() {
                let Some(batch) = self.input.next(st)? else { return Ok(None) };
                self.current = Some((batch, 0, self.open(st)?));
            }
            let Some((batch, row, cursor)) = &mut self.current else { return Ok(None) };
            let mut nodes = Vec::new();
            if let Some(cursor) = cursor {
                for node in cursor.by_ref().take(BATCH_ROWS) {
                    nodes.push(node?);
                }
            }
            let ended = nodes.len() < BATCH_ROWS;
            let out = (!nodes.is_empty()).then(|| {
                let mut out = batch.gather(&vec![*row as u32; nodes.len()]);
                out.set(self.slot, Column::Nodes(nodes));
                out
            });
            if ended {
                *row += 1;
                if *row < batch.len() {
                    let cursor = self.open(st)?;
                    if let Some((_, _, current)) = &mut self.current {
                        *current = cursor;
                    }
                } else {
                    self.current = None;
                }
            }
            if out.is_some() {
                return Ok(out);
            }
        }
    }
}

/// The node of one `_id`.
pub(super) struct NodeById {
    input: BoxOperator,
    slot: usize,
    id: Expr,
}

impl NodeById {
    pub(super) fn new(input: BoxOperator, slot: usize, id: Expr) -> Self {
        NodeById { input, slot, id }
    }
}

impl Operator for NodeById {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        while let Some(batch) = self.input.next(st)? {
            let (mut rows, mut nodes): (Vec<u32>, Vec<NodeId>) = Default::default();
            for row in 0..batch.len() {
                // Only a string can equal an `_id`.
                if let Value::String(id) = eval(&self.id, &batch, row, st)?
                    && let Some(node) = st.tx.node_by_id(st.graph, &id)?
                {
                    rows.push(row as u32);
                    nodes.push(node);
                }
            }
            if !rows.is_empty() {
                let mut out = batch.gather(&rows);
                out.set(self.slot, Column::Nodes(nodes));
                return Ok(Some(out));
            }
        }
        Ok(None)
    }
}
