//! Lowers graph patterns: chooses where to start and in which order to expand, by the stored counts, and places each condition
//! where its variables are first bound.

use std::{mem, rc::Rc};

use access::Access;
use conditions::Placed;
use rustc_hash::{FxHashMap, FxHashSet};
use wend_grammar::ast::{PathMode, Span};

use super::{
    Statistics,
    estimate::Estimate,
    total::{drop_guards, elements_of, is_total},
};
use crate::{
    error::{Error, Result},
    plan::{
        ApplyKind, EdgeEnds, Expand, ExpandGroup, ExpandPath, Failed, PathRows, Plan, SearchPath,
        expr::{Expr, ExprKind},
        pattern::{Pattern, PatternEdge, PatternPath, Repeat, opposite},
    },
};

mod access;
mod conditions;
mod fan;
mod join;
pub(super) mod semi_join;

pub(super) use conditions::Conditions;

/// Rewrites the whole tree.
pub(crate) fn lower_matches(plan: &mut Plan, statistics: &Statistics) -> Result<()> {
    lower(plan, &Runs::once(), statistics)
}

/// What is known of the runs of a plan.
#[derive(Clone, Debug)]
pub(super) struct Runs {
    /// How often it is expected to run.
    times: f64,
    /// Always on the same graph: only then it may keep something from one run to the next.
    same_graph: bool,
    /// Slots of the rows it runs for that hold nodes and edges.
    elements: Rc<FxHashSet<usize>>,
}

impl Runs {
    pub(super) fn once() -> Runs {
        Runs { times: 1.0, same_graph: true, elements: Rc::default() }
    }

    /// Of a subquery that runs for each row of `input`.
    fn of_subquery(&self, input: &Plan, subquery: &Plan, statistics: &Statistics) -> Result<Runs> {
        let rows = if statistics.improve { Estimate::of(input, statistics)?.rows } else { 1.0 };
        let same_graph = self.same_graph && !input.writes() && !subquery.writes();
        let mut elements = FxHashSet::default();
        elements_of(input, &self.elements, &mut elements);
        Ok(Runs { times: self.times * rows.max(1.0), same_graph, elements: elements.into() })
    }
}

fn lower(plan: &mut Plan, runs: &Runs, statistics: &Statistics) -> Result<()> {
    if let Plan::Apply { input, subquery, .. } = plan
        && statistics.improve
    {
        let mut elements = FxHashSet::default();
        elements_of(input, &runs.elements, &mut elements);
        drop_guards(subquery, &elements);
    }
    // As it is written it can still be taken apart.
    let written = match plan {
        Plan::Apply { subquery, kind: ApplyKind::Exists { .. } | ApplyKind::Count { .. }, .. }
            if statistics.improve =>
        {
            Some((**subquery).clone())
        }
        _ => None,
    };
    match plan {
        Plan::Apply { input, subquery, .. } => {
            lower(input, runs, statistics)?;
            lower(subquery, &runs.of_subquery(input, subquery, statistics)?, statistics)?;
        }
        Plan::Merge { input, matching, creating } => {
            lower(input, runs, statistics)?;
            for each in [matching, creating] {
                lower(each, &Runs { same_graph: false, ..runs.clone() }, statistics)?;
            }
        }
        _ => {
            for input in plan.inputs_mut() {
                lower(input, runs, statistics)?;
            }
        }
    }
    if let (Plan::Apply { input, subquery, kind, .. }, Some(written)) = (&mut *plan, written)
        && let Some(joined) = semi_join::instead_of(input, &written, subquery, kind, statistics)?
    {
        *plan = joined;
    }
    if let Plan::Match { input, pattern } = plan {
        let (input, pattern) = (mem::replace(&mut **input, Plan::Unit), mem::take(&mut **pattern));
        *plan = Lowering::new(input, pattern, runs.clone(), statistics)?.run()?.0;
    }
    Ok(())
}

