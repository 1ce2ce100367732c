//! Queries: bound and optimised, or with a plan that is kept; EXPLAIN and PROFILE.

use std::sync::Arc;

use wend_grammar::ast::{Ident, Query};
use wend_storage::Access;

use super::{Run, Session};
use crate::{
    bind::{Binder, Bound},
    cache::statements::{Basis, KeptPlan, shape_of},
    constraint::Constraints,
    error::{Error, Result},
    exec::{
        build::{build, build_profiled},
        operator::BoxOperator,
        profile::Profile,
    },
    memory::MemoryBudget,
    names::graph_id,
    optimize::{Statistics, optimize, use_snapshot},
    plan::{
        Plan,
        cell::for_a_run,
        explain::{PlanDescription, explain},
    },
    reclaim::Freed,
    role::Role,
    rows::{Rows, hydrate_batch},
    runtime::{
        batch::Batch,
        schema_check::check_statement,
        statement::{Start, Statement},
    },
    statement::StatementKind as Kind,
    summary::Summary,
    task::settle_tasks,
    value::Value,
};

/// Of a statement without a query.
pub(super) const NOTHING: Head<'static> = Head { graph: None, reads_files: false };

/// What is known of a plan before its statement begins.
pub(super) struct Head<'a> {
    /// `USE g` at its beginning.
    graph: Option<&'a Ident>,
    reads_files: bool,
}

impl<'a> Head<'a> {
    fn new(graph: Option<&'a Ident>, plan: &Plan) -> Self {
        Head { graph, reads_files: plan.reads_files() }
    }
}

/// A plan about to run.
struct Planned {
    plan: Plan,
    columns: Option<Vec<String>>,
    st: Statement,
}

impl Session {
    pub(super) fn query(&mut self, query: &Query, run: &Run<'_>) -> Result<Rows> {
        let planned = match self.kept_plan(run)? {
            Some(planned) => planned,
            None => {
                let bound = Binder::bind_numbered(run.params, query)?;
                let writes = bound.plan.writes();
                self.plan(bound, run, writes)?
            }
        };
        self.execute_plan(planned)
    }

    pub(super) fn explain(&mut self, query: &Query, run: &Run<'_>) -> Result<Rows> {
        // Nothing is run, so that a reader may see the plan of a change.
        let bound = Binder::bind_explained(run.params, query)?;
        let Planned { plan, columns, .. } = self.plan(bound, run, false)?;
        let kind = Kind::of_query(plan.writes(), columns.is_some());
        let lines = explain(&plan).into_iter().map(|(line, _)| vec![Value::String(line.into())]).collect();
        let description = PlanDescription::new(&plan, &|_| None);
        let rows = self.table(&["plan"], lines, None, &run.done())?;
        Ok(rows.with_plan(description).of_kind(kind))
    }

    pub(super) fn profile(&mut self, query: &Query, run: &Run<'_>) -> Result<Rows> {
        let bound = Binder::bind_numbered(run.params, query)?;
        let writes = bound.plan.writes();
        let Planned { plan, columns, st } = self.plan(bound, run, writes)?;
        let kind = Kind::of_query(plan.writes(), columns.is_some());
        let profile = Profile::default();
        let changes = self.complete(build_profiled(&plan, &profile), st, None)?.summary().clone();
        let line = |(line, operator): (String, &Plan)| {
            let figures = profile.figures(operator);
            vec![
                Value::String(line.into()),
                figures.map_or(Value::Null, |(rows, _)| Value::Int(rows as i64)),
                figures.map_or(Value::Null, |(_, milliseconds)| Value::Float(milliseconds)),
            ]
        };
        let lines = explain(&plan).into_iter().map(line).collect();
        let description = PlanDescription::new(&plan, &|operator| profile.figures(operator));
        let rows = self.table(&["plan", "rows", "milliseconds"], lines, None, &run.done())?;
        Ok(rows.with_changes(changes).of_kind(kind).with_plan(description))
    }

    /// Runs a bound query that changes nothing, to where its rows are read.
    pub(super) fn run_bound(&mut self, bound: Bound, run: &Run<'_>) -> Result<Rows> {
        let planned = self.plan(bound, run, false)?;
        self.execute_plan(planned)
    }

    /// The plan that is kept of the statement, where one serves for this run.
    fn kept_plan(&self, run: &Run<'_>) -> Result<Option<Planned>> {
        let Some(statement) = run.statement.filter(|_| run.again) else { return Ok(None) };
        for kept in self.database.statements().plans(statement, run.part, run.params) {
            let head = Head::new(kept.graph.as_ref(), &kept.plan);
            let mut st = self.statement(&head, run, kept.plan.writes())?;
            if !kept.made_for.serves(&Basis::of(&st.tx, st.graph)?) {
                continue;
            }
            super::names::check(&st, &kept.names)?;
            st.parameters = values(&kept.parameters, run)?;
            let plan = use_snapshot(for_a_run(&kept.plan), &Statistics::of(&st))?;
            return Ok(Some(Planned { plan, columns: kept.columns.clone(), st }));
        }
        Ok(None)
    }

    /// Chooses the plan of a bound query, and keeps it where the statement comes again.
    fn plan(&self, bound: Bound, run: &Run<'_>, writes: bool) -> Result<Planned> {
        let mut st = self.statement(&Head::new(bound.graph.as_ref(), &bound.plan), run, writes)?;
        super::names::check(&st, &bound.names)?;
        st.parameters = values(&bound.parameters, run)?;
        let plan = optimize(bound.plan, &Statistics::of(&st))?;
        if run.again
            && bound.reusable
            && let Some(statement) = run.statement
            && let Some(shape) = shape_of(&bound.parameters, run.params)
        {
            let kept = KeptPlan {
                plan: for_a_run(&plan),
                columns: bound.columns.clone(),
                graph: bound.graph,
                names: bound.names,
                parameters: bound.parameters,
                shape,
                made_for: Basis::of(&st.tx, st.graph)?,
            };
            self.database.statements().keep(statement, run.part, kept);
        }
        let plan = use_snapshot(plan, &Statistics::of(&st))?;
        Ok(Planned { plan, columns: bound.columns, st })
    }

