//! Bulk load: many nodes and edges at once, as sorted runs (SST files on disk, blocks in memory).
//!
//! Records are written to runs as they come, the index entries at the end, sorted in memory (32 bytes an edge, and
//! the `_id`s of the nodes, and of those of the graph before that are ends). Then the runs are ingested, one family after another, while no transaction can begin; so
//! nobody sees a half. A record says so meanwhile (`pending.rs`), and the last small commit deletes it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use compact_str::CompactString;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::conflict::LogicalKey;
use crate::error::{Error, Result};
use crate::index;
use crate::index_catalog::{Entry, Index, catalog_key};
use crate::keys::{self, CountKey, Counted, meta};
use crate::kv::{Family, Hint, Run};
use crate::pending;
use crate::record;
use crate::staging::Staging;
use crate::store::{Store, StoreInner};
use crate::text::{Document, Lists, read_totals, totals_key, totals_value};
use crate::text_index;
use crate::transaction::Transaction;
use crate::value::{
    Access, EdgeId, EdgeRecord, GraphId, IndexId, LabelId, NodeId, Properties, PropertyKey, normal_labels, normalise,
};
use crate::vector_index;

/// Records are written to runs of about this size.
const CHUNK_BYTES: usize = 16 << 20;
/// When one node of so many was looked up, all are read, if they are no more than that (about 70 bytes each).
const ONE_READ: u64 = 8;
const MOST_READ: u64 = 4 << 20;
/// Index entries are written to runs of this many.
const CHUNK_ENTRIES: usize = 1 << 18;

/// What a bulk load added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Nodes added.
    pub nodes: u64,
    /// Edges added.
    pub edges: u64,
}

/// A bulk load into one graph. Nothing is visible before [`BulkLoad::finish`]; dropping it leaves nothing.
pub struct BulkLoad {
    graph: GraphId,
    base: Transaction,
    /// Whether the graph had nodes before.
    had_nodes: bool,
    first_node: u64,
    first_edge: u64,
    // Short `_id`s stand in the table itself: each end of an edge is one miss of the cache, not two.
    ids: FxHashMap<CompactString, NodeId>,
    /// Nodes of the graph before that were looked up: the ends of many edges are few nodes.
    looked_up: FxHashMap<CompactString, NodeId>,
    lookups: u64,
    nodes_before: u64,
    /// Whether `looked_up` has all nodes of the graph before.
    all_looked_up: bool,
    labels: Vec<(LabelId, NodeId)>,
    edges: Vec<Edge>,
    nodes_out: RecordRuns,
    edges_out: RecordRuns,
    counts: FxHashMap<CountKey, i64>,
    indexes: Arc<Vec<Index>>,
    /// The vector indexes, by position, that have vectors of this load: the lists of those do not follow it.
    vector_indexes: BTreeSet<usize>,
    /// The lists of indexes on texts, by position.
    texts: BTreeMap<usize, Lists>,
    /// What is added to the totals of these, by key.
    text_totals: Vec<(Vec<u8>, (u64, u64))>,
    entries: Vec<Entry>,
    /// Records of the floors above that come with the commit.
    records: Vec<(Vec<u8>, Vec<u8>)>,
    staging: Arc<Staging>,
    store: Arc<StoreInner>,
}

#[derive(Clone, Copy)]
struct Edge {
    label: LabelId,
    from: NodeId,
    to: NodeId,
    edge: EdgeId,
}

/// Records written to runs as they come, in key order: a thread writes one chunk while the next is gathered.
struct RecordRuns {
    chunk: RecordChunk,
    runs: Vec<Run>,
    writing: Option<JoinHandle<Result<Run>>>,
}

/// Records one after the other, with the ends of their bytes.
struct RecordChunk {
    family: Family,
    ends: Vec<([u8; 12], usize)>,
    data: Vec<u8>,
}

impl RecordChunk {
    fn new(family: Family) -> RecordChunk {
        RecordChunk { family, ends: Vec::new(), data: Vec::new() }
    }

    fn write(&self, staging: &Staging) -> Result<Run> {
        let mut start = 0;
        let entries = self.ends.iter().map(|(key, end)| {
            let bytes = &self.data[start..*end];
            start = *end;
            (key, bytes)
        });
        staging.write(self.family, entries)
    }
}

impl RecordRuns {
    fn new(family: Family) -> RecordRuns {
        RecordRuns { chunk: RecordChunk::new(family), runs: Vec::new(), writing: None }
    }

