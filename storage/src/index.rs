//! Indexes on properties: the catalog of a graph's indexes, their upkeep, and the search in them.
//!
//! An index is over the nodes or edges of one label. Its entries follow from the records alone: an element has one when
//! its record has the first property. So each write computes the entries before and after and changes what differs.
//! A unique index refuses a second element with the same values, unless one of them is not there or has no order.

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use crate::codec::{Reader, put_varint};
use crate::commit::read_count;
use crate::error::{Error, Result};
use crate::index_key;
use crate::keys::{self, meta};
use crate::overlay::{Created, Mark, Overlay};
use crate::record;
use crate::rocks::{Family, Hint, Rocks, Snapshot};
use crate::scan::Scan;
use crate::staging::Staging;
use crate::transaction::{Transaction, TxInner};
use crate::value::{EdgeId, GraphId, IndexId, LabelId, NodeId, Properties, PropertyKey, Value};

/// An index on more elements than this is written as files.
const STAGE_FROM: usize = 100_000;
/// Entries in one file.
const CHUNK_ENTRIES: usize = 1 << 18;

const UNIQUE: u8 = 1;
const ON_EDGE: u8 = 2;

/// What an index is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexDefinition {
    /// Its name, unique in the graph.
    pub name: String,
    /// Over edges rather than nodes.
    pub on_edge: bool,
    /// The label of its elements.
    pub label: LabelId,
    /// Its properties, the leading one first.
    pub properties: Vec<PropertyKey>,
    /// No two elements have the same values.
    pub unique: bool,
}

/// An index of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its number.
    pub id: IndexId,
    /// What it is on.
    pub definition: IndexDefinition,
}

/// What is looked for in the column after those that have an exact value.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexBound {
    /// Anything, or nothing at all.
    All,
    /// Values between two bounds of comparable types.
    Between(Bound<Value>, Bound<Value>),
    /// Strings that start like this.
    StartsWith(String),
}

/// An entry of an index: its key, and whether a unique index refuses a second one with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub key: Vec<u8>,
    pub constrained: bool,
}

impl Entry {
    /// The key without the element.
    pub(crate) fn values(&self) -> &[u8] {
        values(&self.key)
    }
}

/// The index number and values in a key.
pub(crate) fn values(key: &[u8]) -> &[u8] {
    &key[..key.len().saturating_sub(8)]
}

/// The element a key leads to.
pub(crate) fn element(key: &[u8]) -> Result<u64> {
    keys::read_u64(key, key.len().saturating_sub(8))
}

impl Index {
    fn encode(&self) -> Vec<u8> {
        let definition = &self.definition;
        let mut out = self.id.0.to_be_bytes().to_vec();
        out.push(if definition.unique { UNIQUE } else { 0 } | if definition.on_edge { ON_EDGE } else { 0 });
        put_varint(&mut out, u64::from(definition.label.0));
        put_varint(&mut out, definition.properties.len() as u64);
        for property in &definition.properties {
            put_varint(&mut out, u64::from(property.0));
        }
        out
    }

    fn decode(key: &[u8], value: &[u8]) -> Result<Index> {
        let name = key.get(5..).and_then(|name| std::str::from_utf8(name).ok());
        let name = name.ok_or_else(|| Error::corrupt("the name of an index is not UTF-8"))?.to_owned();
        let id = IndexId(keys::read_u32(value, 0)?);
        let mut reader = Reader::new(&value[4..]);
        let flags = reader.byte()?;
        let label = LabelId(reader.varint_u32()?);
        let count = reader.count()?;
        let properties = (0..count).map(|_| reader.varint_u32().map(PropertyKey)).collect::<Result<_>>()?;
        let (unique, on_edge) = (flags & UNIQUE != 0, flags & ON_EDGE != 0);
        Ok(Index { id, definition: IndexDefinition { name, on_edge, label, properties, unique } })
    }

