//! An edge that nobody reads is not kept. A path of which nobody reads the edges is searched for its ends: where the same row twice makes no difference (EXISTS, DISTINCT,
//! MIN, LIMIT 1), each end once; below COUNT, each end once with the number of walks to it, which the count then adds up.

use std::mem;

use rustc_hash::FxHashSet;
use wend_grammar::ast::{PathMode, PathSearch, Span};

use crate::{
    plan::{
        ApplyKind, CombineOperator, ExpandGroup, ExpandPath, PathRows, Plan,
        aggregate::{AggregateCall, AggregateFunction},
        expr::{Arithmetic, Expr, ExprKind},
    },
    value::Value,
};

/// What is done with the rows of a plan.
#[derive(Clone)]
struct Use {
    /// The slots that are read; `None` = any may be.
    reads: Option<FxHashSet<usize>>,
    /// The same row twice makes no difference.
    once: bool,
}

impl Use {
    fn of(slots: impl IntoIterator<Item = usize>, once: bool) -> Self {
        Use { reads: Some(slots.into_iter().collect()), once }
    }

    fn reads(&self, slot: usize) -> bool {
        self.reads.as_ref().is_none_or(|reads| reads.contains(&slot))
    }

    /// With what the operator above the plan reads.
    fn through(mut self, plan: &Plan) -> Self {
        match (plan.reads(), &mut self.reads) {
            (Some(more), Some(reads)) => reads.extend(more),
            _ => self.reads = None,
        }
        self
    }
}

/// Rewrites the whole tree.
pub(crate) fn only_where_asked(plan: &mut Plan) {
    visit(plan, Use { reads: None, once: false });
}

fn visit(plan: &mut Plan, used: Use) {
    drop_unread_paths(plan, &used);
    count_walks(plan);
    let below = used.clone().through(plan);
    match plan {
        Plan::ExpandPath { input, expand } => {
            if !used.reads(expand.edges) && ends_are_enough(expand, used.once) {
                give_ends(expand, PathRows::Ends);
            }
            visit(input, below);
        }
        Plan::ExpandGroup { input, expand } => {
            if used.once && group_ends_are_enough(expand) && reads_nothing_of(expand, &used) {
                expand.give = PathRows::Ends;
            }
            visit(&mut expand.group.subquery, Use { reads: None, once: false });
            visit(input, below);
        }
        Plan::Project { input, items } => {
            let once = used.once && !items.iter().any(Expr::is_volatile);
            let reads: Vec<usize> = items.iter().flat_map(Expr::columns).collect();
            visit(input, Use::of(reads, once));
        }
        Plan::Aggregate { input, keys, aggregates } => {
            let same = |call: &AggregateCall| {
                call.distinct || matches!(call.function, AggregateFunction::Min | AggregateFunction::Max)
            };
            let once = aggregates.iter().all(same);
            let read = keys.iter().chain(aggregates.iter().flat_map(|call| &call.arguments)).flat_map(Expr::columns);
            let below = Use::of(read.collect::<Vec<_>>(), once);
            visit(input, below);
        }
        Plan::Distinct { input, .. } => visit(input, Use { once: true, ..below }),
        Plan::Limit { input, count } => {
            let one = matches!(count.kind, ExprKind::Constant(Value::Int(0 | 1)));
            visit(input, Use { once: one, ..below });
        }
        Plan::Sort { input, top, .. } => {
            let once = below.once && top.is_none();
            visit(input, Use { once, ..below });
        }
        Plan::Filter { input, condition } => {
            let once = below.once && !condition.is_volatile();
            visit(input, Use { once, ..below });
        }
        Plan::Extend { input, expr, .. } => {
            let once = below.once && !expr.is_volatile();
            visit(input, Use { once, ..below });
        }
        Plan::Expand { input, expand } => {
            expand.edge_unread = !used.reads(expand.edge);
            visit(input, below);
        }
        Plan::ExpandIntersect { input, arms } => {
            arms.iter_mut().for_each(|arm| arm.edge_unread = !used.reads(arm.edge));
            visit(input, below);
        }
        Plan::NodeScan { input, .. }
        | Plan::NodeById { input, .. }
        | Plan::IndexScan { input, .. }
        | Plan::NodeUnion { input, .. }
        | Plan::Degree { input, .. }
        | Plan::EdgeEnds { input, .. }
        | Plan::Prefilter { input, .. }
        | Plan::Recheck { input, .. }
        | Plan::RecheckEdges { input, .. }
        | Plan::MakePath { input, .. }
        | Plan::Unwind { input, .. }
        | Plan::SearchPath { input, .. } => visit(input, below),
        Plan::Apply { input, subquery, kind, .. } => {
            let inner = match kind {
                ApplyKind::Exists { .. } => Use::of([], true),
                ApplyKind::Count { .. } => Use::of([], false),
                ApplyKind::Scalar { .. } => Use::of([0], false),
                ApplyKind::Optional => used.clone(),
                ApplyKind::Rows { outputs, .. } => Use::of(outputs.iter().map(|(inner, _)| *inner), used.once),
            };
            visit(subquery, inner);
            visit(input, below);
        }
        Plan::SemiJoin { input, subquery, keys, each, .. } => {
            visit(subquery, Use::of(keys.iter().flat_map(|(_, inner)| inner.columns()), true));
            visit(each, Use::of([], true));
            visit(input, below);
        }
        Plan::CountJoin { input, subquery, keys, each, .. } => {
            visit(subquery, Use::of(keys.iter().flat_map(|(_, inner)| inner.columns()), false));
            visit(each, Use::of([], false));
            visit(input, below);
        }
        Plan::HashJoin { input, build, .. } => {
            visit(build, below.clone());
            visit(input, below);
        }
        Plan::Combine { left, right, operator, width } => {
            let once = used.once && *operator == CombineOperator::UnionAll;
            for side in [left, right] {
                visit(side, Use::of(0..*width, once));
            }
        }
        _ => {
            for input in plan.inputs_mut() {
                visit(input, Use { reads: None, once: false });
            }
        }
    }
}