pub(super) struct Lowering<'a> {
    plan: Plan,
    /// What is expected of the plan so far.
    estimate: Estimate,
    pattern: Pattern,
    runs: Runs,
    statistics: &'a Statistics<'a>,
    /// What waits for slots that this MATCH has not filled yet.
    conditions: Conditions,
    /// Slots that hold nodes and edges.
    elements: FxHashSet<usize>,
    /// Conditions on the edges of lists that could fail and are asked again: the list, the slot of an edge.
    edges_again: Vec<(usize, usize, Expr, Failed)>,
    /// By position in the pattern.
    node_bound: Vec<bool>,
    edge_done: Vec<bool>,
    /// For each edge the slots that must be filled before it is followed, as conditions within its repetitions read them.
    needs: Vec<Vec<usize>>,
    /// For each node the positions of the edges at it.
    edges_at: Vec<Vec<usize>>,
    /// For each node by slot its position.
    node_of: FxHashMap<usize, usize>,
    /// What finding a node without a neighbour is expected to cost, where it has been reckoned and still holds.
    costs: Vec<Option<f64>>,
    /// For each edge what is expected of it, where that has been reckoned.
    fans: Vec<Option<fan::Fan>>,
    /// Nodes that a searched path fills, until it does.
    owned: Vec<usize>,
    /// The edges this MATCH has bound, by position.
    edges_bound: Vec<usize>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(plan: Plan, mut pattern: Pattern, runs: Runs, statistics: &'a Statistics<'a>) -> Result<Self> {
        let nodes = pattern.nodes.iter().filter(|node| !node.bound).map(|node| node.slot);
        let edges = pattern.edges.iter().filter(|edge| !edge.bound).map(|edge| edge.slot);
        let lists = pattern.edges.iter().flat_map(|edge| match &edge.repeat {
            Some(Repeat::Group(group)) => group.variables.iter().map(|(_, outer)| *outer).collect(),
            Some(Repeat::Search(search)) => search.outputs().collect(),
            _ => Vec::new(),
        });
        let owned: Vec<usize> = pattern
            .edges
            .iter()
            .flat_map(|edge| match &edge.repeat {
                Some(Repeat::Search(search)) => search.outputs().collect(),
                _ => Vec::new(),
            })
            .collect();
        let missing = nodes.chain(edges).chain(lists).chain(pattern.paths.iter().map(|path| path.slot));
        let missing: Vec<usize> = missing.collect();
        let mut elements: FxHashSet<usize> = pattern.elements().collect();
        // What an earlier clause bound may have been deleted since.
        if plan.writes() {
            elements.retain(|slot| !pattern.nodes.iter().any(|node| node.bound && node.slot == *slot));
        }
        elements_of(&plan, &runs.elements, &mut elements);
        let (written, deferred) = (mem::take(&mut pattern.conditions), mem::take(&mut pattern.deferred));
        let conditions = Conditions::new(written, deferred, missing.iter().copied(), &elements);
        let needs: Vec<Vec<usize>> = pattern.edges.iter().map(|edge| needs(edge, &pattern, &missing)).collect();
        let mut edges_at = vec![Vec::new(); pattern.nodes.len()];
        for (position, edge) in pattern.edges.iter().enumerate() {
            edges_at[edge.left].push(position);
            if edge.right != edge.left {
                edges_at[edge.right].push(position);
            }
        }
        let estimate = if statistics.improve { Estimate::of(&plan, statistics)? } else { Estimate::ONE };
        Ok(Lowering {
            plan,
            estimate,
            node_bound: pattern.nodes.iter().map(|node| node.bound).collect(),
            edge_done: vec![false; pattern.edges.len()],
            conditions,
            elements,
            edges_again: Vec::new(),
            needs,
            edges_at,
            node_of: pattern.nodes.iter().enumerate().map(|(position, node)| (node.slot, position)).collect(),
            costs: vec![None; pattern.nodes.len()],
            fans: vec![None; pattern.edges.len()],
            owned: (0..pattern.nodes.len()).filter(|&node| owned.contains(&pattern.nodes[node].slot)).collect(),
            edges_bound: Vec::new(),
            pattern,
            runs,
            statistics,
        })
    }

    /// The plan, and what is expected of it.
    pub(super) fn run(mut self) -> Result<(Plan, Estimate)> {
        self.check_bound()?;
        if !self.statistics.improve {
            return Ok((self.run_as_written()?, Estimate::ONE));
        }
        self.place_conditions()?;
        loop {
            self.statistics.cancel.check()?;
            self.make_needed_paths()?;
            if let Some(edge) = self.next_edge()? {
                self.add_edge(edge)?;
            } else if let Some((node, access, cost)) = self.next_start()? {
                if !self.join(node, &access)? {
                    match self.indexed_edge()? {
                        Some((edge, choice)) if choice.rows < cost => self.add_edge_scan(edge, choice)?,
                        _ => self.add_scan(node, access)?,
                    }
                }
            } else {
                break;
            }
            self.place_conditions()?;
        }
        let estimate = self.estimate;
        Ok((self.finish()?, estimate))
    }

    /// Every edge from its left end, in the order in which they are written, and every condition at the end.
    fn run_as_written(mut self) -> Result<Plan> {
        for edge in 0..self.pattern.edges.len() {
            self.make_needed_paths()?;
            for slot in self.needs[edge].clone() {
                if let Some(&node) = self.node_of.get(&slot)
                    && !self.node_bound[node]
                {
                    self.add_scan(node, Access::All)?;
                }
            }
            let left = self.pattern.edges[edge].left;
            if !self.node_bound[left] && !self.pattern.edges[edge].bound {
                self.add_scan(left, Access::All)?;
            }
            self.add_edge(edge)?;
        }
        for node in 0..self.pattern.nodes.len() {
            if !self.node_bound[node] {
                self.add_scan(node, Access::All)?;
            }
        }
        self.finish()
    }

    /// Makes path variables that an edge waits for, where all of the path is there.
    fn make_needed_paths(&mut self) -> Result<()> {
        for path in mem::take(&mut self.pattern.paths) {
            let waited_for = (0..self.needs.len()).any(|e| !self.edge_done[e] && self.needs[e].contains(&path.slot));
            if waited_for && !path.parts.iter().any(|&part| self.conditions.misses(part)) {
                self.make_path(path)?;
            } else {
                self.pattern.paths.push(path);
            }
        }
        Ok(())
    }

    fn make_path(&mut self, path: PatternPath) -> Result<()> {
        self.fill(path.slot);
        self.wrap(|input| Plan::MakePath { input, slot: path.slot, parts: path.parts, cost: path.cost })
    }

    /// Makes the path variables, and checks what is left.
    fn finish(mut self) -> Result<Plan> {
        if let Some(edge) = self.edge_done.iter().position(|done| !done) {
            return Err(Error::internal(format!("edge {edge} of a pattern was never followed")));
        }
        for path in mem::take(&mut self.pattern.paths) {
            self.make_path(path)?;
        }
        self.place_conditions()?;
        Ok(self.plan)
    }

    fn wrap(&mut self, f: impl FnOnce(Box<Plan>) -> Plan) -> Result<()> {
        let input = Box::new(mem::replace(&mut self.plan, Plan::Unit));
        self.plan = f(input);
        if self.statistics.improve {
            self.estimate = Estimate::above(&self.plan, self.estimate, self.statistics)?;
        }
        Ok(())
    }

    fn filter(&mut self, condition: Expr) -> Result<()> {
        self.wrap(|input| Plan::Filter { input, condition })
    }

    /// Notes that a slot is filled: conditions on it may be placed, and may tell how to find other nodes.
    fn fill(&mut self, slot: usize) {
        for beside in self.conditions.fill(slot) {
            if let Some(&node) = self.node_of.get(&beside) {
                self.costs[node] = None;
            }
        }
    }

    /// Adds the conditions whose slots are all filled.
    fn place_conditions(&mut self) -> Result<()> {
        let complete = self.pattern.paths.is_empty()
            && self.edge_done.iter().all(|done| *done)
            && self.node_bound.iter().all(|bound| *bound);
        if complete {
            for (edges, slot, condition, failed) in mem::take(&mut self.edges_again) {
                self.wrap(|input| Plan::RecheckEdges { input, edges, slot, condition, failed })?;
            }
        }
        for condition in self.conditions.take_ready(complete) {
            self.wrap(|input| match condition {
                Placed::Filter(condition) => Plan::Filter { input, condition },
                Placed::Prefilter(condition, failed) => Plan::Prefilter { input, condition, failed },
                Placed::Recheck(condition, failed) => Plan::Recheck { input, condition, failed },
            })?;
        }
        Ok(())
    }

    fn check_labels(&mut self, node: usize) -> Result<()> {
        let slot = self.pattern.nodes[node].slot;
        for test in mem::take(&mut self.pattern.nodes[node].labels) {
            let element = Box::new(Expr::column(slot, Span::default()));
            self.filter(Expr::new(ExprKind::IsLabeled(element, test), Span::default()))?;
        }
        Ok(())
    }

    /// Checks the nodes that an earlier clause bound. One may be the NULL of an OPTIONAL MATCH, which no node pattern matches:
    /// no edge is found from it, but where it has none, or a condition reads it before, it is left out here.
    fn check_bound(&mut self) -> Result<()> {
        for node in 0..self.pattern.nodes.len() {
            if self.node_bound[node] {
                let slot = self.pattern.nodes[node].slot;
                if self.edges_at[node].is_empty() || self.conditions.reads(slot) {
                    let span = Span::default();
                    let is_null = Expr::new(ExprKind::IsNull(Box::new(Expr::column(slot, span))), span);
                    self.filter(Expr::new(ExprKind::Not(Box::new(is_null)), span))?;
                }
                self.check_labels(node)?;
            }
        }
        Ok(())
    }

    fn bind_node(&mut self, node: usize) -> Result<()> {
        let slot = self.pattern.nodes[node].slot;
        self.node_bound[node] = true;
        self.fill(slot);
        self.check_labels(node)
    }

    /// The edge to follow next: one that only closes a cycle first, then the one with the fewest expected rows.
    fn next_edge(&mut self) -> Result<Option<usize>> {
        let mut best: Option<(usize, f64)> = None;
        let mut open = Vec::new();
        for position in 0..self.pattern.edges.len() {
            if self.edge_done[position] {
                continue;
            }
            let edge = &self.pattern.edges[position];
            let (bound, repeated) = (edge.bound, edge.repeat.is_some());
            let (left, right) = (self.node_bound[edge.left], self.node_bound[edge.right]);
            if !(bound || left || right) || self.owned.contains(&edge.left) || self.owned.contains(&edge.right) {
                continue;
            }
            if self.needs[position].iter().any(|&slot| self.conditions.misses(slot)) {
                continue;
            }
            // A parenthesised path is followed from its left end only.
            if matches!(edge.repeat, Some(Repeat::Group(_) | Repeat::Search(_))) && !left {
                continue;
            }
            let cost = if bound {
                -1.0
            } else if left && right {
                0.0
            } else {
                let far = if left { edge.right } else { edge.left };
                let one = self.cost(far)? <= 1.0;
                if one && repeated {
                    // Found first, it is what the paths are searched towards.
                    continue;
                }
                open.push(position);
                1.0 + self.rows_along(position, far)?
            };
            if best.is_none_or(|(_, least)| cost < least) {
                best = Some((position, cost));
            }
        }
        match best {
            Some((position, cost)) if cost < 1.0 => Ok(Some(position)),
            _ => {
                // The first of them is the best by itself.
                let least = best.map(|(position, _)| position);
                open.sort_by_key(|position| Some(*position) != least);
                self.best_of(&open)
            }
        }
    }

    /// The slots of the edges bound so far from which an edge must differ.
    fn different_from(&self, position: usize) -> Vec<usize> {
        let edges = &self.pattern.edges;
        let edge = &edges[position];
        let must_differ = |other: &PatternEdge| {
            let same = |a: Option<usize>, b: Option<usize>| a.is_some() && a == b;
            let asked = self.pattern.different_edges && !same(edge.walk, other.walk);
            (asked || same(edge.trail, other.trail)) && !never_same(edge, other)
        };
        self.edges_bound.iter().map(|&other| &edges[other]).filter(|other| must_differ(other)).map(|e| e.slot).collect()
    }

    fn add_edge(&mut self, position: usize) -> Result<()> {
        self.edge_done[position] = true;
        let edge = self.pattern.edges[position].clone();
        let (left, right) = (self.pattern.nodes[edge.left].slot, self.pattern.nodes[edge.right].slot);
        let (left_bound, right_bound) = (self.node_bound[edge.left], self.node_bound[edge.right]);
        let different_from = self.different_from(position);
        if edge.bound {
            let ends = EdgeEnds {
                edge: edge.slot,
                left: (left, left_bound),
                right: (right, right_bound || edge.left == edge.right),
                direction: edge.direction,
                label: edge.label,
                different_from,
            };
            self.wrap(|input| Plan::EdgeEnds { input, ends })?;
        } else {
            // With both ends bound either would do; start on the left.
            let forward = left_bound;
            let (from, to) = if forward { (left, right) } else { (right, left) };
            let direction = if forward { edge.direction } else { opposite(edge.direction) };
            let into = left_bound && right_bound;
            match edge.repeat {
                None => {
                    let expand = Expand {
                        from,
                        edge: edge.slot,
                        edge_unread: false,
                        to,
                        into,
                        direction,
                        label: edge.label,
                        different_from,
                    };
                    let far = if forward { edge.right } else { edge.left };
                    let closing = if into { Vec::new() } else { self.closing(position, far) };
                    if !closing.is_empty() {
                        return self.add_intersection(expand, position, far, closing);
                    }
                    self.wrap(|input| Plan::Expand { input, expand: Box::new(expand) })?;
                }
                Some(Repeat::Group(mut group)) => {
                    lower_matches(&mut group.subquery, self.statistics)?;
                    group.variables.iter().for_each(|&(_, outer)| self.fill(outer));
                    let expand = ExpandGroup {
                        from: left,
                        edges: edge.slot,
                        to: right,
                        into: right_bound,
                        group: *group,
                        different_from,
                        give: PathRows::Paths,
                    };
                    self.wrap(|input| Plan::ExpandGroup { input, expand: Box::new(expand) })?;
                }
                Some(Repeat::Search(mut search)) => {
                    for part in &mut search.parts {
                        lower_matches(&mut part.group.subquery, self.statistics)?;
                    }
                    search.outputs().for_each(|output| self.fill(output));
                    let filled = |node: &usize| search.outputs().any(|slot| slot == self.pattern.nodes[*node].slot);
                    let (filled, owned) = mem::take(&mut self.owned).into_iter().partition::<Vec<_>, _>(filled);
                    self.owned = owned;
                    let search = SearchPath {
                        from: left,
                        edges: edge.slot,
                        to: right,
                        into: right_bound || edge.left == edge.right,
                        search: *search,
                        different_from,
                    };
                    self.wrap(|input| Plan::SearchPath { input, search: Box::new(search) })?;
                    filled.into_iter().try_for_each(|node| self.bind_node(node))?;
                }
                Some(Repeat::Edge { min, max, mode, search, condition }) => {
                    let mut failed = None;
                    if let Some((slot, condition)) = &condition {
                        let mut elements = self.elements.clone();
                        elements.insert(*slot);
                        if !is_total(condition, &elements) && !condition.is_volatile() {
                            let flag = failed.insert(Failed::default()).clone();
                            self.edges_again.push((edge.slot, *slot, condition.clone(), flag));
                        }
                    }
                    let expand = ExpandPath {
                        from,
                        edges: edge.slot,
                        to,
                        into,
                        direction,
                        label: edge.label,
                        condition,
                        failed,
                        min,
                        max,
                        mode,
                        search,
                        different_edges: self.pattern.different_edges && mode != PathMode::Walk,
                        different_from,
                        reversed: !forward,
                        give: PathRows::Paths,
                    };
                    self.wrap(|input| Plan::ExpandPath { input, expand: Box::new(expand) })?;
                }
            }
        }
        self.edges_bound.push(position);
        self.fill(edge.slot);
        for node in [edge.left, edge.right] {
            if !self.node_bound[node] {
                self.bind_node(node)?;
            }
        }
        Ok(())
    }
}

