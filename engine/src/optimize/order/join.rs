//! Joins a part of a pattern that nothing links to what is bound but equalities: it is matched once, and its rows are looked up
//! by hash.

use wend_grammar::ast::CompareOperator;

use super::{Lowering, access::Access};
use crate::{
    error::Result,
    plan::{
        Plan,
        expr::{Expr, ExprKind},
        pattern::{Pattern, PatternEdge, Repeat},
    },
};

/// Positions of nodes and edges in a pattern.
struct Part {
    nodes: Vec<usize>,
    edges: Vec<usize>,
}

impl Lowering<'_> {
    /// Joins the part that `node` is in by hash, where that is less work than finding it anew for each row; `access` is how the
    /// node would be found.
    pub(super) fn join(&mut self, node: usize, access: &Access) -> Result<bool> {
        // Without a second row there is nothing to do twice.
        if self.estimate.rows <= 1.5 {
            return Ok(false);
        }
        let Some(part) = self.part(node) else { return Ok(false) };
        let slots: Vec<usize> = part
            .nodes
            .iter()
            .map(|&node| self.pattern.nodes[node].slot)
            .chain(part.edges.iter().map(|&edge| self.pattern.edges[edge].slot))
            .collect();
        let inside = |expr: &Expr| {
            let columns = expr.columns();
            !columns.is_empty() && columns.iter().all(|slot| slots.contains(slot))
        };
        let bound = |expr: &Expr| !expr.columns().is_empty() && self.conditions.knows(expr);
        let (mut own, mut keys, mut answered) = (Vec::new(), Vec::new(), Vec::new());
        for position in self.conditions.positions(&slots) {
            let Some((condition, columns)) = self.conditions.get(position) else { continue };
            if condition.is_volatile() {
                continue;
            }
            if columns.iter().all(|slot| slots.contains(slot)) {
                own.push(condition.clone());
            } else if let ExprKind::Compare(CompareOperator::Equal, left, right) = &condition.kind {
                if bound(left) && inside(right) {
                    keys.push(((**left).clone(), (**right).clone()));
                } else if bound(right) && inside(left) {
                    keys.push(((**right).clone(), (**left).clone()));
                } else {
                    continue;
                }
            } else {
                continue;
            }
            answered.push(position);
        }
        if keys.is_empty() {
            return Ok(false);
        }
        let place = |node: usize| part.nodes.iter().position(|&other| other == node).unwrap_or_default();
        let pattern = Pattern {
            nodes: part.nodes.iter().map(|&node| self.pattern.nodes[node].clone()).collect(),
            edges: part
                .edges
                .iter()
                .map(|&edge| {
                    let edge = self.pattern.edges[edge].clone();
                    PatternEdge { left: place(edge.left), right: place(edge.right), ..edge }
                })
                .collect(),
            paths: Vec::new(),
            conditions: own,
            different_edges: self.pattern.different_edges,
            different_edges_written: self.pattern.different_edges_written,
        };
        let (other, once) = Lowering::new(Plan::Unit, pattern, self.statistics)?.run()?;
        let each = if access.depends_on_row() { 5.0 } else { self.cost(node)?.max(once.work) };
        let rows = self.estimate.rows;
        if once.work + once.rows + rows >= rows * each {
            return Ok(false);
        }

        let mut different = Vec::new();
        for &edge in &part.edges {
            let PatternEdge { slot, trail, .. } = self.pattern.edges[edge];
            let apart = |other: Option<usize>| self.pattern.different_edges || (trail.is_some() && trail == other);
            different
                .extend(self.edges_bound.iter().filter(|(_, other)| apart(*other)).map(|(other, _)| (*other, slot)));
        }
        answered.into_iter().for_each(|position| self.conditions.remove(position));
        slots.into_iter().for_each(|slot| self.fill(slot));
        for node in part.nodes {
            self.node_bound[node] = true;
            self.pattern.nodes[node].labels.clear();
        }
        for edge in part.edges {
            self.edge_done[edge] = true;
            let PatternEdge { slot, trail, .. } = self.pattern.edges[edge];
            self.edges_bound.push((slot, trail));
        }
        // The side with fewer rows is kept; but what was written before is read only after that has happened.
        let turned = once.rows > rows && !self.plan.writes();
        let mine = self.estimate;
        self.wrap(|input| {
            let (input, build, keys) = if turned {
                (Box::new(other), input, keys.into_iter().map(|(mine, theirs)| (theirs, mine)).collect())
            } else {
                (input, Box::new(other), keys)
            };
            Plan::HashJoin { input, build, keys, different }
        })?;
        if turned {
            // It was reckoned as if its input were still the same.
            self.estimate.work = mine.work + once.work + mine.rows + once.rows + self.estimate.rows;
        }
        Ok(true)
    }

    /// The nodes that edges link to `node`, with these edges; `None` where they cannot be matched apart.
    fn part(&self, node: usize) -> Option<Part> {
        let mut part = Part { nodes: vec![node], edges: Vec::new() };
        let mut next = 0;
        while next < part.nodes.len() {
            let here = part.nodes[next];
            next += 1;
            for &position in &self.edges_at[here] {
                if self.edge_done[position] || part.edges.contains(&position) {
                    continue;
                }
                let edge = &self.pattern.edges[position];
                // A condition inside a repetition may read what is bound elsewhere.
                let plain = match &edge.repeat {
                    None => true,
                    Some(Repeat::Edge { condition, .. }) => condition.is_none(),
                    Some(Repeat::Group(_) | Repeat::Search(_)) => false,
                };
                if !plain || edge.bound {
                    return None;
                }
                part.edges.push(position);
                for end in [edge.left, edge.right] {
                    if self.node_bound[end] || self.owned.contains(&end) {
                        return None;
                    }
                    if !part.nodes.contains(&end) {
                        part.nodes.push(end);
                    }
                }
            }
        }
        Some(part)
    }
}
