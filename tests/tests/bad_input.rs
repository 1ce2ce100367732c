//! Bad input that does not fit into a golden script: enormous texts, broken files, values JSON cannot hold. Each is a clear
//! error, changes nothing, and never brings the process down. The binary is run too, for its exit status.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use wend_tests::wend_binary;
use wenddb::{Database, Params, params};

/// Runs a statement that must fail, and returns its GQLSTATUS and message.
fn error_of(database: &Database, statement: &str, params: Params) -> (String, String) {
    let error = match database.session().execute(statement, params) {
        Ok(rows) => rows.filter_map(Result::err).next(),
        Err(error) => Some(error),
    };
    let head: String = statement.chars().take(80).collect();
    let error = error.unwrap_or_else(|| panic!("no error: {head}"));
    (error.gqlstatus().to_owned(), error.message().to_owned())
}

fn count(database: &Database) -> i64 {
    let mut session = database.session();
    let mut rows = session.execute("MATCH (n) RETURN COUNT(*) AS c", params! {}).unwrap();
    let row = rows.next().unwrap().unwrap();
    row.get("c").unwrap()
}

#[test]
fn nesting_without_end() {
    let database = Database::in_memory().unwrap();
    let depth = 100_000;
    let texts = [
        format!("RETURN {}1{} AS x", "(".repeat(depth), ")".repeat(depth)),
        format!("RETURN {}1{} AS x", "[".repeat(depth), "]".repeat(depth)),
        format!("RETURN {}1{} AS x", "{a: ".repeat(depth), "}".repeat(depth)),
        format!("RETURN {}", "(".repeat(depth)),
        format!("RETURN {}TRUE AS x", "NOT ".repeat(depth)),
        format!("RETURN {}1 AS x", "- ".repeat(depth)),
        format!("MATCH {}a{} RETURN 1", "(".repeat(depth), ")".repeat(depth)),
        format!("{}RETURN 1{}", "CALL { ".repeat(depth), " }".repeat(depth)),
        format!("RETURN {}1{}", "CASE WHEN TRUE THEN ".repeat(depth), " END".repeat(depth)),
    ];
    // A thread with the small stack that threads have by default.
    let checks = std::thread::spawn(move || {
        for text in texts {
            let (status, message) = error_of(&database, &text, params! {});
            assert_eq!(status, "42001", "{message}");
            assert!(message.len() < 1_000, "the message repeats the text");
        }
    });
    checks.join().unwrap();
}

#[test]
fn long_chains_are_no_nesting() {
    let database = Database::in_memory().unwrap();
    let mut session = database.session();
    for (text, expected) in [
        (format!("RETURN 0{} AS c", " + 1".repeat(10_000)), 10_000),
        (format!("RETURN CASE WHEN TRUE{} THEN 1 END AS c", " AND TRUE".repeat(10_000)), 1),
        (format!("RETURN SIZE([0{}]) AS c", ", 0".repeat(10_000)), 10_001),
    ] {
        let mut rows = session.execute(&text, params! {}).unwrap();
        assert_eq!(rows.next().unwrap().unwrap().get::<i64>("c").unwrap(), expected);
    }
}

#[test]
fn a_text_of_fifty_megabytes() {
    let database = Database::in_memory().unwrap();
    let size = 50 << 20;
    // Closed it is a value like any other, or is refused by name; either way nothing breaks.
    let mut session = database.session();
    let statement = format!("RETURN CHAR_LENGTH('{}') AS c", "x".repeat(size));
    match session.execute(&statement, params! {}) {
        Ok(mut rows) => {
            let row = rows.next().unwrap().unwrap();
            assert_eq!(row.get::<i64>("c").unwrap(), i64::try_from(size).unwrap());
        }
        Err(error) => assert!(error.gqlstatus().starts_with("42") || error.gqlstatus().starts_with("22"), "{error}"),
    }
    let (status, message) = error_of(&database, &format!("RETURN '{}", "x".repeat(size)), params! {});
    assert_eq!(status, "42001");
    assert!(message.len() < 1_000, "the message repeats the text");
    assert_eq!(count(&database), 0);
}

