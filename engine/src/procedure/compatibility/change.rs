//! Changes of single nodes and edges: labels, properties, vectors.

use std::sync::Arc;

use wend_storage::{EdgeId, NodeId};

use super::{
    argument::Given,
    rows::{Rows, nothing},
};
use crate::{
    error::{Error, Result},
    function::to_vector,
    runtime::{element::deleted, statement::Statement},
    value::{Node, Value},
};

/// A node or an edge.
#[derive(Clone, Copy)]
pub(super) enum Element {
    Node(NodeId),
    Edge(EdgeId),
}

/// Sets a property; NULL takes it away.
pub(super) fn set(st: &Statement, element: Element, name: &str, value: &Value) -> Result<()> {
    if name.is_empty() {
        return Err(Error::value_type("a property needs a name"));
    }
    if name == "_id" {
        return Err(Error::rule("`_id` cannot be changed"));
    }
    let key = st.tx.intern_property_key(name)?;
    let stored = value.to_stored()?;
    {
        let mut changes = st.changes.lock();
        match stored {
            Some(_) => changes.properties_set += 1,
            None => changes.properties_removed += 1,
        }
    }
    match element {
        Element::Node(node) => {
            st.touch_node(node);
            st.tx.set_node_property(st.graph, node, key, stored)?;
        }
        Element::Edge(edge) => {
            st.touch_edge(edge);
            st.tx.set_edge_property(st.graph, edge, key, stored)?;
        }
    }
    st.count_changes()
}

/// Sets all properties of a map.
pub(super) fn set_all(st: &Statement, element: Element, fields: &[(Arc<str>, Value)]) -> Result<()> {
    fields.iter().try_for_each(|(name, value)| set(st, element, name, value))
}

/// `apoc.create.addLabels`: a row for each node.
pub(super) fn add_labels(st: &Statement, given: &Given) -> Result<Rows> {
    let nodes = match given.value(0) {
        Value::Node(node) => vec![node.number],
        Value::Null => Vec::new(),
        Value::List(items) => {
            let node = |item: &Value| match item {
                Value::Node(node) => Ok(node.number),
                _ => Err(given.wrong(0, "a NODE or a list of NODEs")),
            };
            items.iter().map(node).collect::<Result<_>>()?
        }
        _ => return Err(given.wrong(0, "a NODE or a list of NODEs")),
    };
    let labels =
        given.strings(1)?.into_iter().map(|label| super::merge::label(st, label)).collect::<Result<Vec<_>>>()?;
    let mut rows = Rows::new();
    for node in nodes {
        let mut all = st.tx.node_labels_of(st.graph, node)?.ok_or_else(|| deleted("the node"))?;
        let before = all.len();
        all.extend(labels.iter().copied());
        all.sort_unstable();
        all.dedup();
        if all.len() > before {
            st.touch_labels(node);
            st.changes.lock().labels_added += (all.len() - before) as u64;
            st.tx.set_node_labels(st.graph, node, &all)?;
            st.count_changes()?;
        }
        rows.push(vec![Value::Node(Node::new(node))]);
    }
    Ok(rows)
}

/// The property and the vector of the second and third argument; NULL takes the property away.
fn vector(st: &Statement, given: &Given) -> Result<Value> {
    match given.value(2) {
        Value::Null => Ok(Value::Null),
        value @ (Value::List(_) | Value::Vector(_)) => Ok(Value::Vector(to_vector(value, None, st.functions())?)),
        _ => Err(given.wrong(2, "a list of numbers or a VECTOR")),
    }
}

/// `db.create.setNodeVectorProperty`, `db.create.setVectorProperty`
pub(super) fn set_node_vector(st: &Statement, given: &Given, gives_node: bool) -> Result<Rows> {
    let node = match given.value(0) {
        Value::Node(node) => node.number,
        Value::Null if !gives_node => return Ok(nothing()),
        _ => return Err(given.wrong(0, "a NODE")),
    };
    set(st, Element::Node(node), given.string(1)?, &vector(st, given)?)?;
    Ok(if gives_node { vec![vec![Value::Node(Node::new(node))]] } else { nothing() })
}

/// `db.create.setRelationshipVectorProperty`
pub(super) fn set_relationship_vector(st: &Statement, given: &Given) -> Result<Rows> {
    let edge = match given.value(0) {
        Value::Edge(edge) => edge.reference.edge,
        Value::Null => return Ok(nothing()),
        _ => return Err(given.wrong(0, "a RELATIONSHIP")),
    };
    set(st, Element::Edge(edge), given.string(1)?, &vector(st, given)?)?;
    Ok(nothing())
}
