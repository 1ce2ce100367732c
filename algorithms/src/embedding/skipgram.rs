//! Skip-gram with negative sampling: on walks ([`embed`]), or on any batches of pairs ([`Model`]).
//!
//! Each node has an input and an output vector. For a node w of a walk and a node c at most `b` away from it, b drawn
//! from 1..=window, training raises sigma(in(c) . out(w)) and lowers sigma(in(c) . out(n)) for a few nodes n drawn by
//! visits to the power 3/4 (Mikolov et al.: "Distributed Representations of Words and Phrases and their
//! Compositionality", NIPS 2013). The input vectors are the embedding. All nodes around one w share its random nodes
//! (Ji et al.: "Parallelizing Word2Vec in Shared and Distributed Memory", 2016), so that its vectors are read once. Where the two
//! vectors of a node are one, nodes that are trained together come near each other themselves.
//!
//! **Same bits.** The usual training lets threads overwrite each other. Here it goes in batches of one position of each
//! of some walks, and each batch in two phases. First the gradients' factors are computed with the vectors as they were
//! before the batch, by any thread for any position. Then the vectors move, in the order of the positions, each block
//! of columns on its own: columns do not depend on each other in an update, so any thread may take any block. A batch
//! is small compared with the number of nodes, so that few of its positions train the same node.

use rand::RngExt;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;

use crate::core::context::Progress;
use crate::core::error::Error;
use crate::machine::simd::dispatched;
use crate::numeric::kernel::exponential::exp;
use crate::numeric::linear::normalise;
use crate::numeric::random::{Xoroshiro128, mix};
use crate::numeric::workers::Workers;
use crate::walk::corpus::Corpus;

/// Columns of a block: two cache lines of a row.
const WIDTH: usize = 32;
/// Key that separates these random numbers from those of walks.
const TRAINING: u64 = 0x736B_6970_2D31_0001;
/// Share of the first learning rate that the last one is.
const LAST_RATE: f64 = 1.0 / 250.0;
/// Positions whose gradients are computed by one thread at a time.
const PIECE: usize = 16;
/// Most positions of a batch.
const MOST: usize = 512;

/// `WIDTH` columns of the vectors of all nodes: the input vectors, and behind them the output vectors where these are others.
type ColumnBlock = Vec<[f32; WIDTH]>;

/// How walks are trained on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Training {
    /// Length of each vector.
    pub dimensions: usize,
    /// Largest distance of nodes that are trained together.
    pub window: usize,
    /// Random nodes that each pair is told from.
    pub negative_samples: usize,
    /// Passes over the walks.
    pub epochs: usize,
    /// First learning rate; it falls to a 250th.
    pub learning_rate: f64,
    pub seed: u64,
}

/// The vectors of all nodes while they are trained.
pub(super) struct Model {
    blocks: Vec<ColumnBlock>,
    dimensions: usize,
    /// The place of the first output vector.
    outputs: usize,
}

/// One position of a batch: the nodes it trains, and their gradients' factors.
#[derive(Default)]
pub(super) struct Position {
    /// Nodes around it, whose input vectors are trained.
    pub near: Vec<u32>,
    /// The node itself and then the random ones, whose output vectors are trained.
    pub targets: Vec<u32>,
    /// Rate times error, `near.len()` x `targets.len()`.
    factors: Vec<f32>,
}

/// How many positions of a graph go in one batch.
pub(super) fn side_by_side(nodes: usize) -> usize {
    (nodes / 32).clamp(8, MOST)
}

/// The learning rate when this share of the work is done.
pub(super) fn rate(first: f64, share: f64) -> f32 {
    (first * (1.0 - share).max(LAST_RATE)) as f32
}

/// Bytes of a model, and of the vectors that it gives.
pub(super) fn bytes(nodes: u64, dimensions: usize, shared: bool) -> u64 {
    let row = (dimensions.next_multiple_of(WIDTH) as u64) * if shared { 4 } else { 8 };
    nodes.saturating_mul(row + 4 * dimensions as u64)
}

