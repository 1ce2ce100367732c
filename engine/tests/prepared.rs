//! Prepared statements, the limits of a run, and plans that are kept from one run to the next.

use std::thread;
use std::time::{Duration, Instant};

use wenddb::{CancelToken, Database, ErrorKind, Params, RunOptions, Session, Value, params};

const HEAVY: &str = "MATCH (a), (b), (c), (d) WHERE a.n + b.n + c.n + d.n = -1 RETURN COUNT(*)";

fn database() -> Database {
    let db = Database::in_memory().unwrap();
    let mut session = db.session();
    session
        .execute(
            "FOR i IN RANGE(1, 200) INSERT (:N {_id: CAST(i AS STRING), n: i, t: CASE WHEN i % 7 = 0 THEN 'x' ELSE i % 5 END})",
            (),
        )
        .unwrap();
    session.execute("MATCH (a:N), (b:N) WHERE b.n = a.n * 2 INSERT (a)-[:E {w: a.n}]->(b)", ()).unwrap();
    db
}

/// Columns and rows, or the error as it is shown.
fn outcome(session: &mut Session, gql: &str, params: &Params) -> Result<Vec<Vec<String>>, String> {
    let shown = |error: wenddb::Error| format!("{} {}", error.gqlstatus(), error.message());
    let rows = session.execute(gql, params.clone()).map_err(shown)?;
    let row = |row: wenddb::Row| row.values().iter().map(ToString::to_string).collect();
    rows.map(|next| next.map(row)).collect::<wenddb::Result<_>>().map_err(shown)
}

/// The error of a run, or of the reading of its rows.
fn failure(result: wenddb::Result<wenddb::Rows>) -> wenddb::Error {
    match result {
        Err(error) => error,
        Ok(rows) => rows.last().expect("a row or an error").expect_err("no error"),
    }
}

/// Runs a text with several parameters, over and over, so that its plan is kept; each outcome must be that of the same statement
/// under a text that did not come before.
fn same_as_new(session: &mut Session, gql: &str, all: &[Params]) {
    for round in 0..5 {
        for (number, params) in all.iter().enumerate() {
            let new = format!("{gql} /* {round} {number} {:?} */", Instant::now());
            assert_eq!(
                outcome(session, gql, params),
                outcome(session, &new, params),
                "{gql}, round {round}, {params:?}"
            );
        }
    }
}

#[test]
fn a_kept_plan_gives_what_a_new_one_gives() {
    let db = database();
    let mut session = db.session();
    let mixed = |values: [Value; 3]| Value::List(values.into());
    let cases: Vec<(&str, Vec<Params>)> = vec![
        ("MATCH (a:N {_id: $id}) RETURN a.n", vec![params! {"id" => "7"}, params! {"id" => "8"}, params! {"id" => 7}]),
        (
            "MATCH (a:N) WHERE a.n IN $list RETURN a.n ORDER BY a.n",
            vec![
                params! {"list" => vec![1i64, 2, 500]},
                params! {"list" => (1..150i64).collect::<Vec<_>>()},
                params! {"list" => mixed([1i64.into(), "x".into(), Value::Null])},
                params! {"list" => Value::Null},
                params! {"list" => 3},
            ],
        ),
        (
            "MATCH (a:N) WHERE a.n IN [$a, $b] RETURN a._id ORDER BY a._id",
            vec![params! {"a" => 1, "b" => 2}, params! {"a" => 3, "b" => 4}, params! {"a" => 3, "b" => "4"}],
        ),
        (
            "MATCH (a:N) RETURN a.n ORDER BY a.n DESC OFFSET $o LIMIT $l",
            vec![
                params! {"o" => 0, "l" => 1},
                params! {"o" => 5, "l" => 3},
                params! {"o" => 0, "l" => 0},
                params! {"o" => -1, "l" => 3},
                params! {"o" => "a", "l" => 3},
            ],
        ),
        // A comparison that is an error for some values: the condition is asked first, and again in its place.
        (
            "MATCH (a:N)-[:E]->(b:N) WHERE a.t < $limit AND b.n < $most RETURN COUNT(*) AS c",
            vec![
                params! {"limit" => 3, "most" => 0},
                params! {"limit" => 3, "most" => 30},
                params! {"limit" => "z", "most" => 20},
                params! {"limit" => 3, "most" => 5},
            ],
        ),
        (
            "MATCH (a:N) WHERE EXISTS { MATCH (a)-[e:E]->(b) WHERE e.w > $w } RETURN COUNT(*) AS c",
            vec![params! {"w" => 10}, params! {"w" => 90}, params! {"w" => "x"}],
        ),
        (
            "FOR i IN RANGE(1, 20) CALL (i) { MATCH (a:N), (b:N) WHERE a.n = b.n AND a.n = i + $d RETURN COUNT(*) AS c } \
             RETURN SUM(c) AS s",
            vec![params! {"d" => 0}, params! {"d" => 190}],
        ),
        ("RETURN $x + 1 AS y", vec![params! {"x" => 1}, params! {"x" => 1.5}, params! {"x" => "a"}, params! {}]),
        ("RETURN CASE WHEN $x THEN 1 ELSE 2 END AS y", vec![params! {"x" => true}, params! {"x" => false}]),
        ("MATCH (a:N) WHERE $x RETURN COUNT(a) AS c", vec![params! {"x" => true}, params! {"x" => false}]),
        (
            "CALL algo.node2vec.stats({dimensions: 4, nodeLabels: $labels}) YIELD nodeCount RETURN nodeCount",
            vec![params! {"labels" => vec!["N"]}, params! {"labels" => vec!["M"]}],
        ),
        ("SHOW LABELS; RETURN $x AS x", vec![params! {"x" => 1}, params! {"x" => 2}]),
    ];
    for (gql, all) in &cases {
        same_as_new(&mut session, gql, all);
    }
}

