//! A set of nodes as a bitmap: whether a node has a label is a look at a bit.

use wend_storage::NodeId;

/// A set of nodes by number.
#[derive(Debug, Default)]
pub(crate) struct NodeSet {
    /// The number of the first bit.
    first: u64,
    words: Vec<u64>,
}

impl NodeSet {
    /// Of nodes in ascending order.
    pub(crate) fn new(nodes: &[NodeId]) -> NodeSet {
        let (Some(first), Some(last)) = (nodes.first(), nodes.last()) else { return NodeSet::default() };
        let mut words = vec![0u64; Self::words(first.0, last.0)];
        for node in nodes {
            let bit = node.0 - first.0;
            words[(bit / 64) as usize] |= 1 << (bit % 64);
        }
        NodeSet { first: first.0, words }
    }

    fn words(first: u64, last: u64) -> usize {
        ((last - first) / 64 + 1) as usize
    }

    /// The bytes that a set with these as its first and its last node takes.
    pub(crate) fn expected_bytes(nodes: &[NodeId]) -> u64 {
        match (nodes.first(), nodes.last()) {
            (Some(first), Some(last)) => 8 * Self::words(first.0, last.0) as u64,
            _ => 0,
        }
    }

    pub(crate) fn has(&self, node: NodeId) -> bool {
        let Some(bit) = node.0.checked_sub(self.first) else { return false };
        self.words.get((bit / 64) as usize).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_what_it_was_made_of() {
        let nodes: Vec<NodeId> = [70, 71, 134, 1000].map(NodeId).to_vec();
        let set = NodeSet::new(&nodes);
        let found: Vec<u64> = (0..2000).filter(|&number| set.has(NodeId(number))).collect();
        assert_eq!(found, [70, 71, 134, 1000]);
        assert!(!NodeSet::new(&[]).has(NodeId(0)));
        assert!(!set.has(NodeId(u64::MAX)));
    }
}
