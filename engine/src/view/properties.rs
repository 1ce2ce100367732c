//! Views with labels, directions and properties.

use std::sync::Arc;

use wend_algorithms::PropertyGraph;
use wend_storage::{EdgeId, NodeId, PropertyKey};

use crate::tables::Tables;

/// A property graph, and the nodes and edges that its dense numbers stand for, in insertion order.
pub(crate) struct PropertyView {
    pub(crate) nodes: Vec<NodeId>,
    pub(crate) edges: Vec<EdgeId>,
    pub(crate) graph: PropertyGraph,
}

impl PropertyView {
    pub(super) fn bytes(&self) -> u64 {
        self.graph.memory_bytes() + (self.nodes.len() + self.edges.len()) as u64 * 8
    }
}

/// Which properties are read, with their names looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) nodes: Keys,
    pub(crate) edges: Keys,
    /// The vector sets that are read. They change without a new version of the graph.
    pub(crate) sets: Vec<(PropertyKey, u64)>,
    /// What is known of the tables that the nodes came from. It changes without a new version of the graph, too.
    pub(crate) tables: Arc<Tables>,
}

/// The properties of nodes or of edges that are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keys {
    /// Sorted; `None` = all but those left out.
    pub(crate) named: Option<Vec<PropertyKey>>,
    /// Sorted.
    pub(crate) left_out: Vec<PropertyKey>,
    /// Those that some node or edge must have.
    pub(crate) required: Vec<PropertyKey>,
    /// Those that an algorithm wrote.
    pub(crate) written: Vec<PropertyKey>,
}
