//! Tells a sort below a limit how many rows are wanted, so that it keeps no more, and computes the results of those rows only.

use std::mem;

use crate::plan::{
    Plan, SortKey,
    expr::{Expr, ExprKind},
};

/// Rewrites the whole tree.
pub(crate) fn limit_sorts(plan: &mut Plan) {
    if let Plan::Limit { input, count } = plan {
        match &mut **input {
            Plan::Offset { input, count: skipped } => {
                mark(input, &[count.clone(), skipped.clone()]);
            }
            other => mark(other, std::slice::from_ref(count)),
        }
    }
    project_late(plan);
    for input in plan.inputs_mut() {
        limit_sorts(input);
    }
}

/// A projection between the limit and the sort changes no rows' number or order.
fn mark(plan: &mut Plan, counts: &[Expr]) {
    match plan {
        Plan::Sort { top, .. } => *top = Some(counts.to_vec()),
        Plan::Project { input, .. } => mark(input, counts),
        _ => {}
    }
}

/// Sorts the rows of a pattern and projects those that are wanted, where the keys are among what is projected.
fn project_late(plan: &mut Plan) {
    let Plan::Sort { input, keys, top: top @ Some(_) } = plan else { return };
    let Plan::Project { input: below, items } = &mut **input else { return };
    let key_of = |key: &SortKey| match key.expr.kind {
        ExprKind::Column(slot) => items.get(slot).cloned().map(|expr| SortKey { expr, ..key.clone() }),
        _ => None,
    };
    let Some(keys) = keys.iter().map(key_of).collect::<Option<Vec<_>>>() else { return };
    // What is computed twice, or for fewer rows, must come out the same.
    if items.iter().any(Expr::is_volatile) {
        return;
    }
    let sort = Plan::Sort { input: mem::replace(below, Box::new(Plan::Unit)), keys, top: top.take() };
    *plan = Plan::Project { input: Box::new(sort), items: mem::take(items) };
}
