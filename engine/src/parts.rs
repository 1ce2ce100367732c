//! Embeddings whose work is done in parts, by processes that share nothing and need no database: the same bits as CALL gives.
//!
//! A graph is cut by columns of the vectors, by starts of walks, or by blocks of nodes, as [`Session::export_blocks`] writes it;
//! [`Session::import_vectors`] takes the vectors back. Everything here works on the thread that calls it and starts no other.
//!
//! ```
//! use wenddb::{Value, parts::{Embedding, Graph}};
//!
//! // Nodes 0, 1 and 2, of which 1 is beside the others.
//! let graph = Graph::new(&[0, 1, 2], &[1, 2, 1], &[1, 0, 2, 1], None)?;
//! let embedding = Embedding::new("node2vec", &Value::record([("dimensions", 4)]))?;
//! let mut sums = embedding.starts(&graph, 0..1)?;
//! for (sum, more) in sums.iter_mut().zip(embedding.starts(&graph, 1..3)?) {
//!     *sum += more;
//! }
//! assert_eq!(embedding.finish_sums(&sums)?.len(), 3 * 4);
//! # Ok::<(), wenddb::Error>(())
//! ```
//!
//! [`Session::export_blocks`]: crate::Session::export_blocks
//! [`Session::import_vectors`]: crate::Session::import_vectors

use std::{cell::OnceCell, ops::Range};

use rayon::{ThreadPool, ThreadPoolBuilder};
pub use wend_algorithms::{BlockRows, Turn};
use wend_algorithms::{Context, GraphBuilder, Parts};

use crate::{
    error::{Error, Result},
    procedure::{algorithm_error, parts},
    value::Value,
};

thread_local! {
    /// A pool whose one thread is this one.
    static ALONE: OnceCell<ThreadPool> = const { OnceCell::new() };
}

/// Works on this thread.
fn alone<T>(work: impl FnOnce(&Context<'_>) -> std::result::Result<T, wend_algorithms::Error>) -> Result<T> {
    ALONE.with(|pool| {
        if pool.get().is_none() {
            let made = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
            // It is not there yet.
            let _ = pool.set(made.map_err(|error| Error::internal(error.to_string()))?);
        }
        let pool = pool.get().ok_or_else(|| Error::internal("no threads"))?;
        work(&Context::new(pool)).map_err(algorithm_error)
    })
}

/// A whole undirected graph.
#[derive(Debug)]
pub struct Graph(wend_algorithms::Graph);

impl Graph {
    /// Makes it of rows in any order: the number of each row's node, the length of each row, and the numbers at the other ends, row by
    /// row; weights parallel to these, none when all arcs weigh 1. Every edge stands in the rows of both its ends, a loop once.
    ///
    /// # Errors
    /// 22003 where the rows are not those of a graph: a node without a row or with two, an arc without the one back.
    pub fn new(numbers: &[u32], degrees: &[u32], neighbors: &[u32], weights: Option<&[f64]>) -> Result<Self> {
        let wrong = |what: String| Error::data("22003", format!("these are not the rows of a graph: {what}"));
        let arcs: u64 = degrees.iter().map(|&degree| u64::from(degree)).sum();
        if degrees.len() != numbers.len() || neighbors.len() as u64 != arcs {
            let (rows, ends) = (degrees.len(), neighbors.len());
            return Err(wrong(format!("{} nodes, {rows} rows, {arcs} arcs, {ends} ends", numbers.len())));
        }
        if let Some(weights) = weights.filter(|weights| weights.len() != neighbors.len()) {
            return Err(wrong(format!("{arcs} arcs, {} weights", weights.len())));
        }
        let mut seen = vec![false; numbers.len()];
        for &number in numbers {
            let Some(seen) = seen.get_mut(number as usize) else {
                return Err(wrong(format!("node {number} of {} nodes", numbers.len())));
            };
            if std::mem::replace(seen, true) {
                return Err(wrong(format!("node {number} has two rows")));
            }
        }
        let mut builder = GraphBuilder::new(numbers.len(), weights.is_some());
        builder.reserve(neighbors.len().div_ceil(2));
        let mut arc = 0;
        for (&from, &degree) in numbers.iter().zip(degrees) {
            for &to in &neighbors[arc..arc + degree as usize] {
                // Each edge once, from its lesser end.
                if from <= to {
                    builder.add_edge(from, to, weights.map_or(1.0, |weights| weights[arc]));
                }
                arc += 1;
            }
        }
        let graph = builder.build(None).map_err(algorithm_error)?;
        if graph.arc_count() != neighbors.len() {
            return Err(wrong(format!("{arcs} arcs, where edges in both directions are {}", graph.arc_count())));
        }
        Ok(Graph(graph))
    }

    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.0.node_count()
    }

    /// Number of neighbours of a node; 0 of one that is not there.
    pub fn degree(&self, number: u32) -> usize {
        if (number as usize) < self.0.node_count() { self.0.degree(number) } else { 0 }
    }
}

