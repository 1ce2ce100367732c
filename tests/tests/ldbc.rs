//! The 41 reads of the LDBC Social Network Benchmark (bench/ldbc/queries) give the rows that bench/ldbc/reference.py computed without a
//! database: on the small network in fixtures/ldbc, and on the whole tiny data where they are on this machine.

use std::{fs, path::Path};

use serde_json::{Map, Value as Json};
use wend_tests::{dataset, root};
use wenddb::{Database, Import, ImportFile, Params, Row};

const FIXTURE: &str = "tests/fixtures/ldbc";
const READS: usize = 41;

#[test]
fn the_reads_have_the_answers_of_the_reference() {
    check(&root().join(FIXTURE));
}

#[test]
fn the_reads_have_the_same_answers_on_the_whole_data() {
    match dataset("ldbc_snb_tiny") {
        Ok(directory) => check(&directory),
        Err(reason) => eprintln!("skipped: {reason}"),
    }
}

fn check(data: &Path) {
    let database = Database::in_memory().unwrap();
    let file = |name: &str| {
        let (plain, packed) = (data.join(format!("{name}.csv")), data.join(format!("{name}.csv.gz")));
        vec![ImportFile::new(if plain.is_file() { plain } else { packed })]
    };
    database.import(&Import { nodes: file("nodes"), edges: file("edges"), ..Import::default() }).unwrap();

    let (parameters, answers) = (read("bench/ldbc/parameters.json"), read(&format!("{FIXTURE}/answers.json")));
    assert_eq!((parameters.len(), answers.len()), (READS, READS));
    let mut wrong = Vec::new();
    for (name, sets) in &parameters {
        let query = fs::read_to_string(root().join(format!("bench/ldbc/queries/{name}.gql"))).unwrap();
        let (sets, expected) = (sets.as_array().unwrap(), answers[name].as_array().unwrap());
        assert_eq!(sets.len(), expected.len(), "{name}: an answer for each set of parameters");
        for (given, expected) in sets.iter().zip(expected) {
            let found = run(&database, &query, given.as_object().unwrap());
            if !found.as_ref().is_ok_and(|rows| same(rows, expected)) {
                wrong.push(format!("{name} {given}\n  found    {found:?}\n  expected {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rows of a query as lists of cells.
fn run(database: &Database, query: &str, given: &Map<String, Json>) -> Result<Json, wenddb::Error> {
    let rows = database.session().execute(query, Params::from_json(given)?)?.collect::<Result<Vec<Row>, _>>()?;
    let cells = |row: &Row| row.values().iter().map(wenddb::Value::to_json).collect();
    Ok(Json::Array(rows.iter().map(|row| Json::Array(cells(row))).collect()))
}

/// Whether two values are equal. The reference rounds sums and quotients of floats on another way, so that their last digits may differ.
fn same(found: &Json, expected: &Json) -> bool {
    match (found, expected) {
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Number(a), Json::Number(b)) if a.is_f64() && b.is_f64() => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
        }
        _ => found == expected,
    }
}

fn read(path: &str) -> Map<String, Json> {
    serde_json::from_str(&fs::read_to_string(root().join(path)).unwrap()).unwrap()
}
