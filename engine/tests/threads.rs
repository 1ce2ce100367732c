//! Statements that run on several threads give the same rows in the same order, the same bits of floats, the same errors and
//! warnings, and end as soon as others do when they are cancelled or need too much memory.

use std::time::{Duration, Instant};

use wenddb::{CancelToken, Database, ErrorKind, Options, RunOptions, Session};

const NODES: usize = 6_000;

/// Enough for several threads: nodes with properties of all kinds, and five edges from each.
fn database(options: Options) -> Database {
    let database = Database::in_memory_with(options).unwrap();
    let mut session = database.session();
    let last = NODES - 1;
    for text in [
        format!(
            "FOR i IN RANGE(0, {last}) INSERT (:N {{_id: CAST(i AS STRING), k: i % 50, x: (i * 7919) % 1000, \
             f: CAST((i * 31) % 977 AS FLOAT) / 7.0 * (1.0 + CAST(i % 13 AS FLOAT) * 1000000.0), name: 'name ' || CAST(i % 100 AS STRING)}})"
        ),
        "MATCH (n:N) WHERE n.k = 3 SET n:M, n.z = n.x".to_owned(),
        // Of several types, and missing in some.
        "MATCH (n:N) WHERE n.x < 500 SET n.m = CASE WHEN n.x % 3 = 0 THEN n.k ELSE CAST(n.k AS FLOAT) END".to_owned(),
        "MATCH (n:N) WHERE n.x = 999 SET n.m = 'text'".to_owned(),
    ] {
        session.execute(&text, ()).unwrap();
    }
    for step in [1, 17, 170, 1711, 2903] {
        let text = format!(
            "FOR i IN RANGE(0, {last}) MATCH (a:N {{_id: CAST(i AS STRING)}}), (b:N {{_id: CAST((i * {step} + {step}) % {NODES} AS STRING)}}) \
             INSERT (a)-[:R {{w: i % 11}}]->(b)"
        );
        session.execute(&text, ()).unwrap();
    }
    database
}

fn options(threads: usize) -> Options {
    Options { threads, ..Options::default() }
}

