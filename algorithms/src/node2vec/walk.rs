//! Second-order random walks by rejection sampling, many at a time.
//!
//! One **trial** of a step v -> x after t -> v: draw a neighbour x of v by the static weight, accept it with
//! probability bias / bound, where bias is 1/p, 1 or 1/q and bound at least the largest of them. So x is taken with
//! probability proportional to weight times bias, exactly, with no table per edge. Three refinements keep that law and
//! save trials:
//! - *outlier folding*: when 1/p is the largest bias, the bound is the second largest, and the rest of the return edge's
//!   mass is drawn apart, as if it were one more neighbour;
//! - *lower bound*: a trial that even the smallest bias would accept needs no neighbour test;
//! - *exact scan*: after as many rejections as a pass over the neighbours costs, the step is drawn by inverse transform
//!   over all of them. Trials are independent, so the law is the same; it bounds the work at extreme p and q.
//!
//! The walkers of a thread advance in batches of [`WALKERS`]: each round makes one trial for each in short
//! passes, and a pass asks for the memory the next one reads, so that cache misses overlap. A rejected walker just does
//! not advance. Every walk has its own random stream, so a walk does not depend on its batch: [`Walks::walk`] walks
//! one alone and gives the same nodes.
//!
//! Precision: a neighbour is drawn from 53 or 64 random bits and accepted by 64; alias tables hold probabilities as
//! f32 (24 bits).

use super::Parameters;
use super::edge_table::EdgeTable;
use crate::context::Context;
use crate::error::Error;
use crate::graph::{Graph, NodeIndex};
use crate::prefetch::prefetch;
use crate::random::{Stream, unit};

/// No node: stands for the missing second node in the row of a walk that cannot leave its start.
pub const NO_NODE: NodeIndex = NodeIndex::MAX;

/// Walkers a thread advances together: enough to hide a cache miss, few enough to stay in the first-level cache.
pub const WALKERS: usize = 64;

/// Graphs with fewer arcs than this are in the cache, where binary search is as good as an edge table.
const TABLE_FROM_ARCS: usize = 1 << 16;
/// Trials after which a step may be drawn by a scan instead; more when the scan is longer.
const TRIALS: u32 = 32;

/// Acceptance of a candidate, as thresholds of 64 random bits: accepted if bits <= threshold.
#[derive(Debug, Clone, Copy)]
struct Bias {
    back: u64,
    near: u64,
    far: u64,
    /// Smallest of the three.
    low: u64,
    /// Mass of the return edge beyond the bound, relative to the bound; 0 without folding.
    fold: f64,
    /// 1/p and 1/q, for the scan.
    weights: [f64; 2],
}

impl Bias {
    fn new(p: f64, q: f64) -> Self {
        // 1/p of the smallest floats is infinite; this far out nothing changes any more.
        let (back, far) = ((1.0 / p).min(1e100), (1.0 / q).min(1e100));
        let others = far.max(1.0);
        let bound = if back > others { others } else { back.max(others) };
        // Casts of floats saturate: probability 1 becomes u64::MAX, always accepted.
        let threshold = |bias: f64| (bias / bound * 2f64.powi(64)) as u64;
        let (near, far_threshold) = (threshold(1.0), threshold(far));
        let back_threshold = threshold(back);
        Bias {
            back: back_threshold,
            near,
            far: far_threshold,
            low: near.min(far_threshold).min(back_threshold),
            fold: (back / bound - 1.0).max(0.0),
            weights: [back, far],
        }
    }
}

/// Alias tables (Walker 1977, in Vose's form, 1991) of the static weights of each node's neighbours.
struct Alias {
    /// Sum of weights per node.
    totals: Vec<f64>,
    /// Parallel to the graph's arcs.
    slots: Vec<Slot>,
    /// What weights are multiplied by: 1 for any usual weights, else a power of two that keeps sums finite.
    scale: f64,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    /// Probability of staying at this slot.
    keep: f32,
    /// Where to go otherwise, counted within the node's list.
    alias: u32,
}

