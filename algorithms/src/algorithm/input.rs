//! What an algorithm asks of the database, and what it gets.

use super::examples::{ElementTimes, ExampleRequest, Examples, TimeSource};
use crate::core::error::Error;
use crate::graph::csr::{Csr, NodeIndex};
use crate::graph::directed::{Directed, Orientation, Parallel};
use crate::graph::property::PropertyGraph;
use crate::graph::undirected::Graph;

/// What an algorithm reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Needs {
    /// Which way it sees edges: [`Orientation::Undirected`] gives a [`Graph`], the others a [`DirectedGraph`].
    ///
    /// [`DirectedGraph`]: crate::graph::directed::DirectedGraph
    pub orientation: Orientation,
    /// What parallel edges become.
    pub parallel: Parallel,
    /// Whether it reads the weights that the argument `weight` names; otherwise every edge weighs 1.
    pub weights: bool,
    /// With properties it gets a [`PropertyGraph`] instead, a list of edges that has each with its direction; orientation
    /// and parallel edges are then the algorithm's own affair.
    pub properties: Option<Properties>,
    /// The parameter whose value names nodes by their `_id`.
    pub nodes_named_by: Option<&'static str>,
    /// The parameter whose value names nodes where the ways that begin at the others end.
    pub targets_named_by: Option<&'static str>,
    /// With it the algorithm gets the times of nodes and edges, beside a [`PropertyGraph`].
    pub times: Option<TimeSource>,
    /// With it the algorithm gets examples; it needs `times`, too. Examples that are nodes are not in its graph.
    pub examples: Option<ExampleRequest>,
}

/// Which properties an algorithm reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Properties {
    /// Properties of nodes.
    pub nodes: PropertySelection,
    /// Properties of edges; the one that the argument `weight` names comes apart.
    pub edges: PropertySelection,
}

impl Needs {
    /// The graph in this orientation, weights included, with parallel edges made one as said.
    pub fn graph(orientation: Orientation, parallel: Parallel) -> Self {
        Needs {
            orientation,
            parallel,
            weights: true,
            properties: None,
            nodes_named_by: None,
            targets_named_by: None,
            times: None,
            examples: None,
        }
    }

    /// The undirected graph, parallel edges added up.
    pub fn undirected() -> Self {
        Needs::graph(Orientation::Undirected, Parallel::Sum)
    }

    /// The graph without weights in this orientation, of parallel edges one: who is beside whom.
    pub fn simple(orientation: Orientation) -> Self {
        Needs { weights: false, ..Needs::graph(orientation, Parallel::Min) }
    }

    /// The edges themselves, each with its direction and weight, and no properties.
    pub fn edges() -> Self {
        Needs::properties(PropertySelection::none(), PropertySelection::none())
    }

    /// Labels, directions, weights and these properties.
    pub fn properties(nodes: PropertySelection, edges: PropertySelection) -> Self {
        Needs { properties: Some(Properties { nodes, edges }), ..Needs::undirected() }
    }
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

/// A graph of any kind.
#[derive(Debug, Clone, Copy)]
pub enum AnyGraph<'a> {
    /// Edges both ways.
    Undirected(&'a Graph),
    /// Edges in a direction.
    Directed(Directed<'a>),
    /// Labels, directions and properties.
    Properties(&'a PropertyGraph),
}

/// What an algorithm computes on.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The graph, of the kind that was asked for.
    pub graph: AnyGraph<'a>,
    /// The nodes that the argument [`Needs::nodes_named_by`] names, in its order; `None` when it has no value.
    pub nodes: Option<&'a [NodeIndex]>,
    /// The nodes that the argument [`Needs::targets_named_by`] names, in the same way.
    pub targets: Option<&'a [NodeIndex]>,
    /// The saved model to apply, or to go on training from.
    pub model: Option<&'a [u8]>,
    /// The times of nodes and edges, where they were asked for.
    pub times: Option<&'a ElementTimes>,
    /// The examples, where they were asked for.
    pub examples: Option<&'a Examples>,
}

impl<'a> From<AnyGraph<'a>> for Input<'a> {
    fn from(graph: AnyGraph<'a>) -> Self {
        Input { graph, nodes: None, targets: None, model: None, times: None, examples: None }
    }
}

impl<'a> From<&'a Graph> for Input<'a> {
    fn from(graph: &'a Graph) -> Self {
        AnyGraph::Undirected(graph).into()
    }
}

impl<'a> From<Directed<'a>> for Input<'a> {
    fn from(graph: Directed<'a>) -> Self {
        AnyGraph::Directed(graph).into()
    }
}

impl<'a> From<&'a PropertyGraph> for Input<'a> {
    fn from(graph: &'a PropertyGraph) -> Self {
        AnyGraph::Properties(graph).into()
    }
}

impl<'a> Input<'a> {
    /// The undirected graph.
    ///
    /// # Errors
    /// [`Error::WrongInput`] when it is another.
    pub fn undirected(self) -> Result<&'a Graph, Error> {
        match self.graph {
            AnyGraph::Undirected(graph) => Ok(graph),
            AnyGraph::Directed(_) | AnyGraph::Properties(_) => Err(Error::WrongInput),
        }
    }

    /// The directed graph.
    ///
    /// # Errors
    /// [`Error::WrongInput`] when it is another.
    pub fn directed(self) -> Result<Directed<'a>, Error> {
        match self.graph {
            AnyGraph::Directed(graph) => Ok(graph),
            AnyGraph::Undirected(_) | AnyGraph::Properties(_) => Err(Error::WrongInput),
        }
    }

    /// The rows of the edges that leave each node in the orientation that was asked for.
    ///
    /// # Errors
    /// [`Error::WrongInput`] when this is a property graph.
    pub fn rows(self) -> Result<&'a Csr, Error> {
        match self.graph {
            AnyGraph::Undirected(graph) => Ok(graph),
            AnyGraph::Directed(graph) => Ok(graph.outgoing),
            AnyGraph::Properties(_) => Err(Error::WrongInput),
        }
    }

    /// The rows of both directions in the orientation that was asked for; those of an undirected graph are the same.
    ///
    /// # Errors
    /// [`Error::WrongInput`] when this is a property graph.
    pub fn both(self) -> Result<Directed<'a>, Error> {
        match self.graph {
            AnyGraph::Undirected(graph) => Ok(Directed { outgoing: graph, incoming: graph }),
            AnyGraph::Directed(graph) => Ok(graph),
            AnyGraph::Properties(_) => Err(Error::WrongInput),
        }
    }

    /// The property graph and the saved model, if one is used.
    ///
    /// # Errors
    /// [`Error::WrongInput`] when this is a bare graph.
    pub fn properties(self) -> Result<(&'a PropertyGraph, Option<&'a [u8]>), Error> {
        match self.graph {
            AnyGraph::Properties(graph) => Ok((graph, self.model)),
            AnyGraph::Undirected(_) | AnyGraph::Directed(_) => Err(Error::WrongInput),
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
