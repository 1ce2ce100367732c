//! The graph over time: for each relation the neighbours of every node in the order of their times, so that "the last k not
//! later than t" is one binary search.

use std::collections::BTreeMap;

use crate::algorithm::examples::ElementTimes;
use crate::graph::csr::NodeIndex;
use crate::graph::property::PropertyGraph;

/// Edges of one label between nodes of two types, seen from one of their ends.
#[derive(Debug, Clone)]
pub struct TimedRelation {
    /// Position of the edge label in the graph's list.
    pub label: u32,
    /// The node type whose rows these are.
    pub of_type: u32,
    /// The type of the neighbours.
    pub to_type: u32,
    /// Whether the edges leave the nodes of `of_type`: from a row to the one it refers to.
    pub outgoing: bool,
    /// Where the row of each node begins; one more at the end.
    offsets: Vec<usize>,
    neighbors: Vec<NodeIndex>,
    /// When each neighbour can be seen: negative infinity = always.
    times: Vec<f64>,
}

/// The neighbours of a node until a moment, the newest last.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    /// The neighbours.
    pub nodes: &'a [NodeIndex],
    /// Their times.
    pub times: &'a [f64],
}

impl TimedRelation {
    /// Number of edges.
    pub fn len(&self) -> usize {
        self.neighbors.len()
    }

    /// All neighbours, row after row.
    pub fn neighbors(&self) -> &[NodeIndex] {
        &self.neighbors
    }

    /// Where the row of a node lies.
    pub fn row(&self, node: NodeIndex) -> std::ops::Range<usize> {
        self.offsets[node as usize]..self.offsets[node as usize + 1]
    }

    /// Number of nodes of the graph.
    pub fn nodes(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The neighbours not later than `until`.
    pub fn history(&self, node: NodeIndex, until: f64) -> History<'_> {
        let row = self.row(node);
        let seen = self.times[row.clone()].partition_point(|&time| time <= until);
        let range = row.start..row.start + seen;
        History { nodes: &self.neighbors[range.clone()], times: &self.times[range] }
    }

    /// Whether any neighbour has a time.
    pub fn is_timed(&self) -> bool {
        self.times.iter().any(|time| time.is_finite())
    }

    /// Whether no node has more than one neighbour: a row refers to one other.
    pub fn is_single(&self) -> bool {
        self.offsets.windows(2).all(|row| row[1] - row[0] <= 1)
    }

    /// Rows of (node, neighbour, time), in any order.
    fn new(kind: (u32, u32, u32), outgoing: bool, nodes: usize, mut arcs: Vec<(NodeIndex, NodeIndex, f64)>) -> Self {
        // Stable: what has the same time stays in the order of the edges.
        arcs.sort_by(|a, b| a.0.cmp(&b.0).then(a.2.total_cmp(&b.2)));
        let mut offsets = vec![0usize; nodes + 1];
        for &(node, ..) in &arcs {
            offsets[node as usize + 1] += 1;
        }
        for row in 0..nodes {
            offsets[row + 1] += offsets[row];
        }
        let (of_type, label, to_type) = kind;
        TimedRelation {
            label,
            of_type,
            to_type,
            outgoing,
            offsets,
            neighbors: arcs.iter().map(|arc| arc.1).collect(),
            times: arcs.iter().map(|arc| arc.2).collect(),
        }
    }

    /// The rows that one step further are reached: the neighbours' neighbours, each as late as the later of both.
    pub fn then(&self, next: &TimedRelation) -> TimedRelation {
        let mut arcs = Vec::new();
        for node in 0..self.nodes() as u32 {
            for place in self.row(node) {
                for second in next.row(self.neighbors[place]) {
                    arcs.push((node, next.neighbors[second], self.times[place].max(next.times[second])));
                }
            }
        }
        TimedRelation::new((self.of_type, next.label, next.to_type), next.outgoing, self.nodes(), arcs)
    }
}

