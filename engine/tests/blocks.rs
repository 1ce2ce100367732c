//! Vectors in blocks: the same numbers as in rows, a value for many nodes.

use wenddb::{Database, Row, params};

fn database(nodes: i64) -> Database {
    let db = Database::in_memory().unwrap();
    let mut session = db.session();
    session
        .execute("FOR i IN RANGE(1, $n) INSERT (:P {_id: 'n' || CAST(i AS STRING)})", params! {"n" => nodes})
        .unwrap();
    session
        .execute(
            "MATCH (a:P), (b:P) FILTER a._id < b._id AND RIGHT(a._id, 1) = RIGHT(b._id, 1) INSERT (a)-[:K]->(b)",
            (),
        )
        .unwrap();
    db
}

fn rows(db: &Database, gql: &str) -> Vec<Row> {
    db.session().execute(gql, ()).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn blocks_are_the_rows() {
    let db = database(25);
    let plain = rows(&db, "CALL algo.node2vec.stream({dimensions: 8}) YIELD nodeId, embedding");
    let blocks = rows(&db, "CALL algo.node2vec.stream({dimensions: 8, blockSize: 10}) YIELD nodeIds, matrix");
    assert_eq!(blocks.len(), 3);
    let (mut ids, mut numbers) = (Vec::new(), Vec::new());
    for block in &blocks {
        ids.extend(block.get::<Vec<String>>("nodeIds").unwrap());
        let bytes: &[u8] = block.get("matrix").unwrap();
        numbers.extend(bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())));
    }
    let plain_ids: Vec<String> = plain.iter().map(|row| row.get("nodeId").unwrap()).collect();
    let plain_numbers: Vec<f32> = plain.iter().flat_map(|row| row.get::<Vec<f32>>("embedding").unwrap()).collect();
    assert_eq!((ids, numbers), (plain_ids, plain_numbers));
    // One column of the two, and a clause behind.
    let sizes = rows(
        &db,
        "CALL algo.node2vec.stream({dimensions: 8, blockSize: 20}) YIELD matrix AS m RETURN BYTE_LENGTH(m) AS n",
    );
    let sizes: Vec<i64> = sizes.iter().map(|row| row.get("n").unwrap()).collect();
    assert_eq!(sizes, [20 * 8 * 4, 5 * 8 * 4]);
}

#[test]
fn what_does_not_fit_is_refused_before_any_work() {
    let db = database(3);
    for (gql, status) in [
        ("CALL algo.node2vec.stream({blockSize: 10}) YIELD nodeId, embedding", "42000"),
        ("CALL algo.node2vec.stream({blockSize: 10})", "42000"),
        ("CALL algo.node2vec.stream({}) YIELD nodeIds, matrix", "42000"),
        ("CALL algo.node2vec.stream() YIELD matrix", "42000"),
        ("CALL algo.node2vec.stream({blockSize: 0}) YIELD matrix", "22003"),
        ("CALL algo.node2vec.stream({blockSize: 'x'}) YIELD matrix", "22G03"),
        ("CALL algo.node2vec({blockSize: 10})", "42002"),
        ("CALL algo.node2vec({}) YIELD matrix", "42002"),
    ] {
        let done = db.session().execute(gql, ());
        assert_eq!(done.map(drop).unwrap_err().gqlstatus(), status, "{gql}");
    }
    // Without blocks nothing has changed.
    assert_eq!(rows(&db, "CALL algo.node2vec.stream({dimensions: 2})")[0].columns(), ["nodeId", "embedding"]);
}
