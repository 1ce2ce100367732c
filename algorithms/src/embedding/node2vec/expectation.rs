//! The expectation of the co-occurrences of first-order walks, projected: no sampling, no walks.
//!
//! With P = D^-1 A and one walk from each node, position i is at node u with probability pi_i(u), where pi_0 = 1 and
//! pi_(i+1) = P^T pi_i (sums over starts). A walk of L nodes has the pairs (i, i + d) for i < L - d, so with a_d = sum
//! over i < L - d of pi_i and A_d = diag(a_d)
//!
//! > E[C] = sum over d of (A_d P^d + (P^T)^d A_d) / d,
//!
//! whose projection takes `window` products with P forwards and, by Horner's rule, as many with P^T backwards. The
//! number of walks per node is a common factor and cancels when rows are scaled.
//!
//! With `distance_norm`, the rows of P^d R are scaled to length 1 for each d and added with equal weights: near and far
//! nodes then share the dimensions evenly, where the nearest otherwise take them all.

use std::ops::Range;

use ndarray::{Array2, s};

use super::parameters::Parameters;
use crate::algorithm::output::GraphShape;
use crate::core::context::Progress;
use crate::core::error::Error;
use crate::graph::undirected::Graph;
use crate::graph::weights::{Shares, largest_if_unusual};
use crate::numeric::linear::{Operator, normalise_rows, random_signs};
use crate::numeric::matrix::{RowMajor, into_flat};
use crate::numeric::workers::Workers;

/// Bytes beyond the graph view: the result and four matrices of the columns computed at a time, or three as large as
/// the result; the visits per distance, two operators.
pub(super) fn bytes(shape: GraphShape, parameters: &Parameters, distance_norm: bool) -> u64 {
    let width = columns_at_once(usize::try_from(shape.nodes).unwrap_or(usize::MAX), parameters.dimensions);
    let columns = match distance_norm {
        true => 3 * parameters.dimensions,
        false if width == parameters.dimensions => 4 * width,
        false => parameters.dimensions + 4 * width,
    };
    let values = if shape.weighted { shape.edges.saturating_mul(16) } else { 0 };
    let nodes = shape.nodes.saturating_mul(8 * parameters.window as u64 + 64);
    shape.nodes.saturating_mul(4 * columns as u64).saturating_add(values).saturating_add(nodes)
}

/// Columns of the expectation do not depend on each other, so they are computed some at a time: as many as leave a
/// matrix of them in the cache, where the rows of neighbours are soon found.
const CACHED_BYTES: usize = 16 << 20;
/// Least columns computed at a time: with fewer the graph would be read too often.
const NARROWEST: usize = 32;

/// How many columns to compute at a time.
pub(in crate::embedding) fn columns_at_once(nodes: usize, dimensions: usize) -> usize {
    let fitting = CACHED_BYTES / nodes.max(1).saturating_mul(4) / NARROWEST * NARROWEST;
    if fitting == 0 { dimensions } else { fitting.min(dimensions) }
}

pub(super) fn embed(
    graph: &Graph,
    parameters: &Parameters,
    distance_norm: bool,
    workers: &Workers<'_>,
) -> Result<Vec<f32>, Error> {
    let (nodes, dimensions) = (graph.node_count(), parameters.dimensions);
    let mut sum = match distance_norm {
        true => normalised_distances(graph, parameters, workers)?,
        false => expected(graph, parameters, 0..dimensions, columns_at_once(nodes, dimensions), workers)?,
    };
    normalise_rows(workers, &mut sum);
    workers.check_cancelled()?;
    Ok(into_flat(sum))
}

fn report(workers: &Workers<'_>, done: usize, all: usize) -> Result<(), Error> {
    workers.check_cancelled()?;
    (workers.context().progress)(Progress { stage: "expectation", fraction: done as f64 / all as f64 });
    Ok(())
}