/// What a relation is, types by their numbers: part of a saved model.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RelationKind {
    /// The type whose rows these are.
    pub of_type: u32,
    /// The edge label.
    pub label: String,
    /// The type of the neighbours.
    pub to_type: u32,
    /// Whether the edges leave the nodes of `of_type`.
    pub outgoing: bool,
}

/// All relations of a graph, both ways.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// In order of (type, label, type), outgoing ones before incoming.
    pub relations: Vec<TimedRelation>,
    /// The time of each node: negative infinity = always there.
    pub times: Vec<f64>,
}

/// A time as a bound from below: what has none is always there.
fn from_below(time: f64) -> f64 {
    if time.is_nan() { f64::NEG_INFINITY } else { time }
}

impl Timeline {
    /// Sorts the edges of a graph by time.
    pub fn new(graph: &PropertyGraph, times: &ElementTimes) -> Timeline {
        let node_times: Vec<f64> = times.nodes.iter().map(|&time| from_below(time)).collect();
        type Arcs = Vec<(NodeIndex, NodeIndex, f64)>;
        let mut kinds: BTreeMap<(u32, u32, u32), (Arcs, Arcs)> = BTreeMap::new();
        for edge in 0..graph.edge_count() {
            let (from, to) = (graph.from[edge], graph.to[edge]);
            let own = times.edges.get(edge).map_or(f64::NEG_INFINITY, |&time| from_below(time));
            let kind = (graph.node_type[from as usize], graph.edge_label[edge], graph.node_type[to as usize]);
            let (along, against) = kinds.entry(kind).or_default();
            along.push((from, to, own.max(node_times[to as usize])));
            against.push((to, from, own.max(node_times[from as usize])));
        }
        let nodes = graph.node_count();
        let mut relations = Vec::with_capacity(2 * kinds.len());
        for ((from, label, to), (along, against)) in kinds {
            relations.push(TimedRelation::new((from, label, to), true, nodes, along));
            relations.push(TimedRelation::new((to, label, from), false, nodes, against));
        }
        Timeline { relations, times: node_times }
    }

    /// What each relation is, by name.
    pub fn kinds(&self, graph: &PropertyGraph) -> Vec<RelationKind> {
        let kind = |relation: &TimedRelation| RelationKind {
            of_type: relation.of_type,
            label: graph.edge_labels[relation.label as usize].to_string(),
            to_type: relation.to_type,
            outgoing: relation.outgoing,
        };
        self.relations.iter().map(kind).collect()
    }

    /// The relations as a model knows them, in its order; `types` = its number of each type of the graph. One that the graph does
    /// not have is empty, and those that the model does not know are left out.
    pub fn arranged(self, graph: &PropertyGraph, types: &[u32], known: &[RelationKind]) -> Timeline {
        let kinds = self.kinds(graph);
        let numbered = |kind: &RelationKind| RelationKind {
            of_type: types[kind.of_type as usize],
            to_type: types[kind.to_type as usize],
            ..kind.clone()
        };
        let mut own: Vec<(RelationKind, Option<TimedRelation>)> =
            kinds.iter().map(numbered).zip(self.relations.into_iter().map(Some)).collect();
        let nodes = graph.node_count();
        let take = |(label, kind): (u32, &RelationKind)| {
            let found = own.iter_mut().find(|(own, relation)| own == kind && relation.is_some());
            let relation = found.and_then(|(_, relation)| relation.take()).unwrap_or_else(|| {
                TimedRelation::new((kind.of_type, label, kind.to_type), kind.outgoing, nodes, Vec::new())
            });
            TimedRelation { of_type: kind.of_type, to_type: kind.to_type, label, ..relation }
        };
        // Labels have no names any more; those of two relations are never compared here.
        let relations = (0..).zip(known).map(take).collect();
        Timeline { relations, times: self.times }
    }

    /// The relations of nodes of a type, with their positions.
    pub fn of_type(&self, kind: u32) -> impl Iterator<Item = (usize, &TimedRelation)> {
        self.relations.iter().enumerate().filter(move |(_, relation)| relation.of_type == kind)
    }
}
