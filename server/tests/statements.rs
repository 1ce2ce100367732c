//! Statements over a socket: results in parts, transactions, failures, cancelling.

use std::time::{Duration, Instant};

use crate::common::{Client, Reply, Running, field, none, record, text};
use wend_bolt::version::Version;
use wenddb::Value;

const V44: Version = Version::new(4, 4);
const V56: Version = Version::new(5, 6);
const V58: Version = Version::new(5, 8);
const V60: Version = Version::new(6, 0);

fn int(value: &Value) -> i64 {
    match value {
        Value::Int(value) => *value,
        Value::List(items) if items.len() == 1 => int(&items[0]),
        other => panic!("no integer: {other}"),
    }
}

#[test]
fn rows_come_in_parts() {
    let server = Running::start(|_| {});
    let mut client = Client::ready(server.address, V60);
    client.run("FOR x IN [1, 2, 3, 4, 5] RETURN x", &[], &[]);
    client.pull(2);
    let begun = client.success();
    assert_eq!(field(&begun, "fields").to_string(), "['x']");
    for expected in [1, 2] {
        let Reply::Record(row) = client.reply() else { panic!() };
        assert_eq!(int(&row), expected);
    }
    assert_eq!(client.success().to_string(), "{has_more: true}");
    client.pull(3);
    for expected in [3, 4, 5] {
        let Reply::Record(row) = client.reply() else { panic!() };
        assert_eq!(int(&row), expected);
    }
    // Exactly as many as there are: no more is known without asking.
    let summary = client.success();
    assert_eq!((text(&summary, "type"), text(&summary, "db")), ("r".into(), "default".into()));
    assert!(text(&summary, "bookmark").starts_with("wend:"));
    client.run("FOR x IN [1, 2, 3] RETURN x", &[], &[]);
    client.queue(0x2f, &[record(&[("n", Value::Int(1))])]);
    client.pull(1);
    client.success();
    assert_eq!(client.success().to_string(), "{has_more: true}");
    let Reply::Record(row) = client.reply() else { panic!() };
    assert_eq!(int(&row), 2);
    client.success();
    client.send(0x2f, &[record(&[("n", Value::Int(-1))])]);
    assert_eq!(text(&client.success(), "type"), "r");
}

#[test]
fn several_results_in_one_transaction() {
    let server = Running::start(|_| {});
    let mut client = Client::ready(server.address, V58);
    client.queue(0x11, &[none()]);
    client.run("FOR x IN [1, 2, 3] RETURN x", &[], &[]);
    client.run("FOR x IN [10, 20, 30] RETURN x", &[], &[]);
    client.flush();
    assert_eq!(text(&client.success(), "db"), "default");
    let (first, second) = (int(&field(&client.success(), "qid")), int(&field(&client.success(), "qid")));
    assert_ne!(first, second);
    for (qid, expected) in [(first, 1), (second, 10), (first, 2), (-1, 20)] {
        client.send(0x3f, &[record(&[("n", Value::Int(1)), ("qid", Value::Int(qid))])]);
        let Reply::Record(row) = client.reply() else { panic!() };
        assert_eq!(int(&row), expected);
        client.success();
    }
    client.run("INSERT (:T)", &[], &[]);
    client.pull(-1);
    client.success();
    let summary = client.success();
    assert_eq!(text(&summary, "type"), "w");
    assert_eq!(int(&field(&field(&summary, "stats"), "nodes-created")), 1);
    assert!(field(&summary, "bookmark").is_null());
    client.send(0x12, &[]);
    assert!(text(&client.success(), "bookmark").starts_with("wend:"));
    assert_eq!(int(&client.all("MATCH (t:T) RETURN COUNT(*)", &[]).unwrap().0[0]), 1);
    // Rolled back, by word and by the connection's end.
    for last in [0x13, 0x02] {
        client.queue(0x11, &[none()]);
        client.run("INSERT (:T)", &[], &[]);
        client.pull(-1);
        client.flush();
        (0..3).for_each(|_| drop(client.success()));
        client.send(last, &[]);
        if last == 0x13 {
            client.success();
        } else {
            assert!(client.next().is_none());
        }
    }
    let mut other = Client::ready(server.address, V44);
    assert_eq!(int(&other.all("MATCH (t:T) RETURN COUNT(*)", &[]).unwrap().0[0]), 1);
}

