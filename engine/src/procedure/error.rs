//! Errors of algorithms as the library's.

use crate::{
    control::cancelled,
    error::{Error, ErrorKind},
    runtime::statement::Statement,
    view::View,
};

/// The error of an algorithm that ran on a view, with the node or edge that it is about.
pub(crate) fn error_in_view(error: wend_algorithms::Error, view: &View, st: &Statement) -> Error {
    let wend_algorithms::Error::BadValue { message, owner, row, hint } = &error else { return algorithm_error(error) };
    let id = |row: usize| {
        let node = view.nodes().get(row);
        node.and_then(|node| st.tx.node_id(st.graph, *node).ok().flatten()).unwrap_or_default()
    };
    let place = match view {
        View::Properties(view) if *owner == "edge" => {
            let graph = &view.graph;
            let end = |ends: &[u32]| ends.get(*row).map_or_else(String::new, |end| id(*end as usize).to_string());
            let label = graph.edge_label.get(*row).and_then(|label| graph.edge_labels.get(*label as usize));
            let label = label.map_or("", |label| &**label);
            format!("the edge ({})-[:{label}]->({})", end(&graph.from), end(&graph.to))
        }
        _ => format!("the node '{}'", id(*row)),
    };
    Error::data("22003", format!("{message} at {place}")).with_hint(*hint)
}

/// An error of an algorithm as the library's.
pub(crate) fn algorithm_error(error: wend_algorithms::Error) -> Error {
    match error {
        wend_algorithms::Error::Cancelled => cancelled(),
        wend_algorithms::Error::Memory { .. } => Error::new(ErrorKind::Memory, "22000", error.to_string()),
        wend_algorithms::Error::UnknownName { message, near } => {
            Error::reference(message).with_hint_if(near.map(|near| format!("did you mean `{near}`?")))
        }
        wend_algorithms::Error::WrongInput => Error::internal(error.to_string()),
        other => Error::data("22003", other.to_string()),
    }
}
