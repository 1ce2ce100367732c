//! SHOW INDEXES, SHOW VECTOR INDEXES and SHOW FULLTEXT INDEXES. Beside their own columns they have those that clients of Neo4j ask for by YIELD.

use std::sync::Arc;

use wend_storage::{GraphId, Index, TextTotals, Transaction};

use crate::{error::Result, value::Value, vector_index};

/// The columns of SHOW INDEXES.
pub(super) const COLUMNS: [&str; 16] = [
    "name",
    "kind",
    "label",
    "properties",
    "unique",
    "type",
    "labelsOrTypes",
    "uniqueness",
    "state",
    "id",
    "populationPercent",
    "entityType",
    "indexProvider",
    "owningConstraint",
    "options",
    "failureMessage",
];
/// How many of them are shown where none is asked for; some clients read the labels and the uniqueness so.
pub(super) const SHOWN: usize = 8;

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

/// The columns of SHOW FULLTEXT INDEXES.
pub(super) const TEXT_COLUMNS: [&str; 16] = [
    "name",
    "kind",
    "labels",
    "properties",
    "analyzer",
    "documents",
    "words",
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
pub(super) const TEXT_SHOWN: usize = 7;

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
    /// None of the index of `_id`s.
    labels: Vec<Arc<str>>,
    properties: Vec<Value>,
    unique: bool,
    of: &'static str,
    id: i64,
    options: Value,
}

impl Row {
    /// The values of [`COLUMNS`].
    fn values(self) -> Vec<Value> {
        let uniqueness = text(if self.unique { "UNIQUE" } else { "NONUNIQUE" });
        let mut values = self.common();
        values.insert(7, uniqueness);
        values.push(text(""));
        values
    }

    /// The same without those that other kinds of indexes do not have.
    fn common(self) -> Vec<Value> {
        let (label, labels) = match &self.labels[..] {
            [] => (Value::Null, Value::Null),
            labels => (text(labels.join("|")), list(labels.iter().cloned().map(Value::String))),
        };
        let owner = if self.unique && !label.is_null() { self.name.clone() } else { Value::Null };
        vec![
            self.name,
            text(if self.on_edge { "edge" } else { "node" }),
            label,
            list(self.properties),
            Value::Bool(self.unique),
            text(self.of),
            labels,
            text("ONLINE"),
            Value::Int(self.id),
            Value::Float(100.0),
            text(if self.on_edge { "RELATIONSHIP" } else { "NODE" }),
            text(provider(self.of)),
            owner,
            self.options,
        ]
    }
}

/// The kind of an index in the form of Neo4j's names for what makes them.
fn provider(of: &str) -> String {
    let of = if of == "LOOKUP" { "RANGE" } else { of };
    format!("wend-{}-1.0", of.to_ascii_lowercase())
}

fn row(tx: &Transaction, index: &Index) -> Result<Row> {
    let definition = &index.definition;
    let properties = definition.properties.iter().map(|key| Ok(Value::String(tx.property_key_name(*key)?)));
    let record = |fields: Vec<(&str, Value)>| {
        Value::Record(fields.into_iter().map(|(name, value)| (Arc::from(name), value)).collect())
    };
    // As Neo4j nests them, in the words that clients look for.
    let (of, config) = match (definition.vector, &definition.text) {
        (None, None) => ("RANGE", Vec::new()),
        (Some(space), _) => (
            "VECTOR",
            vec![
                ("vector.dimensions", dimensions(space.dimensions)),
                ("vector.similarity_function", text(vector_index::metric_name(space.metric).to_ascii_uppercase())),
            ],
        ),
        (None, Some(space)) => (
            "FULLTEXT",
            vec![
                ("fulltext.analyzer", text(space.analyzer.name())),
                ("fulltext.eventually_consistent", Value::Bool(false)),
            ],
        ),
    };
    let labels = definition.labels().iter().map(|label| tx.label_name(*label));
    Ok(Row {
        name: text(&*definition.name),
        on_edge: definition.on_edge,
        labels: labels.collect::<wend_storage::Result<_>>()?,
        properties: properties.collect::<Result<_>>()?,
        unique: definition.unique,
        of,
        // The number 0 is that of `_id`.
        id: i64::from(index.id.0) + 1,
        options: record(vec![("indexConfig", record(config)), ("indexProvider", text(provider(of)))]),
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
            labels: Vec::new(),
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
        let mut values = all.common();
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

/// The rows of SHOW FULLTEXT INDEXES.
pub(super) fn text_rows(tx: &Transaction, graph: GraphId) -> Result<Vec<Vec<Value>>> {
    let mut rows = Vec::new();
    for index in tx.indexes(graph)?.iter() {
        let Some(space) = &index.definition.text else { continue };
        let fields = (0u16..).take(index.definition.properties.len());
        let totals = fields.map(|field| tx.text_totals(index, field)).collect::<wend_storage::Result<Vec<_>>>()?;
        let each = |count: fn(&TextTotals) -> u64| {
            list(totals.iter().map(|totals| Value::Int(i64::try_from(count(totals)).unwrap_or(i64::MAX))))
        };
        let all = row(tx, index)?.common();
        let mut values = vec![all[0].clone(), all[1].clone(), all[6].clone(), all[3].clone()];
        values.extend([text(space.analyzer.name()), each(|totals| totals.documents), each(|totals| totals.words)]);
        values.extend(all[5..14].iter().cloned());
        rows.push(values);
    }
    Ok(rows)
}
