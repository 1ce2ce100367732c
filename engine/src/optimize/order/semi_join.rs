//! EXISTS as a semi-join, and COUNT { } in the same way: the pattern is matched once for all rows, and a row looks up whether, or
//! how often, its values were found. It takes a pattern that knows of the rows only the nodes it begins at and values that its own
//! must equal. COUNT of the edges of a node alone asks for the node's degree.

use wend_grammar::ast::{CompareOperator, Span};

use super::{Lowering, Runs};
use crate::{
    error::Result,
    optimize::{
        Statistics,
        estimate::{Estimate, SUBQUERY},
    },
    plan::{
        ApplyKind, Plan,
        expr::{Expr, ExprKind},
        pattern::{Pattern, Repeat},
    },
};

/// A join in the place of an EXISTS or COUNT whose input is lowered already, where it is expected to be less work. `subquery` is
/// what would run for each row, lowered. The input is taken when there is one.
pub(super) fn instead_of(
    input: &mut Box<Plan>,
    written: &Plan,
    subquery: &Plan,
    kind: &ApplyKind,
    statistics: &Statistics,
) -> Result<Option<Plan>> {
    let counted = matches!(kind, ApplyKind::Count { .. });
    let (ApplyKind::Exists { slot } | ApplyKind::Count { slot }) = *kind else { return Ok(None) };
    if let Plan::Expand { input: outer, expand } = subquery
        && counted
        && !expand.into
        && matches!(**outer, Plan::Argument)
    {
        let input = std::mem::replace(input, Box::new(Plan::Unit));
        return Ok(Some(Plan::Degree { input, expand: expand.clone(), slot }));
    }
    let Plan::Match { input: outer, pattern } = written else { return Ok(None) };
    if !matches!(**outer, Plan::Argument) {
        return Ok(None);
    }
    let Some((pattern, keys)) = apart(pattern) else { return Ok(None) };
    let rows = Estimate::of(input, statistics)?.rows;
    let each = Estimate::of(subquery, statistics)?;
    let (plan, once) = Lowering::new(Plan::Unit, pattern, Runs::once(), statistics)?.run()?;
    // Of EXISTS the first row is enough.
    let share = if counted { 1.0 } else { each.rows.max(1.0) };
    if once.work + once.rows + rows >= rows * (SUBQUERY + each.work / share) {
        return Ok(None);
    }
    let (input, each) = (std::mem::replace(input, Box::new(Plan::Unit)), Box::new(subquery.clone()));
    let subquery = Box::new(plan);
    Ok(Some(match counted {
        true => Plan::CountJoin { input, subquery, keys, slot, each },
        false => Plan::SemiJoin { input, subquery, keys, slot, keep: None, each },
    }))
}

/// The pattern without what it takes from the row, and the pairs that must be equal: of the row, of the pattern.
fn apart(pattern: &Pattern) -> Option<(Pattern, Vec<(Expr, Expr)>)> {
    let mut pattern = pattern.clone();
    let mut keys = Vec::new();
    let mut own = Vec::new();
    for node in &mut pattern.nodes {
        own.push(node.slot);
        if std::mem::take(&mut node.bound) {
            keys.push((Expr::column(node.slot, Span::default()), Expr::column(node.slot, Span::default())));
        }
    }
    let shared: Vec<usize> = keys.iter().flat_map(|(outer, _)| outer.columns()).collect();
    for edge in &pattern.edges {
        let own_condition = match &edge.repeat {
            None => true,
            Some(Repeat::Edge { condition: Some((slot, condition)), .. }) => {
                condition.columns().iter().all(|column| column == slot) && !condition.is_volatile()
            }
            Some(Repeat::Edge { condition: None, .. }) => true,
            Some(Repeat::Group(_) | Repeat::Search(_)) => false,
        };
        if edge.bound || !own_condition {
            return None;
        }
        own.push(edge.slot);
    }
    own.extend(pattern.paths.iter().map(|path| path.slot));
    let inside = |expr: &Expr| expr.columns().iter().all(|slot| own.contains(slot));
    // What the pattern shares with the row has one value in both.
    let outside = |expr: &Expr| expr.columns().iter().all(|slot| shared.contains(slot) || !own.contains(slot));
    if !pattern.deferred.is_empty() {
        return None;
    }
    let mut kept = Vec::new();
    for condition in std::mem::take(&mut pattern.conditions) {
        if condition.is_volatile() {
            return None;
        }
        if inside(&condition) {
            kept.push(condition);
            continue;
        }
        let ExprKind::Compare(CompareOperator::Equal, left, right) = condition.kind else { return None };
        if outside(&left) && inside(&right) {
            keys.push((*left, *right));
        } else if outside(&right) && inside(&left) {
            keys.push((*right, *left));
        } else {
            return None;
        }
    }
    pattern.conditions = kept;
    (!keys.is_empty()).then_some((pattern, keys))
}

/// A filter that asks for what the semi-join below it found becomes part of the join.
pub(crate) fn filter_by(plan: &mut Plan) {
    plan.inputs_mut().into_iter().for_each(filter_by);
    let Plan::Filter { input, condition } = plan else { return };
    let Plan::SemiJoin { slot, keep: keep @ None, .. } = &mut **input else { return };
    let wanted = |expr: &Expr| match &expr.kind {
        ExprKind::Column(column) if column == slot => Some(true),
        ExprKind::Not(inner) if matches!(inner.kind, ExprKind::Column(column) if column == *slot) => Some(false),
        _ => None,
    };
    if let Some(found) = wanted(condition) {
        *keep = Some(found);
        *plan = std::mem::replace(&mut **input, Plan::Unit);
    }
}
