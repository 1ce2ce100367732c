//! Points that are moved by ties and by chance: stochastic gradient descent on the cross entropy of the paper's section 3.2.
//!
//! The reference implementation moves both ends of a tie, one tie after the other, which no two threads can do alike. Here points are
//! taken in batches: a point is moved through its own ties one by one, twice by each, since either end would have moved it, and sees
//! the other points where they were before the batch.

use rand::Rng;

use super::membership::Tie;
use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::numeric::random::{Xoroshiro128, mix};

/// Batches of an epoch: points that are tied seldom move at the same time.
const BATCHES: u64 = 8;
/// Points that a thread takes at a time.
const PIECE: usize = 256;
/// Random points that push a point for each tie that pulls it.
const PUSHES: usize = 5;
/// The largest change of a coordinate by one force.
const LARGEST: f32 = 4.0;
/// Keeps the push of near points finite.
const NEAR: f32 = 1e-3;
/// Separates these random numbers from others under one seed.
const KEY: u64 = 0x756D_6170_2D31;

/// The strength 1 / (1 + a d^2b) that points at the distance d have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Curve {
    a: f32,
    b: f32,
}

impl Curve {
    /// The curve that is nearest to 1 up to `min_dist` and e^(min_dist - d) beyond it, by least squares over distances up to 3
    /// (Levenberg's and Marquardt's method).
    pub(super) fn fit(min_dist: f64) -> Self {
        let samples: Vec<(f64, f64)> = (1..300)
            .map(|at| f64::from(at) * 3.0 / 299.0)
            .map(|x| (x, if x < min_dist { 1.0 } else { (min_dist - x).exp() }))
            .collect();
        let value = |a: f64, b: f64, x: f64| 1.0 / (1.0 + a * x.powf(2.0 * b));
        let error = |a: f64, b: f64| samples.iter().map(|&(x, y)| (value(a, b, x) - y).powi(2)).sum::<f64>();
        let (mut a, mut b, mut damping) = (1.0, 1.0, 1e-3);
        let mut least = error(a, b);
        for _ in 0..200 {
            // Normal equations of the linear model around here.
            let (mut aa, mut ab, mut bb, mut ra, mut rb) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for &(x, y) in &samples {
                let (f, power) = (value(a, b, x), x.powf(2.0 * b));
                let (by_a, by_b) = (-power * f * f, -2.0 * a * power * x.ln() * f * f);
                aa += by_a * by_a;
                ab += by_a * by_b;
                bb += by_b * by_b;
                ra += by_a * (y - f);
                rb += by_b * (y - f);
            }
            let (daa, dbb) = (aa * (1.0 + damping), bb * (1.0 + damping));
            let determinant = daa * dbb - ab * ab;
            let (next_a, next_b) = (a + (ra * dbb - rb * ab) / determinant, b + (rb * daa - ra * ab) / determinant);
            let next = if next_a > 0.0 && next_b > 0.0 { error(next_a, next_b) } else { f64::INFINITY };
            if next < least {
                (a, b, least) = (next_a, next_b, next);
                damping /= 3.0;
            } else {
                damping *= 4.0;
            }
        }
        Curve { a: a as f32, b: b as f32 }
    }

    /// The pull of a tie at this squared distance, as a factor of the way between its ends.
    #[inline(always)]
    fn pull(self, square: f32) -> f32 {
        let power = square.powf(self.b);
        -2.0 * self.a * self.b * power / (square * (1.0 + self.a * power))
    }

    /// The push between points at this squared distance.
    #[inline(always)]
    fn push(self, square: f32) -> f32 {
        2.0 * self.b / ((NEAR + square) * (1.0 + self.a * square.powf(self.b)))
    }
}

/// What moves points.
pub(super) struct Layout {
    /// Where the ties of each point begin.
    starts: Vec<usize>,
    others: Vec<u32>,
    /// In what share of the epochs each tie pulls.
    shares: Vec<f32>,
    curve: Curve,
    dimensions: usize,
    epochs: usize,
    seed: u64,
}

impl Layout {
    /// `ties` ascend and are in both directions; those too weak to pull even once are left out.
    pub(super) fn new(count: usize, ties: Vec<Tie>, curve: Curve, dimensions: usize, epochs: usize, seed: u64) -> Self {
        let strongest = ties.iter().fold(0.0f32, |strongest, tie| strongest.max(tie.2));
        let mut layout = Layout {
            starts: vec![0; count + 1],
            others: Vec::new(),
            shares: Vec::new(),
            curve,
            dimensions,
            epochs,
            seed,
        };
        for (from, to, strength) in ties {
            let share = strength / strongest;
            if share * epochs as f32 >= 1.0 {
                layout.others.push(to);
                layout.shares.push(share);
                layout.starts[from as usize + 1] += 1;
            }
        }
        for at in 0..count {
            layout.starts[at + 1] += layout.starts[at];
        }
        layout
    }

