//! Second-order random walks by rejection sampling, many at a time.
//!
//! One **trial** of a step v -> x after t -> v: draw a neighbour x of v by the static weight, accept it with
//! probability bias / bound, where bias is 1/p, 1 or 1/q and bound at least the largest of them. So x is taken with
//! probability proportional to weight times bias, exactly, with no table per edge. Three refinements keep that law and
//! save trials:
//! - *outlier folding*: when 1/p is the largest bias, the bound is the second largest, and the rest of the return
//!   edge's mass is drawn apart, as if it were one more neighbour;
//! - *lower bound*: a trial that even the smallest bias would accept needs no neighbour test;
//! - *exact scan*: after as many rejections as a pass over the neighbours costs, the step is drawn by inverse transform
//!   over all of them. Trials are independent, so the law is the same; it bounds the work at extreme p and q.
//!
//! [`Walks::walk`] is the plain form of that, one walk alone. [`Walks::fill`] advances many walks side by side, see
//! `batch.rs`, and gives the same nodes: every walk has its own random generator, so it does not depend on the others
//! in its batch.
//!
//! Precision: a neighbour is drawn from 53 or 64 random bits and accepted by 64; alias tables hold probabilities as
//! f32 (24 bits).

mod alias;
#[expect(unsafe_code, reason = "calls code compiled for one kind of processor; each call says why it may")]
mod batch;
mod bias;
pub(crate) mod corpus;
pub(crate) mod edge_table;
#[cfg(test)]
mod tests;

use std::ops::Deref;
use std::sync::Arc;

use alias::Alias;
use bias::Bias;
use edge_table::EdgeTable;

use rand::{Rng, RngExt};

use crate::core::context::Context;
use crate::core::error::Error;
use crate::graph::csr::NodeIndex;
use crate::graph::undirected::Graph;
use crate::machine::pages::Aligned;
use crate::machine::simd::Level;
use crate::numeric::random::{Xoroshiro128, unit};

pub use batch::WALKERS;

/// Parameters of walks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WalkParameters {
    /// Nodes in each walk, the start included; at least 2.
    pub length: usize,
    /// Walks that start at each node, at least 1.
    pub per_node: u64,
    /// Return parameter, positive and finite.
    pub p: f64,
    /// In-out parameter, positive and finite.
    pub q: f64,
    /// Seed of the walks' random generators.
    pub seed: u64,
}

impl WalkParameters {
    /// Whether steps do not depend on the node before: p = q = 1.
    pub fn first_order(&self) -> bool {
        self.p == 1.0 && self.q == 1.0
    }
}

/// No node: stands for the missing second node in the row of a walk that cannot leave its start.
pub const NO_NODE: NodeIndex = NodeIndex::MAX;

/// Graphs with fewer arcs than this are in the cache, where binary search is as good as an edge table.
const TABLE_FROM_ARCS: usize = 1 << 16;
/// Trials after which a step may be drawn by a scan instead; more when the scan is longer.
const TRIALS: u32 = 32;

/// The random choices of one trial.
struct Draw {
    /// Index of an arc, before the alias is looked up.
    arc: usize,
    /// The folded mass of the return edge was drawn: step back, accepted.
    folded: bool,
    /// Uniform in [0, 1), decides between slot and alias.
    coin: f64,
    /// Bits for the acceptance.
    accept: u64,
}

/// All walks of one run: a pure function from (node, number) to nodes.
pub struct Walks<'g> {
    graph: &'g Graph,
    tables: Arc<Tables>,
}

/// Tables that walks need in addition to the graph, prepared once.
pub struct Tables {
    bias: Bias,
    /// p = q = 1: every trial is accepted.
    first_order: bool,
    alias: Option<Alias>,
    table: Option<EdgeTable>,
    /// The graph's offsets in 32 bits, if they fit: twice as many of them stay in the cache.
    offsets: Option<Aligned>,
    level: Level,
    seed: u64,
    length: usize,
    per_node: u64,
}

impl Deref for Walks<'_> {
    type Target = Tables;

    #[inline(always)]
    fn deref(&self) -> &Tables {
        &self.tables
    }
}

impl<'g> Walks<'g> {
    /// Prepares the walks of a run. For second-order walks on larger graphs an edge table of at most `table_limit`
    /// bytes is built, for weighted graphs alias tables of 8 bytes per arc and 8 bytes per node.
    pub fn new(graph: &'g Graph, parameters: impl Into<WalkParameters>, table_limit: u64) -> Self {
        Self::with(graph, parameters, table_limit, TABLE_FROM_ARCS, Level::best())
    }