impl Lowering<'_> {
    /// Other edges than `position` between the unbound node `far` and nodes that are bound, which all close a cycle.
    fn closing(&self, position: usize, far: usize) -> Vec<usize> {
        let plain = |edge: &PatternEdge| !edge.bound && edge.repeat.is_none();
        let closes = |&other: &usize| {
            let edge = &self.pattern.edges[other];
            let near = if edge.left == far { edge.right } else { edge.left };
            other != position && !self.edge_done[other] && plain(edge) && near != far && self.node_bound[near]
        };
        if !self.statistics.improve {
            return Vec::new();
        }
        self.edges_at[far].iter().copied().filter(closes).collect()
    }

    /// Binds the node `far` by the intersection of the neighbours along the edges.
    fn add_intersection(&mut self, first: Expand, position: usize, far: usize, closing: Vec<usize>) -> Result<()> {
        self.edges_bound.push(position);
        let mut arms = vec![first];
        for other in closing {
            let different_from = self.different_from(other);
            let edge = &self.pattern.edges[other];
            let forward = edge.right == far;
            let near = if forward { edge.left } else { edge.right };
            arms.push(Expand {
                from: self.pattern.nodes[near].slot,
                edge: edge.slot,
                edge_unread: false,
                to: self.pattern.nodes[far].slot,
                into: false,
                direction: if forward { edge.direction } else { opposite(edge.direction) },
                label: edge.label.clone(),
                different_from,
            });
            self.edge_done[other] = true;
            self.edges_bound.push(other);
        }
        let edges: Vec<usize> = arms.iter().map(|arm| arm.edge).collect();
        self.wrap(|input| Plan::ExpandIntersect { input, arms })?;
        edges.into_iter().for_each(|slot| self.fill(slot));
        self.bind_node(far)
    }
}

