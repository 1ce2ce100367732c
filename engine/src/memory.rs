//! Memory of running statements, counted against the limits of a statement and of all statements.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::{
    error::{Error, ErrorKind, Result},
    reclaim::memory_freed,
};

/// Counts the bytes that buffering operators hold. A clone counts what expressions make together with the original.
#[derive(Clone, Debug)]
pub(crate) struct MemoryBudget {
    budget: Arc<Budget>,
    made: Arc<Made>,
}

/// What the expressions that an operator evaluates on one thread have made and nobody holds yet.
#[derive(Debug)]
struct Made {
    bytes: AtomicU64,
    budget: Arc<Budget>,
}

#[derive(Debug)]
struct Budget {
    limit: u64,
    used: AtomicU64,
    /// The most that was used at a time.
    most: AtomicU64,
    /// What expressions have made on all threads and nobody holds yet.
    made: AtomicU64,
    /// The uncommitted changes of the statement's transaction.
    pending: AtomicU64,
    /// What all statements together hold.
    all: Arc<TotalMemory>,
}

impl Budget {
    /// How many bytes are used with `bytes` more.
    fn add(&self, bytes: u64) -> u64 {
        self.all.add(bytes);
        let used = self.used.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        self.most.fetch_max(used, Ordering::Relaxed);
        used
    }

    fn give(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
        self.all.give(bytes);
    }
}

impl Made {
    /// What expressions have made on this thread and nobody holds is this now.
    fn set(&self, bytes: u64) {
        // Mostly it is, and this is done for each value.
        if self.bytes.load(Ordering::Relaxed) == bytes {
            return;
        }
        let before = self.bytes.swap(bytes, Ordering::Relaxed);
        let Budget { made, all, .. } = &*self.budget;
        if bytes > before {
            made.fetch_add(bytes - before, Ordering::Relaxed);
            all.add(bytes - before);
        } else {
            made.fetch_sub(before - bytes, Ordering::Relaxed);
            all.give(before - bytes);
        }
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        self.set(0);
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        // What was made has been given back by the threads that made it.
        self.all.give(*self.used.get_mut());
        memory_freed(*self.most.get_mut());
    }
}

/// What all statements of a database hold together.
#[derive(Debug, Default)]
pub(crate) struct TotalMemory {
    limit: u64,
    used: AtomicU64,
}

impl TotalMemory {
    /// `limit` in bytes; 0 = none.
    pub(crate) fn new(limit: u64) -> Arc<Self> {
        Arc::new(TotalMemory { limit, used: AtomicU64::new(0) })
    }

    fn add(&self, bytes: u64) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    fn give(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Refuses what goes beyond the limit.
    fn check(&self, what: &str) -> Result<()> {
        if self.limit == 0 || self.used.load(Ordering::Relaxed) <= self.limit {
            return Ok(());
        }
        let message = format!(
            "{what} needs more memory than is left of the {} MiB that all statements may take together",
            self.limit >> 20
        );
        Err(Error::new(ErrorKind::Memory, "22000", message).with_hint(
            "try again when others have ended (SHOW QUERIES lists them), or raise the database's total_memory_limit",
        ))
    }
}

/// The uncommitted changes of a transaction as a part of what all statements hold; given back when it is gone.
#[derive(Debug)]
pub(crate) struct PendingMemory {
    all: Arc<TotalMemory>,
    bytes: AtomicU64,
}

impl PendingMemory {
    pub(crate) fn new(all: &Arc<TotalMemory>) -> Arc<Self> {
        Arc::new(PendingMemory { all: all.clone(), bytes: AtomicU64::new(0) })
    }

    fn set(&self, bytes: u64) {
        let before = self.bytes.swap(bytes, Ordering::Relaxed);
        if bytes > before { self.all.add(bytes - before) } else { self.all.give(before - bytes) }
    }
}

impl Drop for PendingMemory {
    fn drop(&mut self) {
        self.all.give(*self.bytes.get_mut());
    }
}

/// The bytes that one operator holds; they are given back when it is gone, as that of a subquery is after each row.
#[derive(Debug, Default)]
pub(crate) struct Held {
    budget: Option<Arc<Budget>>,
    bytes: u64,
}

impl Held {
    /// Takes `bytes` more for `what`, or says what would help.
    pub(crate) fn take(&mut self, memory: &MemoryBudget, bytes: usize, what: &str) -> Result<()> {
        self.budget.get_or_insert_with(|| memory.budget.clone());
        self.bytes += bytes as u64;
        memory.take(bytes, what)
    }

    /// Gives some of it back.
    pub(crate) fn give(&mut self, bytes: usize) {
        if let Some(budget) = &self.budget {
            let bytes = self.bytes.min(bytes as u64);
            self.bytes -= bytes;
            budget.give(bytes);
        }
    }

