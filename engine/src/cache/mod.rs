//! What is kept of a graph while it does not change: the edges that statements have followed, the nodes that they have scanned,
//! and properties that they have read of as many nodes or edges as there are. Reading these again costs a lookup in memory
//! instead of one in the store.

pub(crate) mod adjacency;
pub(crate) mod column;
pub(crate) mod lists;
pub(crate) mod node_set;
mod recent;
pub(crate) mod samples;
pub(crate) mod statements;
pub(crate) mod survey;
pub(crate) mod vectors;

use std::{
    hash::BuildHasher,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use adjacency::LabelEdges;
use column::PropertyColumn;
use node_set::NodeSet;
use parking_lot::{Mutex, RwLock};
use rustc_hash::{FxBuildHasher, FxHashMap};
use wend_storage::{Adjacent, Direction, GraphId, LabelId, NodeId, PropertyKey, Transaction};

use crate::{
    control::CancelToken,
    error::Result,
    value::{Value, size::value_bytes},
};

/// Parts of a cache, each with a lock of its own.
const SHARDS: usize = 16;

/// The edges of a node in a direction, of all labels or of one.
pub(crate) type Wanted = (NodeId, Direction, Option<LabelId>);

/// What is kept of one version of a graph.
#[derive(Debug)]
pub(crate) struct GraphCache {
    shards: [RwLock<FxHashMap<Wanted, Arc<[Adjacent]>>>; SHARDS],
    columns: RwLock<FxHashMap<Property, Arc<Reading>>>,
    nodes: RwLock<FxHashMap<Option<LabelId>, Arc<[NodeId]>>>,
    adjacency: RwLock<FxHashMap<LabelId, Arc<Followed>>>,
    sets: RwLock<FxHashMap<LabelId, Arc<Tested>>>,
    bytes: AtomicU64,
    limit: u64,
    /// Keep everything that is read at the first time, for tests.
    eager: bool,
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
        if self.room(Self::list_bytes(list)) {
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

    /// A property of an element, where it is kept. Reading it of as many elements as there are makes it so: then one scan more
    /// at most doubles the work done.
    pub(crate) fn property(
        &self,
        tx: &Transaction,
        graph: GraphId,
        property: Property,
        number: u64,
    ) -> Result<Option<Value>> {
        let column = self.column_after(tx, graph, property, 1)?;
        Ok(column.and_then(|column| column.get(number)))
    }

    /// The column of a property that is read of some elements, once it has been read often enough.
    pub(crate) fn column_after(
        &self,
        tx: &Transaction,
        graph: GraphId,
        property: Property,
        reads: u64,
    ) -> Result<Option<Arc<PropertyColumn>>> {
        let known = self.columns.read().get(&property).cloned();
        let reading = match known {
            Some(reading) => reading,
            None => {
                let wanted = match property {
                    Property::Edge(_) => tx.edge_count(graph)?,
                    _ => tx.node_count(graph)?,
                };
                let reading = Arc::new(Reading { reads: AtomicU64::new(0), wanted, column: OnceLock::new() });
                self.begin(property, reading)
            }
        };
        if let Some(column) = reading.column.get() {
            return Ok(column.clone());
        }
        // Exactly one reader comes to the number.
        let (before, wanted) = (reading.reads.fetch_add(reads, Ordering::Relaxed), reading.wanted.max(FEW));
        if before < wanted && before + reads >= wanted {
            let column = self.read_column(tx, graph, property)?.map(Arc::new);
            let _ = reading.column.set(column);
        }
        Ok(None)
    }

    /// Counts reads of a property from now on. Those of a vector set that has been replaced are forgotten.
    fn begin(&self, property: Property, reading: Arc<Reading>) -> Arc<Reading> {
        let mut columns = self.columns.write();
        if let Property::Vectors(key, set) = property {
            columns.retain(|other, old| {
                let replaced = matches!(other, Property::Vectors(of, other) if *of == key && *other < set);
                if replaced && let Some(Some(column)) = old.column.get() {
                    self.bytes.fetch_sub(column.bytes(), Ordering::Relaxed);
                }
                !replaced
            });
        }
        columns.entry(property).or_insert(reading).clone()
    }

    /// The whole column of a property, where it is kept.
    pub(crate) fn column(&self, property: Property) -> Option<Arc<PropertyColumn>> {
        self.columns.read().get(&property)?.column.get()?.clone()
    }

    /// A property of all elements; `None` where it is not worth its room.
    fn read_column(&self, tx: &Transaction, graph: GraphId, property: Property) -> Result<Option<PropertyColumn>> {
        let mut values = Values::default();
        match property {
            Property::Vectors(key, _) => {
                let column = vectors::read(tx, graph, key, self.limit)?;
                return Ok(column.filter(|column| self.room(column.bytes())));
            }
            Property::Edge(key) => {
                let mut reader = tx.edge_reader(graph);
                for edge in tx.edges(graph, None)? {
                    let (edge, ..) = edge?;
                    reader.go(edge)?;
                    let value = reader.property(key)?.map(Value::from_stored);
                    if !values.push(edge.0, value, self.limit) {
                        return Ok(None);
                    }
                }
            }
            Property::Id | Property::Node(_) => {
                // Vectors are kept apart, and large.
                if let Property::Node(key) = property
                    && tx.vector_set(graph, key)?.is_some()
                {
                    return Ok(None);
                }
                let mut reader = tx.node_reader(graph);
                for node in tx.nodes(graph, None)? {
                    let node = node?;
                    reader.go(node)?;
                    let value = match property {
                        Property::Node(key) => reader.property(key)?.map(Value::from_stored),
                        _ => reader.id()?.map(|id| Value::String(id.into())),
                    };
                    if !values.push(node.0, value, self.limit) {
                        return Ok(None);
                    }
                }
            }
        }
        let column = PropertyColumn::new(values.first.unwrap_or(0), values.values);
        Ok(self.room(column.bytes()).then_some(column))
    }

    /// The nodes of the graph or of a label, in order, where a scan has kept them.
    pub(crate) fn nodes(&self, label: Option<LabelId>) -> Option<Arc<[NodeId]>> {
        self.nodes.read().get(&label).cloned()
    }

    /// Whether there would be room to keep so many nodes.
    pub(crate) fn has_room_for_nodes(&self, count: u64) -> bool {
        self.bytes.load(Ordering::Relaxed).saturating_add(count.saturating_mul(8)) <= self.limit
    }

    /// Keeps all nodes of the graph or of a label, unless there is no room for them.
    pub(crate) fn keep_nodes(&self, label: Option<LabelId>, nodes: &[NodeId]) {
        let mut kept = self.nodes.write();
        if !kept.contains_key(&label) && self.room(size_of_val(nodes) as u64) {
            kept.insert(label, nodes.into());
        }
    }
}

impl GraphCache {
    /// All edges of a label, where they are kept.
    pub(crate) fn adjacency(&self, label: LabelId) -> Option<Arc<LabelEdges>> {
        self.adjacency.read().get(&label)?.edges.get()?.clone()
    }

    /// Notes that the edges of so many nodes have been looked up one by one; true when reading all edges of the label would hardly
    /// be more work.
    pub(crate) fn followed(&self, label: LabelId, nodes: u64, edges: u64) -> bool {
        let place = self.place_of(label);
        self.eager
            || place.edges.get().is_none()
                && place.lookups.fetch_add(nodes, Ordering::Relaxed) + nodes > FEW.max(edges / 64)
    }

    /// All edges of a label, read now unless they are kept; `None` when there is no room for them.
    pub(crate) fn read_adjacency(
        &self,
        tx: &Transaction,
        graph: GraphId,
        label: LabelId,
        threads: usize,
        cancel: &CancelToken,
    ) -> Result<Option<Arc<LabelEdges>>> {
        let place = self.place_of(label);
        if let Some(known) = place.edges.get() {
            return Ok(known.clone());
        }
        // Others wait, rather than read the same.
        let _reading = place.reading.lock();
        if let Some(known) = place.edges.get() {
            return Ok(known.clone());
        }
        let expected = LabelEdges::expected_bytes(tx.edge_label_count(graph, label)?, tx.node_count(graph)?);
        let fits = self.bytes.load(Ordering::Relaxed).saturating_add(expected) <= self.limit;
        let read = if fits { LabelEdges::read(tx, graph, label, threads, cancel)? } else { None };
        let kept = read.filter(|edges| self.room(edges.bytes())).map(Arc::new);
        if kept.is_some() {
            self.forget_lists(label);
        }
        let _ = place.edges.set(kept.clone());
        Ok(kept)
    }

    fn place_of(&self, label: LabelId) -> Arc<Followed> {
        if let Some(place) = self.adjacency.read().get(&label) {
            return place.clone();
        }
        self.adjacency.write().entry(label).or_default().clone()
    }

    /// Gives back the room of lists that are not looked up any more.
    fn forget_lists(&self, label: LabelId) {
        for shard in &self.shards {
            shard.write().retain(|(_, _, of), list| {
                let stays = *of != Some(label);
                if !stays {
                    self.bytes.fetch_sub(Self::list_bytes(list), Ordering::Relaxed);
                }
                stays
            });
        }
    }

    fn list_bytes(list: &[Adjacent]) -> u64 {
        (64 + size_of_val(list)) as u64
    }

    /// The nodes of a label as a set. It is made when so many nodes have been tested for the label that one scan of its nodes at
    /// most doubles the work; `None` before that, and when there is no room.
    pub(crate) fn node_set(
        &self,
        tx: &Transaction,
        graph: GraphId,
        label: LabelId,
        tested: usize,
    ) -> Result<Option<Arc<NodeSet>>> {
        let known = self.sets.read().get(&label).cloned();
        let place = known.unwrap_or_else(|| self.sets.write().entry(label).or_default().clone());
        if let Some(known) = place.set.get() {
            return Ok(known.clone());
        }
        let tested = place.tests.fetch_add(tested as u64, Ordering::Relaxed) + tested as u64;
        let count = tx.node_label_count(graph, label)?;
        if !self.eager && (tested < FEW || tested * 8 < count) {
            return Ok(None);
        }
        let nodes = match self.nodes(Some(label)) {
            Some(nodes) => nodes,
            None => {
                if !self.has_room_for_nodes(count) {
                    return Ok(None);
                }
                let nodes: Vec<NodeId> = tx.nodes(graph, Some(label))?.collect::<wend_storage::Result<_>>()?;
                self.keep_nodes(Some(label), &nodes);
                nodes.into()
            }
        };
        let set = self.room(NodeSet::expected_bytes(&nodes)).then(|| Arc::new(NodeSet::new(&nodes)));
        Ok(place.set.get_or_init(|| set).clone())
    }
}

/// The edges of a label, and how often those of a node were looked up.
#[derive(Debug, Default)]
struct Followed {
    lookups: AtomicU64,
    reading: Mutex<()>,
    edges: OnceLock<Option<Arc<LabelEdges>>>,
}

/// The nodes of a label, and how many were tested for it.
#[derive(Debug, Default)]
struct Tested {
    tests: AtomicU64,
    set: OnceLock<Option<Arc<NodeSet>>>,
}

/// A property that is read, by name or by key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Property {
    /// The `_id` of nodes.
    Id,
    Node(PropertyKey),
    Edge(PropertyKey),
    /// Of nodes, in the vector set of this number.
    Vectors(PropertyKey, u64),
}

/// How often a property was read, and its column.
#[derive(Debug)]
struct Reading {
    reads: AtomicU64,
    /// So often it is read before it is kept.
    wanted: u64,
    column: OnceLock<Option<Arc<PropertyColumn>>>,
}

/// A column as it is being read.
#[derive(Default)]
struct Values {
    first: Option<u64>,
    values: Vec<Value>,
    bytes: u64,
}

impl Values {
    /// Adds the value of an element with a higher number than those before; false when the column is not worth its room.
    fn push(&mut self, number: u64, value: Option<Value>, limit: u64) -> bool {
        let place = number - *self.first.get_or_insert(number);
        // Numbers of deleted elements leave gaps.
        if place > 4 * self.values.len() as u64 + FEW {
            return false;
        }
        self.values.resize(place as usize, Value::Null);
        let value = value.unwrap_or_default();
        self.bytes += value_bytes(&value) as u64;
        self.values.push(value);
        self.bytes <= limit
    }
}

/// Fewer reads than this are not worth a column.
const FEW: u64 = 1024;

/// The caches of a database: of each graph that of the version asked for last.
#[derive(Debug, Default)]
pub(crate) struct GraphCaches(Mutex<FxHashMap<GraphId, (u64, Arc<GraphCache>)>>);

impl GraphCaches {
    /// The cache of a version of a graph, of at most so many bytes. A reader of an older version than the last gets none.
    pub(crate) fn of(&self, graph: GraphId, version: u64, limit: u64, eager: bool) -> Option<Arc<GraphCache>> {
        let mut caches = self.0.lock();
        if let Some((known, cache)) = caches.get(&graph)
            && *known >= version
        {
            return (*known == version).then(|| cache.clone());
        }
        let cache = Arc::new(GraphCache {
            shards: Default::default(),
            columns: RwLock::default(),
            nodes: RwLock::default(),
            adjacency: RwLock::default(),
            sets: RwLock::default(),
            bytes: AtomicU64::new(0),
            limit,
            eager,
        });
        caches.insert(graph, (version, cache.clone()));
        Some(cache)
    }
}
