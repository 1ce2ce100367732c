//! What is found out beforehand of a search for all paths that takes long. In a dense graph a depth-first search is lost for ages
//! in the paths of one corner; a shortest path to each end comes first, and with a known end only what leads to it is followed.

use std::collections::{VecDeque, hash_map::Entry};

use rustc_hash::{FxHashMap, FxHashSet};
use wend_storage::{Adjacent, NodeId};

use super::follow::edge_ref;
use crate::{error::Result, memory::Held, runtime::statement::Statement, value::EdgeRef};

/// The edges at a node, the first one last.
pub(super) type Edges<'s> = dyn FnMut(NodeId) -> Result<Vec<Adjacent>> + 's;

/// See the module.
pub(super) struct Preview {
    start: NodeId,
    /// For each node the last edge of a shortest path to it, and the node before.
    last: FxHashMap<NodeId, (EdgeRef, NodeId)>,
    /// The ends whose shortest path is still to be given out before the search comes to it.
    ends: VecDeque<NodeId>,
    /// All of these, given out or not.
    early: FxHashSet<NodeId>,
    /// How far each node is from the known end.
    distances: Option<FxHashMap<NodeId, usize>>,
}

/// The bytes of a node that was reached.
const REACHED: usize = 128;

impl Preview {
    /// Shortest paths of at most `max` edges from the start to each node, or to the target alone.
    pub(super) fn new(
        start: NodeId,
        target: Option<NodeId>,
        max: usize,
        edges: &mut Edges,
        held: &mut Held,
        st: &Statement,
    ) -> Result<Self> {
        let mut last: FxHashMap<NodeId, (EdgeRef, NodeId)> = FxHashMap::default();
        let mut ends = VecDeque::new();
        let (mut level, mut distance) = (vec![start], 0);
        while !level.is_empty() && distance < max && !target.is_some_and(|target| last.contains_key(&target)) {
            distance += 1;
            let mut following = Vec::new();
            for &node in &level {
                st.cancel.check()?;
                for next in edges(node)?.into_iter().rev() {
                    if next.node != start && !last.contains_key(&next.node) {
                        held.take(&st.memory, REACHED, "the path search")?;
                        last.insert(next.node, (edge_ref(node, &next), node));
                        following.push(next.node);
                        if target.is_none_or(|target| target == next.node) {
                            ends.push_back(next.node);
                        }
                    }
                }
            }
            level = following;
        }
        Ok(Preview { start, last, ends, early: FxHashSet::default(), distances: None })
    }

    /// Finds how far nodes are from the target, going backwards.
    pub(super) fn measure(
        &mut self,
        target: NodeId,
        max: usize,
        edges: &mut Edges,
        held: &mut Held,
        st: &Statement,
    ) -> Result<()> {
        let mut distances = FxHashMap::from_iter([(target, 0)]);
        let (mut level, mut distance) = (vec![target], 0);
        while !level.is_empty() && distance < max {
            distance += 1;
            let mut following = Vec::new();
            for &node in &level {
                st.cancel.check()?;
                for next in edges(node)? {
                    if let Entry::Vacant(new) = distances.entry(next.node) {
                        held.take(&st.memory, REACHED / 4, "the path search")?;
                        new.insert(distance);
                        following.push(next.node);
                    }
                }
            }
            level = following;
        }
        self.distances = Some(distances);
        Ok(())
    }

    /// Leaves out the ends whose shortest path a search has given out, which goes by `path` and has at each of its nodes the edges
    /// `open` still to try, for paths of these `lengths`; it has given out all shorter ones and none that is longer.
    pub(super) fn forget_given(
        &mut self,
        path: &[EdgeRef],
        open: &[Vec<Adjacent>],
        lengths: std::ops::RangeInclusive<usize>,
    ) {
        for end in std::mem::take(&mut self.ends) {
            let shortest = self.path(end);
            let apart = shortest.iter().zip(path).take_while(|(a, b)| a.edge == b.edge).count();
            let is_open = shortest.len() > *lengths.end()
                || shortest.len() >= *lengths.start()
                    && match (shortest.get(apart), open.get(apart)) {
                        (Some(next), Some(open)) => open.iter().any(|candidate| candidate.edge == next.edge),
                        // Beyond the node where the search is; it has not looked at its edges.
                        (Some(_), None) => true,
                        (None, _) => false,
                    };
            if is_open {
                self.ends.push_back(end);
                self.early.insert(end);
            }
        }
    }

    /// Gives out no path before the search comes to it.
    pub(super) fn forget_all(&mut self) {
        self.ends.clear();
    }

    /// The next of the shortest paths.
    pub(super) fn next(&mut self) -> Option<(Vec<EdgeRef>, NodeId)> {
        let end = self.ends.pop_front()?;
        Some((self.path(end), end))
    }

    /// Whether a path is one of those that come early.
    pub(super) fn has_given(&self, path: &[EdgeRef], end: NodeId) -> bool {
        self.early.contains(&end) && {
            let mut node = end;
            let mut rest = path.iter().rev();
            loop {
                match (rest.next(), self.last.get(&node)) {
                    (None, _) => break node == self.start,
                    (Some(edge), Some((last, before))) if edge.edge == last.edge => node = *before,
                    _ => break false,
                }
            }
        }
    }

    /// Of edges to follow, of which the last is taken first, leaves those that lead to the known end in at most `most` steps; the
    /// nearest is taken first.
    pub(super) fn narrow(&self, next: &mut Vec<Adjacent>, most: usize) {
        let Some(distances) = &self.distances else { return };
        let distance = |candidate: &Adjacent| distances.get(&candidate.node).copied().unwrap_or(usize::MAX);
        next.retain(|candidate| distance(candidate) < most);
        next.sort_by_key(|candidate| std::cmp::Reverse(distance(candidate)));
    }

    fn path(&self, end: NodeId) -> Vec<EdgeRef> {
        let mut path = Vec::new();
        let mut node = end;
        while let Some((edge, before)) = self.last.get(&node) {
            path.push(*edge);
            node = *before;
        }
        path.reverse();
        path
    }
}
