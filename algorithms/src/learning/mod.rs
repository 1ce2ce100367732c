//! Learning from properties: features, networks that are trained on them, and learners of dense tables.

pub mod features;
pub mod gnn;
pub mod tabular;