    /// Holds, instead of what it held before, the values that expressions have made since the last time.
    pub(crate) fn hold_made(&mut self, memory: &MemoryBudget) {
        self.release();
        let bytes = memory.made();
        memory.made.set(0);
        if bytes > 0 {
            let budget = self.budget.get_or_insert_with(|| memory.budget.clone());
            budget.add(bytes);
            self.bytes = bytes;
        }
    }

    /// Takes over what another holds of the same statement.
    pub(crate) fn absorb(&mut self, mut other: Held) {
        self.bytes += std::mem::take(&mut other.bytes);
        self.budget = self.budget.take().or_else(|| other.budget.take());
    }

    /// Gives all back.
    pub(crate) fn release(&mut self) {
        if let Some(budget) = &self.budget {
            budget.give(std::mem::take(&mut self.bytes));
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.release();
    }
}

impl MemoryBudget {
    /// The budget of a statement: `limit` in bytes (0 = none), as a part of `all`.
    pub(crate) fn new(limit: u64, all: Arc<TotalMemory>) -> Self {
        let [used, most, made, pending] = [const { AtomicU64::new(0) }; 4];
        Self::over(Arc::new(Budget { limit, used, most, made, pending, all }))
    }

    fn over(budget: Arc<Budget>) -> Self {
        let made = Arc::new(Made { bytes: AtomicU64::new(0), budget: budget.clone() });
        MemoryBudget { budget, made }
    }

    /// The same budget for another thread of the statement: what its expressions make is told apart.
    pub(crate) fn for_thread(&self) -> Self {
        Self::over(self.budget.clone())
    }

    /// The most that the statement may hold, in bytes; 0 = no limit of its own.
    pub(crate) fn limit(&self) -> u64 {
        self.budget.limit
    }

    /// Takes `bytes` until the statement ends, or says what would help.
    pub(crate) fn take(&self, bytes: usize, what: &str) -> Result<()> {
        let used = self.budget.add(bytes as u64);
        self.within(used, what)
    }

    fn within(&self, bytes: u64, what: &str) -> Result<()> {
        let bytes = bytes.saturating_add(self.budget.pending.load(Ordering::Relaxed));
        if self.budget.limit != 0 && bytes > self.budget.limit {
            return Err(Error::new(
                ErrorKind::Memory,
                "22000",
                format!("{what} needs more than the memory limit of {} MiB", self.budget.limit >> 20),
            )
            .with_hint("read fewer rows or columns (FILTER, LIMIT), or raise the database's memory_limit"));
        }
        self.budget.all.check(what)
    }

    /// An error when there is no room for `bytes` more, which are not taken.
    pub(crate) fn has_room(&self, bytes: usize, what: &str) -> Result<()> {
        let Budget { used, made, .. } = &*self.budget;
        let used = used.load(Ordering::Relaxed).saturating_add(made.load(Ordering::Relaxed));
        self.within(used.saturating_add(bytes as u64), what)
    }

    /// What expressions have made that nobody holds yet, in bytes.
    pub(crate) fn made(&self) -> u64 {
        self.made.bytes.load(Ordering::Relaxed)
    }

    /// Forgets what was made since there were so many bytes.
    pub(crate) fn forget_made(&self, before: u64) {
        self.made.set(before);
    }

    /// An expression is about to make, or has made, a value of some size; `beside` is what it needs for a moment only.
    pub(crate) fn make(&self, bytes: usize, beside: usize, what: &str) -> Result<()> {
        let budget = &self.budget;
        self.made.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        let made = budget.made.fetch_add(bytes as u64, Ordering::Relaxed).saturating_add(bytes as u64);
        budget.all.add(bytes as u64);
        self.within(budget.used.load(Ordering::Relaxed).saturating_add(made).saturating_add(beside as u64), what)
    }

    /// Counts the uncommitted changes of the statement's transaction.
    pub(crate) fn count_pending(&self, pending: u64, transaction: &PendingMemory) -> Result<()> {
        let budget = &self.budget;
        if budget.pending.swap(pending, Ordering::Relaxed) == pending {
            return Ok(());
        }
        transaction.set(pending);
        let used = budget.used.load(Ordering::Relaxed);
        let limit = budget.limit;
        if limit != 0 && used.saturating_add(pending) > limit {
            let message = format!(
                "the uncommitted changes of the transaction need more than the memory limit of {} MiB",
                limit >> 20
            );
            return Err(Error::new(ErrorKind::Memory, "22000", message).with_hint(
                "change fewer rows in one transaction, load much with an import, or raise the database's memory_limit",
            ));
        }
        budget.all.check("the transaction")
    }
}
