//! Counts the matches of a tree without making them: each node gets a weight, the number of matches of the part of the tree behind
//! it, and an edge carries the sum of the weights of a node's neighbours.

use std::sync::Arc;

use wend_storage::{Direction, NodeId};

use super::{
    build::build,
    follow::Follow,
    operator::{BoxOperator, Operator},
};
use crate::{
    cache::adjacency::LabelEdges,
    column::{self, ColumnData},
    error::{Error, Result},
    memory::Held,
    parallel::in_pieces,
    plan::{
        self,
        expr::{Expr, ExprKind, LabelTest},
        pattern::opposite,
        tree::{Tree, TreeNode},
    },
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        statement::Statement,
        typed,
    },
};

/// What it is called in an error.
const WHAT: &str = "counting matches";

/// So many nodes are a piece of work for a thread.
const PIECE: usize = 1 << 14;

/// See [`crate::plan::Plan::CountMatches`].
pub(super) struct CountMatches {
    count: plan::tree::CountMatches,
    otherwise: BoxOperator,
    state: State,
    held: Held,
}

enum State {
    New,
    /// Nodes with their counts that are still to be given out.
    Counted(std::vec::IntoIter<(NodeId, i64)>),
    /// The number of all matches.
    Total(Option<i64>),
    /// They are found one by one.
    Otherwise,
}

/// The number of matches for each node; nodes are numbered from the first of the graph.
enum Weights {
    /// Each node of the graph has one.
    One,
    /// Sorted by node, none 0.
    Few(Vec<(u32, u64)>),
    /// By node.
    Dense(Vec<u64>),
}

/// The nodes for which a weight is wanted.
enum Wanted<'a> {
    All,
    Few(&'a [(u32, u64)]),
    /// Those with a weight.
    Dense(&'a [u64]),
}

/// The edges of the tree's edge labels.
type Known = Arc<[Arc<LabelEdges>]>;

/// The nodes of the graph by number.
#[derive(Clone, Copy)]
struct Nodes {
    first: u64,
    count: usize,
}

impl CountMatches {
    pub(super) fn new(count: plan::tree::CountMatches, otherwise: BoxOperator) -> Self {
        CountMatches { count, otherwise, state: State::New, held: Held::default() }
    }

    /// Counts; `None` where the edges cannot be kept, or a condition cannot be evaluated.
    fn run(&mut self, st: &Statement) -> Result<Option<State>> {
        let range = st.tx.node_range(st.graph)?;
        let Ok(count) = usize::try_from(range.end.0 - range.start.0) else { return Ok(None) };
        let nodes = Nodes { first: range.start.0, count };
        let mut held = Held::default();
        let Some(mut weights) = Matches::count(&self.count.tree, nodes, &mut held, st)? else { return Ok(None) };
        if let Some(less) = &self.count.less {
            let Some(less) = Matches::count(less, nodes, &mut held, st)? else { return Ok(None) };
            weights.subtract(less)?;
        }
        if self.count.slot.is_none() {
            let sum = |mut weights: Box<dyn Iterator<Item = u64> + '_>| {
                weights.try_fold(0u64, |sum, weight| sum.checked_add(weight)).ok_or_else(too_many)
            };
            let total = match &weights {
                Weights::One => nodes.count as u64,
                Weights::Few(list) => sum(Box::new(list.iter().map(|(_, weight)| *weight)))?,
                Weights::Dense(all) => sum(Box::new(all.iter().copied()))?,
            };
            return Ok(Some(State::Total((total > 0).then(|| signed(total)).transpose()?)));
        }
        let of = |(node, weight): (usize, u64)| Ok((NodeId(nodes.first + node as u64), signed(weight)?));
        let counted: Vec<(NodeId, i64)> = match weights {
            Weights::One => (0..nodes.count).map(|node| of((node, 1))).collect::<Result<_>>()?,
            Weights::Few(list) => {
                list.into_iter().map(|(node, weight)| of((node as usize, weight))).collect::<Result<_>>()?
            }
            Weights::Dense(all) => {
                all.into_iter().enumerate().filter(|(_, weight)| *weight > 0).map(of).collect::<Result<_>>()?
            }
        };
        held.release();
        held.take(&st.memory, size_of_val(&counted[..]), WHAT)?;
        self.held = held;
        Ok(Some(State::Counted(counted.into_iter())))
    }
}

