//! DESCRIBE GRAPH: labels, properties with types, keys and time columns, and the edges between labels, counted.

use std::{collections::BTreeMap, sync::Arc};

use wend_grammar::ast::Ident;

use super::{Table, labels, text};
use crate::{
    cache::survey::{Seen, Survey},
    error::Result,
    names::graph_id,
    runtime::statement::Statement,
    tables::{self, Tables},
    value::Value,
};

const COLUMNS: [&str; 8] = ["label", "kind", "count", "property", "type", "role", "from", "to"];

/// Properties by the label of what has them, and their name; those of nodes without a label come first.
type ByLabel = BTreeMap<(Option<Arc<str>>, Arc<str>), Seen>;

fn of_nodes(survey: &Survey) -> ByLabel {
    let mut found = ByLabel::new();
    for of in &survey.nodes {
        let labels = of.labels.iter().cloned().map(Some);
        let labels: Vec<_> = if of.labels.is_empty() { vec![None] } else { labels.collect() };
        for label in labels {
            for (name, seen) in &of.properties {
                found.entry((label.clone(), name.clone())).or_default().add(seen);
            }
        }
    }
    found
}

fn of_edges(survey: &Survey) -> ByLabel {
    let rows = survey.edges.iter().flat_map(|(label, of)| {
        of.properties.iter().map(|(name, seen)| ((Some(label.clone()), name.clone()), seen.clone()))
    });
    rows.collect()
}

/// Rows by label and property.
fn rows(properties: ByLabel, kind: &str, known: impl Fn(&str) -> Option<tables::Table>) -> Vec<Vec<Value>> {
    let row = |((label, property), seen): ((Option<Arc<str>>, Arc<str>), Seen)| {
        let table = label.as_deref().and_then(&known).unwrap_or_default();
        let name = &*property;
        let roles: Vec<&str> = [
            (table.primary.iter().any(|key| key == name), "primary key"),
            (table.foreign.iter().any(|key| key == name), "foreign key"),
            (table.time.as_deref() == Some(name), "time"),
        ]
        .into_iter()
        .filter_map(|(holds, role)| holds.then_some(role))
        .collect();
        vec![
            label.map_or(Value::Null, Value::String),
            text(kind),
            Value::Int(seen.count as i64),
            Value::String(property),
            text(seen.types()),
            if roles.is_empty() { Value::Null } else { text(roles.join(", ")) },
            Value::Null,
            Value::Null,
        ]
    };
    properties.into_iter().map(row).collect()
}

/// The table of `DESCRIBE GRAPH`, of the `current` graph where none is named: totals and labels, then properties of
/// nodes and of edges, then the labels at the ends of edges.
pub(crate) fn describe_graph(name: &Ident, current: &str, st: &Statement) -> Result<Table> {
    let tx = &st.tx;
    let named = if name.name.is_empty() { current } else { &name.name };
    let graph = graph_id(tx, named).map_err(|error| error.at(name.span))?;
    let tables = Tables::of_graph(tx, graph)?;
    let wide = |mut row: Vec<Value>| {
        row.resize(COLUMNS.len(), Value::Null);
        row
    };
    let total = |kind: &str, count: u64| vec![Value::Null, text(kind), Value::Int(count as i64)];
    let mut found = vec![total("node", tx.node_count(graph)?), total("edge", tx.edge_count(graph)?)];
    found.append(&mut labels(tx, tx.node_labels(graph)?, tx.edge_labels(graph)?)?);
    let mut found: Vec<Vec<Value>> = found.into_iter().map(wide).collect();

    let survey = st.database.surveys().of(tx, graph, &st.cancel, &st.memory)?;
    found.extend(rows(of_nodes(&survey), "node property", |label| tables.node(label).cloned()));
    found.extend(rows(of_edges(&survey), "edge property", |label| tables.edge(label).cloned()));
    let mut ends = Vec::new();
    for (label, of) in &survey.edges {
        for (&(from, to), count) in &of.between {
            let name = |place: usize| survey.nodes.get(place).map_or_else(String::new, |of| of.labels.join("&"));
            ends.push((label, name(from), name(to), *count));
        }
    }
    ends.sort();
    found.extend(ends.into_iter().map(|(label, from, to, count)| {
        vec![
            Value::String(label.clone()),
            text("edge between"),
            Value::Int(count as i64),
            Value::Null,
            Value::Null,
            Value::Null,
            text(from),
            text(to),
        ]
    }));
    Ok((&COLUMNS, found))
}
