//! LOAD CSV: rows as lists and records, and files outside of the import directory refused.

use std::fs;

use wenddb::{Database, Options, Session};

fn session(directory: Option<&std::path::Path>) -> Session {
    let options = Options { import_directory: directory.map(Into::into), ..Options::default() };
    Database::in_memory_with(options).unwrap().session()
}

fn rows(session: &mut Session, gql: &str) -> Vec<String> {
    let rows = session.execute(gql, ()).unwrap();
    rows.map(|row| row.unwrap().values().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn rows_are_lists_or_records() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("people.csv"), "name,age\nann,44\n\"b, c\",\n").unwrap();
    fs::write(home.path().join("semi.csv"), "1;2\n3;4\n").unwrap();
    let mut session = session(Some(home.path()));
    assert_eq!(
        rows(&mut session, "LOAD CSV FROM 'semi.csv' AS r FIELDTERMINATOR ';' RETURN r[0], r[1]"),
        ["1 2", "3 4"]
    );
    let records = "LOAD CSV WITH HEADERS FROM 'people.csv' AS r RETURN r.name, CAST(r.age AS INT64)";
    assert_eq!(rows(&mut session, records), ["ann 44", "b, c NULL"]);
    session.execute("LOAD CSV WITH HEADERS FROM 'people.csv' AS r INSERT (:P {name: r.name})", ()).unwrap();
    assert_eq!(rows(&mut session, "MATCH (p:P) RETURN p.name ORDER BY p.name"), ["ann", "b, c"]);
    // A file for each row, and more rows than fit in a batch.
    let many: String = (0..2500).map(|i| format!("{i}\n")).collect();
    fs::write(home.path().join("many.csv"), many).unwrap();
    let counted = "FOR f IN ['many.csv', 'semi.csv', 'many.csv'] LOAD CSV FROM f AS r RETURN f, COUNT(*) AS n";
    assert_eq!(rows(&mut session, counted), ["many.csv 5000", "semi.csv 2"]);
}

#[test]
fn nothing_outside_is_read() {
    let home = tempfile::tempdir().unwrap();
    let inside = home.path().join("inside");
    fs::create_dir(&inside).unwrap();
    let secret = home.path().join("secret.csv");
    fs::write(&secret, "1\n").unwrap();
    let mut confined = session(Some(&inside));
    let absolute = secret.display().to_string();
    for name in ["../secret.csv", "a/../../secret.csv", &*absolute] {
        let error = confined.execute(&format!("LOAD CSV FROM '{name}' AS r RETURN r"), ()).unwrap_err();
        assert_eq!(error.gqlstatus(), "42000", "{name}: {error}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&secret, inside.join("link.csv")).unwrap();
        let error = confined.execute("LOAD CSV FROM 'link.csv' AS r RETURN r", ()).unwrap_err();
        assert_eq!(error.gqlstatus(), "42000", "{error}");
    }
    let missing = confined.execute("LOAD CSV FROM 'missing.csv' AS r RETURN r", ()).unwrap_err();
    assert_eq!(missing.kind(), wenddb::ErrorKind::Io, "{missing}");
    let error = session(None).execute("LOAD CSV FROM 'secret.csv' AS r RETURN r", ()).unwrap_err();
    assert!(error.message().contains("import directory"), "{error}");
}
