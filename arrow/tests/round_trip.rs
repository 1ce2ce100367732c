//! Results leave as batches, also through the C stream interface, and come back as the same nodes, edges and vectors.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, Float64Array, Int64Array, RecordBatch, RecordBatchReader, StringArray,
    cast::AsArray,
};
use arrow_schema::{DataType, Field, Schema};
use wend_arrow::{
    BatchBuilder, BatchLoad, BatchTables, Error, Loaded, RowsReader, Target, export_stream, import_stream,
};
use wenddb::{Database, RelationalImport, SourceForeignKey};

fn reader(database: &Database, text: &str) -> RowsReader {
    RowsReader::new(database.session().execute(text, ()).unwrap()).unwrap()
}

fn load(database: &Database, batches: impl RecordBatchReader, target: Target) -> Result<Loaded, Error> {
    let mut session = database.session();
    let mut load = BatchLoad::begin(&mut session, &batches.schema(), target)?;
    for batch in batches {
        load.add(&batch.unwrap())?;
    }
    load.finish()
}

fn values(database: &Database, text: &str) -> Vec<String> {
    let rows = database.session().execute(text, ()).unwrap();
    rows.map(|row| format!("{:?}", row.unwrap().values())).collect()
}

#[test]
fn a_graph_goes_out_and_comes_back() {
    let (from, to) = (Database::in_memory().unwrap(), Database::in_memory().unwrap());
    let mut session = from.session();
    session
        .execute(
            "FOR i IN RANGE(1, 70000) INSERT (:P {_id: CAST(i AS STRING), i: i, f: i / 3.0, b: i % 2 = 0, t: 'text ' || \
             CAST(i AS STRING), d: DATE '2026-01-01' + DURATION 'P1D', at: ZONED DATETIME '2026-01-01T00:00:00Z', \
             l: [i, i + 1]})",
            (),
        )
        .unwrap();
    session
        .execute(
            "MATCH (a:P) WHERE a.i <= 1000 MATCH (b {_id: CAST(a.i + 1 AS STRING)}) INSERT (a)-[:R {w: a.i}]->(b)",
            (),
        )
        .unwrap();
    session.execute("CALL algo.fastrp.write({dimensions: 16}, {db: {property: 'e'}})", ()).unwrap();
    let properties = "n.i AS i, n.f AS f, n.b AS b, n.t AS t, n.d AS d, n.at AS at, n.l AS l";

    // Two batches, the second through the C stream interface like the first.
    let nodes = reader(&from, &format!("MATCH (n:P) RETURN n._id AS _id, 'P&Q' AS _labels, {properties}"));
    let nodes = import_stream(export_stream(Box::new(nodes))).unwrap();
    assert_eq!(load(&to, nodes, Target::Nodes(Vec::new())).unwrap(), Loaded::Elements { nodes: 70_000, edges: 0 });
    let edges = reader(&from, "MATCH (a)-[e:R]->(b) RETURN a._id AS _from, b._id AS _to, e.w AS w");
    assert_eq!(load(&to, edges, Target::Edges(Some("R".into()))).unwrap(), Loaded::Elements { nodes: 0, edges: 1000 });
    let vectors = reader(&from, "MATCH (n:P) RETURN n._id AS _id, n.e AS e");
    assert_eq!(
        vectors.schema().field(1).data_type(),
        &DataType::FixedSizeList(Arc::new(Field::new("item", DataType::Float32, true)), 16)
    );
    assert_eq!(load(&to, vectors, Target::Vectors).unwrap(), Loaded::Vectors(70_000));

    for text in [
        format!("MATCH (n:P) RETURN n._id AS id, {properties}, n.e AS e ORDER BY i"),
        "MATCH (a)-[e:R]->(b) RETURN a._id AS a, b._id AS b, e.w AS w ORDER BY w".to_owned(),
    ] {
        assert!(values(&from, &text) == values(&to, &text), "{text}");
    }
    assert_eq!(values(&to, "MATCH (n:Q) RETURN COUNT(*) AS c"), ["[Int(70000)]"]);
}

#[test]
fn vectors_are_one_block() {
    let database = Database::in_memory().unwrap();
    let mut session = database.session();
    session.execute("FOR i IN RANGE(1, 100) INSERT (:P {i: i})", ()).unwrap();
    session.execute("CALL algo.fastrp.write({dimensions: 8}, {db: {property: 'e'}})", ()).unwrap();
    let batch = reader(&database, "MATCH (n:P) RETURN n.e AS e").next().unwrap().unwrap();
    let list: &FixedSizeListArray = batch.column(0).as_fixed_size_list();
    let numbers = list.values().as_primitive::<arrow_array::types::Float32Type>();
    assert_eq!((list.len(), numbers.values().len()), (100, 800));
}

#[test]
fn results_without_rows_have_a_schema() {
    let database = Database::in_memory().unwrap();
    let empty = reader(&database, "MATCH (n:P) RETURN n.i AS i, n AS n");
    assert_eq!(empty.schema().fields().len(), 2);
    assert_eq!(empty.count(), 0);
}

