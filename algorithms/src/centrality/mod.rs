//! How much each node counts in its graph.

pub mod articlerank;
pub mod betweenness;
#[expect(unsafe_code, reason = "calls loops compiled for one kind of processor; the macro says why it may")]
mod brandes;
pub mod closeness;
pub mod degree;
pub mod eigenvector;
pub mod harmonic;
pub mod hits;
pub mod katz;
pub mod pagerank;
mod rank;
