//! Creates nodes and edges for each row.

use std::sync::Arc;

use wend_storage::{NodeId, Properties};

use super::operator::{BoxOperator, Operator, collect};
use crate::{
    error::{Error, ErrorKind, Result},
    plan::{
        InsertEdge, InsertNode,
        expr::{Expr, PropertyName},
    },
    runtime::{
        batch::{Batch, Column},
        eval::eval,
        statement::Statement,
    },
    value::{EdgeRef, Value},
};

/// See [`crate::plan::Plan::Insert`].
pub(super) struct Insert {
    input: BoxOperator,
    nodes: Vec<InsertNode>,
    edges: Vec<InsertEdge>,
    /// A property is computed from an element that the same INSERT creates before it.
    looks_back: bool,
    done: Option<std::vec::IntoIter<Batch>>,
}

impl Insert {
    pub(super) fn new(input: BoxOperator, nodes: Vec<InsertNode>, edges: Vec<InsertEdge>) -> Self {
        let created: Vec<usize> =
            nodes.iter().map(|node| node.slot).chain(edges.iter().map(|edge| edge.slot)).collect();
        let properties =
            nodes.iter().flat_map(|node| &node.properties).chain(edges.iter().flat_map(|edge| &edge.properties));
        let looks_back = properties.flat_map(|(_, value)| value.columns()).any(|slot| created.contains(&slot));
        Insert { input, nodes, edges, looks_back, done: None }
    }

    fn run(&mut self, st: &Statement) -> Result<Vec<Batch>> {
        let mut batches = collect(&mut self.input, None, st)?;
        for batch in &mut batches {
            let mut nodes: Vec<Vec<NodeId>> = vec![Vec::with_capacity(batch.len()); self.nodes.len()];
            let mut edges: Vec<Vec<EdgeRef>> = vec![Vec::with_capacity(batch.len()); self.edges.len()];
            for row in 0..batch.len() {
                if row % 64 == 0 {
                    st.cancel.check()?;
                }
                let mut own = self.looks_back.then(|| batch.slice(row, row + 1));
                for (node, made) in self.nodes.iter().zip(&mut nodes) {
                    let (seen, seen_row) = own.as_ref().map_or((&*batch, row), |own| (own, 0));
                    let number = insert_node(node, seen, seen_row, st).map_err(|error| error.at(node.span))?;
                    made.push(number);
                    if let Some(own) = &mut own {
                        own.set(node.slot, Column::Nodes(vec![number]));
                    }
                }
                // An edge joins nodes of this row: made just now, or bound before.
                let end = |slot: usize| match self.nodes.iter().position(|node| node.slot == slot) {
                    Some(position) => nodes[position].last().copied(),
                    None => batch.node(slot, row),
                };
                for (edge, made) in self.edges.iter().zip(&mut edges) {
                    let (from, to) = (end(edge.from), end(edge.to));
                    let (seen, seen_row) = own.as_ref().map_or((&*batch, row), |own| (own, 0));
                    made.push(insert_edge(edge, from, to, seen, seen_row, st).map_err(|error| error.at(edge.span))?);
                }
                st.count_changes()?;
            }
            for (node, made) in self.nodes.iter().zip(nodes) {
                batch.set(node.slot, Column::Nodes(made));
            }
            for (edge, made) in self.edges.iter().zip(edges) {
                batch.set(edge.slot, Column::Edges(made));
            }
        }
        Ok(batches)
    }
}

impl Operator for Insert {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        if self.done.is_none() {
            self.done = Some(self.run(st)?.into_iter());
        }
        Ok(self.done.as_mut().and_then(Iterator::next))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.done = None;
    }
}

fn insert_node(node: &InsertNode, batch: &Batch, row: usize, st: &Statement) -> Result<NodeId> {
    let labels = node.labels.iter().map(|label| label.intern(&st.tx)).collect::<Result<Vec<_>>>()?;
    let mut id: Option<Arc<str>> = None;
    let mut properties = Properties::new();
    for (name, expr) in &node.properties {
        if name.is_id() {
            id = match eval(expr, batch, row, st)? {
                Value::String(id) => Some(id),
                // As with any property, NULL is as if it were not written.
                Value::Null => None,
                other => {
                    return Err(Error::value_type(format!("`_id` is a STRING, not {}", other.type_name()))
                        .with_hint("write CAST(x AS STRING)")
                        .at(expr.span));
                }
            };
        } else {
            push_property(&mut properties, name, expr, batch, row, st)?;
        }
    }
    let id = id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string().into());
    if id.is_empty() {
        return Err(Error::value_type("`_id` cannot be an empty string"));
    }
    let mut changes = st.changes.lock();
    changes.nodes_inserted += 1;
    changes.labels_added += labels.len() as u64;
    changes.properties_set += properties.len() as u64;
    drop(changes);
    let made = st.tx.insert_node(st.graph, &id, &labels, properties)?;
    st.touch_node(made);
    Ok(made)
}

fn insert_edge(
    edge: &InsertEdge,
    from: Option<NodeId>,
    to: Option<NodeId>,
    batch: &Batch,
    row: usize,
    st: &Statement,
) -> Result<EdgeRef> {
    let (Some(from), Some(to)) = (from, to) else {
        return Err(Error::data("22004", "an edge cannot be inserted: the node at one of its ends is NULL"));
    };
    let label = edge.label.intern(&st.tx)?;
    let mut properties = Properties::new();
    for (name, expr) in &edge.properties {
        push_property(&mut properties, name, expr, batch, row, st)?;
    }
    let mut changes = st.changes.lock();
    changes.edges_inserted += 1;
    changes.properties_set += properties.len() as u64;
    drop(changes);
    let made = st.tx.insert_edge(st.graph, label, from, to, properties).map_err(|error| match error {
        wend_storage::Error::MissingNode { .. } => {
            Error::new(ErrorKind::Constraint, "G1002", "a node at one end of the edge was deleted")
        }
        other => other.into(),
    })?;
    st.touch_edge(made);
    Ok(EdgeRef { edge: made, label, from, to })
}

fn push_property(
    properties: &mut Properties,
    name: &PropertyName,
    expr: &Expr,
    batch: &Batch,
    row: usize,
    st: &Statement,
) -> Result<()> {
    let value = eval(expr, batch, row, st)?;
    if let Some(stored) = value.to_stored().map_err(|error| error.at(expr.span))? {
        properties.push((name.intern(&st.tx)?, stored));
    }
    Ok(())
}
