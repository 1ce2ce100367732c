//! Leaves out rows early where a sort by the similarity or the distance of vectors wants only the first: most vectors are too far
//! away by an estimate already, and their rows need neither the function's exact value nor anything else that is returned.

use rustc_hash::FxHashSet;

use super::total::{elements_of, has_value};
use crate::plan::{
    Plan, SortKey,
    expr::{Expr, ExprKind},
    nearest::{Measure, Nearest, Side},
};

/// Rewrites the whole tree.
pub(crate) fn leave_out_far(plan: &mut Plan) {
    if let Plan::Sort { input, keys, top: Some(top) } = plan
        && let Some((first, rest)) = keys.split_first()
    {
        let (first, top) = (first.clone(), top.clone());
        let elements = elements(input);
        if rest.iter().all(|key| has_value(&key.expr, &elements)) {
            leave_out(input, first.expr.clone(), &first, &top);
        }
    }
    for input in plan.inputs_mut() {
        leave_out_far(input);
    }
}

fn elements(plan: &Plan) -> FxHashSet<usize> {
    let mut elements = FxHashSet::default();
    elements_of(plan, &FxHashSet::default(), &mut elements);
    elements
}

/// Puts the operator below what computes `expr`, the first key. What is computed on the way there of a row that is left out must
/// not be an error.
fn leave_out(plan: &mut Plan, expr: Expr, key: &SortKey, top: &[Expr]) {
    if let ExprKind::Function(function, arguments) = &expr.kind
        && let (Some(measure), [a, b]) = (Measure::of(function.name), &arguments[..])
        && !expr.is_volatile()
    {
        let elements = elements(plan);
        let side = |vector: &Expr, other: &Expr| match &vector.kind {
            ExprKind::Property(node, property) => match node.kind {
                ExprKind::Column(slot) if elements.contains(&slot) && !property.is_id() => {
                    Some(Side { slot, property: property.clone(), other: other.clone() })
                }
                _ => None,
            },
            _ => None,
        };
        let sides: Vec<Side> = [side(a, b), side(b, a)].into_iter().flatten().collect();
        if !sides.is_empty() {
            let SortKey { descending, nulls_first, .. } = *key;
            let nearest = Nearest { measure, sides, descending, nulls_first, top: top.to_vec() };
            let input = Box::new(std::mem::replace(plan, Plan::Unit));
            *plan = Plan::Nearest { input, nearest: Box::new(nearest) };
        }
        return;
    }
    let ExprKind::Column(wanted) = expr.kind else { return };
    match plan {
        Plan::Project { input, items } => {
            let elements = elements(input);
            let mut others = items.iter().enumerate().filter(|(slot, _)| *slot != wanted);
            if let Some(item) = items.get(wanted)
                && others.all(|(_, item)| has_value(item, &elements))
            {
                leave_out(input, item.clone(), key, top);
            }
        }
        Plan::Extend { input, slot, expr: own } if *slot == wanted => leave_out(input, own.clone(), key, top),
        Plan::Extend { input, expr: own, .. } if has_value(own, &elements(input)) => leave_out(input, expr, key, top),
        Plan::MakePath { input, slot, .. } if *slot != wanted => leave_out(input, expr, key, top),
        _ => {}
    }
}
