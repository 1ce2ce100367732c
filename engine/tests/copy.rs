//! COPY .. TO a file, LOAD PARQUET, and exports of other formats.

use std::fs;

use wenddb::{Database, Options, Session};

fn session(directory: Option<&std::path::Path>) -> Session {
    let options = Options { import_directory: directory.map(Into::into), ..Options::default() };
    Database::in_memory_with(options).unwrap().session()
}

fn rows(session: &mut Session, gql: &str) -> Vec<String> {
    let rows = session.execute(gql, ()).unwrap_or_else(|error| panic!("{gql}: {error}"));
    rows.map(|row| row.unwrap().values().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn rows_are_written_as_csv_and_as_arrays() {
    let home = tempfile::tempdir().unwrap();
    let mut session = session(Some(home.path()));
    session.execute("INSERT (:P {_id: 'a', n: 1, t: 'x,\"y\"', l: [1, NULL]}), (:P {_id: 'b', n: 2.5})", ()).unwrap();
    assert_eq!(
        rows(&mut session, "COPY (MATCH (p:P) RETURN p._id AS id, p.n, p.t, p.l ORDER BY id) TO 'p.csv'"),
        ["2"]
    );
    let text = fs::read_to_string(home.path().join("p.csv")).unwrap();
    assert_eq!(text, "id,p.n,p.t,p.l\na,1,\"x,\"\"y\"\"\",\"[1,null]\"\nb,2.5,,\n");
    assert_eq!(rows(&mut session, "COPY (FOR x IN [1, 2, 3] RETURN x) TO 'i.npy'"), ["3"]);
    let bytes = fs::read(home.path().join("i.npy")).unwrap();
    let header = String::from_utf8_lossy(&bytes[10..128]).into_owned();
    assert!(bytes.starts_with(b"\x93NUMPY\x01\x00") && bytes.len() == 128 + 24, "{header}");
    assert!(header.starts_with("{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }") && header.ends_with('\n'));
    assert_eq!(bytes[128..136], 1i64.to_le_bytes());
    rows(&mut session, "COPY (FOR x IN [1, 2] RETURN VECTOR([x, 0.5]) AS v) TO 'v.npy'");
    let bytes = fs::read(home.path().join("v.npy")).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)"));
    rows(&mut session, "COPY (FOR x IN [1, NULL] RETURN x, TRUE AS y) TO 'f.npy'");
    let bytes = fs::read(home.path().join("f.npy")).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)"));
}

#[test]
fn what_cannot_be_written_is_refused_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("there.csv"), "x").unwrap();
    let mut session = session(Some(home.path()));
    for (gql, said) in [
        ("COPY (RETURN 1 AS x) TO '../out.csv'", "not below the import directory"),
        ("COPY (RETURN 1 AS x) TO '/tmp/out.csv'", "not below the import directory"),
        ("COPY (RETURN 1 AS x) TO 'no/such/out.csv'", "cannot read 'no/such'"),
        ("COPY (RETURN 1 AS x) TO 'there.csv'", "is there already"),
        ("COPY (RETURN 1 AS x) TO 'out.xlsx'", "does not tell how the file is to be written"),
        ("COPY (RETURN 1 AS x) TO $f", "f"),
        ("COPY (INSERT (a:P) RETURN a._id) TO 'out.csv'", "changes data"),
        ("COPY (INSERT (a:P)) TO 'out.csv'", "changes data"),
        ("COPY (MATCH (a) FINISH) TO 'out.csv'", "needs a query that returns rows"),
        ("COPY (RETURN 'x' AS x) TO 'out.npy'", "which an array of numpy cannot hold"),
        ("COPY (FOR x IN [1, 0] RETURN 1 / x AS y) TO 'out.csv'", "by zero"),
    ] {
        let error = session.execute(gql, ()).unwrap_err();
        assert!(error.message().contains(said), "{gql}: {error}");
        let mut names: Vec<_> = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.retain(|name| name != "there.csv");
        assert!(names.is_empty(), "{gql} left {names:?}");
    }
    let error = self::session(None).execute("COPY (RETURN 1 AS x) TO 'x.csv'", ()).unwrap_err();
    assert!(error.message().contains("import directory"), "{error}");
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_files_hold_what_was_written() {
    let home = tempfile::tempdir().unwrap();
    let mut session = session(Some(home.path()));
    let query = "FOR i IN RANGE(1, 5000) RETURN i, i / 2.0 AS f, 'text ' || CAST(i AS STRING) AS t, i % 2 = 0 AS b, \
                 CASE WHEN i % 3 = 0 THEN NULL ELSE i END AS n, DATE '2024-01-15' AS d, LOCAL_DATETIME('2024-01-15T10:30:00.25') AS l, \
                 ZONED_DATETIME('2024-01-15T10:30:00Z') AS z, LOCAL_TIME('10:30:00') AS h, [i, NULL] AS list, [] AS nothing, \
                 VECTOR([i, 1]) AS v, {a: i} AS r, CASE WHEN i = 1 THEN 'x' ELSE i END AS mixed ORDER BY i";
    assert_eq!(rows(&mut session, &format!("COPY ({query}) TO 'x.parquet'")), ["5000"]);
    let load = "LOAD PARQUET FROM 'x.parquet' AS r RETURN r.i, r.f, r.t, r.b, r.n, r.d, r.l, r.z, r.h, r.list, r.v, r.mixed, r.r, r.nothing ORDER BY r.i";
    let found = rows(&mut session, load);
    assert_eq!(found.len(), 5000);
    for part in [
        "3 1.5 text 3 ",
        " NULL 2024-01-15 2024-01-15T10:30:00.25 2024-01-15T10:30:00Z 10:30:00 [3",
        "[3.0, 1.0] 3 {\"a\":3} []",
    ] {
        assert!(found[2].contains(part), "{part}: {}", found[2]);
    }
    let counted = "FOR f IN ['x.parquet', 'x.parquet'] LOAD PARQUET FROM f AS r RETURN COUNT(*) AS n, SUM(r.i) AS s";
    assert_eq!(rows(&mut session, counted), ["10000 25005000"]);
    rows(&mut session, "COPY (FOR i IN [] RETURN i) TO 'empty.parquet'");
    assert!(rows(&mut session, "LOAD PARQUET FROM 'empty.parquet' AS r RETURN r").is_empty());
    let bytes = fs::read(home.path().join("x.parquet")).unwrap();
    fs::write(home.path().join("half.parquet"), &bytes[..bytes.len() / 2]).unwrap();
    fs::write(home.path().join("text.parquet"), "no parquet").unwrap();
    for (name, said) in [
        ("half.parquet", "damaged"),
        ("text.parquet", "damaged"),
        ("../x.parquet", "not below"),
        ("none.parquet", "cannot read"),
    ] {
        let gql = format!("LOAD PARQUET FROM '{name}' AS r RETURN r");
        let error = session.execute(&gql, ()).and_then(|rows| rows.collect::<Result<Vec<_>, _>>()).unwrap_err();
        assert!(error.message().contains(said), "{name}: {error}");
    }
}

