//! The leading eigenvectors of co-occurrence counts, by randomised subspace iteration.
//!
//! A random projection C R of a matrix is the 0th step of finding its leading eigenvectors; each further product with C
//! turns the basis towards them (Halko, Martinsson, Tropp: "Finding structure with randomness", SIAM Review 53, 2011).
//! A random projection keeps noise and structure alike; the leading eigenvectors keep structure.
//!
//! - [`sampled`]: of M = log(1 + C), C the co-occurrence counts of sampled walks, for any p and q. C is symmetric, and
//!   so is M. Of each node the largest counts are kept; a pair that either node keeps is kept for both, so that M stays
//!   symmetric. Vectors are u sqrt|lambda| for the largest |lambda|.
//! - [`exact`]: of f(S) = sum over t <= window of S^t / t with S = D^-1/2 A D^-1/2, which is similar to the expected
//!   co-occurrence of stationary first-order walks, with no walks and no matrix but A. The trivial eigenvector D^1/2 1
//!   is projected out, and rows are scaled by D^-1/2.
//!
//! Both are scaled to rows of length 1 and smoothed by a few steps of personalised PageRank.

use ndarray::{Array2, ArrayView1, Axis, s};

use super::parameters::{Parameters, Spectral};
use crate::algorithm::output::GraphShape;
use crate::core::context::Progress;
use crate::core::error::Error;
use crate::graph::undirected::Graph;
use crate::numeric::kernel::gemm::gram;
use crate::numeric::linear::{
    Operator, Ritz, Sparse, normalise_rows, orthonormalise, random_signs, ritz, smooth, weighted_degrees,
};
use crate::numeric::matrix::into_flat;
use crate::numeric::workers::Workers;
use crate::walk::corpus::{self, Corpus, DistanceWeights, PARTS};

/// Oversampling: columns beyond the dimensions asked for, since the last few eigenvectors of a basis converge slowly.
pub(super) const OVERSAMPLING: usize = 10;
/// Counts kept of all nodes together, unless that would be fewer than [`LEAST_KEPT`] each.
const KEPT: u64 = 1 << 24;
const LEAST_KEPT: u64 = 128;

/// Counts kept of one node.
fn kept(nodes: u64) -> u64 {
    (KEPT / nodes.max(1)).max(LEAST_KEPT)
}

/// Counts kept in all, at most.
pub(super) fn entries(nodes: u64, positions: f64) -> u64 {
    let most = kept(nodes).min(nodes).saturating_mul(nodes);
    most.min((positions * 20.0) as u64)
}

fn columns(nodes: usize, dimensions: usize) -> usize {
    (dimensions + OVERSAMPLING).min(nodes)
}

/// Bytes beyond the graph view, at most: counts twice while they are put together, a third time while they are made
/// symmetric where some were cut, and three bases.
pub(super) fn sampled_bytes(shape: GraphShape, parameters: &Parameters, threads: usize) -> u64 {
    let positions = (shape.nodes as f64) * parameters.walks_per_node as f64 * parameters.walk_length as f64;
    let counts = entries(shape.nodes, positions).saturating_mul(8);
    let walks = corpus::bytes(shape.nodes, &parameters.walk()).saturating_add(corpus::gather_bytes(
        shape.nodes,
        &parameters.walk(),
        threads,
    ));
    let copies = if shape.nodes <= kept(shape.nodes) { 2 } else { 3 };
    counts.saturating_mul(copies).saturating_add(bases(shape, parameters)).max(counts.saturating_add(walks))
}

/// Bytes beyond the graph view: the bases, and the values of the operator.
pub(super) fn exact_bytes(shape: GraphShape, parameters: &Parameters) -> u64 {
    let values = if shape.weighted { shape.edges.saturating_mul(8) } else { 0 };
    bases(shape, parameters).saturating_add(values).saturating_add(shape.nodes.saturating_mul(24))
}

fn bases(shape: GraphShape, parameters: &Parameters) -> u64 {
    let columns = (parameters.dimensions + OVERSAMPLING) as u64;
    // Gram matrices are summed in up to 64 pieces.
    shape.nodes.saturating_mul(4 * columns * 3).saturating_add(64 * 8 * columns * columns)
}

