//! The catalog: graphs, names, counts, and the small records of the floors above.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::conflict::LogicalKey;
use crate::error::{Error, Result};
use crate::keys::{self, CountKey, Counted, meta};
use crate::kv::{Family, Hint};
use crate::transaction::Transaction;
use crate::value::{GraphId, LabelId, PropertyKey};

/// Graphs.
impl Transaction {
    /// The graph of this name.
    pub fn graph(&self, name: &str) -> Result<Option<GraphId>> {
        self.inner.get(Family::Meta, &keys::graph_name(name), |bytes| {
            bytes.map(|bytes| keys::read_u32(bytes, 0).map(GraphId)).transpose()
        })
    }

    /// All graphs and their names, by name.
    pub fn graphs(&self) -> Result<Vec<(GraphId, String)>> {
        let mut scan = self.inner.scan_prefix(Family::Meta, &[meta::GRAPH], Hint::Seek)?;
        let mut graphs = Vec::new();
        while let Some((key, value)) = scan.next()? {
            let name = std::str::from_utf8(&key[1..]).map_err(|_| Error::corrupt("a graph's name is not UTF-8"))?;
            graphs.push((GraphId(keys::read_u32(value, 0)?), name.to_owned()));
        }
        Ok(graphs)
    }

    /// Adds an empty graph. A new database has the graph `default`.
    pub fn create_graph(&self, name: &str) -> Result<GraphId> {
        let mut overlay = self.inner.change()?;
        let key = keys::graph_name(name);
        if self.inner.has_in(&overlay, Family::Meta, &key)? {
            return Err(Error::AlreadyExists { name: name.to_owned() });
        }
        let graph = GraphId(self.inner.store.numbers.graph.fetch_add(1, Ordering::SeqCst));
        overlay.put(Family::Meta, &key, &graph.0.to_be_bytes());
        Ok(graph)
    }

    /// Removes a graph and everything in it.
    pub fn drop_graph(&self, graph: GraphId) -> Result<()> {
        let name = self.graphs()?.into_iter().find(|(id, _)| *id == graph);
        let (_, name) = name.ok_or(Error::UnknownGraph { graph })?;
        let mut overlay = self.inner.change()?;
        overlay.delete(Family::Meta, &keys::graph_name(&name));
        overlay.write_set.insert(self.inner.store.hasher.logical(LogicalKey::Graph(graph)));
        overlay.dropped.push(graph);
        Ok(())
    }

    /// Grows with every committed change of a graph's nodes and edges, as far as this transaction sees them.
    /// Making a vector set the active one does not change it; see [`Transaction::vector_set`].
    pub fn graph_version(&self, graph: GraphId) -> Result<u64> {
        self.inner.snapshot().get(Family::Meta, &keys::version(graph), keys::read_count)
    }

    /// Whether this transaction itself has changed the graph's nodes or edges.
    pub fn graph_dirty(&self, graph: GraphId) -> bool {
        self.inner.own().is_some_and(|overlay| overlay.changed.contains(&graph))
    }
}

/// Names.
impl Transaction {
    /// The label of this name, when it was ever used.
    pub fn label(&self, name: &str) -> Result<Option<LabelId>> {
        Ok(self.inner.store.tokens.labels.find(name).map(LabelId))
    }

    /// The label of this name, new when it was never used.
    pub fn intern_label(&self, name: &str) -> Result<LabelId> {
        self.inner.store.intern_label(name)
    }

    /// A label's name.
    pub fn label_name(&self, label: LabelId) -> Result<Arc<str>> {
        self.inner.store.tokens.labels.name(label.0)
    }

    /// The property key of this name, when it was ever used.
    pub fn property_key(&self, name: &str) -> Result<Option<PropertyKey>> {
        Ok(self.inner.store.tokens.properties.find(name).map(PropertyKey))
    }

    /// The property key of this name, new when it was never used.
    pub fn intern_property_key(&self, name: &str) -> Result<PropertyKey> {
        self.inner.store.intern_property_key(name)
    }

    /// A property key's name.
    pub fn property_key_name(&self, key: PropertyKey) -> Result<Arc<str>> {
        self.inner.store.tokens.properties.name(key.0)
    }

