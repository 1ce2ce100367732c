//! What operators and procedures share: the running statement, batches of rows, the content of nodes and edges, and the values of
//! expressions.

pub(crate) mod batch;
mod compatibility;
pub(crate) mod element;
pub(crate) mod eval;
mod iterate;
mod labels;
mod link_score;
pub(crate) mod list_set;
pub(crate) mod schema_check;
mod similarity;
pub(crate) mod size;
pub(crate) mod statement;
pub(crate) mod typed;
pub(crate) mod vector_block;
