//! MERGE with labels that are values: `apoc.merge.node`, `apoc.merge.relationship`.

use std::sync::Arc;

use wend_storage::{Direction, IndexBound, LabelId, NodeId, Properties};

use super::{
    argument::{Fields, Given},
    change::{Element, set_all},
    rows::Rows,
};
use crate::{
    error::{Error, ErrorKind, Result},
    plan::expr::PropertyName,
    runtime::{
        element::{deleted, edge_property, node_property},
        statement::Statement,
    },
    value::{Edge, EdgeRef, Node, Value},
};

/// A label by its name, which may be new.
pub(super) fn label(st: &Statement, name: &str) -> Result<LabelId> {
    if name.is_empty() {
        return Err(Error::rule("a label cannot be empty"));
    }
    Ok(st.tx.intern_label(name)?)
}

/// The properties by which an element is found; NULL is equal to nothing, so that it would be made again each time.
fn identity<'a>(given: &Given<'a>, position: usize) -> Result<Fields<'a>> {
    let fields = given.map(position)?;
    match fields.iter().find(|(_, value)| value.is_null()) {
        None => Ok(fields),
        Some((name, _)) => Err(Error::data(
            "22004",
            format!(
                "{}: the property `{name}` to merge by is NULL, and nothing is equal to NULL",
                given.procedure.name
            ),
        )),
    }
}

