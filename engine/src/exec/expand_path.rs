//! Follows paths of several edges from a node: every path by depth-first search with a growing bound on its depth, or the
//! shortest ones by breadth-first search, from both ends where both are known. Where only their ends are asked for, or how many
//! there are, see [`super::path_ends`].

use rustc_hash::FxHashMap;
use wend_grammar::ast::{PathMode, PathSearch};
use wend_storage::{Adjacent, Direction, NodeId};

use super::{
    expand::is_new,
    follow::{Follow, edge_ref},
    input_rows::InputRows,
    operator::{BoxOperator, Operator},
    path_ends::{Closed, Wanted, reachable, reachable_in_memory, walk_counts},
    path_preview::Preview,
};
use crate::{
    error::{Error, Result},
    memory::Held,
    plan::{ExpandPath, PathRows, pattern::opposite},
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        eval::holds,
        statement::Statement,
    },
    value::{Edge, EdgeRef, Value},
};

/// What a search is called in an error.
const WHAT: &str = "the path search";

/// Of long paths a batch has fewer: about so many edges.
pub(super) const MOST_EDGES: usize = 1 << 17;

/// The bytes of a further way to a node that was reached.
const LINK: usize = 48;

/// The bytes of one level of a search in depth: its node, the edge to it, and the edges not tried yet.
fn level_bytes(open: &Vec<Adjacent>) -> usize {
    64 + open.capacity() * size_of::<Adjacent>()
}

/// The bytes of a path that is being read backwards.
fn partial_bytes(edges: &[EdgeRef]) -> usize {
    48 + size_of_val(edges)
}

/// See [`crate::plan::Plan::ExpandPath`].
pub(super) struct ExpandPaths {
    input: InputRows,
    expand: ExpandPath,
    follow: Follow,
    walk: Walk,
    /// What is known beforehand of a search that takes long.
    preview: Option<Preview>,
    /// Steps of the search for the current row.
    row_steps: u32,
    /// The bytes of the search for the current row.
    held: Held,
    /// Steps of searches, to ask now and then whether the statement is to end.
    steps: u32,
    /// Of these, how many there may be before the rows that are there are given out.
    patience: Option<u32>,
}

/// The paths of one row that are still to be given out.
enum Walk {
    Idle,
    /// Depth first: the path so far, and for each of its nodes the edges not tried yet.
    Deep {
        start: NodeId,
        path: Vec<EdgeRef>,
        nodes: Vec<NodeId>,
        open: Vec<Vec<Adjacent>>,
        fresh: bool,
        round: Round,
    },
    /// Found by a search that had to end first.
    Found(std::vec::IntoIter<(Vec<EdgeRef>, NodeId)>),
    /// Ends of paths, with the number of paths where that is asked for.
    Ends(std::vec::IntoIter<(NodeId, i64)>),
}

/// One round of a search in depth gives out the paths of some lengths; the next one those of up to twice as many edges. In one
/// round without a bound, a search would be lost in the longest paths of a dense corner before it comes to a second short one.
#[derive(Clone, Copy)]
struct Round {
    /// The least and the most edges of paths of the round.
    least: usize,
    most: usize,
    /// Whether there may be longer ones.
    more: bool,
}

impl Round {
    fn first(min: usize, max: usize) -> Self {
        Round { least: min, most: min.saturating_add(SHORT as usize).min(max), more: false }
    }

    fn next(self, max: usize) -> Option<Self> {
        let most = self.most.saturating_mul(2).min(max);
        (self.more && most > self.most).then_some(Round { least: self.most + 1, most, more: false })
    }
}

/// Once rows are there, an operator looks for further ones for so many steps only.
const PATIENCE: u32 = 16_384;

/// After so many steps a search for all paths looks where they lead.
pub(super) const PREVIEW_AFTER: u32 = 4096;

/// Paths of so few edges come to an end soon enough without it.
pub(super) const SHORT: u32 = 8;

/// For each node reached its distance and the last edges of its shortest paths, with the node before.
type Reached = FxHashMap<NodeId, (usize, Vec<(EdgeRef, NodeId)>)>;

impl ExpandPaths {
    pub(super) fn new(input: BoxOperator, expand: ExpandPath) -> Self {
        ExpandPaths {
            input: InputRows::new(input),
            follow: Follow::new(expand.label.clone()),
            expand,
            walk: Walk::Idle,
            preview: None,
            row_steps: 0,
            held: Held::default(),
            steps: 0,
            patience: None,
        }
    }

