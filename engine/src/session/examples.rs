//! Runs the query for examples to learn from on the snapshot of the statement whose procedure asks for them.

use std::sync::Arc;

use crate::{
    bind::Binder,
    error::Result,
    exec::build::build,
    memory::MemoryBudget,
    optimize::{Statistics, optimize, use_snapshot},
    plan::examples::ExampleQuery,
    runtime::{
        batch::Batch,
        statement::{Start, Statement},
    },
};

/// The rows of the query: entity, position of the stamp, target.
pub(super) fn run(st: &Statement, query: &ExampleQuery<'_>) -> Result<Vec<Batch>> {
    let bound = Binder::bind_examples(query)?;
    let mut inner = Statement::new(Start {
        database: st.database.clone(),
        tx: st.tx.view(),
        graph: st.graph,
        graph_name: st.graph_name.clone(),
        text: st.text.clone(),
        now: st.function.now.clone(),
        cancel: st.cancel.clone(),
        memory: MemoryBudget::new(st.memory.limit(), st.database.memory().clone()),
        schema: None,
        constraints: Arc::default(),
        writes: false,
    });
    inner.running.clone_from(&st.running);
    super::names::check(&inner, &bound.names)?;
    let plan = optimize(bound.plan, &Statistics::of(&inner))?;
    let plan = use_snapshot(plan, &Statistics::of(&inner))?;
    let mut operator = build(&plan);
    let mut batches = Vec::new();
    while let Some(batch) = operator.next(&inner)? {
        inner.cancel.check()?;
        st.memory.take(batch.bytes(), "the examples")?;
        batches.push(batch);
    }
    Ok(batches)
}
