//! The binary as a user runs it: exit statuses, formats, errors, files.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::common::{Wend, json_lines};

#[test]
fn results_go_to_standard_output() {
    let done = Wend::new().args(["--format", "jsonl", "-c", "RETURN 1 AS a, 'x' AS b"]).run();
    done.succeeds();
    assert_eq!(done.stdout, "{\"a\":1,\"b\":\"x\"}\n");
    assert_eq!(done.stderr, "");
}

#[test]
fn a_script_on_standard_input() {
    for args in [&["--format", "jsonl"][..], &["--format", "jsonl", "-f", "-"], &[":memory:", "--format", "jsonl"]] {
        let done = Wend::new().args(args).stdin("RETURN 1 AS a;\nRETURN 2 AS a").run();
        done.succeeds();
        assert_eq!(done.stdout, "{\"a\":1}\n{\"a\":2}\n");
    }
    Wend::new().stdin("").run().succeeds();
    Wend::new().stdin(" // nothing\n;;").run().succeeds();
}

#[test]
fn commands_and_files_run_in_the_order_given() {
    let wend = Wend::new();
    let file = wend.file("two.gql", "\u{feff}RETURN 2 AS a;");
    let done = wend.args(["--format", "jsonl", "-c", "RETURN 1 AS a", "-f", &file, "-c", "RETURN 3 AS a"]).run();
    done.succeeds();
    assert_eq!(done.stdout, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
}

#[test]
fn a_script_stops_at_the_first_error() {
    let wend = Wend::new();
    let file = wend.file("bad.gql", "RETURN 1 AS a;\n\n  RETURN 1 / 0 AS b;\nRETURN 3 AS c;");
    let done = wend.args(["--format", "jsonl", "-f", &file, "-c", "RETURN 4 AS d"]).run();
    done.fails(1);
    assert_eq!(done.stdout, "{\"a\":1}\n");
    assert!(done.stderr.starts_with("error[22012]: "), "{}", done.stderr);
    assert!(done.stderr.contains("bad.gql:3:"), "{}", done.stderr);
}

#[test]
fn errors_have_a_caret_and_a_hint() {
    let done = Wend::new().args(["-c", "MATCH (n)\nRETURN nn"]).run();
    done.fails(1);
    assert_eq!(done.stdout, "");
    let lines: Vec<&str> = done.stderr.lines().collect();
    assert!(lines[0].starts_with("error[42002]: "), "{}", done.stderr);
    assert_eq!(lines[1], " --> -c:2:8");
    assert_eq!(lines[2..5], ["  |", "2 | RETURN nn", "  |        ^^"]);
}

#[test]
fn syntax_errors_are_placed_in_the_whole_script() {
    let done = Wend::new().stdin("RETURN 'ä' AS a; RETURN 1 AS b;\nMATCH (n RETURN n").run();
    done.fails(1);
    assert!(done.stderr.starts_with("error[42001]: "), "{}", done.stderr);
    assert!(done.stderr.contains(" --> <stdin>:2:"), "{}", done.stderr);
    assert!(done.stderr.contains('^'), "{}", done.stderr);
}

#[test]
fn formats() {
    let run = |format: &str| {
        let done =
            Wend::new().args(["--format", format, "-c", "RETURN 'a,\"b' AS s, 1 AS n, [1, 'x'] AS l, NULL AS z"]).run();
        done.succeeds();
        done.stdout.clone()
    };
    assert_eq!(run("jsonl"), "{\"s\":\"a,\\\"b\",\"n\":1,\"l\":[1,\"x\"],\"z\":null}\n");
    let json: serde_json::Value = serde_json::from_str(&run("json")).unwrap();
    assert_eq!(json, serde_json::json!([{"s": "a,\"b", "n": 1, "l": [1, "x"], "z": null}]));
    assert_eq!(run("csv"), "s,n,l,z\n\"a,\"\"b\",1,\"[1,\"\"x\"\"]\",\n");
    let table = run("table");
    assert!(table.contains("│ a,\"b │ 1 │ [1, 'x'] │ NULL │"), "{table}");
    assert!(table.ends_with("1 row\n"), "{table}");
}

#[test]
fn several_results_are_one_json_document() {
    let json = |wend: Wend| -> serde_json::Value {
        let done = wend.run();
        done.succeeds();
        serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {}", done.stdout))
    };
    let wend = || Wend::new().args(["--format", "json"]);
    let two = serde_json::json!([[{"a": 1}], [{"b": 2}, {"b": 3}]]);
    let one = serde_json::json!([{"a": 1}]);
    assert_eq!(json(wend().args(["-c", "RETURN 1 AS a; FOR b IN [2, 3] RETURN b"])), two);
    assert_eq!(json(wend().args(["-c", "RETURN 1 AS a", "-c", "INSERT (:A); FOR b IN [2, 3] RETURN b"])), two);
    assert_eq!(json(wend().stdin("RETURN 1 AS a;\nFOR b IN [2, 3] RETURN b;")), two);
    // Statements without a table do not count.
    assert_eq!(json(wend().args(["-c", "INSERT (:A); RETURN 1 AS a"])), one);
    assert_eq!(json(wend().stdin("CREATE GRAPH g; USE g; RETURN 1 AS a")), one);
    // A script that fails leaves no whole document.
    let failed = wend().args(["-c", "RETURN 1 AS a; RETURN 1 / 0 AS b"]).run();
    failed.fails(1);
    assert!(serde_json::from_str::<serde_json::Value>(&failed.stdout).is_err(), "{}", failed.stdout);
}

#[test]
fn statements_without_a_table_print_nothing() {
    for format in ["table", "json", "jsonl", "csv"] {
        let done = Wend::new().args(["--format", format, "-c", "INSERT (:Person {_id: 'ann'})"]).run();
        done.succeeds();
        assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("", ""));
    }
}