    /// The edges that may follow at `node`, in reverse, so that the first is taken from the end.
    fn edges(&mut self, st: &Statement, batch: &Batch, row: usize, node: NodeId) -> Result<Vec<Adjacent>> {
        self.edges_towards(st, batch, row, node, self.expand.direction)
    }

    /// The same, of edges in a direction.
    fn edges_towards(
        &mut self,
        st: &Statement,
        batch: &Batch,
        row: usize,
        node: NodeId,
        direction: Direction,
    ) -> Result<Vec<Adjacent>> {
        let mut found = Vec::new();
        self.follow.add(node, None, direction, &mut found, st)?;
        let mut kept = Vec::with_capacity(found.len());
        for candidate in found.into_iter().rev() {
            let edge = edge_ref(node, &candidate);
            if !is_new(batch, row, &self.expand.different_from, edge) {
                continue;
            }
            if let Some((slot, condition)) = &self.expand.condition {
                let mut one = batch.slice(row, row + 1);
                one.set(*slot, Column::Edges(vec![edge]));
                match (holds(condition, &one, 0, st), &self.expand.failed) {
                    (Ok(true), _) => {}
                    (Ok(false), _) => continue,
                    (Err(error), Some(failed)) if error.is_about_values() => failed.set(),
                    (Err(error), _) => return Err(error),
                }
            }
            kept.push(candidate);
        }
        Ok(kept)
    }

    /// The next path of the current row.
    fn next_path(&mut self, st: &Statement, batch: &Batch, row: usize) -> Result<Option<(Vec<EdgeRef>, NodeId)>> {
        let max = self.expand.max.map_or(usize::MAX, |max| max as usize);
        loop {
            if self.is_impatient() {
                return Ok(None);
            }
            self.steps = self.steps.wrapping_add(1);
            if self.steps.is_multiple_of(256) {
                st.cancel.check()?;
            }
            self.row_steps = self.row_steps.saturating_add(1);
            if self.row_steps == PREVIEW_AFTER {
                self.look_ahead(st, batch, row)?;
            }
            if let Some(early) = self.preview.as_mut().and_then(Preview::next) {
                return Ok(Some(early));
            }
            match &mut self.walk {
                Walk::Idle | Walk::Ends(_) => return Ok(None),
                Walk::Found(paths) => return Ok(paths.next()),
                Walk::Deep { start, path, nodes, open, fresh, round } => {
                    let here = nodes.last().copied().unwrap_or(*start);
                    if std::mem::take(fresh) {
                        let given = self.preview.as_ref().is_some_and(|preview| preview.has_given(path, here));
                        let arrived = (path.len() >= round.least && !given).then(|| (path.clone(), here));
                        // A closed simple path ends where it began.
                        let closed = self.expand.mode == PathMode::Simple && !path.is_empty() && here == *start;
                        let (length, most) = (path.len(), round.most);
                        let mut more = length >= most && most < max && !closed;
                        let mut next =
                            if length < most && !closed { self.edges(st, batch, row, here)? } else { Vec::new() };
                        if let Some(preview) = &self.preview {
                            preview.narrow(&mut next, max.saturating_sub(length));
                            let all = next.len();
                            preview.narrow(&mut next, most.saturating_sub(length));
                            more |= next.len() < all;
                        }
                        self.held.take(&st.memory, level_bytes(&next), WHAT)?;
                        if let Walk::Deep { open, round, .. } = &mut self.walk {
                            open.push(next);
                            round.more |= more;
                        }
                        if arrived.is_some() {
                            return Ok(arrived);
                        }
                        continue;
                    }
                    let Some(next) = open.last_mut().map(Vec::pop) else {
                        match round.next(max) {
                            Some(next) => (*round, *fresh) = (next, true),
                            None => {
                                self.walk = Walk::Idle;
                                return Ok(None);
                            }
                        }
                        continue;
                    };
                    let Some(candidate) = next else {
                        self.held.give(open.pop().map_or(0, |level| level_bytes(&level)));
                        path.pop();
                        nodes.pop();
                        continue;
                    };
                    let edge = edge_ref(here, &candidate);
                    let new_edge = || !path.iter().any(|other| other.edge == edge.edge);
                    let allowed = match self.expand.mode {
                        PathMode::Walk => true,
                        PathMode::Trail => new_edge(),
                        PathMode::Acyclic => candidate.node != *start && !nodes.contains(&candidate.node),
                        PathMode::Simple => {
                            !nodes.contains(&candidate.node) && (!self.expand.different_edges || new_edge())
                        }
                    };
                    if allowed {
                        path.push(edge);
                        nodes.push(candidate.node);
                        *fresh = true;
                    }
                }
            }
        }
    }

