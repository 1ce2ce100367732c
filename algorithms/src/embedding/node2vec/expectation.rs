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

use ndarray::Array2;

use super::parameters::Parameters;
use crate::algorithm::output::GraphShape;
use crate::core::context::Progress;
use crate::core::error::Error;
use crate::core::numbers::{Numbers, NumbersWriter};
use crate::graph::undirected::Graph;
use crate::graph::weights::{Shares, largest_if_unusual};
use crate::numeric::columns::{Columns, Layout};
use crate::numeric::linear::{Operator, ROUND_MATRICES, Rounds, normalise, random_signs};
use crate::numeric::matrix::RowMajor;
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

/// Bytes beyond the graph view when `width` columns are computed at a time and the rest is in temporary files: three matrices
/// of these columns and their signs in 8 bits, and factors of rows.
pub(super) fn group_bytes(shape: GraphShape, distance_norm: bool, width: usize) -> u64 {
    let width = width as u64;
    let (operators, columns) = match distance_norm {
        true => (1, 4 * ROUND_MATRICES * width + 16),
        false => (2, 13 * width),
    };
    // What visits, and shares of unusual weights, take while they are computed.
    let before = if distance_norm { 16 } else { 48 };
    shape.nodes.saturating_mul((columns + 8).max(before) + 8 * operators)
}

/// Bytes of temporary files of such a run: the groups, the result, the visits, and values of arcs.
pub(super) fn group_scratch_bytes(shape: GraphShape, parameters: &Parameters, distance_norm: bool) -> u64 {
    let (matrices, visits, operators) = if distance_norm { (3, 0, 1) } else { (2, parameters.window, 2) };
    let values = if shape.weighted { shape.edges.saturating_mul(8 * operators) } else { 0 };
    shape.nodes.saturating_mul(4 * (matrices * parameters.dimensions + visits) as u64).saturating_add(values)
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

/// The vectors; row `v` is node `v`'s.
pub(super) fn embed(
    graph: &Graph,
    parameters: &Parameters,
    distance_norm: bool,
    layout: Layout<'_>,
    workers: &Workers<'_>,
) -> Result<Numbers<f32>, Error> {
    let sum = match distance_norm {
        true => normalised_distances(graph, parameters, layout, workers)?,
        false => {
            let width = columns_at_once(graph.node_count(), parameters.dimensions);
            expected(graph, parameters, 0..parameters.dimensions, width, layout, workers)?
        }
    };
    let vectors = sum.finish(workers, normalise)?;
    workers.check_cancelled()?;
    Ok(vectors)
}

fn report(workers: &Workers<'_>, done: usize, all: usize) -> Result<(), Error> {
    workers.check_cancelled()?;
    (workers.context().progress)(Progress { stage: STAGE, fraction: done as f64 / all as f64 });
    Ok(())
}

const STAGE: &str = "expectation";

fn normalised_distances<'l>(
    graph: &Graph,
    parameters: &Parameters,
    layout: Layout<'l>,
    workers: &Workers<'_>,
) -> Result<Columns<'l>, Error> {
    let nodes = graph.node_count();
    // The start has no part in the sum, each distance the same.
    let weights: Vec<f32> = (0..=parameters.window).map(|distance| f32::from(u8::from(distance > 0))).collect();
    let rounds = Rounds {
        operator: &Operator::transition(graph, layout.scratch())?,
        shape: (nodes, parameters.dimensions),
        weights: &weights,
        start: |columns: &Range<usize>| -> Result<Array2<f32>, Error> {
            Ok(random_signs(workers, nodes, columns.clone(), parameters.seed))
        },
        add: |_: f32, length: f64, row: &[f32], sum: &mut [f32]| add_unit(length, row, sum),
        stage: STAGE,
    };
    rounds.run(layout, workers)
}

/// Adds some columns of a row of this length, scaled to length 1; nothing of a row of zeros, and where the factor is beyond 32
/// bits: such a row is all rounding error.
pub(in crate::embedding) fn add_unit(length: f64, row: &[f32], sum: &mut [f32]) {
    let factor = (1.0 / length) as f32;
    let factor = if length > 0.0 && factor.is_finite() { factor } else { 0.0 };
    sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += factor * x);
}

