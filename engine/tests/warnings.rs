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

#[test]
fn ids_are_strings() {
    let database = database();
    let warning = "01000 `_id` is a STRING, and is never equal to 0, which has the type INT64: write '0'";
    for text in [
        "MATCH (n {_id: 0}) RETURN n",
        "MATCH (n) WHERE n._id = 0 RETURN n",
        "MATCH (n) FILTER 0 = n._id RETURN n",
        "MATCH (n) WHERE n._id <> 0 RETURN n LIMIT 1",
        "MATCH (n) WHERE n._id IN ['a', 0] RETURN n",
        "MATCH (a)-[]->+(n {_id: 0}) RETURN n",
        "MATCH (n {_id: 0}) SET n.x = 1",
        "MATCH (n) RETURN EXISTS { (n)-[]->({_id: 0}) } AS e",
    ] {
        assert_eq!(warnings(&database, text), [warning], "{text}");
    }
    for text in
        ["MATCH (n {_id: '0'}) RETURN n", "MATCH (n) WHERE n._id = NULL RETURN n", "LET r = {_id: 0} RETURN r._id = 0"]
    {
        assert_eq!(warnings(&database, text), Vec::<String>::new(), "{text}");
    }
    let warning = "01000 `_id` is a STRING, and is never equal to i, which has the type INT64: write CAST(i AS STRING)";
    for text in
        ["FOR i IN [1, 2] MATCH (n {_id: i}) RETURN n", "FOR i IN RANGE(1, 2) MATCH (n) WHERE ID(n) = i RETURN n"]
    {
        assert_eq!(warnings(&database, text), [warning], "{text}");
    }
    let mut session = database.session();
    let mut rows = session.execute("MATCH (n {_id: $id}) RETURN n", wenddb::params! { "id" => 7 }).unwrap();
    assert!(rows.by_ref().next().is_none());
    assert!(rows.summary().warnings[0].message.contains("$id"), "{:?}", rows.summary());
}

#[test]
fn what_means_something_else_in_cypher() {
    let database = database();
    let found = warnings(&database, "RETURN timestamp() AS now");
    assert!(found.len() == 1 && found[0].contains("CURRENT_TIMESTAMP.epochMillis"), "{found:?}");
    assert_eq!(warnings(&database, "RETURN CURRENT_TIMESTAMP.epochMillis > 0 AS now"), Vec::<String>::new());
}

#[test]
fn a_graph_that_is_replaced_is_counted() {
    let database = database();
    let found = warnings(&database, "CREATE OR REPLACE GRAPH default");
    assert_eq!(found, ["01000 the graph `default` was replaced: 2 nodes and 1 edge are gone"]);
    assert_eq!(warnings(&database, "CREATE OR REPLACE GRAPH default"), Vec::<String>::new());
    assert_eq!(warnings(&database, "CREATE OR REPLACE GRAPH other"), Vec::<String>::new());
}
