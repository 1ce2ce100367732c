//! Evaluation of a bound expression for one row of a batch.

use std::sync::Arc;

use unicode_normalization::is_nfc;
use wend_grammar::ast::StringMatchOperator;
use wend_storage::Direction;

use super::{batch::Batch, compatibility, element, iterate, link_score, list_set, size, statement::Statement};
use crate::{
    error::{Error, Result},
    function::{self, FunctionDescription, cast, operators, temporal_field},
    plan::expr::{Arithmetic, ElementFunction, Expr, ExprKind, LabelTest, PropertyName},
    value::{FIRST_VIRTUAL, Path, Value, size::value_bytes},
};

/// The value of `expr` in `row`, which does not live long.
pub(crate) fn eval(expr: &Expr, batch: &Batch, row: usize, statement: &Statement) -> Result<Value> {
    let before = statement.memory.made();
    let value = eval_kept(expr, batch, row, statement);
    statement.memory.forget_made(before);
    value
}

/// The same of a value that is kept: its bytes are told to [`Statement::make`], for the caller to hold.
pub(crate) fn eval_kept(expr: &Expr, batch: &Batch, row: usize, statement: &Statement) -> Result<Value> {
    eval_kind(expr, batch, row, statement).map_err(|error| error.at(expr.span))
}

/// Whether a condition is TRUE in `row`; NULL counts as not true, anything but a truth value is an error.
pub(crate) fn holds(expr: &Expr, batch: &Batch, row: usize, statement: &Statement) -> Result<bool> {
    match eval(expr, batch, row, statement)? {
        Value::Bool(value) => Ok(value),
        Value::Null => Ok(false),
        other => {
            Err(Error::value_type(format!("a condition must be a BOOL, this one is {}", other.type_name()))
                .at(expr.span))
        }
    }
}

