//! Results: rows that stream, and what a statement did.

pub(crate) mod batch;
mod deserialize;
mod matrix;
mod one;

use std::{fmt, sync::Arc};

use crate::{
    control::InterruptHandle,
    error::{Error, Result},
    exec::operator::BoxOperator,
    memory::MemoryBudget,
    plan::explain::PlanDescription,
    runtime::{
        batch::{Batch, Column},
        element::{deleted, hydrate},
        statement::Statement,
    },
    stack::with_room,
    statement::StatementKind,
    summary::Summary,
    value::{FromValue, Value, deserialize::no_column},
};

/// The rows of a result, read one after the other, or about a thousand at a time as columns
/// ([`Rows::next_batch`]). A result need not fit into memory.
pub struct Rows {
    columns: Arc<[String]>,
    has_table: bool,
    source: Source,
    batch: Batch,
    next: usize,
    any: bool,
    summary: Summary,
    /// Of the statement, for the room that its operators need on the stack.
    weight: usize,
}

enum Source {
    /// Pulled from the operators as rows are asked for.
    Stream {
        operator: BoxOperator,
        statement: Box<Statement>,
    },
    /// Read already; they count against the limits until they are gone.
    Buffered {
        batches: std::vec::IntoIter<Batch>,
        _memory: Option<MemoryBudget>,
    },
    Done,
}

impl Rows {
    /// No result table.
    pub(crate) fn none() -> Self {
        Self::buffered(None, Vec::new(), Summary::default())
    }

    /// Rows that are there, with all their content.
    pub(crate) fn buffered(columns: Option<Vec<String>>, batches: Vec<Batch>, summary: Summary) -> Self {
        let has_table = columns.is_some();
        let any = !batches.is_empty();
        let batches = batches.into_iter();
        let mut rows = Rows {
            columns: columns.unwrap_or_default().into(),
            has_table,
            source: Source::Buffered { batches, _memory: None },
            batch: Batch::default(),
            next: 0,
            any,
            summary,
            weight: 0,
        };
        rows.set_status();
        rows
    }

    /// Says by what budget its rows were made.
    pub(crate) fn holding(mut self, memory: MemoryBudget) -> Self {
        if let Source::Buffered { batches, _memory } = &mut self.source
            && batches.len() > 0
        {
            *_memory = Some(memory);
        }
        self
    }

    /// Rows still to be computed. The first of them are computed now, so that most errors show before any is read.
    pub(crate) fn stream(columns: Vec<String>, operator: BoxOperator, statement: Statement) -> Result<Self> {
        let mut rows = Rows {
            columns: columns.into(),
            has_table: true,
            source: Source::Stream { operator, statement: Box::new(statement) },
            batch: Batch::default(),
            next: 0,
            any: false,
            summary: Summary { gqlstatus: "02000", ..Summary::default() },
            weight: 0,
        };
        rows.batch = rows.pull()?.unwrap_or_default();
        rows.any = !rows.batch.is_empty();
        rows.set_status();
        Ok(rows)
    }

    pub(crate) fn of_statement(mut self, weight: usize, query: bool, kind: StatementKind) -> Self {
        self.weight = weight;
        self.summary.query = query;
        self.summary.kind = kind;
        self
    }

    pub(crate) fn of_kind(mut self, kind: StatementKind) -> Self {
        self.summary.kind = kind;
        self
    }

    pub(crate) fn with_plan(mut self, plan: PlanDescription) -> Self {
        self.summary.plan = Some(plan);
        self
    }

    /// Takes over what another statement did.
    pub(crate) fn with_changes(mut self, other: Summary) -> Self {
        self.summary.changes = other.changes;
        self.summary.warnings = other.warnings;
        self.summary.writes = other.writes;
        self
    }

    /// A handle to end the statement while its rows are read.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        match &self.source {
            Source::Stream { statement, .. } => InterruptHandle::of(&statement.cancel),
            _ => InterruptHandle::default(),
        }
    }

    /// The columns' names in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Whether the statement has a result table, if only an empty one.
    pub fn has_table(&self) -> bool {
        self.has_table
    }

    /// What the statement did; complete once all rows have been read.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    fn set_status(&mut self) {
        self.summary.gqlstatus = match (self.has_table, self.any) {
            (false, _) => "00001",
            (true, false) => "02000",
            (true, true) => "00000",
        };
    }

    fn pull(&mut self) -> Result<Option<Batch>> {
        match &mut self.source {
            Source::Done => Ok(None),
            Source::Buffered { batches, .. } => Ok(batches.next()),
            Source::Stream { operator, statement } => {
                statement.cancel.check()?;
                match operator.next(statement)? {
                    Some(batch) => {
                        statement.running.iter().for_each(|running| running.gave(batch.len()));
                        Ok(Some(hydrate_batch(batch, &self.columns, statement)?))
                    }
                    None => {
                        self.summary.changes = *statement.changes.lock();
                        self.summary.warnings = std::mem::take(&mut *statement.warnings.lock());
                        self.source = Source::Done;
                        Ok(None)
                    }
                }
            }
        }
    }
}

