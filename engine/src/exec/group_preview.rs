//! The same as [`super::path_preview`] for the repetitions of a parenthesised path, which can be followed in one direction only: all
//! that can be reached is found, and what leads to a known end is read backwards from that.

use std::collections::{VecDeque, hash_map::Entry};

use rustc_hash::{FxHashMap, FxHashSet};
use wend_storage::NodeId;

use super::expand_group::Repetition;
use crate::{error::Result, memory::Held, runtime::statement::Statement};

/// The repetitions that begin at a node, the first one last.
type Repetitions<'s> = dyn FnMut(NodeId) -> Result<Vec<Repetition>> + 's;

/// See the module.
pub(super) struct Preview {
    start: NodeId,
    /// All repetitions at the nodes that can be reached.
    at: FxHashMap<NodeId, Vec<Repetition>>,
    /// The nodes in the order in which they were reached, and how: the node before, and which of its repetitions.
    order: Vec<NodeId>,
    last: FxHashMap<NodeId, (NodeId, usize)>,
    /// The ends whose shortest path is still to be given out before the search comes to it.
    ends: VecDeque<NodeId>,
    /// All of these, given out or not.
    early: FxHashSet<NodeId>,
    /// How far each node is from the known end.
    distances: Option<FxHashMap<NodeId, usize>>,
    _held: Held,
}

/// Whether two repetitions from the same node are the same.
fn same(a: &Repetition, b: &Repetition) -> bool {
    a.end == b.end && a.edges.iter().map(|edge| edge.edge).eq(b.edges.iter().map(|edge| edge.edge))
}

impl Preview {
    /// All that can be reached from the start in at most `max` repetitions.
    pub(super) fn new(start: NodeId, max: usize, repetitions: &mut Repetitions, st: &Statement) -> Result<Self> {
        let mut held = Held::default();
        let mut at: FxHashMap<NodeId, Vec<Repetition>> = FxHashMap::default();
        let mut last = FxHashMap::default();
        let mut order = Vec::new();
        let (mut level, mut distance) = (vec![start], 0);
        while !level.is_empty() && distance < max {
            distance += 1;
            let mut following = Vec::new();
            for &node in &level {
                st.cancel.check()?;
                let found = repetitions(node)?;
                held.take(&st.memory, 128 + found.iter().map(Repetition::bytes).sum::<usize>(), "the path search")?;
                for (place, repetition) in found.iter().enumerate().rev() {
                    if repetition.end != start && !last.contains_key(&repetition.end) {
                        last.insert(repetition.end, (node, place));
                        order.push(repetition.end);
                        following.push(repetition.end);
                    }
                }
                at.insert(node, found);
            }
            level = following;
        }
        let (ends, early) = Default::default();
        Ok(Preview { start, at, order, last, ends, early, distances: None, _held: held })
    }

    /// Chooses the ends whose shortest path is given out early: the search, which goes by `path` and has at each of its nodes the
    /// repetitions `open` still to try, has not come to it.
    pub(super) fn take_ends(
        &mut self,
        target: Option<NodeId>,
        trail: bool,
        path: &[Repetition],
        open: &[Vec<Repetition>],
    ) {
        for end in std::mem::take(&mut self.order) {
            if target.is_some_and(|target| target != end) {
                continue;
            }
            let shortest = self.path(end);
            let mut edges = FxHashSet::default();
            let repeats = shortest.iter().flat_map(|next| &next.edges).any(|edge| !edges.insert(edge.edge));
            let apart = shortest.iter().zip(path).take_while(|(a, b)| same(a, b)).count();
            let is_open = match (shortest.get(apart), open.get(apart)) {
                (Some(next), Some(open)) => open.iter().any(|candidate| same(candidate, next)),
                (Some(_), None) => true,
                (None, _) => false,
            };
            if is_open && !(trail && repeats) {
                self.ends.push_back(end);
                self.early.insert(end);
            }
        }
    }

    /// Finds how far nodes are from the target, going backwards.
    pub(super) fn measure(&mut self, target: NodeId) {
        let mut before: FxHashMap<NodeId, Vec<NodeId>> = FxHashMap::default();
        for (&node, repetitions) in &self.at {
            repetitions.iter().for_each(|repetition| before.entry(repetition.end).or_default().push(node));
        }
        let mut distances = FxHashMap::from_iter([(target, 0)]);
        let mut queue = VecDeque::from([target]);
        while let Some(node) = queue.pop_front() {
            let distance = distances.get(&node).copied().unwrap_or_default() + 1;
            for &next in before.get(&node).into_iter().flatten() {
                if let Entry::Vacant(new) = distances.entry(next) {
                    new.insert(distance);
                    queue.push_back(next);
                }
            }
        }
        self.distances = Some(distances);
    }

    /// The next of the shortest paths.
    pub(super) fn next(&mut self) -> Option<Vec<Repetition>> {
        let end = self.ends.pop_front()?;
        Some(self.path(end))
    }

    /// Whether a path is one of those that come early.
    pub(super) fn has_given(&self, path: &[Repetition], end: NodeId) -> bool {
        self.early.contains(&end) && {
            let shortest = self.path(end);
            shortest.len() == path.len() && shortest.iter().zip(path).all(|(a, b)| same(a, b))
        }
    }

    /// Of repetitions to follow, of which the last is taken first, leaves those that lead to the known end in at most `most` steps;
    /// the nearest is taken first. Gives the bytes of the others.
    pub(super) fn narrow(&self, next: &mut Vec<Repetition>, most: usize) -> usize {
        let Some(distances) = &self.distances else { return 0 };
        let distance = |candidate: &Repetition| distances.get(&candidate.end).copied().unwrap_or(usize::MAX);
        let mut bytes = 0;
        next.retain(|candidate| {
            let leads = distance(candidate) < most;
            bytes += if leads { 0 } else { candidate.bytes() };
            leads
        });
        next.sort_by_key(|candidate| std::cmp::Reverse(distance(candidate)));
        bytes
    }

    fn path(&self, end: NodeId) -> Vec<Repetition> {
        let mut path = Vec::new();
        let mut node = end;
        while node != self.start
            && let Some(&(before, place)) = self.last.get(&node)
        {
            path.extend(self.at.get(&before).and_then(|repetitions| repetitions.get(place)).cloned());
            node = before;
        }
        path.reverse();
        path
    }
}