#[test]
fn failures_have_codes_and_are_recovered_from() {
    let server = Running::start(|_| {});
    let mut old = Client::ready(server.address, V56);
    let mut new = Client::ready(server.address, V58);
    for (query, code, status) in [
        ("RETURN", "Neo.ClientError.Statement.SyntaxError", "42001"),
        ("RETURN nobody", "Neo.ClientError.Statement.SemanticError", "42002"),
        ("RETURN 1/0", "Neo.ClientError.Statement.ArithmeticError", "22012"),
        ("USE nowhere MATCH (n) RETURN n", "Neo.ClientError.Database.DatabaseNotFound", "42002"),
        ("START TRANSACTION", "Neo.ClientError.Transaction.TransactionStartFailed", "25000"),
    ] {
        let failure = new.all(query, &[]).unwrap_err();
        assert_eq!((text(&failure, "neo4j_code"), text(&failure, "gql_status")), (code.into(), status.into()));
        assert!(!text(&failure, "message").is_empty() && !text(&failure, "description").is_empty());
        let diagnostics = field(&failure, "diagnostic_record");
        assert_eq!(text(&diagnostics, "_classification"), "CLIENT_ERROR");
        let failure = old.all(query, &[]).unwrap_err();
        assert_eq!(text(&failure, "code"), code);
        assert!(field(&failure, "gql_status").is_null());
    }
    let failure = new.all("RETURN 1,\n  nobody", &[]).unwrap_err();
    let position = field(&field(&failure, "diagnostic_record"), "_position");
    assert_eq!((int(&field(&position, "line")), int(&field(&position, "column"))), (2, 3));
    // A failure ends the transaction; what was pipelined behind it is ignored.
    new.queue(0x11, &[none()]);
    new.run("INSERT (:Lost)", &[], &[]);
    new.pull(-1);
    new.run("RETURN 1/0", &[], &[]);
    new.pull(-1);
    new.queue(0x12, &[]);
    new.flush();
    (0..3).for_each(|_| drop(new.success()));
    new.failure();
    assert!(matches!((new.reply(), new.reply()), (Reply::Ignored, Reply::Ignored)));
    new.send(0x0f, &[]);
    new.success();
    assert_eq!(int(&new.all("MATCH (n:Lost) RETURN COUNT(*)", &[]).unwrap().0[0]), 0);
}

#[test]
fn a_conflict_is_transient() {
    let server = Running::start(|_| {});
    let mut one = Client::ready(server.address, V58);
    let mut two = Client::ready(server.address, V58);
    one.all("INSERT (:C {_id: 'c', n: 0})", &[]).unwrap();
    one.send(0x11, &[none()]);
    one.success();
    one.run("MATCH (c:C) SET c.n = 1", &[], &[]);
    one.pull(-1);
    one.success();
    one.success();
    two.all("MATCH (c:C) SET c.n = 2", &[]).unwrap();
    one.send(0x12, &[]);
    let failure = one.failure();
    assert_eq!(text(&failure, "neo4j_code"), "Neo.TransientError.Transaction.Outdated");
    assert_eq!(text(&failure, "gql_status"), "40000");
}

#[test]
fn read_only_is_enforced() {
    let server = Running::start(|_| {});
    let mut client = Client::ready(server.address, V58);
    client.run("INSERT (:R)", &[], &[("mode", Value::from("r"))]);
    client.pull(-1);
    assert_eq!(text(&client.failure(), "neo4j_code"), "Neo.ClientError.Statement.AccessMode");
    client.reply();
    client.send(0x0f, &[]);
    client.success();
    client.queue(0x11, &[record(&[("mode", Value::from("r"))])]);
    client.run("INSERT (:R)", &[], &[]);
    client.flush();
    client.success();
    assert_eq!(text(&client.failure(), "gql_status"), "25G03");
    client.send(0x0f, &[]);
    client.success();
    client.all("INSERT (:R)", &[]).unwrap();
}

#[test]
fn graphs_are_databases() {
    let server = Running::start(|_| {});
    let mut client = Client::ready(server.address, V58);
    client.all("CREATE GRAPH other", &[]).unwrap();
    for (name, graph) in [("other", "other"), ("neo4j", "default"), ("system", "default"), ("default", "default")] {
        client.run("MATCH (n) RETURN COUNT(*)", &[], &[("db", Value::from(name))]);
        client.pull(-1);
        assert!(field(&client.success(), "db").is_null());
        client.reply();
        assert_eq!(text(&client.success(), "db"), graph);
    }
    client.run("RETURN 1", &[], &[("db", Value::from("nowhere"))]);
    client.pull(-1);
    assert_eq!(text(&client.failure(), "neo4j_code"), "Neo.ClientError.Database.DatabaseNotFound");
}

