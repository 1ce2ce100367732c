//! Groups by a node or an edge itself where the key is its `_id`: no two have the same. The `_id` is read once for each group.

use std::mem;

use rustc_hash::FxHashSet;
use wend_grammar::ast::Span;

use super::total::elements_of;
use crate::plan::{
    Plan,
    expr::{Expr, ExprKind},
};

/// Rewrites the whole tree.
pub(crate) fn not_by_id(plan: &mut Plan) {
    for input in plan.inputs_mut() {
        not_by_id(input);
    }
    let Plan::Aggregate { input, keys, aggregates } = plan else { return };
    if input.writes() {
        return;
    }
    let mut elements = FxHashSet::default();
    elements_of(input, &FxHashSet::default(), &mut elements);
    let width = keys.len() + aggregates.len();
    let mut items: Vec<Expr> = (0..width).map(|slot| Expr::column(slot, Span::default())).collect();
    let mut changed = false;
    for (key, item) in keys.iter_mut().zip(&mut items) {
        if let ExprKind::Property(inner, name) = &key.kind
            && name.is_id()
            && matches!(inner.kind, ExprKind::Column(slot) if elements.contains(&slot))
        {
            let element = (**inner).clone();
            *item = Expr::new(ExprKind::Property(Box::new(item.clone()), name.clone()), key.span);
            *key = element;
            changed = true;
        }
    }
    if changed {
        let aggregate = mem::replace(plan, Plan::Unit);
        *plan = Plan::Project { input: Box::new(aggregate), items };
    }
}
