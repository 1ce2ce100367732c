//! Arrow over HTTP: results as record batches, and record batches as nodes, edges and vectors.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::common::{
    Running,
    http::{Answer, Http, ask, post, query},
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, FixedSizeListArray, Float32Array, Float64Array, Int64Array, LargeStringArray,
    RecordBatch, StringArray, cast::AsArray, types::Float32Type,
};
use arrow_ipc::{reader::StreamReader, writer::StreamWriter};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use serde_json::json;
use wenddb::{Database, host::Host, params};

const ARROW: &str = "application/vnd.apache.arrow.stream";

fn batches(answer: &Answer) -> (Arc<Schema>, Vec<RecordBatch>) {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (202, ARROW),
        "{:?}",
        String::from_utf8_lossy(&answer.body)
    );
    assert!(answer.whole);
    let reader = StreamReader::try_new(answer.body.as_slice(), None).unwrap();
    let schema = reader.schema();
    (schema, reader.map(Result::unwrap).collect())
}

fn result(server: &Running, statement: &str) -> (Arc<Schema>, Vec<RecordBatch>) {
    batches(&post(server.address, "/db/default/query/v2", &json!({"statement": statement}), ARROW))
}

fn vectors(rows: &[Option<[f32; 2]>]) -> ArrayRef {
    let rows = rows.iter().map(|row| row.map(|row| row.map(Some)));
    Arc::new(FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(rows, 2))
}

fn texts(rows: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(rows))
}

/// A stream of batches of the same columns.
fn stream(batches: &[Vec<(&str, ArrayRef)>]) -> Vec<u8> {
    let batches: Vec<_> = batches.iter().map(|columns| RecordBatch::try_from_iter(columns.clone()).unwrap()).collect();
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

fn import(server: &Running, what: &str, body: &[u8]) -> Answer {
    ask(server.address, &format!("POST /db/default/import/{what}"), &[("Content-Type", ARROW)], body)
}

fn rows(server: &Running, statement: &str) -> serde_json::Value {
    query(server.address, statement).json()["data"]["values"].clone()
}

#[test]
fn columns_have_types() {
    let server = Running::start(|_| {});
    query(server.address, "INSERT (:A {_id: 'a', x: 1})");
    let (schema, batches) = result(
        &server,
        "MATCH (a:A) FOR v IN [VECTOR([1, 2]), NULL] RETURN 1 AS i, 0.5 AS f, TRUE AS b, 'x' AS s, v, a, [1, 2] AS l, \
         DATE '2024-02-29' AS d, LOCAL_DATETIME('2024-02-29T12:00:00') AS t, NULL AS n, [1, 'x'] AS m",
    );
    let kinds: Vec<_> = schema.fields().iter().map(|field| field.data_type().clone()).collect();
    let item = |kind| Arc::new(Field::new("item", kind, true));
    assert_eq!(
        kinds,
        [
            DataType::Int64,
            DataType::Float64,
            DataType::Boolean,
            DataType::Utf8,
            DataType::FixedSizeList(item(DataType::Float32), 2),
            DataType::Utf8,
            DataType::LargeList(item(DataType::Int64)),
            DataType::Date32,
            DataType::Timestamp(TimeUnit::Nanosecond, None),
            DataType::Null,
            DataType::Utf8,
        ]
    );
    let batch = &batches[0];
    assert_eq!(batch.num_rows(), 2);
    let vector = batch.column(4).as_fixed_size_list();
    assert_eq!(vector.value(0).as_primitive::<Float32Type>().values(), &[1.0, 2.0]);
    assert!(vector.is_null(1));
    assert_eq!(schema.field(5).metadata().get("wend:type").map(|text| &**text), Some("json"));
    let node: serde_json::Value = serde_json::from_str(batch.column(5).as_string::<i32>().value(0)).unwrap();
    assert_eq!(node, json!({"_id": "a", "labels": ["A"], "properties": {"x": 1}}));
    assert_eq!(batch.column(10).as_string::<i32>().value(0), "[1,\"x\"]");
}

#[test]
fn results_without_rows_or_columns() {
    let server = Running::start(|_| {});
    let (schema, batches) = result(&server, "MATCH (n:Nothing) RETURN n.x AS x");
    assert_eq!((schema.fields().len(), batches.len()), (1, 0));
    let (schema, batches) = result(&server, "INSERT (:A)");
    assert_eq!((schema.fields().len(), batches.len()), (0, 0));
}

#[test]
fn long_results_are_several_batches() {
    let server = Running::start(|_| {});
    let (_, batches) =
        result(&server, "FOR x IN RANGE(1, 200000) RETURN x, CASE WHEN x > 3000 THEN 'text' END AS late");
    assert!(batches.len() > 1);
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 200_000);
    assert_eq!(batches[0].column(1).data_type(), &DataType::Utf8);
}

