//! Statements that work on all edges of a label at once: which operators they are planned with, and their answers where edges
//! repeat, loop or are too many to count.

use wenddb::{Database, ErrorKind, Options, Session, Value};

/// A database that plans for a large graph, however small it is.
fn bulk(threads: usize) -> Database {
    Database::in_memory_with(Options { threads, bulk_rows: 0.0, ..Options::default() }).unwrap()
}

/// `count` nodes, each with edges to the next three by number, to itself when its number is divisible by 10, and a second edge to
/// the next when it is divisible by 7.
fn ring(session: &mut Session, count: usize) {
    for text in [
        format!("FOR i IN RANGE(0, {}) INSERT (:N {{_id: CAST(i AS STRING), i: i, m: i % 5}})", count - 1),
        "MATCH (n:N) WHERE n.i % 2 = 0 SET n:Even".to_owned(),
        format!(
            "MATCH (a:N) FOR d IN [1, 2, 3] MATCH (b:N) WHERE b.i = (a.i + d) % {count} INSERT (a)-[:R {{d: d}}]->(b)"
        ),
        "MATCH (a:N) WHERE a.i % 10 = 0 INSERT (a)-[:R {d: 0}]->(a)".to_owned(),
        format!(
            "MATCH (a:N) WHERE a.i % 7 = 0 MATCH (b:N) WHERE b.i = (a.i + 1) % {count} INSERT (a)-[:R {{d: 1}}]->(b)"
        ),
    ] {
        session.execute(&text, ()).unwrap();
    }
}

fn rows(session: &mut Session, text: &str) -> Vec<Vec<Value>> {
    let rows = session.execute(text, ()).unwrap_or_else(|error| panic!("{text}: {error}"));
    rows.map(|row| row.unwrap().into_values()).collect()
}

fn plan(session: &mut Session, text: &str) -> String {
    let lines = rows(session, &format!("EXPLAIN {text}"));
    lines.iter().map(|line| line[0].to_string()).collect::<Vec<_>>().join("\n")
}

/// Statements with the operator that each is to be planned with.
const STATEMENTS: [(&str, &str); 20] = [
    ("MATCH (:N)-[e:R]->(:N) RETURN COUNT(*) AS c", "CountMatches"),
    ("MATCH (:Even)-[e:R]->(:N) RETURN COUNT(e) AS c", "CountMatches"),
    ("MATCH (a:N)-[:R]->(b:N)-[:R]->(c:N) RETURN COUNT(*) AS c", "CountMatches"),
    ("MATCH (a:N)-[:R]->(b:Even)<-[:R]-(c:N) WHERE c.m > 2 RETURN COUNT(*) AS c", "CountMatches"),
    ("MATCH (a:N)-[:R]-(b:N)-[:R]-(c:Even) RETURN COUNT(*) AS c", "CountMatches"),
    ("MATCH REPEATABLE ELEMENTS (a)-[:R]-(b)-[:R]-(c)-[:R]->(d:Even) RETURN COUNT(*) AS c", "CountMatches"),
    ("MATCH REPEATABLE ELEMENTS (a)-[:R]->(b)-[:R]->(c), (b)-[:R]->(d:Even) RETURN COUNT(*) AS c", "CountMatches"),
    (
        "MATCH (a:N)-[:R]->(b:N) RETURN b._id AS id, COUNT(*) AS c ORDER BY c DESC, id LIMIT 5",
        "CountMatches (1 edges, by node",
    ),
    (
        "MATCH (a:N)-[:R]->(b:N)-[:R]->(c) RETURN b.m AS m, COUNT(*) AS c, COUNT(DISTINCT b.i) AS d ORDER BY m",
        "CountMatches",
    ),
    ("MATCH (a:N)-[:R]->(b:N)-[:R]->(c) RETURN c.m AS m, COUNT(*) AS c, MIN(c.i) AS d ORDER BY m", "CountMatches"),
    ("MATCH (a:N)-[:R]->(b:N)-[:R]->(c:N), (a)-[:R]->(c) RETURN COUNT(*) AS c", "ExpandIntersect (2 neighbours"),
    (
        "MATCH (a:N)-[e:R]-(b:N)-[:R]-(c:N)-[:R]-(a) RETURN COUNT(*) AS c, SUM(e.d) AS s",
        "ExpandIntersect (2 neighbours",
    ),
    (
        "MATCH (a:N)-[:R]->(b:N)-[:R]->(c:N), (a)-[:R]->(c), (a)-[:R]->(d)<-[:R]-(b), (c)-[:R]->(d) RETURN COUNT(*) AS c",
        "ExpandIntersect (3 neighbours",
    ),
    ("MATCH REPEATABLE ELEMENTS (a:N)-[:R]->(b)-[:R]->(a) RETURN COUNT(*) AS c", ""),
    ("MATCH (a:Even), (b:N) WHERE b.m = 3 AND a.i < b.i RETURN COUNT(*) AS c", "RangeCount ("),
    ("MATCH (a:Even), (b:N) WHERE b.m = 3 AND a.i >= b.i + 0.5 RETURN COUNT(*) AS c", "RangeCount ("),
    ("MATCH (a:Even), (b:N) WHERE b.m = 3 AND a.i < b.i RETURN SUM(a.i * b.i) AS s", "RangeJoin ("),
    ("MATCH (a:Even), (b:N) WHERE b.m = 3 AND a.i >= b.i + 0.5 RETURN SUM(a.i * b.i) AS s", "RangeJoin ("),
    ("MATCH (a:Even), (b:N) WHERE b.m = 3 RETURN COUNT(*) AS c", "Product"),
    ("MATCH ANY SHORTEST (a:N {_id: '3'})-[:R]-{1,50}(b:N) RETURN COUNT(*) AS c", "ends only"),
];

