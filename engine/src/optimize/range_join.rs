//! Lets a product of two parts of a pattern compare their rows itself, where a condition is `<` or the like between them: the values
//! of both sides are computed once for each row, and not once for each pair.

use std::mem;

use rustc_hash::FxHashSet;
use wend_grammar::ast::CompareOperator;

use super::total::elements_of;
use crate::plan::{
    Failed, Plan, RangeCondition,
    expr::{Expr, ExprKind},
};

/// Rewrites the whole tree.
pub(crate) fn compare_in_joins(plan: &mut Plan) {
    for input in plan.inputs_mut() {
        compare_in_joins(input);
    }
    let Plan::Filter { input, condition } = plan else { return };
    let Plan::HashJoin { build, join, .. } = &mut **input else { return };
    if !join.keys.is_empty() || join.range.is_some() {
        return;
    }
    let ExprKind::Compare(operator, left, right) = &condition.kind else { return };
    use CompareOperator as C;
    let turned = match operator {
        C::Less => C::Greater,
        C::LessOrEqual => C::GreaterOrEqual,
        C::Greater => C::Less,
        C::GreaterOrEqual => C::LessOrEqual,
        C::Equal | C::NotEqual => return,
    };
    let mut built = FxHashSet::default();
    elements_of(build, &FxHashSet::default(), &mut built);
    let of_build = |expr: &Expr| !expr.columns().is_empty() && expr.columns().iter().all(|slot| built.contains(slot));
    let of_input = |expr: &Expr| !expr.columns().iter().any(|slot| built.contains(slot));
    if condition.is_volatile() {
        return;
    }
    let (operator, input_value, build_value) = if of_input(left) && of_build(right) {
        (*operator, left, right)
    } else if of_build(left) && of_input(right) {
        (turned, right, left)
    } else {
        return;
    };
    let (input_value, build_value) = ((**input_value).clone(), (**build_value).clone());
    let failed = Failed::default();
    join.range = Some(RangeCondition { operator, input: input_value, build: build_value, failed: failed.clone() });
    let (input, condition) = (mem::replace(input, Box::new(Plan::Unit)), condition.clone());
    *plan = Plan::Recheck { input, condition, failed };
}
