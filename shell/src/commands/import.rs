//! `wend import PATH --nodes [LABEL=]FILE... --edges [LABEL=]FILE...`: bulk load of CSV files.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::PathBuf;

use wenddb::{Database, Import, ImportFile, ImportReport, InterruptHandle};

use crate::args::ImportArgs;
use crate::format::count;
use crate::interrupt::Interrupts;
use crate::open;
use crate::progress::ProgressView;
use crate::stop::Stop;

/// Runs the command.
pub fn run(args: &ImportArgs, interrupts: &Interrupts) -> Result<(), Stop> {
    let nodes = files(&args.nodes)?;
    let edges = files(&args.edges)?;
    let is_new = !args.path.exists();
    let database = open::database(Some(&args.path), false)?;
    let handle = database.session().interrupt_handle();
    interrupts.watch(handle.clone());
    interrupts.for_script();
    let result = import(&database, &args.graph, nodes, edges, handle);
    if result.is_err() && is_new {
        // A database that this command created is removed when the import fails.
        drop(database);
        let _ = std::fs::remove_dir_all(&args.path);
    }
    eprintln!("{}", text(&result?));
    Ok(())
}

/// Loads files into a graph, with a progress bar.
pub fn import(
    database: &Database,
    graph: &str,
    nodes: Vec<ImportFile>,
    edges: Vec<ImportFile>,
    interrupt: InterruptHandle,
) -> Result<ImportReport, Stop> {
    let progress = ProgressView::new();
    let import =
        Import { graph: graph.to_owned(), nodes, edges, progress: progress.callback(), interrupt: Some(interrupt) };
    let result = database.import(&import);
    progress.clear();
    result.map_err(Stop::command)
}

/// The files of the arguments, all of which must exist.
fn files(args: &[OsString]) -> Result<Vec<ImportFile>, Stop> {
    args.iter().map(|arg| file(arg)).collect()
}

/// One `[LABEL=]FILE`. The text before the first `=` is a label unless it has a `/` in it.
pub fn file(arg: &OsStr) -> Result<ImportFile, Stop> {
    let (label, path) = match arg.to_str().and_then(|text| text.split_once('=')) {
        Some(("", _)) => {
            return Err(Stop::usage(
                format!("the label before = is empty in {}", arg.display()),
                "write LABEL=FILE, or FILE alone",
            ));
        }
        Some((label, path)) if !label.contains(std::path::is_separator) => {
            (Some(label.to_owned()), PathBuf::from(path))
        }
        _ => (None, PathBuf::from(arg)),
    };
    let metadata = path.metadata().map_err(|error| Stop::file("read", &path, error))?;
    if metadata.is_dir() {
        return Err(Stop::usage(format!("{} is a directory", path.display()), "give a CSV file"));
    }
    // A pipe can be opened only once, which is left to the library.
    if metadata.is_file() {
        File::open(&path).map_err(|error| Stop::file("read", &path, error))?;
    }
    Ok(ImportFile { label, path })
}

/// A report in words.
pub fn text(report: &ImportReport) -> String {
    let rows = report.nodes + report.edges;
    let mut text =
        format!("imported {}, {} in {:.2} s", count(report.nodes, "node"), count(report.edges, "edge"), report.seconds);
    if report.seconds > 0.0 {
        text.push_str(&format!(" ({:.0} rows/s)", rows as f64 / report.seconds));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_told_from_paths() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a=b.csv");
        std::fs::write(&path, "_id\n").unwrap();
        let plain = file(path.as_os_str()).unwrap();
        assert_eq!((plain.label, plain.path), (None, path.clone()));
        let mut with_label = OsString::from("Person=");
        with_label.push(&path);
        let labelled = file(&with_label).unwrap();
        assert_eq!((labelled.label.as_deref(), labelled.path), (Some("Person"), path));
        assert!(file(OsStr::new("=x.csv")).is_err());
        assert!(file(OsStr::new("no/such/file.csv")).is_err());
        assert!(file(directory.path().as_os_str()).is_err());
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
