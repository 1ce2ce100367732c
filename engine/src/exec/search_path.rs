//! Searches paths of several parts from a node, the shortest first, and selects among those between the same two nodes.
//!
//! A state of the search is a part of the path, how often it was repeated, and the node reached. For walks the k shortest ways to
//! a state are enough to find the k shortest walks, so that the search ends. Where the mode forbids repetitions, that is tried
//! first: when what it finds keeps to the mode it is the answer. Otherwise all ways are followed.

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

use rustc_hash::FxHashMap;
use wend_grammar::ast::{PathMode, PathSearch};
use wend_storage::NodeId;

use super::{
    expand::is_new,
    input_rows::InputRows,
    operator::{BoxOperator, Operator},
};
use crate::{
    error::{Error, Result},
    memory::Held,
    plan::SearchPath,
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        eval::holds,
        statement::Statement,
    },
    value::{Edge, EdgeRef, Value},
};

/// See [`crate::plan::Plan::SearchPath`].
pub(super) struct SearchPaths {
    input: InputRows,
    plan: SearchPath,
    /// For each part what finds the repetitions that begin at a node.
    subqueries: Vec<BoxOperator>,
    running: Option<Running>,
}

/// The search for one row.
enum Running {
    /// All that is to be given out.
    Found(std::vec::IntoIter<Found>),
    Open(Box<Search>),
}

/// One repetition of a part.
struct Repetition {
    end: NodeId,
    edges: Vec<EdgeRef>,
    values: Vec<Value>,
}

/// A way to a state.
struct Step {
    before: Option<usize>,
    part: usize,
    count: u32,
    node: NodeId,
    length: usize,
    /// The repetition that led here, among those of its part.
    taken: Option<(Arc<[Repetition]>, usize)>,
}

/// A path.
struct Found {
    end: NodeId,
    edges: Vec<EdgeRef>,
    /// For each part its repetitions' values.
    values: Vec<Vec<Vec<Value>>>,
}

/// How many paths or groups there are for one end or state.
#[derive(Default)]
struct Seen {
    paths: u64,
    groups: u64,
    length: Option<usize>,
}

struct Search {
    start: NodeId,
    target: Option<NodeId>,
    steps: Vec<Step>,
    queue: BinaryHeap<Reverse<(usize, usize)>>,
    known: FxHashMap<(usize, NodeId), Arc<[Repetition]>>,
    /// How often each state was reached; `None` where every way counts.
    states: Option<FxHashMap<(usize, u32, NodeId), Seen>>,
    ends: FxHashMap<NodeId, Seen>,
    mode: PathMode,
    different_edges: bool,
    ticks: u32,
    held: Held,
}

impl Seen {
    /// Takes another path of that length, not shorter than those before, where one is wanted.
    fn take(&mut self, length: usize, select: PathSearch) -> bool {
        let (most, groups) = match select {
            PathSearch::All => return true,
            PathSearch::Any | PathSearch::AnyShortest => (1, false),
            PathSearch::AllShortest => (1, true),
            PathSearch::ShortestK { count, groups } => (u64::from(count), groups),
        };
        let further = self.length != Some(length);
        let wanted = if groups { !further || self.groups < most } else { self.paths < most };
        if wanted {
            self.paths += 1;
            self.groups += u64::from(further);
            self.length = Some(length);
        }
        wanted
    }
}

impl Search {
    fn new(plan: &SearchPath, start: NodeId, target: Option<NodeId>, mode: PathMode, by_state: bool) -> Self {
        let first = Step { before: None, part: 0, count: 0, node: start, length: 0, taken: None };
        Search {
            start,
            target,
            steps: vec![first],
            queue: BinaryHeap::from([Reverse((0, 0))]),
            known: FxHashMap::default(),
            states: by_state.then(FxHashMap::default),
            ends: FxHashMap::default(),
            mode: if by_state && mode != PathMode::Walk { PathMode::Walk } else { mode },
            different_edges: plan.search.different_edges,
            ticks: plan.search.parts.len() as u32,
            held: Held::default(),
        }
    }

