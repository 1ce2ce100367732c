//! The backend on disk: RocksDB behind a small safe wall, with options, snapshots and iterators that own what they
//! need. Nothing else in this crate names RocksDB.
//!
//! # Safety
//! RocksDB's snapshots and iterators borrow the database. Here they live in structs with a lifetime
//! extended to `'static`, which is sound because
//! 1. the database sits in an `Arc<Rocks>`, so its address never changes;
//! 2. each [`Snapshot`] holds such an `Arc`, each [`Iter`] holds an `Arc<Snapshot>`, and both declare that
//!    field last, so that it is dropped after the borrowing fields (fields drop in declaration order);
//! 3. the extended borrow is private and never handed out: what leaves this module is bound to `&self`.
//!
//! What RocksDB made is dropped by hand, once, in `Drop`, and not at all in a forked child (`owner.rs`).
//!
//! Nothing else in this crate is `unsafe`, but `exit.rs`.
#![expect(
    unsafe_code,
    reason = "transactions and iterators borrow the database they keep alive; the argument stands at each block"
)]

use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DBCompressionType, DBRawIteratorWithThreadMode,
    DBWithThreadMode, ErrorKind, IngestExternalFileOptions, LogLevel, Options, ReadOptions, SingleThreaded,
    SnapshotWithThreadMode, SstFileWriter, WriteBatch, WriteOptions,
};

use super::DiskWork;
use super::family::{Family, Hint};
use crate::disk::synced::Keeper;
use crate::error::{Error, Result};
use crate::options::StoreOptions;
use crate::owner::Owner;

type Db = DBWithThreadMode<SingleThreaded>;

/// The open database.
pub(crate) struct Rocks {
    db: ManuallyDrop<Db>,
    sync: bool,
    owner: Owner,
    /// Keeps the note of what is synced; locked while something is written. `None` when read-only.
    keeper: Mutex<Option<Keeper>>,
    /// The first write that failed. RocksDB's memory and files may differ since.
    failed: OnceLock<String>,
}

impl Drop for Rocks {
    fn drop(&mut self) {
        if !self.owner.is_this_process() {
            return;
        }
        let mut keeper = self.keeper.get_mut().take();
        // What was written without a sync is to be on the disk before the note says so.
        let whole = keeper.is_some() && self.failed.get().is_none() && self.db.flush_wal(true).is_ok();
        // SAFETY: dropped here and nowhere else; the handles that borrow it keep this alive.
        unsafe { ManuallyDrop::drop(&mut self.db) }
        if let Some(keeper) = keeper.as_mut().filter(|_| whole) {
            keeper.closed();
        }
    }
}

fn family_options(family: Family, base: &Options, cache: &Cache) -> Options {
    let mut options = base.clone();
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    table.set_block_size(16 << 10);
    if family.has_point_lookups() {
        table.set_bloom_filter(10.0, false);
    }
    options.set_block_based_table_factory(&table);
    if family == Family::Vectors {
        // Raw floats do not compress.
        options.set_compression_type(DBCompressionType::None);
    } else {
        options.set_compression_type(DBCompressionType::Lz4);
        options.set_bottommost_compression_type(DBCompressionType::Zstd);
    }
    options
}

