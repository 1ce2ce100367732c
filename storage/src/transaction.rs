//! Transactions: one snapshot, and for writers an overlay of their own changes.
//!
//! A write transaction keeps its changes in memory until it commits. Commits go one after another
//! (`commit.rs`): each checks that nothing it depends on was committed by another since its
//! snapshot, then writes one batch. So readers never wait, writers wait only for each other's
//! commits, and a conflict is found at commit: [`Error::Conflict`], nothing written, try again.
//! This is snapshot isolation: no dirty, unrepeatable or phantom reads and no lost updates.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use parking_lot::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};
use rustc_hash::FxHashMap;

use crate::conflict::LogicalKey;
use crate::error::{Error, Result};
use crate::index_catalog::Index;
use crate::keys::{self, meta};
use crate::kv::{Family, Hint, Snapshot};
use crate::numbers::Numbers;
use crate::overlay::Overlay;
use crate::scan::Scan;
use crate::store::{Store, StoreInner};
use crate::value::{Access, GraphId};
use crate::vector_sets::SetMap;
use crate::writers::Registered;

const OPEN: u8 = 0;
const COMMITTED: u8 = 1;
const ROLLED_BACK: u8 = 2;

/// A transaction: a handle to be cloned freely and used from several threads.
///
/// Dropping the last handle (cursors count as handles) rolls a write transaction back. A read
/// transaction's cursors go on after it has ended.
#[derive(Clone)]
pub struct Transaction {
    pub(crate) inner: Arc<TxInner>,
}

pub(crate) struct TxInner {
    pub(crate) store: Arc<StoreInner>,
    snapshot: Snapshot,
    /// The commit sequence of the snapshot.
    sequence: u64,
    /// Whether it may change anything.
    writes: bool,
    /// Counts it among the open write transactions, until it has ended.
    registered: Mutex<Option<Registered>>,
    state: AtomicU8,
    dirty: AtomicBool,
    overlay: RwLock<Overlay>,
    sets: Mutex<FxHashMap<GraphId, Arc<SetMap>>>,
    pub(crate) index_cache: Mutex<FxHashMap<GraphId, Arc<Vec<Index>>>>,
}

impl TxInner {
    pub(crate) fn new(
        store: Arc<StoreInner>,
        snapshot: Snapshot,
        sequence: u64,
        registered: Option<Registered>,
    ) -> TxInner {
        TxInner {
            store,
            snapshot,
            sequence,
            writes: registered.is_some(),
            registered: Mutex::new(registered),
            state: AtomicU8::new(OPEN),
            dirty: AtomicBool::new(false),
            overlay: RwLock::default(),
            sets: Mutex::default(),
            index_cache: Mutex::default(),
        }
    }

    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Counts it once more among the open write transactions, if it is one of them.
    pub(crate) fn register_again(&self) -> Option<Registered> {
        self.registered.lock().clone()
    }

    fn check_open(&self) -> Result<()> {
        if self.state.load(Ordering::Acquire) == OPEN { Ok(()) } else { Err(Error::Closed) }
    }

