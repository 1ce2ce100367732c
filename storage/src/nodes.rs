//! Nodes: reading and writing.

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
    GraphId, LabelId, NodeId, NodeRecord, Properties, PropertyKey, Value, normal_labels, normalise, place, value_of,
};
use crate::vector_index::New;

impl TxInner {
    fn stored_node(&self, overlay: &Overlay, graph: GraphId, node: NodeId) -> Result<NodeRecord> {
        self.get_in(overlay, Family::Nodes, &keys::node(graph, node), |bytes| {
            record::decode_node(bytes.ok_or_else(|| Error::missing_node(node))?)
        })
    }

    fn put_node(overlay: &mut Overlay, graph: GraphId, node: NodeId, record: &NodeRecord) -> Result<()> {
        let bytes = record::encode_node(&record.id, &record.labels, &record.properties)?;
        overlay.put(Family::Nodes, &keys::node(graph, node), &bytes);
        Ok(())
    }
}

fn put_label(overlay: &mut Overlay, graph: GraphId, label: LabelId, node: NodeId) {
    overlay.put(Family::Labels, &keys::label(graph, label, node.0), &[]);
    overlay.count((graph, Counted::NodeLabel, label), 1);
}

fn delete_label(overlay: &mut Overlay, graph: GraphId, label: LabelId, node: NodeId) {
    overlay.delete(Family::Labels, &keys::label(graph, label, node.0));
    overlay.count((graph, Counted::NodeLabel, label), -1);
}

impl Transaction {
    /// Adds a node. Fails with [`Error::DuplicateId`] when the graph has a node with this `_id`, and with
    /// [`Error::DuplicateKey`] when a unique index has its values, as every change of a property or label does.
    pub fn insert_node(&self, graph: GraphId, id: &str, labels: &[LabelId], properties: Properties) -> Result<NodeId> {
        let tx = &*self.inner;
        let mut overlay = tx.change_graph(graph)?;
        let id_key = keys::id(graph, id);
        if tx.has_in(&overlay, Family::Ids, &id_key)? {
            return Err(Error::DuplicateId { id: id.to_owned() });
        }
        let sets = tx.sets_in(&overlay, graph)?;
        let (labels, mut properties) = (normal_labels(labels), normalise(properties));
        tx.conform_to_indexes(&mut overlay, graph, false, &labels, &mut properties)?;
        let (vectors, properties): (Vec<_>, Vec<_>) = properties
            .into_iter()
            .partition(|(key, value)| matches!(value, Value::Vector(_)) && sets.get(*key).is_some());
        let record = NodeRecord { id: id.to_owned(), labels, properties };
        let node = NodeId(tx.store.numbers.node.fetch_add(1, Ordering::SeqCst));
        let entries = tx.entries(&overlay, graph, false, node.0, &record.labels, &record.properties)?;
        tx.reindex(&mut overlay, graph, node.0, Entries::default(), entries)?;
        let all = |key| value_of(&vectors, key).or_else(|| value_of(&record.properties, key));
        tx.move_codes(&mut overlay, graph, false, node.0, (&[], &record.labels), New::All(&all))?;
        TxInner::put_node(&mut overlay, graph, node, &record)?;
        overlay.put(Family::Ids, &id_key, &node.0.to_be_bytes());
        for label in &record.labels {
            put_label(&mut overlay, graph, *label, node);
        }
        overlay.count((graph, Counted::Nodes, LabelId(0)), 1);
        for (key, value) in &vectors {
            tx.place_vector(&mut overlay, graph, node, *key, Some(value))?;
        }
        Ok(node)
    }

    /// A whole node, with the vectors of its vector sets.
    pub fn node(&self, graph: GraphId, node: NodeId) -> Result<Option<NodeRecord>> {
        let found = self
            .inner
            .get(Family::Nodes, &keys::node(graph, node), |bytes| bytes.map(record::decode_node).transpose())?;
        let Some(mut record) = found else { return Ok(None) };
        self.add_vectors(graph, node, &mut record)?;
        Ok(Some(record))
    }

    /// Puts the vectors of a node's vector sets among its properties.
    pub(crate) fn add_vectors(&self, graph: GraphId, node: NodeId, record: &mut NodeRecord) -> Result<()> {
        for (key, set) in self.inner.sets(graph)?.iter() {
            if let Some(vector) = self.inner.vector_in_set(set, node)? {
                place(&mut record.properties, key, Some(vector));
            }
        }
        Ok(())
    }

