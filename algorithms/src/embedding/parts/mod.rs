//! Embeddings as work that is done in parts, on machines that share nothing: the same bits as in one piece.
//!
//! Three ways to cut it, none of which changes the order of a sum of floats:
//! - **by columns** ([`Parts::columns`]): a part has the whole graph and computes some columns, which do not depend on others;
//!   what a row needs all its columns for, its length, is done when they are together ([`Parts::finish`]). For expectations and
//!   FastRP;
//! - **by starts** ([`Parts::starts`]): a part has the whole graph and makes the walks of some nodes. Their sums are integers, which
//!   are added in any order ([`Parts::finish_sums`]). For sampled walks, with any p and q;
//! - **by blocks of nodes** ([`block`]): a part has the rows of some nodes, and is sent the vectors of their neighbours before each
//!   product. It adds the arcs of a row in the order in which one piece would. For expectations and FastRP.
//!
//! R is a function of seed, node and column, so that it is never sent.

pub mod block;
mod exchange;
#[cfg(test)]
mod tests;

pub use exchange::Turn;

use std::ops::Range;

use ndarray::Array2;

use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::error::Error;
use crate::embedding::fastrp;
use crate::embedding::node2vec::expectation::{self, columns_at_once, expected};
use crate::embedding::node2vec::projection::{normalise as normalise_sums, streamed};
use crate::embedding::node2vec::{self, Method};
use crate::graph::undirected::Graph;
use crate::numeric::columns::Layout;
use crate::numeric::linear::{Operator, length, normalise, random_signs};
use crate::numeric::matrix::RowMajor;
use crate::numeric::workers::Workers;
use crate::walk::Walks;

/// An embedding with checked parameters, to be computed in parts.
#[derive(Debug, Clone)]
pub struct Parts {
    dimensions: usize,
    seed: u64,
    /// Nodes that no walk leaves get no row.
    skips_isolated: bool,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    /// Sums of sampled walks.
    Walks(node2vec::Parameters),
    /// The expectation of walks.
    Expectation(node2vec::Parameters),
    /// Rows of P^d R scaled to length 1 and added.
    Distances(node2vec::Parameters),
    FastRp(fastrp::Parameters),
}

impl Parts {
    /// The embedding that this algorithm computes with these arguments; `None` for an algorithm whose work is not cut.
    ///
    /// # Errors
    /// Arguments that exclude each other, or belong to a method whose work is not cut.
    pub fn new(algorithm: &str, arguments: &Arguments) -> Result<Option<Self>, Error> {
        let (dimensions, skips_isolated, kind) = match algorithm {
            "node2vec" => {
                let (parameters, skips) = node2vec::for_parts(arguments)?;
                let kind = match parameters.method {
                    Method::ExactProjection { distance_norm: true } => Kind::Distances(parameters),
                    Method::ExactProjection { distance_norm: false } => Kind::Expectation(parameters),
                    _ => Kind::Walks(parameters),
                };
                (parameters.dimensions, skips, kind)
            }
            "fastrp" => {
                let parameters = fastrp::for_parts(arguments)?;
                (parameters.dimensions, false, Kind::FastRp(parameters))
            }
            _ => return Ok(None),
        };
        Ok(Some(Parts { dimensions, seed: arguments.seed, skips_isolated, kind }))
    }

    /// Length of each vector.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Whether nodes that no walk leaves get no row.
    pub fn skips_isolated(&self) -> bool {
        self.skips_isolated
    }

    /// Whether it is made of sums of walks, to be cut by starts; else it is cut by columns or by blocks.
    pub fn walks(&self) -> bool {
        matches!(self.kind, Kind::Walks(_))
    }

    /// How many matrices [`columns`](Self::columns) gives.
    pub fn layers(&self) -> usize {
        match &self.kind {
            Kind::Walks(_) => 0,
            Kind::Expectation(_) => 1,
            Kind::Distances(parameters) => parameters.window,
            Kind::FastRp(parameters) => {
                usize::from(parameters.self_influence > 0.0)
                    + parameters.weights.iter().filter(|weight| **weight != 0.0).count()
            }
        }
    }

    /// These columns of all rows, as [`layers`](Self::layers) matrices that [`finish`](Self::finish) makes rows of.
    ///
    /// # Errors
    /// [`Error::WrongInput`] of sums of walks, and for columns that there are not; [`Error::Cancelled`].
    pub fn columns(&self, graph: &Graph, columns: Range<usize>, context: &Context<'_>) -> Result<Vec<Vec<f32>>, Error> {
        if columns.start >= columns.end || columns.end > self.dimensions {
            return Err(Error::WrongInput);
        }
        let workers = Workers::new(context, context.threads(None));
        let nodes = graph.node_count();
        match &self.kind {
            Kind::Walks(_) => Err(Error::WrongInput),
            Kind::Expectation(parameters) => {
                let width = columns_at_once(nodes, columns.len());
                let sum = expected(graph, parameters, columns, width, Layout::Memory, &workers)?;
                Ok(vec![sum.finish(&workers, |_| {})?.into_vec()])
            }
            Kind::Distances(parameters) => {
                let start = random_signs(&workers, nodes, columns, self.seed);
                powers(graph, start, parameters.window, |_| true, &workers)
            }
            Kind::FastRp(parameters) => {
                let start = fastrp::Start::new(graph, None, parameters)?.columns(&columns, &workers)?;
                let own = (parameters.self_influence > 0.0).then(|| start.flat().to_vec());
                let kept = |round: usize| parameters.weights[round] != 0.0;
                Ok(own.into_iter().chain(powers(graph, start, parameters.rounds(), kept, &workers)?).collect())
            }
        }
    }

