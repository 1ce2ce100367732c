//! A database: the handle that sessions come from.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use wend_algorithms::Scratch;
use wend_storage::{GraphId, Store, StoreOptions, Transaction};

use crate::{
    activity::Activity,
    cache::{GraphCache, GraphCaches, lists::KeptLists, samples::Samples, statements::StatementCache, survey::Surveys},
    error::{Error, ErrorKind, Result},
    machine::available_memory,
    memory::{MemoryBudget, TotalMemory},
    parallel::threads,
    projection::{Jobs, Projections},
    schema::Schema,
    scratch::TemporaryFiles,
    task::{TaskList, Tasks},
    view::ViewCache,
};

/// How a database is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Refuse every change. Several processes may read a database at a time when none writes.
    pub read_only: bool,
    /// Create the database when there is none at the path.
    pub create: bool,
    /// A commit returns only when it is on the disk. Without it a crash of the process loses nothing, a crash of the machine
    /// the last moments.
    pub sync: bool,
    /// Threads for algorithms, and the most for one statement that reads much; 0 = one for each core.
    pub threads: usize,
    /// Bytes of graph views kept between calls of algorithms.
    pub graph_view_memory: u64,
    /// The directory of temporary files for what of algorithms and their graph views does not fit into memory. Without one it is
    /// that of the database; a database in memory has none then, and refuses what does not fit.
    pub graph_view_directory: Option<PathBuf>,
    /// The directory below which LOAD CSV reads files; without one it reads none.
    pub import_directory: Option<PathBuf>,
    /// Bytes that one statement may hold in sorts, groups, algorithms and the uncommitted changes of its transaction. The default
    /// is four fifths of [`available_memory`] where that is known (Linux); 0 = no limit.
    pub memory_limit: u64,
    /// Bytes that all statements may hold together. The default is as of `memory_limit`; 0 = no limit.
    pub total_memory_limit: u64,
    /// Tasks in the background (`wait: false`) that run at a time; 0 = as many as there are cores. Others are pending.
    pub background_tasks: usize,
    /// Where BACKUP TO may write. [`Database::backup`] takes any path.
    pub backups: BackupPlaces,
    /// Improve plans before they run; tests compare what a statement gives with and without it.
    #[doc(hidden)]
    pub optimize: bool,
    /// From so many expected rows on, a plan works on all edges of a label at once; tests take 0, and then everything that is read
    /// is kept at once.
    #[doc(hidden)]
    pub bulk_rows: f64,
}

/// Where the statement BACKUP TO may write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BackupPlaces {
    /// It is refused.
    #[default]
    Nowhere,
    /// It takes the name of a new directory in this one.
    In(PathBuf),
    /// It takes absolute paths.
    AbsolutePaths,
    /// It takes paths, from the directory that the process is in.
    AnyPath,
}

impl Default for Options {
    fn default() -> Self {
        let available = available_memory();
        let most = available.map_or(0, |bytes| bytes / 5 * 4);
        Options {
            read_only: false,
            create: true,
            sync: true,
            threads: 0,
            graph_view_memory: available.map_or(1 << 30, |bytes| (bytes / 4).min(1 << 30)),
            graph_view_directory: None,
            import_directory: None,
            memory_limit: most,
            total_memory_limit: most,
            background_tasks: 0,
            backups: BackupPlaces::Nowhere,
            optimize: true,
            bulk_rows: 1000.0,
        }
    }
}

