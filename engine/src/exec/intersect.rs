//! Binds the nodes that are neighbours of several bound nodes at once, by the intersection of their sorted adjacency lists: patterns
//! with cycles without the paths that do not close (worst-case optimal joins: Ngo, Porat, Ré, Rudra, 2012; leapfrog: Veldhuizen, 2014).

use std::cmp::Ordering;

use wend_storage::{Adjacent, Direction, LabelId, NodeId};

use super::{
    expand::is_new,
    follow::{Follow, edge_ref},
    operator::{BoxOperator, Operator},
};
use crate::{
    cache::adjacency::NeighbourList,
    error::Result,
    plan::Expand,
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        statement::Statement,
    },
    value::EdgeRef,
};

/// A lookup of the edges between two nodes takes about as long as reading so many edges of a list.
const LOOKUP: usize = 16;

/// Taken for the length of a list that is not known.
const UNKNOWN: usize = 1024;

/// See [`crate::plan::Plan::ExpandIntersect`].
pub(super) struct ExpandIntersect {
    input: BoxOperator,
    arms: Vec<Arm>,
    /// Input rows and the next of them to expand.
    current: Option<(Batch, usize)>,
    /// What the row before `current` still has to give: nodes, and for each an edge of each arm.
    nodes: Vec<NodeId>,
    edges: Vec<EdgeRef>,
    given: usize,
}

/// The edges from one of the bound nodes.
struct Arm {
    expand: Expand,
    follow: Follow,
    /// The edges of the current row.
    list: Vec<Adjacent>,
    /// The node of the current row.
    from: NodeId,
    /// The node all of whose edges are in `list`.
    of: Option<NodeId>,
}

impl ExpandIntersect {
    pub(super) fn new(input: BoxOperator, arms: Vec<Expand>) -> Self {
        let arm = |expand: Expand| Arm {
            follow: Follow::new(expand.label.clone()),
            expand,
            list: Vec::new(),
            from: NodeId(0),
            of: None,
        };
        let arms = arms.into_iter().map(arm).collect();
        ExpandIntersect { input, arms, current: None, nodes: Vec::new(), edges: Vec::new(), given: 0 }
    }

    /// Finds what a row has.
    fn find(&mut self, batch: &Batch, row: usize, st: &Statement) -> Result<()> {
        self.given = 0;
        self.nodes.clear();
        self.edges.clear();
        if self.meet_in_memory(batch, row, st)? || !self.read_lists(batch, row, st)? {
            return Ok(());
        }
        let mut at = vec![0; self.arms.len()];
        loop {
            // The greatest of the nodes that the lists are at: all others go on to it.
            let mut target = NodeId(0);
            for (arm, at) in self.arms.iter().zip(&at) {
                match arm.list.get(*at) {
                    Some(adjacent) => target = target.max(adjacent.node),
                    None => return Ok(()),
                }
            }
            let mut met = true;
            for (arm, at) in self.arms.iter().zip(&mut at) {
                *at = seek(&arm.list, *at, target);
                met &= arm.list.get(*at).is_some_and(|adjacent| adjacent.node == target);
            }
            if met {
                self.give(batch, row, target, &mut at);
            }
        }
    }

    /// Finds what a row has in two lists that are in memory as they are wanted; false where they are not.
    fn meet_in_memory(&mut self, batch: &Batch, row: usize, st: &Statement) -> Result<bool> {
        for arm in &mut self.arms {
            arm.follow.known(st)?;
        }
        let ExpandIntersect { arms, nodes, edges, .. } = self;
        let [one, other] = &arms[..] else { return Ok(false) };
        let ends = (batch.node(one.expand.from, row), batch.node(other.expand.from, row));
        let (Some(from), Some(other_from)) = ends else { return Ok(true) };
        let lists = (one_list(one, from), one_list(other, other_from));
        let (Some((a, label)), Some((b, other_label))) = lists else { return Ok(false) };
        let edge = |arm: &Arm, from: NodeId, label: LabelId, list: &NeighbourList, at: usize| {
            let outgoing = arm.expand.direction == Direction::Out;
            edge_ref(from, &Adjacent { label, edge: list.edge(at), node: list.node(at), outgoing })
        };
        let (mut i, mut j) = (0, 0);
        while i < a.len() && j < b.len() {
            match a.nodes[i].cmp(&b.nodes[j]) {
                Ordering::Less => i = leap(a.nodes, i, b.nodes[j]),
                Ordering::Greater => j = leap(b.nodes, j, a.nodes[i]),
                Ordering::Equal => {
                    let node = a.nodes[i];
                    let run =
                        |list: &[u32], at: usize| at + list[at..].iter().take_while(|&&next| next == node).count();
                    let (i_end, j_end) = (run(a.nodes, i), run(b.nodes, j));
                    for first in i..i_end {
                        for second in j..j_end {
                            let pair =
                                [edge(one, from, label, &a, first), edge(other, other_from, other_label, &b, second)];
                            if may_be(arms, &pair, batch, row) {
                                nodes.push(a.node(first));
                                edges.extend(pair);
                            }
                        }
                    }
                    (i, j) = (i_end, j_end);
                }
            }
        }
        Ok(true)
    }

