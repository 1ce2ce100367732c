//! What every operator of one running statement shares.

use std::sync::{Arc, OnceLock};

use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};
use wend_storage::{Access, GraphId, NodeReader, Transaction};

use super::{batch::Batch, list_set::ListSets};
use crate::{
    activity::Running,
    cache::GraphCache,
    constraint::Constraints,
    control::{CancelToken, ProgressCallback},
    database::Database,
    error::{Error, Result},
    function::FunctionContext,
    memory::{MemoryBudget, PendingMemory},
    names::graph_id,
    plan::examples::ExampleQuery,
    reclaim::Freed,
    schema::{Schema, Touched},
    summary::{Changes, Warning},
    tables::Tables,
    task::{Outcome, settle_tasks},
    times::{KnownTimes, TimeProperties, Times},
    value::Value,
};

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
    /// The values of the parameters that its plan names by number.
    pub(crate) parameters: Arc<[Value]>,
    pub(crate) function: FunctionContext,
    pub(crate) cancel: CancelToken,
    pub(crate) memory: MemoryBudget,
    /// What its transaction has changed, as a part of what all statements hold.
    pub(crate) pending: Arc<PendingMemory>,
    /// The type of the graph, where it is closed.
    pub(crate) schema: Option<Arc<Schema>>,
    /// The constraints of the graph, of a statement that changes it.
    pub(crate) constraints: Arc<Constraints>,
    /// What is to be checked against both when the statement is done.
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
    /// The times of the graph's elements, read at the first use by any of its threads.
    pub(crate) times: Arc<Mutex<KnownTimes>>,
    /// Runs queries for procedures; nothing where none can call one.
    pub(crate) queries: Option<RunQuery>,
    /// The threads that it may work on from here.
    pub(crate) threads: usize,
}

