//! A statement that holds more than the database's memory limit is refused with an error that says what needed it; what holds no
//! more than a little at a time is not.

use wenddb::{Database, ErrorKind, Options};

const NODES: usize = 20_000;

fn database(memory_limit: u64) -> Database {
    let database = Database::in_memory_with(Options { memory_limit, threads: 1, ..Options::default() }).unwrap();
    let mut session = database.session();
    for part in 0..20 {
        let (from, to) = (part * NODES / 20, (part + 1) * NODES / 20 - 1);
        let text = format!("FOR i IN RANGE({from}, {to}) INSERT (:N {{_id: CAST(i AS STRING), k: i, m: i % 1000}})");
        session.execute(&text, ()).unwrap();
    }
    for part in 0..20 {
        let (from, to) = (part * NODES / 20, (part + 1) * NODES / 20 - 1);
        let text = format!(
            "FOR i IN RANGE({from}, {to}) MATCH (a {{_id: CAST(i AS STRING)}}), (b {{_id: CAST(i / 2 AS STRING)}}) \
             INSERT (a)-[:R]->(b)"
        );
        session.execute(&text, ()).unwrap();
    }
    database
}

fn run(database: &Database, text: &str) -> Result<usize, wenddb::Error> {
    let rows = database.session().execute(text, ())?.collect::<Result<Vec<_>, _>>()?;
    Ok(rows.len())
}

#[test]
fn what_holds_too_much_is_refused() {
    let database = database(1 << 19);
    for (text, what) in [
        ("MATCH (n:N) RETURN n.k AS k ORDER BY k DESC", ""),
        ("MATCH (n:N) RETURN DISTINCT n.k AS k", "DISTINCT"),
        ("MATCH (n:N) RETURN n.k AS k, COUNT(*) AS c", "grouping"),
        ("MATCH (n:N) RETURN n.k + 0 AS k, n.m AS m, COUNT(*) AS c", "grouping"),
        ("MATCH (n:N) RETURN COUNT(DISTINCT n.k) AS c", "DISTINCT in an aggregate"),
        ("MATCH (n:N) RETURN SIZE(COLLECT_LIST(n.k)) AS c", "COLLECT_LIST"),
        ("MATCH (n:N) RETURN PERCENTILE_CONT(n.k, 0.5) AS c", "the aggregate"),
        ("MATCH (n:N) RETURN n.k AS k EXCEPT MATCH (n:N) RETURN n.m AS k", ""),
        ("MATCH (a:N), (b:N) WHERE a.k = b.k + 1 RETURN COUNT(*) AS c", ""),
        ("MATCH (a:N) WHERE EXISTS { MATCH (b:N) WHERE b.k = a.k } RETURN COUNT(*) AS c", "EXISTS as a hash join"),
        ("MATCH p = ALL SHORTEST (a:N {_id: '1'})-[:R]-{1,100}(b:N) RETURN COUNT(*) AS c", "the path search"),
        ("MATCH (n:N) LET t = [n.k, n.m, n.k] SET n.z = SIZE(t)", ""),
    ] {
        let error = run(&database, text).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Memory, "{text}: {error}");
        assert!(error.to_string().contains("memory limit of") && error.to_string().contains(what), "{text}: {error}");
    }
}

#[test]
fn what_is_given_back_is_not_counted_twice() {
    let database = database(1 << 19);
    for (text, rows) in [
        ("MATCH (n:N) RETURN n.k AS k", NODES),
        ("MATCH (n:N) RETURN n.m AS m, COUNT(*) AS c, SUM(n.k) AS s", 1000),
        ("MATCH (n:N) RETURN n.k AS k ORDER BY k DESC LIMIT 3", 3),
        // Each row has a sort, a grouping and a search of its own.
        ("MATCH (n:N) CALL (n) { MATCH (n)-[:R]-(o) RETURN o.k AS k ORDER BY k LIMIT 1 } RETURN k", NODES),
        ("MATCH (n:N) CALL (n) { MATCH (n)-[:R]-(o) RETURN o.m AS m, COUNT(*) AS c } RETURN m LIMIT 15000", 15000),
        ("MATCH (n:N)-[:R]->(m) MATCH p = ANY SHORTEST (n)-[:R]-{1,3}(m) RETURN PATH_LENGTH(p) AS l", NODES),
    ] {
        assert_eq!(run(&database, text).map_err(|error| format!("{text}: {error}")), Ok(rows));
    }
}
