//! `wend export PATH --to DIR`: a graph as CSV files that `wend import` reads back; `wend export --connect` exports a
//! served database by way of a copy.

use std::path::Path;

use wenddb::{Database, ExportFormat, ExportReport, RunOptions, Selection};

use crate::args::ExportArgs;
use crate::format::count;
use crate::open;
use crate::stop::Stop;

/// Runs the command.
pub fn run(args: &ExportArgs) -> Result<(), Stop> {
    super::must_be_free(&args.to)?;
    if args.blocks.is_some() && args.format != "parquet" {
        return Err(Stop::usage("--blocks writes Parquet files", "add --format parquet"));
    }
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
            eprintln!("{}", export_with(&database, args, format)?);
        }
        (None, Some(address)) => {
            // The copy is made next to the target, where the disk has room for the files.
            let copy = super::Scratch::next_to(&args.to)?;
            let path = copy.path().join("copy");
            super::backup::of_server(address, &args.server, &path)?;
            eprintln!("{}", export_with(&open::existing(&path, true)?, args, format)?);
        }
        (None, None) => return Err(Stop::usage("wend export needs PATH", "wend export PATH --to DIR")),
    }
    Ok(())
}

/// Writes a graph as CSV files and reports what was written.
pub fn export(database: &Database, graph: &str, to: &Path) -> Result<String, Stop> {
    export_as(database, graph, to, ExportFormat::Csv)
}

/// Writes what the command asks for.
fn export_with(database: &Database, args: &ExportArgs, format: ExportFormat) -> Result<String, Stop> {
    let Some(blocks) = args.blocks else { return export_as(database, &args.graph, &args.to, format) };
    let selection = Selection {
        node_labels: args.node_labels.clone(),
        edge_labels: args.edge_labels.clone(),
        weight: args.weight.clone(),
    };
    let mut session = database.session();
    session.use_graph(&args.graph).map_err(Stop::command)?;
    let report = session.export_blocks(&args.to, blocks, &selection, &RunOptions::default()).map_err(Stop::command)?;
    let parts = count(blocks as u64, "block");
    Ok(text(&report, &format!(" in {parts}")))
}

fn export_as(database: &Database, graph: &str, to: &Path, format: ExportFormat) -> Result<String, Stop> {
    super::must_be_free(to)?;
    let report = database.export_as(graph, to, format).map_err(Stop::command)?;
    Ok(text(&report, ""))
}

/// Files that are named; of more only the first and the last.
const NAMED: usize = 8;

/// What was written, in words.
fn text(report: &ExportReport, how: &str) -> String {
    let mut text = format!("exported {}, {}{how}", count(report.nodes, "node"), count(report.edges, "edge"));
    let skipped = report.files.len().saturating_sub(NAMED);
    for (at, file) in report.files.iter().enumerate() {
        if skipped == 0 || at < NAMED / 2 || at >= NAMED / 2 + skipped {
            text.push_str(&format!("\n  {}", file.display()));
        } else if at == NAMED / 2 {
            text.push_str(&format!("\n  and {skipped} more"));
        }
    }
    text
}