    /// The node with this `_id`.
    pub fn node_by_id(&self, graph: GraphId, id: &str) -> Result<Option<NodeId>> {
        self.inner.get(Family::Ids, &keys::id(graph, id), |bytes| {
            bytes.map(|bytes| keys::read_u64(bytes, 0).map(NodeId)).transpose()
        })
    }

    /// A node's `_id`.
    pub fn node_id(&self, graph: GraphId, node: NodeId) -> Result<Option<String>> {
        self.inner.get(Family::Nodes, &keys::node(graph, node), |bytes| {
            bytes.map(|bytes| record::node_id(bytes).map(str::to_owned)).transpose()
        })
    }

    /// A node's labels, sorted.
    pub fn node_labels_of(&self, graph: GraphId, node: NodeId) -> Result<Option<Vec<LabelId>>> {
        self.inner.get(Family::Nodes, &keys::node(graph, node), |bytes| bytes.map(record::node_labels).transpose())
    }

    /// Whether a node has a label; no record is read.
    pub fn node_has_label(&self, graph: GraphId, node: NodeId, label: LabelId) -> Result<bool> {
        self.inner.get(Family::Labels, &keys::label(graph, label, node.0), |bytes| Ok(bytes.is_some()))
    }

    /// Whether there is such a node.
    pub fn node_exists(&self, graph: GraphId, node: NodeId) -> Result<bool> {
        self.inner.get(Family::Nodes, &keys::node(graph, node), |bytes| Ok(bytes.is_some()))
    }

    /// One property of a node: from the property's active vector set, else from the record. Nothing else is decoded.
    pub fn node_property(&self, graph: GraphId, node: NodeId, key: PropertyKey) -> Result<Option<Value>> {
        if let Some(set) = self.inner.sets(graph)?.get(key)
            && let Some(vector) = self.inner.vector_in_set(set, node)?
        {
            return Ok(Some(vector));
        }
        self.inner.get(Family::Nodes, &keys::node(graph, node), |bytes| match bytes {
            Some(bytes) => record::node_property(bytes, key),
            None => Ok(None),
        })
    }

    /// Sets or (with `None`) removes a property of a node.
    ///
    /// When the property has an active vector set, a vector goes there and anything else into the record.
    pub fn set_node_property(
        &self,
        graph: GraphId,
        node: NodeId,
        key: PropertyKey,
        value: Option<Value>,
    ) -> Result<()> {
        let tx = &*self.inner;
        let mut overlay = tx.change_graph(graph)?;
        let mut record = tx.stored_node(&overlay, graph, node)?;
        let mut one: Properties = value.map(|value| (key, value)).into_iter().collect();
        tx.conform_to_indexes(&mut overlay, graph, false, &record.labels, &mut one)?;
        let value = one.pop().map(|(_, value)| value);
        let before = tx.entries(&overlay, graph, false, node.0, &record.labels, &record.properties)?;
        let in_set = matches!(value, Some(Value::Vector(_))) && tx.sets_in(&overlay, graph)?.get(key).is_some();
        place(&mut record.properties, key, if in_set { None } else { value.clone() });
        let after = tx.entries(&overlay, graph, false, node.0, &record.labels, &record.properties)?;
        tx.reindex(&mut overlay, graph, node.0, before, after)?;
        let labels = (&record.labels[..], &record.labels[..]);
        tx.move_codes(&mut overlay, graph, false, node.0, labels, New::One(key, value.as_ref()))?;
        tx.place_vector(&mut overlay, graph, node, key, value.as_ref())?;
        TxInner::put_node(&mut overlay, graph, node, &record)
    }

