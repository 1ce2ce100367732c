//! Sessions: where statements run, one after the other, and transactions that hold several of them.

mod access;
mod catalog;
mod load;
mod names;
mod one_row;
mod users;
mod whole;

use std::sync::Arc;

use parking_lot::Mutex;
use wend_grammar::ast::{self, SessionReset, StatementKind};
use wend_storage::{Access, GraphId, Transaction as StoreTransaction};

use crate::{
    activity::{Running, RunningQuery, SessionState},
    bind::{Binder, Bound},
    control::{CancelFlag, InterruptHandle, ProgressCallback},
    database::Database,
    error::{Error, ErrorKind, Result},
    exec::{self, operator::BoxOperator, profile::Profile},
    function::FunctionContext,
    memory::{MemoryBudget, PendingMemory},
    model,
    names::{DEFAULT_GRAPH, graph_id},
    optimize::{Statistics, optimize},
    params::Params,
    plan::{
        Plan,
        explain::{PlanDescription, explain},
    },
    procedure,
    reclaim::Freed,
    role::Role,
    rows::{Rows, hydrate_batch},
    runtime::{batch::Batch, eval::eval, schema_check::check_statement, statement::Statement},
    show, stack,
    statement::{self, StatementKind as Kind},
    summary::{Summary, Warning},
    task::Outcome,
    value::Value,
};

pub use load::{Load, VectorLoad};

/// The names in use, for completion; each list is sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Names {
    /// The graphs of the database.
    pub graphs: Vec<String>,
    /// The node labels of the session's graph.
    pub node_labels: Vec<String>,
    /// The edge labels of the session's graph.
    pub edge_labels: Vec<String>,
    /// The property keys of the database.
    pub property_keys: Vec<String>,
    /// The trained models of the database.
    pub models: Vec<String>,
}

/// Runs statements on a database. Sessions are independent: each sees what was committed before its statement or
/// transaction began, and its own changes.
pub struct Session {
    database: Database,
    graph: String,
    parameters: Params,
    time_zone: jiff::tz::TimeZone,
    transaction: Option<Active>,
    interrupt: InterruptHandle,
    progress: Option<ProgressCallback>,
    state: Arc<SessionState>,
    /// The statement being run.
    running: Option<Arc<Running>>,
    rights: access::Rights,
}

/// A transaction that the user began.
struct Active {
    tx: StoreTransaction,
    read_only: bool,
    finished_tasks: Vec<(String, Outcome)>,
    /// It changed users.
    users: bool,
    /// What it has changed, as a part of what all statements hold.
    pending: Arc<PendingMemory>,
}

impl Database {
    /// A new session on the graph `default`.
    pub fn session(&self) -> Session {
        Session::new(self.clone())
    }
}

impl Session {
    fn new(database: Database) -> Self {
        let state = database.activity().enter(DEFAULT_GRAPH);
        Session {
            database,
            graph: DEFAULT_GRAPH.to_owned(),
            parameters: Params::new(),
            time_zone: jiff::tz::TimeZone::system(),
            transaction: None,
            interrupt: InterruptHandle::default(),
            progress: None,
            state,
            running: None,
            rights: access::Rights::default(),
        }
    }

    /// What SHOW SESSIONS calls it.
    pub fn id(&self) -> String {
        self.state.id()
    }

    /// Says where its client is, such as the address of a connection, for SHOW SESSIONS.
    pub fn set_client(&mut self, client: Option<&str>) {
        self.state.set_client(client);
    }

    /// Runs one statement, or several separated by `;`, and gives the rows of the last. A statement that fails leaves
    /// nothing behind; those before it keep what they did.
    ///
    /// # Errors
    /// The first error, with its place in `gql`. A conflict (40000) can be met by running the transaction again.
    pub fn execute(&mut self, gql: &str, params: impl Into<Params>) -> Result<Rows> {
        let statement = self.prepare(gql)?;
        self.run(&statement, params)
    }

