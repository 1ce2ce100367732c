//! Node scans: all nodes, those of a label, or the one of an `_id`, for each input row.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use wend_storage::{NodeCursor, NodeId};

use super::{
    input_rows::InputRows,
    operator::{BoxOperator, Operator},
};
use crate::{
    error::Result,
    function::operators,
    plan::expr::{Expr, LabelName},
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        eval::eval,
        statement::Statement,
    },
    value::Value,
};

/// All nodes or those of one label.
pub(super) struct NodeScan {
    input: BoxOperator,
    slot: usize,
    label: Option<LabelName>,
    /// The input rows, the row being joined, and the scan for it.
    current: Option<(Batch, usize, Source)>,
}

/// Where the nodes come from.
enum Source {
    /// There are none: no node can have the label.
    Nothing,
    /// A list kept from an earlier scan, and how many of it are given out.
    Kept(Arc<[NodeId]>, usize),
    /// The store; what is read is collected where it is to be kept.
    Stored(NodeCursor, Option<Vec<NodeId>>),
}

impl NodeScan {
    pub(super) fn new(input: BoxOperator, slot: usize, label: Option<LabelName>) -> Self {
        NodeScan { input, slot, label, current: None }
    }

    fn open(&self, st: &Statement) -> Result<Source> {
        let label = match &self.label {
            None => None,
            Some(name) => match name.id(&st.tx)? {
                Some(label) => Some(label),
                None => return Ok(Source::Nothing),
            },
        };
        let mut collected = None;
        if let Some(cache) = st.cache()? {
            if let Some(nodes) = cache.nodes(label) {
                return Ok(Source::Kept(nodes, 0));
            }
            let count = match label {
                None => st.tx.node_count(st.graph)?,
                Some(label) => st.tx.node_label_count(st.graph, label)?,
            };
            collected = cache.has_room_for_nodes(count).then(Vec::new);
        }
        Ok(Source::Stored(st.tx.nodes(st.graph, label)?, collected))
    }

    /// The next nodes; fewer than [`BATCH_ROWS`] are the last.
    fn fill(label: Option<&LabelName>, source: &mut Source, st: &Statement) -> Result<Vec<NodeId>> {
        match source {
            Source::Nothing => Ok(Vec::new()),
            Source::Kept(list, next) => {
                let from = *next;
                *next = (from + BATCH_ROWS).min(list.len());
                Ok(list[from..*next].to_vec())
            }
            Source::Stored(cursor, collected) => {
                let mut nodes = Vec::new();
                cursor.fill(&mut nodes, BATCH_ROWS)?;
                if let Some(list) = collected {
                    list.extend_from_slice(&nodes);
                    if nodes.len() < BATCH_ROWS
                        && let Some(cache) = st.cache()?
                    {
                        let label = label.map(|name| name.id(&st.tx)).transpose()?.flatten();
                        cache.keep_nodes(label, list);
                        *collected = None;
                    }
                }
                Ok(nodes)
            }
        }
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
            let Some((batch, row, source)) = &mut self.current else { return Ok(None) };
            let nodes = Self::fill(self.label.as_ref(), source, st)?;
            let ended = nodes.len() < BATCH_ROWS;
            let out = (!nodes.is_empty()).then(|| {
                let mut out = batch.gather(&vec![*row as u32; nodes.len()]);
                out.set(self.slot, Column::Nodes(nodes));
                out
            });
            if ended {
                *row += 1;
                if *row < batch.len() {
                    let source = self.open(st)?;
                    if let Some((_, _, current)) = &mut self.current {
                        *current = source;
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

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.current = None;
    }
}

/// The node of one `_id`, or those of a list. The condition that it answers is asked again above it: where its value cannot be
/// evaluated, all nodes are given, and the condition says whether that is an error.
pub(super) struct NodeById {
    input: InputRows,
    slot: usize,
    id: Expr,
    many: bool,
}

impl NodeById {
    pub(super) fn new(input: BoxOperator, slot: usize, id: Expr, many: bool) -> Self {
        NodeById { input: InputRows::new(input), slot, id, many }
    }

    /// Adds the nodes that a row looks for.
    fn of_row(&self, batch: &Batch, row: usize, nodes: &mut Vec<NodeId>, st: &Statement) -> Result<()> {
        match eval(&self.id, batch, row, st)? {
            id if self.many => self.of_list(&id, nodes, st),
            // Only a string can equal an `_id`.
            Value::String(id) => {
                nodes.extend(st.tx.node_by_id(st.graph, &id)?);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Adds the nodes of a list of `_id`s, each once.
    fn of_list(&self, list: &Value, nodes: &mut Vec<NodeId>, st: &Statement) -> Result<()> {
        // What is no list is the same error here as for IN.
        operators::in_list(&Value::Null, list)?;
        let Value::List(ids) = list else { return Ok(()) };
        let mut seen = FxHashSet::default();
        for id in ids.iter() {
            if let Value::String(id) = id
                && let Some(node) = st.tx.node_by_id(st.graph, id)?
                && seen.insert(node)
            {
                nodes.push(node);
            }
        }
        Ok(())
    }
}

impl Operator for NodeById {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            let Some((batch, mut row)) = self.input.take(st)? else { return Ok(None) };
            let (mut rows, mut nodes): (Vec<u32>, Vec<NodeId>) = Default::default();
            while row < batch.len() && nodes.len() < BATCH_ROWS {
                match self.of_row(&batch, row, &mut nodes, st) {
                    Err(error) if error.is_about_values() => {
                        st.tx.nodes(st.graph, None)?.fill(&mut nodes, usize::MAX)?;
                    }
                    done => done?,
                }
                rows.resize(nodes.len(), row as u32);
                row += 1;
            }
            let out = (!rows.is_empty()).then(|| {
                let mut out = batch.gather(&rows);
                out.set(self.slot, Column::Nodes(nodes));
                out
            });
            if row < batch.len() {
                self.input.put_back(batch, row);
            }
            if out.is_some() {
                return Ok(out);
            }
        }
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
    }
}
