//! `wend import PATH --nodes [LABEL=]FILE... --edges [LABEL=]FILE...`: bulk load of CSV files; `--from SOURCE` is that of a
//! relational database.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use wenddb::{Database, End, Import, ImportFile, ImportReport, ImportedFile, InterruptHandle, RunOptions, Separator};

use crate::args::{ImportArgs, ImportForm};
use crate::format::{count, paragraph, quoted_name, text_width, thousands};
use crate::interrupt::Interrupts;
use crate::open;
use crate::progress::ProgressView;
use crate::stop::Stop;

/// Runs the command.
pub fn run(args: &ImportArgs, interrupts: &Interrupts) -> Result<(), Stop> {
    if let Some(vectors) = &args.vectors {
        return vectors_into(args, vectors, interrupts);
    }
    if let Some(from) = &args.from {
        return match exported(Path::new(from)).filter(|_| args.map.is_none() && !args.dry_run && !args.infer_keys) {
            Some(import) => {
                load_into(args, Import { graph: args.graph.clone(), strict: args.form.strict, ..import }, interrupts)
            }
            None if is_graph(Path::new(from)) && args.map.is_none() && !args.dry_run && !args.infer_keys => {
                super::relational::run_graph(args, Path::new(from), interrupts)
            }
            None => super::relational::run(args, from, interrupts),
        };
    }
    let nodes = args.nodes.iter().map(|arg| nodes_file(arg)).collect::<Result<Vec<_>, _>>()?;
    let edges = args.edges.iter().map(|arg| edges_file(arg)).collect::<Result<Vec<_>, _>>()?;
    let tables = args.tables.clone();
    load_into(args, Import { graph: args.graph.clone(), nodes, edges, tables, ..with_form(&args.form)? }, interrupts)
}

/// Takes the vectors of `PROPERTY=DIR` into the database that the command names, which has to be there.
fn vectors_into(args: &ImportArgs, vectors: &str, interrupts: &Interrupts) -> Result<(), Stop> {
    let Some((property, directory)) = vectors.split_once('=').filter(|(property, _)| !property.is_empty()) else {
        return Err(Stop::usage(format!("--vectors {vectors} names no property"), "write PROPERTY=DIR"));
    };
    super::must_exist(&args.path)?;
    super::must_exist(Path::new(directory))?;
    let database = open::existing(&args.path, false)?;
    let mut session = database.session();
    interrupts.watch(session.interrupt_handle());
    interrupts.for_script();
    session.use_graph(&args.graph).map_err(Stop::command)?;
    let done = session.import_vectors(property, directory, &RunOptions::default()).map_err(Stop::command)?;
    let vectors = count(done.vectors, "vector");
    eprintln!(
        "imported {vectors} of {} as the property {}",
        count(done.dimensions as u64, "number"),
        quoted_name(property)
    );
    Ok(())
}

/// Loads files into the database that the command names.
fn load_into(args: &ImportArgs, import: Import, interrupts: &Interrupts) -> Result<(), Stop> {
    let report = with_database(args, interrupts, |database, handle| load(database, import, handle))?;
    eprintln!("{}", text(&report));
    Ok(())
}

/// Works on the database that the command names. One that it creates is removed when the work fails.
pub(super) fn with_database<T>(
    args: &ImportArgs,
    interrupts: &Interrupts,
    work: impl FnOnce(&Database, InterruptHandle) -> Result<T, Stop>,
) -> Result<T, Stop> {
    let is_new = !args.path.exists();
    let database = open::database(Some(&args.path), false)?;
    let handle = database.session().interrupt_handle();
    interrupts.watch(handle.clone());
    interrupts.for_script();
    let result = work(&database, handle);
    if result.is_err() && is_new {
        drop(database);
        let _ = std::fs::remove_dir_all(&args.path);
    }
    result
}

/// Whether it is a GraphML file, or a directory that an export wrote as Parquet.
fn is_graph(path: &Path) -> bool {
    let graphml = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("graphml"));
    let exported = path.join("nodes.parquet").is_file() && path.join("edges.parquet").is_file();
    graphml && path.is_file() || exported || path.join("graph.graphml").is_file()
}

/// The import of a directory that an export wrote: one with the nodes and edges themselves.
fn exported(directory: &Path) -> Option<Import> {
    let (nodes, edges) = (directory.join("nodes.csv"), directory.join("edges.csv"));
    let begins = |path: &Path, with: &str| {
        let mut line = String::new();
        let read = File::open(path).and_then(|file| BufReader::new(file).take(64).read_line(&mut line));
        read.is_ok() && line.starts_with(with)
    };
    if !begins(&nodes, "_id,_labels") || !begins(&edges, "_from,_to,_label") {
        return None;
    }
    let tables = Some(directory.join("tables.json")).filter(|path| path.is_file());
    let (nodes, edges) = (vec![ImportFile::new(nodes)], vec![ImportFile::new(edges)]);
    Some(Import { nodes, edges, tables, ..Import::default() })
}

