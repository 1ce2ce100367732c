//! The views of recent calls, kept while their graph does not change.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use wend_algorithms::{AnyGraph, DirectedGraph, Graph, Orientation, Parallel};
use wend_storage::{EdgeId, GraphId, LabelId, NodeId, PropertyKey};

use super::properties::{PropertyView, Selection};

/// A graph without properties, and the nodes that its dense numbers stand for, in insertion order.
pub(crate) struct GraphView<G> {
    pub(crate) nodes: Vec<NodeId>,
    pub(crate) graph: G,
}

/// What an algorithm computes on.
#[derive(Clone)]
pub(crate) enum View {
    /// Without properties, edges both ways.
    Undirected(Arc<GraphView<Graph>>),
    /// Without properties, by the direction of edges; the same view serves both orientations.
    Directed(Arc<GraphView<DirectedGraph>>, Orientation),
    /// With labels, directions and properties.
    Properties(Arc<PropertyView>),
    /// The nodes or edges that a result on another view has rows for.
    Part(Arc<Part>),
}

/// Some nodes or edges that a result on a view has rows for.
pub(crate) struct Part {
    whole: View,
    nodes: Vec<NodeId>,
    edges: Vec<EdgeId>,
}

impl View {
    /// The nodes, in insertion order.
    pub(crate) fn nodes(&self) -> &[NodeId] {
        match self {
            View::Undirected(view) => &view.nodes,
            View::Directed(view, _) => &view.nodes,
            View::Properties(view) => &view.nodes,
            View::Part(part) => &part.nodes,
        }
    }

    /// The edges of a property graph, in insertion order.
    pub(crate) fn edges(&self) -> &[EdgeId] {
        match self {
            View::Undirected(_) | View::Directed(..) => &[],
            View::Properties(view) => &view.edges,
            View::Part(part) => &part.edges,
        }
    }

    /// These of its nodes alone, by their dense numbers.
    pub(crate) fn only(&self, numbers: &[u32]) -> View {
        self.rows_of(numbers.iter().map(|&number| self.nodes()[number as usize]).collect())
    }

    /// These nodes alone, which need not be in the view that was computed on.
    pub(crate) fn rows_of(&self, nodes: Vec<NodeId>) -> View {
        View::Part(Arc::new(Part { whole: self.clone(), nodes, edges: Vec::new() }))
    }

    /// These of its edges alone, by their dense numbers.
    pub(crate) fn only_edges(&self, numbers: &[u32]) -> View {
        let edges = numbers.iter().map(|&number| self.edges()[number as usize]).collect();
        View::Part(Arc::new(Part { whole: self.clone(), nodes: Vec::new(), edges }))
    }

    /// The view that this is a part of, with the nodes that the graph's dense numbers stand for.
    pub(crate) fn whole(&self) -> &View {
        match self {
            View::Part(part) => part.whole.whole(),
            view => view,
        }
    }

    /// The graph as an algorithm takes it: the whole, of a part too.
    pub(crate) fn graph(&self) -> Option<AnyGraph<'_>> {
        match self {
            View::Undirected(view) => Some(AnyGraph::Undirected(&view.graph)),
            View::Directed(view, orientation) => Some(AnyGraph::Directed(view.graph.oriented(*orientation))),
            View::Properties(view) => Some(AnyGraph::Properties(&view.graph)),
            View::Part(part) => part.whole.graph(),
        }
    }

    /// The same view in another orientation.
    pub(crate) fn oriented(self, orientation: Orientation) -> View {
        match self {
            View::Directed(view, _) => View::Directed(view, orientation),
            view => view,
        }
    }

    /// Bytes of memory it holds; what is in temporary files does not count.
    pub(crate) fn bytes(&self) -> u64 {
        let nodes = |nodes: &[NodeId]| size_of_val::<[NodeId]>(nodes) as u64;
        match self {
            View::Undirected(view) => view.graph.memory_bytes() + nodes(&view.nodes),
            View::Directed(view, _) => view.graph.memory_bytes() + nodes(&view.nodes),
            View::Properties(view) => view.bytes(),
            View::Part(part) => part.whole.bytes() + nodes(&part.nodes) + size_of_val::<[EdgeId]>(&part.edges) as u64,
        }
    }
}

/// Which part of a graph is viewed, and how its edges are weighed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) node_labels: Option<Vec<LabelId>>,
    /// Nodes with this label are not seen, whatever other labels they have.
    pub(crate) without: Option<LabelId>,
    pub(crate) edge_labels: Option<Vec<LabelId>>,
    pub(crate) weight: Option<PropertyKey>,
}

/// Which kind of view an algorithm needs. The orientation of a directed one is chosen when it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Undirected(Parallel),
    Directed(Parallel),
    Properties(Box<Selection>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) graph: GraphId,
    pub(crate) version: u64,
    pub(crate) filter: Filter,
    pub(crate) form: Form,
    /// Whether the view is in temporary files.
    pub(crate) mapped: bool,
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