    /// The overlay for reading; `None` when nothing was changed.
    pub(crate) fn own(&self) -> Option<RwLockReadGuard<'_, Overlay>> {
        self.dirty.load(Ordering::Acquire).then(|| self.overlay.read())
    }

    /// The overlay for writing.
    pub(crate) fn change(&self) -> Result<RwLockWriteGuard<'_, Overlay>> {
        if !self.writes {
            return Err(Error::ReadOnly("transaction"));
        }
        let overlay = self.overlay.write();
        self.check_open()?;
        self.dirty.store(true, Ordering::Release);
        Ok(overlay)
    }

    /// The overlay for changing the nodes or edges of a graph.
    pub(crate) fn change_graph(&self, graph: GraphId) -> Result<RwLockWriteGuard<'_, Overlay>> {
        let mut overlay = self.change()?;
        if overlay.changed.insert(graph) {
            overlay.read_set.insert(self.store.hasher.logical(LogicalKey::Graph(graph)));
        }
        Ok(overlay)
    }

    /// A key as this transaction sees it, under a lock the caller has.
    pub(crate) fn get_in<R>(
        &self,
        overlay: &Overlay,
        family: Family,
        key: &[u8],
        read: impl FnOnce(Option<&[u8]>) -> Result<R>,
    ) -> Result<R> {
        match overlay.get(family, key) {
            Some(value) => read(value),
            None => overlay.fresh(family, key).unwrap_or(&self.snapshot).get(family, key, read),
        }
    }

    /// A key as this transaction sees it.
    pub(crate) fn get<R>(
        &self,
        family: Family,
        key: &[u8],
        read: impl FnOnce(Option<&[u8]>) -> Result<R>,
    ) -> Result<R> {
        match self.own() {
            Some(overlay) => self.get_in(&overlay, family, key, read),
            None => self.snapshot.get(family, key, read),
        }
    }

    pub(crate) fn has_in(&self, overlay: &Overlay, family: Family, key: &[u8]) -> Result<bool> {
        self.get_in(overlay, family, key, |value| Ok(value.is_some()))
    }

    /// The keys from `lower` on and before `upper`, as this transaction sees them now.
    pub(crate) fn scan(&self, family: Family, lower: &[u8], upper: Option<Vec<u8>>, hint: Hint) -> Result<Scan> {
        Scan::new(&self.snapshot, self.own().as_deref(), family, lower, upper, hint)
    }

    /// The keys that start with `prefix`.
    pub(crate) fn scan_prefix(&self, family: Family, prefix: &[u8], hint: Hint) -> Result<Scan> {
        self.scan(family, prefix, keys::after(prefix), hint)
    }

    pub(crate) fn scan_prefix_in(&self, overlay: &Overlay, family: Family, prefix: &[u8]) -> Result<Scan> {
        Scan::new(&self.snapshot, Some(overlay), family, prefix, keys::after(prefix), Hint::Seek)
    }

    /// The active vector sets of a graph, as this transaction sees them. Takes no overlay lock unless it must read.
    pub(crate) fn sets(&self, graph: GraphId) -> Result<Arc<SetMap>> {
        match self.own() {
            Some(overlay) => self.sets_in(&overlay, graph),
            None => self.sets_with(graph, |prefix| {
                Scan::new(&self.snapshot, None, Family::Meta, prefix, keys::after(prefix), Hint::Seek)
            }),
        }
    }

    pub(crate) fn sets_in(&self, overlay: &Overlay, graph: GraphId) -> Result<Arc<SetMap>> {
        self.sets_with(graph, |prefix| self.scan_prefix_in(overlay, Family::Meta, prefix))
    }

    fn sets_with(&self, graph: GraphId, scan: impl FnOnce(&[u8]) -> Result<Scan>) -> Result<Arc<SetMap>> {
        if let Some(sets) = self.sets.lock().get(&graph) {
            return Ok(Arc::clone(sets));
        }
        let sets = Arc::new(SetMap::read(scan(&keys::meta_graph(meta::VECTOR_SET, graph))?)?);
        self.sets.lock().insert(graph, Arc::clone(&sets));
        Ok(sets)
    }

    /// Forgets what it has read of the catalog.
    pub(crate) fn forget_catalog(&self) {
        self.sets.lock().clear();
        self.index_cache.lock().clear();
    }

    fn end(&self, state: u8) -> Result<Overlay> {
        let mut overlay = self.overlay.write();
        self.check_open()?;
        self.state.store(state, Ordering::Release);
        self.dirty.store(false, Ordering::Release);
        Ok(std::mem::take(&mut *overlay))
    }

    /// This transaction will not commit any more.
    fn release(&self) {
        drop(self.registered.lock().take());
    }

    fn abandon(&self, overlay: Overlay) -> Result<()> {
        self.release();
        self.store.remove_unused(&overlay.unused())
    }
}

impl Drop for TxInner {
    fn drop(&mut self) {
        // In a forked child it is the parent's transaction that is open.
        if !self.store.kv.is_ours() {
            return;
        }
        let overlay = std::mem::take(self.overlay.get_mut());
        // What cannot be removed now is removed when the database is opened next.
        let _ = self.abandon(overlay);
    }
}