    /// Whether the rows that are there are to be given out before a further path is found.
    fn is_impatient(&self) -> bool {
        self.patience.is_some_and(|until| self.steps >= until)
    }

    /// The shortest paths to every node, or to `target` alone.
    fn shortest(
        &mut self,
        st: &Statement,
        batch: &Batch,
        row: usize,
        start: NodeId,
        target: Option<NodeId>,
    ) -> Result<Vec<(Vec<EdgeRef>, NodeId)>> {
        if self.expand.min > 1 {
            return Err(Error::rule("a shortest path search takes a quantifier that begins at 0 or 1"));
        }
        let max = self.expand.max.map_or(usize::MAX, |max| max as usize);
        // Back over the edge on which it left, a walk would be a shorter way to its start than any trail.
        let closed_apart =
            self.expand.min == 1 && self.expand.mode == PathMode::Trail && self.expand.direction == Direction::Both;
        let mut paths = Vec::new();
        if closed_apart && target.is_none_or(|target| target == start) {
            let closed = self.shortest_closed(st, batch, row, start, max)?;
            paths.extend(closed.into_iter().map(|edges| (edges, start)));
            if target.is_some() {
                return Ok(paths);
            }
        }
        if let Some(target) = target.filter(|&target| target != start) {
            let found = self.between(st, batch, row, start, target, max)?;
            return Ok(found.into_iter().map(|edges| (edges, target)).collect());
        }
        let (reached, order) = self.reach(st, batch, row, start, target, max, None)?;
        let ends: Vec<NodeId> = match target {
            Some(target) => reached.contains_key(&target).then_some(target).into_iter().collect(),
            None => order,
        };
        for end in ends.into_iter().filter(|&end| !(closed_apart && end == start)) {
            let found = self.trace(st, &reached, start, end, self.expand.min == 0)?;
            paths.extend(found.into_iter().map(|edges| (edges, end)));
        }
        Ok(paths)
    }

    /// The shortest paths between two different nodes: breadth first from both, always a whole level of the side that has fewer
    /// nodes to go on from. As long as the sides have no node in common the distance is more than both their levels together.
    fn between(
        &mut self,
        st: &Statement,
        batch: &Batch,
        row: usize,
        start: NodeId,
        target: NodeId,
        max: usize,
    ) -> Result<Vec<Vec<EdgeRef>>> {
        let all = self.expand.search == PathSearch::AllShortest;
        let directions = [self.expand.direction, opposite(self.expand.direction)];
        let mut sides = [start, target].map(|node| Reached::from_iter([(node, (0, Vec::new()))]));
        let mut levels = [vec![start], vec![target]];
        let mut depths = [0, 0];
        while depths[0] + depths[1] < max && levels.iter().all(|level| !level.is_empty()) {
            let side = usize::from(levels[1].len() < levels[0].len());
            depths[side] += 1;
            let (mut following, mut meeting) = (Vec::new(), Vec::new());
            for &node in &levels[side] {
                st.cancel.check()?;
                for candidate in self.edges_towards(st, batch, row, node, directions[side])?.into_iter().rev() {
                    let edge = edge_ref(node, &candidate);
                    match sides[side].get_mut(&candidate.node) {
                        None => {
                            self.held.take(&st.memory, 96, WHAT)?;
                            sides[side].insert(candidate.node, (depths[side], vec![(edge, node)]));
                            following.push(candidate.node);
                            if sides[1 - side].contains_key(&candidate.node) {
                                meeting.push(candidate.node);
                            }
                        }
                        Some((known, edges)) if all && *known == depths[side] => {
                            self.held.take(&st.memory, LINK, WHAT)?;
                            edges.push((edge, node));
                        }
                        Some(_) => {}
                    }
                }
            }
            if meeting.is_empty() {
                levels[side] = following;
                continue;
            }
            let mut paths = Vec::new();
            for node in meeting {
                let before = self.trace(st, &sides[0], start, node, true)?;
                let mut after = self.trace(st, &sides[1], target, node, true)?;
                after.iter_mut().for_each(|edges| edges.reverse());
                for first in &before {
                    st.cancel.check()?;
                    for second in &after {
                        self.held.take(&st.memory, (first.len() + second.len()) * size_of::<EdgeRef>(), WHAT)?;
                        paths.push([first.as_slice(), second].concat());
                    }
                }
                if !all {
                    paths.truncate(1);
                    break;
                }
            }
            return Ok(paths);
        }
        Ok(Vec::new())
    }

