//! `wend import --from postgresql://..`: from a PostgreSQL server of the test's own, also encrypted; skipped where none is installed.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::json;

use crate::common::Wend;
use crate::relational::rows;

/// A server of its own, if PostgreSQL is installed.
struct Server {
    directory: tempfile::TempDir,
    binaries: PathBuf,
    port: u16,
}

impl Server {
    fn start() -> Option<Server> {
        Server::start_with(None)
    }

    /// Starts one with a certificate and its key, where it takes encrypted connections alone, or without.
    fn start_with(certificate: Option<(&str, &str)>) -> Option<Server> {
        let skip = |why: &str| {
            eprintln!("skipped: {why}");
            None
        };
        let mut places: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
        if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
            places.extend(versions.flatten().map(|version| version.path().join("bin")));
        }
        let Some(binaries) = places.into_iter().find(|place| place.join("initdb").is_file()) else {
            return skip("there is no PostgreSQL (apt install postgresql)");
        };
        let directory = tempfile::Builder::new().prefix("pg").tempdir_in("/tmp").ok()?;
        let port = std::net::TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
        let server = Server { directory, binaries, port };
        if is_root()
            && !Command::new("chown").arg("postgres").arg(server.directory.path()).status().is_ok_and(|of| of.success())
        {
            return skip("PostgreSQL does not run as root, and there is no user postgres");
        }
        let data = server.directory.path().join("data").display().to_string();
        let made = server.tool("initdb", &["-D", &data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C"]);
        if !made.status.success() {
            return skip(&format!("initdb: {}", String::from_utf8_lossy(&made.stderr)));
        }
        let mut options =
            format!("-p {port} -k {} -c listen_addresses=127.0.0.1 -c fsync=off", server.directory.path().display());
        if let Some((certificate, key)) = certificate {
            for (name, text) in [
                ("server.crt", certificate),
                ("server.key", key),
                ("pg_hba.conf", "hostssl all all 127.0.0.1/32 trust\n"),
            ] {
                // Only its owner may read a key.
                let made = server.directory.path().join(name);
                fs::write(&made, text).ok()?;
                let (from, to) = (made.display().to_string(), format!("{data}/{name}"));
                let owner: &[&str] = if is_root() { &["-o", "postgres"] } else { &[] };
                let install = Command::new("install").args(["-m", "600"]).args(owner).args([&from, &to]).status();
                if !install.is_ok_and(|of| of.success()) {
                    return skip("there is no program `install`");
                }
            }
            options.push_str(" -c ssl=on");
        }
        let log = server.directory.path().join("log").display().to_string();
        let begun = server.tool("pg_ctl", &["-D", &data, "-o", &options, "-l", &log, "-w", "start"]);
        if !begun.status.success() {
            return skip(&format!("pg_ctl: {}", fs::read_to_string(&log).unwrap_or_default()));
        }
        Some(server)
    }

    /// Runs a program of the server's, never as root.
    fn tool(&self, name: &str, args: &[&str]) -> Output {
        // Clients may be elsewhere than the server.
        let own = self.binaries.join(name);
        let program = if own.is_file() { own } else { PathBuf::from(name) };
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            }
            false => Command::new(program),
        };
        // The server keeps what it is given, and a pipe would never end.
        let output = self.directory.path().join(format!("{name}.out"));
        let file = fs::File::create(output).unwrap();
        command.args(args).current_dir("/").stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        command.output().unwrap()
    }

    fn client(&self) -> postgres::Client {
        let address = format!("postgresql://postgres@127.0.0.1:{}/postgres", self.port);
        postgres::Client::connect(&address, postgres::NoTls).unwrap()
    }

    fn address(&self) -> String {
        format!("postgresql://postgres:secret@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.directory.path().join("data").display().to_string();
        self.tool("pg_ctl", &["-D", &data, "-m", "immediate", "stop"]);
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

#[test]
fn a_postgresql_database_is_a_graph() {
    let Some(server) = Server::start() else { return };
    let wend = Wend::new();
    let mut client = server.client();
    client
        .batch_execute(
            "CREATE TYPE mood AS ENUM ('sad', 'ok');
             CREATE TABLE person (id uuid PRIMARY KEY, name varchar(20), code char(5), mood mood, tags text[], grid int[][], about jsonb, photo bytea,
               height numeric(5,2), age numeric(3,0), seen timestamptz, born date, woke time, made timestamp, span interval, ok boolean,
               twice int GENERATED ALWAYS AS (3 * 2) STORED, boss uuid REFERENCES person);
             CREATE TABLE friend (a uuid REFERENCES person, b uuid REFERENCES person, since date, PRIMARY KEY (a, b));
             CREATE TABLE measure (at timestamp, value float8) PARTITION BY RANGE (at);
             CREATE TABLE measure_1 PARTITION OF measure FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
             CREATE VIEW adults AS SELECT * FROM person;
             CREATE SCHEMA other; CREATE TABLE other.hidden (x int);
             INSERT INTO person VALUES ('00000000-0000-0000-0000-000000000001', 'Ann', 'ab', 'ok', '{x,NULL,\"y z\"}', '{{1,2},{3,4}}', '{\"a\": [1, null]}', '\\x00ff',
               1.75, 44, '2024-01-01 10:00:00+02', '1980-05-17', '07:30', '2024-01-01 10:00:00.5', '1 day 02:00:00', true, DEFAULT, NULL);
             INSERT INTO person (id, name, boss) VALUES ('00000000-0000-0000-0000-000000000002', E'Bob\\tthe \\\\ one', '00000000-0000-0000-0000-000000000001');
             INSERT INTO friend VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', '2020-02-02');
             INSERT INTO measure VALUES ('2020-05-05', 1.5), ('2020-06-06', 'NaN');",
        )
        .unwrap();
    let done = wend.again(["import", "db", "--from", &server.address()]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let flat = done.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        "imported 4 nodes, 2 edges",
        "not taken: adults: a view",
        "not taken: other.hidden: it is not in the search path",
        "not taken: measure_1: its rows are those of `measure`, too",
        "friend: person (a) -> person (b): 1 edge [:FRIEND]",
    ] {
        assert!(flat.contains(text), "{text}\n{}", done.stderr);
    }
    assert!(!done.stderr.contains("secret"));
    let ann = &rows(&wend, "db", "MATCH (p:person {name: 'Ann'}) RETURN p")[0]["p"]["properties"];
    for (name, value) in [
        ("code", json!("ab")),
        ("mood", json!("ok")),
        ("tags", json!(["x", null, "y z"])),
        ("grid", json!([[1, 2], [3, 4]])),
        ("about", json!({"a": [1, null]})),
        ("height", json!(1.75)),
        ("age", json!(44)),
        ("seen", json!("2024-01-01T08:00:00Z")),
        ("born", json!("1980-05-17")),
        ("woke", json!("07:30:00")),
        ("made", json!("2024-01-01T10:00:00.5")),
        ("span", json!("P1DT2H")),
        ("ok", json!(true)),
        ("twice", json!(6)),
    ] {
        assert_eq!(ann[name], value, "{name}: {ann}");
    }
    let bob = rows(&wend, "db", "MATCH (p:person)-[:BOSS]->(b) RETURN p.name AS p, b.name AS b");
    assert_eq!(bob, [json!({"p": "Bob\tthe \\ one", "b": "Ann"})]);
    // A server that goes away while rows are read.
    client.batch_execute("CREATE TABLE long (id int PRIMARY KEY, t text); INSERT INTO long SELECT i, repeat('x', 100) FROM generate_series(1, 3000000) i").unwrap();
    let import = wend.command(["import", "db2", "--from", &server.address()]).stderr(Stdio::piped()).spawn().unwrap();
    let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY (SELECT%' AND pid <> pg_backend_pid()";
    let begun = std::time::Instant::now();
    while client.query(ended, &[]).unwrap().is_empty() && begun.elapsed().as_secs() < 60 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let output = import.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("was lost while"), "{text}");
    assert!(!wend.path("db2").exists());
}

/// A certificate for names, and its key; signed by an authority, or by itself.
fn certificate(names: &[&str], by: Option<&Issuer<'_, KeyPair>>) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let params = CertificateParams::new(names).unwrap();
    let made = match by {
        Some(issuer) => params.signed_by(&key, issuer),
        None => params.self_signed(&key),
    };
    (made.unwrap().pem(), key.serialize_pem())
}

/// An authority, and its own certificate.
fn authority() -> (Issuer<'static, KeyPair>, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let own = params.self_signed(&key).unwrap().pem();
    (Issuer::new(params, key), own)
}

#[test]
fn connections_are_encrypted_as_sslmode_says() {
    let (issuer, authority_pem) = authority();
    let (_, other_pem) = authority();
    let (certificate, key) = certificate(&["localhost"], Some(&issuer));
    let Some(server) = Server::start_with(Some((certificate.as_str(), key.as_str()))) else { return };
    let wend = Wend::new();
    wend.file("authority.pem", &authority_pem);
    wend.file("other.pem", &other_pem);
    // The server's own certificate, which may be what is trusted.
    wend.file("server.pem", &certificate);
    wend.file("empty.pem", "");
    let import = |host: &str, query: &str, into: &str| {
        let address = format!("postgresql://postgres@{host}:{}/postgres{query}", server.port);
        wend.again(["import", into, "--from", &address])
    };
    // A table, so that there is something to import.
    let setup = server.tool(
        "psql",
        &[
            "-h",
            "127.0.0.1",
            "-p",
            &server.port.to_string(),
            "-U",
            "postgres",
            "-c",
            "CREATE TABLE t (id int PRIMARY KEY)",
            "postgres",
        ],
    );
    assert!(
        setup.status.success(),
        "{}",
        fs::read_to_string(server.directory.path().join("psql.out")).unwrap_or_default()
    );
    for (number, (host, query)) in [
        ("127.0.0.1", ""),
        ("127.0.0.1", "?sslmode=prefer"),
        ("127.0.0.1", "?sslmode=require"),
        ("127.0.0.1", "?sslmode=require&sslrootcert=authority.pem"),
        ("127.0.0.1", "?sslmode=verify-ca&sslrootcert=authority.pem"),
        ("localhost", "?sslmode=verify-full&sslrootcert=authority.pem&connect_timeout=10"),
        ("localhost", "?sslmode=verify-full&sslrootcert=server.pem"),
    ]
    .into_iter()
    .enumerate()
    {
        let done = import(host, query, &format!("db{number}"));
        assert_eq!(done.code, Some(0), "{host}{query}: {}", done.stderr);
    }
    for (host, query, reason) in [
        ("127.0.0.1", "?sslmode=disable", "no encryption"),
        ("127.0.0.1", "?sslmode=verify-full&sslrootcert=authority.pem", "certificate not valid for name"),
        ("127.0.0.1", "?sslmode=verify-full&sslrootcert=server.pem", "certificate not valid for name"),
        ("localhost", "?sslmode=verify-full&sslrootcert=other.pem", "sslrootcert=FILE names the certificates to trust"),
        ("localhost", "?sslmode=verify-ca&sslrootcert=other.pem", "sslrootcert=FILE names the certificates to trust"),
        ("localhost", "?sslmode=require&sslrootcert=other.pem", "sslrootcert=FILE names the certificates to trust"),
        ("localhost", "?sslmode=verify-full&sslrootcert=nowhere.pem", "nowhere.pem cannot be used"),
        ("localhost", "?sslmode=verify-full&sslrootcert=empty.pem", "it has no certificates in PEM"),
        ("localhost", "?sslmode=always", "there is no sslmode=always"),
    ] {
        let done = import(host, query, "wrong");
        assert_ne!(done.code, Some(0), "{host}{query}");
        let flat = done.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(reason), "{host}{query}: {}", done.stderr);
        assert!(!wend.path("wrong").exists());
    }
}

#[test]
fn a_server_without_encryption_is_not_taken_where_it_is_asked_for() {
    let Some(server) = Server::start() else { return };
    let wend = Wend::new();
    let done = wend.again(["import", "db", "--from", &format!("{}?sslmode=require", server.address())]);
    assert_ne!(done.code, Some(0));
    assert!(
        done.stderr.contains("server does not support TLS") && done.stderr.contains("sslmode=disable"),
        "{}",
        done.stderr
    );
}