    /// Reads the edges of a row's bound nodes, the shortest list first where the lengths are known; false when there is a list
    /// without edges. Of a long list only the edges to the nodes in a short one before are looked up.
    fn read_lists(&mut self, batch: &Batch, row: usize, st: &Statement) -> Result<bool> {
        let mut order: Vec<(usize, usize)> = Vec::with_capacity(self.arms.len());
        for (number, arm) in self.arms.iter_mut().enumerate() {
            let Some(from) = batch.node(arm.expand.from, row) else { return Ok(false) };
            let degree = match arm.of == Some(from) {
                true => arm.list.len(),
                false => arm.follow.degree(from, arm.expand.direction, st)?.unwrap_or(UNKNOWN),
            };
            order.push((degree, number));
        }
        order.sort_by_key(|(degree, _)| *degree);
        let mut shortest: Option<usize> = None;
        for (degree, number) in order {
            let candidates = shortest.map(|arm| &self.arms[arm].list).filter(|list| list.len() * LOOKUP < degree);
            let candidates: Option<Vec<NodeId>> = candidates.map(|list| list.iter().map(|edge| edge.node).collect());
            let arm = &mut self.arms[number];
            let Some(from) = batch.node(arm.expand.from, row) else { return Ok(false) };
            // Rows of the same node mostly come one after the other.
            if arm.of != Some(from) {
                arm.list.clear();
                match candidates {
                    Some(mut nodes) => {
                        nodes.dedup();
                        arm.of = None;
                        for node in nodes {
                            arm.follow.add(from, Some(node), arm.expand.direction, &mut arm.list, st)?;
                        }
                    }
                    None => {
                        arm.of = Some(from);
                        arm.follow.add(from, None, arm.expand.direction, &mut arm.list, st)?;
                        arm.list.sort_by_key(|adjacent| adjacent.node);
                    }
                }
            }
            arm.from = from;
            if arm.list.is_empty() {
                return Ok(false);
            }
            if shortest.is_none_or(|shortest| self.arms[number].list.len() < self.arms[shortest].list.len()) {
                shortest = Some(number);
            }
        }
        Ok(true)
    }

    /// Adds every choice of one edge to `node` from each arm, and goes on behind them.
    fn give(&mut self, batch: &Batch, row: usize, node: NodeId, at: &mut [usize]) {
        let ends: Vec<usize> = self.arms.iter().zip(&*at).map(|(arm, at)| end_of(&arm.list, *at, node)).collect();
        let mut choice = at.to_vec();
        'choices: loop {
            let from = self.edges.len();
            for (number, arm) in self.arms.iter().enumerate() {
                let edge = edge_ref(arm.from, &arm.list[choice[number]]);
                self.edges.push(edge);
            }
            let fits = may_be(&self.arms, &self.edges[from..], batch, row);
            if fits {
                self.nodes.push(node);
            } else {
                self.edges.truncate(from);
            }
            // The last arm's edges change fastest.
            for number in (0..choice.len()).rev() {
                choice[number] += 1;
                if choice[number] < ends[number] {
                    continue 'choices;
                }
                choice[number] = at[number];
            }
            break;
        }
        at.copy_from_slice(&ends);
    }
}

