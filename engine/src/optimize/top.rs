//! Tells a sort below a limit how many rows are wanted, so that it keeps no more.

use wend_grammar::ast::Span;

use crate::plan::{
    Plan,
    expr::{Arithmetic, Expr, ExprKind},
};

/// Rewrites the whole tree.
pub(crate) fn limit_sorts(plan: &mut Plan) {
    if let Plan::Limit { input, count } = plan {
        match &mut **input {
            Plan::Offset { input, count: skipped } => {
                let sum = ExprKind::Arithmetic(Box::new(count.clone()), vec![(Arithmetic::Add, skipped.clone())]);
                mark(input, &Expr::new(sum, Span::default()));
            }
            other => mark(other, count),
        }
    }
    for input in plan.inputs_mut() {
        limit_sorts(input);
    }
}

/// A projection between the limit and the sort changes no rows' number or order.
fn mark(plan: &mut Plan, count: &Expr) {
    match plan {
        Plan::Sort { top, .. } => *top = Some(count.clone()),
        Plan::Project { input, .. } => mark(input, count),
        _ => {}
    }
}
