//! Which nodes are alike.

pub mod nodesimilarity;
