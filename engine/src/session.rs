//! Sessions: where statements run, one after the other.

mod access;
mod arrays;
#[cfg(feature = "parquet")]
mod blocks;
mod catalog;
mod copy;
mod examples;
#[cfg(feature = "users")]
mod hosting;
mod import;
mod load;
mod names;
mod one_row;
mod outline;
mod prepared;
mod query;
mod settings;
mod show;
mod tasks;
mod transaction;
#[cfg(feature = "users")]
mod users;
mod whole;

use std::sync::Arc;

use query::NOTHING;
use transaction::Active;
use wend_grammar::ast::{self, StatementKind};
use wend_storage::{Access, Transaction as StoreTransaction};

use crate::{
    activity::{Running, SessionState},
    bind::Binder,
    control::{CancelToken, InterruptHandle, ProgressCallback, RunOptions},
    database::Database,
    error::{Error, ErrorKind, Result},
    model,
    names::DEFAULT_GRAPH,
    params::Params,
    procedure,
    rows::Rows,
    runtime::{batch::Batch, eval::eval},
    stack,
    statement::{Statement, StatementKind as Kind},
    summary::{Summary, Warning},
    value::Value,
};

pub use arrays::{Adjacency, GraphNodes, NodeVectors, Selection};
#[cfg(feature = "parquet")]
pub use blocks::ImportedVectors;
pub use load::{Load, VectorLoad};
pub use prepared::Prepared;
pub use transaction::Transaction;

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
    /// The run of a statement may change nothing ([`RunOptions::read_only`]).
    only_reads: bool,
    rights: access::Rights,
}

/// One run of a statement.
struct Run<'a> {
    /// The statement of the text that it is a part of; none for work that a program asks for by a call.
    statement: Option<&'a Statement>,
    /// Its position among the statements of the text.
    part: usize,
    /// Its text.
    text: &'a str,
    params: &'a Params,
    options: &'a RunOptions,
    cancel: CancelToken,
    /// Whether the statement has run before.
    again: bool,
}