    /// Walks on the graph for which the tables were made.
    pub(crate) fn again(graph: &'g Graph, tables: Arc<Tables>) -> Self {
        Walks { graph, tables }
    }

    /// The tables, for walks to be made later.
    pub(crate) fn into_tables(self) -> Arc<Tables> {
        self.tables
    }

    /// As [`new`](Self::new), with an edge table only for graphs of at least `table_from` arcs, and with the
    /// instructions of `level`.
    fn with(
        graph: &'g Graph,
        parameters: impl Into<WalkParameters>,
        table_limit: u64,
        table_from: usize,
        level: Level,
    ) -> Self {
        let parameters = parameters.into();
        let first_order = parameters.first_order();
        let table = !first_order && graph.arc_count() >= table_from;
        let offsets = u32::try_from(graph.arc_count()).is_ok().then(|| {
            let mut small = Aligned::zeros::<u32>(graph.offsets().len());
            small.get_mut().iter_mut().zip(graph.offsets()).for_each(|(small, &offset)| *small = offset as u32);
            small
        });
        let tables = Tables {
            bias: Bias::new(parameters.p, parameters.q),
            first_order,
            alias: graph.all_weights().map(|weights| Alias::new(graph, weights)),
            table: if table { EdgeTable::new(graph, table_limit) } else { None },
            offsets,
            level,
            seed: parameters.seed,
            length: parameters.length,
            per_node: parameters.per_node,
        };
        Walks { graph, tables: Arc::new(tables) }
    }

    /// Makes it read the graph's own 64-bit offsets, as for graphs of more than 2^32 arcs.
    #[cfg(test)]
    fn with_long_offsets(mut self) -> Self {
        Arc::get_mut(&mut self.tables).expect("tables of its own").offsets = None;
        self
    }