/// Binds and runs a query over examples on the snapshot of a statement; its rows. The binder lies above the procedures, which
/// get it in this way.
pub(crate) type RunQuery = fn(&Statement, &ExampleQuery<'_>) -> Result<Vec<Batch>>;

/// What a statement begins with.
pub(crate) struct Start {
    pub(crate) database: Database,
    pub(crate) tx: Transaction,
    pub(crate) graph: GraphId,
    pub(crate) graph_name: Arc<str>,
    pub(crate) text: Arc<str>,
    pub(crate) now: jiff::Zoned,
    pub(crate) cancel: CancelToken,
    pub(crate) memory: MemoryBudget,
    pub(crate) schema: Option<Arc<Schema>>,
    pub(crate) constraints: Arc<Constraints>,
    pub(crate) writes: bool,
}

impl Statement {
    /// A statement that has done nothing yet, in a transaction of its own.
    pub(crate) fn new(start: Start) -> Self {
        let Start { database, tx, graph, graph_name, text, now, cancel, memory, schema, constraints, writes } = start;
        let pending = PendingMemory::new(database.memory());
        let threads = if writes { 1 } else { database.query_threads() };
        Statement {
            database,
            tx,
            graph,
            graph_name,
            explicit_transaction: false,
            writes,
            text,
            parameters: Arc::default(),
            function: FunctionContext::new(now),
            cancel,
            memory,
            pending,
            schema,
            constraints,
            touched: Mutex::default(),
            changes: Mutex::default(),
            warnings: Mutex::default(),
            finished_tasks: Mutex::default(),
            progress: None,
            running: None,
            cache: OnceLock::new(),
            reader: Mutex::default(),
            lists: Mutex::default(),
            times: Arc::default(),
            queries: None,
            threads,
        }
    }

    /// The same statement for one of several threads that work on it: it reads the same snapshot, counts into the same memory and is
    /// cancelled with it, and has to itself what a lock would be held for in each row. It changes nothing; its warnings are added by
    /// [`Statement::warn`] when it is done.
    pub(crate) fn for_thread(&self) -> Result<Statement> {
        // Looked up once for all.
        self.cache()?;
        Ok(Statement {
            database: self.database.clone(),
            tx: self.tx.clone(),
            graph: self.graph,
            graph_name: self.graph_name.clone(),
            explicit_transaction: self.explicit_transaction,
            writes: self.writes,
            text: self.text.clone(),
            parameters: self.parameters.clone(),
            function: FunctionContext::new(self.function.now.clone()),
            cancel: self.cancel.clone(),
            memory: self.memory.for_thread(),
            pending: self.pending.clone(),
            schema: self.schema.clone(),
            constraints: self.constraints.clone(),
            touched: Mutex::default(),
            changes: Mutex::default(),
            warnings: Mutex::default(),
            finished_tasks: Mutex::default(),
            progress: None,
            running: self.running.clone(),
            cache: self.cache.clone(),
            reader: Mutex::default(),
            lists: Mutex::default(),
            times: self.times.clone(),
            queries: self.queries,
            threads: 1,
        })
    }

    /// The times of the graph's elements, by the properties that hold them.
    /// Without any those of its tables.
    ///
    /// # Errors
    /// 22003 when no property is named and the graph knows none.
    pub(crate) fn times(&self, properties: &TimeProperties) -> Result<Arc<Times>> {
        let stored;
        let properties = match properties.is_empty() {
            false => properties,
            true => {
                let tables = Tables::of_graph(&self.tx, self.graph)?;
                let by_label = tables.times().map(|(label, property)| (label.to_owned(), property.to_owned()));
                stored = TimeProperties { by_label: by_label.collect(), ..properties.clone() };
                if stored.is_empty() {
                    return Err(Error::data("22003", "the graph does not know which properties hold the times of its nodes and edges")
                        .with_hint("name them: USE g AS OF t BY property, or timeProperty: {Label: 'property'}; wend import --from stores them"));
                }
                &stored
            }
        };
        self.times.lock().get(properties, || {
            let times = Times::read(&self.tx, self.graph, properties, &self.cancel)?;
            self.memory.take(times.bytes() as usize, "the times of nodes and edges")?;
            Ok(times)
        })
    }

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
        self.memory.make(bytes, beside, what)
    }

    /// Counts the uncommitted changes of the transaction, which are in memory until it commits. Whatever changes data calls it
    /// after each change.
    pub(crate) fn count_changes(&self) -> Result<()> {
        self.memory.count_pending(self.tx.pending_bytes() as u64, &self.pending)
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

impl Statement {
    /// Commits the statement's own transaction, and settles the tasks that wrote in it.
    pub(crate) fn commit(&self) -> Result<()> {
        let _changes = Freed(self.tx.pending_bytes() as u64);
        let committed = self.tx.commit().map_err(Error::from);
        let settled = settle_tasks(
            self.database.tasks(),
            std::mem::take(&mut *self.finished_tasks.lock()),
            committed.as_ref().err(),
        );
        committed.and(settled)
    }

    /// What a thread needs to go on after this statement with another that has a transaction of its own.
    pub(crate) fn background(&self, cancel: CancelToken) -> Background {
        Background {
            database: self.database.clone(),
            graph: self.graph,
            graph_name: self.graph_name.clone(),
            text: self.text.clone(),
            now: self.function.now.clone(),
            schema: self.schema.clone(),
            constraints: self.constraints.clone(),
            cancel,
            memory_limit: self.memory.limit(),
            queries: self.queries,
        }
    }
}

/// A statement that runs later, and until then holds no snapshot.
pub(crate) struct Background {
    database: Database,
    graph: GraphId,
    graph_name: Arc<str>,
    text: Arc<str>,
    now: jiff::Zoned,
    schema: Option<Arc<crate::schema::Schema>>,
    constraints: Arc<Constraints>,
    cancel: CancelToken,
    memory_limit: u64,
    queries: Option<RunQuery>,
}

impl Background {
    /// The statement, on a snapshot taken now.
    ///
    /// # Errors
    /// 42002 when its graph has been dropped meanwhile.
    pub(crate) fn begin(self) -> Result<Statement> {
        let tx = self.database.store().begin(Access::Write)?;
        if graph_id(&tx, &self.graph_name)? != self.graph {
            return Err(Error::reference(format!("the graph `{}` was dropped before the task began", self.graph_name)));
        }
        let queries = self.queries;
        let statement = Statement::new(Start {
            memory: MemoryBudget::new(self.memory_limit, self.database.memory().clone()),
            database: self.database,
            tx,
            graph: self.graph,
            graph_name: self.graph_name,
            text: self.text,
            now: self.now,
            cancel: self.cancel,
            schema: self.schema,
            constraints: self.constraints,
            writes: true,
        });
        Ok(Statement { queries, ..statement })
    }
}