/// One count of a tree.
struct Matches<'a> {
    tree: &'a Tree,
    nodes: Nodes,
    /// For each edge of the tree.
    known: Vec<Known>,
    /// A condition could not be evaluated for a node: whether a match asks for that is not known here.
    failed: bool,
    held: &'a mut Held,
    st: &'a Statement,
}

impl<'a> Matches<'a> {
    /// The weights of the tree's root.
    fn count(tree: &'a Tree, nodes: Nodes, held: &'a mut Held, st: &'a Statement) -> Result<Option<Weights>> {
        let mut known = Vec::with_capacity(tree.edges.len());
        for edge in &tree.edges {
            let mut follow = Follow::new(edge.label.clone());
            match follow.all(st)? {
                Some(edges) => known.push(edges.clone()),
                None => return Ok(None),
            }
        }
        let mut matches = Matches { tree, nodes, known, failed: false, held, st };
        match matches.root() {
            Ok(weights) => Ok(Some(weights)),
            Err(_) if matches.failed => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn root(&mut self) -> Result<Weights> {
        let tree = self.tree;
        let way = tree.way(tree.start, tree.root);
        let mut here = tree.start;
        let mut weights = self.candidates(&tree.nodes[here])?;
        for &edge in &way {
            weights = self.with_branches(here, weights, &way)?;
            let next = tree.edges[edge].beyond(here);
            let pushed = self.carried(edge, next, &weights, Wanted::All)?;
            weights = self.filtered(&tree.nodes[next], pushed)?;
            here = next;
        }
        self.with_branches(here, weights, &way)
    }

    /// The weights of a node times those of the branches at it that are not on the way.
    fn with_branches(&mut self, node: usize, mut weights: Weights, way: &[usize]) -> Result<Weights> {
        let tree = self.tree;
        for (position, edge) in tree.edges.iter().enumerate() {
            if edge.is_loop() && edge.ends[0] == node {
                weights = self.with_loops(position, weights)?;
            }
        }
        for edge in tree.edges_at(node).filter(|edge| !way.contains(edge)) {
            let carried = self.branch(edge, node, &weights)?;
            weights.multiply(carried)?;
        }
        Ok(weights)
    }

    /// What the branch along an edge gives to the nodes with a weight.
    fn branch(&mut self, edge: usize, node: usize, at: &Weights) -> Result<Weights> {
        let tree = self.tree;
        let child = tree.edges[edge].beyond(node);
        let below: Vec<usize> = tree.edges_at(child).filter(|other| *other != edge).collect();
        let plain = tree.nodes[child].conditions.is_empty() && tree.nodes[child].access.is_none();
        let wanted = match at {
            Weights::One => Wanted::All,
            Weights::Few(list) => Wanted::Few(list),
            Weights::Dense(all) => Wanted::Dense(all),
        };
        if plain && below.is_empty() {
            return self.carried(edge, node, &Weights::One, wanted);
        }
        let candidates = match at {
            // Only their neighbours matter.
            Weights::Few(list) => {
                let ones: Vec<(u32, u64)> = list.iter().map(|(node, _)| (*node, 1)).collect();
                let reached = self.carried(edge, child, &Weights::Few(ones), Wanted::All)?;
                self.filtered(&tree.nodes[child], reached.ones())?
            }
            _ => self.candidates(&tree.nodes[child])?,
        };
        let weights = self.with_branches(child, candidates, &[edge])?;
        self.carried(edge, node, &weights, wanted)
    }

    /// Every node that may be this one, with a weight of 1.
    fn candidates(&mut self, node: &'a TreeNode) -> Result<Weights> {
        let Some((access, slot)) = &node.access else { return Ok(Weights::One) };
        let mut found = Vec::new();
        let mut operator = build(access);
        while let Some(batch) = operator.next(self.st)? {
            self.st.cancel.check()?;
            match batch.column(*slot) {
                Column::Nodes(nodes) => found.extend_from_slice(nodes),
                _ => found.extend((0..batch.len()).filter_map(|row| batch.node(*slot, row))),
            }
        }
        found.sort_unstable();
        let passing = self.passing(node, found)?;
        // A label that all nodes have asks nothing.
        let is_one = matches!(&passing, Weights::Dense(all) if all.iter().filter(|weight| **weight == 1).count() as u64
            == self.st.tx.node_count(self.st.graph)?);
        Ok(if is_one { Weights::One } else { passing })
    }

    /// The nodes for which the conditions of one hold, with a weight of 1 for each time that one is in the list.
    fn passing(&mut self, node: &'a TreeNode, mut nodes: Vec<NodeId>) -> Result<Weights> {
        for (slot, condition) in self.asked(node)? {
            nodes = self.that_hold(*slot, condition, &nodes)?;
        }
        let mut few: Vec<(u32, u64)> = Vec::with_capacity(nodes.len());
        for node in nodes {
            let place = (node.0 - self.nodes.first) as u32;
            match few.last_mut() {
                Some((last, weight)) if *last == place => *weight += 1,
                _ => few.push((place, 1)),
            }
        }
        self.compact(few)
    }

    /// The conditions of a node but for labels that all nodes have.
    fn asked(&self, node: &'a TreeNode) -> Result<Vec<&'a (usize, Expr)>> {
        let (tx, graph) = (&self.st.tx, self.st.graph);
        let mut asked = Vec::with_capacity(node.conditions.len());
        for condition in &node.conditions {
            let all_have = match &condition.1.kind {
                ExprKind::IsLabeled(_, LabelTest::Name(name)) => match name.id(tx)? {
                    Some(label) => tx.node_label_count(graph, label)? == tx.node_count(graph)?,
                    None => false,
                },
                _ => false,
            };
            if !all_have {
                asked.push(condition);
            }
        }
        Ok(asked)
    }

    fn that_hold(&mut self, slot: usize, condition: &Expr, nodes: &[NodeId]) -> Result<Vec<NodeId>> {
        let mut kept = Vec::with_capacity(nodes.len());
        for chunk in nodes.chunks(BATCH_ROWS) {
            let mut batch = Batch::with_len(chunk.len());
            batch.set(slot, Column::Nodes(chunk.to_vec()));
            let rows = typed::rows_that_hold(condition, &batch, self.st)
                .inspect_err(|error| self.failed |= error.is_about_values())?;
            kept.extend(rows.into_iter().map(|row| chunk[row as usize]));
        }
        Ok(kept)
    }

    /// The weights of the nodes for which the conditions of a node hold.
    fn filtered(&mut self, node: &'a TreeNode, weights: Weights) -> Result<Weights> {
        if self.asked(node)?.is_empty() {
            return Ok(weights);
        }
        let nodes: Vec<NodeId> = match &weights {
            Weights::One => (0..self.nodes.count as u64).map(|node| NodeId(self.nodes.first + node)).collect(),
            Weights::Few(list) => list.iter().map(|(node, _)| NodeId(self.nodes.first + u64::from(*node))).collect(),
            Weights::Dense(all) => {
                let some = all.iter().enumerate().filter(|(_, weight)| **weight > 0);
                some.map(|(node, _)| NodeId(self.nodes.first + node as u64)).collect()
            }
        };
        let mut passing = self.passing(node, nodes)?;
        passing.multiply(weights)?;
        Ok(passing)
    }

    /// Weights in the form that takes less work.
    fn compact(&mut self, few: Vec<(u32, u64)>) -> Result<Weights> {
        if few.len() * 16 < self.nodes.count {
            return Ok(Weights::Few(few));
        }
        let mut all = self.zeros()?;
        few.into_iter().for_each(|(node, weight)| all[node as usize] = weight);
        Ok(Weights::Dense(all))
    }

    fn zeros(&mut self) -> Result<Vec<u64>> {
        self.held.take(&self.st.memory, 8 * self.nodes.count, WHAT)?;
        Ok(vec![0; self.nodes.count])
    }

    /// For the wanted nodes at one end, `to`, of an edge the sums of the weights of their neighbours at the other.
    fn carried(&mut self, edge: usize, to: usize, weights: &Weights, wanted: Wanted) -> Result<Weights> {
        let tree_edge = &self.tree.edges[edge];
        let direction = match tree_edge.ends[0] == to {
            true => tree_edge.direction,
            false => opposite(tree_edge.direction),
        };
        let known = self.known[edge].clone();
        let sum = |node: u32| sum_of(&known, node, direction, self.nodes, weights);
        if let Wanted::Few(list) = wanted {
            let mut few = Vec::with_capacity(list.len());
            for (at, (node, _)) in list.iter().enumerate() {
                if at % 1024 == 0 {
                    self.st.cancel.check()?;
                }
                few.push((*node, sum(*node)?));
            }
            few.retain(|(_, weight)| *weight > 0);
            return Ok(Weights::Few(few));
        }
        if let (Weights::Few(list), Wanted::All) = (weights, &wanted) {
            return self.scattered(&known, opposite(direction), list);
        }
        self.held.take(&self.st.memory, 8 * self.nodes.count, WHAT)?;
        let pieces = self.nodes.count.div_ceil(PIECE);
        let threads = if pieces > 1 { self.st.threads } else { 1 };
        let piece = |piece: usize| -> Result<Vec<u64>> {
            self.st.cancel.check()?;
            let range = piece * PIECE..(piece * PIECE + PIECE).min(self.nodes.count);
            let one = |node: usize| match wanted {
                Wanted::Dense(all) if all[node] == 0 => Ok(0),
                _ => sum(node as u32),
            };
            range.map(one).collect()
        };
        let parts = in_pieces(pieces, threads, piece).into_iter().collect::<Result<Vec<_>>>()?;
        Ok(Weights::Dense(parts.concat()))
    }

    /// The same, from the few nodes that have a weight to all of their neighbours.
    fn scattered(&mut self, known: &Known, direction: Direction, list: &[(u32, u64)]) -> Result<Weights> {
        let reached: usize = list.iter().map(|(node, _)| degree(known, *node, direction, self.nodes)).sum();
        if reached * 8 > self.nodes.count {
            let mut all = self.zeros()?;
            for (at, (node, weight)) in list.iter().enumerate() {
                if at % 1024 == 0 {
                    self.st.cancel.check()?;
                }
                let mut overflow = false;
                each_neighbour(known, *node, direction, self.nodes, |other| {
                    let place = &mut all[other as usize];
                    let (sum, over) = place.overflowing_add(*weight);
                    (*place, overflow) = (sum, overflow | over);
                });
                if overflow {
                    return Err(too_many());
                }
            }
            return Ok(Weights::Dense(all));
        }
        let mut pairs: Vec<(u32, u64)> = Vec::with_capacity(reached);
        for (node, weight) in list {
            each_neighbour(known, *node, direction, self.nodes, |other| pairs.push((other, *weight)));
        }
        pairs.sort_unstable_by_key(|(node, _)| *node);
        let mut few: Vec<(u32, u64)> = Vec::with_capacity(pairs.len());
        for (node, weight) in pairs {
            match few.last_mut() {
                Some((last, sum)) if *last == node => *sum = sum.checked_add(weight).ok_or_else(too_many)?,
                _ => few.push((node, weight)),
            }
        }
        Ok(Weights::Few(few))
    }

    /// The weights times the number of self-loops.
    fn with_loops(&mut self, edge: usize, mut weights: Weights) -> Result<Weights> {
        let mut loops = self.zeros()?;
        for edges in self.known[edge].iter() {
            for (node, count) in loops.iter_mut().enumerate() {
                let node = NodeId(self.nodes.first + node as u64);
                *count += edges.out.of(node).between(node).len() as u64;
            }
        }
        weights.multiply(Weights::Dense(loops))?;
        Ok(weights)
    }
}

impl Weights {
    fn ones(mut self) -> Weights {
        match &mut self {
            Weights::One => {}
            Weights::Few(list) => list.iter_mut().for_each(|(_, weight)| *weight = 1),
            Weights::Dense(all) => all.iter_mut().for_each(|weight| *weight = (*weight).min(1)),
        }
        self
    }

    fn multiply(&mut self, other: Weights) -> Result<()> {
        let product = |a: u64, b: u64| a.checked_mul(b).ok_or_else(too_many);
        match (&mut *self, other) {
            (_, Weights::One) => {}
            (Weights::One, other) => *self = other,
            (Weights::Dense(mine), Weights::Dense(other)) => {
                for (mine, other) in mine.iter_mut().zip(other) {
                    *mine = product(*mine, other)?;
                }
            }
            (Weights::Few(mine), Weights::Dense(other)) => {
                for (node, weight) in mine.iter_mut() {
                    *weight = product(*weight, other[*node as usize])?;
                }
                mine.retain(|(_, weight)| *weight > 0);
            }
            (Weights::Dense(mine), Weights::Few(mut other)) => {
                for (node, weight) in &mut other {
                    *weight = product(*weight, mine[*node as usize])?;
                }
                other.retain(|(_, weight)| *weight > 0);
                *self = Weights::Few(other);
            }
            (Weights::Few(mine), Weights::Few(other)) => {
                let mut both = Vec::with_capacity(mine.len().min(other.len()));
                let mut others = other.iter().peekable();
                for (node, weight) in mine.iter() {
                    while others.next_if(|(other, _)| other < node).is_some() {}
                    if let Some((_, other)) = others.next_if(|(other, _)| other == node) {
                        both.push((*node, product(*weight, *other)?));
                    }
                }
                *mine = both;
            }
        }
        Ok(())
    }

    /// Takes off what does not count.
    fn subtract(&mut self, other: Weights) -> Result<()> {
        let less = |a: u64, b: u64| {
            a.checked_sub(b).ok_or_else(|| Error::internal("more matches bind an edge twice than there are matches"))
        };
        match (&mut *self, other) {
            (Weights::Dense(mine), Weights::Dense(other)) => {
                for (mine, other) in mine.iter_mut().zip(other) {
                    *mine = less(*mine, other)?;
                }
            }
            (Weights::Dense(mine), Weights::Few(other)) => {
                for (node, weight) in other {
                    mine[node as usize] = less(mine[node as usize], weight)?;
                }
            }
            (Weights::Few(mine), other) => {
                for (node, weight) in mine.iter_mut() {
                    let off = match &other {
                        Weights::One => 1,
                        Weights::Dense(all) => all[*node as usize],
                        Weights::Few(list) => {
                            list.binary_search_by_key(node, |(node, _)| *node).map_or(0, |at| list[at].1)
                        }
                    };
                    *weight = less(*weight, off)?;
                }
                mine.retain(|(_, weight)| *weight > 0);
            }
            (Weights::One, _) | (Weights::Dense(_), Weights::One) => {
                return Err(Error::internal("a tree with an edge has a weight for each edge"));
            }
        }
        Ok(())
    }
}

/// The sum of the weights of a node's neighbours.
fn sum_of(known: &Known, node: u32, direction: Direction, nodes: Nodes, weights: &Weights) -> Result<u64> {
    let mut sum = 0u64;
    let mut overflow = false;
    let mut add = |weight: u64| {
        let (next, over) = sum.overflowing_add(weight);
        (sum, overflow) = (next, overflow | over);
    };
    match weights {
        Weights::One => add(degree(known, node, direction, nodes) as u64),
        Weights::Dense(all) => each_neighbour(known, node, direction, nodes, |other| add(all[other as usize])),
        Weights::Few(list) => each_neighbour(known, node, direction, nodes, |other| {
            if let Ok(at) = list.binary_search_by_key(&other, |(node, _)| *node) {
                add(list[at].1);
            }
        }),
    }
    if overflow { Err(too_many()) } else { Ok(sum) }
}

fn degree(known: &Known, node: u32, direction: Direction, nodes: Nodes) -> usize {
    let node = NodeId(nodes.first + u64::from(node));
    known.iter().map(|edges| edges.degree(node, direction)).sum()
}

/// The neighbours of a node, as often as edges lead to them; a self-loop counts once.
fn each_neighbour(known: &Known, node: u32, direction: Direction, nodes: Nodes, mut see: impl FnMut(u32)) {
    let node = NodeId(nodes.first + u64::from(node));
    for edges in known.iter() {
        edges.each_neighbour(node, direction, |other| see((other.0 - nodes.first) as u32));
    }
}

fn signed(count: u64) -> Result<i64> {
    i64::try_from(count).map_err(|_| too_many())
}

fn too_many() -> Error {
    Error::data("22003", "there are more matches than an INT64 can count")
}

impl Operator for CountMatches {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        if let State::New = self.state {
            self.state = self.run(st)?.unwrap_or(State::Otherwise);
        }
        let (nodes, counts): (Vec<NodeId>, Vec<i64>) = match &mut self.state {
            State::New => return Ok(None),
            State::Otherwise => return self.otherwise.next(st),
            State::Total(total) => (Vec::new(), total.take().into_iter().collect()),
            State::Counted(rows) => rows.by_ref().take(BATCH_ROWS).unzip(),
        };
        if counts.is_empty() {
            return Ok(None);
        }
        let mut batch = Batch::with_len(counts.len());
        if let Some(slot) = self.count.slot {
            batch.set(slot, Column::Nodes(nodes));
        }
        batch.set(self.count.count, Column::Typed(column::Column::new(ColumnData::Ints(counts), None)));
        Ok(Some(batch))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.otherwise.rewind(argument, st);
        self.state = State::New;
        self.held.release();
    }
}
