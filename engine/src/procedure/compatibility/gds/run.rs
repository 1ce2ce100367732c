//! An algorithm on a projection in one of its modes.

use std::time::Instant;

use wend_algorithms::{Algorithm, Column, Output};
use wend_storage::NodeId;

use super::super::super::{
    argument,
    error::algorithm_error,
    invoke::{Call, Purpose},
    node_numbers::Stream,
    result::{ResultRows, cell},
    write::{self, Target},
};
use super::super::argument::{Given, field};
use super::super::{merge, rows::int};
use super::{
    configuration::Configuration,
    figures::figures,
    project::{estimate_row, read},
};
use crate::{
    error::{Error, Result},
    memory::Held,
    projection::{Added, Projection},
    registry::{
        Computation, Mode, Procedure,
        compatibility::gds::{GdsMode, Run},
    },
    runtime::statement::Statement,
    value::{Value, moment::micros_now, size::value_bytes},
    view::View,
};

/// The algorithm that stands for one of the library.
fn algorithm(name: &str) -> Result<&'static dyn Algorithm> {
    let found = wend_algorithms::algorithms().iter().copied().find(|known| known.description().name == name);
    found.ok_or_else(|| Error::internal(format!("algo.{name} is not there")))
}

/// The projection that a call names; an estimate may describe one instead.
fn projection_of(st: &Statement, run: &Run, given: &Given) -> Result<Projection> {
    match given.value(0) {
        Value::Record(fields) if run.estimate => {
            let part = |name: &str| field(fields, name).cloned().unwrap_or_else(|| Value::from("*"));
            read(st, &part("nodeProjection"), &part("relationshipProjection"), &[])
        }
        _ => super::projection(st, given.string(0)?),
    }
}

pub(super) fn run(st: &Statement, run: Run, given: &Given) -> Result<ResultRows> {
    let projection = projection_of(st, &run, given)?;
    let algorithm = algorithm(run.algorithm.algorithm)?;
    let mut configuration = Configuration::read(st, &run, &projection, given.map(1)?)?;
    configuration.orient(&projection, algorithm.description());
    let procedure = Procedure { computation: Computation::Algorithm(algorithm), mode: Mode::Stream };
    let arguments = argument::check(procedure, &configuration.given)?;
    let call = Call { procedure, algorithm, given: &configuration.given, arguments: &arguments };
    let over = super::with_added(st, &projection)?;
    let on = over.as_ref().unwrap_or(st);
    if run.estimate {
        let prepared = call.prepare(on)?;
        let threads = st.database.pool()?.current_num_threads();
        let estimate = algorithm.estimate(prepared.shape, &arguments, threads).map_err(algorithm_error)?;
        let row = estimate_row(st, estimate.bytes, prepared.shape.nodes, prepared.shape.edges);
        return Ok(ResultRows::table(vec![row]));
    }
    let name = format!("{} :: {}", run.algorithm.name, run.mode.name());
    let job = st.database.jobs().begin(configuration.job.as_deref(), &name, micros_now());
    let progress = |fraction: f64| job.progress(fraction);
    if run.mode == GdsMode::Write && !run.algorithm.pairs {
        let property = configuration.property.clone().unwrap_or_default();
        let target = Target::of(st, call, &property)?;
        let done = write::run(st, on, call, &target, &st.cancel.clone(), None, Purpose::Write, &progress)?;
        let nodes = done.nodes_written as usize;
        let times = Times { compute: done.compute_time_ms, after: done.write_time_ms };
        return Ok(row(&run, &done.output, nodes, times, Some(done.nodes_written), configuration.shown));
    }
    let computed = call.compute(on, &st.cancel, &|_, fraction| progress(fraction), None, Purpose::Result)?;
    let (view, output) = (computed.view, computed.output);
    let started = Instant::now();
    let written = match run.mode {
        GdsMode::Stream => return Ok(ResultRows::Gds(Stream::new(view, output, run.algorithm.pairs))),
        GdsMode::Stats => None,
        GdsMode::Mutate => Some(mutate(st, &run, &projection, &configuration, &view, &output)?),
        GdsMode::Write => Some(write_edges(st, &configuration, &view, &output)?),
    };
    let times = Times { compute: computed.compute_time_ms, after: started.elapsed().as_millis() as u64 };
    Ok(row(&run, &output, view.nodes().len(), times, written, configuration.shown))
}

