//! Rewrites a bound plan into one that does less work. One rule, one file; each keeps the bag of rows.

mod count;
mod filter;
mod index;
mod order;
mod top;

pub(crate) use filter::split;
use wend_storage::{GraphId, Transaction};

use crate::{error::Result, exec::context::Statement, plan::Plan};

/// What the rules may ask about the graph.
pub(crate) struct Statistics<'a> {
    pub(crate) tx: &'a Transaction,
    pub(crate) graph: GraphId,
    /// Without it a plan does just what is written, in the order in which it is written.
    pub(crate) improve: bool,
}

impl<'a> Statistics<'a> {
    /// Those of the graph that a statement works on.
    pub(crate) fn of(st: &'a Statement) -> Self {
        Statistics { tx: &st.tx, graph: st.graph, improve: st.database.options().optimize }
    }
}

/// Applies the rules; a MATCH is lowered in any case.
pub(crate) fn optimize(mut plan: Plan, statistics: &Statistics) -> Result<Plan> {
    if !statistics.improve {
        order::lower_matches(&mut plan, statistics)?;
        return Ok(plan);
    }
    filter::push_into_match(&mut plan);
    order::lower_matches(&mut plan, statistics)?;
    top::limit_sorts(&mut plan);
    count::use_stored_counts(&mut plan, statistics)?;
    Ok(plan)
}