/// Vectors from the counts of walks.
pub(super) fn sampled(
    graph: &Graph,
    corpus: Corpus,
    parameters: &Parameters,
    spectral: Spectral,
    threads: usize,
    workers: &Workers<'_>,
) -> Result<Vec<f32>, Error> {
    let nodes = corpus.nodes();
    let matrix = logarithms(corpus, parameters.window, threads, workers)?;
    let operator = Operator::of(&matrix);
    let mut basis = random_signs(workers, nodes, 0..columns(nodes, parameters.dimensions), parameters.seed);
    // A power iteration of the singular vectors is two products with a symmetric matrix.
    let products = 2 * spectral.iterations + 1;
    for product in 0..products {
        let mut next = workers.matrix(nodes, basis.ncols());
        operator.apply(workers, &mut next, &basis, 1.0, None);
        workers.recycle(basis);
        basis = orthonormalise(workers, threads, next)?;
        report(workers, 0.6 + 0.3 * (product + 1) as f64 / (products + 1) as f64);
    }
    let mut image = workers.matrix(nodes, basis.ncols());
    operator.apply(workers, &mut image, &basis, 1.0, None);
    let found = ritz(workers, threads, basis, &image, parameters.dimensions, |value| -value.abs())?;
    workers.recycle(image);
    drop(operator);
    drop(matrix);
    finish(graph, found, None, parameters, spectral, workers)
}

/// Vectors from the exact operator.
pub(super) fn exact(
    graph: &Graph,
    parameters: &Parameters,
    spectral: Spectral,
    threads: usize,
    workers: &Workers<'_>,
) -> Result<Vec<f32>, Error> {
    let nodes = graph.node_count();
    let degrees = weighted_degrees(graph);
    let total: f64 = degrees.iter().sum();
    let trivial: Vec<f32> =
        degrees.iter().map(|degree| (degree / total.max(f64::MIN_POSITIVE)).sqrt() as f32).collect();
    let operator = Operator::symmetric(graph)?;
    let window = parameters.window;
    // f(S) x by Horner's rule: S (x + S (x / 2 + S (x / 3 + ...))).
    let apply = |x: &Array2<f32>| -> Result<Array2<f32>, Error> {
        let mut sum = workers.matrix(nodes, x.ncols());
        let mut next = workers.matrix(nodes, x.ncols());
        operator.apply(workers, &mut sum, x, 1.0 / window as f32, None);
        for t in (1..window).rev() {
            workers.check_cancelled()?;
            add_rows(workers, &mut sum, x, 1.0 / t as f32);
            operator.apply(workers, &mut next, &sum, 1.0, None);
            std::mem::swap(&mut sum, &mut next);
        }
        workers.recycle(next);
        project_out(workers, &mut sum, &trivial);
        Ok(sum)
    };
    let mut basis = random_signs(workers, nodes, 0..columns(nodes, parameters.dimensions), parameters.seed);
    project_out(workers, &mut basis, &trivial);
    let rounds = spectral.iterations.max(1);
    for round in 0..rounds {
        let next = apply(&basis)?;
        workers.recycle(basis);
        basis = orthonormalise(workers, threads, next)?;
        report(workers, 0.9 * (round + 1) as f64 / (rounds + 1) as f64);
    }
    let image = apply(&basis)?;
    let found = ritz(workers, threads, basis, &image, parameters.dimensions, |value| -value)?;
    workers.recycle(image);
    // Rows are scaled to length 1 later, so the bounds of the power do not matter.
    let power = |degree: f64| degree.powf(-0.5).clamp(1e-30, 1e30) as f32;
    let scale: Vec<f32> = degrees.iter().map(|&degree| if degree > 0.0 { power(degree) } else { 0.0 }).collect();
    finish(graph, found, Some(&scale), parameters, spectral, workers)
}