    fn put(&mut self, staging: &Arc<Staging>, key: [u8; 12], bytes: &[u8]) -> Result<()> {
        self.chunk.data.extend_from_slice(bytes);
        self.chunk.ends.push((key, self.chunk.data.len()));
        if self.chunk.data.len() >= CHUNK_BYTES { self.write_behind(staging) } else { Ok(()) }
    }

    /// Has a thread write the chunk, after the one before it.
    fn write_behind(&mut self, staging: &Arc<Staging>) -> Result<()> {
        self.settle()?;
        let empty = RecordChunk::new(self.chunk.family);
        let chunk = Arc::new(std::mem::replace(&mut self.chunk, empty));
        let (theirs, staging_there) = (Arc::clone(&chunk), Arc::clone(staging));
        let thread = std::thread::Builder::new().name("wend-load".to_owned());
        match thread.spawn(move || theirs.write(&staging_there)) {
            Ok(writing) => self.writing = Some(writing),
            // The system gives no thread.
            Err(_) => self.runs.push(chunk.write(staging)?),
        }
        Ok(())
    }

    /// Waits for the chunk that is being written.
    fn settle(&mut self) -> Result<()> {
        if let Some(writing) = self.writing.take() {
            let run = writing.join().map_err(|_| Error::Engine("a thread that wrote a run is gone".into()))?;
            self.runs.push(run?);
        }
        Ok(())
    }

    /// Writes the rest.
    fn flush(&mut self, staging: &Staging) -> Result<()> {
        let rest = if self.chunk.ends.is_empty() { None } else { Some(self.chunk.write(staging)?) };
        self.settle()?;
        self.runs.extend(rest);
        self.chunk = RecordChunk::new(self.chunk.family);
        Ok(())
    }
}

impl Drop for RecordRuns {
    fn drop(&mut self) {
        // What it writes is removed with the directory, which must not come before.
        if let Some(writing) = self.writing.take() {
            let _ = writing.join();
        }
    }
}

impl Store {
    /// Begins a bulk load into a graph. The graph must not be changed by others until it is finished.
    pub fn bulk_load(&self, graph: GraphId) -> Result<BulkLoad> {
        let base = self.begin(Access::Write)?;
        if !base.graphs()?.iter().any(|(id, _)| *id == graph) {
            return Err(Error::UnknownGraph { graph });
        }
        let store = Arc::clone(&self.inner);
        let nodes_before = base.node_count(graph)?;
        Ok(BulkLoad {
            graph,
            had_nodes: nodes_before > 0,
            first_node: store.numbers.node.load(Ordering::SeqCst),
            first_edge: store.numbers.edge.load(Ordering::SeqCst),
            indexes: base.indexes(graph)?,
            vector_indexes: BTreeSet::new(),
            texts: BTreeMap::new(),
            text_totals: Vec::new(),
            entries: Vec::new(),
            base,
            ids: FxHashMap::default(),
            looked_up: FxHashMap::default(),
            lookups: 0,
            nodes_before,
            all_looked_up: false,
            labels: Vec::new(),
            edges: Vec::new(),
            nodes_out: RecordRuns::new(Family::Nodes),
            edges_out: RecordRuns::new(Family::Edges),
            counts: FxHashMap::default(),
            records: Vec::new(),
            staging: Arc::new(Staging::new(&store)?),
            store,
        })
    }
}

impl BulkLoad {
    /// The number of a label, new when there was none.
    pub fn intern_label(&self, name: &str) -> Result<LabelId> {
        self.base.intern_label(name)
    }

    /// The number of a property key, new when there was none.
    pub fn intern_property_key(&self, name: &str) -> Result<PropertyKey> {
        self.base.intern_property_key(name)
    }

    /// The value of a record of the floors above, as it was when the load began.
    pub fn get_record(&self, family: &str, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.base.get_record(family, key)
    }

    /// Adds or replaces a record of the floors above, in the commit of the load. One that others have changed since the load began
    /// is a conflict.
    pub fn put_record(&mut self, family: &str, key: &[u8], value: Vec<u8>) {
        self.records.push((keys::record(family, key), value));
    }

    fn count(&mut self, counted: Counted, label: LabelId) {
        *self.counts.entry((self.graph, counted, label)).or_default() += 1;
    }

