//! The iterations of PageRank and its relatives: each node gathers what the nodes before it hand on.
//!
//! A round reads for each node the values of the nodes before it, which are written nowhere in the round, and each node's sum
//! is taken by one thread in the order of its row. So the bits are the same for any number of threads.

use crate::core::context::Progress;
use crate::core::crew::{Crew, PIECE};
use crate::core::error::Error;
use crate::graph::csr::{Csr, NodeIndex};

/// The sum of `values` over a row, each times the arc's weight.
#[inline]
pub(super) fn gather(rows: &Csr, v: NodeIndex, values: &[f64]) -> f64 {
    let row = rows.neighbors(v);
    match rows.weights(v) {
        Some(weights) => row.iter().zip(weights).fold(0.0, |sum, (&u, weight)| sum + values[u as usize] * weight),
        None => {
            // Four sums side by side, so that an addition need not wait for the one before.
            let (fours, rest) = row.as_chunks::<4>();
            let mut sums = [0.0; 4];
            for four in fours {
                for (sum, &u) in sums.iter_mut().zip(four) {
                    *sum += values[u as usize];
                }
            }
            let rest = rest.iter().fold(0.0, |sum, &u| sum + values[u as usize]);
            (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
        }
    }
}

/// The weights of each node's row, added up.
pub(super) fn strengths(crew: Crew, rows: &Csr) -> Result<Vec<f64>, Error> {
    crew.make(rows.node_count(), |v| match rows.weights(v as NodeIndex) {
        None => rows.degree(v as NodeIndex) as f64,
        Some(weights) => weights.iter().fold(0.0, |sum, weight| sum + weight),
    })
}

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub iterations: usize,
    /// Least change of all values together, as a share of all values together, for which it is worth going on.
    pub tolerance: f64,
}

/// How it ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub iterations: usize,
    pub converged: bool,
}

/// Where a surfer begins and begins again.
pub(super) enum Starts {
    /// At any node alike: this is the share of each.
    All(f64),
    /// The share of each node.
    Some(Vec<f64>),
}

impl Starts {
    /// At these nodes alike, or at all of them; the shares add up to `total`.
    pub fn new(nodes: usize, sources: Option<&[NodeIndex]>, total: f64) -> Self {
        match sources {
            None => Starts::All(total / nodes.max(1) as f64),
            Some(sources) => {
                let mut distinct = sources.to_vec();
                distinct.sort_unstable();
                distinct.dedup();
                let mut shares = vec![0.0; nodes];
                distinct.iter().for_each(|&v| shares[v as usize] = total / distinct.len() as f64);
                Starts::Some(shares)
            }
        }
    }

    fn of(&self, v: usize) -> f64 {
        match self {
            Starts::All(share) => *share,
            Starts::Some(shares) => shares[v],
        }
    }
}

/// The fixed point of `rank(v) = (1 - damping) start(v) + damping (sum over u before v of rank(u) handed(u) + lost start(v))`,
/// where `lost` is what nodes hold that hand nothing on, if that is `spread`, else 0.
pub(super) fn ranks(
    crew: Crew,
    incoming: &Csr,
    handed: &[f64],
    starts: &Starts,
    damping: f64,
    spread: bool,
    limits: Limits,
) -> Result<(Vec<f64>, End), Error> {
    let nodes = incoming.node_count();
    let mut ranks = crew.make(nodes, |v| starts.of(v))?;
    let mut given = crew.make(nodes, |v| starts.of(v) * handed[v])?;
    let mut next = vec![0.0; nodes];
    let mut parts = vec![[0.0f64; 3]; nodes.div_ceil(PIECE)];
    let dangling = |v: usize, rank: f64| if spread && handed[v] == 0.0 { rank } else { 0.0 };
    let mut lost = crew.sum(nodes, |v| dangling(v, starts.of(v)))?;
    let mut end = End { iterations: 0, converged: nodes == 0 };
    while end.iterations < limits.iterations && !end.converged && nodes > 0 {
        let pieces = ranks.chunks_mut(PIECE).zip(next.chunks_mut(PIECE)).zip(&mut parts).enumerate();
        crew.context.for_each(crew.threads, pieces, |(piece, ((ranks, next), part))| {
            let (mut change, mut all, mut lose) = (0.0, 0.0, 0.0);
            for ((v, rank), next) in (piece * PIECE..).zip(ranks).zip(next) {
                let start = starts.of(v);
                let sum = gather(incoming, v as NodeIndex, &given);
                let new = (1.0 - damping) * start + damping * (sum + lost * start);
                change += (new - *rank).abs();
                all += new;
                lose += dangling(v, new);
                *rank = new;
                *next = new * handed[v];
            }
            *part = [change, all, lose];
            Ok(())
        })?;
        std::mem::swap(&mut given, &mut next);
        let total = |at: usize| parts.iter().map(|part| part[at]).sum::<f64>();
        lost = total(2);
        end.iterations += 1;
        end.converged = total(0) < limits.tolerance * total(1);
        progress(crew, end.iterations, limits.iterations);
    }
    Ok((ranks, end))
}