fn normalised_distances(graph: &Graph, parameters: &Parameters, workers: &Workers<'_>) -> Result<Array2<f32>, Error> {
    let (nodes, window) = (graph.node_count(), parameters.window);
    let forward = Operator::transition(graph);
    let mut sum = Array2::zeros((nodes, parameters.dimensions));
    let mut x = random_signs(workers, nodes, 0..parameters.dimensions, parameters.seed);
    let mut next = workers.matrix(nodes, parameters.dimensions);
    for distance in 1..=window {
        forward.apply(workers, &mut next, &x, 1.0, None);
        std::mem::swap(&mut x, &mut next);
        add_rows(workers, &mut sum, &x, |_, row| unit_factor(row));
        report(workers, distance, window)?;
    }
    Ok(sum)
}

/// What scales a row to length 1; 0 for a row of zeros, and where it is beyond 32 bits: such a row is all rounding error.
pub(in crate::embedding) fn unit_factor(row: &[f32]) -> f32 {
    let norm = row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    let factor = (1.0 / norm) as f32;
    if norm > 0.0 && factor.is_finite() { factor } else { 0.0 }
}

/// These columns of E[C] R, `width` at a time.
pub(in crate::embedding) fn expected(
    graph: &Graph,
    parameters: &Parameters,
    wanted: Range<usize>,
    width: usize,
    workers: &Workers<'_>,
) -> Result<Array2<f32>, Error> {
    let (nodes, window, dimensions) = (graph.node_count(), parameters.window, wanted.len());
    let visits = visits(graph, parameters, workers)?;
    let (forward, backward) = (Operator::transition(graph), Operator::transition_transposed(graph));
    let mut whole = Array2::zeros((nodes, if width < dimensions { dimensions } else { 0 }));
    let all = 1 + 2 * window * dimensions.div_ceil(width);
    let mut done = 1;
    report(workers, done, all)?;
    for first in wanted.clone().step_by(width) {
        let columns = first..(first + width).min(wanted.end);
        let signs = random_signs(workers, nodes, columns.clone(), parameters.seed);
        let mut sum = workers.zeros(nodes, columns.len());
        let (mut x, mut next) = (workers.matrix(nodes, columns.len()), workers.matrix(nodes, columns.len()));
        x.assign(&signs);
        for distance in 1..=window {
            forward.apply(workers, &mut next, &x, 1.0, None);
            std::mem::swap(&mut x, &mut next);
            let visits = &visits[distance - 1];
            add_rows(workers, &mut sum, &x, |v, _| (visits[v] / distance as f64) as f32);
            done += 1;
            report(workers, done, all)?;
        }
        // Horner: x <- P^T (A_d R / d + x), from the largest distance down.
        x.fill(0.0);
        for distance in (1..=window).rev() {
            let visits = &visits[distance - 1];
            add_rows(workers, &mut x, &signs, |v, _| (visits[v] / distance as f64) as f32);
            backward.apply(workers, &mut next, &x, 1.0, None);
            std::mem::swap(&mut x, &mut next);
            done += 1;
            report(workers, done, all)?;
        }
        add_rows(workers, &mut sum, &x, |_, _| 1.0);
        if columns.len() == dimensions {
            return Ok(sum);
        }
        workers.for_rows(&mut whole, columns.len(), |first, mut out| {
            let rows = first..first + out.nrows();
            let places = columns.start - wanted.start..columns.end - wanted.start;
            out.slice_mut(s![.., places]).assign(&sum.slice(s![rows, ..]));
        });
        [sum, x, next, signs].into_iter().for_each(|matrix| workers.recycle(matrix));
    }
    Ok(whole)
}

/// `sum[v] += factor(v, x[v]) * x[v]`.
fn add_rows(
    workers: &Workers<'_>,
    sum: &mut Array2<f32>,
    x: &Array2<f32>,
    factor: impl Fn(usize, &[f32]) -> f32 + Sync,
) {
    let cols = sum.ncols();
    workers.for_rows(sum, cols, |first, mut out| {
        for (row, mut out) in (first..).zip(out.outer_iter_mut()) {
            out.scaled_add(factor(row, x.row_slice(row)), &x.row(row));
        }
    });
}

