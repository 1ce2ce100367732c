//! The keys of every column family. All numbers are big-endian, so byte order is number order.

use crate::error::{Error, Result};
use crate::value::{EdgeId, GraphId, LabelId, NodeId, PropertyKey};

/// Keys of the family `meta`: a tag byte, then what the tag says.
pub(crate) mod meta {
    /// -> format version.
    pub const FORMAT: u8 = 0x01;
    /// -> commit sequence and the next free numbers.
    pub const STATE: u8 = 0x02;
    /// + name -> graph number.
    pub const GRAPH: u8 = 0x03;
    /// + label number -> name.
    pub const LABEL: u8 = 0x04;
    /// + property key number -> name.
    pub const PROPERTY: u8 = 0x05;
    /// + graph, kind, label -> count.
    pub const COUNT: u8 = 0x06;
    /// + graph -> sequence of the last commit that changed it.
    pub const VERSION: u8 = 0x07;
    /// + graph, property key -> number of the active vector set.
    pub const VECTOR_SET: u8 = 0x08;
    /// -> the bulk load being ingested.
    pub const PENDING: u8 = 0x09;
    /// + graph, name of an index -> its number and definition.
    pub const INDEX: u8 = 0x0A;
}

/// What a count counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum Counted {
    Nodes = 0,
    Edges = 1,
    NodeLabel = 2,
    EdgeLabel = 3,
}

/// Names one count: graph, what, label (0 for totals).
pub(crate) type CountKey = (GraphId, Counted, LabelId);

/// A fixed-size key put together from big-endian parts.
macro_rules! join {
    ($length:literal; $($part:expr),+) => {{
        let mut key = [0u8; $length];
        let mut at = 0;
        $(
            let part = $part;
            key[at..at + part.len()].copy_from_slice(&part);
            at += part.len();
        )+
        debug_assert_eq!(at, $length);
        key
    }};
}

pub(crate) fn count(key: CountKey) -> [u8; 10] {
    let (graph, counted, label) = key;
    join!(10; [meta::COUNT], graph.0.to_be_bytes(), [counted as u8], label.0.to_be_bytes())
}

pub(crate) fn count_prefix(graph: GraphId, counted: Counted) -> [u8; 6] {
    join!(6; [meta::COUNT], graph.0.to_be_bytes(), [counted as u8])
}

pub(crate) fn meta_graph(tag: u8, graph: GraphId) -> [u8; 5] {
    join!(5; [tag], graph.0.to_be_bytes())
}

pub(crate) fn version(graph: GraphId) -> [u8; 5] {
    meta_graph(meta::VERSION, graph)
}

pub(crate) fn vector_set(graph: GraphId, property: PropertyKey) -> [u8; 9] {
    join!(9; [meta::VECTOR_SET], graph.0.to_be_bytes(), property.0.to_be_bytes())
}

pub(crate) fn graph_name(name: &str) -> Vec<u8> {
    let mut key = vec![meta::GRAPH];
    key.extend_from_slice(name.as_bytes());
    key
}

pub(crate) fn token(tag: u8, number: u32) -> [u8; 5] {
    join!(5; [tag], number.to_be_bytes())
}

/// `nodes`: graph, node.
pub(crate) fn node(graph: GraphId, node: NodeId) -> [u8; 12] {
    join!(12; graph.0.to_be_bytes(), node.0.to_be_bytes())
}

/// `ids`: graph, the bytes of the `_id`.
pub(crate) fn id(graph: GraphId, id: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(4 + id.len());
    key.extend_from_slice(&graph.0.to_be_bytes());
    key.extend_from_slice(id.as_bytes());
    key
}

/// `labels` and `edge_labels`: graph, label, node or edge.
pub(crate) fn label(graph: GraphId, label: LabelId, thing: u64) -> [u8; 16] {
    join!(16; graph.0.to_be_bytes(), label.0.to_be_bytes(), thing.to_be_bytes())
}

pub(crate) fn label_prefix(graph: GraphId, label: LabelId) -> [u8; 8] {
    join!(8; graph.0.to_be_bytes(), label.0.to_be_bytes())
}

/// `edges`: graph, edge.
pub(crate) fn edge(graph: GraphId, edge: EdgeId) -> [u8; 12] {
    join!(12; graph.0.to_be_bytes(), edge.0.to_be_bytes())
}

/// `out` and `in`: graph, node, label, the other node, edge.
pub(crate) fn adjacent(graph: GraphId, node: NodeId, label: LabelId, other: NodeId, edge: EdgeId) -> [u8; 32] {
    join!(32; graph.0.to_be_bytes(), node.0.to_be_bytes(), label.0.to_be_bytes(),
        other.0.to_be_bytes(), edge.0.to_be_bytes())
}

pub(crate) fn adjacent_label(graph: GraphId, node: NodeId, label: LabelId) -> [u8; 16] {
    join!(16; graph.0.to_be_bytes(), node.0.to_be_bytes(), label.0.to_be_bytes())
}

pub(crate) fn adjacent_other(graph: GraphId, node: NodeId, label: LabelId, other: NodeId) -> [u8; 24] {
    join!(24; graph.0.to_be_bytes(), node.0.to_be_bytes(), label.0.to_be_bytes(),
        other.0.to_be_bytes())
}