/// An open database. A handle: clones are the same database, which closes when the last handle, session and result is gone.
///
/// ```
/// use wenddb::{Database, params};
///
/// let db = Database::in_memory()?;
/// let mut session = db.session();
/// session.execute("INSERT (:Person {_id: $id, age: 44})", params! {"id" => "ann"})?;
/// let rows = session.execute("MATCH (p:Person) WHERE p.age > $age RETURN p._id", params! {"age" => 30})?;
/// for row in rows {
///     let row = row?;
///     assert_eq!(row.get::<&str>("p._id")?, "ann");
/// }
/// # Ok::<(), wenddb::Error>(())
/// ```
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    store: Store,
    options: Options,
    pool: Pool,
    views: ViewCache,
    scratch: Option<TemporaryFiles>,
    tasks: TaskList,
    statements: StatementCache,
    activity: Arc<Activity>,
    memory: Arc<TotalMemory>,
    /// Grows with every change of users or tokens.
    users: AtomicU64,
    graphs: GraphCaches,
    samples: Samples,
    vector_lists: KeptLists,
    surveys: Surveys,
    projections: Projections,
    jobs: Jobs,
    /// The types of graphs, `None` for open ones. A graph keeps its type and its number is used once.
    schemas: Mutex<FxHashMap<GraphId, Option<Arc<Schema>>>>,
}

/// The threads for algorithms; a forked child has none of them, and forgets the pool.
struct Pool(Option<rayon::ThreadPool>, u32);

impl Drop for Pool {
    fn drop(&mut self) {
        if self.1 != std::process::id() {
            std::mem::forget(self.0.take());
        }
    }
}

/// What [`Database::check`] found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CheckReport {
    /// Nodes looked at.
    pub nodes: u64,
    /// Edges looked at.
    pub edges: u64,
    /// Vectors of written embeddings looked at.
    pub vectors: u64,
    /// What is wrong; empty when all is well.
    pub problems: Vec<String>,
}

