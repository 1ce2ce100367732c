//! What every operator of one running statement shares.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};
use wend_storage::{GraphId, NodeReader, Transaction};

use crate::{
    Database,
    activity::Running,
    cache::GraphCache,
    error::{Error, ErrorKind, Result},
    exec::list_set::ListSets,
    function::FunctionContext,
    memory_freed,
    rows::{Changes, Warning},
    schema::{Schema, Touched},
    session::ProgressCallback,
    task::Outcome,
};

/// Set by another thread to end a statement at its next check.
#[derive(Clone, Debug, Default)]
pub(crate) struct CancelFlag(Arc<AtomicBool>);

impl CancelFlag {
    pub(crate) fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(cancelled()) } else { Ok(()) }
    }
}

/// The error of an interrupted statement.
pub(crate) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "40000", "the statement was cancelled; nothing of it was kept")
}

/// Counts the bytes that buffering operators hold.
#[derive(Clone, Debug)]
pub(crate) struct MemoryBudget(Arc<Budget>);

#[derive(Debug)]
struct Budget {
    limit: u64,
    used: AtomicU64,
    /// The most that was used at a time.
    most: AtomicU64,
    /// What the expressions that an operator evaluates have made and nobody holds yet.
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

    /// What expressions have made and nobody holds is this now.
    fn set_made(&self, bytes: u64) {
        // Mostly it is, and this is done for each value.
        if self.made.load(Ordering::Relaxed) == bytes {
            return;
        }
        let before = self.made.swap(bytes, Ordering::Relaxed);
        if bytes > before { self.all.add(bytes - before) } else { self.all.give(before - bytes) }
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        self.all.give(self.used.get_mut().saturating_add(*self.made.get_mut()));
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
    pub(crate) fn take(&mut self, st: &Statement, bytes: usize, what: &str) -> Result<()> {
        self.budget.get_or_insert_with(|| st.memory.0.clone());
        self.bytes += bytes as u64;
        st.memory.take(bytes, what)
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
    pub(crate) fn hold_made(&mut self, st: &Statement) {
        self.release();
        let bytes = st.memory.made();
        st.memory.0.set_made(0);
        if bytes > 0 {
            let budget = self.budget.get_or_insert_with(|| st.memory.0.clone());
            budget.add(bytes);
            self.bytes = bytes;
        }
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
    /// The budget of a statement.
    pub(crate) fn of(database: &Database) -> Self {
        let [used, most, made, pending] = [const { AtomicU64::new(0) }; 4];
        let (limit, all) = (database.options().memory_limit, database.memory().clone());
        MemoryBudget(Arc::new(Budget { limit, used, most, made, pending, all }))
    }

    /// Takes `bytes` until the statement ends, or says what would help.
    pub(crate) fn take(&self, bytes: usize, what: &str) -> Result<()> {
        let used = self.0.add(bytes as u64);
        self.within(used, what)
    }

    fn within(&self, bytes: u64, what: &str) -> Result<()> {
        let bytes = bytes.saturating_add(self.0.pending.load(Ordering::Relaxed));
        if self.0.limit != 0 && bytes > self.0.limit {
            return Err(Error::new(
                ErrorKind::Memory,
                "22000",
                format!("{what} needs more than the memory limit of {} MiB", self.0.limit >> 20),
            )
            .with_hint("read fewer rows or columns (FILTER, LIMIT), or raise the database's memory_limit"));
        }
        self.0.all.check(what)
    }

    /// An error when there is no room for `bytes` more, which are not taken.
    pub(crate) fn has_room(&self, bytes: usize, what: &str) -> Result<()> {
        let used = self.0.used.load(Ordering::Relaxed).saturating_add(self.made());
        self.within(used.saturating_add(bytes as u64), what)
    }

    /// What expressions have made that nobody holds yet, in bytes.
    pub(crate) fn made(&self) -> u64 {
        self.0.made.load(Ordering::Relaxed)
    }

    /// Forgets what was made since there were so many bytes.
    pub(crate) fn forget_made(&self, before: u64) {
        self.0.set_made(before);
    }
}

/// One running statement.
pub(crate) struct Statement {
    pub(crate) database: Database,
    pub(crate) tx: Transaction,
    pub(crate) graph: GraphId,
    pub(crate) graph_name: Arc<str>,
    /// The statement runs inside a transaction that the user began.
    pub(crate) explicit_transaction: bool,
    /// It changes the database.
    pub(crate) writes: bool,
    /// Its text, for the task list.
    pub(crate) text: Arc<str>,
    pub(crate) function: FunctionContext,
    pub(crate) cancel: CancelFlag,
    pub(crate) memory: MemoryBudget,
    /// What its transaction has changed, as a part of what all statements hold.
    pub(crate) pending: Arc<PendingMemory>,
    /// The type of the graph, where it is closed.
    pub(crate) schema: Option<Arc<Schema>>,
    /// What is to be checked against it when the statement is done.
    pub(crate) touched: Mutex<Touched>,
    pub(crate) changes: Mutex<Changes>,
    pub(crate) warnings: Mutex<Vec<Warning>>,
    /// Tasks whose writes wait for the commit.
    pub(crate) finished_tasks: Mutex<Vec<(String, Outcome)>>,
    pub(crate) progress: Option<ProgressCallback>,
    /// Its place among the statements that run; background work has none.
    pub(crate) running: Option<Arc<Running>>,
    /// What is kept of the graph; looked up at the first use.
    pub(crate) cache: OnceLock<Option<Arc<GraphCache>>>,
    /// Reads node properties; made at the first use.
    pub(crate) reader: Mutex<Option<NodeReader>>,
    /// Lists that IN looks into.
    pub(crate) lists: Mutex<ListSets>,
}

impl Statement {
    /// The statement's reader of nodes.
    pub(crate) fn node_reader(&self) -> MappedMutexGuard<'_, NodeReader> {
        MutexGuard::map(self.reader.lock(), |reader| reader.get_or_insert_with(|| self.tx.node_reader(self.graph)))
    }

    /// What is kept of the graph; nothing for a statement whose transaction has changed or may change it.
    pub(crate) fn cache(&self) -> Result<Option<&GraphCache>> {
        if !self.tx.is_read_only() || self.tx.has_changes() {
            return Ok(None);
        }
        if self.cache.get().is_none() {
            let _ = self.cache.set(self.database.graph_cache(&self.tx, self.graph)?);
        }
        Ok(self.cache.get().and_then(Option::as_deref))
    }

    /// What functions know of the statement, its memory limit among it.
    pub(crate) fn functions(&self) -> &FunctionContext {
        self.function.bound_by(&self.memory)
    }

    /// An expression is about to make, or has made, a value of some size; `beside` is what it needs for a moment only.
    pub(crate) fn make(&self, bytes: usize, beside: usize, what: &str) -> Result<()> {
        /// Smaller ones are not counted: a batch of them is not large either.
        const SMALL: usize = 1024;
        if bytes.saturating_add(beside) < SMALL {
            return Ok(());
        }
        self.cancel.check()?;
        let budget = &self.memory.0;
        let made = budget.made.fetch_add(bytes as u64, Ordering::Relaxed).saturating_add(bytes as u64);
        budget.all.add(bytes as u64);
        self.memory.within(budget.used.load(Ordering::Relaxed).saturating_add(made).saturating_add(beside as u64), what)
    }

    /// Counts the uncommitted changes of the transaction, which are in memory until it commits. Whatever changes data calls it
    /// after each change.
    pub(crate) fn count_changes(&self) -> Result<()> {
        let pending = self.tx.pending_bytes() as u64;
        let budget = &self.memory.0;
        if budget.pending.swap(pending, Ordering::Relaxed) == pending {
            return Ok(());
        }
        self.pending.set(pending);
        let used = budget.used.load(Ordering::Relaxed);
        let limit = budget.limit;
        if limit != 0 && used.saturating_add(pending) > limit {
            let message = format!(
                "the uncommitted changes of the transaction need more than the memory limit of {} MiB",
                limit >> 20
            );
            return Err(Error::new(ErrorKind::Memory, "22000", message).with_hint(
                "change fewer rows in one transaction, load much with `wend import`, or raise the database's memory_limit",
            ));
        }
        budget.all.check("the transaction")
    }

    /// Whether the statement has deleted something, so that a variable may name what is no more.
    pub(crate) fn has_deleted(&self) -> bool {
        self.writes && {
            let changes = self.changes.lock();
            changes.nodes_deleted > 0 || changes.edges_deleted > 0
        }
    }

    /// Records a warning once.
    pub(crate) fn warn(&self, gqlstatus: &'static str, message: &str) {
        let mut warnings = self.warnings.lock();
        if !warnings.iter().any(|warning| warning.message == message) {
            warnings.push(Warning { gqlstatus, message: message.to_owned() });
        }
    }
}
