//! CSV import and export through the library: types, labels, every kind of wrong file, and the round trip.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use tempfile::TempDir;
use wenddb::{
    Database, End, Error, ErrorKind, Import, ImportFile, ImportReport, InterruptHandle, Params, Separator, Value,
    params,
};

struct Case {
    folder: TempDir,
    database: Database,
}

/// A file's name, which may follow `LABEL=`, and its content.
type Csv<'a> = (&'a str, &'a str);

impl Case {
    fn new() -> Case {
        Case { folder: TempDir::new().unwrap(), database: Database::in_memory().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, (name, content): Csv<'_>) -> ImportFile {
        let (label, name) = name.split_once('=').map_or((None, name), |(label, name)| (Some(label.to_owned()), name));
        fs::write(self.path(name), content).unwrap();
        ImportFile { label, path: self.path(name), ..ImportFile::default() }
    }

    fn import(&self, nodes: &[Csv<'_>], edges: &[Csv<'_>]) -> Result<ImportReport, Error> {
        let files = |files: &[Csv<'_>]| files.iter().map(|file| self.file(*file)).collect();
        self.database.import(&Import { nodes: files(nodes), edges: files(edges), ..Import::default() })
    }

    fn rows(&self, gql: &str) -> Vec<Vec<Value>> {
        rows(&self.database, gql)
    }

    /// The first column as text.
    fn texts(&self, gql: &str) -> Vec<String> {
        self.rows(gql).iter().map(|row| row[0].to_string()).collect()
    }

    /// The property of every node as type and text, in insertion order.
    fn typed(&self, property: &str) -> Vec<String> {
        let rows = self.rows(&format!("MATCH (n) RETURN n.{property}"));
        rows.iter().map(|row| format!("{} {}", row[0].type_name(), row[0])).collect()
    }

    fn counts(&self) -> (u64, u64) {
        let count = |gql| match self.rows(gql)[0][0] {
            Value::Int(count) => count as u64,
            _ => panic!("not a count"),
        };
        (count("MATCH (n) RETURN COUNT(*)"), count("MATCH ()-[e]->() RETURN COUNT(*)"))
    }
}

fn rows(database: &Database, gql: &str) -> Vec<Vec<Value>> {
    let rows = database.session().execute(gql, ()).unwrap();
    rows.map(|row| row.unwrap().into_values()).collect()
}

#[test]
fn nodes_and_edges_with_labels() {
    let case = Case::new();
    let people = "_id,_labels,age\nann,Person&Admin,44\nbob,,\nab,`R&D` & `a``b`,1\n";
    let report = case
        .import(
            &[("Guest=people.csv", people), ("A&B=plain.csv", "_id\nx\n"), ("none.csv", "_id\ny\n")],
            &[("KNOWS=knows.csv", "_from,_label,_to,w\nann,,bob,1\nbob,LIKES,x,2\nx,,x,\n")],
        )
        .unwrap();
    assert_eq!((report.nodes, report.edges), (5, 3));
    assert!(report.seconds > 0.0);
    assert_eq!(
        case.texts("MATCH (n) RETURN n"),
        [
            "(:Admin&Person {_id: 'ann', age: 44})",
            "(:Guest {_id: 'bob'})",
            "(:`R&D`&`a``b` {_id: 'ab', age: 1})",
            "(:A&B {_id: 'x'})",
            "({_id: 'y'})",
        ]
    );
    assert_eq!(case.texts("MATCH ()-[e]->() RETURN e"), ["-[:KNOWS {w: 1}]->", "-[:LIKES {w: 2}]->", "-[:KNOWS]->"]);
    assert_eq!(case.texts("MATCH (a)-[e:LIKES]->(b) RETURN a._id || '>' || b._id"), ["bob>x"]);
    // The ends of edges may be nodes of the graph before.
    let report = case.import(&[], &[("E=more.csv", "_to,_from\nann,y\n")]).unwrap();
    assert_eq!((report.nodes, report.edges), (0, 1));
    assert_eq!(case.texts("MATCH (a)-[:E]->(b) RETURN a._id || '>' || b._id"), ["y>ann"]);
}

#[test]
fn types_are_found() {
    let case = Case::new();
    let content = "_id,i,f,b,s,zip,d,l,z,big,none,label\n\
        1,1,1,true,x,007,2024-02-29,2024-01-15T10:30:00,2024-01-15T10:30:00Z,9223372036854775808,,a\n\
        2,-5,2.5,FALSE,1,123,2023-01-01,2024-01-15 10:30,2024-01-15T10:30:00+01:00,1,,b\n\
        3,,,,,,,,,,,\n";
    case.import(&[("n.csv", content)], &[]).unwrap();
    for (property, wanted) in [
        ("i", ["INT64 1", "INT64 -5"]),
        ("f", ["FLOAT64 1.0", "FLOAT64 2.5"]),
        ("b", ["BOOL true", "BOOL false"]),
        ("s", ["STRING x", "STRING 1"]),
        ("zip", ["STRING 007", "STRING 123"]),
        ("d", ["DATE 2024-02-29", "DATE 2023-01-01"]),
        ("l", ["LOCAL DATETIME 2024-01-15T10:30:00", "LOCAL DATETIME 2024-01-15T10:30:00"]),
        ("z", ["ZONED DATETIME 2024-01-15T10:30:00Z", "ZONED DATETIME 2024-01-15T10:30:00+01:00"]),
        ("big", ["STRING 9223372036854775808", "STRING 1"]),
        ("`label`", ["STRING a", "STRING b"]),
    ] {
        assert_eq!(case.typed(property), [wanted[0], wanted[1], "NULL NULL"], "{property}");
    }
    assert_eq!(case.typed("none"), ["NULL NULL"; 3]);
}

#[test]
fn types_can_be_stated() {
    for (title, cell, wanted) in [
        ("x:INT64", "007", "INT64 7"),
        ("x:int", " 5 ", "INT64 5"),
        ("x:STRING", "5", "STRING 5"),
        ("x : Double", "5", "FLOAT64 5.0"),
        ("x:FLOAT64", "NaN", "FLOAT64 NaN"),
        ("x:FLOAT64", "-Infinity", "FLOAT64 -Infinity"),
        ("x:BOOLEAN", "True", "BOOL true"),
        ("x:BYTES", "00fF", "BYTES X'00ff'"),
        ("x:BYTES", "0x", "BYTES X''"),
        ("x:DATE", "20240115", "DATE 2024-01-15"),
        ("x:LOCAL TIME", "10:30", "LOCAL TIME 10:30:00"),
        ("x:ZONED TIME", "10:30Z", "ZONED TIME 10:30:00Z"),
        ("x:DURATION", "P1Y2DT3.5S", "DURATION P1Y2DT3.5S"),
        ("x:VECTOR", "\"[1, 0.1, \"\"NaN\"\"]\"", "VECTOR [1.0, 0.1, NaN]"),
        ("x:VECTOR", "[]", "VECTOR []"),
        ("x:LIST<FLOAT>", "\"[1, 2.5, null]\"", "LIST [1.0, 2.5, NULL]"),
        ("x:LIST<STRING>", "\"[\"\"a\"\", \"\"\"\"]\"", "LIST ['a', '']"),
        ("x:LIST<LIST<INT>>", "\"[[1],[]]\"", "LIST [[1], []]"),
        ("x:LIST<DATE>", "\"[\"\"2024-01-15\"\"]\"", "LIST [2024-01-15]"),
        ("x:LIST", "\"[1, \"\"a\"\", true]\"", "LIST [1, 'a', true]"),
        ("x:RECORD", "\"{\"\"b\"\": 1, \"\"a\"\": [1.5]}\"", "RECORD {b: 1, a: [1.5]}"),
        ("x:JSON", "\"\"\"\"\"\"", "STRING "),
        ("x:JSON", "\"{\"\"$DATE\"\": \"\"2024-01-15\"\"}\"", "DATE 2024-01-15"),
        ("x:JSON", "null", "NULL NULL"),
    ] {
        let case = Case::new();
        case.import(&[("n.csv", &format!("_id,{title}\n1,{cell}\n"))], &[]).unwrap();
        assert_eq!(case.typed("x"), [wanted], "{title} {cell}");
    }
}

#[test]
fn names_with_colons_and_several_types() {
    let case = Case::new();
    let content = "_id:STRING,`foaf:name`,`a``b`:INT,`_from`,x:INT64,x:STRING\n1,ann,5,there,7,\n2,,,,,7\n";
    case.import(&[("n.csv", content)], &[]).unwrap();
    assert_eq!(case.typed("`foaf:name`")[0], "STRING ann");
    assert_eq!(case.typed("`a``b`")[0], "INT64 5");
    assert_eq!(case.typed("`_from`")[0], "STRING there");
    assert_eq!(case.typed("x"), ["INT64 7", "STRING 7"]);
}

#[test]
fn text_of_every_form() {
    let case = Case::new();
    let content = "\u{feff}_id,s\r\n\r\n1,\"a, \"\"b\"\"\r\nc\"\r\n\"2\",5\" pipe\r\n3,\u{e4}\u{1f600}\r\n\n4,";
    case.import(&[("n.csv", content)], &[]).unwrap();
    assert_eq!(case.typed("s"), ["STRING a, \"b\"\r\nc", "STRING 5\" pipe", "STRING \u{e4}\u{1f600}", "NULL NULL"]);
    assert_eq!(case.texts("MATCH (n) RETURN n._id"), ["1", "2", "3", "4"]);
}

#[test]
fn packed_files() {
    let case = Case::new();
    let pack = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let path = case.path("n.csv.gz");
    // Several members, as `cat a.gz b.gz` makes.
    fs::write(&path, [pack("_id,a\n1,1"), pack("0\n2,2\n")].concat()).unwrap();
    let nodes = vec![ImportFile::new(path.clone())];
    case.database.import(&Import { nodes: nodes.clone(), ..Import::default() }).unwrap();
    assert_eq!(case.typed("a"), ["INT64 10", "INT64 2"]);

    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 6]).unwrap();
    let error = case.database.import(&Import { nodes: nodes.clone(), ..Import::default() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    fs::write(&path, "_id\n3\n").unwrap();
    let error = case.database.import(&Import { nodes, ..Import::default() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.message().contains("n.csv.gz"), "{error}");
    assert_eq!(case.counts(), (2, 0));
}

#[test]
fn a_wrong_file_changes_nothing() {
    const NODES: &str = "_id\na\nb\n";
    const EDGES: &str = "_from,_to,_label\na,b,E\n";
    // nodes, edges, GQLSTATUS, the message after the folder, a part of the hint
    for (nodes, edges, status, message, hint) in [
        ("_id,x\na,1\nb\n", EDGES, "22000", "n.csv:3: the row has 1 field, the header 2 columns", ""),
        ("_id\na\nb,\n", EDGES, "22000", "n.csv:3: the row has 2 fields, the header 1 column", ""),
        ("_id,x\n\"a\",\"1\n\n2\"\nb,1,2\n", EDGES, "22000", "n.csv:5: the row has 3 fields, the header 2 columns", ""),
        ("_id,x\r\na,1\r\n\r\n\r\nb,1,2\r\n", EDGES, "22000", "n.csv:5: the row has 3", ""),
        ("_id\na\n\"\"\n", EDGES, "22004", "n.csv:3: the `_id` is empty", ""),
        (
            "_id\na\nb\na\n",
            EDGES,
            "G2000",
            "n.csv:4: the `_id` 'a' is not new: an earlier row of the import has it",
            "",
        ),
        ("_id\na\nold\n", EDGES, "G2000", "n.csv:3: the `_id` 'old' is not new: a node of the graph has it", ""),
        ("_id,x:INT\na,1\nb,1.5\n", EDGES, "22018", "n.csv:3: column `x`: '1.5' is not INT64", ""),
        ("_id,x:INT\na,99999999999999999999\n", EDGES, "22018", "n.csv:2: column `x`: '9999", ""),
        ("_id,x:VECTOR\na,\"[1,\"\"a\"\"]\"\n", EDGES, "22018", "n.csv:2: column `x`: '[1,\"a\"]' is not VECTOR", ""),
        ("_id,x:VECTOR\na,[1e300]\n", EDGES, "22018", "n.csv:2: column `x`: '[1e300]' is not VECTOR", ""),
        ("_id,x:LIST<INT>\na,[1.5]\n", EDGES, "22018", "n.csv:2: column `x`: '[1.5]' is not LIST<INT64>", ""),
        ("_id,x:DATE\na,2023-02-29\n", EDGES, "22018", "n.csv:2: column `x`: '2023-02-29' is not DATE", ""),
        ("_id,x:BYTES\na,0f0\n", EDGES, "22018", "n.csv:2: column `x`: '0f0' is not BYTES", ""),
        ("_id,x:JSON\na,{\n", EDGES, "22018", "n.csv:2: column `x`: '{' is not JSON", ""),
        ("_id,x:INT,x:TEXT\na,1,1\n", EDGES, "42000", "n.csv:2: `x` has a value in more than one", ""),
        (
            "_id,_labels\na,A&\n",
            EDGES,
            "22018",
            "n.csv:2: column `_labels`: 'A&' is not labels as in A&B",
            "backquotes",
        ),
        ("_id,x\na,\"1\nb,2\n", EDGES, "22000", "n.csv:2: the quote that opens field 2 is never closed", ""),
        ("_id,x\na,\"1\"2\n", EDGES, "22000", "n.csv:2: field 2 goes on after its closing quote", "doubled"),
        ("", EDGES, "22000", "n.csv:1: the file is empty", "_id"),
        (
            "id,x\na,1\n",
            EDGES,
            "42002",
            "n.csv:1: the column `_id` is missing",
            "n.csv:id'; or give the file a column _id",
        ),
        ("_id;x\na;1,2;\n", EDGES, "22000", "n.csv:2: the row has 3 fields, the header 2 columns", ""),
        ("#_id\na\n", EDGES, "42002", "n.csv:1: the column `_id` is missing", "--comment '#' skips lines"),
        ("_id,x,x\na,1,1\n", EDGES, "42000", "n.csv:1: two columns are named `x`", "different types"),
        ("_id,x:INT,x:INTEGER\na,1,1\n", EDGES, "42000", "n.csv:1: two columns are named `x`", ""),
        ("_id,_id\na,b\n", EDGES, "42000", "n.csv:1: two columns are named `_id`", ""),
        ("_id,,x\na,1,1\n", EDGES, "42000", "n.csv:1: column 2 has no name", ""),
        ("_id,:INT\na,1\n", EDGES, "42000", "n.csv:1: column 2 has no name", ""),
        ("_id,`x\na,1\n", EDGES, "42000", "n.csv:1: the name of column 2 has no closing backquote", ""),
        (
            "_id,x:FLAOT\na,1\n",
            EDGES,
            "42002",
            "n.csv:1: column 2, `x:FLAOT`: `FLAOT` is not a type",
            "did you mean FLOAT?",
        ),
        ("_id:INT\n1\n", EDGES, "42000", "n.csv:1: the column `_id` is of type STRING", ""),
        (EDGES, EDGES, "42002", "n.csv:1: a file of nodes has no column `_from`", "give it as one of edges"),
        ("_id,_label\na,A\n", EDGES, "42002", "n.csv:1: a file of nodes has no column `_label`", "`_labels`"),
        (NODES, NODES, "42002", "e.csv:1: a file of edges has no column `_id`", "give it as one of nodes"),
        (NODES, "source,target\na,b\n", "42002", "e.csv:1: the column `_from` is missing", "e.csv:source->target'"),
        (
            "Name,x\na,1\n",
            EDGES,
            "42002",
            "n.csv:1: the column `_id` is missing",
            "n.csv:Name'; or give the file a column _id",
        ),
        ("_key,x\na,1\n", EDGES, "42002", "n.csv:1: the column `_id` is missing", "n.csv:_key'"),
        (
            ":ID,:LABEL\na,A\n",
            EDGES,
            "42002",
            "n.csv:1: `:ID` is how another tool",
            "`:ID` to `_id`, `:LABEL` to `_labels`",
        ),
        ("id:ID(P),x:int\na,1\n", EDGES, "42002", "n.csv:1: `id:ID(P)` is how another", "`id:ID(P)` to `_id`"),
        (
            NODES,
            ":START_ID,:END_ID,:TYPE\na,b,E\n",
            "42002",
            "e.csv:1: `:START_ID` is how another tool names a column",
            "rename `:START_ID` to `_from`, `:END_ID` to `_to`, `:TYPE` to `_label`: the header of a file of nodes has _id",
        ),
        (NODES, "~id,~from,~to,~label\n1,a,b,E\n", "42002", "e.csv:1: `~id` is how", "`~label` to `_label`"),
        (NODES, "_from,_labels\na,b\n", "42002", "e.csv:1: a file of edges has no column `_labels`", "`_label`"),
        (NODES, "_from,_label\na,E\n", "42002", "e.csv:1: the column `_to` is missing", ""),
        (
            NODES,
            "_from,_to,_label\na,b,E\nc,b,E\n",
            "G1002",
            "e.csv:3: column `_from`: there is no node 'c'",
            "--create-nodes",
        ),
        (NODES, "_from,_to,_label\na,b,E\na,,E\n", "22004", "e.csv:3: the column `_to` is empty", ""),
        (
            NODES,
            "_from,_to,_label\na,b,E\na,b,\n",
            "22004",
            "e.csv:3: the edge has no label",
            "one label for the whole file",
        ),
        (NODES, "_from,_to\na,b\n", "22004", "e.csv:2: the edge has no label", "one label for the whole file"),
        (NODES, "_from,_to,_label,w:FLOAT\na,b,E,x\n", "22018", "e.csv:2: column `w`: 'x' is not FLOAT64", ""),
    ] {
        let case = Case::new();
        case.database.session().execute("INSERT (:Old {_id: 'old'})-[:E]->(:Old)", ()).unwrap();
        let error = case.import(&[("n.csv", nodes)], &[("e.csv", edges)]).unwrap_err();
        let text = error.message().strip_prefix(case.folder.path().to_str().unwrap()).unwrap_or(error.message());
        assert!(text[1..].starts_with(message), "{error}");
        assert_eq!((error.kind(), error.gqlstatus()), (ErrorKind::Import, status), "{error}");
        assert!(error.hint().unwrap_or_default().contains(hint), "{error}");
        assert_eq!(case.counts(), (2, 1), "{error}");
        assert!(case.import(&[("n.csv", NODES)], &[("e.csv", EDGES)]).is_ok(), "after {error}");
    }
}

#[test]
fn bytes_that_are_no_text() {
    let case = Case::new();
    let path = case.path("n.csv");
    fs::write(&path, b"_id,x\na,1\nb,\xff\n").unwrap();
    let nodes = vec![ImportFile::new(path.clone())];
    let error = case.database.import(&Import { nodes: nodes.clone(), ..Import::default() }).unwrap_err();
    assert!(error.message().ends_with("n.csv:3: field 2 is not a text in UTF-8"), "{error}");
    // UTF-16, as spreadsheets like to write.
    fs::write(&path, b"\xff\xfe_\0i\0d\0\n\0").unwrap();
    let error = case.database.import(&Import { nodes, ..Import::default() }).unwrap_err();
    assert!(error.message().contains("n.csv:1: "), "{error}");
    assert_eq!(error.hint(), Some("save the file in UTF-8"));
    assert_eq!(case.counts(), (0, 0));
}

#[test]
fn line_ends_of_every_kind() {
    for end in ["\n", "\r", "\r\n"] {
        let case = Case::new();
        let content = ["_id,x", "1,\"a\rb\"", "", "2,c"].join(end);
        let report = case.import(&[("N=n.csv", &content)], &[("E=e.csv", &format!("_from,_to{end}1,2{end}"))]).unwrap();
        assert_eq!((report.nodes, report.edges), (2, 1), "{end:?}");
        assert_eq!(case.typed("x"), ["STRING a\rb", "STRING c"]);
        let error = case.import(&[("n.csv", &["_id,x", "3,\"a\rb\"", "4"].join(end))], &[]).unwrap_err();
        assert!(error.message().ends_with("n.csv:4: the row has 1 field, the header 2 columns"), "{error}");
    }
}

#[test]
fn properties_of_any_name_are_exported_and_imported() {
    let case = Case::new();
    let names =
        ["", " ", " x", "x ", "a:b", "`", "a`b:INT", "_id2", "_from", "x:ID(", "~id", "a,b", "\"", "a\r\nb", "\0", "é"];
    let fields: Vec<(&str, Value)> = names.iter().map(|name| (*name, Value::from(format!("<{name}>")))).collect();
    let mut session = case.database.session();
    session.execute("INSERT (n {_id: 'a'}) SET n = $p SET n._x = 1", params! {"p" => Value::record(fields)}).unwrap();
    session.execute("MATCH (n) INSERT (n)-[:E {w: 1}]->(n)", ()).unwrap();
    session.execute("MATCH ()-[e]->() SET e = $p", params! {"p" => Value::record([("", Value::from(1))])}).unwrap();
    let out = case.path("out");
    case.database.export("default", &out).unwrap();
    let again = import_folder(&out);
    for gql in ["MATCH (n) RETURN n", "MATCH ()-[e]->() RETURN e"] {
        assert_eq!(texts(&again, gql), texts(&case.database, gql));
    }
}

#[test]
fn integers_in_json_are_exact_or_refused() {
    let case = Case::new();
    for (title, cell) in [
        ("x:JSON", "18446744073709551616"),
        ("x:LIST", "[9223372036854775808]"),
        ("x:RECORD", "{\"\"a\"\": -9223372036854775809}"),
    ] {
        let error = case.import(&[("n.csv", &format!("_id,{title}\n1,\"{cell}\"\n"))], &[]).unwrap_err();
        assert_eq!(error.gqlstatus(), "22018", "{error}");
    }
    case.import(&[("n.csv", "_id,x:LIST<FLOAT>\n1,[18446744073709551616]\n")], &[]).unwrap();
    assert_eq!(case.typed("x"), ["LIST [1.8446744073709552e19]"]);
}

#[test]
fn files_and_graphs_that_are_not_there() {
    let case = Case::new();
    let nodes = case.file(("n.csv", "_id\na\n"));
    let missing = ImportFile::new(case.path("no.csv"));
    let folder = ImportFile::new(case.folder.path().to_owned());
    for file in [missing, folder] {
        let import = Import { nodes: vec![nodes.clone()], edges: vec![file.clone()], ..Import::default() };
        let error = case.database.import(&import).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.message().contains(file.path.to_str().unwrap()), "{error}");
    }
    let import = Import { graph: "defualt".to_owned(), nodes: vec![nodes.clone()], ..Import::default() };
    let error = case.database.import(&import).unwrap_err();
    assert_eq!((error.gqlstatus(), error.hint()), ("42002", Some("did you mean `default`?")));
    assert_eq!(case.database.export("nope", case.path("out")).unwrap_err().gqlstatus(), "42002");

    let label = ImportFile::new(nodes.path.clone()).label("A&");
    let error = case.database.import(&Import { nodes: vec![label], ..Import::default() }).unwrap_err();
    assert_eq!(error.gqlstatus(), "42000");
    assert_eq!(case.counts(), (0, 0));
    assert_eq!(case.database.import(&Import::default()).unwrap().nodes, 0);

    let mut session = case.database.session();
    session.execute("CREATE GRAPH other", ()).unwrap();
    let import = Import { graph: "other".to_owned(), nodes: vec![nodes], ..Import::default() };
    assert_eq!(case.database.import(&import).unwrap().nodes, 1);
    assert_eq!(case.counts(), (0, 0));
    session.execute("USE other MATCH (n) RETURN n._id", ()).unwrap();
}

#[test]
fn progress_and_cancel() {
    let case = Case::new();
    let nodes: String = (0..50_000).map(|number| format!("{number},{number}\n")).collect();
    let nodes = vec![case.file(("n.csv", &format!("_id,x\n{nodes}")))];

    let seen = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let list = Arc::clone(&seen);
    let import = Import {
        nodes: nodes.clone(),
        progress: Some(Arc::new(move |progress| list.lock().push((progress.stage.clone(), progress.fraction)))),
        ..Import::default()
    };
    case.database.import(&import).unwrap();
    let seen = seen.lock();
    assert!(seen.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{seen:?}");
    assert_eq!(seen.last().unwrap().1, 1.0);
    for stage in ["finding types", "nodes", "writing"] {
        assert!(seen.iter().any(|(name, _)| name == stage), "{seen:?}");
    }

    // Interrupted while it runs, from the callback so that it is for certain.
    let case = Case::new();
    let interrupt = InterruptHandle::default();
    let (handle, calls) = (interrupt.clone(), Arc::new(AtomicUsize::new(0)));
    let import = Import {
        nodes,
        progress: Some(Arc::new(move |progress| {
            if progress.stage == "nodes" && calls.fetch_add(1, Ordering::Relaxed) == 1 {
                handle.interrupt();
            }
        })),
        interrupt: Some(interrupt),
        ..Import::default()
    };
    let error = case.database.import(&import).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(case.counts(), (0, 0));
    // An interrupt is for the import that runs, not for a later one.
    assert_eq!(case.database.import(&Import { progress: None, ..import }).unwrap().nodes, 50_000);
}

fn read(folder: &Path) -> (String, String) {
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    (read("nodes.csv"), read("edges.csv"))
}

fn import_folder(folder: &Path) -> Database {
    let database = Database::in_memory().unwrap();
    let file = |name: &str| vec![ImportFile::new(folder.join(name))];
    database
        .import(&Import { nodes: file("nodes.csv"), edges: file("edges.csv"), ..Import::default() })
        .unwrap_or_else(|error| panic!("{error}\n{:?}", read(folder)));
    database
}

#[test]
fn export_writes_what_import_reads() {
    let case = Case::new();
    let mut session = case.database.session();
    let gql = "INSERT (a:B&A {_id: 'ann', age: 44, s: 'x', `a:b`: TRUE, l: [1, DATE '2024-01-15']}), \
        (b {_id: 'bob', age: 'old', s: ''}), (a)-[:KNOWS {w: 1.5}]->(b), (b)-[:KNOWS]->(b)";
    session.execute(gql, ()).unwrap();
    session.execute("CALL algo.node2vec.write({dimensions: 2}, {db: {property: 'e'}})", ()).unwrap();
    let out = case.path("new/out");
    let report = case.database.export("default", &out).unwrap();
    assert_eq!((report.nodes, report.edges), (2, 2));
    assert_eq!(report.files, [out.join("nodes.csv"), out.join("edges.csv")]);
    let (nodes, edges) = read(&out);
    assert_eq!(edges, "_from,_to,_label,w:FLOAT64\nann,bob,KNOWS,1.5\nbob,bob,KNOWS,\n");
    let lines: Vec<_> = nodes.lines().collect();
    assert_eq!(lines[0], "_id,_labels,`a:b`:BOOL,age:INT64,age:STRING,e:VECTOR,l:LIST,s:JSON");
    assert!(lines[1].starts_with("ann,A&B,true,44,,\"["), "{nodes}");
    assert!(lines[1].ends_with("\"[1,{\"\"$DATE\"\":\"\"2024-01-15\"\"}]\",\"\"\"x\"\"\""), "{nodes}");
    let gql = "MATCH (n) RETURN n";
    assert_eq!(texts(&import_folder(&out), gql), texts(&case.database, gql));
    // Only the two files, and nothing next to them.
    assert_eq!(fs::read_dir(&out).unwrap().count(), 2);
    assert_eq!(fs::read_dir(case.path("new")).unwrap().count(), 1);

    let error = case.database.export("default", &out).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.message().contains("is not empty"), "{error}");
    assert_eq!(read(&out), (nodes, edges));
    fs::create_dir(case.path("empty")).unwrap();
    case.database.export("default", case.path("empty")).unwrap();
    assert_eq!(read(&case.path("empty")), read(&out));
    fs::write(case.path("file"), "").unwrap();
    assert_eq!(case.database.export("default", case.path("file")).unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(fs::read_to_string(case.path("file")).unwrap(), "");
}

#[test]
fn an_empty_graph() {
    let case = Case::new();
    case.database.export("default", case.path("out")).unwrap();
    assert_eq!(read(&case.path("out")), ("_id,_labels\n".to_owned(), "_from,_to,_label\n".to_owned()));
    import_folder(&case.path("out"));
}

fn texts(database: &Database, gql: &str) -> Vec<String> {
    rows(database, gql).iter().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|")).collect()
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,3}", "[,\"'\n\r\\\\`:& \u{e4}\u{feff}$0-9-]{0,6}", Just("NaN".to_owned()), ".{0,5}"]
}

/// A value of any type that a property can have.
fn value() -> impl Strategy<Value = Value> {
    fn parsed<T: std::str::FromStr<Err: std::fmt::Debug> + Into<Value>>(text: &str) -> Value {
        text.parse::<T>().unwrap().into()
    }
    let fixed = prop::sample::select(vec![
        parsed::<wenddb::Date>("2024-02-29"),
        parsed::<wenddb::Date>("-000044-03-15"),
        parsed::<wenddb::LocalTime>("10:30:00.000000001"),
        parsed::<wenddb::ZonedTime>("10:30:00-03:30"),
        parsed::<wenddb::LocalDateTime>("0001-01-01T00:00:00"),
        parsed::<wenddb::ZonedDateTime>("2024-07-01T12:00:00.5+02:00[Europe/Berlin]"),
        parsed::<wenddb::ZonedDateTime>("2024-10-27T02:30:00+01:00[Europe/Berlin]"),
        parsed::<wenddb::ZonedDateTime>("2024-07-01T12:00:00Z"),
        parsed::<wenddb::Duration>("P-1Y2M-3DT-4H5.25S"),
        parsed::<wenddb::Duration>("PT0S"),
        Value::Float(f64::NAN),
        Value::Float(f64::NEG_INFINITY),
        Value::Float(-0.0),
    ]);
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-3i64..3).prop_map(Value::from),
        any::<f64>().prop_filter("one NaN is enough", |number| !number.is_nan()).prop_map(Value::from),
        text().prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..4).prop_map(|bytes| Value::Bytes(bytes.into())),
        prop::collection::vec(any::<f32>().prop_filter("NaN", |number| !number.is_nan()), 0..4).prop_map(Value::from),
        fixed,
    ];
    leaf.prop_recursive(2, 12, 3, |inner| {
        let element = prop_oneof![1 => Just(Value::Null), 6 => inner];
        let name = prop_oneof![text(), Just("$DATE".to_owned()), Just("$RECORD".to_owned())];
        prop_oneof![
            prop::collection::vec(element.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name, element, 0..3).prop_map(Value::record),
        ]
    })
}

