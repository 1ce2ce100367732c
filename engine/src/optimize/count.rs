//! Answers COUNT(*) over all nodes, or all nodes of a label, and over all edges, or those of labels, from the stored counts, and
//! over the edges of nodes by counting them where they are found. COUNT of a variable that a scan or an expansion below it fills
//! is COUNT(*): that is never NULL.

use std::{mem, sync::Arc};

use wend_storage::Direction;

use super::{Statistics, estimate::edges};
use crate::{
    error::Result,
    plan::{
        Plan,
        aggregate::AggregateFunction,
        expr::{Expr, ExprKind},
    },
    value::Value,
};

/// Rewrites the whole tree.
pub(crate) fn use_stored_counts(plan: &mut Plan, statistics: &Statistics) -> Result<()> {
    if let Plan::Aggregate { input, keys, aggregates } = plan
        && keys.is_empty()
        && let [call] = &mut aggregates[..]
    {
        if call.function == AggregateFunction::Count
            && !call.distinct
            && let [Expr { kind: ExprKind::Column(slot), .. }] = call.arguments[..]
            && fills(input, slot)
        {
            call.arguments.clear();
        }
        if call.counts_rows()
            && let Some(count) = stored(input, statistics)?
        {
            *plan = Plan::Table { rows: Arc::new(vec![vec![Value::Int(count as i64)]]) };
            return Ok(());
        }
    }
    if let Plan::Aggregate { input, keys, aggregates } = plan
        && keys.is_empty()
        && aggregates.len() == 1
        && aggregates[0].counts_rows()
        && let Plan::Expand { input: below, expand } = &mut **input
        && !expand.into
    {
        *plan = Plan::CountEdges { input: mem::replace(below, Box::new(Plan::Unit)), expand: expand.clone() };
    }
    for input in plan.inputs_mut() {
        use_stored_counts(input, statistics)?;
    }
    Ok(())
}

/// How many rows a plan gives, where the counts tell.
fn stored(plan: &Plan, statistics: &Statistics) -> Result<Option<u64>> {
    let (tx, graph) = (statistics.tx, statistics.graph);
    Ok(match plan {
        Plan::NodeScan { input, label, .. } if matches!(**input, Plan::Unit) => Some(match label {
            None => tx.node_count(graph)?,
            Some(name) => match name.id(tx)? {
                Some(label) => tx.node_label_count(graph, label)?,
                None => 0,
            },
        }),
        // Each edge is found once, from one of its ends. Both ways a self-loop would be found once and any other edge twice.
        Plan::Expand { input, expand } if expand.direction != Direction::Both && !expand.into => match &**input {
            Plan::NodeScan { input, label: None, slot }
                if matches!(**input, Plan::Unit) && *slot == expand.from && expand.different_from.is_empty() =>
            {
                let counted = expand.label.as_ref().is_none_or(|label| label.alternatives().is_some());
                if counted { Some(edges(expand.label.as_ref(), statistics)?) } else { None }
            }
            _ => None,
        },
        _ => None,
    })
}

/// Whether scans and expansions fill the slot in every row.
fn fills(plan: &Plan, slot: usize) -> bool {
    match plan {
        Plan::NodeScan { input, slot: filled, .. } | Plan::NodeById { input, slot: filled, .. } => {
            *filled == slot || fills(input, slot)
        }
        Plan::IndexScan { input, scan } => scan.slot == slot || fills(input, slot),
        Plan::Expand { input, expand } => {
            expand.edge == slot || (!expand.into && expand.to == slot) || fills(input, slot)
        }
        Plan::Filter { input, .. } => fills(input, slot),
        _ => false,
    }
}