/// `sum += share * x`.
fn add_rows(workers: &Workers<'_>, sum: &mut Array2<f32>, x: &Array2<f32>, share: f32) {
    let cols = sum.ncols();
    workers.for_rows(sum, cols, |first, mut out| {
        let rows = first..first + out.nrows();
        out.scaled_add(share, &x.slice(s![rows, ..]));
    });
}

/// Takes the part along the unit vector `direction` from each column.
fn project_out(workers: &Workers<'_>, matrix: &mut Array2<f32>, direction: &[f32]) {
    let direction = ArrayView1::from(direction);
    let shares = gram(workers, direction.insert_axis(Axis(1)), matrix.view());
    let cols = matrix.ncols();
    workers.for_rows(matrix, cols, |first, mut out| {
        for (row, mut out) in (first..).zip(out.outer_iter_mut()) {
            let along = f64::from(direction[row]);
            out.zip_mut_with(&shares.row(0), |value, share| *value -= (along * share) as f32);
        }
    });
}

fn report(workers: &Workers<'_>, fraction: f64) {
    (workers.context().progress)(Progress { stage: "eigenvectors", fraction });
}

/// Columns scaled by the root of their eigenvalue, rows by `scale` and then to length 1, smoothed; `dimensions`
/// columns, those beyond the rank zero.
fn finish(
    graph: &Graph,
    found: Ritz,
    scale: Option<&[f32]>,
    parameters: &Parameters,
    spectral: Spectral,
    workers: &Workers<'_>,
) -> Result<Vec<f32>, Error> {
    workers.check_cancelled()?;
    let (dimensions, vectors) = (parameters.dimensions, found.vectors);
    let roots: Vec<f32> = found.values.iter().map(|value| value.abs().sqrt() as f32).collect();
    let rank = vectors.ncols();
    let mut result = workers.zeros(graph.node_count(), dimensions);
    if rank > 0 {
        workers.for_rows(&mut result, dimensions, |first, mut out| {
            for (v, mut out) in (first..).zip(out.outer_iter_mut()) {
                // A node that no walk meets has no vector; its row holds rounding errors.
                if graph.degree(v as u32) == 0 {
                    continue;
                }
                let scale = scale.map_or(1.0, |scale| scale[v]);
                for ((out, value), root) in out.iter_mut().zip(vectors.row(v)).zip(&roots) {
                    *out = value * root * scale;
                }
            }
        });
    }
    workers.recycle(vectors);
    normalise_rows(workers, &mut result);
    let mut result = smooth(workers, graph, result, spectral.smoothing, spectral.smoothing_steps)?;
    normalise_rows(workers, &mut result);
    workers.check_cancelled()?;
    report(workers, 1.0);
    Ok(into_flat(result))
}

