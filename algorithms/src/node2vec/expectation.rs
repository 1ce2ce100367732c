//! The expectation of the co-occurrences of first-order walks, projected: no sampling, no walks.
//!
//! With P = D^-1 A and one walk from each node, position i is at node u with probability pi_i(u), where pi_0 = 1 and
//! pi_(i+1) = P^T pi_i (sums over starts). A walk of L nodes has the pairs (i, i + d) for i < L - d, so with a_d = sum over i < L - d of
//! pi_i and A_d = diag(a_d)
//!
//! > E[C] = sum over d of (A_d P^d + (P^T)^d A_d) / d,
//!
//! whose projection takes `window` products with P forwards and, by Horner's rule, as many with P^T backwards. The number of
//! walks per node is a common factor and cancels when rows are scaled.
//!
//! With `distance_norm`, the rows of P^d R are scaled to length 1 for each d and added with equal weights: near and far
//! nodes then share the dimensions evenly, where the nearest otherwise take them all.

use super::Parameters;
use crate::context::Progress;
use crate::error::Error;
use crate::graph::Graph;
use crate::linear::{Matrix, Operator, Workers, normalise_rows, random_signs};
use crate::output::GraphShape;

/// Bytes beyond the graph view: four matrices as large as the result, the visits per distance, two operators.
pub(super) fn bytes(shape: GraphShape, parameters: &Parameters) -> u64 {
    let matrix = shape.nodes.saturating_mul(4 * parameters.dimensions as u64);
    let values = if shape.weighted { shape.edges.saturating_mul(16) } else { 0 };
    let nodes = shape.nodes.saturating_mul(8 * parameters.window as u64 + 64);
    matrix.saturating_mul(4).saturating_add(values).saturating_add(nodes)
}

pub(super) fn embed(
    graph: &Graph,
    parameters: &Parameters,
    distance_norm: bool,
    workers: &Workers<'_>,
) -> Result<Vec<f32>, Error> {
    let (nodes, window) = (graph.node_count(), parameters.window);
    let signs = random_signs(workers, nodes, parameters.dimensions, parameters.seed);
    let progress = |done: usize, all: usize| {
        workers.check_cancelled()?;
        let fraction = done as f64 / all as f64;
        (workers.context().progress)(Progress { stage: "expectation", fraction });
        Ok::<(), Error>(())
    };
    let mut sum = Matrix::zeros(nodes, parameters.dimensions);
    let forward = Operator::transition(graph);
    let (mut x, mut next) = (signs.clone(), workers.matrix(nodes, parameters.dimensions));
    if distance_norm {
        for distance in 1..=window {
            forward.apply(workers, &mut next, &x, 1.0, None);
            std::mem::swap(&mut x, &mut next);
            add_rows(workers, &mut sum, &x, |_, row| {
                let norm = row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
                if norm > 0.0 { (1.0 / norm) as f32 } else { 0.0 }
            });
            progress(distance, window)?;
        }
    } else {
        let visits = visits(graph, parameters, workers)?;
        progress(1, 2 * window + 1)?;
        for distance in 1..=window {
            forward.apply(workers, &mut next, &x, 1.0, None);
            std::mem::swap(&mut x, &mut next);
            let visits = &visits[distance - 1];
            add_rows(workers, &mut sum, &x, |v, _| (visits[v] / distance as f64) as f32);
            progress(1 + distance, 2 * window + 1)?;
        }
        // Horner: x <- P^T (A_d R / d + x), from the largest distance down.
        let backward = Operator::transition_transposed(graph);
        x.data.fill(0.0);
        for distance in (1..=window).rev() {
            let visits = &visits[distance - 1];
            add_rows(workers, &mut x, &signs, |v, _| (visits[v] / distance as f64) as f32);
            backward.apply(workers, &mut next, &x, 1.0, None);
            std::mem::swap(&mut x, &mut next);
            progress(1 + 2 * window - distance, 2 * window + 1)?;
        }
        add_rows(workers, &mut sum, &x, |_, _| 1.0);
    }
    normalise_rows(workers, &mut sum);
    workers.check_cancelled()?;
    Ok(sum.data)
}

/// `sum[v] += factor(v, x[v]) * x[v]`.
fn add_rows(workers: &Workers<'_>, sum: &mut Matrix, x: &Matrix, factor: impl Fn(usize, &[f32]) -> f32 + Sync) {
    let cols = sum.cols.max(1);
    workers.for_rows(sum, cols, |first, data| {
        for (row, out) in data.chunks_exact_mut(cols).enumerate() {
            let x = x.row(first + row);
            let factor = factor(first + row, x);
            out.iter_mut().zip(x).for_each(|(out, x)| *out += factor * x);
        }
    });
}

/// For each distance d the expected visits of each node at the positions that have a node d later, in one walk per start.
fn visits(graph: &Graph, parameters: &Parameters, workers: &Workers<'_>) -> Result<Vec<Vec<f64>>, Error> {
    let (length, window) = (parameters.walk_length, parameters.window);
    let degrees = crate::linear::weighted_degrees(graph);
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
        let share: Vec<f64> =
            now.iter().zip(&degrees).map(|(now, degree)| if *degree > 0.0 { now / degree } else { 0.0 }).collect();
        let pieces = now.chunks_mut(1 << 12).enumerate();
        workers.for_each(pieces, |(piece, out)| {
            for (row, out) in out.iter_mut().enumerate() {
                let v = (piece << 12 | row) as u32;
                let neighbors = graph.neighbors(v);
                *out = match graph.weights(v) {
                    None => neighbors.iter().map(|&x| share[x as usize]).sum(),
                    Some(weights) => neighbors.iter().zip(weights).map(|(&x, weight)| weight * share[x as usize]).sum(),
                };
            }
        });
    }
    Ok(by_distance)
}
