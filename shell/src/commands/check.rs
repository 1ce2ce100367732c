//! `wend check PATH`: reads the whole database and reports what is wrong in it; `wend check --connect` for a served
//! one.

use std::io::{self, Write};

use wenddb::{CheckReport, Value};

use crate::args::CheckArgs;
use crate::format::count;
use crate::open;
use crate::remote;
use crate::stop::Stop;

/// Runs the command; problems are the result, and go to standard output.
pub fn run(args: &CheckArgs) -> Result<(), Stop> {
    let (counts, problems) = match (&args.path, &args.server.connect) {
        (Some(path), _) => {
            let database = open::existing(path, true)
                .map_err(|stop| super::served(stop, path, |address| format!("wend check --connect {address}")))?;
            let report = database.check().map_err(Stop::command)?;
            ([report.nodes, report.edges, report.vectors], report.problems)
        }
        (None, Some(address)) => of_server(remote::one_row(address, &args.server, "CHECK DATABASE")?),
        (None, None) => return Err(Stop::usage("wend check needs PATH", "wend check PATH")),
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{}", words(counts, &problems))?;
    out.flush()?;
    if problems.is_empty() { Ok(()) } else { Err(Stop::Failed) }
}

/// The counts and problems in the row of CHECK DATABASE.
fn of_server(row: Vec<Value>) -> ([u64; 3], Vec<String>) {
    let mut counts = [0; 3];
    let mut problems = Vec::new();
    for (position, value) in row.into_iter().enumerate() {
        match value {
            Value::Int(count) if position < counts.len() => counts[position] = count.unsigned_abs(),
            Value::List(found) => problems.extend(found.iter().map(ToString::to_string)),
            _ => {}
        }
    }
    (counts, problems)
}

/// A report in words: one line per problem, and the counts.
pub fn text(report: &CheckReport) -> String {
    words([report.nodes, report.edges, report.vectors], &report.problems)
}

fn words([nodes, edges, vectors]: [u64; 3], problems: &[String]) -> String {
    let mut text = String::new();
    for problem in problems {
        text.push_str("problem: ");
        text.push_str(problem);
        text.push('\n');
    }
    let counts = [count(nodes, "node"), count(edges, "edge"), count(vectors, "vector")].join(", ");
    match problems.len() {
        0 => text.push_str(&format!("{counts}: no problems")),
        number => text.push_str(&format!("{counts}: {}", count(number as u64, "problem"))),
    }
    text
}