/// log(1 + count), the largest of each node, symmetric.
fn logarithms(corpus: Corpus, window: usize, threads: usize, workers: &Workers<'_>) -> Result<Sparse, Error> {
    let context = workers.context();
    let nodes = corpus.nodes();
    let weights = DistanceWeights::new(window);
    let most = kept(nodes as u64) as usize;
    let ranges = corpus.ranges(PARTS * threads);
    let mut parts: Vec<CountRows> = ranges.iter().map(|_| CountRows::default()).collect();
    let all = parts.len();
    let tasks: Vec<_> = ranges.into_iter().zip(&mut parts).enumerate().collect();
    context.for_each(threads, tasks, |(number, (range, part))| {
        let mut row: Vec<(u32, u64)> = Vec::new();
        corpus.counts(range, &weights, context, |_, counts| {
            row.clear();
            row.extend_from_slice(counts);
            if row.len() > most {
                // The larger count first; of equal ones the earlier node.
                row.select_nth_unstable_by(most, |a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
                row.truncate(most);
                part.cut = true;
            }
            row.sort_unstable_by_key(|&(node, _)| node);
            part.lengths.push(row.len());
            part.columns.extend(row.iter().map(|&(node, _)| node));
            part.values.extend(row.iter().map(|&(_, count)| (count as f64 / weights.unit).ln_1p() as f32));
            Ok(())
        })?;
        (context.progress)(Progress { stage: "counts", fraction: 0.3 + 0.3 * (number + 1) as f64 / all as f64 });
        Ok(())
    })?;
    drop(corpus);
    let cut = parts.iter().any(|part| part.cut);
    let total = parts.iter().map(|part| part.columns.len()).sum();
    let mut matrix = Sparse { offsets: vec![0], columns: Vec::with_capacity(total), values: Vec::with_capacity(total) };
    matrix.offsets.reserve(nodes);
    for part in parts {
        for length in part.lengths {
            matrix.offsets.push(matrix.offsets[matrix.offsets.len() - 1] + length);
        }
        matrix.columns.extend(part.columns);
        matrix.values.extend(part.values);
    }
    workers.check_cancelled()?;
    if cut { symmetric(matrix, workers) } else { Ok(matrix) }
}

/// Some rows of a sparse matrix.
#[derive(Default)]
struct CountRows {
    lengths: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
    /// Whether a row was cut to the largest counts.
    cut: bool,
}

/// The matrix with every entry that it or its transpose has; where both have one they are equal.
fn symmetric(matrix: Sparse, workers: &Workers<'_>) -> Result<Sparse, Error> {
    let nodes = matrix.offsets.len() - 1;
    let row = |v: usize| matrix.offsets[v]..matrix.offsets[v + 1];
    // Entries (v, x) whose mirror (x, v) is missing, by x.
    let missing = |v: usize, x: u32| matrix.columns[row(x as usize)].binary_search(&(v as u32)).is_err();
    let mut added = vec![0usize; nodes];
    let mut mirrors: Vec<Vec<u32>> = vec![Vec::new(); nodes.div_ceil(1 << 10)];
    workers.for_each(mirrors.iter_mut().enumerate(), |(piece, lacking)| {
        for v in piece << 10..((piece + 1) << 10).min(nodes) {
            let places = row(v).filter(|&place| missing(v, matrix.columns[place]));
            lacking.extend(places.map(|place| (place - matrix.offsets[piece << 10]) as u32));
        }
    });
    workers.check_cancelled()?;
    for (piece, lacking) in mirrors.iter().enumerate() {
        for &place in lacking {
            added[matrix.columns[matrix.offsets[piece << 10] + place as usize] as usize] += 1;
        }
    }
    let mut offsets = Vec::with_capacity(nodes + 1);
    offsets.push(0);
    for (v, mirrored) in added.iter().enumerate() {
        offsets.push(offsets[v] + row(v).len() + mirrored);
    }
    let mut result =
        Sparse { columns: vec![0; offsets[nodes]], values: vec![0.0; offsets[nodes]], offsets: Vec::new() };
    let mut next: Vec<usize> = (0..nodes).map(|v| offsets[v] + row(v).len()).collect();
    for (v, &start) in offsets[..nodes].iter().enumerate() {
        let own = start..start + row(v).len();
        result.columns[own.clone()].copy_from_slice(&matrix.columns[row(v)]);
        result.values[own].copy_from_slice(&matrix.values[row(v)]);
    }
    for (piece, lacking) in mirrors.iter().enumerate() {
        let first = piece << 10;
        let mut v = first;
        for &place in lacking {
            let place = matrix.offsets[first] + place as usize;
            while matrix.offsets[v + 1] <= place {
                v += 1;
            }
            let slot = &mut next[matrix.columns[place] as usize];
            result.columns[*slot] = v as u32;
            result.values[*slot] = matrix.values[place];
            *slot += 1;
        }
    }
    result.offsets = offsets;
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Context;
    use crate::testing::pool;

    #[test]
    fn what_one_side_keeps_both_have() {
        let pool = pool(2);
        let context = Context::new(&pool);
        let workers = Workers::new(&context, 2);
        let matrix = Sparse { offsets: vec![0, 2, 3, 4], columns: vec![1, 2, 0, 2], values: vec![1.0, 2.0, 1.0, 5.0] };
        let full = symmetric(matrix, &workers).unwrap();
        assert_eq!(full.offsets, [0, 2, 3, 5]);
        assert_eq!(full.columns, [1, 2, 0, 2, 0]);
        assert_eq!(full.values, [1.0, 2.0, 1.0, 5.0, 2.0]);
    }
}