fn eval_kind(expr: &Expr, batch: &Batch, row: usize, st: &Statement) -> Result<Value> {
    let value = |expr: &Expr| {
        let value = eval_kept(expr, batch, row, st)?;
        element::look_at(st, &value).map_err(|error| error.at(expr.span))?;
        Ok(value)
    };
    Ok(match &expr.kind {
        ExprKind::Constant(constant) => constant.clone(),
        ExprKind::Parameter(number, _) => {
            let given = st.parameters.get(*number).cloned();
            given.ok_or_else(|| Error::internal("a parameter that is not given"))?
        }
        ExprKind::Column(slot) => batch.value(*slot, row),
        ExprKind::Property(inner, name) => {
            // The common case reads the property without making a value of the element.
            if let ExprKind::Column(slot) = inner.kind
                && !st.has_deleted()
            {
                if let Some(node) = batch.node(slot, row).filter(|node| node.0 < FIRST_VIRTUAL) {
                    return element::node_property(st, node, name);
                }
                if let Some(edge) = batch.edge(slot, row).filter(|edge| edge.edge.0 < FIRST_VIRTUAL) {
                    return element::edge_property(st, edge, name);
                }
            }
            property(st, &value(inner)?, name)?
        }
        ExprKind::List(items) => {
            let items = items.iter().map(value).collect::<Result<Arc<[_]>>>()?;
            size::made_of(items.iter(), st)?;
            Value::List(items)
        }
        ExprKind::Record(fields) => {
            let fields = fields.iter().map(|(name, field)| Ok((name.clone(), value(field)?)));
            let fields = fields.collect::<Result<Arc<[_]>>>()?;
            size::made_of(fields.iter().map(|(_, value)| value), st)?;
            Value::Record(fields)
        }
        ExprKind::Path(parts) => path(parts.iter().map(value).collect::<Result<Vec<_>>>()?)?,
        ExprKind::Not(inner) => operators::not(&value(inner)?)?,
        ExprKind::Negate(inner) => operators::negate(&value(inner)?)?,
        ExprKind::Plus(inner) => match value(inner)? {
            number @ (Value::Int(_) | Value::Float(_) | Value::Null | Value::Duration(_)) => number,
            other => return Err(Error::value_type(format!("`+` takes a number, not {}", other.type_name()))),
        },
        ExprKind::And(parts) => {
            let mut result = Value::Bool(true);
            for part in parts {
                result = operators::and(&result, &value(part)?)?;
                if let Value::Bool(false) = result {
                    break;
                }
            }
            result
        }
        ExprKind::Or(first, rest) => {
            let mut result = value(first)?;
            for (exclusive, part) in rest {
                result = if *exclusive {
                    operators::xor(&result, &value(part)?)?
                } else if let Value::Bool(true) = result {
                    result
                } else {
                    operators::or(&result, &value(part)?)?
                };
            }
            result
        }
        ExprKind::Arithmetic(first, rest) => {
            let mut result = value(first)?;
            for (position, (operator, part)) in rest.iter().enumerate() {
                let right = value(part)?;
                result = match operator {
                    Arithmetic::Add => {
                        if operators::joins(&result, &right) {
                            size::before_concat(&result, &right, position == 0, st)?;
                        }
                        operators::add(&result, &right)
                    }
                    Arithmetic::Subtract => operators::subtract(&result, &right),
                    Arithmetic::Multiply => operators::multiply(&result, &right),
                    Arithmetic::Divide => operators::divide(&result, &right),
                    Arithmetic::Modulo => operators::modulo(&result, &right),
                    Arithmetic::Concat => {
                        size::before_concat(&result, &right, position == 0, st)?;
                        operators::concat(&result, &right)
                    }
                }?;
            }
            result
        }
        ExprKind::Compare(operator, left, right) => value(left)?.compare_with(*operator, &value(right)?)?,
        ExprKind::Once(inner, kept) => match kept.get() {
            Some(known) => known.clone(),
            None => {
                let before = st.memory.made();
                let found = value(inner)?;
                // It stays until the statement ends.
                st.memory.forget_made(before);
                st.memory.take(value_bytes(&found), "a list")?;
                kept.get_or_init(|| found).clone()
            }
        },
        ExprKind::In(item, list) => list_set::is_in(&value(item)?, &value(list)?, st)?,
        ExprKind::StringMatch(operator, text, part) => {
            let (text, part) = (value(text)?, value(part)?);
            match operator {
                StringMatchOperator::Regex => operators::matches(&text, &part)?,
                StringMatchOperator::StartsWith => operators::starts_with(&text, &part)?,
                StringMatchOperator::EndsWith => operators::ends_with(&text, &part)?,
                StringMatchOperator::Contains => operators::contains(&text, &part)?,
            }
        }
        ExprKind::IsNull(inner) => Value::Bool(value(inner)?.is_null()),
        ExprKind::IsTruth(inner, truth) => match (value(inner)?, truth) {
            (Value::Null, None) => Value::Bool(true),
            (Value::Null, Some(_)) | (Value::Bool(_), None) => Value::Bool(false),
            (Value::Bool(value), Some(truth)) => Value::Bool(value == *truth),
            (other, _) => {
                return Err(Error::value_type(format!("a truth test takes a BOOL, not {}", other.type_name())));
            }
        },
        ExprKind::IsLabeled(inner, test) => is_labeled(st, &value(inner)?, test)?,
        ExprKind::IsTyped(inner, value_type) => Value::Bool(cast::is_typed(&value(inner)?, value_type)),
        ExprKind::IsEndpoint { source, node, edge } => match (value(node)?, value(edge)?) {
            (Value::Null, _) | (_, Value::Null) => Value::Null,
            (Value::Node(node), Value::Edge(edge)) => {
                let end = if *source { edge.reference.from } else { edge.reference.to };
                Value::Bool(node.number == end)
            }
            (a, b) => {
                return Err(Error::value_type(format!(
                    "SOURCE OF and DESTINATION OF take a node and an edge, not {} and {}",
                    a.type_name(),
                    b.type_name()
                )));
            }
        },
        ExprKind::Visible(visible) => {
            let after = visible.after.as_ref().map(&value).transpose()?;
            element::visible(st, visible, &value(&visible.element)?, after.as_ref(), &value(&visible.until)?)?
        }
        ExprKind::IsNormalized(inner) => match value(inner)? {
            Value::Null => Value::Null,
            Value::String(text) => Value::Bool(is_nfc(&text)),
            other => {
                return Err(Error::value_type(format!("IS NORMALIZED takes a STRING, not {}", other.type_name())));
            }
        },
        ExprKind::Case { branches, otherwise } => {
            for (when, then) in branches {
                if holds(when, batch, row, st)? {
                    return value(then);
                }
            }
            otherwise.as_ref().map_or(Ok(Value::Null), |otherwise| value(otherwise))?
        }
        ExprKind::Coalesce(parts) => {
            for part in parts {
                let result = value(part)?;
                if !result.is_null() {
                    return Ok(result);
                }
            }
            Value::Null
        }
        ExprKind::Cast(inner, target) => {
            let result = cast::cast(&value(inner)?, target, st.functions())?;
            size::made_with_elements(&result, st)?;
            result
        }
        ExprKind::Function(function, arguments) => {
            let arguments = arguments.iter().map(value).collect::<Result<Vec<_>>>()?;
            let result = function.call(&arguments, st.functions())?;
            if function.makes_elements {
                size::made_with_elements(&result, st)?;
            } else {
                size::made(&result, st)?;
            }
            result
        }
        ExprKind::Element(function, arguments) => {
            let arguments = arguments.iter().map(value).collect::<Result<Vec<_>>>()?;
            let result = element_function(st, *function, &arguments)?;
            size::made_with_elements(&result, st)?;
            result
        }
        ExprKind::Index(list, index) => {
            let (list, index) = (value(list)?, value(index)?);
            match (&list, &index) {
                (Value::Record(_) | Value::Node(_) | Value::Edge(_), Value::String(key)) => {
                    property(st, &list, &PropertyName::new(key))?
                }
                _ => operators::subscript(&list, &index)?,
            }
        }
        ExprKind::Slice(list, from, to) => {
            let bound = |bound: &Option<Box<Expr>>| bound.as_ref().map(|bound| value(bound)).transpose();
            let result = operators::slice(&value(list)?, bound(from)?.as_ref(), bound(to)?.as_ref(), st.functions())?;
            size::made(&result, st)?;
            result
        }
        ExprKind::Iterate(inner) => iterate::iterate(inner, batch, row, st)?,
        ExprKind::MapProjection(of, items) => iterate::map_projection(of, items, batch, row, st)?,
        ExprKind::Same(parts) => {
            let parts = parts.iter().map(value).collect::<Result<Vec<_>>>()?;
            elements_only(&parts, "SAME")?;
            Value::Bool(parts.windows(2).all(|pair| pair[0].equals(&pair[1]) == Some(true)))
        }
        ExprKind::AllDifferent(parts) => {
            let parts = parts.iter().map(value).collect::<Result<Vec<_>>>()?;
            elements_only(&parts, "ALL_DIFFERENT")?;
            let same = |i: usize| parts[..i].iter().any(|other| parts[i].equals(other) == Some(true));
            Value::Bool(!(1..parts.len()).any(same))
        }
        ExprKind::PropertyExists(inner, name) => match value(inner)? {
            Value::Null => Value::Null,
            element @ (Value::Node(_) | Value::Edge(_)) => Value::Bool(!property(st, &element, name)?.is_null()),
            other => {
                return Err(Error::value_type(format!(
                    "PROPERTY_EXISTS takes a node or an edge, not {}",
                    other.type_name()
                )));
            }
        },
    })
}