    /// Replaces all properties of a node.
    pub fn replace_node_properties(&self, graph: GraphId, node: NodeId, properties: Properties) -> Result<()> {
        let tx = &*self.inner;
        let mut overlay = tx.change_graph(graph)?;
        let mut record = tx.stored_node(&overlay, graph, node)?;
        let mut properties = normalise(properties);
        tx.conform_to_indexes(&mut overlay, graph, false, &record.labels, &mut properties)?;
        let sets = tx.sets_in(&overlay, graph)?;
        let before = tx.entries(&overlay, graph, false, node.0, &record.labels, &record.properties)?;
        if !before.is_empty() {
            let mut kept = properties.clone();
            kept.retain(|(key, value)| !matches!(value, Value::Vector(_)) || sets.get(*key).is_none());
            let after = tx.entries(&overlay, graph, false, node.0, &record.labels, &kept)?;
            tx.reindex(&mut overlay, graph, node.0, before, after)?;
        }
        let all = |key| value_of(&properties, key);
        let labels = (&record.labels[..], &record.labels[..]);
        tx.move_codes(&mut overlay, graph, false, node.0, labels, New::All(&all))?;
        let mut touched: Vec<PropertyKey> = sets.iter().map(|(key, _)| key).collect();
        touched.extend(properties.iter().map(|(key, _)| *key));
        touched.extend(record.properties.iter().map(|(key, _)| *key));
        touched.sort_unstable();
        touched.dedup();
        for key in touched {
            let at = properties.binary_search_by_key(&key, |(key, _)| *key);
            let value = at.ok().map(|at| properties[at].1.clone());
            if tx.place_vector(&mut overlay, graph, node, key, value.as_ref())?.is_none()
                && let Ok(at) = at
            {
                properties.remove(at);
            }
        }
        record.properties = properties;
        TxInner::put_node(&mut overlay, graph, node, &record)
    }

    /// Replaces the labels of a node.
    pub fn set_node_labels(&self, graph: GraphId, node: NodeId, labels: &[LabelId]) -> Result<()> {
        let tx = &*self.inner;
        let mut overlay = tx.change_graph(graph)?;
        let mut record = tx.stored_node(&overlay, graph, node)?;
        let labels = normal_labels(labels);
        let before = tx.entries(&overlay, graph, false, node.0, &record.labels, &record.properties)?;
        tx.conform_to_indexes(&mut overlay, graph, false, &labels, &mut record.properties)?;
        let after = tx.entries(&overlay, graph, false, node.0, &labels, &record.properties)?;
        tx.reindex(&mut overlay, graph, node.0, before, after)?;
        tx.move_codes(&mut overlay, graph, false, node.0, (&record.labels, &labels), New::Same)?;
        for label in record.labels.iter().filter(|label| labels.binary_search(label).is_err()) {
            delete_label(&mut overlay, graph, *label, node);
        }
        for label in labels.iter().filter(|label| record.labels.binary_search(label).is_err()) {
            put_label(&mut overlay, graph, *label, node);
        }
        record.labels = labels;
        TxInner::put_node(&mut overlay, graph, node, &record)
    }

    /// Deletes a node and its vectors. Fails with [`Error::EdgesExist`] while it has edges.
    pub fn delete_node(&self, graph: GraphId, node: NodeId) -> Result<()> {
        let tx = &*self.inner;
        let mut overlay = tx.change_graph(graph)?;
        let record = tx.stored_node(&overlay, graph, node)?;
        let key = keys::node(graph, node);
        for family in [Family::Out, Family::In] {
            if tx.scan_prefix_in(&overlay, family, &key)?.next()?.is_some() {
                return Err(Error::EdgesExist { id: record.id });
            }
        }
        let entries = tx.entries(&overlay, graph, false, node.0, &record.labels, &record.properties)?;
        tx.reindex(&mut overlay, graph, node.0, entries, Entries::default())?;
        tx.move_codes(&mut overlay, graph, false, node.0, (&record.labels, &[]), New::Same)?;
        overlay.write_set.insert(tx.store.hasher.logical(LogicalKey::NodeExists(graph, node)));
        overlay.read_set.insert(tx.store.hasher.logical(LogicalKey::NodeHasEdges(graph, node)));
        overlay.delete(Family::Nodes, &key);
        overlay.delete(Family::Ids, &keys::id(graph, &record.id));
        for label in &record.labels {
            delete_label(&mut overlay, graph, *label, node);
        }
        overlay.count((graph, Counted::Nodes, LabelId(0)), -1);
        for set in tx.sets_in(&overlay, graph)?.sets() {
            overlay.delete(Family::Vectors, &keys::vector(set, node));
        }
        overlay.deleted.push((graph, node));
        Ok(())
    }
}
