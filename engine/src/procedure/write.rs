//! The mode `write`: the result of an algorithm becomes node properties, in one atomic commit, registered as a task.

use std::{sync::Arc, time::Instant};

use wend_algorithms::{Arguments, Column};

use super::{
    Procedure,
    invoke::{Computed, check_memory, compute},
};
use crate::{
    error::{Error, ErrorKind, Result},
    exec::context::{CancelFlag, Statement},
    task::Outcome,
    value::Value,
    view::Filter,
};

/// Which columns go to which properties, and whether the call waits.
struct Target {
    /// (position among the algorithm's columns, property).
    properties: Vec<(usize, String)>,
    wait: bool,
}

/// Runs `algo.x.write`; the row it yields.
pub(super) fn write(
    st: &Statement,
    procedure: Procedure,
    arguments: &Arguments,
    target: Option<&Value>,
) -> Result<Vec<Value>> {
    let target = Target::parse(procedure, target)?;
    if st.tx.is_read_only() {
        return Err(Error::new(
            ErrorKind::TransactionState,
            "25G03",
            format!("{} writes, and the transaction is READ ONLY", procedure.name()),
        ));
    }
    if target.wait {
        let (id, figures) = run(st, procedure, arguments, &target, &st.cancel.clone(), None)?;
        return Ok(row(&id, Some(figures)));
    }
    if st.explicit_transaction {
        return Err(Error::rule("`wait: false` runs in a transaction of its own, and cannot be called inside another")
            .with_hint("COMMIT first, or leave out `wait`"));
    }
    // What can be checked beforehand is, so that the call itself fails.
    let filter = Filter::resolve(st, arguments)?;
    check_memory(st, procedure, arguments, &filter)?;
    // The task works on a snapshot of its own, taken now, and outlives the statement.
    let cancel = CancelFlag::default();
    let id = st.database.tasks().start(&st.text, &st.graph_name, cancel.clone())?;
    let background = st.in_background(cancel.clone())?;
    let (arguments, task) = (arguments.clone(), id.clone());
    let spawned = std::thread::Builder::new().name("wend-task".into()).spawn(move || {
        let result = run(&background, procedure, &arguments, &target, &cancel, Some(&task));
        // The outcome is in the task list; nobody waits for this thread's.
        let _ = result.and_then(|_| background.commit());
    });
    if let Err(error) = spawned {
        let failed = Outcome::Failed(format!("no thread for the task: {error}"));
        st.database.tasks().ended(&id, failed)?;
        return Err(Error::new(ErrorKind::Io, "22000", format!("no thread for the task: {error}")));
    }
    Ok(row(&id, None))
}

/// Computes and stages the write in the statement's transaction; the outcome is noted when it commits.
fn run(
    st: &Statement,
    procedure: Procedure,
    arguments: &Arguments,
    target: &Target,
    cancel: &CancelFlag,
    task: Option<&str>,
) -> Result<(String, (u64, u64, u64))> {
    let tasks = st.database.tasks();
    let id = match task {
        Some(id) => id.to_owned(),
        None => tasks.start(&st.text, &st.graph_name, cancel.clone())?,
    };
    let staged =
        compute(st, procedure, arguments, cancel, &|fraction| tasks.progress(&id, fraction)).and_then(|computed| {
            let started = Instant::now();
            let written = stage(st, &computed, target, cancel)?;
            Ok((written, computed.compute_time_ms, started.elapsed().as_millis() as u64))
        });
    match staged {
        Ok((nodes_written, compute_time_ms, write_time_ms)) => {
            let outcome = Outcome::Completed { nodes_written, compute_time_ms, write_time_ms };
            tasks.store_outcome(&st.tx, &id, &outcome)?;
            st.finished_tasks.lock().push((id.clone(), outcome));
            Ok((id, (nodes_written, compute_time_ms, write_time_ms)))
        }
        Err(error) => {
            let outcome = match error.kind() {
                ErrorKind::Cancelled => Outcome::Cancelled,
                _ => Outcome::Failed(error.to_string()),
            };
            tasks.ended(&id, outcome)?;
            Err(error)
        }
    }
}

