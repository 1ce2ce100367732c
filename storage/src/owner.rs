//! The process a database belongs to.
//!
//! A forked child has the parent's memory and none of its threads: RocksDB's background threads and those of the pool
//! are not there, locks that they held stay held, and what the child wrote to the log would go where the parent writes.
//! So a child gets an error, and what it drops is forgotten: nothing is flushed, closed or unlocked, all of that is the
//! parent's.

use crate::error::{Error, Result};

/// The process that opened a database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner(u32);

impl Owner {
    pub(crate) fn this_process() -> Owner {
        Owner(std::process::id())
    }

    pub(crate) fn is_this_process(self) -> bool {
        self.0 == std::process::id()
    }

    /// Fails in a forked child.
    pub(crate) fn check(self) -> Result<()> {
        if self.is_this_process() { Ok(()) } else { Err(Error::Forked { opened: self.0, process: std::process::id() }) }
    }
}
