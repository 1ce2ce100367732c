//! `wend check PATH`: reads the whole database and reports what is wrong in it.

use std::io::{self, Write};

use wenddb::CheckReport;

use crate::args::CheckArgs;
use crate::format::count;
use crate::open;
use crate::stop::Stop;

/// Runs the command; problems are the result, and go to standard output.
pub fn run(args: &CheckArgs) -> Result<(), Stop> {
    let database = open::existing(&args.path, true)?;
    let report = database.check().map_err(Stop::command)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", text(&report))?;
    out.flush()?;
    if report.problems.is_empty() { Ok(()) } else { Err(Stop::Failed) }
}

/// A report in words: one line per problem, and the counts.
pub fn text(report: &CheckReport) -> String {
    let mut text = String::new();
    for problem in &report.problems {
        text.push_str("problem: ");
        text.push_str(problem);
        text.push('\n');
    }
    let counts = [count(report.nodes, "node"), count(report.edges, "edge"), count(report.vectors, "vector")].join(", ");
    match report.problems.len() {
        0 => text.push_str(&format!("{counts}: no problems")),
        number => text.push_str(&format!("{counts}: {}", count(number as u64, "problem"))),
    }
    text
}
