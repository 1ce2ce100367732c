//! What the database says of itself, and the names in its catalog.

use wend_storage::LabelId;

use super::rows::{Rows, text, texts};
use crate::{
    error::Result, plan::functions::functions as all_functions, registry::Callee, runtime::statement::Statement,
    value::Value,
};

/// The version of Neo4j whose clients are understood: numbers with points, as clients read them. The server's agent has it too.
pub(crate) const NEO4J: &str = "5.26.0";

pub(super) fn components() -> Rows {
    let row = |name: &str, version: &str| vec![text(name), texts([version]), text("community")];
    vec![row("Neo4j Kernel", NEO4J), row("WendDB", env!("CARGO_PKG_VERSION"))]
}

/// The graph, which is what clients take for a database. When it was made is not known.
pub(super) fn info(st: &Statement) -> Result<Rows> {
    Ok(vec![vec![text(format!("graph-{}", st.graph.0)), Value::String(st.graph_name.clone()), Value::Null]])
}

pub(super) fn procedures() -> Rows {
    let row =
        |callee: Callee| vec![text(callee.name()), text(callee.signature()), text(callee.doc()), text(callee.mode())];
    let mut rows: Rows = Callee::all().map(row).collect();
    rows.sort_by(|a, b| a[0].order(&b[0]));
    rows
}

pub(super) fn functions() -> Rows {
    let functions = all_functions().into_iter();
    functions.map(|function| vec![text(function.name), text(function.signature), text(function.doc)]).collect()
}

fn names(st: &Statement, labels: Vec<(LabelId, u64)>) -> Result<Rows> {
    let names = labels.into_iter().map(|(label, _)| Ok(vec![Value::String(st.tx.label_name(label)?)]));
    let mut rows = names.collect::<Result<Rows>>()?;
    rows.sort_by(|a, b| a[0].order(&b[0]));
    Ok(rows)
}

pub(super) fn labels(st: &Statement) -> Result<Rows> {
    names(st, st.tx.node_labels(st.graph)?)
}

pub(super) fn relationship_types(st: &Statement) -> Result<Rows> {
    names(st, st.tx.edge_labels(st.graph)?)
}

pub(super) fn property_keys(st: &Statement) -> Result<Rows> {
    let mut rows: Rows = st.tx.property_keys()?.into_iter().map(|(_, name)| vec![Value::String(name)]).collect();
    rows.sort_by(|a, b| a[0].order(&b[0]));
    Ok(rows)
}