impl Database {
    /// Opens the database at a path, a directory; it is created when it is absent.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`] when another process has it open, [`ErrorKind::FormatVersion`] when a newer or much older
    /// version made it, [`ErrorKind::Io`] when it is not a database or cannot be read, [`ErrorKind::Usage`] in a program built
    /// without the feature `rocksdb`, as `backup` and `restore` then do.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, Options::default())
    }

    /// Opens the database at a path with options.
    ///
    /// # Errors
    /// See [`Database::open`].
    pub fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Self> {
        let store = Store::open(path.as_ref(), &store_options(&options))?;
        Self::new(store, options)
    }

    /// A database in memory, gone with its last handle.
    ///
    /// # Errors
    /// When the system gives no memory or threads.
    pub fn in_memory() -> Result<Self> {
        Self::in_memory_with(Options::default())
    }

    /// A database in memory, with options.
    ///
    /// # Errors
    /// See [`Database::in_memory`].
    pub fn in_memory_with(options: Options) -> Result<Self> {
        let store = Store::in_memory()?;
        Self::new(store, options)
    }

    fn new(store: Store, options: Options) -> Result<Self> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads)
            .thread_name(|number| format!("wend-{number}"))
            .build()
            .map_err(|error| Error::new(ErrorKind::Io, "22000", format!("no threads for algorithms: {error}")))?;
        let tasks = Arc::new(Tasks::open(store.clone(), options.read_only, options.background_tasks)?);
        let memory = TotalMemory::new(options.total_memory_limit);
        let views = ViewCache::new(options.graph_view_memory);
        let scratch = options.graph_view_directory.as_deref().or(store.path()).map(TemporaryFiles::new);
        Ok(Database(Arc::new(Inner {
            store,
            options,
            pool: Pool(Some(pool), std::process::id()),
            views,
            scratch,
            tasks,
            statements: StatementCache::new(),
            activity: Arc::default(),
            memory,
            users: AtomicU64::new(0),
            graphs: GraphCaches::default(),
            samples: Samples::default(),
            vector_lists: KeptLists::default(),
            surveys: Surveys::default(),
            projections: Projections::default(),
            jobs: Jobs::default(),
            schemas: Mutex::default(),
        })))
    }

    /// The directory it is in; `None` in memory.
    pub fn path(&self) -> Option<&Path> {
        self.0.store.path()
    }
    /// Whether the database takes changes. After a commit that the disk failed ([`ErrorKind::OutcomeUnknown`]) it takes none until
    /// it is opened again, while reading goes on.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] with the first failure when it takes no more changes; [`ErrorKind::Locked`] in a forked child of the process
    /// that opened it, which can do nothing with it.
    pub fn health(&self) -> Result<()> {
        Ok(self.0.store.health()?)
    }

    /// Copies the database, as of now, to a new directory, while it may be in use: real copies of the files, and their checksums
    /// in the file `BACKUP`. The copy is read once before it gets its name.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when the directory exists and is not empty, or cannot be written; [`ErrorKind::Internal`] when the database
    /// is damaged.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<()> {
        Ok(self.0.store.backup(to.as_ref())?)
    }

    /// Makes a new database from a backup, whose files, checksums of data and records are verified.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when `backup` is none, or `to` exists and is not empty; [`ErrorKind::Internal`] when the backup is damaged.
    /// Nothing is left at `to` then.
    pub fn restore(backup: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<()> {
        Ok(Store::restore(backup.as_ref(), to.as_ref())?)
    }

    /// How many tasks run in the background (`wait: false`).
    pub fn running_tasks(&self) -> usize {
        self.0.tasks.running()
    }

    /// Waits until no task runs in the background (`wait: false`); one still running when the process ends is interrupted.
    pub fn wait_for_tasks(&self) {
        self.0.tasks.wait();
    }

    /// Reads everything and checks that it fits together.
    ///
    /// # Errors
    /// When the database cannot be read at all; what is merely wrong is in the report.
    pub fn check(&self) -> Result<CheckReport> {
        let report = self.0.store.check()?;
        Ok(CheckReport { nodes: report.nodes, edges: report.edges, vectors: report.vectors, problems: report.problems })
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    /// The threads for algorithms; a forked child, which has none, gets an error.
    pub(crate) fn pool(&self) -> Result<&rayon::ThreadPool> {
        self.0.store.check_process()?;
        self.0.pool.0.as_ref().ok_or_else(|| Error::internal("the threads for algorithms are gone"))
    }

    /// The most threads that one statement reads and computes on.
    pub(crate) fn query_threads(&self) -> usize {
        threads(self.0.options.threads)
    }

    pub(crate) fn views(&self) -> &ViewCache {
        &self.0.views
    }

    /// The memory budget of a statement that starts now.
    pub(crate) fn memory_budget(&self) -> MemoryBudget {
        MemoryBudget::new(self.options().memory_limit, self.memory().clone())
    }

    /// Statements that come again.
    pub(crate) fn statements(&self) -> &StatementCache {
        &self.0.statements
    }

    pub(crate) fn tasks(&self) -> &TaskList {
        &self.0.tasks
    }

    /// What all statements together hold.
    pub(crate) fn memory(&self) -> &Arc<TotalMemory> {
        &self.0.memory
    }

    /// The number of committed changes of users or tokens.
    #[cfg(feature = "users")]
    pub(crate) fn changes_of_users(&self) -> u64 {
        self.0.users.load(Ordering::Acquire)
    }

    pub(crate) fn users_changed(&self) {
        self.0.users.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn activity(&self) -> &Arc<Activity> {
        &self.0.activity
    }

    /// Makes temporary files for algorithms, where they have a place.
    pub(crate) fn scratch(&self) -> Option<&dyn Scratch> {
        self.0.scratch.as_ref().map(|files| files as &dyn Scratch)
    }

    /// What is kept of a graph, as a transaction without changes of its own sees it.
    pub(crate) fn graph_cache(&self, tx: &Transaction, graph: GraphId) -> Result<Option<Arc<GraphCache>>> {
        // A part of what graph views may take.
        let limit = self.0.options.graph_view_memory / 4;
        Ok(self.0.graphs.of(graph, tx.graph_version(graph)?, limit, self.0.options.bulk_rows == 0.0))
    }

    /// The inverted lists of vector indexes that were read.
    pub(crate) fn vector_lists(&self) -> &KeptLists {
        &self.0.vector_lists
    }

    /// What is known of the values that properties have.
    pub(crate) fn samples(&self) -> &Samples {
        &self.0.samples
    }

    /// What graphs are made of, counted.
    pub(crate) fn surveys(&self) -> &Surveys {
        &self.0.surveys
    }

    /// The named projections of `gds.graph.project`.
    pub(crate) fn projections(&self) -> &Projections {
        &self.0.projections
    }

    /// The procedures on them that run.
    pub(crate) fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    /// The type of a graph, where it is closed.
    pub(crate) fn schema(&self, tx: &Transaction, graph: GraphId) -> Result<Option<Arc<Schema>>> {
        if let Some(known) = self.0.schemas.lock().get(&graph) {
            return Ok(known.clone());
        }
        let schema = Schema::of_graph(tx, graph)?.map(Arc::new);
        self.0.schemas.lock().insert(graph, schema.clone());
        Ok(schema)
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("path", &self.path()).finish_non_exhaustive()
    }
}

fn store_options(options: &Options) -> StoreOptions {
    let usual = StoreOptions::default();
    // Where there is little memory the store takes an eighth of it for blocks, and as much for recent writes.
    let share = |bytes: usize, part: u64| match available_memory() {
        Some(all) => bytes.min(usize::try_from(all / part).unwrap_or(usize::MAX)),
        None => bytes,
    };
    StoreOptions {
        read_only: options.read_only,
        create: options.create,
        sync: options.sync,
        block_cache_bytes: share(usual.block_cache_bytes, 8),
        write_buffer_bytes: share(usual.write_buffer_bytes, 32),
    }
}

impl From<wend_storage::Error> for Error {
    fn from(error: wend_storage::Error) -> Self {
        use wend_storage::Error as E;
        let (kind, gqlstatus) = match &error {
            E::Locked { .. } | E::Forked { .. } => (ErrorKind::Locked, "08000"),
            E::FormatTooNew { .. } | E::FormatTooOld { .. } => (ErrorKind::FormatVersion, "08000"),
            E::NotADatabase { .. } | E::NotEmpty { .. } | E::Io { .. } | E::Engine(_) | E::Stopped { .. } => {
                (ErrorKind::Io, "08000")
            }
            E::Unfinished(_) => (ErrorKind::Io, "08000"),
            E::NoDisk { .. } => (ErrorKind::Usage, "08000"),
            E::OutcomeUnknown { .. } => (ErrorKind::OutcomeUnknown, "40003"),
            E::Corrupt(_) | E::LogDamaged { .. } | E::BackupDamaged { .. } => (ErrorKind::Internal, "22000"),
            E::Conflict => (ErrorKind::Conflict, "40000"),
            E::ReadOnly(_) => (ErrorKind::TransactionState, "25G03"),
            E::Closed | E::NoSavepoint => (ErrorKind::TransactionState, "25000"),
            E::DuplicateId { .. } | E::DuplicateKey { .. } => (ErrorKind::Constraint, "G2000"),
            E::MissingNode { .. } | E::MissingEdge { .. } => (ErrorKind::Data, "22G11"),
            E::EdgesExist { .. } => (ErrorKind::Constraint, "G1001"),
            E::AlreadyExists { .. } => (ErrorKind::Constraint, "42000"),
            E::IndexExists { .. } => (ErrorKind::Binding, "42000"),
            E::UnknownGraph { .. } | E::UnknownIndex { .. } => (ErrorKind::Binding, "42002"),
            E::TooDeep { .. } => (ErrorKind::Data, "22G03"),
            E::NotOfIndex { .. } => (ErrorKind::Constraint, "G2000"),
            _ => (ErrorKind::Internal, "22000"),
        };
        Error::new(kind, gqlstatus, error.to_string())
    }
}
