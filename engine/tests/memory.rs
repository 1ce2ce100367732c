//! A statement that holds more than the database's memory limit is refused with an error that says what needed it; what holds no
//! more than a little at a time is not.

use wenddb::{Database, ErrorKind, Options};

const NODES: usize = 20_000;
/// The changes of a statement are counted too: few in each.
const PARTS: usize = 100;

fn database(memory_limit: u64) -> Database {
    let database = Database::in_memory_with(Options { memory_limit, threads: 1, ..Options::default() }).unwrap();
    let mut session = database.session();
    for part in 0..PARTS {
        let (from, to) = (part * NODES / PARTS, (part + 1) * NODES / PARTS - 1);
        let text = format!("FOR i IN RANGE({from}, {to}) INSERT (:N {{_id: CAST(i AS STRING), k: i, m: i % 1000}})");
        session.execute(&text, ()).unwrap();
    }
    for part in 0..PARTS {
        let (from, to) = (part * NODES / PARTS, (part + 1) * NODES / PARTS - 1);
        let text = format!(
            "FOR i IN RANGE({from}, {to}) MATCH (a {{_id: CAST(i AS STRING)}}), (b {{_id: CAST(i / 2 AS STRING)}}) \
             INSERT (a)-[:R]->(b)"
        );
        session.execute(&text, ()).unwrap();
    }
    database
}

fn run(database: &Database, text: &str) -> Result<usize, wenddb::Error> {
    let rows = database.session().execute(text, ())?.collect::<Result<Vec<_>, _>>()?;
    Ok(rows.len())
}

#[test]
fn what_holds_too_much_is_refused() {
    let database = database(1 << 19);
    for (text, what) in [
        ("MATCH (n:N) RETURN n.k AS k ORDER BY k DESC", ""),
        ("MATCH (n:N) RETURN DISTINCT n.k AS k", "DISTINCT"),
        ("MATCH (n:N) RETURN n.k AS k, COUNT(*) AS c", "grouping"),
        ("MATCH (n:N) RETURN n.k + 0 AS k, n.m AS m, COUNT(*) AS c", "grouping"),
        ("MATCH (n:N) RETURN COUNT(DISTINCT n.k) AS c", "DISTINCT in an aggregate"),
        ("MATCH (n:N) RETURN SIZE(COLLECT_LIST(n.k)) AS c", "COLLECT_LIST"),
        ("MATCH (n:N) RETURN PERCENTILE_CONT(n.k, 0.5) AS c", "the aggregate"),
        ("MATCH (n:N) RETURN n.k AS k EXCEPT MATCH (n:N) RETURN n.m AS k", ""),
        ("MATCH (a:N), (b:N) WHERE a.k = b.k + 1 RETURN COUNT(*) AS c", ""),
        ("MATCH (a:N) WHERE EXISTS { MATCH (b:N) WHERE b.k = a.k } RETURN COUNT(*) AS c", "EXISTS as a hash join"),
        ("MATCH p = ALL SHORTEST (a:N {_id: '1'})-[:R]-{1,100}(b:N) RETURN COUNT(*) AS c", "the path search"),
        (
            "MATCH (a:N) WHERE COUNT { MATCH (b:N) WHERE b.k = a.k } > 0 RETURN COUNT(*) AS c",
            "COUNT { } as a hash join",
        ),
        ("MATCH (n:N) LET t = [n.k, n.m, n.k] SET n.z = SIZE(t)", ""),
        ("MATCH (n:N) SET n.z = RANGE(1, 100)", ""),
        ("MATCH (n:N) SET n = {z: 'a text that is there for every node'}", "SET"),
    ] {
        let error = run(&database, text).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Memory, "{text}: {error}");
        assert!(error.to_string().contains("memory limit of") && error.to_string().contains(what), "{text}: {error}");
    }
}

/// `x` doubled so many times: `LET x1 = x0 || x0, x2 = x1 || x1, ...`
fn doubled(first: &str, step: impl Fn(usize) -> String, times: usize) -> String {
    let items: Vec<String> = (1..=times).map(|at| format!("LET x{at} = {}", step(at - 1))).collect();
    format!("LET x0 = {first} {}", items.join(" "))
}

