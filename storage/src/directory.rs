//! Directories of the file system.

use std::fs::{self, File};
use std::path::Path;

use crate::error::{Error, Result};

/// Makes the names in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// Whether a directory is missing or has nothing in it.
pub(crate) fn is_empty(path: &Path) -> Result<bool> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(Error::io(format!("read {}", path.display()))(error)),
    }
}
