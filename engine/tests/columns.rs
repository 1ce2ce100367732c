//! What is evaluated on kept columns, all rows of a batch at once, gives the same rows and errors as what is evaluated row by row:
//! random expressions over nodes and edges whose properties have one type, several, or none.

use std::fmt::Write as _;

use crate::common::{Choices, cases, rows};
use proptest::prelude::*;
use wenddb::{Database, Options, Session};

/// More than a property is read before it is kept, and no whole number of batches.
const NODES: usize = 1100;

/// How the values of a property are made.
const KINDS: [&[&str]; 10] = [
    &["1", "2", "3", "-7"],
    &["1", "NULL", "40"],
    &["0.5", "1.0", "-2e300"],
    &["0.5", "NULL", "1e300"],
    &["'a'", "'b'", "''"],
    &["'a'", "NULL", "'zz'"],
    &["TRUE", "FALSE", "NULL"],
    &["9223372036854775807", "-9223372036854775808", "2", "0"],
    &["1", "1.5", "'a'", "NULL", "[1, NULL]"],
    &["NULL"],
];

const NAMES: [&str; 3] = ["p", "q", "r"];

fn database(choices: &mut Choices) -> Database {
    let database = Database::in_memory_with(Options { threads: 1, ..Options::default() }).unwrap();
    let kinds = NAMES.map(|_| choices.pick(&KINDS));
    let lengths = kinds.map(|kind| 1 + choices.below(kind.len()));
    let mut text = "INSERT ".to_owned();
    for number in 0..NODES {
        let comma = if number == 0 { "" } else { ", " };
        let properties: Vec<String> = (0..3)
            .map(|at| format!("{}: {}", NAMES[at], kinds[at][number * (at + 3) / (at + 2) % lengths[at]]))
            .collect();
        let _ = write!(text, "{comma}(v{number}:N {{{}}})", properties.join(", "));
        if number > 0 {
            let _ = write!(text, ", (v{number})-[:R {{{}}}]->(v{})", properties.join(", "), number - 1);
        }
    }
    database.session().execute(&text, ()).unwrap();
    database
}

fn expression(choices: &mut Choices, depth: usize) -> String {
    let properties = ["x.p", "x.q", "x.r", "x.nothing"];
    match choices.below(if depth == 0 { 3 } else { 9 }) {
        0 | 1 => choices.pick(&properties).to_owned(),
        2 => choices.pick(&["1", "2.5", "'a'", "TRUE", "NULL", "0", "-1", "9223372036854775807", "''"]).to_owned(),
        3 | 4 => {
            let operator = choices.pick(&["+", "-", "*", "/", "%"]);
            format!("({} {operator} {})", expression(choices, depth - 1), expression(choices, depth - 1))
        }
        5 | 6 => {
            let operator = choices.pick(&["=", "<>", "<", "<=", ">", ">="]);
            format!("({} {operator} {})", expression(choices, depth - 1), expression(choices, depth - 1))
        }
        7 => {
            let operator = choices.pick(&["AND", "OR", "XOR"]);
            format!("({} {operator} {})", expression(choices, depth - 1), expression(choices, depth - 1))
        }
        _ => {
            let inner = expression(choices, depth - 1);
            if choices.once_in(2) { format!("({inner} IS NULL)") } else { format!("(NOT {inner})") }
        }
    }
}

fn query(choices: &mut Choices) -> String {
    let pattern = choices.pick(&["(x:N)", "(x)", "()-[x:R]->()"]);
    let condition = if choices.once_in(2) { format!(" WHERE {}", expression(choices, 2)) } else { String::new() };
    let (a, b) = (expression(choices, 2), expression(choices, 2));
    let result = match choices.below(5) {
        0 => {
            let keys = choices.pick(&["", "x.q AS k, ", "x.p AS k, x.r AS l, "]);
            let function = choices.pick(&["SUM", "AVG", "MIN", "MAX", "COUNT", "COUNT(DISTINCT ", "STDDEV_POP"]);
            let open = if function.ends_with(' ') { "" } else { "(" };
            format!("RETURN {keys}COUNT(*) AS n, {function}{open}{a}) AS f, COUNT({b}) AS g")
        }
        1 => format!("RETURN {a} AS a, {b} AS b ORDER BY a, b LIMIT 7"),
        2 => format!("RETURN DISTINCT {a} AS a"),
        3 => {
            let order = choices.pick(&["", " ORDER BY l LIMIT 9", " ORDER BY k DESC, l LIMIT 20"]);
            format!("LET k = {a}, l = {b} FILTER k = l OR l IS NOT NULL RETURN k, l, k = l AS e, COUNT(*) AS c{order}")
        }
        _ => format!("RETURN {a} AS a, {b} AS b"),
    };
    format!("MATCH {pattern}{condition} {result}")
}

fn outcome(session: &mut Session, query: &str) -> Result<Vec<String>, String> {
    let mut rows: Vec<String> = rows(session, query)
        .map_err(|error| error.gqlstatus().to_owned())?
        .iter()
        .map(|row| format!("{row:?}"))
        .collect();
    rows.sort();
    Ok(rows)
}

/// The same, of a result that is read by batches, and in part by rows.
fn outcome_of_batches(session: &mut Session, query: &str) -> Result<Vec<String>, String> {
    let read = |session: &mut Session| -> wenddb::Result<Vec<String>> {
        let mut rows = session.execute(query, ())?;
        let (mut all, mut by_row) = (Vec::new(), false);
        loop {
            for row in rows.by_ref().take(if by_row { 3 } else { 0 }) {
                all.push(format!("{:?}", row?.into_values()));
            }
            by_row = !by_row;
            let Some(batch) = rows.next_batch()? else { break };
            assert!(!batch.is_empty() && batch.columns().iter().all(|column| column.len() == batch.len()));
            all.extend((0..batch.len()).map(|row| {
                let values: Vec<_> = batch.columns().iter().map(|column| column.value(row)).collect();
                format!("{values:?}")
            }));
        }
        all.sort();
        Ok(all)
    };
    read(session).map_err(|error| error.gqlstatus().to_owned())
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn columns_give_what_rows_give(bytes in prop::collection::vec(any::<u8>(), 100..600)) {
        let mut choices = Choices(&bytes);
        let database = database(&mut choices);
        let mut reading = database.session();
        for _ in 0..3 {
            for pattern in ["(x)", "(x:N)", "()-[x]->()"] {
                rows(&mut reading, &format!("MATCH {pattern} FILTER x.p IS NULL OR x.q IS NULL OR x.r IS NULL RETURN x")).unwrap();
                rows(&mut reading, &format!("MATCH {pattern} RETURN x.p, x.q, x.r")).unwrap();
            }
        }
        // A transaction that may write reads the records.
        let mut writing = database.session();
        writing.execute("START TRANSACTION READ WRITE", ()).unwrap();
        for _ in 0..40 {
            let query = query(&mut choices);
            let by_columns = outcome(&mut reading, &query);
            let by_rows = outcome(&mut writing, &query);
            if by_rows.is_err() {
                writing = database.session();
                writing.execute("START TRANSACTION READ WRITE", ()).unwrap();
            }
            prop_assert_eq!(outcome_of_batches(&mut reading, &query), by_rows.clone(), "{}", query);
            prop_assert_eq!(by_columns, by_rows, "{}", query);
        }
    }
}
