//! Readers of one record after another. Where records are asked for in ascending order, as a scan does, the
//! reader steps along an iterator, which costs a tenth of a lookup; otherwise it looks up.

use crate::error::Result;
use crate::keys;
use crate::kv::{Family, Hint, Iter};
use crate::record;
use crate::transaction::Transaction;
use crate::value::{EdgeId, EdgeRecord, GraphId, LabelId, NodeId, NodeRecord, PropertyKey, Value};

/// The iterator steps over at most this many numbers to reach the next.
const NEAR: u64 = 32;

/// Where the present record's bytes are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Nowhere,
    Iter,
    Buffer,
}

struct Reader {
    transaction: Transaction,
    family: Family,
    graph: GraphId,
    iter: Option<Iter>,
    /// The number the iterator is at.
    at: Option<u64>,
    /// The number asked for last.
    last: Option<u64>,
    place: Place,
    buffer: Vec<u8>,
}

impl Reader {
    fn new(transaction: &Transaction, family: Family, graph: GraphId) -> Reader {
        let transaction = transaction.clone();
        Reader {
            transaction,
            family,
            graph,
            iter: None,
            at: None,
            last: None,
            place: Place::Nowhere,
            buffer: Vec::new(),
        }
    }

    fn go(&mut self, number: u64) -> Result<bool> {
        let key = keys::node(self.graph, NodeId(number));
        let near = |from: Option<u64>| from.is_some_and(|from| from <= number && number - from <= NEAR);
        let ascending = near(self.last);
        self.last = Some(number);
        self.place = Place::Nowhere;
        if let Some(overlay) = self.transaction.inner.own()
            && let Some(own) = overlay.get(self.family, &key)
        {
            if let Some(own) = own {
                self.buffer.clear();
                self.buffer.extend_from_slice(own);
                self.place = Place::Buffer;
            }
        } else if near(self.at) || ascending {
            self.step(number, &key, near(self.at))?;
        } else {
            let buffer = &mut self.buffer;
            let found = self.transaction.inner.snapshot().get(self.family, &key, |bytes| {
                buffer.clear();
                buffer.extend_from_slice(bytes.unwrap_or_default());
                Ok(bytes.is_some())
            })?;
            if found {
                self.place = Place::Buffer;
            }
        }
        Ok(self.place != Place::Nowhere)
    }

    fn step(&mut self, number: u64, key: &[u8], is_near: bool) -> Result<()> {
        let iter = match self.iter.take() {
            Some(iter) => iter,
            None => {
                let prefix = self.graph.0.to_be_bytes();
                let snapshot = self.transaction.inner.snapshot();
                snapshot.iter(self.family, &prefix, keys::after(&prefix), Hint::Scan)?
            }
        };
        let iter = self.iter.insert(iter);
        if !is_near {
            iter.seek(key)?;
        }
        while iter.key().is_some_and(|found| found < key) {
            iter.advance()?;
        }
        self.at = iter.key().map(|key| keys::read_u64(key, 4)).transpose()?;
        if self.at == Some(number) {
            self.place = Place::Iter;
        }
        Ok(())
    }

    fn bytes(&self) -> Option<&[u8]> {
        match self.place {
            Place::Nowhere => None,
            Place::Iter => self.iter.as_ref().and_then(Iter::item).map(|(_, value)| value),
            Place::Buffer => Some(&self.buffer),
        }
    }
}

/// Reads one node after another. In a write transaction it sees what was written before [`NodeReader::go`].
pub struct NodeReader {
    reader: Reader,
    node: NodeId,
}

/// Reads one edge after another. In a write transaction it sees what was written before [`EdgeReader::go`].
pub struct EdgeReader {
    reader: Reader,
}

impl Transaction {
    /// A reader of the nodes of a graph.
    pub fn node_reader(&self, graph: GraphId) -> NodeReader {
        NodeReader { reader: Reader::new(self, Family::Nodes, graph), node: NodeId(0) }
    }

    /// A reader of the edges of a graph.
    pub fn edge_reader(&self, graph: GraphId) -> EdgeReader {
        EdgeReader { reader: Reader::new(self, Family::Edges, graph) }
    }
}

impl NodeReader {
    /// Goes to a node; `false` when there is no such node. Ascending order is fastest.
    pub fn go(&mut self, node: NodeId) -> Result<bool> {
        self.node = node;
        self.reader.go(node.0)
    }

    /// The present node's `_id`.
    pub fn id(&self) -> Result<Option<&str>> {
        self.reader.bytes().map(record::node_id).transpose()
    }

    /// The present node's labels, sorted.
    pub fn labels(&self) -> Result<Option<Vec<LabelId>>> {
        self.reader.bytes().map(record::node_labels).transpose()
    }

    /// One property of the present node, as [`Transaction::node_property`] gives it.
    pub fn property(&self, key: PropertyKey) -> Result<Option<Value>> {
        let Some(bytes) = self.reader.bytes() else { return Ok(None) };
        let inner = &self.reader.transaction.inner;
        if let Some(set) = inner.sets(self.reader.graph)?.get(key)
            && let Some(vector) = inner.vector_in_set(set, self.node)?
        {
            return Ok(Some(vector));
        }
        record::node_property(bytes, key)
    }

    /// The present node's labels, with the properties of its record told to `each`: all, or those among `wanted`, which
    /// is sorted. Vectors in vector sets are not among them; [`Transaction::vectors`] scans those.
    pub fn parts(
        &self,
        wanted: Option<&[PropertyKey]>,
        each: &mut dyn FnMut(PropertyKey, Value),
    ) -> Result<Option<Vec<LabelId>>> {
        self.reader.bytes().map(|bytes| record::node_parts(bytes, wanted, each)).transpose()
    }

    /// The whole present node, as [`Transaction::node`] gives it.
    pub fn record(&self) -> Result<Option<NodeRecord>> {
        let Some(bytes) = self.reader.bytes() else { return Ok(None) };
        let mut record = record::decode_node(bytes)?;
        self.reader.transaction.add_vectors(self.reader.graph, self.node, &mut record)?;
        Ok(Some(record))
    }
}

impl EdgeReader {
    /// Goes to an edge; `false` when there is no such edge. Ascending order is fastest.
    pub fn go(&mut self, edge: EdgeId) -> Result<bool> {
        self.reader.go(edge.0)
    }

    /// The present edge's label and its ends (from, to).
    pub fn ends(&self) -> Result<Option<(LabelId, NodeId, NodeId)>> {
        self.reader.bytes().map(record::edge_ends).transpose()
    }

    /// One property of the present edge.
    pub fn property(&self, key: PropertyKey) -> Result<Option<Value>> {
        match self.reader.bytes() {
            Some(bytes) => record::edge_property(bytes, key),
            None => Ok(None),
        }
    }

    /// Tells `each` the present edge's properties: all, or those among `wanted`, which is sorted.
    pub fn parts(&self, wanted: Option<&[PropertyKey]>, each: &mut dyn FnMut(PropertyKey, Value)) -> Result<()> {
        self.reader.bytes().map_or(Ok(()), |bytes| record::edge_parts(bytes, wanted, each))
    }

    /// The whole present edge.
    pub fn record(&self) -> Result<Option<EdgeRecord>> {
        self.reader.bytes().map(record::decode_edge).transpose()
    }
}
