//! Reading nodes and edges: single properties while a statement runs, whole elements for results.

use std::sync::Arc;

use wend_storage::{NodeId, Properties};

use super::{
    batch::{Batch, Column},
    statement::Statement,
};
use crate::{
    cache::Property,
    error::{Error, Result},
    plan::expr::{Expr, ExprKind, PropertyName, Visible},
    times::Times,
    value::{Edge, EdgeContent, EdgeRef, Node, NodeContent, Path, Value, moment::seconds},
};

/// A property of a node; NULL when it has none of that key.
pub(crate) fn node_property(st: &Statement, node: NodeId, name: &PropertyName) -> Result<Value> {
    let key = match name.is_id() {
        true => None,
        false => match name.key(&st.tx)? {
            Some(key) => Some(key),
            None => return Ok(Value::Null),
        },
    };
    let property = key.map_or(Property::Id, Property::Node);
    if let Some(cache) = st.cache()?
        && !name.is_in_set(&st.tx, st.graph)?
        && let Some(value) = cache.property(&st.tx, st.graph, property, node.0)?
    {
        return Ok(value);
    }
    // Rows mostly come in the order of a scan, which a reader follows at a tenth of a lookup's cost.
    let mut reader = st.node_reader();
    if !reader.go(node)? {
        return Err(deleted("the node"));
    }
    match key {
        None => Ok(reader.id()?.map_or(Value::Null, |id| Value::String(id.into()))),
        Some(key) => Ok(reader.property(key)?.map_or(Value::Null, Value::from_stored)),
    }
}

/// A property of an edge; NULL when it has none of that key.
pub(crate) fn edge_property(st: &Statement, edge: EdgeRef, name: &PropertyName) -> Result<Value> {
    if name.is_id() {
        return Ok(Value::String(Edge::new(edge).id().into()));
    }
    let Some(key) = name.key(&st.tx)? else { return Ok(Value::Null) };
    if let Some(cache) = st.cache()?
        && let Some(value) = cache.property(&st.tx, st.graph, Property::Edge(key), edge.edge.0)?
    {
        return Ok(value);
    }
    match st.tx.edge_property(st.graph, edge.edge, key)? {
        Some(value) => Ok(Value::from_stored(value)),
        None if st.writes && !st.tx.edge_exists(st.graph, edge.edge)? => Err(deleted("the edge")),
        None => Ok(Value::Null),
    }
}

/// The error of reading or changing what the statement has deleted.
pub(crate) fn deleted(what: &str) -> Error {
    Error::data("22G11", format!("{what} was deleted, and can be neither read nor changed any more"))
        .with_hint("read what is wanted of it before the DELETE, with LET or WITH")
}

/// Says whether an element that an expression looks at is there still: a statement may have deleted what its variables name. That
/// goes for all that can be asked of it, of its `_id` and whether it is NULL too. A row may carry it on, count it, and delete it
/// again.
pub(crate) fn look_at(st: &Statement, value: &Value) -> Result<()> {
    if !matches!(value, Value::Node(_) | Value::Edge(_) | Value::Path(_)) || !st.has_deleted() {
        return Ok(());
    }
    let node = |node: &Node| match st.tx.node_exists(st.graph, node.number)? {
        true => Ok(()),
        false => Err(deleted("the node")),
    };
    let edge = |edge: &Edge| match st.tx.edge_exists(st.graph, edge.reference.edge)? {
        true => Ok(()),
        false => Err(deleted("the edge")),
    };
    match value {
        Value::Node(one) => node(one),
        Value::Edge(one) => edge(one),
        Value::Path(path) => path.nodes.iter().try_for_each(node).and_then(|()| path.edges.iter().try_for_each(edge)),
        _ => Ok(()),
    }
}

/// All properties of a node (without `_id`) or an edge.
pub(crate) fn properties(st: &Statement, element: &Value) -> Result<Vec<(Arc<str>, Value)>> {
    let stored = match element {
        Value::Node(node) => st.tx.node(st.graph, node.number)?.ok_or_else(|| deleted("the node"))?.properties,
        Value::Edge(edge) => st.tx.edge(st.graph, edge.reference.edge)?.ok_or_else(|| deleted("the edge"))?.properties,
        _ => Properties::new(),
    };
    named(st, stored)
}

fn named(st: &Statement, properties: Properties) -> Result<Vec<(Arc<str>, Value)>> {
    properties.into_iter().map(|(key, value)| Ok((st.tx.property_key_name(key)?, Value::from_stored(value)))).collect()
}

/// The value with the content of every node and edge in it, for a result.
pub(crate) fn hydrate(st: &Statement, value: Value) -> Result<Value> {
    Ok(match value {
        Value::Node(node) => Value::Node(hydrate_node(st, node)?),
        Value::Edge(edge) => Value::Edge(hydrate_edge(st, edge)?),
        Value::Path(path) => {
            let nodes = path.nodes.iter().map(|node| hydrate_node(st, node.clone())).collect::<Result<Arc<[_]>>>()?;
            let edges = path.edges.iter().map(|edge| hydrate_edge(st, edge.clone())).collect::<Result<Arc<[_]>>>()?;
            Value::Path(Path { nodes, edges, cost: path.cost })
        }
        Value::List(items) if items.iter().any(has_elements) => {
            Value::List(items.iter().map(|item| hydrate(st, item.clone())).collect::<Result<Arc<[_]>>>()?)
        }
        Value::Record(fields) if fields.iter().any(|(_, field)| has_elements(field)) => {
            let fields = fields.iter().map(|(name, field)| Ok((name.clone(), hydrate(st, field.clone())?)));
            Value::Record(fields.collect::<Result<Arc<[_]>>>()?)
        }
        other => other,
    })
}