    /// The shortest trails from a node back to it, over edges of any direction.
    fn shortest_closed(
        &mut self,
        st: &Statement,
        batch: &Batch,
        row: usize,
        start: NodeId,
        max: usize,
    ) -> Result<Vec<Vec<EdgeRef>>> {
        let mut least = max;
        let mut paths: Vec<Vec<EdgeRef>> = Vec::new();
        for candidate in self.edges(st, batch, row, start)?.into_iter().rev().filter(|_| max > 0) {
            let first = edge_ref(start, &candidate);
            let found = if candidate.node == start {
                vec![Vec::new()]
            } else {
                let (reached, _) = self.reach(st, batch, row, candidate.node, Some(start), least - 1, Some(first))?;
                if reached.contains_key(&start) {
                    self.trace(st, &reached, candidate.node, start, false)?
                } else {
                    Vec::new()
                }
            };
            for rest in found {
                let length = 1 + rest.len();
                if length < least {
                    paths.clear();
                    least = length;
                }
                paths.push([first].into_iter().chain(rest).collect());
            }
            if self.expand.search != PathSearch::AllShortest {
                paths.truncate(1);
            }
        }
        Ok(paths)
    }

    /// Breadth first from `start`, up to `target` or to the distance `max`, not over the edge `without`: the nodes reached,
    /// in order.
    #[expect(clippy::too_many_arguments, reason = "the state of the search")]
    fn reach(
        &mut self,
        st: &Statement,
        batch: &Batch,
        row: usize,
        start: NodeId,
        target: Option<NodeId>,
        max: usize,
        without: Option<EdgeRef>,
    ) -> Result<(Reached, Vec<NodeId>)> {
        let all = self.expand.search == PathSearch::AllShortest;
        let mut reached = Reached::default();
        let mut order = Vec::new();
        if self.expand.min == 0 {
            reached.insert(start, (0, Vec::new()));
            order.push(start);
        }
        let mut level = vec![start];
        let mut distance = 0;
        while !level.is_empty() && distance < max {
            if target.is_some_and(|target| reached.contains_key(&target)) {
                break;
            }
            distance += 1;
            let mut following = Vec::new();
            for &node in &level {
                st.cancel.check()?;
                for candidate in self.edges(st, batch, row, node)?.into_iter().rev() {
                    let edge = edge_ref(node, &candidate);
                    if without.is_some_and(|without| without.edge == edge.edge) {
                        continue;
                    }
                    match reached.get_mut(&candidate.node) {
                        None => {
                            self.held.take(&st.memory, 96, WHAT)?;
                            reached.insert(candidate.node, (distance, vec![(edge, node)]));
                            order.push(candidate.node);
                            following.push(candidate.node);
                        }
                        Some((known, edges)) if all && *known == distance => {
                            self.held.take(&st.memory, LINK, WHAT)?;
                            edges.push((edge, node));
                        }
                        Some(_) => {}
                    }
                }
            }
            level = following;
        }
        Ok((reached, order))
    }

