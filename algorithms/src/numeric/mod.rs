//! Numbers: random numbers, dense matrices and the threads that work on them, kernels, eigenvalues, sparse linear
//! algebra.

pub(crate) mod columns;
pub(crate) mod eigen;
pub(crate) mod kernel;
pub(crate) mod linear;
pub(crate) mod matrix;
pub mod random;
pub(crate) mod workers;
