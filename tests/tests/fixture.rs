//! Databases of older releases open, hold what was put into them, and can be written to (tests/fixtures/README.md).

use std::path::Path;
use std::process::Command;

use wend_tests::root;
use wenddb::{Database, Options, Session, Value, host::Host, params};

/// The rows of a statement, a value after the other.
fn rows(session: &mut Session, gql: &str) -> Vec<String> {
    let rows = session.execute(gql, params! {}).unwrap_or_else(|error| panic!("{gql}: {error}"));
    let columns = rows.columns().to_vec();
    let mut all = Vec::new();
    for row in rows {
        let row = row.unwrap();
        all.extend(columns.iter().map(|column| row.get::<Value>(column.as_str()).unwrap().to_string()));
    }
    all
}

fn holds(path: &Path, options: Options) -> Database {
    let database = Database::open_with(path, options).unwrap();
    let report = database.check().unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    let mut session = database.session();
    let mut is = |gql: &str, expected: &[&str]| assert_eq!(rows(&mut session, gql), expected, "{gql}");
    is("MATCH (n:Person) RETURN n._id AS i, n.age AS a ORDER BY i", &["ann", "44", "bob", "30", "cyd", "51"]);
    is(
        "MATCH (n {_id: 'ann'}) RETURN n.score AS s, n.ok AS o, CAST(n.born AS STRING) AS b, n.tags[1] AS t",
        &["0.5", "true", "1980-02-29", "b"],
    );
    is("MATCH (n:Person) WHERE n.name = 'Zoë' RETURN n._id AS i", &["bob"]);
    is("MATCH ()-[k:KNOWS]->(b) WHERE k.since >= 2005 RETURN k.since AS s, b._id AS i", &["2010", "cyd"]);
    is("MATCH ()-[k:KNOWS]->() WHERE k.since = 2001 RETURN CAST(k.at AS STRING) AS t", &["2020-01-02T03:04:05+01:00"]);
    is("MATCH (p)-[:LIVES_IN]->(u:City) RETURN COUNT(*) AS c", &["3"]);
    is("MATCH (n) RETURN SUM(SIZE(n.embedding)) AS s", &["32"]);
    is("SHOW INDEXES YIELD name RETURN name ORDER BY name", &["_id", "knows_since", "person_name"]);
    is("SHOW GRAPHS YIELD name RETURN name ORDER BY name", &["closed", "default", "draft"]);
    is("SHOW GRAPH TYPES YIELD name RETURN name", &["social"]);
    is("SHOW TASKS YIELD status RETURN status", &["completed"]);
    is("SHOW USERS YIELD name RETURN name ORDER BY name", &["ann", "root"]);
    is("SHOW TOKENS YIELD name RETURN name", &["nightly"]);
    is("USE closed MATCH (a)-[k:KNOWS]->(b) RETURN a.name AS a, CAST(k.since AS STRING) AS s", &["Eve", "2024-05-06"]);
    is("USE draft MATCH (n:N) RETURN COUNT(*) AS c, SUM(n.i) AS s", &["100", "5050"]);
    assert!(database.check_password("root", "a long password").unwrap().is_some());
    assert!(database.check_password("ann", "a wrong password").unwrap().is_none());
    database
}

#[test]
fn a_database_of_format_1_opens() {
    let directory = tempfile::tempdir().unwrap();
    let archive = root().join("tests/fixtures/format-1.wend.tar.gz");
    let status = Command::new("tar").arg("xzf").arg(archive).arg("-C").arg(directory.path()).status().unwrap();
    assert!(status.success(), "tar");
    let path = directory.path().join("format-1.wend");
    drop(holds(&path, Options { read_only: true, create: false, ..Options::default() }));
    // Opened for writing twice, so that it is read from the log and from data files.
    drop(holds(&path, Options::default()));
    let database = holds(&path, Options::default());
    let mut session = database.session();
    assert!(session.execute("INSERT (:Person {_id: 'dup', name: 'Ann'})", params! {}).is_err(), "the index is unique");
    assert!(session.execute("USE closed INSERT (:City {_id: 'x'})", params! {}).is_err(), "the graph is closed");
    session.execute("INSERT (:Person {_id: 'new', name: 'New'})", params! {}).unwrap();
    drop(session);
    database.backup(directory.path().join("backup")).unwrap();
    drop(database);
    Database::restore(directory.path().join("backup"), directory.path().join("again")).unwrap();
    let database = Database::open(directory.path().join("again")).unwrap();
    assert_eq!(rows(&mut database.session(), "MATCH (n:Person) RETURN COUNT(*) AS c"), ["4"]);
    assert_eq!(database.check().unwrap().problems, Vec::<String>::new());
}