/// Vectors of length 1 of the nodes on the walks; zeros for a node that is on none.
pub(super) fn embed(corpus: &Corpus, training: &Training, workers: &Workers<'_>) -> Result<Vec<f32>, Error> {
    let nodes = corpus.nodes();
    let noise = noise(corpus.visits().iter().map(|&visits| visits as f64));
    let mut model = Model::new(nodes, training.dimensions, false, training.seed, workers);
    let walks: Vec<u64> = (0..corpus.count()).filter(|&walk| corpus.walk(walk).is_some()).collect();
    if let (Some(noise), false) = (noise, walks.is_empty()) {
        let side_by_side = side_by_side(nodes).min(walks.len());
        let mut batch: Vec<Position> = (0..side_by_side).map(|_| Position::default()).collect();
        let all = walks.len() * training.epochs;
        for epoch in 0..training.epochs {
            let seed = mix(training.seed ^ TRAINING).wrapping_add(epoch as u64);
            let order = Shuffle::new(walks.len(), seed);
            for first in (0..walks.len()).step_by(side_by_side) {
                let done = epoch * walks.len() + first;
                let share = done as f64 / all as f64;
                let rate = rate(training.learning_rate, share);
                let chosen: Vec<u64> =
                    (first..(first + side_by_side).min(walks.len())).map(|i| walks[order.of(i)]).collect();
                let mut generators: Vec<Xoroshiro128> =
                    chosen.iter().map(|&walk| Xoroshiro128::new(seed, (walk >> 32) as u32, walk)).collect();
                let batch = &mut batch[..chosen.len()];
                for place in 0..corpus.length() {
                    workers.check_cancelled()?;
                    for ((position, &walk), rng) in batch.iter_mut().zip(&chosen).zip(&mut generators) {
                        let walk = corpus.walk(walk).unwrap_or_default();
                        position.draw(walk, place, training, &noise, rng);
                    }
                    model.train(batch, rate, workers);
                }
                if (first / side_by_side).is_multiple_of((all / side_by_side / 200).max(1)) {
                    let fraction = 0.05 + 0.95 * share;
                    (workers.context().progress)(Progress { stage: "training", fraction });
                }
            }
        }
    }
    // A node that no walk visits was never trained.
    let mut data = vec![0f32; nodes * training.dimensions];
    model.write(&mut data, training.dimensions, 0, |v| corpus.visits()[v] > 0, workers);
    workers.check_cancelled()?;
    Ok(data)
}

impl Model {
    /// Input vectors uniform in +-1 / (2 dimensions), output vectors zero or, if `shared`, the same. Columns beyond the dimensions
    /// stay zero.
    pub fn new(nodes: usize, dimensions: usize, shared: bool, seed: u64, workers: &Workers<'_>) -> Self {
        let rows = if shared { nodes } else { 2 * nodes };
        let mut blocks: Vec<ColumnBlock> = (0..dimensions.div_ceil(WIDTH)).map(|_| vec![[0.0; WIDTH]; rows]).collect();
        workers.for_each(blocks.iter_mut().enumerate(), |(number, block)| {
            let width = WIDTH.min(dimensions - number * WIDTH);
            for (v, row) in block[..nodes].iter_mut().enumerate() {
                let mut rng = Xoroshiro128::new(seed ^ TRAINING, v as u32, number as u64);
                for value in &mut row[..width] {
                    *value = ((rng.random::<f64>() - 0.5) / dimensions as f64) as f32;
                }
            }
        });
        Model { blocks, dimensions, outputs: rows - nodes }
    }

    /// Trains one batch. Where the output vectors are the input vectors, no node may be near itself.
    pub fn train(&mut self, batch: &mut [Position], rate: f32, workers: &Workers<'_>) {
        let (blocks, outputs) = (&self.blocks, self.outputs);
        workers.for_each(batch.chunks_mut(PIECE), |positions| factors(positions, blocks, outputs, rate));
        workers.for_each(self.blocks.iter_mut(), |block| update(block, outputs, batch));
    }

    /// Writes the input vectors of the nodes that are `trained`, scaled to length 1, into rows of `width` numbers from the place
    /// `first` on.
    pub fn write(
        &self,
        data: &mut [f32],
        width: usize,
        first: usize,
        trained: impl Fn(usize) -> bool + Sync,
        workers: &Workers<'_>,
    ) {
        workers.for_each(data.chunks_mut(width << 10).enumerate(), |(piece, data)| {
            for (row, out) in data.chunks_exact_mut(width).enumerate() {
                let (v, out) = (piece << 10 | row, &mut out[first..first + self.dimensions]);
                if trained(v) {
                    for (out, block) in out.chunks_mut(WIDTH).zip(&self.blocks) {
                        let width = out.len();
                        out.copy_from_slice(&block[v][..width]);
                    }
                    normalise(out);
                }
            }
        });
    }
}

