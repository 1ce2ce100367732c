//! Runs an algorithm in one of its modes and turns what it gives into rows.

use std::{sync::Arc, time::Instant};

use wend_algorithms::{Arguments, Column as Output, Context, Input, Progress, Scalar};

use super::{
    Mode, Procedure, algorithm_error,
    block::{self, Blocks},
    has_compute_time, write,
};
use crate::{
    error::{Error, ErrorKind, Result},
    exec::{
        batch::{BATCH_ROWS, Batch, Column},
        context::{CancelFlag, Statement},
        element::node_property,
    },
    plan::expr::PropertyName,
    session,
    value::Value,
    view::{Filter, GraphView},
};

/// The rows of a call, given out batch by batch.
pub(crate) enum ResultRows {
    /// A few rows.
    Table(Vec<Vec<Value>>),
    /// A row for each node of a graph view.
    Nodes { view: Arc<GraphView>, columns: Vec<Output>, next: usize },
    /// A row for each block of them.
    Blocks(Blocks),
}

impl ResultRows {
    /// The next rows, as columns of the procedure.
    pub(crate) fn next(&mut self, st: &Statement, wanted: &[usize]) -> Result<Option<Vec<(usize, Column)>>> {
        match self {
            ResultRows::Blocks(blocks) => blocks.next(st, wanted),
            ResultRows::Table(rows) => {
                if rows.is_empty() {
                    return Ok(None);
                }
                let rows = std::mem::take(rows);
                let column = |&position: &usize| {
                    (position, Column::Values(rows.iter().map(|row| row[position].clone()).collect()))
                };
                Ok(Some(wanted.iter().map(column).collect()))
            }
            ResultRows::Nodes { view, columns, next } => {
                let (from, to) = (*next, (*next + BATCH_ROWS).min(view.nodes.len()));
                if from >= to {
                    return Ok(None);
                }
                *next = to;
                let mut out = Vec::new();
                for &position in wanted {
                    let mut values = Vec::with_capacity(to - from);
                    match position.checked_sub(1).map(|position| &columns[position]) {
                        None => {
                            let id = PropertyName::new("_id");
                            for &node in &view.nodes[from..to] {
                                values.push(node_property(st, node, &id)?);
                            }
                        }
                        Some(Output::Vectors { dimensions, data }) => {
                            let rows = data[from * dimensions..to * dimensions].chunks_exact(*dimensions);
                            values.extend(rows.map(|row| Value::Vector(row.into())));
                        }
                        Some(Output::Floats(data)) => {
                            values.extend(data[from..to].iter().map(|&value| Value::Float(value)))
                        }
                        Some(Output::Ints(data)) => {
                            values.extend(data[from..to].iter().map(|&value| Value::Int(value)))
                        }
                        Some(_) => return Err(Error::internal("a column of a kind that is not known")),
                    }
                    out.push((position, Column::Values(values)));
                }
                Ok(Some(out))
            }
        }
    }
}

/// Refuses a call whose estimate is beyond the memory limit, before any work.
pub(super) fn check_memory(st: &Statement, procedure: Procedure, arguments: &Arguments, filter: &Filter) -> Result<()> {
    let limit = st.database.options().memory_limit;
    let threads = st.database.pool().current_num_threads();
    let estimate = procedure.algorithm.estimate(filter.shape(st)?, arguments, threads);
    if limit != 0 && estimate.bytes > limit {
        return Err(Error::new(
            ErrorKind::Memory,
            "22000",
            format!(
                "{} would need about {} MiB, and the memory limit is {} MiB",
                procedure.name(),
                estimate.bytes >> 20,
                limit >> 20
            ),
        )
        .with_hint("lower its parameters, narrow the graph with nodeLabels and edgeLabels, or raise memory_limit"));
    }
    Ok(())
}

/// What an algorithm gave.
pub(super) struct Computed {
    pub(super) view: Arc<GraphView>,
    pub(super) output: wend_algorithms::Output,
    pub(super) compute_time_ms: u64,
}