impl Run<'_> {
    /// The same run after its work is done and committed: showing the result is not cancelled.
    fn done(&self) -> Run<'_> {
        Run { cancel: CancelToken::new(), ..*self }
    }
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
            only_reads: false,
            rights: access::Rights::default(),
        }
    }

    /// Runs one statement, or several separated by `;`, and gives the rows of the last. A statement that fails leaves
    /// nothing behind; those before it keep what they did.
    ///
    /// # Errors
    /// The first error, with its place in `gql`. A conflict (40000) can be met by running the transaction again.
    pub fn execute(&mut self, gql: &str, params: impl Into<Params>) -> Result<Rows> {
        let statement = self.parse(gql)?;
        self.run(&statement, params)
    }

    /// Parses a statement, or several, to be looked at and run. A text that was parsed before may give the same statement
    /// again, whose plan is kept. Refuses a text whose parsing would take more memory than a statement may.
    ///
    /// # Errors
    /// 42001 with the place when the text is not GQL.
    pub fn parse(&self, gql: &str) -> Result<Statement> {
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
        self.database.statements().parsed(gql, Statement::parse)
    }

    /// Parses a statement, or several, to be run as often as is wanted, with limits of each run.
    ///
    /// ```
    /// use wenddb::{Database, RunOptions, params};
    ///
    /// let db = Database::in_memory()?;
    /// let mut session = db.session();
    /// let mut insert = session.prepare("INSERT (:City {_id: $id})")?;
    /// for id in ["ulm", "bonn"] {
    ///     insert.run(params! {"id" => id}, &RunOptions::default())?;
    /// }
    /// assert_eq!(session.value::<i64>("MATCH (c:City) RETURN COUNT(*)", ())?, 2);
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    ///
    /// # Errors
    /// See [`Session::parse`].
    pub fn prepare(&mut self, gql: &str) -> Result<Prepared<'_>> {
        let statement = self.parse(gql)?;
        Ok(Prepared::new(self, statement))
    }

    /// Runs what [`Session::parse`] gave, as [`Session::execute`] does.
    ///
    /// # Errors
    /// See [`Session::execute`].
    pub fn run(&mut self, statement: &Statement, params: impl Into<Params>) -> Result<Rows> {
        self.run_with(statement, params, &RunOptions::default())
    }

    /// Runs what [`Session::parse`] gave, with limits of this run.
    ///
    /// # Errors
    /// See [`Session::execute`]; 40000 when it was cancelled, 25N14 when its deadline has passed.
    pub fn run_with(&mut self, statement: &Statement, params: impl Into<Params>, options: &RunOptions) -> Result<Rows> {
        let mut params = params.into();
        for (name, value) in self.parameters.iter() {
            if params.get(name).is_none() {
                params.insert(name, value.clone());
            }
        }
        let (gql, again) = (statement.text(), statement.runs_again());
        let mut rows = None;
        for (part, parsed) in statement.parts().iter().enumerate() {
            let text = gql.get(parsed.span.start..parsed.span.end).unwrap_or(gql);
            let cancel = options.cancel.child(options.deadline);
            let run = Run { statement: Some(statement), part, text, params: &params, options, cancel, again };
            // Rows of a statement before the last are not wanted, but its errors are.
            if let Some(previous) = rows.replace(self.run_one(parsed, &run)?) {
                previous.into_iter().try_for_each(|row| row.map(drop))?;
            }
        }
        Ok(rows.unwrap_or_else(Rows::none))
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

    fn run_one(&mut self, statement: &ast::Statement, run: &Run<'_>) -> Result<Rows> {
        self.database.store().check_process()?;
        self.interrupt.begin(&run.cancel);
        let weight = match &statement.kind {
            StatementKind::Query(query) | StatementKind::Explain(query) | StatementKind::Profile(query) => {
                stack::weight(query).map_err(|error| error.at(statement.span))?
            }
            _ => 0,
        };
        // A password is nobody else's to see.
        let shown =
            if matches!(statement.kind, StatementKind::User(_)) { "(a statement about users)" } else { run.text };
        self.running = Some(self.state.begin(shown, &run.cancel));
        self.only_reads = run.options.read_only;
        let rows = run.cancel.check().and_then(|()| stack::with_room(weight, || self.dispatch(&statement.kind, run)));
        (self.running, self.only_reads) = (None, false);
        let query = matches!(statement.kind, StatementKind::Query(_) | StatementKind::Profile(_));
        let rows = rows.map_err(|error| error.named_as_written(run.text, statement.span.start).at(statement.span))?;
        let kind = match &statement.kind {
            // The plan of the query says it best, which only the binder knew.
            StatementKind::Explain(_) | StatementKind::Profile(_) => rows.summary().kind,
            StatementKind::Query(_) => Kind::of_query(rows.summary().writes, rows.has_table()),
            _ => Kind::Schema,
        };
        Ok(rows.of_statement(weight, query, kind))
    }

    /// Hands a statement to those of its kind.
    fn dispatch(&mut self, kind: &StatementKind, run: &Run<'_>) -> Result<Rows> {
        match kind {
            StatementKind::Query(query) => self.query(query, run),
            StatementKind::Explain(query) => self.explain(query, run),
            StatementKind::Profile(query) => self.profile(query, run),
            StatementKind::StartTransaction { .. } | StatementKind::Commit | StatementKind::Rollback => {
                self.transaction_statement(kind)
            }
            StatementKind::Savepoint(name)
            | StatementKind::RollbackTo(name)
            | StatementKind::ReleaseSavepoint(name) => self.savepoint_statement(kind, name),
            StatementKind::SessionSetGraph(_)
            | StatementKind::SessionSetValue { .. }
            | StatementKind::SessionSetTimeZone(_)
            | StatementKind::SessionReset(_)
            | StatementKind::SessionClose => self.session_statement(kind, run),
            StatementKind::CreateGraph { .. }
            | StatementKind::DropGraph { .. }
            | StatementKind::CreateGraphType { .. }
            | StatementKind::DropGraphType { .. }
            | StatementKind::CreateIndex { .. }
            | StatementKind::CreateVectorIndex(_)
            | StatementKind::CreateTextIndex(_)
            | StatementKind::DropIndex { .. }
            | StatementKind::RefreshIndex(_)
            | StatementKind::CreateConstraint(_)
            | StatementKind::DropConstraint { .. }
            | StatementKind::DropModel { .. } => self.catalog_statement(kind, run),
            StatementKind::Show { what, category, tail } => self.show(what, category.as_ref(), tail.as_ref(), run),
            StatementKind::Describe { what, name } => self.describe(what, name, run),
            StatementKind::ShowTask(id) => self.show_task(id, run),
            // These change no data, and do more than read all the same.
            StatementKind::StopTask(_)
            | StatementKind::DeleteTask(_)
            | StatementKind::KillQuery(_)
            | StatementKind::Backup { .. }
                if self.only_reads =>
            {
                Err(only_reads())
            }
            StatementKind::StopTask(id) => self.stop_task(id, run),
            StatementKind::DeleteTask(id) => self.delete_task(id, run),
            StatementKind::KillQuery(id) => self.kill_query(id, run),
            #[cfg(feature = "users")]
            StatementKind::User(statement) => self.user_statement(statement, run),
            #[cfg(not(feature = "users"))]
            StatementKind::User(_) => Err(crate::role::without_users()),
            StatementKind::Backup { to } => self.backup(to, run),
            StatementKind::CheckDatabase => self.check_database(run),
            StatementKind::Copy { query, to } => self.copy(query, to, run),
            StatementKind::RefreshEmbedding(property) => {
                let st = self.statement(&NOTHING, run, true)?;
                let (row, summary, _) = self
                    .within(st, |st| procedure::refresh(st, &property.name).map_err(|error| error.at(property.span)))?;
                let rows = self.table(&procedure::REFRESH_COLUMNS, vec![row], None, &run.done())?;
                Ok(rows.with_changes(summary))
            }
        }
    }

    /// The value of an expression without variables.
    fn constant(&self, text: &ast::Expr, run: &Run<'_>) -> Result<Value> {
        let expr = Binder::new(run.params).constant(text)?;
        let st = self.statement(&NOTHING, run, false)?;
        eval(&expr, &Batch::unit(), 0, &st)
    }

    /// A result made of rows that are known.
    fn table(
        &mut self,
        columns: &[&str],
        rows: Vec<Vec<Value>>,
        tail: Option<&ast::ShowTail>,
        run: &Run<'_>,
    ) -> Result<Rows> {
        let bound = Binder::new(run.params).bind_table(columns, rows, tail)?;
        self.run_bound(bound, run)
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
}

impl Drop for Session {
    fn drop(&mut self) {
        self.state.leave();
    }
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

/// The error of a statement that ends, removes or copies something, in a run that may only read.
fn only_reads() -> Error {
    Error::new(ErrorKind::TransactionState, "25G03", "the statement does more than read, and this run may only read")
}

fn read_only() -> Error {
    Error::new(
        ErrorKind::TransactionState,
        "25G03",
        "the statement changes data, and the transaction or database is read-only",
    )
}