#[test]
fn what_does_not_fit_is_said() {
    let mut builder = BatchBuilder::new(vec!["x".to_owned()]);
    let column = |text: &str| {
        let mut rows = Database::in_memory().unwrap().session().execute(text, ()).unwrap();
        rows.next_batch().unwrap().unwrap()
    };
    builder.add(column("RETURN 1 AS x")).unwrap();
    builder.take().unwrap().unwrap();
    builder.add(column("RETURN 'y' AS x")).unwrap();
    let error = builder.take().unwrap_err().to_string();
    assert!(error.contains("column `x`") && error.contains("CAST"), "{error}");

    let database = Database::in_memory().unwrap();
    let batch = |columns: Vec<(&str, ArrayRef)>| RecordBatch::try_from_iter(columns).unwrap();
    let ids = || Arc::new(StringArray::from(vec![Some("a"), None])) as ArrayRef;
    let numbers = || Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef;
    for (batch, target, message) in [
        (batch(vec![("_id", ids())]), Target::Nodes(Vec::new()), "column `_id` has a row without a value"),
        (batch(vec![("_id", numbers())]), Target::Nodes(Vec::new()), "column `_id` is Int64; it has to be a string"),
        (batch(vec![("k", numbers())]), Target::Nodes(Vec::new()), "no column `_id`"),
        (
            batch(vec![("_id", ids()), ("v", numbers())]),
            Target::Vectors,
            "column `v` is Int64; it has to be FixedSizeList",
        ),
        (batch(vec![("_from", ids()), ("_to", ids())]), Target::Edges(None), "the edges have no label"),
    ] {
        let mut session = database.session();
        let begun = BatchLoad::begin(&mut session, &batch.schema(), target);
        let error = begun.and_then(|mut load| load.add(&batch).and_then(|()| load.finish())).unwrap_err();
        assert!(matches!(&error, Error::Data(text) if text.contains(message)), "{error}");
    }
    assert_eq!(values(&database, "MATCH (n) RETURN COUNT(*) AS c"), ["[Int(0)]"]);
    let twice = Schema::new(vec![
        Field::new("_id", DataType::Utf8, true),
        Field::new("k", DataType::Int64, true),
        Field::new("k", DataType::Int64, true),
    ]);
    let error = BatchLoad::begin(&mut database.session(), &twice, Target::Nodes(Vec::new())).unwrap_err();
    assert!(error.to_string().contains("`k` twice"), "{error}");
}

/// Users and posts; a post without a user has NaN, which stands for NULL in tables of numbers.
fn shop() -> BatchTables {
    let ints = |numbers: &[i64]| Arc::new(Int64Array::from(numbers.to_vec())) as ArrayRef;
    let floats = |numbers: &[f64]| Arc::new(Float64Array::from(numbers.to_vec())) as ArrayRef;
    let mut tables = BatchTables::new();
    let mut add = |name: &str, columns: Vec<(&str, ArrayRef)>| {
        tables.add(name, vec![RecordBatch::try_from_iter(columns).unwrap()]).unwrap();
    };
    add("users", vec![("nr", ints(&[1, 2])), ("boss", floats(&[f64::NAN, 1.0]))]);
    add("posts", vec![("id", ints(&[7, 8, 9])), ("author", floats(&[1.0, f64::NAN, 2.0]))]);
    tables
}

#[test]
fn keys_of_tables_in_memory() {
    let key = |columns: &[&str], table: &str, referenced: &[&str]| SourceForeignKey {
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        table: table.to_owned(),
        referenced: referenced.iter().map(|name| (*name).to_owned()).collect(),
    };
    let mut tables = shop();
    // Who says which columns are referred to needs no key; then they are no key either.
    tables.foreign_key("posts", key(&["author"], "users", &["nr"])).unwrap();
    let refused = tables.foreign_key("users", key(&["boss"], "users", &["number"])).unwrap_err();
    assert!(refused.to_string().contains("the table `users` has no column `number`"), "{refused}");
    let keyless = tables.foreign_key("posts", key(&["author"], "users", &[])).unwrap_err();
    assert!(keyless.to_string().contains("refers to `users`, which has no key"), "{keyless}");
    tables.key("users", vec!["nr".to_owned()]).unwrap();
    tables.foreign_key("users", key(&["boss"], "users", &[])).unwrap();
    let database = Database::in_memory().unwrap();
    let report = database.import_relational(&mut tables, &RelationalImport::default()).unwrap();
    // Whoever declares foreign keys declares all, so that the key of `posts` is not looked for.
    assert_eq!((report.nodes, report.edges, report.plan.tables[1].key.len()), (5, 3, 0));
    let counts: Vec<_> = report.plan.edges.iter().filter_map(|edge| edge.counts.clone()).collect();
    assert!(counts.iter().all(|counts| (counts.without_key, counts.dangling) == (1, 0)), "{counts:?}");
    // Columns of the same names become the key of a table without one.
    let mut tables = BatchTables::new();
    let column = |numbers: &[i64]| Arc::new(Int64Array::from(numbers.to_vec())) as ArrayRef;
    tables.add("a", vec![RecordBatch::try_from_iter([("x", column(&[1, 2]))]).unwrap()]).unwrap();
    tables.add("b", vec![RecordBatch::try_from_iter([("x", column(&[2, 2, 3]))]).unwrap()]).unwrap();
    tables.foreign_key("b", key(&["x"], "a", &[])).unwrap();
    let report = Database::in_memory().unwrap().import_relational(&mut tables, &RelationalImport::default()).unwrap();
    assert_eq!((report.edges, report.plan.tables[0].key.clone()), (2, vec!["x".to_owned()]));
}
