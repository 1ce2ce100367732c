//! Searches paths of several parts from a node, the shortest or cheapest first, and selects among those between the same two nodes.
//!
//! It is Dijkstra's search over states: a part of the path, how often it was repeated, and the node reached. Where no COST is
//! asked for, each edge costs 1; of paths of one cost that of fewer edges comes first, so that no path goes round a circle that
//! costs nothing. For walks the k best ways to a state are enough to find the k best walks, so that the search ends. Where the mode
//! forbids repetitions, that is tried first: the walks to an end that keep to the mode are its paths. To any other end all ways are
//! followed, led by what it takes at least to get there ([`reach`]).

mod cost;
mod reach;

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc, vec};

use rustc_hash::FxHashMap;
use wend_grammar::ast::{PathMode, PathSearch};
use wend_storage::NodeId;

use self::reach::Reach;
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
    /// Its paths as it finds them.
    Open(Box<Search>),
    /// One end after the other.
    Ends(Box<Ends>),
}

/// What a search works for.
#[derive(Clone, Copy)]
struct Context<'a> {
    plan: &'a SearchPath,
    st: &'a Statement,
    batch: &'a Batch,
    row: usize,
}

/// The ends that the best walks lead to.
struct Ends {
    rest: vec::IntoIter<End>,
    found: vec::IntoIter<usize>,
    /// Follows all ways to an end.
    open: Option<Search>,
    /// Has found the walks, and knows the repetitions.
    walks: Search,
    reach: Option<Reach>,
}

/// A node with the last steps of the best walks to it.
struct End {
    node: NodeId,
    walks: Vec<usize>,
    /// They keep to the mode.
    kept: bool,
}

/// One repetition of a part.
struct Repetition {
    end: NodeId,
    edges: Vec<EdgeRef>,
    cost: f64,
    values: Vec<Value>,
}

/// A way to a state.
struct Step {
    before: Option<usize>,
    part: usize,
    count: u32,
    node: NodeId,
    cost: f64,
    length: usize,
    /// The repetition that led here, among those of its part.
    taken: Option<(Arc<[Repetition]>, usize)>,
}

/// A path.
struct Found {
    end: NodeId,
    edges: Vec<EdgeRef>,
    cost: f64,
    /// For each part its repetitions' values.
    values: Vec<Vec<Vec<Value>>>,
}

/// How many paths or groups there are for one end or state.
#[derive(Default)]
struct Seen {
    paths: u64,
    groups: u64,
    /// The last one, as bits.
    cost: Option<u64>,
}

struct Search {
    start: NodeId,
    target: Option<NodeId>,
    steps: Vec<Step>,
    /// Costs as bits, which are in the order of numbers that are not negative; then lengths, then steps.
    queue: BinaryHeap<Reverse<(u64, usize, usize)>>,
    known: FxHashMap<(usize, NodeId), Arc<[Repetition]>>,
    /// How often each state was reached; `None` where every way counts.
    states: Option<FxHashMap<(usize, u32, NodeId), Seen>>,
    ends: FxHashMap<NodeId, Seen>,
    /// What it takes at least from a part and node to the target; without an entry nothing leads there.
    toward: Option<FxHashMap<(usize, NodeId), f64>>,
    mode: PathMode,
    different_edges: bool,
    /// Ways of one cost go on without an end, and the search has stopped.
    endless: bool,
    ticks: u32,
    held: Held,
}

/// How many paths are wanted between the same two nodes, or groups of all paths of one cost; `None` for all.
fn wanted(select: PathSearch) -> Option<(u64, bool)> {
    Some(match select {
        PathSearch::All => return None,
        PathSearch::Any | PathSearch::AnyShortest | PathSearch::AnyCheapest => (1, false),
        PathSearch::AllShortest | PathSearch::AllCheapest => (1, true),
        PathSearch::ShortestK { count, groups } | PathSearch::CheapestK { count, groups } => (u64::from(count), groups),
    })
}

impl Seen {
    /// Takes another path of that cost, not below those before, where one is wanted.
    fn take(&mut self, cost: f64, select: PathSearch) -> bool {
        let Some((most, groups)) = wanted(select) else { return true };
        let cost = cost.to_bits();
        let further = self.cost != Some(cost);
        let wanted = if groups { !further || self.groups < most } else { self.paths < most };
        if wanted {
            self.paths += 1;
            self.groups += u64::from(further);
            self.cost = Some(cost);
        }
        wanted
    }
}

