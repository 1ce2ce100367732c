//! `wend import PATH --from SOURCE`: the tables of a relational database as nodes and edges.

use std::path::Path;

use wenddb::{PlannedEdge, PlannedTable, RelationalImport, RelationalReport, TableSource, open_tables};

use crate::args::ImportArgs;
use crate::format::{count, paragraph, quoted_name, text_width, thousands};
use crate::interrupt::Interrupts;
use crate::progress::ProgressView;
use crate::stop::Stop;

use super::import::with_database;

/// Runs the command.
pub fn run(args: &ImportArgs, from: &str, interrupts: &Interrupts) -> Result<(), Stop> {
    let map =
        args.map.as_ref().map(|path| std::fs::read_to_string(path).map_err(|error| Stop::file("read", path, error)));
    let import = RelationalImport {
        graph: args.graph.clone(),
        infer: args.infer_keys.then_some(true),
        strict: args.form.strict,
        map: map.transpose()?,
        ..RelationalImport::default()
    };
    let mut source = open_tables(from).map_err(|error| Stop::wrong(&error))?;
    if args.dry_run {
        let plan = import.plan(source.as_mut()).map_err(Stop::command)?;
        print!("{plan}");
        return Ok(());
    }
    let report = with_database(args, interrupts, |database, handle| {
        let progress = ProgressView::new();
        let import = RelationalImport { progress: progress.callback(), interrupt: Some(handle), ..import };
        let result = database.import_relational(source.as_mut() as &mut dyn TableSource, &import);
        progress.clear();
        result.map_err(Stop::command)
    })?;
    eprintln!("{}", text(&report));
    Ok(())
}

/// Imports a GraphML file, or a directory that an export wrote as Parquet or GraphML.
pub fn run_graph(args: &ImportArgs, from: &Path, interrupts: &Interrupts) -> Result<(), Stop> {
    let (nodes, edges, seconds) = with_database(args, interrupts, |database, handle| {
        let import =
            RelationalImport { graph: args.graph.clone(), interrupt: Some(handle), ..RelationalImport::default() };
        database.import_graph(from, &import).map_err(Stop::command)
    })?;
    eprintln!("imported {}, {} in {seconds:.2} s", count(nodes, "node"), count(edges, "edge"));
    Ok(())
}

/// A report in words: the sum, then tables, edges, and what was not taken.
fn text(report: &RelationalReport) -> String {
    let rows = report.nodes + report.edges;
    let mut text =
        format!("imported {}, {} in {:.2} s", count(report.nodes, "node"), count(report.edges, "edge"), report.seconds);
    // In a shorter time most of it is the start.
    if report.seconds >= 1.0 {
        text.push_str(&format!(" ({:.0} rows/s)", rows as f64 / report.seconds));
    }
    let plan = &report.plan;
    let mut lines: Vec<String> = plan.tables.iter().map(table).collect();
    lines.extend(plan.edges.iter().map(edge));
    lines.extend(plan.left_out.iter().map(|(what, why)| format!("not taken: {what}: {why}")));
    if !plan.proposals.is_empty() {
        lines.push(format!("{} that may be meant: --dry-run tells", count(plan.proposals.len() as u64, "foreign key")));
    }
    lines.extend(plan.warnings.iter().map(|warning| format!("warning: {warning}")));
    for line in lines {
        text.push('\n');
        text.push_str(&paragraph(&line, text_width(), 2));
    }
    text
}

/// `races: 1,102 nodes (:races), key raceId, time date`
fn table(table: &PlannedTable) -> String {
    let rows = table.rows.unwrap_or_default();
    let noun = if rows == 1 { "node" } else { "nodes" };
    let mut line = format!("{}: {} {noun} (:{})", table.table, thousands(rows), quoted_name(&table.label));
    line.push_str(&match table.key.is_empty() {
        true => ", rows numbered".to_owned(),
        false => format!(", key {}{}", table.key.join(", "), if table.found { " (found)" } else { "" }),
    });
    if let Some(time) = &table.time {
        line.push_str(&format!(", time {time}"));
    }
    line
}

/// `results (driverId) -> drivers: 25,860 edges [:DRIVER]`, and rows without an edge.
fn edge(edge: &PlannedEdge) -> String {
    let counts = edge.counts.clone().unwrap_or_default();
    let noun = if counts.edges == 1 { "edge" } else { "edges" };
    let (columns, to) = (edge.destination.columns.join(", "), &edge.destination.table);
    let ends = match &edge.source {
        None => format!("{} ({columns}) -> {to}", edge.table),
        Some(from) => format!("{}: {} ({}) -> {to} ({columns})", edge.table, from.table, from.columns.join(", ")),
    };
    let mut line = format!("{ends}: {} {noun} [:{}]", thousands(counts.edges), quoted_name(&edge.label));
    if counts.without_key > 0 {
        line.push_str(&format!(", {} NULL", thousands(counts.without_key)));
    }
    if counts.dangling > 0 {
        let first = counts.first_dangling.as_deref().unwrap_or_default();
        line.push_str(&format!(", {} with a key that no row has (the first: {first})", thousands(counts.dangling)));
    }
    line
}