impl Alias {
    fn new(graph: &Graph, weights: &[f64]) -> Self {
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let scale = if largest > 1e100 { 2f64.powi(-700) } else { 1.0 };
        let mut totals = Vec::with_capacity(graph.node_count());
        let mut slots = vec![Slot::default(); weights.len()];
        let (mut mass, mut small, mut large) = (Vec::new(), Vec::new(), Vec::new());
        for v in 0..graph.node_count() as u32 {
            let arcs = graph.arcs(v);
            let total: f64 = weights[arcs.clone()].iter().map(|weight| weight * scale).sum();
            totals.push(total);
            let slots = &mut slots[arcs.clone()];
            if total <= 0.0 {
                continue;
            }
            mass.clear();
            mass.extend(weights[arcs].iter().map(|weight| weight * scale / total * slots.len() as f64));
            let heaviest = (0..mass.len()).max_by(|&a, &b| mass[a].total_cmp(&mass[b])).unwrap_or(0);
            small.clear();
            large.clear();
            for (slot, &mass) in mass.iter().enumerate() {
                if mass < 1.0 { small.push(slot) } else { large.push(slot) }
            }
            while let (Some(&receiver), Some(&giver)) = (small.last(), large.last()) {
                small.pop();
                slots[receiver] = Slot { keep: mass[receiver] as f32, alias: giver as u32 };
                mass[giver] -= 1.0 - mass[receiver];
                if mass[giver] < 1.0 {
                    large.pop();
                    small.push(giver);
                }
            }
            // What rounding left over has mass 1, except that a weight of zero must stay at zero.
            for &slot in small.iter().chain(&large) {
                let zero = mass[slot] <= 0.0;
                slots[slot] = Slot { keep: if zero { 0.0 } else { 1.0 }, alias: heaviest as u32 };
            }
        }
        Alias { totals, slots, scale }
    }
}

/// What one trial drew.
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
    bias: Bias,
    /// p = q = 1: every trial is accepted.
    first_order: bool,
    alias: Option<Alias>,
    table: Option<EdgeTable>,
    seed: u64,
    length: usize,
    per_node: u64,
}

impl<'g> Walks<'g> {
    /// Prepares the walks of a run. For second-order walks on larger graphs an edge table of at most `table_limit`
    /// bytes is built, for weighted graphs alias tables of 8 bytes per arc and 8 bytes per node.
    pub fn new(graph: &'g Graph, parameters: &Parameters, table_limit: u64) -> Self {
        let first_order = parameters.first_order();
        let table = !first_order && graph.arc_count() >= TABLE_FROM_ARCS;
        Walks {
            graph,
            bias: Bias::new(parameters.p, parameters.q),
            first_order,
            alias: graph.all_weights().map(|weights| Alias::new(graph, weights)),
            table: if table { EdgeTable::new(graph, table_limit) } else { None },
            seed: parameters.seed,
            length: parameters.walk_length,
            per_node: parameters.walks_per_node,
        }
    }

