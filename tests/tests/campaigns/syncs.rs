//! Kills a process at each of its syncs: what is there afterwards is the state before or the state after, nothing
//! between.

use std::path::Path;

use super::{Fault, base, copy, existing, faults, remove, rows, skipped, wend};

/// What a database holds.
fn state(path: &Path) -> String {
    let database = existing(path).unwrap();
    let report = database.check().unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    let mut session = database.session();
    let mut text = String::new();
    for gql in [
        "MATCH (n) RETURN COUNT(*) AS c",
        "MATCH (n) FILTER n.k >= 0 RETURN COUNT(*) AS c, SUM(n.k) AS s",
        "MATCH ()-[e]->() RETURN COUNT(*) AS c",
        "SHOW GRAPHS YIELD name RETURN COUNT(*) AS c",
        "SHOW INDEXES YIELD name RETURN COUNT(*) AS c",
        "MATCH (n:A) RETURN COALESCE(SIZE(n.emb), 0) AS d, COUNT(*) AS c",
    ] {
        text.push_str(&rows(&mut session, gql).unwrap());
    }
    text
}

#[test]
fn a_kill_at_every_sync_leaves_before_or_after() {
    let library = match faults() {
        Ok(library) => library,
        Err(why) => return skipped(why),
    };
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path();
    let (start, db) = (folder.join("base"), folder.join("killed.wend"));
    base(folder, &start, 200);
    std::fs::write(folder.join("more.csv"), "_id,k:INT64\nx1,1\nx2,2\n").unwrap();
    let path = db.to_str().unwrap();
    let more = format!("M={}", folder.join("more.csv").display());
    let backup = folder.join("killed.backup");
    let operations: [(&str, Vec<&str>); 7] = [
        ("create", vec![path, "-c", "INSERT (:A {k: 1})"]),
        ("import", vec!["import", path, "--nodes", &more]),
        ("write", vec![path, "-c", "CALL algo.fastrp.write({dimensions: 4}, {db: {property: 'emb'}})"]),
        ("drop graph", vec![path, "-c", "DROP GRAPH g2"]),
        ("index", vec![path, "-c", "CREATE UNIQUE INDEX wk ON NODE W (k)"]),
        (
            "transaction",
            vec![
                path,
                "-c",
                "START TRANSACTION; INSERT (:T {k: 1})-[:S]->(:T {k: 2}); MATCH (o:A {_id: 'a3'}) DETACH DELETE o; COMMIT",
            ],
        ),
        ("backup", vec!["backup", path, backup.to_str().unwrap()]),
    ];
    // In the suite every third sync, in a campaign all.
    let step = if super::factor() > 1 { 1 } else { 3 };
    for (at, (name, arguments)) in operations.iter().enumerate() {
        let begin = |db: &Path| {
            remove(db);
            remove(&backup);
            if *name != "create" {
                copy(&start, db);
            }
        };
        begin(&db);
        let output = wend(arguments).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let after = state(&db);
        let before = if *name == "create" {
            // A database that was made and not yet written to.
            begin(&db);
            drop(wenddb::Database::open(&db).unwrap());
            state(&db)
        } else {
            state(&start)
        };
        let mut kills = 0;
        let mut sync = at as u64 % step;
        loop {
            begin(&db);
            let mut command = wend(arguments);
            let fault = Fault { operation: "sync", matching: "killed.".into(), after: sync, times: 1, error: 0 };
            fault.put(&mut command, library);
            let output = command.output().unwrap();
            if output.status.success() {
                break;
            }
            assert_eq!(output.status.code(), None, "{name}, sync {sync}: {}", String::from_utf8_lossy(&output.stderr));
            kills += 1;
            if *name == "backup" {
                assert!(!backup.exists() || state(&backup) == before, "{name}, sync {sync}");
            }
            match existing(&db) {
                Ok(database) => {
                    drop(database);
                    let found = state(&db);
                    assert!(found == before || found == after, "{name}, sync {sync}: {found}\n{before}\n{after}");
                }
                Err(error) => assert!(*name == "create" && !db.join("WENDDB").exists(), "{name}, sync {sync}: {error}"),
            }
            sync += step;
        }
        println!("{name}: {kills} kills");
        assert!(kills > 0, "{name} syncs nothing");
    }
}
