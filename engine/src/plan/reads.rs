//! Which slots an operator reads of its input's rows.

use super::{Plan, expr::Expr, pattern::Repeat};

/// Slots that are read; `None` = any may be.
pub(crate) type Reads = Option<Vec<usize>>;

impl Plan {
    /// The slots that the operator itself reads, and those that a subquery in it reads of the row it runs for.
    pub(crate) fn reads(&self) -> Reads {
        let mut reads = Vec::new();
        let mut add = |expr: &Expr| reads.extend(expr.columns());
        match self {
            Plan::Unit | Plan::Argument | Plan::Table { .. } | Plan::NodeScan { .. } | Plan::CountMatches { .. } => {}
            Plan::NodeById { id, .. } => add(id),
            Plan::IndexScan { scan, .. } => scan.exprs().for_each(add),
            Plan::NodeUnion { branches, .. } => {
                for branch in branches {
                    reads.extend(branch.reads_within()?);
                }
            }
            Plan::Expand { expand, .. } | Plan::CountEdges { expand, .. } | Plan::Degree { expand, .. } => {
                reads.push(expand.from);
                reads.extend(expand.into.then_some(expand.to));
                reads.extend(&expand.different_from);
            }
            Plan::ExpandIntersect { arms, .. } => {
                let own = |slot: &usize| arms.iter().any(|arm| arm.edge == *slot);
                for arm in arms {
                    reads.push(arm.from);
                    reads.extend(arm.different_from.iter().filter(|slot| !own(slot)));
                }
            }
            Plan::EdgeEnds { ends, .. } => {
                reads.extend([ends.edge, ends.left.0, ends.right.0]);
                reads.extend(&ends.different_from);
            }
            Plan::ExpandPath { expand, .. } => {
                reads.push(expand.from);
                reads.extend(expand.into.then_some(expand.to));
                reads.extend(&expand.different_from);
                reads.extend(expand.condition.iter().flat_map(|(_, condition)| condition.columns()));
            }
            Plan::ExpandGroup { expand, .. } => {
                reads.extend([expand.from, expand.to]);
                reads.extend(&expand.different_from);
                reads.extend(expand.group.subquery.reads_within()?);
            }
            Plan::SearchPath { search, .. } => {
                reads.extend([search.from, search.to]);
                reads.extend(&search.different_from);
                search.search.conditions.iter().for_each(|condition| reads.extend(condition.columns()));
                for part in &search.search.parts {
                    part.costs.iter().for_each(|cost| reads.extend(cost.columns()));
                    reads.extend(part.group.subquery.reads_within()?);
                }
            }
            Plan::Filter { condition, .. } | Plan::Prefilter { condition, .. } | Plan::Recheck { condition, .. } => {
                add(condition);
            }
            // The edges of paths are there, and read, only as long as something else reads them.
            Plan::RecheckEdges { condition, .. } => add(condition),
            Plan::Extend { expr, .. } => add(expr),
            Plan::MakePath { parts, cost, .. } => reads.extend(parts.iter().chain(cost)),
            Plan::Unwind { list, .. } => add(list),
            Plan::LoadCsv { load, .. } => {
                [Some(&load.from), load.separator.as_ref()].into_iter().flatten().for_each(add)
            }
            Plan::Project { items, .. } => items.iter().for_each(add),
            Plan::Aggregate { keys, aggregates, .. } => {
                keys.iter().chain(aggregates.iter().flat_map(|call| &call.arguments)).for_each(add);
            }
            Plan::Distinct { width, .. } | Plan::Combine { width, .. } => reads.extend(0..*width),
            Plan::Sort { keys, top, .. } => keys.iter().map(|key| &key.expr).chain(top.iter().flatten()).for_each(add),
            Plan::Nearest { nearest, .. } => {
                nearest.top.iter().chain(nearest.sides.iter().map(|side| &side.other)).for_each(add);
                reads.extend(nearest.sides.iter().map(|side| side.slot));
            }
            Plan::VectorSearch { search, .. } => {
                reads.push(search.query);
                reads.extend(search.limit.columns());
            }
            Plan::VectorLists { lists, .. } => {
                reads.push(lists.query);
                reads.extend(lists.limit.columns());
            }
            Plan::TextSearch { search, .. } => search.exprs().for_each(add),
            Plan::LimitElements { slot, count, .. } => {
                reads.push(*slot);
                reads.extend(count.columns());
            }
            Plan::Offset { count, .. } | Plan::Limit { count, .. } => add(count),
            Plan::Apply { subquery, .. } => reads.extend(subquery.reads_within()?),
            Plan::SemiJoin { keys, each, .. } | Plan::CountJoin { keys, each, .. } => {
                keys.iter().for_each(|(outer, inner)| reads.extend([outer.columns(), inner.columns()].concat()));
                reads.extend(each.reads_within()?);
            }
            Plan::HashJoin { join, .. } => {
                join.keys.iter().for_each(|(outer, inner)| reads.extend([outer.columns(), inner.columns()].concat()));
                join.different.iter().for_each(|(one, other)| reads.extend([one, other]));
                join.range
                    .iter()
                    .for_each(|range| reads.extend([range.input.columns(), range.build.columns()].concat()));
            }
            Plan::RangeCount { count, .. } => add(&count.condition),
            Plan::Match { pattern, .. } => {
                reads.extend(pattern.nodes.iter().map(|node| node.slot));
                reads.extend(pattern.edges.iter().map(|edge| edge.slot));
                reads.extend(pattern.edges.iter().filter_map(|edge| edge.repeat.as_ref()).flat_map(Repeat::reads));
                reads.extend(pattern.paths.iter().flat_map(|path| path.parts.clone()));
                pattern.conditions.iter().for_each(|condition| reads.extend(condition.columns()));
                pattern.deferred.iter().for_each(|(condition, _)| reads.extend(condition.columns()));
            }
            Plan::Merge { .. } | Plan::Insert { .. } | Plan::Set { .. } | Plan::Delete { .. } | Plan::Call { .. } => {
                return None;
            }
        }
        Some(reads)
    }

    /// What the operators of the whole plan read.
    pub(crate) fn reads_within(&self) -> Reads {
        let mut reads = self.reads()?;
        let inputs = self.inputs();
        // What these read has all of their subqueries in it already: twice at each level would be exponential in the depth.
        let counted = match self {
            Plan::Apply { .. } | Plan::NodeUnion { .. } | Plan::ExpandGroup { .. } | Plan::SearchPath { .. } => 1,
            _ => inputs.len(),
        };
        for input in inputs.into_iter().take(counted) {
            reads.extend(input.reads_within()?);
        }
        Some(reads)
    }
}
