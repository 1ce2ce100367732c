//! Indexes on properties: their upkeep, and the search in them. Their definitions are in `index_catalog.rs`.
//!
//! An index is over the nodes or edges of one label. Its entries follow from the records alone: an element has one when
//! its record has the first property. So each write computes the entries before and after and changes what differs.
//! A unique index refuses a second element with the same values, unless one of them is not there or has no order.

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use crate::conflict::LogicalKey;
use crate::error::{Error, Result};
use crate::index_catalog::{Entry, Index, IndexDefinition, catalog_key, element};
use crate::index_key;
use crate::keys::{self, meta};
use crate::kv::{Family, Hint, Run};
use crate::overlay::{Created, Overlay};
use crate::record;
use crate::scan::Scan;
use crate::staging::Staging;
use crate::store::StoreInner;
use crate::text::Texts;
use crate::text_index::change_texts;
use crate::transaction::{Transaction, TxInner};
use crate::value::{EdgeId, GraphId, IndexId, LabelId, NodeId, Properties, Value};

/// An index on more elements than this is written as sorted runs.
const STAGE_FROM: usize = 100_000;
/// Entries in one run.
const CHUNK_ENTRIES: usize = 1 << 18;

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

/// What indexes have of one element, by position in the list of its graph's indexes.
#[derive(Default)]
pub(crate) struct Entries {
    /// The entries by values.
    values: Vec<Option<Entry>>,
    /// The texts, as far as there are indexes on texts.
    texts: Vec<Option<Texts>>,
}

impl Entries {
    /// Whether the graph has no index.
    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl StoreInner {
    /// The error of a second element with the values of an entry.
    pub(crate) fn duplicate(&self, index: &Index, entry: &Entry) -> Error {
        let definition = &index.definition;
        let label = self.tokens.labels.name(definition.label.0);
        let properties = definition.properties.iter().map(|key| self.tokens.properties.name(key.0));
        let properties: Vec<_> = properties.map(|name| format!("`{}`", name.unwrap_or_default())).collect();
        Error::DuplicateKey {
            index: definition.name.clone(),
            what: if definition.on_edge { "edge" } else { "node" },
            label: label.unwrap_or_default().to_string(),
            properties: properties.join(", "),
            values: index_key::describe(entry.values().get(4..).unwrap_or(&[])),
        }
    }
}

impl TxInner {
    /// The indexes of a graph as this transaction sees them.
    pub(crate) fn indexes_in(&self, overlay: &Overlay, graph: GraphId) -> Result<Arc<Vec<Index>>> {
        self.indexes_with(graph, |prefix| self.scan_prefix_in(overlay, Family::Meta, prefix))
    }

    pub(crate) fn indexes(&self, graph: GraphId) -> Result<Arc<Vec<Index>>> {
        match self.own() {
            Some(overlay) => self.indexes_in(&overlay, graph),
            None => self.indexes_with(graph, |prefix| {
                Scan::new(self.snapshot(), None, Family::Meta, prefix, keys::after(prefix), Hint::Seek)
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
        let mut entries = Entries {
            values: indexes.iter().map(|index| index.entry(on_edge, element, labels, properties)).collect(),
            texts: Vec::new(),
        };
        if indexes.iter().any(|index| index.definition.text.is_some()) {
            entries.texts = indexes.iter().map(|index| index.texts(on_edge, labels, properties)).collect();
        }
        Ok(entries)
    }

    /// Changes the entries of an element, or fails with [`Error::DuplicateKey`] and changes nothing.
    pub(crate) fn reindex(
        &self,
        overlay: &mut Overlay,
        graph: GraphId,
        element: u64,
        before: Entries,
        after: Entries,
    ) -> Result<()> {
        if before.is_empty() && after.is_empty() {
            return Ok(());
        }
        let indexes = self.indexes_in(overlay, graph)?;
        let (mut old_texts, mut new_texts) = (before.texts, after.texts);
        let mut before = before.values.into_iter();
        let mut after = after.values.into_iter();
        let changes: Vec<_> = indexes
            .iter()
            .map(|index| (index, before.next().flatten(), after.next().flatten()))
            .filter(|(_, before, after)| before != after)
            .collect();
        for (index, _, after) in &changes {
            if let Some(entry) = after.as_ref().filter(|entry| entry.constrained)
                && self.scan_prefix_in(overlay, Family::Indexes, entry.values())?.next()?.is_some()
            {
                return Err(self.store.duplicate(index, entry));
            }
        }
        for (_, before, after) in changes {
            if let Some(entry) = before {
                overlay.delete(Family::Indexes, &entry.key);
            }
            if let Some(entry) = after {
                if entry.constrained {
                    // Of two transactions that add the same values, one must fail.
                    let values = self.store.hasher.stored(Family::Indexes, entry.values());
                    overlay.read_set.insert(values);
                    overlay.write_set.insert(values);
                }
                overlay.put(Family::Indexes, &entry.key, &[]);
            }
        }
        let text = |texts: &mut Vec<Option<Texts>>, position: usize| texts.get_mut(position).and_then(Option::take);
        for (position, index) in indexes.iter().enumerate() {
            change_texts(overlay, index, element, text(&mut old_texts, position), text(&mut new_texts, position));
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
        let index = Index { id: IndexId(tx.store.numbers.index.fetch_add(1, Ordering::SeqCst)), definition, lists: 0 };
        let mut entries = self.all_entries(graph, &index)?;
        entries.par_sort_unstable_by(|a, b| a.key.cmp(&b.key));
        if let Some(twice) = Index::first_twice(&entries) {
            return Err(tx.store.duplicate(&index, twice));
        }
        let fresh = if entries.len() < STAGE_FROM {
            None
        } else {
            // Nobody looks there before the catalog names the number; what a crash leaves goes at the next open.
            let staging = Staging::new(&tx.store)?;
            let runs = write_runs(&staging, &entries)?;
            tx.store.kv.ingest(Family::Indexes, &runs)?;
            Some(tx.store.kv.snapshot())
        };
        let mut overlay = tx.change()?;
        match fresh {
            Some(snapshot) => overlay.see(Family::Indexes, u64::from(index.id.0), snapshot),
            None => entries.iter().for_each(|entry| overlay.put(Family::Indexes, &entry.key, &[])),
        }
        overlay.put(Family::Meta, &name, &index.encode());
        // Who changes the graph meanwhile knows nothing of the index.
        let version = tx.snapshot().get(Family::Meta, &keys::version(graph), keys::read_count)?;
        overlay.created.push(Created { graph, index: index.id, version });
        let whole = tx.store.hasher.logical(LogicalKey::Graph(graph));
        overlay.write_set.insert(whole);
        overlay.read_set.insert(whole);
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
        overlay.write_set.insert(tx.store.hasher.logical(LogicalKey::Graph(graph)));
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
        // No range ends before it begins.
        let upper = match upper {
            Some(upper) if upper < lower => Some(lower.clone()),
            upper => upper,
        };
        Ok(Some(IndexCursor { scan: self.inner.scan(Family::Indexes, &lower, upper, Hint::Seek)? }))
    }
}

/// Writes sorted entries, gives the runs.
pub(crate) fn write_runs(staging: &Staging, sorted: &[Entry]) -> Result<Vec<Run>> {
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
