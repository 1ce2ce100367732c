//! Sorted runs on their way into the database: on disk SST files beside it, ingested then, and gone in any case.

use crate::error::Result;
use crate::kv::{Family, Kv, Run};
use crate::store::StoreInner;

#[cfg(feature = "rocksdb")]
use files::Files;

/// Makes runs; what was not ingested goes when this is dropped.
pub(crate) enum Staging {
    #[cfg(feature = "rocksdb")]
    Disk(Files),
    Memory,
}

impl Staging {
    pub(crate) fn new(store: &StoreInner) -> Result<Staging> {
        match &store.kv {
            #[cfg(feature = "rocksdb")]
            Kv::Rocks(rocks) => Files::new(rocks, store.home.as_ref()).map(Staging::Disk),
            Kv::Memory(_) => Ok(Staging::Memory),
        }
    }

    /// Makes a run of sorted entries, of which there is at least one.
    pub(crate) fn write<'a, K: AsRef<[u8]>, V: AsRef<[u8]> + 'a>(
        &self,
        family: Family,
        entries: impl Iterator<Item = (K, V)>,
    ) -> Result<Run> {
        match self {
            #[cfg(feature = "rocksdb")]
            Staging::Disk(files) => files.write(family, entries),
            Staging::Memory => {
                let _ = family;
                Run::in_memory(entries)
            }
        }
    }
}

#[cfg(feature = "rocksdb")]
mod files {
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use crate::disk::home::Home;
    use crate::error::{Error, Result};
    use crate::kv::{Family, Rocks, Run};

    /// A directory for SST files, removed when dropped.
    pub(crate) struct Files {
        rocks: Arc<Rocks>,
        directory: PathBuf,
        made: AtomicUsize,
    }

    impl Files {
        pub(super) fn new(rocks: &Arc<Rocks>, home: Option<&Home>) -> Result<Files> {
            let home = home.ok_or_else(|| Error::Engine("a database on disk has no directory".into()))?;
            Ok(Files { rocks: Arc::clone(rocks), directory: home.staging()?, made: AtomicUsize::new(0) })
        }

        pub(super) fn write<'a, K: AsRef<[u8]>, V: AsRef<[u8]> + 'a>(
            &self,
            family: Family,
            entries: impl Iterator<Item = (K, V)>,
        ) -> Result<Run> {
            let path = self.directory.join(format!("{}.sst", self.made.fetch_add(1, Ordering::Relaxed)));
            self.rocks.write_sst(family, &path, entries)?;
            Ok(Run::File(path))
        }
    }

    impl Drop for Files {
        fn drop(&mut self) {
            if self.rocks.is_ours() {
                // What is left is removed when the database is opened next.
                let _ = std::fs::remove_dir_all(&self.directory);
            }
        }
    }
}