/// The slots of the pattern, among those it has still to fill, that the conditions within an edge's repetitions read.
fn needs(edge: &PatternEdge, pattern: &Pattern, missing: &[usize]) -> Vec<usize> {
    let Some(repeat) = &edge.repeat else { return Vec::new() };
    let mut slots = repeat.reads();
    slots.retain(|slot| missing.contains(slot) && *slot != edge.slot);
    if let Repeat::Search(search) = repeat {
        let ends = [edge.left, edge.right].map(|node| pattern.nodes[node].slot);
        slots.retain(|slot| !ends.contains(slot) && !search.outputs().any(|own| own == *slot));
    }
    slots
}

/// Whether two edges of a pattern have labels of which no edge has both: each has just one.
fn never_same(a: &PatternEdge, b: &PatternEdge) -> bool {
    let labels = |edge: &PatternEdge| match &edge.repeat {
        None | Some(Repeat::Edge { .. }) => {
            let names = edge.label.as_ref()?.alternatives()?;
            Some(names.into_iter().map(|name| name.name.clone()).collect::<Vec<_>>())
        }
        Some(Repeat::Group(_) | Repeat::Search(_)) => None,
    };
    match (labels(a), labels(b)) {
        (Some(a), Some(b)) => !a.iter().any(|name| b.contains(name)),
        _ => false,
    }
}
