//! Building record batches from the columns of a result.

use std::{collections::HashMap, mem, sync::Arc};

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema, SchemaRef};
use wenddb::{Batch, Column, ColumnData, Value};

use crate::{
    column::Kind,
    error::{Error, Result},
};

/// The rows and bytes of a batch. The first batch grows while a column has only NULLs, which do not show its type.
const BATCH_ROWS: usize = 1 << 16;
const BATCH_BYTES: usize = 4 << 20;
const FIRST_BATCH_BYTES: usize = 64 << 20;

/// Builds record batches of one schema, which the first batch fixes.
#[derive(Debug)]
pub struct BatchBuilder {
    names: Vec<String>,
    /// The rows that are in no batch yet.
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
    /// Whether a column has had a value.
    seen: Vec<bool>,
    schema: Option<(SchemaRef, Vec<Kind>)>,
}

impl BatchBuilder {
    /// A builder for rows with these columns.
    pub fn new(names: Vec<String>) -> Self {
        let seen = vec![false; names.len()];
        let columns = vec![Column::default(); names.len()];
        BatchBuilder { names, columns, rows: 0, bytes: 0, seen, schema: None }
    }

    /// Adds the rows of a batch of a result. Gives the record batches that they fill.
    ///
    /// # Errors
    /// When a value does not have the type that the first record batch has given its column.
    pub fn add(&mut self, batch: Batch) -> Result<Vec<RecordBatch>> {
        let len = batch.len();
        let columns = batch.into_columns();
        let typed_from = self.see(&columns, len);
        let (mut from, mut full) = (0, Vec::new());
        for (row, size) in sizes(&columns, len).into_iter().enumerate() {
            self.rows += 1;
            self.bytes += size;
            let most = if self.schema.is_some() || row >= typed_from { BATCH_BYTES } else { FIRST_BATCH_BYTES };
            if self.rows >= BATCH_ROWS || self.bytes >= most {
                self.append(columns.iter().map(|column| column.slice(from, row + 1)));
                from = row + 1;
                full.extend(self.take()?);
            }
        }
        match from {
            0 => self.append(columns.into_iter()),
            _ => self.append(columns.iter().map(|column| column.slice(from, len))),
        }
        Ok(full)
    }

    fn append(&mut self, columns: impl Iterator<Item = Column>) {
        self.columns.iter_mut().zip(columns).for_each(|(mine, column)| mine.append(column));
    }

    /// The row from which on each column has had a value; `len` when one has none.
    fn see(&mut self, columns: &[Column], len: usize) -> usize {
        let mut from = 0;
        for (seen, column) in self.seen.iter_mut().zip(columns) {
            if !*seen {
                let first = (0..len).find(|row| !column.is_null(*row));
                *seen = first.is_some();
                from = from.max(first.unwrap_or(len));
            }
        }
        from
    }

    /// The last batch: the rows that are in no batch yet.
    ///
    /// # Errors
    /// See [`BatchBuilder::add`].
    pub fn take(&mut self) -> Result<Option<RecordBatch>> {
        let columns: Vec<Column> = self.columns.iter_mut().map(mem::take).collect();
        let rows = mem::take(&mut self.rows);
        self.bytes = 0;
        let (schema, kinds) = self.schema.get_or_insert_with(|| schema(&self.names, &columns));
        if rows == 0 {
            return Ok(None);
        }
        let arrays = kinds.iter().zip(columns).zip(&self.names).map(|((kind, column), name)| {
            kind.array(column)
                .map_err(|problem| Error::data(format!("column `{name}`: {problem}; CAST it to one type")))
        });
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(schema.clone(), arrays, &options);
        batch.map(Some).map_err(|error| Error::data(error.to_string()))
    }

    /// The schema, once a batch has fixed it.
    pub fn schema(&self) -> Option<&SchemaRef> {
        self.schema.as_ref().map(|(schema, _)| schema)
    }
}

/// The schema and the types of these columns.
fn schema(names: &[String], columns: &[Column]) -> (SchemaRef, Vec<Kind>) {
    let kinds: Vec<Kind> = columns.iter().map(Kind::of).collect();
    let fields = names.iter().zip(&kinds).map(|(name, kind)| {
        let field = Field::new(name, kind.data_type(), true);
        match kind {
            Kind::Json => field.with_metadata(HashMap::from([("wend:type".to_owned(), "json".to_owned())])),
            _ => field,
        }
    });
    (Arc::new(Schema::new(fields.collect::<Vec<_>>())), kinds)
}

/// The approximate bytes of each row.
fn sizes(columns: &[Column], len: usize) -> Vec<usize> {
    let mut sizes = vec![0; len];
    for column in columns {
        let mut add = |size: &dyn Fn(usize) -> usize| {
            for (row, sum) in sizes.iter_mut().enumerate() {
                *sum += if column.is_null(row) { OTHER } else { size(row) };
            }
        };
        match column.data() {
            ColumnData::Strings(_) | ColumnData::Codes(..) => add(&|row| column.text(row).map_or(OTHER, str::len)),
            ColumnData::Vectors { width, .. } => add(&|_| width * size_of::<f32>()),
            ColumnData::Values(values) => add(&|row| size(&values[row])),
            _ => add(&|_| OTHER),
        }
    }
    sizes
}

/// The bytes of a value of no great size.
const OTHER: usize = 16;

/// The approximate bytes of a value.
fn size(value: &Value) -> usize {
    match value {
        Value::Vector(numbers) => numbers.len() * 4,
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.iter().map(size).sum(),
        _ => OTHER,
    }
}