/// The noise distribution: nodes by visits (or degrees) to the power 3/4. `None` when there are none.
pub(super) fn noise(visits: impl Iterator<Item = f64> + Clone) -> Option<WeightedIndex<u64>> {
    let largest = visits.clone().fold(0.0, f64::max);
    // 2^32 for the most visited node: of 2^32 nodes the sum still fits.
    let mass = |visits: f64| match visits > 0.0 {
        true => (((visits / largest).powf(0.75) * 4294967296.0) as u64).max(1),
        false => 0,
    };
    WeightedIndex::new(visits.map(mass)).ok()
}

/// A permutation of `0..count` whose neighbours are far apart: steps of the golden section around a circle.
struct Shuffle {
    count: u64,
    step: u64,
    start: u64,
}

impl Shuffle {
    fn new(count: usize, seed: u64) -> Self {
        let count = count.max(1) as u64;
        let coprime = |step: &u64| {
            let (mut a, mut b) = (*step, count);
            while b > 0 {
                (a, b) = (b, a % b);
            }
            a == 1
        };
        let golden = (count as f64 * 0.618_033_988_749_895) as u64;
        let step = (golden.max(1)..=count.max(golden)).find(coprime).unwrap_or(1);
        Shuffle { count, step, start: mix(seed) % count }
    }

    fn of(&self, index: usize) -> usize {
        ((u128::from(self.step) * index as u128 + u128::from(self.start)) % u128::from(self.count)) as usize
    }
}

impl Position {
    /// Draws window and random nodes for one place of a walk.
    fn draw(
        &mut self,
        walk: &[u32],
        place: usize,
        training: &Training,
        noise: &WeightedIndex<u64>,
        rng: &mut Xoroshiro128,
    ) {
        let reach = rng.random_range(1..=training.window as u64) as usize;
        let (from, to) = (place.saturating_sub(reach), (place + reach + 1).min(walk.len()));
        self.near.clear();
        self.near.extend(walk[from..to].iter().enumerate().filter(|&(i, _)| from + i != place).map(|(_, &node)| node));
        self.targets.clear();
        self.targets.push(walk[place]);
        // The node itself is no negative sample of itself.
        let drawn =
            (0..training.negative_samples).map(|_| noise.sample(rng) as u32).filter(|&node| node != walk[place]);
        self.targets.extend(drawn);
    }
}

#[inline(always)]
fn factors_body(positions: &mut [Position], blocks: &[ColumnBlock], outputs: usize, rate: f32) {
    for Position { near, targets, factors } in positions {
        factors.clear();
        factors.resize(near.len() * targets.len(), 0.0);
        for (&c, factors) in near.iter().zip(factors.chunks_exact_mut(targets.len())) {
            for (number, (factor, &target)) in factors.iter_mut().zip(targets.iter()).enumerate() {
                let mut sums = [0.0f32; WIDTH];
                for block in blocks {
                    let (a, b) = (&block[c as usize], &block[outputs + target as usize]);
                    for lane in 0..WIDTH {
                        sums[lane] += a[lane] * b[lane];
                    }
                }
                // A tree of additions: the order is fixed, and few additions depend on each other.
                let mut width = WIDTH / 2;
                while width > 0 {
                    for lane in 0..width {
                        sums[lane] += sums[lane + width];
                    }
                    width /= 2;
                }
                let label = f32::from(u8::from(number == 0));
                *factor = rate * (label - 1.0 / (1.0 + exp(-sums[0])));
            }
        }
    }
}

dispatched! {
    /// Rate times (label - sigma) for all pairs of some positions.
    fn factors(positions: &mut [Position], blocks: &[ColumnBlock], outputs: usize, rate: f32) = factors_body
}

#[inline(always)]
fn update_body(block: &mut ColumnBlock, outputs: usize, batch: &[Position]) {
    let mut moves: Vec<[f32; WIDTH]> = Vec::new();
    for Position { near, targets, factors } in batch {
        moves.clear();
        moves.resize(targets.len(), [0.0; WIDTH]);
        for (&c, factors) in near.iter().zip(factors.chunks_exact(targets.len())) {
            let before = block[c as usize];
            let mut input = before;
            for ((&target, &factor), change) in targets.iter().zip(factors).zip(&mut moves) {
                let output = &block[outputs + target as usize];
                for lane in 0..WIDTH {
                    input[lane] += factor * output[lane];
                    change[lane] += factor * before[lane];
                }
            }
            block[c as usize] = input;
        }
        for (&target, change) in targets.iter().zip(&moves) {
            let output = &mut block[outputs + target as usize];
            for lane in 0..WIDTH {
                output[lane] += change[lane];
            }
        }
    }
}

dispatched! {
    /// Moves a block's vectors by the factors of a batch.
    fn update(block: &mut ColumnBlock, outputs: usize, batch: &[Position]) = update_body
}