#[test]
fn empty_tables() {
    let run = |format: &str| {
        Wend::new().args(["--format", format, "-c", "MATCH (n:Nobody) RETURN n._id AS id"]).run().stdout.clone()
    };
    assert_eq!(run("jsonl"), "");
    assert_eq!(run("json"), "[]\n");
    assert_eq!(run("csv"), "id\n");
    assert!(run("table").ends_with("0 rows\n"));
}

#[test]
fn large_results_stream() {
    let done = Wend::new().args(["--format", "csv", "-c", "FOR i IN RANGE(1, 100000) RETURN i"]).run();
    done.succeeds();
    assert_eq!(done.stdout.lines().count(), 100_001);
    let done = Wend::new().args(["-c", "FOR i IN RANGE(1, 2500) RETURN i"]).run();
    assert!(done.stdout.ends_with("2500 rows\n"));
    assert_eq!(done.stdout.lines().count(), 2500 + 5);
}

#[test]
fn nodes_edges_and_paths_are_objects() {
    let done = Wend::new()
        .args(["--format", "jsonl", "-c", "INSERT (:A {_id: 'a', x: 1})-[:K {w: 2}]->(:B {_id: 'b'})"])
        .args(["-c", "MATCH p = (n:A)-[e]->(m) RETURN n, e, p"])
        .run();
    done.succeeds();
    let row = &json_lines(&done.stdout)[0];
    assert_eq!(row["n"], serde_json::json!({"_id": "a", "labels": ["A"], "properties": {"x": 1}}));
    assert_eq!((&row["e"]["from"], &row["e"]["to"], &row["e"]["label"]), (&"a".into(), &"b".into(), &"K".into()));
    assert_eq!(row["p"].as_array().map(Vec::len), Some(3));
}

#[test]
fn parameters() {
    let done = Wend::new()
        .args(["--param", "n=30", "--param", "$name=\"Ann\"", "--param", "l=[1, null]", "--format", "jsonl"])
        .args(["-c", "RETURN $n AS n, $name AS name, $l AS l"])
        .run();
    done.succeeds();
    assert_eq!(done.stdout, "{\"n\":30,\"name\":\"Ann\",\"l\":[1,null]}\n");
}