/// A path variable that nobody reads is not made.
fn drop_unread_paths(plan: &mut Plan, used: &Use) {
    while let Plan::MakePath { input, slot, .. } = plan
        && !used.reads(*slot)
    {
        *plan = mem::replace(&mut **input, Plan::Unit);
    }
}

/// Without the edges nothing can be asked of them again: a condition that fails is an error at once.
fn give_ends(expand: &mut ExpandPath, give: PathRows) {
    expand.give = give;
    expand.failed = None;
}

/// Whether the ends of paths say all: each once where that is asked for, or where a search finds one path to each in any case.
fn ends_are_enough(expand: &ExpandPath, once: bool) -> bool {
    let short = expand.min <= 1;
    match expand.search {
        PathSearch::All => once && (short || expand.mode == PathMode::Walk),
        PathSearch::Any | PathSearch::AnyShortest => short && matches!(expand.mode, PathMode::Walk | PathMode::Trail),
        PathSearch::AllShortest => once && short && matches!(expand.mode, PathMode::Walk | PathMode::Trail),
        PathSearch::ShortestK { .. }
        | PathSearch::AnyCheapest
        | PathSearch::AllCheapest
        | PathSearch::CheapestK { .. } => false,
    }
}

/// Whether the same holds for the repetitions of a parenthesised path: of a trail only where each is one edge, since two
/// repetitions of more may have edges in common.
fn group_ends_are_enough(expand: &ExpandGroup) -> bool {
    let group = &expand.group;
    !group.trail || (group.min <= 1 && matches!(group.edges[..], [edge] if is_one_edge(&group.subquery, edge)))
}

fn is_one_edge(plan: &Plan, slot: usize) -> bool {
    matches!(plan, Plan::Expand { expand, .. } if expand.edge == slot)
        || plan.inputs().first().is_some_and(|input| is_one_edge(input, slot))
}

fn reads_nothing_of(expand: &ExpandGroup, used: &Use) -> bool {
    !used.reads(expand.edges) && !expand.group.variables.iter().any(|(_, outer)| used.reads(*outer))
}

