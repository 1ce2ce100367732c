//! What every algorithm speaks of and nothing else is needed for: descriptions, arguments, the context of a run, errors, saved models.

pub mod argument;
pub mod arguments;
pub mod column_groups;
pub mod context;
pub(crate) mod crew;
pub mod description;
pub mod error;
pub mod model;
pub mod numbers;
pub mod parameters;
pub mod scratch;