/// For each distance d the expected visits of each node at the positions that have a node d later, in one walk per
/// start.
fn visits(graph: &Graph, parameters: &Parameters, workers: &Workers<'_>) -> Result<Vec<Vec<f64>>, Error> {
    let (length, window) = (parameters.walk_length, parameters.window);
    let degrees = crate::numeric::linear::weighted_degrees(graph);
    let shares = largest_if_unusual(graph).map(|_| Shares::new(graph));
    // A start that cannot be left makes no walk.
    let mut now: Vec<f64> = degrees.iter().map(|&degree| f64::from(u8::from(degree > 0.0))).collect();
    let mut sum = vec![0.0; now.len()];
    let mut by_distance = vec![Vec::new(); window];
    for position in 0..length - 1 {
        workers.check_cancelled()?;
        sum.iter_mut().zip(&now).for_each(|(sum, now)| *sum += now);
        // Positions up to this one are those with L - d > i, of the distance d = L - 1 - i.
        if let Some(kept) = by_distance.get_mut(length - 2 - position) {
            kept.clone_from(&sum);
        }
        // Visits per unit of weight where weights are usual, else visits.
        let share: Vec<f64> = match &shares {
            Some(_) => now.clone(),
            None => {
                now.iter().zip(&degrees).map(|(now, degree)| if *degree > 0.0 { now / degree } else { 0.0 }).collect()
            }
        };
        let pieces = now.chunks_mut(1 << 12).enumerate();
        workers.for_each(pieces, |(piece, out)| {
            for (row, out) in out.iter_mut().enumerate() {
                let v = (piece << 12 | row) as u32;
                let part = shares.as_ref().map(|shares| |x, weight| shares.of(x, weight));
                *out = arriving(graph.neighbors(v), graph.weights(v), &share, part);
            }
        });
    }
    Ok(by_distance)
}

/// The visits that arrive over the arcs of a row. `share` has for each neighbour its visits per unit of weight, or its visits where
/// `part` says which part of them an arc of a weight takes.
pub(in crate::embedding) fn arriving(
    neighbors: &[u32],
    weights: Option<&[f64]>,
    share: &[f64],
    part: Option<impl Fn(u32, f64) -> f64>,
) -> f64 {
    let Some(weights) = weights else { return neighbors.iter().map(|&x| share[x as usize]).sum() };
    let arcs = neighbors.iter().zip(weights);
    match part {
        Some(part) => arcs.map(|(&x, &weight)| part(x, weight) * share[x as usize]).sum(),
        None => arcs.map(|(&x, weight)| weight * share[x as usize]).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::context::Context;
    use crate::testing::{graph, pool, small_world};

    #[test]
    fn columns_some_at_a_time_have_the_same_bits() {
        let edges: Vec<_> =
            small_world(200, 3, 5).into_iter().map(|(a, b)| (a, b, f64::from(1 + (a + b) % 3))).collect();
        for (weighted, dimensions) in [(false, 64), (true, 70), (false, 33)] {
            let graph = graph(203, &edges, weighted);
            let parameters =
                Parameters { dimensions, walk_length: 9, window: 4, p: 1.0, q: 1.0, ..Parameters::default() };
            let pool = pool(2);
            let context = Context::new(&pool);
            let workers = Workers::new(&context, 2);
            let bits = |width| -> Vec<u32> {
                expected(&graph, &parameters, 0..dimensions, width, &workers)
                    .unwrap()
                    .iter()
                    .map(|x| x.to_bits())
                    .collect()
            };
            let whole = bits(dimensions);
            assert!(whole.iter().any(|&bits| bits != 0));
            for width in [1, 16, 32, 48] {
                assert_eq!(bits(width), whole, "{dimensions} columns, {width} at a time");
            }
            let some = expected(&graph, &parameters, 5..24, 8, &workers).unwrap();
            for ((row, column), x) in some.indexed_iter() {
                assert_eq!(x.to_bits(), whole[row * dimensions + 5 + column]);
            }
        }
    }

    #[test]
    fn parts_fit_into_the_cache_or_are_whole() {
        assert_eq!(columns_at_once(100, 128), 128);
        assert_eq!(columns_at_once(100_000, 128), 32);
        assert_eq!(columns_at_once(60_000, 128), 64);
        assert_eq!(columns_at_once(10_000_000, 128), 128);
        assert_eq!(columns_at_once(0, 128), 128);
    }
}
