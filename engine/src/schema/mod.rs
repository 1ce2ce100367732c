//! Graph types: which nodes and edges a closed graph may have, with the properties of each.
//!
//! A node belongs to the node type whose label set it has, an edge to the edge type of its label and of the node types at its
//! ends. What a statement changes is checked when it has done all of it, so that a SET may pass through what is not allowed; a
//! bulk load is checked row by row. A graph keeps its type as it was when the graph was made.

mod catalog;
mod check;
mod touched;

use wend_grammar::ast::{ElementType, Ident, PropertyType, Span, TypeKind, TypeName};

use crate::error::{Error, ErrorKind, Result};

pub(crate) use check::{Checker, Reason, known, names};
pub(crate) use touched::Touched;

/// A closed graph type.
#[derive(Debug)]
pub(crate) struct Schema {
    /// The name it was made by, where it has one.
    pub(crate) name: Option<String>,
    /// Its element types as written, in canonical text: `{(:Person {..}), ...}`.
    pub(crate) text: String,
    pub(crate) nodes: Vec<NodeType>,
    pub(crate) edges: Vec<EdgeType>,
}

/// A node type.
#[derive(Debug)]
pub(crate) struct NodeType {
    name: Option<String>,
    /// Sorted.
    pub(crate) labels: Vec<String>,
    pub(crate) properties: Vec<PropertyType>,
}

/// An edge type.
#[derive(Debug)]
pub(crate) struct EdgeType {
    pub(crate) label: String,
    /// Positions among the node types.
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) properties: Vec<PropertyType>,
}

/// A set of labels as it is written in a pattern.
pub(crate) fn labels_text<T: AsRef<str>>(labels: &[T]) -> String {
    let names: Vec<_> = labels.iter().map(|label| wend_grammar::quote_identifier(label.as_ref())).collect();
    if names.is_empty() { "without a label".to_owned() } else { format!(":{}", names.join("&")) }
}

/// The error of what a graph type does not allow.
fn violation(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Constraint, "G2000", message)
}

impl Schema {
    /// Makes sense of element types.
    ///
    /// # Errors
    /// 42000 for types that contradict each other, 42002 for an edge type whose end is no node type.
    pub(crate) fn new(name: Option<&str>, elements: &[ElementType]) -> Result<Schema> {
        let mut nodes: Vec<NodeType> = Vec::new();
        for element in elements {
            let ElementType::Node { name, labels, properties } = element else { continue };
            let span = name.as_ref().or(labels.first()).map(|name| name.span);
            let at = |error: Error| span.map_or(error.clone(), |span| error.at(span));
            let mut set: Vec<String> = labels.iter().map(|label| label.name.clone()).collect();
            // The name of a node type without labels is its label.
            if set.is_empty() {
                set.extend(name.as_ref().map(|name| name.name.clone()));
            }
            set.sort_unstable();
            set.dedup();
            if nodes.iter().any(|other| other.labels == set) {
                return Err(at(Error::rule(format!("two node types have the labels {}", labels_text(&set)))
                    .with_hint("a node belongs to the type that has exactly its labels")));
            }
            if let Some(name) = name
                && nodes.iter().any(|other| other.name.as_ref() == Some(&name.name))
            {
                return Err(at(Error::rule(format!("two node types are called `{}`", name.name))));
            }
            let name = name.as_ref().map(|name| name.name.clone());
            nodes.push(NodeType { name, labels: set, properties: checked(properties, true)? });
        }
        let mut edges: Vec<EdgeType> = Vec::new();
        for element in elements {
            let ElementType::Edge { label, properties, from, to, .. } = element else { continue };
            let (from, to) = (end_of(&nodes, from)?, end_of(&nodes, to)?);
            if edges.iter().any(|other| other.label == label.name && (other.from, other.to) == (from, to)) {
                return Err(Error::rule(format!("two edge types `{}` have the same ends", label.name)).at(label.span));
            }
            edges.push(EdgeType { label: label.name.clone(), from, to, properties: checked(properties, false)? });
        }
        Ok(Schema { name: name.map(str::to_owned), text: catalog::elements_text(elements), nodes, edges })
    }
}

/// The properties of an element type, `_id` left out: every node has one.
fn checked(properties: &[PropertyType], of_node: bool) -> Result<Vec<PropertyType>> {
    let mut kept: Vec<PropertyType> = Vec::new();
    for property in properties {
        let PropertyType { name, value_type } = property;
        if name.name == "_id" {
            match (of_node, &value_type.kind) {
                (true, TypeKind::String(_)) => continue,
                (true, _) => return Err(Error::rule("`_id` is a STRING").at(value_type.span)),
                (false, _) => return Err(Error::rule("an edge has no `_id` of its own").at(name.span)),
            }
        }
        if kept.iter().any(|other| other.name.name == name.name) {
            return Err(Error::rule(format!("property `{}` is given twice", name.name)).at(name.span));
        }
        if !storable(value_type) {
            let text = wend_grammar::print_type(value_type);
            return Err(Error::rule(format!("a property cannot be a {text}")).at(value_type.span));
        }
        kept.push(property.clone());
    }
    Ok(kept)
}

fn storable(value_type: &TypeName) -> bool {
    match &value_type.kind {
        TypeKind::Path | TypeKind::Node | TypeKind::Edge | TypeKind::Null => false,
        TypeKind::List(Some(element)) => storable(element),
        TypeKind::Record(Some(fields)) => fields.iter().all(|field| storable(&field.value_type)),
        _ => true,
    }
}

/// The node type that an end of an edge type names, by its name or its label.
fn end_of(nodes: &[NodeType], end: &Ident) -> Result<usize> {
    let by_name = nodes.iter().position(|node| node.name.as_ref() == Some(&end.name));
    let exact = nodes.iter().position(|node| node.labels == [end.name.as_str()]);
    if let Some(found) = by_name.or(exact) {
        return Ok(found);
    }
    let mut with = (0..nodes.len()).filter(|&position| nodes[position].labels.contains(&end.name));
    match (with.next(), with.next()) {
        (Some(found), None) => Ok(found),
        (Some(_), Some(_)) => Err(Error::rule(format!("several node types have the label `{}`", end.name))
            .with_hint("give them names, as in (Clerk :Person&Worker), and write the name at the end of the edge")
            .at(end.span)),
        (None, _) => {
            let names = nodes.iter().flat_map(|node| node.labels.iter().chain(&node.name)).map(String::as_str);
            let near = wend_grammar::suggest(&end.name, names).map(|near| format!("did you mean `{near}`?"));
            Err(Error::reference(format!("there is no node type `{}`", end.name))
                .with_hint_if(near.or(Some("a graph type names its node types too".to_owned())))
                .at(end.span))
        }
    }
}

/// A place that stands for no text.
const NOWHERE: Span = Span { start: 0, end: 0 };
