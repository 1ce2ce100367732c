//! Results as Rust values: one-row helpers, structs by serde, matrices, and how values compare.

use std::collections::HashMap;

use serde::Deserialize;
use wenddb::{Database, Date, Edge, ErrorKind, Node, Path, Session, Value, params};

fn session() -> Session {
    let mut session = Database::in_memory().unwrap().session();
    session
        .execute(
            "INSERT (a:Person {_id: 'ann', name: 'Ann', age: 44, born: DATE '1980-02-29'})-[:KNOWS {since: 2001}]->
                    (b:Person {_id: 'bob', name: 'Bob', age: 30})",
            (),
        )
        .unwrap();
    session
}

/// Kind, status and message.
fn failure<T: std::fmt::Debug>(result: wenddb::Result<T>) -> (ErrorKind, String, String) {
    let error = result.unwrap_err();
    (error.kind(), error.gqlstatus().to_owned(), error.message().to_owned())
}

#[test]
fn one_row() {
    let mut session = session();
    let row = session.row("MATCH (p {_id: $id}) RETURN p.name, p.age", params! {"id" => "ann"}).unwrap();
    assert_eq!((row.get::<&str>("p.name").unwrap(), row.at::<i64>(1).unwrap()), ("Ann", 44));
    assert_eq!(session.value::<i64>("MATCH (p:Person) RETURN COUNT(*)", ()).unwrap(), 2);
    assert_eq!(session.value::<Vec<String>>("RETURN ['a', 'b'] AS l", ()).unwrap(), ["a", "b"]);
    assert!(session.exists("MATCH (p:Person) RETURN p", ()).unwrap());
    assert!(!session.exists("MATCH (p:Robot) RETURN p", ()).unwrap());
    let none = "MATCH (p:Robot) RETURN p.name AS name";
    assert!(session.execute(none, ()).unwrap().optional().unwrap().is_none());

    let result = |status: &str, message: &str| (ErrorKind::Result, status.to_owned(), message.to_owned());
    assert_eq!(failure(session.row(none, ())), result("02000", "the result has no row, where one was asked for"));
    let several = "MATCH (p:Person) RETURN p.name AS name";
    let more = "the result has more than one row, where one was asked for";
    assert_eq!(failure(session.row(several, ())), result("22000", more));
    assert_eq!(failure(session.value::<String>(several, ())), result("22000", more));
    let columns = "the result has 2 columns, where one value was asked for";
    assert_eq!(failure(session.value::<i64>("RETURN 1 AS a, 2 AS b", ())), result("42000", columns));
    let table = "the statement has no result table";
    assert_eq!(failure(session.row("INSERT (:X)", ())), result("42000", table));
    assert_eq!(failure(session.exists("INSERT (:X)", ())), result("42000", table));
    assert_eq!(failure(session.value::<i64>("RETURN 'x' AS x", ())).0, ErrorKind::Data);
    // An error behind the first row counts.
    assert_eq!(failure(session.row("FOR i IN [1, 0] RETURN 1 / i AS x", ())).1, "22012");

    let mut transaction = session.transaction().unwrap();
    let id: String = transaction.value("INSERT (c:Counter {_id: 'c', n: 1}) RETURN c._id", ()).unwrap();
    assert_eq!(id, "c");
    assert_eq!(transaction.row("MATCH (c:Counter) RETURN c.n AS n", ()).unwrap().get::<u8>("n").unwrap(), 1);
    assert!(transaction.exists("MATCH (c:Counter) RETURN c", ()).unwrap());
    transaction.rollback().unwrap();
    assert!(!session.exists("MATCH (c:Counter) RETURN c", ()).unwrap());
}

#[test]
fn a_missing_column_is_no_matter_of_the_statement() {
    let row = session().row("RETURN 1 AS a, 2 AS b", ()).unwrap();
    let error = row.get::<i64>("c").unwrap_err();
    assert_eq!((error.kind(), error.gqlstatus()), (ErrorKind::Result, "42002"));
    assert_eq!(error.to_string(), "42002: the result has no column `c` (its columns are a, b)");
    assert_eq!(row.at::<i64>(2).unwrap_err().message(), "the result has no column 2");
}

