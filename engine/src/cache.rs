//! What is kept of a graph while it does not change: the edges that statements have followed, and properties that they have read
//! of as many nodes as there are. Reading these again costs a lookup in memory instead of one in the store.

use std::{
    hash::BuildHasher,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::{Mutex, RwLock};
use rustc_hash::{FxBuildHasher, FxHashMap};
use wend_storage::{Adjacent, Direction, GraphId, LabelId, NodeId, PropertyKey, Transaction};

use crate::{error::Result, exec::batch::value_bytes, value::Value};

/// Parts of a cache, each with a lock of its own.
const SHARDS: usize = 16;

/// The edges of a node in a direction, of all labels or of one.
pub(crate) type Wanted = (NodeId, Direction, Option<LabelId>);

/// What is kept of one version of a graph.
#[derive(Debug)]
pub(crate) struct GraphCache {
    shards: [RwLock<FxHashMap<Wanted, Arc<[Adjacent]>>>; SHARDS],
    columns: RwLock<FxHashMap<Option<PropertyKey>, Arc<Column>>>,
    bytes: AtomicU64,
    limit: u64,
}

impl GraphCache {
    fn shard(&self, wanted: &Wanted) -> &RwLock<FxHashMap<Wanted, Arc<[Adjacent]>>> {
        &self.shards[(FxBuildHasher.hash_one(wanted) >> 32) as usize % SHARDS]
    }

    pub(crate) fn edges(&self, wanted: &Wanted) -> Option<Arc<[Adjacent]>> {
        self.shard(wanted).read().get(wanted).cloned()
    }

    /// Keeps a list, unless there is no room for it.
    pub(crate) fn keep_edges(&self, wanted: Wanted, list: &[Adjacent]) {
        if self.room((64 + size_of_val(list)) as u64) {
            self.shard(&wanted).write().insert(wanted, list.into());
        }
    }

    /// Takes room, if there is so much.
    fn room(&self, bytes: u64) -> bool {
        let fits = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes <= self.limit;
        if !fits {
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }

    /// A property of a node, or with `None` its `_id`, where it is kept. Reading it of as many nodes as there are makes it so:
    /// then one scan more at most doubles the work done.
    pub(crate) fn property(
        &self,
        tx: &Transaction,
        graph: GraphId,
        key: Option<PropertyKey>,
        node: NodeId,
    ) -> Result<Option<Value>> {
        let known = self.columns.read().get(&key).cloned();
        let column = match known {
            Some(column) => column,
            None => {
                let column = Arc::new(Column {
                    reads: AtomicU64::new(0),
                    wanted: tx.node_count(graph)?,
                    values: OnceLock::new(),
                });
                self.columns.write().entry(key).or_insert(column).clone()
            }
        };
        if let Some(values) = column.values.get() {
            return Ok(values.as_ref().and_then(|values| values.get(node)));
        }
        // Exactly one reader comes to the number.
        if column.reads.fetch_add(1, Ordering::Relaxed) == column.wanted.max(FEW) {
            let values = self.column(tx, graph, key)?;
            let _ = column.values.set(values);
        }
        Ok(None)
    }

    /// A property of all nodes; `None` where it is not worth its room.
    fn column(&self, tx: &Transaction, graph: GraphId, key: Option<PropertyKey>) -> Result<Option<Values>> {
        // Vectors are kept apart, and large.
        if let Some(key) = key
            && tx.vector_set(graph, key)?.is_some()
        {
            return Ok(None);
        }
        let (mut first, mut values, mut bytes) = (None, Vec::new(), 0);
        let mut reader = tx.node_reader(graph);
        for node in tx.nodes(graph, None)? {
            let node = node?;
            let place = node.0 - *first.get_or_insert(node.0);
            // Numbers of deleted nodes leave gaps.
            if place > 4 * values.len() as u64 + FEW {
                return Ok(None);
            }
            values.resize(place as usize, Value::Null);
            reader.go(node)?;
            let value = match key {
                None => reader.id()?.map(|id| Value::String(id.into())),
                Some(key) => reader.property(key)?.map(Value::from_stored),
            };
            let value = value.unwrap_or_default();
            bytes += value_bytes(&value) as u64;
            values.push(value);
            if bytes > self.limit {
                return Ok(None);
            }
        }
        Ok(self.room(bytes).then_some(Values { first: first.unwrap_or(0), values }))
    }
}

/// A property that is read.
#[derive(Debug)]
struct Column {
    /// How often it was read.
    reads: AtomicU64,
    /// So often it is read before it is kept.
    wanted: u64,
    values: OnceLock<Option<Values>>,
}

/// A property of all nodes, by the node's number.
#[derive(Debug)]
struct Values {
    first: u64,
    values: Vec<Value>,
}

impl Values {
    fn get(&self, node: NodeId) -> Option<Value> {
        self.values.get(usize::try_from(node.0.checked_sub(self.first)?).ok()?).cloned()
    }
}

/// Fewer reads than this are not worth a column.
const FEW: u64 = 1024;

/// The caches of a database: of each graph that of the version asked for last.
#[derive(Debug, Default)]
pub(crate) struct GraphCaches(Mutex<FxHashMap<GraphId, (u64, Arc<GraphCache>)>>);

impl GraphCaches {
    /// The cache of a version of a graph, of at most so many bytes. A reader of an older version than the last gets none.
    pub(crate) fn of(&self, graph: GraphId, version: u64, limit: u64) -> Option<Arc<GraphCache>> {
        let mut caches = self.0.lock();
        if let Some((known, cache)) = caches.get(&graph)
            && *known >= version
        {
            return (*known == version).then(|| cache.clone());
        }
        let cache = Arc::new(GraphCache {
            shards: Default::default(),
            columns: RwLock::default(),
            bytes: AtomicU64::new(0),
            limit,
        });
        caches.insert(graph, (version, cache.clone()));
        Some(cache)
    }
}