#[test]
fn weights_that_are_no_weights() {
    for (weight, text) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (-0.5, "-0.5")] {
        let database = Database::in_memory().unwrap();
        let mut session = database.session();
        session
            .execute("INSERT (:P {_id: 'here'})-[:R {w: $w}]->(:P {_id: 'there'})", params! {"w" => weight})
            .unwrap();
        for call in
            ["CALL algo.node2vec({weight: 'w'})", "CALL algo.node2vec.write({weight: 'w'}, {db: {property: 'v'}})"]
        {
            let (status, message) = error_of(&database, call, params! {});
            assert!(status.starts_with("22"), "{text}: {status} {message}");
            assert!(message.contains("here") && message.contains("there"), "{text}: the edge is not named: {message}");
        }
        let mut rows = session.execute("MATCH (n) RETURN COUNT(n.v) AS c", params! {}).unwrap();
        assert_eq!(rows.next().unwrap().unwrap().get::<i64>("c").unwrap(), 0);
    }
}

#[test]
fn a_database_that_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file.wend");
    fs::write(&file, "not a database").unwrap();
    assert!(Database::open(&file).is_err());
    assert_eq!(fs::read_to_string(&file).unwrap(), "not a database");

    // A folder with other things in it is not taken over.
    let folder = directory.path().join("photos");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("cat.jpg"), "meow").unwrap();
    assert!(Database::open(&folder).is_err());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing was put into it");

    let missing = directory.path().join("no/such/parent/x.wend");
    if Database::open(&missing).is_err() {
        assert!(!missing.exists());
    }
}

/// Runs `wend` with these arguments.
fn wend(arguments: &[&str], directory: &Path) -> Output {
    Command::new(wend_binary()).args(arguments).current_dir(directory).stdin(Stdio::null()).output().unwrap()
}

fn status_and_text(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn import_stops_at_a_bad_file() {
    let nodes = "_id,name\na,Ann\nb,Bob\n";
    let edges = "_from,_to,since\na,b,2020\n";
    // (nodes, edges, what the message must contain)
    let cases = [
        ("_id,name\na,Ann\nb\n", edges, "3"),
        ("_id,name\na,Ann\nb,Bob,more\n", edges, "3"),
        ("_id,name\na,Ann\na,Bob\n", edges, "a"),
        ("name\nAnn\n", edges, "_id"),
        ("_id,age:INT64\na,young\n", edges, "young"),
        ("_id,age:NUMBER\na,1\n", edges, "NUMBER"),
        ("_id,x:VECTOR\na,\"[1, 2\"\n", edges, "2"),
        ("", edges, "nodes.csv"),
        (nodes, "_from,since\na,2020\n", "_to"),
        (nodes, "_from,_to,since\na,b,2020\na,nobody,2021\n", "nobody"),
        (nodes, "_from,_to,since\na,b\n", "2"),
    ];
    for (nodes, edges, text) in cases {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("nodes.csv"), nodes).unwrap();
        fs::write(directory.path().join("edges.csv"), edges).unwrap();
        let output = wend(&["import", "x.wend", "--nodes", "P=nodes.csv", "--edges", "R=edges.csv"], directory.path());
        let (status, message) = status_and_text(&output);
        assert_eq!(status, Some(1), "{nodes}{edges}{message}");
        assert!(message.contains(".csv") && message.contains(text), "{nodes}{edges}{message}");
        let output = wend(&["x.wend", "--format", "jsonl", "-c", "MATCH (n) RETURN COUNT(*) AS c"], directory.path());
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "{\"c\":0}", "{nodes}{edges} left something");
    }
}

#[test]
fn files_that_are_not_there() {
    let directory = tempfile::tempdir().unwrap();
    for arguments in [
        &["import", "x.wend", "--nodes", "P=nowhere.csv", "--edges", "R=nowhere.csv"][..],
        &["x.wend", "-f", "nowhere.gql"],
        &["restore", "nowhere", "x.wend"],
    ] {
        let (status, message) = status_and_text(&wend(arguments, directory.path()));
        assert!(matches!(status, Some(1 | 2)), "{arguments:?}: {status:?} {message}");
        assert!(message.contains("nowhere"), "{arguments:?}: {message}");
    }
}