/// COUNT over walks, as an aggregate or as a subquery, becomes a sum of the numbers of walks.
fn count_walks(plan: &mut Plan) {
    match plan {
        Plan::Aggregate { input, keys, aggregates } => {
            let counts = |call: &AggregateCall| call.function == AggregateFunction::Count && !call.distinct;
            let same = |call: &AggregateCall| {
                call.distinct || matches!(call.function, AggregateFunction::Min | AggregateFunction::Max)
            };
            if !aggregates.iter().any(counts) || !aggregates.iter().all(|call| counts(call) || same(call)) {
                return;
            }
            let read = keys.iter().chain(aggregates.iter().flat_map(|call| &call.arguments)).flat_map(Expr::columns);
            let used = Use::of(read.collect::<Vec<_>>(), false);
            let Some(weight) = weigh(input, used) else { return };
            add_up(plan, &weight);
        }
        Plan::Apply { subquery, kind: kind @ ApplyKind::Count { .. }, .. } => {
            let ApplyKind::Count { slot } = *kind else { return };
            if sum_walks(subquery) {
                *kind = ApplyKind::Scalar { slot, span: Span::default() };
            }
        }
        Plan::CountJoin { input, each, slot, .. } => {
            let slot = *slot;
            if sum_walks(each) {
                let kind = ApplyKind::Scalar { slot, span: Span::default() };
                let (input, subquery) =
                    (mem::replace(input, Box::new(Plan::Unit)), mem::replace(each, Box::new(Plan::Unit)));
                *plan = Plan::Apply { input, subquery, kind, reads: None };
            }
        }
        _ => {}
    }
}

/// Makes the counts of an aggregate sums of what each row stands for.
pub(super) fn add_up(plan: &mut Plan, weight: &Expr) {
    let Plan::Aggregate { keys, aggregates, .. } = plan else { return };
    let (width, first) = (keys.len() + aggregates.len(), keys.len());
    let mut items: Vec<Expr> = (0..width).map(|slot| Expr::column(slot, Span::default())).collect();
    for (call, item) in aggregates.iter_mut().zip(&mut items[first..]) {
        if call.function != AggregateFunction::Count || call.distinct {
            continue;
        }
        call.function = AggregateFunction::Sum;
        let weight = Expr::new(weight.kind.clone(), call.span);
        call.arguments = vec![match call.arguments.pop() {
            None => weight,
            Some(counted) => {
                let is_null = Expr::new(ExprKind::IsNull(Box::new(counted)), call.span);
                let branches = vec![(is_null, Expr::constant(Value::Null))];
                Expr::new(ExprKind::Case { branches, otherwise: Some(Box::new(weight)) }, call.span)
            }
        }];
        *item = or_zero(item.clone());
    }
    let aggregate = mem::replace(plan, Plan::Unit);
    *plan = Plan::Project { input: Box::new(aggregate), items };
}

/// Makes a plan whose rows are to be counted one that gives their number, where there are walks to count.
fn sum_walks(plan: &mut Plan) -> bool {
    let Some(weight) = weigh(plan, Use::of([], false)) else { return false };
    let span = Span::default();
    let sum = AggregateCall { function: AggregateFunction::Sum, distinct: false, arguments: vec![weight], span };
    let input = Box::new(mem::replace(plan, Plan::Unit));
    let aggregate = Plan::Aggregate { input, keys: Vec::new(), aggregates: vec![sum] };
    *plan = Plan::Project { input: Box::new(aggregate), items: vec![or_zero(Expr::column(0, span))] };
    true
}

fn or_zero(sum: Expr) -> Expr {
    let span = sum.span;
    Expr::new(ExprKind::Coalesce(vec![sum, Expr::constant(Value::Int(0))]), span)
}

/// Has the searches for walks in a plan count them; gives what a row stands for: the product of their counts.
fn weigh(plan: &mut Plan, used: Use) -> Option<Expr> {
    let next =
        plan.reads_within()?.into_iter().chain(used.reads.iter().flatten().copied()).max().map_or(0, |slot| slot + 1);
    // Slots that are filled and never read are beyond those that are read.
    let mut slots = next.max(highest(plan) + 1)..;
    let mut counts = Vec::new();
    weigh_below(plan, used, &mut slots, &mut counts);
    let mut factors = counts.into_iter().map(|slot| Expr::column(slot, Span::default()));
    let first = factors.next()?;
    let rest: Vec<_> = factors.map(|factor| (Arithmetic::Multiply, factor)).collect();
    Some(match rest.is_empty() {
        true => first,
        false => Expr::new(ExprKind::Arithmetic(Box::new(first), rest), Span::default()),
    })
}