/// Writes the columns; how many nodes have a value now.
fn stage(st: &Statement, computed: &Computed, target: &Target, cancel: &CancelFlag) -> Result<u64> {
    let nodes = &computed.view.nodes;
    for (position, property) in &target.properties {
        match &computed.output.columns[*position] {
            Column::Vectors { dimensions, data } => {
                crate::schema::allow_vectors(st, nodes, property, *dimensions)?;
                let mut writer = st.database.store().begin_vector_set(st.graph, property)?;
                for (position, (&node, vector)) in nodes.iter().zip(data.chunks_exact(*dimensions)).enumerate() {
                    if position % 1024 == 0 {
                        cancel.check()?;
                    }
                    writer.put(node, vector)?;
                }
                writer.finish(Some(&st.tx))?;
            }
            column => {
                let key = st.tx.intern_property_key(property)?;
                for (position, &node) in nodes.iter().enumerate() {
                    if position % 1024 == 0 {
                        cancel.check()?;
                    }
                    let value = match column {
                        Column::Floats(values) => Value::Float(values[position]),
                        Column::Ints(values) => Value::Int(values[position]),
                        _ => return Err(Error::internal("a column of a kind that is not known")),
                    };
                    st.tx.set_node_property(st.graph, node, key, value.to_stored()?)?;
                    st.touch_node(node);
                }
            }
        }
    }
    crate::schema::check_statement(st)?;
    st.changes.lock().properties_set += (nodes.len() * target.properties.len()) as u64;
    Ok(nodes.len() as u64)
}

fn row(id: &str, figures: Option<(u64, u64, u64)>) -> Vec<Value> {
    let int = |value: Option<u64>| value.map_or(Value::Null, |value| Value::Int(value as i64));
    vec![
        Value::String(Arc::from(id)),
        int(figures.map(|(nodes, ..)| nodes)),
        int(figures.map(|(_, compute, _)| compute)),
        int(figures.map(|(.., write)| write)),
    ]
}

impl Target {
    /// Reads `{db: {property: "p" | {column: "p"}}, wait: true}`.
    fn parse(procedure: Procedure, target: Option<&Value>) -> Result<Target> {
        let usage = || procedure.signature();
        let Some(Value::Record(fields)) = target else {
            let got = target.map_or("nothing", Value::type_name);
            return Err(Error::value_type(format!(
                "{} takes the property to write as its second argument, got {got}",
                procedure.name()
            ))
            .with_hint(usage()));
        };
        let (mut properties, mut wait) = (None, true);
        for (name, value) in fields.iter() {
            match (&**name, value) {
                ("db", Value::Record(db)) => {
                    for (name, value) in db.iter() {
                        if &**name != "property" {
                            return Err(unknown_field(name, "db", &["property"]));
                        }
                        properties = Some(Self::properties(procedure, value)?);
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
        Ok(Target { properties, wait })
    }

    fn properties(procedure: Procedure, value: &Value) -> Result<Vec<(usize, String)>> {
        let columns = &procedure.algorithm.description().columns[1..];
        let check = |name: &str| match name {
            "" => Err(Error::value_type("a property needs a name")),
            "_id" => Err(Error::rule("`_id` cannot be changed")),
            name => Ok(name.to_owned()),
        };
        match value {
            Value::String(name) => Ok(vec![(0, check(name)?)]),
            Value::Record(fields) if !fields.is_empty() => {
                let mut properties: Vec<(usize, String)> = Vec::new();
                for (column, property) in fields.iter() {
                    let position = columns.iter().position(|known| *known.name == **column).ok_or_else(|| {
                        unknown_field(
                            column,
                            "db.property",
                            &columns.iter().map(|column| column.name).collect::<Vec<_>>(),
                        )
                    })?;
                    let Value::String(property) = property else {
                        return Err(Error::value_type(format!(
                            "db.property.{column} takes a STRING, not {}",
                            property.type_name()
                        )));
                    };
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
