//! The mode `write`: the result of an algorithm becomes properties of nodes or edges, in one atomic commit, registered as
//! a task. A node or edge for which a column is NULL has no such property afterwards: what is stored is what the call gave.

use std::{sync::Arc, time::Instant};

use wend_algorithms::{Column, ColumnDescription, Output, Rows};
use wend_storage::{EdgeId, NodeId, PropertyKey};

use super::{
    invoke::{Call, Computed, Purpose},
    refresh::Refreshed,
    result::{Source, cell, sources},
};
use crate::{
    control::CancelToken,
    error::{Error, ErrorKind, Result},
    runtime::statement::Statement,
    task::Outcome,
    value::{Value, moment::micros_now},
    vector_index,
    written::{self, Note, Owner, State},
};

/// Which columns go to which properties, and whether the call waits.
pub(super) struct Target {
    /// (position among the described columns, property).
    pub(super) properties: Vec<(usize, String)>,
    /// The vector index that is to be on the property afterwards: its name and label.
    pub(super) index: Option<(String, String)>,
    pub(super) wait: bool,
}

/// What became of a write.
pub(super) struct Done {
    pub(super) task: String,
    pub(super) nodes_written: u64,
    pub(super) compute_time_ms: u64,
    pub(super) write_time_ms: u64,
    pub(super) refreshed: Refreshed,
    /// What was computed.
    pub(super) output: Output,
}

/// Runs `algo.x.write`; the row it yields.
pub(super) fn write(st: &Statement, call: Call, target: Option<&Value>) -> Result<Vec<Value>> {
    let target = Target::parse(st, call, target)?;
    if st.tx.is_read_only() {
        return Err(Error::new(
            ErrorKind::TransactionState,
            "25G03",
            format!("{} writes, and the transaction is READ ONLY", call.procedure.name()),
        ));
    }
    if target.wait {
        let done = run(st, st, call, &target, &st.cancel.clone(), None, Purpose::Write, &|_| {})?;
        return Ok(row(&done.task, Some(&done)));
    }
    if st.explicit_transaction {
        return Err(Error::rule("`wait: false` runs in a transaction of its own, and cannot be called inside another")
            .with_hint("COMMIT first, or leave out `wait`"));
    }
    // What can be checked beforehand is, so that the call itself fails.
    call.check(st)?;
    // The task works on a snapshot of its own, taken when it begins, and outlives the statement.
    let cancel = CancelToken::default();
    let (background, cancel_of_task) = (st.background(cancel.clone()), cancel.clone());
    let (procedure, algorithm) = (call.procedure, call.algorithm);
    let (given, arguments) = (call.given.to_vec(), call.arguments.clone());
    let database = st.database.clone();
    let job = move |task: &str| {
        let begun = background.begin().inspect_err(|error| {
            // The task list is all that is told: nobody waits for this thread.
            let _ = database.tasks().ended(task, Outcome::Failed(error.to_string()));
        });
        let Ok(background) = begun else { return };
        let call = Call { procedure, algorithm, given: &given, arguments: &arguments };
        let on = &background;
        let result = run(on, on, call, &target, &cancel, Some(task), Purpose::Write, &|_| {});
        let _ = result.and_then(|_| background.commit());
    };
    let id = st.database.tasks().start_in_background(&st.text, &st.graph_name, cancel_of_task, Box::new(job))?;
    Ok(row(&id, None))
}

/// Computes on what the statement `on` sees, and stages the write in the transaction of `st`; the outcome is noted when that
/// commits.
#[expect(clippy::too_many_arguments, reason = "two statements, the call, and who follows it")]
pub(super) fn run(
    st: &Statement,
    on: &Statement,
    call: Call,
    target: &Target,
    cancel: &CancelToken,
    task: Option<&str>,
    purpose: Purpose<'_>,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Done> {
    let tasks = st.database.tasks();
    let task = match task {
        Some(id) => id.to_owned(),
        None => tasks.start(&st.text, &st.graph_name, cancel.clone())?,
    };
    let heard = |stage: &str, fraction: f64| {
        tasks.progress(&task, stage, fraction);
        progress(fraction);
    };
    let watch = tasks.watch(&task);
    let staged = call.compute(on, cancel, &heard, watch.as_deref(), purpose).and_then(|computed| {
        let started = Instant::now();
        let nodes_written = stage(st, call, &computed, target, cancel)?;
        let write_time_ms = started.elapsed().as_millis() as u64;
        Ok((nodes_written, computed.compute_time_ms, write_time_ms, computed.refreshed, computed.output))
    });
    match staged {
        Ok((nodes_written, compute_time_ms, write_time_ms, refreshed, output)) => {
            let outcome = Outcome::Completed { nodes_written, compute_time_ms, write_time_ms };
            tasks.store_outcome(&st.tx, &task, &outcome)?;
            st.finished_tasks.lock().push((task.clone(), outcome));
            Ok(Done { task, nodes_written, compute_time_ms, write_time_ms, refreshed, output })
        }
        Err(error) => {
            let outcome = match error.kind() {
                ErrorKind::Cancelled => Outcome::Cancelled,
                _ => Outcome::Failed(error.to_string()),
            };
            tasks.ended(&task, outcome)?;
            Err(error)
        }
    }
}