    /// Pairs of points that are tied.
    pub(super) fn pairs(&self) -> usize {
        self.others.len() / 2
    }

    /// Moves the points, which lie one after the other, through all epochs. `told` hears which is done, at most 200 times.
    pub(super) fn run(&self, points: &mut [f32], crew: Crew<'_>, told: impl Fn(usize)) -> Result<(), Error> {
        let (count, dimensions) = (self.starts.len() - 1, self.dimensions);
        let mut batches = vec![Vec::new(); BATCHES as usize];
        for at in 0..count as u32 {
            batches[(mix(mix(self.seed ^ KEY) ^ u64::from(at)) % BATCHES) as usize].push(at);
        }
        for epoch in 0..self.epochs {
            let rate = 1.0 - epoch as f32 / self.epochs as f32;
            for batch in &batches {
                let mut moved = vec![0.0f32; batch.len() * dimensions];
                let pieces = moved.chunks_mut(PIECE * dimensions).zip(batch.chunks(PIECE));
                crew.context.for_each(crew.threads, pieces, |(moved, batch)| {
                    for (place, &at) in moved.chunks_exact_mut(dimensions).zip(batch) {
                        self.step(points, at, epoch, rate, place);
                    }
                    Ok(())
                })?;
                for (place, &at) in moved.chunks_exact(dimensions).zip(batch) {
                    points[at as usize * dimensions..][..dimensions].copy_from_slice(place);
                }
            }
            if (epoch + 1).is_multiple_of(self.epochs.div_ceil(200)) {
                told(epoch + 1);
            }
        }
        Ok(())
    }

    /// Where a point goes in an epoch.
    fn step(&self, points: &[f32], at: u32, epoch: usize, rate: f32, place: &mut [f32]) {
        let dimensions = self.dimensions;
        let point = |at: usize| &points[at * dimensions..][..dimensions];
        place.copy_from_slice(point(at as usize));
        let mut random = Xoroshiro128::new(self.seed ^ KEY, at, epoch as u64);
        let count = (self.starts.len() - 1) as u64;
        let ties = self.starts[at as usize]..self.starts[at as usize + 1];
        for (&other, &share) in self.others[ties.clone()].iter().zip(&self.shares[ties]) {
            let pulls = |epoch: usize| (epoch as f64 * f64::from(share)) as u64;
            if pulls(epoch + 1) == pulls(epoch) {
                continue;
            }
            for _ in 0..2 {
                shift(place, point(other as usize), rate, |square| self.curve.pull(square));
            }
            for _ in 0..PUSHES {
                let other = ((u64::from(random.next_u32()) * count) >> 32) as u32;
                if other != at {
                    shift(place, point(other as usize), rate, |square| self.curve.push(square));
                }
            }
        }
    }
}

/// Moves a place along the way from another; not when they are the same.
#[inline(always)]
fn shift(place: &mut [f32], from: &[f32], rate: f32, factor: impl Fn(f32) -> f32) {
    let square: f32 = place.iter().zip(from).map(|(a, b)| (a - b) * (a - b)).sum();
    if square > 0.0 {
        let factor = factor(square);
        for (own, other) in place.iter_mut().zip(from) {
            *own += rate * (factor * (*own - other)).clamp(-LARGEST, LARGEST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_that_of_the_reference_implementation() {
        // a and b that umap-learn 0.5 computes for spread 1.
        for (min_dist, a, b) in
            [(0.1, 1.576_943_5, 0.895_060_9), (0.5, 0.583_030_1, 1.334_167), (0.0, 1.932_808_4, 0.790_495)]
        {
            let curve = Curve::fit(min_dist);
            assert!((curve.a - a).abs() < 2e-3 && (curve.b - b).abs() < 2e-3, "{min_dist}: {curve:?}");
        }
    }

    #[test]
    fn weak_ties_pull_seldom_and_the_weakest_never() {
        let ties = vec![(0, 1, 1.0), (0, 2, 0.25), (0, 3, 0.001), (1, 0, 1.0), (2, 0, 0.25), (3, 0, 0.001)];
        let layout = Layout::new(4, ties, Curve::fit(0.1), 2, 100, 1);
        assert_eq!((layout.pairs(), layout.starts.as_slice()), (2, &[0, 2, 3, 4, 4][..]));
        assert_eq!(layout.shares, [1.0, 0.25, 1.0, 0.25]);
    }
}
