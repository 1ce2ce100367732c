//! Moves a filter above a MATCH into the pattern, where it is checked as soon as its variables are bound.

use std::mem;

use crate::plan::{
    Plan,
    expr::{Expr, ExprKind},
};

/// Rewrites the whole tree.
pub(crate) fn push_into_match(plan: &mut Plan) {
    if let Plan::Filter { input, condition } = plan
        && let Plan::Match { pattern, .. } = &mut **input
    {
        split(mem::replace(condition, Expr::constant(true.into())), &mut pattern.conditions);
        *plan = mem::replace(&mut **input, Plan::Unit);
    }
    for input in plan.inputs_mut() {
        push_into_match(input);
    }
}

/// Adds the conjuncts of `condition` to `out`.
pub(crate) fn split(condition: Expr, out: &mut Vec<Expr>) {
    match condition.kind {
        ExprKind::And(parts) => parts.into_iter().for_each(|part| split(part, out)),
        kind => out.push(Expr::new(kind, condition.span)),
    }
}
