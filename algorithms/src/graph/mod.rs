//! Graphs in memory, as algorithms read them.

pub mod builder;
pub mod csr;
pub mod directed;
pub mod property;
pub mod undirected;
pub(crate) mod weights;
