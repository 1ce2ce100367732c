//! From plans to operators.

use super::{
    aggregate, apply, call, combine, count_edges, count_join, count_matches, degree, delete, distinct, edge_ends,
    expand, expand_group, expand_path, filter, hash_join, index_scan, insert, intersect, limit, limit_elements,
    load_csv, load_parquet, merge,
    morsels::{Builder, Input, Parts, ReadsTable},
    nearest, node_union,
    operator::BoxOperator,
    profile, project, range_count, scan, search_path, semi_join, set, sort, table, text_search, unwind, vector_lists,
};
use crate::plan::{ApplyKind, Plan};

const BUILDER: &Builder = &Builder { operators: assemble, table: table_of };

/// The operators of a plan. Those of its subqueries are built with it, and rewound to each row that they run for.
pub(crate) fn build(plan: &Plan) -> BoxOperator {
    assemble(plan, &Parts::new(BUILDER))
}

/// The operators of a plan, each counted.
pub(crate) fn build_profiled(plan: &Plan, profile: &profile::Profile) -> BoxOperator {
    assemble(plan, &Parts { profile: Some(profile), ..Parts::new(BUILDER) })
}

fn assemble(plan: &Plan, parts: &Parts<'_>) -> BoxOperator {
    if let Some((source, feed)) = parts.source
        && std::ptr::eq(source, plan)
    {
        return Box::new(feed.clone());
    }
    let operator = operator(plan, parts);
    match parts.profile {
        None => operator,
        Some(profile) => profile.counted(plan, operator),
    }
}

/// What reads the table of a join whose rows are joined with what comes through it.
fn table_of(plan: &Plan, parts: &Parts<'_>) -> Option<Box<dyn ReadsTable>> {
    Some(match plan {
        Plan::HashJoin { build, join, .. } if join.kept.is_none() => {
            Box::new(hash_join::Build::new(Input::of(build, parts), join))
        }
        Plan::SemiJoin { subquery, keys, .. } | Plan::CountJoin { subquery, keys, .. } => {
            Box::new(hash_join::InnerKeys::new(Input::of(subquery, parts), keys, key_counts_name(plan)))
        }
        Plan::RangeCount { build, count, .. } => {
            Box::new(range_count::Build::new(Input::of(build, parts), (**count).clone()))
        }
        _ => return None,
    })
}

/// What a join of a subquery is called in an error.
fn key_counts_name(plan: &Plan) -> &'static str {
    match plan {
        Plan::CountJoin { .. } => "COUNT { } as a hash join",
        _ => "EXISTS as a hash join",
    }
}

