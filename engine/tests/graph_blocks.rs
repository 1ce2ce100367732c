//! A graph by blocks, the vectors that come back, and what is refused.

use std::{fs, path::Path};

use tempfile::TempDir;
use wenddb::{Database, ErrorKind, Options, RunOptions, Selection, Session};

/// Six nodes: two triangles, an edge between them, a loop, parallel edges; one node without edges.
fn session(folder: &Path) -> Session {
    let options = Options { import_directory: Some(folder.to_owned()), ..Options::default() };
    let mut session = Database::in_memory_with(options).unwrap().session();
    let text = "INSERT (a:P {_id: 'a', age: 3}), (b:P {_id: 'b', age: 4}), (c:P {_id: 'c'}), (d:Q {_id: 'd'}), (e:Q {_id: 'e'}), \
                (f:Q:P {_id: 'f'}), (g:R {_id: 'g'}), (a)-[:E {w: 0.5}]->(b), (b)-[:E {w: 2}]->(a), (b)-[:E]->(c), (c)-[:E]->(a), \
                (c)-[:F {w: 0.25}]->(d), (d)-[:E]->(e), (e)-[:E]->(f), (f)-[:E]->(d), (d)-[:E]->(d)";
    session.execute(text, ()).unwrap();
    session
}

fn export(session: &mut Session, to: &Path, blocks: usize, selection: &Selection) -> serde_json::Value {
    let report = session.export_blocks(to, blocks, selection, &RunOptions::default()).unwrap();
    assert!(report.files.iter().all(|file| file.is_file()), "{:?}", report.files);
    serde_json::from_str(&fs::read_to_string(to.join("manifest.json")).unwrap()).unwrap()
}

/// Vectors of the export as a directory to import, made by a statement that gives `_number` and `embedding`.
fn vectors(session: &mut Session, folder: &Path, name: &str, query: &str, manifest: &serde_json::Value, rows: u64) {
    fs::create_dir_all(folder.join(name).join("vectors")).unwrap();
    session.execute(&format!("COPY ({query}) TO '{name}/vectors/part-0.parquet'"), ()).unwrap();
    let manifest = serde_json::json!({
        "format": "wenddb vectors", "version": 1, "fingerprint": manifest["fingerprint"], "selection": manifest["selection"],
        "nodeCount": 7, "rowCount": rows, "dimensions": 4, "algorithm": "node2vec", "more": true,
    });
    fs::write(folder.join(name).join("manifest.json"), manifest.to_string()).unwrap();
}