    /// The shortest paths from `start` to `end` that a search found, read backwards; `empty` when a path may have no edge.
    fn trace(
        &mut self,
        st: &Statement,
        reached: &Reached,
        start: NodeId,
        end: NodeId,
        empty: bool,
    ) -> Result<Vec<Vec<EdgeRef>>> {
        let mut paths = Vec::new();
        let mut partial = vec![(Vec::new(), end)];
        while let Some((mut edges, node)) = partial.pop() {
            st.cancel.check()?;
            self.held.give(partial_bytes(&edges));
            if node == start && (empty || !edges.is_empty()) {
                edges.reverse();
                self.held.take(&st.memory, edges.len() * std::mem::size_of::<EdgeRef>() + 32, WHAT)?;
                paths.push(edges);
                if self.expand.search != PathSearch::AllShortest {
                    break;
                }
                continue;
            }
            for (edge, before) in reached.get(&node).iter().flat_map(|(_, last)| last.iter().rev()) {
                let mut longer = edges.clone();
                longer.push(*edge);
                self.held.take(&st.memory, partial_bytes(&longer), WHAT)?;
                partial.push((longer, *before));
            }
        }
        Ok(paths)
    }

    /// In a search for all paths that takes long: finds a shortest path to each end at once, so that whoever looks for an end
    /// does not wait for all paths that lead elsewhere; and, where the end is known, which nodes lead to it.
    fn look_ahead(&mut self, st: &Statement, batch: &Batch, row: usize) -> Result<()> {
        if self.expand.max.is_some_and(|max| max <= SHORT) {
            return Ok(());
        }
        let Walk::Deep { start, .. } = &self.walk else { return Ok(()) };
        let (start, max) = (*start, self.expand.max.map_or(usize::MAX, |max| max as usize));
        let target = if self.expand.into { batch.node(self.expand.to, row) } else { None };
        let direction = self.expand.direction;
        let mut held = std::mem::take(&mut self.held);
        let mut forward = |node: NodeId| self.edges_towards(st, batch, row, node, direction);
        let mut preview = Preview::new(start, target, max, &mut forward, &mut held, st)?;
        if let Some(target) = target {
            let mut backward = |node: NodeId| self.edges_towards(st, batch, row, node, opposite(direction));
            preview.measure(target, max, &mut backward, &mut held, st)?;
        }
        self.held = held;
        if let Walk::Deep { path, open, round, .. } = &mut self.walk {
            match self.expand.min {
                0 | 1 => preview.forget_given(path, open, round.least..=round.most),
                // A shortest path may be too short.
                _ => preview.forget_all(),
            }
            for (length, next) in open.iter_mut().enumerate() {
                preview.narrow(next, max.saturating_sub(length));
            }
        }
        self.preview = Some(preview);
        Ok(())
    }

    /// The ends of the paths of a row, each once, where that or the number of walks is asked for.
    fn ends(
        &mut self,
        st: &Statement,
        batch: &Batch,
        row: usize,
        start: NodeId,
        target: Option<NodeId>,
    ) -> Result<Vec<(NodeId, i64)>> {
        let expand = &self.expand;
        let (min, max) = (expand.min as usize, expand.max.map_or(usize::MAX, |max| max as usize));
        let closed = match expand.mode {
            PathMode::Acyclic => Closed::Never,
            PathMode::Walk => Closed::Any,
            PathMode::Simple if !expand.different_edges => Closed::Any,
            PathMode::Trail | PathMode::Simple if expand.direction == Direction::Both => Closed::EdgesOnce,
            PathMode::Trail | PathMode::Simple => Closed::Any,
        };
        let counts = matches!(expand.give, PathRows::Counts(_));
        let mut held = std::mem::take(&mut self.held);
        let ends = match target {
            Some(target) if !counts && target != start && min <= 1 => {
                self.held = held;
                let found = !self.between(st, batch, row, start, target, max)?.is_empty();
                return Ok(found.then_some((target, 1)).into_iter().collect());
            }
            _ => {
                let wanted = Wanted { start, target, min, max, closed };
                let plain = !counts && target.is_none() && min <= 1;
                let plain = plain && expand.condition.is_none() && expand.different_from.is_empty();
                let direction = expand.direction;
                let known = if plain { self.follow.known(st)?.cloned() } else { None };
                let mut steps = |node: NodeId| {
                    let edges = self.edges(st, batch, row, node)?;
                    Ok(edges.into_iter().rev().map(|edge| (edge.node, edge.edge)).collect())
                };
                match (counts, known) {
                    (true, _) => walk_counts(&wanted, &mut steps, &mut held, st)?,
                    (false, Some(known)) => {
                        let neighbours = |node: NodeId, see: &mut dyn FnMut(NodeId)| {
                            known.iter().for_each(|edges| edges.each_neighbour(node, direction, &mut *see));
                        };
                        let ends = reachable_in_memory(&wanted, &neighbours, &mut steps, &mut held, st)?;
                        ends.into_iter().map(|end| (end, 1)).collect()
                    }
                    (false, None) => {
                        let ends = reachable(&wanted, &mut steps, &mut held, st)?;
                        ends.into_iter().map(|end| (end, 1)).collect()
                    }
                }
            }
        };
        self.held = held;
        Ok(ends)
    }

