//! What a target is of: nodes, whole graphs, or edges.
//!
//! A network gives states of nodes. Predictions of nodes come from these alone; of a graph from the states of its nodes, put together; of an
//! edge from the states of its two ends and its own features.

use ndarray::{Array2, Axis};

use super::relation::{Arc3, NO_ROW, Relation, RowIndex};
use crate::algorithm::groups::GroupsOfNodes;

/// What the examples of a target are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nodes.
    Nodes,
    /// Graphs: the nodes with one value of a property, and the edges between them.
    Graphs,
    /// Edges.
    Edges,
}

impl Kind {
    /// One of them, in a message.
    pub fn one(self) -> &'static str {
        match self {
            Kind::Nodes => "node",
            Kind::Graphs => "graph",
            Kind::Edges => "edge",
        }
    }

    /// Several of them, in a message or as the name of their number.
    pub fn many(self) -> &'static str {
        match self {
            Kind::Nodes => "nodes",
            Kind::Graphs => "graphs",
            Kind::Edges => "edges",
        }
    }
}

/// The examples of a target, by the numbers that the property graph gives its nodes and edges.
pub enum Examples {
    /// Every node.
    Nodes,
    /// Groups of nodes.
    Graphs(GroupsOfNodes),
    /// These edges, ascending.
    Edges(Vec<u32>),
}

/// The examples as a network reads them.
#[expect(clippy::large_enum_variant, reason = "there is one for a whole run")]
pub enum Items {
    /// The nodes themselves.
    Nodes,
    /// Groups of nodes.
    Graphs(Relation),
    /// Edges.
    Edges(EdgeItems),
}

/// Edges by their ends.
pub struct EdgeItems {
    /// Where each starts.
    pub from: RowIndex,
    /// Where each ends.
    pub to: RowIndex,
    /// Their features, if they have any.
    pub features: Option<Array2<f32>>,
}

impl Items {
    /// The items of a graph; `kept` = whether each edge carries messages, `features` = the features of those that do. Edges that are
    /// examples carry messages.
    pub fn new(
        examples: &Examples,
        nodes: usize,
        ends: (&[u32], &[u32]),
        kept: &[bool],
        features: Option<&Array2<f32>>,
    ) -> Items {
        match examples {
            Examples::Nodes => Items::Nodes,
            Examples::Graphs(groups) => {
                let count = groups.names.len();
                let member = |(node, &group): (u32, &u32)| (node, group, NO_ROW);
                let of_group = (0u32..).zip(&groups.of_node).filter(|(_, group)| (**group as usize) < count);
                Items::Graphs(relation(count, nodes, &of_group.map(member).collect::<Vec<Arc3>>()))
            }
            Examples::Edges(edges) => {
                let index = |of: &[u32]| RowIndex::new(edges.iter().map(|&edge| of[edge as usize]).collect(), nodes);
                let features = features.map(|features| {
                    let mut places = vec![0usize; kept.len()];
                    (0..kept.len())
                        .filter(|&edge| kept[edge])
                        .enumerate()
                        .for_each(|(place, edge)| places[edge] = place);
                    features.select(Axis(0), &edges.iter().map(|&edge| places[edge as usize]).collect::<Vec<_>>())
                });
                Items::Edges(EdgeItems { from: index(ends.0), to: index(ends.1), features })
            }
        }
    }

    /// What they are.
    pub fn kind(&self) -> Kind {
        match self {
            Items::Nodes => Kind::Nodes,
            Items::Graphs(_) => Kind::Graphs,
            Items::Edges(_) => Kind::Edges,
        }
    }
}

fn relation(groups: usize, nodes: usize, members: &[Arc3]) -> Relation {
    Relation::new(groups, nodes, 0, members, None)
}

/// The nodes of some graphs, graph by graph, and these graphs by the places of their nodes in that list.
pub fn some_graphs(all: &Relation, graphs: &[u32]) -> (Vec<u32>, Items) {
    let (mut nodes, mut members) = (Vec::new(), Vec::new());
    for (number, &graph) in (0u32..).zip(graphs) {
        for &node in &all.source.rows()[all.offsets[graph as usize]..all.offsets[graph as usize + 1]] {
            members.push((nodes.len() as u32, number, NO_ROW));
            nodes.push(node);
        }
    }
    let some = relation(graphs.len(), nodes.len(), &members);
    (nodes, Items::Graphs(some))
}

impl EdgeItems {
    /// The ends of some of the edges, ascending, and these edges by the places of their ends in that list.
    pub fn some(&self, edges: &[u32]) -> (Vec<u32>, Items) {
        let ends =
            [&self.from, &self.to].map(|of| edges.iter().map(|&edge| of.rows()[edge as usize]).collect::<Vec<u32>>());
        let mut nodes: Vec<u32> = ends.iter().flatten().copied().collect();
        nodes.sort_unstable();
        nodes.dedup();
        let [from, to] = ends.map(|of| {
            let place = |node: &u32| nodes.partition_point(|known| known < node) as u32;
            RowIndex::new(of.iter().map(place).collect(), nodes.len())
        });
        let places = || edges.iter().map(|&edge| edge as usize).collect::<Vec<_>>();
        let features = self.features.as_ref().map(|features| features.select(Axis(0), &places()));
        (nodes, Items::Edges(EdgeItems { from, to, features }))
    }
}
