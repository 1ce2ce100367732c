//! `wend export PATH --to DIR`: a graph as CSV files that `wend import` reads back.

use std::path::Path;

use wenddb::Database;

use crate::args::ExportArgs;
use crate::format::count;
use crate::open;
use crate::stop::Stop;

/// Runs the command.
pub fn run(args: &ExportArgs) -> Result<(), Stop> {
    let database = open::existing(&args.path, true)?;
    eprintln!("{}", export(&database, &args.graph, &args.to)?);
    Ok(())
}

/// Writes a graph and says what was written.
pub fn export(database: &Database, graph: &str, to: &Path) -> Result<String, Stop> {
    super::must_be_free(to)?;
    let report = database.export(graph, to).map_err(Stop::command)?;
    let mut text = format!("exported {}, {}", count(report.nodes, "node"), count(report.edges, "edge"));
    for file in &report.files {
        text.push_str(&format!("\n  {}", file.display()));
    }
    Ok(text)
}
