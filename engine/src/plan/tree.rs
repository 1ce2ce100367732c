//! A tree of nodes and edges of which only the number of matches is wanted, for each value of one node or altogether.

use wend_storage::Direction;

use super::{
    Plan,
    expr::{Expr, LabelTest},
};

/// See [`Plan::CountMatches`].
#[derive(Clone, Debug)]
pub(crate) struct CountMatches {
    /// Filled with the node of the tree's root; `None` when one row for all matches is wanted.
    pub(crate) slot: Option<usize>,
    /// Filled with the number of matches.
    pub(crate) count: usize,
    pub(crate) tree: Tree,
    /// The matches of the tree in which an edge is bound twice, which do not count.
    pub(crate) less: Option<Tree>,
    /// Finds the matches one by one, with a count of 1: where the graph's edges cannot be kept in memory, or a condition fails.
    pub(crate) otherwise: Plan,
}

/// A pattern without cycles, in which edges may be bound twice.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<TreeNode>,
    pub(crate) edges: Vec<TreeEdge>,
    /// The node for whose values the matches are counted, by position.
    pub(crate) root: usize,
    /// The node to start from, by position.
    pub(crate) start: usize,
}

/// A node of a tree.
#[derive(Clone, Debug)]
pub(crate) struct TreeNode {
    /// Finds candidates for the node, in this slot; all nodes where nothing is said.
    pub(crate) access: Option<(Plan, usize)>,
    /// Each must be TRUE, and reads the node from this slot only.
    pub(crate) conditions: Vec<(usize, Expr)>,
}

/// An edge of a tree, or a self-loop at one of its nodes.
#[derive(Clone, Debug)]
pub(crate) struct TreeEdge {
    /// Positions of nodes.
    pub(crate) ends: [usize; 2],
    /// As seen from the first end.
    pub(crate) direction: Direction,
    pub(crate) label: Option<LabelTest>,
}

impl TreeEdge {
    /// The other end.
    pub(crate) fn beyond(&self, node: usize) -> usize {
        if self.ends[0] == node { self.ends[1] } else { self.ends[0] }
    }

    pub(crate) fn is_loop(&self) -> bool {
        self.ends[0] == self.ends[1]
    }
}

impl Tree {
    /// The edges between the node and others, by position.
    pub(crate) fn edges_at(&self, node: usize) -> impl Iterator<Item = usize> {
        (0..self.edges.len()).filter(move |&edge| self.edges[edge].ends.contains(&node) && !self.edges[edge].is_loop())
    }

    /// The edges on the way from one node to another.
    pub(crate) fn way(&self, from: usize, to: usize) -> Vec<usize> {
        fn search(tree: &Tree, here: usize, to: usize, way: &mut Vec<usize>) -> bool {
            if here == to {
                return true;
            }
            for edge in tree.edges_at(here) {
                if way.last() == Some(&edge) {
                    continue;
                }
                way.push(edge);
                if search(tree, tree.edges[edge].beyond(here), to, way) {
                    return true;
                }
                way.pop();
            }
            false
        }
        let mut way = Vec::new();
        search(self, from, to, &mut way);
        way
    }
}