    fn execute_plan(&mut self, planned: Planned) -> Result<Rows> {
        let Planned { plan, columns, st } = planned;
        let operator = build(&plan);
        match columns {
            Some(columns) if !st.writes => Rows::stream(columns, operator, st),
            columns => self.complete(operator, st, columns),
        }
    }

    /// The state of a statement about to run.
    pub(super) fn statement(&self, head: &Head<'_>, run: &Run<'_>, writes: bool) -> Result<Statement> {
        if writes {
            self.must_be_writable(self.transaction.as_ref())?;
        } else if self.rights.role < Role::Editor && head.reads_files {
            self.must_be(Role::Editor, "reads a file")?;
        }
        let tx = match &self.transaction {
            Some(active) if writes => active.tx.clone(),
            // Its rows can be read while later statements change the graph.
            Some(active) => active.tx.view(),
            None => self.database.store().begin(if writes { Access::Write } else { Access::Read })?,
        };
        let (name, span) = match head.graph {
            Some(graph) => (graph.name.as_str(), Some(graph.span)),
            None => (self.graph.as_str(), None),
        };
        let graph = graph_id(&tx, name).map_err(|error| match span {
            Some(span) => error.at(span),
            None => error,
        })?;
        let schema = if writes { self.database.schema(&tx, graph)? } else { None };
        let constraints = if writes { Constraints::of_changed(&tx, graph)?.into() } else { Arc::default() };
        let memory = match run.options.memory_limit {
            Some(limit) => MemoryBudget::new(limit, self.database.memory().clone()),
            None => self.database.memory_budget(),
        };
        let mut st = Statement::new(Start {
            database: self.database.clone(),
            tx,
            graph,
            graph_name: name.into(),
            text: run.text.into(),
            now: jiff::Timestamp::now().to_zoned(self.time_zone.clone()),
            cancel: run.cancel.clone(),
            memory,
            schema,
            constraints,
            writes,
        });
        if let Some(active) = &self.transaction {
            st.explicit_transaction = true;
            st.pending = active.pending.clone();
        }
        st.progress = run.options.progress.clone().or_else(|| self.progress.clone());
        st.running.clone_from(&self.running);
        st.queries = Some(super::examples::run);
        Ok(st)
    }

    /// Runs operators to their end, and commits what they changed where the statement stands alone.
    fn complete(&mut self, mut operator: BoxOperator, st: Statement, columns: Option<Vec<String>>) -> Result<Rows> {
        let (batches, summary, memory) = self.within(st, |st| {
            let batches = drain(&mut operator, st, columns.as_deref())?;
            drop(operator);
            Ok(batches)
        })?;
        Ok(Rows::buffered(columns, batches, summary).holding(memory))
    }

    /// Does the work of a statement: what it changed is committed where it stands alone, and undone when it fails. Its memory
    /// budget is given back, for what it made and is not read yet.
    pub(super) fn within<T>(
        &mut self,
        st: Statement,
        work: impl FnOnce(&Statement) -> Result<T>,
    ) -> Result<(T, Summary, MemoryBudget)> {
        let writes = st.writes;
        let savepoint = writes && st.explicit_transaction;
        if savepoint {
            st.tx.savepoint();
        }
        match st.count_changes().and_then(|()| work(&st)).and_then(|done| check_statement(&st).map(|()| done)) {
            Ok(done) => {
                if savepoint {
                    st.tx.release_savepoint()?;
                    if let Some(active) = &mut self.transaction {
                        active.finished_tasks.append(&mut st.finished_tasks.lock());
                    }
                } else if writes {
                    st.commit()?;
                }
                let summary = Summary {
                    changes: *st.changes.lock(),
                    warnings: std::mem::take(&mut *st.warnings.lock()),
                    writes,
                    ..Summary::default()
                };
                Ok((done, summary, st.memory))
            }
            Err(error) => {
                if savepoint {
                    st.tx.rollback_to_savepoint()?;
                    // What is undone is not pending any more. What is left may still be too much: the next statement says so.
                    let _ = st.count_changes();
                } else if writes {
                    let _changes = Freed(st.tx.pending_bytes() as u64);
                    st.tx.rollback()?;
                }
                // The first error is the one to tell.
                let _ =
                    settle_tasks(self.database.tasks(), std::mem::take(&mut *st.finished_tasks.lock()), Some(&error));
                Err(error)
            }
        }
    }
}

/// The values of the parameters that a plan takes by number.
fn values(names: &[Arc<str>], run: &Run<'_>) -> Result<Arc<[Value]>> {
    let value = |name: &Arc<str>| run.params.get(name).cloned();
    names.iter().map(value).collect::<Option<_>>().ok_or_else(|| Error::internal("a parameter of a plan is not given"))
}

/// Runs an operator to its end; the rows, with the content of their columns, where they are wanted.
fn drain(operator: &mut BoxOperator, st: &Statement, columns: Option<&[String]>) -> Result<Vec<Batch>> {
    let mut batches = Vec::new();
    while let Some(batch) = operator.next(st)? {
        st.cancel.check()?;
        if let Some(columns) = columns {
            st.running.iter().for_each(|running| running.gave(batch.len()));
            let batch = hydrate_batch(batch, columns, st)?;
            st.memory.take(batch.bytes(), "the result")?;
            batches.push(batch);
        }
    }
    Ok(batches)
}
