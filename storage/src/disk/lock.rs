//! The lock of a database directory: one process at a time opens it for writing. It is the operating system's, so that
//! a process that died leaves none.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::owner::Owner;

pub(crate) const LOCK: &str = "LOCK";

/// The lock of a directory.
pub(crate) struct Lock {
    file: File,
    owner: Owner,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A forked child has the same lock: closing the file would leave it to the child, unlocking it there would take it
        // from the parent.
        if self.owner.is_this_process() {
            let _ = self.file.unlock();
        }
    }
}

/// Locks a directory, or fails with [`Error::Locked`]. `None` where it can only be read and has no file to lock.
pub(super) fn lock(path: &Path, shared: bool) -> Result<Option<Arc<Lock>>> {
    let name = path.join(LOCK);
    let failed = |error| Error::io(format!("lock {}", name.display()))(error);
    let file = match File::options().create(true).truncate(false).write(true).open(&name) {
        Ok(file) => file,
        // A database on a read-only file system can still be read.
        Err(_) if shared => match File::open(&name) {
            Ok(file) => file,
            Err(_) => return Ok(None),
        },
        Err(error) => return Err(failed(error)),
    };
    let locked = if shared { file.try_lock_shared() } else { file.try_lock() };
    match locked {
        Ok(()) => Ok(Some(Arc::new(Lock { file, owner: Owner::this_process() }))),
        Err(TryLockError::WouldBlock) => Err(Error::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