#[derive(Debug, Deserialize, PartialEq)]
struct Person {
    #[serde(rename = "p.name")]
    name: String,
    #[serde(rename = "p.age")]
    age: u8,
    #[serde(rename = "p.born")]
    born: Option<Date>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Shape {
    Point,
    Circle(f64),
    Box { width: i64, height: i64 },
}

#[derive(Debug, Deserialize, PartialEq)]
struct Everything {
    record: Inner,
    floats: Vec<f32>,
    optional: Vec<Option<i64>>,
    bytes: Vec<u8>,
    shapes: Vec<Shape>,
    text_of_date: String,
    any: Value,
    list: Value,
    pair: (i64, String),
    map: HashMap<String, i64>,
    number: f64,
    nothing: Option<Inner>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Inner {
    lines: Vec<String>,
    deep: Option<Box<Inner>>,
}

#[test]
fn rows_are_structs() {
    let mut session = session();
    let text = "MATCH (p:Person) RETURN p.name, p.age, p.born, p ORDER BY p.age";
    let people: Vec<Person> = session.execute(text, ()).unwrap().deserialize().collect::<Result<_, _>>().unwrap();
    let born = Some(Date::new(1980, 2, 29).unwrap());
    let expected = [Person { name: "Bob".into(), age: 30, born: None }, Person { name: "Ann".into(), age: 44, born }];
    assert_eq!(people, expected);

    let row = session
        .row(
            "RETURN {lines: ['a', 'b'], deep: {lines: [], deep: NULL}} AS record, $vector AS floats, [1, NULL] AS optional,
                    X'0102' AS bytes, ['point', {circle: 1.5}, {box: {width: 1, height: 2}}] AS shapes,
                    DATE '2026-01-02' AS text_of_date, DATE '2026-01-02' AS any, [DURATION 'P1D', {x: $vector}] AS list,
                    [1, 'x'] AS pair, {x: 1, y: 2} AS map, 3 AS number, NULL AS nothing, 'not asked for' AS rest",
            params! {"vector" => vec![0.5f32, 1.0]},
        )
        .unwrap();
    let everything: Everything = row.deserialize().unwrap();
    let vector = Value::from(vec![0.5f32, 1.0]);
    assert_eq!(
        everything,
        Everything {
            record: Inner {
                lines: vec!["a".into(), "b".into()],
                deep: Some(Box::new(Inner { lines: Vec::new(), deep: None }))
            },
            floats: vec![0.5, 1.0],
            optional: vec![Some(1), None],
            bytes: vec![1, 2],
            shapes: vec![Shape::Point, Shape::Circle(1.5), Shape::Box { width: 1, height: 2 }],
            text_of_date: "2026-01-02".into(),
            any: Value::Date(Date::new(2026, 1, 2).unwrap()),
            list: Value::from(vec![Value::Duration("P1D".parse().unwrap()), Value::record([("x", vector)])]),
            pair: (1, "x".into()),
            map: HashMap::from([("x".to_owned(), 1), ("y".to_owned(), 2)]),
            number: 3.0,
            nothing: None,
        }
    );
}

#[test]
fn nodes_edges_and_paths_are_read_as_they_are_or_as_maps() {
    #[derive(Deserialize)]
    struct Found {
        a: Node,
        e: Edge,
        path: Path,
        map: Map,
        edge: HashMap<String, Value>,
        optional: Option<Node>,
    }
    #[derive(Deserialize)]
    struct Map {
        _id: String,
        labels: Vec<String>,
        properties: Properties,
    }
    #[derive(Deserialize)]
    struct Properties {
        name: String,
        born: Date,
    }
    let mut session = session();
    let text = "MATCH path = (a)-[e]->(b) RETURN a, e, path, a AS map, e AS edge, NULL AS optional";
    let found: Found = session.row(text, ()).unwrap().deserialize().unwrap();
    assert_eq!((found.a.id(), found.e.label(), found.e.to()), ("ann", "KNOWS", "bob"));
    assert_eq!(found.path.nodes()[0], found.a);
    assert_eq!(found.path.edges()[0], found.e);
    assert_eq!((found.map._id.as_str(), found.map.labels), ("ann", vec!["Person".to_owned()]));
    assert_eq!((found.map.properties.name.as_str(), found.map.properties.born.year()), ("Ann", 1980));
    assert_eq!(found.edge["from"], Value::from("ann"));
    assert_eq!(found.edge["properties"], Value::record([("since", 2001)]));
    assert_eq!(found.edge["_id"], Value::from(found.e.id()));
    assert_eq!(found.optional, None);
    assert!(serde_json::from_str::<Node>(r#"{"_id": "ann"}"#).is_err());
    // A node before and after a change.
    let before: Node = session.value("MATCH (a {_id: 'ann'}) RETURN a", ()).unwrap();
    assert_eq!(before, found.a);
    session.execute("MATCH (a {_id: 'ann'}) SET a.age = 45", ()).unwrap();
    assert_ne!(session.value::<Node>("MATCH (a {_id: 'ann'}) RETURN a", ()).unwrap(), before);
}

#[test]
fn what_does_not_fit_is_named() {
    let mut session = session();
    let mut message = |text: &str| session.row(text, ()).unwrap().deserialize::<Person>().unwrap_err().to_string();
    let found = |what: &str| format!("22G03: column `p.age`: expected u8, found {what}");
    assert_eq!(message("RETURN 'x' AS `p.name`, 'y' AS `p.age`"), found("STRING 'y'"));
    assert_eq!(message("RETURN 'x' AS `p.name`, -1 AS `p.age`"), found("INT64 -1"));
    let null = found("NULL (read it as an Option to allow NULL)");
    assert_eq!(message("RETURN 'x' AS `p.name`, NULL AS `p.age`"), null);
    assert_eq!(
        message("RETURN 'x' AS `p.name`, 1 AS age"),
        "42002: the result has no column `p.age` (its columns are p.name, age)"
    );
    assert_eq!(
        message("RETURN 'x' AS `p.name`, 1 AS `p.age`, TRUE AS `p.born`"),
        "22G03: column `p.born`: expected a DATE, found BOOL true"
    );
    let mut inner = |text: &str| {
        #[derive(Debug, Deserialize)]
        struct Outer {
            #[expect(dead_code, reason = "only read")]
            record: Inner,
        }
        session.row(text, ()).unwrap().deserialize::<Outer>().unwrap_err().to_string()
    };
    assert_eq!(
        inner("RETURN {lines: ['a'], deep: {lines: ['b', 5]}} AS record"),
        "22G03: column `record`, at `deep.lines[1]`: expected a string, found INT64 5"
    );
    assert!(inner("RETURN {deep: NULL} AS record").starts_with("22G03: column `record`: there is no field `lines`"));
    let row = session.row("RETURN 1 AS a, 2 AS b", ()).unwrap();
    assert_eq!(row.deserialize::<(i64, i64)>().unwrap(), (1, 2));
    let error = row.deserialize::<(i64,)>().unwrap_err();
    assert_eq!(error.message(), "the row: expected 1 columns, found 2: a, b");
}

#[test]
fn vectors_are_a_matrix() {
    let mut session = session();
    for (id, vector) in [("ann", vec![1.0f32, 2.0]), ("bob", vec![3.0, 4.0])] {
        let params = params! {"id" => id, "vector" => vector};
        session.execute("MATCH (p {_id: $id}) SET p.e = $vector", params).unwrap();
    }
    let text = "MATCH (p:Person) RETURN p._id AS id, p.e AS e ORDER BY id";
    let (ids, matrix) = session.execute(text, ()).unwrap().matrix::<String>("e").unwrap();
    assert_eq!((ids, matrix), (vec!["ann".to_owned(), "bob".to_owned()], ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0]])));
    // The rows that are left.
    let mut rows = session.execute(text, ()).unwrap();
    rows.next().unwrap().unwrap();
    let (ids, matrix) = rows.matrix::<String>("e").unwrap();
    assert_eq!((ids.len(), matrix.dim(), matrix[[0, 1]]), (1, (1, 2), 4.0));
    let (ids, matrix) =
        session.execute("FOR i IN RANGE(1, 3000) RETURN i, [i, 0.5] AS v", ()).unwrap().matrix::<i64>("v").unwrap();
    assert_eq!((ids.len(), matrix.dim(), matrix[[2999, 0]]), (3000, (3000, 2), 3000.0));
    let none = session.execute("MATCH (p:Robot) RETURN p._id AS id, p.e AS e", ()).unwrap();
    assert_eq!(none.matrix::<String>("e").unwrap().1.dim(), (0, 0));

