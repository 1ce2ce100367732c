//! Checks nodes and edges against the type of their graph.

use rustc_hash::FxHashMap;
use wend_grammar::ast::{PropertyType, TypeKind, TypeName};
use wend_storage::{LabelId, Properties, PropertyKey, Transaction};

use super::{Schema, labels_text, violation};
use crate::{
    error::{Error, Result},
    function::cast::is_typed,
    value::Value,
};

/// A schema with the numbers of its names.
pub(crate) struct Checker<'a> {
    schema: &'a Schema,
    tx: Transaction,
    nodes: FxHashMap<Vec<LabelId>, usize>,
    edges: FxHashMap<(LabelId, usize, usize), usize>,
    node_keys: Vec<FxHashMap<PropertyKey, usize>>,
    edge_keys: Vec<FxHashMap<PropertyKey, usize>>,
}

pub(crate) fn names(tx: &Transaction, labels: &[LabelId]) -> Vec<String> {
    labels.iter().map(|label| tx.label_name(*label).map_or_else(|_| "?".to_owned(), |name| name.to_string())).collect()
}

pub(crate) fn known(properties: &[PropertyType]) -> Vec<String> {
    properties.iter().map(|property| property.name.name.clone()).collect()
}

/// What is wrong with an element.
pub(crate) enum Reason {
    /// No node type has its labels; those that are there.
    NoNodeType(Vec<String>),
    /// No edge type has its label and ends; what the ends are, and the types with that label.
    NoEdgeType(String, Vec<String>),
    /// A property that its type does not have; those it has.
    Unknown(String, Vec<String>),
    /// A property of another type.
    Type(String, String, TypeName),
    /// A property that is missing.
    Missing(String, TypeName),
}

impl Reason {
    /// The error, of an element with labels.
    pub(crate) fn of(self, what: &str, labels: &[String]) -> Error {
        let (text, hint) = self.texts();
        violation(format!("{what} ({}) {text}", labels_text(labels))).with_hint_if(hint)
    }

    /// What it says after the element is named, and a hint.
    pub(crate) fn texts(self) -> (String, Option<String>) {
        match self {
            Reason::NoNodeType(types) => (
                "has no type in this graph: no node type has just these labels".to_owned(),
                Some(format!("the node types are {}", types.join(", "))),
            ),
            Reason::NoEdgeType(ends, types) if types.is_empty() => {
                (format!("has no type in this graph: no edge type has this label; its ends are {ends}"), None)
            }
            Reason::NoEdgeType(ends, types) => (
                format!("has no type in this graph: its ends are {ends}"),
                Some(format!("the edge types of this label are {}", types.join(", "))),
            ),
            Reason::Unknown(property, known) => {
                let near = wend_grammar::suggest(&property, known.iter().map(String::as_str));
                let hint = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if known.is_empty() => "it has no properties".to_owned(),
                    None => format!("its properties are {}", known.join(", ")),
                };
                (format!("cannot have the property `{property}`: its type does not have it"), Some(hint))
            }
            Reason::Type(property, found, wanted) => {
                (format!("has a {found} as `{property}`, which is {}", wend_grammar::print_type(&wanted)), None)
            }
            Reason::Missing(property, wanted) => {
                (format!("lacks the property `{property}`, which is {}", wend_grammar::print_type(&wanted)), None)
            }
        }
    }
}

impl<'a> Checker<'a> {
    /// The names are those of the transaction's database.
    pub(crate) fn new(schema: &'a Schema, tx: &Transaction) -> Result<Self> {
        let label = |name: &str| tx.intern_label(name);
        let keys = |properties: &[PropertyType]| -> Result<FxHashMap<PropertyKey, usize>> {
            let key = |(at, property): (usize, &PropertyType)| Ok((tx.intern_property_key(&property.name.name)?, at));
            properties.iter().enumerate().map(key).collect()
        };
        let mut nodes = FxHashMap::default();
        for (position, node) in schema.nodes.iter().enumerate() {
            let mut labels = node.labels.iter().map(|name| label(name)).collect::<Result<Vec<_>, _>>()?;
            labels.sort_unstable();
            nodes.insert(labels, position);
        }
        let mut edges = FxHashMap::default();
        for (position, edge) in schema.edges.iter().enumerate() {
            edges.insert((label(&edge.label)?, edge.from, edge.to), position);
        }
        Ok(Checker {
            schema,
            tx: tx.clone(),
            nodes,
            edges,
            node_keys: schema.nodes.iter().map(|node| keys(&node.properties)).collect::<Result<_>>()?,
            edge_keys: schema.edges.iter().map(|edge| keys(&edge.properties)).collect::<Result<_>>()?,
        })
    }

