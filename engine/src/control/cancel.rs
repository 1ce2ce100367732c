//! Cancellation: a token that ends a statement, and a handle that ends whatever a session runs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Instant,
};

use parking_lot::Mutex;

use super::deadline;
use crate::error::{Error, ErrorKind, Result};

/// Ends statements from another thread. A token that was cancelled before its statement begins ends it at once, so that a
/// cancellation is never missed. It stays cancelled; clones are the same token.
///
/// ```
/// use wenddb::{CancelToken, Database, RunOptions};
///
/// let db = Database::in_memory()?;
/// let mut session = db.session();
/// let cancel = CancelToken::new();
/// cancel.cancel();
/// let options = RunOptions { cancel, ..RunOptions::default() };
/// let error = session.prepare("RETURN 1 AS one")?.run((), &options).unwrap_err();
/// assert_eq!(error.kind(), wenddb::ErrorKind::Cancelled);
/// # Ok::<(), wenddb::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<Token>);

#[derive(Debug, Default)]
pub(super) struct Token {
    state: AtomicU8,
    /// Cancelled with this one.
    parent: Option<CancelToken>,
}

const RUNNING: u8 = 0;
const CANCELLED: u8 = 1;
const EXPIRED: u8 = 2;

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        CancelToken::default()
    }

    /// Cancels the statements that run, or will run, with this token.
    pub fn cancel(&self) {
        self.0.end(CANCELLED);
    }

    /// Whether it was cancelled, or its deadline has passed.
    pub fn is_cancelled(&self) -> bool {
        self.0.state() != RUNNING
    }

    /// A token of one statement: cancelled with this one, and by itself at the deadline.
    pub(crate) fn child(&self, deadline: Option<Instant>) -> Self {
        let child = CancelToken(Arc::new(Token { state: AtomicU8::new(RUNNING), parent: Some(self.clone()) }));
        if let Some(deadline) = deadline {
            deadline::watch(&child.0, deadline);
        }
        child
    }

    /// The error of an interrupted statement, when it was.
    pub(crate) fn check(&self) -> Result<()> {
        match self.0.state() {
            RUNNING => Ok(()),
            EXPIRED => Err(expired()),
            _ => Err(cancelled()),
        }
    }
}

impl Token {
    fn state(&self) -> u8 {
        match (self.state.load(Ordering::Relaxed), &self.parent) {
            (RUNNING, Some(parent)) => parent.0.state(),
            (state, _) => state,
        }
    }

    /// Ends it for a reason; the first reason counts.
    fn end(&self, reason: u8) {
        let _ = self.state.compare_exchange(RUNNING, reason, Ordering::Relaxed, Ordering::Relaxed);
    }

    pub(super) fn expire(&self) {
        self.end(EXPIRED);
    }
}

/// The error of a statement that was cancelled.
pub(crate) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "40000", "the statement was cancelled; nothing of it was kept")
}

/// The error of a statement whose deadline has passed.
fn expired() -> Error {
    Error::new(ErrorKind::Cancelled, "25N14", "the deadline of the statement has passed; nothing of it was kept")
        .with_hint("allow it more time, or let it read less")
}

/// Ends the statement that a session runs, from another thread.
#[derive(Clone, Debug, Default)]
pub struct InterruptHandle(Arc<Mutex<CancelToken>>);

impl InterruptHandle {
    /// Cancels the statement that the session runs now. A statement that starts later is not affected; a [`CancelToken`]
    /// cancels one that has not begun.
    pub fn interrupt(&self) {
        self.0.lock().cancel();
    }

    /// A handle to one statement.
    pub(crate) fn of(token: &CancelToken) -> Self {
        InterruptHandle(Arc::new(Mutex::new(token.clone())))
    }

    /// Says which statement runs now.
    pub(crate) fn begin(&self, token: &CancelToken) {
        self.0.lock().clone_from(token);
    }
}