#[test]
fn a_value_of_another_type_ends_the_stream() {
    let server = Running::start(|_| {});
    let ask = |from: u32| {
        let statement = format!("FOR x IN RANGE(1, 140000) RETURN CASE WHEN x > {from} THEN 'text' ELSE x END AS y");
        post(server.address, "/db/default/query/v2", &json!({"statement": statement}), ARROW)
    };
    // In the first batch it makes the column JSON, later it has no place.
    assert_eq!(batches(&ask(1000)).0.field(0).metadata().len(), 1);
    let late = ask(130_000);
    assert!(late.status == 202 && !late.whole);
}

#[test]
fn vectors_become_properties() {
    let server = Running::start(|_| {});
    query(
        server.address,
        "INSERT (:P {_id: 'a'}), (:P {_id: 'b', v: VECTOR([9, 9])}), (:P {_id: 'c', v: VECTOR([7, 7])})",
    );
    let body = stream(&[
        vec![("_id", texts(&["b"])), ("v", vectors(&[Some([3.0, 4.0])])), ("w", vectors(&[None]))],
        vec![("_id", texts(&["a"])), ("v", vectors(&[Some([1.0, 2.0])])), ("w", vectors(&[Some([5.0, 6.0])]))],
    ]);
    let answer = import(&server, "vectors", &body);
    assert_eq!((answer.status, answer.json()["vectors"].clone()), (200, json!(3)), "{}", answer.text());
    let found = rows(&server, "MATCH (p:P) RETURN p._id, p.v, p.w ORDER BY p._id");
    assert_eq!(found, json!([["a", [1.0, 2.0], [5.0, 6.0]], ["b", [3.0, 4.0], null], ["c", [7.0, 7.0], null]]));
    // What was read as Arrow can be written back.
    let statement = json!({"statement": "MATCH (p:P) RETURN p._id AS _id, p.v AS v2"});
    let read = post(server.address, "/db/default/query/v2", &statement, ARROW);
    assert_eq!(import(&server, "vectors", &read.body).json()["vectors"], 3);
    assert_eq!(rows(&server, "MATCH (p:P) WHERE p.v = p.v2 RETURN COUNT(*)"), json!([[3]]));
}

#[test]
fn all_or_none_of_the_vectors() {
    let server = Running::start(|config| config.limits.message = 1 << 20);
    query(server.address, "INSERT (:P {_id: 'a'})");
    let good = vec![("_id", texts(&["a"])), ("v", vectors(&[Some([1.0, 2.0])]))];
    let whole = stream(std::slice::from_ref(&good));
    let missing = vec![("_id", texts(&["nobody"])), ("v", vectors(&[Some([1.0, 2.0])]))];
    let long: ArrayRef = Arc::new(StringArray::from_iter_values(["x".repeat(8 << 20)]));
    let wide: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
    let null: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>]));
    for (body, status, said) in [
        (stream(&[good.clone(), missing]), 400, "there is no node 'nobody'"),
        (whole[..whole.len() - 40].to_vec(), 400, "ends within a message"),
        (b"no arrow at all, but long enough to be read".to_vec(), 400, "not an Arrow stream"),
        (stream(&[vec![("v", vectors(&[Some([1.0, 2.0])]))]]), 400, "no column `_id`"),
        (stream(&[vec![("_id", texts(&["a"]))]]), 400, "no column of vectors"),
        (stream(&[vec![("_id", texts(&["a"])), ("v", wide)]]), 400, "FixedSizeList<Float32>"),
        (stream(&[vec![("_id", null), ("v", vectors(&[Some([1.0, 2.0])]))]]), 400, "a row without a value"),
        (stream(&[vec![("_id", long), ("v", vectors(&[Some([1.0, 2.0])]))]]), 413, "max-message"),
    ] {
        let answer = import(&server, "vectors", &body);
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.text().contains(said), "{said}: {}", answer.text());
    }
    assert_eq!(import(&server, "vectors", b"").status, 400);
    let kind = ask(server.address, "POST /db/default/import/vectors", &[("Content-Type", "application/json")], b"{}");
    assert_eq!(kind.status, 415);
    // A client that goes in the middle.
    let mut http = Http::connect(server.address);
    let length = whole.len().to_string();
    http.send(
        "POST /db/default/import/vectors",
        &[("Content-Type", ARROW), ("Content-Length", &length)],
        &whole[..whole.len() - 9],
    );
    drop(http);
    assert_eq!(rows(&server, "MATCH (p:P) RETURN p.v"), json!([[null]]));
    assert_eq!(import(&server, "vectors", &whole).json()["vectors"], 1);
}