fn node() -> impl Strategy<Value = (Option<usize>, Vec<Option<Value>>)> {
    let value = prop_oneof![Just(None), value().prop_map(Some)];
    (prop::option::of(0..3usize), prop::collection::vec(value, 3..4))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn export_and_import_are_inverse(
        nodes in prop::collection::vec((text(), node()), 1..6),
        edges in prop::collection::vec((any::<usize>(), any::<usize>(), node()), 0..6),
    ) {
        const LABELS: [&str; 4] = ["A", "`R&D`", "A&`b``c`", "` x`"];
        let database = Database::in_memory().unwrap();
        let mut session = database.session();
        let filled = |params: &mut Params, values: &[Option<Value>]| {
            for (index, value) in values.iter().enumerate() {
                params.insert(format!("v{index}"), value.clone().unwrap_or(Value::Null));
            }
        };
        let properties = "x: $v0, `y:INT`: $v1, `_labels`: $v2";
        for (index, (id, (label, values))) in nodes.iter().enumerate() {
            let mut params = params! {"id" => format!("{id}{index}")};
            filled(&mut params, values);
            let label = label.map_or(String::new(), |label| format!(":{}", LABELS[label]));
            session.execute(&format!("INSERT ({label} {{_id: $id, {properties}}})"), params).unwrap();
        }
        for (from, to, (label, values)) in &edges {
            let id = |at: &usize| format!("{}{}", nodes[at % nodes.len()].0, at % nodes.len());
            let mut params = params! {"from" => id(from), "to" => id(to)};
            filled(&mut params, values);
            let label = ["E", "`R&D`", "` x`"][label.unwrap_or(0)];
            let gql = format!(
                "MATCH (a {{_id: $from}}), (b {{_id: $to}}) INSERT (a)-[:{label} {{{properties}}}]->(b)"
            );
            session.execute(&gql, params).unwrap();
        }

        let folder = TempDir::new().unwrap();
        let (first, second) = (folder.path().join("1"), folder.path().join("2"));
        let report = database.export("default", &first).unwrap();
        prop_assert_eq!((report.nodes, report.edges), (nodes.len() as u64, edges.len() as u64));
        let again = import_folder(&first);
        again.export("default", &second).unwrap();
        prop_assert_eq!(read(&first), read(&second));
        for gql in [
            "MATCH (n) RETURN n._id, n.x, n.`y:INT`, n.`_labels`",
            "MATCH (a)-[e]->(b) RETURN a._id, b._id, e.x, e.`y:INT`, e.`_labels`",
        ] {
            // Debug tells all types and bits apart.
            let read = |database: &Database| format!("{:?}", rows(database, gql));
            prop_assert_eq!(read(&database), read(&again));
        }
        for gql in ["MATCH (n) RETURN n", "MATCH ()-[e]->() RETURN e"] {
            prop_assert_eq!(texts(&database, gql), texts(&again, gql));
        }
    }
}

