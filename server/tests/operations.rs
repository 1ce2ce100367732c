//! Looking after a server that is busy: what runs is seen and ended while every worker has work.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use crate::common::{
    Client, Reply, Running, field,
    http::{ask, query},
    none, text,
};
use serde_json::json;
use wend_bolt::version::Version;
use wenddb::Value;

const V60: Version = Version::new(6, 0);
const BUSY: &str = "FOR x IN RANGE(1, 1000000) FOR y IN RANGE(1, 1000000) FILTER x + y < 0 RETURN COUNT(*) AS busy";

#[test]
fn queries_are_seen_and_killed_while_all_workers_are_busy() {
    let server = Running::start(|config| config.workers = 2);
    let mut admin = Client::ready(server.address, V60);
    let mut busy: Vec<Client> = (0..4).map(|_| Client::ready(server.address, V60)).collect();
    for client in &mut busy {
        client.run(BUSY, &[], &[]);
        client.pull(-1);
    }
    let mut queries = |statement: &str| admin.all(statement, &[]).unwrap().0;
    let started = Instant::now();
    while queries("SHOW QUERIES YIELD query AS q FILTER q ENDS WITH 'AS busy' RETURN q").len() < 2 {
        assert!(started.elapsed() < Duration::from_secs(10), "the statements do not run");
    }
    assert!(queries("SHOW SESSIONS").len() >= 5);
    // Over HTTP as well, and so are health and metrics.
    assert!(query(server.address, "SHOW QUERIES").text().contains("AS busy"));
    assert_eq!(ask(server.address, "GET /health/ready", &[], b"").status, 200);
    assert!(ask(server.address, "GET /metrics", &[], b"").text().contains("wend_queries_running"));
    // Two at a time, until those that waited have had their turn.
    let mut killed = HashSet::new();
    while killed.len() < 4 {
        assert!(started.elapsed() < Duration::from_secs(60), "killed: {killed:?}");
        for row in queries("SHOW QUERIES YIELD queryId, query AS q FILTER q ENDS WITH 'AS busy' RETURN queryId") {
            let Value::List(row) = row else { panic!("{row}") };
            let Value::String(id) = &row[0] else { panic!("{}", row[0]) };
            if query(server.address, &format!("KILL QUERY '{id}'")).status == 202 {
                killed.insert(id.to_string());
            }
        }
    }
    for client in &mut busy {
        let mut told = Vec::new();
        // RUN and PULL have an answer each. A RESET before them would overtake what is to be heard.
        for _ in 0..2 {
            match client.reply() {
                Reply::Failure(failure) => told.push(text(&failure, "neo4j_code")),
                Reply::Success(_) | Reply::Ignored => {}
                Reply::Record(row) => panic!("{row}"),
            }
        }
        assert_eq!(told, ["Neo.ClientError.Transaction.Terminated"]);
        client.send(0x0f, &[]);
        client.success();
    }
}

#[test]
fn sessions_have_users_and_clients() {
    let server = Running::start(|_| {});
    let mut client = Client::ready(server.address, V60);
    let own = client.stream.local_addr().unwrap().to_string();
    let (rows, _) = client.all("SHOW SESSIONS YIELD client FILTER client IS NOT NULL RETURN client", &[]).unwrap();
    assert!(rows.iter().any(|row| row.to_string().contains(&own)), "{rows:?}");
    drop(client);
    let started = Instant::now();
    loop {
        let rows = query(server.address, "SHOW SESSIONS YIELD client FILTER client IS NOT NULL RETURN client").json();
        if !rows["data"]["values"].to_string().contains(&own) {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(5), "{rows}");
    }
}

#[test]
fn a_ping_is_answered() {
    let server = Running::start(|_| {});
    for version in [Version::new(4, 4), V60] {
        let mut client = Client::ready(server.address, version);
        client.run("CALL db.ping()", &[], &[("db", Value::from("system")), ("mode", Value::from("r"))]);
        client.pull(-1);
        assert_eq!(field(&client.success(), "fields").to_string(), "['success']");
        let Reply::Record(row) = client.reply() else { panic!() };
        assert_eq!(row.to_string(), "[true]");
        assert_eq!(text(&client.success(), "type"), "r");
        client.send(0x11, &[none()]);
        client.success();
        assert_eq!(client.all("CALL db.ping() YIELD success AS s RETURN s", &[]).unwrap().0.len(), 1);
    }
    let body = br#"{"statement":"CALL db.ping()","accessMode":"Read"}"#;
    let answer = ask(server.address, "POST /db/system/query/v2", &[("Content-Type", "application/json")], body);
    assert_eq!(answer.json()["data"], json!({"fields": ["success"], "values": [[true]]}));
}