/// The first columns of a batch, which have these names, with all the content of their values.
pub(crate) fn hydrate_batch(mut batch: Batch, names: &[String], statement: &Statement) -> Result<Batch> {
    let mut out = Batch::with_len(batch.len());
    for (slot, name) in names.iter().enumerate() {
        let values = match batch.take(slot) {
            typed @ Column::Typed(_) => {
                out.set(slot, typed);
                continue;
            }
            column => column.into_values(batch.len()),
        };
        let named = |error: Error| match error.gqlstatus() {
            "22G11" => deleted(&format!("what the column `{name}` holds")),
            _ => error,
        };
        let values = values.into_iter().map(|value| hydrate(statement, value).map_err(named)).collect::<Result<_>>()?;
        out.set(slot, Column::Values(values));
    }
    Ok(out)
}

impl Rows {
    /// The rows of the next batch, or what is left of one that was begun; `None` after the last.
    fn next_values(&mut self) -> Result<Option<Batch>> {
        if self.next < self.batch.len() {
            let batch = std::mem::take(&mut self.batch);
            let from = std::mem::take(&mut self.next);
            self.mark_any();
            return Ok(Some(if from == 0 { batch } else { batch.slice(from, batch.len()) }));
        }
        match with_room(self.weight, || self.pull()) {
            Ok(None) => Ok(None),
            Ok(Some(batch)) => {
                self.mark_any();
                Ok(Some(batch))
            }
            Err(error) => {
                self.source = Source::Done;
                Err(error)
            }
        }
    }

    fn mark_any(&mut self) {
        if !self.any {
            self.any = true;
            self.set_status();
        }
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        let source = std::mem::replace(&mut self.source, Source::Done);
        with_room(self.weight, || drop(source));
    }
}

impl Iterator for Rows {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Result<Row>> {
        if self.next >= self.batch.len() {
            match self.next_values() {
                Ok(Some(batch)) => {
                    self.batch = batch;
                    self.next = 0;
                }
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
        let row = self.next;
        self.next += 1;
        let values = (0..self.columns.len()).map(|slot| self.batch.value(slot, row)).collect();
        Some(Ok(Row { columns: self.columns.clone(), values }))
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("columns", &self.columns).field("summary", &self.summary).finish_non_exhaustive()
    }
}

/// One row of a result.
#[derive(Clone, Debug)]
pub struct Row {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// The value of a column, as a Rust type.
    ///
    /// # Errors
    /// 42002, of the kind [`ErrorKind::Result`](crate::ErrorKind::Result), when there is no such column; 22G03 when its
    /// value is of another type.
    ///
    /// ```
    /// # let mut session = wenddb::Database::in_memory()?.session();
    /// let row = session.row("RETURN [1, 2] AS list, NULL AS nothing", ())?;
    /// assert_eq!(row.get::<Vec<i64>>("list")?, [1, 2]);
    /// assert_eq!(row.get::<Option<&str>>("nothing")?, None);
    /// assert_eq!(row.get::<i64>("lost").unwrap_err().kind(), wenddb::ErrorKind::Result);
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    pub fn get<'a, T: FromValue<'a>>(&'a self, column: &str) -> Result<T> {
        let position = self.columns.iter().position(|name| name == column);
        self.at(position.ok_or_else(|| no_column(&format!("`{column}`"), &self.columns))?)
    }

    /// The value of the column at a position, counted from 0.
    ///
    /// # Errors
    /// 42002, of the kind [`ErrorKind::Result`](crate::ErrorKind::Result), when there are fewer columns; 22G03 when the
    /// value is of another type.
    ///
    /// ```
    /// # let mut session = wenddb::Database::in_memory()?.session();
    /// assert_eq!(session.row("RETURN 1 AS a, 2 AS b", ())?.at::<i64>(1)?, 2);
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    pub fn at<'a, T: FromValue<'a>>(&'a self, position: usize) -> Result<T> {
        let value = self.values.get(position);
        T::from_value(value.ok_or_else(|| no_column(&position.to_string(), &self.columns))?)
    }

    /// The columns' names.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The values in column order.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The values in column order.
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }
}
