//! Which edge to follow next: the one from which the rest of the pattern is expected to make the fewest rows on the way.
//!
//! How many edges a node has is told, for each direction, by the edges of the label and a sample of their ends. Each candidate is
//! tried in thought: it is followed, and then always the edge that leaves the fewest rows.

use super::Lowering;
use crate::{error::Result, optimize::estimate, plan::expr::LabelTest};
use wend_storage::Direction;

/// What is expected of an edge of a pattern.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fan {
    /// How many edges it may be.
    edges: f64,
    /// How many different nodes are at their left, and at their right, ends.
    ends: [f64; 2],
}

impl Fan {
    /// How many edges a node at one end is expected to have.
    fn out(&self, end: usize) -> f64 {
        self.edges / self.ends[end].max(1.0)
    }

    /// How likely an edge is between two nodes.
    fn closes(&self) -> f64 {
        (self.edges / (self.ends[0] * self.ends[1]).max(1.0)).min(1.0)
    }
}

/// Patterns with more edges than this are not thought through.
const MOST_EDGES: usize = 16;

/// Rows on the way of a repeated edge, for one.
const REPEATED: f64 = 1e6;

impl Lowering<'_> {
    /// What is expected of an edge.
    pub(super) fn fan(&mut self, position: usize) -> Result<Fan> {
        if let Some(fan) = self.fans[position] {
            return Ok(fan);
        }
        let edge = &self.pattern.edges[position];
        let nodes = self.statistics.tx.node_count(self.statistics.graph)?.max(1) as f64;
        let mut edges = estimate::edges(edge.label.as_ref(), self.statistics)? as f64;
        let mut labels = Vec::new();
        if let Some(names) = edge.label.as_ref().and_then(LabelTest::alternatives) {
            for name in names {
                labels.extend(name.id(self.statistics.tx)?);
            }
        }
        let (mut sources, mut targets) = (0.0f64, 0.0f64);
        for &label in labels.iter().take(4) {
            let (from, to) = self.statistics.ends(label)?;
            (sources, targets) = (sources + from, targets + to);
        }
        if labels.is_empty() || labels.len() > 4 {
            (sources, targets) = (nodes, nodes);
        }
        (sources, targets) = (sources.min(nodes), targets.min(nodes));
        let ends = match edge.direction {
            Direction::Out => [sources, targets],
            Direction::In => [targets, sources],
            Direction::Both => {
                edges *= 2.0;
                [sources.max(targets); 2]
            }
        };
        // Conditions on the edge alone leave fewer of them.
        if edge.repeat.is_none() {
            let label: Vec<_> = labels.first().copied().filter(|_| labels.len() == 1).into_iter().collect();
            for (condition, columns) in self.conditions.on(edge.slot).take(4) {
                if columns == [edge.slot] {
                    edges *= self.share(condition, edge.slot, &label, true)?;
                }
            }
        }
        let fan = Fan { edges, ends };
        self.fans[position] = Some(fan);
        Ok(fan)
    }

    /// How many rows one becomes when an edge is followed to the node `far`, which is not bound.
    pub(super) fn rows_along(&mut self, position: usize, far: usize) -> Result<f64> {
        let edge = &self.pattern.edges[position];
        let (repeated, near) = (edge.repeat.is_some(), usize::from(edge.left == far));
        let fan = self.fan(position)?.out(near);
        let longer = if repeated { REPEATED } else { 1.0 };
        Ok(fan * longer * self.selected(far)?)
    }

    /// The share of the nodes that may be `node`.
    fn selected(&mut self, node: usize) -> Result<f64> {
        let slot = self.pattern.nodes[node].slot;
        Ok(if self.cost(node)? <= 1.0 {
            0.01
        } else if self.conditions.on(slot).any(|(_, columns)| columns == [slot]) {
            0.3
        } else {
            1.0
        })
    }

    /// Of several edges the one to follow first. `candidates` are edges from a bound node to one that is not.
    pub(super) fn best_of(&mut self, candidates: &[usize]) -> Result<Option<usize>> {
        let left = self.edge_done.iter().filter(|done| !**done).count();
        if candidates.len() < 2 || left > MOST_EDGES {
            return Ok(candidates.first().copied());
        }
        let mut best: Option<(usize, f64)> = None;
        for &candidate in candidates {
            let total = self.tried(candidate)?;
            if best.is_none_or(|(_, least)| total < least) {
                best = Some((candidate, total));
            }
        }
        Ok(best.map(|(candidate, _)| candidate))
    }

    /// The rows that are made on the way when an edge is followed first, and then always the one that leaves the fewest.
    fn tried(&mut self, first: usize) -> Result<f64> {
        let (mut bound, mut done) = (self.node_bound.clone(), self.edge_done.clone());
        let (mut rows, mut total) = (1.0f64, 0.0f64);
        let mut next = Some(first);
        while let Some(position) = next {
            let (left, right) = (self.pattern.edges[position].left, self.pattern.edges[position].right);
            let far = if bound[left] { right } else { left };
            let (found, closed) = self.followed(position, far, &bound, &done)?;
            // Lists of neighbours are intersected before rows are made of them: those left out cost less.
            total += rows * (closed + 0.1 * found);
            rows *= closed;
            bound[far] = true;
            for at in self.edges_at[far].clone() {
                let edge = &self.pattern.edges[at];
                done[at] |= bound[edge.left] && bound[edge.right];
            }
            done[position] = true;
            next = None;
            let mut least = f64::INFINITY;
            for position in 0..done.len() {
                let edge = &self.pattern.edges[position];
                let (left, right) = (edge.left, edge.right);
                if done[position] || bound[left] == bound[right] {
                    continue;
                }
                let far = if bound[left] { right } else { left };
                let rows = self.followed(position, far, &bound, &done)?.1;
                if rows < least {
                    (next, least) = (Some(position), rows);
                }
            }
        }
        Ok(total)
    }

    /// How many rows one becomes along an edge, and how many are left when the other edges between its end and bound nodes are there
    /// as well.
    fn followed(&mut self, position: usize, far: usize, bound: &[bool], done: &[bool]) -> Result<(f64, f64)> {
        let found = self.rows_along(position, far)?;
        let mut closed = found;
        for at in self.edges_at[far].clone() {
            let edge = &self.pattern.edges[at];
            let near = if edge.left == far { edge.right } else { edge.left };
            if at != position && !done[at] && bound[near] && edge.repeat.is_none() {
                closed *= self.fan(at)?.closes();
            }
        }
        Ok((found, closed))
    }
}
