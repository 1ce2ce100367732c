//! Checks what a statement changed against the type of its graph.

use rustc_hash::FxHashSet;
use wend_storage::{Direction, EdgeId, LabelId, NodeId};

use super::statement::Statement;
use crate::{
    constraint,
    error::Result,
    function::cast::is_typed,
    schema::{Checker, Reason, Schema, Touched, known, names},
    value::Value,
};

impl Statement {
    /// Whether what it changes is checked: the graph has a type or constraints.
    pub(crate) fn is_checked(&self) -> bool {
        self.schema.is_some() || !self.constraints.is_empty()
    }

    /// Notes a node that is to be checked when the statement is done.
    pub(crate) fn touch_node(&self, node: NodeId) {
        if self.is_checked() {
            self.touched.lock().nodes.insert(node);
        }
    }

    /// Notes an edge that is to be checked when the statement is done.
    pub(crate) fn touch_edge(&self, edge: EdgeId) {
        if self.is_checked() {
            self.touched.lock().edges.insert(edge);
        }
    }

    /// Notes a node whose labels have changed.
    pub(crate) fn touch_labels(&self, node: NodeId) {
        if self.is_checked() {
            let mut touched = self.touched.lock();
            touched.nodes.insert(node);
            touched.relabelled.insert(node);
        }
    }
}

/// Checks all that a statement changed against the graph's type and its constraints.
pub(crate) fn check_statement(st: &Statement) -> Result<()> {
    if !st.is_checked() {
        return Ok(());
    }
    let touched = std::mem::take(&mut *st.touched.lock());
    check_constraints(st, &touched)?;
    match &st.schema {
        Some(schema) => check_types(st, schema, touched),
        None => Ok(()),
    }
}

fn check_constraints(st: &Statement, touched: &Touched) -> Result<()> {
    if st.constraints.is_empty() {
        return Ok(());
    }
    let mut nodes: Vec<NodeId> = touched.nodes.iter().copied().collect();
    nodes.sort_unstable();
    for (position, node) in nodes.into_iter().enumerate() {
        if position % 256 == 0 {
            st.cancel.check()?;
        }
        constraint::check_node(&st.constraints, &st.tx, st.graph, node)?;
    }
    let mut edges: Vec<EdgeId> = touched.edges.iter().copied().collect();
    edges.sort_unstable();
    for (position, edge) in edges.into_iter().enumerate() {
        if position % 256 == 0 {
            st.cancel.check()?;
        }
        constraint::check_edge(&st.constraints, &st.tx, st.graph, edge)?;
    }
    Ok(())
}

fn check_types(st: &Statement, schema: &Schema, touched: Touched) -> Result<()> {
    let Touched { nodes, mut edges, relabelled } = touched;
    if nodes.is_empty() && edges.is_empty() {
        return Ok(());
    }
    let (tx, graph) = (&st.tx, st.graph);
    let checker = Checker::new(schema, tx)?;
    let mut cursor = tx.adjacency(graph)?;
    for node in relabelled {
        let mut found = Vec::new();
        cursor.expand(node, Direction::Both, None, &mut found)?;
        edges.extend(found.iter().map(|adjacent| adjacent.edge));
    }
    let mut nodes: Vec<NodeId> = nodes.into_iter().collect();
    nodes.sort_unstable();
    for (position, node) in nodes.into_iter().enumerate() {
        if position % 256 == 0 {
            st.cancel.check()?;
        }
        let Some(mut record) = tx.node(graph, node)? else { continue };
        let (_, changed) = checker
            .node(&record.labels, &mut record.properties)
            .map_err(|reason| reason.of(&format!("the node '{}'", record.id), &names(tx, &record.labels)))?;
        for key in changed {
            let value = record.properties.iter().find(|(other, _)| *other == key).map(|(_, value)| value.clone());
            tx.set_node_property(graph, node, key, value)?;
        }
    }
    let mut edges: Vec<EdgeId> = edges.into_iter().collect();
    edges.sort_unstable();
    for (position, edge) in edges.into_iter().enumerate() {
        if position % 256 == 0 {
            st.cancel.check()?;
        }
        let Some(mut record) = tx.edge(graph, edge)? else { continue };
        let labels = |node| -> Result<Vec<LabelId>> { Ok(tx.node_labels_of(graph, node)?.unwrap_or_default()) };
        let (from, to) = (labels(record.from)?, labels(record.to)?);
        let what = || -> Result<String> {
            let id = |node| -> Result<String> { Ok(tx.node_id(graph, node)?.unwrap_or_default()) };
            Ok(format!("the edge from '{}' to '{}'", id(record.from)?, id(record.to)?))
        };
        let changed = match checker.edge(record.label, &from, &to, &mut record.properties) {
            Ok(changed) => changed,
            Err(reason) => return Err(reason.of(&what()?, &names(tx, &[record.label]))),
        };
        for key in changed {
            let value = record.properties.iter().find(|(other, _)| *other == key).map(|(_, value)| value.clone());
            tx.set_edge_property(graph, edge, key, value)?;
        }
    }
    Ok(())
}

/// Checks that nodes may have vectors of a property, before a vector set is written.
pub(crate) fn allow_vectors(st: &Statement, nodes: &[NodeId], property: &str, dimensions: usize) -> Result<()> {
    if !st.is_checked() {
        return Ok(());
    }
    let sample = Value::Vector(vec![0.0f32; dimensions].into());
    let mut seen = FxHashSet::default();
    for &node in nodes {
        let labels = st.tx.node_labels_of(st.graph, node)?.unwrap_or_default();
        if !seen.insert(labels.clone()) {
            continue;
        }
        st.constraints.allow_vector(&labels, property, &sample)?;
        let Some(schema) = &st.schema else { continue };
        let mut names = names(&st.tx, &labels);
        names.sort_unstable();
        let Some(found) = schema.nodes.iter().find(|node| node.labels == names) else { continue };
        let declared = found.properties.iter().find(|other| other.name.name == property);
        let reason = match declared {
            None => Reason::Unknown(property.to_owned(), known(&found.properties)),
            Some(declared) if !is_typed(&sample, &declared.value_type) => {
                Reason::Type(property.to_owned(), format!("VECTOR({dimensions})"), declared.value_type.clone())
            }
            Some(_) => continue,
        };
        return Err(reason.of("a node", &names));
    }
    Ok(())
}
