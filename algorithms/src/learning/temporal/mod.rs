//! Learning over time: from rows with a time to predictions, as relational databases pose them.
//!
//! **What.** An *example* is an entity, or several, at a time. It sees the nodes and edges that are not later, and its target is what
//! happens after it. The database makes examples from a query (`predict`), or they are nodes (`stored`); from there on all is one
//! (`pipeline`): `aggregate` makes a table of what each history says, `network` passes messages over it.
//!
//! **No look ahead.** Every relation is kept in the order of time (`timeline`), and all that is read of an example's
//! surroundings goes through "not later than". Encoders and frequencies are fitted on what was there before the validation.
//! Targets of the test part never reach what learns: see `judge`.
//!
//! **Same bits.** As in [`gnn`](super::gnn): pieces of work are cut by shape, and random numbers are functions of seed, epoch and
//! node.

mod aggregate;
mod apply;
mod candidate;
mod describe;
pub(in crate::learning) mod explain;
mod fields;
mod judge;
mod network;
mod pipeline;
mod predict;
mod recency;
mod roots;
pub(in crate::learning) mod sampler;
mod saved;
#[cfg(test)]
mod saved_tests;
mod settings;
mod statistic;
pub(in crate::learning) mod stored;
#[cfg(test)]
mod tests;
mod timeline;
mod together;
pub(in crate::learning) mod words;

pub use predict::Predict;
