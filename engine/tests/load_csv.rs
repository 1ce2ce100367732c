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
fn wrong_files_are_refused_with_line_and_reason() {
    let home = tempfile::tempdir().unwrap();
    let mut session = session(Some(home.path()));
    let headers = "LOAD CSV WITH HEADERS FROM 'f.csv' AS r RETURN r";
    let plain = "LOAD CSV FROM 'f.csv' AS r RETURN r";
    for (content, gql, said) in [
        (&b"id,name\n1,\"abc\n2,def\n3,ghi\n"[..], headers, "f.csv:2: the quote that opens field 2 is never closed"),
        (b"id,name\n1,\"abc\"def\n", headers, "f.csv:2: field 2 goes on after its closing quote"),
        (b"1,2\r\"a\rb\",\"\"c\r", plain, "f.csv:2: field 2 goes on after its closing quote"),
        (b"a,a\nx,y\n", headers, "f.csv:1: two columns are named `a`"),
        (b"a,,b\nx,y,z\n", headers, "f.csv:1: column 2 has no name"),
        (b"a,\" \"\nx,y\n", headers, "f.csv:1: column 2 has no name"),
        (b"a,b\rx,y\r\rz\r", headers, "f.csv:4: the row has 1 field, the header 2 columns"),
        (b"a,b\r\nx,\"y\r\ny\"\r\nx,y,z\r\n", headers, "f.csv:4: the row has 3 fields, the header 2 columns"),
        (b"x,y\nz\n", plain, "f.csv:2: the row has 1 fields, the first 2"),
        (b"a,b\nx,\xff\n", headers, "f.csv:2: field 2 is not a text in UTF-8"),
        (b"\xff\xfea\0\n\0", headers, "f.csv:1: the file is not a text in UTF-8; it seems to be in UTF-16"),
        (b"\0a\0\n", plain, "f.csv:1: the file is not a text in UTF-8; it seems to be in UTF-16"),
    ] {
        fs::write(home.path().join("f.csv"), content).unwrap();
        let error = session.execute(gql, ()).and_then(|rows| rows.collect::<Result<Vec<_>, _>>()).unwrap_err();
        assert_eq!((error.kind(), error.message()), (wenddb::ErrorKind::Import, said));
    }
}

#[test]
fn line_ends_of_every_kind() {
    let home = tempfile::tempdir().unwrap();
    let mut session = session(Some(home.path()));
    for (content, wanted) in [
        ("\u{feff}a,b\r1,2\r3,4\r", &["{a: '1', b: '2'}", "{a: '3', b: '4'}"][..]),
        ("a,b\n1,\"x\ry\"\r\n\r3,\"\"\"\"", &["{a: '1', b: 'x\\ry'}", "{a: '3', b: '\"'}"]),
        ("a;b\r\n1;\"x,\0y\"\n", &["{a: '1', b: 'x,\0y'}"]),
        ("a,b\r", &[]),
        ("", &[]),
    ] {
        fs::write(home.path().join("f.csv"), content).unwrap();
        let separator = if content.contains(';') { ';' } else { ',' };
        let gql = format!("LOAD CSV WITH HEADERS FROM 'f.csv' AS r FIELDTERMINATOR '{separator}' RETURN r");
        assert_eq!(rows(&mut session, &gql), wanted, "{content:?}");
    }
}

