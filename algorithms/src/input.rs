//! What an algorithm asks of the database, and what it gets.

use crate::error::Error;
use crate::graph::{Graph, NodeIndex};
use crate::property_graph::PropertyGraph;

/// What an algorithm reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// The undirected graph view, weights included.
    Topology,
    /// The same, and the nodes that the argument of this name gives by their `_id`.
    TopologyFrom(&'static str),
    /// Labels, directions and properties.
    Properties {
        /// Properties of nodes.
        nodes: PropertySelection,
        /// Properties of edges; the one that the argument `weight` names comes apart.
        edges: PropertySelection,
    },
}

/// Which properties of nodes or edges are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PropertySelection {
    /// All that any of them has.
    All,
    /// These; a name that none has is an error of the caller's, which knows the near ones.
    Named(Vec<String>),
}

impl PropertySelection {
    /// No properties.
    pub fn none() -> Self {
        PropertySelection::Named(Vec::new())
    }
}

/// What an algorithm computes on.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// For [`Needs::Topology`].
    Topology(&'a Graph),
    /// For [`Needs::TopologyFrom`].
    TopologyFrom {
        /// The graph view.
        graph: &'a Graph,
        /// The nodes named, in the order of the argument; `None` when it has no value.
        nodes: Option<&'a [NodeIndex]>,
    },
    /// For [`Needs::Properties`].
    Properties {
        /// Labels, directions and properties.
        graph: &'a PropertyGraph,
        /// The saved model that the argument `useModel` names.
        model: Option<&'a [u8]>,
    },
}

impl<'a> Input<'a> {
    /// The graph view.
    ///
    /// # Errors
    /// [`Error::WrongInput`] when this is a property graph.
    pub fn topology(self) -> Result<&'a Graph, Error> {
        match self {
            Input::Topology(graph) | Input::TopologyFrom { graph, .. } => Ok(graph),
            Input::Properties { .. } => Err(Error::WrongInput),
        }
    }

    /// The property graph and the saved model, if one is used.
    ///
    /// # Errors
    /// [`Error::WrongInput`] when this is a bare graph view.
    pub fn properties(self) -> Result<(&'a PropertyGraph, Option<&'a [u8]>), Error> {
        match self {
            Input::Properties { graph, model } => Ok((graph, model)),
            Input::Topology(_) | Input::TopologyFrom { .. } => Err(Error::WrongInput),
        }
    }
}
