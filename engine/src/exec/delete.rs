//! Deletes nodes and edges: all edges first, so that it does not matter in which order they are named.

use std::collections::BTreeSet;

use wend_grammar::ast::Span;
use wend_storage::{Direction, EdgeId, NodeId};

use super::operator::{BoxOperator, Operator, collect};
use crate::{
    error::{Error, Result},
    plan::expr::Expr,
    runtime::{batch::Batch, eval::eval, statement::Statement},
    value::Value,
};

/// See [`crate::plan::Plan::Delete`].
pub(super) struct Delete {
    input: BoxOperator,
    items: Vec<Expr>,
    detach: bool,
    span: Span,
    done: Option<std::vec::IntoIter<Batch>>,
}

impl Delete {
    pub(super) fn new(input: BoxOperator, items: Vec<Expr>, detach: bool, span: Span) -> Self {
        Delete { input, items, detach, span, done: None }
    }

    fn run(&mut self, st: &Statement) -> Result<Vec<Batch>> {
        let batches = collect(&mut self.input, None, st)?;
        let (mut nodes, mut edges) = (BTreeSet::new(), BTreeSet::new());
        for batch in &batches {
            for row in 0..batch.len() {
                for item in &self.items {
                    name(eval(item, batch, row, st)?, item.span, &mut nodes, &mut edges)?;
                }
            }
        }
        if self.detach {
            let mut cursor = st.tx.adjacency(st.graph)?;
            let mut found = Vec::new();
            for &node in &nodes {
                found.clear();
                cursor.expand(node, Direction::Both, None, &mut found)?;
                edges.extend(found.iter().map(|adjacent| adjacent.edge));
            }
        }
        let mut changes = st.changes.lock();
        for (position, &edge) in edges.iter().enumerate() {
            if position % 256 == 0 {
                st.cancel.check()?;
            }
            // What this statement deleted before stays deleted.
            if st.tx.edge_exists(st.graph, edge)? {
                st.tx.delete_edge(st.graph, edge)?;
                changes.edges_deleted += 1;
                st.count_changes()?;
            }
        }
        for (position, &node) in nodes.iter().enumerate() {
            if position % 256 == 0 {
                st.cancel.check()?;
            }
            if st.tx.node_exists(st.graph, node)? {
                st.tx.delete_node(st.graph, node).map_err(|error| Error::from(error).at(self.span))?;
                changes.nodes_deleted += 1;
                st.count_changes()?;
            }
        }
        Ok(batches)
    }
}

impl Operator for Delete {
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

/// Adds the elements that a value names; NULL names none.
fn name(value: Value, span: Span, nodes: &mut BTreeSet<NodeId>, edges: &mut BTreeSet<EdgeId>) -> Result<()> {
    match value {
        Value::Null => {}
        Value::Node(node) => {
            nodes.insert(node.number);
        }
        Value::Edge(edge) => {
            edges.insert(edge.reference.edge);
        }
        Value::Path(path) => {
            nodes.extend(path.nodes.iter().map(|node| node.number));
            edges.extend(path.edges.iter().map(|edge| edge.reference.edge));
        }
        Value::List(items) => items.iter().cloned().try_for_each(|item| name(item, span, nodes, edges))?,
        other => {
            return Err(Error::value_type(format!("DELETE takes nodes and edges, not {}", other.type_name())).at(span));
        }
    }
    Ok(())
}
