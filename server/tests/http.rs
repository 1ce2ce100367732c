//! HTTP on the port: what a client gets for its requests, written by hand.

use std::time::{Duration, Instant};

use crate::common::{
    Client, Running,
    http::{Http, ask, post, query},
};
use serde_json::json;
use wend_bolt::version::Version;
use wenddb::{Database, host::Host};

const PATH: &str = "/db/neo4j/query/v2";
const JSON: (&str, &str) = ("Content-Type", "application/json");

#[test]
fn bolt_and_http_share_the_port() {
    let server = Running::start(|_| {});
    let mut client = Client::ready(server.address, Version::new(5, 4));
    client.all("INSERT (:Person {_id: 'ann', age: 44})", &[]).unwrap();
    let answer = query(server.address, "MATCH (p:Person) RETURN p._id AS id, p.age AS age");
    assert_eq!(answer.status, 202);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.json()["data"], json!({"fields": ["id", "age"], "values": [["ann", 44]]}));
    assert_eq!(answer.json()["bookmarks"].as_array().unwrap().len(), 1);
}

#[test]
fn everyone_may_ask_where_what_is() {
    let server = Running::start(|config| config.advertised = Some("graph.example:7687".to_owned()));
    let discovery = ask(server.address, "GET /", &[], b"").json();
    assert_eq!(discovery["bolt_direct"], "bolt://graph.example:7687");
    assert_eq!(discovery["neo4j_version"], "5.26.0");
    assert_eq!(ask(server.address, "GET /health/live", &[], b"").json()["status"], "live");
    assert_eq!(ask(server.address, "GET /health/ready", &[], b"").json()["status"], "ready");
    assert_eq!(ask(server.address, "GET /openapi.json", &[], b"").json()["openapi"], "3.1.0");
    let head = ask(server.address, "HEAD /", &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(ask(server.address, "GET /nothing", &[], b"").status, 404);
    let wrong = ask(server.address, "GET /db/default/query/v2", &[], b"");
    assert_eq!((wrong.status, wrong.header("allow")), (405, "POST"));
}

#[test]
fn plain_values() {
    let server = Running::start(|_| {});
    query(
        server.address,
        "INSERT (:A {_id: 'a', v: VECTOR([1, 0.1]), d: DATE '2024-02-29'})-[:E {w: 0.5}]->(:B {_id: 'b'})",
    );
    let answer = query(
        server.address,
        "MATCH p = (a:A)-[e:E]->(b) RETURN a, e, p, a.v AS v, a.d AS d, NULL AS n, {x: [1, 'y', TRUE]} AS r, \
         DURATION 'P1M2DT3S' AS t",
    );
    let json = answer.json();
    let row = &json["data"]["values"][0];
    assert_eq!(row[0]["elementId"], "a");
    assert_eq!(row[0]["labels"], json!(["A"]));
    assert_eq!(row[0]["properties"], json!({"_id": "a", "d": "2024-02-29", "v": [1.0, 0.1]}));
    assert_eq!((&row[1]["startNodeElementId"], &row[1]["endNodeElementId"]), (&json!("a"), &json!("b")));
    assert_eq!((&row[1]["type"], &row[1]["properties"]), (&json!("E"), &json!({"w": 0.5})));
    assert_eq!(row[2].as_array().unwrap().len(), 3);
    assert_eq!(row[2][1], row[1]);
    assert_eq!(row[3], json!([1.0, 0.1]));
    assert_eq!(
        row.as_array().unwrap()[4..],
        [json!("2024-02-29"), json!(null), json!({"x": [1, "y", true]}), json!("P1M2DT3S")]
    );
}

#[test]
fn typed_values_both_ways() {
    let server = Running::start(|_| {});
    let kind = "application/vnd.neo4j.query";
    let parameters = json!({
        "i": {"$type": "Integer", "_value": "9007199254740993"},
        "f": {"$type": "Float", "_value": "NaN"},
        "l": {"$type": "List", "_value": [{"$type": "Date", "_value": "2024-02-29"}]},
        "b": {"$type": "Base64", "_value": "AAEC"},
    });
    let body = json!({"statement": "RETURN $i AS i, $f AS f, $l AS l, $b AS b", "parameters": parameters}).to_string();
    let answer =
        ask(server.address, &format!("POST {PATH}"), &[("Content-Type", kind), ("Accept", kind)], body.as_bytes());
    assert_eq!((answer.status, answer.header("content-type")), (202, kind));
    let json = answer.json();
    for (position, name) in ["i", "f", "l", "b"].into_iter().enumerate() {
        assert_eq!(json["data"]["values"][0][position], parameters[name]);
    }
    let wrong = json!({"statement": "RETURN $x", "parameters": {"x": {"$type": "Integer", "_value": 1}}}).to_string();
    let answer = ask(server.address, &format!("POST {PATH}"), &[("Content-Type", kind)], wrong.as_bytes());
    assert_eq!((answer.status, answer.code().as_str()), (400, "Neo.ClientError.Request.InvalidFormat"));
    assert!(answer.text().contains("parameter x: 1 is no Integer"), "{}", answer.text());
}

#[test]
fn counters_plans_and_access_modes() {
    let server = Running::start(|_| {});
    let body = json!({"statement": "INSERT (:A)-[:E]->(:B {x: 1})", "includeCounters": true});
    let counters = post(server.address, PATH, &body, "*/*").json()["counters"].clone();
    assert_eq!((&counters["nodesCreated"], &counters["relationshipsCreated"]), (&json!(2), &json!(1)));
    assert_eq!(counters["containsUpdates"], true);
    assert!(query(server.address, "EXPLAIN MATCH (a) RETURN a").json()["queryPlan"]["operatorType"].is_string());
    assert!(query(server.address, "PROFILE MATCH (a) RETURN a").json()["profiledQueryPlan"]["records"].is_u64());
    let answer = post(server.address, PATH, &json!({"statement": "INSERT (:C)", "accessMode": "Read"}), "*/*");
    assert_eq!((answer.status, answer.code().as_str()), (400, "Neo.ClientError.Statement.AccessMode"));
    assert_eq!(query(server.address, "MATCH (c:C) RETURN COUNT(*) AS n").json()["data"]["values"], json!([[0]]));
}

#[test]
fn errors_have_a_status_and_a_code() {
    let server = Running::start(|_| {});
    for (statement, status, code) in [
        ("RETRUN 1", 400, "Neo.ClientError.Statement.SyntaxError"),
        ("RETURN x", 400, "Neo.ClientError.Statement.SemanticError"),
        ("RETURN 1 / 0 AS x", 400, "Neo.ClientError.Statement.ArithmeticError"),
        ("COMMIT", 400, "Neo.ClientError.Transaction.TransactionStartFailed"),
    ] {
        let answer = query(server.address, statement);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.text());
    }
    let answer = post(server.address, "/db/nowhere/query/v2", &json!({"statement": "RETURN 1"}), "*/*");
    assert_eq!((answer.status, answer.code().as_str()), (404, "Neo.ClientError.Database.DatabaseNotFound"));
    for (body, status) in [(&b"{"[..], 400), (b"", 400), (b"{}", 400), (b"[]", 400)] {
        assert_eq!(ask(server.address, &format!("POST {PATH}"), &[JSON], body).status, status);
    }
    let headers = [JSON, ("Accept", "text/html")];
    assert_eq!(ask(server.address, &format!("POST {PATH}"), &headers, br#"{"statement":"RETURN 1"}"#).status, 406);
}

#[test]
fn a_failure_after_rows_is_told_in_the_body() {
    let server = Running::start(|_| {});
    let statement = "FOR x IN RANGE(1, 100000) RETURN 10 / (90000 - x) AS y";
    let answer = query(server.address, statement);
    assert_eq!(answer.status, 202);
    assert_eq!(answer.json()["errors"][0]["code"], "Neo.ClientError.Statement.ArithmeticError");
    let answer = post(server.address, PATH, &json!({"statement": statement}), "application/jsonl");
    let last = answer.lines().pop().unwrap();
    assert_eq!((&last["$event"], &last["_body"][0]["gqlStatus"]), (&json!("Error"), &json!("22012")));
    let statement = "FOR x IN RANGE(1, 2000000) RETURN 10 / (1900000 - x) AS y";
    let answer = post(server.address, PATH, &json!({"statement": statement}), "application/vnd.apache.arrow.stream");
    assert!(!answer.whole && answer.status == 202);
}

#[test]
fn rows_come_by_lines_while_they_are_made() {
    let server = Running::start(|_| {});
    let answer = post(server.address, PATH, &json!({"statement": "FOR x IN [1, 2] RETURN x"}), "application/x-ndjson");
    assert_eq!(answer.header("content-type"), "application/jsonl");
    let lines = answer.lines();
    assert_eq!(lines[0], json!({"$event": "Header", "_body": {"fields": ["x"]}}));
    assert_eq!(lines[1..3], [json!({"$event": "Record", "_body": [1]}), json!({"$event": "Record", "_body": [2]})]);
    assert_eq!(lines[3]["$event"], "Summary");
    let typed = "application/vnd.neo4j.query+jsonl";
    let answer = post(server.address, PATH, &json!({"statement": "RETURN 1 AS x"}), typed);
    assert_eq!(answer.lines()[1]["_body"][0], json!({"$type": "Integer", "_value": "1"}));
    // A result without an end: its first rows are there long before it is left.
    let mut http = Http::connect(server.address);
    let endless = r#"{"statement":"FOR x IN RANGE(1, 1000000) FOR y IN RANGE(1, 1000000) RETURN x, y"}"#;
    http.send(&format!("POST {PATH}"), &[JSON, ("Accept", "application/jsonl")], endless.as_bytes());
    assert_eq!(http.head().status, 202);
    assert!(http.chunk().unwrap().starts_with(b"{\"$event\":\"Header\""));
    drop(http);
    nothing_runs(&server.database);
}

/// Waits until no statement runs.
fn nothing_runs(database: &Database) {
    let started = Instant::now();
    while !database.queries().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", database.queries());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_client_that_goes_ends_its_statement() {
    let server = Running::start(|_| {});
    let mut http = Http::connect(server.address);
    let long =
        r#"{"statement":"FOR x IN RANGE(1, 100000) FOR y IN RANGE(1, 100000) FILTER x + y < 0 RETURN COUNT(*)"}"#;
    http.send(&format!("POST {PATH}"), &[JSON], long.as_bytes());
    while server.database.queries().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(http);
    nothing_runs(&server.database);
}

#[test]
fn time_is_bounded() {
    let server = Running::start(|config| config.limits.query_time = Duration::from_millis(200));
    let long = "FOR x IN RANGE(1, 100000) FOR y IN RANGE(1, 100000) FILTER x + y < 0 RETURN COUNT(*) AS n";
    let answer = query(server.address, long);
    assert_eq!((answer.status, answer.code().as_str()), (408, "Neo.ClientError.Transaction.TransactionTimedOut"));
    nothing_runs(&server.database);
}

#[test]
fn a_client_that_does_not_read_is_left() {
    let server = Running::start(|config| config.limits.slow_reader = Duration::from_millis(300));
    let mut http = Http::connect(server.address);
    let endless = r#"{"statement":"FOR x IN RANGE(1, 1000000) FOR y IN RANGE(1, 1000000) RETURN x, y"}"#;
    http.send(&format!("POST {PATH}"), &[JSON, ("Accept", "application/jsonl")], endless.as_bytes());
    assert_eq!(http.head().status, 202);
    nothing_runs(&server.database);
}

#[test]
fn a_slow_body_is_left() {
    let server = Running::start(|config| config.limits.slow_sender = Duration::from_millis(200));
    let mut http = Http::connect(server.address);
    http.send(&format!("POST {PATH}"), &[JSON, ("Content-Length", "100")], b"{");
    assert_eq!(http.answer(false).status, 408);
}

#[test]
fn bodies_and_heads_are_bounded() {
    let server = Running::start(|config| config.limits.message = 1 << 20);
    let long = json!({"statement": "RETURN 1", "parameters": {"x": "x".repeat(1 << 20)}});
    assert_eq!(post(server.address, PATH, &long, "*/*").status, 413);
    let answer = ask(server.address, "GET /", &[("X-Long", &"x".repeat(100_000))], b"");
    assert_eq!(answer.status, 431);
}

#[test]
fn transactions_last_until_they_are_ended() {
    let server = Running::start(|_| {});
    let begun = post(server.address, "/db/default/query/v2/tx", &json!({"statement": "INSERT (:T {_id: 't'})"}), "*/*");
    assert_eq!(begun.status, 202);
    let id = begun.json()["transaction"]["id"].as_str().unwrap().to_owned();
    assert!(begun.json()["transaction"]["expires"].as_str().unwrap().ends_with('Z'));
    let path = format!("/db/default/query/v2/tx/{id}");
    let count = "MATCH (t:T) RETURN COUNT(*) AS n";
    assert_eq!(query(server.address, count).json()["data"]["values"], json!([[0]]));
    let inside = post(server.address, &path, &json!({"statement": count}), "*/*");
    assert_eq!(inside.json()["data"]["values"], json!([[1]]));
    assert_eq!(ask(server.address, &format!("PUT {path}"), &[], b"").json()["transaction"]["id"], json!(id));
    let committed = post(server.address, &format!("{path}/commit"), &json!({"statement": count}), "*/*");
    assert_eq!(committed.json()["data"]["values"], json!([[1]]));
    assert!(committed.json()["bookmarks"].is_array());
    assert_eq!(query(server.address, count).json()["data"]["values"], json!([[1]]));
    let gone = post(server.address, &path, &json!({"statement": count}), "*/*");
    assert_eq!((gone.status, gone.code().as_str()), (404, "Neo.ClientError.Transaction.TransactionNotFound"));
}

#[test]
fn transactions_are_rolled_back() {
    let server = Running::start(|config| config.limits.http_transaction = Duration::from_millis(300));
    let begin = || {
        let begun = ask(server.address, "POST /db/default/query/v2/tx", &[], b"").json();
        format!("/db/default/query/v2/tx/{}", begun["transaction"]["id"].as_str().unwrap())
    };
    let insert = json!({"statement": "INSERT (:T)"});
    // By the client, by a statement that fails, by time, by the commit of another.
    let path = begin();
    post(server.address, &path, &insert, "*/*");
    assert_eq!(ask(server.address, &format!("DELETE {path}"), &[], b"").status, 200);
    let path = begin();
    post(server.address, &path, &insert, "*/*");
    assert_eq!(post(server.address, &path, &json!({"statement": "RETRUN"}), "*/*").status, 400);
    assert_eq!(post(server.address, &path, &insert, "*/*").status, 404);
    let path = begin();
    post(server.address, &path, &insert, "*/*");
    std::thread::sleep(Duration::from_millis(800));
    assert_eq!(post(server.address, &path, &insert, "*/*").status, 404);
    query(server.address, "INSERT (:C {_id: 'c', x: 0})");
    let set = json!({"statement": "MATCH (c:C) SET c.x = 1"});
    let path = begin();
    post(server.address, &path, &set, "*/*");
    query(server.address, "MATCH (c:C) SET c.x = 2");
    let commit = post(server.address, &format!("{path}/commit"), &json!({}), "*/*");
    assert_eq!((commit.status, commit.code().as_str()), (409, "Neo.TransientError.Transaction.Outdated"));
    assert_eq!(query(server.address, "MATCH (t:T) RETURN COUNT(*) AS n").json()["data"]["values"], json!([[0]]));
    let text = ask(server.address, "GET /metrics", &[], b"");
    assert!(text.text().contains("wend_http_transactions_open 0"), "{}", text.text());
}

#[test]
fn one_request_at_a_time_in_a_transaction() {
    let server = Running::start(|config| config.limits.http_transactions = 1);
    let begun = ask(server.address, "POST /db/default/query/v2/tx", &[], b"").json();
    let full = ask(server.address, "POST /db/default/query/v2/tx", &[], b"");
    assert_eq!((full.status, full.code().as_str()), (503, "Neo.TransientError.Request.NoThreadsAvailable"));
    let path = format!("/db/default/query/v2/tx/{}", begun["transaction"]["id"].as_str().unwrap());
    let mut busy = Http::connect(server.address);
    let long =
        r#"{"statement":"FOR x IN RANGE(1, 100000) FOR y IN RANGE(1, 100000) FILTER x + y < 0 RETURN COUNT(*)"}"#;
    busy.send(&format!("POST {path}"), &[JSON], long.as_bytes());
    while server.database.queries().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = post(server.address, &path, &json!({"statement": "RETURN 1"}), "*/*");
    assert_eq!(
        (second.status, second.code().as_str()),
        (409, "Neo.ClientError.Transaction.TransactionAccessedConcurrently")
    );
    drop(busy);
    nothing_runs(&server.database);
}

#[test]
fn metrics_count() {
    let server = Running::start(|_| {});
    query(server.address, "FOR x IN RANGE(1, 7) RETURN x");
    query(server.address, "RETRUN");
    let mut client = Client::ready(server.address, Version::new(5, 4));
    client.all("RETURN 1 AS x", &[]).unwrap();
    // A connection counts until the server has noticed its end.
    let alone = "wend_connections_open{protocol=\"http\"} 1";
    let begun = Instant::now();
    let answer = loop {
        let answer = ask(server.address, "GET /metrics", &[], b"");
        if answer.text().contains(alone) || begun.elapsed() > Duration::from_secs(10) {
            break answer;
        }
    };
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4");
    for line in [
        "wend_queries_total{protocol=\"http\",status=\"ok\"} 1",
        "wend_queries_total{protocol=\"http\",status=\"failed\"} 1",
        "wend_queries_total{protocol=\"bolt\",status=\"ok\"} 1",
        "wend_query_seconds_count 3",
        "wend_query_seconds_bucket{le=\"+Inf\"} 3",
        "wend_rows_sent_total 8",
        "wend_connections_open{protocol=\"bolt\"} 1",
        alone,
    ] {
        assert!(answer.text().lines().any(|known| known == line), "{line} is not in\n{}", answer.text());
    }
}

#[test]
fn tasks_tell_of_themselves() {
    let server = Running::start(|_| {});
    query(server.address, "FOR x IN RANGE(1, 50) INSERT (:N)");
    let write =
        "CALL algo.node2vec.write({dimensions: 8}, {db: {property: 'e'}, wait: false}) YIELD task_id RETURN task_id";
    let answer = query(server.address, write);
    let id = answer.json()["data"]["values"][0][0].as_str().unwrap().to_owned();
    let events = ask(server.address, &format!("GET /tasks/{id}/events"), &[], b"");
    assert_eq!(events.header("content-type"), "text/event-stream");
    let last = events.text().trim_end().rsplit("\n\n").next().unwrap();
    assert!(last.starts_with("event: end\ndata: {\"task_id\":"), "{last}");
    assert!(last.contains("\"status\":\"completed\""), "{last}");
    let task = ask(server.address, &format!("GET /tasks/{id}"), &[], b"").json();
    assert_eq!((&task["progress"], &task["nodes_written"]), (&json!(100), &json!(50)));
    assert_eq!(ask(server.address, "GET /tasks", &[], b"").json()["tasks"], json!([task]));
    assert_eq!(ask(server.address, "GET /tasks/none", &[], b"").status, 404);
    assert_eq!(ask(server.address, "GET /tasks/none/events", &[], b"").status, 404);
}