    /// Adds a node. Fails with [`Error::DuplicateId`] when the graph or this load has one with this `_id`.
    pub fn node(&mut self, id: &str, labels: &[LabelId], properties: Properties) -> Result<NodeId> {
        if self.find(id)?.is_some() {
            return Err(Error::DuplicateId { id: id.to_owned() });
        }
        let labels = normal_labels(labels);
        let mut properties = normalise(properties);
        self.conform(false, &labels, &mut properties)?;
        let bytes = record::encode_node(id, &labels, &properties)?;
        let node = NodeId(self.store.numbers.node.fetch_add(1, Ordering::SeqCst));
        self.nodes_out.put(&self.staging, keys::node(self.graph, node), &bytes)?;
        let entry = |index: &Index| index.entry(false, node.0, &labels, &properties);
        self.entries.extend(self.indexes.iter().filter_map(entry));
        self.add_texts(false, node.0, &labels, &properties);
        self.ids.insert(id.into(), node);
        self.count(Counted::Nodes, LabelId(0));
        for label in labels {
            self.labels.push((label, node));
            self.count(Counted::NodeLabel, label);
        }
        Ok(node)
    }

    /// Makes properties what the vector indexes ask for.
    fn conform(&mut self, on_edge: bool, labels: &[LabelId], properties: &mut Properties) -> Result<()> {
        if self.indexes.iter().all(|index| index.definition.vector.is_none()) {
            return Ok(());
        }
        for (position, dimensions) in vector_index::conform(&self.indexes, on_edge, labels, properties)? {
            let indexes = Arc::make_mut(&mut self.indexes);
            indexes[position] = indexes[position].with_dimensions(dimensions);
        }
        let touched =
            self.indexes.iter().enumerate().filter(|(_, index)| index.has_vector(on_edge, labels, properties));
        self.vector_indexes.extend(touched.map(|(position, _)| position));
        Ok(())
    }

    /// Adds an element to the lists of the indexes on texts.
    fn add_texts(&mut self, on_edge: bool, element: u64, labels: &[LabelId], properties: &Properties) {
        for (position, index) in self.indexes.iter().enumerate() {
            if let Some(space) = &index.definition.text
                && let Some(texts) = index.texts(on_edge, labels, properties)
            {
                let document = Document::of(&texts, space.analyzer);
                self.texts.entry(position).or_default().add(element, &document);
            }
        }
    }

    /// The node with this `_id`, of this load or in the graph before. What was found is remembered.
    pub fn find(&mut self, id: &str) -> Result<Option<NodeId>> {
        if let Some(node) = self.ids.get(id).or_else(|| self.looked_up.get(id)) {
            return Ok(Some(*node));
        }
        if !self.had_nodes || self.all_looked_up {
            return Ok(None);
        }
        self.lookups += 1;
        if self.lookups * ONE_READ >= self.nodes_before && self.nodes_before <= MOST_READ {
            self.look_all_up()?;
            return Ok(self.looked_up.get(id).copied());
        }
        let found = self.base.node_by_id(self.graph, id)?;
        if let Some(node) = found {
            self.looked_up.insert(id.into(), node);
        }
        Ok(found)
    }

    /// Reads the `_id`s of all nodes of the graph before: one after the other they are read much faster than one by one.
    fn look_all_up(&mut self) -> Result<()> {
        let graph = keys::id(self.graph, "");
        let mut scan = self.base.inner.scan_prefix(Family::Ids, &graph, Hint::Scan)?;
        while let Some((key, value)) = scan.next()? {
            let id = key.get(graph.len()..).and_then(|id| std::str::from_utf8(id).ok());
            let id = id.ok_or_else(|| Error::corrupt("an `_id` is not a text in UTF-8"))?;
            self.looked_up.insert(id.into(), NodeId(keys::read_u64(value, 0)?));
        }
        self.all_looked_up = true;
        Ok(())
    }

    fn end(&mut self, id: &str) -> Result<NodeId> {
        self.find(id)?.ok_or_else(|| Error::MissingNode { id: id.to_owned() })
    }

    /// Adds an edge. Fails with [`Error::MissingNode`] when an end is neither in this load nor in the graph.
    pub fn edge(&mut self, label: LabelId, from_id: &str, to_id: &str, properties: Properties) -> Result<EdgeId> {
        let (from, to) = (self.end(from_id)?, self.end(to_id)?);
        self.edge_between(label, from, to, properties)
    }