/// An import of no files that reads them so.
pub fn with_form(form: &ImportForm) -> Result<Import, Stop> {
    let separator = form.delimiter.as_deref().map(|text| {
        Separator::parse(text).ok_or_else(|| {
            Stop::usage(format!("--delimiter '{text}' is not one character"), "one ASCII character, tab, or blanks")
        })
    });
    Ok(Import {
        create_nodes: form.create_nodes.clone(),
        strict: form.strict,
        separator: separator.transpose()?,
        comment: form.comment.clone(),
        header: form.header.clone(),
        ..Import::default()
    })
}

/// Loads files into a graph, with a progress bar.
pub fn load(database: &Database, import: Import, interrupt: InterruptHandle) -> Result<ImportReport, Stop> {
    let progress = ProgressView::new();
    let import = Import { progress: progress.callback(), interrupt: Some(interrupt), ..import };
    let result = database.import(&import);
    progress.clear();
    result.map_err(Stop::command)
}

/// The label and the rest of `[LABEL=]REST`. The text before the first `=` is a label unless it has a `/` in it.
fn labelled(arg: &OsStr) -> Result<(Option<String>, PathBuf), Stop> {
    match arg.to_str().and_then(|text| text.split_once('=')) {
        Some(("", _)) => Err(Stop::usage(
            format!("the label before = is empty in {}", arg.display()),
            "write LABEL=FILE, or FILE alone",
        )),
        Some((label, path)) if !label.contains(std::path::is_separator) => {
            Ok((Some(label.to_owned()), PathBuf::from(path)))
        }
        _ => Ok((None, PathBuf::from(arg))),
    }
}

/// The file and what follows its `:`. A file of the whole name comes first; else the shortest name of one.
fn file_and_columns(text: PathBuf) -> (PathBuf, Option<String>) {
    if text.exists() {
        return (text, None);
    }
    let Some(whole) = text.to_str() else { return (text, None) };
    let splits = whole.match_indices(':').map(|(at, _)| (&whole[..at], &whole[at + 1..]));
    let found = splits.clone().find(|(path, _)| Path::new(path).is_file());
    match found.or_else(|| splits.clone().find(|(path, _)| path.len() > 1)) {
        Some((path, columns)) => (PathBuf::from(path), Some(columns.to_owned())),
        None => (text.clone(), None),
    }
}

/// Refuses what is no readable file.
fn readable(path: &Path) -> Result<(), Stop> {
    let metadata = path.metadata().map_err(|error| Stop::file("read", path, error))?;
    if metadata.is_dir() {
        return Err(Stop::usage(format!("{} is a directory", path.display()), "give a CSV file"));
    }
    // A pipe can be opened only once, which is left to the library.
    if metadata.is_file() {
        File::open(path).map_err(|error| Stop::file("read", path, error))?;
    }
    Ok(())
}

/// One `[LABEL=]FILE[:KEY[:KEY...]]`.
pub fn nodes_file(arg: &OsStr) -> Result<ImportFile, Stop> {
    let (label, rest) = labelled(arg)?;
    let (path, columns) = file_and_columns(rest);
    readable(&path)?;
    let file = ImportFile { label, ..ImportFile::new(path) };
    let Some(columns) = columns else { return Ok(file) };
    if columns.contains("->") {
        let hint = "files of edges follow --edges, those of nodes have a key: --nodes Track=Track.csv:TrackId";
        return Err(Stop::usage(format!("{} names the ends of edges", arg.display()), hint));
    }
    Ok(file.key(key(&columns, arg)?))
}

/// One `[LABEL=]FILE[:FROM->TO]`.
pub fn edges_file(arg: &OsStr) -> Result<ImportFile, Stop> {
    let (label, rest) = labelled(arg)?;
    let (path, columns) = file_and_columns(rest);
    readable(&path)?;
    let file = ImportFile { label, ..ImportFile::new(path) };
    let Some(columns) = columns else { return Ok(file) };
    let Some((from, to)) = columns.split_once("->") else {
        let hint = if columns.ends_with('-') {
            "the shell takes > for a file to write: put the argument in quotes, --edges 'ON=Track.csv:TrackId->AlbumId'"
        } else {
            "the ends of edges are FROM->TO: --edges 'ON=Track.csv:TrackId->AlbumId'"
        };
        return Err(Stop::usage(format!("{} names one end", arg.display()), hint));
    };
    Ok(file.ends(end(from, arg)?, end(to, arg)?))
}

/// `LABEL.a:b`, or `a:b`.
fn end(text: &str, arg: &OsStr) -> Result<End, Stop> {
    let text = text.trim();
    Ok(match text.split_once('.') {
        Some((label, columns)) if !label.is_empty() => End::of(key(columns, arg)?).label(label),
        _ => End::of(key(text, arg)?),
    })
}

/// The columns of `a:b`.
fn key(text: &str, arg: &OsStr) -> Result<Vec<String>, Stop> {
    let columns: Vec<String> = text.split(':').map(|column| column.trim().to_owned()).collect();
    if columns.iter().any(String::is_empty) {
        return Err(Stop::usage(format!("a column has no name in {}", arg.display()), "write FILE:COLUMN"));
    }
    Ok(columns)
}

