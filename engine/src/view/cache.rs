//! The views of recent calls, kept while their graph does not change.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use wend_algorithms::{Graph, Input};
use wend_storage::{EdgeId, GraphId, LabelId, NodeId, PropertyKey};

use super::properties::{PropertyView, Selection};

/// A CSR graph and the nodes that its dense numbers stand for, in insertion order.
pub(crate) struct GraphView {
    pub(crate) nodes: Vec<NodeId>,
    pub(crate) graph: Graph,
}

impl GraphView {
    fn bytes(&self) -> u64 {
        self.graph.memory_bytes() + (self.nodes.len() * size_of::<NodeId>()) as u64
    }
}

/// What an algorithm computes on.
#[derive(Clone)]
pub(crate) enum View {
    /// Undirected, without properties.
    Topology(Arc<GraphView>),
    /// With labels, directions and properties.
    Properties(Arc<PropertyView>),
    /// Nodes alone: those that a result has rows for.
    Nodes(Arc<[NodeId]>),
}

impl View {
    /// The nodes, in insertion order.
    pub(crate) fn nodes(&self) -> &[NodeId] {
        match self {
            View::Topology(view) => &view.nodes,
            View::Properties(view) => &view.nodes,
            View::Nodes(nodes) => nodes,
        }
    }

    /// The edges of a property graph, in insertion order.
    pub(crate) fn edges(&self) -> &[EdgeId] {
        match self {
            View::Topology(_) | View::Nodes(_) => &[],
            View::Properties(view) => &view.edges,
        }
    }

    /// These of its nodes alone, by their dense numbers.
    pub(crate) fn only(&self, numbers: &[u32]) -> View {
        View::Nodes(numbers.iter().map(|&number| self.nodes()[number as usize]).collect())
    }

    /// The graph without properties, if it is one.
    pub(crate) fn topology(&self) -> Option<&Graph> {
        match self {
            View::Topology(view) => Some(&view.graph),
            View::Properties(_) | View::Nodes(_) => None,
        }
    }

    /// As an algorithm takes it, with the saved model it is to use; nothing when it is nodes alone.
    pub(crate) fn input<'a>(&'a self, model: Option<&'a [u8]>) -> Option<Input<'a>> {
        match self {
            View::Topology(view) => Some(Input::Topology(&view.graph)),
            View::Properties(view) => Some(Input::Properties { graph: &view.graph, model }),
            View::Nodes(_) => None,
        }
    }

    /// Bytes it holds.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            View::Topology(view) => view.bytes(),
            View::Properties(view) => view.bytes(),
            View::Nodes(nodes) => size_of_val::<[NodeId]>(nodes) as u64,
        }
    }
}

/// Which part of a graph is viewed, and how its edges are weighed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) node_labels: Option<Vec<LabelId>>,
    pub(crate) edge_labels: Option<Vec<LabelId>>,
    pub(crate) weight: Option<PropertyKey>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) graph: GraphId,
    pub(crate) version: u64,
    pub(crate) filter: Filter,
    /// `None` = a view without properties.
    pub(crate) selection: Option<Selection>,
}

/// The views of recent calls, oldest first, up to a number of bytes.
pub(crate) struct ViewCache {
    limit: u64,
    views: Mutex<VecDeque<(Key, View)>>,
}

impl ViewCache {
    /// `limit` in bytes; 0 keeps nothing.
    pub(crate) fn new(limit: u64) -> Self {
        ViewCache { limit, views: Mutex::default() }
    }

    pub(crate) fn get(&self, key: &Key) -> Option<View> {
        let mut views = self.views.lock();
        let position = views.iter().position(|(known, _)| known == key)?;
        let entry = views.remove(position)?;
        let view = entry.1.clone();
        views.push_back(entry);
        Some(view)
    }

    pub(crate) fn put(&self, key: Key, view: View) {
        let mut views = self.views.lock();
        // A view of an older version of the graph will hardly be asked for again.
        views.retain(|(known, _)| known.graph != key.graph || known.version == key.version);
        views.push_back((key, view));
        let mut bytes: u64 = views.iter().map(|(_, view)| view.bytes()).sum();
        while bytes > self.limit {
            match views.pop_front() {
                Some((_, oldest)) => bytes -= oldest.bytes(),
                None => break,
            }
        }
    }
}