const STATEMENTS: &[&str] = &[
    "MATCH (n:N) WHERE n.x > 300 RETURN n.k AS k, SUM(n.x) AS s, COUNT(*) AS c",
    "MATCH (n:N) RETURN n.name AS name, AVG(n.f) AS a, SUM(n.f) AS s, MIN(n.f) AS least, MAX(n.f) AS most",
    "MATCH (n:N) RETURN SUM(n.f) AS s, AVG(n.f) AS a, STDDEV_SAMP(n.f) AS d, PERCENTILE_CONT(n.f, 0.3) AS p",
    "MATCH (n:N) WHERE n.m IS NULL OR n.x <> 999 RETURN n.m AS m, COUNT(*) AS c, COUNT(n.z) AS z, MIN(n.m) AS least",
    "MATCH (n:N) WHERE n.x <> 999 RETURN COUNT(DISTINCT n.m) AS c, SUM(DISTINCT n.m) AS s, AVG(DISTINCT n.m) AS a, MAX(DISTINCT n.m) AS most",
    "MATCH (n:N) RETURN n.k AS k, COLLECT_LIST(n.x) AS all ORDER BY k LIMIT 3",
    "MATCH (a:N)-[:R]->(b:N) RETURN a.k AS p, b.k AS q, COUNT(*) AS c",
    "MATCH (a:N)-[e:R]->(b:N) WHERE a.x < b.x RETURN SUM(b.x - a.x) AS s, SUM(e.w * b.f) AS f",
    "MATCH (a:N)-[e:R]->(b:N) RETURN a._id AS a, b._id AS b, e.w + b.x AS s ORDER BY s DESC LIMIT 20",
    "MATCH (a:N)-[e:R]->(b:N) RETURN a._id AS a, b._id AS b, e.w + b.x AS s ORDER BY s DESC, a OFFSET 5 LIMIT 2000",
    "MATCH (a:N) RETURN a.k AS k, a._id AS id ORDER BY k",
    "MATCH (a:N)-[:R]->(m:N)<-[:R]-(b:N) WHERE a.k = 3 AND b.k = 3 AND a._id < b._id RETURN a._id AS a, b._id AS b, COUNT(*) AS n ORDER BY n DESC LIMIT 10",
    "MATCH (a:N)-[:R]->(b)-[:R]->(c) WHERE c.x = 7 RETURN a, COUNT(*) AS n ORDER BY n DESC, a._id LIMIT 30",
    "MATCH (a:N) WHERE EXISTS { MATCH (a)-[:R]->(b:N)-[:R]->(c:N) WHERE c.x = 7 } RETURN COUNT(*) AS n, SUM(a.f) AS s",
    "MATCH (a:N) RETURN COUNT { MATCH (b:M) WHERE b.x = a.x } AS c, COUNT(*) AS n ORDER BY c",
    "MATCH (a:N) OPTIONAL MATCH (a)-[:R]->(b:M) OPTIONAL MATCH (b)-[:R]->(c:N) RETURN COUNT(b.x) AS b, COUNT(c) AS c, SUM(c.f) AS s",
    "MATCH (a:N), (b:N) WHERE a.k = 3 AND b.k = 4 AND a.x = b.x RETURN COUNT(*) AS n, SUM(a.f) AS s",
    "MATCH (a:N), (b:N) WHERE a.k = 3 AND b.k = 4 AND a.x < b.x RETURN COUNT(*) AS n",
    "MATCH (a:N), (b:N) WHERE a.k = 3 AND b.k < 4 AND a.f >= b.f RETURN a._id AS id, COUNT(b) AS n, MAX(a.x) AS x ORDER BY n, id LIMIT 7",
    "MATCH (a:N), (b:M) WHERE a.x + a.k > b.x AND a.x < 20 RETURN b.k AS k, b.x AS x, COUNT(*) AS n",
    "MATCH (a:N), (b:M) WHERE a.f < b.x AND a.x < 20 RETURN COUNT(*) AS n",
    "MATCH (a:N) WHERE (a.x * 1000 + a.k) IN $list RETURN COUNT(*) AS n",
    "MATCH (a:N) CALL (a) { MATCH (a)-[e]->(b) RETURN SUM(e.w) AS w, COUNT(*) AS d } RETURN w, d, COUNT(*) AS n ORDER BY w",
    "MATCH (a:N) FOR j IN [a.k, a.x] RETURN j % 10 AS j, SUM(a.f * j) AS s",
    // Errors: of the first row in their order.
    "MATCH (a:N) WHERE a.m > 3 RETURN COUNT(*) AS n",
    "MATCH (a:N) RETURN SUM(a.m) AS s",
    "MATCH (a:N) RETURN a.k AS k, SUM(1 / (a.x - 500)) AS s",
    "MATCH (a:N)-[:R]->(b:N) RETURN a.x / (b.x - 3) AS s ORDER BY s LIMIT 3",
];

/// Rows and warnings as they come, or the error.
fn answer(session: &mut Session, text: &str) -> String {
    let list: Vec<i64> = (0..2_000).map(|i| 1000 * (i % 1000) + i % 50).collect();
    let params = if text.contains("$list") {
        wenddb::params! {"list" => list}
    } else {
        wenddb::params! {}
    };
    let mut rows = match session.execute(text, params) {
        Ok(rows) => rows,
        Err(error) => return error.to_string(),
    };
    let mut all = String::new();
    for row in rows.by_ref() {
        match row {
            Ok(row) => all.push_str(&format!("{:?}\n", row.values())),
            Err(error) => return error.to_string(),
        }
    }
    let warnings: Vec<&str> = rows.summary().warnings.iter().map(|warning| &*warning.message).collect();
    format!("{all}{warnings:?}")
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let mut sessions = [1, 2, 7].map(|threads| database(options(threads)).session());
    // What is kept of the graph after a few runs makes other ways through the operators.
    for run in 0..4 {
        for text in STATEMENTS {
            let [one, two, seven] = sessions.each_mut().map(|session| answer(session, text));
            assert!(!one.is_empty(), "{text}");
            assert_eq!(one, two, "2 threads, run {run}: {text}");
            assert_eq!(one, seven, "7 threads, run {run}: {text}");
        }
    }
}

