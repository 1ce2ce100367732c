//! LOAD CSV: a row for each record of a file below the import directory.

use std::{
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use super::{
    BoxOperator, Operator,
    batch::{BATCH_ROWS, Batch, Column},
    context::Statement,
    eval::eval,
    import_file::{ImportFile, Watch, unreadable},
};
use crate::{
    error::{Error, ErrorKind, Result},
    plan,
    value::Value,
};

/// See [`crate::plan::Plan::LoadCsv`].
pub(super) struct LoadCsv {
    input: BoxOperator,
    load: plan::LoadCsv,
    /// Input rows, and the next of them to read a file for.
    current: Option<(Batch, usize)>,
    file: Option<OpenFile>,
}

/// A file being read for the row before the next.
struct OpenFile {
    name: String,
    records: csv::StringRecordsIntoIter<ImportFile>,
    watch: Watch,
    names: Option<Vec<Arc<str>>>,
}

impl LoadCsv {
    pub(super) fn new(input: BoxOperator, load: plan::LoadCsv) -> Self {
        LoadCsv { input, load, current: None, file: None }
    }

    fn open(&self, st: &Statement, batch: &Batch, row: usize) -> Result<OpenFile> {
        let name = match eval(&self.load.from, batch, row, st)? {
            Value::String(name) => name,
            other => return Err(Error::value_type(format!("LOAD CSV takes a file name, not {}", other.type_name()))),
        };
        let separator = match self.load.separator.as_ref().map(|expr| eval(expr, batch, row, st)).transpose()? {
            None => b',',
            Some(Value::String(text)) if text.len() == 1 => text.as_bytes()[0],
            Some(other) => return Err(Error::value_type(format!("the separator is one ASCII character, not {other}"))),
        };
        let file = ImportFile::open(&confined(st, &name)?, &name, st)?;
        let watch = file.watch();
        let mut reader =
            csv::ReaderBuilder::new().has_headers(self.load.headers).delimiter(separator).from_reader(file);
        let names = if self.load.headers {
            let headers = reader.headers().map_err(|error| watch.error(failed(&name, &error)))?;
            Some(headers.iter().map(Arc::from).collect())
        } else {
            None
        };
        watch.record_ended();
        Ok(OpenFile { name: name.to_string(), records: reader.into_records(), watch, names })
    }
}

impl OpenFile {
    /// The next record; an empty field is NULL.
    fn next(&mut self) -> Result<Option<Value>> {
        let record = match self.records.next() {
            None => return Ok(None),
            Some(record) => record.map_err(|error| self.watch.error(failed(&self.name, &error)))?,
        };
        self.watch.record_ended();
        let fields =
            record.iter().map(|field| if field.is_empty() { Value::Null } else { Value::String(field.into()) });
        Ok(Some(match &self.names {
            None => Value::List(fields.collect()),
            Some(names) => Value::Record(names.iter().cloned().zip(fields).collect()),
        }))
    }
}

/// The path of a file below the import directory, and no other.
fn confined(st: &Statement, name: &str) -> Result<PathBuf> {
    let Some(directory) = &st.database.options().import_directory else {
        return Err(Error::rule("LOAD CSV needs an import directory, and the database was opened without one")
            .with_hint("set Options::import_directory"));
    };
    let relative = Path::new(name.strip_prefix("file:///").unwrap_or(name));
    if !relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(outside(name));
    }
    // A link may lead out of the directory; what it leads to counts.
    let resolve = |path: &Path| path.canonicalize().map_err(|error| unreadable(name, &error));
    let (root, path) = (resolve(directory)?, resolve(&directory.join(relative))?);
    if path.starts_with(&root) { Ok(path) } else { Err(outside(name)) }
}

fn outside(name: &str) -> Error {
    Error::rule(format!("'{name}' is not below the import directory"))
        .with_hint("name the file by its path from there, without `..`")
}

fn failed(name: &str, error: &csv::Error) -> Error {
    match error.position() {
        Some(position) => Error::new(ErrorKind::Import, "22000", format!("{name}:{}: {error}", position.line())),
        None => Error::new(ErrorKind::Io, "08000", format!("{name}: {error}")),
    }
}

impl Operator for LoadCsv {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            let (batch, mut next) = match self.current.take() {
                Some(current) => current,
                None => match self.input.next(st)? {
                    Some(batch) => (batch, 0),
                    None => return Ok(None),
                },
            };
            let mut file = match self.file.take() {
                Some(file) => file,
                None => {
                    next += 1;
                    self.open(st, &batch, next - 1).map_err(|error| error.at(self.load.from.span))?
                }
            };
            let mut values = Vec::new();
            let mut ended = false;
            while values.len() < BATCH_ROWS && !ended {
                match file.next()? {
                    Some(value) => values.push(value),
                    None => ended = true,
                }
            }
            let out = (!values.is_empty()).then(|| {
                let mut out = batch.gather(&vec![next as u32 - 1; values.len()]);
                out.set(self.load.slot, Column::Values(values));
                out
            });
            if !ended {
                self.file = Some(file);
            }
            if next < batch.len() || !ended {
                self.current = Some((batch, next));
            }
            if out.is_some() {
                return Ok(out);
            }
        }
    }
}
