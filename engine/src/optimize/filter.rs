//! Moves a filter above a MATCH into the pattern, where it is checked as soon as its variables are bound; below a subquery in an
//! expression, what does not ask for its answer. There a condition that can fail only keeps rows out: it is asked again in its
//! place, of the rows that the subquery and all conditions before it let through.

use std::mem;

use rustc_hash::FxHashSet;

use super::total::{elements_of, is_total};
use crate::plan::{
    ApplyKind, Failed, Plan,
    expr::{Expr, ExprKind, split},
};

/// Rewrites the whole tree.
pub(crate) fn push_into_match(plan: &mut Plan) {
    // What is left in the place of a filter that has gone may be one that can go too.
    while push_below_subquery(plan) {}
    for input in plan.inputs_mut() {
        push_into_match(input);
    }
    // What comes down from above meets the pattern on the way up again.
    match plan {
        Plan::Filter { input, condition } => {
            if let Plan::Match { pattern, .. } = &mut **input {
                split(mem::replace(condition, Expr::constant(true.into())), &mut pattern.conditions);
                *plan = mem::replace(&mut **input, Plan::Unit);
            }
        }
        Plan::Prefilter { input, condition, failed } => {
            if let Plan::Match { pattern, .. } = &mut **input {
                let condition = mem::replace(condition, Expr::constant(true.into()));
                pattern.deferred.push((condition, failed.clone()));
                *plan = mem::replace(&mut **input, Plan::Unit);
            }
        }
        _ => {}
    }
}

/// The subquery in an expression below filters: what it runs for, and the slot of its answer.
fn subquery_below(plan: &mut Plan) -> Option<(&mut Plan, usize)> {
    match plan {
        Plan::Filter { input, .. } | Plan::Recheck { input, .. } => subquery_below(input),
        Plan::Apply {
            input,
            kind: ApplyKind::Exists { slot } | ApplyKind::Count { slot } | ApplyKind::Scalar { slot, .. },
            ..
        } => Some((&mut **input, *slot)),
        _ => None,
    }
}

fn wrap(plan: &mut Plan, f: impl FnOnce(Box<Plan>) -> Plan) {
    let input = Box::new(mem::replace(plan, Plan::Unit));
    *plan = f(input);
}

/// Whether the plan is another one now.
fn push_below_subquery(plan: &mut Plan) -> bool {
    match plan {
        Plan::Prefilter { input, condition, failed } => {
            let Some((below, slot)) = subquery_below(input) else { return false };
            if condition.columns().contains(&slot) {
                return false;
            }
            let (condition, failed) = (condition.clone(), failed.clone());
            wrap(below, |input| Plan::Prefilter { input, condition, failed });
            *plan = mem::replace(&mut **input, Plan::Unit);
            true
        }
        Plan::Filter { input, condition } => {
            let Some((below, slot)) = subquery_below(input) else { return false };
            let mut elements = FxHashSet::default();
            elements_of(below, &FxHashSet::default(), &mut elements);
            let span = condition.span;
            let mut parts = Vec::new();
            split(mem::replace(condition, Expr::constant(true.into())), &mut parts);
            let all = |mut parts: Vec<Expr>| match parts.len() {
                1 => parts.remove(0),
                _ => Expr::new(ExprKind::And(parts), span),
            };
            let (mut free, mut asks, mut above) = (Vec::new(), Vec::new(), Vec::new());
            for part in parts {
                if part.columns().contains(&slot) {
                    asks.push(part);
                } else if part.is_volatile() || is_total(&part, &elements) {
                    free.push(part);
                } else {
                    let failed = Failed::default();
                    let (condition, flag) = (part.clone(), failed.clone());
                    wrap(below, |input| Plan::Prefilter { input, condition, failed: flag });
                    if !asks.is_empty() {
                        above.push((all(mem::take(&mut asks)), None));
                    }
                    above.push((part, Some(failed)));
                }
            }
            if !asks.is_empty() {
                above.push((all(asks), None));
            }
            if !free.is_empty() {
                wrap(below, |input| Plan::Filter { input, condition: all(free) });
            }
            *plan = mem::replace(&mut **input, Plan::Unit);
            // A filter in its old place is not tried again.
            let gone = above.is_empty();
            for (condition, failed) in above {
                wrap(plan, |input| match failed {
                    None => Plan::Filter { input, condition },
                    Some(failed) => Plan::Recheck { input, condition, failed },
                });
            }
            gone
        }
        _ => false,
    }
}
