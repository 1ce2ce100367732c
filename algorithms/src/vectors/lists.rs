//! The centroids of inverted lists, by which a search looks at few of many vectors.
//!
//! Centroids are the means that k-means finds on a sample, beginning with vectors drawn by the seed. All distances are products of
//! matrices of 32-bit floats. Vectors are given by pieces of fixed bounds, and means are added up in 64 bits in their order, so that
//! centroids have the same bits for any number of threads.

use ndarray::{ArrayView2, ArrayViewMut2};
use rand::Rng;

use super::kmeans::means;
use crate::core::context::Context;
use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::numeric::kernel::gemm::product;
use crate::numeric::random::Xoroshiro128;

/// Rounds of k-means: more of them change the lists little.
const ROUNDS: usize = 10;
/// Vectors whose products with all centroids are made at a time.
const BLOCK: usize = 64;
/// Vectors of a sample for which it is measured how many lists to look at.
const QUERIES: usize = 512;
/// The share of neighbours whose lists are to be looked at.
const FOUND: f64 = 0.995;

/// Centroids, the vectors of which are nearer to them than to any other.
#[derive(Clone, Debug)]
pub struct Centroids {
    width: usize,
    numbers: Vec<f32>,
    /// Half the square of each norm.
    halves: Vec<f32>,
}

impl Centroids {
    /// Centroids of so many numbers each, one after the other.
    pub fn new(width: usize, numbers: Vec<f32>) -> Self {
        let half = |centroid: &[f32]| (centroid.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / 2.0) as f32;
        let halves = numbers.chunks_exact(width.max(1)).map(half).collect();
        Centroids { width, numbers, halves }
    }

