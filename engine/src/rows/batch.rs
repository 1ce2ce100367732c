//! Rows of a result as columns.

use std::sync::Arc;

use super::Rows;
use crate::{
    column::Column,
    error::{Error, ErrorKind, Result},
    runtime,
    value::deserialize::no_column,
};

/// Some rows of a result, column by column; [`Rows::next_batch`] gives them.
#[derive(Clone, Debug)]
pub struct Batch {
    names: Arc<[String]>,
    columns: Vec<Column>,
    len: usize,
}

impl Batch {
    pub(crate) fn new(names: Arc<[String]>, columns: Vec<Column>, len: usize) -> Self {
        Batch { names, columns, len }
    }

    /// A batch of columns that have these names and are as long as each other.
    ///
    /// # Errors
    /// Of the kind [`ErrorKind::Usage`](crate::ErrorKind::Usage) when there are more or fewer names than columns, or columns differ
    /// in length.
    pub fn of_columns(names: Vec<String>, columns: Vec<Column>) -> Result<Self> {
        let len = columns.first().map_or(0, Column::len);
        if names.len() != columns.len() || columns.iter().any(|column| column.len() != len) {
            let message = "a batch has a name for each column, and columns of one length";
            return Err(Error::new(ErrorKind::Usage, "22000", message));
        }
        Ok(Batch::new(names.into(), columns, len))
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The columns' names in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The columns in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns in order, to be taken over without a copy.
    pub fn into_columns(self) -> Vec<Column> {
        self.columns
    }

    /// The column of a name.
    ///
    /// # Errors
    /// 42002, of the kind [`ErrorKind::Result`](crate::ErrorKind::Result), when there is no such column.
    pub fn column(&self, name: &str) -> Result<&Column> {
        let found = self.names.iter().zip(&self.columns).find(|(known, _)| *known == name);
        found.map(|(_, column)| column).ok_or_else(|| no_column(&format!("`{name}`"), &self.names))
    }
}

impl Rows {
    /// The next rows as columns: up to about a thousand, or `None` after the last. A column is an array of one type
    /// ([`ColumnData`](crate::ColumnData)) where all its values in these rows have one, so the next batch may have
    /// another array for it. Vectors of one length are one block of numbers.
    ///
    /// Rows can be read one by one as well: the next batch begins after the last row that was read, and the next row
    /// comes after the last batch.
    ///
    /// # Errors
    /// The errors of the statement.
    ///
    /// ```
    /// # use wenddb::{ColumnData, Database};
    /// # let mut session = Database::in_memory()?.session();
    /// session.execute("FOR i IN RANGE(1, 5000) INSERT (:P {x: i * 0.5})", ())?;
    /// let mut rows = session.execute("MATCH (p:P) RETURN p.x AS x", ())?;
    /// let (mut sum, mut count) = (0.0, 0);
    /// while let Some(batch) = rows.next_batch()? {
    ///     if let ColumnData::Floats(numbers) = batch.column("x")?.data() {
    ///         sum += numbers.iter().sum::<f64>();
    ///     }
    ///     count += batch.len();
    /// }
    /// assert_eq!((sum, count), (6_251_250.0, 5000));
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    pub fn next_batch(&mut self) -> Result<Option<Batch>> {
        loop {
            let Some(mut batch) = self.next_values()? else { return Ok(None) };
            let len = batch.len();
            if len == 0 {
                continue;
            }
            let column = |slot| match batch.take(slot) {
                runtime::batch::Column::Typed(column) => column,
                column => Column::from_values(column.into_values(len)),
            };
            let columns = (0..self.columns.len()).map(column).collect();
            return Ok(Some(Batch { names: self.columns.clone(), columns, len }));
        }
    }
}