    /// Parses a statement, or several, to be looked at and run. Refuses a text whose parsing would take more memory than a
    /// statement may.
    ///
    /// # Errors
    /// 42001 with the place when the text is not GQL.
    pub fn prepare(&self, gql: &str) -> Result<statement::Statement> {
        /// Shorter texts are not counted.
        const SHORT: usize = 4 << 10;
        /// Bytes of memory for each byte of text, measured: the parser's pairs and the tree.
        const PARSED: usize = 180;
        let memory = self.database.memory_budget();
        if gql.len() > SHORT {
            memory.take(gql.len().saturating_mul(PARSED), "parsing the text").map_err(|error| {
                error.with_hint("pass data as parameters or load it from files, rather than as text in a statement")
            })?;
        }
        statement::Statement::parse(gql)
    }

    /// Runs what [`Session::prepare`] gave, as [`Session::execute`] does.
    ///
    /// # Errors
    /// See [`Session::execute`].
    pub fn run(&mut self, statement: &statement::Statement, params: impl Into<Params>) -> Result<Rows> {
        let (gql, params) = (statement.text(), params.into());
        let mut rows = None;
        for statement in statement.parts() {
            let text = gql.get(statement.span.start..statement.span.end).unwrap_or(gql);
            // Rows of a statement before the last are not wanted, but its errors are.
            if let Some(previous) = rows.replace(self.run_one(statement, text, &params)?) {
                previous.into_iter().try_for_each(|row| row.map(drop))?;
            }
        }
        Ok(rows.unwrap_or_else(Rows::none))
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// 25G01 when one is open already.
    pub fn transaction(&mut self) -> Result<Transaction<'_>> {
        self.begin(false)?;
        Ok(Transaction { session: self, done: false })
    }

    /// Whether a transaction is open.
    pub fn in_transaction(&self) -> bool {
        self.transaction.is_some()
    }

    /// The name of the session's graph.
    pub fn graph(&self) -> &str {
        &self.graph
    }

