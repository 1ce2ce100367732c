//! Lowers graph patterns: chooses where to start and in which order to expand, by the stored counts, and places each condition
//! where its variables are first bound.

use std::mem;

use rustc_hash::FxHashMap;
use wend_grammar::ast::{PathMode, Span};

mod access;
mod conditions;
mod join;

use access::Access;
pub(super) use conditions::Conditions;

use super::{Statistics, estimate::Estimate, semi_join};
use crate::{
    error::Result,
    plan::{
        ApplyKind, EdgeEnds, Expand, ExpandGroup, ExpandPath, Plan, SearchPath,
        expr::{Expr, ExprKind},
        pattern::{Pattern, Repeat, opposite},
    },
};

/// Rewrites the whole tree.
pub(crate) fn lower_matches(plan: &mut Plan, statistics: &Statistics) -> Result<()> {
    // As it is written it can still be taken apart.
    let written = match plan {
        Plan::Apply { subquery, kind: ApplyKind::Exists { .. } | ApplyKind::Count { .. }, .. }
            if statistics.improve =>
        {
            Some((**subquery).clone())
        }
        _ => None,
    };
    for input in plan.inputs_mut() {
        lower_matches(input, statistics)?;
    }
    if let (Plan::Apply { input, subquery, kind, .. }, Some(written)) = (&mut *plan, written)
        && let Some(joined) = semi_join::instead_of(input, &written, subquery, kind, statistics)?
    {
        *plan = joined;
    }
    if let Plan::Match { input, pattern } = plan {
        let (input, pattern) = (mem::replace(&mut **input, Plan::Unit), mem::take(&mut **pattern));
        *plan = Lowering::new(input, pattern, statistics)?.run()?.0;
    }
    Ok(())
}

pub(super) struct Lowering<'a> {
    plan: Plan,
    /// What is expected of the plan so far.
    estimate: Estimate,
    pattern: Pattern,
    statistics: &'a Statistics<'a>,
    /// What waits for slots that this MATCH has not filled yet.
    conditions: Conditions,
    /// By position in the pattern.
    node_bound: Vec<bool>,
    edge_done: Vec<bool>,
    /// For each node the positions of the edges at it.
    edges_at: Vec<Vec<usize>>,
    /// For each node by slot its position.
    node_of: FxHashMap<usize, usize>,
    /// What finding a node without a neighbour is expected to cost, where it has been reckoned and still holds.
    costs: Vec<Option<f64>>,
    /// How many edges a node is expected to have that an edge of the pattern may be, where it has been reckoned.
    fan_outs: Vec<Option<f64>>,
    /// Nodes that a searched path fills, until it does.
    owned: Vec<usize>,
    /// Edge slots this MATCH has filled.
    edges_bound: Vec<(usize, Option<usize>)>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(plan: Plan, mut pattern: Pattern, statistics: &'a Statistics<'a>) -> Result<Self> {
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
        let conditions = Conditions::new(mem::take(&mut pattern.conditions), missing.collect::<Vec<_>>().into_iter());
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
            edges_at,
            node_of: pattern.nodes.iter().enumerate().map(|(position, node)| (node.slot, position)).collect(),
            costs: vec![None; pattern.nodes.len()],
            fan_outs: vec![None; pattern.edges.len()],
            owned: (0..pattern.nodes.len()).filter(|&node| owned.contains(&pattern.nodes[node].slot)).collect(),
            edges_bound: Vec::new(),
            pattern,
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

    /// Makes the path variables, and checks what is left.
    fn finish(mut self) -> Result<Plan> {
        for path in mem::take(&mut self.pattern.paths) {
            self.fill(path.slot);
            self.wrap(|input| Plan::MakePath { input, slot: path.slot, parts: path.parts })?;
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
        self.conditions.take_ready().into_iter().try_for_each(|condition| self.filter(condition))
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
                let selective = if one { 0.01 } else { 1.0 };
                let longer = if repeated { 1e6 } else { 1.0 };
                1.0 + self.fan_out(position)? * selective * longer
            };
            if best.is_none_or(|(_, least)| cost < least) {
                best = Some((position, cost));
            }
        }
        Ok(best.map(|(position, _)| position))
    }

    fn add_edge(&mut self, position: usize) -> Result<()> {
        self.edge_done[position] = true;
        let edge = self.pattern.edges[position].clone();
        let (left, right) = (self.pattern.nodes[edge.left].slot, self.pattern.nodes[edge.right].slot);
        let (left_bound, right_bound) = (self.node_bound[edge.left], self.node_bound[edge.right]);
        let all = self.pattern.different_edges;
        let must_differ = |trail: Option<usize>| all || (trail.is_some() && trail == edge.trail);
        let different_from =
            self.edges_bound.iter().filter(|(_, trail)| must_differ(*trail)).map(|(slot, _)| *slot).collect();
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
                    let expand =
                        Expand { from, edge: edge.slot, to, into, direction, label: edge.label, different_from };
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
                    let expand = ExpandPath {
                        from,
                        edges: edge.slot,
                        to,
                        into,
                        direction,
                        label: edge.label,
                        condition,
                        min,
                        max,
                        mode,
                        search,
                        different_edges: self.pattern.different_edges && mode != PathMode::Walk,
                        different_from,
                        reversed: !forward,
                    };
                    self.wrap(|input| Plan::ExpandPath { input, expand: Box::new(expand) })?;
                }
            }
        }
        self.edges_bound.push((edge.slot, edge.trail));
        self.fill(edge.slot);
        for node in [edge.left, edge.right] {
            if !self.node_bound[node] {
                self.bind_node(node)?;
            }
        }
        Ok(())
    }
}
