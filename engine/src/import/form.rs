//! The form of a file, as far as nobody states it: what separates fields, which lines are comments, whether there is a
//! header.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::error::Result;

use super::header::Table;
use super::source::{self, Separator};

/// How a file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub separator: Separator,
    /// Lines that begin with this are skipped.
    pub comment: Option<String>,
    /// The header of a file that has none.
    pub header: Option<String>,
}

/// What the caller states.
#[derive(Clone, Debug, Default)]
pub(super) struct Stated {
    pub separator: Option<Separator>,
    pub comment: Option<String>,
    pub header: Option<String>,
}

/// The names of the columns of edge lists without a header.
const COLUMNS: [&str; 4] = ["_from", "_to", "weight", "time"];

/// How much of a file is looked at.
const LOOKED_AT: u64 = 1 << 20;

impl Form {
    /// The form of a regular file, of which the first lines are read; of others only what is stated is known.
    pub(super) fn find(path: &Path, table: Table, named_ends: bool, stated: &Stated) -> Result<Form> {
        let plain = Form {
            separator: stated.separator.unwrap_or_else(|| by_name(path)),
            comment: stated.comment.clone(),
            header: stated.header.clone(),
        };
        if !path.metadata().is_ok_and(|about| about.is_file()) {
            return Ok(plain);
        }
        let Some((first, comment)) = first_line(path, stated.comment.as_deref())? else { return Ok(plain) };
        let separator = stated.separator.unwrap_or_else(|| guess(&first, table, by_name(path)));
        let fields = separator.fields(&first);
        let numbers = fields.len() >= 2 && fields.iter().all(|field| field.trim().parse::<f64>().is_ok());
        if table == Table::Edges && numbers && !named_ends && stated.header.is_none() {
            let names = (0..fields.len()).map(|at| match COLUMNS.get(at) {
                Some(name) => (*name).to_owned(),
                None => format!("column{}", at + 1),
            });
            let header = Some(names.collect::<Vec<_>>().join(","));
            return Ok(Form { separator, comment, header });
        }
        // A line that begins with # may be the header itself.
        let stated_or_plain = if comment == stated.comment { separator } else { plain.separator };
        Ok(Form { separator: stated_or_plain, ..plain })
    }
}

/// The separator that the name of a file tells.
fn by_name(path: &Path) -> Separator {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    if name.ends_with(".tsv") || name.ends_with(".tab") { Separator::Byte(b'\t') } else { Separator::Byte(b',') }
}

/// The separator of a line: a comma where there is one.
fn guess(line: &str, table: Table, usual: Separator) -> Separator {
    if line.contains(',') {
        return usual;
    }
    let other = [b'\t', b';', b'|'].into_iter().find(|byte| line.contains(char::from(*byte)));
    let numbers = |line: &str| {
        let mut words = line.split_whitespace();
        words.clone().nth(1).is_some() && words.all(|word| word.parse::<f64>().is_ok())
    };
    match other {
        Some(byte) => Separator::Byte(byte),
        None if table == Table::Edges && numbers(line) => Separator::Blanks,
        None => usual,
    }
}

/// The first line that is neither empty nor a comment, and how comments begin: as stated, else with the `#` or `%` with which
/// the file begins.
fn first_line(path: &Path, comment: Option<&str>) -> Result<Option<(String, Option<String>)>> {
    let mut input = BufReader::new(source::bytes(path)?.take(LOOKED_AT));
    let mut comment = comment.map(str::to_owned);
    let stated = comment.is_some();
    let mut line = Vec::new();
    loop {
        line.clear();
        // What cannot be read is told when the file is read.
        if !matches!(input.read_until(b'\n', &mut line), Ok(1..)) {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']);
        if text.is_empty() {
            continue;
        }
        if !stated && comment.is_none() && text.starts_with(['#', '%']) {
            comment = text.get(..1).map(str::to_owned);
        }
        if comment.as_deref().is_some_and(|comment| text.starts_with(comment)) {
            continue;
        }
        return Ok(Some((text.to_owned(), comment)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_guessed() {
        let guessed = |line| guess(line, Table::Edges, Separator::Byte(b','));
        assert_eq!(guessed("a,b;c"), Separator::Byte(b','));
        assert_eq!(guessed("a\tb"), Separator::Byte(b'\t'));
        assert_eq!(guessed("a;b"), Separator::Byte(b';'));
        assert_eq!(guessed("1 2  3.5"), Separator::Blanks);
        assert_eq!(guessed("first name"), Separator::Byte(b','));
        assert_eq!(guess("1 2", Table::Nodes, Separator::Byte(b',')), Separator::Byte(b','));
        assert_eq!(by_name(Path::new("x.TSV.gz")), Separator::Byte(b'\t'));
    }
}