impl Search {
    fn new(plan: &SearchPath, start: NodeId, target: Option<NodeId>, mode: PathMode, by_state: bool) -> Self {
        let first = Step { before: None, part: 0, count: 0, node: start, cost: 0.0, length: 0, taken: None };
        Search {
            start,
            target,
            steps: vec![first],
            queue: BinaryHeap::from([Reverse((0, 0, 0))]),
            known: FxHashMap::default(),
            states: by_state.then(FxHashMap::default),
            ends: FxHashMap::default(),
            toward: None,
            mode,
            different_edges: plan.search.different_edges,
            endless: false,
            ticks: plan.search.parts.len() as u32,
            held: Held::default(),
        }
    }

    /// The next path, not better than those before.
    fn next(&mut self, context: Context<'_>, subqueries: &mut [BoxOperator]) -> Result<Option<Found>> {
        let parts = context.plan.search.parts.len();
        Ok(self.advance(context, subqueries)?.map(|at| self.path(at, parts)))
    }

    /// The last step of that path.
    fn advance(&mut self, context: Context<'_>, subqueries: &mut [BoxOperator]) -> Result<Option<usize>> {
        let Context { plan, st, batch, row } = context;
        let (parts, select) = (&plan.search.parts, plan.search.select);
        let groups = wanted(select).is_some_and(|(_, groups)| groups);
        while let Some(Reverse((_, length, at))) = self.queue.pop() {
            self.ticks = self.ticks.wrapping_add(1);
            if self.ticks.is_multiple_of(256) {
                st.cancel.check()?;
            }
            let (part, count, node, cost) =
                (self.steps[at].part, self.steps[at].count, self.steps[at].node, self.steps[at].cost);
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
                if self.ends.entry(node).or_default().take(cost, select) {
                    return Ok(Some(at));
                }
                if self.target.is_some() {
                    // The paths that follow are not better, and as many as are wanted have been found.
                    self.queue.clear();
                }
                continue;
            };
            let group = &current.group;
            if let Some(states) = &mut self.states {
                // Beyond the least number of an endless part, how often it was repeated does not matter.
                let count = if group.max.is_none() { count.min(group.min) } else { count };
                let select = if select == PathSearch::All { PathSearch::Any } else { select };
                if !states.entry((part, count, node)).or_default().take(cost, select) {
                    continue;
                }
            }
            if count >= group.min {
                self.push(st, Step { before: Some(at), part: part + 1, count: 0, node, cost, length, taken: None })?;
            }
            if group.max.is_some_and(|max| count >= max) {
                continue;
            }
            // All ways of one cost to a state are without number where one leads back to it for nothing.
            let may_be_endless = groups && group.max.is_none() && self.states.is_some() && self.mode == PathMode::Walk;
            let next = self.repetitions(context, subqueries, (part, node), at)?;
            for (position, repetition) in next.iter().enumerate() {
                if (repetition.edges.is_empty() && count >= group.min) || !self.allowed(at, repetition) {
                    continue;
                }
                let sum = cost::add(cost, repetition.cost)?;
                if may_be_endless && sum == cost && !repetition.edges.is_empty() {
                    if plan.search.mode == PathMode::Walk {
                        return Err(cost::endless(&repetition.edges, st));
                    }
                    self.endless = true;
                    return Ok(None);
                }
                let length = length + repetition.edges.len();
                let taken = Some((next.clone(), position));
                let count = count + 1;
                self.push(st, Step { before: Some(at), part, count, node: repetition.end, cost: sum, length, taken })?;
            }
        }
        Ok(None)
    }

    fn push(&mut self, st: &Statement, step: Step) -> Result<()> {
        let rest = match &self.toward {
            None => 0.0,
            Some(toward) => match toward.get(&(step.part, step.node)) {
                Some(rest) => *rest,
                None => return Ok(()),
            },
        };
        self.held.take(&st.memory, std::mem::size_of::<Step>() + 32, "the path search")?;
        self.queue.push(Reverse(((step.cost + rest).to_bits(), step.length, self.steps.len())));
        self.steps.push(step);
        Ok(())
    }

    /// The repetitions of a part that begin at a node, to which a step has led.
    fn repetitions(
        &mut self,
        context: Context<'_>,
        subqueries: &mut [BoxOperator],
        (part, node): (usize, NodeId),
        at: usize,
    ) -> Result<Arc<[Repetition]>> {
        let Context { plan, st, batch, row } = context;
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
                    let cost = match plan.search.cost {
                        Some(_) => cost::of_repetition(&current.costs, &edges, &rows, inner, st)?,
                        None => edges.len() as f64,
                    };
                    let values = group.variables.iter().map(|&(slot, _)| rows.value(slot, inner)).collect::<Vec<_>>();
                    self.held.take(&st.memory, 64 + 32 * edges.len() + 48 * values.len(), "the path search")?;
                    found.push(Repetition { end, edges, cost, values });
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
        Found { end: self.steps[at].node, edges: self.edges(at), cost: self.steps[at].cost, values }
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
    let mut costs = Vec::with_capacity(found.len());
    let mut columns: Vec<Vec<Vec<Value>>> =
        plan.search.parts.iter().map(|part| vec![Vec::new(); part.group.variables.len()]).collect();
    for path in found {
        nodes.push(path.end);
        costs.push(Value::Float(path.cost));
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
    if let Some(slot) = plan.search.cost {
        out.set(slot, Column::Values(costs));
    }
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
        if !by_state || mode == PathMode::Walk || all_best_are_free(plan, start, target) {
            return Ok(Some(Running::Open(Box::new(Search::new(plan, start, target, mode, by_state)))));
        }
        let context = Context { plan, st, batch, row };
        Ok(Some(Running::Ends(Box::new(Ends::new(context, &mut self.subqueries, start, target)?))))
    }
}