    /// The next path, not shorter than those before.
    fn next(
        &mut self,
        plan: &SearchPath,
        subqueries: &mut [BoxOperator],
        st: &Statement,
        batch: &Batch,
        row: usize,
    ) -> Result<Option<Found>> {
        let (parts, select) = (&plan.search.parts, plan.search.select);
        while let Some(Reverse((length, at))) = self.queue.pop() {
            self.ticks = self.ticks.wrapping_add(1);
            if self.ticks.is_multiple_of(256) {
                st.cancel.check()?;
            }
            let (part, count, node) = (self.steps[at].part, self.steps[at].count, self.steps[at].node);
            let Some(current) = parts.get(part) else {
                if self.target.is_some_and(|target| target != node) {
                    continue;
                }
                if !plan.search.conditions.is_empty() {
                    let found = self.path(at, parts.len());
                    let mut one = batch.slice(row, row + 1);
                    fill(plan, &mut one, vec![found]);
                    let mut good = true;
                    for condition in &plan.search.conditions {
                        good = good && holds(condition, &one, 0, st)?;
                    }
                    if !good {
                        continue;
                    }
                }
                if self.ends.entry(node).or_default().take(length, select) {
                    return Ok(Some(self.path(at, parts.len())));
                }
                if self.target.is_some() {
                    // The paths that follow are not shorter, and as many as are wanted have been found.
                    self.queue.clear();
                }
                continue;
            };
            let group = &current.group;
            if let Some(states) = &mut self.states {
                // Beyond the least number of an endless part, how often it was repeated does not matter.
                let count = if group.max.is_none() { count.min(group.min) } else { count };
                let select = if select == PathSearch::All { PathSearch::Any } else { select };
                if !states.entry((part, count, node)).or_default().take(length, select) {
                    continue;
                }
            }
            if count >= group.min {
                self.push(st, Step { before: Some(at), part: part + 1, count: 0, node, length, taken: None })?;
            }
            if group.max.is_some_and(|max| count >= max) {
                continue;
            }
            let next = self.repetitions(plan, subqueries, st, batch, row, at)?;
            for (position, repetition) in next.iter().enumerate() {
                if (repetition.edges.is_empty() && count >= group.min) || !self.allowed(at, repetition) {
                    continue;
                }
                let length = length + repetition.edges.len();
                let taken = Some((next.clone(), position));
                self.push(st, Step { before: Some(at), part, count: count + 1, node: repetition.end, length, taken })?;
            }
        }
        Ok(None)
    }

    fn push(&mut self, st: &Statement, step: Step) -> Result<()> {
        self.held.take(&st.memory, std::mem::size_of::<Step>() + 32, "the path search")?;
        self.queue.push(Reverse((step.length, self.steps.len())));
        self.steps.push(step);
        Ok(())
    }

    /// The repetitions of a step's part that begin at its node.
    fn repetitions(
        &mut self,
        plan: &SearchPath,
        subqueries: &mut [BoxOperator],
        st: &Statement,
        batch: &Batch,
        row: usize,
        at: usize,
    ) -> Result<Arc<[Repetition]>> {
        let (part, node) = (self.steps[at].part, self.steps[at].node);
        let current = &plan.search.parts[part];
        if let (false, Some(known)) = (current.depends, self.known.get(&(part, node))) {
            return Ok(known.clone());
        }
        let mut argument = batch.slice(row, row + 1);
        if current.depends {
            let found = self.path(at, plan.search.parts.len());
            fill(plan, &mut argument, vec![found]);
        }
        let group = &current.group;
        argument.set(group.first, Column::Nodes(vec![node]));
        let subquery = &mut subqueries[part];
        subquery.rewind(&argument, st);
        let mut found = Vec::new();
        while let Some(rows) = subquery.next(st)? {
            st.cancel.check()?;
            for inner in 0..rows.len() {
                let end = rows.node(group.last, inner).ok_or_else(|| Error::internal("a path without its end"))?;
                let mut edges = Vec::new();
                for &slot in &group.edges {
                    match rows.value(slot, inner) {
                        Value::Edge(edge) => edges.push(edge.reference),
                        Value::List(list) => edges.extend(list.iter().filter_map(|edge| match edge {
                            Value::Edge(edge) => Some(edge.reference),
                            _ => None,
                        })),
                        _ => return Err(Error::internal("a path without its edges")),
                    }
                }
                if edges.iter().all(|&edge| is_new(batch, row, &plan.different_from, edge)) {
                    let values = group.variables.iter().map(|&(slot, _)| rows.value(slot, inner)).collect::<Vec<_>>();
                    self.held.take(&st.memory, 64 + 32 * edges.len() + 48 * values.len(), "the path search")?;
                    found.push(Repetition { end, edges, values });
                }
            }
        }
        let found: Arc<[Repetition]> = found.into();
        if !current.depends {
            self.known.insert((part, node), found.clone());
        }
        Ok(found)
    }

