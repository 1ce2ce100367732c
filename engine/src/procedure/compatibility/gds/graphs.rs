//! `gds.graph.list`, `gds.graph.drop`: the projections that there are.

use super::super::argument::{Given, map};
use super::super::rows::{Rows, int, text};
use crate::{
    error::Result,
    projection::{Orientation, Projection},
    runtime::statement::Statement,
    value::{Value, moment::moment},
};

/// What is known of a projection, in the order of the columns that list and drop share.
fn row(st: &Statement, projection: &Projection) -> Vec<Value> {
    let Projection { node_count, edge_count, bytes, .. } = projection;
    let pairs = *node_count as f64 * (*node_count as f64 - 1.0);
    vec![
        text(projection.name.as_str()),
        Value::String(st.graph_name.clone()),
        text("local"),
        text(format!("{} KiB", bytes.div_ceil(1024))),
        int(*bytes),
        int(*node_count),
        int(*edge_count),
        map(vec![
            ("nodeProjection", projection.node_projection.clone()),
            ("relationshipProjection", projection.edge_projection.clone()),
            ("configuration", projection.configuration.clone()),
        ]),
        Value::Float(if pairs > 0.0 { *edge_count as f64 / pairs } else { 0.0 }),
        moment(projection.created_at),
        moment(projection.modified_at),
        schema(projection, false),
        schema(projection, true),
    ]
}

/// The labels of a projection with their properties.
fn schema(projection: &Projection, with_orientation: bool) -> Value {
    let labels = |labels: &Option<Vec<String>>| labels.clone().unwrap_or_else(|| vec!["__ALL__".to_owned()]);
    let properties = |names: &mut dyn Iterator<Item = &String>| {
        Value::Record(names.map(|name| (name.as_str().into(), text("property"))).collect())
    };
    let nodes = labels(&projection.node_labels).into_iter().map(|label| {
        let mut names = projection.node_properties.iter().chain(projection.added.keys());
        (label.as_str().into(), properties(&mut names))
    });
    let edges = labels(&projection.edge_labels).into_iter().map(|label| {
        let added = projection.added_edges.get(&label).map(|added| &added.property);
        let mut names = projection.edge_properties.iter().chain(added);
        let properties = properties(&mut names);
        let directed = projection.orientation != Orientation::Undirected;
        let of = if with_orientation {
            let direction = if directed { "DIRECTED" } else { "UNDIRECTED" };
            map(vec![("direction", text(direction)), ("properties", properties)])
        } else {
            properties
        };
        (label.as_str().into(), of)
    });
    map(vec![
        ("nodes", Value::Record(nodes.collect())),
        ("relationships", Value::Record(edges.collect())),
        ("graphProperties", Value::Record([].into())),
    ])
}

/// `gds.graph.list`
pub(super) fn list(st: &Statement, given: &Given) -> Result<Rows> {
    let wanted = match given.value(0) {
        Value::Null => None,
        _ => Some(given.string(0)?).filter(|name| !name.is_empty()),
    };
    let all = st.database.projections().all().into_iter();
    let own = all.filter(|projection| projection.graph == st.graph);
    let named = own.filter(|projection| wanted.is_none_or(|name| projection.name == name));
    Ok(named.map(|projection| [vec![projection.degrees.clone()], row(st, &projection)].concat()).collect())
}

/// `gds.graph.drop`: what was there of them.
pub(super) fn drop(st: &Statement, given: &Given) -> Result<Rows> {
    let must = given.bool_or(1, true)?;
    let mut rows = Rows::new();
    for name in given.strings(0)? {
        if must || st.database.projections().has(name) {
            super::projection(st, name)?;
            rows.push(row(st, &st.database.projections().remove(name)?));
        }
    }
    Ok(rows)
}
