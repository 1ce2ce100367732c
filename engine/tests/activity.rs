//! SHOW QUERIES, SHOW SESSIONS and KILL QUERY: a statement is seen and ended from another session.

use std::{
    thread,
    time::{Duration, Instant},
};

use wenddb::host::{Host, HostedSession};
use wenddb::{Database, ErrorKind};

/// Statements that would run for hours, each in another kind of operator.
const ENDLESS: [&str; 16] = [
    "MATCH (a), (b), (c), (d) RETURN COUNT(*) AS n",
    "MATCH (a), (b), (c), (d) RETURN a ORDER BY b._id LIMIT 1",
    "MATCH TRAIL (a)-[]-{1,}(b) RETURN COUNT(*) AS n",
    "MATCH (a), (b), (c), (d) WHERE a.x + b.x = c.x RETURN DISTINCT a.x",
    "MATCH (a), (b), (c) WHERE NOT EXISTS { MATCH (a)-[]-(x), (y), (z) WHERE x.x = 99 } RETURN COUNT(*) AS n",
    "MATCH (a), (b), (c), (d) SET a.x = b.x",
    "MATCH (a), (b), (c) RETURN a.x AS x, b.x AS y ORDER BY y, x DESC, c._id",
    "MATCH (a)-[]->{1,40}(b) RETURN COUNT(*) AS n",
    "MATCH (a) ((x)-[e]-(y) WHERE x.x <> y.x){1,40} (b) RETURN COUNT(*) AS n",
    "MATCH p = WALK (a)-[]-{40}(b) RETURN a.x AS x, COUNT(p) AS n",
    "MATCH (a), (b), (c) WHERE COUNT { MATCH (a)-[]-(x), (y) WHERE y.x > b.x } = c.x RETURN COUNT(*) AS n",
    "MATCH (a), (b), (c), (d) RETURN COUNT(DISTINCT [a.x] || [b.x] || [c.x, d.x]) AS n",
    "MATCH (a), (b), (c) LET t = CAST(RANGE(1, 3000) AS STRING) FILTER SIZE(t || t) = a.x RETURN t",
    "MATCH (a), (b), (c), (d) WHERE a.x < b.x AND c.x < d.x AND a.x * b.x * c.x * d.x < 0 RETURN COUNT(*) AS n",
    "MATCH REPEATABLE ELEMENTS (a)-[]-(b)-[]-(c)-[]-(a), (d)-[]-(e)-[]-(f)-[]-(d), (g)-[]-(h)-[]-(i)-[]-(g), \
     (j)-[]-(k)-[]-(l)-[]-(j) WHERE a.x * d.x * g.x * j.x < 0 RETURN COUNT(*) AS n",
    "FOR i IN RANGE(1, 900000) FOR j IN RANGE(1, 900000) FILTER [i, [j, [i]]] = [[j]] || [i] RETURN i",
];

fn database() -> Database {
    let database = Database::in_memory().unwrap();
    let mut session = database.session();
    session.execute("FOR i IN RANGE(1, 200) INSERT (:N {_id: CAST(i AS STRING), x: i})", ()).unwrap();
    session.execute("MATCH (a:N), (b:N) WHERE (a.x * 7 + b.x * 13) % 40 = 0 INSERT (a)-[:R]->(b)", ()).unwrap();
    database
}