/// A database on the disk, with a user of each kind.
fn on_disk(folder: &std::path::Path, backups: wenddb::BackupPlaces) -> wenddb::Database {
    let options = wenddb::Options { backups, ..wenddb::Options::default() };
    let database = wenddb::Database::open_with(folder, options).unwrap();
    let mut session = database.session();
    for (user, role) in [("adm", "admin"), ("edi", "editor")] {
        session.execute(&format!("CREATE USER {user} PASSWORD 'password' ROLE {role}"), ()).unwrap();
    }
    session.execute("FOR i IN RANGE(1, 1000) INSERT (:A {i: i})", ()).unwrap();
    database
}

fn nodes(path: &std::path::Path) -> i64 {
    let database = wenddb::Database::open(path).unwrap();
    assert!(database.check().unwrap().problems.is_empty());
    let mut rows = database.session().execute("MATCH (n:A) RETURN COUNT(*) AS n", ()).unwrap();
    rows.next().unwrap().unwrap().get("n").unwrap()
}

#[test]
fn a_served_database_is_copied_by_a_statement() {
    let folder = tempfile::tempdir().unwrap();
    let backups = folder.path().join("backups");
    std::fs::create_dir(&backups).unwrap();
    let database = on_disk(&folder.path().join("db"), wenddb::BackupPlaces::In(backups.clone()));
    let server = Running::on(database, |config| config.auth = true);
    let login = |user: &str| {
        let mut client = Client::connect(server.address, V60);
        let auth = crate::common::record(&[
            ("scheme", Value::from("basic")),
            ("principal", Value::from(user)),
            ("credentials", Value::from("password")),
        ]);
        client.login(V60, &auth).unwrap();
        client
    };
    let mut admin = login("adm");
    let (rows, summary) = admin.all("BACKUP TO $name", &[("name", Value::from("monday"))]).unwrap();
    assert!(rows[0].to_string().contains("monday") && text(&summary, "type") == "s");
    admin.all("MATCH (n:A) DELETE n", &[]).unwrap();
    assert_eq!(nodes(&backups.join("monday")), 1000);
    for (name, status) in [("monday", "42000"), ("../x", "42000"), ("/tmp/x", "42000"), ("", "42000")] {
        let failure = admin.all("BACKUP TO $name", &[("name", Value::from(name))]).unwrap_err();
        assert_eq!(text(&failure, "gql_status"), status, "{failure}");
        assert!(text(&failure, "neo4j_code").contains("ClientError"), "{failure}");
    }
    let (rows, _) = admin.all("CHECK DATABASE", &[]).unwrap();
    assert_eq!(rows[0].to_string(), "[0, 0, 0, []]");
    let mut editor = login("edi");
    for statement in ["BACKUP TO 'tuesday'", "CHECK DATABASE"] {
        let failure = editor.all(statement, &[]).unwrap_err();
        assert_eq!(text(&failure, "neo4j_code"), "Neo.ClientError.Security.Forbidden");
    }
    assert_eq!(std::fs::read_dir(&backups).unwrap().count(), 1);
}

#[test]
fn a_served_database_is_copied_to_the_client() {
    use wend_bolt::client::Address;
    use wend_server::download;
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("db");
    std::fs::create_dir_all(home.join("backup-being-sent-x")).unwrap();
    std::fs::remove_dir(home.join("backup-being-sent-x")).unwrap();
    let database = on_disk(&home, wenddb::BackupPlaces::Nowhere);
    // What a server that was killed has left.
    std::fs::create_dir_all(home.join(".backup-being-sent-1.part-1/data")).unwrap();
    let server = Running::on(database, |config| config.auth = true);
    let address = Address::parse(&format!("bolt://{}", server.address), None).unwrap();
    let copy = folder.path().join("copy");
    for (login, code) in [
        (None, "Security.Unauthorized"),
        (Some(("edi", "password")), "Security.Forbidden"),
        (Some(("adm", "wrong password")), "Security.Unauthorized"),
    ] {
        match download::backup(&address, login, &folder.path().join("refused")).unwrap_err() {
            wend_bolt::client::ClientError::Server(failure) => assert!(failure.code.ends_with(code), "{failure:?}"),
            other => panic!("{other}"),
        }
    }
    download::backup(&address, Some(("adm", "password")), &copy).unwrap();
    assert_eq!(nodes(&copy), 1000);
    let left = std::fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let left: Vec<String> = left.filter(|name| name.contains("backup")).collect();
    assert!(left.is_empty(), "{left:?}");
    // A client that goes away in the middle leaves nothing either, and the next is served.
    let mut http = crate::common::http::Http::connect(server.address);
    let basic = ("Authorization", "Basic YWRtOnBhc3N3b3Jk");
    http.send("POST /backup", &[basic], b"");
    let head = http.head();
    assert_eq!((head.status, head.header("content-type")), (200, "application/x-tar"));
    drop(http);
    let started = Instant::now();
    while let Err(error) = download::backup(&address, Some(("adm", "password")), &folder.path().join("again")) {
        assert!(started.elapsed() < Duration::from_secs(10), "{error}");
    }
}