    /// The sums of the walks that start at these nodes, a row of integers for each node of the graph.
    ///
    /// # Errors
    /// [`Error::WrongInput`] of what is no sum of walks, and for nodes that there are not; walks that are too many to be numbered;
    /// [`Error::Cancelled`].
    pub fn starts(&self, graph: &Graph, starts: Range<u32>, context: &Context<'_>) -> Result<Vec<i64>, Error> {
        let Kind::Walks(parameters) = &self.kind else { return Err(Error::WrongInput) };
        let nodes = graph.node_count() as u64;
        if starts.start > starts.end || u64::from(starts.end) > nodes {
            return Err(Error::WrongInput);
        }
        streamed::walk_count(nodes, parameters)?;
        let entries = nodes.saturating_mul(parameters.dimensions as u64);
        let walks = Walks::new(graph, parameters, entries.saturating_mul(4));
        let numbers =
            u64::from(starts.start) * parameters.walks_per_node..u64::from(starts.end) * parameters.walks_per_node;
        let projection = streamed::project(
            &walks,
            &[numbers],
            0..parameters.dimensions,
            parameters,
            context.threads(None),
            context,
        )?;
        Ok(projection.sums())
    }

    /// The vectors of so many rows from all columns of each of their [`layers`](Self::layers).
    ///
    /// # Errors
    /// [`Error::WrongInput`] where they are not as many or of another length; [`Error::Unfit`] where 32 bits cannot hold them.
    pub fn finish(&self, rows: usize, layers: &[&[f32]]) -> Result<Vec<f32>, Error> {
        let entries = rows.saturating_mul(self.dimensions);
        if self.walks() || layers.len() != self.layers() || layers.iter().any(|layer| layer.len() != entries) {
            return Err(Error::WrongInput);
        }
        let mut sum = vec![0f32; entries];
        match &self.kind {
            Kind::Walks(_) => return Err(Error::WrongInput),
            Kind::Expectation(_) => layers.iter().for_each(|layer| sum.copy_from_slice(layer)),
            Kind::Distances(_) => layers.iter().for_each(|layer| self.add(&mut sum, layer, None)),
            Kind::FastRp(parameters) => {
                let own = (parameters.self_influence > 0.0).then_some(parameters.self_influence);
                let weights = own.into_iter().chain(parameters.weights.iter().copied().filter(|weight| *weight != 0.0));
                layers.iter().zip(weights).for_each(|(layer, weight)| self.add(&mut sum, layer, Some(weight)));
            }
        }
        self.end(&mut sum)?;
        Ok(sum)
    }

    /// Adds rows, each scaled to length 1: by the factor that does it, or the scaled row times a weight.
    fn add(&self, sum: &mut [f32], rows: &[f32], weight: Option<f32>) {
        for (sum, row) in sum.chunks_exact_mut(self.dimensions).zip(rows.chunks_exact(self.dimensions)) {
            match weight {
                Some(weight) => fastrp::add_unit(weight, length(row), row, sum),
                None => expectation::add_unit(length(row), row, sum),
            }
        }
    }

    /// What is done with rows at the end.
    fn end(&self, rows: &mut [f32]) -> Result<(), Error> {
        match &self.kind {
            Kind::FastRp(_) => fastrp::Parameters::check_finite(rows),
            _ => {
                rows.chunks_exact_mut(self.dimensions).for_each(normalise);
                Ok(())
            }
        }
    }

    /// The vectors of some rows from the sums of all walks.
    ///
    /// # Errors
    /// [`Error::WrongInput`] of what is no sum of walks, or of half a row.
    pub fn finish_sums(&self, sums: &[i64]) -> Result<Vec<f32>, Error> {
        if !self.walks() || !sums.len().is_multiple_of(self.dimensions) {
            return Err(Error::WrongInput);
        }
        let mut vectors = vec![0f32; sums.len()];
        for (row, sums) in vectors.chunks_exact_mut(self.dimensions).zip(sums.chunks_exact(self.dimensions)) {
            let exact: Vec<f64> = sums.iter().map(|&sum| sum as f64).collect();
            normalise_sums(&exact, row);
        }
        Ok(vectors)
    }
}

/// `P^t start` for t = 1..=rounds, of those whose `t - 1` is kept.
fn powers(
    graph: &Graph,
    start: Array2<f32>,
    rounds: usize,
    kept: impl Fn(usize) -> bool,
    workers: &Workers<'_>,
) -> Result<Vec<Vec<f32>>, Error> {
    let transition = Operator::transition(graph, None)?;
    let mut x = start;
    let mut layers = Vec::new();
    for round in 0..rounds {
        let mut next = workers.matrix(x.nrows(), x.ncols());
        transition.apply(workers, &mut next, &x, 1.0, None);
        workers.recycle(std::mem::replace(&mut x, next));
        workers.check_cancelled()?;
        if kept(round) {
            layers.push(x.flat().to_vec());
        }
    }
    Ok(layers)
}