#[cfg(all(feature = "parquet", feature = "graphml"))]
#[test]
fn exports_of_every_format_are_read_back() {
    use wenddb::{ExportFormat, RelationalImport};
    let home = tempfile::tempdir().unwrap();
    let database = Database::in_memory().unwrap();
    let mut session = database.session();
    session
        .execute(
            "INSERT (a:A&B {_id: 'a<&\"', i: 1, f: 0.5, t: '', u: 'x & <y>', b: TRUE, d: DATE '2024-01-15', z: ZONED_DATETIME('2024-01-15T10:30:00Z'), l: [1, 2]}), \
             (b {_id: 'b', i: 'text', v: VECTOR([1, 2])}), (a)-[:R {w: 2}]->(b), (b)-[:`S T` {w: 'x'}]->(b)",
            (),
        )
        .unwrap();
    let dump = |database: &Database| {
        let mut session = database.session();
        let mut all = Vec::new();
        for query in [
            "MATCH (n) RETURN n._id AS id, n.i, n.f, n.t, n.u, n.b, n.d, n.z, n.l, n.v ORDER BY id",
            "MATCH (n:A&B) RETURN n._id",
            "MATCH (a)-[e:R]->(b) RETURN a._id, e.w, b._id",
            "MATCH (a)-[e:`S T`]->(b) RETURN a._id, e.w, b._id",
        ] {
            all.extend(rows(&mut session, query));
        }
        all
    };
    for (format, name) in [(ExportFormat::Parquet, "parquet"), (ExportFormat::GraphMl, "graphml")] {
        let to = home.path().join(name);
        let report = database.export_as("default", &to, format).unwrap();
        assert_eq!((report.nodes, report.edges), (2, 2));
        let again = Database::in_memory().unwrap();
        let (nodes, edges, _) = again.import_graph(&to, &RelationalImport::default()).unwrap();
        assert_eq!((nodes, edges), (2, 2));
        assert_eq!(dump(&again), dump(&database), "{name}");
    }
    let foreign = "<?xml version='1.0' encoding='utf-8'?><graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">
        <key id=\"d0\" for=\"node\" attr.name=\"age\" attr.type=\"int\"><default>7</default></key>
        <key id=\"d1\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\"/>
        <graph edgedefault=\"undirected\"><edge source=\"x\" target=\"y\"><data key=\"d1\">0.5</data></edge>
        <node id=\"x\"/><node id=\"y\"><data key=\"d0\">44</data></node></graph></graphml>";
    let path = home.path().join("networkx.graphml");
    fs::write(&path, foreign).unwrap();
    let again = Database::in_memory().unwrap();
    again.import_graph(&path, &RelationalImport::default()).unwrap();
    let mut session = again.session();
    assert_eq!(rows(&mut session, "MATCH (a)-[e:EDGE]->(b) RETURN a.age, e.weight, b.age"), ["7 0.5 44"]);
    for (text, said) in [
        ("<graphml><graph><node/></graph></graphml>", "it has no attribute `id`"),
        ("<graphml><graph><edge source='a' target='b'/></graph></graphml>", "there is no node 'a'"),
        ("<graphml><graph><node id='a'></graph></graphml>", "it is no XML"),
        ("<svg/>", "it is no GraphML"),
        ("<graphml><graph><node id='a'><data key='d9'>1</data></node></graph></graphml>", "there is no key `d9`"),
    ] {
        fs::write(&path, text).unwrap();
        let again = Database::in_memory().unwrap();
        let error = again.import_graph(&path, &RelationalImport::default()).unwrap_err();
        assert!(error.message().contains(said), "{text}: {error}");
        assert!(self::rows(&mut again.session(), "MATCH (n) RETURN n").is_empty());
    }
}
