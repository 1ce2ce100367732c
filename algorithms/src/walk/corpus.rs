//! All walks of a run kept in memory, and each node's co-occurrence counts from them.
//!
//! Methods that look at a node's counts as a whole, not only at their sum, need all of the node's positions together.
//! Walks are kept (4 bytes per position); the positions of a range of nodes at a time are sorted by node (8 bytes
//! each), and one node's counts are gathered in a table as long as the graph has nodes, so no matrix of all counts
//! exists. Counts are integers: L/d for nodes at distance d, with L from [`DistanceWeights`].

use std::ops::Range;

use super::{NO_NODE, WALKERS, WalkParameters, Walks};
use crate::core::context::{Context, Progress};
use crate::core::error::Error;
use crate::graph::csr::NodeIndex;

/// The weights 1/d of co-occurrences at distance d, as integers L/d.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DistanceWeights {
    by_distance: Vec<u64>,
    /// L, the common denominator.
    pub(crate) unit: f64,
}

impl DistanceWeights {
    /// Exact for windows up to 10; for wider ones 1/d is rounded to a multiple of 2^-16.
    pub(crate) fn new(window: usize) -> Self {
        let unit: u64 = if window <= 10 { 2520 } else { 1 << 16 };
        DistanceWeights { by_distance: (1..=window as u64).map(|d| (unit + d / 2) / d).collect(), unit: unit as f64 }
    }

    /// The largest sum that one position can add to one count.
    fn largest(&self) -> u64 {
        2 * self.by_distance.iter().sum::<u64>()
    }
}

/// Ranges that counts are gathered in, for each thread.
pub(crate) const PARTS: usize = 4;
/// Positions between two checks of the cancel flag where the work per position is small.
const CANCEL_POSITIONS: usize = 1 << 22;
/// Positions between two checks of the cancel flag where each has a window.
const CANCEL_WINDOWS: usize = 1 << 16;
/// Positions that are sorted at a time.
const RANGE_POSITIONS: u64 = 1 << 24;

/// The walks of a run.
pub(crate) struct Corpus {
    walks: Vec<NodeIndex>,
    length: usize,
    /// Positions of each node in all walks.
    visits: Vec<u64>,
}

/// Bytes of a corpus.
pub(crate) fn bytes(nodes: u64, parameters: &WalkParameters) -> u64 {
    positions(nodes, parameters).saturating_mul(4).saturating_add(nodes.saturating_mul(8))
}

/// Bytes of gathering counts from a corpus on so many threads, [`PARTS`] ranges for each.
pub(crate) fn gather_bytes(nodes: u64, parameters: &WalkParameters, threads: usize) -> u64 {
    let threads = threads.max(1) as u64;
    let range = (positions(nodes, parameters) / (PARTS as u64 * threads)).min(RANGE_POSITIONS).saturating_mul(8);
    nodes.saturating_mul(20).saturating_add(range).saturating_mul(threads)
}

fn positions(nodes: u64, parameters: &WalkParameters) -> u64 {
    nodes.saturating_mul(parameters.per_node).saturating_mul(parameters.length as u64)
}

impl Corpus {
    /// Walks from every node. Reports progress up to `share` of the whole run.
    ///
    /// # Errors
    /// [`Error::Cancelled`]; [`Error::Memory`] when the walks do not fit.
    pub(crate) fn new(walks: &Walks<'_>, threads: usize, share: f64, context: &Context<'_>) -> Result<Self, Error> {
        let (nodes, length) = (walks.graph.node_count(), walks.length);
        let total = (nodes as u64).saturating_mul(walks.per_node);
        let positions = total.saturating_mul(length as u64);
        let mut all: Vec<NodeIndex> = Vec::new();
        let entries = usize::try_from(positions).unwrap_or(usize::MAX);
        all.try_reserve_exact(entries).map_err(|_| Error::Memory {
            needed: positions.saturating_mul(4),
            budget: 0,
            hint: format!("lower walksPerNode from {} or walkLength from {length}", walks.per_node),
        })?;
        // The first touch of so much memory can take seconds.
        while all.len() < entries {
            context.check_cancelled()?;
            all.resize(entries.min(all.len() + CANCEL_POSITIONS), 0);
        }
        let per_task = ((1 << 16) / length).max(1).next_multiple_of(WALKERS);
        let done = std::sync::atomic::AtomicUsize::new(0);
        let tasks = all.chunks_mut(per_task * length).enumerate();
        context.for_each(threads, tasks, |(task, out)| {
            walks.fill((task * per_task) as u64, out, context)?;
            let done = done.fetch_add(out.len(), std::sync::atomic::Ordering::Relaxed) + out.len();
            if task.is_multiple_of((entries / out.len().max(1) / 100).max(1)) {
                (context.progress)(Progress { stage: "walks", fraction: share * done as f64 / entries as f64 });
            }
            Ok(())
        })?;
        Self::of(all, length, nodes, context)
    }

