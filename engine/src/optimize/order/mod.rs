//! Lowers graph patterns: chooses where to start and in which order to expand, by the stored counts, and places each condition
//! where its variables are first bound.

use std::mem;

use wend_grammar::ast::{PathMode, Span};

mod access;
mod join;

use access::Access;

use super::{
    Statistics,
    estimate::{self, Estimate},
    semi_join,
};
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
        Plan::Apply { subquery, kind: ApplyKind::Exists { .. }, .. } if statistics.improve => {
            Some((**subquery).clone())
        }
        _ => None,
    };
    for input in plan.inputs_mut() {
        lower_matches(input, statistics)?;
    }
    if let (Plan::Apply { input, subquery, kind: ApplyKind::Exists { slot }, .. }, Some(written)) =
        (&mut *plan, written)
        && let Some((joined, keys)) = semi_join::instead_of(input, &written, subquery, statistics)?
    {
        let (input, slot) = (mem::replace(input, Box::new(Plan::Unit)), *slot);
        *plan = Plan::SemiJoin { input, subquery: Box::new(joined), keys, slot, keep: None };
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
    /// By position in the pattern.
    node_bound: Vec<bool>,
    edge_done: Vec<bool>,
    /// Slots that this MATCH fills and has not filled yet; conditions on them wait.
    missing: Vec<usize>,
    /// Nodes that a searched path fills, until it does.
    owned: Vec<usize>,
    /// Edge slots this MATCH has filled.
    edges_bound: Vec<(usize, Option<usize>)>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(plan: Plan, pattern: Pattern, statistics: &'a Statistics<'a>) -> Result<Self> {
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
        let missing = nodes.chain(edges).chain(lists).chain(pattern.paths.iter().map(|path| path.slot)).collect();
        let estimate = if statistics.improve { Estimate::of(&plan, statistics)? } else { Estimate::ONE };
        Ok(Lowering {
            plan,
            estimate,
            node_bound: pattern.nodes.iter().map(|node| node.bound).collect(),
            edge_done: vec![false; pattern.edges.len()],
            missing,
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
            self.missing.retain(|&slot| slot != path.slot);
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

    /// Adds the conditions whose slots are all filled.
    fn place_conditions(&mut self) -> Result<()> {
        let (ready, waiting) = mem::take(&mut self.pattern.conditions)
            .into_iter()
            .partition::<Vec<_>, _>(|condition| !condition.columns().iter().any(|slot| self.missing.contains(slot)));
        self.pattern.conditions = waiting;
        ready.into_iter().try_for_each(|condition| self.filter(condition))
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
                let linked = self.pattern.edges.iter().any(|edge| edge.left == node || edge.right == node);
                let slot = self.pattern.nodes[node].slot;
                if !linked || self.pattern.conditions.iter().any(|condition| condition.columns().contains(&slot)) {
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
        self.missing.retain(|&missing| missing != slot);
        self.check_labels(node)
    }

    /// The edge to follow next: one that only closes a cycle first, then the one with the fewest expected rows.
    fn next_edge(&self) -> Result<Option<usize>> {
        let (tx, graph) = (self.statistics.tx, self.statistics.graph);
        let mut best: Option<(usize, f64)> = None;
        for (position, edge) in self.pattern.edges.iter().enumerate() {
            if self.edge_done[position] {
                continue;
            }
            let (left, right) = (self.node_bound[edge.left], self.node_bound[edge.right]);
            if self.owned.contains(&edge.left) || self.owned.contains(&edge.right) {
                continue;
            }
            // A parenthesised path is followed from its left end only.
            if matches!(edge.repeat, Some(Repeat::Group(_) | Repeat::Search(_))) && !left {
                continue;
            }
            let cost = if edge.bound {
                -1.0
            } else if left && right {
                0.0
            } else if left || right {
                let edges = estimate::edges(edge.label.as_ref(), self.statistics)?;
                let fan_out = edges as f64 / (tx.node_count(graph)?.max(1)) as f64;
                let far = if left { edge.right } else { edge.left };
                let one = self.access(far)?.1 <= 1.0;
                if one && edge.repeat.is_some() {
                    // Found first, it is what the paths are searched towards.
                    continue;
                }
                let selective = if one { 0.01 } else { 1.0 };
                let longer = if edge.repeat.is_some() { 1e6 } else { 1.0 };
                1.0 + fan_out * selective * longer
            } else {
                continue;
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
                    self.missing.retain(|slot| !group.variables.iter().any(|(_, outer)| outer == slot));
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
                    self.missing.retain(|slot| !search.outputs().any(|output| output == *slot));
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
        self.missing.retain(|&slot| slot != edge.slot);
        for node in [edge.left, edge.right] {
            if !self.node_bound[node] {
                self.bind_node(node)?;
            }
        }
        Ok(())
    }
}
