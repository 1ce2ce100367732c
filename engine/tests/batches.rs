//! Results as batches of columns: their types, vectors as one block, and batches among rows.

use wenddb::{Column, ColumnData, Database, ErrorKind, Session, Value};

/// More nodes than a batch has rows, with a vector at each but the first and every tenth.
fn session() -> Session {
    let mut session = Database::in_memory().unwrap().session();
    session
        .execute("FOR i IN RANGE(1, 3000) INSERT (:P {_id: CAST(i AS STRING), i: i, t: CAST(i % 3 AS STRING)})", ())
        .unwrap();
    session.execute("CALL algo.fastrp.write({dimensions: 4, seed: 1}, {db: {property: 'e'}})", ()).unwrap();
    session.execute("MATCH (n:P) WHERE n.i % 10 = 1 REMOVE n.e", ()).unwrap();
    session
}

/// Whether a column is of vectors of a length.
fn is_of_vectors(column: &Column, length: usize) -> bool {
    matches!(column.data(), ColumnData::Vectors { width, numbers } if *width == length && numbers.len() == length * column.len())
}

/// The columns of a whole result, put together.
fn columns(session: &mut Session, text: &str) -> Vec<Column> {
    let mut rows = session.execute(text, ()).unwrap();
    let mut whole: Vec<Column> = Vec::new();
    while let Some(batch) = rows.next_batch().unwrap() {
        whole.resize(batch.columns().len(), Column::default());
        whole.iter_mut().zip(batch.into_columns()).for_each(|(whole, column)| whole.append(column));
    }
    whole
}

fn values(session: &mut Session, text: &str) -> Vec<Vec<Value>> {
    session.execute(text, ()).unwrap().map(|row| row.unwrap().into_values()).collect()
}

/// Checks that columns hold what the rows of the statement do.
fn agrees(session: &mut Session, text: &str) -> Vec<Column> {
    let (columns, rows) = (columns(session, text), values(session, text));
    for (row, values) in rows.iter().enumerate() {
        let found: Vec<Value> = columns.iter().map(|column| column.value(row)).collect();
        assert_eq!(&found, values, "{text}");
    }
    assert!(columns.iter().all(|column| column.len() == rows.len()), "{text}");
    columns
}

#[test]
fn columns_have_types() {
    let mut session = session();
    let text = "MATCH (n:P) RETURN n._id AS id, n.i AS i, n.i * 0.5 AS f, n.i < 9 AS b, n.t AS t, n.e AS e, n.none AS none, \
                CASE WHEN n.i % 2 = 0 THEN 1 ELSE 'x' END AS m, n ORDER BY n.i";
    // The first time properties are read from their records, then they are kept.
    for _ in 0..3 {
        let columns = agrees(&mut session, text);
        assert!(matches!(columns[1].data(), ColumnData::Ints(numbers) if numbers[2999] == 3000));
        assert!(matches!(columns[2].data(), ColumnData::Floats(numbers) if numbers[2] == 1.5));
        assert!(matches!(columns[3].data(), ColumnData::Bools(values) if values[7] && !values[8]));
        assert_eq!((columns[0].text(41), columns[4].text(4), columns[4].vector(4)), (Some("42"), Some("2"), None));
        assert!(is_of_vectors(&columns[5], 4) && columns[5].is_null(0) && columns[5].is_null(10));
        assert!(columns[6].nulls().is_some_and(|nulls| nulls.iter().all(|null| *null)));
        assert!(matches!(columns[7].data(), ColumnData::Values(_)));
        assert!(matches!(columns[8].value(0), Value::Node(node) if node.property("i") == Some(&Value::Int(1))));
    }
    let dictionary = columns(&mut session, "MATCH (n:P) RETURN n.t AS t").swap_remove(0);
    assert!(matches!(dictionary.data(), ColumnData::Codes(codes, texts) if codes.len() == 3000 && texts.len() == 3));
}

