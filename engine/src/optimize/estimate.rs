//! How many rows a plan is expected to give, and how much work they are: what joins are chosen by.

use wend_grammar::ast::CompareOperator;
use wend_storage::Direction;

use super::Statistics;
use crate::{
    error::Result,
    plan::{
        ApplyKind, CombineOperator, Plan,
        expr::{Expr, ExprKind, LabelName, LabelTest},
    },
    value::Value,
};

/// Work is counted in rows looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) rows: f64,
    pub(super) work: f64,
}

/// What it costs to look up a key, in rows of a scan.
const LOOKUP: f64 = 4.0;

/// What it costs to run a subquery for a row, besides its own work.
pub(super) const SUBQUERY: f64 = 10.0;

impl Estimate {
    /// One row without work.
    pub(super) const ONE: Estimate = Estimate { rows: 1.0, work: 0.0 };

    /// Of a whole plan.
    pub(super) fn of(plan: &Plan, statistics: &Statistics) -> Result<Estimate> {
        let input = match plan.inputs().first() {
            Some(input) => Self::of(input, statistics)?,
            None => Estimate::ONE,
        };
        Self::above(plan, input, statistics)
    }

    /// Of a plan whose first input is expected to be this.
    pub(super) fn above(plan: &Plan, input: Estimate, statistics: &Statistics) -> Result<Estimate> {
        let Estimate { rows, work } = input;
        let each = |factor: f64, cost: f64| Estimate { rows: rows * factor, work: work + rows * cost };
        Ok(match plan {
            Plan::Unit | Plan::Argument => Estimate::ONE,
            Plan::Table { rows } => Estimate { rows: rows.len() as f64, work: 0.0 },
            Plan::NodeScan { label, .. } => {
                let count = nodes(label.as_ref(), statistics)?;
                each(count, count)
            }
            Plan::NodeById { .. } => each(1.0, LOOKUP),
            Plan::IndexScan { scan, .. } => each(scan.expected, LOOKUP + scan.expected),
            Plan::NodeUnion { branches, .. } => {
                let mut sum = Estimate { rows: 0.0, work: 0.0 };
                for branch in branches {
                    let branch = Self::of(branch, statistics)?;
                    sum = Estimate { rows: sum.rows + branch.rows, work: sum.work + branch.work };
                }
                each(sum.rows, sum.work)
            }
            Plan::Expand { expand, .. } | Plan::CountEdges { expand, .. } => {
                let edges = fan_out(expand.label.as_ref(), expand.direction, statistics)?;
                let found = if expand.into { edges / nodes(None, statistics)?.max(1.0) } else { edges };
                each(found, LOOKUP + edges)
            }
            Plan::ExpandIntersect { arms, .. } => {
                let nodes = nodes(None, statistics)?.max(1.0);
                let (mut found, mut cost) = (nodes, LOOKUP);
                for arm in arms {
                    let edges = fan_out(arm.label.as_ref(), arm.direction, statistics)?;
                    (found, cost) = (found * edges / nodes, cost + edges);
                }
                each(found, cost)
            }
            Plan::Degree { expand, .. } => {
                each(1.0, LOOKUP + fan_out(expand.label.as_ref(), expand.direction, statistics)?)
            }
            Plan::CountJoin { subquery, .. } => {
                let inner = Self::of(subquery, statistics)?;
                Estimate { rows, work: work + rows + inner.work + inner.rows }
            }
            Plan::ExpandPath { expand, .. } => {
                let edges = fan_out(expand.label.as_ref(), expand.direction, statistics)?;
                let length = expand.max.unwrap_or(4).clamp(1, 4);
                let found = edges.max(1.0).powi(length as i32);
                each(found, LOOKUP + found)
            }
            Plan::ExpandGroup { .. } | Plan::SearchPath { .. } => each(10.0, 1000.0),
            Plan::Filter { condition, .. } | Plan::Prefilter { condition, .. } => each(share(condition), 1.0),
            Plan::Unwind { list, .. } => {
                let length = list.list_length().unwrap_or(10) as f64;
                each(length, length)
            }
            Plan::LoadCsv { .. } => each(1000.0, 1000.0),
            Plan::Call { .. } => each(100.0, 1000.0),
            Plan::Aggregate { keys, .. } if keys.is_empty() => Estimate { rows: 1.0, work: work + rows },
            Plan::Aggregate { .. } => Estimate { rows: (rows * 0.1).max(1.0), work: work + rows },
            Plan::Distinct { .. } => each(0.5, 1.0),
            Plan::Limit { count, .. } => match count.kind {
                ExprKind::Constant(Value::Int(count)) => Estimate { rows: rows.min(count.max(0) as f64), work },
                _ => input,
            },
            Plan::Apply { subquery, kind, .. } => {
                let inner = Self::of(subquery, statistics)?;
                match kind {
                    ApplyKind::Optional => each(inner.rows.max(1.0), SUBQUERY + inner.work),
                    ApplyKind::Rows { .. } => each(inner.rows, SUBQUERY + inner.work),
                    // The first row is enough.
                    ApplyKind::Exists { .. } => each(1.0, SUBQUERY + inner.work / inner.rows.max(1.0)),
                    ApplyKind::Count { .. } | ApplyKind::Scalar { .. } => each(1.0, SUBQUERY + inner.work),
                }
            }
            Plan::SemiJoin { subquery, keep, .. } => {
                let inner = Self::of(subquery, statistics)?;
                let share = if keep.is_some() { 0.5 } else { 1.0 };
                Estimate { rows: rows * share, work: work + rows + inner.work }
            }
            Plan::HashJoin { build, join, .. } => {
                let build = Self::of(build, statistics)?;
                let found = rows * build.rows * EQUAL.powi(join.keys.len().min(4) as i32);
                // What is kept has been reckoned where it was decided to keep it.
                let once = if join.kept.is_some() { 0.0 } else { build.work + build.rows };
                Estimate { rows: found, work: work + once + rows + found }
            }
            Plan::Combine { right, operator, .. } => {
                let right = Self::of(right, statistics)?;
                let more = if *operator == CombineOperator::UnionAll { right.rows } else { 0.0 };
                Estimate { rows: rows + more, work: work + right.work }
            }
            Plan::TextSearch { .. } => each(FOUND, FOUND),
            _ => each(1.0, 1.0),
        })
    }
}

