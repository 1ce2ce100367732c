//! Closed graphs outside of statements: bulk import, export, backup.

use std::{fs, path::Path};

use wenddb::{Database, Import, ImportFile};

const TYPE: &str = "CREATE GRAPH TYPE social {(:Person {name STRING NOT NULL, score FLOAT64}), (:City), \
                    (:Person)-[:LIVES_IN {since INT64}]->(:City)}";

fn file(directory: &Path, name: &str, text: &str) -> ImportFile {
    let path = directory.join(name);
    fs::write(&path, text).unwrap();
    ImportFile::new(path)
}

fn closed() -> Database {
    let database = Database::in_memory().unwrap();
    let mut session = database.session();
    session.execute(TYPE, ()).unwrap();
    session.execute("CREATE GRAPH g TYPED social", ()).unwrap();
    database
}

fn import(database: &Database, nodes: &str, edges: &str) -> Result<(u64, u64), String> {
    let directory = tempfile::tempdir().unwrap();
    let import = Import {
        graph: "g".to_owned(),
        nodes: vec![file(directory.path(), "n.csv", nodes)],
        edges: vec![file(directory.path(), "e.csv", edges)],
        ..Import::default()
    };
    match database.import(&import) {
        Ok(report) => Ok((report.nodes, report.edges)),
        Err(error) => Err(format!("{} {}", error.gqlstatus(), error.message())),
    }
}

#[test]
fn an_import_keeps_to_the_type() {
    let database = closed();
    // The column is text because the type says so, and the score a float.
    let nodes = "_id,_labels,name,score\nann,Person,12,3\nulm,City,,\n";
    assert_eq!(import(&database, nodes, "_from,_to,_label,since\nann,ulm,LIVES_IN,2001\n"), Ok((2, 1)));
    let rows = database.session().execute("USE g MATCH (n:Person) RETURN n.name AS a, n.score AS b", ()).unwrap();
    let rows: Vec<String> = rows.map(|row| format!("{:?}", row.unwrap().values())).collect();
    assert_eq!(rows, ["[String(\"12\"), Float(3.0)]"]);

    for (nodes, edges, part) in [
        ("_id,_labels,name\nx,Robot,X\n", "_from,_to,_label\n", "n.csv:2: the node 'x' (:Robot) has no type"),
        ("_id,_labels,name\nx,Person,\n", "_from,_to,_label\n", "lacks the property `name`"),
        ("_id,_labels,name,age\nx,Person,X,1\n", "_from,_to,_label\n", "cannot have the property `age`"),
        ("_id,_labels,name\nx,Person,X\n", "_from,_to,_label\nx,x,LIVES_IN\n", "its ends are (:Person) and (:Person)"),
        ("_id,_labels,name\nx,Person,X\n", "_from,_to,_label\nulm,x,LIVES_IN\n", "its ends are (:City) and (:Person)"),
        ("_id,_labels,name\nx,Person,X\n", "_from,_to,_label\nx,ulm,LOVES\n", "no edge type has this label"),
    ] {
        let error = import(&database, nodes, edges).unwrap_err();
        assert!(error.starts_with("G2000 ") && error.contains(part), "{nodes}: {error}");
    }
    let rows = database.session().execute("USE g MATCH (n) RETURN n", ()).unwrap();
    assert_eq!(rows.count(), 2);
}

#[test]
fn an_export_brings_its_type() {
    let database = closed();
    let mut session = database.session();
    session.execute("USE g INSERT (:Person {_id: 'ann', name: ''})-[:LIVES_IN]->(:City {_id: 'ulm'})", ()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let to = directory.path().join("out");
    let report = database.export("g", &to).unwrap();
    assert_eq!(report.files.len(), 3);

    let other = Database::in_memory().unwrap();
    let mut session = other.session();
    session.execute(&fs::read_to_string(to.join("graph-type.gql")).unwrap(), ()).unwrap();
    session.execute("CREATE GRAPH copy TYPED g", ()).unwrap();
    let import = Import {
        graph: "copy".to_owned(),
        nodes: vec![ImportFile::new(to.join("nodes.csv"))],
        edges: vec![ImportFile::new(to.join("edges.csv"))],
        ..Import::default()
    };
    assert_eq!(other.import(&import).unwrap().nodes, 2);
    assert_eq!(session.execute("USE copy INSERT (:Person)", ()).unwrap_err().gqlstatus(), "G2000");
    // An open graph has no such file.
    assert_eq!(other.export("default", directory.path().join("open")).unwrap().files.len(), 2);
}

#[test]
fn a_backup_keeps_types() {
    let directory = tempfile::tempdir().unwrap();
    let [path, backup, again] = ["a", "b", "c"].map(|name| directory.path().join(name));
    let database = Database::open(&path).unwrap();
    let mut session = database.session();
    session.execute(TYPE, ()).unwrap();
    session.execute("CREATE GRAPH g TYPED social", ()).unwrap();
    database.backup(&backup).unwrap();
    Database::restore(&backup, &again).unwrap();
    let restored = Database::open(&again).unwrap();
    let error = restored.session().execute("USE g INSERT (:Person)", ()).unwrap_err();
    assert_eq!(error.gqlstatus(), "G2000");
    assert_eq!(restored.session().execute("SHOW GRAPH TYPES", ()).unwrap().count(), 1);
}