#[test]
fn vectors_are_read_as_a_block_or_one_by_one() {
    let mut session = session();
    let text = "MATCH (n:P) RETURN n.e AS e";
    assert!(is_of_vectors(&agrees(&mut session, text)[0], 4));
    // In another order than that of the nodes, and of nodes that are the ends of edges.
    session
        .execute("MATCH (a:P) WHERE a.i <= 1500 MATCH (b {_id: CAST(3001 - a.i AS STRING)}) INSERT (a)-[:R]->(b)", ())
        .unwrap();
    assert!(is_of_vectors(&agrees(&mut session, "MATCH (n:P) RETURN n.e AS e ORDER BY n.i DESC")[0], 4));
    assert!(is_of_vectors(&agrees(&mut session, "MATCH (a:P)-[:R]->(b) RETURN b.e AS e")[0], 4));
    // Own changes count; a vector of another length, or something else instead of one, makes a column of values.
    session.execute("START TRANSACTION", ()).unwrap();
    session.execute("MATCH (n {_id: '1'}) SET n.e = VECTOR([1, 2, 3, 4])", ()).unwrap();
    assert_eq!(agrees(&mut session, text)[0].vector(0), Some(&[1.0, 2.0, 3.0, 4.0][..]));
    session.execute("COMMIT", ()).unwrap();
    assert_eq!(agrees(&mut session, text)[0].vector(0), Some(&[1.0, 2.0, 3.0, 4.0][..]));
    for other in ["VECTOR([1, 2])", "'text'", "VECTOR([])"] {
        session.execute(&format!("MATCH (n {{_id: '2999'}}) SET n.e = {other}"), ()).unwrap();
        assert!(matches!(agrees(&mut session, text)[0].data(), ColumnData::Values(_)), "{other}");
    }
}

#[test]
fn algorithms_give_columns() {
    let mut session = session();
    let call =
        "CALL algo.fastrp.stream({dimensions: 4, seed: 1}) YIELD nodeId, embedding RETURN nodeId, embedding AS e";
    let columns = agrees(&mut session, call);
    assert!(is_of_vectors(&columns[1], 4) && columns[1].nulls().is_none());
    assert_eq!(columns[0].text(2999), Some("3000"));
}

#[test]
fn rows_and_batches_may_be_mixed() {
    let mut session = session();
    let mut rows = session.execute("MATCH (n:P) RETURN n.i AS i ORDER BY i", ()).unwrap();
    let mut next = 1;
    let mut batches = 0;
    loop {
        for row in rows.by_ref().take(300) {
            assert_eq!(row.unwrap().get::<i64>("i").unwrap(), next);
            next += 1;
        }
        let Some(batch) = rows.next_batch().unwrap() else { break };
        batches += 1;
        assert_eq!(batch.names(), ["i"]);
        for row in 0..batch.len() {
            assert_eq!(batch.column("i").unwrap().value(row), Value::Int(next));
            next += 1;
        }
        let error = batch.column("j").unwrap_err();
        assert_eq!((error.gqlstatus(), error.kind()), ("42002", ErrorKind::Result));
    }
    assert!(next == 3001 && batches > 1, "{next} {batches}");
    assert_eq!(rows.summary().gqlstatus, "00000");
    assert!(rows.next().is_none() && rows.next_batch().unwrap().is_none());
}

#[test]
fn results_without_rows_have_no_batches() {
    let mut session = session();
    for text in ["MATCH (n:Q) RETURN n", "INSERT (:Q)", "MATCH (n:P) RETURN n.i LIMIT 0"] {
        assert!(session.execute(text, ()).unwrap().next_batch().unwrap().is_none(), "{text}");
    }
}

#[test]
fn an_error_ends_the_batches() {
    let mut session = session();
    let mut rows = session.execute("FOR x IN RANGE(1, 5000) RETURN 1 / (x - 4000) AS y", ()).unwrap();
    let mut read = 0;
    let error = loop {
        match rows.next_batch() {
            Ok(batch) => read += batch.unwrap().len(),
            Err(error) => break error,
        }
    };
    assert_eq!((read, error.gqlstatus()), (3999, "22012"));
    assert!(rows.next_batch().unwrap().is_none());
}
