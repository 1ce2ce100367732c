//! The progress of a long statement.

use std::sync::Arc;

/// How far a long statement is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// What it is doing.
    pub stage: String,
    /// How much of it is done, from 0 to 1.
    pub fraction: f64,
}

/// Called with the progress of a statement, from any thread.
pub type ProgressCallback = Arc<dyn Fn(&Progress) + Send + Sync>;
