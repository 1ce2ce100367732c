//! Memory that a call is expected to need.

use wend_algorithms::{Estimate, GraphShape};

use crate::{
    error::{Error, ErrorKind, Result},
    registry::Procedure,
    runtime::statement::Statement,
    value::Value,
};

/// Refuses a call whose estimate is beyond the memory limit, before any work.
///
/// `asked` is the call's own limit, of a procedure that does not check it by itself.
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

/// The row of the mode `estimate`.
pub(super) fn estimate_row(shape: GraphShape, estimate: Estimate) -> Vec<Value> {
    let int = |value: u64| Value::Int(i64::try_from(value).unwrap_or(i64::MAX));
    vec![int(shape.nodes), int(shape.edges), int(estimate.bytes), Value::Float(estimate.seconds)]
}