/// `value.name`
fn property(st: &Statement, value: &Value, name: &PropertyName) -> Result<Value> {
    match value {
        Value::Null => Ok(Value::Null),
        element if compatibility::is_virtual(element) => Ok(compatibility::carried(element, &name.name)),
        Value::Node(node) => element::node_property(st, node.number, name),
        Value::Edge(edge) => element::edge_property(st, edge.reference, name),
        Value::Record(fields) => {
            Ok(fields.iter().find(|(field, _)| *field == name.name).map(|(_, value)| value.clone()).unwrap_or_default())
        }
        other => temporal_field(other, &name.name).unwrap_or_else(|| {
            Err(Error::value_type(format!("a {} has no property `{}`", other.type_name(), name.name)))
        }),
    }
}

fn is_labeled(st: &Statement, value: &Value, test: &LabelTest) -> Result<Value> {
    Ok(match value {
        Value::Null => Value::Null,
        Value::Node(node) => {
            let labels = st.tx.node_labels_of(st.graph, node.number)?.unwrap_or_default();
            Value::Bool(test.matches(&labels, &st.tx)?)
        }
        Value::Edge(edge) => Value::Bool(test.matches(&[edge.reference.label], &st.tx)?),
        other => {
            return Err(Error::value_type(format!("a node or an edge is wanted here, not {}", other.type_name())));
        }
    })
}

