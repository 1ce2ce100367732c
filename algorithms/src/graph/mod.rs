//! Graphs in memory, as algorithms read them.

pub mod builder;
pub mod csr;
pub mod directed;
pub mod files;
pub mod property;
mod rows;
pub mod undirected;
pub(crate) mod weights;
