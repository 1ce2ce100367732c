//! The best k of many, in an order in which no two are equal.

use std::{cmp::Ordering, collections::BinaryHeap};

use wend_storage::NodeId;

/// A node with its score.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) score: f64,
    pub(super) node: NodeId,
}

/// The better hit is less: higher score first, then the node that was inserted first.
impl Ord for Hit {
    fn cmp(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.node.cmp(&other.node))
    }
}

impl PartialOrd for Hit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Hit {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Hit {}

/// The best `k` hits so far.
#[derive(Clone)]
pub(super) struct Top {
    k: usize,
    /// The worst of them on top.
    heap: BinaryHeap<Hit>,
}

impl Top {
    pub(super) fn new(k: usize) -> Self {
        Top { k, heap: BinaryHeap::new() }
    }

    pub(super) fn add(&mut self, hit: Hit) {
        if self.heap.len() < self.k {
            self.heap.push(hit);
        } else if let Some(mut worst) = self.heap.peek_mut()
            && hit < *worst
        {
            *worst = hit;
        }
    }

    pub(super) fn merge(&mut self, other: Top) {
        other.heap.into_iter().for_each(|hit| self.add(hit));
    }

    /// The hits, best first.
    pub(super) fn into_sorted(self) -> Vec<Hit> {
        self.heap.into_sorted_vec()
    }
}
