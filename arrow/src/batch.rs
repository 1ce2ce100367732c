//! Building record batches from rows.

use std::{collections::HashMap, mem, sync::Arc};

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema, SchemaRef};
use wenddb::Value;

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
    rows: Vec<Vec<Value>>,
    bytes: usize,
    /// Whether a column has had a value.
    seen: Vec<bool>,
    columns: Option<(SchemaRef, Vec<Kind>)>,
}

impl BatchBuilder {
    /// A builder for rows with these columns.
    pub fn new(names: Vec<String>) -> Self {
        let seen = vec![false; names.len()];
        BatchBuilder { names, rows: Vec::new(), bytes: 0, seen, columns: None }
    }

    /// Adds a row. Gives a batch when enough rows have been added.
    ///
    /// # Errors
    /// When a value does not have the type that the first batch has given its column.
    pub fn row(&mut self, values: Vec<Value>) -> Result<Option<RecordBatch>> {
        for (seen, value) in self.seen.iter_mut().zip(&values) {
            *seen |= !value.is_null();
            self.bytes += size(value);
        }
        self.rows.push(values);
        let typed = self.columns.is_some() || self.seen.iter().all(|seen| *seen);
        let most = if typed { BATCH_BYTES } else { FIRST_BATCH_BYTES };
        if self.rows.len() >= BATCH_ROWS || self.bytes >= most { self.take() } else { Ok(None) }
    }

    /// The last batch: the rows that are in no batch yet.
    ///
    /// # Errors
    /// See [`BatchBuilder::row`].
    pub fn take(&mut self) -> Result<Option<RecordBatch>> {
        let rows = mem::take(&mut self.rows);
        self.bytes = 0;
        let (schema, kinds) = self.columns.get_or_insert_with(|| columns(&self.names, &rows));
        if rows.is_empty() {
            return Ok(None);
        }
        let arrays = kinds.iter().enumerate().map(|(column, kind)| {
            let values: Vec<&Value> = rows.iter().map(|row| &row[column]).collect();
            kind.array(&values).map_err(|problem| {
                Error::data(format!("column `{}`: {problem}; CAST it to one type", self.names[column]))
            })
        });
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let batch = RecordBatch::try_new_with_options(schema.clone(), arrays, &options);
        batch.map(Some).map_err(|error| Error::data(error.to_string()))
    }

    /// The schema, once a batch has fixed it.
    pub fn schema(&self) -> Option<&SchemaRef> {
        self.columns.as_ref().map(|(schema, _)| schema)
    }
}

/// The schema and the types of all these rows.
fn columns(names: &[String], rows: &[Vec<Value>]) -> (SchemaRef, Vec<Kind>) {
    let kinds: Vec<Kind> = (0..names.len()).map(|column| Kind::of(rows.iter().map(|row| &row[column]))).collect();
    let fields = names.iter().zip(&kinds).map(|(name, kind)| {
        let field = Field::new(name, kind.data_type(), true);
        match kind {
            Kind::Json => field.with_metadata(HashMap::from([("wend:type".to_owned(), "json".to_owned())])),
            _ => field,
        }
    });
    (Arc::new(Schema::new(fields.collect::<Vec<_>>())), kinds)
}

/// The approximate bytes of a value.
fn size(value: &Value) -> usize {
    match value {
        Value::Vector(numbers) => numbers.len() * 4,
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.iter().map(size).sum(),
        _ => 16,
    }
}
