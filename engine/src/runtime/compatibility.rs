//! Functions of elements that clients of Neo4j's libraries call, and what can be asked of elements that only show a schema: they are
//! in no graph, and carry their labels and properties.

use wend_storage::NodeId;

use super::{
    element::{edge_property, node_property, properties},
    statement::Statement,
};
use crate::{
    error::{Error, Result},
    plan::expr::{ElementFunction, PropertyName},
    value::{Edge, FIRST_VIRTUAL, Node, Value},
};

/// Whether a node or an edge is in no graph.
pub(super) fn is_virtual(element: &Value) -> bool {
    match element {
        Value::Node(node) => node.number.0 >= FIRST_VIRTUAL,
        Value::Edge(edge) => edge.reference.edge.0 >= FIRST_VIRTUAL,
        _ => false,
    }
}

/// A property that such an element carries.
pub(super) fn carried(element: &Value, name: &str) -> Value {
    match element {
        Value::Node(node) if name == "_id" => Value::from(node.id()),
        Value::Node(node) => node.property(name).cloned().unwrap_or_default(),
        Value::Edge(edge) if name == "_id" => Value::from(edge.id()),
        Value::Edge(edge) => edge.property(name).cloned().unwrap_or_default(),
        _ => Value::Null,
    }
}

/// The value of a function that is answered here; the first argument is not NULL.
pub(super) fn function(st: &Statement, function: ElementFunction, arguments: &[Value]) -> Result<Option<Value>> {
    use ElementFunction as F;
    let Some(argument) = arguments.first() else { return Ok(None) };
    let wrong = |takes: &str, given: &Value| {
        let name =
            F::ALL.iter().find(|(known, ..)| *known == function).map_or("the function", |(_, names, ..)| names[0]);
        Error::value_type(format!("{name} takes {takes}, not {}", given.type_name()))
    };
    Ok(Some(match function {
        F::AnyProperty => {
            let key = match arguments.get(1) {
                Some(Value::String(key)) => PropertyName::new(key),
                Some(Value::Null) | None => return Ok(Some(Value::Null)),
                Some(other) => return Err(wrong("a STRING as its second argument", other)),
            };
            match argument {
                element if is_virtual(element) => carried(element, &key.name),
                Value::Node(node) => node_property(st, node.number, &key)?,
                Value::Edge(edge) => edge_property(st, edge.reference, &key)?,
                Value::Record(fields) => {
                    let found = fields.iter().find(|(name, _)| *name == key.name);
                    found.map_or(Value::Null, |(_, value)| value.clone())
                }
                other => return Err(wrong("a node, an edge or a record", other)),
            }
        }
        F::AnyProperties => match argument {
            element if is_virtual(element) => all_carried(element),
            Value::Node(_) | Value::Edge(_) => {
                let mut properties = properties(st, argument)?;
                properties.sort_by(|a, b| a.0.cmp(&b.0));
                Value::Record(properties.into())
            }
            Value::Record(_) => argument.clone(),
            other => return Err(wrong("a node, an edge or a record", other)),
        },
        F::AsNode => as_node(st, argument).unwrap_or_else(|| Err(wrong("the number of a node", argument)))?,
        F::AsNodes => match argument {
            Value::List(items) => {
                let node =
                    |item: &Value| as_node(st, item).unwrap_or_else(|| Err(wrong("a list of numbers of nodes", item)));
                Value::List(items.iter().map(node).collect::<Result<_>>()?)
            }
            other => return Err(wrong("a list of numbers of nodes", other)),
        },
        F::ProjectionExists => match argument {
            Value::String(name) => Value::Bool(st.database.projections().has(name)),
            other => return Err(wrong("the name of a projection", other)),
        },
        F::Labels | F::Label | F::Keys | F::Properties | F::Id | F::ElementId if is_virtual(argument) => {
            match (function, argument) {
                (F::Labels, Value::Node(node)) => Value::List(node.labels().map(Value::from).collect()),
                (F::Labels, Value::Edge(edge)) => Value::List([Value::from(edge.label())].into()),
                (F::Label, Value::Edge(edge)) => Value::from(edge.label()),
                (F::Keys, Value::Node(node)) => {
                    Value::List(node.properties().map(|(key, _)| Value::from(key)).collect())
                }
                (F::Keys, Value::Edge(edge)) => {
                    Value::List(edge.properties().map(|(key, _)| Value::from(key)).collect())
                }
                (F::Properties, _) => all_carried(argument),
                (F::Id | F::ElementId, _) => carried(argument, "_id"),
                _ => return Ok(None),
            }
        }
        F::Source | F::Destination if is_virtual(argument) => {
            let Value::Edge(Edge { reference, content: Some(content) }) = argument else { return Ok(None) };
            let (number, id) = match function {
                F::Source => (reference.from, &content.from),
                _ => (reference.to, &content.to),
            };
            // The label is all that its nodes are.
            let label = id.strip_prefix("label:").unwrap_or(id);
            let properties = vec![("name".into(), Value::from(label))];
            let content = crate::value::NodeContent { id: id.clone(), labels: vec![label.into()], properties };
            Value::Node(Node { number, content: Some(content.into()) })
        }
        F::Degree | F::InDegree | F::OutDegree if is_virtual(argument) => {
            return Err(wrong("a node of the graph", argument));
        }
        _ => return Ok(None),
    }))
}

/// All properties that such an element carries.
fn all_carried(element: &Value) -> Value {
    let own = |(key, value): (&str, &Value)| (key.into(), value.clone());
    match element {
        Value::Node(node) => Value::Record(node.properties().map(own).collect()),
        Value::Edge(edge) => Value::Record(edge.properties().map(own).collect()),
        _ => Value::Record([].into()),
    }
}

/// The node with a number; nothing where the value is none.
fn as_node(st: &Statement, value: &Value) -> Option<Result<Value>> {
    match value {
        Value::Int(number) => {
            let node = u64::try_from(*number).ok().map(NodeId);
            let there = |node: NodeId| Ok(st.tx.node_exists(st.graph, node)?.then(|| Value::Node(Node::new(node))));
            Some(node.map_or(Ok(None), there).map(Option::unwrap_or_default))
        }
        Value::Null => Some(Ok(Value::Null)),
        _ => None,
    }
}
