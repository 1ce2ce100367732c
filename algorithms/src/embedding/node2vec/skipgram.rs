//! Skip-gram with negative sampling on walks.
//!
//! Each node has an input and an output vector. For a node w of a walk and a node c at most `b` away from it, b drawn
//! from 1..=window, training raises sigma(in(c) . out(w)) and lowers sigma(in(c) . out(n)) for a few nodes n drawn by
//! visits to the power 3/4 (Mikolov et al.: "Distributed Representations of Words and Phrases and their
//! Compositionality", NIPS 2013). The input vectors are the embedding. All nodes around one w share its random nodes
//! (Ji et al.: "Parallelizing Word2Vec in Shared and Distributed Memory", 2016), so that its vectors are read once.
//!
//! **Same bits.** The usual training lets threads overwrite each other. Here it goes in batches of one position of each
//! of some walks, and each batch in two phases. First the gradients' factors are computed with the vectors as they were
//! before the batch, by any thread for any position. Then the vectors move, in the order of the positions, each block
//! of columns on its own: columns do not depend on each other in an update, so any thread may take any block. A batch
//! is small compared with the number of nodes, so that few of its positions train the same node.

use rand::RngExt;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;

use super::parameters::{Parameters, SkipGram};
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

/// `WIDTH` columns of the vectors of all nodes.
struct ColumnBlock {
    input: Vec<[f32; WIDTH]>,
    output: Vec<[f32; WIDTH]>,
}

/// One position of a batch: the nodes it trains, and their gradients' factors.
#[derive(Default)]
struct Position {
    /// Nodes around it, whose input vectors are trained.
    near: Vec<u32>,
    /// The node itself and then the random ones, whose output vectors are trained.
    targets: Vec<u32>,
    /// Rate times error, `near.len()` x `targets.len()`.
    factors: Vec<f32>,
}

pub(super) fn embed(
    corpus: &Corpus,
    parameters: &Parameters,
    skipgram: SkipGram,
    threads: usize,
    workers: &Workers<'_>,
) -> Result<Vec<f32>, Error> {
    let (nodes, dimensions) = (corpus.nodes(), parameters.dimensions);
    let noise = noise(corpus.visits());
    let mut blocks = first_vectors(nodes, dimensions, parameters.seed, workers);
    let walks: Vec<u64> = (0..corpus.count()).filter(|&walk| corpus.walk(walk).is_some()).collect();
    if let (Some(noise), false) = (noise, walks.is_empty()) {
        let side_by_side = (nodes / 32).clamp(8, MOST).min(walks.len());
        let mut batch: Vec<Position> = (0..side_by_side).map(|_| Position::default()).collect();
        let all = walks.len() * skipgram.epochs;
        for epoch in 0..skipgram.epochs {
            let seed = mix(parameters.seed ^ TRAINING).wrapping_add(epoch as u64);
            let order = Shuffle::new(walks.len(), seed);
            for first in (0..walks.len()).step_by(side_by_side) {
                let done = epoch * walks.len() + first;
                let share = done as f64 / all as f64;
                let rate = skipgram.learning_rate * (1.0 - share).max(LAST_RATE);
                let chosen: Vec<u64> =
                    (first..(first + side_by_side).min(walks.len())).map(|i| walks[order.of(i)]).collect();
                let mut generators: Vec<Xoroshiro128> =
                    chosen.iter().map(|&walk| Xoroshiro128::new(seed, (walk >> 32) as u32, walk)).collect();
                let batch = &mut batch[..chosen.len()];
                for place in 0..parameters.walk_length {
                    workers.check_cancelled()?;
                    for ((position, &walk), rng) in batch.iter_mut().zip(&chosen).zip(&mut generators) {
                        let walk = corpus.walk(walk).unwrap_or_default();
                        position.draw(walk, place, parameters.window, skipgram.negative_samples, &noise, rng);
                    }
                    let pieces = batch.chunks_mut(PIECE);
                    workers.for_each(pieces, |positions| factors(positions, &blocks, rate as f32));
                    workers.for_each(blocks.iter_mut(), |block| update(block, batch));
                }
                if (first / side_by_side).is_multiple_of((all / side_by_side / 200).max(1)) {
                    let fraction = 0.05 + 0.95 * share;
                    (workers.context().progress)(Progress { stage: "training", fraction });
                }
            }
        }
    }
    let mut data = vec![0f32; nodes * dimensions];
    workers.context().for_each(threads, data.chunks_mut(dimensions << 10).enumerate(), |(piece, data)| {
        for (row, out) in data.chunks_exact_mut(dimensions).enumerate() {
            let v = piece << 10 | row;
            // A node that no walk visits was never trained.
            if corpus.visits()[v] > 0 {
                for (out, block) in out.chunks_mut(WIDTH).zip(&blocks) {
                    let width = out.len();
                    out.copy_from_slice(&block.input[v][..width]);
                }
                normalise(out);
            }
        }
        Ok(())
    })?;
    Ok(data)
}

