//! The vectors of vector sets (`vector_sets.rs`): reading and writing them one by one, and scanning a set.

use std::ops::Range;

use crate::codec::{put_floats, read_floats};
use crate::conflict::LogicalKey;
use crate::error::Result;
use crate::keys;
use crate::kv::{Family, Hint};
use crate::overlay::Overlay;
use crate::scan::Scan;
use crate::transaction::{Transaction, TxInner};
use crate::value::{GraphId, NodeId, PropertyKey, Value};

/// Finds the vectors of nodes asked for in ascending order.
pub(crate) struct SetReader {
    pub property: PropertyKey,
    set: u64,
    scan: Scan,
    /// The node of the current entry; `None` at the end.
    current: Option<NodeId>,
}

fn node_of(entry: Option<(&[u8], &[u8])>) -> Result<Option<NodeId>> {
    entry.map(|(key, _)| keys::read_u64(key, 8).map(NodeId)).transpose()
}

impl SetReader {
    pub(crate) fn new(tx: &TxInner, property: PropertyKey, set: u64) -> Result<SetReader> {
        let mut scan = tx.scan_prefix(Family::Vectors, &set.to_be_bytes(), Hint::Seek)?;
        let current = node_of(scan.next()?)?;
        Ok(SetReader { property, set, scan, current })
    }

    pub(crate) fn find(&mut self, node: NodeId) -> Result<Option<Value>> {
        self.bytes(node)?.map(vector_value).transpose()
    }

    fn bytes(&mut self, node: NodeId) -> Result<Option<&[u8]>> {
        let mut steps = 0;
        while self.current.is_some_and(|current| current < node) {
            steps += 1;
            let entry = if steps <= 4 { self.scan.next()? } else { self.scan.seek(&keys::vector(self.set, node))? };
            self.current = node_of(entry)?;
        }
        let found = self.scan.current().filter(|_| self.current == Some(node));
        Ok(found.map(|(_, value)| value))
    }
}

fn vector_value(bytes: &[u8]) -> Result<Value> {
    let mut numbers = Vec::new();
    read_floats(bytes, &mut numbers)?;
    Ok(Value::Vector(numbers))
}

impl TxInner {
    pub(crate) fn vector_in_set(&self, set: u64, node: NodeId) -> Result<Option<Value>> {
        self.get(Family::Vectors, &keys::vector(set, node), |bytes| bytes.map(vector_value).transpose())
    }

    /// Puts a property's new value into its vector set where that is its place, and gives what the
    /// record is to hold.
    pub(crate) fn place_vector<'a>(
        &self,
        overlay: &mut Overlay,
        graph: GraphId,
        node: NodeId,
        property: PropertyKey,
        value: Option<&'a Value>,
    ) -> Result<Option<&'a Value>> {
        overlay.read_set.insert(self.store.hasher.logical(LogicalKey::VectorSet(graph, property)));
        let Some(set) = self.sets_in(overlay, graph)?.get(property) else { return Ok(value) };
        let key = keys::vector(set, node);
        if let Some(Value::Vector(numbers)) = value {
            let mut bytes = Vec::new();
            put_floats(&mut bytes, numbers);
            overlay.put(Family::Vectors, &key, &bytes);
        } else if self.has_in(overlay, Family::Vectors, &key)? {
            overlay.delete(Family::Vectors, &key);
        } else {
            return Ok(value);
        }
        overlay.write_set.insert(self.store.hasher.logical(LogicalKey::Vectors(graph, property)));
        Ok(value.filter(|value| !matches!(value, Value::Vector(_))))
    }
}

/// The vectors of a property's active set, in node order.
pub struct VectorCursor {
    scan: Option<Scan>,
}

impl VectorCursor {
    /// Replaces `out` with the next vector and gives its node; reuses the memory of `out`.
    pub fn next_into(&mut self, out: &mut Vec<f32>) -> Result<Option<NodeId>> {
        let Some(scan) = &mut self.scan else { return Ok(None) };
        let Some((key, value)) = scan.next()? else { return Ok(None) };
        out.clear();
        read_floats(value, out)?;
        keys::read_u64(key, 8).map(|node| Some(NodeId(node)))
    }
}