/// Whether edges, one for each arm, are as different as the pattern asks.
fn may_be(arms: &[Arm], chosen: &[EdgeRef], batch: &Batch, row: usize) -> bool {
    arms.iter().zip(chosen).all(|(arm, edge)| {
        let others = &arm.expand.different_from;
        let own = |slot: &usize| arms.iter().position(|other| other.expand.edge == *slot);
        let differs = |other: usize| chosen[other].edge != edge.edge;
        others.is_empty() || (others.iter().filter_map(own).all(differs) && is_new(batch, row, others, *edge))
    })
}

/// The one list of a node that an arm looks into, where all edges of its one label are in memory and it goes one way.
fn one_list(arm: &Arm, from: NodeId) -> Option<(NeighbourList<'_>, LabelId)> {
    match arm.follow.in_memory()? {
        [edges] if arm.expand.direction != Direction::Both => {
            Some((edges.side(arm.expand.direction).of(from), edges.label))
        }
        _ => None,
    }
}

/// The first place from `from` on whose node is not before `node`, found by steps that double.
fn seek(list: &[Adjacent], from: usize, node: NodeId) -> usize {
    gallop(list, from, |adjacent| adjacent.node < node)
}

fn leap(list: &[u32], from: usize, node: u32) -> usize {
    gallop(list, from, |other| *other < node)
}

/// The first place from `from` on that is not before what is looked for, found by steps that double.
fn gallop<T>(list: &[T], from: usize, is_before: impl Fn(&T) -> bool) -> usize {
    let (mut low, mut step) = (from, 1);
    while low + step < list.len() && is_before(&list[low + step]) {
        low += step;
        step *= 2;
    }
    let high = (low + step).min(list.len());
    low + list[low.min(high)..high].partition_point(is_before)
}

/// The place behind the edges to `node` that begin at `from`.
fn end_of(list: &[Adjacent], from: usize, node: NodeId) -> usize {
    from + list[from..].iter().take_while(|adjacent| adjacent.node == node).count()
}

impl Operator for ExpandIntersect {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            let (batch, mut next) = match self.current.take() {
                Some(current) => current,
                None => match self.input.next(st)? {
                    Some(batch) => (batch, 0),
                    None => return Ok(None),
                },
            };
            let mut rows: Vec<u32> = Vec::new();
            let mut nodes = Vec::new();
            let mut edges = vec![Vec::new(); self.arms.len()];
            loop {
                // What is found belongs to the row before `next`.
                while self.given < self.nodes.len() && rows.len() < BATCH_ROWS {
                    let stride = self.arms.len();
                    rows.push(next as u32 - 1);
                    nodes.push(self.nodes[self.given]);
                    for (number, column) in edges.iter_mut().enumerate() {
                        column.push(self.edges[self.given * stride + number]);
                    }
                    self.given += 1;
                }
                if rows.len() >= BATCH_ROWS || next >= batch.len() {
                    break;
                }
                next += 1;
                self.find(&batch, next - 1, st)?;
            }
            let out = (!rows.is_empty()).then(|| {
                let mut out = batch.gather(&rows);
                for (arm, column) in self.arms.iter().zip(edges) {
                    out.set(arm.expand.edge, Column::Edges(column));
                }
                if let Some(arm) = self.arms.first() {
                    out.set(arm.expand.to, Column::Nodes(nodes));
                }
                out
            });
            if next < batch.len() || self.given < self.nodes.len() {
                self.current = Some((batch, next));
            }
            if out.is_some() {
                return Ok(out);
            }
        }
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.current = None;
        self.nodes.clear();
        self.edges.clear();
        self.given = 0;
        for arm in &mut self.arms {
            arm.of = None;
            arm.follow.rewind(st);
        }
    }
}

#[cfg(test)]
mod tests {
    use wend_storage::{EdgeId, LabelId};

    use super::*;

    #[test]
    fn seeking_finds_the_first_place_that_is_not_before() {
        let nodes = [1u64, 1, 2, 5, 5, 5, 8, 13, 13, 40];
        let adjacent = |node| Adjacent { label: LabelId(1), edge: EdgeId(node), node: NodeId(node), outgoing: true };
        let list: Vec<Adjacent> = nodes.into_iter().map(adjacent).collect();
        for from in 0..=nodes.len() {
            for node in 0..45 {
                let expected = from + nodes[from..].iter().take_while(|&&other| other < node).count();
                assert_eq!(seek(&list, from, NodeId(node)), expected, "from {from} to {node}");
            }
        }
        assert_eq!(end_of(&list, 3, NodeId(5)), 6);
    }
}