/// The files of a small shop of music, as a relational database exports them: ids of tables collide.
const ALBUMS: Csv<'static> = ("Album=Album.csv", "AlbumId,Title\n1,Big Ones\n2,Facelift\n");
const TRACKS: Csv<'static> =
    ("Track=Track.csv", "TrackId,Name,AlbumId\n1,Angel,1\n2,Amazing,1\n3,Sunshine,\n4,Bleed,9\n");

#[test]
fn tables_with_keys_are_loaded_as_they_are() {
    let case = Case::new();
    let nodes = vec![case.file(ALBUMS).key(["AlbumId"]), case.file(TRACKS).key(["TrackId"])];
    let on = ImportFile::new(case.path("Track.csv")).label("ON").ends(End::of(["TrackId"]), End::of(["AlbumId"]));
    let import = Import { nodes, edges: vec![on], ..Import::default() };
    let strict = case.database.import(&Import { strict: true, ..import.clone() }).unwrap_err();
    assert!(strict.message().ends_with("Track.csv:5: column `AlbumId`: there is no node 'Album:9'"), "{strict}");
    let report = case.database.import(&import).unwrap();
    assert_eq!((report.nodes, report.edges), (6, 2));
    // The key stays as a property. An empty key is no edge, and one that no node has is counted.
    assert_eq!(
        case.texts("MATCH (n:Track {TrackId: 1}) RETURN n"),
        ["(:Track {_id: 'Track:1', AlbumId: 1, Name: 'Angel', TrackId: 1})"]
    );
    assert_eq!(
        case.texts("MATCH (t:Track)-[e:ON]->(a:Album) RETURN t._id || a._id ORDER BY t._id"),
        ["Track:1Album:1", "Track:2Album:1"]
    );
    assert_eq!(case.texts("MATCH ()-[e:ON]->() RETURN e LIMIT 1"), ["-[:ON]->"]);
    let on = &report.files[2];
    assert_eq!((on.rows, on.without_key, on.dangling), (2, 1, 1));
    assert!(on.first_dangling.as_ref().unwrap().ends_with("Track.csv:5: column `AlbumId`: there is no node 'Album:9'"));
    let album = &report.files[0];
    assert_eq!(album.labels, [("Album".to_owned(), 2)]);
    assert_eq!(album.properties, [("AlbumId".into(), "INT64".into()), ("Title".into(), "STRING".into())]);

    // Nodes that edges name can be made, with the label that is known of them.
    let case = Case::new();
    let nodes = vec![case.file(ALBUMS).key(["AlbumId"]), case.file(TRACKS).key(["TrackId"])];
    let report = case.database.import(&Import { nodes, create_nodes: Some(String::new()), ..import }).unwrap();
    assert_eq!((report.nodes, report.edges, report.files[2].nodes_made), (7, 3, 1));
    assert_eq!(case.texts("MATCH (:Track {TrackId: 4})-[:ON]->(a) RETURN a"), ["(:Album {_id: 'Album:9'})"]);
}