#[test]
fn values_that_grow_without_end_are_refused() {
    let database = database(16 << 20);
    let text = |at: usize| format!("x{at} || x{at}");
    let nested = |at: usize| format!("[x{at}, x{at}]");
    let record = |at: usize| format!("{{a: x{at}, b: x{at}}}");
    for (text, what) in [
        (format!("{} RETURN SIZE(x60) AS s", doubled("'ab'", text, 60)), "a value of an expression"),
        (format!("{} RETURN SIZE(x60) AS s", doubled("[1, 2]", text, 60)), "a value of an expression"),
        // It takes no memory, but whoever compares or prints it would go through all of it.
        (format!("{} RETURN SIZE(x60) AS s", doubled("[1, 2]", nested, 60)), "a value of an expression"),
        (format!("{} RETURN x60 AS s", doubled("1", record, 60)), "a value of an expression"),
        (format!("{} RETURN DISTINCT x30 || [x30] AS s", doubled("[1, 2]", nested, 30)), "a value of an expression"),
        // Each is small, but a batch of them is not.
        (
            format!(
                "{} FOR i IN RANGE(1, 1000) LET t = x16 || CAST(i AS STRING) RETURN SIZE(t) AS s",
                doubled("'ab'", text, 16)
            ),
            "a value of an expression",
        ),
        ("FOR x IN RANGE(1, 5000000) || [0] RETURN x".to_owned(), "a value of an expression"),
        (
            "FOR x IN RANGE(1, 100) RETURN REPLACE(CAST(RANGE(1, 30000) AS STRING), ',', ', and then ') AS s"
                .to_owned(),
            "a value of an expression",
        ),
        (
            "FOR i IN RANGE(1, 2000000) RETURN COLLECT_LIST('a text of some length ' || CAST(i AS STRING)) AS s"
                .to_owned(),
            "COLLECT_LIST",
        ),
        ("MATCH (a:N), (b:N) RETURN COLLECT_LIST(a.k + b.k) AS s".to_owned(), "COLLECT_LIST"),
    ] {
        let error = run(&database, &text).expect_err(&text);
        assert_eq!(error.kind(), ErrorKind::Memory, "{text}: {error}");
        assert!(error.to_string().contains(what), "{text}: {error}");
    }
    // What is made for a moment only is given back.
    for (text, rows) in [
        ("FOR x IN RANGE(1, 5000000) FILTER x % 1000000 = 0 RETURN x", 5),
        ("FOR i IN RANGE(1, 3000) FILTER SIZE(CAST(RANGE(1, 1000) AS STRING)) > 0 RETURN i", 3000),
        ("FOR i IN RANGE(1, 3000) LET t = CAST(RANGE(1, 300) AS STRING) RETURN SIZE(t) AS s", 3000),
        ("FOR i IN RANGE(1, 3000) RETURN i % 10 AS g, MAX(SIZE(CAST(RANGE(1, 1000) AS STRING))) AS s", 10),
        ("FOR i IN RANGE(1, 3000) RETURN i ORDER BY SIZE(CAST(RANGE(1, 1000) AS STRING)), i", 3000),
    ] {
        assert_eq!(run(&database, text).map_err(|error| format!("{text}: {error}")), Ok(rows));
    }
}

#[test]
fn a_long_path_is_refused() {
    let database = database(1 << 19);
    let mut session = database.session();
    for part in 0..PARTS {
        let (from, to) = (part * 500, (part + 1) * 500 - 1);
        let text = format!(
            "FOR i IN RANGE({from}, {to}) MATCH (a {{_id: CAST(i AS STRING)}}), (b {{_id: CAST(i + 1 AS STRING)}}) \
             INSERT (a)-[:NEXT]->(b)"
        );
        session.execute(&text, ()).unwrap();
    }
    for text in [
        "MATCH (a:N {_id: '0'})-[:NEXT]->+(b) RETURN COUNT(*) AS c",
        "MATCH (a:N {_id: '0'}) ((x)-[e:NEXT]->(y)){1,} (b) RETURN COUNT(*) AS c",
        "MATCH p = TRAIL (a:N {_id: '0'})-[:NEXT]->+(b) WHERE b.k = 9999 RETURN PATH_LENGTH(p) AS c",
    ] {
        let error = run(&database, text).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Memory, "{text}: {error}");
        assert!(error.to_string().contains("the path search needs more than the memory limit"), "{text}: {error}");
    }
    // A short one needs little, however many there are.
    let text = "MATCH (a:N)-[:NEXT]->{1,3}(b) RETURN COUNT(*) AS c";
    assert_eq!(run(&database, text).map_err(|error| error.to_string()), Ok(1));
}

#[test]
fn what_is_given_back_is_not_counted_twice() {
    let database = database(1 << 19);
    for (text, rows) in [
        ("MATCH (n:N) RETURN n.k AS k", NODES),
        ("MATCH (n:N) RETURN n.m AS m, COUNT(*) AS c, SUM(n.k) AS s", 1000),
        ("MATCH (n:N) RETURN n.k AS k ORDER BY k DESC LIMIT 3", 3),
        // Each row has a sort, a grouping and a search of its own.
        ("MATCH (n:N) CALL (n) { MATCH (n)-[:R]-(o) RETURN o.k AS k ORDER BY k LIMIT 1 } RETURN k", NODES),
        ("MATCH (n:N) CALL (n) { MATCH (n)-[:R]-(o) RETURN o.m AS m, COUNT(*) AS c } RETURN m LIMIT 15000", 15000),
        ("MATCH (n:N)-[:R]->(m) MATCH p = ANY SHORTEST (n)-[:R]-{1,3}(m) RETURN PATH_LENGTH(p) AS l", NODES),
    ] {
        assert_eq!(run(&database, text).map_err(|error| format!("{text}: {error}")), Ok(rows));
    }
}