    /// All property keys of the database and their names, by number. Some may not be in use any more.
    pub fn property_keys(&self) -> Result<Vec<(PropertyKey, Arc<str>)>> {
        let names = self.inner.store.tokens.properties.all();
        Ok((0..).map(PropertyKey).zip(names).collect())
    }
}

/// Counts: exact, with this transaction's own changes, and without scanning.
impl Transaction {
    fn count(&self, key: CountKey) -> Result<u64> {
        let stored = self.inner.snapshot().get(Family::Meta, &keys::count(key), keys::read_count)?;
        let own = self.inner.own().and_then(|overlay| overlay.counts.get(&key).copied());
        Ok(stored.saturating_add_signed(own.unwrap_or(0)))
    }

    fn counts(&self, graph: GraphId, counted: Counted) -> Result<Vec<(LabelId, u64)>> {
        let prefix = keys::count_prefix(graph, counted);
        let mut counts = std::collections::BTreeMap::new();
        let mut iter = self.inner.snapshot().prefix(Family::Meta, &prefix, Hint::Seek)?;
        while let Some((key, value)) = iter.item() {
            counts.insert(LabelId(keys::read_u32(key, 6)?), keys::read_count(Some(value))?);
            iter.advance()?;
        }
        if let Some(overlay) = self.inner.own() {
            for ((of, what, label), delta) in &overlay.counts {
                if (*of, *what) == (graph, counted) {
                    let count = counts.entry(*label).or_default();
                    *count = count.saturating_add_signed(*delta);
                }
            }
        }
        Ok(counts.into_iter().filter(|(_, count)| *count > 0).collect())
    }

    /// How many nodes a graph has.
    pub fn node_count(&self, graph: GraphId) -> Result<u64> {
        self.count((graph, Counted::Nodes, LabelId(0)))
    }

    /// How many edges a graph has.
    pub fn edge_count(&self, graph: GraphId) -> Result<u64> {
        self.count((graph, Counted::Edges, LabelId(0)))
    }

    /// How many nodes have a label.
    pub fn node_label_count(&self, graph: GraphId, label: LabelId) -> Result<u64> {
        self.count((graph, Counted::NodeLabel, label))
    }

    /// How many edges have a label.
    pub fn edge_label_count(&self, graph: GraphId, label: LabelId) -> Result<u64> {
        self.count((graph, Counted::EdgeLabel, label))
    }

    /// The labels nodes of a graph have, and how many nodes have each.
    pub fn node_labels(&self, graph: GraphId) -> Result<Vec<(LabelId, u64)>> {
        self.counts(graph, Counted::NodeLabel)
    }

    /// The labels edges of a graph have, and how many edges have each.
    pub fn edge_labels(&self, graph: GraphId) -> Result<Vec<(LabelId, u64)>> {
        self.counts(graph, Counted::EdgeLabel)
    }
}

/// Small named records for the floors above (tasks, models, ...). They do not count as changes of a graph.
impl Transaction {
    /// One record of a family.
    pub fn get_record(&self, family: &str, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.inner.get(Family::Records, &keys::record(family, key), |bytes| Ok(bytes.map(<[u8]>::to_vec)))
    }

    /// Says that the transaction depends on a record being as it sees it, or on there being none: the commit conflicts with one
    /// that changed it meanwhile.
    pub fn depend_on_record(&self, family: &str, key: &[u8]) -> Result<()> {
        let key = self.inner.store.hasher.stored(Family::Records, &keys::record(family, key));
        self.inner.change()?.read_set.insert(key);
        Ok(())
    }

    /// Adds or replaces a record.
    pub fn put_record(&self, family: &str, key: &[u8], value: &[u8]) -> Result<()> {
        self.inner.change()?.put(Family::Records, &keys::record(family, key), value);
        Ok(())
    }

    /// Removes a record, if there is one.
    pub fn delete_record(&self, family: &str, key: &[u8]) -> Result<()> {
        self.inner.change()?.delete(Family::Records, &keys::record(family, key));
        Ok(())
    }

    /// All records of a family: key and value, by key.
    pub fn records(&self, family: &str) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let prefix = keys::record(family, &[]);
        let mut scan = self.inner.scan_prefix(Family::Records, &prefix, Hint::Seek)?;
        let mut records = Vec::new();
        while let Some((key, value)) = scan.next()? {
            records.push((key[prefix.len()..].to_vec(), value.to_vec()));
        }
        Ok(records)
    }
}
