//! Joins a part of a pattern that nothing links to what is bound but equalities: it is matched once, and its rows are looked up
//! by hash.

use wend_grammar::ast::CompareOperator;

use super::{Lowering, Runs, access::Access};
use crate::{
    error::Result,
    plan::{
        Failed, HashJoin, Plan,
        expr::{Expr, ExprKind},
        kept::KeptTable,
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
        // Without a second row, in this run or in another, there is nothing to do twice.
        let kept = (self.runs.same_graph && self.runs.times > 1.5).then(KeptTable::default);
        let rows = self.estimate.rows * if kept.is_some() { self.runs.times } else { 1.0 };
        if rows <= 1.5 {
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
        let (mut own, mut own_deferred, mut keys, mut key_positions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut answered = Vec::new();
        for position in self.conditions.positions(&slots) {
            let Some((condition, columns)) = self.conditions.get(position) else { continue };
            if condition.is_volatile() {
                continue;
            }
            let deferred = self.conditions.deferred(position);
            if columns.iter().all(|slot| slots.contains(slot)) {
                if self.conditions.is_total(position) {
                    own.push(condition.clone());
                    answered.push((position, None));
                } else {
                    // The rows of the part may never be joined with any.
                    let failed = deferred.unwrap_or_default();
                    own_deferred.push((condition.clone(), failed.clone()));
                    answered.push((position, Some(failed)));
                }
            } else if let ExprKind::Compare(CompareOperator::Equal, left, right) = &condition.kind
                && deferred.is_none()
            {
                if bound(left) && inside(right) {
                    keys.push(((**left).clone(), (**right).clone()));
                } else if bound(right) && inside(left) {
                    keys.push(((**right).clone(), (**left).clone()));
                } else {
                    continue;
                }
                key_positions.push(position);
            }
        }
        // Without a key it is a product: an index that a row looks into finds less.
        if keys.is_empty() && access.depends_on_row() {
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
            deferred: own_deferred,
            different_edges: self.pattern.different_edges,
            different_edges_written: self.pattern.different_edges_written,
        };
        let (other, once) = Lowering::new(Plan::Unit, pattern, Runs::once(), self.statistics)?.run()?;
        let each = if access.depends_on_row() { 5.0 } else { self.cost(node)?.max(once.work) };
        if once.work + once.rows + rows >= rows * each {
            return Ok(false);
        }

        let mut different = Vec::new();
        for &edge in &part.edges {
            let slot = self.pattern.edges[edge].slot;
            different.extend(self.different_from(edge).into_iter().map(|other| (other, slot)));
        }
        let failed = key_positions.iter().any(|&key| !self.conditions.is_total(key)).then(Failed::default);
        answered.extend(key_positions.into_iter().map(|position| (position, failed.clone())));
        for (position, failed) in answered {
            match failed {
                Some(failed) => self.conditions.ask_again(position, &failed),
                None => self.conditions.remove(position),
            }
        }
        slots.into_iter().for_each(|slot| self.fill(slot));
        for node in part.nodes {
            self.node_bound[node] = true;
            self.pattern.nodes[node].labels.clear();
        }
        for edge in part.edges {
            self.edge_done[edge] = true;
            self.edges_bound.push(edge);
        }
        // The side with fewer rows is kept; but what was written before is read only after that has happened.
        let turned = kept.is_none() && once.rows > rows && !self.plan.writes();
        let mine = self.estimate;
        self.wrap(|input| {
            let (input, build, keys) = if turned {
                (Box::new(other), input, keys.into_iter().map(|(mine, theirs)| (theirs, mine)).collect())
            } else {
                (input, Box::new(other), keys)
            };
            let join = Box::new(HashJoin { keys, different, failed, kept, ..HashJoin::default() });
            Plan::HashJoin { input, build, join }
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