#[test]
fn plans_are_in_the_summary() {
    let server = Running::start(|_| {});
    let mut client = Client::ready(server.address, V58);
    let (rows, summary) = client.all("EXPLAIN MATCH (n:A) RETURN n", &[]).unwrap();
    assert!(!rows.is_empty());
    let plan = field(&summary, "plan");
    assert!(text(&plan, "operatorType").starts_with("Project"), "{plan}");
    assert!(matches!(field(&plan, "children"), Value::List(children) if children.len() == 1));
    let (_, summary) = client.all("PROFILE MATCH (n:A) RETURN n", &[]).unwrap();
    assert_eq!(int(&field(&field(&summary, "profile"), "rows")), 0);
    let statuses = field(&client.all("DROP GRAPH IF EXISTS nothing", &[]).unwrap().1, "statuses");
    assert!(statuses.to_string().contains("01G03"), "{statuses}");
}

#[test]
fn answers_do_not_wait_for_the_end_of_a_long_statement() {
    // Nothing else would send them.
    let server = Running::start(|config| config.limits.keep_alive = Duration::from_secs(3600));
    let mut client = Client::ready(server.address, V60);
    client.queue(0x11, &[none()]);
    client.queue(0x10, &[Value::from("RETURN 1 AS x"), none(), none()]);
    client.queue(0x3f, &[record(&[("n", Value::Int(-1))])]);
    client.run(&format!("FOR a IN RANGE(1, {0}) FOR b IN RANGE(1, {0}) RETURN SUM(a + b)", 1_000_000), &[], &[]);
    client.flush();
    client.success();
    assert_eq!(field(&client.success(), "fields").to_string(), "['x']");
    assert!(matches!(client.reply(), Reply::Record(_)));
    client.success();
    client.send(0x0f, &[]);
    assert!(matches!(client.reply(), Reply::Ignored));
    client.success();
}

#[test]
fn a_reset_overtakes_and_cancels() {
    let server = Running::start(|_| {});
    let mut client = Client::ready(server.address, V60);
    client.all("FOR i IN RANGE(1, 3000) INSERT (:P {_id: CAST(i AS STRING)})", &[]).unwrap();
    client
        .all("MATCH (a:P), (b:P) FILTER CAST(a._id AS INT) % 100 = CAST(b._id AS INT) % 100 INSERT (a)-[:K]->(b)", &[])
        .unwrap();
    for statement in [
        "CALL algo.node2vec({walksPerNode: 1000000, dimensions: 64}) YIELD nodeId RETURN COUNT(*)",
        "MATCH (a:P), (b:P), (c:P), (d:P) RETURN COUNT(a._id || b._id || c._id || d._id)",
    ] {
        client.run(statement, &[], &[]);
        client.pull(-1);
        std::thread::sleep(Duration::from_millis(300));
        let started = Instant::now();
        client.send(0x0f, &[]);
        assert!(matches!((client.reply(), client.reply()), (Reply::Ignored, Reply::Ignored)));
        client.success();
        assert!(started.elapsed() < Duration::from_secs(5), "{statement}: {:?}", started.elapsed());
        assert_eq!(client.all("RETURN 1", &[]).unwrap().0.len(), 1);
    }
    // The end of the connection does the same: its worker is free again.
    client.run("MATCH (a:P), (b:P), (c:P), (d:P) RETURN a._id", &[], &[]);
    client.pull(1);
    client.success();
    drop(client);
    let mut other = Client::ready(server.address, V44);
    assert_eq!(other.all("RETURN 1", &[]).unwrap().0.len(), 1);
}

#[test]
fn time_runs_out() {
    let server = Running::start(|config| config.limits.keep_alive = Duration::from_millis(50));
    let mut client = Client::ready(server.address, V58);
    client.all("FOR i IN RANGE(1, 1000) INSERT (:P {_id: CAST(i AS STRING)})", &[]).unwrap();
    let slow = "MATCH (a:P), (b:P), (c:P), (d:P) RETURN COUNT(a._id || b._id || c._id || d._id)";
    client.run(slow, &[], &[("tx_timeout", Value::Int(300))]);
    client.pull(-1);
    assert_eq!(text(&client.failure(), "neo4j_code"), "Neo.ClientError.Transaction.TransactionTimedOut");
    assert!(client.noops > 0, "no sign of life while the statement ran");
    assert!(matches!(client.reply(), Reply::Ignored));
    client.send(0x0f, &[]);
    client.success();
    // In a transaction, and while nobody asks.
    client.send(0x11, &[record(&[("tx_timeout", Value::Int(200))])]);
    client.success();
    std::thread::sleep(Duration::from_millis(400));
    client.run("RETURN 1", &[], &[]);
    client.flush();
    assert_eq!(text(&client.failure(), "neo4j_code"), "Neo.ClientError.Transaction.TransactionTimedOut");
}