    /// `count` centroids of the vectors of a sample, or one for each vector when there are fewer.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn train(
        sample: &[f32],
        width: usize,
        count: usize,
        seed: u64,
        context: &Context<'_>,
    ) -> Result<Centroids, Error> {
        let crew = Crew::new(context, None);
        let vectors = sample.len() / width.max(1);
        let count = count.min(vectors);
        let mut places: Vec<usize> = (0..vectors).collect();
        let mut random = Xoroshiro128::new(seed, 0, 0x6C69_7374);
        let mut numbers = Vec::with_capacity(count * width);
        for drawn in 0..count {
            let other = drawn + (random.next_u64() % (vectors - drawn) as u64) as usize;
            places.swap(drawn, other);
            let from = places[drawn] * width;
            numbers.extend_from_slice(&sample[from..from + width]);
        }
        let mut centroids = Centroids::new(width, numbers);
        for _ in 0..ROUNDS {
            let mut nearest: Vec<(u32, f64)> = vec![(0, 0.0); vectors];
            let pieces = nearest.chunks_mut(BLOCK * 8).enumerate();
            context.for_each(crew.threads, pieces, |(piece, nearest)| {
                let from = piece * BLOCK * 8 * width;
                let own = &sample[from..from + nearest.len() * width];
                centroids.each(own, |at, scores| {
                    let (list, score) = centroids.best(scores);
                    let square: f64 = own[at * width..(at + 1) * width].iter().map(|x| f64::from(*x).powi(2)).sum();
                    nearest[at] = (list, square - 2.0 * f64::from(score));
                });
                Ok(())
            })?;
            let vector = |at: usize| &sample[at * width..(at + 1) * width];
            centroids = Centroids::new(width, means(crew, &nearest, width, count, &vector)?);
        }
        Ok(centroids)
    }

    /// The numbers of all centroids, one after the other.
    pub fn numbers(&self) -> &[f32] {
        &self.numbers
    }

    /// How many centroids there are.
    pub fn count(&self) -> usize {
        self.halves.len()
    }

    /// The number of the nearest centroid of each vector; of equally near ones the first.
    pub fn nearest(&self, vectors: &[f32]) -> Vec<u32> {
        let mut nearest = vec![0; vectors.len() / self.width.max(1)];
        self.each(vectors, |at, scores| nearest[at] = self.best(scores).0);
        nearest
    }

    /// The centroid with the highest product less half its square.
    fn best(&self, scores: &[f32]) -> (u32, f32) {
        let mut best = (0, f32::NEG_INFINITY);
        for ((centroid, score), half) in (0..).zip(scores).zip(&self.halves) {
            let score = score - half;
            if score > best.1 {
                best = (centroid, score);
            }
        }
        best
    }

    /// Calls `see` with each vector's position and its products with all centroids.
    fn each(&self, vectors: &[f32], mut see: impl FnMut(usize, &[f32])) {
        let (width, count) = (self.width, self.count());
        let Ok(centroids) = ArrayView2::from_shape((count, width), &self.numbers[..]) else { return };
        let mut scores = vec![0.0f32; BLOCK * count];
        for (block, own) in vectors.chunks(BLOCK * width.max(1)).enumerate() {
            let rows = own.len() / width.max(1);
            let scores = &mut scores[..rows * count];
            let (Ok(own), Ok(out)) =
                (ArrayView2::from_shape((rows, width), own), ArrayViewMut2::from_shape((rows, count), &mut *scores))
            else {
                return;
            };
            product(out, own, centroids.t(), false);
            for (row, scores) in scores.chunks_exact(count.max(1)).enumerate() {
                see(block * BLOCK + row, scores);
            }
        }
    }

    /// How near the centroids are to a vector, nearest first; with `dot` by the scalar product.
    pub fn order(&self, vector: &[f32], dot: bool) -> Vec<u32> {
        let mut ranked: Vec<(f32, u32)> = Vec::with_capacity(self.count());
        self.each(vector, |_, scores| {
            ranked.extend(
                (0..)
                    .zip(scores)
                    .zip(&self.halves)
                    .map(|((centroid, score), half)| (if dot { -score } else { half - score }, centroid)),
            );
        });
        ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        ranked.into_iter().map(|(_, centroid)| centroid).collect()
    }

    /// How many of the nearest lists have nearly all neighbours up to some ranks, measured on a sample of so many vectors: those of
    /// rank r among all are those of rank r s / n in a sample of s.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn probes(
        &self,
        sample: &[f32],
        vectors: u64,
        ranks: &[usize],
        dot: bool,
        context: &Context<'_>,
    ) -> Result<Vec<u32>, Error> {
        let (width, lists) = (self.width.max(1), self.nearest(sample));
        let size = lists.len();
        let all = self.count() as u32;
        if size < 2 {
            return Ok(vec![all; ranks.len()]);
        }
        let share = size as f64 / vectors.max(1) as f64;
        let wanted: Vec<usize> =
            ranks.iter().map(|rank| ((*rank as f64 * share).ceil() as usize).clamp(1, size - 1)).collect();
        let most = wanted.iter().copied().max().unwrap_or(1);
        let squares: Vec<f32> = sample
            .chunks_exact(width)
            .map(|vector| (vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / 2.0) as f32)
            .collect();
        let queries: Vec<usize> = (0..QUERIES.min(size)).map(|query| query * size / QUERIES.min(size)).collect();
        // For each query the position of the list of each neighbour in the order of lists.
        let mut positions: Vec<Vec<u32>> = vec![Vec::new(); queries.len()];
        let threads = context.threads(None);
        context.for_each(threads, positions.chunks_mut(16).zip(queries.chunks(16)), |(positions, queries)| {
            let own: Vec<f32> =
                queries.iter().flat_map(|query| &sample[query * width..(query + 1) * width]).copied().collect();
            let others = Centroids { width, numbers: Vec::new(), halves: Vec::new() };
            let mut scores = vec![0.0f32; queries.len() * size];
            others.products(&own, sample, &mut scores);
            for ((query, positions), scores) in queries.iter().zip(positions).zip(scores.chunks_exact(size)) {
                let mut ranked: Vec<(f32, u32)> = (0..)
                    .zip(scores)
                    .filter(|(other, _)| *other != *query as u32)
                    .map(|(other, score)| (if dot { -score } else { squares[other as usize] - score }, other))
                    .collect();
                let by = |a: &(f32, u32), b: &(f32, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
                if most < ranked.len() {
                    ranked.select_nth_unstable_by(most, by);
                    ranked.truncate(most);
                }
                ranked.sort_unstable_by(by);
                let order = self.order(&sample[query * width..(query + 1) * width], dot);
                let mut place = vec![0u32; order.len()];
                (0..).zip(&order).for_each(|(at, list)| place[*list as usize] = at);
                *positions = ranked.iter().map(|(_, other)| place[lists[*other as usize] as usize]).collect();
            }
            Ok(())
        })?;
        let probes = wanted.iter().map(|rank| {
            let mut found: Vec<u32> = positions.iter().flat_map(|own| own.iter().take(*rank)).copied().collect();
            found.sort_unstable();
            let at = ((found.len() as f64 * FOUND).ceil() as usize).clamp(1, found.len()) - 1;
            // A little more than what the sample says.
            let position = found[at];
            (position + 2 + position / 4).min(all)
        });
        let mut probes: Vec<u32> = probes.collect();
        // More neighbours never lie in fewer lists.
        for at in 1..probes.len() {
            probes[at] = probes[at].max(probes[at - 1]);
        }
        Ok(probes)
    }

    /// The products of some vectors with others.
    fn products(&self, own: &[f32], others: &[f32], out: &mut [f32]) {
        let (rows, columns) = (own.len() / self.width, others.len() / self.width);
        if let (Ok(own), Ok(others), Ok(out)) = (
            ArrayView2::from_shape((rows, self.width), own),
            ArrayView2::from_shape((columns, self.width), others),
            ArrayViewMut2::from_shape((rows, columns), out),
        ) {
            product(out, own, others.t(), false);
        }
    }
}

