//! Which conditions never fail, whatever types the values have: these may be asked in any order and of any row. Others (`<` between
//! values of types that have no order together, arithmetic, most functions) may be an error.

use rustc_hash::FxHashSet;
use wend_grammar::ast::CompareOperator;

use crate::{
    plan::{
        Plan,
        expr::{Expr, ExprKind, ParameterHint},
        pattern::{PatternEdge, Repeat},
    },
    value::Value,
};

/// Whether a condition never fails; `elements` are slots that hold nodes and edges, none of them NULL or deleted.
pub(super) fn is_total(condition: &Expr, elements: &FxHashSet<usize>) -> bool {
    let value = |expr: &Expr| has_value(expr, elements);
    let truth = |expr: &Expr| is_total(expr, elements);
    match &condition.kind {
        ExprKind::Constant(constant) => matches!(constant, Value::Bool(_) | Value::Null),
        ExprKind::Parameter(_, hint) => matches!(hint, ParameterHint::Bool | ParameterHint::Null),
        ExprKind::Compare(CompareOperator::Equal | CompareOperator::NotEqual, a, b) => value(a) && value(b),
        ExprKind::In(item, list) => {
            let is_list = match &list.kind {
                ExprKind::Constant(constant) => matches!(constant, Value::List(_) | Value::Null),
                ExprKind::Parameter(_, hint) => matches!(hint, ParameterHint::List(_) | ParameterHint::Null),
                ExprKind::List(items) => items.iter().all(value),
                _ => false,
            };
            is_list && value(item)
        }
        ExprKind::Not(inner) | ExprKind::IsTruth(inner, _) => truth(inner),
        ExprKind::And(parts) => parts.iter().all(truth),
        ExprKind::Or(first, rest) => truth(first) && rest.iter().all(|(_, part)| truth(part)),
        ExprKind::IsNull(inner) | ExprKind::IsTyped(inner, _) => value(inner),
        ExprKind::IsLabeled(inner, _) | ExprKind::PropertyExists(inner, _) => is_element(inner, elements),
        ExprKind::Same(parts) | ExprKind::AllDifferent(parts) => parts.iter().all(|part| is_element(part, elements)),
        _ => false,
    }
}

/// Whether an expression always has a value.
pub(super) fn has_value(expr: &Expr, elements: &FxHashSet<usize>) -> bool {
    match &expr.kind {
        ExprKind::Constant(_) | ExprKind::Parameter(..) | ExprKind::Column(_) => true,
        ExprKind::Property(inner, _) => is_element(inner, elements),
        ExprKind::List(items) => items.iter().all(|item| has_value(item, elements)),
        ExprKind::Coalesce(parts) => parts.iter().all(|part| has_value(part, elements)),
        _ => is_total(expr, elements),
    }
}

fn is_element(expr: &Expr, elements: &FxHashSet<usize>) -> bool {
    matches!(expr.kind, ExprKind::Column(slot) if elements.contains(&slot))
}

/// Adds the slots in which a plan has nodes and edges that a MATCH has just found; `outer` are those of the row that it runs for.
pub(super) fn elements_of(plan: &Plan, outer: &FxHashSet<usize>, out: &mut FxHashSet<usize>) {
    let input = match plan {
        Plan::Argument => {
            out.extend(outer);
            return;
        }
        Plan::Match { input, pattern } => {
            out.extend(pattern.elements());
            input
        }
        Plan::NodeScan { input, slot, .. }
        | Plan::NodeById { input, slot, .. }
        | Plan::NodeUnion { input, slot, .. } => {
            out.insert(*slot);
            input
        }
        Plan::IndexScan { input, scan } => {
            out.insert(scan.slot);
            input
        }
        Plan::VectorSearch { input, search } => {
            out.insert(search.slot);
            input
        }
        Plan::VectorLists { input, lists } => {
            out.insert(lists.slot);
            input
        }
        Plan::TextSearch { input, search } => {
            out.insert(search.slot);
            input
        }
        Plan::Expand { input, expand } => {
            out.extend([expand.edge, expand.to]);
            input
        }
        Plan::ExpandIntersect { input, arms } => {
            out.extend(arms.iter().flat_map(|arm| [arm.edge, arm.to]));
            input
        }
        Plan::EdgeEnds { input, ends } => {
            out.extend([ends.edge, ends.left.0, ends.right.0]);
            input
        }
        Plan::ExpandPath { input, expand } => {
            out.insert(expand.to);
            input
        }
        Plan::ExpandGroup { input, expand } => {
            out.insert(expand.to);
            input
        }
        Plan::SearchPath { input, search } => {
            out.insert(search.to);
            input
        }
        Plan::HashJoin { input, build, .. } => {
            elements_of(build, outer, out);
            input
        }
        Plan::Filter { input, .. }
        | Plan::Prefilter { input, .. }
        | Plan::Recheck { input, .. }
        | Plan::RecheckEdges { input, .. }
        | Plan::Extend { input, .. }
        | Plan::MakePath { input, .. }
        | Plan::Unwind { input, .. }
        | Plan::Degree { input, .. }
        | Plan::SemiJoin { input, .. }
        | Plan::CountJoin { input, .. }
        | Plan::RangeCount { input, .. }
        | Plan::Apply { input, .. } => input,
        _ => return,
    };
    elements_of(input, outer, out);
}

/// Lets a subquery in an expression run for every row, also where its answer is not asked for, if it never fails: so it can still
/// become a join.
pub(super) fn drop_guards(subquery: &mut Plan, outer: &FxHashSet<usize>) {
    let Plan::Match { input, pattern } = subquery else { return };
    let mut elements = outer.clone();
    elements.extend(pattern.elements());
    let edge_is_total = |edge: &PatternEdge| matches!(edge.repeat, None | Some(Repeat::Edge { condition: None, .. }));
    let total = pattern.conditions.iter().all(|condition| is_total(condition, &elements))
        && pattern.deferred.is_empty()
        && pattern.edges.iter().all(edge_is_total);
    if !total {
        return;
    }
    while let Plan::Prefilter { input: below, .. } = &mut **input {
        **input = std::mem::replace(&mut **below, Plan::Unit);
    }
}
