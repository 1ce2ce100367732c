//! `algo.gnn_embed`: graph neural networks, trained where the graph is.
//!
//! **What.** Each layer computes a node's state from its own and its neighbours' (message passing); the first states
//! are features, the last are embeddings. Weights are learned by gradient descent on a loss that the task chooses.
//!
//! **How.** `prepare` turns a property graph into features and messages, `goal` says what is learned; `network` puts
//! inputs, layers (`model/`) and head together; `train` runs epochs; `saved` keeps the result. Below them lie the
//! `tape`, which differentiates, and the kernels: sums of neighbours' rows in vector registers with prefetching,
//! softmax over neighbours, and dense products by the crate `gemm`.
//!
//! **Same bits.** Work is cut by shape, never by thread; sums over pieces are taken in order; random numbers are
//! functions of (seed, epoch, position). So the result does not depend on the number of threads. It may differ in last
//! bits between processors, since dense products use the widest instructions there are.
//!
//! **Cost.** For n nodes, m arcs, layers of width d: time grows with m d + n d^2 per layer and epoch, memory with
//! n d per layer (arcs * d with mpnn, egnn and ecc; arcs * heads with attention).

mod algorithm;
mod apply;
pub(in crate::learning) mod block;
mod columns;
mod cost;
pub(in crate::learning) mod describe;
mod examples;
mod explain;
pub(in crate::learning) mod goal;
pub(in crate::learning) mod head;
pub(in crate::learning) mod input;
pub(in crate::learning) mod items;
#[cfg(test)]
mod items_tests;
mod kernel;
#[cfg(test)]
mod layers_tests;
#[cfg(test)]
mod leak_tests;
mod learn;
mod messages;
pub(in crate::learning) mod metric;
pub(in crate::learning) mod model;
pub(in crate::learning) mod network;
pub(in crate::learning) mod objective;
pub(in crate::learning) mod options;
pub(in crate::learning) mod parameters;
mod prepare;
pub(in crate::learning) mod relation;
pub(in crate::learning) mod report;
mod saved;
mod snapshot;
mod start;
pub(in crate::learning) mod tape;
pub(in crate::learning) mod target;
#[cfg(test)]
mod tests;
pub(in crate::learning) mod train;

pub use algorithm::GnnEmbed;
pub use explain::Explain;
