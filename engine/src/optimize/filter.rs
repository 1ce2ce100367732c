//! Moves a filter above a MATCH into the pattern, where it is checked as soon as its variables are bound; below a subquery in an
//! expression, what does not ask for its answer.

use std::mem;

use crate::plan::{
    ApplyKind, Plan,
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
    if let Plan::Filter { input, condition } = plan
        && let Plan::Apply {
            input: below,
            kind: ApplyKind::Exists { slot } | ApplyKind::Count { slot } | ApplyKind::Scalar { slot, .. },
            ..
        } = &mut **input
    {
        let mut parts = Vec::new();
        let span = condition.span;
        split(mem::replace(condition, Expr::constant(true.into())), &mut parts);
        let (asks, free): (Vec<Expr>, Vec<Expr>) = parts.into_iter().partition(|part| part.columns().contains(slot));
        let all = |mut parts: Vec<Expr>| match parts.len() {
            1 => parts.remove(0),
            _ => Expr::new(ExprKind::And(parts), span),
        };
        if !free.is_empty() {
            let input = Box::new(mem::replace(&mut **below, Plan::Unit));
            **below = Plan::Filter { input, condition: all(free) };
        }
        match asks.is_empty() {
            true => *plan = mem::replace(&mut **input, Plan::Unit),
            false => *condition = all(asks),
        }
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
