//! Cursors over the nodes and edges of a graph. They own what they read, so they outlive every borrow, and a
//! cursor in a write transaction goes over the state at the moment it was made.

use std::ops::Range;

use crate::error::Result;
use crate::keys;
use crate::kv::{Family, Hint};
use crate::record;
use crate::scan::Scan;
use crate::transaction::Transaction;
use crate::value::{EdgeId, EdgeRecord, GraphId, LabelId, NodeId, NodeRecord, place};
use crate::vectors::SetReader;

/// Nodes in insertion order.
pub struct NodeCursor {
    scan: Scan,
    // The number of the node is the last part of the key in both families a node cursor reads.
    at: usize,
}

/// Edges in insertion order: the edge, its label, from, to.
pub struct EdgeCursor {
    scan: Scan,
    label: Option<LabelId>,
}

/// Nodes in insertion order, with their records.
pub struct NodeRecordCursor {
    transaction: Transaction,
    graph: GraphId,
    label: Option<LabelId>,
    scan: Scan,
    sets: Vec<SetReader>,
}

/// Edges in insertion order, with their records.
pub struct EdgeRecordCursor {
    transaction: Transaction,
    graph: GraphId,
    label: Option<LabelId>,
    scan: Scan,
}

/// An outgoing edge as [`Transaction::out_edges_scan`] gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutEdge {
    /// The node the edge comes from.
    pub from: NodeId,
    /// The edge's label.
    pub label: LabelId,
    /// The node the edge goes to.
    pub to: NodeId,
    /// The edge.
    pub edge: EdgeId,
}

/// Outgoing edges ordered by from, label, to, edge.
pub struct OutEdgeCursor {
    scan: Scan,
}

macro_rules! iterate {
    ($cursor:ty, $item:ty) => {
        impl $cursor {
            /// Appends up to `limit` further items to `out`; gives how many. Fewer than `limit` means the end.
            pub fn fill(&mut self, out: &mut Vec<$item>, limit: usize) -> Result<usize> {
                for count in 0..limit {
                    match self.step()? {
                        Some(item) => out.push(item),
                        None => return Ok(count),
                    }
                }
                Ok(limit)
            }
        }

        impl Iterator for $cursor {
            type Item = Result<$item>;

            fn next(&mut self) -> Option<Result<$item>> {
                self.step().transpose()
            }
        }
    };
}

iterate!(NodeCursor, NodeId);
iterate!(EdgeCursor, (EdgeId, LabelId, NodeId, NodeId));
iterate!(NodeRecordCursor, (NodeId, NodeRecord));
iterate!(EdgeRecordCursor, (EdgeId, EdgeRecord));
iterate!(OutEdgeCursor, OutEdge);

impl NodeCursor {
    fn step(&mut self) -> Result<Option<NodeId>> {
        let at = self.at;
        self.scan.next()?.map(|(key, _)| keys::read_u64(key, at).map(NodeId)).transpose()
    }
}

impl EdgeCursor {
    fn step(&mut self) -> Result<Option<(EdgeId, LabelId, NodeId, NodeId)>> {
        let Some((key, value)) = self.scan.next()? else { return Ok(None) };
        Ok(Some(match self.label {
            Some(label) => {
                let (from, to) = (keys::read_u64(value, 0)?, keys::read_u64(value, 8)?);
                (EdgeId(keys::read_u64(key, 8)?), label, NodeId(from), NodeId(to))
            }
            None => {
                let (label, from, to) = record::edge_ends(value)?;
                (EdgeId(keys::read_u64(key, 4)?), label, from, to)
            }
        }))
    }
}

impl NodeRecordCursor {
    fn step(&mut self) -> Result<Option<(NodeId, NodeRecord)>> {
        loop {
            let Some((key, value)) = self.scan.next()? else { return Ok(None) };
            let (node, found) = match self.label {
                None => (NodeId(keys::read_u64(key, 4)?), Some(record::decode_node(value)?)),
                Some(_) => {
                    let node = NodeId(keys::read_u64(key, 8)?);
                    let key = keys::node(self.graph, node);
                    let read = |bytes: Option<&[u8]>| bytes.map(record::decode_node).transpose();
                    (node, self.transaction.inner.get(Family::Nodes, &key, read)?)
                }
            };
            // Deleted by this transaction since the cursor was made.
            let Some(mut record) = found else { continue };
            for set in &mut self.sets {
                if let Some(vector) = set.find(node)? {
                    place(&mut record.properties, set.property, Some(vector));
                }
            }
            return Ok(Some((node, record)));
        }
    }
}

impl EdgeRecordCursor {
    fn step(&mut self) -> Result<Option<(EdgeId, EdgeRecord)>> {
        loop {
            let Some((key, value)) = self.scan.next()? else { return Ok(None) };
            if self.label.is_none() {
                return Ok(Some((EdgeId(keys::read_u64(key, 4)?), record::decode_edge(value)?)));
            }
            let edge = EdgeId(keys::read_u64(key, 8)?);
            if let Some(record) = self.transaction.edge(self.graph, edge)? {
                return Ok(Some((edge, record)));
            }
        }
    }
}

impl OutEdgeCursor {
    fn step(&mut self) -> Result<Option<OutEdge>> {
        let Some((key, _)) = self.scan.next()? else { return Ok(None) };
        let (from, label, to, edge) = keys::read_adjacent(key)?;
        Ok(Some(OutEdge { from, label, to, edge }))
    }
}

