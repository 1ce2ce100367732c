//! `wend-storage`: property graphs on RocksDB.
//!
//! A [`Store`] is a database: in a directory or in memory. A [`Transaction`] reads one snapshot of it and may change
//! nodes, edges, vectors and the catalog; [`Store::bulk_load`] adds many nodes and edges at once,
//! [`Store::begin_vector_set`] replaces the vectors of a property. docs/file-format.md describes every byte.
//!
//! ```
//! use wend_storage::{Access, Direction, Store, StoreOptions, Value};
//!
//! # fn main() -> wend_storage::Result<()> {
//! let store = Store::in_memory(&StoreOptions::default())?;
//! let tx = store.begin(Access::Write)?;
//! let graph = tx.graph("default")?.expect("a new database has it");
//! let (person, knows) = (tx.intern_label("Person")?, tx.intern_label("KNOWS")?);
//! let age = tx.intern_property_key("age")?;
//! let ann = tx.insert_node(graph, "ann", &[person], vec![(age, Value::Int(44))])?;
//! let bob = tx.insert_node(graph, "bob", &[person], vec![])?;
//! tx.insert_edge(graph, knows, ann, bob, vec![])?;
//! tx.commit()?;
//!
//! let tx = store.begin(Access::Read)?;
//! let mut edges = Vec::new();
//! tx.adjacency(graph)?.expand(bob, Direction::In, Some(knows), &mut edges)?;
//! assert_eq!(edges[0].node, ann);
//! assert_eq!(tx.node_property(graph, ann, age)?, Some(Value::Int(44)));
//! # Ok(())
//! # }
//! ```
//!
//! # Inside, from the bottom up
//! - `rocks`: RocksDB behind a safe wall; `wal`, `synced`: whether the logs are whole; `owner`: forked processes;
//!   `keys`, `codec`, `record`: the bytes; `files`: the directory.
//! - `overlay`, `scan`: a transaction's own changes over its snapshot; `commit`: the check for conflicts and the write.
//! - `transaction`, `catalog`, `nodes`, `edges`, `cursor`, `reader`, `adjacency`, `vectors`, `index`: what a transaction can do.
//! - `bulk`, `vector_writer` (both by way of `staging`), `backup`, `check`: what a store can do as a whole.

#![warn(missing_docs)]

mod adjacency;
mod backup;
mod bulk;
mod catalog;
mod check;
mod codec;
mod commit;
mod cursor;
mod edges;
mod error;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod exit;
mod files;
mod index;
mod index_key;
mod keys;
mod nodes;
mod overlay;
mod owner;
mod part;
mod reader;
mod record;
mod rocks;
mod scan;
mod staging;
mod store;
mod synced;
#[cfg(test)]
mod tests;
mod tokens;
mod transaction;
mod value;
mod vector_writer;
mod vectors;
mod wal;

pub use adjacency::AdjacencyCursor;
pub use bulk::{BulkLoad, LoadReport};
pub use check::CheckReport;
pub use cursor::{EdgeCursor, EdgeRecordCursor, NodeCursor, NodeRecordCursor, OutEdge, OutEdgeCursor};
pub use error::{Error, Result};
pub use index::{Index, IndexBound, IndexCursor, IndexDefinition};
pub use part::PartDirectory;
pub use reader::{EdgeReader, NodeReader};
pub use store::{FORMAT_VERSION, OLDEST_FORMAT_VERSION, Store, StoreOptions};
pub use transaction::Transaction;
pub use value::{
    Access, Adjacent, Direction, EdgeId, EdgeRecord, GraphId, IndexId, LabelId, NodeId, NodeRecord, Properties,
    PropertyKey, Value,
};
pub use vector_writer::VectorSetWriter;
pub use vectors::VectorCursor;
