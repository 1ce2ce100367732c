//! Counts the pairs of a join by `<` or the like without making them, where an aggregate above it reads one side only.

use rustc_hash::FxHashSet;
use wend_grammar::ast::{CompareOperator, Span};

use super::{
    path_ends::{add_up, highest},
    total::elements_of,
};
use crate::plan::{
    HashJoin, Plan, RangeCount,
    aggregate::{AggregateCall, AggregateFunction},
    expr::{Expr, ExprKind},
};

/// Rewrites the whole tree.
pub(crate) fn count_pairs(plan: &mut Plan) {
    for input in plan.inputs_mut() {
        count_pairs(input);
    }
    let Plan::Aggregate { input, keys, aggregates } = plan else { return };
    let Some((join, condition, above)) = range_join(input) else { return };
    let Plan::HashJoin { input: left, build, join } = join else { return };
    let Some(range) = &join.range else { return };
    let (mut of_left, mut of_build) = (FxHashSet::default(), FxHashSet::default());
    elements_of(left, &FxHashSet::default(), &mut of_left);
    elements_of(build, &FxHashSet::default(), &mut of_build);
    // A node or an edge that a MATCH has found is there in every row.
    let counts_rows = |call: &AggregateCall| {
        call.function == AggregateFunction::Count
            && !call.distinct
            && match &call.arguments[..] {
                [] => true,
                [Expr { kind: ExprKind::Column(slot), .. }] => of_left.contains(slot) || of_build.contains(slot),
                _ => false,
            }
    };
    let same_for_any_number = |call: &AggregateCall| {
        matches!(call.function, AggregateFunction::Count)
            || call.distinct
            || matches!(call.function, AggregateFunction::Min | AggregateFunction::Max)
    };
    if !aggregates.iter().all(same_for_any_number) {
        return;
    }
    let exprs = || {
        let read = aggregates.iter().filter(|call| !counts_rows(call)).flat_map(|call| &call.arguments);
        keys.iter().chain(read).chain(&above)
    };
    if exprs().any(Expr::is_volatile) {
        return;
    }
    let read: FxHashSet<usize> = exprs().flat_map(Expr::columns).collect();
    // The rows of one side are given, those of the other counted: they must have nothing that is read.
    let swap = if binds_elements_only(build) && read.is_disjoint(&of_build) {
        false
    } else if binds_elements_only(left) && read.is_subset(&of_build) {
        true
    } else {
        return;
    };
    let turned = match range.operator {
        CompareOperator::Less => CompareOperator::Greater,
        CompareOperator::LessOrEqual => CompareOperator::GreaterOrEqual,
        CompareOperator::Greater => CompareOperator::Less,
        CompareOperator::GreaterOrEqual => CompareOperator::LessOrEqual,
        CompareOperator::Equal | CompareOperator::NotEqual => return,
    };
    let within = plan_reads(left).into_iter().chain(plan_reads(build)).max().unwrap_or(0);
    let slot = highest(left).max(highest(build)).max(within).max(read.iter().copied().max().unwrap_or(0)) + 1;
    let (given, counted) = match swap {
        false => (left.clone(), build.clone()),
        true => (build.clone(), left.clone()),
    };
    let count = match swap {
        false => RangeCount {
            operator: range.operator,
            input: range.input.clone(),
            build: range.build.clone(),
            condition: condition.clone(),
            slot,
        },
        true => RangeCount {
            operator: turned,
            input: range.build.clone(),
            build: range.input.clone(),
            condition: condition.clone(),
            slot,
        },
    };
    let whole_rows: Vec<bool> = aggregates.iter().map(counts_rows).collect();
    let counted = Plan::RangeCount { input: given, build: counted, count: Box::new(count) };
    replace_join(input, counted);
    for (call, whole) in aggregates.iter_mut().zip(whole_rows) {
        if whole {
            call.arguments.clear();
        }
    }
    add_up(plan, &Expr::column(slot, Span::default()));
}

/// Whether a plan fills no slots but those of [`elements_of`], and reads no other row.
fn binds_elements_only(plan: &Plan) -> bool {
    match plan {
        Plan::Unit => true,
        Plan::NodeScan { input, .. }
        | Plan::NodeById { input, .. }
        | Plan::IndexScan { input, .. }
        | Plan::Expand { input, .. }
        | Plan::ExpandIntersect { input, .. }
        | Plan::Filter { input, .. }
        | Plan::Prefilter { input, .. }
        | Plan::Recheck { input, .. } => binds_elements_only(input),
        _ => false,
    }
}

fn plan_reads(plan: &Plan) -> Vec<usize> {
    plan.reads_within().unwrap_or_default()
}

/// The join by a comparison below an aggregate, with the condition that it compares by, and those above it that can fail.
fn range_join(plan: &Plan) -> Option<(&Plan, &Expr, Vec<Expr>)> {
    let mut above = Vec::new();
    let mut here = plan;
    loop {
        let Plan::Recheck { input, condition, .. } = here else { return None };
        match &**input {
            Plan::HashJoin { join, .. } if is_plain(join) => return Some((input, condition, above)),
            _ => {
                above.push(condition.clone());
                here = input;
            }
        }
    }
}

fn is_plain(join: &HashJoin) -> bool {
    join.keys.is_empty() && join.different.is_empty() && join.range.is_some() && join.kept.is_none()
}

/// Puts another plan in the place of the join and its condition.
fn replace_join(plan: &mut Plan, other: Plan) {
    let Plan::Recheck { input, .. } = plan else { return };
    match &**input {
        Plan::HashJoin { .. } => *plan = other,
        _ => replace_join(input, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_join_by_a_comparison_alone() {
        let join = Plan::HashJoin { input: Box::new(Plan::Unit), build: Box::new(Plan::Unit), join: Box::default() };
        assert!(range_join(&join).is_none());
        let mut plan = Plan::Aggregate { input: Box::new(join), keys: Vec::new(), aggregates: Vec::new() };
        count_pairs(&mut plan);
        assert!(matches!(plan, Plan::Aggregate { .. }));
    }
}
