//! Every query of the development conformance files, when they are there.

use std::path::PathBuf;

use serde_json::Value;
use wend_grammar::{parse, print};

/// Where this parser departs from `accept` on purpose, with the reason.
const DEPARTURES: &[(&str, &str)] = &[
    ("syn-017", "`--` between parentheses is accepted as a Cypher habit"),
    ("syn-019", "`<--` between parentheses is accepted as a Cypher habit"),
    ("syn-041", "LIMIT takes any expression without variables"),
    ("syn-049", "MERGE is accepted as a Cypher habit"),
];

fn shared() -> Option<PathBuf> {
    let root = std::env::var_os("WEND_SHARED").map(PathBuf::from);
    let root = root.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"));
    root.join("conformance").is_dir().then_some(root)
}

fn cases(file: &str) -> Vec<Value> {
    let Some(root) = shared() else {
        println!("skipped: no shared/conformance folder; set WEND_SHARED to the folder that holds it");
        return Vec::new();
    };
    let text = std::fs::read_to_string(root.join("conformance").join(file)).expect("the file of cases is readable");
    text.lines().map(|line| serde_json::from_str(line).expect("each line is a case")).collect()
}

/// Cases of features outside of the subset.
const LEFT_OUT: &[(&str, &str)] =
    &[("gql-gql_labels-022", "undirected edges (GH02)"), ("gql-gql_labels-023", "undirected edges (GH02)")];

/// The error, or a failure of the printed text to parse to the same text.
fn problem(query: &str) -> Option<String> {
    match parse(query) {
        Err(error) => Some(format!("{} {error} at {:?}", error.gqlstatus, error.span)),
        Ok(statements) => statements.iter().find_map(|statement| {
            let printed = print(statement);
            match parse(&printed) {
                Err(error) => Some(format!("printed as {printed}: {error}")),
                Ok(again) if again.len() == 1 && print(&again[0]) == printed => None,
                Ok(_) => Some(format!("printed as {printed}, which prints differently")),
            }
        }),
    }
}

#[test]
fn syntax_cases() {
    let mut wrong = Vec::new();
    let all = cases("gql-syntax-dev.jsonl");
    for case in &all {
        let id = case["id"].as_str().expect("an id");
        let query = case["query"].as_str().expect("a query");
        let accept = case["accept"].as_bool().expect("a verdict");
        let departs = DEPARTURES.iter().any(|(d, _)| *d == id);
        let problem = problem(query);
        if problem.is_none() != (accept != departs) {
            wrong.push(format!("{id} accept={accept}: {query}\n    {problem:?}"));
        } else if let Some(problem) = problem {
            println!("{id} refused: {problem}");
        }
    }
    println!("{} of {} syntax cases", all.len() - wrong.len(), all.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn queries_of_the_cases() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases("gql-dev.jsonl") {
        let mut queries: Vec<&str> = case["setup"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if LEFT_OUT.iter().any(|(id, _)| case["id"] == *id) {
            continue;
        }
        // The parser may raise some errors that a case expects later.
        let codes: Vec<&str> =
            case["expect"]["gqlstatus"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if let Some(query) = case["query"].as_str() {
            match parse(query) {
                Err(error) if codes.contains(&error.gqlstatus) => count += 1,
                _ => queries.push(query),
            }
        }
        queries.extend(case["control"]["query"].as_str().or(case["control"].as_str()));
        queries.extend(case["steps"].as_array().into_iter().flatten().filter_map(|s| s["query"].as_str()));
        for query in queries {
            count += 1;
            if let Some(problem) = problem(query) {
                wrong.push(format!("{}: {query}\n    {problem}", case["id"]));
            }
        }
    }
    println!("{} of {count} queries", count - wrong.len());
    assert!(wrong.is_empty(), "{} of {count} wrong\n{}", wrong.len(), wrong.join("\n"));
}