impl Rocks {
    /// Opens the database in a directory, or creates it. `accept` goes on with what can be read of damaged logs.
    pub(crate) fn open(path: &Path, options: &StoreOptions, mut keeper: Option<Keeper>, accept: bool) -> Result<Rocks> {
        let mut base = Options::default();
        base.create_if_missing(!options.read_only);
        base.create_missing_column_families(!options.read_only);
        base.set_write_buffer_size(options.write_buffer_bytes);
        base.set_db_write_buffer_size(options.write_buffer_bytes.saturating_mul(4));
        base.set_max_total_wal_size((options.write_buffer_bytes as u64).saturating_mul(4));
        base.set_max_background_jobs(std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 8)) as i32);
        base.set_max_open_files(512);
        base.set_bytes_per_sync(1 << 20);
        // Logs that RocksDB has gone on from are in its manifest with their lengths, and have to be there.
        base.set_track_and_verify_wals_in_manifest(!accept);
        base.set_log_level(LogLevel::Warn);
        base.set_keep_log_file_num(2);
        base.set_max_log_file_size(1 << 20);
        let cache = Cache::new_lru_cache(options.block_cache_bytes);
        // A database from before a family was added gets it when it is opened for writing; until then it has none of it.
        let present = if options.read_only { Some(Db::list_cf(&base, path)?) } else { None };
        let families = Family::ALL
            .into_iter()
            .filter(|family| present.as_ref().is_none_or(|names| names.iter().any(|name| name == family.name())))
            .map(|family| ColumnFamilyDescriptor::new(family.name(), family_options(family, &base, &cache)));
        let db = if options.read_only {
            Db::open_cf_descriptors_read_only(&base, path, families, false)?
        } else {
            Db::open_cf_descriptors(&base, path, families)?
        };
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        crate::disk::exit::prepare();
        if let Some(keeper) = &mut keeper {
            if options.sync {
                db.flush_wal(true)?;
            }
            keeper.opened(options.sync);
        }
        Ok(Rocks {
            db: ManuallyDrop::new(db),
            sync: options.sync,
            owner: Owner::this_process(),
            keeper: Mutex::new(keeper),
            failed: OnceLock::new(),
        })
    }

    /// Fails in a forked child.
    pub(crate) fn check_process(&self) -> Result<()> {
        self.owner.check()
    }

    /// Whether this process opened the database, and did not inherit it.
    pub(crate) fn is_ours(&self) -> bool {
        self.owner.is_this_process()
    }

    /// Fails when nothing can be written here any more.
    pub(crate) fn check_writable(&self) -> Result<()> {
        self.owner.check()?;
        match self.failed.get() {
            Some(reason) => Err(Error::Stopped { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Nothing is written here any more, for this reason; the first one counts.
    pub(crate) fn stop(&self, reason: &str) {
        let _ = self.failed.set(reason.to_owned());
    }

    /// What RocksDB says of its background work; what it does not say is 0.
    pub(crate) fn disk_work(&self) -> DiskWork {
        let whole = |name: &str| self.db.property_int_value(name).ok().flatten().unwrap_or(0);
        let sum = |name: &str| -> u64 {
            let families = Family::ALL.into_iter().filter_map(|family| self.family(family).ok());
            families.filter_map(|family| self.db.property_int_value_cf(family, name).ok().flatten()).sum()
        };
        DiskWork {
            pending_compaction_bytes: sum("rocksdb.estimate-pending-compaction-bytes"),
            running_compactions: whole("rocksdb.num-running-compactions"),
            running_flushes: whole("rocksdb.num-running-flushes"),
            sorted_files_bytes: sum("rocksdb.live-sst-files-size"),
            writes_stopped: whole("rocksdb.is-write-stopped") > 0,
        }
    }

    /// Whether the database has this family; all have all but `indexes`.
    pub(crate) fn has(&self, family: Family) -> bool {
        self.db.cf_handle(family.name()).is_some()
    }

    fn family(&self, family: Family) -> Result<&ColumnFamily> {
        self.db
            .cf_handle(family.name())
            .ok_or_else(|| Error::corrupt(format!("the column family '{}' is missing", family.name())))
    }

    /// The newest state.
    pub(crate) fn snapshot(self: &Arc<Self>) -> Arc<Snapshot> {
        // SAFETY: see the module's comment, points 1 and 2.
        let db: &'static Db = unsafe { &*std::ptr::from_ref::<Db>(&self.db) };
        let snapshot = SnapshotWithThreadMode::new(db);
        let mut read = ReadOptions::default();
        read.set_snapshot(&snapshot);
        Arc::new(Snapshot { read, snapshot: ManuallyDrop::new(snapshot), rocks: Arc::clone(self) })
    }

    /// Applies a batch at once, and makes it durable unless the store does not sync.
    pub(crate) fn write(&self, batch: Batch) -> Result<()> {
        self.write_with(batch, self.sync)
    }

    /// Applies a batch at once; durable at the latest with the next [`Rocks::write`].
    pub(crate) fn write_lazily(&self, batch: Batch) -> Result<()> {
        self.write_with(batch, false)
    }

    fn write_with(&self, batch: Batch, sync: bool) -> Result<()> {
        self.check_writable()?;
        let mut options = WriteOptions::default();
        options.set_sync(sync);
        let mut keeper = self.keeper.lock();
        match self.db.write_opt(batch.inner, &options) {
            Ok(()) => {
                if let Some(keeper) = keeper.as_mut().filter(|_| sync) {
                    keeper.synced();
                }
                Ok(())
            }
            // The batch may be in the log in part or as a whole, synced or not, and what RocksDB has in memory is without it.
            Err(error) if matches!(error.kind(), ErrorKind::IOError | ErrorKind::Corruption) => {
                let reason = error.into_string();
                self.stop(&reason);
                Err(Error::OutcomeUnknown { reason })
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn batch(self: &Arc<Self>) -> Batch {
        Batch { inner: WriteBatch::default(), rocks: Arc::clone(self) }
    }

    /// Writes sorted entries to a new SST file.
    pub(crate) fn write_sst<'a, K: AsRef<[u8]>, V: AsRef<[u8]> + 'a>(
        &self,
        family: Family,
        path: &Path,
        entries: impl Iterator<Item = (K, V)>,
    ) -> Result<()> {
        let mut options = Options::default();
        let mut table = BlockBasedOptions::default();
        table.set_block_size(16 << 10);
        if family.has_point_lookups() {
            table.set_bloom_filter(10.0, false);
        }
        options.set_block_based_table_factory(&table);
        options.set_compression_type(match family {
            Family::Vectors => DBCompressionType::None,
            _ => DBCompressionType::Lz4,
        });
        let mut writer = SstFileWriter::create(&options);
        writer.open(path)?;
        for (key, value) in entries {
            writer.put(key, value)?;
        }
        Ok(writer.finish()?)
    }

    /// Makes SST files part of a family, all at once. The files must not overlap each other.
    pub(crate) fn ingest(&self, family: Family, files: &[&Path]) -> Result<()> {
        if files.is_empty() {
            return Ok(());
        }
        self.check_writable()?;
        let mut options = IngestExternalFileOptions::default();
        options.set_move_files(true);
        let files = files.to_vec();
        Ok(self.db.ingest_external_file_cf_opts(self.family(family)?, &options, files)?)
    }

    /// Writes a consistent copy of the files to a new directory.
    pub(crate) fn checkpoint(&self, to: &Path) -> Result<()> {
        self.check_process()?;
        Ok(rocksdb::checkpoint::Checkpoint::new(&*self.db)?.create_checkpoint(to)?)
    }
}

/// Changes to apply at once.
pub(crate) struct Batch {
    inner: WriteBatch,
    rocks: Arc<Rocks>,
}

impl Batch {
    pub(crate) fn put(&mut self, family: Family, key: &[u8], value: &[u8]) -> Result<()> {
        self.inner.put_cf(self.rocks.family(family)?, key, value);
        Ok(())
    }

    pub(crate) fn delete(&mut self, family: Family, key: &[u8]) -> Result<()> {
        self.inner.delete_cf(self.rocks.family(family)?, key);
        Ok(())
    }

    /// Deletes the keys from `from` on and before `to`, also those put earlier in this batch.
    pub(crate) fn delete_range(&mut self, family: Family, from: &[u8], to: &[u8]) -> Result<()> {
        self.inner.delete_range_cf(self.rocks.family(family)?, from, to);
        Ok(())
    }
}

/// One state of the database, for as long as this lives.
pub(crate) struct Snapshot {
    // Dropped in this order: see the module's comment.
    read: ReadOptions,
    snapshot: ManuallyDrop<SnapshotWithThreadMode<'static, Db>>,
    rocks: Arc<Rocks>,
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        if self.rocks.is_ours() {
            // SAFETY: dropped here and nowhere else, while `rocks` keeps the database.
            unsafe { ManuallyDrop::drop(&mut self.snapshot) }
        }
    }
}

impl Snapshot {
    /// See [`Rocks::has`].
    pub(crate) fn has(&self, family: Family) -> bool {
        self.rocks.has(family)
    }

    /// Hands the value of a key to `read` without copying it.
    pub(crate) fn get<R>(
        &self,
        family: Family,
        key: &[u8],
        read: impl FnOnce(Option<&[u8]>) -> Result<R>,
    ) -> Result<R> {
        let value = self.rocks.db.get_pinned_cf_opt(self.rocks.family(family)?, key, &self.read)?;
        read(value.as_deref())
    }

    /// An iterator over the keys from `lower` on and before `upper`, not yet positioned.
    pub(crate) fn iter(
        self: &Arc<Self>,
        family: Family,
        lower: &[u8],
        upper: Option<Vec<u8>>,
        hint: Hint,
    ) -> Result<Iter> {
        let mut read = ReadOptions::default();
        read.set_snapshot(&self.snapshot);
        read.set_iterate_lower_bound(lower);
        if let Some(upper) = upper {
            read.set_iterate_upper_bound(upper);
        }
        if hint == Hint::Scan {
            read.set_readahead_size(2 << 20);
        }
        // SAFETY: see the module's comment, points 1 and 2.
        let db: &'static Db = unsafe { &*std::ptr::from_ref::<Db>(&self.rocks.db) };
        let inner = db.raw_iterator_cf_opt(self.rocks.family(family)?, read);
        Ok(Iter { inner: ManuallyDrop::new(inner), snapshot: Arc::clone(self) })
    }
}

/// A position among the keys of a snapshot.
pub(crate) struct Iter {
    // Dropped in this order: see the module's comment.
    inner: ManuallyDrop<DBRawIteratorWithThreadMode<'static, Db>>,
    snapshot: Arc<Snapshot>,
}

impl Drop for Iter {
    fn drop(&mut self) {
        if self.snapshot.rocks.is_ours() {
            // SAFETY: dropped here and nowhere else, while `snapshot` keeps the database.
            unsafe { ManuallyDrop::drop(&mut self.inner) }
        }
    }
}

impl Iter {
    /// Goes to the first key at or after `key`.
    pub(crate) fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.inner.seek(key);
        self.checked()
    }

    /// Goes to the last key.
    pub(crate) fn seek_to_last(&mut self) -> Result<()> {
        self.inner.seek_to_last();
        self.checked()
    }

    /// Goes to the next key; only when there is a current one.
    pub(crate) fn advance(&mut self) -> Result<()> {
        if self.inner.valid() {
            self.inner.next();
        }
        self.checked()
    }

    fn checked(&self) -> Result<()> {
        if self.inner.valid() { Ok(()) } else { Ok(self.inner.status()?) }
    }

    pub(crate) fn key(&self) -> Option<&[u8]> {
        self.inner.key()
    }

    pub(crate) fn item(&self) -> Option<(&[u8], &[u8])> {
        self.inner.item()
    }
}

/// RocksDB gives its error kinds as text only; they are told apart here and nowhere else.
impl From<rocksdb::Error> for Error {
    fn from(error: rocksdb::Error) -> Error {
        match error.kind() {
            ErrorKind::Corruption => Error::Corrupt(error.into_string()),
            ErrorKind::Busy | ErrorKind::TryAgain => Error::Conflict,
            _ => Error::Engine(error.into_string()),
        }
    }
}