fn lines(session: &mut Session, text: &str) -> Vec<String> {
    session
        .execute(text, ())
        .unwrap()
        .map(|row| row.unwrap().values().iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn a_graph_is_written_in_blocks() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let mut session = session(path);
    let manifest = export(&mut session, &path.join("g"), 2, &Selection::default());
    assert_eq!(manifest["format"], "wenddb graph by blocks");
    let counts = ["nodeCount", "edgeCount", "arcCount"].map(|name| manifest[name].as_u64().unwrap());
    assert_eq!(counts, [7, 9, 15]);
    // Parallel edges weigh 2 together.
    assert_eq!((manifest["weighted"].as_bool(), manifest["largestWeight"].as_f64()), (Some(true), Some(2.0)));
    let blocks = manifest["blocks"].as_array().unwrap();
    let sum = |name: &str| blocks.iter().map(|block| block[name].as_u64().unwrap()).sum::<u64>();
    // Blocks follow the triangles, so that each has one node of the other beside it.
    assert_eq!((blocks.len(), sum("nodes"), sum("arcs"), sum("foreignNodes")), (2, 7, 15, 2));
    let rows =
        lines(&mut session, "LOAD PARQUET FROM 'g/nodes/nodes.parquet' AS r RETURN r._number, r._id, r._labels, r.age");
    assert_eq!(rows[0], "0 a P 3");
    assert_eq!(rows[5], "5 f P&Q NULL");
    let of_c = "FOR name IN ['g/arcs/block-00000.parquet', 'g/arcs/block-00001.parquet'] LOAD PARQUET FROM name AS r \
                FILTER r.number = 2 RETURN r.neighbors, r.weights";
    assert_eq!(lines(&mut session, of_c), ["[0, 1, 3] [1.0, 1.0, 1.0]"]);

    let selection = Selection {
        node_labels: Some(vec!["P".into(), "Q".into()]),
        edge_labels: Some(vec!["E".into()]),
        weight: Some("w".into()),
    };
    let chosen = export(&mut session, &path.join("h"), 9, &selection);
    assert_eq!((chosen["nodeCount"].as_u64(), chosen["blocks"].as_array().unwrap().len()), (Some(6), 9));
    assert_eq!((chosen["leastWeight"].as_f64(), chosen["largestWeight"].as_f64()), (Some(1.0), Some(2.5)));
    assert_eq!(chosen["selection"]["weight"], "w");
    assert_ne!(chosen["fingerprint"], manifest["fingerprint"]);
    // What is no part of the view changes nothing.
    session.execute("MATCH (n:R) SET n.x = 1", ()).unwrap();
    assert_eq!(export(&mut session, &path.join("i"), 3, &Selection::default())["fingerprint"], manifest["fingerprint"]);

    let mut fails = |blocks, selection: &Selection, to: &str| {
        session.export_blocks(path.join(to), blocks, selection, &RunOptions::default()).unwrap_err()
    };
    assert_eq!(fails(0, &Selection::default(), "x").gqlstatus(), "22003");
    assert_eq!(fails(1, &Selection::default(), "g").kind(), ErrorKind::Io);
    let unknown = Selection { node_labels: Some(vec!["PP".into()]), ..Selection::default() };
    assert_eq!(fails(1, &unknown, "x").gqlstatus(), "42002");
    assert!(!path.join("x").exists());
    let empty = Database::in_memory().unwrap().session().export_blocks(
        path.join("empty"),
        2,
        &Selection::default(),
        &RunOptions::default(),
    );
    assert_eq!(empty.unwrap().nodes, 0);
}

#[test]
fn vectors_come_back_in_one_commit() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let mut session = session(path);
    let manifest = export(&mut session, &path.join("g"), 2, &Selection::default());
    session.execute("CALL algo.fastrp.write({dimensions: 4}, {db: {property: 'mine'}})", ()).unwrap();
    session.execute("FOR r IN [{i: 'a', n: 0}, {i: 'b', n: 1}, {i: 'c', n: 2}, {i: 'd', n: 3}, {i: 'e', n: 4}, {i: 'f', n: 5}, {i: 'g', n: 6}] \
                     MATCH (n {_id: r.i}) SET n.k = r.n", ()).unwrap();
    let all = "MATCH (n) RETURN n.k AS _number, n.mine AS embedding";
    vectors(&mut session, path, "v", all, &manifest, 7);
    let done = session.import_vectors("e", path.join("v"), &RunOptions::default()).unwrap();
    assert_eq!((done.vectors, done.dimensions, done.algorithm.as_deref()), (7, 4, Some("node2vec")));
    assert_eq!(lines(&mut session, "MATCH (n) WHERE n.e = n.mine RETURN COUNT(*)"), ["7"]);

    // What is wrong, and with which rows; nothing of it is kept.
    let refused = |session: &mut Session, name: &str, query: &str, rows: u64| {
        vectors(session, path, name, query, &manifest, rows);
        let error = session.import_vectors("f", path.join(name), &RunOptions::default()).unwrap_err();
        assert_eq!(lines(session, "MATCH (n) WHERE n.f IS NOT NULL RETURN COUNT(*)"), ["0"], "{error}");
        error.message().to_owned()
    };
    let missing = refused(&mut session, "v1", "MATCH (n) WHERE n.k <> 3 RETURN n.k AS _number, n.mine AS embedding", 7);
    assert_eq!(missing, "the vectors are not those of the graph: 1 row of 7 missing, such as that of 'd'");
    let twice = format!("{all} UNION ALL MATCH (n) WHERE n.k = 1 RETURN n.k AS _number, n.mine AS embedding");
    assert!(refused(&mut session, "v2", &twice, 7).ends_with(": 1 row of a node that has one already, such as 'b'"));
    let short =
        "MATCH (n) RETURN n.k AS _number, CASE WHEN n.k < 2 THEN [CAST(1 AS FLOAT32)] ELSE n.mine END AS embedding";
    let error = refused(&mut session, "v3", &short.replace("CAST(1 AS FLOAT32)", "1.0"), 7);
    assert!(
        error.contains("the column embedding is")
            || error.contains("2 rows with a vector of another length than 4, such as"),
        "{error}"
    );
    let outside = "MATCH (n) RETURN n.k + 1 AS _number, n.mine AS embedding";
    let error = refused(&mut session, "v4", outside, 7);
    assert!(error.contains("1 row of no node, such as number 7 of 7 nodes"), "{error}");
    assert!(error.contains("1 row of 7 missing, such as that of 'a'"), "{error}");
    let none = "MATCH (n) RETURN n.k AS _number, CASE WHEN n.k = 2 THEN NULL ELSE n.mine END AS embedding";
    assert!(refused(&mut session, "v5", none, 7).contains("1 row without a vector, such as 'c'"));
    let other = refused(&mut session, "v6", "MATCH (n) RETURN n.k AS number, n.mine AS embedding", 7);
    assert!(other.ends_with("has no column _number, but number, embedding"), "{other}");
    // Nodes that no walk leaves may be left out, as many as the manifest says.
    vectors(
        &mut session,
        path,
        "v7",
        "MATCH (n) WHERE n.k < 6 RETURN n.k AS _number, n.mine AS embedding",
        &manifest,
        6,
    );
    assert_eq!(session.import_vectors("h", path.join("v7"), &RunOptions::default()).unwrap().vectors, 6);

    for (text, wrong) in [
        ("", "does not say of which graph"),
        (
            r#"{"format": "x", "version": 1, "fingerprint": "", "nodeCount": 1, "rowCount": 1, "dimensions": 1}"#,
            "its format is \"x\"",
        ),
        (
            r#"{"format": "wenddb vectors", "version": 9, "fingerprint": "", "nodeCount": 1, "rowCount": 1, "dimensions": 1}"#,
            "its version is 9",
        ),
    ] {
        fs::write(path.join("v7/manifest.json"), text).unwrap();
        let error = session.import_vectors("h", path.join("v7"), &RunOptions::default()).unwrap_err();
        assert!(error.message().contains(wrong) && error.kind() == ErrorKind::Import, "{error}");
    }
    fs::remove_file(path.join("v7/manifest.json")).unwrap();
    let error = session.import_vectors("h", path.join("v7"), &RunOptions::default()).unwrap_err();
    assert!(error.hint().unwrap_or_default().contains("not complete"), "{error}");

    // Of another graph.
    session.execute("MATCH (a {_id: 'a'}), (g {_id: 'g'}) INSERT (a)-[:E]->(g)", ()).unwrap();
    let error = session.import_vectors("e", path.join("v"), &RunOptions::default()).unwrap_err();
    assert!(error.message().contains("are of another graph, or of this one before it changed"), "{error}");
    assert!(error.message().ends_with("it has 7 nodes and 17 arcs now"), "{error}");
}
