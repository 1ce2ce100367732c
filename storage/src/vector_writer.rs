//! Filling a vector set.
//!
//! The vectors go into sorted runs (on disk SST files beside the database) under a fresh set number, and are ingested when all are there.
//! Nobody sees them until a commit of a few bytes names the set the active one of its property, and deletes the set it
//! replaces (older snapshots still read that). A crash or a dropped writer leaves at most a set nobody names,
//! which the next open removes. A vector of a node that is not written again is carried over.
//!
//! What may happen meanwhile: a node is deleted (the store notes which, and the commit leaves them out);
//! a single vector of the property is set, or its set replaced by another writer (the commit conflicts).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::codec::put_floats;
use crate::conflict::LogicalKey;
use crate::error::{Error, Result};
use crate::keys;
use crate::kv::{Family, Run};
use crate::overlay::{ReplacedSet, Unused};
use crate::staging::Staging;
use crate::store::{Store, StoreInner};
use crate::transaction::Transaction;
use crate::value::{Access, GraphId, NodeId, PropertyKey};
use crate::writers::Filling;

/// Vectors are sorted and written in pieces of about this many bytes.
const CHUNK_BYTES: usize = 32 << 20;

/// Fills a fresh vector set of one property; see the module's text. Dropping it abandons the set.
pub struct VectorSetWriter {
    graph: GraphId,
    property: PropertyKey,
    set: u64,
    /// The state the set is filled from; counted as a writer, so that the store keeps what commits since then wrote.
    base: Transaction,
    /// Keeps the store noting deleted nodes.
    filling: Option<Filling>,
    store: Arc<StoreInner>,
    staging: Staging,
    /// The present chunk: nodes and where their bytes end in `data`.
    chunk: Vec<(NodeId, usize)>,
    data: Vec<u8>,
    /// Runs that do not overlap, for each pass through the nodes; later passes replace what earlier ones wrote.
    runs: Vec<Vec<Run>>,
    last: Option<NodeId>,
    written: Vec<NodeId>,
    /// The lengths of the shortest and the longest vector that were put.
    widths: Option<(usize, usize)>,
    ingested: bool,
}

impl Store {
    /// Begins a new vector set of a property.
    pub fn begin_vector_set(&self, graph: GraphId, property: &str) -> Result<VectorSetWriter> {
        let property = self.intern_property_key(property)?;
        let store = Arc::clone(&self.inner);
        // Deleted nodes are noted from before the snapshot on.
        let filling = store.writers.fill();
        let base = self.begin(Access::Write)?;
        Ok(VectorSetWriter {
            graph,
            property,
            set: store.numbers.set.fetch_add(1, Ordering::SeqCst),
            base,
            filling: Some(filling),
            staging: Staging::new(&store)?,
            store,
            chunk: Vec::new(),
            data: Vec::new(),
            runs: Vec::new(),
            last: None,
            written: Vec::new(),
            widths: None,
            ingested: false,
        })
    }

    /// Replaces the vectors of a property by those given; vectors of other nodes stay. Atomic.
    pub fn write_vectors(
        &self,
        graph: GraphId,
        property: &str,
        vectors: &mut dyn Iterator<Item = Result<(NodeId, &[f32])>>,
    ) -> Result<u64> {
        let mut writer = self.begin_vector_set(graph, property)?;
        for vector in vectors {
            let (node, vector) = vector?;
            writer.put(node, vector)?;
        }
        writer.finish(None)
    }
}

impl VectorSetWriter {
    /// The property key that is written.
    pub fn property(&self) -> PropertyKey {
        self.property
    }

    /// Adds a node's vector. Ascending node order is fastest; of a node given twice the last vector counts.
    pub fn put(&mut self, node: NodeId, vector: &[f32]) -> Result<()> {
        let width = vector.len();
        self.widths = Some(self.widths.map_or((width, width), |(least, most)| (least.min(width), most.max(width))));
        put_floats(&mut self.data, vector);
        self.chunk.push((node, self.data.len()));
        if self.data.len() + self.chunk.len() * 32 >= CHUNK_BYTES {
            self.write_chunk()?;
        }
        Ok(())
    }