/// How many elements a full-text search is expected to find.
const FOUND: f64 = 100.0;

/// The share of rows for which an equality is expected to hold.
const EQUAL: f64 = 0.1;

/// The share of rows for which a condition is expected to hold.
fn share(condition: &Expr) -> f64 {
    match &condition.kind {
        ExprKind::And(parts) => parts.iter().map(share).product(),
        ExprKind::Or(first, rest) => (share(first) + rest.iter().map(|(_, part)| share(part)).sum::<f64>()).min(1.0),
        ExprKind::Compare(CompareOperator::Equal, ..) | ExprKind::StringMatch(..) => EQUAL,
        ExprKind::Compare(CompareOperator::NotEqual, ..) | ExprKind::Not(_) => 0.9,
        ExprKind::Compare(..) => 0.3,
        _ => 0.5,
    }
}

/// The nodes of a label, or all.
fn nodes(label: Option<&LabelName>, statistics: &Statistics) -> Result<f64> {
    let (tx, graph) = (statistics.tx, statistics.graph);
    Ok(match label {
        None => tx.node_count(graph)?,
        Some(name) => match name.id(tx)? {
            Some(label) => tx.node_label_count(graph, label)?,
            None => 0,
        },
    } as f64)
}

/// The edges of a label expression: of names their counts, else all.
pub(super) fn edges(label: Option<&LabelTest>, statistics: &Statistics) -> Result<u64> {
    let (tx, graph) = (statistics.tx, statistics.graph);
    let Some(names) = label.and_then(LabelTest::alternatives) else { return Ok(tx.edge_count(graph)?) };
    let mut labels = Vec::new();
    for name in names {
        labels.extend(name.id(tx)?);
    }
    labels.sort_unstable();
    labels.dedup();
    let mut sum = 0;
    for label in labels {
        sum += tx.edge_label_count(graph, label)?;
    }
    Ok(sum)
}

/// How many edges a node is expected to have.
fn fan_out(label: Option<&LabelTest>, direction: Direction, statistics: &Statistics) -> Result<f64> {
    let ways = if direction == Direction::Both { 2.0 } else { 1.0 };
    Ok(ways * edges(label, statistics)? as f64 / nodes(None, statistics)?.max(1.0))
}