    let mut failed = |text: &str| failure(session.execute(text, ()).unwrap().matrix::<Value>("e"));
    assert_eq!(failed("RETURN 1 AS id, 2 AS f").2, "the result has no column `e`");
    assert_eq!(failed("RETURN 1 AS e").2, "a matrix takes a column of vectors and one of ids, not 1");
    assert_eq!(failed("INSERT (:X)").0, ErrorKind::Result);
    for (text, what) in [
        (
            "FOR x IN [[1, 2], [3]] RETURN SIZE(x) AS id, x AS e",
            "row 2 (`id` is 1): its vector has the length 1, those before it have 2",
        ),
        ("FOR x IN [[1, 2], NULL] RETURN 'k' AS id, x AS e", "row 2 (`id` is k): there is no vector"),
        ("RETURN 'k' AS id, 7 AS e", "row 1 (`id` is k): expected a VECTOR, found INT64"),
        ("RETURN 'k' AS id, ['a'] AS e", "row 1 (`id` is k): the value is STRING, not a number"),
    ] {
        assert_eq!(failed(text).2, format!("column `e` of {what}"), "{text}");
    }
}

#[test]
fn equality_is_that_of_rust() {
    assert_eq!(Value::Null, Value::Null);
    assert_ne!(Value::Int(1), Value::Float(1.0));
    assert_eq!(Value::Float(-0.0), Value::Float(0.0));
    assert_ne!(Value::Float(f64::NAN), Value::Float(f64::NAN));
    assert_ne!(Value::from(vec![1.0f32]), Value::from(vec![1.0f64]));
    assert_ne!(Value::record([("a", 1), ("b", 2)]), Value::record([("b", 2), ("a", 1)]));
    assert_eq!(Value::Duration("P1D".parse().unwrap()), Value::Duration("PT24H".parse().unwrap()));
}

#[test]
fn values_through_json_are_what_json_says() {
    let mut session = session();
    let text = "MATCH path = (a)-[e]->(b) RETURN [a, e, path, {d: DATE '2026-01-01', b: X'ff', n: NULL}] AS x";
    let value: Value = session.value(text, ()).unwrap();
    assert_eq!(serde_json::to_value(&value).unwrap(), value.to_json());
    assert_eq!(serde_json::to_string(&value).unwrap(), value.to_json().to_string());
    let infinite = Value::from(vec![Value::Float(f64::INFINITY), Value::from(vec![f32::NAN])]);
    assert_eq!(serde_json::to_string(&infinite).unwrap(), r#"["Infinity",["NaN"]]"#);
    let read: Value = serde_json::from_str(r#"{"a": [1, 2.5, null, "x", true]}"#).unwrap();
    let list = vec![Value::Int(1), Value::Float(2.5), Value::Null, Value::from("x"), Value::Bool(true)];
    assert_eq!(read, Value::record([("a", list)]));
    assert!(serde_json::from_str::<Value>("9223372036854775808").is_err());
    assert_eq!(serde_json::from_str::<Date>(r#""2026-01-01""#).unwrap(), Date::new(2026, 1, 1).unwrap());
    assert!(serde_json::from_str::<Date>(r#""tomorrow""#).unwrap_err().to_string().contains("a DATE"));
}
