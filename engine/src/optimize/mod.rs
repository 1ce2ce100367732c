//! Rewrites a bound plan into one that does less work. One rule, one file; each keeps the bag of rows.

mod count;
mod estimate;
mod factorise;
mod filter;
mod group_by_element;
mod index;
mod nearest;
mod order;
mod path_ends;
mod range_count;
mod range_join;
mod statistics;
mod top;
mod total;
mod vector_search;

pub(crate) use statistics::Statistics;

use crate::{error::Result, plan::Plan};

/// Applies the rules whose outcome may be kept from one run of a statement to the next; a MATCH is lowered in any case.
pub(crate) fn optimize(mut plan: Plan, statistics: &Statistics) -> Result<Plan> {
    vector_search::lower_searches(&mut plan, statistics)?;
    if !statistics.improve {
        order::lower_matches(&mut plan, statistics)?;
        return Ok(plan);
    }
    filter::push_into_match(&mut plan);
    order::lower_matches(&mut plan, statistics)?;
    range_join::compare_in_joins(&mut plan);
    order::semi_join::filter_by(&mut plan);
    path_ends::only_where_asked(&mut plan);
    group_by_element::not_by_id(&mut plan);
    factorise::count_by_products(&mut plan, statistics)?;
    range_count::count_pairs(&mut plan);
    top::limit_sorts(&mut plan);
    nearest::leave_out_far(&mut plan);
    Ok(plan)
}

/// Applies the rule whose outcome holds for one snapshot only, to a plan that is about to run.
pub(crate) fn use_snapshot(mut plan: Plan, statistics: &Statistics) -> Result<Plan> {
    if statistics.improve {
        count::use_stored_counts(&mut plan, statistics)?;
    }
    Ok(plan)
}
