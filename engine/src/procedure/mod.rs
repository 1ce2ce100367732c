//! Procedures: what CALL runs.

mod argument;
mod block;
mod error;
mod examples;
mod invoke;
mod memory;
mod refresh;
mod result;
mod search;
#[cfg(test)]
mod tests;
pub(crate) mod view;
mod whole;
mod write;

pub(crate) use argument::columns_without_yield;
pub(crate) use invoke::invoke;
pub(crate) use refresh::{EMBEDDING_COLUMNS, REFRESH_COLUMNS, embeddings, refresh};
pub(crate) use result::{ResultRows, beside};
#[cfg(test)]
pub(crate) use tests::algorithms as test_algorithms;
pub(crate) use whole::whole;