/// Writes the columns; how many nodes or edges were written to.
fn stage(st: &Statement, call: Call, computed: &Computed, target: &Target, cancel: &CancelToken) -> Result<u64> {
    let procedure = call.procedure;
    let (sources, rows) = sources(procedure, &computed.view, &computed.output)?;
    if computed.output.rows == Rows::Table {
        return Err(procedure.cannot_write());
    }
    let nulls = Column::Nulls(rows);
    for (position, property) in &target.properties {
        let column = match sources[*position] {
            Source::Column(column) => &computed.output.columns[column],
            Source::Nothing | Source::Identity => &nulls,
        };
        match (&computed.output.rows, column) {
            // After a refresh that found nothing to compute.
            (Rows::Nodes, Column::Vectors { .. }) if rows == 0 && computed.without_row.is_empty() => {}
            (Rows::Nodes, Column::Vectors { dimensions, data }) => {
                crate::runtime::schema_check::allow_vectors(st, computed.view.nodes(), property, *dimensions)?;
                vector_index::check_dimensions(&st.tx, st.graph, property, *dimensions)?;
                let mut writer = st.database.store().begin_vector_set(st.graph, property)?;
                let rows = computed.view.nodes().iter().zip(data.chunks_exact(*dimensions));
                for (position, (&node, vector)) in rows.enumerate() {
                    if position % 1024 == 0 {
                        cancel.check()?;
                    }
                    writer.put(node, vector)?;
                }
                writer.finish(Some(&st.tx))?;
                let stop = || cancel.is_cancelled();
                vector_index::rebuild_on(&st.database, &st.tx, st.graph, property, &stop)?;
                if let Some((name, label)) = &target.index {
                    vector_index::ensure(&st.database, &st.tx, st.graph, name, label, property, &stop)?;
                }
            }
            _ if target.index.is_some() => {
                return Err(Error::rule(format!("`{property}` is no vector, so that no vector index can be on it")));
            }
            (Rows::Nodes, column) => {
                let key = st.tx.intern_property_key(property)?;
                for (position, &node) in computed.view.nodes().iter().enumerate() {
                    if position % 1024 == 0 {
                        cancel.check()?;
                        st.count_changes()?;
                    }
                    let value = cell(column, position).to_stored()?;
                    if value.is_some() || st.tx.node_property(st.graph, node, key)?.is_some() {
                        st.tx.set_node_property(st.graph, node, key, value)?;
                        st.touch_node(node);
                    }
                }
            }
            (_, column) => {
                let key = st.tx.intern_property_key(property)?;
                for (position, &edge) in computed.view.edges().iter().enumerate() {
                    if position % 1024 == 0 {
                        cancel.check()?;
                        st.count_changes()?;
                    }
                    let value = cell(column, position).to_stored()?;
                    if value.is_some() || st.tx.edge_property(st.graph, edge, key)?.is_some() {
                        st.tx.set_edge_property(st.graph, edge, key, value)?;
                        st.touch_edge(edge);
                    }
                }
            }
        }
        let key = st.tx.intern_property_key(property)?;
        computed.without_row.iter().try_for_each(|&node| remove(st, node, key))?;
        computed.edges_without_row.iter().try_for_each(|&edge| remove_of_edge(st, edge, key))?;
    }
    crate::runtime::schema_check::check_statement(st)?;
    note(st, call, computed, target, &sources)?;
    st.changes.lock().properties_set += (rows * target.properties.len()) as u64;
    Ok(rows as u64)
}