#[test]
fn a_kept_plan_sees_what_is_new() {
    let db = database();
    let mut session = db.session();
    let counts = ["MATCH (m:M) RETURN COUNT(*)", "MATCH (m) RETURN COUNT(*)", "MATCH ()-[e:F]->() RETURN COUNT(e)"];
    let by_key = "MATCH (m:M) WHERE m.key = $key RETURN COUNT(*)";
    for round in 0i64..8 {
        for (gql, expected) in counts.into_iter().zip([round, 200 + round, round]) {
            assert_eq!(session.value::<i64>(gql, ()).unwrap(), expected, "{gql}, round {round}");
        }
        assert_eq!(session.value::<i64>(by_key, params! {"key" => round - 1}).unwrap(), i64::from(round > 0));
        // Labels and keys that were not there when the plans were made; an index comes and goes.
        session.execute("INSERT (m:M {key: $key})-[:F]->(m)", params! {"key" => round}).unwrap();
        match round {
            3 => drop(session.execute("CREATE INDEX by_key FOR (m:M) ON (m.key)", ()).unwrap()),
            6 => drop(session.execute("DROP INDEX by_key", ()).unwrap()),
            _ => {}
        }
    }
}

#[test]
fn a_kept_plan_belongs_to_its_graph() {
    let db = database();
    let mut session = db.session();
    session.execute("CREATE GRAPH other", ()).unwrap();
    let count = "MATCH (n:N) WHERE n.n > $n RETURN COUNT(*)";
    for _ in 0..5 {
        for (graph, expected) in [("default", 190), ("other", 0)] {
            session.execute(&format!("SESSION SET GRAPH {graph}"), ()).unwrap();
            assert_eq!(session.value::<i64>(count, params! {"n" => 10}).unwrap(), expected);
        }
    }
    session.execute("SESSION SET GRAPH default", ()).unwrap();
    session.execute("DROP GRAPH other", ()).unwrap();
    session.execute("CREATE GRAPH other", ()).unwrap();
    session.execute("SESSION SET GRAPH other", ()).unwrap();
    assert_eq!(session.value::<i64>(count, params! {"n" => 10}).unwrap(), 0);
}

#[test]
fn random_values_and_the_time_are_those_of_the_run() {
    let db = database();
    let mut session = db.session();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..6 {
        seen.insert(session.value::<String>("RETURN RANDOM_UUID() AS id", ()).unwrap());
    }
    assert_eq!(seen.len(), 6);
    let time = "RETURN CAST(CURRENT_TIMESTAMP AS STRING) AS now";
    let first = (0..4).map(|_| session.value::<String>(time, ()).unwrap()).last().unwrap();
    thread::sleep(Duration::from_millis(5));
    assert_ne!(session.value::<String>(time, ()).unwrap(), first);
}

#[test]
fn a_prepared_statement_runs_again() {
    let db = Database::in_memory().unwrap();
    let mut session = db.session();
    let mut insert = session.prepare("INSERT (:P {_id: $id, age: $age})").unwrap();
    assert_eq!(insert.statement().parameters(), ["id", "age"]);
    assert!(insert.statement().writes());
    for number in 0..10i64 {
        let rows = insert.run(params! {"id" => number.to_string(), "age" => number}, &RunOptions::default()).unwrap();
        assert_eq!(rows.summary().changes.nodes_inserted, 1);
    }
    let error = insert.run(params! {"id" => "3", "age" => 1}, &RunOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Constraint);
    let mut count = session.prepare("MATCH (p:P) WHERE p.age >= $age RETURN COUNT(*) AS c").unwrap();
    for age in 0..10i64 {
        let mut rows = count.run(params! {"age" => age}, &RunOptions::default()).unwrap();
        assert_eq!(rows.next().unwrap().unwrap().get::<i64>("c").unwrap(), 10 - age);
    }
}

