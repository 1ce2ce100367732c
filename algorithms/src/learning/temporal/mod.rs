//! Learning over time: from rows with a time to predictions, as relational databases pose them.
//!
//! **What.** An *example* is an entity at a time. It sees the nodes and edges that are not later, and its target is what happens
//! in the horizon after it. The database makes examples from a query; `aggregate` makes a table of what each history says,
//! `network` passes messages over it.
//!
//! **No look ahead.** Every relation is kept in the order of time (`timeline`), and all that is read of an example's
//! surroundings goes through "not later than". Encoders and frequencies are fitted on what was there before the validation.
//! Targets of the test part never reach what learns: see `judge`.
//!
//! **Same bits.** As in [`gnn`](super::gnn): pieces of work are cut by shape, and random numbers are functions of seed, epoch and
//! node.

mod aggregate;
mod candidate;
mod describe;
mod fields;
mod judge;
mod network;
mod predict;
mod recency;
mod sampler;
#[cfg(test)]
mod tests;
mod timeline;

pub use predict::Predict;
