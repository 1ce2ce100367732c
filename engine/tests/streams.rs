//! Rows are computed as they are read, in a transaction that writes too: they show what was there when their statement began.

use wenddb::{Database, ErrorKind, Options, Session};

const NODES: i64 = 20_000;

fn database(memory_limit: u64) -> Database {
    let options = Options { memory_limit, threads: 1, ..Options::default() };
    let database = Database::in_memory_with(options).unwrap();
    // The changes of a statement count against the limit.
    for part in 0..100 {
        let (from, to) = (part * NODES / 100, (part + 1) * NODES / 100 - 1);
        let text = format!("FOR i IN RANGE({from}, {to}) INSERT (:N {{_id: CAST(i AS STRING), k: i}})");
        database.session().execute(&text, ()).unwrap();
    }
    database
}

const ALL: &str = "MATCH (n:N) RETURN n.k AS k, n._id AS id";

/// How many rows there are, and the sum of what is in them.
fn sum(rows: impl Iterator<Item = wenddb::Result<wenddb::Row>>) -> (i64, i64) {
    rows.fold((0, 0), |(count, sum), row| (count + 1, sum + row.unwrap().get::<i64>("k").unwrap()))
}

fn whole() -> (i64, i64) {
    (NODES, NODES * (NODES - 1) / 2)
}

fn count(session: &mut Session) -> i64 {
    session.execute("MATCH (n:N) RETURN COUNT(*) AS n", ()).unwrap().next().unwrap().unwrap().get("n").unwrap()
}

#[test]
fn a_result_larger_than_the_memory_limit_is_read_in_a_transaction_that_writes() {
    let database = database(1 << 19);
    let mut session = database.session();
    let mut transaction = session.transaction().unwrap();
    assert_eq!(sum(transaction.execute(ALL, ()).unwrap()), whole());
    transaction.execute("INSERT (:N {_id: 'new', k: 5})", ()).unwrap();
    let (nodes, total) = whole();
    assert_eq!(sum(transaction.execute(ALL, ()).unwrap()), (nodes + 1, total + 5));
    // Sorting still needs to hold them.
    let sorted = transaction.execute("MATCH (n:N) RETURN n.k AS k, n._id AS id ORDER BY k DESC", ());
    assert_eq!(sorted.unwrap_err().kind(), ErrorKind::Memory);
    transaction.commit().unwrap();
    assert_eq!(count(&mut session), nodes + 1);
}

#[test]
fn rows_do_not_show_what_happens_after_their_statement() {
    let database = database(0);
    let mut session = database.session();
    let mut transaction = session.transaction().unwrap();
    let mut before = transaction.execute(ALL, ()).unwrap();
    before.next().unwrap().unwrap();
    transaction.execute("MATCH (n:N) FILTER n.k >= 10 DETACH DELETE n", ()).unwrap();
    transaction.execute("MATCH (n:N) SET n.k = n.k + 100", ()).unwrap();
    let mut middle = transaction.execute(ALL, ()).unwrap();
    middle.next().unwrap().unwrap();
    transaction.execute("INSERT (:N {_id: 'late', k: 1}); MATCH (n:N) SET n.k = 0, n.x = 1", ()).unwrap();
    // A statement that fails is undone and leaves the open results as they are.
    transaction.execute("MATCH (n:N) SET n.k = 1 / n.k", ()).unwrap_err();
    let after = transaction.execute(ALL, ()).unwrap();
    assert_eq!(sum(middle), (9, 9 * 100 + 45));
    assert_eq!(sum(after), (11, 0));
    // Those are read further when the transaction is over, either way.
    transaction.rollback().unwrap();
    assert_eq!(sum(before), (NODES - 1, whole().1));
    assert_eq!(count(&mut session), NODES);
}

#[test]
fn open_rows_keep_no_transaction_open() {
    let database = database(0);
    let mut session = database.session();
    let mut other = database.session();
    session.execute("START TRANSACTION; INSERT (:N {_id: 'a', k: 1})", ()).unwrap();
    let mut rows = session.execute(ALL, ()).unwrap();
    rows.next().unwrap().unwrap();
    session.execute("COMMIT", ()).unwrap();
    assert_eq!(count(&mut other), NODES + 1);
    other.execute("MATCH (n {_id: 'a'}) DELETE n", ()).unwrap();
    assert_eq!(rows.map(Result::unwrap).count() as i64, NODES);
    // Nor does a session that is gone.
    session.execute("START TRANSACTION; MATCH (n {_id: '1'}) SET n.k = 77", ()).unwrap();
    let rows = session.execute("MATCH (n {_id: '1'}) RETURN n.k AS k", ()).unwrap();
    drop(session);
    other.execute("MATCH (n {_id: '1'}) SET n.k = 78", ()).unwrap();
    assert_eq!(sum(rows), (1, 77));
}
