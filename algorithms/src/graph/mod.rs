//! Graphs in memory, as algorithms read them.

pub mod property;
pub mod undirected;
pub(crate) mod weights;
