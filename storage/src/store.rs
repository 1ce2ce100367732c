//! The store: what all transactions of an open database share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Condvar, Mutex, RwLock};

use crate::conflict::ConflictHasher;
use crate::error::Result;
use crate::group::Commits;
use crate::kv::{DiskWork, Kv};
use crate::numbers::Numbers;
use crate::options::FORMAT_VERSION;
use crate::tokens::Tokens;
use crate::value::{IndexId, LabelId, PropertyKey};
use crate::vector_lists::VectorLists;
use crate::writers::Writers;

/// An open database: a handle to be cloned freely. The database closes when the last handle, transaction and
/// cursor is dropped.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<StoreInner>,
}

pub(crate) struct StoreInner {
    pub(crate) kv: Kv,
    /// Where the files are; `None` in memory. Holds the lock of the database.
    #[cfg(feature = "rocksdb")]
    pub(crate) home: Option<crate::disk::home::Home>,
    pub(crate) read_only: bool,
    pub(crate) hasher: ConflictHasher,
    pub(crate) tokens: Tokens,
    pub(crate) numbers: Numbers,
    /// Held for reading while a snapshot is taken, for writing while a bulk load becomes visible.
    pub(crate) gate: RwLock<()>,
    /// Whoever commits holds the lock on it.
    pub(crate) commits: Mutex<Commits>,
    /// Told under that lock when a group of commits has been written.
    pub(crate) written: Condvar,
    /// Told when all that may join the group that is about to be written have.
    pub(crate) joined: Condvar,
    pub(crate) writers: Arc<Writers>,
    /// Centroids of vector indexes, those read last at the end.
    pub(crate) lists: Mutex<Vec<(IndexId, Arc<VectorLists>)>>,
    /// Set when a failed bulk load could not be taken back; the next open does it.
    pub(crate) broken: AtomicBool,
}

/// Centroids kept in memory, of so many indexes.
const KEPT_LISTS: usize = 16;

impl StoreInner {
    /// The centroids of an index, kept or read; they never change under one number.
    pub(crate) fn lists(&self, index: IndexId, read: impl FnOnce() -> Result<VectorLists>) -> Result<Arc<VectorLists>> {
        if let Some((_, lists)) = self.lists.lock().iter().find(|(id, _)| *id == index) {
            return Ok(Arc::clone(lists));
        }
        let lists = Arc::new(read()?);
        let mut kept = self.lists.lock();
        if kept.len() >= KEPT_LISTS {
            kept.remove(0);
        }
        kept.push((index, Arc::clone(&lists)));
        Ok(lists)
    }
}

impl Store {
    /// The database directory; `None` for a database in memory.
    pub fn path(&self) -> Option<&std::path::Path> {
        #[cfg(feature = "rocksdb")]
        return self.inner.home.as_ref().map(crate::disk::home::Home::path);
        #[cfg(not(feature = "rocksdb"))]
        None
    }

    /// Whether the store was opened read-only.
    pub fn is_read_only(&self) -> bool {
        self.inner.read_only
    }

    /// The format of this database.
    pub fn format_version(&self) -> u32 {
        FORMAT_VERSION
    }

    /// The bytes that a database in memory takes, about; `None` for one on disk.
    pub fn memory_bytes(&self) -> Option<u64> {
        self.inner.kv.memory_bytes()
    }

    /// The background work of a database on disk; `None` for one in memory, and in a forked child.
    pub fn disk_work(&self) -> Option<DiskWork> {
        self.check_process().ok()?;
        self.inner.kv.disk_work()
    }

    /// How many handles, transactions and cursors keep the database open.
    pub fn handles(&self) -> usize {
        Arc::strong_count(&self.inner)
    }

    /// Fails when the database takes no more changes ([`Error::Stopped`](crate::Error::Stopped)), or does not belong to
    /// this process.
    pub fn health(&self) -> Result<()> {
        self.inner.check_whole()?;
        self.inner.kv.check_writable()
    }

    /// Fails in a forked child of the process that opened the database.
    pub fn check_process(&self) -> Result<()> {
        self.inner.kv.check_process()
    }

    /// The number of a label, new when there was none. Visible to every transaction at once.
    pub fn intern_label(&self, name: &str) -> Result<LabelId> {
        self.inner.intern_label(name)
    }

    /// The number of a property key, new when there was none. Visible to every transaction at once.
    pub fn intern_property_key(&self, name: &str) -> Result<PropertyKey> {
        self.inner.intern_property_key(name)
    }
}

impl StoreInner {
    pub(crate) fn new(kv: Kv, read_only: bool, sequence: u64, numbers: Numbers) -> Result<StoreInner> {
        Ok(StoreInner {
            tokens: Tokens::load(&kv)?,
            kv,
            #[cfg(feature = "rocksdb")]
            home: None,
            read_only,
            hasher: ConflictHasher::default(),
            numbers,
            gate: RwLock::new(()),
            commits: Mutex::new(Commits::new(sequence)),
            written: Condvar::new(),
            joined: Condvar::new(),
            writers: Writers::new(sequence),
            lists: Mutex::default(),
            broken: AtomicBool::new(false),
        })
    }

    /// Fails in a forked child, and after a bulk load that is there in part.
    pub(crate) fn check_whole(&self) -> Result<()> {
        self.kv.check_process()?;
        if self.broken.load(Ordering::Acquire) {
            return Err(crate::Error::Unfinished(
                "an import failed half-way and could not be taken back: close the database and open it again, which removes \
                 what it left",
            ));
        }
        Ok(())
    }

    pub(crate) fn intern_label(&self, name: &str) -> Result<LabelId> {
        self.tokens.labels.intern(&self.kv, self.read_only, name).map(LabelId)
    }

    pub(crate) fn intern_property_key(&self, name: &str) -> Result<PropertyKey> {
        self.tokens.properties.intern(&self.kv, self.read_only, name).map(PropertyKey)
    }
}