#[test]
fn a_token_cancels_before_and_during_a_run() {
    let db = database();
    let mut session = db.session();
    let cancel = CancelToken::new();
    let options = RunOptions { cancel: cancel.clone(), ..RunOptions::default() };
    cancel.cancel();
    for gql in ["RETURN 1 AS one", "INSERT (:X)", "CREATE GRAPH g", "SHOW GRAPHS"] {
        let error = session.prepare(gql).unwrap().run((), &options).unwrap_err();
        assert_eq!((error.kind(), error.gqlstatus()), (ErrorKind::Cancelled, "40000"), "{gql}");
    }
    assert!(!session.exists("MATCH (x:X) RETURN x", ()).unwrap());
    let cancel = CancelToken::new();
    let options = RunOptions { cancel: cancel.clone(), ..RunOptions::default() };
    let other = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        cancel.cancel();
    });
    assert_eq!(failure(session.prepare(HEAVY).unwrap().run((), &options)).kind(), ErrorKind::Cancelled);
    other.join().unwrap();
}

#[test]
fn a_deadline_ends_a_run_and_nothing_else() {
    let db = database();
    let mut session = db.session();
    let within = |time| RunOptions { deadline: Some(Instant::now() + time), ..RunOptions::default() };
    let started = Instant::now();
    let error = failure(session.prepare(HEAVY).unwrap().run((), &within(Duration::from_millis(200))));
    assert_eq!((error.kind(), error.gqlstatus()), (ErrorKind::Cancelled, "25N14"));
    assert!(started.elapsed() >= Duration::from_millis(200));
    let error = session.prepare("RETURN 1 AS one").unwrap().run((), &within(Duration::ZERO)).unwrap_err();
    assert_eq!(error.gqlstatus(), "25N14");
    let error = session.prepare("INSERT (:X)").unwrap().run((), &within(Duration::ZERO)).unwrap_err();
    assert_eq!(error.gqlstatus(), "25N14");
    let mut rows = session.prepare("RETURN 1 AS one").unwrap().run((), &within(Duration::from_secs(600))).unwrap();
    assert_eq!(rows.next().unwrap().unwrap().get::<i64>("one").unwrap(), 1);
}

#[test]
fn a_run_for_reading_changes_nothing() {
    let db = database();
    let mut session = db.session();
    let options = RunOptions { read_only: true, ..RunOptions::default() };
    for gql in ["INSERT (:X)", "MATCH (n) SET n.x = 1", "CREATE GRAPH g", "CREATE INDEX i FOR (n:N) ON (n.n)"] {
        let error = session.prepare(gql).unwrap().run((), &options).unwrap_err();
        assert_eq!(error.gqlstatus(), "25G03", "{gql}");
    }
    session.execute("START TRANSACTION", ()).unwrap();
    let error = session.prepare("INSERT (:X)").unwrap().run((), &options).unwrap_err();
    assert_eq!(error.gqlstatus(), "25G03");
    session.execute("INSERT (:X)", ()).unwrap();
    session.execute("COMMIT", ()).unwrap();
    let rows = session.prepare("MATCH (n:X) RETURN n").unwrap().run((), &options).unwrap();
    assert_eq!(rows.count(), 1);
}

#[test]
fn a_run_has_a_memory_limit_of_its_own() {
    let db = database();
    let mut session = db.session();
    let sorted = "FOR i IN RANGE(1, 200000) RETURN CAST(i AS STRING) || 'a long tail of text' AS t ORDER BY t \
                  OFFSET 199999 LIMIT 1";
    let limit = |bytes| RunOptions { memory_limit: Some(bytes), ..RunOptions::default() };
    let error = failure(session.prepare(sorted).unwrap().run((), &limit(1 << 20)));
    assert_eq!(error.kind(), ErrorKind::Memory);
    assert_eq!(session.prepare(sorted).unwrap().run((), &limit(1 << 30)).unwrap().count(), 1);
    // Algorithms ask for the limit of the run before they begin, and not for that of the database.
    let call = "CALL algo.node2vec.stats({dimensions: 4096})";
    let error = failure(session.prepare(call).unwrap().run((), &limit(1 << 20)));
    assert_eq!(error.kind(), ErrorKind::Memory);
    let small = Database::in_memory_with(wenddb::Options { memory_limit: 1 << 20, ..Default::default() }).unwrap();
    let mut session = small.session();
    session.execute("FOR i IN RANGE(1, 200) INSERT (:N)", ()).unwrap();
    assert_eq!(failure(session.execute(call, ())).kind(), ErrorKind::Memory);
    assert_eq!(session.prepare(call).unwrap().run((), &limit(1 << 30)).unwrap().count(), 1);
}

#[test]
fn a_run_tells_its_progress() {
    let db = database();
    let mut session = db.session();
    let told = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let counted = told.clone();
    let progress: wenddb::ProgressCallback = std::sync::Arc::new(move |_: &wenddb::Progress| {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    });
    let options = RunOptions { progress: Some(progress), ..RunOptions::default() };
    session.prepare("CALL algo.node2vec.stats({dimensions: 4})").unwrap().run((), &options).unwrap().for_each(drop);
    assert!(told.load(std::sync::atomic::Ordering::Relaxed) > 0);
}

#[test]
fn parameters_are_named_as_they_are_written() {
    let db = Database::in_memory().unwrap();
    let session = db.session();
    let statement = session.parse("RETURN $a AS x, $`b c` AS y, $a + $\"d\"\"e\" AS z, '$f' AS t /* $g */").unwrap();
    assert_eq!(statement.parameters(), ["a", "b c", "d\"e"]);
}
