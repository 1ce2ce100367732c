//! What a build without the feature `rocksdb` says to those who want a database on disk.

use std::path::Path;

use crate::error::{Error, Result};
use crate::options::StoreOptions;
use crate::store::Store;

impl Store {
    /// Opens the database in a directory: not in this build ([`Error::NoDisk`]).
    pub fn open(path: &Path, _: &StoreOptions) -> Result<Store> {
        Err(Error::NoDisk { action: format!("open {}", path.display()) })
    }

    /// Writes a copy to a directory: not in this build ([`Error::NoDisk`]).
    pub fn backup(&self, to: &Path) -> Result<()> {
        Err(Error::NoDisk { action: format!("write a backup to {}", to.display()) })
    }

    /// Copies a backup to a directory: not in this build ([`Error::NoDisk`]).
    pub fn restore(backup: &Path, _: &Path) -> Result<()> {
        Err(Error::NoDisk { action: format!("restore {}", backup.display()) })
    }
}