impl Store {
    /// Begins a transaction on the newest committed state.
    pub fn begin(&self, access: Access) -> Result<Transaction> {
        let store = &self.inner;
        store.check_whole()?;
        if access == Access::Write {
            store.kv.check_writable()?;
            if store.read_only {
                return Err(Error::ReadOnly("database"));
            }
        }
        let _gate = store.gate.read();
        let registered = (access == Access::Write).then(|| store.writers.register());
        let snapshot = store.kv.snapshot();
        let sequence = match registered {
            None => 0,
            // The exact sequence of the snapshot; a commit may have come since it was registered.
            Some(_) => snapshot.get(Family::Meta, &[meta::STATE], |state| {
                let state = state.map(Numbers::read).transpose()?;
                Ok(state.ok_or_else(|| Error::corrupt("the state is missing"))?.0)
            })?,
        };
        Ok(Transaction { inner: Arc::new(TxInner::new(Arc::clone(store), snapshot, sequence, registered)) })
    }
}

impl Transaction {
    /// Makes the changes durable and visible to transactions that begin later.
    ///
    /// [`Error::Conflict`] means that another transaction got in first; nothing is written, and the
    /// transaction has ended: run it again from its beginning.
    ///
    /// [`Error::OutcomeUnknown`] means that the disk failed: the changes are there or not when the database is opened again.
    pub fn commit(&self) -> Result<()> {
        self.inner.store.kv.check_process()?;
        if self.is_read_only() {
            self.inner.end(COMMITTED)?;
            return Ok(());
        }
        let overlay = self.inner.end(COMMITTED)?;
        if overlay.is_empty() {
            self.inner.release();
            return Ok(());
        }
        match self.inner.store.commit(self.inner.sequence, &overlay) {
            Ok(()) => {
                self.inner.release();
                Ok(())
            }
            Err(error) => {
                self.inner.state.store(ROLLED_BACK, Ordering::Release);
                let _ = self.inner.abandon(overlay);
                Err(error)
            }
        }
    }

    /// What this transaction sees now, with its own changes so far, for reading: later changes are not seen, and the view
    /// goes on when the transaction has ended.
    pub fn view(&self) -> Transaction {
        if self.is_read_only() {
            return self.clone();
        }
        let inner = TxInner::new(Arc::clone(&self.inner.store), self.inner.snapshot.clone(), self.inner.sequence, None);
        let overlay = self.inner.own().filter(|overlay| !overlay.is_empty()).map(|overlay| overlay.view());
        if let Some(overlay) = overlay {
            inner.dirty.store(true, Ordering::Release);
            *inner.overlay.write() = overlay;
        }
        Transaction { inner: Arc::new(inner) }
    }

    /// Ends the transaction and forgets its changes.
    pub fn rollback(&self) -> Result<()> {
        let overlay = self.inner.end(ROLLED_BACK)?;
        self.inner.abandon(overlay)
    }

    /// Whether this transaction only reads.
    pub fn is_read_only(&self) -> bool {
        !self.inner.writes
    }

    /// Whether this transaction has neither been committed nor rolled back.
    pub fn is_open(&self) -> bool {
        self.inner.check_open().is_ok()
    }

    /// Whether this transaction has changes to commit.
    pub fn has_changes(&self) -> bool {
        self.inner.own().is_some_and(|overlay| !overlay.is_empty())
    }

    /// About how much memory the uncommitted changes take.
    pub fn pending_bytes(&self) -> usize {
        self.inner.own().map_or(0, |overlay| overlay.bytes())
    }

    /// The store this transaction reads.
    pub fn store(&self) -> Store {
        Store { inner: Arc::clone(&self.inner.store) }
    }

    /// Remembers the present state; savepoints nest. Nothing happens in a read transaction.
    pub fn savepoint(&self) {
        if let Ok(mut overlay) = self.inner.change() {
            overlay.savepoint();
        }
    }

    /// Undoes everything done since the last savepoint, and forgets that savepoint.
    pub fn rollback_to_savepoint(&self) -> Result<()> {
        if self.is_read_only() {
            return Ok(());
        }
        let unused = {
            let mut overlay = self.inner.change()?;
            let unused = overlay.undo()?;
            self.inner.forget_catalog();
            unused
        };
        self.inner.store.remove_unused(&unused)
    }

    /// Forgets the last savepoint and keeps what was done since.
    pub fn release_savepoint(&self) -> Result<()> {
        if self.is_read_only() { Ok(()) } else { self.inner.change()?.release() }
    }
}