#[test]
fn answers_are_those_of_the_plain_plan() {
    let plain = Database::in_memory_with(Options { optimize: false, ..Options::default() }).unwrap();
    let mut plain = plain.session();
    ring(&mut plain, 40);
    for threads in [1, 2, 7] {
        let database = bulk(threads);
        let mut session = database.session();
        ring(&mut session, 40);
        for (text, operator) in STATEMENTS {
            let planned = plan(&mut session, text);
            assert!(planned.contains(operator), "{text}:\n{planned}");
            assert_eq!(rows(&mut session, text), rows(&mut plain, text), "{text} on {threads} threads");
        }
    }
}

#[test]
fn a_transaction_that_has_written_sees_its_own_edges() {
    let database = bulk(2);
    let mut session = database.session();
    ring(&mut session, 20);
    let count = "MATCH (a:N)-[:R]->(b:N)-[:R]->(c:N) RETURN COUNT(*) AS c";
    let before = rows(&mut session, count);
    let mut transaction = session.transaction().unwrap();
    transaction.execute("MATCH (a {_id: '1'}), (b {_id: '2'}) INSERT (a)-[:R]->(b)", ()).unwrap();
    let inside: Vec<_> = transaction.execute(count, ()).unwrap().map(|row| row.unwrap().into_values()).collect();
    assert_ne!(inside, before);
    transaction.commit().unwrap();
    assert_eq!(rows(&mut session, count), inside);
}

#[test]
fn a_condition_that_fails_for_a_node_no_match_has_is_no_error() {
    let database = bulk(1);
    let mut session = database.session();
    session
        .execute("INSERT (:A {_id: 'a', x: 1})-[:R]->(:B {_id: 'b', x: 2}), (:B {_id: 'c', x: 'text'})", ())
        .unwrap();
    let text = "MATCH (a:A)-[:R]->(b:B) WHERE b.x < 3 AND a.x < 3 RETURN COUNT(*) AS c";
    assert_eq!(rows(&mut session, text), [[Value::Int(1)]]);
}

#[test]
fn a_comparison_that_fails_counts_only_when_its_row_is_asked_for() {
    let database = bulk(1);
    let mut session = database.session();
    session.execute("INSERT (:A {x: 1}), (:B {x: 2}), (:B {x: 'text'})", ()).unwrap();
    let text = "MATCH (a:A), (b:B) WHERE a.x < b.x RETURN b.x AS x";
    assert_eq!(rows(&mut session, &format!("{text} LIMIT 1")), [[Value::Int(2)]]);
    let error = session.execute(text, ()).and_then(|rows| rows.collect::<Result<Vec<_>, _>>()).unwrap_err();
    assert_eq!(error.gqlstatus(), "22G04", "{error}");
}

#[test]
fn more_matches_than_a_number_can_tell_are_an_error() {
    let database = bulk(2);
    let mut session = database.session();
    session.execute("FOR i IN RANGE(1, 64) INSERT (:N {i: i})", ()).unwrap();
    session.execute("MATCH (a:N), (b:N) INSERT (a)-[:R]->(b)", ()).unwrap();
    let walk =
        |steps: usize| format!("MATCH REPEATABLE ELEMENTS (a){} RETURN COUNT(*) AS c", "-[:R]->()".repeat(steps));
    assert_eq!(rows(&mut session, &walk(9)), [[Value::Int(64i64.pow(10))]]);
    for steps in [10, 12, 30] {
        let error = session.execute(&walk(steps), ()).and_then(|rows| rows.collect::<Result<Vec<_>, _>>()).unwrap_err();
        assert_eq!(error.gqlstatus(), "22003", "{steps} steps: {error}");
    }
}

#[test]
fn what_is_counted_is_held_within_the_limit() {
    let options = Options { memory_limit: 1 << 19, threads: 1, bulk_rows: 0.0, ..Options::default() };
    let database = Database::in_memory_with(options).unwrap();
    let mut session = database.session();
    for part in 0..100 {
        let text = format!("FOR i IN RANGE({}, {}) INSERT (:N {{i: i}})-[:R]->(:N)", part * 200, part * 200 + 199);
        session.execute(&text, ()).unwrap();
    }
    let text = "MATCH (a)-[:R]->(b)<-[:R]-(c) RETURN COUNT(*) AS c";
    let error = session.execute(text, ()).and_then(|rows| rows.collect::<Result<Vec<_>, _>>()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
    assert!(error.to_string().contains("counting matches"), "{error}");
}