    /// A handle to end this session's statements from other threads.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.interrupt.clone()
    }

    /// Says whom to tell how far a statement is.
    pub fn on_progress(&mut self, callback: Option<ProgressCallback>) {
        self.progress = callback;
    }

    /// The names in use.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn names(&self) -> Result<Names> {
        let tx = match &self.transaction {
            Some(active) => active.tx.clone(),
            None => self.database.store().begin(Access::Read)?,
        };
        let mut names = Names {
            graphs: tx.graphs()?.into_iter().map(|(_, name)| name).collect(),
            property_keys: tx.property_keys()?.into_iter().map(|(_, name)| name.to_string()).collect(),
            models: model::names(&tx)?,
            ..Names::default()
        };
        if let Some(graph) = tx.graph(&self.graph)? {
            for (label, _) in tx.node_labels(graph)? {
                names.node_labels.push(tx.label_name(label)?.to_string());
            }
            for (label, _) in tx.edge_labels(graph)? {
                names.edge_labels.push(tx.label_name(label)?.to_string());
            }
        }
        for list in [&mut names.graphs, &mut names.node_labels, &mut names.edge_labels, &mut names.property_keys] {
            list.sort_unstable();
        }
        Ok(names)
    }

    fn begin(&mut self, read_only: bool) -> Result<()> {
        if self.transaction.is_some() {
            return Err(Error::new(ErrorKind::TransactionState, "25G01", "a transaction is open already")
                .with_hint("COMMIT or ROLLBACK it first"));
        }
        let read_only = read_only || self.is_read_only();
        let tx = self.database.store().begin(if read_only { Access::Read } else { Access::Write })?;
        let pending = PendingMemory::new(self.database.memory());
        self.transaction = Some(Active { tx, read_only, finished_tasks: Vec::new(), users: false, pending });
        self.state.set_transaction(Some(read_only));
        Ok(())
    }

    fn end(&mut self, commit: bool) -> Result<()> {
        let Some(active) = self.transaction.take() else {
            let what = if commit { "COMMIT" } else { "ROLLBACK" };
            return Err(Error::new(ErrorKind::TransactionState, "2D000", format!("{what} without a transaction"))
                .with_hint("START TRANSACTION begins one; a statement outside one commits by itself"));
        };
        self.state.set_transaction(None);
        let _changes = Freed(active.tx.pending_bytes() as u64);
        if commit {
            let committed = if active.read_only { Ok(()) } else { active.tx.commit().map_err(Error::from) };
            if active.users && committed.is_ok() {
                self.database.users_changed();
            }
            let settled = settle_tasks(&self.database, active.finished_tasks, committed.as_ref().err());
            // What became of the commit comes first: after a failed one the outcome of a task may not be written either.
            committed.and(settled)
        } else {
            let rolled_back = Error::rule("the transaction was rolled back");
            settle_tasks(&self.database, active.finished_tasks, Some(&rolled_back))?;
            Ok(active.tx.rollback()?)
        }
    }

    fn run_one(&mut self, statement: &ast::Statement, text: &str, given: &Params) -> Result<Rows> {
        self.database.store().check_process()?;
        let cancel = self.interrupt.begin();
        let mut params = self.parameters.clone();
        for (name, value) in given.iter() {
            params.insert(name, value.clone());
        }
        let weight = match &statement.kind {
            StatementKind::Query(query) | StatementKind::Explain(query) | StatementKind::Profile(query) => {
                stack::weight(query).map_err(|error| error.at(statement.span))?
            }
            _ => 0,
        };
        // A password is nobody else's to see.
        let shown = if matches!(statement.kind, StatementKind::User(_)) { "(a statement about users)" } else { text };
        self.running = Some(self.state.begin(shown, &cancel));
        let rows = stack::with_room(weight, || self.dispatch(statement, text, &params, cancel));
        self.running = None;
        let query = matches!(statement.kind, StatementKind::Query(_) | StatementKind::Profile(_));
        let rows = rows.map_err(|error| error.named_as_written(text, statement.span.start).at(statement.span))?;
        let kind = match &statement.kind {
            // The plan of the query says it best, which only the binder knew.
            StatementKind::Explain(_) | StatementKind::Profile(_) => rows.summary().kind,
            StatementKind::Query(_) => Kind::of_query(rows.summary().writes, rows.has_table()),
            _ => Kind::Schema,
        };
        Ok(rows.of_statement(weight, query, kind))
    }

    fn dispatch(
        &mut self,
        statement: &ast::Statement,
        text: &str,
        params: &Params,
        cancel: CancelFlag,
    ) -> Result<Rows> {
        match &statement.kind {
            StatementKind::Query(query) => {
                let bound = Binder::new(params).bind(query)?;
                self.run_bound(bound, text, cancel)
            }
            StatementKind::Explain(query) => {
                let bound = Binder::new(params).bind(query)?;
                let kind = Kind::of_query(bound.plan.writes(), bound.columns.is_some());
                let st = self.statement(&bound, text, cancel, false)?;
                let plan = optimize(bound.plan, &Statistics::of(&st))?;
                let lines = explain(&plan).into_iter().map(|(line, _)| vec![Value::String(line.into())]).collect();
                let description = PlanDescription::new(&plan, &|_| None);
                let rows = self.table(&["plan"], lines, None, text, params, CancelFlag::default())?;
                Ok(rows.with_plan(description).of_kind(kind))
            }
            StatementKind::Profile(query) => {
                let bound = Binder::new(params).bind(query)?;
                let kind = Kind::of_query(bound.plan.writes(), bound.columns.is_some());
                let profile = Profile::default();
                let mut lines = Vec::new();
                let mut description = None;
                let changes = self.run_plan(
                    bound,
                    text,
                    cancel,
                    |plan| exec::build::build_profiled(plan, &profile),
                    |plan| {
                        for (line, operator) in explain(plan) {
                            let figures = profile.figures(operator);
                            lines.push(vec![
                                Value::String(line.into()),
                                figures.map_or(Value::Null, |(rows, _)| Value::Int(rows as i64)),
                                figures.map_or(Value::Null, |(_, milliseconds)| Value::Float(milliseconds)),
                            ]);
                        }
                        description = Some(PlanDescription::new(plan, &|operator| profile.figures(operator)));
                    },
                )?;
                let names = ["plan", "rows", "milliseconds"];
                let rows = self.table(&names, lines, None, text, params, CancelFlag::default())?;
                let rows = rows.with_changes(changes).of_kind(kind);
                Ok(match description {
                    Some(description) => rows.with_plan(description),
                    None => rows,
                })
            }
            StatementKind::StartTransaction { .. } | StatementKind::Commit | StatementKind::Rollback => {
                self.may_control_transactions()?;
                match &statement.kind {
                    StatementKind::StartTransaction { read_only } => self.begin(*read_only)?,
                    kind => self.end(*kind == StatementKind::Commit)?,
                }
                Ok(Rows::none())
            }
            StatementKind::SessionSetGraph(name) => {
                let tx = self.catalog(false)?.0;
                graph_id(&tx, &name.name).map_err(|error| error.at(name.span))?;
                self.graph.clone_from(&name.name);
                self.state.set_graph(&self.graph);
                Ok(Rows::none())
            }
            StatementKind::SessionSetValue { name, value } => {
                let value = self.constant(value, params)?;
                self.parameters.insert(name.name.as_str(), value);
                Ok(Rows::none())
            }
            StatementKind::SessionSetTimeZone(zone) => {
                let Value::String(name) = self.constant(zone, params)? else {
                    return Err(Error::value_type("a time zone is named by a STRING, such as 'Europe/Berlin'"));
                };
                self.time_zone = crate::value::temporal::zone_of(&name).ok_or_else(|| {
                    Error::data("22009", format!("there is no time zone '{name}'"))
                        .with_hint("write a name such as 'Europe/Berlin', or an offset such as '+02:00'")
                })?;
                Ok(Rows::none())
            }
            StatementKind::SessionReset(what) => {
                if matches!(what, SessionReset::All | SessionReset::Graph) {
                    self.graph = DEFAULT_GRAPH.to_owned();
                    self.state.set_graph(DEFAULT_GRAPH);
                }
                if matches!(what, SessionReset::All | SessionReset::Parameters) {
                    self.parameters = Params::new();
                }
                if matches!(what, SessionReset::All | SessionReset::TimeZone) {
                    self.time_zone = jiff::tz::TimeZone::system();
                }
                if let SessionReset::Parameter(name) = what {
                    self.parameters.remove(&name.name);
                }
                Ok(Rows::none())
            }
            StatementKind::SessionClose => {
                if self.transaction.is_some() {
                    self.may_control_transactions()?;
                    self.end(false)?;
                }
                Ok(Rows::none())
            }
            StatementKind::CreateGraph { .. }
            | StatementKind::DropGraph { .. }
            | StatementKind::CreateGraphType { .. }
            | StatementKind::DropGraphType { .. }
            | StatementKind::CreateIndex { .. }
            | StatementKind::DropIndex { .. }
            | StatementKind::DropModel { .. } => self.catalog_statement(&statement.kind),
            StatementKind::Show { what, category, tail } => {
                if matches!(what.as_str(), "USERS" | "TOKENS") {
                    self.must_be(Role::Admin, "shows users")?;
                }
                if what == "EMBEDDINGS" {
                    let rows = procedure::embeddings(&self.statement(&NOTHING, text, cancel.clone(), false)?)?;
                    return self.table(&procedure::EMBEDDING_COLUMNS, rows, tail.as_ref(), text, params, cancel);
                }
                let tx = self.catalog(false)?.0;
                let (columns, mut rows) = show::table(what, category.as_ref(), &tx, &self.graph, &self.database)?;
                if what == "QUERIES" {
                    self.hide_texts_of_others(&mut rows);
                }
                self.table(columns, rows, tail.as_ref(), text, params, cancel)
            }
            StatementKind::ShowTask(id) => {
                let row = self.database.tasks().row(&self.task_id(id, params)?)?;
                self.table(&crate::task::COLUMNS, vec![row], None, text, params, cancel)
            }
            StatementKind::StopTask(id) => {
                self.must_be(Role::Editor, "stops a task")?;
                self.database.tasks().stop(&self.task_id(id, params)?)?;
                Ok(Rows::none())
            }
            StatementKind::DeleteTask(id) => {
                self.must_be(Role::Editor, "deletes a task")?;
                self.database.tasks().delete(&self.task_id(id, params)?)?;
                Ok(Rows::none())
            }
            StatementKind::Describe { what, name } => {
                let tx = self.catalog(false)?.0;
                let (columns, rows) = show::describe(what, name, &tx)?;
                self.table(columns, rows, None, text, params, cancel)
            }
            StatementKind::KillQuery(id) => {
                let id = match self.constant(id, params)? {
                    Value::String(id) => id.to_string(),
                    Value::Int(number) => number.to_string(),
                    other => {
                        let message = format!("a statement is named by a STRING, not {}", other.type_name());
                        return Err(Error::value_type(message).at(id.span));
                    }
                };
                // One's own statements, or as the administrator all.
                let own = |query: &RunningQuery| query.id == id && query.user.as_deref() == self.user();
                if !self.database.queries().iter().any(own) {
                    self.must_be(Role::Admin, "ends a statement of someone else")?;
                }
                self.database.kill_query(&id).map(|()| Rows::none())
            }
            StatementKind::User(statement) => self.user_statement(statement, text, params),
            StatementKind::Backup { to } => self.backup(to, text, params),
            StatementKind::CheckDatabase => self.check_database(text, params),
            StatementKind::RefreshEmbedding(property) => {
                let st = self.statement(&NOTHING, text, cancel, true)?;
                let (row, summary, _) = self
                    .within(st, |st| procedure::refresh(st, &property.name).map_err(|error| error.at(property.span)))?;
                let columns = &procedure::REFRESH_COLUMNS;
                let rows = self.table(columns, vec![row], None, text, params, CancelFlag::default())?;
                Ok(rows.with_changes(summary))
            }
        }
    }

    /// The value of an expression without variables.
    fn constant(&self, text: &ast::Expr, params: &Params) -> Result<Value> {
        let expr = Binder::new(params).constant(text)?;
        let st = self.statement(&NOTHING, "", CancelFlag::default(), false)?;
        eval(&expr, &Batch::unit(), 0, &st)
    }

    fn task_id(&self, text: &ast::Expr, params: &Params) -> Result<String> {
        match self.constant(text, params)? {
            Value::String(id) => Ok(id.to_string()),
            other => {
                Err(Error::value_type(format!("a task is named by a STRING, not {}", other.type_name())).at(text.span))
            }
        }
    }

    /// A transaction for a change of the catalog; `true` = to be committed at once.
    fn catalog(&self, write: bool) -> Result<(StoreTransaction, bool)> {
        if write {
            self.must_be_writable(self.transaction.as_ref())?;
        }
        if let Some(active) = &self.transaction {
            return Ok((active.tx.clone(), false));
        }
        Ok((self.database.store().begin(if write { Access::Write } else { Access::Read })?, true))
    }

    /// A result made of rows that are known.
    fn table(
        &mut self,
        columns: &[&str],
        rows: Vec<Vec<Value>>,
        tail: Option<&ast::ShowTail>,
        text: &str,
        params: &Params,
        cancel: CancelFlag,
    ) -> Result<Rows> {
        let bound = Binder::new(params).bind_table(columns, rows, tail)?;
        self.run_bound(bound, text, cancel)
    }

    /// The state of a statement about to run.
    fn statement(&self, bound: &Bound, text: &str, cancel: CancelFlag, writes: bool) -> Result<Statement> {
        if writes {
            self.must_be_writable(self.transaction.as_ref())?;
        } else if self.rights.role < Role::Editor && bound.plan.reads_files() {
            self.must_be(Role::Editor, "reads a file")?;
        }
        let tx = match &self.transaction {
            Some(active) if writes => active.tx.clone(),
            // Its rows can be read while later statements change the graph.
            Some(active) => active.tx.view(),
            None => self.database.store().begin(if writes { Access::Write } else { Access::Read })?,
        };
        let (name, span) = match &bound.graph {
            Some(graph) => (graph.name.as_str(), Some(graph.span)),
            None => (self.graph.as_str(), None),
        };
        let graph: GraphId = graph_id(&tx, name).map_err(|error| match span {
            Some(span) => error.at(span),
            None => error,
        })?;
        let schema = if writes { self.database.schema(&tx, graph)? } else { None };
        let pending = match &self.transaction {
            Some(active) => active.pending.clone(),
            None => PendingMemory::new(self.database.memory()),
        };
        Ok(Statement {
            database: self.database.clone(),
            tx,
            graph,
            graph_name: name.into(),
            explicit_transaction: self.transaction.is_some(),
            writes,
            text: text.into(),
            function: FunctionContext::new(jiff::Timestamp::now().to_zoned(self.time_zone.clone())),
            cancel,
            memory: self.database.memory_budget(),
            pending,
            schema,
            touched: Mutex::default(),
            changes: Mutex::default(),
            warnings: Mutex::default(),
            finished_tasks: Mutex::default(),
            progress: self.progress.clone(),
            running: self.running.clone(),
            cache: std::sync::OnceLock::new(),
            reader: Mutex::default(),
            lists: Mutex::default(),
        })
    }

    fn run_bound(&mut self, bound: Bound, text: &str, cancel: CancelFlag) -> Result<Rows> {
        let writes = bound.plan.writes();
        let st = self.statement(&bound, text, cancel, writes)?;
        names::check(&st, &bound.names)?;
        let plan = optimize(bound.plan, &Statistics::of(&st))?;
        let operator = exec::build::build(&plan);
        match bound.columns {
            Some(columns) if !writes => Rows::stream(columns, operator, st),
            columns => self.complete(operator, st, columns),
        }
    }

    /// Runs a query with operators made by `build` to its end, and shows `after` the plan it ran.
    fn run_plan(
        &mut self,
        bound: Bound,
        text: &str,
        cancel: CancelFlag,
        build: impl FnOnce(&Plan) -> BoxOperator,
        after: impl FnOnce(&Plan),
    ) -> Result<Summary> {
        let st = self.statement(&bound, text, cancel, bound.plan.writes())?;
        let plan = optimize(bound.plan, &Statistics::of(&st))?;
        let summary = self.complete(build(&plan), st, None)?.summary().clone();
        after(&plan);
        Ok(summary)
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
    fn within<T>(
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
                let _ = settle_tasks(&self.database, std::mem::take(&mut *st.finished_tasks.lock()), Some(&error));
                Err(error)
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.state.leave();
    }
}