fn texts(database: &Database, query: &str) -> Vec<Vec<String>> {
    let rows = database.session().execute(query, ()).unwrap();
    rows.map(|row| row.unwrap().into_values().iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn statements_are_seen_and_killed_from_another_session() {
    let database = database();
    for statement in ENDLESS {
        let inside = database.clone();
        let thread = thread::spawn(move || {
            let mut session = inside.session();
            session.set_user("ann", wenddb::host::Role::Admin);
            session.set_client(Some("127.0.0.1:5000"));
            session.execute(statement, ()).and_then(|rows| rows.collect::<Result<Vec<_>, _>>())
        });
        let started = Instant::now();
        let found = loop {
            let running = texts(&database, "SHOW QUERIES YIELD queryId, user, query WHERE user = 'ann'");
            if let [row] = &running[..] {
                break row.clone();
            }
            assert!(started.elapsed() < Duration::from_secs(20), "{statement} was never seen");
        };
        assert_eq!(found[2], statement);
        assert_eq!(
            texts(&database, "SHOW SESSIONS YIELD user, client, queries WHERE user IS NOT NULL"),
            [["ann", "127.0.0.1:5000", "1"]]
        );
        thread::sleep(Duration::from_millis(100));
        let killed = Instant::now();
        database.session().execute("KILL QUERY $id", wenddb::params! {"id" => found[0].as_str()}).unwrap();
        let error = thread.join().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{statement}: {error}");
        assert!(killed.elapsed() < Duration::from_secs(1), "{statement} took {:?} to end", killed.elapsed());
    }
    assert!(database.queries().is_empty());
}

#[test]
fn rows_being_read_are_a_running_statement() {
    let database = database();
    let mut rows = database.session().execute("MATCH (a), (b) RETURN a.x, b.x", ()).unwrap();
    rows.next().unwrap().unwrap();
    let running = database.queries();
    assert_eq!(running.len(), 1);
    assert!(running[0].rows > 0, "{running:?}");
    // The session is gone already.
    assert_eq!(texts(&database, "SHOW SESSIONS").len(), 1);
    database.kill_query(&running[0].id).unwrap();
    let error = rows.find_map(Result::err).unwrap();
    assert_eq!(error.gqlstatus(), "40000");
    drop(rows);
    assert!(database.queries().is_empty());
    let error = database.kill_query(&running[0].id).unwrap_err();
    assert_eq!(error.gqlstatus(), "42002");
}

#[test]
fn transactions_are_listed_while_they_are_open() {
    let database = database();
    let mut session = database.session();
    session.execute("START TRANSACTION READ ONLY", ()).unwrap();
    let rows = texts(&database, "SHOW TRANSACTIONS YIELD sessionId, access");
    assert_eq!(rows, [[session.id(), "READ ONLY".to_owned()]]);
    session.execute("ROLLBACK", ()).unwrap();
    assert!(texts(&database, "SHOW TRANSACTIONS").is_empty());
    assert_eq!(
        texts(&database, "SHOW QUERIES YIELD query, user, rows"),
        [["SHOW QUERIES YIELD query, user, rows", "NULL", "0"]]
    );
}

/// Tasks that nobody waits for run a few at a time; the others are pending, say so, and can be stopped.
#[test]
fn background_tasks_wait_for_their_turn() {
    let options = wenddb::Options { background_tasks: 2, ..wenddb::Options::default() };
    let db = wenddb::Database::in_memory_with(options).unwrap();
    let mut session = db.session();
    session.execute("FOR i IN RANGE(1, 2000) INSERT (:T {_id: CAST(i AS STRING)})", ()).unwrap();
    session.execute("MATCH (a:T), (b {_id: '1'}) INSERT (a)-[:E]->(b)", ()).unwrap();
    let mut ids: Vec<String> = Vec::new();
    for number in 0..8 {
        let call = format!(
            "CALL algo.node2vec.write({{dimensions: 512, walksPerNode: 5000, concurrency: 1}}, \
             {{db: {{property: 'e{number}'}}, wait: false}}) YIELD task_id"
        );
        let row = session.execute(&call, ()).unwrap().next().unwrap().unwrap();
        ids.push(row.get("task_id").unwrap());
    }
    let count = |session: &mut wenddb::Session, status: &str| {
        let rows =
            session.execute("SHOW TASKS YIELD status FILTER status = $s RETURN status", [("s", status.to_owned())]);
        rows.unwrap().count()
    };
    assert_eq!((count(&mut session, "running"), count(&mut session, "pending")), (2, 6));
    assert_eq!(db.running_tasks(), 8);
    let error = session.execute("DELETE TASK $id", [("id", ids[7].clone())]).unwrap_err();
    assert!(error.message().contains("pending"), "{error}");
    // A pending one is cancelled at once, whatever runs; the place of one that ran is taken by the next.
    session.execute("STOP TASK $id", [("id", ids[7].clone())]).unwrap();
    assert_eq!((count(&mut session, "cancelled"), count(&mut session, "pending")), (1, 5));
    session.execute("STOP TASK $id", [("id", ids[0].clone())]).unwrap();
    let started = std::time::Instant::now();
    while count(&mut session, "pending") != 4 {
        assert!(started.elapsed() < std::time::Duration::from_secs(20), "no pending task begins");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(count(&mut session, "running"), 2);
    for id in ids.iter().rev() {
        let _ = session.execute("STOP TASK $id", [("id", id.clone())]);
    }
    db.wait_for_tasks();
    assert_eq!(count(&mut session, "cancelled"), 8);
}
