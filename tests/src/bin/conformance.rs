//! Runs the GQL cases and says which fail: `conformance [--families a,b] [FILE...]`. Without files it runs those of
//! `$WEND_SHARED/conformance`. Exit status: 0 every case passed but those that docs/gql-conformance.md lists, which are printed
//! with their reasons; 1 another case failed; 2 it could not be run. Cases of tier `later` are told apart and do not count.

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use wend_tests::{
    conformance::{Case, Outcome, Report, Tally, default_files, read},
    deviations::{listed_everywhere, page},
};

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("conformance: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, String> {
    let (mut families, mut files) = (Vec::new(), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let list = match argument.strip_prefix("--families") {
            Some("") => arguments.next().ok_or("--families takes names, separated by commas")?,
            Some(list) if list.starts_with('=') => list[1..].to_owned(),
            _ if argument.starts_with('-') => return Err("usage: conformance [--families a,b] [FILE...]".to_owned()),
            _ => {
                files.push(PathBuf::from(argument));
                continue;
            }
        };
        families.extend(list.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()));
    }
    if files.is_empty() {
        files = default_files()?;
    }
    let mut cases: Vec<Case> = Vec::new();
    for file in &files {
        cases.extend(read(file)?);
    }
    for family in &families {
        if !cases.iter().any(|case| case.family == *family) {
            return Err(format!("there is no family {family}"));
        }
    }
    let report = Report::run(cases.iter().filter(|case| families.is_empty() || families.contains(&case.family)));
    let known = listed_everywhere(&page()?)?;
    print(&report, &known);
    let unknown = |outcome: &Outcome| outcome.failure.is_some() && !outcome.later() && !known.contains_key(&outcome.id);
    Ok(!report.outcomes.iter().any(unknown))
}

fn print(report: &Report, known: &BTreeMap<String, String>) {
    for outcome in report.outcomes.iter().filter(|outcome| !outcome.later()) {
        print_failure(outcome, known.get(&outcome.id));
    }
    let line = |name: &str, tally: Tally| println!("{name:24} {:5} {:5}", tally.passed, tally.failed);
    println!("{:24} {:>5} {:>5}", "family", "pass", "fail");
    for (family, tally) in report.families(false) {
        line(family, tally);
    }
    if report.outcomes.iter().any(Outcome::later) {
        println!("\nof tier later, not claimed:");
        for (family, tally) in report.families(true) {
            line(family, tally);
        }
        for outcome in report.outcomes.iter().filter(|outcome| outcome.later() && outcome.failure.is_some()) {
            println!("  {} fails", outcome.id);
        }
        println!();
    }
    let total = report.total(false);
    let cases = total.passed + total.failed;
    let percent = 100.0 * total.passed as f64 / cases.max(1) as f64;
    let failed = report.outcomes.iter().filter(|outcome| !outcome.later() && outcome.failure.is_some());
    let listed = failed.filter(|outcome| known.contains_key(&outcome.id)).count();
    println!(
        "total: {} of {cases} passed ({percent:.1} %), {} failed; docs/gql-conformance.md gives the reason of {listed}",
        total.passed, total.failed
    );
}

fn print_failure(outcome: &Outcome, known: Option<&String>) {
    if let Some(failure) = &outcome.failure {
        let word = if known.is_some() { "KNOWN" } else { "FAILED" };
        println!("{word} {} [{}, {}]", outcome.id, outcome.family, outcome.tier);
        if let Some(reason) = known {
            println!("  reason:   {reason}");
        }
        println!("  query:    {}", failure.query);
        println!("  expected: {}", failure.expected);
        println!("  got:      {}\n", failure.got);
    }
}
