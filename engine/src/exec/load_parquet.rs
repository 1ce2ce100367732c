//! LOAD PARQUET: a record for each row of a file below the import directory.

#[cfg(feature = "parquet")]
use std::sync::Arc;

use super::{
    import_file::{ImportFile, confined},
    input_rows::InputRows,
    operator::{BoxOperator, Operator},
};
use crate::{
    error::{Error, Result},
    plan,
    runtime::{
        batch::{Batch, Column},
        eval::eval,
        statement::Statement,
    },
    value::Value,
};

/// See [`crate::plan::Plan::LoadCsv`], of a Parquet file.
pub(super) struct LoadParquet {
    input: InputRows,
    load: plan::LoadCsv,
    file: Option<OpenFile>,
}

#[cfg(feature = "parquet")]
struct OpenFile {
    name: Arc<str>,
    names: Vec<Arc<str>>,
    batches: ::parquet::arrow::arrow_reader::ParquetRecordBatchReader,
}

/// Without the feature there is none.
#[cfg(not(feature = "parquet"))]
enum OpenFile {}

impl LoadParquet {
    pub(super) fn new(input: BoxOperator, load: plan::LoadCsv) -> Self {
        LoadParquet { input: InputRows::new(input), load, file: None }
    }

    fn open(&self, st: &Statement, batch: &Batch, row: usize) -> Result<OpenFile> {
        let name = match eval(&self.load.from, batch, row, st)? {
            Value::String(name) => name,
            other => {
                return Err(Error::value_type(format!("LOAD PARQUET takes a file name, not {}", other.type_name())));
            }
        };
        let path = confined(st, &name)?;
        // It tells what is no regular file.
        ImportFile::open(&path, &name, st)?;
        open(&path, &name)
    }
}

#[cfg(feature = "parquet")]
fn open(path: &std::path::Path, name: &Arc<str>) -> Result<OpenFile> {
    use crate::{error::ErrorKind, relational::parquet};
    let reader = parquet::open(path, name)?;
    let names = reader.schema().fields().iter().map(|field| Arc::from(field.name().as_str())).collect();
    let batches = reader.with_batch_size(crate::runtime::batch::BATCH_ROWS).build();
    let batches = batches.map_err(|error| {
        Error::new(ErrorKind::Import, "22000", format!("cannot read '{name}': it is damaged: {error}"))
    })?;
    Ok(OpenFile { name: Arc::clone(name), names, batches })
}

#[cfg(not(feature = "parquet"))]
fn open(_: &std::path::Path, name: &str) -> Result<OpenFile> {
    Err(Error::new(
        crate::error::ErrorKind::Usage,
        "42000",
        format!("this program was built without the feature `parquet`, which reads '{name}'"),
    ))
}

#[cfg(feature = "parquet")]
impl OpenFile {
    /// The next rows, at least one; nothing at the end.
    fn next(&mut self) -> Result<Option<Vec<Value>>> {
        use crate::relational::{arrow, parquet};
        while let Some(batch) = parquet::next_batch(&mut self.batches, &self.name)? {
            if batch.num_rows() == 0 {
                continue;
            }
            let record = |row: usize| {
                let fields = self.names.iter().zip(batch.columns());
                Value::Record(
                    fields.map(|(name, column)| (Arc::clone(name), arrow::value(column.as_ref(), row))).collect(),
                )
            };
            return Ok(Some((0..batch.num_rows()).map(record).collect()));
        }
        Ok(None)
    }
}

#[cfg(not(feature = "parquet"))]
impl OpenFile {
    fn next(&mut self) -> Result<Option<Vec<Value>>> {
        match *self {}
    }
}

impl Operator for LoadParquet {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            let Some((batch, mut next)) = self.input.take(st)? else { return Ok(None) };
            let mut file = match self.file.take() {
                Some(file) => file,
                None => {
                    next += 1;
                    self.open(st, &batch, next - 1).map_err(|error| error.at(self.load.from.span))?
                }
            };
            let values = file.next()?;
            let out = values.map(|values| {
                let mut out = batch.gather(&vec![next as u32 - 1; values.len()]);
                out.set(self.load.slot, Column::Values(values));
                out
            });
            let ended = out.is_none();
            if !ended {
                self.file = Some(file);
            }
            if next < batch.len() || !ended {
                self.input.put_back(batch, next);
            }
            if out.is_some() {
                return Ok(out);
            }
        }
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.file = None;
    }
}
