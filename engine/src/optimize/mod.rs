//! Rewrites a bound plan into one that does less work. One rule, one file; each keeps the bag of rows.

mod count;
mod filter;
mod index;
mod order;
mod top;

pub(crate) use filter::split;
use wend_storage::{GraphId, Transaction};

use crate::{error::Result, plan::Plan};

/// What the rules may ask about the graph.
pub(crate) struct Statistics<'a> {
    pub(crate) tx: &'a Transaction,
    pub(crate) graph: GraphId,
}

/// Applies the rules.
pub(crate) fn optimize(mut plan: Plan, statistics: &Statistics) -> Result<Plan> {
    filter::push_into_match(&mut plan);
    order::lower_matches(&mut plan, statistics)?;
    top::limit_sorts(&mut plan);
    count::use_stored_counts(&mut plan, statistics)?;
    Ok(plan)
}