    /// Checks a node: the position of its type, and the keys of properties that were brought to their type.
    pub(crate) fn node(
        &self,
        labels: &[LabelId],
        properties: &mut Properties,
    ) -> std::result::Result<(usize, Vec<PropertyKey>), Reason> {
        let found = self.type_of(labels).ok_or_else(|| {
            Reason::NoNodeType(self.schema.nodes.iter().map(|node| labels_text(&node.labels)).collect())
        })?;
        let changed = self.fit(&self.schema.nodes[found].properties, &self.node_keys[found], properties)?;
        Ok((found, changed))
    }

    /// The position of the node type with just these labels.
    pub(crate) fn type_of(&self, labels: &[LabelId]) -> Option<usize> {
        if labels.is_sorted() {
            return self.nodes.get(labels).copied();
        }
        let mut labels = labels.to_vec();
        labels.sort_unstable();
        self.nodes.get(&labels).copied()
    }

    /// Checks an edge between nodes with these labels; the keys of properties that were brought to their type.
    pub(crate) fn edge(
        &self,
        label: LabelId,
        from: &[LabelId],
        to: &[LabelId],
        properties: &mut Properties,
    ) -> std::result::Result<Vec<PropertyKey>, Reason> {
        self.edge_between(label, self.type_of(from), self.type_of(to), properties)
    }

    /// The same, with the types of its ends.
    pub(crate) fn edge_between(
        &self,
        label: LabelId,
        from: Option<usize>,
        to: Option<usize>,
        properties: &mut Properties,
    ) -> std::result::Result<Vec<PropertyKey>, Reason> {
        let found = from.zip(to).and_then(|(from, to)| self.edges.get(&(label, from, to)).copied());
        let Some(found) = found else {
            let end = |end: Option<usize>| end.map_or("of no type".to_owned(), |end| self.node_text(end));
            let name = self.tx.label_name(label).unwrap_or_default();
            let types = self.schema.edges.iter().filter(|edge| *edge.label == *name);
            let text = |edge: &super::EdgeType| {
                let label = labels_text(std::slice::from_ref(&edge.label));
                format!("({})-[{label}]->({})", self.node_text(edge.from), self.node_text(edge.to))
            };
            return Err(Reason::NoEdgeType(format!("({}) and ({})", end(from), end(to)), types.map(text).collect()));
        };
        self.fit(&self.schema.edges[found].properties, &self.edge_keys[found], properties)
    }

    fn node_text(&self, node: usize) -> String {
        labels_text(&self.schema.nodes[node].labels)
    }

    /// Checks properties; an integer becomes the float that its type wants.
    fn fit(
        &self,
        declared: &[PropertyType],
        keys: &FxHashMap<PropertyKey, usize>,
        properties: &mut Properties,
    ) -> std::result::Result<Vec<PropertyKey>, Reason> {
        let mut changed = Vec::new();
        let mut present = vec![false; declared.len()];
        for (key, stored) in properties.iter_mut() {
            let Some(&position) = keys.get(key) else {
                return Err(Reason::Unknown(
                    self.tx.property_key_name(*key).unwrap_or_default().to_string(),
                    known(declared),
                ));
            };
            present[position] = true;
            let wanted = &declared[position].value_type;
            if let (TypeKind::Float { .. }, wend_storage::Value::Int(number)) = (&wanted.kind, &*stored) {
                *stored = wend_storage::Value::Float(*number as f64);
                changed.push(*key);
            }
            let value = Value::from_stored(stored.clone());
            if !is_typed(&value, wanted) {
                let name = declared[position].name.name.clone();
                return Err(Reason::Type(name, value.type_name().to_owned(), wanted.clone()));
            }
        }
        match (0..declared.len()).find(|&position| !present[position] && declared[position].value_type.not_null) {
            Some(position) => {
                let property = &declared[position];
                Err(Reason::Missing(property.name.name.clone(), property.value_type.clone()))
            }
            None => Ok(changed),
        }
    }
}