    /// The entry of an element whose label is that of the index; none without the first property.
    fn entry_with(&self, element: u64, value: impl Fn(PropertyKey) -> Result<Option<Value>>) -> Result<Option<Entry>> {
        let mut key = self.id.0.to_be_bytes().to_vec();
        let mut constrained = self.definition.unique;
        for (position, property) in self.definition.properties.iter().enumerate() {
            match value(*property)? {
                Some(value) => constrained &= index_key::put(&mut key, &value),
                None if position == 0 => return Ok(None),
                None => {
                    index_key::put_null(&mut key);
                    constrained = false;
                }
            }
        }
        key.extend_from_slice(&element.to_be_bytes());
        Ok(Some(Entry { key, constrained }))
    }

    /// The entry of an element, if it has one.
    pub(crate) fn entry(
        &self,
        on_edge: bool,
        element: u64,
        labels: &[LabelId],
        properties: &Properties,
    ) -> Option<Entry> {
        let definition = &self.definition;
        if definition.on_edge != on_edge || !labels.contains(&definition.label) {
            return None;
        }
        let mut key = self.id.0.to_be_bytes().to_vec();
        let mut constrained = definition.unique;
        for (position, wanted) in definition.properties.iter().enumerate() {
            match properties.binary_search_by_key(wanted, |(key, _)| *key) {
                Ok(at) => constrained &= index_key::put(&mut key, &properties[at].1),
                Err(_) if position == 0 => return None,
                Err(_) => {
                    index_key::put_null(&mut key);
                    constrained = false;
                }
            }
        }
        key.extend_from_slice(&element.to_be_bytes());
        Some(Entry { key, constrained })
    }

    /// The error of a second element with the values of `key`.
    pub(crate) fn duplicate(&self, key: &[u8]) -> Error {
        Error::DuplicateKey {
            index: self.definition.name.clone(),
            what: if self.definition.on_edge { "edge" } else { "node" },
            values: index_key::describe(values(key).get(4..).unwrap_or(&[])),
        }
    }

    /// Fails when two of the sorted entries of a unique index have the same values.
    pub(crate) fn check_sorted(&self, sorted: &[Entry]) -> Result<()> {
        match sorted.windows(2).find(|pair| pair[0].constrained && pair[0].values() == pair[1].values()) {
            Some(pair) => Err(self.duplicate(&pair[0].key)),
            None => Ok(()),
        }
    }
}

fn catalog_key(graph: GraphId, name: &str) -> Vec<u8> {
    let mut key = keys::meta_graph(meta::INDEX, graph).to_vec();
    key.extend_from_slice(name.as_bytes());
    key
}

/// The indexes of a graph, or with `None` of all, in a snapshot.
pub(crate) fn stored(snapshot: &Arc<Snapshot>, graph: Option<GraphId>) -> Result<Vec<(GraphId, Index)>> {
    let prefix = graph.map_or(vec![meta::INDEX], |graph| keys::meta_graph(meta::INDEX, graph).to_vec());
    let mut iter = snapshot.prefix(Family::Meta, &prefix, Hint::Seek)?;
    let mut found = Vec::new();
    while let Some((key, value)) = iter.item() {
        found.push((GraphId(keys::read_u32(key, 1)?), Index::decode(key, value)?));
        iter.advance()?;
    }
    Ok(found)
}

/// Removes the entries that belong to no index: fillings that were cut off.
pub(crate) fn remove_unused(rocks: &Arc<Rocks>) -> Result<()> {
    let snapshot = rocks.snapshot();
    let used: Vec<u32> = stored(&snapshot, None)?.iter().map(|(_, index)| index.id.0).collect();
    let mut unused = Vec::new();
    let mut entries = snapshot.prefix(Family::Indexes, &[], Hint::Seek)?;
    while let Some(key) = entries.key() {
        let number = keys::read_u32(key, 0)?;
        if !used.contains(&number) {
            unused.push(number);
        }
        let Some(next) = keys::after(&number.to_be_bytes()) else { break };
        entries.seek(&next)?;
    }
    if !unused.is_empty() {
        let mut batch = rocks.batch();
        for number in unused {
            batch.delete_prefix(Family::Indexes, &number.to_be_bytes())?;
        }
        rocks.write(batch)?;
    }
    Ok(())
}

