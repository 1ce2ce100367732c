//! Learning from properties: features, the networks that are trained on them, learners of tables, and learning over time.

pub mod features;
pub mod gnn;
pub mod tabular;
pub mod temporal;