#[test]
fn ends_find_their_tables() {
    let tables: [(Csv<'_>, &[&str]); 4] = [
        (("teams.csv", "team_id,name\n1,A\n2,B\n"), &["team_id"]),
        (("users.csv", "id,name\n1,ann\n2,bob\n"), &["id"]),
        (("Country.csv", "id,name\n1,X\n"), &["id"]),
        (("lines.csv", "order_no,line,what\n7,1,x\n7,2,y\n"), &["order_no", "line"]),
    ];
    let (users, games) = ("users.csv", "games.csv");
    let other = "home_team_id,awayTeamId,user_id,country,order_no,line,a.b,score\n1,2,1,1,7,2,1,5\n";
    for (file, from, to, wanted) in [
        (
            games,
            End::of(["home_team_id"]),
            End::of(["awayTeamId"]),
            "teams:1 GAMES {a.b: 1, country: 1, line: 2, order_no: 7, score: 5, user_id: 1} teams:2",
        ),
        (games, End::of(["user_id"]), End::of(["country"]), "users:1 GAMES {score: 5} Country:1"),
        (games, End::of(["a.b"]).label("users"), End::of(["order_no", "line"]), "users:1 GAMES {} lines:7:2"),
        (games, End::of(["b"]).label("a"), End::of(["user_id"]), "which nodes does `a.b` mean?"),
        (games, End::of(["score"]), End::of(["user_id"]), "which nodes does `score` mean?"),
        (games, End::of(["scroe"]), End::of(["user_id"]), "there is no column `scroe`"),
        (users, End::of(["id"]), End::of(["name"]), "which nodes does `name` mean?"),
        (games, End::of(["score"]).label("Old"), End::of(["user_id"]), "there is no node 'Old:5'"),
    ] {
        let case = Case::new();
        let nodes = tables.iter().map(|(file, key)| case.file(*file).key(key.iter().copied())).collect();
        fs::write(case.path("games.csv"), other).unwrap();
        let edges = vec![ImportFile::new(case.path(file)).ends(from, to)];
        match case.database.import(&Import { nodes, edges, strict: true, ..Import::default() }) {
            Err(error) => {
                assert!(error.message().contains(wanted), "{wanted}: {error}");
                if wanted.starts_with("which nodes") {
                    assert!(error.hint().unwrap().starts_with("write the label before it: teams."), "{error}");
                }
            }
            Ok(_) => {
                let found = case.rows("MATCH (a)-[e]->(b) RETURN a._id, LABELS(e), PROPERTIES(e), b._id");
                let text = |at: usize| found[0][at].to_string();
                let (first, last) = (wanted.split(' ').next().unwrap(), wanted.rsplit(' ').next().unwrap());
                assert_eq!((text(0).as_str(), text(3).as_str()), (first, last), "{wanted}");
                assert!(
                    text(1).contains("GAMES") && (wanted.contains("{}") || text(2).contains("score: 5")),
                    "{wanted} {}",
                    text(2)
                );
            }
        }
    }
}

#[test]
fn edge_lists_without_a_header_or_nodes() {
    let snap = "# Undirected graph: ca-AstroPh.txt\n# FromNodeId\tToNodeId\n0\t1\n1\t2\n";
    for (name, content, wanted) in [
        ("E=ca.txt", snap, "_from,_to"),
        ("E=ca.csv", "0,1\n1,2\n", "_from,_to"),
        ("E=blanks.txt", "% konect\n0 1  0.5\n1   2 1.5 \n", "_from,_to,weight"),
        ("E=times.tsv", "0\t1\t1\t1000\n1\t2\t1\t1001\n", "_from,_to,weight,time"),
    ] {
        let case = Case::new();
        let missing = case.import(&[], &[(name, content)]).unwrap_err();
        assert_eq!(missing.hint(), Some("--create-nodes makes the nodes that edges name"), "{missing}");
        let import = Import { edges: vec![case.file((name, content))], ..Import::default() };
        let report = case.database.import(&Import { create_nodes: Some("Author".into()), ..import }).unwrap();
        assert_eq!((report.nodes, report.edges), (3, 2), "{name}");
        assert_eq!(report.files[0].assumed_header.as_deref(), Some(wanted));
        assert_eq!(
            case.texts("MATCH (n) RETURN n"),
            ["(:Author {_id: '0'})", "(:Author {_id: '1'})", "(:Author {_id: '2'})"]
        );
        let weights = case.rows("MATCH ()-[e]->() RETURN e.weight");
        assert_eq!(
            weights[0][0].type_name(),
            if wanted.len() < 10 {
                "NULL"
            } else if name.contains("blanks") {
                "FLOAT64"
            } else {
                "INT64"
            }
        );
    }
    // The header can be given, and what separates fields, and comments.
    let case = Case::new();
    let import = Import {
        edges: vec![case.file(("E=x.txt", "// a comment\na;b;5\n// another\nb;c;6\n"))],
        create_nodes: Some(String::new()),
        separator: Separator::parse(";"),
        comment: Some("//".into()),
        header: Some("_from,_to,since:STRING".into()),
        ..Import::default()
    };
    case.database.import(&import).unwrap();
    assert_eq!(case.texts("MATCH (a)-[e]->(b) RETURN a._id || e.since || b._id"), ["a5b", "b6c"]);
    // A header is seen where there is one, and other separators too.
    let case = Case::new();
    case.import(&[("n.txt", "_id\tx\na\t1\nb\t2\n"), ("m.csv", "_id;x\nc;1\n")], &[("E=e.tsv", "_from\t_to\na\tb\n")])
        .unwrap();
    assert_eq!(case.counts(), (3, 1));
    assert_eq!(case.typed("x"), ["INT64 1", "INT64 2", "INT64 1"]);
}

#[test]
fn hints_of_the_import_work_when_followed() {
    // What a hint says of a file, between the quotes, read as the command line does.
    let follow = |hint: &str| -> (bool, ImportFile) {
        let (flag, rest) = hint.split_once("--").unwrap().1.split_once(" '").unwrap();
        let argument = rest.split_once('\'').unwrap().0;
        let (label, rest) = argument.split_once('=').unwrap();
        let (path, columns) =
            rest.rsplit_once(".csv:").map(|(path, columns)| (format!("{path}.csv"), columns)).unwrap();
        let file = ImportFile::new(path).label(label);
        match columns.split_once("->") {
            Some((from, to)) => (flag == "edges", file.ends(End::of([from]), End::of([to]))),
            None => (flag == "edges", file.key(columns.split(':'))),
        }
    };
    for (name, content) in [("Track.csv", TRACKS.1), ("users.csv", "name,id\nann,1\n"), ("n.csv", "code,x\na,1\nb,2\n")]
    {
        let case = Case::new();
        let error = case.import(&[(name, content)], &[]).unwrap_err();
        let (of_edges, file) = follow(error.hint().unwrap());
        assert!(!of_edges);
        case.database.import(&Import { nodes: vec![file], ..Import::default() }).unwrap();
    }
    for (name, content) in [("cites.csv", "target,source,w\na,b,1\n"), ("e.csv", "x,y\na,b\n")] {
        let case = Case::new();
        let error = case.import(&[], &[(name, content)]).unwrap_err();
        let (of_edges, file) = follow(error.hint().unwrap());
        assert!(of_edges);
        let import = Import { edges: vec![file], create_nodes: Some(String::new()), ..Import::default() };
        case.database.import(&import).unwrap();
        let from = case.texts("MATCH (a)-[e]->() RETURN a._id");
        assert_eq!(from, if name == "e.csv" { ["a"] } else { ["b"] });
    }
}

#[test]
fn a_second_load_of_edges_finds_the_nodes() {
    let case = Case::new();
    let nodes: String = (0..2000).map(|node| format!("{node}\n")).collect();
    let edges: String = (0..20_000).map(|edge| format!("{},{}\n", edge % 2000, (edge * 7 + 1) % 2000)).collect();
    case.import(&[("n.csv", &format!("_id\n{nodes}"))], &[("E=e.csv", &format!("_from,_to\n{edges}"))]).unwrap();
    let report = case.import(&[], &[("F=f.csv", &format!("_from,_to\n{edges}"))]).unwrap();
    assert_eq!((report.nodes, report.edges), (0, 20_000));
    let of = |label: &str| {
        case.rows(&format!("MATCH (a)-[e:{label}]->(b) RETURN a._id, b._id, COUNT(*) AS n ORDER BY a._id, b._id, n"))
    };
    assert_eq!(of("E"), of("F"));
}
