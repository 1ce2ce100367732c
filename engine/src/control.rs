//! Control of a running statement: its cancellation and its progress.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use parking_lot::Mutex;

use crate::error::{Error, ErrorKind, Result};

/// Set by another thread to end a statement at its next check.
#[derive(Clone, Debug, Default)]
pub(crate) struct CancelFlag(Arc<AtomicBool>);

impl CancelFlag {
    pub(crate) fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(cancelled()) } else { Ok(()) }
    }
}

/// The error of an interrupted statement.
pub(crate) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "40000", "the statement was cancelled; nothing of it was kept")
}

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

/// Ends a running statement from another thread.
#[derive(Clone, Debug, Default)]
pub struct InterruptHandle(Arc<Mutex<CancelFlag>>);

impl InterruptHandle {
    /// Cancels the statement that the session runs now; one that starts later is not affected.
    pub fn interrupt(&self) {
        self.0.lock().cancel();
    }

    /// A handle to one statement.
    pub(crate) fn of(flag: &CancelFlag) -> Self {
        InterruptHandle(Arc::new(Mutex::new(flag.clone())))
    }

    /// The flag of a statement that starts now.
    pub(crate) fn begin(&self) -> CancelFlag {
        let flag = CancelFlag::default();
        *self.0.lock() = flag.clone();
        flag
    }
}
