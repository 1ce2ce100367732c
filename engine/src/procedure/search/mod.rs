//! `algo.similar` and `algo.recommend`: the nearest nodes by stored vectors, exact.
//!
//! Not algorithms on a graph view, since no view of a graph is needed: the vectors are read as they are stored, piece by
//! piece, by all threads, and only the best k of each query are kept. Their descriptions are as the algorithms' are.

mod request;
mod scan;
mod top;

use std::time::Instant;

use request::Request;
use wend_algorithms::{Arguments, Estimate, GraphShape};

use super::{
    fit::Fit,
    memory::{Plan, check_memory, estimate_row},
    result::ResultRows,
};
use crate::{
    error::Result,
    memory::Held,
    registry::{Mode, Procedure, search::Search},
    runtime::statement::Statement,
    value::Value,
    view::Place,
};

/// Seconds to read a vector, and for each of its numbers to compare it, on one thread of the machine of
/// docs/benchmarks.md.
const READ_SECONDS: f64 = 0.35e-6;
const COMPARE_SECONDS: f64 = 0.45e-9;

/// Runs a search in one of its modes.
pub(super) fn invoke(
    st: &Statement,
    search: Search,
    procedure: Procedure,
    arguments: &Arguments,
) -> Result<ResultRows> {
    let request = Request::new(st, search, arguments)?;
    let pool = st.database.pool()?.current_num_threads();
    let threads = arguments.concurrency.map_or(pool, |limit| limit.clamp(1, pool));
    let nodes = request.candidates.at_most(st)?;
    let estimate = estimate(&request, nodes, threads);
    if procedure.mode == Mode::Estimate {
        let shape = GraphShape { nodes, ..GraphShape::default() };
        let fits = check_memory(st, procedure, estimate, arguments.max_memory).is_ok();
        let whole = Fit { place: Place::Memory, bytes: estimate.bytes, groups: None };
        let plan = if fits { Plan::Fits(whole) } else { Plan::Refused };
        return Ok(ResultRows::table(vec![estimate_row(shape, estimate, None, plan)]));
    }
    check_memory(st, procedure, estimate, arguments.max_memory)?;
    let mut held = Held::default();
    held.take(&st.memory, usize::try_from(estimate.bytes).unwrap_or(usize::MAX), &procedure.name())?;
    let started = Instant::now();
    let found = scan::scan(st, &request, threads)?;
    let int = |value: usize| Value::Int(value as i64);
    if procedure.mode == Mode::Stats {
        return Ok(ResultRows::table(vec![vec![
            int(request.queries.len()),
            Value::Int(found.candidates as i64),
            int(request.dimensions),
            int(found.best.iter().map(Vec::len).sum()),
            Value::Int(started.elapsed().as_millis() as i64),
        ]]));
    }
    let mut rows = Vec::new();
    for (query, best) in request.queries.iter().zip(found.best) {
        for (rank, hit) in best.into_iter().enumerate() {
            let id = st.tx.node_id(st.graph, hit.node)?.unwrap_or_default();
            rows.push(vec![
                Value::String(query.id.clone()),
                Value::String(id.into()),
                Value::Float(hit.score),
                int(rank + 1),
            ]);
        }
    }
    Ok(ResultRows::table(rows))
}

/// What a search needs: the queries, and the best of each in every thread and in the rows.
fn estimate(request: &Request, nodes: u64, threads: usize) -> Estimate {
    let (queries, dimensions) = (request.queries.len() as u64, request.dimensions as u64);
    let kept = (request.k as u64).min(nodes).saturating_mul(queries);
    let row = 4 * size_of::<Value>() as u64 + 64;
    let bytes = kept
        .saturating_mul(threads as u64 * 16 + row)
        .saturating_add(queries.saturating_mul(dimensions * 8))
        .saturating_add(threads as u64 * (1 << 20));
    let compared = nodes as f64 * (READ_SECONDS + COMPARE_SECONDS * (dimensions * queries) as f64);
    Estimate { bytes, seconds: compared / threads as f64 }
}
