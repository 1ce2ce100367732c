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
use wend_server::bolt::version::Version;
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
        for row in queries("SHOW QUERIES YIELD query_id, query AS q FILTER q ENDS WITH 'AS busy' RETURN query_id") {
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