/// `vectors`: set, node.
pub(crate) fn vector(set: u64, node: NodeId) -> [u8; 16] {
    join!(16; set.to_be_bytes(), node.0.to_be_bytes())
}

/// `records`: length of the family's name, the name, the key.
pub(crate) fn record(family: &str, key: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 + family.len() + key.len());
    out.extend_from_slice(&(family.len() as u32).to_be_bytes());
    out.extend_from_slice(family.as_bytes());
    out.extend_from_slice(key);
    out
}

/// The first key after all keys that start with `prefix`; `None` when there is none.
pub(crate) fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut key = prefix.to_vec();
    while let Some(last) = key.pop() {
        if last < u8::MAX {
            key.push(last + 1);
            return Some(key);
        }
    }
    None
}

fn part<const N: usize>(key: &[u8], at: usize) -> Result<[u8; N]> {
    key.get(at..at + N).and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| Error::corrupt("a key is too short"))
}

pub(crate) fn read_u32(key: &[u8], at: usize) -> Result<u32> {
    part(key, at).map(u32::from_be_bytes)
}

pub(crate) fn read_u64(key: &[u8], at: usize) -> Result<u64> {
    part(key, at).map(u64::from_be_bytes)
}

/// A stored count; there is none of 0.
pub(crate) fn read_count(bytes: Option<&[u8]>) -> Result<u64> {
    bytes.map_or(Ok(0), |bytes| read_u64(bytes, 0))
}

/// The two ends of an edge, as the value of its entry in `edge_labels`.
pub(crate) fn ends(from: NodeId, to: NodeId) -> [u8; 16] {
    vector(from.0, to)
}

/// The node, label, other node and edge of a key of `out` or `in`.
pub(crate) fn read_adjacent(key: &[u8]) -> Result<(NodeId, LabelId, NodeId, EdgeId)> {
    let key: &[u8; 32] = key.try_into().map_err(|_| Error::corrupt("an adjacency key has the wrong length"))?;
    Ok((NodeId(read_u64(key, 4)?), LabelId(read_u32(key, 12)?), NodeId(read_u64(key, 16)?), EdgeId(read_u64(key, 24)?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn byte_order_is_number_order(a: (u32, u64, u32, u64, u64), b: (u32, u64, u32, u64, u64)) {
            let key = |p: (u32, u64, u32, u64, u64)| adjacent(GraphId(p.0), NodeId(p.1), LabelId(p.2), NodeId(p.3), EdgeId(p.4));
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
            let (x, y) = ((a.0, a.1), (b.0, b.1));
            prop_assert_eq!(node(GraphId(x.0), NodeId(x.1)).cmp(&node(GraphId(y.0), NodeId(y.1))), x.cmp(&y));
            prop_assert_eq!(edge(GraphId(x.0), EdgeId(x.1)).cmp(&edge(GraphId(y.0), EdgeId(y.1))), x.cmp(&y));
            prop_assert_eq!(vector(a.1, NodeId(a.3)).cmp(&vector(b.1, NodeId(b.3))), (a.1, a.3).cmp(&(b.1, b.3)));
            let (x, y) = ((a.0, a.2, a.1), (b.0, b.2, b.1));
            prop_assert_eq!(label(GraphId(x.0), LabelId(x.1), x.2).cmp(&label(GraphId(y.0), LabelId(y.1), y.2)), x.cmp(&y));
            prop_assert_eq!(read_adjacent(&key(a)).unwrap(), (NodeId(a.1), LabelId(a.2), NodeId(a.3), EdgeId(a.4)));
            prop_assert!(key(a).starts_with(&adjacent_other(GraphId(a.0), NodeId(a.1), LabelId(a.2), NodeId(a.3))));
            prop_assert!(key(a).starts_with(&adjacent_label(GraphId(a.0), NodeId(a.1), LabelId(a.2))));
            prop_assert!(key(a).starts_with(&node(GraphId(a.0), NodeId(a.1))));
        }

        #[test]
        fn ids_do_not_mix(graph: u32, a: String, b: String, other: u32) {
            prop_assert_eq!(id(GraphId(graph), &a).cmp(&id(GraphId(graph), &b)), a.as_bytes().cmp(b.as_bytes()));
            prop_assert_eq!(id(GraphId(graph), &a) == id(GraphId(other), &b), graph == other && a == b);
        }

        #[test]
        fn record_families_do_not_mix(a: String, b: String, x: Vec<u8>, y: Vec<u8>) {
            prop_assert_eq!(record(&a, &x) == record(&b, &y), a == b && x == y);
            prop_assert_eq!(record(&a, &x).starts_with(&record(&b, &[])), a == b);
        }

        #[test]
        fn after_is_the_end_of_a_prefix(prefix: Vec<u8>, rest: Vec<u8>) {
            let key = [prefix.clone(), rest].concat();
            match after(&prefix) {
                Some(end) => prop_assert!(key < end && !end.starts_with(&prefix)),
                None => prop_assert!(prefix.iter().all(|byte| *byte == 0xFF)),
            }
        }

        #[test]
        fn short_keys_are_damage(key: Vec<u8>) {
            prop_assert_eq!(read_adjacent(&key).is_ok(), key.len() == 32);
            prop_assert_eq!(read_u64(&key, 4).is_ok(), key.len() >= 12);
        }
    }
}
