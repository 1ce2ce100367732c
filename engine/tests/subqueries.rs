//! Subqueries are built once and rewound to each row: each run must give what it gives when it is the only one.

use proptest::prelude::*;
use wenddb::{Database, Error, ErrorKind, Options, Session, Value, params};

use crate::common::{Choices, cases, graph};

/// Bodies of CALL (i, n) { .. } with every operator: `i` is a small number or NULL, `n` a node. Each returns `x`.
const BODIES: &[&str] = &[
    "MATCH (a:A) WHERE a.k = i RETURN a._id AS x",
    "MATCH (a) WHERE a._id = CAST(i AS STRING) RETURN a.k AS x",
    "MATCH (a) WHERE a._id IN [CAST(i AS STRING), '0'] RETURN a.k AS x",
    "MATCH (a:A|B) WHERE a.k = i OR a.k = 1 RETURN a._id AS x",
    "MATCH (a:A) WHERE a.k = i OR a.m = 1 RETURN a._id AS x",
    "MATCH (n)-[e]->(b) RETURN b._id AS x",
    "MATCH (n)-[e]-(b) RETURN COUNT(e) AS x",
    "MATCH (n)-[e]->(b)-[f]-(c) RETURN c._id AS x ORDER BY x DESC LIMIT 3",
    "MATCH (n)-[e]->(b) RETURN b.k AS x ORDER BY x OFFSET 1 LIMIT 2",
    "MATCH (a) RETURN a.k + i AS x ORDER BY x OFFSET 1",
    "MATCH (a) RETURN a._id AS x LIMIT 1",
    "MATCH (n)-[e]-(b) RETURN DISTINCT b.k AS x",
    "MATCH (n)-[e]-(b) RETURN b.k AS k, COUNT(*) + SUM(e.w) AS x",
    "MATCH (n)-[e]-(b) RETURN b.k AS k, b._id AS d, COLLECT(e.w) AS x",
    "MATCH (n)-[e]-(b) RETURN COUNT(DISTINCT b.k) AS x",
    "MATCH (a)-[e:R]->(b), (c)-[f:S]->(d) WHERE b.k = d.k AND a.k = i RETURN c._id AS x",
    "MATCH (n)-[e:R]-{1,3}(b) RETURN SIZE(e) AS x",
    "MATCH (n)-[e]->{0,4}(b) RETURN DISTINCT b._id AS x",
    "MATCH ANY SHORTEST (n)-[e]-{1,5}(b) RETURN b._id || CAST(SIZE(e) AS STRING) AS x",
    "MATCH (n) ((p)-[e]->(q) WHERE e.w >= i){1,3} (b) RETURN b._id AS x",
    "MATCH SHORTEST 2 (n) ((p)-[e]-(q)){1,3} (b) RETURN b._id AS x",
    "MATCH SHORTEST 2 (n) ((p)-[e:R]-(q)){1,2}-[f:S]->(b) RETURN b._id AS x",
    "MATCH ALL SHORTEST (n)-[e]->{1,3}(b)-[f]->(c) RETURN c._id AS x",
    "OPTIONAL MATCH (n)-[e:R]->(b) RETURN b._id AS x",
    "FOR j IN RANGE(1, i) RETURN j AS x",
    "FOR j IN [i, 1, NULL, i] WITH OFFSET o RETURN j + o AS x",
    "LET j = i + 1 FILTER j > 1 RETURN j AS x",
    "RETURN i AS x UNION ALL MATCH (a:A) RETURN a.k AS x",
    "RETURN 1 AS x UNION RETURN i AS x",
    "MATCH (a) RETURN a.k AS x EXCEPT RETURN i AS x",
    "MATCH (a) RETURN a.k AS x INTERSECT ALL RETURN i AS x",
    "MATCH (a) WHERE a.k = i RETURN a.k AS x OTHERWISE RETURN -1 AS x",
    "MATCH (a) WHERE EXISTS { MATCH (a)-[e:R]->(b) WHERE b.k = i } RETURN a._id AS x",
    "MATCH (a) WHERE NOT EXISTS { MATCH (b) WHERE b.k = a.k + i } RETURN a._id AS x",
    "MATCH (a) RETURN COUNT { MATCH (b) WHERE b.k = a.k AND b.k <> i } AS x",
    "MATCH (a) RETURN COUNT { MATCH (a)-[e]->(b) } + i AS x",
    "RETURN VALUE { MATCH (a) RETURN MAX(a.k) } + i AS x",
    "MATCH (a:A) CALL (a, i) { MATCH (a)-[e]-(b) WHERE b.k >= i RETURN b._id AS y ORDER BY y LIMIT 2 } RETURN y AS x",
    "MATCH (a) OPTIONAL CALL (a, i) { MATCH (a)-[e]->(b) WHERE e.w = i RETURN e.n AS y } RETURN y AS x",
    "MATCH (a) CALL (a) { FOR j IN RANGE(1, a.k) RETURN SUM(j) AS y } RETURN SUM(y + i) AS x",
    // These fail for some rows.
    "MATCH (a) RETURN 1 / (a.k - i) AS x",
    "MATCH (a) WHERE a.m + i > 0 RETURN a._id AS x",
    "RETURN VALUE { MATCH (a) WHERE a.k = i RETURN a.k } AS x",
    "MATCH (a) WHERE a.k = i AND EXISTS { MATCH (b) WHERE b.k = 1 / (a.k - 1) } RETURN a._id AS x",
];