/// Milliseconds of the computation, and of what was done with its result.
struct Times {
    compute: u64,
    after: u64,
}

/// The row of the modes that give figures.
fn row(
    run: &Run,
    output: &Output,
    nodes: usize,
    times: Times,
    written: Option<u64>,
    configuration: Value,
) -> ResultRows {
    let mut row = figures(run.algorithm.figures, output, nodes);
    // The graph view is part of the computation.
    row.extend([Value::Int(0), int(times.compute), Value::Int(0)]);
    if let Some(written) = written {
        row.extend([int(times.after), int(written)]);
    }
    row.push(configuration);
    ResultRows::table(vec![row])
}

/// The pairs of a result.
fn pairs(view: &View, output: &Output) -> Result<Vec<(NodeId, NodeId, f64)>> {
    let [Column::Nodes(from), Column::Nodes(to), Column::Floats(numbers)] = &output.columns[..] else {
        return Err(Error::internal("pairs of nodes without their nodes"));
    };
    let nodes = view.whole().nodes();
    let rows = from.iter().zip(to).zip(numbers);
    Ok(rows.map(|((&from, &to), &number)| (nodes[from as usize], nodes[to as usize], number)).collect())
}

/// Adds what came out to the projection; how much that is.
fn mutate(
    st: &Statement,
    run: &Run,
    projection: &Projection,
    configuration: &Configuration,
    view: &View,
    output: &Output,
) -> Result<u64> {
    let (all, mut held) = (st.database.projections(), Held::default());
    let property = configuration.property.clone().unwrap_or_default();
    if let Some(label) = &configuration.relationship_type {
        let values = pairs(view, output)?;
        held.take(&st.memory, size_of_val(&values[..]), "edges of a projection")?;
        let count = values.len() as u64;
        all.add_edges(&projection.name, label, Added { property, values, _held: held }, micros_now())?;
        return Ok(count);
    }
    if run.algorithm.pairs || property == "_id" {
        return Err(Error::rule("`_id` cannot be changed"));
    }
    let Some(column) = output.columns.first() else { return Err(Error::internal("a result without a column")) };
    let mut values = Vec::with_capacity(view.nodes().len());
    for (row, node) in view.nodes().iter().enumerate() {
        let value = cell(column, row);
        held.take(&st.memory, value_bytes(&value), "a property of a projection")?;
        values.push((*node, value));
    }
    let count = values.len() as u64;
    all.add_property(&projection.name, Added { property, values, _held: held }, micros_now())?;
    Ok(count)
}

/// Writes pairs as edges; how many.
fn write_edges(st: &Statement, configuration: &Configuration, view: &View, output: &Output) -> Result<u64> {
    let label = merge::label(st, configuration.relationship_type.as_deref().unwrap_or_default())?;
    let key = st.tx.intern_property_key(configuration.property.as_deref().unwrap_or_default())?;
    let pairs = pairs(view, output)?;
    for (position, (from, to, number)) in pairs.iter().enumerate() {
        if position % 1024 == 0 {
            st.cancel.check()?;
            st.count_changes()?;
        }
        let properties = vec![(key, wend_storage::Value::Float(*number))];
        st.touch_edge(st.tx.insert_edge(st.graph, label, *from, *to, properties)?);
    }
    st.count_changes()?;
    let mut changes = st.changes.lock();
    changes.edges_inserted += pairs.len() as u64;
    changes.properties_set += pairs.len() as u64;
    Ok(pairs.len() as u64)
}