/// Whether the values that are read equal those that are wanted.
fn equal(wanted: Fields<'_>, mut read: impl FnMut(&PropertyName) -> Result<Value>) -> Result<bool> {
    for (name, value) in wanted {
        if read(&PropertyName::new(name))?.equals(value) != Some(true) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Properties as they are stored, without the `_id`.
fn stored(st: &Statement, maps: &[Fields<'_>]) -> Result<Properties> {
    let mut all: Vec<(&Arc<str>, &Value)> = Vec::new();
    for (name, value) in maps.iter().copied().flatten().filter(|(name, _)| &**name != "_id") {
        // What comes later stands.
        all.retain(|(known, _)| *known != name);
        all.push((name, value));
    }
    let mut properties = Properties::new();
    for (name, value) in all {
        if let Some(value) = value.to_stored()? {
            properties.push((st.tx.intern_property_key(name)?, value));
        }
    }
    Ok(properties)
}

/// The nodes with all labels and properties: by `_id`, by an index where one has the properties, or else among those of a label.
fn find(st: &Statement, labels: &[LabelId], wanted: Fields<'_>) -> Result<Vec<NodeId>> {
    let mut found = Vec::new();
    let mut look_at = |node: NodeId| -> Result<()> {
        let has = st.tx.node_labels_of(st.graph, node)?.unwrap_or_default();
        if labels.iter().all(|label| has.contains(label)) && equal(wanted, |name| node_property(st, node, name))? {
            found.push(node);
        }
        Ok(())
    };
    if let Some((_, Value::String(id))) = wanted.iter().find(|(name, _)| &**name == "_id") {
        if let Some(node) = st.tx.node_by_id(st.graph, id)? {
            look_at(node)?;
        }
        return Ok(found);
    }
    for index in st.tx.indexes(st.graph)?.iter() {
        let definition = &index.definition;
        if definition.on_edge || !labels.contains(&definition.label) {
            continue;
        }
        let mut values = Vec::new();
        for key in &definition.properties {
            let name = st.tx.property_key_name(*key)?;
            let value = wanted.iter().find(|(wanted, _)| *wanted == name);
            values.extend(value.map(|(_, value)| value.to_stored()).transpose()?.flatten());
        }
        if values.len() < definition.properties.len() {
            continue;
        }
        if let Some(nodes) = st.tx.index_scan(st.graph, index.id, &values, &IndexBound::All)? {
            nodes.map(|node| Ok(NodeId(node?))).collect::<Result<Vec<_>>>()?.into_iter().try_for_each(look_at)?;
            return Ok(found);
        }
    }
    for (position, node) in st.tx.nodes(st.graph, labels.first().copied())?.enumerate() {
        if position % 1024 == 0 {
            st.cancel.check()?;
        }
        look_at(node?)?;
    }
    Ok(found)
}

/// `apoc.merge.node`: a row for each node that was there, or for the one that was made.
pub(super) fn node(st: &Statement, given: &Given) -> Result<Rows> {
    let labels = given.strings(0)?.into_iter().map(|name| label(st, name)).collect::<Result<Vec<_>>>()?;
    let (wanted, on_create, on_match) = (identity(given, 1)?, given.map(2)?, given.map(3)?);
    if labels.is_empty() && wanted.is_empty() {
        return Err(Error::rule(format!("{} takes a label or a property to merge by", given.procedure.name)));
    }
    let mut found = find(st, &labels, wanted)?;
    if found.is_empty() {
        found.push(insert(st, &labels, wanted, on_create)?);
    } else {
        for node in &found {
            set_all(st, Element::Node(*node), on_match)?;
        }
    }
    Ok(found.into_iter().map(|node| vec![Value::Node(Node::new(node))]).collect())
}

fn insert(st: &Statement, labels: &[LabelId], wanted: Fields<'_>, on_create: Fields<'_>) -> Result<NodeId> {
    let id = match [on_create, wanted].into_iter().flatten().find(|(name, _)| &**name == "_id") {
        Some((_, Value::String(id))) if !id.is_empty() => id.clone(),
        Some((_, other)) => {
            return Err(Error::value_type(format!("`_id` is a STRING that is not empty, not {}", other.type_name())));
        }
        None => uuid::Uuid::new_v4().to_string().into(),
    };
    let properties = stored(st, &[wanted, on_create])?;
    {
        let mut changes = st.changes.lock();
        changes.nodes_inserted += 1;
        changes.labels_added += labels.len() as u64;
        changes.properties_set += properties.len() as u64;
    }
    let mut labels = labels.to_vec();
    labels.sort_unstable();
    labels.dedup();
    let made = st.tx.insert_node(st.graph, &id, &labels, properties)?;
    st.touch_node(made);
    st.count_changes()?;
    Ok(made)
}

/// `apoc.merge.relationship`: a row for each edge that was there, or for the one that was made.
pub(super) fn relationship(st: &Statement, given: &Given) -> Result<Rows> {
    let end = |position: usize| match given.value(position) {
        Value::Node(node) => Ok(node.number),
        Value::Null => Err(Error::data("22004", "an edge cannot be merged: the node at one of its ends is NULL")),
        _ => Err(given.wrong(position, "a NODE")),
    };
    let (from, to, label) = (end(0)?, end(4)?, label(st, given.string(1)?)?);
    let (wanted, on_create, on_match) = (identity(given, 2)?, given.map(3)?, given.map(5)?);
    if let Some((name, _)) = [wanted, on_create, on_match].into_iter().flatten().find(|(name, _)| &**name == "_id") {
        return Err(Error::rule(format!("an edge has no `{name}` of its own to give")));
    }
    let mut beside = Vec::new();
    st.tx.adjacency(st.graph)?.between(from, to, Direction::Out, Some(label), &mut beside)?;
    let mut found = Vec::new();
    for adjacent in beside {
        let edge = EdgeRef { edge: adjacent.edge, label, from, to };
        if equal(wanted, |name| edge_property(st, edge, name))? {
            found.push(edge);
        }
    }
    if found.is_empty() {
        let properties = stored(st, &[wanted, on_create])?;
        let set = properties.len() as u64;
        let made = st.tx.insert_edge(st.graph, label, from, to, properties).map_err(|error| match error {
            wend_storage::Error::MissingNode { .. } => {
                Error::new(ErrorKind::Constraint, "G1002", deleted("a node at one end of the edge").message())
            }
            other => other.into(),
        })?;
        {
            let mut changes = st.changes.lock();
            changes.edges_inserted += 1;
            changes.properties_set += set;
        }
        st.touch_edge(made);
        st.count_changes()?;
        found.push(EdgeRef { edge: made, label, from, to });
    } else {
        for edge in &found {
            set_all(st, Element::Edge(edge.edge), on_match)?;
        }
    }
    Ok(found.into_iter().map(|edge| vec![Value::Edge(Edge::new(edge))]).collect())
}