impl Iterator for VectorCursor {
    type Item = Result<(NodeId, Vec<f32>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut vector = Vec::new();
        self.next_into(&mut vector).map(|node| node.map(|node| (node, vector))).transpose()
    }
}

/// Reads the vectors of a property's active set node by node. Ascending order is fastest.
pub struct VectorReader {
    transaction: Transaction,
    set: Option<SetReader>,
    last: NodeId,
}

impl VectorReader {
    /// Appends a node's vector to `out`; `false` when the set has none. Vectors in the records of nodes are not in the set.
    pub fn read(&mut self, node: NodeId, out: &mut Vec<f32>) -> Result<bool> {
        let Some(set) = &mut self.set else { return Ok(false) };
        let ascending = node >= self.last;
        self.last = self.last.max(node);
        let found = if ascending {
            set.bytes(node)?.map(|bytes| read_floats(bytes, out)).transpose()?
        } else {
            let key = keys::vector(set.set, node);
            let read = |bytes: Option<&[u8]>| bytes.map(|bytes| read_floats(bytes, out)).transpose();
            self.transaction.inner.get(Family::Vectors, &key, read)?
        };
        Ok(found.is_some())
    }
}

impl Transaction {
    /// A reader of a property's active set, as it is now.
    pub fn vector_reader(&self, graph: GraphId, property: PropertyKey) -> Result<VectorReader> {
        let set = self.inner.sets(graph)?.get(property);
        let set = set.map(|set| SetReader::new(&self.inner, property, set)).transpose()?;
        Ok(VectorReader { transaction: self.clone(), set, last: NodeId(0) })
    }

    /// The number of a property's active vector set. It changes whenever the set is replaced.
    pub fn vector_set(&self, graph: GraphId, property: PropertyKey) -> Result<Option<u64>> {
        Ok(self.inner.sets(graph)?.get(property))
    }

    /// The properties of a graph that have a vector set.
    pub fn vector_properties(&self, graph: GraphId) -> Result<Vec<PropertyKey>> {
        Ok(self.inner.sets(graph)?.iter().map(|(property, _)| property).collect())
    }

    /// Replaces `out` with a node's vector, from the active set or else from the record; `false` when it has none.
    pub fn vector(&self, graph: GraphId, node: NodeId, property: PropertyKey, out: &mut Vec<f32>) -> Result<bool> {
        out.clear();
        if let Some(set) = self.inner.sets(graph)?.get(property) {
            let found = self.inner.get(Family::Vectors, &keys::vector(set, node), |bytes| {
                bytes.map(|bytes| read_floats(bytes, out)).transpose()
            })?;
            if found.is_some() {
                return Ok(true);
            }
        }
        match self.node_property(graph, node, property)? {
            Some(Value::Vector(numbers)) => {
                *out = numbers;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// The vectors of a property's active set, in node order; none when there is no set. Vectors that
    /// are in the records of nodes are not among them.
    pub fn vectors(&self, graph: GraphId, property: PropertyKey) -> Result<VectorCursor> {
        let set = self.inner.sets(graph)?.get(property);
        let scan = set.map(|set| self.inner.scan_prefix(Family::Vectors, &set.to_be_bytes(), Hint::Scan));
        Ok(VectorCursor { scan: scan.transpose()? })
    }

    /// As [`Transaction::vectors`], of a range of nodes: threads can take a range each.
    pub fn vectors_of(&self, graph: GraphId, property: PropertyKey, nodes: Range<NodeId>) -> Result<VectorCursor> {
        let Some(set) = self.inner.sets(graph)?.get(property) else { return Ok(VectorCursor { scan: None }) };
        let lower = keys::vector(set, nodes.start);
        let upper = keys::vector(set, nodes.end.max(nodes.start)).to_vec();
        Ok(VectorCursor { scan: Some(self.inner.scan(Family::Vectors, &lower, Some(upper), Hint::Scan)?) })
    }
}
