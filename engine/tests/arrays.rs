//! Whole arrays for programs: adjacency, nodes, vectors, columns of algorithms.

use wenddb::{
    CancelToken, ColumnData, Database, ErrorKind, Orientation, RelationalImport, Result, RunOptions, Selection,
    Session, SourceTables, TableRow, TableSource, Value,
};

const GRAPH: &str = "INSERT (a:A {_id: 'a', v: VECTOR([1, 2])}), (b:A {_id: 'b'}), (c:C {_id: 'c', v: [3.0, 4.0]}), \
    (a)-[:R {w: 2}]->(b), (a)-[:R]->(c), (b)-[:S]->(b), (a)-[:R]->(b)";

fn session() -> Session {
    let mut session = Database::in_memory().unwrap().session();
    session.execute(GRAPH, ()).unwrap();
    session
}

fn options() -> RunOptions {
    RunOptions::default()
}

fn names(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn parallel_edges_and_self_loops_stand_once_each() {
    let mut session = session();
    let all = session.adjacency(&Selection::default(), Orientation::Natural, &options()).unwrap();
    assert_eq!((all.offsets, all.neighbors, all.weights), (vec![0, 3, 4, 4], vec![1, 1, 2, 1], None));
    let reverse = session.adjacency(&Selection::default(), Orientation::Reverse, &options()).unwrap();
    assert_eq!((reverse.offsets, reverse.neighbors), (vec![0, 0, 3, 4], vec![0, 0, 1, 0]));
    let weighted = Selection { edge_labels: names(&["R"]), weight: Some("w".to_owned()), ..Selection::default() };
    let rows = session.adjacency(&weighted, Orientation::Natural, &options()).unwrap();
    let mut weights = rows.weights.unwrap();
    weights.sort_by(f64::total_cmp);
    assert_eq!((rows.offsets, weights), (vec![0, 3, 3, 3], vec![1.0, 1.0, 2.0]));
    let some = Selection { node_labels: names(&["A"]), ..Selection::default() };
    assert_eq!(session.adjacency(&some, Orientation::Natural, &options()).unwrap().nodes.len(), 2);
    let unknown = Selection { edge_labels: names(&["RR"]), ..Selection::default() };
    assert_eq!(session.adjacency(&unknown, Orientation::Natural, &options()).unwrap_err().gqlstatus(), "42002");
}

#[test]
fn nodes_and_vectors_come_in_insertion_order() {
    let mut session = session();
    let nodes = session.graph_nodes(None, &options()).unwrap();
    assert_eq!((0..3).map(|row| nodes.ids.text(row).unwrap()).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!(nodes.numbers.is_sorted());
    let found = session.node_vectors(None, "v", &options()).unwrap();
    assert_eq!((found.width, found.numbers, found.ids.len()), (2, vec![1.0, 2.0, 3.0, 4.0], 2));
    assert_eq!(session.node_vectors(Some("C"), "v", &options()).unwrap().ids.text(0), Some("c"));
    session.execute("MATCH (n {_id: 'b'}) SET n.v = 'text'", ()).unwrap();
    let error = session.node_vectors(None, "v", &options()).unwrap_err();
    assert!(error.gqlstatus() == "22G03" && error.message().contains("the node 'b' is STRING"), "{error}");
    session.execute("MATCH (n {_id: 'b'}) SET n.v = VECTOR([1])", ()).unwrap();
    assert!(session.node_vectors(None, "v", &options()).unwrap_err().message().contains("a vector of 1 numbers"));
    assert_eq!(session.node_vectors(None, "nothing", &options()).unwrap_err().gqlstatus(), "42002");
}

#[test]
fn calls_give_what_statements_give() {
    let mut session = session();
    for (name, call, parameters) in [
        ("node2vec", "CALL algo.node2vec({dimensions: 8})", Value::record([("dimensions", 8)])),
        ("pagerank", "CALL algo.pagerank()", Value::Null),
        ("hits", "CALL algo.hits({})", Value::record::<&str, Value>([])),
        ("bfs", "CALL algo.bfs({source: 'a'})", Value::record([("source", "a")])),
        (
            "random_walk",
            "CALL algo.random_walk({walksPerNode: 2, walkLength: 3})",
            Value::record([("walksPerNode", 2), ("walkLength", 3)]),
        ),
    ] {
        let whole = session.call(name, &parameters, &options()).unwrap();
        let rows = session.execute(call, ()).unwrap();
        assert_eq!(whole.names(), rows.columns(), "{name}");
        for (at, row) in rows.enumerate() {
            let values: Vec<Value> = whole.columns().iter().map(|column| column.value(at)).collect();
            assert_eq!(values, row.unwrap().into_values(), "{name}");
        }
    }
    let result = session.call("fastrp", &Value::record([("dimensions", 4)]), &options()).unwrap();
    assert!(matches!(result.columns()[1].data(), ColumnData::Vectors { width: 4, numbers } if numbers.len() == 12));
    assert_eq!(session.call("fastrq", &Value::Null, &options()).unwrap_err().gqlstatus(), "42002");
    assert_eq!(session.call("fastrp.stats", &Value::Null, &options()).unwrap_err().gqlstatus(), "42000");
    assert!(session.call("fastrp", &Value::Int(1), &options()).is_err());
}

#[test]
fn models_are_saved_and_nothing_is_where_nothing_may_change() {
    let mut session = session();
    let parameters =
        Value::record([("dimensions", Value::Int(4)), ("epochs", Value::Int(1)), ("saveModel", Value::from("m"))]);
    let read_only = RunOptions { read_only: true, ..options() };
    assert_eq!(session.call("gnn_embed", &parameters, &read_only).unwrap_err().gqlstatus(), "25G03");
    session.call("gnn_embed", &parameters, &options()).unwrap();
    assert_eq!(session.names().unwrap().models, ["m"]);
}

#[test]
fn arrays_see_their_transaction_and_end_when_told() {
    let mut session = session();
    session.execute("START TRANSACTION", ()).unwrap();
    session.execute("INSERT (:A {_id: 'd'})", ()).unwrap();
    assert_eq!(session.graph_nodes(names(&["A"]), &options()).unwrap().numbers.len(), 3);
    assert_eq!(session.adjacency(&Selection::default(), Orientation::Undirected, &options()).unwrap().nodes.len(), 4);
    session.execute("ROLLBACK", ()).unwrap();
    assert_eq!(session.graph_nodes(None, &options()).unwrap().numbers.len(), 3);
    let cancel = CancelToken::new();
    cancel.cancel();
    let cancelled = RunOptions { cancel, ..options() };
    assert_eq!(session.graph_nodes(None, &cancelled).unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(session.call("degree", &Value::Null, &cancelled).unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn arrays_keep_to_the_memory_of_a_statement() {
    let mut session = Database::in_memory().unwrap().session();
    let small = RunOptions { memory_limit: Some(10_000), ..options() };
    for _ in 0..20 {
        session.execute("FOR i IN RANGE(1, 50) INSERT (:N {v: VECTOR([1, 2, 3, 4])})", ()).unwrap();
    }
    assert_eq!(session.node_vectors(None, "v", &small).unwrap_err().kind(), ErrorKind::Memory);
    assert_eq!(session.graph_nodes(None, &small).unwrap_err().kind(), ErrorKind::Memory);
    let rows = session.adjacency(&Selection::default(), Orientation::Natural, &options());
    assert_eq!(rows.unwrap().nodes.len(), 1000);
}

#[test]
fn bulk_loads_keep_to_the_limits_of_their_run() {
    let database = Database::in_memory().unwrap();
    let mut session = database.session();
    session.execute("INSERT (:A {_id: 'a'})", ()).unwrap();
    let reads = RunOptions { read_only: true, ..RunOptions::default() };
    let columns = [("v".to_owned(), 2)];
    let mut tables = NoTables;
    let import = RelationalImport::default();
    for refused in [
        session.load_with(&reads).map(drop).unwrap_err(),
        session.load_vectors_with(&columns, &reads).map(drop).unwrap_err(),
        session.import_relational(&mut tables, &import, &reads).map(drop).unwrap_err(),
    ] {
        assert_eq!((refused.gqlstatus(), refused.kind()), ("25G03", ErrorKind::TransactionState), "{refused}");
    }
    // The next run is not bound by it.
    let mut load = session.load().unwrap();
    load.node("b", &["A"], &[]).unwrap();
    load.finish().unwrap();
    let mut vectors = session.load_vectors(&columns).unwrap();
    vectors.put("a", &[Some(&[1.0, 2.0])]).unwrap();
    assert_eq!(vectors.finish().unwrap(), 1);
    // A run that is cancelled ends, and leaves nothing.
    let cancelled = RunOptions::default();
    let mut load = session.load_with(&cancelled).unwrap();
    load.node("c", &["A"], &[]).unwrap();
    cancelled.cancel.cancel();
    assert_eq!(load.finish().unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(session.load_with(&cancelled).map(drop).unwrap_err().kind(), ErrorKind::Cancelled);
    let count = session.execute("MATCH (n) RETURN COUNT(*) AS c", ()).unwrap().next().unwrap().unwrap();
    assert_eq!(count.get::<i64>("c").unwrap(), 2);
}

/// A source that must not be asked.
struct NoTables;

impl TableSource for NoTables {
    fn name(&self) -> String {
        "nothing".to_owned()
    }

    fn tables(&mut self) -> Result<SourceTables> {
        panic!("a run that may only read looks at no tables")
    }

    fn read(&mut self, _: usize, _: &[usize], _: &mut dyn FnMut(&dyn TableRow) -> Result<()>) -> Result<()> {
        panic!("a run that may only read looks at no rows")
    }
}
