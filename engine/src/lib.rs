//! WendDB: an embedded property-graph database that speaks GQL, with node embeddings a query away.
//!
//! [`Database`] is the door: open one, take a [`Session`], execute GQL, read [`Rows`].
//!
//! ```
//! use wenddb::{Database, params};
//!
//! let db = Database::in_memory()?;
//! let mut session = db.session();
//! session.execute("INSERT (a:City {_id: 'ulm'})-[:ROAD]->(b:City {_id: 'bonn'})", ())?;
//! session.execute("CALL algo.node2vec.write({dimensions: 8}, {db: {property: 'embedding'}})", ())?;
//! let rows = session.execute("MATCH (c:City) RETURN c._id, c.embedding ORDER BY c._id", ())?;
//! for row in rows {
//!     let row = row?;
//!     assert_eq!(row.get::<Vec<f32>>("c.embedding")?.len(), 8);
//! }
//! # Ok::<(), wenddb::Error>(())
//! ```
//!
//! # Features
//! - `rocksdb` (default): databases on disk. Without it databases are in memory, and no C++ is compiled.
//! - `sqlite`, `postgres`, `parquet`: import of SQLite files, PostgreSQL databases and Parquet files ([`open_tables`]).
//! - `arrow`: Arrow arrays as columns of a [`TableSource`].
//! - `users`: module `host` for programs that host a database for others, with users, passwords, tokens and roles.
#![warn(missing_docs)]

mod activity;
mod bind;
mod cache;
mod column;
#[cfg(feature = "parquet")]
mod columnar;
mod constraint;
mod control;
mod copy;
mod database;
mod error;
mod exec;
mod export;
mod full_text;
mod function;
#[cfg(feature = "users")]
pub mod host;
mod import;
mod machine;
mod memory;
mod model;
mod names;
mod optimize;
mod parallel;
mod params;
pub mod parts;
mod plan;
mod procedure;
mod projection;
mod reclaim;
mod registry;
mod relational;
mod role;
mod rows;
mod runtime;
mod schema;
mod scratch;
mod session;
mod show;
mod stack;
mod statement;
mod summary;
mod tables;
mod task;
mod times;
#[cfg(feature = "users")]
mod user;
mod value;
mod vector_index;
mod view;
mod written;

pub use column::{Column, ColumnData};
pub use control::{CancelToken, InterruptHandle, Progress, ProgressCallback, RunOptions};
pub use database::{BackupPlaces, CheckReport, Database, Options};
pub use error::{Error, ErrorKind, Result, Span, Subject};
pub use export::{ExportFormat, ExportReport};
pub use function::FunctionDescription;
pub use import::{End, Import, ImportFile, ImportReport, ImportedFile, Separator, kind::Kind as ColumnType};
pub use machine::available_memory;
pub use params::Params;
pub use plan::{explain::PlanDescription, functions::functions};
pub use relational::{
    Cell, EdgeCounts, PlannedEdge, PlannedEnd, PlannedTable, RelationalImport, RelationalPlan, RelationalReport,
    SourceColumn, SourceForeignKey, SourceTable, SourceTables, TableRow, TableSource, open_tables,
};
pub use rows::{Row, Rows, batch::Batch};
#[cfg(feature = "parquet")]
pub use session::ImportedVectors;
pub use session::{Adjacency, GraphNodes, Load, Names, NodeVectors, Selection, Session, Transaction, VectorLoad};
pub use show::{LabelOutline, Outline, PropertyOutline};
pub use statement::{Statement, StatementKind};
pub use summary::{Changes, Summary, Warning};
pub use value::{
    Date, Duration, Edge, FromValue, LocalDateTime, LocalTime, Node, Path, Value, ZonedDateTime, ZonedTime,
    check_json_integers,
};
pub use wend_algorithms::{
    ColumnDescription, ColumnRole, DefaultValue, Description as AlgorithmDescription, Orientation,
    Parameter as AlgorithmParameter, ParameterKind, ParameterRole,
};

/// Arrow arrays as columns of a [`TableSource`].
#[cfg(feature = "arrow")]
pub mod arrow_columns {
    pub use crate::relational::arrow::{cell, kind};
}

/// Working with GQL text: splitting scripts, tokens for highlighting, names for completion, help.
pub mod text {
    pub use wend_grammar::{
        ClauseHelp, Split, Splitter, Token, TokenKind, clause_help, clauses, keywords, quote_identifier,
        split_statements, suggest, tokens,
    };
}

/// The algorithms that `CALL algo.<name>` runs, with their parameters.
pub fn algorithms() -> Vec<&'static AlgorithmDescription> {
    registry::descriptions().collect()
}

/// The names that CALL takes: each algorithm, and each of its modes.
pub fn procedures() -> Vec<String> {
    registry::Procedure::all().map(|procedure| procedure.name()).collect()
}
