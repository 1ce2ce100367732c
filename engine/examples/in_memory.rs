//! A graph in memory, for a program that depends on `wenddb` without the feature `rocksdb`: nothing of C++ is compiled, and all but
//! databases on disk is there. Continuous integration runs this without default features.

use wenddb::{Database, ErrorKind, Import, ImportFile, Result, params};

fn main() -> Result<()> {
    let db = Database::in_memory()?;
    let mut session = db.session();

    // Import, indexes.
    let directory = std::env::temp_dir().join(format!("wenddb-example-{}", std::process::id()));
    let file = |name: &str, text: String| {
        let path = directory.join(name);
        std::fs::create_dir_all(&directory).and_then(|()| std::fs::write(&path, text)).expect("a temporary file");
        path
    };
    let people = (0..500).map(|n| format!("p{n},{}\n", n % 90)).collect::<String>();
    let knows = (0..2000).map(|n| format!("p{},p{}\n", n % 500, n * 7919 % 500)).collect::<String>();
    let nodes = vec![ImportFile::new(file("people.csv", format!("_id,age\n{people}"))).label("Person")];
    let edges = vec![ImportFile::new(file("knows.csv", format!("_from,_to\n{knows}"))).label("KNOWS")];
    let report = db.import(&Import { nodes, edges, ..Import::default() })?;
    std::fs::remove_dir_all(&directory).expect("the temporary directory");
    assert_eq!((report.nodes, report.edges), (500, 2000));
    session.execute("CREATE INDEX ages FOR (p:Person) ON (p.age)", ())?;
    let mut count = |text: &str| -> Result<i64> {
        let mut rows = session.execute(text, params! {"age" => 44})?;
        rows.next().expect("a row")?.get("n")
    };
    assert_eq!(count("MATCH (p:Person) WHERE p.age = $age RETURN COUNT(*) AS n")?, 6);
    assert_eq!(count("MATCH (:Person)-[e:KNOWS]->() RETURN COUNT(e) AS n")?, 2000);

    // Transactions: nobody else sees what is not committed, and two that change the same conflict.
    let (mut one, mut two) = (db.session(), db.session());
    let (mut first, mut second) = (one.transaction()?, two.transaction()?);
    first.execute("MATCH (p {_id: 'p1'}) SET p.age = 100", ())?;
    second.execute("MATCH (p {_id: 'p1'}) SET p.age = 2", ())?;
    assert_eq!(count("MATCH (p {_id: 'p1', age: 1}) RETURN COUNT(*) AS n")?, 1);
    first.commit()?;
    assert_eq!(second.commit().map_err(|error| error.kind()), Err(ErrorKind::Conflict));

    // Embeddings and models, in a vector set each, written by tasks.
    session.execute("CALL algo.node2vec.write({dimensions: 16, seed: 7}, {db: {property: 'embedding'}})", ())?;
    session
        .execute("CALL algo.gnn_embed.write({dimensions: 8, seed: 7, epochs: 2}, {db: {property: 'learned'}})", ())?;
    let mut count = |text: &str| -> Result<i64> { session.execute(text, ())?.next().expect("a row")?.get("n") };
    assert_eq!(count("MATCH (p) WHERE p.embedding IS NOT NULL AND p.learned IS NOT NULL RETURN COUNT(*) AS n")?, 500);
    assert_eq!(session.execute("SHOW TASKS", ())?.count(), 2);
    assert_eq!(db.check()?.problems, Vec::<String>::new());

    // A path needs the feature, and its absence says so.
    if cfg!(not(feature = "rocksdb")) {
        let error = Database::open("social.wend").expect_err("there is no storage on disk");
        assert!(error.kind() == ErrorKind::Usage && error.message().contains("the feature `rocksdb`"), "{error}");
        println!("{error}");
    }
    println!("500 nodes, 2000 edges, two embeddings: all well");
    Ok(())
}
