//! The store: opening a database, and beginning transactions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};
use rocksdb::Env;

use crate::commit::CommitState;
use crate::error::{Error, Result};
use crate::files::{self, Home};
use crate::keys::meta;
use crate::overlay::Printer;
use crate::rocks::{Family, Rocks};
use crate::tokens::Tokens;
use crate::transaction::{Transaction, TxInner};
use crate::value::{Access, LabelId, PropertyKey};
use crate::{bulk, index, keys, vectors};

/// The format this release writes; docs/file-format.md describes it.
pub const FORMAT_VERSION: u32 = 1;
/// The oldest format this release reads.
pub const OLDEST_FORMAT_VERSION: u32 = 1;

/// How to open a store.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Never write; several processes may read a database at a time when none writes.
    pub read_only: bool,
    /// Create the database when there is none.
    pub create: bool,
    /// A commit returns only when it is on the disk (fsync).
    pub sync: bool,
    /// Memory for unpacked blocks of stored data.
    pub block_cache_bytes: usize,
    /// Memory for recent writes, per column family (at most four times this in all).
    pub write_buffer_bytes: usize,
}

impl Default for StoreOptions {
    fn default() -> StoreOptions {
        StoreOptions {
            read_only: false,
            create: true,
            sync: true,
            block_cache_bytes: 256 << 20,
            write_buffer_bytes: 64 << 20,
        }
    }
}

/// An open database: a handle to be cloned freely. The database closes when the last handle, transaction and
/// cursor is dropped.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<StoreInner>,
}

pub(crate) struct StoreInner {
    pub(crate) rocks: Arc<Rocks>,
    /// Where the files are; `None` in memory. Holds the lock of the database.
    pub(crate) home: Option<Home>,
    pub(crate) read_only: bool,
    pub(crate) printer: Printer,
    pub(crate) tokens: Tokens,
    pub(crate) numbers: Numbers,
    /// Held for reading while a snapshot is taken, for writing while a bulk load becomes visible.
    pub(crate) gate: RwLock<()>,
    pub(crate) commit: Mutex<CommitState>,
    /// The last commit that can be seen.
    pub(crate) sequence: AtomicU64,
    /// Open write transactions by the sequence they began at.
    writers: Mutex<BTreeMap<u64, usize>>,
    pub(crate) vector_writers: AtomicU64,
    /// Set when a failed bulk load could not be taken back; the next open does it.
    pub(crate) broken: AtomicBool,
}

/// The next free numbers. Kept with every commit, so that a number is not used twice.
#[derive(Default)]
pub(crate) struct Numbers {
    pub node: AtomicU64,
    pub edge: AtomicU64,
    pub set: AtomicU64,
    pub graph: AtomicU32,
    pub index: AtomicU32,
}

impl Numbers {
    /// The bytes of `meta::STATE`.
    pub(crate) fn state(&self, sequence: u64) -> [u8; 48] {
        let mut out = [0; 48];
        let parts = [
            sequence,
            self.node.load(Ordering::SeqCst),
            self.edge.load(Ordering::SeqCst),
            self.set.load(Ordering::SeqCst),
            u64::from(self.graph.load(Ordering::SeqCst)),
            u64::from(self.index.load(Ordering::SeqCst)),
        ];
        for (place, part) in out.as_chunks_mut::<8>().0.iter_mut().zip(parts) {
            *place = part.to_be_bytes();
        }
        out
    }

    fn read(bytes: &[u8]) -> Result<(u64, Numbers)> {
        let small =
            |at| u32::try_from(keys::read_u64(bytes, at)?).map_err(|_| Error::corrupt("a number is out of range"));
        let numbers = Numbers {
            node: keys::read_u64(bytes, 8)?.into(),
            edge: keys::read_u64(bytes, 16)?.into(),
            set: keys::read_u64(bytes, 24)?.into(),
            graph: small(32)?.into(),
            // Databases from before there were indexes have five numbers.
            index: if bytes.len() > 40 { small(40)? } else { 0 }.into(),
        };
        Ok((keys::read_u64(bytes, 0)?, numbers))
    }
}

impl Store {
    /// Opens the database in a directory, creating it when the options say so.
    pub fn open(path: &Path, options: &StoreOptions) -> Result<Store> {
        let home = Home::open(path, options)?;
        let accept = home.verify(options.read_only)?;
        let keeper = if options.read_only { None } else { Some(home.keeper(accept)?) };
        let rocks = Rocks::open(&home.data(), options, None, keeper, accept).map_err(|error| match error {
            Error::Engine(text) if text.contains("lock") && text.contains("LOCK") => {
                Error::Locked { path: path.to_owned() }
            }
            other => other,
        })?;
        if accept {
            home.accepted()?;
        }
        Store::start(rocks, Some(home), options)
    }

    /// Opens a new database that is gone when it is closed.
    pub fn in_memory(options: &StoreOptions) -> Result<Store> {
        let options = StoreOptions { read_only: false, create: true, ..options.clone() };
        let rocks = Rocks::open(&files::memory_home(), &options, Some(Env::mem_env()?), None, false)?;
        Store::start(rocks, None, &options)
    }