#[test]
fn wrong_usage_is_2() {
    let wrong: &[&[&str]] = &[
        &["--nonsense"],
        &["--format", "xml"],
        &["--param", "name=Ann", "-c", "RETURN 1"],
        &["--param", "n=9223372036854775808", "-c", "RETURN 1"],
        &["--param", "n=[{\"a\": -18446744073709551617}]", "-c", "RETURN 1"],
        &["--param", "n=1e400", "-c", "RETURN 1"],
        &["--param", "name", "-c", "RETURN 1"],
        &["--param", "a=1", "--param", "a=2", "-c", "RETURN 1"],
        &["-f", "no/such/file.gql"],
        &["db", "extra"],
        &["import", "db"],
        &["import", "db", "--nodes", "no-such.csv"],
        &["export", "no-such-db", "--to", "out"],
        &["backup", "no-such-db", "out"],
        &["restore", "no-such-backup", "db"],
        &["check", "no-such-db"],
        &["no-such-db", "--read-only", "-c", "RETURN 1"],
        &["serve"],
        &["serve", "db", "--listen", "nowhere"],
    ];
    for args in wrong {
        let wend = Wend::new();
        let directory = wend.path("");
        let done = wend.args(args.iter().copied()).run();
        done.fails(2);
        assert!(!done.stderr.is_empty(), "{args:?}");
        assert_eq!(done.stdout, "", "{args:?}");
        assert_eq!(fs::read_dir(&directory).map(Iterator::count).ok(), Some(0), "{args:?} left something behind");
    }
}

#[test]
fn serve_refuses_what_would_let_others_in() {
    for (args, text) in [
        (&["serve"][..], "PATH"),
        (&["serve", ":memory:", "--listen", "0.0.0.0:0"], "--insecure-plaintext"),
        (&["serve", ":memory:", "--listen", "0.0.0.0:0", "--no-auth"], "--no-auth"),
        (&["serve", ":memory:", "--no-such-setting"], "--no-such-setting"),
        (&["serve", ":memory:", "--query-time", "soon"], "takes a time such as"),
        (&["serve", ":memory:", "--tls-cert", "x.pem"], "tls-key"),
    ] {
        let done = Wend::new().args(args.iter().copied()).run();
        done.fails(2);
        assert!(done.stderr.contains(text), "{args:?}: {}", done.stderr);
    }
}

#[test]
fn invalid_utf8_in_a_script() {
    let wend = Wend::new();
    let file = wend.file("bad.gql", b"RETURN 1 AS a;\nRETURN '\xff' AS b;".as_slice());
    let done = wend.args(["-f", &file]).run();
    done.fails(2);
    assert_eq!(done.stdout, "");
    assert!(done.stderr.contains("UTF-8") && done.stderr.contains("line 2"), "{}", done.stderr);
    let done = Wend::new().stdin(b"RETURN '\xc3".as_slice()).run();
    done.fails(2);
    assert!(done.stderr.contains("<stdin>"), "{}", done.stderr);
}

#[test]
fn help_and_version() {
    let done = Wend::new().args(["--help"]).run();
    done.succeeds();
    for word in
        ["--param", "--format", "serve", "import", "export", "backup", "restore", "check", "draw", "Exit status"]
    {
        assert!(done.stdout.contains(word), "{word}");
    }
    let done = Wend::new().args(["--version"]).run();
    done.succeeds();
    assert_eq!(done.stdout, format!("wend {}\n", env!("CARGO_PKG_VERSION")));
    Wend::new().args(["import", "--help"]).run().succeeds();
}

#[test]
fn a_database_keeps_what_was_committed() {
    let wend = Wend::new();
    wend.again(["db", "-c", "INSERT (:Person {_id: 'ann', age: 44})"]).succeeds();
    let done = wend.again(["db", "--format", "jsonl", "-c", "MATCH (p:Person) RETURN p.age AS age"]);
    done.succeeds();
    assert_eq!(done.stdout, "{\"age\":44}\n");
    let done = wend.again(["db", "--read-only", "--format", "jsonl", "-c", "MATCH (p) RETURN p._id AS id"]);
    done.succeeds();
    assert_eq!(done.stdout, "{\"id\":\"ann\"}\n");
    wend.again(["db", "--read-only", "-c", "INSERT (:Person)"]).fails(1);
}

