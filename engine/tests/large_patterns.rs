//! A pattern of very many parts is planned in time proportional to its size: with a step for each pair of parts these tests would
//! take minutes.

use wenddb::Database;

const PARTS: usize = 1500;

fn database() -> Database {
    let database = Database::in_memory().unwrap();
    let mut session = database.session();
    session.execute("FOR i IN RANGE(0, 2) INSERT (:A {_id: CAST(i AS STRING), k: i})", ()).unwrap();
    session
        .execute("FOR i IN RANGE(0, 1) MATCH (a:A {k: i}), (b:A {k: i + 1}) INSERT (a)-[:R {w: i}]->(b)", ())
        .unwrap();
    session.execute("CREATE INDEX weight ON EDGE R(w)", ()).unwrap();
    database
}

fn count(database: &Database, pattern: &str) -> i64 {
    let mut rows = database.session().execute(&format!("MATCH {pattern} RETURN COUNT(*) AS n"), ()).unwrap();
    rows.next().unwrap().unwrap().get("n").unwrap()
}

fn parts(each: impl Fn(usize) -> String) -> String {
    (0..PARTS).map(each).collect::<Vec<_>>().join(", ")
}

#[test]
fn parts_that_nothing_links() {
    let database = database();
    assert_eq!(count(&database, &parts(|at| format!("(a{at}:A {{k: {}}})", at % 3))), 1);
    assert_eq!(count(&database, &parts(|at| format!("(a{at} {{_id: '{}'}})", at % 3))), 1);
}

#[test]
fn parts_that_equalities_link() {
    let database = database();
    let equal: Vec<String> = (1..PARTS).map(|at| format!("a{at}.k = a{}.k", at - 1)).collect();
    let pattern = format!("{} WHERE {}", parts(|at| format!("(a{at}:A)")), equal.join(" AND "));
    assert_eq!(count(&database, &pattern), 3);
}

#[test]
fn a_star_of_edges() {
    let database = database();
    let pattern = parts(|at| format!("(a:A {{k: 0}})-[e{at}:R {{w: 0}}]->(b{at})"));
    assert_eq!(count(&database, &format!("REPEATABLE ELEMENTS {pattern}")), 1);
    assert_eq!(count(&database, &pattern), 0);
}
