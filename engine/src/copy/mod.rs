//! Rows as a file: CSV, Parquet, or an array of numpy.

mod csv;
mod npy;

use std::{fs, io, path::Path};

#[cfg(feature = "parquet")]
use crate::columnar::{Types, Writer};
use crate::{
    error::{Error, ErrorKind, Result},
    memory::Held,
    rows::Rows,
    runtime::statement::Statement,
    value::{Value, size::value_bytes},
};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Parquet,
    Npy,
}

impl Format {
    /// The format that the name of a file tells.
    pub(crate) fn of(name: &str) -> Result<Format> {
        let plain = name.to_ascii_lowercase();
        match plain.rsplit_once('.').map(|(_, ending)| ending) {
            Some("csv") => Ok(Format::Csv),
            Some("parquet") => Ok(Format::Parquet),
            Some("npy") => Ok(Format::Npy),
            _ => Err(Error::rule(format!("'{name}' does not tell how the file is to be written"))
                .with_hint("its name ends in .csv, .parquet or .npy")),
        }
    }
}

/// Writes rows to a new file, which is there when all are; the number of rows. `name` is what the statement calls the file.
pub(crate) fn write(rows: Rows, path: &Path, name: &str, format: Format, st: &Statement) -> Result<u64> {
    let failed = |error: io::Error| Error::new(ErrorKind::Io, "22000", format!("cannot write '{name}': {error}"));
    if path.symlink_metadata().is_ok() {
        return Err(Error::rule(format!("'{name}' is there already")).with_hint("COPY writes new files"));
    }
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!(".{file}.part-{}", std::process::id()));
    let written = fs::File::create_new(&part).map_err(failed).and_then(|file| {
        let rows = match format {
            Format::Csv => csv::write(rows, &file, st).map_err(|error| error.told(failed))?,
            Format::Npy => {
                let table = Table::gather(rows, st)?;
                npy::write(&table, &file).map_err(|error| error.told(failed))?;
                table.rows as u64
            }
            Format::Parquet => write_parquet(&Table::gather(rows, st)?, &file, name)?,
        };
        file.sync_all().map_err(failed)?;
        fs::rename(&part, path).map_err(failed)?;
        Ok(rows)
    });
    if written.is_err() {
        // What is left of it is of no use; that it cannot be removed changes nothing.
        let _ = fs::remove_file(&part);
    }
    written
}

#[cfg(feature = "parquet")]
fn write_parquet(table: &Table, file: &fs::File, name: &str) -> Result<u64> {
    let write = || {
        let mut types = Types::new(table.names.len());
        for (at, column) in table.columns.iter().enumerate() {
            column.iter().for_each(|value| types.see(at, value));
        }
        let mut writer = Writer::begin(&table.names, types, file)?;
        writer.write(&table.columns)?;
        writer.finish()
    };
    write().map_err(|error| Error::new(ErrorKind::Io, "22000", format!("cannot write '{name}': {error}")))?;
    Ok(table.rows as u64)
}

#[cfg(not(feature = "parquet"))]
fn write_parquet(_: &Table, _: &fs::File, name: &str) -> Result<u64> {
    Err(Error::new(
        ErrorKind::Usage,
        "42000",
        format!("this program was built without the feature `parquet`, which '{name}' needs"),
    )
    .with_hint("the program `wend` has it; .csv needs none"))
}

/// An error of the rows or of the file.
enum Failure {
    Rows(Error),
    File(io::Error),
}

impl Failure {
    fn told(self, failed: impl Fn(io::Error) -> Error) -> Error {
        match self {
            Failure::Rows(error) => error,
            Failure::File(error) => failed(error),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Rows(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::File(error)
    }
}

/// All rows, in columns.
struct Table {
    names: Vec<String>,
    columns: Vec<Vec<Value>>,
    rows: usize,
    _held: Held,
}

impl Table {
    fn gather(rows: Rows, st: &Statement) -> Result<Table> {
        let names = rows.columns().to_vec();
        let mut columns: Vec<Vec<Value>> = vec![Vec::new(); names.len()];
        let mut held = Held::default();
        let mut count = 0;
        for row in rows {
            let values = row?.into_values();
            held.take(&st.memory, values.iter().map(value_bytes).sum(), "COPY")?;
            columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
            count += 1;
        }
        Ok(Table { names, columns, rows: count, _held: held })
    }
}
