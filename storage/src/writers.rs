//! Who writes at the moment: the open write transactions, by the commit they began after, and the vector sets being
//! filled.
//!
//! The log of conflicts (`conflict.rs`) is kept for as long as a write transaction is open that began before its
//! entries, and deleted nodes are noted while a vector set is filled.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::owner::Owner;

/// Counts the writers of a store.
pub(crate) struct Writers {
    /// The last commit that can be seen.
    sequence: AtomicU64,
    /// How many write transactions are open, by the commit they began after.
    open: Mutex<BTreeMap<u64, usize>>,
    /// How many vector sets are being filled.
    filling: AtomicU64,
    owner: Owner,
}

impl Writers {
    pub(crate) fn new(sequence: u64) -> Arc<Writers> {
        Arc::new(Writers {
            sequence: sequence.into(),
            open: Mutex::default(),
            filling: AtomicU64::new(0),
            owner: Owner::this_process(),
        })
    }

    /// Says that a commit can be seen now.
    pub(crate) fn committed(&self, sequence: u64) {
        self.sequence.store(sequence, Ordering::SeqCst);
    }

    /// The last commit that can be seen.
    pub(crate) fn seen(&self) -> u64 {
        self.sequence.load(Ordering::SeqCst)
    }

    /// Counts a write transaction that is about to take its snapshot.
    pub(crate) fn register(self: &Arc<Self>) -> Registered {
        let mut open = self.open.lock();
        let since = self.sequence.load(Ordering::SeqCst);
        *open.entry(since).or_default() += 1;
        Registered { writers: Arc::clone(self), since }
    }

    /// How many write transactions are open, and the commit after which the oldest may have begun.
    pub(crate) fn open(&self) -> (usize, u64) {
        let open = self.open.lock();
        (open.values().sum(), open.keys().next().copied().unwrap_or(u64::MAX))
    }

    /// Says that a vector set is being filled.
    pub(crate) fn fill(self: &Arc<Self>) -> Filling {
        self.filling.fetch_add(1, Ordering::SeqCst);
        Filling(Arc::clone(self))
    }

    /// Whether a vector set is being filled.
    pub(crate) fn is_filling(&self) -> bool {
        self.filling.load(Ordering::SeqCst) > 0
    }
}

/// An open write transaction, counted until this is dropped.
pub(crate) struct Registered {
    writers: Arc<Writers>,
    since: u64,
}

impl Clone for Registered {
    fn clone(&self) -> Registered {
        *self.writers.open.lock().entry(self.since).or_default() += 1;
        Registered { writers: Arc::clone(&self.writers), since: self.since }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // In a forked child it is the parent's transaction that is open, and the lock may be held for ever.
        if !self.writers.owner.is_this_process() {
            return;
        }
        let mut open = self.writers.open.lock();
        if let Some(count) = open.get_mut(&self.since) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.since);
            }
        }
    }
}

/// A vector set that is being filled, until this is dropped.
pub(crate) struct Filling(Arc<Writers>);

impl Drop for Filling {
    fn drop(&mut self) {
        self.0.filling.fetch_sub(1, Ordering::SeqCst);
    }
}