#[cfg(test)]
mod tests {
    use rayon::ThreadPoolBuilder;

    use super::*;
    use crate::numeric::random::unit;

    /// Vectors around some centres.
    fn clustered(count: usize, width: usize, centres: usize) -> Vec<f32> {
        let mut random = Xoroshiro128::new(3, 1, 2);
        let mut draw = || unit(random.next_u64()) as f32 - 0.5;
        let around: Vec<f32> = (0..centres * width).map(|_| 4.0 * draw()).collect();
        (0..count * width).map(|at| around[(at / width % centres) * width + at % width] + draw()).collect()
    }

    #[test]
    fn lists_have_the_neighbours_and_the_same_bits_for_any_threads() {
        let (count, width) = (4000, 24);
        let sample = clustered(count, width, 40);
        let mut seen = Vec::new();
        for threads in [1, 2, 7] {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let context = Context::new(&pool);
            let centroids = Centroids::train(&sample, width, 50, 42, &context).unwrap();
            let probes = centroids.probes(&sample, count as u64, &[10, 100], false, &context).unwrap();
            seen.push((centroids.numbers().to_vec(), centroids.nearest(&sample), probes));
        }
        assert!(seen.iter().all(|other| *other == seen[0]));
        let (numbers, lists, probes) = &seen[0];
        assert!(probes[0] <= probes[1] && probes[1] < 50, "{probes:?}");
        let centroids = Centroids::new(width, numbers.clone());
        let vector = |at: usize| &sample[at * width..(at + 1) * width];
        let squared = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f32>();
        let mut found = 0;
        for query in (0..count).step_by(40) {
            let order = centroids.order(vector(query), false);
            let looked = &order[..probes[0] as usize];
            let mut near: Vec<(f32, usize)> = (0..count).map(|at| (squared(vector(query), vector(at)), at)).collect();
            near.sort_by(|a, b| a.0.total_cmp(&b.0));
            found += near[..10].iter().filter(|(_, at)| looked.contains(&lists[*at])).count();
            let by_hand = (0..50u32).min_by(|a, b| {
                let of = |list: u32| squared(vector(query), &numbers[list as usize * width..][..width]);
                of(*a).total_cmp(&of(*b))
            });
            assert_eq!(by_hand, Some(lists[query]));
        }
        assert!(found >= 980, "{found} of 1000 neighbours");
    }
}
