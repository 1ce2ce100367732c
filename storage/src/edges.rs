//! Edges: reading and writing.

use std::sync::atomic::Ordering;

use crate::conflict::LogicalKey;
use crate::error::{Error, Result};
use crate::index::Entries;
use crate::keys::{self, Counted};
use crate::kv::Family;
use crate::overlay::Overlay;
use crate::record;
use crate::transaction::{Transaction, TxInner};
use crate::value::{
    EdgeId, EdgeRecord, GraphId, LabelId, NodeId, Properties, PropertyKey, Value, normalise, place, value_of,
};
use crate::vector_index::New;

impl TxInner {
    fn stored_edge(&self, overlay: &Overlay, graph: GraphId, edge: EdgeId) -> Result<EdgeRecord> {
        self.get_in(overlay, Family::Edges, &keys::edge(graph, edge), |bytes| {
            record::decode_edge(bytes.ok_or(Error::MissingEdge { edge })?)
        })
    }
}

impl Transaction {
    /// Adds an edge. Fails with [`Error::MissingNode`] when an end is not there.
    pub fn insert_edge(
        &self,
        graph: GraphId,
        label: LabelId,
        from: NodeId,
        to: NodeId,
        properties: Properties,
    ) -> Result<EdgeId> {
        let tx = &*self.inner;
        let mut overlay = tx.change_graph(graph)?;
        let mut properties = normalise(properties);
        tx.conform_to_indexes(&mut overlay, graph, true, &[label], &mut properties)?;
        let record = EdgeRecord { label, from, to, properties };
        let bytes = record::encode_edge(&record)?;
        for node in [from, to] {
            if !tx.has_in(&overlay, Family::Nodes, &keys::node(graph, node))? {
                return Err(Error::missing_node(node));
            }
            overlay.read_set.insert(tx.store.hasher.logical(LogicalKey::NodeExists(graph, node)));
            overlay.write_set.insert(tx.store.hasher.logical(LogicalKey::NodeHasEdges(graph, node)));
        }
        let edge = EdgeId(tx.store.numbers.edge.fetch_add(1, Ordering::SeqCst));
        let entries = tx.entries(&overlay, graph, true, edge.0, &[label], &record.properties)?;
        tx.reindex(&mut overlay, graph, edge.0, Entries::default(), entries)?;
        let all = |key| value_of(&record.properties, key);
        tx.move_codes(&mut overlay, graph, true, edge.0, (&[], &[label]), New::All(&all))?;
        overlay.put(Family::Edges, &keys::edge(graph, edge), &bytes);
        overlay.put(Family::EdgeLabels, &keys::label(graph, label, edge.0), &keys::ends(from, to));
        overlay.put(Family::Out, &keys::adjacent(graph, from, label, to, edge), &[]);
        overlay.put(Family::In, &keys::adjacent(graph, to, label, from, edge), &[]);
        overlay.count((graph, Counted::Edges, LabelId(0)), 1);
        overlay.count((graph, Counted::EdgeLabel, label), 1);
        Ok(edge)
    }

    /// A whole edge.
    pub fn edge(&self, graph: GraphId, edge: EdgeId) -> Result<Option<EdgeRecord>> {
        self.inner.get(Family::Edges, &keys::edge(graph, edge), |bytes| bytes.map(record::decode_edge).transpose())
    }

    /// An edge's label and its ends (from, to).
    pub fn edge_ends(&self, graph: GraphId, edge: EdgeId) -> Result<Option<(LabelId, NodeId, NodeId)>> {
        self.inner.get(Family::Edges, &keys::edge(graph, edge), |bytes| bytes.map(record::edge_ends).transpose())
    }

    /// Whether there is such an edge.
    pub fn edge_exists(&self, graph: GraphId, edge: EdgeId) -> Result<bool> {
        self.inner.get(Family::Edges, &keys::edge(graph, edge), |bytes| Ok(bytes.is_some()))
    }

    /// One property of an edge; the others are not decoded.
    pub fn edge_property(&self, graph: GraphId, edge: EdgeId, key: PropertyKey) -> Result<Option<Value>> {
        self.inner.get(Family::Edges, &keys::edge(graph, edge), |bytes| match bytes {
            Some(bytes) => record::edge_property(bytes, key),
            None => Ok(None),
        })
    }

    /// Sets or (with `None`) removes a property of an edge.
    pub fn set_edge_property(
        &self,
        graph: GraphId,
        edge: EdgeId,
        key: PropertyKey,
        value: Option<Value>,
    ) -> Result<()> {
        self.change_edge(graph, edge, |properties| place(properties, key, value))
    }

    /// Replaces all properties of an edge.
    pub fn replace_edge_properties(&self, graph: GraphId, edge: EdgeId, properties: Properties) -> Result<()> {
        self.change_edge(graph, edge, |old| *old = normalise(properties))
    }

    fn change_edge(&self, graph: GraphId, edge: EdgeId, change: impl FnOnce(&mut Properties)) -> Result<()> {
        let tx = &*self.inner;
        let mut overlay = tx.change_graph(graph)?;
        let mut record = tx.stored_edge(&overlay, graph, edge)?;
        let before = tx.entries(&overlay, graph, true, edge.0, &[record.label], &record.properties)?;
        change(&mut record.properties);
        tx.conform_to_indexes(&mut overlay, graph, true, &[record.label], &mut record.properties)?;
        let after = tx.entries(&overlay, graph, true, edge.0, &[record.label], &record.properties)?;
        tx.reindex(&mut overlay, graph, edge.0, before, after)?;
        let all = |key| value_of(&record.properties, key);
        let labels = (&[record.label][..], &[record.label][..]);
        tx.move_codes(&mut overlay, graph, true, edge.0, labels, New::All(&all))?;
        overlay.put(Family::Edges, &keys::edge(graph, edge), &record::encode_edge(&record)?);
        Ok(())
    }

    /// Deletes an edge.
    pub fn delete_edge(&self, graph: GraphId, edge: EdgeId) -> Result<()> {
        let tx = &*self.inner;
        let mut overlay = tx.change_graph(graph)?;
        let EdgeRecord { label, from, to, properties } = tx.stored_edge(&overlay, graph, edge)?;
        let entries = tx.entries(&overlay, graph, true, edge.0, &[label], &properties)?;
        tx.reindex(&mut overlay, graph, edge.0, entries, Entries::default())?;
        tx.move_codes(&mut overlay, graph, true, edge.0, (&[label], &[]), New::Same)?;
        overlay.delete(Family::Edges, &keys::edge(graph, edge));
        overlay.delete(Family::EdgeLabels, &keys::label(graph, label, edge.0));
        overlay.delete(Family::Out, &keys::adjacent(graph, from, label, to, edge));
        overlay.delete(Family::In, &keys::adjacent(graph, to, label, from, edge));
        overlay.count((graph, Counted::Edges, LabelId(0)), -1);
        overlay.count((graph, Counted::EdgeLabel, label), -1);
        Ok(())
    }
}
