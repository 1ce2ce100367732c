//! One tree, and how a row falls through it.

/// The child's number that stands for "none": the node is a leaf.
const LEAF: u32 = 0;

/// A binary tree; its nodes stand before their children.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
}

/// A node of a tree: a question about one feature, or a leaf.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Node {
    /// The feature whose value is compared.
    pub feature: u32,
    /// Values up to this go left.
    pub threshold: f64,
    /// Missing values go left.
    pub missing_left: bool,
    /// The left child, or [`LEAF`].
    pub left: u32,
    pub right: u32,
    /// What a leaf adds to the score.
    pub value: f64,
    /// The weight of the examples that came by.
    pub cover: f64,
}

impl Node {
    pub fn leaf(cover: f64) -> Self {
        Node { feature: 0, threshold: 0.0, missing_left: false, left: LEAF, right: LEAF, value: 0.0, cover }
    }

    pub fn is_leaf(&self) -> bool {
        self.left == LEAF
    }

    /// The child that a value of the node's feature goes to.
    pub fn child(&self, value: f64) -> usize {
        let left = if value.is_nan() { self.missing_left } else { value <= self.threshold };
        (if left { self.left } else { self.right }) as usize
    }
}

impl Tree {
    /// The leaf of a row.
    pub fn value(&self, feature: impl Fn(usize) -> f64) -> f64 {
        let mut node = &self.nodes[0];
        while !node.is_leaf() {
            node = &self.nodes[node.child(feature(node.feature as usize))];
        }
        node.value
    }

    /// The mean over the examples.
    pub fn mean(&self) -> f64 {
        let leaves = || self.nodes.iter().filter(|node| node.is_leaf());
        leaves().map(|node| node.value * (node.cover / self.nodes[0].cover)).sum()
    }

    /// Whether it is a tree over so many features: its walks end, and within it.
    pub fn is_sound(&self, features: usize) -> bool {
        let mut parents = vec![false; self.nodes.len()];
        let nodes = self.nodes.iter().enumerate().all(|(place, node)| {
            let mut children = || {
                [node.left, node.right].into_iter().all(|child| {
                    let seen = parents.get_mut(child as usize);
                    child as usize > place && seen.is_some_and(|seen| !std::mem::replace(seen, true))
                })
            };
            let numbers =
                node.value.is_finite() && node.cover.is_finite() && node.cover > 0.0 && !node.threshold.is_nan();
            numbers && (node.is_leaf() || ((node.feature as usize) < features && children()))
        });
        nodes && !self.nodes.is_empty() && parents[1..].iter().all(|&seen| seen)
    }
}
