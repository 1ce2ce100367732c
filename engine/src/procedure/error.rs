//! Errors of algorithms as the library's.

use crate::{
    control::cancelled,
    error::{Error, ErrorKind},
    runtime::statement::Statement,
    view::View,
};

/// Most nodes of a cycle that a message names.
const LONGEST_CYCLE: usize = 20;

/// The error of an algorithm that ran on a view, with the node or edge that it is about.
pub(crate) fn error_in_view(error: wend_algorithms::Error, view: &View, st: &Statement) -> Error {
    let id = |row: usize| {
        let node = view.nodes().get(row);
        node.and_then(|node| st.tx.node_id(st.graph, *node).ok().flatten()).unwrap_or_default()
    };
    if let wend_algorithms::Error::Cycle { nodes, hint } = &error {
        let mut way = String::new();
        for &node in nodes.iter().take(LONGEST_CYCLE) {
            way.push_str(&format!("({})->", id(node as usize)));
        }
        way.push_str(&match nodes.first() {
            Some(&first) if nodes.len() <= LONGEST_CYCLE => format!("({})", id(first as usize)),
            _ => "..".to_owned(),
        });
        let hint = hint.trim_start_matches([';', ' ']);
        return Error::data("22003", format!("the graph has a cycle: {way}")).with_hint(hint);
    }
    let wend_algorithms::Error::BadValue { message, owner, row, hint } = &error else { return algorithm_error(error) };
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
        wend_algorithms::Error::Scratch(message) => Error::new(ErrorKind::Io, "08000", message)
            .with_hint("free some space there, or open the database with another graph_view_directory"),
        wend_algorithms::Error::UnknownName { message, near } => {
            Error::reference(message).with_hint_if(near.map(|near| format!("did you mean `{near}`?")))
        }
        wend_algorithms::Error::WrongInput => Error::internal(error.to_string()),
        other => Error::data("22003", other.to_string()),
    }
}