fn elements_only(values: &[Value], function: &str) -> Result<()> {
    match values.iter().find(|value| !matches!(value, Value::Node(_) | Value::Edge(_))) {
        None => Ok(()),
        Some(Value::Null) => Err(Error::data("22004", format!("{function} does not take NULL"))),
        Some(other) => Err(Error::value_type(format!("{function} takes nodes and edges, not {}", other.type_name()))),
    }
}

/// A path from nodes and edges in turn.
fn path(parts: Vec<Value>) -> Result<Value> {
    let (mut nodes, mut edges) = (Vec::new(), Vec::new());
    for (position, part) in parts.into_iter().enumerate() {
        match part {
            Value::Null => return Ok(Value::Null),
            Value::Node(node) if position % 2 == 0 => nodes.push(node),
            Value::Edge(edge) if position % 2 == 1 => edges.push(edge),
            other => {
                return Err(Error::data(
                    "22G0Z",
                    format!("a path is nodes and edges in turn; part {} is {}", position + 1, other.type_name()),
                ));
            }
        }
    }
    let joined = nodes.windows(2).zip(&edges).all(|(pair, edge)| {
        let ends = (edge.reference.from, edge.reference.to);
        ends == (pair[0].number, pair[1].number) || ends == (pair[1].number, pair[0].number)
    });
    if nodes.len() != edges.len() + 1 || !joined {
        return Err(Error::data("22G0Z", "the edges of a path must join the nodes beside them"));
    }
    Ok(Value::Path(Path { nodes: nodes.into(), edges: edges.into(), cost: None }))
}

fn element_function(st: &Statement, function: ElementFunction, arguments: &[Value]) -> Result<Value> {
    use ElementFunction as F;
    let Some(argument) = arguments.first() else {
        return Err(Error::internal("an element function without its argument"));
    };
    if argument.is_null() {
        return Ok(Value::Null);
    }
    if let Some(answer) = compatibility::function(st, function, arguments)? {
        return Ok(answer);
    }
    if let (Value::Node(a), Some(Value::Node(b))) = (argument, arguments.get(1))
        && let Some(score) = link_score::link_score(st, function, a.number, b.number)?
    {
        return Ok(score);
    }
    if let Some(second) = arguments.get(1) {
        if second.is_null() {
            return Ok(Value::Null);
        }
        let other = if matches!(argument, Value::Node(_)) { second } else { argument };
        return Err(Error::value_type(format!("{} takes two nodes, not a {}", function.name(), other.type_name())));
    }
    let text = |name: &str| Value::String(name.into());
    Ok(match (function, argument) {
        (F::Labels, Value::Node(node)) => {
            let labels = st.tx.node_labels_of(st.graph, node.number)?.unwrap_or_default();
            let mut names = labels.into_iter().map(|label| Ok(st.tx.label_name(label)?)).collect::<Result<Vec<_>>>()?;
            names.sort_unstable();
            Value::List(names.into_iter().map(Value::String).collect())
        }
        (F::Labels, Value::Edge(edge)) => {
            Value::List([Value::String(st.tx.label_name(edge.reference.label)?)].into_iter().collect())
        }
        (F::Label, Value::Edge(edge)) => Value::String(st.tx.label_name(edge.reference.label)?),
        (F::Keys | F::Properties, Value::Node(_) | Value::Edge(_)) => {
            let mut properties = element::properties(st, argument)?;
            properties.sort_by(|a, b| a.0.cmp(&b.0));
            if function == F::Keys {
                Value::List(properties.into_iter().map(|(name, _)| Value::String(name)).collect())
            } else {
                Value::Record(properties.into_iter().collect())
            }
        }
        (F::Keys, Value::Record(fields)) => {
            Value::List(fields.iter().map(|(name, _)| Value::String(name.clone())).collect())
        }
        (F::Properties, Value::Record(_)) => argument.clone(),
        (F::Id, Value::Node(node)) => st.tx.node_id(st.graph, node.number)?.map_or(Value::Null, |id| text(&id)),
        (F::ElementId, Value::Node(node)) => st.tx.node_id(st.graph, node.number)?.map_or(Value::Null, |id| text(&id)),
        (F::Id | F::ElementId, Value::Edge(edge)) => text(&edge.id()),
        (F::Source, Value::Edge(edge)) => Value::Node(crate::value::Node::new(edge.reference.from)),
        (F::Destination, Value::Edge(edge)) => Value::Node(crate::value::Node::new(edge.reference.to)),
        (F::Nodes, Value::Path(path)) => Value::List(path.nodes.iter().cloned().map(Value::Node).collect()),
        (F::Edges, Value::Path(path)) => Value::List(path.edges.iter().cloned().map(Value::Edge).collect()),
        (F::Elements, Value::Path(path)) => {
            let mut parts = Vec::with_capacity(path.nodes.len() * 2);
            for (position, node) in path.nodes.iter().enumerate() {
                parts.push(Value::Node(node.clone()));
                parts.extend(path.edges.get(position).cloned().map(Value::Edge));
            }
            Value::List(parts.into())
        }
        (F::PathLength, Value::Path(path)) => Value::Int(path.edges.len() as i64),
        (F::PathCost, Value::Path(path)) => path.cost.map_or(Value::Null, Value::Float),
        (F::Length, Value::Path(path)) => Value::Int(path.edges.len() as i64),
        (F::Length, other) => match function::find("SIZE") {
            Some(size) => size.call(std::slice::from_ref(other), st.functions())?,
            None => return Err(Error::internal("there is no function SIZE")),
        },
        (F::Degree | F::InDegree | F::OutDegree, Value::Node(node)) => {
            let direction = match function {
                F::InDegree => Direction::In,
                F::OutDegree => Direction::Out,
                _ => Direction::Both,
            };
            Value::Int(st.tx.adjacency(st.graph)?.degree(node.number, direction, None)? as i64)
        }
        (_, other) => {
            return Err(Error::value_type(format!("{} does not take a {}", function.name(), other.type_name())));
        }
    })
}

