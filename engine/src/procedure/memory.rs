//! Memory that a call is expected to need.

use wend_algorithms::{ColumnGroups, Estimate, GraphShape};

use super::fit::Fit;
use crate::{
    error::{Error, ErrorKind, Result},
    registry::Procedure,
    runtime::statement::Statement,
    value::Value,
};

/// Refuses a search whose estimate is beyond its own limit or that of the statement, before any work.
pub(super) fn check_memory(st: &Statement, procedure: Procedure, estimate: Estimate, asked: Option<u64>) -> Result<()> {
    if let Some(most) = asked.filter(|&most| estimate.bytes > most) {
        return Err(Error::new(
            ErrorKind::Memory,
            "22000",
            format!("{} would need about {} bytes, and maxMemory is {most}", procedure.name(), estimate.bytes),
        )
        .with_hint("raise maxMemory, ask for fewer nodes at a time, or lower k"));
    }
    let limit = st.memory.limit();
    if limit == 0 || estimate.bytes <= limit {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Memory,
        "22000",
        format!(
            "{} would need about {} MiB, and the memory limit is {} MiB",
            procedure.name(),
            estimate.bytes >> 20,
            limit >> 20
        ),
    )
    .with_hint("lower its parameters, narrow the graph with nodeLabels and edgeLabels, or raise memory_limit"))
}

/// What would run.
pub(super) enum Plan {
    Fits(Fit),
    /// Nothing: it does not fit.
    Refused,
}

/// The row of the mode `estimate`; `usual` = the groups to tell of when all columns fit.
pub(super) fn estimate_row(
    shape: GraphShape,
    estimate: Estimate,
    usual: Option<ColumnGroups>,
    plan: Plan,
) -> Vec<Value> {
    let int = |value: u64| Value::Int(i64::try_from(value).unwrap_or(i64::MAX));
    let (groups, plan) = match plan {
        Plan::Fits(fit) => {
            let columns = if fit.groups.is_some() { "groups" } else { "whole" };
            let view = if fit.place.is_mapped() { ", view in files" } else { "" };
            (fit.groups.or(usual), format!("{columns}{view}"))
        }
        Plan::Refused => (usual, "refused".to_owned()),
    };
    let of_groups = |value: &dyn Fn(ColumnGroups) -> Value| groups.map_or(Value::Null, value);
    vec![
        int(shape.nodes),
        int(shape.edges),
        int(estimate.bytes),
        Value::Float(estimate.seconds),
        of_groups(&|groups| int(groups.bytes)),
        of_groups(&|groups| Value::Float(groups.seconds)),
        of_groups(&|groups| int(groups.width as u64)),
        of_groups(&|groups| int(groups.scratch_bytes)),
        Value::String(plan.into()),
    ]
}
