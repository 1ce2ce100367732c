//! The properties of nodes with the same labels, and of edges with the same label, with their types.

use std::sync::Arc;

use super::rows::{Rows, int, text, texts};
use crate::{
    cache::survey::{Seen, SeenProperties, Survey},
    error::Result,
    runtime::statement::Statement,
    value::Value,
};

/// What the graph is made of.
pub(super) fn survey(st: &Statement) -> Result<Arc<Survey>> {
    st.database.surveys().of(&st.tx, st.graph, &st.cancel, &st.memory)
}

/// The type as these procedures of Neo4j name it.
fn kernel_type(name: &str) -> &'static str {
    match name {
        "BOOL" => "Boolean",
        "INT64" => "Long",
        "FLOAT64" => "Double",
        "STRING" => "String",
        "BYTES" => "ByteArray",
        "DATE" => "Date",
        "LOCAL TIME" => "LocalTime",
        "ZONED TIME" => "Time",
        "LOCAL DATETIME" => "LocalDateTime",
        "ZONED DATETIME" => "DateTime",
        "DURATION" => "Duration",
        "VECTOR" => "FloatArray",
        "RECORD" => "Map",
        _ => "List",
    }
}

fn types(seen: &Seen) -> Value {
    let name = |name: &'static str| match (name, seen.element_type()) {
        ("LIST", Some("BOOL")) => "BooleanArray",
        ("LIST", Some("INT64")) => "LongArray",
        ("LIST", Some("FLOAT64")) => "DoubleArray",
        ("LIST", Some("STRING")) => "StringArray",
        (name, _) => kernel_type(name),
    };
    texts(seen.type_names().map(name))
}

/// `` :`A`:`B` ``
fn name_of(labels: &[Arc<str>]) -> Value {
    text(labels.iter().map(|label| format!(":`{}`", label.replace('`', "``"))).collect::<String>())
}

/// A row for each property of elements that are `count`, one without a property where they have none; `first` = its beginning,
/// `observed` = whether it ends with how many elements were looked at.
fn rows(first: &[Value], count: u64, properties: &SeenProperties, observed: bool) -> Rows {
    let row = |property: Value, types: Value, mandatory: bool, seen: u64| {
        let mut row = first.to_vec();
        row.extend([property, types, Value::Bool(mandatory)]);
        if observed {
            row.extend([int(seen), int(count)]);
        }
        row
    };
    if properties.is_empty() {
        return vec![row(Value::Null, Value::Null, false, 0)];
    }
    let properties = properties.iter();
    properties
        .map(|(name, seen)| row(Value::String(name.clone()), types(seen), seen.count == count, seen.count))
        .collect()
}

pub(super) fn of_nodes(st: &Statement, observed: bool) -> Result<Rows> {
    let survey = survey(st)?;
    let rows = survey.nodes.iter().flat_map(|of| {
        let first = [name_of(&of.labels), texts(of.labels.iter().cloned())];
        rows(&first, of.count, &of.properties, observed)
    });
    Ok(rows.collect())
}

pub(super) fn of_edges(st: &Statement) -> Result<Rows> {
    let survey = survey(st)?;
    let mut all = Rows::new();
    for (label, of) in &survey.edges {
        all.append(&mut rows(&[name_of(std::slice::from_ref(label))], of.count, &of.properties, false));
    }
    Ok(all)
}

/// The labels of all ends of an edge label are given together.
pub(super) fn of_edges_by_ends(st: &Statement) -> Result<Rows> {
    let survey = survey(st)?;
    let mut all = Rows::new();
    for (label, of) in &survey.edges {
        let labels = |places: &mut dyn Iterator<Item = usize>| {
            let mut labels: Vec<Arc<str>> = places.flat_map(|place| survey.nodes[place].labels.clone()).collect();
            labels.sort_unstable();
            labels.dedup();
            texts(labels)
        };
        let sources = labels(&mut of.between.keys().map(|(from, _)| *from));
        let targets = labels(&mut of.between.keys().map(|(_, to)| *to));
        let first = [name_of(std::slice::from_ref(label)), sources, targets];
        all.append(&mut rows(&first, of.count, &of.properties, true));
    }
    Ok(all)
}