/// Input vectors uniform in +-1 / (2 dimensions), output vectors zero. Columns beyond the dimensions stay zero.
fn first_vectors(nodes: usize, dimensions: usize, seed: u64, workers: &Workers<'_>) -> Vec<ColumnBlock> {
    let mut blocks: Vec<ColumnBlock> = (0..dimensions.div_ceil(WIDTH))
        .map(|_| ColumnBlock { input: vec![[0.0; WIDTH]; nodes], output: vec![[0.0; WIDTH]; nodes] })
        .collect();
    workers.for_each(blocks.iter_mut().enumerate(), |(number, block)| {
        let width = WIDTH.min(dimensions - number * WIDTH);
        for (v, row) in block.input.iter_mut().enumerate() {
            let mut rng = Xoroshiro128::new(seed ^ TRAINING, v as u32, number as u64);
            for value in &mut row[..width] {
                *value = ((rng.random::<f64>() - 0.5) / dimensions as f64) as f32;
            }
        }
    });
    blocks
}

/// The noise distribution: nodes by visits to the power 3/4. `None` when no walk visits any.
fn noise(visits: &[u64]) -> Option<WeightedIndex<u64>> {
    let largest = visits.iter().copied().max().unwrap_or(0).max(1) as f64;
    // 2^32 for the most visited node: of 2^32 nodes the sum still fits.
    let mass = |&visits: &u64| {
        if visits == 0 { 0 } else { (((visits as f64 / largest).powf(0.75) * 4294967296.0) as u64).max(1) }
    };
    WeightedIndex::new(visits.iter().map(mass)).ok()
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
        window: usize,
        samples: usize,
        noise: &WeightedIndex<u64>,
        rng: &mut Xoroshiro128,
    ) {
        let reach = rng.random_range(1..=window as u64) as usize;
        let (from, to) = (place.saturating_sub(reach), (place + reach + 1).min(walk.len()));
        self.near.clear();
        self.near.extend(walk[from..to].iter().enumerate().filter(|&(i, _)| from + i != place).map(|(_, &node)| node));
        self.targets.clear();
        self.targets.push(walk[place]);
        // The node itself is no negative sample of itself.
        let drawn = (0..samples).map(|_| noise.sample(rng) as u32).filter(|&node| node != walk[place]);
        self.targets.extend(drawn);
        self.factors.clear();
        self.factors.resize(self.near.len() * self.targets.len(), 0.0);
    }
}

#[inline(always)]
fn factors_body(positions: &mut [Position], blocks: &[ColumnBlock], rate: f32) {
    for Position { near, targets, factors } in positions {
        for (&c, factors) in near.iter().zip(factors.chunks_exact_mut(targets.len())) {
            for (number, (factor, &target)) in factors.iter_mut().zip(targets.iter()).enumerate() {
                let mut sums = [0.0f32; WIDTH];
                for block in blocks {
                    let (a, b) = (&block.input[c as usize], &block.output[target as usize]);
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
    fn factors(positions: &mut [Position], blocks: &[ColumnBlock], rate: f32) = factors_body
}

#[inline(always)]
fn update_body(block: &mut ColumnBlock, batch: &[Position]) {
    let mut moves: Vec<[f32; WIDTH]> = Vec::new();
    for Position { near, targets, factors } in batch {
        moves.clear();
        moves.resize(targets.len(), [0.0; WIDTH]);
        for (&c, factors) in near.iter().zip(factors.chunks_exact(targets.len())) {
            let input = &mut block.input[c as usize];
            let before = *input;
            for ((&target, &factor), change) in targets.iter().zip(factors).zip(&mut moves) {
                let output = &block.output[target as usize];
                for lane in 0..WIDTH {
                    input[lane] += factor * output[lane];
                    change[lane] += factor * before[lane];
                }
            }
        }
        for (&target, change) in targets.iter().zip(&moves) {
            let output = &mut block.output[target as usize];
            for lane in 0..WIDTH {
                output[lane] += change[lane];
            }
        }
    }
}

dispatched! {
    /// Moves a block's vectors by the factors of a batch.
    fn update(block: &mut ColumnBlock, batch: &[Position]) = update_body
}