/// The entries of one element, by position in the list of its graph's indexes.
pub(crate) type Entries = Vec<Option<Entry>>;

impl TxInner {
    /// The indexes of a graph as this transaction sees them.
    pub(crate) fn indexes_in(&self, overlay: &Overlay, graph: GraphId) -> Result<Arc<Vec<Index>>> {
        self.indexes_with(graph, |prefix| self.scan_prefix_in(overlay, Family::Meta, prefix))
    }

    pub(crate) fn indexes(&self, graph: GraphId) -> Result<Arc<Vec<Index>>> {
        match self.own() {
            Some(overlay) => self.indexes_in(&overlay, graph),
            None => self.indexes_with(graph, |prefix| {
                Scan::new(self, None, Family::Meta, prefix, keys::after(prefix), Hint::Seek)
            }),
        }
    }

    fn indexes_with(&self, graph: GraphId, scan: impl FnOnce(&[u8]) -> Result<Scan>) -> Result<Arc<Vec<Index>>> {
        // A database without an index pays nothing.
        if self.store.numbers.index.load(Ordering::SeqCst) == 0 {
            return Ok(Arc::default());
        }
        if let Some(indexes) = self.index_cache.lock().get(&graph) {
            return Ok(Arc::clone(indexes));
        }
        let mut scan = scan(&keys::meta_graph(meta::INDEX, graph))?;
        let mut indexes = Vec::new();
        while let Some((key, value)) = scan.next()? {
            indexes.push(Index::decode(key, value)?);
        }
        let indexes = Arc::new(indexes);
        self.index_cache.lock().insert(graph, Arc::clone(&indexes));
        Ok(indexes)
    }

    /// The entries an element has with these labels and properties of its record.
    pub(crate) fn entries(
        &self,
        overlay: &Overlay,
        graph: GraphId,
        on_edge: bool,
        element: u64,
        labels: &[LabelId],
        properties: &Properties,
    ) -> Result<Entries> {
        let indexes = self.indexes_in(overlay, graph)?;
        Ok(indexes.iter().map(|index| index.entry(on_edge, element, labels, properties)).collect())
    }

    /// Changes the entries of an element, or fails with [`Error::DuplicateKey`] and changes nothing.
    pub(crate) fn reindex(&self, overlay: &mut Overlay, graph: GraphId, before: Entries, after: Entries) -> Result<()> {
        if before.is_empty() && after.is_empty() {
            return Ok(());
        }
        let indexes = self.indexes_in(overlay, graph)?;
        let mut before = before.into_iter();
        let mut after = after.into_iter();
        let changes: Vec<_> = indexes
            .iter()
            .map(|index| (index, before.next().flatten(), after.next().flatten()))
            .filter(|(_, before, after)| before != after)
            .collect();
        for (index, _, after) in &changes {
            if let Some(entry) = after.as_ref().filter(|entry| entry.constrained)
                && self.scan_prefix_in(overlay, Family::Indexes, entry.values())?.next()?.is_some()
            {
                return Err(index.duplicate(&entry.key));
            }
        }
        for (_, before, after) in changes {
            if let Some(entry) = before {
                overlay.delete(Family::Indexes, &entry.key);
            }
            if let Some(entry) = after {
                if entry.constrained {
                    // Of two transactions that add the same values, one must fail.
                    let print = self.store.printer.key(Family::Indexes, entry.values());
                    overlay.reads.insert(print);
                    overlay.marks.insert(print);
                }
                overlay.put(Family::Indexes, &entry.key, &[]);
            }
        }
        Ok(())
    }
}

/// Indexes on properties.
impl Transaction {
    /// The indexes of a graph, by name.
    pub fn indexes(&self, graph: GraphId) -> Result<Arc<Vec<Index>>> {
        self.inner.indexes(graph)
    }

