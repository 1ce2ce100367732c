//! A directory of CSV and Parquet files: each file is a table of its name.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::source::{Cell, SourceColumn, SourceTable, SourceTables, TableRow, TableSource};
use crate::{
    error::{Error, ErrorKind, Result},
    import::{Records, infer::Candidates, keys::stem, kind::Kind, open_table},
};

/// What stands for NULL in every file.
const NULLS: [&str; 2] = ["", "\\N"];
/// What stands for NULL in files in which a column of another type than text has it.
const MARKERS: [&str; 7] = ["NA", "NaN", "nan", "NULL", "null", "None", "N/A"];

/// A directory of tables.
pub(super) struct Folder {
    name: String,
    files: Vec<File>,
    left_out: Vec<(String, String)>,
}

struct File {
    path: PathBuf,
    form: Form,
}

enum Form {
    /// With what stands for NULL in it besides an empty cell.
    Csv {
        nulls: Vec<&'static str>,
    },
    Parquet,
}

/// Whether the name of a file is that of a table.
pub(super) fn is_table(path: &Path) -> bool {
    form(path).is_some()
}

fn form(path: &Path) -> Option<Form> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    if name.ends_with(".parquet") {
        return Some(Form::Parquet);
    }
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    let csv = [".csv", ".tsv", ".tab"].iter().any(|ending| plain.ends_with(ending));
    csv.then(|| Form::Csv { nulls: Vec::new() })
}

impl Folder {
    pub fn open(path: &Path) -> Result<Folder> {
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Io, "22000", format!("cannot read {}: {error}", path.display()))
        };
        let mut paths = Vec::new();
        for entry in fs::read_dir(path).map_err(failed)? {
            paths.push(entry.map_err(failed)?.path());
        }
        paths.sort();
        Folder::of_files(path, paths)
    }

    /// Files as tables; `path` is what they are called together.
    pub fn of_files(path: &Path, paths: Vec<PathBuf>) -> Result<Folder> {
        let mut folder = Folder { name: path.display().to_string(), files: Vec::new(), left_out: Vec::new() };
        for path in paths {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') {
                continue;
            }
            match form(&path) {
                Some(form) if path.is_file() => folder.files.push(File { path, form }),
                _ if path.is_dir() => folder.left_out.push((name, "a directory".to_owned())),
                _ => folder.left_out.push((name, "neither a CSV nor a Parquet file".to_owned())),
            }
        }
        for (at, file) in folder.files.iter().enumerate() {
            if let Some(other) = folder.files[..at].iter().find(|other| stem(&other.path) == stem(&file.path)) {
                return Err(Error::new(
                    ErrorKind::Import,
                    "42000",
                    format!("{} and {} would be one table", other.path.display(), file.path.display()),
                )
                .with_hint("leave one of them out"));
            }
        }
        if folder.files.is_empty() {
            return Err(Error::new(ErrorKind::Import, "22000", format!("{} has no CSV or Parquet files", folder.name)));
        }
        Ok(folder)
    }
}

impl TableSource for Folder {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn tables(&mut self) -> Result<SourceTables> {
        let mut tables = Vec::new();
        for file in &mut self.files {
            tables.push(match &mut file.form {
                Form::Csv { nulls } => csv_table(&file.path, nulls)?,
                Form::Parquet => parquet_table(&file.path)?,
            });
        }
        Ok(SourceTables { tables, left_out: self.left_out.clone(), infers: true })
    }

    fn read(
        &mut self,
        table: usize,
        columns: &[usize],
        row: &mut dyn FnMut(&dyn TableRow) -> Result<()>,
    ) -> Result<()> {
        let Some(file) = self.files.get(table) else { return Err(Error::internal("no such table")) };
        match &file.form {
            Form::Parquet => read_parquet(&file.path, columns, row),
            Form::Csv { nulls } => {
                let mut records = open_table(&file.path)?;
                records.next()?;
                let width = records.len();
                while records.next()? {
                    records.check_width(width)?;
                    row(&CsvRow { records: &records, columns, nulls })?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(feature = "parquet")]
use super::parquet::{read as read_parquet, table as parquet_table};

#[cfg(not(feature = "parquet"))]
fn parquet_table(path: &Path) -> Result<SourceTable> {
    Err(super::without_feature(&path.display().to_string(), "parquet"))
}

#[cfg(not(feature = "parquet"))]
fn read_parquet(path: &Path, _: &[usize], _: &mut dyn FnMut(&dyn TableRow) -> Result<()>) -> Result<()> {
    Err(super::without_feature(&path.display().to_string(), "parquet"))
}

struct CsvRow<'r> {
    records: &'r Records,
    columns: &'r [usize],
    nulls: &'r [&'static str],
}

impl TableRow for CsvRow<'_> {
    fn cell(&self, place: usize) -> Cell<'_> {
        let text = self.columns.get(place).map_or("", |column| self.records.cell(*column));
        if NULLS.contains(&text) || self.nulls.contains(&text) { Cell::Null } else { Cell::Text(text) }
    }
}

/// What a CSV file has: names by its header, types by all its rows.
fn csv_table(path: &Path, nulls: &mut Vec<&'static str>) -> Result<SourceTable> {
    let mut records = open_table(path)?;
    if !records.next()? {
        return Err(records.error("22000", "the file is empty, without a header row"));
    }
    let width = records.len();
    let mut columns: Vec<SourceColumn> = Vec::new();
    for at in 0..width {
        let (name, kind) = title(records.cell(at).trim());
        let mut name = if name.is_empty() { format!("column{}", at + 1) } else { name };
        while columns.iter().any(|other| other.name == name) {
            name.push_str("_2");
        }
        columns.push(SourceColumn { name, kind });
    }
    let mut all = vec![Candidates::default(); width];
    let mut without_markers = all.clone();
    let mut seen: Vec<Vec<&'static str>> = vec![Vec::new(); width];
    let mut rows = 0u64;
    while records.next()? {
        records.check_width(width)?;
        rows += 1;
        for at in 0..width {
            let text = records.cell(at);
            if NULLS.contains(&text) {
                continue;
            }
            all[at].see(text);
            match MARKERS.iter().find(|marker| **marker == text) {
                None => without_markers[at].see(text),
                Some(marker) if !seen[at].contains(marker) => seen[at].push(marker),
                Some(_) => {}
            }
        }
    }
    for (at, column) in columns.iter_mut().enumerate().filter(|(_, column)| column.kind.is_none()) {
        let (mut kind, plain) = (all[at].kind(), without_markers[at].kind());
        if kind == Kind::String && plain != Kind::String {
            nulls.extend(seen[at].iter().filter(|marker| !nulls.contains(marker)).copied().collect::<Vec<_>>());
            kind = plain;
        }
        column.kind = Some(kind);
    }
    Ok(SourceTable { name: stem(path), columns, rows: Some(rows), ..SourceTable::default() })
}

/// `name`, or `name:TYPE` where that is a type.
fn title(text: &str) -> (String, Option<Kind>) {
    let typed = text.rsplit_once(':').and_then(|(name, kind)| Some((name.trim().to_owned(), Kind::parse(kind)?)));
    match typed {
        Some((name, kind)) if !name.is_empty() => (name, Some(kind)),
        _ => (text.to_owned(), None),
    }
}
