//! SST files on their way into the database: written beside it, then ingested, gone in any case.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::Result;
use crate::rocks::{Family, Rocks};
use crate::store::StoreInner;

/// A directory for SST files, removed when dropped.
pub(crate) struct Staging {
    rocks: Arc<Rocks>,
    directory: PathBuf,
    files: AtomicUsize,
}

impl Staging {
    pub(crate) fn new(store: &StoreInner) -> Result<Staging> {
        Ok(Staging { rocks: Arc::clone(&store.rocks), directory: store.staging()?, files: AtomicUsize::new(0) })
    }

    fn path(&self, number: usize) -> PathBuf {
        self.directory.join(format!("{number}.sst"))
    }

    /// Writes sorted entries, of which there is at least one, to a file.
    pub(crate) fn write<'a, K: AsRef<[u8]>, V: AsRef<[u8]> + 'a>(
        &self,
        family: Family,
        entries: impl Iterator<Item = (K, V)>,
    ) -> Result<PathBuf> {
        let path = self.path(self.files.fetch_add(1, Ordering::Relaxed));
        self.rocks.write_sst(family, &path, entries)?;
        Ok(path)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.rocks.is_ours() {
            return;
        }
        if self.rocks.in_memory() {
            for number in 0..self.files.load(Ordering::Relaxed) {
                self.rocks.empty_sst(&self.path(number));
            }
        } else {
            // What is left is removed when the database is opened next.
            let _ = std::fs::remove_dir_all(&self.directory);
        }
    }
}
