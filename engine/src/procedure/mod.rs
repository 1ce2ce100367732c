//! Procedures: what CALL runs.

mod argument;
mod block;
mod compatibility;
mod error;
mod examples;
mod fit;
mod invoke;
mod memory;
mod node_numbers;
mod parts;
mod refresh;
mod result;
mod search;
mod stored;
#[cfg(test)]
mod tests;
pub(crate) mod view;
mod whole;
mod write;

pub(crate) use argument::columns_without_yield;
pub(crate) use error::algorithm_error;
pub(crate) use parts::parts;
pub(crate) use refresh::{EMBEDDING_COLUMNS, REFRESH_COLUMNS, embeddings, refresh};
pub(crate) use result::{ResultRows, beside};
#[cfg(test)]
pub(crate) use tests::algorithms as test_algorithms;
pub(crate) use whole::whole;

use crate::{error::Result, registry::Callee, runtime::statement::Statement, value::Value};

/// Runs what CALL names with the arguments of one row; `wanted` = the columns that are yielded.
pub(crate) fn call(st: &Statement, callee: Callee, arguments: &[Value], wanted: &[usize]) -> Result<ResultRows> {
    match callee {
        Callee::Computes(procedure) => invoke::invoke(st, procedure, arguments, wanted),
        Callee::Answers(compatible) => compatibility::call(st, compatible, arguments),
    }
}
