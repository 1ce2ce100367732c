//! The library in one page: a database, parameters, a transaction, embeddings written back and read again.

use wenddb::{Database, ErrorKind, params};

fn main() -> wenddb::Result<()> {
    // `Database::open("social.wend")` keeps it in a directory.
    let db = Database::in_memory()?;
    let mut session = db.session();

    session.execute(
        "INSERT (a:Person {_id: 'ann', age: 44}), (b:Person {_id: 'bob', age: 30}), (c:Person {_id: 'cem', age: 39}),
                (a)-[:KNOWS]->(b), (b)-[:KNOWS]->(c)",
        (),
    )?;

    let rows = session.execute(
        "MATCH (p:Person) WHERE p.age > $age RETURN p._id AS id, p.age AS age ORDER BY age",
        params! {"age" => 35},
    )?;
    for row in rows {
        let row = row?;
        println!("{} is {}", row.get::<&str>("id")?, row.get::<i64>("age")?);
    }

    // All or nothing; dropped without a commit it is rolled back.
    let mut tx = session.transaction()?;
    tx.execute("INSERT (:Person {_id: $id})", params! {"id" => "dee"})?;
    tx.execute("MATCH (a {_id: 'ann'}), (d {_id: 'dee'}) INSERT (a)-[:KNOWS]->(d)", ())?;
    tx.commit()?;

    // Embeddings become node properties in one atomic step.
    session.execute("CALL algo.node2vec.write({dimensions: 16, seed: 7}, {db: {property: 'embedding'}})", ())?;
    let rows = session.execute(
        "MATCH (a {_id: $id}), (b:Person) WHERE b._id <> a._id
         RETURN b._id AS id, cosine_similarity(a.embedding, b.embedding) AS similarity
         ORDER BY similarity DESC",
        params! {"id" => "ann"},
    )?;
    for row in rows {
        let row = row?;
        println!("ann ~ {}: {:.3}", row.get::<&str>("id")?, row.get::<f64>("similarity")?);
    }

    // Errors say what is wrong, where, and with which GQLSTATUS.
    let error = session.execute("MATCH (p:Person) RETURN q.age", ()).unwrap_err();
    assert_eq!((error.kind(), error.gqlstatus()), (ErrorKind::Binding, "42002"));
    println!("{error}");
    Ok(())
}