type Answer = Result<Vec<String>, String>;

/// The rows as texts in order, or the status of the error.
fn answer(session: &mut Session, text: &str, params: wenddb::Params) -> Answer {
    let read = |session: &mut Session| -> Result<Vec<String>, Error> {
        let rows = session.execute(text, params)?;
        let mut rows = rows.map(|row| Ok(format!("{:?}", row?.values()))).collect::<Result<Vec<_>, Error>>()?;
        rows.sort_unstable();
        Ok(rows)
    };
    read(session).map_err(|error| error.gqlstatus().to_owned())
}

/// The runs of a body for all rows, and for each row alone.
fn check(database: &Database, body: &str) {
    let mut session = database.session();
    let text = format!("MATCH (n) FOR i IN [2, 0, NULL, 1] CALL (i, n) {{ {body} }} RETURN i, n._id AS n, x");
    let together = answer(&mut session, &text, params! {});
    let mut alone: Answer = Ok(Vec::new());
    let ids = session.execute("MATCH (n) FOR i IN [2, 0, NULL, 1] RETURN i, n._id AS n", ()).unwrap();
    let ids: Vec<(Option<i64>, String)> = ids.deserialize().collect::<Result<_, _>>().unwrap();
    for (i, n) in ids {
        let text = format!("MATCH (n {{_id: $n}}) LET i = $i CALL (i, n) {{ {body} }} RETURN i, n._id AS n, x");
        match (answer(&mut session, &text, params! {"i" => i, "n" => n}), &mut alone) {
            (Ok(more), Ok(rows)) => rows.extend(more),
            (Err(error), Ok(_)) => alone = Err(error),
            (_, Err(_)) => {}
        }
    }
    if let Ok(rows) = &mut alone {
        rows.sort_unstable();
    }
    // Which of several errors is met first is another question.
    match (&together, &alone) {
        (Err(_), Err(_)) => {}
        _ => assert_eq!(together, alone, "{body}"),
    }
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn a_run_does_not_know_of_those_before(bytes in prop::collection::vec(any::<u8>(), 60), optimize in any::<bool>()) {
        let graph = graph(&mut Choices(&bytes));
        let database = graph.database(optimize);
        for body in BODIES {
            check(&database, body);
        }
    }
}

fn count(session: &mut Session, text: &str) -> i64 {
    session.value(text, ()).unwrap()
}

