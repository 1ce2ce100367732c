//! What an algorithm asks of the database, and what it gets.

use crate::core::error::Error;
use crate::graph::property::PropertyGraph;
use crate::graph::undirected::{Graph, NodeIndex};

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

/// Which properties are read without being named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unnamed {
    /// None.
    #[default]
    Nothing,
    /// All that any node or edge has, but those that an algorithm wrote.
    Unwritten,
    /// All that any node or edge has.
    All,
}

/// Which properties of nodes or edges are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PropertySelection {
    /// Those without a name here.
    pub unnamed: Unnamed,
    /// These too; a name that none has is an error of the caller's, which knows the near ones.
    pub required: Vec<String>,
    /// These too, as far as they are there.
    pub optional: Vec<String>,
}

impl PropertySelection {
    /// No properties.
    pub fn none() -> Self {
        PropertySelection::default()
    }

    /// All properties.
    pub fn all() -> Self {
        PropertySelection { unnamed: Unnamed::All, ..PropertySelection::default() }
    }

    /// All that no algorithm wrote.
    pub fn unwritten() -> Self {
        PropertySelection { unnamed: Unnamed::Unwritten, ..PropertySelection::default() }
    }

    /// These, which have to be there.
    pub fn named(names: impl IntoIterator<Item = String>) -> Self {
        PropertySelection { required: names.into_iter().collect(), ..PropertySelection::default() }
    }

    /// These, as far as they are there.
    pub fn known(names: impl IntoIterator<Item = String>) -> Self {
        PropertySelection { optional: names.into_iter().collect(), ..PropertySelection::default() }
    }

    /// Also this one, if a name is given; it has to be there.
    #[must_use]
    pub fn require(mut self, name: Option<&str>) -> Self {
        self.required.extend(name.filter(|&name| !self.required.iter().any(|known| known == name)).map(str::to_owned));
        self
    }

    /// Also this one, if a name is given and it is there.
    #[must_use]
    pub fn allow(mut self, name: Option<&str>) -> Self {
        self.optional.extend(name.filter(|&name| !self.optional.iter().any(|known| known == name)).map(str::to_owned));
        self
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

/// How a graph differs from the one that was computed on before. The nodes that both have keep their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// The nodes that are new or have other neighbours or weights, ascending.
    pub nodes: &'a [u32],
    /// How many nodes there were before.
    pub nodes_before: usize,
}