#[test]
fn pairs_that_are_only_counted_are_not_made() {
    let mut session = database(options(2)).session();
    let mut plan = |text: &str| -> String {
        let rows = session.execute(&format!("EXPLAIN {text}"), ()).unwrap();
        rows.map(|row| row.unwrap().get::<String>("plan").unwrap() + "\n").collect()
    };
    let pairs = "MATCH (a:N), (b:N) WHERE a.k = 3 AND b.k = 4 AND a.x < b.x";
    for counted in ["COUNT(*) AS n", "COUNT(b) AS n", "a.x AS x, COUNT(*) AS n", "b AS b, COUNT(a) AS n, MAX(b.f) AS f"]
    {
        let plan = plan(&format!("{pairs} RETURN {counted}"));
        assert!(plan.contains("RangeCount ("), "{counted}:\n{plan}");
    }
    for counted in ["a.x AS x, b.x AS y, COUNT(*) AS n", "SUM(a.x) AS s", "a.k AS k, MAX(b.x) AS x"] {
        let plan = plan(&format!("{pairs} RETURN {counted}"));
        assert!(plan.contains("RangeJoin (") && !plan.contains("RangeCount"), "{counted}:\n{plan}");
    }
}

#[test]
fn profile_counts_the_rows_of_all_threads() {
    let mut session = database(options(7)).session();
    let rows =
        session.execute("PROFILE MATCH (a:N)-[:R]->(b:N) WHERE b.x >= 0 RETURN SUM(a.x + b.x) AS s", ()).unwrap();
    let lines: Vec<(String, Option<i64>)> =
        rows.map(|row| row.unwrap()).map(|row| (row.get("plan").unwrap(), row.get("rows").unwrap())).collect();
    let of = |name: &str| lines.iter().find(|(line, _)| line.contains(name)).and_then(|(_, rows)| *rows);
    assert_eq!((of("NodeScan"), of("Expand")), (Some(NODES as i64), Some(5 * NODES as i64)), "{lines:?}");
}

#[test]
fn all_threads_share_one_memory_limit() {
    for threads in [1, 7] {
        let database = database(options(threads));
        let mut session = database.session();
        let limited = RunOptions { memory_limit: Some(1 << 19), ..RunOptions::default() };
        for text in [
            "MATCH (a:N)-[:R]->(b:N) RETURN a._id || b._id AS k, COUNT(*) AS c",
            "MATCH (a:N)-[:R]->(b:N) RETURN a._id AS a, b._id AS b ORDER BY b",
            "MATCH (a:N)-[:R]->(b:N) RETURN COUNT(DISTINCT a._id || b._id) AS c",
            "MATCH (a:N)-[:R]->(b:N), (c:N)-[:R]->(d:N) WHERE b.f = d.f RETURN COUNT(a.x + c.x) AS c",
        ] {
            let mut statement = session.prepare(text).unwrap();
            let failed = statement.run((), &limited).and_then(|rows| rows.collect::<Result<Vec<_>, _>>());
            assert_eq!(failed.unwrap_err().kind(), ErrorKind::Memory, "{threads} threads: {text}");
        }
        let text = "MATCH (n:N) RETURN n.k AS k, COUNT(*) AS c";
        assert_eq!(session.prepare(text).unwrap().run((), &limited).unwrap().count(), 50);
    }
}

#[test]
fn all_threads_end_when_the_statement_is_cancelled() {
    let database = database(options(7));
    for text in [
        "MATCH (a:N), (b:N), (c:N) WHERE a.x < b.x AND b.f < c.f RETURN SUM(a.x + b.x + c.x) AS s",
        "MATCH (a:N)-[:R]-{1,9}(b:N) RETURN b.k AS k, SUM(a.f) AS s",
        "MATCH (a:N), (b:N), (c:N) RETURN a.f * b.f * c.f AS s ORDER BY s LIMIT 3",
    ] {
        let cancel = CancelToken::new();
        let options = RunOptions { cancel: cancel.clone(), ..RunOptions::default() };
        let mut session = database.session();
        let begun = Instant::now();
        let ended = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(300));
                cancel.cancel();
            });
            let mut statement = session.prepare(text).unwrap();
            let rows = statement.run((), &options);
            rows.and_then(|rows| rows.collect::<Result<Vec<_>, _>>().map(|rows| rows.len()))
        });
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::Cancelled, "{text}");
        assert!(begun.elapsed() < Duration::from_millis(3300), "{text}: {:?}", begun.elapsed());
    }
}
