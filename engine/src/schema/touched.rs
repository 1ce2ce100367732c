//! The nodes and edges that a statement changes in a closed graph, until they are checked.

use rustc_hash::FxHashSet;
use wend_storage::{EdgeId, NodeId};

/// The nodes and edges that a statement changed.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub(crate) nodes: FxHashSet<NodeId>,
    pub(crate) edges: FxHashSet<EdgeId>,
    /// Nodes whose labels changed, and with them perhaps what their edges are.
    pub(crate) relabelled: FxHashSet<NodeId>,
}
