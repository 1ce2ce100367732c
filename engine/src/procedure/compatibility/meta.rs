//! `apoc.meta.data`: a row for each property of a label, and for each pair of a label and edges that begin or end there.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    indexes::Known,
    node_types::survey,
    rows::{Rows, int, text, texts},
};
use crate::{
    cache::survey::{Seen, SeenProperties},
    error::Result,
    runtime::statement::Statement,
    value::Value,
};

/// The type as these procedures name it.
pub(super) fn meta_type(name: &str) -> &'static str {
    match name {
        "BOOL" => "BOOLEAN",
        "INT64" => "INTEGER",
        "FLOAT64" => "FLOAT",
        "STRING" => "STRING",
        "BYTES" => "BYTE_ARRAY",
        "DATE" => "DATE",
        "LOCAL TIME" => "LOCAL_TIME",
        "ZONED TIME" => "TIME",
        "LOCAL DATETIME" => "LOCAL_DATE_TIME",
        "ZONED DATETIME" => "DATE_TIME",
        "DURATION" => "DURATION",
        "RECORD" => "MAP",
        // A vector is a list to clients.
        _ => "LIST",
    }
}

/// What a row says of edges.
struct Edges {
    count: u64,
    /// How many of them a node has on average, rounded up: that leave it, and that lead to it.
    left: u64,
    right: u64,
    other: Vec<Arc<str>>,
}

fn row(element: &str, label: &Arc<str>, property: &Arc<str>, of: Result<Edges, (&Seen, [bool; 3])>) -> Vec<Value> {
    let (count, flags, kind, array, edges) = match of {
        Ok(edges) => (edges.count, [false; 3], "RELATIONSHIP", false, Some(edges)),
        Err((seen, flags)) => {
            let kind = meta_type(seen.usual_type());
            (seen.count, flags, kind, kind == "LIST", None)
        }
    };
    let [unique, index, existence] = flags.map(Value::Bool);
    let (left, right, other) = edges.map_or((0, 0, Vec::new()), |edges| (edges.left, edges.right, edges.other));
    vec![
        Value::String(label.clone()),
        Value::String(property.clone()),
        int(count),
        unique,
        index,
        existence,
        text(kind),
        Value::Bool(array),
        Value::Null,
        int(left),
        int(right),
        texts(other),
        Value::List([].into()),
        text(element),
    ]
}

pub(super) fn data(st: &Statement) -> Result<Rows> {
    let (survey, known) = (survey(st)?, Known::of(st)?);
    let labels = survey.labels();
    // By label and label of the edges: how many, and where they lead.
    let mut ends: BTreeMap<(Arc<str>, Arc<str>), (u64, Vec<Arc<str>>)> = BTreeMap::new();
    for ((from, label, to), count) in survey.between_labels() {
        let (sum, other) = ends.entry((from, label)).or_default();
        *sum += count;
        other.push(to);
    }
    let mut rows = Rows::new();
    let properties = |rows: &mut Rows, element: &str, label: &Arc<str>, of: &SeenProperties| {
        for (name, seen) in of {
            let flags = known.about(element == "relationship", label, name);
            rows.push(row(element, label, name, Err((seen, flags))));
        }
    };
    for (label, (count, of)) in &labels {
        properties(&mut rows, "node", label, of);
        for ((_, edge), (sum, other)) in
            ends.range((label.clone(), Arc::from(""))..).take_while(|((from, _), _)| from == label)
        {
            let edges = Edges { count: *sum, left: sum.div_ceil((*count).max(1)), right: 0, other: other.clone() };
            rows.push(row("node", label, edge, Ok(edges)));
        }
    }
    for (label, of) in &survey.edges {
        properties(&mut rows, "relationship", label, &of.properties);
        for ((from, _), (sum, other)) in ends.iter().filter(|((_, edge), _)| edge == label) {
            let nodes = |label: &Arc<str>| labels.get(label).map_or(1, |(count, _)| (*count).max(1));
            let right = other.iter().map(|to| sum.div_ceil(nodes(to))).max().unwrap_or_default();
            let edges = Edges { count: *sum, left: sum.div_ceil(nodes(from)), right, other: other.clone() };
            rows.push(row("relationship", label, from, Ok(edges)));
        }
    }
    Ok(rows)
}