/// Runs the procedure with the arguments of one row.
pub(crate) fn invoke(
    st: &Statement,
    procedure: Procedure,
    arguments: &[Value],
    wanted: &[usize],
) -> Result<ResultRows> {
    let (block_size, first) = block::size(procedure, arguments.first(), wanted)?;
    let checked = procedure.check(first.as_ref())?;
    let description = procedure.algorithm.description();
    match procedure.mode {
        Mode::Run | Mode::Stream => {
            let computed = compute(st, procedure, &checked, &st.cancel, &|_| {})?;
            if let Some(size) = block_size {
                return Ok(ResultRows::Blocks(Blocks::new(procedure, computed.view, computed.output.columns, size)?));
            }
            Ok(ResultRows::Nodes { view: computed.view, columns: computed.output.columns, next: 0 })
        }
        Mode::Stats => {
            let computed = compute(st, procedure, &checked, &st.cancel, &|_| {})?;
            let figure = |name: &str| {
                computed.output.stats.iter().find(|(known, _)| *known == name).map(|(_, value)| scalar(value))
            };
            let mut row: Vec<Value> =
                description.stats.iter().map(|column| figure(column.name).unwrap_or_default()).collect();
            if !has_compute_time(description) {
                row.push(Value::Int(computed.compute_time_ms as i64));
            }
            Ok(ResultRows::Table(vec![row]))
        }
        Mode::Estimate => {
            let shape = Filter::resolve(st, &checked)?.shape(st)?;
            let threads = st.database.pool().current_num_threads();
            let threads = checked.concurrency.map_or(threads, |limit| limit.clamp(1, threads));
            let estimate = procedure.algorithm.estimate(shape, &checked, threads);
            Ok(ResultRows::Table(vec![vec![
                Value::Int(shape.nodes as i64),
                Value::Int(shape.edges as i64),
                Value::Int(i64::try_from(estimate.bytes).unwrap_or(i64::MAX)),
                Value::Float(estimate.seconds),
            ]]))
        }
        Mode::Write => write::write(st, procedure, &checked, arguments.get(1)).map(|row| ResultRows::Table(vec![row])),
    }
}

/// Runs the algorithm on the statement's snapshot.
pub(super) fn compute(
    st: &Statement,
    procedure: Procedure,
    arguments: &Arguments,
    cancel: &CancelFlag,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Computed> {
    let filter = Filter::resolve(st, arguments)?;
    check_memory(st, procedure, arguments, &filter)?;
    let limit = st.database.options().memory_limit;
    let report = |stage: &str, fraction: f64| {
        progress(fraction);
        if let Some(callback) = &st.progress {
            callback(&session::Progress { stage: stage.to_owned(), fraction });
        }
    };
    report("graph view", 0.0);
    let started = Instant::now();
    let view = filter.view(st)?;
    let context = Context {
        cancel: &|| cancel.is_cancelled() || st.cancel.is_cancelled(),
        progress: &|Progress { stage, fraction }| report(stage, fraction),
        memory_budget: (limit != 0).then(|| limit.saturating_sub(view.graph.memory_bytes())),
        ..Context::new(st.database.pool())
    };
    let output = procedure.algorithm.run(Input::Topology(&view.graph), arguments, &context).map_err(algorithm_error)?;
    report("done", 1.0);
    Ok(Computed { view, output, compute_time_ms: started.elapsed().as_millis() as u64 })
}

fn scalar(value: &Scalar) -> Value {
    match value {
        Scalar::Int(value) => Value::Int(*value),
        Scalar::Float(value) => Value::Float(*value),
        Scalar::String(text) => Value::String(text.as_str().into()),
        Scalar::Bool(value) => Value::Bool(*value),
        _ => Value::Null,
    }
}

/// The rows of a call beside the row it was made for.
pub(crate) fn beside(
    outer: &Batch,
    row: usize,
    columns: Vec<(usize, Column)>,
    outputs: &[(usize, usize)],
    len: usize,
) -> Batch {
    let mut batch = outer.gather(&vec![row as u32; len]);
    for (position, column) in columns {
        for &(_, slot) in outputs.iter().filter(|(wanted, _)| *wanted == position) {
            batch.set(slot, column.clone());
        }
    }
    batch
}
