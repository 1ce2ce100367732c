//! Graphs by name.

use wend_storage::{GraphId, Transaction};

use crate::error::{Error, Result, Subject};

/// The graph of a new database.
pub(crate) const DEFAULT_GRAPH: &str = "default";

/// The graph of that name.
pub(crate) fn graph_id(tx: &Transaction, name: &str) -> Result<GraphId> {
    if let Some(graph) = tx.graph(name)? {
        return Ok(graph);
    }
    let graphs = tx.graphs()?;
    let near = wend_grammar::suggest(name, graphs.iter().map(|(_, name)| name.as_str()));
    Err(Error::reference(format!("there is no graph `{name}`"))
        .about(Subject::Graph)
        .with_hint_if(near.map(|near| format!("did you mean `{near}`?")).or(Some("SHOW GRAPHS lists them".to_owned()))))
}