/// A node that has no vector any more.
fn remove(st: &Statement, node: NodeId, key: PropertyKey) -> Result<()> {
    if st.tx.node_property(st.graph, node, key)?.is_some() {
        st.tx.set_node_property(st.graph, node, key, None)?;
        st.touch_node(node);
    }
    Ok(())
}

/// An edge that has no row any more.
fn remove_of_edge(st: &Statement, edge: EdgeId, key: PropertyKey) -> Result<()> {
    if st.tx.edge_property(st.graph, edge, key)?.is_some() {
        st.tx.set_edge_property(st.graph, edge, key, None)?;
        st.touch_edge(edge);
    }
    Ok(())
}

/// Notes how the properties were made.
fn note(st: &Statement, call: Call, computed: &Computed, target: &Target, sources: &[Source]) -> Result<()> {
    let Some(graph) = &computed.graph else { return Ok(()) };
    let description = call.procedure.description();
    let owner = if computed.output.rows == Rows::Nodes { Owner::Node } else { Owner::Edge };
    let columns = target.properties.iter();
    let properties: Vec<(String, String)> = columns
        .map(|(position, property)| (description.columns[*position].name.to_owned(), property.clone()))
        .collect();
    let rows = computed.output.columns.first().map_or(0, Column::rows) as u64;
    for (position, property) in &target.properties {
        let (mut dimensions, mut vectors) = (None, computed.refreshed.kept);
        if let Source::Column(column) = sources[*position]
            && let Column::Vectors { dimensions: width, data } = &computed.output.columns[column]
        {
            dimensions = Some(*width as u64);
            let rows = computed.view.nodes().iter().zip(data.chunks_exact(*width));
            rows.for_each(|(&node, vector)| vectors.add(node, vector));
        }
        let note = Note {
            algorithm: description.name.to_owned(),
            parameters: call.given.to_vec(),
            properties: properties.clone(),
            dimensions,
            seed: call.arguments.seed,
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            graph_version: st.tx.graph_version(st.graph)?,
            created_at: micros_now(),
            rows: rows + computed.refreshed.kept_rows,
        };
        let state = State { graph: graph.clone(), vectors };
        written::note(&st.tx, st.graph, owner, st.tx.intern_property_key(property)?, &note, &state)?;
    }
    Ok(())
}

fn row(id: &str, done: Option<&Done>) -> Vec<Value> {
    let int = |value: Option<u64>| value.map_or(Value::Null, |value| Value::Int(value as i64));
    vec![
        Value::String(Arc::from(id)),
        int(done.map(|done| done.nodes_written)),
        int(done.map(|done| done.compute_time_ms)),
        int(done.map(|done| done.write_time_ms)),
    ]
}

impl Target {
    /// Reads `{db: {property: "p" | {column: "p"}}, wait: true}`.
    fn parse(st: &Statement, call: Call, target: Option<&Value>) -> Result<Target> {
        let procedure = call.procedure;
        let usage = || procedure.signature();
        let Some(Value::Record(fields)) = target else {
            let got = target.map_or("nothing", Value::type_name);
            return Err(Error::value_type(format!(
                "{} takes the property to write as its second argument, got {got}",
                procedure.name()
            ))
            .with_hint(usage()));
        };
        let (mut properties, mut index, mut wait) = (None, None, true);
        for (name, value) in fields.iter() {
            match (&**name, value) {
                ("db", Value::Record(db)) => {
                    for (name, value) in db.iter() {
                        match &**name {
                            "property" => properties = Some(Self::properties(st, call, value)?),
                            "index" => index = Some(value.clone()),
                            _ => return Err(unknown_field(name, "db", &["property", "index"])),
                        }
                    }
                }
                ("db", other) => {
                    return Err(
                        Error::value_type(format!("`db` takes a record, not {}", other.type_name())).with_hint(usage())
                    );
                }
                ("wait", Value::Bool(value)) => wait = *value,
                ("wait", other) => {
                    return Err(Error::value_type(format!("`wait` takes a BOOL, not {}", other.type_name())));
                }
                (name, _) => return Err(unknown_field(name, "the second argument", &["db", "wait"])),
            }
        }
        let properties = properties.ok_or_else(|| {
            Error::value_type(format!("{} needs `db.property`, the property to write", procedure.name()))
                .with_hint(usage())
        })?;
        let index = match index {
            Some(index) => Self::index(st, call, &properties, &index)?,
            None => None,
        };
        Ok(Target { properties, index, wait })
    }