#[test]
fn damaged_streams_are_refused() {
    let server = Running::start(|_| {});
    query(server.address, "INSERT (:P {_id: 'a'})");
    let whole = stream(&[vec![("_id", texts(&["a"])), ("v", vectors(&[Some([1.0, 2.0])])), ("w", vectors(&[None]))]]);
    // Every byte changed in turn: the server refuses it or takes another number, and lives.
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        let answer = import(&server, "vectors", &damaged);
        assert!(matches!(answer.status, 200 | 400 | 404 | 413), "{at}: {} {}", answer.status, answer.text());
    }
    assert_eq!(import(&server, "vectors", &whole).status, 200);
}

/// Input at which arrow-rs panics is reported to the client as bad input.
#[test]
fn bits_changed_in_a_stream_are_refused() {
    let server = Running::start(|_| {});
    query(server.address, "INSERT (:P {_id: 'a'})");
    let whole = stream(&[vec![("_id", texts(&["a", "b"])), ("v", vectors(&[Some([1.0, 2.0]), None]))]]);
    for at in 0..whole.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[at] ^= change;
            let answer = import(&server, "vectors", &damaged);
            assert!(matches!(answer.status, 200 | 400 | 404 | 413), "{at}: {} {}", answer.status, answer.text());
        }
    }
}

#[test]
fn nodes_and_edges() {
    let server = Running::start(|_| {});
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None]));
    let ages: ArrayRef = Arc::new(Int64Array::from(vec![Some(44), None]));
    let scores: ArrayRef = Arc::new(Float32Array::from(vec![0.5, 2.0]));
    let names: ArrayRef = Arc::new(LargeStringArray::from_iter_values(["Ann", "Bob"]));
    let labels: ArrayRef = Arc::new(StringArray::from(vec![Some("Person&Admin"), None]));
    let nodes = stream(&[vec![
        ("_id", texts(&["ann", "bob"])),
        ("_labels", labels),
        ("name", names),
        ("age", ages),
        ("score", scores),
        ("on", flags),
        ("v", vectors(&[Some([1.0, 2.0]), None])),
    ]]);
    let answer = import(&server, "nodes?label=Person", &nodes);
    assert_eq!((answer.status, answer.json()["nodes"].clone()), (200, json!(2)), "{}", answer.text());
    let found = rows(&server, "MATCH (p:Person) RETURN p ORDER BY p._id");
    assert_eq!(found[0][0]["labels"], json!(["Admin", "Person"]));
    assert_eq!(
        found[0][0]["properties"],
        json!({"_id": "ann", "age": 44, "name": "Ann", "on": true, "score": 0.5, "v": [1.0, 2.0]})
    );
    assert_eq!(found[1][0]["properties"], json!({"_id": "bob", "name": "Bob", "score": 2.0}));
    let again = import(&server, "nodes", &nodes);
    assert_eq!(again.code(), "Neo.ClientError.Schema.ConstraintValidationFailed");
    let since: ArrayRef = Arc::new(Int64Array::from(vec![2020]));
    let edges = stream(&[vec![("_from", texts(&["ann"])), ("_to", texts(&["bob"])), ("since", since)]]);
    assert_eq!(import(&server, "edges", &edges).status, 400);
    assert_eq!(import(&server, "edges?label=KNOWS", &edges).json()["edges"], 1);
    assert_eq!(rows(&server, "MATCH (a)-[k:KNOWS]->(b) RETURN a._id, k.since, b._id"), json!([["ann", 2020, "bob"]]));
    let lost = stream(&[vec![("_from", texts(&["ann"])), ("_to", texts(&["nobody"]))]]);
    let answer = import(&server, "edges?label=KNOWS", &lost);
    assert!(answer.status == 400 && answer.text().contains("there is no node 'nobody'"), "{}", answer.text());
}

