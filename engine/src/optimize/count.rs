//! Answers COUNT(*) over all nodes, or all nodes of a label, from the stored counts.

use std::sync::Arc;

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
    for input in plan.inputs_mut() {
        use_stored_counts(input, statistics)?;
    }
    Ok(())
}