/// Says how many of the rounds are done.
pub(super) fn progress(crew: Crew, done: usize, most: usize) {
    let fraction = done as f64 / most as f64;
    (crew.context.progress)(Progress { stage: "iterations", fraction });
}

/// `out(v) = own(v) + factor * sum over the row of v`, and the sum of what `measure(new)` gives.
pub(super) fn step(
    crew: Crew,
    rows: &Csr,
    values: &[f64],
    out: &mut [f64],
    value: impl Fn(usize, f64) -> f64 + Sync,
    measure: impl Fn(f64) -> f64 + Sync,
) -> Result<f64, Error> {
    let mut parts = vec![0.0; out.len().div_ceil(PIECE)];
    let pieces = out.chunks_mut(PIECE).zip(&mut parts).enumerate();
    crew.context.for_each(crew.threads, pieces, |(piece, (out, part))| {
        for (v, slot) in (piece * PIECE..).zip(out) {
            *slot = value(v, gather(rows, v as NodeIndex, values));
            *part += measure(*slot);
        }
        Ok(())
    })?;
    Ok(parts.iter().sum())
}

/// The values divided by a number, unless that is 0.
pub(super) fn divide(crew: Crew, values: &mut [f64], by: f64) -> Result<(), Error> {
    if by == 0.0 {
        return Ok(());
    }
    crew.context.for_each(crew.threads, values.chunks_mut(PIECE), |values| {
        values.iter_mut().for_each(|value| *value /= by);
        Ok(())
    })
}

/// The largest eigenvalue and its eigenvector, of length 1, by power iteration on the matrix plus the identity, which has no
/// eigenvalue of the same magnitude on the other side of 0.
pub(super) fn leading(crew: Crew, rows: &Csr, limits: Limits) -> Result<(f64, Vec<f64>, End), Error> {
    let nodes = rows.node_count();
    let mut values = vec![1.0 / (nodes.max(1) as f64).sqrt(); nodes];
    let mut next = vec![0.0; nodes];
    let mut end = End { iterations: 0, converged: nodes == 0 };
    let mut eigenvalue = 0.0;
    while end.iterations < limits.iterations && !end.converged && nodes > 0 {
        // In two measures, so that large weights do not overflow when they are squared.
        let sum = step(crew, rows, &values, &mut next, |v, sum| values[v] + sum, f64::abs)?;
        divide(crew, &mut next, sum)?;
        let length = crew.sum(nodes, |v| next[v] * next[v])?.sqrt();
        divide(crew, &mut next, length)?;
        eigenvalue = sum * length - 1.0;
        let change = crew.sum(nodes, |v| (next[v] - values[v]).powi(2))?.sqrt();
        std::mem::swap(&mut values, &mut next);
        end.iterations += 1;
        end.converged = change < limits.tolerance;
        progress(crew, end.iterations, limits.iterations);
    }
    Ok((eigenvalue.max(0.0), values, end))
}
