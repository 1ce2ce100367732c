//! From plans to operators.

use super::{
    aggregate, apply, call, combine, count_edges, count_join, degree, delete, distinct, edge_ends, expand,
    expand_group, expand_path, filter, hash_join, index_scan, insert, limit, load_csv, merge, node_union,
    operator::BoxOperator, profile, project, scan, search_path, semi_join, set, sort, table, unwind,
};
use crate::{
    plan::{ApplyKind, Plan, kept::KeptTable},
    runtime::batch::Batch,
};

/// The operators of a plan; `argument` is the row of the outer query, where there is one.
pub(crate) fn build(plan: &Plan, argument: Option<&Batch>) -> BoxOperator {
    assemble(plan, argument, None)
}

/// The operators of a plan, each counted; those of subqueries, which are made anew for each row, are not.
pub(crate) fn build_profiled(plan: &Plan, profile: &profile::Profile) -> BoxOperator {
    assemble(plan, None, Some(profile))
}

fn assemble(plan: &Plan, argument: Option<&Batch>, profile: Option<&profile::Profile>) -> BoxOperator {
    let operator = operator(plan, argument, profile);
    match profile {
        None => operator,
        Some(profile) => profile.counted(plan, operator),
    }
}

fn operator(plan: &Plan, argument: Option<&Batch>, profile: Option<&profile::Profile>) -> BoxOperator {
    let input = |plan: &Plan| assemble(plan, argument, profile);
    match plan {
        Plan::Unit => Box::new(table::Once::new(Batch::unit())),
        Plan::Argument => Box::new(table::Once::new(argument.cloned().unwrap_or_else(Batch::unit))),
        Plan::Table { rows } => Box::new(table::Table::new(rows.clone())),
        // The optimiser lowers every pattern; an empty one matches once.
        Plan::Match { input: below, .. } => input(below),
        Plan::NodeScan { input: below, slot, label } => {
            Box::new(scan::NodeScan::new(input(below), *slot, label.clone()))
        }
        Plan::NodeById { input: below, slot, id, many } => {
            Box::new(scan::NodeById::new(input(below), *slot, id.clone(), *many))
        }
        Plan::NodeUnion { input: below, slot, branches } => {
            Box::new(node_union::NodeUnion::new(input(below), *slot, branches.clone()))
        }
        Plan::SemiJoin { input: below, subquery, keys, slot, keep, each } => {
            let found = hash_join::KeyCounts::new(input(subquery), keys, each, ApplyKind::Exists { slot: *slot });
            Box::new(semi_join::SemiJoin::new(input(below), found, *slot, *keep))
        }
        Plan::HashJoin { input: below, build, join } => {
            // What is kept already is not read again.
            let known = join.kept.as_ref().is_some_and(KeptTable::is_there);
            let build = if known { Box::new(table::Once::new(Batch::default())) } else { input(build) };
            Box::new(hash_join::HashJoin::new(input(below), build, join))
        }
        Plan::IndexScan { input: below, scan } => Box::new(index_scan::IndexScan::new(input(below), scan.clone())),
        Plan::Expand { input: below, expand } => Box::new(expand::ExpandEdges::new(input(below), (**expand).clone())),
        Plan::CountEdges { input: below, expand } => {
            Box::new(count_edges::CountEdges::new(input(below), (**expand).clone()))
        }
        Plan::Degree { input: below, expand, slot } => {
            Box::new(degree::Degree::new(input(below), (**expand).clone(), *slot))
        }
        Plan::CountJoin { input: below, subquery, keys, slot, each } => {
            let found = hash_join::KeyCounts::new(input(subquery), keys, each, ApplyKind::Count { slot: *slot });
            Box::new(count_join::CountJoin::new(input(below), found, *slot))
        }
        Plan::EdgeEnds { input: below, ends } => Box::new(edge_ends::BindEnds::new(input(below), ends.clone())),
        Plan::ExpandPath { input: below, expand } => {
            Box::new(expand_path::ExpandPaths::new(input(below), (**expand).clone()))
        }
        Plan::ExpandGroup { input: below, expand } => {
            Box::new(expand_group::ExpandGroups::new(input(below), (**expand).clone()))
        }
        Plan::SearchPath { input: below, search } => {
            Box::new(search_path::SearchPaths::new(input(below), (**search).clone()))
        }
        Plan::Filter { input: below, condition } => Box::new(filter::Filter::new(input(below), condition.clone())),
        Plan::Prefilter { input: below, condition, failed } => {
            Box::new(filter::Prefilter::new(input(below), condition.clone(), failed.clone()))
        }
        Plan::Recheck { input: below, condition, failed } => {
            Box::new(filter::Recheck::new(input(below), condition.clone(), failed.clone()))
        }
        Plan::RecheckEdges { input: below, edges, slot, condition, failed } => {
            let recheck = filter::Recheck::new(input(below), condition.clone(), failed.clone());
            Box::new(filter::RecheckEdges::new(recheck, *edges, *slot))
        }
        Plan::Extend { input: below, slot, expr } => Box::new(project::Extend::new(input(below), *slot, expr.clone())),
        Plan::MakePath { input: below, slot, parts } => {
            Box::new(project::MakePath::new(input(below), *slot, parts.clone()))
        }
        Plan::Unwind { input: below, list, slot, counter } => {
            Box::new(unwind::Unwind::new(input(below), list.clone(), *slot, *counter))
        }
        Plan::LoadCsv { input: below, load } => Box::new(load_csv::LoadCsv::new(input(below), (**load).clone())),
        Plan::Project { input: below, items } => Box::new(project::Project::new(input(below), items.clone())),
        Plan::Aggregate { input: below, keys, aggregates } => {
            Box::new(aggregate::Aggregate::new(input(below), keys.clone(), aggregates.clone()))
        }
        Plan::Distinct { input: below, width } => Box::new(distinct::Distinct::new(input(below), *width)),
        Plan::Sort { input: below, keys, top } => Box::new(sort::Sort::new(input(below), keys.clone(), top.clone())),
        Plan::Offset { input: below, count } => Box::new(limit::Offset::new(input(below), count.clone())),
        Plan::Limit { input: below, count } => Box::new(limit::Limit::new(input(below), count.clone())),
        Plan::Apply { input: below, subquery, kind, reads } => {
            Box::new(apply::Apply::new(input(below), (**subquery).clone(), kind.clone(), reads.clone()))
        }
        Plan::Combine { left, right, operator, width } => {
            Box::new(combine::Combine::new(input(left), input(right), *operator, *width))
        }
        Plan::Merge { input: below, matching, creating } => {
            Box::new(merge::Merge::new(input(below), (**matching).clone(), (**creating).clone()))
        }
        Plan::Insert { input: below, nodes, edges } => {
            Box::new(insert::Insert::new(input(below), nodes.clone(), edges.clone()))
        }
        Plan::Set { input: below, items } => Box::new(set::Set::new(input(below), items.clone())),
        Plan::Delete { input: below, items, detach, span } => {
            Box::new(delete::Delete::new(input(below), items.clone(), *detach, *span))
        }
        Plan::Call { input: below, call } => Box::new(call::Call::new(input(below), call.clone())),
    }
}
