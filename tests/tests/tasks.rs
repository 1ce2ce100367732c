//! Tasks in the background: started with `wait: false`, seen while they run, stopped within a second, and kept with their
//! outcome.

use std::time::{Duration, Instant};

use wenddb::{Database, ErrorKind, Session, params};

/// A ring with chords, large enough that a long walk takes a while.
fn ring(nodes: usize) -> Database {
    let db = Database::in_memory().unwrap();
    let mut session = db.session();
    session
        .execute(
            "FOR i IN RANGE(0, $last) INSERT (:N {_id: CAST(i AS STRING), i: i})",
            params! {"last" => nodes as i64 - 1},
        )
        .unwrap();
    for step in [1, 7, 31] {
        session
            .execute(
                "MATCH (a:N) MATCH (b:N WHERE b._id = CAST(MOD(a.i + $step, $nodes) AS STRING)) INSERT (a)-[:E]->(b)",
                params! {"step" => step as i64, "nodes" => nodes as i64},
            )
            .unwrap();
    }
    db
}

/// The only row of a statement, as the values of some columns.
fn row(session: &mut Session, gql: &str, columns: &[&str]) -> Vec<String> {
    let mut rows = session.execute(gql, ()).unwrap();
    let first = rows.next().unwrap().unwrap();
    columns.iter().map(|column| first.get::<wenddb::Value>(column).unwrap().to_string()).collect()
}

/// Waits for a state of the only task; a minute is far more than it takes.
fn wait_for(session: &mut Session, status: &str) {
    let limit = Instant::now() + Duration::from_secs(60);
    while row(session, "SHOW TASKS", &["status"]) != [status] {
        assert!(Instant::now() < limit, "the task is {:?}", row(session, "SHOW TASKS", &["status", "error"]));
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_task_runs_on_after_its_statement() {
    let db = ring(300);
    let mut session = db.session();
    let gql = "CALL algo.node2vec.write({dimensions: 8}, {db: {property: 'v'}, wait: false})";
    let columns = ["nodesWritten", "computeTimeMs", "writeTimeMs"];
    assert_eq!(row(&mut session, gql, &columns), ["NULL", "NULL", "NULL"]);
    wait_for(&mut session, "completed");
    let done = row(&mut session, "SHOW TASKS YIELD nodes_written, progress", &["nodes_written", "progress"]);
    assert_eq!(done, ["300", "100"]);
    let written = row(&mut session, "MATCH (n:N) WHERE SIZE(n.v) = 8 RETURN COUNT(*) AS n", &["n"]);
    assert_eq!(written, ["300"]);
}

#[test]
fn a_running_task_can_be_stopped() {
    let db = ring(3000);
    let mut session = db.session();
    let gql = "CALL algo.node2vec.write({walksPerNode: 100000}, {db: {property: 'v'}, wait: false})";
    let id = row(&mut session, gql, &["task_id"]).remove(0);
    let running = session.execute("DELETE TASK $id", params! {"id" => id.as_str()}).unwrap_err();
    assert!(running.message().contains("running"), "{running}");
    session.execute("STOP TASK $id", params! {"id" => id.as_str()}).unwrap();
    wait_for(&mut session, "cancelled");
    let written = row(&mut session, "MATCH (n:N) WHERE n.v IS NOT NULL RETURN COUNT(*) AS n", &["n"]);
    assert_eq!(written, ["0"]);
    session.execute("DELETE TASK $id", params! {"id" => id.as_str()}).unwrap();
    assert_eq!(session.execute("SHOW TASKS", ()).unwrap().count(), 0);
    assert_eq!(session.execute("SHOW TASK $id", params! {"id" => id.as_str()}).unwrap_err().gqlstatus(), "42002");
}

#[test]
fn an_interrupt_ends_a_call_and_leaves_the_session_usable() {
    let db = ring(3000);
    let mut session = db.session();
    let handle = session.interrupt_handle();
    // A statement that has not begun is not affected.
    handle.interrupt();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        handle.interrupt();
    });
    let gql = "CALL algo.node2vec.write({walksPerNode: 100000}, {db: {property: 'v'}})";
    let error = session.execute(gql, ()).unwrap_err();
    thread.join().unwrap();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(row(&mut session, "SHOW TASKS", &["status"]), ["cancelled"]);
    assert_eq!(row(&mut session, "MATCH (n:N) WHERE n.v IS NULL RETURN COUNT(*) AS n", &["n"]), ["3000"]);
}

#[test]
fn a_write_in_a_transaction_ends_with_it() {
    let db = ring(50);
    let mut session = db.session();
    let mut tx = session.transaction().unwrap();
    tx.execute("CALL algo.node2vec.write({dimensions: 4}, {db: {property: 'v'}})", ()).unwrap();
    let mut seen = tx.execute("MATCH (n:N) WHERE SIZE(n.v) = 4 RETURN COUNT(*) AS n", ()).unwrap();
    assert_eq!(seen.next().unwrap().unwrap().get::<i64>("n").unwrap(), 50);
    let waiting = tx.execute("CALL algo.node2vec.write({}, {db: {property: 'w'}, wait: false})", ()).unwrap_err();
    assert_eq!(waiting.gqlstatus(), "42000");
    tx.rollback().unwrap();
    assert_eq!(row(&mut session, "MATCH (n:N) WHERE n.v IS NULL RETURN COUNT(*) AS n", &["n"]), ["50"]);
    assert_eq!(row(&mut session, "SHOW TASKS", &["status"]), ["failed"]);
}