    /// Adds an index and fills it with what the graph has. Fails with [`Error::IndexExists`] when the graph has one of
    /// this name, and with [`Error::DuplicateKey`] when it is to be unique and cannot be.
    ///
    /// It conflicts with any other transaction that changes the graph at the same time.
    pub fn create_index(&self, graph: GraphId, definition: IndexDefinition) -> Result<IndexId> {
        let tx = &*self.inner;
        let name = catalog_key(graph, &definition.name);
        if definition.properties.is_empty() {
            return Err(Error::corrupt("an index has no property"));
        }
        if tx.has_in(&*tx.change()?, Family::Meta, &name)? {
            return Err(Error::IndexExists { name: definition.name });
        }
        let index = Index { id: IndexId(tx.store.numbers.index.fetch_add(1, Ordering::SeqCst)), definition };
        let mut entries = self.all_entries(graph, &index)?;
        entries.par_sort_unstable_by(|a, b| a.key.cmp(&b.key));
        index.check_sorted(&entries)?;
        let fresh = if entries.len() < STAGE_FROM {
            None
        } else {
            // Nobody looks there before the catalog names the number; what a crash leaves goes at the next open.
            let staging = Staging::new(&tx.store)?;
            let files = write_files(&staging, &entries)?;
            tx.store.rocks.ingest(Family::Indexes, &files)?;
            Some(tx.store.rocks.snapshot())
        };
        let mut overlay = tx.change()?;
        match fresh {
            Some(snapshot) => overlay.see(Family::Indexes, u64::from(index.id.0), snapshot),
            None => entries.iter().for_each(|entry| overlay.put(Family::Indexes, &entry.key, &[])),
        }
        overlay.put(Family::Meta, &name, &index.encode());
        // Who changes the graph meanwhile knows nothing of the index.
        let version = tx.snapshot().get(Family::Meta, &keys::version(graph), read_count)?;
        overlay.created.push(Created { graph, index: index.id, version });
        let mark = tx.store.printer.mark(Mark::Graph(graph));
        overlay.marks.insert(mark);
        overlay.reads.insert(mark);
        tx.forget_catalog();
        Ok(index.id)
    }

    fn all_entries(&self, graph: GraphId, index: &Index) -> Result<Vec<Entry>> {
        let tx = &*self.inner;
        let mut entries = Vec::new();
        let mut add = |family: Family, key: &[u8], element: u64| -> Result<()> {
            let entry = tx.get(family, key, |bytes| {
                let Some(bytes) = bytes else { return Ok(None) };
                index.entry_with(element, |property| match family {
                    Family::Edges => record::edge_property(bytes, property),
                    _ => record::node_property(bytes, property),
                })
            })?;
            entries.extend(entry);
            Ok(())
        };
        let label = Some(index.definition.label);
        if index.definition.on_edge {
            for edge in self.edges(graph, label)? {
                let EdgeId(edge) = edge?.0;
                add(Family::Edges, &keys::edge(graph, EdgeId(edge)), edge)?;
            }
        } else {
            for node in self.nodes(graph, label)? {
                let NodeId(node) = node?;
                add(Family::Nodes, &keys::node(graph, NodeId(node)), node)?;
            }
        }
        Ok(entries)
    }

    /// Removes the index of this name. Fails with [`Error::UnknownIndex`] when there is none.
    pub fn drop_index(&self, graph: GraphId, name: &str) -> Result<()> {
        let tx = &*self.inner;
        let mut overlay = tx.change()?;
        let indexes = tx.indexes_in(&overlay, graph)?;
        let found = indexes.iter().find(|index| index.definition.name == name);
        let index = found.ok_or_else(|| Error::UnknownIndex { name: name.to_owned() })?;
        overlay.delete(Family::Meta, &catalog_key(graph, name));
        overlay.dropped_indexes.push(index.id);
        // Who changes the graph meanwhile would add entries to it.
        overlay.marks.insert(tx.store.printer.mark(Mark::Graph(graph)));
        tx.forget_catalog();
        Ok(())
    }

