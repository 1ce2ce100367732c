//! SHOW INDEXES and SHOW VECTOR INDEXES. Beside their own columns they have those that clients of Neo4j ask for by YIELD.

use std::sync::Arc;

use wend_storage::{GraphId, Index, Transaction};

use crate::{error::Result, value::Value, vector_index};

/// The columns of SHOW INDEXES.
pub(super) const COLUMNS: [&str; 15] = [
    "name",
    "kind",
    "label",
    "properties",
    "unique",
    "type",
    "labelsOrTypes",
    "state",
    "id",
    "populationPercent",
    "entityType",
    "indexProvider",
    "owningConstraint",
    "options",
    "failureMessage",
];
/// How many of them are shown where none is asked for; some clients read the labels so.
pub(super) const SHOWN: usize = 7;

/// The columns of SHOW VECTOR INDEXES.
pub(super) const VECTOR_COLUMNS: [&str; 18] = [
    "name",
    "kind",
    "label",
    "property",
    "dimensions",
    "metric",
    "lists",
    "properties",
    "unique",
    "type",
    "labelsOrTypes",
    "state",
    "id",
    "populationPercent",
    "entityType",
    "indexProvider",
    "owningConstraint",
    "options",
];
/// How many of them are shown where none is asked for.
pub(super) const VECTOR_SHOWN: usize = 7;

fn text(text: impl Into<Arc<str>>) -> Value {
    Value::String(text.into())
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::List(items.into_iter().collect())
}

/// A row of SHOW INDEXES.
struct Row {
    name: Value,
    on_edge: bool,
    label: Value,
    properties: Vec<Value>,
    unique: bool,
    of: &'static str,
    id: i64,
    options: Value,
}

impl Row {
    fn values(self) -> Vec<Value> {
        let labels = match &self.label {
            Value::Null => Value::Null,
            label => list([label.clone()]),
        };
        let owner = if self.unique && !self.label.is_null() { self.name.clone() } else { Value::Null };
        vec![
            self.name,
            text(if self.on_edge { "edge" } else { "node" }),
            self.label,
            list(self.properties),
            Value::Bool(self.unique),
            text(self.of),
            labels,
            text("ONLINE"),
            Value::Int(self.id),
            Value::Float(100.0),
            text(if self.on_edge { "RELATIONSHIP" } else { "NODE" }),
            text(if self.of == "VECTOR" { "wend-vector-1.0" } else { "wend-range-1.0" }),
            owner,
            self.options,
            text(""),
        ]
    }
}

fn row(tx: &Transaction, index: &Index) -> Result<Row> {
    let definition = &index.definition;
    let properties = definition.properties.iter().map(|key| Ok(Value::String(tx.property_key_name(*key)?)));
    let record = |fields: Vec<(&str, Value)>| {
        Value::Record(fields.into_iter().map(|(name, value)| (Arc::from(name), value)).collect())
    };
    // As Neo4j nests them, in the words that clients look for.
    let config = match definition.vector {
        None => Vec::new(),
        Some(space) => vec![
            ("vector.dimensions", dimensions(space.dimensions)),
            ("vector.similarity_function", text(vector_index::metric_name(space.metric).to_ascii_uppercase())),
        ],
    };
    Ok(Row {
        name: text(&*definition.name),
        on_edge: definition.on_edge,
        label: Value::String(tx.label_name(definition.label)?),
        properties: properties.collect::<Result<_>>()?,
        unique: definition.unique,
        of: if definition.vector.is_some() { "VECTOR" } else { "RANGE" },
        // The number 0 is that of `_id`.
        id: i64::from(index.id.0) + 1,
        options: record(vec![
            ("indexConfig", record(config)),
            ("indexProvider", text(if definition.vector.is_some() { "wend-vector-1.0" } else { "wend-range-1.0" })),
        ]),
    })
}

/// How many numbers each vector has; NULL until the first vector says so.
fn dimensions(dimensions: u32) -> Value {
    if dimensions == 0 { Value::Null } else { Value::Int(i64::from(dimensions)) }
}

/// The rows of SHOW INDEXES: first that of `_id`s.
pub(super) fn rows(tx: &Transaction, graph: GraphId) -> Result<Vec<Vec<Value>>> {
    let mut rows = vec![
        Row {
            name: text("_id"),
            on_edge: false,
            label: Value::Null,
            properties: vec![text("_id")],
            unique: true,
            of: "LOOKUP",
            id: 0,
            options: Value::Record(Arc::from([])),
        }
        .values(),
    ];
    for index in tx.indexes(graph)?.iter() {
        rows.push(row(tx, index)?.values());
    }
    Ok(rows)
}

/// The rows of SHOW VECTOR INDEXES.
pub(super) fn vector_rows(tx: &Transaction, graph: GraphId) -> Result<Vec<Vec<Value>>> {
    let mut rows = Vec::new();
    for index in tx.indexes(graph)?.iter() {
        let Some(space) = index.definition.vector else { continue };
        let all = row(tx, index)?;
        let property = all.properties.first().cloned().unwrap_or(Value::Null);
        let mut values = all.values();
        values.pop();
        let rest = values.split_off(3);
        values.extend([
            property,
            dimensions(space.dimensions),
            text(vector_index::metric_name(space.metric)),
            Value::Int(i64::from(index.lists)),
        ]);
        values.extend(rest);
        rows.push(values);
    }
    Ok(rows)
}
