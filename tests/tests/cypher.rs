//! docs/cypher.md says what WendDB makes of what a user of Cypher types: the list of habits is written from their trials, and each
//! row of the table of different meanings is tried. A row without a trial fails the test, and so does a trial whose row is gone.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use crate::habits::{HABITS, Meets};

use wend_tests::{golden, root};
use wenddb::{Database, Params};

const GRAPH: &str = "INSERT (a:Person {_id: 'ann', name: 'Ann', email: 'a@x', x: 1, age: 44}), \
    (b:Person {_id: 'bob', name: 'Bob', email: 'b@x', x: 2, age: 30}), (c:Person {_id: 'cem', name: 'Cem', email: 'c@x', age: 39}), \
    (a)-[:KNOWS {since: 2001}]->(b), (b)-[:KNOWS {since: 2010}]->(c)";

/// What a statement has to give: the rows, or an error with this beginning.
enum Gives {
    Rows(&'static [&'static str]),
    Error(&'static str),
}
use Gives::{Error, Rows};

/// The beginning of a row's first cell, and statements that run one after the other on the graph.
type Trial = (&'static str, &'static [(&'static str, Gives)]);

const TRIALS: &[Trial] = &[
    (
        "SUM of nothing is 0",
        &[("MATCH (n:Nobody) RETURN SUM(n.x) AS s, COUNT(*) AS c", Rows(&[r#"{"s":null,"c":0}"#]))],
    ),
    (
        "SET goes item by item",
        &[(
            "MATCH (a {_id: 'ann'}), (b {_id: 'bob'}) SET a.x = b.x, b.x = a.x RETURN a.x AS a, b.x AS b",
            Rows(&[r#"{"a":2,"b":1}"#]),
        )],
    ),
    (
        "comparing values of different types gives NULL",
        &[("RETURN 1 < 'a' AS x", Error("error[22G04]")), ("RETURN 1 = 'a' AS x", Rows(&[r#"{"x":false}"#]))],
    ),
    ("overflow of an integer", &[("RETURN 9223372036854775807 + 1 AS x", Error("error[22003]"))]),
    (
        "`ORDER BY x DESC` has NULLs first",
        &[
            ("FOR x IN [NULL, 1] RETURN x ORDER BY x DESC", Rows(&[r#"{"x":1}"#, r#"{"x":null}"#])),
            ("FOR x IN [1, NULL] RETURN x ORDER BY x DESC NULLS FIRST", Rows(&[r#"{"x":null}"#, r#"{"x":1}"#])),
        ],
    ),
    (
        "`timestamp()` is a number",
        &[
            ("RETURN TIMESTAMP() IS TYPED ZONED DATETIME AS x", Rows(&[r#"{"x":true}"#])),
            ("RETURN CURRENT_TIMESTAMP.epochMillis > 0 AS x", Rows(&[r#"{"x":true}"#])),
        ],
    ),
    (
        "`labels(n)`, `n.x IS NULL` of a deleted node",
        &[
            ("MATCH (n {_id: 'cem'}) DETACH DELETE n RETURN labels(n) AS l", Error("error[22G11]")),
            ("MATCH (n {_id: 'cem'}) DETACH DELETE n RETURN n.x IS NULL AS l", Error("error[22G11]")),
        ],
    ),
    ("`SET n = {a: 1}, n.a = 2`", &[("MATCH (n {_id: 'cem'}) SET n = {a: 1}, n.a = 2", Error("error[22G0M]"))]),
    // With XOR first, FALSE: left to right it is (TRUE OR TRUE) XOR TRUE.
    ("OR and XOR bind differently", &[("RETURN TRUE OR TRUE XOR TRUE AS x", Rows(&[r#"{"x":false}"#]))]),
    (
        "`COUNT(e)` over the edges",
        &[
            ("MATCH (a)-[e*2]->(b) RETURN COUNT(e) AS n", Rows(&[r#"{"n":2}"#])),
            ("MATCH (a)-[e*2]->(b) RETURN COUNT(*) AS n", Rows(&[r#"{"n":1}"#])),
        ],
    ),
    (
        "a condition on the path of `shortestPath",
        &[
            (
                "MATCH p = shortestPath((a {_id: 'ann'})-[*]-(b {_id: 'cem'})) WHERE length(p) > 2 RETURN p",
                Error("error[42001]"),
            ),
            (
                "MATCH p = ANY SHORTEST (a {_id: 'ann'})-[e WHERE e.since > 2005]-+(b {_id: 'cem'}) RETURN PATH_LENGTH(p) AS n",
                Rows(&["(no rows)"]),
            ),
        ],
    ),
    (
        "`=~` is Java's",
        &[
            ("RETURN 'ab' =~ '(a)\\\\1.*' AS x", Error("error[2201B]")),
            ("RETURN 'Ann' =~ '(?i)a.n' AS x", Rows(&[r#"{"x":true}"#])),
        ],
    ),
    (
        "`CALL { .. } IN TRANSACTIONS` commits",
        &[(
            "MATCH (a:Person) CALL (a) { SET a.y = 1 } IN TRANSACTIONS OF 1 ROWS RETURN COUNT(*) AS n",
            Rows(&[r#"{"n":3}"#]),
        )],
    ),
];

/// The first cells of the tables' rows.
fn rows_of_the_page() -> Vec<String> {
    let page = fs::read_to_string(root().join("docs/cypher.md")).unwrap();
    let page = page.split_once("## Different meanings").unwrap().1;
    let lines: Vec<&str> = page.lines().collect();
    let mut rows = Vec::new();
    for pair in lines.windows(2) {
        let head = pair[1].starts_with("|---");
        if pair[0].starts_with("| ") && !head {
            let cells = pair[0].trim_start_matches("| ").replace("\\|", "\u{0}");
            let first = cells.split(" | ").next().unwrap_or_default();
            rows.push(first.replace('\u{0}', "\\|"));
        }
    }
    rows
}

#[test]
fn every_row_of_the_page_is_tried_and_holds() {
    let rows = rows_of_the_page();
    assert!(rows.len() >= 10, "{} rows in docs/cypher.md", rows.len());
    let mut tried: BTreeMap<&str, bool> = TRIALS.iter().map(|(row, _)| (*row, false)).collect();
    let mut wrong = Vec::new();
    for row in &rows {
        let found = TRIALS.iter().find(|(beginning, _)| row.starts_with(beginning));
        let (beginning, statements) = found.unwrap_or_else(|| panic!("the row `{row}` of docs/cypher.md is not tried"));
        tried.insert(beginning, true);
        let mut session = Database::in_memory().unwrap().session();
        session.execute(GRAPH, ()).unwrap();
        for (statement, gives) in *statements {
            let output = golden::execute(&mut session, statement, Params::new());
            match gives {
                Rows(rows) if output == **rows => {}
                Error(beginning) if output.len() == 1 && output[0].starts_with(beginning) => {}
                _ => wrong.push(format!("{statement}\n  of the row {row}\n  gives {output:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let left: Vec<&str> = tried.into_iter().filter(|(_, tried)| !tried).map(|(row, _)| row).collect();
    assert!(left.is_empty(), "no rows of docs/cypher.md any more: {left:?}");
}

/// The cells of a row, texts without quotes.
fn cells(row: &wenddb::Row) -> String {
    let cell = |value: &wenddb::Value| match value.to_json() {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    row.values().iter().map(cell).collect::<Vec<_>>().join(" ")
}

/// The rows of a statement on the small graph.
fn rows_of(statement: &str) -> Result<Vec<String>, wenddb::Error> {
    let mut session = Database::in_memory().unwrap().session();
    session.execute(GRAPH, ()).unwrap();
    let parts: Vec<&str> = statement.split("; ").collect();
    let (last, first) = parts.split_last().unwrap();
    for part in first {
        session.execute(part, ())?;
    }
    session.execute(last, ())?.map(|row| Ok(cells(&row?))).collect()
}

/// Where docs/cypher.md has the list of habits.
const LIST: (&str, &str) = ("<!-- habits -->\n", "<!-- end of habits -->\n");

/// The list of habits as it stands on the page.
fn list_of_habits(refusals: &BTreeMap<&str, String>) -> String {
    let mut list = String::new();
    for (group, habits) in HABITS {
        let _ = writeln!(list, "\n### {group}\n\n| Cypher | here |\n|---|---|");
        for (statement, meets) in *habits {
            let code = |text: &str| format!("`{}`", text.replace('|', "\\|"));
            let here = match meets {
                Meets::Accepted(_) => "accepted".to_owned(),
                Meets::Refused(instead, _) => {
                    let hint = refusals.get(statement).map_or("", String::as_str).replace('|', "\\|");
                    format!("refused: {hint}; here {}", code(instead))
                }
            };
            let _ = writeln!(list, "| {} | {here} |", code(statement));
        }
    }
    list.push('\n');
    list
}

#[test]
fn docs_list_habits_that_are_accepted_or_refused_with_a_hint_that_works() {
    let (mut wrong, mut refusals, mut accepted) = (Vec::new(), BTreeMap::new(), 0);
    let expected = |rows: &[&str]| rows.iter().map(|row| (*row).to_owned()).collect::<Vec<_>>();
    for (statement, meets) in HABITS.iter().flat_map(|(_, habits)| *habits) {
        match (meets, rows_of(statement)) {
            (Meets::Accepted(rows), Ok(_)) if **rows == ["*"] => accepted += 1,
            (Meets::Accepted(rows), Ok(found)) if found == expected(rows) => accepted += 1,
            (Meets::Refused(instead, rows), Err(error)) => {
                match error.hint() {
                    Some(hint) => drop(refusals.insert(*statement, hint.to_owned())),
                    None => wrong.push(format!("{statement}\n  is refused without a hint: {}", error.message())),
                }
                match rows_of(instead) {
                    Ok(found) if found == expected(rows) => {}
                    other => wrong.push(format!("{instead}\n  gives {other:?}")),
                }
            }
            (_, result) => wrong.push(format!("{statement}\n  gives {result:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(accepted >= 100 && accepted + refusals.len() >= 122, "{accepted} accepted, {} refused", refusals.len());

    let path = root().join("docs/cypher.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(LIST.0).unwrap();
    let (kept, after) = rest.split_once(LIST.1).unwrap();
    let list = list_of_habits(&refusals);
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value != "0") {
        fs::write(&path, format!("{before}{}{list}{}{after}", LIST.0, LIST.1)).unwrap();
    } else {
        assert!(kept == list, "docs/cypher.md is stale: run `make docs-update`");
    }
}