impl Statement {
    /// Commits the statement's own transaction, and settles the tasks that wrote in it.
    pub(crate) fn commit(&self) -> Result<()> {
        let _changes = Freed(self.tx.pending_bytes() as u64);
        let committed = self.tx.commit().map_err(Error::from);
        let settled =
            settle_tasks(&self.database, std::mem::take(&mut *self.finished_tasks.lock()), committed.as_ref().err());
        committed.and(settled)
    }

    /// What a thread needs to go on after this statement with another that has a transaction of its own.
    pub(crate) fn background(&self, cancel: CancelFlag) -> Background {
        Background {
            database: self.database.clone(),
            graph: self.graph,
            graph_name: self.graph_name.clone(),
            text: self.text.clone(),
            now: self.function.now.clone(),
            schema: self.schema.clone(),
            cancel,
        }
    }
}

/// A statement that runs later, and until then holds no snapshot.
pub(crate) struct Background {
    database: Database,
    graph: GraphId,
    graph_name: Arc<str>,
    text: Arc<str>,
    now: jiff::Zoned,
    schema: Option<Arc<crate::schema::Schema>>,
    cancel: CancelFlag,
}

impl Background {
    /// The statement, on a snapshot taken now.
    ///
    /// # Errors
    /// 42002 when its graph has been dropped meanwhile.
    pub(crate) fn begin(self) -> Result<Statement> {
        let tx = self.database.store().begin(Access::Write)?;
        if graph_id(&tx, &self.graph_name)? != self.graph {
            return Err(Error::reference(format!("the graph `{}` was dropped before the task began", self.graph_name)));
        }
        Ok(Statement {
            database: self.database.clone(),
            tx,
            graph: self.graph,
            graph_name: self.graph_name,
            explicit_transaction: false,
            writes: true,
            text: self.text,
            function: FunctionContext::new(self.now),
            cancel: self.cancel,
            memory: self.database.memory_budget(),
            pending: PendingMemory::new(self.database.memory()),
            schema: self.schema,
            touched: Mutex::default(),
            changes: Mutex::default(),
            warnings: Mutex::default(),
            finished_tasks: Mutex::default(),
            progress: None,
            running: None,
            cache: std::sync::OnceLock::new(),
            reader: Mutex::default(),
            lists: Mutex::default(),
        })
    }
}