#[test]
fn readers_import_nothing() {
    let database = Database::in_memory().unwrap();
    let mut session = database.session();
    session.execute("INSERT (:P {_id: 'a'})", ()).unwrap();
    session.execute("CREATE USER ann PASSWORD $p ROLE reader", params! {"p" => "ann's password"}).unwrap();
    let server = Running::on(database, |config| config.auth = true);
    let body = stream(&[vec![("_id", texts(&["a"])), ("v", vectors(&[Some([1.0, 2.0])]))]]);
    let ann = "Basic YW5uOmFubidzIHBhc3N3b3Jk";
    for what in ["vectors", "nodes"] {
        let path = format!("POST /db/default/import/{what}");
        assert_eq!(ask(server.address, &path, &[("Content-Type", ARROW)], &body).status, 401);
        let refused = ask(server.address, &path, &[("Content-Type", ARROW), ("Authorization", ann)], &body);
        assert_eq!((refused.status, refused.code().as_str()), (403, "Neo.ClientError.Security.Forbidden"));
    }
}

/// Sends an import but for its end; what is sent is enough to begin with it.
fn half_an_import(server: &Running, path: &str) -> Http {
    let rows: Vec<String> = (0..100_000).map(|row| format!("the half of an import {row}")).collect();
    let ids: ArrayRef = Arc::new(StringArray::from_iter_values(&rows));
    let whole = stream(&[vec![("_id", ids)]]);
    let mut http = Http::connect(server.address);
    http.send(
        &format!("POST /db/default/import/{path}"),
        &[("Content-Type", ARROW), ("Content-Length", &whole.len().to_string())],
        &whole[..whole.len() - 100],
    );
    http
}

fn nothing_runs(database: &Database) {
    let started = Instant::now();
    while !database.queries().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", database.queries());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn imports_are_bound_by_the_time_of_statements() {
    let server = Running::start(|config| config.limits.query_time = Duration::from_millis(300));
    let mut http = half_an_import(&server, "nodes?label=P");
    let answer = http.answer(false);
    assert_eq!((answer.status, answer.code().as_str()), (408, "Neo.ClientError.Transaction.TransactionTimedOut"));
    nothing_runs(&server.database);
    assert_eq!(rows(&server, "MATCH (p) RETURN COUNT(*)"), json!([[0]]));
    // An administrator, who everyone is here, may ask for more; and what is no number is refused.
    let body = stream(&[vec![("_id", texts(&["a"]))]]);
    assert_eq!(import(&server, "nodes?label=P&maxExecutionTime=60", &body).json()["nodes"], 1);
    assert_eq!(import(&server, "nodes?maxExecutionTime=soon", &body).status, 400);
}

#[test]
fn a_client_that_goes_ends_its_import() {
    let server = Running::start(|_| {});
    let http = half_an_import(&server, "nodes?label=P");
    let started = Instant::now();
    while server.database.queries().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(10), "the import does not begin");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(http);
    nothing_runs(&server.database);
    // The graph can be changed again.
    assert_eq!(query(server.address, "INSERT (:P {_id: 'a'})").status, 202);
    assert_eq!(rows(&server, "MATCH (p:P) RETURN p._id"), json!([["a"]]));
}

#[test]
fn a_server_that_stops_ends_imports() {
    let mut server = Running::start(|config| config.grace = Duration::from_millis(100));
    let mut http = half_an_import(&server, "nodes?label=P");
    while server.database.queries().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    server.stop();
    assert_eq!(http.answer(false).status, 503);
    assert!(server.database.queries().is_empty());
}