    /// Reads `index: true` and `index: "name"`.
    fn index(
        st: &Statement,
        call: Call,
        properties: &[(usize, String)],
        index: &Value,
    ) -> Result<Option<(String, String)>> {
        let [(_, property)] = properties else {
            return Err(Error::rule("`db.index` goes with one property"));
        };
        let name = match index {
            Value::Null | Value::Bool(false) => return Ok(None),
            Value::Bool(true) => None,
            Value::String(name) if !name.is_empty() => Some(name.to_string()),
            other => {
                return Err(Error::value_type(format!(
                    "`db.index` takes TRUE or the name of the index, not {}",
                    other.type_name()
                )));
            }
        };
        let label = match call.arguments.node_labels.as_deref() {
            Some([label]) => label.clone(),
            Some(_) => return Err(Error::rule("a vector index is on one label: `nodeLabels` names several")),
            None => {
                let labels = st.tx.node_labels(st.graph)?;
                let names = labels.iter().map(|(label, _)| Ok(st.tx.label_name(*label)?.to_string()));
                match &names.collect::<Result<Vec<_>>>()?[..] {
                    [label] => label.clone(),
                    names => {
                        let has = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                        return Err(Error::rule(format!("a vector index is on one label, and the graph has {has}"))
                            .with_hint(
                                "name it by `nodeLabels`, or write without `index` and CREATE VECTOR INDEX afterwards",
                            ));
                    }
                }
            }
        };
        let name = name.unwrap_or_else(|| format!("{label}_{property}"));
        vector_index::check_name(&st.tx, st.graph, &name, &label, property)?;
        Ok(Some((name, label)))
    }

    /// The first column as that property.
    pub(super) fn of(st: &Statement, call: Call, property: &str) -> Result<Target> {
        Ok(Target { properties: Self::properties(st, call, &Value::from(property))?, index: None, wait: true })
    }

    fn properties(st: &Statement, call: Call, value: &Value) -> Result<Vec<(usize, String)>> {
        let described = call.procedure.description().columns;
        // A column that holds nothing under these arguments is refused before any work.
        let model = call.model(st)?;
        let mut held = call.algorithm.columns(call.arguments, model.as_deref());
        let description = call.procedure.description();
        let is_identity = |name: &str| description.column(name).is_some_and(ColumnDescription::is_identity);
        if !held.iter().any(|column| is_identity(column)) {
            return Err(call.procedure.cannot_write());
        }
        held.retain(|column| !is_identity(column));
        let position = |name: &str| described.iter().position(|column| column.name == name);
        let check = |name: &str| match name {
            "" => Err(Error::value_type("a property needs a name")),
            "_id" => Err(Error::rule("`_id` cannot be changed")),
            name => Ok(name.to_owned()),
        };
        match value {
            Value::String(name) => match held.first().and_then(|column| position(column)) {
                Some(position) => Ok(vec![(position, check(name)?)]),
                None => Err(call.procedure.cannot_write()),
            },
            Value::Record(fields) if !fields.is_empty() => {
                let mut properties: Vec<(usize, String)> = Vec::new();
                for (column, property) in fields.iter() {
                    let Some(position) = position(column).filter(|_| held.contains(&&**column)) else {
                        return Err(match position(column) {
                            Some(_) if !is_identity(column) => Error::rule(format!(
                                "`{column}` holds nothing under these arguments, so there is nothing to write"
                            ))
                            .with_hint(format!("the columns that do: {}", held.join(", "))),
                            _ => unknown_field(column, "db.property", &held),
                        });
                    };
                    let Value::String(property) = property else {
                        return Err(Error::value_type(format!(
                            "db.property.{column} takes a STRING, not {}",
                            property.type_name()
                        )));
                    };
                    if properties.iter().any(|(_, other)| **other == **property) {
                        return Err(Error::rule(format!("db.property writes `{property}` twice"))
                            .with_hint("give each column a property of its own"));
                    }
                    properties.push((position, check(property)?));
                }
                Ok(properties)
            }
            other => {
                Err(Error::value_type(format!("`db.property` takes a STRING or a record, not {}", other.type_name())))
            }
        }
    }
}

fn unknown_field(name: &str, place: &str, known: &[&str]) -> Error {
    let near = wend_grammar::suggest(name, known.iter().copied());
    Error::reference(format!("{place} has no `{name}`; it takes {}", known.join(", ")))
        .with_hint_if(near.map(|near| format!("did you mean `{near}`?")))
}