    fn start(rocks: Rocks, home: Option<Home>, options: &StoreOptions) -> Result<Store> {
        let rocks = Arc::new(rocks);
        let state = |rocks: &Arc<Rocks>| {
            rocks.snapshot().get(Family::Meta, &[meta::STATE], |state| state.map(Numbers::read).transpose())
        };
        let (sequence, numbers) = match state(&rocks)? {
            Some(state) => state,
            None if options.read_only => {
                return Err(Error::corrupt("the database was never finished being created"));
            }
            None => {
                Store::initialise(&rocks)?;
                state(&rocks)?.ok_or_else(|| Error::corrupt("the state is missing"))?
            }
        };
        rocks.snapshot().get(Family::Meta, &[meta::FORMAT], |format| {
            let found = format.map(|bytes| keys::read_u32(bytes, 0)).transpose()?.unwrap_or(0);
            files::check_format(found)
        })?;
        let tokens = Tokens::load(&rocks)?;
        let inner = StoreInner {
            rocks,
            home,
            read_only: options.read_only,
            printer: Printer::default(),
            tokens,
            numbers,
            gate: RwLock::new(()),
            commit: Mutex::new(CommitState::new(sequence)),
            sequence: AtomicU64::new(sequence),
            writers: Mutex::default(),
            vector_writers: AtomicU64::new(0),
            broken: AtomicBool::new(false),
        };
        let store = Store { inner: Arc::new(inner) };
        if options.read_only {
            if bulk::is_pending(&store.inner.rocks)? {
                return Err(Error::Unfinished(
                    "an import was cut off, and what it left is still there: opening the database for writing once removes it, \
                     and everything that was committed is as it was",
                ));
            }
        } else {
            bulk::roll_back(&store.inner.rocks)?;
            vectors::remove_unused(&store.inner.rocks)?;
            index::remove_unused(&store.inner.rocks)?;
            if let Some(home) = &store.inner.home {
                home.ready()?;
            }
        }
        Ok(store)
    }

    /// Writes what a new database begins with: the format, the first numbers, the graph `default`.
    fn initialise(rocks: &Rocks) -> Result<()> {
        let numbers = Numbers { graph: AtomicU32::new(1), ..Numbers::default() };
        let mut batch = rocks.batch();
        batch.put(Family::Meta, &[meta::FORMAT], &FORMAT_VERSION.to_be_bytes())?;
        batch.put(Family::Meta, &[meta::STATE], &numbers.state(0))?;
        batch.put(Family::Meta, &keys::graph_name("default"), &0u32.to_be_bytes())?;
        rocks.write(batch)
    }

    /// The database directory; `None` for a database in memory.
    pub fn path(&self) -> Option<&Path> {
        self.inner.home.as_ref().map(Home::path)
    }

    /// Whether the store was opened read-only.
    pub fn is_read_only(&self) -> bool {
        self.inner.read_only
    }

    /// The format of this database.
    pub fn format_version(&self) -> u32 {
        FORMAT_VERSION
    }

    /// Begins a transaction on the newest committed state.
    pub fn begin(&self, access: Access) -> Result<Transaction> {
        let store = &self.inner;
        store.rocks.check_process()?;
        if store.broken.load(Ordering::Acquire) {
            return Err(Error::Unfinished(
                "an import failed half-way and could not be taken back: close the database and open it again, which removes \
                 what it left",
            ));
        }
        if access == Access::Write {
            store.rocks.check_writable()?;
        }
        if access == Access::Write && store.read_only {
            return Err(Error::ReadOnly("database"));
        }
        let _gate = store.gate.read();
        let registered = (access == Access::Write).then(|| store.register());
        let snapshot = store.rocks.snapshot();
        let sequence = match registered {
            None => Ok(0),
            // The exact sequence of the snapshot; a commit may have come since it was registered.
            Some(_) => snapshot.get(Family::Meta, &[meta::STATE], |state| {
                state
                    .map(Numbers::read)
                    .transpose()?
                    .map(|state| state.0)
                    .ok_or_else(|| Error::corrupt("the state is missing"))
            }),
        };
        match sequence {
            Ok(sequence) => {
                let inner = TxInner::new(Arc::clone(store), snapshot, sequence, registered);
                Ok(Transaction { inner: Arc::new(inner) })
            }
            Err(error) => {
                registered.into_iter().for_each(|sequence| store.unregister(sequence));
                Err(error)
            }
        }
    }

    /// Fails when the database takes no more changes ([`Error::Stopped`]), or does not belong to this process.
    pub fn health(&self) -> Result<()> {
        if self.inner.broken.load(Ordering::Acquire) {
            return self.begin(Access::Read).map(drop);
        }
        self.inner.rocks.check_writable()
    }

    /// Fails in a forked child of the process that opened the database.
    pub fn check_process(&self) -> Result<()> {
        self.inner.rocks.check_process()
    }

    /// The number of a label, new when there was none. Visible to every transaction at once.
    pub fn intern_label(&self, name: &str) -> Result<LabelId> {
        self.inner.tokens.labels.intern(&self.inner, name).map(LabelId)
    }

    /// The number of a property key, new when there was none. Visible to every transaction at once.
    pub fn intern_property_key(&self, name: &str) -> Result<PropertyKey> {
        self.inner.tokens.properties.intern(&self.inner, name).map(PropertyKey)
    }
}

impl StoreInner {
    fn register(&self) -> u64 {
        let mut writers = self.writers.lock();
        let sequence = self.sequence.load(Ordering::SeqCst);
        *writers.entry(sequence).or_default() += 1;
        sequence
    }

    pub(crate) fn unregister(&self, sequence: u64) {
        let mut writers = self.writers.lock();
        if let Some(count) = writers.get_mut(&sequence) {
            *count -= 1;
            if *count == 0 {
                writers.remove(&sequence);
            }
        }
    }

    /// How many write transactions are open, and the sequence the oldest may have begun at.
    pub(crate) fn writers(&self) -> (usize, u64) {
        let writers = self.writers.lock();
        let oldest = writers.keys().next().copied().unwrap_or(u64::MAX);
        (writers.values().sum(), oldest)
    }

    /// A new directory for files on their way into the database.
    pub(crate) fn staging(&self) -> Result<PathBuf> {
        match &self.home {
            Some(home) => home.staging(),
            None => Ok(files::memory_staging()),
        }
    }
}