    fn write_chunk(&mut self) -> Result<()> {
        let ends = std::mem::take(&mut self.chunk);
        let mut entries: Vec<(NodeId, &[u8])> = Vec::with_capacity(ends.len());
        let mut start = 0;
        for (node, end) in ends {
            entries.push((node, &self.data[start..end]));
            start = end;
        }
        if !entries.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            entries.reverse();
            entries.sort_by_key(|(node, _)| *node);
            entries.dedup_by_key(|(node, _)| *node);
        }
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(()) };
        let (first, last) = (first.0, last.0);
        self.written.extend(entries.iter().map(|(node, _)| *node));
        let set = self.set;
        let keyed = entries.iter().map(|(node, bytes)| (keys::vector(set, *node), *bytes));
        let sorted = self.staging.write(Family::Vectors, keyed)?;
        match self.runs.last_mut() {
            Some(run) if self.last.is_none_or(|last| last < first) => run.push(sorted),
            _ => self.runs.push(vec![sorted]),
        }
        self.last = Some(last);
        self.data.clear();
        Ok(())
    }

    /// Those of the sorted nodes that are not in the graph.
    fn missing(&self, base: &Transaction, nodes: &[NodeId]) -> Result<Vec<NodeId>> {
        let mut missing = Vec::new();
        let mut present = base.nodes(self.graph, None)?;
        let mut current = present.next().transpose()?;
        for node in nodes {
            while current.is_some_and(|current| current < *node) {
                current = present.next().transpose()?;
            }
            if current != Some(*node) {
                missing.push(*node);
            }
        }
        Ok(missing)
    }

    /// Writes the vectors of the set to be replaced whose nodes were not written.
    fn carry_over(&mut self, base: &Transaction, written: &[NodeId]) -> Result<()> {
        let mut old = base.vectors(self.graph, self.property)?;
        let mut vector = Vec::new();
        let mut at = 0;
        self.last = None;
        self.runs.push(Vec::new());
        while let Some(node) = old.next_into(&mut vector)? {
            at += written[at..].partition_point(|written| *written < node);
            if written.get(at) != Some(&node) {
                self.put(node, &vector)?;
            }
        }
        self.write_chunk()
    }

    /// Makes the set the active one of its property: with the commit of `transaction` when one is given (which sees the
    /// set at once), else in a commit of its own. Gives how many vectors were written.
    pub fn finish(mut self, transaction: Option<&Transaction>) -> Result<u64> {
        self.write_chunk()?;
        let (base, filling) = (self.base.clone(), self.filling.take().ok_or(Error::Closed)?);
        let mut written = std::mem::take(&mut self.written);
        if !written.is_sorted() {
            written.sort_unstable();
        }
        written.dedup();
        let missing = self.missing(&base, &written)?;
        // When the transaction has replaced the set already, it alone sees the set that is replaced now.
        let (graph, property) = (self.graph, self.property);
        let again = transaction.filter(|transaction| {
            transaction.inner.own().is_some_and(|overlay| overlay.replaced_since(graph, property).is_some())
        });
        // What is carried over is as it was.
        let widths = self.widths;
        self.carry_over(again.unwrap_or(&base), &written)?;
        self.widths = widths;
        self.ingested = true;
        for run in std::mem::take(&mut self.runs) {
            self.store.kv.ingest(Family::Vectors, &run)?;
        }
        let count = (written.len() - missing.len()) as u64;
        match transaction {
            Some(transaction) => self.replace(transaction, filling, &written, &missing)?,
            None => {
                let own = Store { inner: Arc::clone(&self.store) }.begin(Access::Write)?;
                self.replace(&own, filling, &written, &missing)?;
                own.commit()?;
            }
        }
        Ok(count)
    }

    /// Makes the set the active one within a transaction.
    fn replace(
        &mut self,
        transaction: &Transaction,
        filling: Filling,
        written: &[NodeId],
        missing: &[NodeId],
    ) -> Result<()> {
        let tx = &transaction.inner;
        let mut overlay = tx.change()?;
        let (graph, property, set) = (self.graph, self.property, self.set);
        // Changes of single vectors made before in the same transaction would go to the set that is replaced.
        if let Some(old) = tx.sets_in(&overlay, graph)?.get(property) {
            let prefix = old.to_be_bytes();
            let end = keys::after(&prefix);
            let own: Vec<_> = overlay
                .range(Family::Vectors, &prefix, end.as_deref())
                .map(|(key, value)| (Arc::clone(key), value.clone()))
                .collect();
            for (key, value) in own {
                let node = NodeId(keys::read_u64(&key, 8)?);
                if written.binary_search(&node).is_err() {
                    overlay.set(Family::Vectors, &keys::vector(set, node), value.as_deref());
                }
            }
        }
        tx.replace_vectors_of_indexes(&mut overlay, graph, property, self.widths)?;
        overlay.put(Family::Meta, &keys::vector_set(graph, property), &set.to_be_bytes());
        overlay.read_set.insert(self.store.hasher.logical(LogicalKey::Graph(graph)));
        overlay.write_set.insert(self.store.hasher.logical(LogicalKey::VectorSet(graph, property)));
        for node in missing {
            overlay.delete(Family::Vectors, &keys::vector(set, *node));
        }
        let since = self.base.inner.sequence();
        let since = overlay.replaced_since(graph, property).map_or(since, |first| first.min(since));
        let snapshot = self.store.kv.snapshot();
        let registered = self.base.inner.register_again().ok_or(Error::Closed)?;
        overlay.replace_set(ReplacedSet { graph, property, set, snapshot, since, _writers: (filling, registered) });
        tx.forget_catalog();
        // From here on the transaction looks after the set.
        self.ingested = false;
        Ok(())
    }
}

impl Drop for VectorSetWriter {
    fn drop(&mut self) {
        if self.ingested {
            // What cannot be removed now is removed when the database is opened next.
            let _ = self.store.remove_unused(&Unused { sets: vec![self.set], indexes: Vec::new() });
        }
    }
}