#[test]
fn long_records_count_against_the_memory_limit() {
    let home = tempfile::tempdir().unwrap();
    let directory = Some(home.path().into());
    let options = Options { import_directory: directory, memory_limit: 4 << 20, ..Options::default() };
    let mut session = Database::in_memory_with(options).unwrap().session();
    let cell = "x".repeat(600 << 10);
    fs::write(home.path().join("f.csv"), format!("a\n{cell}\n\"{cell}\"\n{cell}\n")).unwrap();
    let gql = "LOAD CSV FROM 'f.csv' AS r RETURN SIZE(r[0]) AS n";
    assert_eq!(rows(&mut session, gql), ["1", "614400", "614400", "614400"]);
    for content in [format!("a\n{cell}{cell}"), format!("a\n\"{cell}\n{cell}\n{cell}")] {
        fs::write(home.path().join("f.csv"), content).unwrap();
        let error = session.execute(gql, ()).and_then(|rows| rows.collect::<Result<Vec<_>, _>>()).unwrap_err();
        assert_eq!(error.message(), "f.csv:2: the record is longer than 1 MiB; is this a CSV file?");
    }
    let gql = "LOAD CSV FROM 'f.csv' AS r FIELDTERMINATOR '\"' RETURN r";
    assert_eq!(session.execute(gql, ()).err().unwrap().gqlstatus(), "22G03");
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
    assert_eq!((missing.kind(), missing.gqlstatus()), (wenddb::ErrorKind::Import, "42002"), "{missing}");
    assert_eq!(missing.subject(), Some(wenddb::Subject::File));
    let error = session(None).execute("LOAD CSV FROM 'secret.csv' AS r RETURN r", ()).unwrap_err();
    assert!(error.message().contains("import directory"), "{error}");
}

/// What may have no end, or never begin, is refused before a byte is read.
#[cfg(unix)]
#[test]
fn only_regular_files_are_read() {
    let home = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("mkfifo").arg(home.path().join("pipe.csv")).status();
    let piped = made.is_ok_and(|status| status.success());
    let _socket = std::os::unix::net::UnixListener::bind(home.path().join("socket.csv")).unwrap();
    fs::create_dir(home.path().join("folder.csv")).unwrap();
    let mut session = session(Some(home.path()));
    let names = ["socket.csv", "folder.csv"].into_iter().chain(piped.then_some("pipe.csv"));
    for name in names {
        for with in ["", "WITH HEADERS "] {
            let error = session.execute(&format!("LOAD CSV {with}FROM '{name}' AS r RETURN r"), ()).unwrap_err();
            assert_eq!(error.kind(), wenddb::ErrorKind::Import, "{error}");
            assert!(error.message().contains("not a file"), "{error}");
        }
    }
}

/// A file that is written while it is read ends where it ended when it was opened.
#[test]
fn a_growing_file_has_an_end() {
    use std::io::Write;
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("log.csv");
    fs::write(&path, "1\n".repeat(100_000)).unwrap();
    let rows = session(Some(home.path())).execute("LOAD CSV FROM 'log.csv' AS r RETURN r[0]", ()).unwrap();
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    let mut count = 0;
    for row in rows {
        row.unwrap();
        count += 1;
        if count % 1000 == 0 {
            file.write_all("2\n".repeat(1000).as_bytes()).unwrap();
        }
    }
    assert_eq!(count, 100_000);
}

/// A record is held as a whole: one without an end fails, and takes no more memory than it may.
#[cfg(unix)]
#[test]
fn a_record_is_bounded() {
    let home = tempfile::tempdir().unwrap();
    // It takes no room on the disk.
    fs::File::create(home.path().join("zeros.csv")).unwrap().set_len(1 << 36).unwrap();
    let options = Options { import_directory: Some(home.path().into()), memory_limit: 16 << 20, ..Options::default() };
    let mut session = Database::in_memory_with(options).unwrap().session();
    let error = session.execute("LOAD CSV FROM 'zeros.csv' AS r RETURN SIZE(r)", ()).unwrap_err();
    assert_eq!(error.gqlstatus(), "22000", "{error}");
}

#[test]
fn gzip_is_unpacked() {
    use std::io::Write;
    let home = tempfile::tempdir().unwrap();
    let file = fs::File::create(home.path().join("f.csv.gz")).unwrap();
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::default());
    packed.write_all(b"a,b\n1,2\n").unwrap();
    packed.finish().unwrap();
    let mut session = session(Some(home.path()));
    let mut rows = session.execute("LOAD CSV WITH HEADERS FROM 'f.csv.gz' AS r RETURN r.b AS b", ()).unwrap();
    assert_eq!(rows.next().unwrap().unwrap().get::<&str>("b").unwrap(), "2");
    fs::write(home.path().join("g.csv.gz"), "a,b\n1,2\n").unwrap();
    session.execute("LOAD CSV FROM 'g.csv.gz' AS r RETURN r", ()).unwrap_err();
}
