//! A name that the graph does not know, but nearly: most likely a slip, which is said and does no harm otherwise.

use wenddb::Database;

fn warnings(database: &Database, text: &str) -> Vec<String> {
    let mut session = database.session();
    let mut rows = session.execute(text, ()).unwrap();
    for row in rows.by_ref() {
        row.unwrap();
    }
    rows.summary().warnings.iter().map(|warning| format!("{} {}", warning.gqlstatus, warning.message)).collect()
}

fn database() -> Database {
    let database = Database::in_memory().unwrap();
    let text = "INSERT (a:Person {_id: 'a', name: 'Ann'}), (a)-[:KNOWS {since: 2001}]->(a), (:Layer1)";
    database.session().execute(text, ()).unwrap();
    database
}

#[test]
fn names_that_are_nearly_known() {
    let database = database();
    for (text, warning) in [
        ("MATCH (n:Persn) RETURN n", "01000 nothing has the label `Persn`; did you mean `Person`?"),
        ("MATCH (n) WHERE n:Persom RETURN n", "01000 nothing has the label `Persom`; did you mean `Person`?"),
        ("MATCH (n)-[:KNWS]->() RETURN n", "01000 nothing has the label `KNWS`; did you mean `KNOWS`?"),
        (
            "MATCH ANY SHORTEST (n)-[:KNWS]->{1,3}(m) RETURN n",
            "01000 nothing has the label `KNWS`; did you mean `KNOWS`?",
        ),
        ("MATCH (n) RETURN n.nmae", "01000 nothing has a property `nmae`; did you mean `name`?"),
        ("MATCH ()-[e]->() FILTER e.sinc > 1 RETURN e", "01000 nothing has a property `sinc`; did you mean `since`?"),
        ("INSERT (:Persn)", "01000 the label `Persn` is new; did you mean `Person`?"),
        ("MATCH (a:Person) INSERT (a)-[:KNOW]->(a)", "01000 the label `KNOW` is new; did you mean `KNOWS`?"),
    ] {
        assert_eq!(warnings(&database, text), [warning], "{text}");
    }
}

#[test]
fn names_that_are_right_or_far_from_any() {
    let database = database();
    for text in [
        "MATCH (n:Person)-[e:KNOWS]->() RETURN n.name, n._id, e.since",
        "MATCH (n:City) RETURN n.population",
        "INSERT (:Layer2 {nam: 1})",
        "INSERT (n:House {nmae: 1}) RETURN n.nmae",
        "LET row = {names: 1, sinc: 2} RETURN row.names, row.sinc",
    ] {
        assert_eq!(warnings(&database, text), Vec::<String>::new(), "{text}");
    }
}
