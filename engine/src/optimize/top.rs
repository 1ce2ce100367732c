//! Tells a sort below a limit how many rows are wanted, so that it keeps no more.

use crate::plan::{Plan, expr::Expr};

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