impl Transaction {
    fn scan_of(&self, graph: GraphId, label: Option<LabelId>, all: Family, index: Family) -> Result<Scan> {
        match label {
            None => self.inner.scan_prefix(all, &graph.0.to_be_bytes(), Hint::Scan),
            Some(label) => self.inner.scan_prefix(index, &keys::label_prefix(graph, label), Hint::Scan),
        }
    }

    /// The nodes of a graph, or those with a label, in insertion order.
    pub fn nodes(&self, graph: GraphId, label: Option<LabelId>) -> Result<NodeCursor> {
        let scan = self.scan_of(graph, label, Family::Nodes, Family::Labels)?;
        Ok(NodeCursor { scan, at: if label.is_some() { 8 } else { 4 } })
    }

    /// As [`Transaction::nodes`], of a range of node numbers: threads can take a range each.
    pub fn nodes_in(&self, graph: GraphId, label: Option<LabelId>, nodes: Range<NodeId>) -> Result<NodeCursor> {
        let end = nodes.end.max(nodes.start);
        Ok(match label {
            None => {
                let (lower, upper) = (keys::node(graph, nodes.start), keys::node(graph, end).to_vec());
                NodeCursor { scan: self.inner.scan(Family::Nodes, &lower, Some(upper), Hint::Scan)?, at: 4 }
            }
            Some(label) => {
                let lower = keys::label(graph, label, nodes.start.0);
                let upper = keys::label(graph, label, end.0).to_vec();
                NodeCursor { scan: self.inner.scan(Family::Labels, &lower, Some(upper), Hint::Scan)?, at: 8 }
            }
        })
    }

    /// The edges of a graph, or those with a label, in insertion order.
    pub fn edges(&self, graph: GraphId, label: Option<LabelId>) -> Result<EdgeCursor> {
        let scan = self.scan_of(graph, label, Family::Edges, Family::EdgeLabels)?;
        Ok(EdgeCursor { scan, label })
    }

    /// As [`Transaction::edges`], of those with a label in a range of edge numbers.
    pub fn edges_in(&self, graph: GraphId, label: LabelId, edges: Range<EdgeId>) -> Result<EdgeCursor> {
        let lower = keys::label(graph, label, edges.start.0);
        let upper = keys::label(graph, label, edges.end.max(edges.start).0).to_vec();
        let scan = self.inner.scan(Family::EdgeLabels, &lower, Some(upper), Hint::Scan)?;
        Ok(EdgeCursor { scan, label: Some(label) })
    }

    /// The nodes of a graph, or those with a label, with their records, vectors among them.
    pub fn node_records(&self, graph: GraphId, label: Option<LabelId>) -> Result<NodeRecordCursor> {
        let scan = self.scan_of(graph, label, Family::Nodes, Family::Labels)?;
        let sets = self.inner.sets(graph)?;
        let sets =
            sets.iter().map(|(property, set)| SetReader::new(&self.inner, property, set)).collect::<Result<_>>()?;
        Ok(NodeRecordCursor { transaction: self.clone(), graph, label, scan, sets })
    }

    /// The edges of a graph, or those with a label, with their records.
    pub fn edge_records(&self, graph: GraphId, label: Option<LabelId>) -> Result<EdgeRecordCursor> {
        let scan = self.scan_of(graph, label, Family::Edges, Family::EdgeLabels)?;
        Ok(EdgeRecordCursor { transaction: self.clone(), graph, label, scan })
    }

    /// The outgoing edges of a range of nodes, in order. For building a compressed graph: threads can
    /// take a range each, see [`Transaction::node_range`].
    pub fn out_edges_scan(&self, graph: GraphId, nodes: Range<NodeId>) -> Result<OutEdgeCursor> {
        self.adjacency_scan(graph, nodes, Family::Out)
    }

    fn adjacency_scan(&self, graph: GraphId, nodes: Range<NodeId>, family: Family) -> Result<OutEdgeCursor> {
        let lower = keys::node(graph, nodes.start);
        let upper = keys::node(graph, nodes.end.max(nodes.start)).to_vec();
        Ok(OutEdgeCursor { scan: self.inner.scan(family, &lower, Some(upper), Hint::Scan)? })
    }

    /// A range that has the numbers of all nodes of a graph; empty when there are none.
    pub fn node_range(&self, graph: GraphId) -> Result<Range<NodeId>> {
        let range = self.range_of(graph, Family::Nodes)?;
        Ok(NodeId(range.start)..NodeId(range.end))
    }

    /// A range that has the numbers of all edges of a graph; empty when there are none.
    pub fn edge_range(&self, graph: GraphId) -> Result<Range<EdgeId>> {
        let range = self.range_of(graph, Family::Edges)?;
        Ok(EdgeId(range.start)..EdgeId(range.end))
    }

    /// The numbers in the keys of a family's records.
    fn range_of(&self, graph: GraphId, family: Family) -> Result<Range<u64>> {
        let prefix = graph.0.to_be_bytes();
        let mut scan = self.inner.scan_prefix(family, &prefix, Hint::Seek)?;
        let first = scan.next()?.map(|(key, _)| keys::read_u64(key, 4)).transpose()?;
        let mut iter = self.inner.snapshot().prefix(family, &prefix, Hint::Seek)?;
        iter.seek_to_last()?;
        let stored = iter.key().map(|key| keys::read_u64(key, 4)).transpose()?;
        let own = match self.inner.own() {
            Some(overlay) => overlay
                .last(family, &prefix, keys::after(&prefix).as_deref())
                .map(|key| keys::read_u64(key, 4))
                .transpose()?,
            None => None,
        };
        Ok(match (first, stored.max(own)) {
            (Some(first), Some(last)) => first..last.saturating_add(1),
            _ => 0..0,
        })
    }
}
