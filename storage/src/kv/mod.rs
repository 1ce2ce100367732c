//! The key-value seam: what the store asks of the ordered maps below it, and the two backends that give it.
//!
//! | | on disk: `rocks` (feature `rocksdb`) | in memory: `memory` |
//! |---|---|---|
//! | a snapshot is | RocksDB's | a clone of persistent maps, a few pointers |
//! | a batch is | a record of the write-ahead log | a new version of the maps |
//! | a sorted run is | an SST file, ingested | packed blocks, put into the map as they are |
//!
//! Everything above sees [`Kv`], [`Batch`], [`Snapshot`] and [`Iter`] alone, and behaves alike on both. They are enums
//! of the two backends: a branch costs nothing beside a lookup, while generics would put the backend into the type of
//! every transaction and cursor. Without the feature one variant is left, and no branch.

mod block;
mod family;
mod memory;
#[cfg(feature = "rocksdb")]
mod rocks;
mod tree;

use std::sync::Arc;

pub(crate) use family::{Family, Hint};
#[cfg(feature = "rocksdb")]
pub(crate) use rocks::Rocks;

use crate::error::Result;
use memory::Memory;

/// Calls the backend, whichever it is.
macro_rules! on {
    ($on:expr, $backend:ident => $call:expr) => {
        match $on {
            #[cfg(feature = "rocksdb")]
            Self::Rocks($backend) => $call,
            Self::Memory($backend) => $call,
        }
    };
}

/// The background work of a database on disk, for people who watch it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskWork {
    /// Bytes that compaction still has to rewrite, as estimated.
    pub pending_compaction_bytes: u64,
    /// Compactions that run now.
    pub running_compactions: u64,
    /// Writes of memory tables to disk that run now.
    pub running_flushes: u64,
    /// Bytes of the sorted files that are in use.
    pub sorted_files_bytes: u64,
    /// Whether writes are held up until compaction has caught up.
    pub writes_stopped: bool,
}

/// The ordered maps of an open database. A handle: clones are the same maps.
#[derive(Clone)]
pub(crate) enum Kv {
    #[cfg(feature = "rocksdb")]
    Rocks(Arc<Rocks>),
    Memory(Arc<Memory>),
}

impl Kv {
    /// Empty maps in memory.
    pub(crate) fn in_memory() -> Kv {
        Kv::Memory(Arc::new(Memory::new()))
    }

    /// Fails in a forked child.
    pub(crate) fn check_process(&self) -> Result<()> {
        on!(self, kv => kv.check_process())
    }

    /// Whether this process opened the database, and did not inherit it.
    pub(crate) fn is_ours(&self) -> bool {
        on!(self, kv => kv.is_ours())
    }

    /// Fails when nothing can be written here any more.
    pub(crate) fn check_writable(&self) -> Result<()> {
        on!(self, kv => kv.check_writable())
    }

    /// Nothing is written here any more, for this reason; the first one counts.
    pub(crate) fn stop(&self, reason: &str) {
        match self {
            #[cfg(feature = "rocksdb")]
            Kv::Rocks(rocks) => rocks.stop(reason),
            Kv::Memory(_) => {
                let _ = reason;
            }
        }
    }

    /// Whether [`Kv::write`] takes long enough for several to be put into one: it goes to a disk.
    pub(crate) fn shares_writes(&self) -> bool {
        match self {
            #[cfg(feature = "rocksdb")]
            Kv::Rocks(_) => true,
            Kv::Memory(_) => false,
        }
    }

    /// What the background work of the disk is; none in memory.
    pub(crate) fn disk_work(&self) -> Option<DiskWork> {
        match self {
            #[cfg(feature = "rocksdb")]
            Kv::Rocks(rocks) => Some(rocks.disk_work()),
            Kv::Memory(_) => None,
        }
    }

    /// The newest state.
    pub(crate) fn snapshot(&self) -> Snapshot {
        match self {
            #[cfg(feature = "rocksdb")]
            Kv::Rocks(rocks) => Snapshot::Rocks(rocks.snapshot()),
            Kv::Memory(memory) => Snapshot::Memory(memory.snapshot()),
        }
    }

    pub(crate) fn batch(&self) -> Batch {
        match self {
            #[cfg(feature = "rocksdb")]
            Kv::Rocks(rocks) => Batch::Rocks(rocks.batch()),
            Kv::Memory(_) => Batch::Memory(memory::Batch::default()),
        }
    }

    /// Applies a batch at once, and makes it durable unless the store does not sync.
    pub(crate) fn write(&self, batch: Batch) -> Result<()> {
        match (self, batch) {
            #[cfg(feature = "rocksdb")]
            (Kv::Rocks(rocks), Batch::Rocks(batch)) => rocks.write(batch),
            (Kv::Memory(memory), Batch::Memory(batch)) => memory.write(batch),
            #[cfg(feature = "rocksdb")]
            _ => Err(foreign()),
        }
    }

    /// Applies a batch at once; durable at the latest with the next [`Kv::write`].
    pub(crate) fn write_lazily(&self, batch: Batch) -> Result<()> {
        match (self, batch) {
            #[cfg(feature = "rocksdb")]
            (Kv::Rocks(rocks), Batch::Rocks(batch)) => rocks.write_lazily(batch),
            (Kv::Memory(memory), Batch::Memory(batch)) => memory.write(batch),
            #[cfg(feature = "rocksdb")]
            _ => Err(foreign()),
        }
    }

