//! Runs the GQL cases where they are on this machine: every one passes but those that docs/gql-conformance.md lists with a
//! reason, and the numbers of that page are right (`UPDATE_DOCS=1` writes them again).

use std::{fs, path::PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use wend_tests::{
    conformance::{Report, default_files, read},
    deviations::{listed, listed_everywhere, page},
};

/// Between these lines of the page stand the numbers.
const MARKS: [&str; 2] = ["<!-- results: written by `make docs-update` -->\n", "<!-- end of results -->\n"];

fn main() {
    let arguments = Arguments::from_args();
    let files = default_files();
    if let Err(reason) = &files {
        eprintln!("skipped: {reason}");
    }
    let skip = files.is_err();
    let trial = Trial::test("no case fails without a reason", move || run(&files?)).with_ignored_flag(skip);
    let parse = Trial::test("every listed case has a reason", || Ok(listed_everywhere(&page()?).map(drop)?));
    libtest_mimic::run(&arguments, vec![trial, parse]).exit();
}

fn run(files: &[PathBuf]) -> Result<(), Failed> {
    let mut cases = Vec::new();
    for file in files {
        cases.extend(read(file)?);
    }
    let report = Report::run(&cases);
    let page = page()?;
    let mut listed = listed(&page)?;
    let mut problems = Vec::new();
    for outcome in &report.outcomes {
        match (&outcome.failure, listed.remove(&outcome.id)) {
            (Some(failure), None) => problems.push(format!(
                "{} fails: {}\n  expected: {}\n  got:      {}",
                outcome.id, failure.query, failure.expected, failure.got
            )),
            (None, Some(_)) => problems.push(format!("{} is listed as failing, but passes now", outcome.id)),
            _ => {}
        }
    }
    problems.extend(listed.keys().map(|id| format!("{id} is listed as failing, but is no case")));

    let [before, after] = MARKS;
    let (head, rest) = page.split_once(before).ok_or("the page has no place for the results")?;
    let (results, tail) = rest.split_once(after).ok_or("the results of the page have no end")?;
    let current = report.markdown();
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value != "0") {
        fs::write(path(), format!("{head}{before}{current}{after}{tail}"))?;
    } else if results != current {
        problems.push("the results in docs/gql-conformance.md are not those of today: make docs-update".to_owned());
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

fn path() -> PathBuf {
    wend_tests::root().join("docs/gql-conformance.md")
}