#[test]
fn usage_and_statement_errors_have_their_exit_status() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, expected) in [
        (&["-c", "RETURN 1"][..], 0),
        (&["-c", "RETURN x"], 1),
        (&["-c", "RETURN 1; RETURN"], 1),
        (&["-c", "RETURN $x AS x", "--param", "x=1"], 0),
        (&["-c", "RETURN $x AS x", "--param", "x={"], 2),
        (&["--format", "xml", "-c", "RETURN 1"], 2),
        (&["--no-such-option"], 2),
        (&["import"], 2),
    ] {
        let (status, message) = status_and_text(&wend(arguments, directory.path()));
        assert_eq!(status, Some(expected), "{arguments:?}: {message}");
        assert_eq!(message.is_empty(), expected == 0, "{arguments:?}: {message}");
    }
    let (_, message) = status_and_text(&wend(&["-c", "MATCH (n)\nRETURN m"], directory.path()));
    assert!(message.contains("42002") && message.contains("2:8") && message.contains('^'), "{message}");
}

#[test]
fn a_script_that_is_not_text() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("bad.gql"), b"RETURN '\xff\xfe'").unwrap();
    let (status, message) = status_and_text(&wend(&["-f", "bad.gql"], directory.path()));
    assert!(matches!(status, Some(1 | 2)), "{status:?} {message}");
    assert!(message.contains("UTF-8"), "{message}");
}

#[test]
fn read_only_means_it() {
    let directory = tempfile::tempdir().unwrap();
    let (status, message) = status_and_text(&wend(&["x.wend", "-c", "INSERT (:P {_id: 'a'})"], directory.path()));
    assert_eq!(status, Some(0), "{message}");
    let output = wend(&["x.wend", "--read-only", "-c", "INSERT (:P {_id: 'b'})"], directory.path());
    let (status, message) = status_and_text(&output);
    assert_eq!(status, Some(1), "{message}");
    assert!(message.contains("25G03"), "{message}");
    let output =
        wend(&["x.wend", "--read-only", "--format", "jsonl", "-c", "MATCH (n) RETURN n._id"], directory.path());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "{\"n._id\":\"a\"}\n");
}

/// Chains of clauses are as deep as they are long; they run, or are refused, but never take the process down.
#[test]
fn long_statements_have_room() {
    let run = || {
        let mut session = Database::in_memory().unwrap().session();
        let chains = [
            "RETURN 1 AS a".to_owned() + &" UNION RETURN 1 AS a".repeat(2000),
            "LET a0 = 1".to_owned() + &" FILTER a0 = 1".repeat(2500) + " RETURN a0",
            "RETURN 1 AS a".to_owned() + &" NEXT FILTER EXISTS { MATCH () } RETURN a".repeat(500),
            "INSERT (n)".to_owned() + &" INSERT ()".repeat(1500),
            "MATCH ()".to_owned() + &"-[]->()".repeat(400) + " RETURN 1",
        ];
        for text in &chains {
            let rows = session.execute(text, ()).unwrap();
            rows.for_each(|row| drop(row.unwrap()));
        }
        let error = session.execute(&("RETURN 1 AS a".to_owned() + &" NEXT RETURN a".repeat(20_000)), ()).unwrap_err();
        assert_eq!(error.gqlstatus(), "42000");
    };
    // The stack that Rust gives a thread is a quarter of the usual main thread's.
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

/// What would need more memory than there is is refused before any work.
#[test]
fn calls_beyond_the_memory_limit_are_refused() {
    let mut session = Database::in_memory().unwrap().session();
    session.execute("INSERT (a)-[:E]->(b)", ()).unwrap();
    for parameters in ["{walkLength: 100000000000}", "{walkLength: 9223372036854775807}"] {
        let error = session.execute(&format!("CALL algo.node2vec({parameters})"), ()).unwrap_err();
        assert!(matches!(error.kind(), wenddb::ErrorKind::Memory | wenddb::ErrorKind::Data), "{error}");
    }
}