/// Of a statement without a query.
const NOTHING: Bound = Bound { plan: Plan::Unit, columns: None, graph: None, names: Vec::new() };

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

/// Tells the task list how the transaction of finished writes ended.
fn settle_tasks(database: &Database, tasks: Vec<(String, Outcome)>, error: Option<&Error>) -> Result<()> {
    for (id, outcome) in tasks {
        match error {
            None => database.tasks().committed(&id, outcome),
            Some(error) => database.tasks().ended(&id, Outcome::Failed(error.to_string()))?,
        }
    }
    Ok(())
}

fn finish(tx: &StoreTransaction, own: bool) -> Result<()> {
    if own { Ok(tx.commit()?) } else { Ok(()) }
}

/// No rows, and a warning that there was nothing to do.
fn warned(message: String) -> Rows {
    noticed("01G03", message)
}

/// No rows, and a warning.
fn noticed(gqlstatus: &'static str, message: String) -> Rows {
    let warnings = vec![Warning { gqlstatus, message }];
    Rows::buffered(None, Vec::new(), Summary { warnings, ..Summary::default() })
}

fn read_only() -> Error {
    Error::new(
        ErrorKind::TransactionState,
        "25G03",
        "the statement changes data, and the transaction or database is read-only",
    )
}

/// A transaction: what is executed in it is committed together, or not at all. Dropped without a commit it is rolled back.
pub struct Transaction<'s> {
    session: &'s mut Session,
    done: bool,
}

impl Transaction<'_> {
    /// Runs statements in the transaction. One that fails leaves nothing behind; the transaction goes on.
    ///
    /// # Errors
    /// See [`Session::execute`].
    pub fn execute(&mut self, gql: &str, params: impl Into<Params>) -> Result<Rows> {
        self.session.execute(gql, params)
    }

    /// Makes the changes visible to others, all at once.
    ///
    /// # Errors
    /// 40000 when another transaction changed the same data first: nothing is kept, and the transaction can be run again.
    pub fn commit(mut self) -> Result<()> {
        self.done = true;
        self.session.end(true)
    }

    /// Forgets the changes.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn rollback(mut self) -> Result<()> {
        self.done = true;
        self.session.end(false)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // A COMMIT or ROLLBACK statement may have ended it already.
        if !self.done && self.session.in_transaction() {
            let _ = self.session.end(false);
        }
    }
}
