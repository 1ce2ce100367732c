//! `wend-storage`: property graphs on RocksDB.
//!
//! A [`Store`] is a database: in a directory or in memory. A [`Transaction`] reads one snapshot of it and may change
//! nodes, edges, vectors and the catalog; [`Store::bulk_load`] adds many nodes and edges at once,
//! [`Store::begin_vector_set`] replaces the vectors of a property. docs/file-format.md describes every byte.
//!
//! ```
//! use wend_storage::{Access, Direction, Store, Value};
//!
//! # fn main() -> wend_storage::Result<()> {
//! let store = Store::in_memory()?;
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
//! - `owner`: forked processes; `keys`, `codec`, `record`, `index_key`: the bytes; `disk`: the directory, its lock and logs.
//! - `kv`: ordered maps with snapshots, on disk (RocksDB) or in memory.
//! - `tokens`, `numbers`, `index_catalog`, `vector_sets`, `pending`: what is kept beside nodes and edges.
//! - `writers`, `conflict`, `overlay`, `scan`: a transaction's own changes over its snapshot, and what conflicts.
//! - `store`, `commit`: what transactions share, the check for conflicts and the write.
//! - `text`, `text_merge`, `text_index`: full text, from words to the upkeep of indexes.
//! - `transaction`, `catalog`, `nodes`, `edges`, `cursor`, `reader`, `adjacency`, `vectors`, `index`: what a transaction can do.
//! - `bulk`, `vector_writer` (both by way of `staging`), `check`, `backup`, `open`: what a store can do as a whole.
//!
//! # Features
//! `rocksdb` (default): databases on disk. Without it nothing of C++ is compiled, and [`Store::open`], backup and restore fail
//! with [`Error::NoDisk`].

#![warn(missing_docs)]

mod adjacency;
#[cfg(feature = "rocksdb")]
mod backup;
mod bulk;
mod catalog;
mod check;
mod codec;
mod commit;
mod conflict;
mod cursor;
mod directory;
#[cfg(feature = "rocksdb")]
mod disk;
#[cfg(all(test, feature = "rocksdb"))]
mod disk_tests;
mod edges;
mod error;
mod group;
mod index;
mod index_catalog;
mod index_key;
mod keys;
mod kv;
#[cfg(not(feature = "rocksdb"))]
mod no_disk;
mod nodes;
mod numbers;
mod open;
mod options;
mod overlay;
mod owner;
mod part;
mod pending;
mod reader;
mod record;
mod scan;
mod staging;
mod store;
#[cfg(test)]
mod tests;
mod text;
mod text_index;
mod text_merge;
mod tokens;
mod transaction;
mod value;
mod vector_index;
mod vector_lists;
mod vector_sets;
mod vector_writer;
mod vectors;
mod writers;

pub use adjacency::AdjacencyCursor;
pub use bulk::{BulkLoad, LoadReport};
pub use check::CheckReport;
pub use cursor::{EdgeCursor, EdgeRecordCursor, NodeCursor, NodeRecordCursor, OutEdge, OutEdgeCursor};
pub use error::{Error, Result};
pub use index::{IndexBound, IndexCursor};
pub use index_catalog::{Index, IndexDefinition};
pub use kv::DiskWork;
pub use options::{FORMAT_VERSION, OLDEST_FORMAT_VERSION, StoreOptions};
pub use part::PartDirectory;
pub use reader::{EdgeReader, NodeReader};
pub use store::Store;
pub use text::{ANALYZERS, Analyzer, Posting, TextSpace, Token};
pub use text_index::{TextList, TextTotals};
pub use transaction::Transaction;
pub use value::{
    Access, Adjacent, Direction, EdgeId, EdgeRecord, GraphId, IndexId, LabelId, NodeId, NodeRecord, Properties,
    PropertyKey, Value,
};
pub use vector_lists::{MAX_DIMENSIONS, Metric, RANKS, VectorList, VectorLists, VectorSpace};
pub use vector_writer::VectorSetWriter;
pub use vectors::{VectorCursor, VectorReader};
