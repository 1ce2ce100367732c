//! `--format json`: one array of objects per result table, written as the rows come; [`super::Document`] puts several
//! into one document.

use std::io::{self, Write};

use wenddb::Value;

use super::TableWriter;
use super::jsonl::Object;

/// The writer of an array. When the statement fails, the array stays open, so that no reader takes a part for the
/// whole.
pub struct Json {
    object: Object,
    empty: bool,
}

impl Json {
    /// Begins the array.
    pub fn begin(out: &mut dyn Write, columns: &[String]) -> io::Result<Self> {
        out.write_all(b"[")?;
        Ok(Json { object: Object::new(columns), empty: true })
    }
}

impl TableWriter for Json {
    fn row(&mut self, out: &mut dyn Write, values: Vec<Value>) -> io::Result<()> {
        out.write_all(if self.empty { b"\n" } else { b",\n" })?;
        self.empty = false;
        self.object.write(out, &values)
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.empty { b"]\n" } else { b"\n]\n" })
    }
}