impl ElementFunction {
    /// The functions with their names, aliases and what they say of themselves.
    pub(crate) const ALL: &[(ElementFunction, &[&str], &str, &str)] = &[
        (
            ElementFunction::Labels,
            &["LABELS"],
            "LABELS(element) -> LIST<STRING>",
            "The labels of a node or an edge, sorted.",
        ),
        (ElementFunction::Label, &["TYPE", "LABEL"], "TYPE(edge) -> STRING", "The label of an edge."),
        (
            ElementFunction::Keys,
            &["KEYS"],
            "KEYS(element) -> LIST<STRING>",
            "The property keys of a node, an edge or a record.",
        ),
        (
            ElementFunction::Properties,
            &["PROPERTIES"],
            "PROPERTIES(element) -> RECORD",
            "The properties of a node or an edge.",
        ),
        (ElementFunction::Id, &["ID"], "ID(element) -> STRING", "The `_id` of a node; an opaque text for an edge."),
        (
            ElementFunction::ElementId,
            &["ELEMENT_ID", "ELEMENTID"],
            "ELEMENT_ID(element) -> STRING",
            "A text that names the element; of a node its `_id`.",
        ),
        (
            ElementFunction::Source,
            &["START_NODE", "STARTNODE"],
            "START_NODE(edge) -> NODE",
            "The node an edge starts at.",
        ),
        (
            ElementFunction::Destination,
            &["END_NODE", "ENDNODE"],
            "END_NODE(edge) -> NODE",
            "The node an edge leads to.",
        ),
        (ElementFunction::Nodes, &["NODES"], "NODES(path) -> LIST<NODE>", "The nodes of a path in order."),
        (
            ElementFunction::Edges,
            &["EDGES", "RELATIONSHIPS"],
            "EDGES(path) -> LIST<EDGE>",
            "The edges of a path in order.",
        ),
        (ElementFunction::Elements, &["ELEMENTS"], "ELEMENTS(path) -> LIST", "The nodes and edges of a path in turn."),
        (ElementFunction::PathLength, &["PATH_LENGTH"], "PATH_LENGTH(path) -> INT64", "How many edges a path has."),
        (
            ElementFunction::PathCost,
            &["PATH_COST"],
            "PATH_COST(path) -> FLOAT64",
            "The sum of the COST of a path that CHEAPEST found; NULL of any other.",
        ),
        (
            ElementFunction::Length,
            &["LENGTH"],
            "LENGTH(path | list | string) -> INT64",
            "How many edges a path, elements a list or characters a string has.",
        ),
        (
            ElementFunction::Degree,
            &["DEGREE"],
            "DEGREE(node) -> INT64",
            "How many edges a node has; a self-loop counts once.",
        ),
        (
            ElementFunction::InDegree,
            &["INDEGREE", "IN_DEGREE"],
            "INDEGREE(node) -> INT64",
            "How many edges lead to a node.",
        ),
        (
            ElementFunction::OutDegree,
            &["OUTDEGREE", "OUT_DEGREE"],
            "OUTDEGREE(node) -> INT64",
            "How many edges start at a node.",
        ),
        (
            ElementFunction::CommonNeighbors,
            &["COMMON_NEIGHBORS", "COMMONNEIGHBORS"],
            "COMMON_NEIGHBORS(a, b) -> INT64",
            "How many neighbours two nodes have in common, edges in either direction.",
        ),
        (
            ElementFunction::TotalNeighbors,
            &["TOTAL_NEIGHBORS", "TOTALNEIGHBORS"],
            "TOTAL_NEIGHBORS(a, b) -> INT64",
            "How many nodes are neighbours of one of two nodes or of both.",
        ),
        (
            ElementFunction::Jaccard,
            &["JACCARD"],
            "JACCARD(a, b) -> FLOAT64",
            "The common neighbours of two nodes as a part of all of theirs; 0 without any.",
        ),
        (
            ElementFunction::PreferentialAttachment,
            &["PREFERENTIAL_ATTACHMENT", "PREFERENTIALATTACHMENT"],
            "PREFERENTIAL_ATTACHMENT(a, b) -> INT64",
            "The product of the numbers of neighbours of two nodes.",
        ),
        (
            ElementFunction::AdamicAdar,
            &["ADAMIC_ADAR", "ADAMICADAR"],
            "ADAMIC_ADAR(a, b) -> FLOAT64",
            "The sum of 1 / ln of the number of neighbours of each common neighbour of two nodes.",
        ),
        (
            ElementFunction::ResourceAllocation,
            &["RESOURCE_ALLOCATION", "RESOURCEALLOCATION"],
            "RESOURCE_ALLOCATION(a, b) -> FLOAT64",
            "The sum of 1 / the number of neighbours of each common neighbour of two nodes.",
        ),
        (
            ElementFunction::AnyProperty,
            &["APOC.ANY.PROPERTY"],
            "APOC.ANY.PROPERTY(x, key) -> ANY",
            "A property of a node or an edge, those that only show a schema among them, or a field of a record.",
        ),
        (
            ElementFunction::AnyProperties,
            &["APOC.ANY.PROPERTIES"],
            "APOC.ANY.PROPERTIES(x) -> RECORD",
            "The properties of a node or an edge, those that only show a schema among them, or a record as it is.",
        ),
        (
            ElementFunction::AsNode,
            &["GDS.UTIL.ASNODE"],
            "GDS.UTIL.ASNODE(nodeId) -> NODE",
            "The node with a number that a procedure of gds gave; NULL when there is none.",
        ),
        (
            ElementFunction::AsNodes,
            &["GDS.UTIL.ASNODES"],
            "GDS.UTIL.ASNODES(nodeIds) -> LIST<NODE>",
            "The nodes with such numbers.",
        ),
        (
            ElementFunction::ProjectionExists,
            &["GDS.GRAPH.EXISTS"],
            "GDS.GRAPH.EXISTS(name) -> BOOL",
            "Whether CALL gds.graph.project has made a projection of that name.",
        ),
    ];

    /// How many arguments it takes: the link scores are of two nodes.
    pub(crate) fn arity(self) -> usize {
        use ElementFunction as F;
        match self {
            F::CommonNeighbors
            | F::TotalNeighbors
            | F::Jaccard
            | F::PreferentialAttachment
            | F::AdamicAdar
            | F::ResourceAllocation
            | F::AnyProperty => 2,
            _ => 1,
        }
    }

    /// The functions as users see them.
    pub(crate) fn descriptions() -> impl Iterator<Item = FunctionDescription> {
        Self::ALL.iter().map(|(_, names, signature, doc)| FunctionDescription { name: names[0], signature, doc })
    }

    /// The function of that name, upper case.
    pub(crate) fn find(name: &str) -> Option<ElementFunction> {
        Self::ALL.iter().find(|(_, names, ..)| names.contains(&name)).map(|(function, ..)| *function)
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(function, ..)| *function == self).map_or("the function", |(_, names, ..)| names[0])
    }
}
