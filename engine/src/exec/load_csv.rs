//! LOAD CSV: a row for each record of a file below the import directory.

use std::{io::BufReader, sync::Arc};

use flate2::bufread::MultiGzDecoder;

use super::{
    import_file::{ImportFile, Watch, confined},
    input_rows::InputRows,
    operator::{BoxOperator, Operator},
};
use crate::{
    error::{Error, Result},
    import::Records,
    plan,
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        eval::eval,
        statement::Statement,
    },
    value::{Value, size::value_bytes},
};

/// A batch of long records is a short one.
const BATCH_BYTES: usize = 1 << 20;

/// See [`crate::plan::Plan::LoadCsv`].
pub(super) struct LoadCsv {
    input: InputRows,
    load: plan::LoadCsv,
    file: Option<OpenFile>,
}

/// A file being read for the row before the next.
struct OpenFile {
    records: Records,
    watch: Watch,
    names: Option<Vec<Arc<str>>>,
    /// Fields in each record, once the first is read.
    width: Option<usize>,
}

impl LoadCsv {
    pub(super) fn new(input: BoxOperator, load: plan::LoadCsv) -> Self {
        LoadCsv { input: InputRows::new(input), load, file: None }
    }

    fn open(&self, st: &Statement, batch: &Batch, row: usize) -> Result<OpenFile> {
        let name = match eval(&self.load.from, batch, row, st)? {
            Value::String(name) => name,
            other => return Err(Error::value_type(format!("LOAD CSV takes a file name, not {}", other.type_name()))),
        };
        let separator = match self.load.separator.as_ref().map(|expr| eval(expr, batch, row, st)).transpose()? {
            None => b',',
            Some(Value::String(text)) if text.len() == 1 && !text.contains(['"', '\n', '\r']) => text.as_bytes()[0],
            Some(other) => {
                let message = format!("the separator is one ASCII character, and no quote or line end, not '{other}'");
                return Err(Error::value_type(message));
            }
        };
        let file = ImportFile::open(&confined(st, &name)?, &name, st)?;
        let watch = file.watch();
        // A record is held as it was read and as values.
        let longest = match st.memory.limit() / 4 {
            0 => usize::MAX,
            bytes => usize::try_from(bytes).unwrap_or(usize::MAX),
        };
        let read = || -> Result<_> {
            let records = match name.to_ascii_lowercase().ends_with(".gz") {
                true => Records::of(MultiGzDecoder::new(BufReader::new(file)), name.to_string(), separator)?,
                false => Records::of(file, name.to_string(), separator)?,
            };
            let mut records = records.at_most(longest);
            let names = if self.load.headers { Some(names(&mut records)?) } else { None };
            Ok((records, names))
        };
        let (records, names) = read().map_err(|error| watch.error(error))?;
        let width = names.as_ref().map(Vec::len);
        Ok(OpenFile { records, watch, names, width })
    }
}

/// The names of the first row; a file without rows has none. Each is the name of one field, as in `{a: 1, b: 2}`.
fn names(records: &mut Records) -> Result<Vec<Arc<str>>> {
    let mut names: Vec<Arc<str>> = Vec::new();
    if !records.next()? {
        return Ok(names);
    }
    for column in 0..records.len() {
        let name = records.cell(column);
        if name.trim().is_empty() {
            let error = records.error("42000", format!("column {} has no name", column + 1));
            return Err(error.with_hint("name every column in the first row, or read without WITH HEADERS: r[0], r[1]"));
        }
        if names.iter().any(|other| **other == *name) {
            return Err(records
                .error("42000", format!("two columns are named `{name}`"))
                .with_hint("give each column a name of its own, or read without WITH HEADERS: r[0], r[1]"));
        }
        names.push(name.into());
    }
    Ok(names)
}

impl OpenFile {
    /// The next record; an empty field is NULL.
    fn next(&mut self) -> Result<Option<Value>> {
        let records = &mut self.records;
        if !records.next().map_err(|error| self.watch.error(error))? {
            return Ok(None);
        }
        let width = *self.width.get_or_insert(records.len());
        if self.names.is_some() {
            records.check_width(width)?;
        } else if records.len() != width {
            let reason = format!("the row has {} fields, the first {width}", records.len());
            return Err(records.error("22000", reason));
        }
        let fields = (0..width).map(|column| match records.cell(column) {
            "" => Value::Null,
            text => Value::from(text),
        });
        Ok(Some(match &self.names {
            None => Value::List(fields.collect()),
            Some(names) => Value::Record(names.iter().cloned().zip(fields).collect()),
        }))
    }
}

impl Operator for LoadCsv {
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
            let (mut values, mut bytes) = (Vec::new(), 0);
            let mut ended = false;
            while values.len() < BATCH_ROWS && bytes < BATCH_BYTES && !ended {
                match file.next()? {
                    Some(value) => {
                        bytes += value_bytes(&value);
                        values.push(value);
                    }
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
