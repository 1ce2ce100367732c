//! Follows the edges of a node.

use wend_storage::{AdjacencyCursor, Adjacent, Direction, LabelId, NodeId};

use super::operator::{BoxOperator, Operator};
use crate::{
    error::Result,
    plan::{Expand, expr::LabelTest},
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
    cursor: Option<AdjacencyCursor>,
    /// Input rows and the next of them to expand.
    current: Option<(Batch, usize)>,
    /// What the row before `current` still has to give.
    found: Vec<Adjacent>,
    found_next: usize,
}

impl ExpandEdges {
    pub(super) fn new(input: BoxOperator, expand: Expand) -> Self {
        ExpandEdges { input, expand, cursor: None, current: None, found: Vec::new(), found_next: 0 }
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
                        edges.push(edge);
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
                let cursor = match &mut self.cursor {
                    Some(cursor) => cursor,
                    None => self.cursor.insert(st.tx.adjacency(st.graph)?),
                };
                let into = if self.expand.into {
                    match batch.node(self.expand.to, row) {
                        Some(to) => Some(to),
                        None => continue,
                    }
                } else {
                    None
                };
                adjacent(st, cursor, from, into, self.expand.direction, self.expand.label.as_ref(), &mut self.found)?;
            }
            let done = *next >= batch.len() && self.found_next >= self.found.len();
            let out = (!rows.is_empty()).then(|| {
                let mut out = batch.gather(&rows);
                out.set(self.expand.edge, Column::Edges(edges));
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
        if st.writes {
            self.cursor = None;
        }
    }
}

/// The edges of `from`, only those to `into` where it is given, with labels that pass.
pub(super) fn adjacent(
    st: &Statement,
    cursor: &mut AdjacencyCursor,
    from: NodeId,
    into: Option<NodeId>,
    direction: Direction,
    label: Option<&LabelTest>,
    out: &mut Vec<Adjacent>,
) -> Result<()> {
    let Some(to) = into else {
        return each_adjacent(st, cursor, from, direction, label, |list| out.extend_from_slice(list));
    };
    match labels(st, label)? {
        Labels::All => cursor.between(from, to, direction, None, out)?,
        Labels::These(labels) => {
            for label in labels {
                cursor.between(from, to, direction, Some(label), out)?;
            }
        }
        Labels::Test(test) => {
            let mut found = Vec::new();
            cursor.between(from, to, direction, None, &mut found)?;
            out.extend(passing(st, test, found)?);
        }
    }
    Ok(())
}

/// The same without `into`, list by list.
pub(super) fn each_adjacent(
    st: &Statement,
    cursor: &mut AdjacencyCursor,
    from: NodeId,
    direction: Direction,
    label: Option<&LabelTest>,
    mut see: impl FnMut(&[Adjacent]),
) -> Result<()> {
    let cache = st.cache()?;
    let mut read = |label, see: &mut dyn FnMut(&[Adjacent])| -> Result<()> {
        let wanted = (from, direction, label);
        if let Some(list) = cache.and_then(|cache| cache.edges(&wanted)) {
            see(&list);
            return Ok(());
        }
        let mut found = Vec::new();
        cursor.expand(from, direction, label, &mut found)?;
        if let Some(cache) = cache {
            cache.keep_edges(wanted, &found);
        }
        see(&found);
        Ok(())
    };
    match labels(st, label)? {
        Labels::All => read(None, &mut see),
        Labels::These(labels) => labels.into_iter().try_for_each(|label| read(Some(label), &mut see)),
        Labels::Test(test) => {
            let mut found = Vec::new();
            read(None, &mut |list| found.extend_from_slice(list))?;
            see(&passing(st, test, found)?);
            Ok(())
        }
    }
}

/// Which labels edges may have.
enum Labels<'a> {
    All,
    /// A plain name, or a choice of names: only their ranges are read.
    These(Vec<LabelId>),
    Test(&'a LabelTest),
}

fn labels<'a>(st: &Statement, label: Option<&'a LabelTest>) -> Result<Labels<'a>> {
    let Some(test) = label else { return Ok(Labels::All) };
    let Some(names) = test.alternatives() else { return Ok(Labels::Test(test)) };
    let mut ids = Vec::new();
    for name in names {
        ids.extend(name.id(&st.tx)?);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(Labels::These(ids))
}

fn passing(st: &Statement, test: &LabelTest, mut found: Vec<Adjacent>) -> Result<Vec<Adjacent>> {
    let mut failure = None;
    found.retain(|adjacent| {
        test.matches(&[adjacent.label], &st.tx).unwrap_or_else(|error| {
            failure = Some(error);
            false
        })
    });
    failure.map_or(Ok(found), Err)
}

/// The edge to an adjacent node, as seen from `from`.
pub(super) fn edge_ref(from: NodeId, adjacent: &Adjacent) -> EdgeRef {
    let (start, end) = if adjacent.outgoing { (from, adjacent.node) } else { (adjacent.node, from) };
    EdgeRef { edge: adjacent.edge, label: adjacent.label, from: start, to: end }
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
