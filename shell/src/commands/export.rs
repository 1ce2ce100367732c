//! `wend export PATH --to DIR`: a graph as CSV files that `wend import` reads back; `wend export --connect` exports a
//! served database by way of a copy.

use std::path::Path;

use wenddb::{Database, ExportFormat};

use crate::args::ExportArgs;
use crate::format::count;
use crate::open;
use crate::stop::Stop;

/// Runs the command.
pub fn run(args: &ExportArgs) -> Result<(), Stop> {
    super::must_be_free(&args.to)?;
    let format = match args.format.as_str() {
        "parquet" => ExportFormat::Parquet,
        "graphml" => ExportFormat::GraphMl,
        _ => ExportFormat::Csv,
    };
    match (&args.path, &args.server.connect) {
        (Some(path), _) => {
            let database = open::existing(path, true).map_err(|stop| {
                super::served(stop, path, |address| {
                    format!("wend export --connect {address} --to {}", args.to.display())
                })
            })?;
            eprintln!("{}", export_as(&database, &args.graph, &args.to, format)?);
        }
        (None, Some(address)) => {
            // The copy is made next to the target, where the disk has room for the files.
            let copy = super::Scratch::next_to(&args.to)?;
            let path = copy.path().join("copy");
            super::backup::of_server(address, &args.server, &path)?;
            eprintln!("{}", export_as(&open::existing(&path, true)?, &args.graph, &args.to, format)?);
        }
        (None, None) => return Err(Stop::usage("wend export needs PATH", "wend export PATH --to DIR")),
    }
    Ok(())
}

/// Writes a graph as CSV files and reports what was written.
pub fn export(database: &Database, graph: &str, to: &Path) -> Result<String, Stop> {
    export_as(database, graph, to, ExportFormat::Csv)
}

fn export_as(database: &Database, graph: &str, to: &Path, format: ExportFormat) -> Result<String, Stop> {
    super::must_be_free(to)?;
    let report = database.export_as(graph, to, format).map_err(Stop::command)?;
    let mut text = format!("exported {}, {}", count(report.nodes, "node"), count(report.edges, "edge"));
    for file in &report.files {
        text.push_str(&format!("\n  {}", file.display()));
    }
    Ok(text)
}