    /// The graph they walk on.
    pub(crate) fn graph(&self) -> &'g Graph {
        self.graph
    }

    /// Whether a walk can leave `v`: it has an edge whose weight is not zero.
    #[inline]
    pub(crate) fn walkable(&self, v: NodeIndex) -> bool {
        match &self.alias {
            Some(alias) => alias.totals[v as usize] > 0.0,
            None => self.graph.degree(v) > 0,
        }
    }

    /// Number of nodes that walks can leave.
    pub fn walkable_nodes(&self) -> u64 {
        (0..self.graph.node_count() as u32).filter(|&v| self.walkable(v)).count() as u64
    }

    /// One walk, alone: `walk_length` nodes, or only the start if that cannot be left.
    pub fn walk(&self, start: NodeIndex, number: u64) -> Vec<NodeIndex> {
        let mut nodes = vec![start];
        if !self.walkable(start) {
            return nodes;
        }
        let mut rng = Xoroshiro128::new(self.seed, start, number);
        let (mut v, mut previous, mut last_weight) = (start, NO_NODE, 0.0);
        while nodes.len() < self.length {
            let mut trials = 0;
            let x = loop {
                let draw = match (self.alias.is_some(), self.first_order) {
                    (false, false) => self.draw::<false, false>(&mut rng, v, last_weight),
                    (false, true) => self.draw::<false, true>(&mut rng, v, last_weight),
                    (true, false) => self.draw::<true, false>(&mut rng, v, last_weight),
                    (true, true) => self.draw::<true, true>(&mut rng, v, last_weight),
                };
                if draw.folded {
                    break previous;
                }
                let arc = if self.alias.is_some() { self.resolve(&draw, v) } else { draw.arc };
                let x = self.graph.all_neighbors()[arc];
                if self.accepts(draw.accept, previous, x) {
                    last_weight = self.weight(arc);
                    break x;
                }
                trials += 1;
                if self.should_scan(trials, v) {
                    let arc = self.scan(&mut rng, v, previous);
                    last_weight = self.weight(arc);
                    break self.graph.all_neighbors()[arc];
                }
            };
            (previous, v) = (v, x);
            nodes.push(x);
        }
        nodes
    }

    /// Writes the walks with the running numbers from `first` on: walk `i` starts at node `i / walks_per_node` and is
    /// its walk number `i % walks_per_node`. `out` holds `walk_length` nodes per walk. The row of a walk that cannot
    /// leave its start is the start and then [`NO_NODE`]; what follows in that row has no meaning.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn fill(&self, first: u64, out: &mut [NodeIndex], context: &Context<'_>) -> Result<(), Error> {
        self.fill_until(first, out, context.cancel)
    }

    /// As [`fill`](Self::fill), until `cancelled` says so.
    pub(crate) fn fill_until(
        &self,
        first: u64,
        out: &mut [NodeIndex],
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(), Error> {
        match &self.offsets {
            Some(offsets) => batch::fill(self, offsets.get::<u32>(), first, out, cancelled),
            None => batch::fill(self, self.graph.offsets(), first, out, cancelled),
        }
    }

    /// The random choices of one trial at `v`, which has an edge that can be walked. `last_weight` is the weight of
    /// the return edge, 0 for the first step.
    #[inline(always)]
    fn draw<const WEIGHTED: bool, const FIRST_ORDER: bool>(
        &self,
        rng: &mut Xoroshiro128,
        v: NodeIndex,
        last_weight: f64,
    ) -> Draw {
        let arcs = self.graph.arcs(v);
        let degree = arcs.len() as u64;
        // High part: uniform below degree; low part: uniform again, as the coin.
        let slot = |bits: u64| {
            let product = u128::from(bits) * u128::from(degree);
            ((product >> 64) as usize, product as u64)
        };
        if FIRST_ORDER {
            let (slot, coin) = slot(rng.next_u64());
            return Draw { arc: arcs.start + slot, folded: false, coin: unit(coin), accept: 0 };
        }
        let position: f64 = rng.random();
        match &self.alias {
            Some(alias) if WEIGHTED => {
                let total = alias.totals[v as usize];
                let folded = position * (total + self.bias.fold * last_weight) >= total && last_weight > 0.0;
                let (slot, coin) = slot(rng.next_u64());
                Draw { arc: arcs.start + slot, folded, coin: unit(coin), accept: rng.next_u64() }
            }
            _ => {
                let position = position * (degree as f64 + self.bias.fold * last_weight);
                let slot = position as u64;
                let folded = slot >= degree;
                let arc = arcs.start + if folded { 0 } else { slot as usize };
                Draw { arc, folded, coin: 0.0, accept: rng.next_u64() }
            }
        }
    }

    /// The arc a weighted draw means.
    #[inline(always)]
    fn resolve(&self, draw: &Draw, v: NodeIndex) -> usize {
        let Some(alias) = &self.alias else { return draw.arc };
        let slot = alias.slots[draw.arc];
        if draw.coin < f64::from(slot.keep) { draw.arc } else { self.graph.arcs(v).start + slot.alias as usize }
    }

    #[inline(always)]
    fn weight(&self, arc: usize) -> f64 {
        match (&self.alias, self.graph.all_weights()) {
            (Some(alias), Some(weights)) => weights[arc] * alias.scale,
            _ => 1.0,
        }
    }

    #[inline(always)]
    fn accepts(&self, bits: u64, previous: NodeIndex, x: NodeIndex) -> bool {
        if bits <= self.bias.low || previous == NO_NODE || self.first_order {
            true
        } else if x == previous {
            bits <= self.bias.back
        } else if bits > self.bias.near.max(self.bias.far) {
            false
        } else {
            bits <= if self.near(previous, x) { self.bias.near } else { self.bias.far }
        }
    }

    #[inline(always)]
    fn near(&self, previous: NodeIndex, x: NodeIndex) -> bool {
        match &self.table {
            Some(table) => table.contains(previous, x),
            None => self.graph.has_edge(previous, x),
        }
    }

    #[inline(always)]
    fn should_scan(&self, trials: u32, v: NodeIndex) -> bool {
        trials >= TRIALS && (trials - TRIALS) as usize >= self.graph.degree(v) / 8
    }

    /// Draws the step from `v` after `previous` by inverse transform over all neighbours; gives the arc.
    #[cold]
    fn scan(&self, rng: &mut Xoroshiro128, v: NodeIndex, previous: NodeIndex) -> usize {
        let arcs = self.graph.arcs(v);
        let of_previous = self.graph.neighbors(previous);
        let [back, far] = self.bias.weights;
        let merge = of_previous.len() / 16 <= arcs.len();
        let mut cursor = 0;
        let mass = |arc: usize| {
            let x = self.graph.all_neighbors()[arc];
            let near = if merge {
                while cursor < of_previous.len() && of_previous[cursor] < x {
                    cursor += 1;
                }
                of_previous.get(cursor) == Some(&x)
            } else {
                of_previous.binary_search(&x).is_ok()
            };
            let bias = if x == previous {
                back
            } else if near {
                1.0
            } else {
                far
            };
            bias * self.weight(arc)
        };
        let masses: Vec<f64> = arcs.clone().map(mass).collect();
        let wanted = rng.random::<f64>() * masses.iter().sum::<f64>();
        let (mut sum, mut chosen) = (0.0, 0);
        for (slot, &mass) in masses.iter().enumerate().filter(|&(_, &mass)| mass > 0.0) {
            chosen = slot;
            sum += mass;
            if sum > wanted {
                break;
            }
        }
        arcs.start + chosen
    }
}
