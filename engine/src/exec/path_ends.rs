//! Where paths lead, without the paths: which nodes can be reached, and over how many walks. The number of paths grows
//! exponentially with their length; this takes time in proportion to the graph, times the length for counts.

use rustc_hash::{FxHashMap, FxHashSet};
use wend_storage::{EdgeId, NodeId};

use crate::{
    error::{Error, Result},
    memory::Held,
    runtime::statement::Statement,
};

/// The nodes that one step leads to, each with an edge that is taken.
pub(super) type Steps<'s> = dyn FnMut(NodeId) -> Result<Vec<(NodeId, EdgeId)>> + 's;

/// What is asked of the paths.
pub(super) struct Wanted {
    pub(super) start: NodeId,
    /// Only paths to this node.
    pub(super) target: Option<NodeId>,
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) closed: Closed,
}

/// Which way back to the start counts as a path of at least one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    Never,
    /// Any: a shortest one repeats nothing where steps have a direction.
    Any,
    /// One over different edges, each of which can be followed from both its ends.
    EdgesOnce,
    /// The same, where a step may be possible in one direction only.
    StepsOnce,
}

/// What a search is called in an error.
const WHAT: &str = "the path search";

/// The bytes of a node that was reached.
const REACHED: usize = 64;

/// The ends of all paths, each once, those of shorter paths first. With a least number of steps of 0 or 1 that holds for walks,
/// trails and paths that repeat no node alike: a shortest walk to another node repeats nothing.
pub(super) fn reachable(wanted: &Wanted, steps: &mut Steps, held: &mut Held, st: &Statement) -> Result<Vec<NodeId>> {
    if wanted.min > 1 {
        return by_level(wanted, steps, held, st);
    }
    let start = wanted.start;
    let mut ends = Vec::new();
    let found = |ends: &[NodeId]| wanted.target.is_some_and(|target| ends.contains(&target));
    let mut back = wanted.min == 0 || wanted.closed == Closed::Never;
    if wanted.min == 0 {
        ends.push(start);
    }
    // For each node how far it is, the edge on which it was reached, and the first edge of that path.
    let mut reached: FxHashMap<NodeId, (usize, Option<EdgeId>, Option<EdgeId>)> = FxHashMap::default();
    reached.insert(start, (0, None, None));
    let mut shortest_cycle: Option<usize> = None;
    let (mut level, mut distance) = (vec![start], 0);
    let may_be_wanted = |node: NodeId| wanted.target.is_none_or(|target| target == node);
    let closed_is_enough = wanted.closed == Closed::EdgesOnce && wanted.target == Some(start);
    while !level.is_empty()
        && distance < wanted.max
        && !found(&ends)
        && (!closed_is_enough || shortest_cycle.is_none_or(|length| length > wanted.max))
    {
        distance += 1;
        let mut following = Vec::new();
        for &node in &level {
            st.cancel.check()?;
            let (_, last, first) = reached.get(&node).copied().unwrap_or_default();
            for (next, edge) in steps(node)? {
                if next == start && wanted.closed == Closed::Any && !back {
                    back = true;
                    ends.push(start);
                }
                match reached.get(&next) {
                    None => {
                        held.take(&st.memory, REACHED, WHAT)?;
                        reached.insert(next, (distance, Some(edge), first.or(Some(edge))));
                        following.push(next);
                        if may_be_wanted(next) {
                            ends.push(next);
                        }
                    }
                    // An edge between two branches closes a cycle through the start.
                    Some(&(other, other_last, other_first)) if Some(edge) != last && Some(edge) != other_last => {
                        if node == start || next == start || first != other_first {
                            let length = distance + other;
                            shortest_cycle = Some(shortest_cycle.map_or(length, |known| known.min(length)));
                        }
                    }
                    Some(_) => {}
                }
            }
        }
        level = following;
    }
    if !back && may_be_wanted(start) {
        let closed = match wanted.closed {
            Closed::EdgesOnce => shortest_cycle.is_some_and(|length| length <= wanted.max),
            Closed::StepsOnce => closes(wanted, steps, held, st)?,
            Closed::Never | Closed::Any => false,
        };
        if closed {
            ends.push(start);
        }
    }
    Ok(ends)
}

/// Gives every node that one step leads to from a node.
pub(super) type Neighbours<'s> = dyn Fn(NodeId, &mut dyn FnMut(NodeId)) + 's;

/// The same as [`reachable`] for at most one step as the least and without a target, over edges that are in memory.
pub(super) fn reachable_in_memory(
    wanted: &Wanted,
    neighbours: &Neighbours,
    steps: &mut Steps,
    held: &mut Held,
    st: &Statement,
) -> Result<Vec<NodeId>> {
    let start = wanted.start;
    let mut ends = Vec::new();
    if wanted.min == 0 {
        ends.push(start);
    }
    let mut seen = Seen { first: st.tx.node_range(st.graph)?.start.0, ..Seen::default() };
    seen.insert(start);
    let mut came_back = false;
    let (mut level, mut distance) = (vec![start], 0);
    while !level.is_empty() && distance < wanted.max {
        distance += 1;
        let mut following = Vec::new();
        for (at, &node) in level.iter().enumerate() {
            if at.is_multiple_of(1024) {
                st.cancel.check()?;
            }
            neighbours(node, &mut |next| {
                if seen.insert(next) {
                    following.push(next);
                } else {
                    came_back |= next == start;
                }
            });
        }
        held.take(&st.memory, size_of::<NodeId>() * 2 * following.len(), WHAT)?;
        ends.extend_from_slice(&following);
        level = following;
    }
    let closed = wanted.min > 0
        && match wanted.closed {
            Closed::Never => false,
            Closed::Any => came_back,
            Closed::EdgesOnce | Closed::StepsOnce => {
                let back = Wanted { target: Some(start), ..*wanted };
                !reachable(&back, steps, held, st)?.is_empty()
            }
        };
    if closed {
        ends.push(start);
    }
    Ok(ends)
}

