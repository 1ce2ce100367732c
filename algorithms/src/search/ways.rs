//! Lists of nodes along shortest ways, made when they are read.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::OnceLock;

use super::dijkstra::NONE;
use crate::algorithm::input::AnyGraph;
use crate::algorithm::output::NodeLists;
use crate::core::error::Error;
use crate::graph::csr::{Csr, NodeIndex};

/// The shortest ways from the nearest of some nodes to others, by their distances.
pub(crate) struct Ways {
    /// Of each node; infinite where there is no way.
    pub distance: Vec<f64>,
    pub sources: Vec<NodeIndex>,
    /// The node of each row.
    pub ends: Vec<NodeIndex>,
    /// The node before each on the way to it; made when the first list is read.
    pub tree: OnceLock<Vec<NodeIndex>>,
}

/// The node before each on a shortest way: a search along the edges of such ways alone, so that it ends where edges weigh 0, too.
fn tree(rows: &Csr, distance: &[f64], sources: &[NodeIndex]) -> Vec<NodeIndex> {
    let mut before = vec![NONE; rows.node_count()];
    let mut queue: VecDeque<NodeIndex> = VecDeque::new();
    for &source in sources {
        before[source as usize] = source;
        queue.push_back(source);
    }
    while let Some(v) = queue.pop_front() {
        let weights = rows.weights(v);
        for (place, &u) in rows.neighbors(v).iter().enumerate() {
            let weight = weights.map_or(1.0, |weights| weights[place]);
            if before[u as usize] == NONE && distance[v as usize] + weight == distance[u as usize] {
                before[u as usize] = v;
                queue.push_back(u);
            }
        }
    }
    before
}

impl NodeLists for Ways {
    fn rows(&self) -> usize {
        self.ends.len()
    }

    fn lists(
        &self,
        graph: AnyGraph<'_>,
        rows: Range<usize>,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<Vec<NodeIndex>>, Error> {
        let outgoing: &Csr = match graph {
            AnyGraph::Undirected(graph) => graph,
            AnyGraph::Directed(graph) => graph.outgoing,
            AnyGraph::Properties(_) => return Err(Error::WrongInput),
        };
        let before = self.tree.get_or_init(|| tree(outgoing, &self.distance, &self.sources));
        let way = |&end: &NodeIndex| {
            if cancelled() {
                return Err(Error::Cancelled);
            }
            let mut way = vec![end];
            let mut at = end;
            while before[at as usize] != at && before[at as usize] != NONE {
                at = before[at as usize];
                way.push(at);
            }
            way.reverse();
            Ok(way)
        };
        self.ends[rows].iter().map(way).collect()
    }
}

/// Lists that are there already.
pub(crate) struct Lists(pub Vec<Vec<NodeIndex>>);

impl NodeLists for Lists {
    fn rows(&self) -> usize {
        self.0.len()
    }

    fn lists(
        &self,
        _graph: AnyGraph<'_>,
        rows: Range<usize>,
        _cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<Vec<NodeIndex>>, Error> {
        Ok(self.0[rows].to_vec())
    }
}