    /// Begins the search for one row.
    fn begin(&mut self, st: &Statement, batch: &Batch, row: usize) -> Result<()> {
        self.held.release();
        (self.preview, self.row_steps) = (None, 0);
        let (Some(start), target) = (batch.node(self.expand.from, row), batch.node(self.expand.to, row)) else {
            self.walk = Walk::Idle;
            return Ok(());
        };
        if self.expand.into && target.is_none() {
            self.walk = Walk::Idle;
            return Ok(());
        }
        let target = self.expand.into.then_some(target).flatten();
        if self.expand.give != PathRows::Paths {
            self.walk = Walk::Ends(self.ends(st, batch, row, start, target)?.into_iter());
            return Ok(());
        }
        self.walk = match self.expand.search {
            PathSearch::AnyShortest | PathSearch::AllShortest | PathSearch::Any
                if self.expand.mode == PathMode::Walk || self.expand.mode == PathMode::Trail =>
            {
                Walk::Found(self.shortest(st, batch, row, start, target)?.into_iter())
            }
            PathSearch::All => {
                let max = self.expand.max.map_or(usize::MAX, |max| max as usize);
                let round = Round::first(self.expand.min as usize, max);
                Walk::Deep { start, path: Vec::new(), nodes: Vec::new(), open: Vec::new(), fresh: true, round }
            }
            _ => {
                return Err(Error::rule(
                    "a shortest path search with ACYCLIC or SIMPLE is not supported in this version",
                ));
            }
        };
        Ok(())
    }
}

impl Operator for ExpandPaths {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            let Some((batch, mut next)) = self.input.take(st)? else { return Ok(None) };
            let (mut rows, mut lists, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
            let mut counts = Vec::new();
            let mut listed = 0;
            self.patience = None;
            while rows.len() < BATCH_ROWS && listed < MOST_EDGES && !self.is_impatient() {
                if matches!(self.walk, Walk::Idle) {
                    if next >= batch.len() {
                        break;
                    }
                    self.begin(st, &batch, next)?;
                    next += 1;
                }
                let row = next - 1;
                if let Walk::Ends(ends) = &mut self.walk {
                    match ends.next() {
                        None => self.walk = Walk::Idle,
                        Some((end, count)) => {
                            rows.push(row as u32);
                            nodes.push(end);
                            counts.push(Value::Int(count));
                        }
                    }
                    continue;
                }
                match self.next_path(st, &batch, row)? {
                    None if self.is_impatient() => break,
                    None => self.walk = Walk::Idle,
                    Some((mut edges, end)) => {
                        if self.expand.into && batch.node(self.expand.to, row) != Some(end) {
                            continue;
                        }
                        if self.expand.reversed {
                            edges.reverse();
                        }
                        if rows.is_empty() {
                            self.patience = Some(self.steps.saturating_add(PATIENCE));
                        }
                        rows.push(row as u32);
                        nodes.push(end);
                        listed += edges.len();
                        lists.push(Value::List(edges.into_iter().map(|edge| Value::Edge(Edge::new(edge))).collect()));
                    }
                }
            }
            let done = next >= batch.len() && matches!(self.walk, Walk::Idle);
            let out = (!rows.is_empty()).then(|| {
                let mut out = batch.gather(&rows);
                match self.expand.give {
                    PathRows::Paths => out.set(self.expand.edges, Column::Values(lists)),
                    PathRows::Ends => {}
                    PathRows::Counts(slot) => out.set(slot, Column::Values(counts)),
                }
                if !self.expand.into {
                    out.set(self.expand.to, Column::Nodes(nodes));
                }
                out
            });
            if !done {
                self.input.put_back(batch, next);
            }
            if out.is_some() {
                return Ok(out);
            }
        }
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        (self.walk, self.preview, self.row_steps) = (Walk::Idle, None, 0);
        (self.steps, self.patience) = (0, None);
        self.held.release();
        self.follow.rewind(st);
    }
}