    /// Whether the mode lets a repetition follow.
    fn allowed(&self, at: usize, next: &Repetition) -> bool {
        if self.mode == PathMode::Walk || next.edges.is_empty() {
            return true;
        }
        let mut edges = self.edges(at);
        let before = edges.len();
        edges.extend(&next.edges);
        keeps(self.mode, self.different_edges, self.start, &edges, before)
    }

    /// The edges of the way to a step.
    fn edges(&self, at: usize) -> Vec<EdgeRef> {
        let mut taken = Vec::new();
        let mut step = Some(at);
        while let Some(at) = step {
            taken.extend(self.steps[at].taken.as_ref());
            step = self.steps[at].before;
        }
        taken.into_iter().rev().flat_map(|(all, position)| all[*position].edges.iter().copied()).collect()
    }

    /// The way to a step as a path of so many parts.
    fn path(&self, at: usize, parts: usize) -> Found {
        let mut values = vec![Vec::new(); parts];
        let mut step = Some(at);
        while let Some(at) = step {
            let Step { part, taken, before, .. } = &self.steps[at];
            if let Some((all, position)) = taken {
                values[*part].push(all[*position].values.clone());
            }
            step = *before;
        }
        values.iter_mut().for_each(|repetitions| repetitions.reverse());
        Found { end: self.steps[at].node, edges: self.edges(at), values }
    }
}

/// Whether a path that keeps to a mode up to its first `before` edges does so to its end.
fn keeps(mode: PathMode, different_edges: bool, start: NodeId, edges: &[EdgeRef], before: usize) -> bool {
    match mode {
        PathMode::Walk => true,
        PathMode::Trail => {
            (before..edges.len()).all(|at| !edges[..at].iter().any(|other| other.edge == edges[at].edge))
        }
        PathMode::Acyclic | PathMode::Simple => {
            let mut nodes = vec![start];
            for (position, edge) in edges.iter().enumerate() {
                let here = nodes[position];
                nodes.push(if edge.from == here { edge.to } else { edge.from });
            }
            let last = nodes.len() - 1;
            (before + 1..nodes.len()).all(|at| {
                let same = nodes[..at].iter().position(|node| *node == nodes[at]);
                match same {
                    None => true,
                    // A simple path may end where it began, but then it has ended.
                    Some(0) => mode == PathMode::Simple && at == last && !(different_edges && repeats_edge(edges)),
                    Some(_) => false,
                }
            }) && !(mode == PathMode::Simple && before > 0 && before < edges.len() && nodes[before] == start)
        }
    }
}

/// Back over the edge on which it left is no closed path.
fn repeats_edge(edges: &[EdgeRef]) -> bool {
    edges.len() == 2 && edges[0].edge == edges[1].edge
}

