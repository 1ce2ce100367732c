//! Which nodes belong together, and how closely.

mod aggregate;
pub mod conductance;
pub mod kcore;
pub mod labelpropagation;
pub mod lcc;
pub mod leiden;
pub mod louvain;
pub mod modularity;
mod moves;
mod network;
mod refine;
pub mod scc;
mod seeds;
pub mod triangles;
mod triples;
pub mod wcc;
mod written;