#[test]
fn routing_leads_back_here() {
    let server = Running::start(|_| {});
    let mut client = Client::ready(server.address, V58);
    let context = record(&[("address", Value::from("db.example:7687"))]);
    client.send(0x66, &[context, Value::from(Vec::<Value>::new()), none()]);
    let table = field(&client.success(), "rt");
    assert_eq!(text(&table, "db"), "default");
    assert_eq!(field(&table, "servers").to_string().matches("db.example:7687").count(), 3);
    let unknown = record(&[("db", Value::from("nowhere"))]);
    client.send(0x66, &[none(), Value::from(Vec::<Value>::new()), unknown]);
    assert_eq!(text(&client.failure(), "neo4j_code"), "Neo.ClientError.Database.DatabaseNotFound");
}

#[test]
fn a_long_result_is_streamed() {
    let server = Running::start(|_| {});
    let mut client = Client::ready(server.address, V60);
    client.run("FOR x IN RANGE(1, 1000) FOR y IN RANGE(1, 1000) RETURN x * 1000 + y AS n", &[], &[]);
    client.pull(-1);
    client.success();
    let mut rows = 0;
    while let Reply::Record(_) = client.reply() {
        rows += 1;
    }
    assert_eq!(rows, 1_000_000);
}

/// Programs decide by it whether a statement may run where nothing may change: EXPLAIN says what its query would be.
#[test]
fn the_type_of_a_statement() {
    let server = Running::start(|_| {});
    for version in [V44, V60] {
        let mut client = Client::ready(server.address, version);
        for (statement, kind) in [
            ("MATCH (n) RETURN n._id", "r"),
            ("INSERT (:A)", "w"),
            ("INSERT (a:A) RETURN a._id", "rw"),
            ("EXPLAIN MATCH (n) RETURN n", "r"),
            ("EXPLAIN INSERT (:A)", "w"),
            ("EXPLAIN INSERT (a:A) RETURN a", "rw"),
            ("EXPLAIN CALL algo.node2vec.write({}, {db: {property: 'e'}})", "rw"),
            ("PROFILE MATCH (n) RETURN n", "r"),
            ("PROFILE INSERT (:A)", "w"),
            ("PROFILE INSERT (a:A) RETURN a", "rw"),
            ("SHOW LABELS", "s"),
            ("CREATE GRAPH IF NOT EXISTS g", "s"),
        ] {
            let (_, summary) = client.all(statement, &[]).unwrap();
            assert_eq!(text(&summary, "type"), kind, "{statement}");
        }
    }
}

#[test]
fn names_that_are_not_known_have_codes() {
    let server = Running::start(|_| {});
    let mut client = Client::ready(server.address, V44);
    for (statement, code, message) in [
        (
            "CALL apoc.meta.stats()",
            "Neo.ClientError.Procedure.ProcedureNotFound",
            "procedure `apoc.meta.stats` is not known",
        ),
        ("EXPLAIN CALL x.y()", "Neo.ClientError.Procedure.ProcedureNotFound", "procedure `x.y` is not known"),
        ("RETURN Gds.noSuch(1)", "Neo.ClientError.Statement.SyntaxError", "Unknown function 'Gds.noSuch'"),
        ("RETURN NOSUCH(1)", "Neo.ClientError.Statement.SyntaxError", "Unknown function 'NOSUCH'"),
        ("USE nosuch RETURN 1", "Neo.ClientError.Database.DatabaseNotFound", "there is no graph `nosuch`"),
        ("DROP GRAPH nosuch", "Neo.ClientError.Database.DatabaseNotFound", "there is no graph `nosuch`"),
    ] {
        let failure = client.all(statement, &[]).unwrap_err();
        assert_eq!(text(&failure, "code"), code, "{failure}");
        assert!(text(&failure, "message").starts_with(message), "{failure}");
    }
}