    /// Makes sorted runs part of a family, all at once. They must not overlap each other, and go over what is there.
    pub(crate) fn ingest(&self, family: Family, runs: &[Run]) -> Result<()> {
        match self {
            #[cfg(feature = "rocksdb")]
            Kv::Rocks(rocks) => {
                let files = runs.iter().map(|run| match run {
                    Run::File(path) => Ok(path.as_path()),
                    Run::Memory(_) => Err(foreign()),
                });
                rocks.ingest(family, &files.collect::<Result<Vec<_>>>()?)
            }
            Kv::Memory(memory) => {
                let runs = runs.iter().map(|run| match run {
                    #[cfg(feature = "rocksdb")]
                    Run::File(_) => Err(foreign()),
                    Run::Memory(run) => Ok(run),
                });
                memory.ingest(family, &runs.collect::<Result<Vec<_>>>()?)
            }
        }
    }

    /// The bytes that a database in memory takes; `None` on disk.
    pub(crate) fn memory_bytes(&self) -> Option<u64> {
        match self {
            #[cfg(feature = "rocksdb")]
            Kv::Rocks(_) => None,
            Kv::Memory(memory) => Some(memory.bytes()),
        }
    }
}

/// A batch or run of one backend came to the other. Nothing in this crate does that.
#[cfg(feature = "rocksdb")]
fn foreign() -> crate::error::Error {
    crate::error::Error::Engine("changes were made for another database".into())
}

/// Changes to apply at once.
#[allow(clippy::large_enum_variant, reason = "one batch at a time, for a commit")]
pub(crate) enum Batch {
    #[cfg(feature = "rocksdb")]
    Rocks(rocks::Batch),
    Memory(memory::Batch),
}

impl Batch {
    pub(crate) fn put(&mut self, family: Family, key: &[u8], value: &[u8]) -> Result<()> {
        on!(self, batch => batch.put(family, key, value))
    }

    pub(crate) fn delete(&mut self, family: Family, key: &[u8]) -> Result<()> {
        on!(self, batch => batch.delete(family, key))
    }

    /// Deletes every key that starts with `prefix`, also those put earlier in this batch.
    pub(crate) fn delete_prefix(&mut self, family: Family, prefix: &[u8]) -> Result<()> {
        // A prefix of 0xFF bytes has no end; no number reaches that high.
        match crate::keys::after(prefix) {
            Some(end) => on!(self, batch => batch.delete_range(family, prefix, &end)),
            None => Ok(()),
        }
    }
}

/// Sorted entries on their way into a family.
pub(crate) enum Run {
    #[cfg(feature = "rocksdb")]
    File(std::path::PathBuf),
    Memory(memory::Run),
}

impl Run {
    /// A run for a database in memory; sorted entries, each key once.
    pub(crate) fn in_memory<K: AsRef<[u8]>, V: AsRef<[u8]>>(entries: impl Iterator<Item = (K, V)>) -> Result<Run> {
        Ok(Run::Memory(memory::Run::new(entries)?))
    }
}

/// One state of the database, for as long as this lives. A handle.
#[derive(Clone)]
pub(crate) enum Snapshot {
    #[cfg(feature = "rocksdb")]
    Rocks(Arc<rocks::Snapshot>),
    Memory(Arc<memory::Snapshot>),
}

impl Snapshot {
    /// Whether the database has this family: one on disk that is older than `indexes` lacks it while it is only read.
    pub(crate) fn has(&self, family: Family) -> bool {
        match self {
            #[cfg(feature = "rocksdb")]
            Snapshot::Rocks(snapshot) => snapshot.has(family),
            Snapshot::Memory(_) => {
                let _ = family;
                true
            }
        }
    }

    /// Hands the value of a key to `read` without copying it.
    pub(crate) fn get<R>(
        &self,
        family: Family,
        key: &[u8],
        read: impl FnOnce(Option<&[u8]>) -> Result<R>,
    ) -> Result<R> {
        on!(self, snapshot => snapshot.get(family, key, read))
    }

    /// An iterator over the keys from `lower` on and before `upper`, not yet positioned.
    pub(crate) fn iter(&self, family: Family, lower: &[u8], upper: Option<Vec<u8>>, hint: Hint) -> Result<Iter> {
        Ok(match self {
            #[cfg(feature = "rocksdb")]
            Snapshot::Rocks(snapshot) => Iter::Rocks(snapshot.iter(family, lower, upper, hint)?),
            Snapshot::Memory(snapshot) => {
                let _ = hint;
                Iter::Memory(snapshot.iter(family, lower, upper))
            }
        })
    }

    /// An iterator over the keys that start with `prefix`, at the first one.
    pub(crate) fn prefix(&self, family: Family, prefix: &[u8], hint: Hint) -> Result<Iter> {
        let mut iter = self.iter(family, prefix, crate::keys::after(prefix), hint)?;
        iter.seek(prefix)?;
        Ok(iter)
    }
}

/// A position among the keys of a snapshot.
pub(crate) enum Iter {
    #[cfg(feature = "rocksdb")]
    Rocks(rocks::Iter),
    Memory(memory::Iter),
}

impl Iter {
    /// Goes to the first key at or after `key`.
    pub(crate) fn seek(&mut self, key: &[u8]) -> Result<()> {
        on!(self, iter => iter.seek(key))
    }

    /// Goes to the last key.
    pub(crate) fn seek_to_last(&mut self) -> Result<()> {
        on!(self, iter => iter.seek_to_last())
    }

    /// Goes to the next key; only when there is a current one.
    pub(crate) fn advance(&mut self) -> Result<()> {
        on!(self, iter => iter.advance())
    }

    pub(crate) fn key(&self) -> Option<&[u8]> {
        on!(self, iter => iter.key())
    }

    pub(crate) fn item(&self) -> Option<(&[u8], &[u8])> {
        on!(self, iter => iter.item())
    }
}
