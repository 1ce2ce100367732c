//! Follows the edges of a node.

use wend_storage::Adjacent;

use super::{
    follow::{Follow, edge_ref},
    operator::{BoxOperator, Operator},
};
use crate::{
    error::Result,
    plan::Expand,
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        statement::Statement,
    },
    value::{EdgeRef, Value},
};

/// See [`crate::plan::Plan::Expand`].
pub(super) struct ExpandEdges {
    input: BoxOperator,
    expand: Expand,
    follow: Follow,
    /// Input rows and the next of them to expand.
    current: Option<(Batch, usize)>,
    /// What the row before `current` still has to give.
    found: Vec<Adjacent>,
    found_next: usize,
    /// Only the other nodes are wanted, whichever edges lead to them.
    nodes_only: bool,
}

impl ExpandEdges {
    pub(super) fn new(input: BoxOperator, expand: Expand) -> Self {
        let follow = Follow::new(expand.label.clone());
        let nodes_only = expand.edge_unread && expand.different_from.is_empty() && !expand.into;
        ExpandEdges { input, expand, follow, current: None, found: Vec::new(), found_next: 0, nodes_only }
    }
}

impl Operator for ExpandEdges {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            if self.current.is_none() {
                let Some(batch) = self.input.next(st)? else { return Ok(None) };
                self.current = Some((batch, 0));
            }
            let Some((batch, next)) = &mut self.current else { return Ok(None) };
            let (mut rows, mut edges, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
            loop {
                // What is found belongs to the row before `next`.
                while self.found_next < self.found.len() && rows.len() < BATCH_ROWS {
                    let row = *next - 1;
                    let adjacent = self.found[self.found_next];
                    self.found_next += 1;
                    let Some(from) = batch.node(self.expand.from, row) else { continue };
                    let edge = edge_ref(from, &adjacent);
                    if is_new(batch, row, &self.expand.different_from, edge) {
                        rows.push(row as u32);
                        if !self.expand.edge_unread {
                            edges.push(edge);
                        }
                        nodes.push(adjacent.node);
                    }
                }
                if rows.len() >= BATCH_ROWS || *next >= batch.len() {
                    break;
                }
                self.found.clear();
                self.found_next = 0;
                let row = *next;
                *next += 1;
                let Some(from) = batch.node(self.expand.from, row) else { continue };
                let into = if self.expand.into {
                    match batch.node(self.expand.to, row) {
                        Some(to) => Some(to),
                        None => continue,
                    }
                } else {
                    None
                };
                let direction = self.expand.direction;
                if self.nodes_only
                    && let Some(known) = self.follow.known(st)?
                {
                    let degree: usize = known.iter().map(|edges| edges.degree(from, direction)).sum();
                    // Of a list that does not fit the rest is given out later.
                    if rows.len() + degree <= BATCH_ROWS {
                        known.iter().for_each(|edges| edges.each_neighbour(from, direction, |node| nodes.push(node)));
                        rows.resize(nodes.len(), row as u32);
                        continue;
                    }
                }
                self.follow.add(from, into, direction, &mut self.found, st)?;
            }
            let done = *next >= batch.len() && self.found_next >= self.found.len();
            let out = (!rows.is_empty()).then(|| {
                let mut out = batch.gather(&rows);
                if !self.expand.edge_unread {
                    out.set(self.expand.edge, Column::Edges(edges));
                }
                if !self.expand.into {
                    out.set(self.expand.to, Column::Nodes(nodes));
                }
                out
            });
            if done {
                self.current = None;
            }
            if out.is_some() {
                return Ok(out);
            }
        }
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.current = None;
        self.found.clear();
        self.found_next = 0;
        self.follow.rewind(st);
    }
}

/// Whether none of the slots holds the edge, alone or in a list.
pub(super) fn is_new(batch: &Batch, row: usize, slots: &[usize], edge: EdgeRef) -> bool {
    !slots.iter().any(|&slot| match batch.column(slot) {
        Column::Edges(edges) => edges[row].edge == edge.edge,
        Column::Values(values) => match &values[row] {
            Value::Edge(other) => other.reference.edge == edge.edge,
            Value::List(list) => {
                list.iter().any(|other| matches!(other, Value::Edge(other) if other.reference.edge == edge.edge))
            }
            _ => false,
        },
        _ => false,
    })
}
