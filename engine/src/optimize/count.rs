//! Answers COUNT(*) over all nodes, or all nodes of a label, from the stored counts, and over the edges of nodes by counting them
//! where they are found.

use std::{mem, sync::Arc};

use super::Statistics;
use crate::{error::Result, plan::Plan, value::Value};

/// Rewrites the whole tree.
pub(crate) fn use_stored_counts(plan: &mut Plan, statistics: &Statistics) -> Result<()> {
    if let Plan::Aggregate { input, keys, aggregates } = plan
        && keys.is_empty()
        && aggregates.len() == 1
        && aggregates[0].counts_rows()
        && let Plan::NodeScan { input: below, label, .. } = &**input
        && matches!(**below, Plan::Unit)
    {
        let count = match label {
            None => statistics.tx.node_count(statistics.graph)?,
            Some(name) => match name.id(statistics.tx)? {
                Some(label) => statistics.tx.node_label_count(statistics.graph, label)?,
                None => 0,
            },
        };
        *plan = Plan::Table { rows: Arc::new(vec![vec![Value::Int(count as i64)]]) };
        return Ok(());
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