    /// Whether a walk can leave `v`: it has an edge whose weight is not zero.
    fn walkable(&self, v: NodeIndex) -> bool {
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
        let mut stream = Stream::new(self.seed, start, number);
        let (mut v, mut previous, mut last_weight) = (start, NO_NODE, 0.0);
        while nodes.len() < self.length {
            let mut trials = 0;
            let x = loop {
                let draw = match (self.alias.is_some(), self.first_order) {
                    (false, false) => self.draw::<false, false>(&mut stream, v, last_weight),
                    (false, true) => self.draw::<false, true>(&mut stream, v, last_weight),
                    (true, false) => self.draw::<true, false>(&mut stream, v, last_weight),
                    (true, true) => self.draw::<true, true>(&mut stream, v, last_weight),
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
                    let arc = self.scan(&mut stream, v, previous);
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
    /// its walk number `i % walks_per_node`. `out` holds `walk_length` nodes per walk. The row of a walk that cannot leave its
    /// start is the start and then [`NO_NODE`]; what follows in that row has no meaning.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn fill(&self, first: u64, out: &mut [NodeIndex], context: &Context<'_>) -> Result<(), Error> {
        match (self.alias.is_some(), self.first_order) {
            (false, false) => self.fill_batch::<false, false>(first, out, context),
            (false, true) => self.fill_batch::<false, true>(first, out, context),
            (true, false) => self.fill_batch::<true, false>(first, out, context),
            (true, true) => self.fill_batch::<true, true>(first, out, context),
        }
    }

    /// The random choices of one trial at `v`, which has an edge that can be walked. `last_weight` is the weight of
    /// the return edge, 0 for the first step.
    #[inline(always)]
    fn draw<const WEIGHTED: bool, const FIRST_ORDER: bool>(
        &self,
        stream: &mut Stream,
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
            let (slot, coin) = slot(stream.next_bits());
            return Draw { arc: arcs.start + slot, folded: false, coin: unit(coin), accept: 0 };
        }
        let position = unit(stream.next_bits());
        match &self.alias {
            Some(alias) if WEIGHTED => {
                let total = alias.totals[v as usize];
                let folded = position * (total + self.bias.fold * last_weight) >= total && last_weight > 0.0;
                let (slot, coin) = slot(stream.next_bits());
                Draw { arc: arcs.start + slot, folded, coin: unit(coin), accept: stream.next_bits() }
            }
            _ => {
                let position = position * (degree as f64 + self.bias.fold * last_weight);
                let slot = position as u64;
                let folded = slot >= degree;
                let arc = arcs.start + if folded { 0 } else { slot as usize };
                Draw { arc, folded, coin: 0.0, accept: stream.next_bits() }
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
    fn scan(&self, stream: &mut Stream, v: NodeIndex, previous: NodeIndex) -> usize {
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
        let wanted = unit(stream.next_bits()) * masses.iter().sum::<f64>();
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

    fn fill_batch<const WEIGHTED: bool, const FIRST_ORDER: bool>(
        &self,
        first: u64,
        out: &mut [NodeIndex],
        context: &Context<'_>,
    ) -> Result<(), Error> {
        let (offsets, neighbors) = (self.graph.offsets(), self.graph.all_neighbors());
        let mut rows = Starts { walks: self, next: first, position: 0 };
        let mut batch = Batch::new();
        let mut live = 0;
        while live < WALKERS && rows.start(&mut batch, live, out) {
            live += 1;
        }
        let mut rounds = 0u32;
        while live > 0 {
            rounds = rounds.wrapping_add(1);
            if rounds.is_multiple_of(1024) {
                context.check_cancelled()?;
            }
            // Tells the compiler that no index below needs a check.
            let count = live.min(WALKERS);
            for i in 0..count {
                let draw = self.draw::<WEIGHTED, FIRST_ORDER>(&mut batch.stream[i], batch.v[i], batch.last_weight[i]);
                prefetch(neighbors, draw.arc);
                if let Some(alias) = self.alias.as_ref().filter(|_| WEIGHTED) {
                    prefetch(&alias.slots, draw.arc);
                }
                batch.arc[i] = draw.arc;
                batch.folded[i] = draw.folded;
                batch.accept[i] = draw.accept;
                batch.coin[i] = draw.coin;
            }
            for i in 0..count {
                if WEIGHTED {
                    let draw = Draw { arc: batch.arc[i], folded: batch.folded[i], coin: batch.coin[i], accept: 0 };
                    batch.arc[i] = self.resolve(&draw, batch.v[i]);
                }
                let x = neighbors[batch.arc[i]];
                let x = if batch.folded[i] { batch.previous[i] } else { x };
                batch.x[i] = x;
                prefetch(offsets, x as usize);
                if let Some(table) = self.table.as_ref().filter(|_| !FIRST_ORDER) {
                    table.prefetch(batch.previous[i], x);
                }
            }
            let mut i = 0;
            while i < live.min(WALKERS) {
                let (v, x, previous) = (batch.v[i], batch.x[i], batch.previous[i]);
                let mut accepted = FIRST_ORDER || batch.folded[i] || previous == NO_NODE;
                if !FIRST_ORDER {
                    accepted |= match &self.table {
                        // Without a branch: the table's line is here already.
                        Some(table) => {
                            let near = if table.contains(previous, x) { self.bias.near } else { self.bias.far };
                            batch.accept[i] <= if x == previous { self.bias.back } else { near }
                        }
                        None => self.accepts(batch.accept[i], previous, x),
                    };
                }
                if WEIGHTED && accepted && !batch.folded[i] {
                    batch.last_weight[i] = self.weight(batch.arc[i]);
                }
                if !FIRST_ORDER {
                    batch.trials[i] = if accepted { 0 } else { batch.trials[i] + 1 };
                    if batch.trials[i] >= TRIALS && self.should_scan(batch.trials[i], v) {
                        let arc = self.scan(&mut batch.stream[i], v, previous);
                        batch.x[i] = neighbors[arc];
                        batch.last_weight[i] = self.weight(arc);
                        batch.trials[i] = 0;
                        accepted = true;
                    }
                }
                let x = batch.x[i];
                let position = batch.position[i];
                // Written in any case; a rejected candidate is overwritten by the next.
                out[position] = x;
                batch.position[i] = position + usize::from(accepted);
                batch.previous[i] = if accepted { v } else { previous };
                batch.v[i] = if accepted { x } else { v };
                if !WEIGHTED && !FIRST_ORDER {
                    batch.last_weight[i] = if accepted { 1.0 } else { batch.last_weight[i] };
                }
                if batch.position[i] == batch.end[i] && !rows.start(&mut batch, i, out) {
                    live -= 1;
                    batch.replace(i, live);
                    continue;
                }
                i += 1;
            }
        }
        Ok(())
    }
}

/// Hands out the walks of one call of `fill`.
struct Starts<'w, 'g> {
    walks: &'w Walks<'g>,
    next: u64,
    position: usize,
}

impl Starts<'_, '_> {
    /// Puts walker `i` at the start of the next walk that can leave its start; false when there is none.
    #[inline]
    fn start(&mut self, batch: &mut Batch, i: usize, out: &mut [NodeIndex]) -> bool {
        let length = self.walks.length;
        while self.position + length <= out.len() {
            let (position, index) = (self.position, self.next);
            self.position += length;
            self.next += 1;
            let start = (index / self.walks.per_node) as NodeIndex;
            out[position] = start;
            if !self.walks.walkable(start) {
                out[position + 1] = NO_NODE;
                continue;
            }
            batch.v[i] = start;
            batch.previous[i] = NO_NODE;
            batch.last_weight[i] = 0.0;
            batch.trials[i] = 0;
            batch.position[i] = position + 1;
            batch.end[i] = position + length;
            batch.stream[i] = Stream::new(self.walks.seed, start, index % self.walks.per_node);
            return true;
        }
        false
    }
}

/// Walkers side by side, one array per field.
struct Batch {
    v: [NodeIndex; WALKERS],
    previous: [NodeIndex; WALKERS],
    /// Candidate of the running trial.
    x: [NodeIndex; WALKERS],
    arc: [usize; WALKERS],
    folded: [bool; WALKERS],
    accept: [u64; WALKERS],
    coin: [f64; WALKERS],
    last_weight: [f64; WALKERS],
    /// Rejections of the running step.
    trials: [u32; WALKERS],
    /// Where in the output the next node goes, and where the walk ends.
    position: [usize; WALKERS],
    end: [usize; WALKERS],
    stream: [Stream; WALKERS],
}

impl Batch {
    fn new() -> Self {
        Batch {
            v: [0; WALKERS],
            previous: [NO_NODE; WALKERS],
            x: [0; WALKERS],
            arc: [0; WALKERS],
            folded: [false; WALKERS],
            accept: [0; WALKERS],
            coin: [0.0; WALKERS],
            last_weight: [0.0; WALKERS],
            trials: [0; WALKERS],
            position: [0; WALKERS],
            end: [0; WALKERS],
            stream: [Stream::new(0, 0, 0); WALKERS],
        }
    }

    /// Puts walker `last` in the place of walker `i`, in the middle of the third pass.
    fn replace(&mut self, i: usize, last: usize) {
        self.v[i] = self.v[last];
        self.previous[i] = self.previous[last];
        self.x[i] = self.x[last];
        self.arc[i] = self.arc[last];
        self.folded[i] = self.folded[last];
        self.accept[i] = self.accept[last];
        self.last_weight[i] = self.last_weight[last];
        self.trials[i] = self.trials[last];
        self.position[i] = self.position[last];
        self.end[i] = self.end[last];
        self.stream[i] = self.stream[last];
    }
}