    /// Adds an edge between nodes that [`BulkLoad::find`] or [`BulkLoad::node`] gave.
    pub fn edge_between(&mut self, label: LabelId, from: NodeId, to: NodeId, properties: Properties) -> Result<EdgeId> {
        let mut properties = normalise(properties);
        self.conform(true, &[label], &mut properties)?;
        let record = EdgeRecord { label, from, to, properties };
        let bytes = record::encode_edge(&record)?;
        let edge = EdgeId(self.store.numbers.edge.fetch_add(1, Ordering::SeqCst));
        self.edges_out.put(&self.staging, keys::edge(self.graph, edge), &bytes)?;
        let entry = |index: &Index| index.entry(true, edge.0, &[label], &record.properties);
        self.entries.extend(self.indexes.iter().filter_map(entry));
        self.add_texts(true, edge.0, &[label], &record.properties);
        self.edges.push(Edge { label, from, to, edge });
        self.count(Counted::Edges, LabelId(0));
        self.count(Counted::EdgeLabel, label);
        Ok(edge)
    }

    fn write_index<T: Sync, K: AsRef<[u8]>, V: AsRef<[u8]>>(
        &self,
        family: Family,
        sorted: &[T],
        entry: impl Fn(&T) -> (K, V) + Sync,
    ) -> Result<(Family, Vec<Run>)> {
        let runs = sorted.par_chunks(CHUNK_ENTRIES).map(|chunk| self.staging.write(family, chunk.iter().map(&entry)));
        Ok((family, runs.collect::<Result<_>>()?))
    }

    /// Writes what is not written yet; gives the runs of every family.
    pub(crate) fn write_runs(&mut self) -> Result<Vec<(Family, Vec<Run>)>> {
        let mut records = [
            std::mem::replace(&mut self.nodes_out, RecordRuns::new(Family::Nodes)),
            std::mem::replace(&mut self.edges_out, RecordRuns::new(Family::Edges)),
        ];
        let (labels, edges) = (std::mem::take(&mut self.labels), std::mem::take(&mut self.edges));
        let mut entries = std::mem::take(&mut self.entries);
        entries.par_sort_unstable_by(|a, b| a.key.cmp(&b.key));
        self.check_unique(&entries)?;
        let mut blocks = Vec::new();
        for (position, lists) in std::mem::take(&mut self.texts) {
            let index = self.indexes[position].id;
            self.text_totals.extend(lists.totals().map(|(field, totals)| (totals_key(index, field), totals)));
            lists.finish(index, &mut blocks);
        }
        let (staging, this) = (&self.staging, &*self);
        let (flushed, indexes) = rayon::join(
            || records.par_iter_mut().try_for_each(|records| records.flush(staging)),
            || this.write_indexes(labels, edges),
        );
        flushed?;
        let mut runs = indexes?;
        runs.push((Family::Indexes, index::write_runs(staging, &entries)?));
        // Apart, as numbers of indexes on texts lie between those of others.
        runs.push((Family::Indexes, text_index::write_runs(staging, blocks)?));
        runs.extend(records.iter_mut().map(|records| (records.chunk.family, std::mem::take(&mut records.runs))));
        Ok(runs)
    }

    /// Fails when a unique index would have the same values twice.
    fn check_unique(&self, sorted: &[Entry]) -> Result<()> {
        for index in self.indexes.iter().filter(|index| index.definition.unique) {
            let number = index.id.0.to_be_bytes();
            let from = sorted.partition_point(|entry| entry.key[..4] < number[..]);
            let to = sorted.partition_point(|entry| entry.key[..4] <= number[..]);
            if let Some(twice) = Index::first_twice(&sorted[from..to]) {
                return Err(self.store.duplicate(index, twice));
            }
            for entry in sorted[from..to].iter().filter(|entry| self.had_nodes && entry.constrained) {
                if self.base.inner.scan_prefix(Family::Indexes, entry.values(), Hint::Seek)?.next()?.is_some() {
                    return Err(self.store.duplicate(index, entry));
                }
            }
        }
        Ok(())
    }