    /// The elements whose first properties equal `equal` and whose next one is within `bound`, in the order of the index.
    ///
    /// `None`: the index cannot answer this as a comparison of each element would, because a value looked for has no order, or
    /// because elements have values that it cannot be compared with. Then all elements of the label must be looked at.
    pub fn index_scan(
        &self,
        graph: GraphId,
        index: IndexId,
        equal: &[Value],
        bound: &IndexBound,
    ) -> Result<Option<IndexCursor>> {
        if !self.indexes(graph)?.iter().any(|found| found.id == index) {
            return Err(Error::UnknownIndex { name: format!("#{}", index.0) });
        }
        let mut prefix = index.0.to_be_bytes().to_vec();
        for value in equal {
            if !index_key::put(&mut prefix, value) {
                return Ok(None);
            }
        }
        let with = |value: &Value| {
            let mut key = prefix.clone();
            index_key::put(&mut key, value);
            key
        };
        let (lower, upper) = match bound {
            IndexBound::All => (prefix.clone(), keys::after(&prefix)),
            IndexBound::StartsWith(text) => {
                let mut lower = prefix.clone();
                index_key::put_string_prefix(&mut lower, text);
                let upper = keys::after(&lower);
                (lower, upper)
            }
            IndexBound::Between(lower, upper) => {
                let class_of = |bound: &Bound<Value>| match bound {
                    Bound::Included(value) | Bound::Excluded(value) => Some(index_key::class(value)),
                    Bound::Unbounded => None,
                };
                let class = match (class_of(lower), class_of(upper)) {
                    (Some(Some(a)), Some(Some(b))) if a == b => a,
                    (Some(Some(class)), None) | (None, Some(Some(class))) => class,
                    _ => return Ok(None),
                };
                let tagged = |tag: u8| [&prefix[..], &[tag]].concat();
                let (begin, end) = (tagged(class), tagged(class + 1));
                // A value of another class would be an error to compare with.
                for (from, to) in [(tagged(index_key::FIRST), Some(begin.clone())), (end.clone(), keys::after(&prefix))]
                {
                    if self.inner.scan(Family::Indexes, &from, to, Hint::Seek)?.next()?.is_some() {
                        return Ok(None);
                    }
                }
                let lower = match lower {
                    Bound::Included(value) => Some(with(value)),
                    Bound::Excluded(value) => keys::after(&with(value)),
                    Bound::Unbounded => Some(begin),
                };
                let upper = match upper {
                    Bound::Included(value) => keys::after(&with(value)),
                    Bound::Excluded(value) => Some(with(value)),
                    Bound::Unbounded => Some(end),
                };
                (lower.unwrap_or_default(), upper)
            }
        };
        // RocksDB takes no range that ends before it begins.
        let upper = match upper {
            Some(upper) if upper < lower => Some(lower.clone()),
            upper => upper,
        };
        Ok(Some(IndexCursor { scan: self.inner.scan(Family::Indexes, &lower, upper, Hint::Seek)? }))
    }
}

/// Writes sorted entries, gives the files.
pub(crate) fn write_files(staging: &Staging, sorted: &[Entry]) -> Result<Vec<std::path::PathBuf>> {
    let write = |chunk: &[Entry]| staging.write(Family::Indexes, chunk.iter().map(|entry| (&entry.key, [])));
    sorted.par_chunks(CHUNK_ENTRIES).map(write).collect()
}

/// The numbers of nodes or edges found in an index, in its order.
pub struct IndexCursor {
    scan: Scan,
}

impl Iterator for IndexCursor {
    type Item = Result<u64>;

    fn next(&mut self) -> Option<Result<u64>> {
        match self.scan.next() {
            Ok(entry) => entry.map(|(key, _)| element(key)),
            Err(error) => Some(Err(error)),
        }
    }
}
