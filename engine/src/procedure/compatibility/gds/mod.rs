//! The procedures of Neo4j's Graph Data Science library, over the algorithms that there are.
//!
//! A projection is a name for labels, an orientation, and what procedures have added. Where something was added, an algorithm runs
//! in a transaction of its own that has it too and is undone afterwards: so it reads what was added as it reads what is stored.

mod configuration;
mod figures;
mod graphs;
mod progress;
mod project;
mod properties;
mod run;

use std::sync::Arc;

use wend_storage::Access;

use super::{
    argument::Given,
    rows::{Rows, text},
};
use crate::{
    error::{Error, Result},
    projection::Projection,
    registry::compatibility::gds::GdsCall,
    runtime::statement::{Start, Statement},
    value::Value,
};

use super::super::result::ResultRows;

/// Runs a procedure of the library.
pub(super) fn call(st: &Statement, call: GdsCall, given: &Given) -> Result<ResultRows> {
    let rows = match call {
        GdsCall::Project => project::project(st, given)?,
        GdsCall::ProjectEstimate => project::estimate(st, given)?,
        GdsCall::List => graphs::list(st, given)?,
        GdsCall::Exists => {
            let name = given.string(0)?;
            vec![vec![text(name), Value::Bool(st.database.projections().has(name))]]
        }
        GdsCall::Drop => graphs::drop(st, given)?,
        GdsCall::StreamProperties => properties::stream(st, given)?,
        GdsCall::WriteProperties => properties::write(st, given)?,
        GdsCall::DropProperties => properties::drop(st, given)?,
        GdsCall::Algorithms => algorithms(given)?,
        GdsCall::Progress => progress::list(st, given)?,
        GdsCall::Run(run) => return run::run(st, run, given),
    };
    Ok(ResultRows::table(rows))
}

/// `gds.list`
fn algorithms(given: &Given) -> Result<Rows> {
    let part = match given.value(0) {
        Value::Null => "",
        _ => given.string(0)?,
    };
    let all = crate::registry::compatibility::all().iter();
    let wanted = all.filter(|procedure| procedure.name.starts_with("gds.") && procedure.name.contains(part));
    let row = |procedure: &crate::registry::compatibility::Compatible| {
        vec![text(procedure.name.as_str()), text(procedure.doc), text(procedure.signature()), text("procedure")]
    };
    Ok(wanted.map(row).collect())
}

/// The projection of that name, which is of the session's graph.
fn projection(st: &Statement, name: &str) -> Result<Projection> {
    let projection = st.database.projections().get(name)?;
    if projection.graph != st.graph {
        return Err(Error::rule(format!("the projected graph '{name}' is of another graph than `{}`", st.graph_name))
            .with_hint("USE the graph that it was made of"));
    }
    Ok(projection)
}

/// A statement that sees what procedures have added to a projection; nothing where they have added nothing.
fn with_added(st: &Statement, projection: &Projection) -> Result<Option<Statement>> {
    if projection.added.is_empty() && projection.added_edges.is_empty() {
        return Ok(None);
    }
    let over = Statement::new(Start {
        database: st.database.clone(),
        tx: st.database.store().begin(Access::Write)?,
        graph: st.graph,
        graph_name: st.graph_name.clone(),
        text: st.text.clone(),
        now: st.function.now.clone(),
        cancel: st.cancel.clone(),
        memory: st.memory.clone(),
        schema: None,
        constraints: Arc::default(),
        writes: true,
    });
    for (property, added) in &projection.added {
        let key = over.tx.intern_property_key(property)?;
        for (position, (node, value)) in added.values.iter().enumerate() {
            if position % 1024 == 0 {
                st.cancel.check()?;
                over.count_changes()?;
            }
            // Since it was added the node may have been deleted.
            if over.tx.node_exists(over.graph, *node)? {
                over.tx.set_node_property(over.graph, *node, key, value.to_stored()?)?;
            }
        }
    }
    for (label, added) in &projection.added_edges {
        let (label, key) = (over.tx.intern_label(label)?, over.tx.intern_property_key(&added.property)?);
        for (position, (from, to, number)) in added.values.iter().enumerate() {
            if position % 1024 == 0 {
                st.cancel.check()?;
                over.count_changes()?;
            }
            if over.tx.node_exists(over.graph, *from)? && over.tx.node_exists(over.graph, *to)? {
                let properties = vec![(key, wend_storage::Value::Float(*number))];
                over.tx.insert_edge(over.graph, label, *from, *to, properties)?;
            }
        }
    }
    over.count_changes()?;
    Ok(Some(over))
}