#[test]
fn a_path_named_like_a_command() {
    let wend = Wend::new();
    wend.again(["./check", "-c", "INSERT (:A)"]).succeeds();
    assert!(wend.path("check").is_dir());
}

#[test]
fn not_a_database() {
    let wend = Wend::new();
    let file = wend.file("file.txt", "hello");
    let done = wend.again([&file, "-c", "RETURN 1"]);
    done.fails(2);
    assert!(done.stderr.starts_with("error"), "{}", done.stderr);
    assert_eq!(fs::read_to_string(wend.path("file.txt")).ok().as_deref(), Some("hello"));
}

#[test]
fn an_open_transaction_is_rolled_back_with_a_warning() {
    let wend = Wend::new();
    let done = wend.again(["db", "-c", "START TRANSACTION; INSERT (:A)"]);
    done.succeeds();
    assert!(done.stderr.starts_with("warning"), "{}", done.stderr);
    let done = wend.again(["db", "--format", "csv", "-c", "MATCH (n) RETURN COUNT(*) AS n"]);
    assert_eq!(done.stdout, "n\n0\n");
}

#[test]
fn a_second_process_is_refused() {
    let wend = Wend::new();
    // Scripts are read before the database is opened, so a long statement has to hold it.
    let mut first = wend
        .command([
            "db",
            "--format",
            "csv",
            "-c",
            "INSERT (:A)",
            "-c",
            "FOR a IN RANGE(1, 10000) FOR b IN RANGE(1, 10000) RETURN a",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Its pipe is not read, so it stays in the midst of its result; the first line shows that it is there.
    let mut line = [0u8; 1];
    std::io::Read::read_exact(first.stdout.as_mut().unwrap(), &mut line).unwrap();
    let done = wend.again(["db", "-c", "RETURN 1"]);
    first.kill().unwrap();
    first.wait().unwrap();
    done.fails(2);
    assert!(done.stderr.starts_with("error[08000]: "), "{}", done.stderr);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let wend = Wend::new();
    let mut child = wend
        .command(["--format", "csv", "-c", "FOR i IN RANGE(1, 1000000) RETURN i"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn long_literals_and_deep_nesting_are_survived() {
    let wend = Wend::new();
    let literal = wend.file("long.gql", format!("RETURN '{}' AS s; RETURN nope", "ä".repeat(1_000_000)));
    let done = wend.args(["--format", "jsonl", "-f", &literal]).run();
    done.fails(1);
    assert!(done.stdout.len() > 2_000_000);
    assert!(done.stderr.len() < 2000, "{}", done.stderr.len());
    let done = Wend::new().stdin(format!("RETURN {}1{} AS x", "(".repeat(100_000), ")".repeat(100_000))).run();
    done.fails(1);
    assert!(done.stderr.starts_with("error[42") && done.stderr.len() < 3000, "{}", done.stderr);
}

#[test]
fn import_export_backup_restore_check() {
    let wend = Wend::new();
    let people = wend.file("people.csv", "_id,name,age:INT64,v:VECTOR\nann,Ann,44,\"[0.5,1]\"\nbob,Bob,,\n");
    let knows = wend.file("knows.csv", "_from,_to,since\nann,bob,2020\n");
    let done =
        wend.again(["import", "db", "--nodes", &format!("Person={people}"), "--edges", &format!("KNOWS={knows}")]);
    done.succeeds();
    assert!(done.stderr.contains("2 nodes, 1 edge"), "{}", done.stderr);
    let all =
        "MATCH (a:Person)-[e:KNOWS]->(b) RETURN a.name AS a, a.age AS age, a.v AS v, e.since AS since, b._id AS b";
    let wanted = "{\"a\":\"Ann\",\"age\":44,\"v\":[0.5,1.0],\"since\":2020,\"b\":\"bob\"}\n";
    let query = |database: &str| {
        let done = wend.again([database, "--format", "jsonl", "-c", all]);
        done.succeeds();
        done.stdout.clone()
    };
    assert_eq!(query("db"), wanted);

    let done = wend.again(["export", "db", "--to", "out"]);
    done.succeeds();
    assert!(done.stderr.contains("2 nodes, 1 edge"), "{}", done.stderr);
    wend.again(["export", "db", "--to", "out"]).fails(2);
    let mut nodes = vec!["--nodes".to_owned()];
    let mut edges = vec!["--edges".to_owned()];
    for entry in fs::read_dir(wend.path("out")).unwrap() {
        let path = entry.unwrap().path().display().to_string();
        let header = fs::read_to_string(&path).unwrap();
        if header.starts_with("_from") { edges.push(path) } else { nodes.push(path) }
    }
    let args: Vec<String> = ["import".to_owned(), "db2".to_owned()].into_iter().chain(nodes).chain(edges).collect();
    wend.again(args.iter().map(String::as_str)).succeeds();
    assert_eq!(query("db2"), wanted);

    wend.again(["backup", "db", "copy"]).succeeds();
    wend.again(["backup", "db", "copy"]).fails(2);
    wend.again(["restore", "copy", "db3"]).succeeds();
    wend.again(["restore", "copy", "db3"]).fails(2);
    assert_eq!(query("db3"), wanted);

    let done = wend.again(["check", "db3"]);
    done.succeeds();
    assert_eq!(done.stdout, "2 nodes, 1 edge, 0 vectors: no problems\n");
}

#[test]
fn a_graph_goes_out_by_blocks_and_vectors_come_back() {
    let wend = Wend::new();
    let insert = "INSERT (a:P {_id: 'a', k: 0})-[:E]->(b:P {_id: 'b', k: 1}), (b)-[:E]->(:Q {_id: 'c', k: 2}); \
                  CALL algo.fastrp.write({dimensions: 3}, {db: {property: 'mine'}})";
    wend.again(["db", "-c", insert]).succeeds();
    let blocks = ["--format", "parquet", "--blocks", "2"];
    let export = |to: &str, more: &[&str]| wend.again(["export", "db", "--to", to].iter().chain(more).copied());
    let done = export("g", &blocks);
    done.succeeds();
    assert!(done.stderr.starts_with("exported 3 nodes, 2 edges in 2 blocks\n"), "{}", done.stderr);
    let done = export("p", &[&blocks[..], &["--node-labels", "P,Q", "--edge-labels", "E"]].concat());
    assert!(done.stderr.starts_with("exported 3 nodes"), "{}", done.stderr);
    assert!(
        export("q", &[&blocks[..], &["--node-labels", "P"]].concat()).stderr.starts_with("exported 2 nodes, 1 edge")
    );
    export("x", &["--blocks", "2"]).fails(2);
    export("x", &["--format", "parquet", "--node-labels", "P"]).fails(2);
    export("x", &["--format", "parquet", "--blocks", "0"]).fails(1);
    export("g", &blocks).fails(2);
    assert!(!wend.path("x").exists());

    fs::create_dir_all(wend.path("v/vectors")).unwrap();
    let copy = "COPY (MATCH (n) RETURN n.k AS _number, n.mine AS embedding) TO 'v/vectors/a.parquet'";
    wend.again(["db", "-c", copy]).succeeds();
    let manifest = fs::read_to_string(wend.path("g/manifest.json")).unwrap();
    let fingerprint = manifest.split("\"fingerprint\": \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let about = format!(
        r#"{{"format": "wenddb vectors", "version": 1, "fingerprint": "{fingerprint}", "nodeCount": 3, "rowCount": 3, "dimensions": 3}}"#
    );
    fs::write(wend.path("v/manifest.json"), about).unwrap();
    let done = wend.again(["import", "db", "--vectors", "e=v"]);
    done.succeeds();
    assert_eq!(done.stderr, "imported 3 vectors of 3 numbers as the property e\n");
    let done = wend.again(["db", "--format", "csv", "-c", "MATCH (n) WHERE n.e = n.mine RETURN COUNT(*) AS n"]);
    assert_eq!(done.stdout, "n\n3\n");
    for (vectors, status) in [("v", 2), ("=v", 2), ("e=no", 2), ("e=g", 1)] {
        wend.again(["import", "db", "--vectors", vectors]).fails(status);
    }
    wend.again(["import", "new", "--vectors", "e=v"]).fails(2);
    assert!(!wend.path("new").exists());
    wend.again(["import", "db", "--vectors", "e=v", "--nodes", "v/manifest.json"]).fails(2);
    wend.again(["db", "-c", "INSERT (:P {_id: 'd'})"]).succeeds();
    let done = wend.again(["import", "db", "--vectors", "e=v"]);
    done.fails(1);
    assert!(done.stderr.contains("are of another graph, or of this one before it changed"), "{}", done.stderr);
}

#[test]
fn a_bad_row_stops_the_import() {
    let wend = Wend::new();
    let good = wend.file("good.csv", "_id,name\nann,Ann\n");
    let bad = wend.file("bad.csv", "_id,name\nbob,Bob\neve\n");
    let done = wend.again(["import", "db", "--nodes", &good, &bad]);
    done.fails(1);
    assert!(done.stderr.contains("bad.csv") && done.stderr.contains('3'), "{}", done.stderr);
    let done = wend.again(["db", "--format", "csv", "-c", "MATCH (n) RETURN COUNT(*) AS n"]);
    assert_eq!(done.stdout, "n\n0\n");
    let edges = wend.file("edges.csv", "_from,_to,_label\nann,nobody,K\n");
    wend.again(["import", "db", "--nodes", &good, "--edges", &edges]).fails(1);
}

#[test]
fn the_reference_case() {
    let insert =
        "INSERT (A:default {_id: \"A\"}), (B:default {_id: \"B\"}), (K:default {_id: \"K\"}), (A)-[:default]->(B)";
    let done = Wend::new()
        .args(["--format", "jsonl", "-c", insert])
        .args(["-c", "CALL algo.node2vec({ dimensions: 4, walkLength: 10, p: 0.5, q: 2 }) YIELD nodeId, embedding"])
        .args(["-c", "CALL algo.node2vec.write({dimensions: 4}, { db: { property: \"embedding\" } }) YIELD task_id, nodesWritten"])
        .run();
    done.succeeds();
    let rows = json_lines(&done.stdout);
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[2], serde_json::json!({"nodeId": "K", "embedding": [0.0, 0.0, 0.0, 0.0]}));
    assert_eq!(rows[3]["nodesWritten"], 3);
}

#[test]
fn piped_statements_run_as_they_arrive() {
    for args in [&[":memory:", "--format", "jsonl"][..], &["--format", "jsonl", "-f", "-"]] {
        let wend = Wend::new();
        let mut command = wend.command(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = || {
            let mut line = String::new();
            output.read_line(&mut line).unwrap();
            line
        };
        // The answer comes while the input is open, and a statement may come in pieces.
        input.write_all(b"INSERT (:A {k: ';'}); RETURN 1 AS a;\n").unwrap();
        assert_eq!(line(), "{\"a\":1}\n");
        input.write_all(b"MATCH (n:A) -- ; no end\nRETURN n.k").unwrap();
        input.write_all(b" AS k;").unwrap();
        assert_eq!(line(), "{\"k\":\";\"}\n");
        input.write_all(b"\nRETURN 1 / 0 AS b;\nRETURN 2 AS a").unwrap();
        drop(input);
        assert_eq!(line(), "");
        let done = child.wait_with_output().unwrap();
        assert_eq!(done.status.code(), Some(1));
        let said = String::from_utf8(done.stderr).unwrap();
        assert!(said.starts_with("error[22012]: ") && said.contains(" --> <stdin>:4:8"), "{said}");
    }
}

#[test]
fn piped_statements_keep_what_they_did() {
    let wend = Wend::new();
    let path = wend.path("g.wend").display().to_string();
    let counted = |wend: &Wend| {
        wend.again([&*path, "--format", "jsonl", "-c", "MATCH (n:A) RETURN COUNT(*) AS n"]).stdout.clone()
    };
    let mut child = wend.command([&path]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"INSERT (:A);\nINSERT (:A);\nRETURN '\xff';\nINSERT (:A)").unwrap();
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("byte 35 (line 3)"), "{done:?}");
    assert_eq!(counted(&wend), "{\"n\":2}\n");
}

#[test]
fn tables_with_keys_are_imported() {
    let wend = Wend::new();
    wend.file("Album.csv", "AlbumId,Title\n1,Big Ones\n");
    wend.file("Track.csv", "TrackId,Name,AlbumId\n1,Angel,1\n2,Amazing,\n3,Bleed,9\n");
    // The hint of the first try is what works.
    let first = wend.again(["import", "db", "--nodes", "Album.csv"]);
    first.fails(1);
    assert!(first.stderr.contains("--nodes 'Album=Album.csv:AlbumId'"), "{}", first.stderr);
    let nodes = ["import", "db", "--nodes", "Album=Album.csv:AlbumId", "Track=Track.csv:TrackId"];
    let done = wend.again(nodes.into_iter().chain(["--edges", "ON=Track.csv:TrackId->AlbumId"]));
    done.succeeds();
    for said in [
        "imported 4 nodes, 1 edge in ",
        "  Album.csv: 1 node (:Album); AlbumId INT64, Title STRING",
        "  Track.csv: 3 nodes (:Track); TrackId INT64, Name STRING, AlbumId INT64",
        "  Track.csv: 1 edge [:ON]",
        "  Track.csv: no edge for 1 row with an empty key",
        "warning: no edge for 1 row whose key no node has; the first: Track.csv:4: column `AlbumId`",
    ] {
        assert!(done.stderr.replace("\n  ", " ").contains(said.trim_start()), "{said}: {}", done.stderr);
    }
    let rows = wend.again(["db", "--format", "csv", "-c", "MATCH (t)-[:ON]->(a) RETURN t._id, t.TrackId, a._id"]);
    assert_eq!(rows.stdout, "t._id,t.TrackId,a._id\nTrack:1,1,Album:1\n");
    // What the shell makes of an argument without quotes.
    let unquoted = wend.again(["import", "db", "--edges", "ON=Track.csv:TrackId-"]);
    unquoted.fails(2);
    assert!(unquoted.stderr.contains("put the argument in quotes"), "{}", unquoted.stderr);
}

#[test]
fn an_edge_list_is_enough() {
    let wend = Wend::new();
    wend.file("ca-AstroPh.txt", "# Collaboration\n# FromNodeId\tToNodeId\n84424\t276\n84424\t1662\n");
    let args = ["import", "db", "--edges", "COAUTHOR=ca-AstroPh.txt"];
    let first = wend.again(args);
    first.fails(1);
    assert!(first.stderr.contains("--create-nodes"), "{}", first.stderr);
    let done = wend.again(args.into_iter().chain(["--create-nodes=Author"]));
    done.succeeds();
    assert!(done.stderr.contains("ca-AstroPh.txt: no header, read as _from,_to"), "{}", done.stderr);
    let rows = wend.again(["db", "--format", "jsonl", "-c", "MATCH (a:Author) RETURN COUNT(*) AS n"]);
    assert_eq!(rows.stdout, "{\"n\":3}\n");
    wend.file("x.txt", "a|b\n");
    let args = ["import", "db2", "--edges", "E=x.txt", "--create-nodes", "--header", "_from,_to", "--delimiter", "|"];
    wend.again(args).succeeds();
    let wrong = wend.again(["import", "db3", "--edges", "E=x.txt", "--delimiter", "||"]);
    wrong.fails(2);
    assert!(wrong.stderr.contains("one ASCII character"), "{}", wrong.stderr);
}