/// What is changed and not committed is in memory, and counts: within a statement, and over the statements of a transaction.
#[test]
fn uncommitted_changes_are_counted() {
    let options = Options { memory_limit: 8 << 20, ..Options::default() };
    let database = Database::in_memory_with(options).unwrap();
    let mut session = database.session();
    let refused = |result: Result<wenddb::Rows, wenddb::Error>| {
        let error = result.expect_err("too much was changed");
        assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
        assert!(error.message().contains("uncommitted changes"), "{error}");
    };
    let insert = "FOR i IN RANGE(1, 100000) INSERT (:X {i: i, t: 'abcdefghijklmnopqrstuvwxyz'})";
    refused(session.execute(insert, ()));
    assert_eq!(run(&database, "MATCH (n) RETURN n").unwrap(), 0);
    session.execute("FOR i IN RANGE(1, 200) INSERT (:X {i: i})", ()).unwrap();
    let long = "'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'";
    refused(session.execute(&format!("FOR i IN RANGE(1, 20000) INSERT (:Y)-[:R {{t: {long}}}]->(:Z)"), ()));
    let mut transaction = session.transaction().unwrap();
    let part = "FOR i IN RANGE(1, 2000) INSERT (:Y {i: i})";
    let mut parts = 0;
    while transaction.execute(part, ()).is_ok() {
        parts += 1;
        assert!(parts < 100, "the transaction has no bound");
    }
    assert!(parts > 1, "a part alone is not too much");
    // The statement that was too much is undone, and the transaction goes on.
    transaction.execute("INSERT (:Last)", ()).unwrap();
    transaction.commit().unwrap();
    assert_eq!(run(&database, "MATCH (n:Y) RETURN n").unwrap(), parts * 2000);
    assert_eq!(run(&database, "MATCH (n:Last) RETURN n").unwrap(), 1);
    // One property set many times is one change.
    let mut transaction = session.transaction().unwrap();
    for _ in 0..300 {
        transaction.execute("MATCH (x:X) SET x.again = 1", ()).unwrap();
    }
    transaction.rollback().unwrap();
}

/// All statements together have a limit beside that of each, and give back what they held.
#[test]
fn statements_share_a_limit() {
    let options = Options { memory_limit: 6 << 20, total_memory_limit: 8 << 20, ..Options::default() };
    let database = Database::in_memory_with(options).unwrap();
    let (mut one, mut other) = (database.session(), database.session());
    let rows = "FOR i IN RANGE(1, 40000) RETURN i ORDER BY i DESC";
    let held = one.execute(rows, ()).unwrap();
    let mut more = Vec::new();
    let refused = loop {
        match other.execute(rows, ()) {
            Ok(rows) => more.push(rows),
            Err(error) => break error,
        }
        assert!(more.len() < 20, "there is no limit");
    };
    assert_eq!(refused.kind(), ErrorKind::Memory, "{refused}");
    assert!(refused.message().contains("that all statements may take together"), "{refused}");
    drop((held, more));
    assert_eq!(other.execute(rows, ()).unwrap().count(), 40_000);
    // Changes of open transactions are part of it.
    let mut open = Vec::new();
    let full = loop {
        let mut session = database.session();
        session.execute("START TRANSACTION", ()).unwrap();
        if let Err(error) = session.execute("FOR i IN RANGE(1, 5000) INSERT (:X {i: i})", ()) {
            break error;
        }
        open.push(session);
        assert!(open.len() < 50, "there is no limit");
    };
    assert_eq!(full.kind(), ErrorKind::Memory, "{full}");
    drop(open);
    assert_eq!(other.execute(rows, ()).unwrap().count(), 40_000);
}

/// The parser takes much more memory than the text, and a text for which there is none is refused before it is parsed.
#[test]
fn texts_are_bounded() {
    let options = Options { memory_limit: 16 << 20, ..Options::default() };
    let mut session = Database::in_memory_with(options).unwrap().session();
    let text = |items: usize| format!("RETURN SIZE([{}0]) AS n", "0, ".repeat(items));
    assert_eq!(session.execute(&text(10_000), ()).unwrap().count(), 1);
    let error = session.execute(&text(100_000), ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
    assert!(error.hint().unwrap().contains("parameters"), "{error}");
}
