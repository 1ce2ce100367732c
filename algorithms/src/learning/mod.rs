//! Learning from properties: features, and the networks that are trained on them.

pub mod features;
pub mod gnn;