/// These columns of E[C] R, in memory `width` at a time.
pub(in crate::embedding) fn expected<'l>(
    graph: &Graph,
    parameters: &Parameters,
    wanted: Range<usize>,
    width: usize,
    layout: Layout<'l>,
    workers: &Workers<'_>,
) -> Result<Columns<'l>, Error> {
    let (nodes, window) = (graph.node_count(), parameters.window);
    let visits = visits(graph, parameters, layout, workers)?;
    // From the largest distance down.
    let visits = |distance: usize| &visits[(window - distance) * nodes..][..nodes];
    let forward = Operator::transition(graph, layout.scratch())?;
    let backward = Operator::transition_transposed(graph, layout.scratch())?;
    let mut whole = Columns::new(nodes, wanted.len(), width, layout)?;
    let all = 1 + 2 * window * whole.groups().len();
    let mut done = 1;
    report(workers, done, all)?;
    for columns in whole.groups() {
        let drawn = wanted.start + columns.start..wanted.start + columns.end;
        let signs: Array2<i8> = random_signs(workers, nodes, drawn, parameters.seed);
        let mut sum = workers.zeros(nodes, columns.len());
        let (mut x, mut next) = (workers.zeros(nodes, columns.len()), workers.matrix(nodes, columns.len()));
        add_rows(workers, &mut x, &signs, |_| 1.0);
        for distance in 1..=window {
            forward.apply(workers, &mut next, &x, 1.0, None);
            std::mem::swap(&mut x, &mut next);
            let visits = visits(distance);
            add_rows(workers, &mut sum, &x, |v| visits[v]);
            done += 1;
            report(workers, done, all)?;
        }
        // Horner: x <- P^T (A_d R / d + x), from the largest distance down.
        x.fill(0.0);
        for distance in (1..=window).rev() {
            let visits = visits(distance);
            add_rows(workers, &mut x, &signs, |v| visits[v]);
            backward.apply(workers, &mut next, &x, 1.0, None);
            std::mem::swap(&mut x, &mut next);
            done += 1;
            report(workers, done, all)?;
        }
        add_rows(workers, &mut sum, &x, |_| 1.0);
        [x, next].into_iter().for_each(|matrix| workers.recycle(matrix));
        whole.put(&columns, sum, workers)?;
    }
    Ok(whole)
}

/// `sum[v] += factor(v) * x[v]`.
fn add_rows<T: Copy + Into<f32> + Sync>(
    workers: &Workers<'_>,
    sum: &mut Array2<f32>,
    x: &Array2<T>,
    factor: impl Fn(usize) -> f32 + Sync,
) {
    let cols = sum.ncols();
    workers.for_rows(sum, cols, |first, mut out| {
        for (row, out) in (first..).zip(out.flat_mut().chunks_exact_mut(cols)) {
            let factor = factor(row);
            for (sum, &x) in out.iter_mut().zip(x.row_slice(row)) {
                let x: f32 = x.into();
                *sum += factor * x;
            }
        }
    });
}

/// For each distance d, from the window down to 1, the expected visits of each node at the positions that have a node d
/// later, in one walk per start, divided by d.
fn visits(
    graph: &Graph,
    parameters: &Parameters,
    layout: Layout<'_>,
    workers: &Workers<'_>,
) -> Result<Numbers<f32>, Error> {
    let (length, window) = (parameters.walk_length, parameters.window);
    let degrees = crate::numeric::linear::weighted_degrees(graph);
    let shares = largest_if_unusual(graph).map(|_| Shares::new(graph));
    // A start that cannot be left makes no walk.
    let mut now: Vec<f64> = degrees.iter().map(|&degree| f64::from(u8::from(degree > 0.0))).collect();
    let mut sum = vec![0.0; now.len()];
    let mut by_distance = NumbersWriter::new(layout.scratch(), window * now.len())?;
    for position in 0..length - 1 {
        workers.check_cancelled()?;
        sum.iter_mut().zip(&now).for_each(|(sum, now)| *sum += now);
        // Positions up to this one are those with L - d > i, of the distance d = L - 1 - i.
        let distance = length - 1 - position;
        if distance <= window {
            by_distance.extend(sum.iter().map(|sum| (sum / distance as f64) as f32))?;
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
    by_distance.finish()
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
    use crate::testing::{MemoryScratch, graph, pool, small_world};

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
            let bits_of = |wanted, width, layout| -> Vec<u32> {
                let sum = expected(&graph, &parameters, wanted, width, layout, &workers).unwrap();
                sum.finish(&workers, |_| {}).unwrap().iter().map(|x| x.to_bits()).collect()
            };
            let bits = |width, layout| bits_of(0..dimensions, width, layout);
            let whole = bits(dimensions, Layout::Memory);
            assert!(whole.iter().any(|&bits| bits != 0));
            let scratch = MemoryScratch::default();
            for width in [1, 16, 32, 48] {
                assert_eq!(bits(width, Layout::Memory), whole, "{dimensions} columns, {width} at a time");
                assert_eq!(bits(0, Layout::Groups(width, &scratch)), whole, "{dimensions} columns, {width} in memory");
            }
            let some: Vec<u32> = whole.chunks_exact(dimensions).flat_map(|row| row[5..24].to_vec()).collect();
            for layout in [Layout::Memory, Layout::Groups(8, &scratch)] {
                assert_eq!(bits_of(5..24, 8, layout), some, "19 columns of {dimensions}");
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
