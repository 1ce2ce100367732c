//! How much each node counts in its graph.

pub mod articlerank;
pub mod betweenness;
pub mod closeness;
pub mod degree;
pub mod eigenvector;
pub mod harmonic;
pub mod hits;
pub mod katz;
pub mod pagerank;
mod rank;