fn has_elements(value: &Value) -> bool {
    match value {
        Value::Node(_) | Value::Edge(_) | Value::Path(_) => true,
        Value::List(items) => items.iter().any(has_elements),
        Value::Record(fields) => fields.iter().any(|(_, field)| has_elements(field)),
        _ => false,
    }
}

fn hydrate_node(st: &Statement, node: Node) -> Result<Node> {
    if node.content.is_some() {
        return Ok(node);
    }
    let mut reader = st.node_reader();
    reader.go(node.number)?;
    let Some(record) = reader.record()? else {
        return Err(deleted("the node"));
    };
    let labels = record.labels.iter().map(|&label| Ok(st.tx.label_name(label)?)).collect::<Result<Vec<_>>>()?;
    let mut content = NodeContent { id: record.id.into(), labels, properties: named(st, record.properties)? };
    content.labels.sort_unstable();
    content.properties.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Node { number: node.number, content: Some(Arc::new(content)) })
}

fn hydrate_edge(st: &Statement, edge: Edge) -> Result<Edge> {
    if edge.content.is_some() {
        return Ok(edge);
    }
    let end = |node| -> Result<Arc<str>> { Ok(st.tx.node_id(st.graph, node)?.unwrap_or_default().into()) };
    let record = st.tx.edge(st.graph, edge.reference.edge)?.ok_or_else(|| deleted("the edge"))?;
    let mut properties = named(st, record.properties)?;
    properties.sort_by(|a, b| a.0.cmp(&b.0));
    let content = EdgeContent {
        label: st.tx.label_name(edge.reference.label)?,
        from: end(edge.reference.from)?,
        to: end(edge.reference.to)?,
        properties,
    };
    Ok(Edge { reference: edge.reference, content: Some(Arc::new(content)) })
}

/// Whether an element lies between two times; what has no time always does.
pub(super) fn visible(
    st: &Statement,
    visible: &Visible,
    element: &Value,
    after: Option<&Value>,
    until: &Value,
) -> Result<Value> {
    let until = match moment_of(until, "AS OF")? {
        Some(until) => until,
        None => return Err(Error::data("22004", "AS OF takes a time, not NULL")),
    };
    let after = after.map(|after| moment_of(after, "AFTER")).transpose()?.flatten();
    let times = known_times(st, visible)?;
    let within = |time: Option<f64>| time.is_none_or(|time| time <= until && after.is_none_or(|after| time > after));
    Ok(match element {
        Value::Null => Value::Null,
        Value::Node(node) => Value::Bool(within(times.of_node(node.number))),
        Value::Edge(edge) => {
            let EdgeRef { edge, from, to, .. } = edge.reference;
            let ends = || [from, to].into_iter().all(|end| within(times.of_node(end)));
            Value::Bool(within(times.of_edge(edge)) && (!visible.with_ends || ends()))
        }
        other => {
            return Err(Error::value_type(format!("a node or an edge is wanted here, not {}", other.type_name())));
        }
    })
}

/// The rows of a batch whose elements lie between two times, where both are plain columns or constants; `None` where the rows have
/// to be asked one by one.
pub(super) fn rows_seen(st: &Statement, visible: &Visible, batch: &Batch) -> Result<Option<Vec<u32>>> {
    let ExprKind::Column(slot) = visible.element.kind else { return Ok(None) };
    let time = |expr: &Expr, row: usize| match &expr.kind {
        ExprKind::Constant(value) => seconds(value),
        ExprKind::Column(slot) => seconds(&batch.value(*slot, row)),
        _ => None,
    };
    let times = known_times(st, visible)?;
    let mut rows = Vec::with_capacity(batch.len());
    for row in 0..batch.len() {
        let found = match batch.column(slot) {
            Column::Nodes(nodes) => times.of_node(nodes[row]),
            Column::Edges(edges) if !visible.with_ends => times.of_edge(edges[row].edge),
            _ => return Ok(None),
        };
        let seen = match found {
            None => true,
            Some(found) => {
                let Some(until) = time(&visible.until, row) else { return Ok(None) };
                let after = match &visible.after {
                    None => f64::NEG_INFINITY,
                    Some(after) => match time(after, row) {
                        Some(after) => after,
                        None => return Ok(None),
                    },
                };
                found <= until && found > after
            }
        };
        if seen {
            rows.push(row as u32);
        }
    }
    Ok(Some(rows))
}

/// The times that a condition asks for, looked up once.
fn known_times<'a>(st: &Statement, visible: &'a Visible) -> Result<&'a Times> {
    if visible.times.get().is_none() {
        let _ = visible.times.set(st.times(&visible.properties)?);
    }
    visible.times.get().map(|times| &**times).ok_or_else(|| Error::internal("times that are not kept"))
}

/// A time as seconds since 1970, a number as it is; `None` = NULL.
fn moment_of(value: &Value, what: &str) -> Result<Option<f64>> {
    match seconds(value) {
        Some(time) => Ok(Some(time)),
        None if value.is_null() => Ok(None),
        None => Err(Error::value_type(format!(
            "{what} takes a date, a datetime or a number, as the time property holds, not {}",
            value.type_name()
        ))),
    }
}
