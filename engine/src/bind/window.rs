//! Views of a graph between two times: `USE g AFTER t AS OF u`.
//!
//! Every node and edge that a MATCH in the scope of the view binds gets a condition on its time. What a row points to comes
//! with the row: of `(o:Order)-[:OF]->(p:Product)` after a time only the order has to be later, the product may be older.

use std::sync::Arc;

use wend_grammar::ast::{Span, TimeView};

use super::{Binder, Flow, Kind, Scope, Variable};
use crate::{
    error::{Error, Result},
    plan::{
        Plan,
        cell::RunCell,
        expr::{Expr, ExprKind, Visible},
        pattern::Pattern,
    },
    times::TimeProperties,
};

/// What is seen of the graph.
#[derive(Clone, Debug)]
pub(super) struct Window {
    pub(super) after: Option<Bound>,
    pub(super) until: Bound,
    pub(super) properties: Arc<TimeProperties>,
}

/// An end of a window.
#[derive(Clone, Debug)]
pub(super) enum Bound {
    /// The same for all rows.
    Constant(Expr),
    /// A variable without a name that a query can write.
    Variable(String),
}

impl Binder<'_> {
    /// The view that USE asks for, its times computed for each row where they depend on it.
    pub(super) fn time_view(&mut self, view: &TimeView, flow: &mut Flow) -> Result<Window> {
        let properties = match &view.property {
            Some(property) => TimeProperties::of_all(&property.name),
            None => TimeProperties::default(),
        };
        let after = view.after.as_ref().map(|after| self.bound(after, flow)).transpose()?;
        Ok(Window { after, until: self.bound(&view.until, flow)?, properties: Arc::new(properties) })
    }

    fn bound(&mut self, text: &wend_grammar::ast::Expr, flow: &mut Flow) -> Result<Bound> {
        if let wend_grammar::ast::ExprKind::Variable(name) = &text.kind
            && let Some(variable) = flow.scope.get(name)
        {
            return Ok(Bound::Variable(variable.name.clone()));
        }
        let expr = self.expr_in(text, flow)?;
        if expr.columns().is_empty() && !expr.is_volatile() {
            return Ok(Bound::Constant(expr.once()));
        }
        let slot = flow.scope.hidden();
        let name = format!(" time{slot}");
        flow.scope.variables.push(Variable { name: name.clone(), slot, kind: Kind::Value });
        flow.wrap(|input| Plan::Extend { input, slot, expr });
        Ok(Bound::Variable(name))
    }

    /// The slots of the variables that the view's times are, which no text names.
    pub(super) fn window_slots(&self, scope: &Scope) -> Vec<usize> {
        let Some(window) = &self.window else { return Vec::new() };
        let slot = |bound: &Bound| match bound {
            Bound::Constant(_) => None,
            Bound::Variable(name) => scope.get(name).map(|variable| variable.slot),
        };
        window.after.iter().chain([&window.until]).filter_map(slot).collect()
    }

    /// The condition that an element is seen; nothing outside of a view. With `recent`, that it is later than the view's
    /// beginning, too.
    pub(super) fn seen(&self, slot: usize, recent: bool, with_ends: bool, flow: &Flow) -> Result<Option<Expr>> {
        let Some(window) = &self.window else { return Ok(None) };
        let bound = |bound: &Bound| match bound {
            Bound::Constant(expr) => Ok(expr.clone()),
            Bound::Variable(name) => match flow.scope.get(name) {
                Some(variable) => Ok(Expr::column(variable.slot, Span::default())),
                None => Err(Error::rule("the time of AS OF depends on a variable that is not in scope here")
                    .with_hint("write USE .. AS OF .. again where the MATCH stands")),
            },
        };
        let visible = Visible {
            element: Expr::column(slot, Span::default()),
            after: window.after.as_ref().filter(|_| recent).map(bound).transpose()?,
            until: bound(&window.until)?,
            with_ends,
            properties: window.properties.clone(),
            times: RunCell::default(),
        };
        Ok(Some(Expr::new(ExprKind::Visible(Box::new(visible)), Span::default())))
    }

    /// Adds the conditions of the view to the nodes and edges of a pattern.
    pub(super) fn see_pattern(&self, pattern: &mut Pattern, flow: &Flow) -> Result<()> {
        if self.window.is_none() {
            return Ok(());
        }
        let mut conditions = Vec::new();
        for (position, node) in pattern.nodes.iter().enumerate() {
            if node.bound {
                continue;
            }
            let points_here = |edge: &crate::plan::pattern::PatternEdge| {
                use wend_storage::Direction;
                let source = match edge.direction {
                    Direction::Out if edge.right == position => edge.left,
                    Direction::In if edge.left == position => edge.right,
                    _ => return false,
                };
                source != position && !pattern.nodes[source].bound
            };
            let recent = !pattern.edges.iter().any(points_here);
            conditions.extend(self.seen(node.slot, recent, false, flow)?);
        }
        for edge in pattern.edges.iter().filter(|edge| !edge.bound && edge.repeat.is_none()) {
            conditions.extend(self.seen(edge.slot, true, false, flow)?);
        }
        pattern.conditions.append(&mut conditions);
        Ok(())
    }
}