#[test]
fn a_run_sees_what_those_before_wrote() {
    let mut session = Database::in_memory().unwrap().session();
    let text = "FOR i IN [1, 2, 1, 3, 2] MERGE (n:N {k: i % 3}) SET n.seen = 1";
    session.execute(text, ()).unwrap();
    assert_eq!(count(&mut session, "MATCH (n:N) RETURN COUNT(*)"), 3);
    // Labels and keys that the first run is the first to use.
    let text = "FOR i IN RANGE(1, 4) CALL (i) { MERGE (m:New {fresh: i % 2}) RETURN m } RETURN COUNT(DISTINCT m) AS c";
    assert_eq!(count(&mut session, text), 2);
    // Edges that were made meanwhile.
    session.execute("INSERT (:Hub {_id: 'hub'})", ()).unwrap();
    let text = "MATCH (h:Hub) FOR i IN RANGE(1, 5) CALL (h, i) { INSERT (h)-[:TO]->(s:Spoke {i: i}) RETURN s }
                CALL (h) { MATCH (h)-[e:TO]->(x) RETURN COUNT(*) AS n } RETURN MAX(n) AS n";
    assert_eq!(count(&mut session, text), 5);
    let text = "FOR i IN RANGE(1, 6) MERGE (a:Stop {k: i % 3})-[:NEXT]->(b:Stop {k: (i + 1) % 3})";
    session.execute(text, ()).unwrap();
    let pairs = "MATCH (a:Stop)-[:NEXT]->(b:Stop) RETURN COUNT(DISTINCT a.k * 10 + b.k)";
    assert_eq!(count(&mut session, pairs), 3);
    assert_eq!(count(&mut session, "MATCH (:Stop)-[e:NEXT]->(:Stop) RETURN COUNT(e)"), 3);
}

#[test]
fn the_memory_of_a_run_is_given_back() {
    // A run needs most of it; the runs together would need it many times.
    let options = Options { memory_limit: 8 << 20, threads: 1, ..Options::default() };
    let mut session = Database::in_memory_with(options).unwrap().session();
    for body in [
        "FOR j IN RANGE(1, 20000) RETURN j % 7 + i AS x ORDER BY x OFFSET 19000 LIMIT 1",
        "FOR j IN RANGE(1, 20000) RETURN DISTINCT j + i AS x",
        "FOR j IN RANGE(1, 20000) RETURN j AS k, COUNT(*) AS x",
        "FOR j IN RANGE(1, 20000) RETURN j AS x EXCEPT FOR j IN RANGE(1, 19999) RETURN j AS x",
        "FOR j IN RANGE(1, 200) FILTER EXISTS { FOR k IN RANGE(1, 200) FILTER k = j RETURN k } RETURN j AS x",
    ] {
        let text = format!("FOR i IN RANGE(1, 30) CALL (i) {{ {body} }} RETURN COUNT(x) AS n");
        match session.value::<i64>(&text, ()) {
            Ok(n) => assert!(n > 0, "{body}"),
            Err(error) => panic!("{body}: {error}"),
        }
    }
    // One that needs too much says so still.
    let text = "FOR i IN [1, 300000] CALL (i) { FOR j IN RANGE(1, i) RETURN DISTINCT j AS x } RETURN COUNT(x) AS n";
    assert_eq!(session.value::<i64>(text, ()).unwrap_err().kind(), ErrorKind::Memory);
    // What came before the failure is no matter.
    assert_eq!(session.value::<Value>("RETURN 1 AS x", ()).unwrap(), Value::Int(1));
}

#[test]
fn a_search_that_is_cut_short_begins_anew() {
    let mut session = Database::in_memory().unwrap().session();
    session.execute("FOR i IN RANGE(0, 3000) INSERT (:N {_id: CAST(i AS STRING), k: i})", ()).unwrap();
    let text =
        "FOR i IN RANGE(1, 50) CALL (i) { MATCH (n:N) WHERE n.k >= i RETURN n.k AS k LIMIT 2 } RETURN SUM(k) AS s";
    assert_eq!(count(&mut session, text), (1..=50).map(|i| 2 * i + 1).sum::<i64>());
    let text = "FOR i IN RANGE(1, 50) FILTER EXISTS { MATCH (n:N) WHERE n.k > 2950 + i } RETURN COUNT(*) AS c";
    assert_eq!(count(&mut session, text), 49);
}

/// Work that doubled at each level would not end.
#[test]
fn subqueries_within_subqueries_take_time_in_proportion() {
    const LEVELS: usize = 80;
    let mut session = Database::in_memory().unwrap().session();
    for (open, core, close) in [
        ("VALUE { RETURN ", "1", " AS a }"),
        ("COLLECT { RETURN ", "1", " AS a }"),
        ("COUNT { MATCH (n) WHERE EXISTS { (n)-[]->() } RETURN ", "1", " AS a }"),
        ("[x IN [1] WHERE EXISTS { () } | ", "1", "]"),
    ] {
        let text = format!("RETURN {}{core}{} AS a", open.repeat(LEVELS), close.repeat(LEVELS));
        assert_eq!(session.execute(&text, ()).unwrap().count(), 1, "{open}");
    }
}
