//! Tables in memory, as record batches, for [`Database::import_relational`](wenddb::Database::import_relational).

use arrow_array::RecordBatch;
use wenddb::{
    Cell, Error, SourceColumn, SourceForeignKey, SourceTable, SourceTables, TableRow, TableSource, arrow_columns,
};

/// Tables by name, each as record batches of one schema.
///
/// ```
/// use std::sync::Arc;
///
/// use arrow_array::{ArrayRef, Int64Array, RecordBatch};
/// use wenddb::{Database, RelationalImport};
/// use wend_arrow::BatchTables;
///
/// let column = |numbers: Vec<i64>| Arc::new(Int64Array::from(numbers)) as ArrayRef;
/// let mut tables = BatchTables::new();
/// tables.add("users", vec![RecordBatch::try_from_iter([("id", column(vec![1, 2]))])?])?;
/// tables.add("posts", vec![RecordBatch::try_from_iter([("id", column(vec![7])), ("user_id", column(vec![2]))])?])?;
/// let report = Database::in_memory()?.import_relational(&mut tables, &RelationalImport::default())?;
/// assert_eq!((report.nodes, report.edges), (3, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct BatchTables {
    tables: Vec<(SourceTable, Vec<RecordBatch>)>,
}

impl BatchTables {
    /// No tables.
    pub fn new() -> Self {
        BatchTables::default()
    }

    /// Adds a table; its keys are found, or declared with [`BatchTables::key`] and [`BatchTables::foreign_key`].
    ///
    /// # Errors
    /// When there is a table of that name, no batch, or batches of different schemas.
    pub fn add(&mut self, name: impl Into<String>, batches: Vec<RecordBatch>) -> Result<(), Error> {
        let name = name.into();
        if self.tables.iter().any(|(table, _)| table.name == name) {
            return Err(Error::of_source(format!("two tables are named `{name}`")));
        }
        let Some(first) = batches.first() else {
            return Err(Error::of_source(format!(
                "the table `{name}` has no record batch, which would say its columns"
            )));
        };
        if batches.iter().any(|batch| batch.schema().fields() != first.schema().fields()) {
            return Err(Error::of_source(format!("the record batches of the table `{name}` have different columns")));
        }
        let schema = first.schema();
        let columns = schema
            .fields()
            .iter()
            .map(|field| SourceColumn { name: field.name().clone(), kind: arrow_columns::kind(field.data_type()) });
        let rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        let table = SourceTable { name, columns: columns.collect(), rows: Some(rows), ..SourceTable::default() };
        self.tables.push((table, batches));
        Ok(())
    }

    /// Declares the primary key of a table.
    ///
    /// # Errors
    /// When there is no such table or column.
    pub fn key(&mut self, table: &str, columns: Vec<String>) -> Result<(), Error> {
        let table = self.table(table)?;
        check(table, &columns)?;
        table.key = columns;
        Ok(())
    }

    /// Declares a foreign key of a table. One that names no columns refers to the key of its table, where that was declared before; else to the
    /// columns of the same names there, which become its key.
    ///
    /// # Errors
    /// When there is no such table or column.
    pub fn foreign_key(&mut self, table: &str, key: SourceForeignKey) -> Result<(), Error> {
        check(self.table(table)?, &key.columns)?;
        let referred = self.table(&key.table)?;
        check(referred, &key.referenced)?;
        if key.referenced.is_empty() && referred.key.is_empty() {
            let columns = key.columns.join(", ");
            check(referred, &key.columns).map_err(|_| {
                Error::of_source(format!(
                    "`{table}` ({columns}) refers to `{}`, which has no key: declare its key, or say which columns are referred to",
                    key.table
                ))
            })?;
            referred.key.clone_from(&key.columns);
        }
        self.table(table)?.foreign_keys.push(key);
        Ok(())
    }

    fn table(&mut self, name: &str) -> Result<&mut SourceTable, Error> {
        let found = self.tables.iter_mut().find(|(table, _)| table.name == name);
        found.map(|(table, _)| table).ok_or_else(|| Error::of_source(format!("there is no table `{name}`")))
    }
}

fn check(table: &SourceTable, columns: &[String]) -> Result<(), Error> {
    match columns.iter().find(|name| !table.columns.iter().any(|column| column.name == **name)) {
        None => Ok(()),
        Some(name) => Err(Error::of_source(format!("the table `{}` has no column `{name}`", table.name))),
    }
}

impl TableSource for BatchTables {
    fn name(&self) -> String {
        "tables".to_owned()
    }

    fn tables(&mut self) -> Result<SourceTables, Error> {
        let tables: Vec<SourceTable> = self.tables.iter().map(|(table, _)| table.clone()).collect();
        // As in a database: whoever declares foreign keys declares all of them.
        let infers = tables.iter().all(|table| table.foreign_keys.is_empty());
        Ok(SourceTables { tables, left_out: Vec::new(), infers })
    }

    fn read(
        &mut self,
        table: usize,
        columns: &[usize],
        row: &mut dyn FnMut(&dyn TableRow) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some((_, batches)) = self.tables.get(table) else { return Err(Error::of_source("there is no such table")) };
        for batch in batches {
            for at in 0..batch.num_rows() {
                row(&BatchRow { batch, columns, row: at })?;
            }
        }
        Ok(())
    }
}

struct BatchRow<'b> {
    batch: &'b RecordBatch,
    columns: &'b [usize],
    row: usize,
}

impl TableRow for BatchRow<'_> {
    fn cell(&self, place: usize) -> Cell<'_> {
        let column = self.columns.get(place).and_then(|column| self.batch.columns().get(*column));
        column.map_or(Cell::Null, |column| arrow_columns::cell(column.as_ref(), self.row))
    }
}
