//! Which nodes belong together, and how closely.

pub mod kcore;
pub mod labelpropagation;
pub mod lcc;
pub mod scc;
pub mod triangles;
mod triples;
pub mod wcc;
