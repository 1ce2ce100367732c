//! The one error type of this crate.

use std::path::PathBuf;

use crate::value::{EdgeId, GraphId, NodeId};

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong in the store; the text says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process, or another handle in this one, has the database open.
    #[error("the database {} is open elsewhere: one process opens a database at a time; close the other one first", path.display())]
    Locked {
        /// The database directory.
        path: PathBuf,
    },
    /// The database was written by a newer release.
    #[error(
        "the database has format {found}, this release reads up to format {supported}: open it with a newer release"
    )]
    FormatTooNew {
        /// The format found on disk.
        found: u32,
        /// The newest format this release reads.
        supported: u32,
    },
    /// The database was written by a release too old to be read.
    #[error(
        "the database has format {found}, this release reads formats from {supported} on: export it with the release that wrote it and import it here"
    )]
    FormatTooOld {
        /// The format found on disk.
        found: u32,
        /// The oldest format this release reads.
        supported: u32,
    },
    /// The path is not a database.
    #[error("{} is not a WendDB database: {reason}", path.display())]
    NotADatabase {
        /// The path given.
        path: PathBuf,
        /// Why it is not one.
        reason: String,
    },
    /// A backup or restore target exists and holds something.
    #[error("{} exists and is not empty: name a new or an empty directory", path.display())]
    NotEmpty {
        /// The target given.
        path: PathBuf,
    },
    /// The operating system refused something.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was tried.
        action: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// This build has no storage on disk.
    #[error(
        "cannot {action}: this program was built without storage on disk. It takes databases in memory; for others build it \
         with the feature `rocksdb`, which is one of wenddb's default features"
    )]
    NoDisk {
        /// What was tried.
        action: String,
    },
    /// RocksDB failed (disk full, I/O error, ...).
    #[error("the storage engine failed: {0}")]
    Engine(String),
    /// Stored bytes are not what they should be.
    #[error("the database is damaged: {0}; check the database to see all that is wrong, and restore a backup")]
    Corrupt(String),
    /// A write-ahead log, or RocksDB's list of files, has lost what was committed.
    #[error(
        "{} is damaged: {reason}. Changes that were committed are lost in it; nothing was opened or changed. Restore a backup; \
         or, to go on with what stands before the damage, put an empty file named ACCEPT-LOSS into the database directory \
         and open it for writing", path.display()
    )]
    LogDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A bulk load was cut off, and what it left is still to be removed.
    #[error("{0}")]
    Unfinished(&'static str),
    /// A backup is not as it was made.
    #[error("the backup {} is damaged: {reason}; nothing was restored: use another backup", path.display())]
    BackupDamaged {
        /// The backup.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Writing or syncing a commit failed: it may be on the disk or not.
    #[error(
        "whether this was committed is unknown: {reason}. The database takes no more changes: look at the disk, open the \
         database again, and see whether the change is there"
    )]
    OutcomeUnknown {
        /// What failed.
        reason: String,
    },
    /// A write failed before, and nothing is written since.
    #[error(
        "the database takes no more changes since a write failed ({reason}): look at the disk, and open the database again"
    )]
    Stopped {
        /// What failed.
        reason: String,
    },
    /// The process is a forked child of the one that opened the database.
    #[error(
        "the database was opened by process {opened}, and this is a forked child, process {process}: open it after the fork, \
         in one process only"
    )]
    Forked {
        /// The process that opened the database.
        opened: u32,
        /// This process.
        process: u32,
    },
    /// Another transaction committed a change to the same data first; retry the transaction.
    #[error("another transaction changed the same data first: run the transaction again")]
    Conflict,
    /// A write was tried in a read-only transaction or database.
    #[error("nothing can be written here: the {0} is read-only")]
    ReadOnly(&'static str),
    /// The transaction was committed or rolled back already.
    #[error("the transaction has ended: begin a new one")]
    Closed,
    /// A node with this `_id` exists.
    #[error("a node with _id '{id}' exists already")]
    DuplicateId {
        /// The `_id`.
        id: String,
    },
    /// A unique index has an element with these values.
    #[error(
        "the index `{index}` is unique, and a {what} already exists with label `{label}` and {properties} = {values}"
    )]
    DuplicateKey {
        /// The index's name.
        index: String,
        /// `node` or `edge`.
        what: &'static str,
        /// The label that both elements have.
        label: String,
        /// The properties of the index, as they are written in a text.
        properties: String,
        /// The values, as far as they have a short text.
        values: String,
    },
    /// A value under a vector index is no vector of its dimensions.
    #[error("the index `{index}` is on {wanted}, and {has}")]
    NotOfIndex {
        /// The index's name.
        index: String,
        /// What it is on.
        wanted: String,
        /// What there is instead, and where.
        has: String,
    },
    /// An index of this name exists in the graph.
    #[error("an index named `{name}` exists already")]
    IndexExists {
        /// The index's name.
        name: String,
    },
    /// There is no such index in the graph.
    #[error("there is no index `{name}`")]
    UnknownIndex {
        /// The name looked for.
        name: String,
    },
    /// There is no such node.
    #[error("there is no node '{id}'")]
    MissingNode {
        /// The `_id` looked for, or `#number` where only the number is known.
        id: String,
    },
    /// There is no such edge.
    #[error("there is no edge #{}", edge.0)]
    MissingEdge {
        /// The edge looked for.
        edge: EdgeId,
    },
    /// A node that still has edges cannot be deleted.
    #[error("the node '{id}' still has edges: delete them first (DETACH DELETE)")]
    EdgesExist {
        /// The node's `_id`.
        id: String,
    },
    /// A graph of this name exists.
    #[error("a graph named '{name}' exists already")]
    AlreadyExists {
        /// The graph's name.
        name: String,
    },
    /// There is no such graph.
    #[error("there is no graph #{}", graph.0)]
    UnknownGraph {
        /// The graph looked for.
        graph: GraphId,
    },
    /// A list or record is nested too deep to be stored.
    #[error("a value nested more than {limit} levels deep cannot be stored")]
    TooDeep {
        /// The greatest depth stored.
        limit: usize,
    },
    /// A savepoint was released or rolled back to, but none is set.
    #[error("no savepoint is set in this transaction")]
    NoSavepoint,
}

impl Error {
    /// Whether running the transaction again may succeed.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Error::Conflict)
    }

    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(std::io::Error) -> Error {
        let action = action.into();
        move |source| Error::Io { action, source }
    }

    pub(crate) fn corrupt(what: impl Into<String>) -> Error {
        Error::Corrupt(what.into())
    }

    pub(crate) fn missing_node(node: NodeId) -> Error {
        Error::MissingNode { id: format!("#{}", node.0) }
    }
}