fn operator(plan: &Plan, parts: &Parts<'_>) -> BoxOperator {
    let input = |plan: &Plan| assemble(plan, parts);
    let all = |plan: &Plan| Input::of(plan, parts);
    match plan {
        Plan::Unit => Box::new(table::Unit::new()),
        Plan::Argument => Box::new(table::Argument::new()),
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
            Box::new(node_union::NodeUnion::new(input(below), *slot, branches.iter().map(build).collect()))
        }
        Plan::SemiJoin { input: below, subquery, keys, slot, keep, each } => {
            let each = apply::Answers::new(build(each), ApplyKind::Exists { slot: *slot }, None);
            let inner = hash_join::InnerKeys::new(all(subquery), keys, key_counts_name(plan));
            let found = hash_join::KeyCounts::new(inner, keys, parts.table(plan), each);
            Box::new(semi_join::SemiJoin::new(input(below), found, *slot, *keep))
        }
        Plan::HashJoin { input: below, build, join } => {
            let kept = join.kept.clone().or_else(|| parts.table(plan));
            Box::new(hash_join::HashJoin::new(input(below), hash_join::Build::new(all(build), join), join, kept))
        }
        Plan::RangeCount { input: below, build, count } => {
            let build = range_count::Build::new(all(build), (**count).clone());
            Box::new(range_count::RangeCount::new(input(below), build, (**count).clone(), parts.table(plan)))
        }
        Plan::IndexScan { input: below, scan } => Box::new(index_scan::IndexScan::new(input(below), scan.clone())),
        Plan::Expand { input: below, expand } => Box::new(expand::ExpandEdges::new(input(below), (**expand).clone())),
        Plan::ExpandIntersect { input: below, arms } => {
            Box::new(intersect::ExpandIntersect::new(input(below), arms.clone()))
        }
        Plan::CountEdges { input: below, expand } => {
            Box::new(count_edges::CountEdges::new(input(below), (**expand).clone()))
        }
        Plan::Degree { input: below, expand, slot } => {
            Box::new(degree::Degree::new(input(below), (**expand).clone(), *slot))
        }
        Plan::CountJoin { input: below, subquery, keys, slot, each } => {
            let each = apply::Answers::new(build(each), ApplyKind::Count { slot: *slot }, None);
            let inner = hash_join::InnerKeys::new(all(subquery), keys, key_counts_name(plan));
            let found = hash_join::KeyCounts::new(inner, keys, parts.table(plan), each);
            Box::new(count_join::CountJoin::new(input(below), found, *slot))
        }
        Plan::CountMatches { count } => {
            Box::new(count_matches::CountMatches::new((**count).clone(), input(&count.otherwise)))
        }
        Plan::EdgeEnds { input: below, ends } => Box::new(edge_ends::BindEnds::new(input(below), ends.clone())),
        Plan::ExpandPath { input: below, expand } => {
            Box::new(expand_path::ExpandPaths::new(input(below), (**expand).clone()))
        }
        Plan::ExpandGroup { input: below, expand } => {
            Box::new(expand_group::ExpandGroups::new(input(below), (**expand).clone(), build(&expand.group.subquery)))
        }
        Plan::SearchPath { input: below, search } => {
            let subqueries = search.search.parts.iter().map(|part| build(&part.group.subquery)).collect();
            Box::new(search_path::SearchPaths::new(input(below), (**search).clone(), subqueries))
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
        Plan::MakePath { input: below, slot, parts, cost } => {
            Box::new(project::MakePath::new(input(below), *slot, parts.clone(), *cost))
        }
        Plan::Unwind { input: below, list, slot, counter } => {
            Box::new(unwind::Unwind::new(input(below), list.clone(), *slot, *counter))
        }
        Plan::LoadCsv { input: below, load } if load.parquet => {
            Box::new(load_parquet::LoadParquet::new(input(below), (**load).clone()))
        }
        Plan::LoadCsv { input: below, load } => Box::new(load_csv::LoadCsv::new(input(below), (**load).clone())),
        Plan::Project { input: below, items } => Box::new(project::Project::new(input(below), items.clone())),
        Plan::Aggregate { input: below, keys, aggregates } => {
            let below = match aggregate::in_any_order(keys, aggregates) {
                true => all(below),
                false => Input::in_order(below, parts),
            };
            Box::new(aggregate::Aggregate::new(below, keys.clone(), aggregates.clone()))
        }
        Plan::Distinct { input: below, width } => Box::new(distinct::Distinct::new(input(below), *width)),
        Plan::Sort { input: below, keys, top } => {
            let below = match keys.iter().any(|key| key.expr.is_volatile()) {
                false => all(below),
                true => Input::in_order(below, parts),
            };
            Box::new(sort::Sort::new(below, keys.clone(), top.clone()))
        }
        Plan::Nearest { input: below, nearest } => Box::new(nearest::Nearest::new(input(below), (**nearest).clone())),
        // The optimiser lowers every search.
        Plan::VectorSearch { input: below, .. } => input(below),
        Plan::VectorLists { input: below, lists } => {
            let accept = lists.accept.as_ref().map(build);
            Box::new(vector_lists::VectorLists::new(input(below), (**lists).clone(), accept))
        }
        Plan::TextSearch { input: below, search } => {
            Box::new(text_search::TextSearch::new(input(below), (**search).clone()))
        }
        Plan::LimitElements { input: below, slot, count } => {
            Box::new(limit_elements::LimitElements::new(input(below), *slot, count.clone()))
        }
        Plan::Offset { input: below, count } => Box::new(limit::Offset::new(input(below), count.clone())),
        Plan::Limit { input: below, count } => Box::new(limit::Limit::new(input(below), count.clone())),
        Plan::Apply { input: below, subquery, kind, reads } => {
            let each = apply::Answers::new(build(subquery), kind.clone(), reads.clone());
            Box::new(apply::Apply::new(input(below), each, subquery.writes()))
        }
        Plan::Combine { left, right, operator, width } => {
            Box::new(combine::Combine::new(input(left), input(right), *operator, *width))
        }
        Plan::Merge { input: below, matching, creating } => {
            Box::new(merge::Merge::new(input(below), build(matching), build(creating)))
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