/// Whether any way from one node to another can take the place of the one that a path takes: then the best path to an end goes round
/// no circle, and so keeps to any mode.
fn is_free(plan: &SearchPath, start: NodeId, end: NodeId) -> bool {
    let [part] = &plan.search.parts[..] else { return false };
    let circles = part.group.min == 0 || (part.group.min == 1 && end != start);
    part.one_edge && part.group.max.is_none() && circles
}

/// Whether all best paths are made of best ways to states alone, so that the search may keep to the mode and to states at once.
fn all_best_are_free(plan: &SearchPath, start: NodeId, target: Option<NodeId>) -> bool {
    // Without a target one end is the start.
    wanted(plan.search.select) == Some((1, true)) && is_free(plan, start, target.unwrap_or(start))
}

impl Ends {
    /// Finds the best walks.
    fn new(
        context: Context<'_>,
        subqueries: &mut [BoxOperator],
        start: NodeId,
        target: Option<NodeId>,
    ) -> Result<Self> {
        let Context { plan, st, .. } = context;
        let mut walks = Search::new(plan, start, target, PathMode::Walk, true);
        let (mut ends, mut numbers): (Vec<End>, FxHashMap<NodeId, usize>) = Default::default();
        let one = wanted(plan.search.select) == Some((1, false));
        while let Some(at) = walks.advance(context, subqueries)? {
            walks.held.take(&st.memory, 64, "the path search")?;
            let node = walks.steps[at].node;
            let number = *numbers.entry(node).or_insert_with(|| {
                ends.push(End { node, walks: Vec::new(), kept: true });
                ends.len() - 1
            });
            let end = &mut ends[number];
            let keeps = || keeps(plan.search.mode, plan.search.different_edges, start, &walks.edges(at), 0);
            end.kept = end.kept && ((one && is_free(plan, start, node)) || keeps());
            end.walks.push(at);
            if target.is_some() && !end.kept {
                break;
            }
        }
        let mut reach = None;
        if walks.endless {
            let new = |node| End { node, walks: Vec::new(), kept: false };
            ends = match target {
                Some(target) => vec![new(target)],
                None => {
                    let reach = reach.insert(Reach::new(&mut walks, context, subqueries)?);
                    reach.ends(plan.search.parts.len()).map(new).collect()
                }
            };
        }
        Ok(Ends { rest: ends.into_iter(), found: Vec::new().into_iter(), open: None, walks, reach })
    }

    /// The next path.
    fn next(&mut self, context: Context<'_>, subqueries: &mut [BoxOperator]) -> Result<Option<Found>> {
        let Context { plan, st, .. } = context;
        loop {
            if let Some(at) = self.found.next() {
                return Ok(Some(self.walks.path(at, plan.search.parts.len())));
            }
            if let Some(search) = &mut self.open {
                if let Some(path) = search.next(context, subqueries)? {
                    return Ok(Some(path));
                }
                self.walks.known = std::mem::take(&mut search.known);
                self.open = None;
            }
            let Some(end) = self.rest.next() else { return Ok(None) };
            if end.kept {
                self.found = end.walks.into_iter();
                continue;
            }
            let reach = match &mut self.reach {
                Some(reach) => reach,
                reach => reach.insert(Reach::new(&mut self.walks, context, subqueries)?),
            };
            let mut search = Search::new(plan, self.walks.start, Some(end.node), plan.search.mode, false);
            search.toward = Some(reach.toward(plan.search.parts.len(), end.node, st)?);
            search.known = std::mem::take(&mut self.walks.known);
            self.open = Some(search);
        }
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
                let context = Context { plan: &self.plan, st, batch: &batch, row: next - 1 };
                let path = match &mut self.running {
                    None => None,
                    Some(Running::Open(search)) => search.next(context, &mut self.subqueries)?,
                    Some(Running::Ends(ends)) => ends.next(context, &mut self.subqueries)?,
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
