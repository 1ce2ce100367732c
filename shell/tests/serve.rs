//! `wend serve` as a process: how it is set up, what it logs, how it ends.
#![cfg(unix)]

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};

use crate::common::{Wend, server::Server};

/// An answer of HTTP to a statement, without a login or with one in base64.
fn post(server: &Server, login: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(server.place()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let login = if login.is_empty() { String::new() } else { format!("Authorization: Basic {login}\r\n") };
    let head = format!(
        "POST /db/default/query/v2 HTTP/1.1\r\nHost: localhost\r\n{login}Content-Type: application/json\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

fn connect(server: &Server, user: &str, password: &str, statement: &str) -> crate::common::Outcome {
    let wend = Wend::new();
    let mut command = wend.command(["--connect", &server.address, "-u", user, "--format", "jsonl", "-c", statement]);
    let done = command.env("WEND_PASSWORD", password).stdin(std::process::Stdio::null()).output().unwrap();
    crate::common::Outcome::of(done)
}

#[test]
fn the_first_password_is_shown_once_and_is_nowhere_in_the_files() {
    let wend = Wend::new();
    let start = || Server::spawn(wend.command(["serve", "db", "--listen", "127.0.0.1:0"]));
    let mut server = start();
    let password = server.password.clone();
    assert!(password.len() >= 16, "{}", server.said);
    connect(&server, "wend", &password, "INSERT (:A)").succeeds();
    server.signal("TERM");
    assert_eq!(server.ended().0, Some(0));
    let server = start();
    assert_eq!(server.password, "", "{}", server.said);
    connect(&server, "wend", &password, "MATCH (a:A) RETURN 1 AS n").succeeds();
    drop(server);
    let mut files = 0;
    for entry in std::fs::read_dir(wend.path("db")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(password.len()).any(|part| part == password.as_bytes()), "{}", path.display());
        }
    }
    assert!(files > 0);
}

#[test]
fn nothing_secret_is_logged() {
    for format in ["text", "json"] {
        let mut server = Server::start(&["--log", "trace", "--log-format", format]);
        let password = server.password.clone();
        let secret = "INSERT (:Secret {_id: 'a secret node'}); CREATE USER eve PASSWORD 'eves password' ROLE reader; \
                      CREATE TOKEN t FOR eve; RETURN 'a secret' * 1";
        connect(&server, "wend", &password, secret).fails(1);
        connect(&server, "wend", "a wrong guess", "RETURN 1").fails(2);
        // `wend:a wrong guess`
        let refused = post(&server, "d2VuZDphIHdyb25nIGd1ZXNz", r#"{"statement":"RETURN 'a secret'"}"#);
        assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
        server.signal("TERM");
        let (status, log) = server.ended();
        assert_eq!(status, Some(0));
        for secret in [&password, "secret", "Secret", "eves", "wrong guess", "d2VuZDphIHdyb25n", "INSERT"] {
            assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
        }
        assert!(server.said.contains(concat!("WendDB ", env!("CARGO_PKG_VERSION"), " starts on a database in memory")));
        // What it is for is there: who logged in, from where, and who did not.
        assert!(log.contains("login") && log.contains("127.0.0.1:") && log.contains("stopped"), "{log}");
        if format == "json" {
            for line in server.said.lines().chain(log.lines()) {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                assert!(line["level"].is_string() && line["timestamp"].is_string(), "{line}");
            }
        }
    }
}

#[test]
fn sigterm_cancels_what_runs_and_ends_the_process() {
    for signal in ["TERM", "INT"] {
        let mut server = Server::start(&["--no-auth", "--stop-time", "200ms"]);
        let address = server.address.clone();
        let busy = std::thread::spawn(move || {
            let statement = "FOR x IN RANGE(1, 1000000) FOR y IN RANGE(1, 1000000) FILTER x + y < 0 RETURN COUNT(*)";
            Wend::new().args(["--connect", &address, "-c", statement]).run()
        });
        let started = Instant::now();
        while !post(&server, "", r#"{"statement":"SHOW QUERIES"}"#).contains("x + y") {
            assert!(started.elapsed() < Duration::from_secs(20), "the statement does not run");
        }
        let told = Instant::now();
        server.signal(signal);
        let (status, log) = server.ended();
        assert_eq!(status, Some(0), "{log}");
        assert!(told.elapsed() < Duration::from_secs(10));
        assert!(log.contains("stopping") && log.contains("stopped"), "{log}");
        busy.join().unwrap().fails(1);
        assert!(TcpStream::connect(server.place()).is_err());
    }
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let wend = Wend::new();
    let file = wend.file("wend.toml", "no-auth = true\nmax-connections = 1\nserver-agent = \"of the file\"\nlog = \"trace\"\nmax-statement-memory = \"1MiB\"\n");
    let mut command =
        wend.command(["serve", ":memory:", "--listen", "127.0.0.1:0", "--config", &file, "--log", "info"]);
    command.env("WEND_MAX_CONNECTIONS", "9").env("WEND_SERVER_AGENT", "Neo4j/9.8.7");
    let server = Server::spawn(command);
    assert!(server.said.contains("no login needed"), "{}", server.said);
    let first = TcpStream::connect(server.place()).unwrap();
    assert!(post(&server, "", r#"{"statement":"RETURN 1"}"#).starts_with("HTTP/1.1 202"));
    let mut stream = TcpStream::connect(server.place()).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("9.8.7"), "{answer}");
    let large = post(&server, "", r#"{"statement":"FOR x IN RANGE(1, 1000000) RETURN DISTINCT x"}"#);
    assert!(large.contains("memory limit of 1 MiB"), "{large:.2000}");
    drop(first);
    let wrong = wend.file("wrong.toml", "listne = 1");
    let done = wend.again(["serve", ":memory:", "--config", &wrong]);
    done.fails(2);
    assert!(done.stderr.contains("did you mean listen?"), "{}", done.stderr);
}

#[test]
fn files_are_read_below_the_import_directory_only() {
    let wend = Wend::new();
    std::fs::create_dir(wend.path("in")).unwrap();
    wend.file("in/a.csv", "name\nann\n");
    wend.file("secret.csv", "name\neve\n");
    std::os::unix::fs::symlink(wend.path("secret.csv"), wend.path("in/link.csv")).unwrap();
    let ask = |server: &Server, file: &str| {
        let statement = format!("LOAD CSV WITH HEADERS FROM '{file}' AS row RETURN row.name AS name");
        post(server, "", &serde_json::json!({"statement": statement}).to_string())
    };
    let server = Server::spawn(wend.command([
        "serve",
        ":memory:",
        "--no-auth",
        "--listen",
        "127.0.0.1:0",
        "--import-dir",
        "in",
    ]));
    assert!(ask(&server, "a.csv").contains("ann"), "{}", ask(&server, "a.csv"));
    let outside = wend.path("secret.csv").display().to_string();
    for file in ["../secret.csv", "in/../../secret.csv", "link.csv", &outside, "/etc/passwd", "file:///etc/passwd"] {
        let answer = ask(&server, file);
        assert!(!answer.contains("eve") && !answer.contains("root:") && answer.contains("errors"), "{file}: {answer}");
    }
    let without = Server::start(&["--no-auth"]);
    assert!(ask(&without, "a.csv").contains("errors"));
}

#[test]
fn a_server_out_of_files_serves_again_when_it_has_some() {
    let mut command = Command::new("sh");
    let binary = env!("CARGO_BIN_EXE_wend");
    command.args(["-c", &format!("ulimit -n 80; exec {binary} serve :memory: --no-auth --listen 127.0.0.1:0 --max-connections-per-address 500 --max-connections 500")]);
    let server = Server::spawn(command);
    // More than it can accept; the rest wait in the system's queue.
    let clients: Vec<_> = (0..120).map(|_| TcpStream::connect(server.place()).unwrap()).collect();
    std::thread::sleep(Duration::from_millis(300));
    drop(clients);
    let started = Instant::now();
    while !post(&server, "", r#"{"statement":"RETURN 1"}"#).starts_with("HTTP/1.1 202") {
        assert!(started.elapsed() < Duration::from_secs(20), "it does not serve");
    }
}

/// What another process has open is copied, checked and exported by way of its server, and the commands say so.
#[test]
fn a_served_database_is_backed_up_checked_and_exported() {
    let wend = Wend::new();
    let mut server = Server::spawn(wend.command(["serve", "db", "--listen", "127.0.0.1:0", "--no-auth"]));
    let address = server.address.clone();
    connect(&server, "wend", "", "INSERT (:A {_id: 'a'})-[:R]->(:A {_id: 'b'})").succeeds();
    let done = |args: &[&str], code: i32| {
        let outcome = wend.again(args);
        outcome.fails(code);
        outcome
    };
    for command in [&["backup", "db", "copy"][..], &["check", "db"], &["export", "db", "--to", "files"]] {
        let outcome = done(command, 2);
        assert!(outcome.stderr.contains(&format!("wend {} --connect {address}", command[0])), "{}", outcome.stderr);
    }
    done(&["backup", "--connect", &address, "copy"], 0);
    let copied = done(&["copy", "-c", "MATCH (a:A)-[:R]->(b) RETURN a._id", "--format", "csv"], 0);
    assert_eq!(copied.stdout, "a._id\na\n");
    assert!(done(&["backup", "--connect", &address, "copy"], 2).stderr.contains("is there already"));
    let well = "2 nodes, 1 edge, 0 vectors: no problems\n";
    assert_eq!(done(&["check", "--connect", &address], 0).stdout, well);
    done(&["export", "--connect", &address, "--to", "files"], 0);
    let nodes = std::fs::read_to_string(wend.path("files").join("nodes.csv")).unwrap();
    assert!(nodes.lines().count() == 3, "{nodes}");
    // The statement takes the path of a new directory, as nobody but this machine can come.
    let copy = wend.path("statement");
    connect(&server, "wend", "", &format!("BACKUP TO '{}'", copy.display())).succeeds();
    connect(&server, "wend", "", "BACKUP TO 'relative'").fails(1);
    assert!(copy.is_dir() && !wend.path("relative").exists());
    let left = std::fs::read_dir(wend.path(".")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().contains("part")));
    server.signal("TERM");
    server.ended();
    assert!(!wend.path("db").join("served-at").exists());
    assert_eq!(done(&["check", "db"], 0).stdout, well);
    // Where users are, their backups go to one place.
    std::fs::create_dir(wend.path("backups")).unwrap();
    let settings = ["serve", "db", "--listen", "127.0.0.1:0", "--backup-dir", "backups"];
    let server = Server::spawn(wend.command(settings));
    connect(&server, "wend", &server.password, "BACKUP TO 'monday'").succeeds();
    connect(&server, "wend", &server.password, &format!("BACKUP TO '{}'", wend.path("out").display())).fails(1);
    assert!(wend.path("backups").join("monday").is_dir() && !wend.path("out").exists());
}

#[test]
fn every_line_is_json() {
    let server = Server::start(&["--log-format", "json", "--log", "error", "--log-slow", "1h"]);
    let lines = crate::common::json_lines(&server.said);
    assert!(lines.iter().all(|line| line["level"].is_string() && line["timestamp"].is_string()), "{}", server.said);
    let fields = |text: &str| {
        let with = |line: &&serde_json::Value| line["fields"]["message"].as_str().unwrap().contains(text);
        lines.iter().find(with).unwrap_or_else(|| panic!("{text}: {}", server.said))["fields"].clone()
    };
    let start = fields("starts on");
    assert_eq!((&start["version"], &start["settings"]["log-slow"]), (&env!("CARGO_PKG_VERSION").into(), &"1h".into()));
    assert_eq!(fields("the first user is")["password"], server.password);
    assert_eq!(fields("serving")["address"], server.address);
    // The last one too.
    let wend = Wend::new();
    let failed = wend.again(["serve", ":memory:", "--listen", server.place(), "--no-auth", "--log-format", "json"]);
    failed.fails(2);
    let last = crate::common::json_lines(&failed.stderr).pop().unwrap();
    assert!(last["level"] == "ERROR" && last["fields"]["message"].as_str().unwrap().contains("cannot start"), "{last}");
}

#[test]
fn the_first_password_comes_from_a_file() {
    let wend = Wend::new();
    let file = wend.file("password", "a long enough one\n");
    let mut command = wend.command(["serve", "db", "--listen", "127.0.0.1:0"]);
    command.env("WEND_INITIAL_PASSWORD_FILE", &file);
    let server = Server::spawn(command);
    assert!(
        !server.said.contains("a long enough one") && server.said.contains("with the password in"),
        "{}",
        server.said
    );
    connect(&server, "wend", "a long enough one", "SHOW USERS").succeeds();
    drop(server);
    // Another time it is not read.
    std::fs::remove_file(&file).unwrap();
    let server =
        Server::spawn(wend.command(["serve", "db", "--listen", "127.0.0.1:0", "--initial-password-file", &file]));
    connect(&server, "wend", "a long enough one", "SHOW USERS").succeeds();
    let short = wend.file("short", "x");
    for (file, said) in [(short.as_str(), "8"), ("no-such-file", "cannot read")] {
        let failed = wend.again(["serve", ":memory:", "--listen", "127.0.0.1:0", "--initial-password-file", file]);
        failed.fails(2);
        assert!(failed.stderr.contains(said), "{}", failed.stderr);
    }
}

#[test]
fn slow_statements_are_logged_and_counted() {
    let mut server = Server::start(&["--no-auth", "--log-slow", "1ms"]);
    let slow = "FOR x IN RANGE(1, 300000) RETURN SUM(x) AS slow_sum";
    Wend::new().args(["--connect", &server.address, "-c", slow]).run().succeeds();
    post(&server, "", r#"{"statement":"FOR x IN RANGE(1, 300000) RETURN SUM(x) AS http_sum"}"#);
    let mut stream = TcpStream::connect(server.place()).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut metrics = String::new();
    let _ = stream.read_to_string(&mut metrics);
    let count = |name: &str| -> f64 {
        let line = metrics.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("{name}: {metrics}")).parse().unwrap()
    };
    assert!(count("wend_queries_slow_total") >= 2.0);
    assert!(count("process_cpu_seconds_total") > 0.0);
    server.signal("TERM");
    let (_, log) = server.ended();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("slow statement")).collect();
    assert!(lines.iter().any(|line| line.contains("slow_sum") && line.contains("bolt")), "{log}");
    assert!(lines.iter().any(|line| line.contains("http_sum") && line.contains("rows")), "{log}");
}

#[test]
fn the_disk_is_in_the_metrics() {
    let wend = Wend::new();
    let server = Server::spawn(wend.command(["serve", "db", "--listen", "127.0.0.1:0", "--no-auth"]));
    post(&server, "", r#"{"statement":"FOR x IN RANGE(1, 1000) INSERT (:A {x: x})"}"#);
    let mut stream = TcpStream::connect(server.place()).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut metrics = String::new();
    let _ = stream.read_to_string(&mut metrics);
    let value = |name: &str| metrics.lines().find_map(|line| line.strip_prefix(&format!("{name} ")).map(str::to_owned));
    assert!(value("wend_disk_bytes").unwrap().parse::<u64>().unwrap() > 10_000, "{metrics}");
    for name in
        ["wend_compaction_pending_bytes", "wend_compactions_running", "wend_writes_stopped", "wend_sorted_files_bytes"]
    {
        assert!(value(name).is_some(), "{name}: {metrics}");
    }
}

#[test]
fn ping_tells_by_its_exit_status() {
    let wend = Wend::new();
    let mut plain = Server::start(&["--no-auth"]);
    let place = plain.place().to_owned();
    for address in [place.clone(), format!("wend://{place}"), format!("http://{place}/"), format!("bolt://{place}")] {
        let outcome = wend.again(["ping", &address]);
        outcome.succeeds();
        assert_eq!(outcome.stdout, "ready\n");
    }
    let (certificate, key) = (wend.path("cert.pem").display().to_string(), wend.path("key.pem").display().to_string());
    let encrypted = Server::start(&["--no-auth", "--tls-self-signed", "--tls-cert", &certificate, "--tls-key", &key]);
    let secret = encrypted.place().to_owned();
    for arguments in [
        vec!["ping".to_owned(), secret.clone()],
        vec!["ping".to_owned(), format!("https://{secret}"), "--tls-ca".to_owned(), certificate],
        vec!["ping".to_owned(), format!("bolt+ssc://{secret}")],
    ] {
        wend.again(&arguments).succeeds();
    }
    wend.again(["ping", &format!("http://{secret}")]).fails(1);
    plain.signal("TERM");
    plain.ended();
    let outcome = wend.again(["ping", &place]);
    outcome.fails(1);
    assert!(outcome.stderr.contains("does not answer"), "{}", outcome.stderr);
    wend.again(["ping", "ftp://localhost"]).fails(2);
}

/// The file of WEND_PASSWORD_FILE is that of the first user, and of whoever logs in.
#[test]
fn passwords_come_from_the_file_of_the_environment() {
    let wend = Wend::new();
    let file = wend.file("secret", "a long password\n");
    let mut command = wend.command(["serve", "db", "--listen", "127.0.0.1:0"]);
    command.env("WEND_PASSWORD_FILE", &file);
    let server = Server::spawn(command);
    assert!(server.said.contains("with the password in"), "{}", server.said);
    let mut login = wend.command(["--connect", &server.address, "-u", "wend", "-c", "RETURN 1 AS one"]);
    let done = login.env("WEND_PASSWORD_FILE", &file).env_remove("WEND_PASSWORD").output().unwrap();
    crate::common::Outcome::of(done).succeeds();
}

/// A database that a server has open is reached through it; one that is not there is not made for reading.
#[test]
fn mcp_says_where_else_the_database_is() {
    let wend = Wend::new();
    let server = Server::spawn(wend.command(["serve", "db", "--listen", "127.0.0.1:0", "--no-auth"]));
    let outcome = wend.again(["mcp", "db"]);
    outcome.fails(2);
    assert!(outcome.stderr.contains(&format!("http://{}/mcp", server.place())), "{}", outcome.stderr);
    let outcome = wend.again(["mcp", "nowhere"]);
    outcome.fails(2);
    assert!(outcome.stderr.contains("--allow-write") && !wend.path("nowhere").exists(), "{}", outcome.stderr);
    wend.again(["mcp", "nowhere", "--import-dir", "."]).fails(2);
}
