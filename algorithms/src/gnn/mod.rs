//! Graph neural networks.
pub mod block;
mod kernel;
pub mod matrix;
pub mod parameters;
pub mod relation;
pub mod tape;
pub mod workers;
