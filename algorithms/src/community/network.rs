//! The weighted graph that communities are sought in, and the ones that come of it when communities become nodes.

use std::borrow::Cow;

use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::graph::csr::{Csr, NodeIndex};
use crate::search::components::Forest;

/// Rows of neighbours. The entry of a node in its own row, a self-loop, is passed over: `inner` has it.
pub(super) struct Network<'a> {
    pub offsets: Cow<'a, [u64]>,
    pub neighbors: Cow<'a, [NodeIndex]>,
    /// Absent: every arc weighs 1.
    pub weights: Option<Cow<'a, [f64]>>,
    /// What edges within a node weigh, each counted from both of its ends.
    pub inner: Vec<f64>,
    /// The weights of a node's arcs and `inner`, added up.
    pub strength: Vec<f64>,
    /// All strengths together: twice the weight of all edges.
    pub total: f64,
}

impl<'a> Network<'a> {
    /// Of an undirected graph; a self-loop has two ends.
    pub fn of(crew: Crew, rows: &'a Csr) -> Result<Self, Error> {
        let nodes = rows.node_count();
        let own = |v: usize| {
            let v = v as NodeIndex;
            let place = rows.neighbors(v).binary_search(&v).ok()?;
            Some(rows.weights(v).map_or(1.0, |weights| weights[place]))
        };
        let inner = crew.make(nodes, |v| 2.0 * own(v).unwrap_or(0.0))?;
        let strength = crew.make(nodes, |v| {
            let sum = match rows.weights(v as NodeIndex) {
                None => rows.degree(v as NodeIndex) as f64,
                Some(weights) => weights.iter().fold(0.0, |sum, weight| sum + weight),
            };
            sum + inner[v] / 2.0
        })?;
        let total = crew.sum(nodes, |v| strength[v])?;
        if !total.is_finite() {
            return Err(Error::Unfit("the weights of all edges together are beyond the range of floats".to_owned()));
        }
        Ok(Network {
            offsets: Cow::Borrowed(rows.offsets()),
            neighbors: Cow::Borrowed(rows.all_neighbors()),
            weights: rows.all_weights().map(Cow::Borrowed),
            inner,
            strength,
            total,
        })
    }

    pub fn node_count(&self) -> usize {
        self.strength.len()
    }

    /// Calls `with(neighbour, weight)` for the arcs of a node to others.
    #[inline(always)]
    pub fn each(&self, v: NodeIndex, mut with: impl FnMut(NodeIndex, f64)) {
        let arcs = self.offsets[v as usize] as usize..self.offsets[v as usize + 1] as usize;
        let row = &self.neighbors[arcs.clone()];
        match &self.weights {
            None => row.iter().filter(|&&u| u != v).for_each(|&u| with(u, 1.0)),
            Some(weights) => {
                row.iter().zip(&weights[arcs]).filter(|(u, _)| **u != v).for_each(|(&u, &weight)| with(u, weight));
            }
        }
    }

    /// The least node of each node's component, where only edges within communities count.
    pub fn components_within(&self, crew: Crew, community_of: &[NodeIndex]) -> Result<Vec<NodeIndex>, Error> {
        let forest = Forest::new(self.node_count());
        forest.grow(crew, |forest, v| {
            self.each(v, |u, weight| {
                if u < v && weight > 0.0 && community_of[u as usize] == community_of[v as usize] {
                    forest.join(u, v);
                }
            });
        })?;
        forest.roots(crew)
    }

    /// Modularity of communities with this resolution: the weight within them less what chance would give, as a share of all.
    pub fn modularity(&self, crew: Crew, community_of: &[NodeIndex], resolution: f64) -> Result<f64, Error> {
        if self.total == 0.0 {
            return Ok(0.0);
        }
        let within = crew.sum(self.node_count(), |v| {
            let mut sum = self.inner[v];
            self.each(v as NodeIndex, |u, weight| {
                if community_of[u as usize] == community_of[v] {
                    sum += weight;
                }
            });
            sum
        })?;
        let mut strengths = vec![0.0; community_of.iter().max().map_or(0, |&most| most as usize + 1)];
        community_of.iter().zip(&self.strength).for_each(|(&c, strength)| strengths[c as usize] += strength);
        let chance: f64 = strengths.iter().map(|strength| (strength / self.total).powi(2)).sum();
        Ok(within / self.total - resolution * chance)
    }
}

/// Numbers communities from 0 in the order of their first node; how many there are.
pub(super) fn renumber(community_of: &mut [NodeIndex]) -> usize {
    let mut number = vec![NodeIndex::MAX; community_of.len()];
    let mut next = 0;
    for community in community_of {
        let slot = &mut number[*community as usize];
        if *slot == NodeIndex::MAX {
            *slot = next;
            next += 1;
        }
        *community = *slot;
    }
    next as usize
}