/// The nodes that a search has seen: few by hash, many as bits.
#[derive(Default)]
struct Seen {
    /// The least number of a node.
    first: u64,
    few: FxHashSet<NodeId>,
    bits: Vec<u64>,
}

impl Seen {
    /// So many nodes are few.
    const FEW: usize = 4096;

    /// Adds a node; false when it was there.
    fn insert(&mut self, node: NodeId) -> bool {
        if self.bits.is_empty() {
            let new = self.few.insert(node);
            if self.few.len() == Self::FEW {
                std::mem::take(&mut self.few).into_iter().for_each(|node| {
                    self.set(node);
                });
            }
            return new;
        }
        self.set(node)
    }

    fn set(&mut self, node: NodeId) -> bool {
        let number = node.0 - self.first;
        let (word, bit) = ((number / 64) as usize, 1 << (number % 64));
        if word >= self.bits.len() {
            self.bits.resize((word + 1).next_power_of_two(), 0);
        }
        let new = self.bits[word] & bit == 0;
        self.bits[word] |= bit;
        new
    }
}

/// Whether, after some first step, a path leads back to the start that does not take its edge again.
fn closes(wanted: &Wanted, steps: &mut Steps, held: &mut Held, st: &Statement) -> Result<bool> {
    let start = wanted.start;
    if wanted.max == 0 {
        return Ok(false);
    }
    for (first, without) in steps(start)? {
        if first == start {
            return Ok(true);
        }
        let mut reached = FxHashSet::from_iter([first]);
        let (mut level, mut distance) = (vec![first], 1);
        while !level.is_empty() && distance < wanted.max {
            distance += 1;
            let mut following = Vec::new();
            for &node in &level {
                st.cancel.check()?;
                for (next, edge) in steps(node)? {
                    if edge == without {
                        continue;
                    }
                    if next == start {
                        return Ok(true);
                    }
                    if reached.insert(next) {
                        following.push(next);
                    }
                }
            }
            level = following;
        }
        held.take(&st.memory, reached.len() * 16, WHAT)?;
        held.give(reached.len() * 16);
    }
    Ok(false)
}

/// The ends of walks of at least two steps: what is reached step by step.
fn by_level(wanted: &Wanted, steps: &mut Steps, held: &mut Held, st: &Statement) -> Result<Vec<NodeId>> {
    let mut level = FxHashSet::from_iter([wanted.start]);
    let (mut ends, mut seen) = (Vec::new(), FxHashSet::default());
    let mut distance = 0;
    while !level.is_empty() && distance < wanted.max {
        distance += 1;
        let mut following = FxHashSet::default();
        for &node in &level {
            st.cancel.check()?;
            for (next, _) in steps(node)? {
                if following.insert(next)
                    && distance >= wanted.min
                    && wanted.target.is_none_or(|target| target == next)
                    && seen.insert(next)
                {
                    held.take(&st.memory, REACHED, WHAT)?;
                    ends.push(next);
                }
            }
        }
        if wanted.target.is_some() && !ends.is_empty() {
            break;
        }
        level = following;
    }
    Ok(ends)
}

/// The ends of all walks with the number of walks to each, those of shorter walks first.
pub(super) fn walk_counts(
    wanted: &Wanted,
    steps: &mut Steps,
    held: &mut Held,
    st: &Statement,
) -> Result<Vec<(NodeId, i64)>> {
    let too_many = || Error::data("22003", "the number of walks is out of the range of INT64");
    let (mut ends, mut places): (Vec<(NodeId, u128)>, FxHashMap<NodeId, usize>) = Default::default();
    let mut level = vec![(wanted.start, 1u128)];
    let mut distance = 0;
    loop {
        if distance >= wanted.min {
            for &(node, count) in &level {
                if wanted.target.is_some_and(|target| target != node) {
                    continue;
                }
                let place = *places.entry(node).or_insert(ends.len());
                if place == ends.len() {
                    held.take(&st.memory, REACHED, WHAT)?;
                    ends.push((node, 0));
                }
                ends[place].1 = ends[place].1.checked_add(count).ok_or_else(too_many)?;
            }
        }
        if level.is_empty() || distance >= wanted.max {
            break;
        }
        distance += 1;
        let mut following: Vec<(NodeId, u128)> = Vec::new();
        let mut place_of: FxHashMap<NodeId, usize> = FxHashMap::default();
        for &(node, count) in &level {
            st.cancel.check()?;
            for (next, _) in steps(node)? {
                let place = *place_of.entry(next).or_insert(following.len());
                if place == following.len() {
                    following.push((next, 0));
                }
                following[place].1 = following[place].1.checked_add(count).ok_or_else(too_many)?;
            }
        }
        level = following;
    }
    ends.into_iter().map(|(node, count)| Ok((node, i64::try_from(count).map_err(|_| too_many())?))).collect()
}