/// Puts paths into rows that are there for them.
fn fill(plan: &SearchPath, out: &mut Batch, found: Vec<Found>) {
    let (mut nodes, mut edges) = (Vec::with_capacity(found.len()), Vec::with_capacity(found.len()));
    let mut columns: Vec<Vec<Vec<Value>>> =
        plan.search.parts.iter().map(|part| vec![Vec::new(); part.group.variables.len()]).collect();
    for path in found {
        nodes.push(path.end);
        edges.push(Value::List(path.edges.into_iter().map(|edge| Value::Edge(Edge::new(edge))).collect()));
        for ((part, columns), repetitions) in plan.search.parts.iter().zip(&mut columns).zip(path.values) {
            for (variable, column) in columns.iter_mut().enumerate() {
                let mut values = repetitions.iter().map(|repetition| repetition[variable].clone());
                column.push(match part.single {
                    true => values.next().unwrap_or_default(),
                    false => Value::List(values.collect()),
                });
            }
        }
    }
    out.set(plan.edges, Column::Values(edges));
    if !plan.into {
        out.set(plan.to, Column::Nodes(nodes));
    }
    for (part, columns) in plan.search.parts.iter().zip(columns) {
        for (&(_, slot), column) in part.group.variables.iter().zip(columns) {
            out.set(slot, Column::Values(column));
        }
    }
}

impl SearchPaths {
    pub(super) fn new(input: BoxOperator, plan: SearchPath, subqueries: Vec<BoxOperator>) -> Self {
        SearchPaths { input: InputRows::new(input), plan, subqueries, running: None }
    }

    /// Begins the search for one row; `None` where there is no node to begin at.
    fn begin(&mut self, st: &Statement, batch: &Batch, row: usize) -> Result<Option<Running>> {
        let plan = &self.plan;
        let Some(start) = batch.node(plan.from, row) else { return Ok(None) };
        let target = match plan.into {
            true if plan.to == plan.from => Some(start),
            true => match batch.node(plan.to, row) {
                Some(target) => Some(target),
                None => return Ok(None),
            },
            false => None,
        };
        let (mode, select) = (plan.search.mode, plan.search.select);
        let by_state = select != PathSearch::All
            && plan.search.conditions.is_empty()
            && !plan.search.parts.iter().any(|part| part.depends);
        if by_state && mode != PathMode::Walk {
            let mut search = Search::new(plan, start, target, mode, true);
            let (mut found, mut kept) = (Vec::new(), true);
            while let Some(path) = search.next(plan, &mut self.subqueries, st, batch, row)? {
                kept = keeps(mode, plan.search.different_edges, start, &path.edges, 0);
                if !kept {
                    break;
                }
                search.held.take(&st.memory, 64 + 32 * path.edges.len(), "the path search")?;
                found.push(path);
            }
            if kept {
                return Ok(Some(Running::Found(found.into_iter())));
            }
            return Ok(Some(Running::Open(Box::new(Search::new(plan, start, target, mode, false)))));
        }
        Ok(Some(Running::Open(Box::new(Search::new(plan, start, target, mode, by_state)))))
    }
}

impl Operator for SearchPaths {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            let Some((batch, mut next)) = self.input.take(st)? else { return Ok(None) };
            let (mut rows, mut found) = (Vec::new(), Vec::new());
            while rows.len() < BATCH_ROWS {
                if self.running.is_none() {
                    if next >= batch.len() {
                        break;
                    }
                    self.running = self.begin(st, &batch, next)?;
                    next += 1;
                }
                let path = match &mut self.running {
                    None => None,
                    Some(Running::Found(paths)) => paths.next(),
                    Some(Running::Open(search)) => {
                        search.next(&self.plan, &mut self.subqueries, st, &batch, next - 1)?
                    }
                };
                match path {
                    None => self.running = None,
                    Some(path) => {
                        rows.push(next as u32 - 1);
                        found.push(path);
                    }
                }
            }
            let out = (!rows.is_empty()).then(|| {
                let mut out = batch.gather(&rows);
                fill(&self.plan, &mut out, found);
                out
            });
            if next < batch.len() || self.running.is_some() {
                self.input.put_back(batch, next);
            }
            if out.is_some() {
                return Ok(out);
            }
        }
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.running = None;
    }
}
