//! Tables of Parquet files.

use std::{
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use arrow_array::RecordBatch;
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
    },
    errors::ParquetError,
};

use super::{
    arrow,
    source::{Cell, SourceColumn, SourceTable, TableRow},
};
use crate::{
    error::{Error, ErrorKind, Result},
    import::keys::stem,
};

/// Rows of a batch.
const BATCH_ROWS: usize = 4096;

fn failed(name: &str, reason: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Io, "22000", format!("cannot read {name}: {reason}"))
}

fn damaged(name: &str, error: &ParquetError) -> Error {
    failed(name, format_args!("it is damaged, or no Parquet file: {error}"))
}

/// Opens a file, which messages call `name`; one that its reader cannot cope with is an error, whatever is in it.
pub(crate) fn open(path: &Path, name: &str) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    let file = File::open(path).map_err(|error| failed(name, error))?;
    // Its reader may panic at bytes that no writer writes.
    match catch_unwind(AssertUnwindSafe(|| ParquetRecordBatchReaderBuilder::try_new(file))) {
        Ok(opened) => opened.map_err(|error| damaged(name, &error)),
        Err(_) => Err(failed(name, "it is damaged")),
    }
}

/// The next rows of a file; `name` is for messages.
pub(crate) fn next_batch(batches: &mut ParquetRecordBatchReader, name: &str) -> Result<Option<RecordBatch>> {
    let damaged =
        |reason: String| Error::new(ErrorKind::Io, "22000", format!("cannot read {name}: it is damaged{reason}"));
    match catch_unwind(AssertUnwindSafe(|| batches.next())) {
        Ok(batch) => batch.transpose().map_err(|error| damaged(format!(": {error}"))),
        Err(_) => Err(damaged(String::new())),
    }
}

/// What a file has.
pub(super) fn table(path: &Path) -> Result<SourceTable> {
    let file = open(path, &path.display().to_string())?;
    let columns = file
        .schema()
        .fields()
        .iter()
        .map(|field| SourceColumn { name: field.name().clone(), kind: arrow::kind(field.data_type()) });
    let rows = u64::try_from(file.metadata().file_metadata().num_rows()).ok();
    Ok(SourceTable { name: stem(path), columns: columns.collect(), rows, ..SourceTable::default() })
}

/// Gives out the rows of a file.
pub(super) fn read(path: &Path, columns: &[usize], row: &mut dyn FnMut(&dyn TableRow) -> Result<()>) -> Result<()> {
    let name = path.display().to_string();
    let file = open(path, &name)?;
    let mask = ProjectionMask::roots(file.parquet_schema(), columns.iter().copied());
    // Columns come in the order of the file.
    let mut sorted = columns.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let places: Vec<usize> =
        columns.iter().map(|column| sorted.iter().position(|other| other == column).unwrap_or(0)).collect();
    let batches = file.with_projection(mask).with_batch_size(BATCH_ROWS).build();
    let mut batches = batches.map_err(|error| damaged(&name, &error))?;
    while let Some(batch) = next_batch(&mut batches, &name)? {
        for at in 0..batch.num_rows() {
            row(&BatchRow { batch: &batch, places: &places, row: at })?;
        }
    }
    Ok(())
}

struct BatchRow<'b> {
    batch: &'b RecordBatch,
    places: &'b [usize],
    row: usize,
}

impl TableRow for BatchRow<'_> {
    fn cell(&self, place: usize) -> Cell<'_> {
        let column = self.places.get(place).and_then(|place| self.batch.columns().get(*place));
        column.map_or(Cell::Null, |column| arrow::cell(column.as_ref(), self.row))
    }
}