/// A report in words: the sum, and what was found in each file.
pub fn text(report: &ImportReport) -> String {
    let rows = report.nodes + report.edges;
    let mut text =
        format!("imported {}, {} in {:.2} s", count(report.nodes, "node"), count(report.edges, "edge"), report.seconds);
    // In a shorter time most of it is the start.
    if report.seconds >= 1.0 {
        text.push_str(&format!(" ({:.0} rows/s)", rows as f64 / report.seconds));
    }
    for file in &report.files {
        for line in about(file) {
            text.push('\n');
            text.push_str(&paragraph(&line, text_width(), 2));
        }
    }
    text
}

/// `papers.csv: 2,708 nodes (:Paper), topic STRING, year INT64`, and what was left out or made.
fn about(file: &ImportedFile) -> Vec<String> {
    let name = file.path.file_name().unwrap_or(file.path.as_os_str()).display();
    let noun = match (file.of_edges, file.rows) {
        (false, 1) => "node",
        (false, _) => "nodes",
        (true, 1) => "edge",
        (true, _) => "edges",
    };
    let labels: Vec<String> = file
        .labels
        .iter()
        .map(|(label, rows)| {
            let quoted =
                label.split('&').map(|label| quoted_name(label.trim_matches('`'))).collect::<Vec<_>>().join("&");
            let pattern = match (file.of_edges, label.is_empty()) {
                (_, true) => "without a label".to_owned(),
                (false, _) => format!("(:{quoted})"),
                (true, _) => format!("[:{quoted}]"),
            };
            if file.labels.len() > 1 { format!("{pattern} {}", thousands(*rows)) } else { pattern }
        })
        .collect();
    let mut line = format!("{name}: {} {noun}", thousands(file.rows));
    if !labels.is_empty() {
        line.push_str(&format!(" {}", labels.join(", ")));
    }
    let properties: Vec<String> =
        file.properties.iter().map(|(name, kind)| format!("{} {kind}", quoted_name(name))).collect();
    if !properties.is_empty() {
        line.push_str(&format!("; {}", properties.join(", ")));
    }
    let mut lines = vec![line];
    if let Some(header) = &file.assumed_header {
        lines.push(format!("{name}: no header, read as {header}"));
    }
    if file.nodes_made > 0 {
        lines.push(format!("{name}: {} made for ends that no file has", count(file.nodes_made, "node")));
    }
    if file.without_key > 0 {
        lines.push(format!("{name}: no edge for {} with an empty key", count(file.without_key, "row")));
    }
    if file.dangling > 0 {
        let first = file.first_dangling.as_deref().unwrap_or_default();
        let rows = count(file.dangling, "row");
        lines.push(format!("warning: no edge for {rows} whose key no node has; the first: {first}"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    #[test]
    fn labels_are_told_from_paths() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a=b.csv");
        std::fs::write(&path, "_id\n").unwrap();
        let plain = nodes_file(path.as_os_str()).unwrap();
        assert_eq!((plain.label, plain.path), (None, path.clone()));
        let mut with_label = OsString::from("Person=");
        with_label.push(&path);
        let labelled = nodes_file(&with_label).unwrap();
        assert_eq!((labelled.label.as_deref(), labelled.path), (Some("Person"), path));
        assert!(nodes_file(OsStr::new("=x.csv")).is_err());
        assert!(nodes_file(OsStr::new("no/such/file.csv")).is_err());
        assert!(nodes_file(directory.path().as_os_str()).is_err());
    }

    #[test]
    fn keys_and_ends_follow_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a:b.csv");
        std::fs::write(&path, "x\n").unwrap();
        let arg = |rest: &str| OsString::from(format!("L={}{rest}", path.display()));
        assert_eq!(nodes_file(&arg("")).unwrap().key, [""; 0]);
        assert_eq!(nodes_file(&arg(":x:y")).unwrap().key, ["x", "y"]);
        assert_eq!(nodes_file(&arg(":x")).unwrap().path, path);
        let ends = edges_file(&arg(":x->P.y:z")).unwrap().ends.unwrap();
        assert_eq!(ends, [End::of(["x"]), End::of(["y", "z"]).label("P")]);
        for (wrong, hint) in [(":x-", "quotes"), (":x", "FROM->TO"), (":->x", "FILE:COLUMN")] {
            let Err(Stop::Usage { hint: Some(text), .. }) = edges_file(&arg(wrong)) else { panic!("{wrong}") };
            assert!(text.contains(hint), "{text}");
        }
        assert!(nodes_file(&arg(":x->y")).is_err() && nodes_file(&arg(":")).is_err());
    }

    #[test]
    fn reports_have_a_rate() {
        let mut report = ImportReport::default();
        report.nodes = 1000;
        report.edges = 1;
        report.seconds = 2.0;
        assert_eq!(text(&report), "imported 1000 nodes, 1 edge in 2.00 s (500 rows/s)");
    }
}