/// The rows of some nodes of a graph.
#[derive(Debug)]
pub struct Block(wend_algorithms::Block);

impl Block {
    /// Checks and prepares the rows.
    ///
    /// # Errors
    /// 22003 where they cannot be rows of a block.
    pub fn new(rows: BlockRows<'_>) -> Result<Self> {
        wend_algorithms::Block::new(rows).map(Block).map_err(algorithm_error)
    }

    /// The blocks that send it rows at each exchange, and how many.
    pub fn sources(&self) -> &[(usize, usize)] {
        self.0.sources()
    }
}

/// An algorithm with parameters, to be computed in parts.
#[derive(Debug)]
pub struct Embedding(Parts);

impl Embedding {
    /// The embedding of an algorithm, by its name without `algo.`, with parameters, a record or NULL, checked as CALL checks them.
    /// Which part of the graph `nodeLabels`, `edgeLabels` and `weight` select is the caller's affair.
    ///
    /// # Errors
    /// As of CALL; 22003 and 42000 for what is not computed in parts.
    pub fn new(algorithm: &str, parameters: &Value) -> Result<Self> {
        parts(algorithm, parameters).map(Embedding)
    }

    /// Length of each vector.
    pub fn dimensions(&self) -> usize {
        self.0.dimensions()
    }

    /// Whether nodes that no walk leaves get no row.
    pub fn skips_isolated(&self) -> bool {
        self.0.skips_isolated()
    }

    /// Whether it is cut by starts of walks; else by columns or blocks.
    pub fn walks(&self) -> bool {
        self.0.walks()
    }

    /// How many matrices [`columns`](Self::columns) gives.
    pub fn layers(&self) -> usize {
        self.0.layers()
    }

    /// How many exchanges there are between blocks.
    pub fn exchanges(&self) -> usize {
        self.0.exchanges()
    }

    /// Some columns of all rows, as [`layers`](Self::layers) matrices.
    ///
    /// # Errors
    /// An internal error where it is not cut by columns, and for columns that there are not.
    pub fn columns(&self, graph: &Graph, columns: Range<usize>) -> Result<Vec<Vec<f32>>> {
        alone(|context| self.0.columns(&graph.0, columns, context))
    }

    /// The sums of the walks that start at these nodes, a row for each node of the graph; they add up.
    ///
    /// # Errors
    /// An internal error where it is not cut by starts, and for nodes that there are not; 22003 for too many walks.
    pub fn starts(&self, graph: &Graph, starts: Range<u32>) -> Result<Vec<i64>> {
        alone(|context| self.0.starts(&graph.0, starts, context))
    }

    /// The vectors of so many rows from all columns of each of their layers.
    ///
    /// # Errors
    /// An internal error where the layers do not fit; 22003 where 32-bit floats cannot hold the vectors.
    pub fn finish(&self, rows: usize, layers: &[&[f32]]) -> Result<Vec<f32>> {
        self.0.finish(rows, layers).map_err(algorithm_error)
    }

    /// The vectors of rows from the sums of all walks.
    ///
    /// # Errors
    /// An internal error where it is not cut by starts, and for half a row.
    pub fn finish_sums(&self, sums: &[i64]) -> Result<Vec<f32>> {
        self.0.finish_sums(sums).map_err(algorithm_error)
    }

    /// A block's work before the first exchange.
    ///
    /// # Errors
    /// An internal error where it is not cut by blocks.
    pub fn begin(&self, block: &Block) -> Result<Turn> {
        self.0.begin(&block.0).map_err(algorithm_error)
    }

    /// A block's work after an exchange: `messages` are those that it was sent, each with the block that sent it.
    ///
    /// # Errors
    /// 22003 when a message is missing, is there twice, or is of another block, exchange or length, and for a state that is not this
    /// block's.
    pub fn turn(&self, block: &Block, state: &[u8], messages: &[(usize, &[u8])]) -> Result<Turn> {
        alone(|context| self.0.turn(&block.0, state, messages, context))
    }

    /// The vectors of a block's nodes after the last exchange, in the order of its rows.
    ///
    /// # Errors
    /// 22003 when exchanges are still to come, or 32-bit floats cannot hold the vectors.
    pub fn vectors(&self, block: &Block, state: &[u8]) -> Result<Vec<f32>> {
        self.0.vectors(&block.0, state).map_err(algorithm_error)
    }
}