    /// Walks that were made elsewhere, one after the other, each of `length` nodes.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub(crate) fn of(walks: Vec<NodeIndex>, length: usize, nodes: usize, context: &Context<'_>) -> Result<Self, Error> {
        let mut visits = vec![0u64; nodes];
        for walks in walks.chunks(length * (CANCEL_POSITIONS / length).max(1)) {
            context.check_cancelled()?;
            for walk in walks.chunks_exact(length).filter(|walk| walk[1] != NO_NODE) {
                walk.iter().for_each(|&node| visits[node as usize] += 1);
            }
        }
        Ok(Corpus { walks, length, visits })
    }

    /// Nodes of each walk.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Number of nodes of the graph.
    pub(crate) fn nodes(&self) -> usize {
        self.visits.len()
    }

    /// Positions of each node in all walks.
    pub(crate) fn visits(&self) -> &[u64] {
        &self.visits
    }

    /// Number of walks, those that cannot leave their start included.
    pub(crate) fn count(&self) -> u64 {
        (self.walks.len() / self.length) as u64
    }

    /// A walk's nodes; `None` when it cannot leave its start.
    pub(crate) fn walk(&self, number: u64) -> Option<&[NodeIndex]> {
        let walk = self.walks.get(number as usize * self.length..)?.get(..self.length)?;
        (walk[1] != NO_NODE).then_some(walk)
    }

    /// Nodes cut into ranges of about equally many positions, at least `parts` of them where there are enough.
    pub(crate) fn ranges(&self, parts: usize) -> Vec<Range<NodeIndex>> {
        let total: u64 = self.visits.iter().sum();
        let most = (total / parts.max(1) as u64).clamp(1, RANGE_POSITIONS);
        let mut ranges = Vec::new();
        let (mut first, mut positions) = (0, 0);
        for (node, &visits) in self.visits.iter().enumerate() {
            positions += visits;
            if positions >= most {
                ranges.push(first..node as NodeIndex + 1);
                (first, positions) = (node as NodeIndex + 1, 0);
            }
        }
        if (first as usize) < self.visits.len() {
            ranges.push(first..self.visits.len() as NodeIndex);
        }
        ranges
    }

    /// Calls `work(node, counts)` for each node of the range, in order. `counts` are (context, L/d summed), in the
    /// order of the first meeting; empty for a node without walks.
    ///
    /// # Errors
    /// [`Error::Cancelled`], and those of `work`.
    pub(crate) fn counts(
        &self,
        range: Range<NodeIndex>,
        weights: &DistanceWeights,
        context: &Context<'_>,
        mut work: impl FnMut(NodeIndex, &[(NodeIndex, u64)]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (first, nodes) = (range.start, self.visits.len());
        // Offsets of each node's positions (counting sort).
        let mut ends = Vec::with_capacity(range.len());
        let mut total = 0u64;
        for node in range.clone() {
            ends.push(total as usize);
            total += self.visits[node as usize];
        }
        let mut positions = vec![0u64; total as usize];
        let walks = (CANCEL_POSITIONS / self.length).max(1);
        for (number, walk) in self.walks.chunks_exact(self.length).enumerate() {
            if number.is_multiple_of(walks) {
                context.check_cancelled()?;
            }
            if walk[1] == NO_NODE {
                continue;
            }
            for (i, &node) in walk.iter().enumerate() {
                if let Some(end) = ends.get_mut(node.wrapping_sub(first) as usize) {
                    positions[*end] = (number * self.length + i) as u64;
                    *end += 1;
                }
            }
        }
        // 32 bits hold the counts of all but the busiest nodes, and twice as many of them stay in the cache.
        let most = u64::from(u32::MAX) / weights.largest().max(1);
        let mut small = Gather::<u32>::new(nodes);
        let mut large: Option<Gather<u64>> = None;
        let mut start = 0;
        for (node, &end) in range.zip(&ends) {
            context.check_cancelled()?;
            let positions = &positions[start..end];
            start = end;
            if positions.len() as u64 <= most {
                work(node, small.gather(&self.walks, self.length, positions, weights, context)?)?;
            } else {
                let large = large.get_or_insert_with(|| Gather::new(nodes));
                work(node, large.gather(&self.walks, self.length, positions, weights, context)?)?;
            }
        }
        Ok(())
    }
}

/// Integer type of a counter.
trait Count: Copy + Default + PartialEq + std::ops::AddAssign {
    fn new(weight: u64) -> Self;
    fn get(self) -> u64;
}

impl Count for u32 {
    #[inline(always)]
    fn new(weight: u64) -> Self {
        weight as u32
    }
    #[inline(always)]
    fn get(self) -> u64 {
        u64::from(self)
    }
}

impl Count for u64 {
    #[inline(always)]
    fn new(weight: u64) -> Self {
        weight
    }
    #[inline(always)]
    fn get(self) -> u64 {
        self
    }
}

/// Counters by node, zero before and after each use.
struct Gather<C> {
    table: Vec<C>,
    found: Vec<(NodeIndex, u64)>,
}

impl<C: Count> Gather<C> {
    fn new(nodes: usize) -> Self {
        Gather { table: vec![C::default(); nodes], found: Vec::new() }
    }

    fn gather(
        &mut self,
        walks: &[NodeIndex],
        length: usize,
        positions: &[u64],
        weights: &DistanceWeights,
        context: &Context<'_>,
    ) -> Result<&[(NodeIndex, u64)], Error> {
        let (table, found) = (&mut self.table, &mut self.found);
        found.clear();
        for (number, &position) in positions.iter().enumerate() {
            if number % CANCEL_WINDOWS == CANCEL_WINDOWS - 1 {
                context.check_cancelled()?;
            }
            let place = position as usize % length;
            let walk = &walks[position as usize - place..][..length];
            let before = walk[..place].iter().rev();
            let after = walk[place + 1..].iter();
            for (&weight, &node) in weights.by_distance.iter().zip(before).chain(weights.by_distance.iter().zip(after))
            {
                let count = &mut table[node as usize];
                if *count == C::default() {
                    found.push((node, 0));
                }
                *count += C::new(weight);
            }
        }
        for (node, sum) in found.iter_mut() {
            *sum = std::mem::take(&mut table[*node as usize]).get();
        }
        Ok(found)
    }
}
