//! How much each node counts in its graph.

pub mod degree;