    /// Sorts and writes the index entries.
    fn write_indexes(
        &self,
        mut labels: Vec<(LabelId, NodeId)>,
        mut edges: Vec<Edge>,
    ) -> Result<Vec<(Family, Vec<Run>)>> {
        let graph = self.graph;
        let mut ids: Vec<(&str, NodeId)> = self.ids.iter().map(|(id, node)| (id.as_str(), *node)).collect();
        ids.par_sort_unstable();
        let ids = self.write_index(Family::Ids, &ids, |(id, node)| (keys::id(graph, id), node.0.to_be_bytes()))?;
        labels.par_sort_unstable();
        let labels =
            self.write_index(Family::Labels, &labels, |(label, node)| (keys::label(graph, *label, node.0), []))?;
        edges.par_sort_unstable_by_key(|edge| (edge.label, edge.edge));
        let edge_labels = self.write_index(Family::EdgeLabels, &edges, |edge| {
            (keys::label(graph, edge.label, edge.edge.0), keys::ends(edge.from, edge.to))
        })?;
        edges.par_sort_unstable_by_key(|edge| (edge.from, edge.label, edge.to, edge.edge));
        let out = self.write_index(Family::Out, &edges, |edge| {
            (keys::adjacent(graph, edge.from, edge.label, edge.to, edge.edge), [])
        })?;
        edges.par_sort_unstable_by_key(|edge| (edge.to, edge.label, edge.from, edge.edge));
        let inward = self.write_index(Family::In, &edges, |edge| {
            (keys::adjacent(graph, edge.to, edge.label, edge.from, edge.edge), [])
        })?;
        Ok(vec![ids, labels, edge_labels, out, inward])
    }

    /// Makes everything durable and visible at once. [`Error::Conflict`] when the graph was changed meanwhile,
    /// [`Error::DuplicateKey`] when a unique index would have the same values twice.
    pub fn finish(mut self) -> Result<LoadReport> {
        let total = |counted| self.counts.get(&(self.graph, counted, LabelId(0))).copied().unwrap_or(0) as u64;
        let report = LoadReport { nodes: total(Counted::Nodes), edges: total(Counted::Edges) };
        if report == LoadReport::default() && self.records.is_empty() {
            return Ok(report);
        }
        self.store.kv.check_writable()?;
        let runs = self.write_runs()?;
        let store = Arc::clone(&self.store);
        let _gate = store.gate.write();
        let mut commits = store.settled()?;
        let log = &mut commits.log;
        let newest = store.kv.snapshot();
        let version = newest.get(Family::Meta, &keys::version(self.graph), keys::read_count)?;
        let dropped = store.hasher.logical(LogicalKey::Graph(self.graph));
        if version != self.base.graph_version(self.graph)? {
            return Err(Error::Conflict);
        }
        let written: Vec<_> = self.records.iter().map(|(key, _)| store.hasher.stored(Family::Records, key)).collect();
        let touched = || std::iter::once(dropped).chain(written.iter().copied());
        log.check(self.base.inner.sequence(), touched())?;

        pending::write(&store.kv, self.graph, self.first_node, self.first_edge)?;
        let sequence = log.sequence + 1;
        let done = runs
            .iter()
            .try_for_each(|(family, runs)| store.kv.ingest(*family, runs))
            .and_then(|()| self.write_last(sequence));
        if let Err(error) = done {
            if pending::roll_back(&store.kv).is_err() {
                store.broken.store(true, Ordering::Release);
            }
            return Err(error);
        }
        log.sequence = sequence;
        store.writers.committed(sequence);
        // A transaction that began before and changes this graph must not commit over what it did not see.
        log.note(store.writers.open(), touched());
        Ok(report)
    }

    /// The small commit that deletes the record of the load.
    fn write_last(&self, sequence: u64) -> Result<()> {
        let kv = &self.store.kv;
        let newest = kv.snapshot();
        let mut batch = kv.batch();
        for (key, delta) in &self.counts {
            let key = keys::count(*key);
            let count = newest.get(Family::Meta, &key, keys::read_count)?.saturating_add_signed(*delta);
            batch.put(Family::Meta, &key, &count.to_be_bytes())?;
        }
        for (key, (documents, words)) in &self.text_totals {
            let (old_documents, old_words) = newest.get(Family::Indexes, key, read_totals)?;
            batch.put(Family::Indexes, key, &totals_value(old_documents + documents, old_words + words))?;
        }
        for (key, value) in &self.records {
            batch.put(Family::Records, key, value)?;
        }
        for index in self.vector_indexes.iter().map(|position| &self.indexes[*position]) {
            let mut index = index.clone();
            if index.lists > 0 {
                batch.delete_prefix(Family::Indexes, &index.id.0.to_be_bytes())?;
                index.id = IndexId(self.store.numbers.index.fetch_add(1, Ordering::SeqCst));
                index.lists = 0;
            }
            batch.put(Family::Meta, &catalog_key(self.graph, &index.definition.name), &index.encode())?;
        }
        batch.put(Family::Meta, &keys::version(self.graph), &sequence.to_be_bytes())?;
        batch.put(Family::Meta, &[meta::STATE], &self.store.numbers.state(sequence))?;
        batch.delete(Family::Meta, &[meta::PENDING])?;
        kv.write(batch)
    }
}
