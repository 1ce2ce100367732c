//! The limits of one run of a statement.

use std::{fmt, time::Instant};

use super::{CancelToken, ProgressCallback};

/// The limits of one run of a statement, and who can end it. The default has none of its own: the session's and the
/// database's hold. New fields may come; write `..RunOptions::default()` for the rest.
#[derive(Clone, Default)]
pub struct RunOptions {
    /// Ends the statement, also before it has begun.
    pub cancel: CancelToken,
    /// The statement ends with an error (25N14) at this moment, while it runs or while its rows are read.
    pub deadline: Option<Instant>,
    /// Bytes the statement may hold, in place of the database's `memory_limit`; 0 = no limit of its own.
    pub memory_limit: Option<u64>,
    /// Refuses a statement that changes data, ends a task or a query, or makes a backup (25G03).
    pub read_only: bool,
    /// Is told how far the statement is, in place of the session's callback.
    pub progress: Option<ProgressCallback>,
}

impl fmt::Debug for RunOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunOptions")
            .field("cancel", &self.cancel)
            .field("deadline", &self.deadline)
            .field("memory_limit", &self.memory_limit)
            .field("read_only", &self.read_only)
            .field("progress", &self.progress.is_some())
            .finish()
    }
}
