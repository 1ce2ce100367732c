//! The integration tests of the algorithms, in one binary: linking is what takes the time. A new file is one line here.

mod arguments;
mod graph;
mod graphalytics;
mod same_bits;