fn weigh_below(plan: &mut Plan, used: Use, slots: &mut std::ops::RangeFrom<usize>, counts: &mut Vec<usize>) {
    drop_unread_paths(plan, &used);
    let below = used.clone().through(plan);
    match plan {
        Plan::ExpandPath { input, expand } => {
            if expand.mode == PathMode::Walk
                && expand.search == PathSearch::All
                && !expand.different_edges
                && expand.max.is_some()
                && !used.reads(expand.edges)
                && let Some(slot) = slots.next()
            {
                give_ends(expand, PathRows::Counts(slot));
                counts.push(slot);
            }
            weigh_below(input, below, slots, counts);
        }
        Plan::ExpandGroup { input, expand } => {
            if !expand.group.trail
                && expand.group.max.is_some()
                && reads_nothing_of(expand, &used)
                && let Some(slot) = slots.next()
            {
                expand.give = PathRows::Counts(slot);
                counts.push(slot);
            }
            weigh_below(input, below, slots, counts);
        }
        Plan::HashJoin { input, build, .. } => {
            weigh_below(build, below.clone(), slots, counts);
            weigh_below(input, below, slots, counts);
        }
        Plan::NodeScan { input, .. }
        | Plan::NodeById { input, .. }
        | Plan::IndexScan { input, .. }
        | Plan::NodeUnion { input, .. }
        | Plan::Expand { input, .. }
        | Plan::ExpandIntersect { input, .. }
        | Plan::Degree { input, .. }
        | Plan::EdgeEnds { input, .. }
        | Plan::Filter { input, .. }
        | Plan::Prefilter { input, .. }
        | Plan::Recheck { input, .. }
        | Plan::RecheckEdges { input, .. }
        | Plan::Extend { input, .. }
        | Plan::MakePath { input, .. }
        | Plan::Apply { input, .. }
        | Plan::SemiJoin { input, .. }
        | Plan::CountJoin { input, .. } => {
            weigh_below(input, below, slots, counts);
        }
        _ => {}
    }
}

/// The highest slot that an operator of a plan fills.
pub(super) fn highest(plan: &Plan) -> usize {
    let own = match plan {
        Plan::NodeScan { slot, .. }
        | Plan::NodeById { slot, .. }
        | Plan::NodeUnion { slot, .. }
        | Plan::Degree { slot, .. }
        | Plan::Extend { slot, .. }
        | Plan::MakePath { slot, .. }
        | Plan::SemiJoin { slot, .. }
        | Plan::CountJoin { slot, .. } => *slot,
        Plan::CountMatches { count } => count.count,
        Plan::RangeCount { count, .. } => count.slot,
        Plan::IndexScan { scan, .. } => scan.slot,
        Plan::Expand { expand, .. } => expand.edge.max(expand.to),
        Plan::ExpandIntersect { arms, .. } => arms.iter().map(|arm| arm.edge.max(arm.to)).max().unwrap_or(0),
        Plan::EdgeEnds { ends, .. } => ends.edge.max(ends.left.0).max(ends.right.0),
        Plan::ExpandPath { expand, .. } => expand.edges.max(expand.to),
        Plan::ExpandGroup { expand, .. } => {
            let outer = expand.group.variables.iter().map(|(inner, outer)| *inner.max(outer));
            outer.fold(expand.edges.max(expand.to), usize::max)
        }
        Plan::SearchPath { search, .. } => search.search.outputs().fold(search.edges.max(search.to), usize::max),
        Plan::Unwind { slot, counter, .. } => counter.map_or(*slot, |(counter, _)| counter.max(*slot)),
        Plan::LoadCsv { load, .. } => load.slot,
        Plan::Project { items, .. } => items.len(),
        Plan::Aggregate { keys, aggregates, .. } => keys.len() + aggregates.len(),
        Plan::Apply { kind, .. } => match kind {
            ApplyKind::Optional => 0,
            ApplyKind::Rows { outputs, .. } => {
                outputs.iter().map(|(inner, outer)| *inner.max(outer)).max().unwrap_or(0)
            }
            ApplyKind::Exists { slot } | ApplyKind::Count { slot } | ApplyKind::Scalar { slot, .. } => *slot,
        },
        _ => 0,
    };
    plan.inputs().into_iter().map(highest).fold(own, usize::max)
}
