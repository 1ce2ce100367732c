//! The Model Context Protocol: over HTTP with users, over streams, what a session for reading cannot do, and bytes of any kind.

use std::{
    io::Write,
    path::Path,
    sync::{Arc, Mutex},
};

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use wenddb::{
    BackupPlaces, Database, Options, Session,
    host::{HostedSession, Role},
    params,
};

use crate::common::{
    Running,
    http::{Answer, Http, ask},
};

const TRICKS: &str = include_str!("../../tests/mcp/tricks.txt");

/// Three people, an index, an embedding with its task, another graph.
fn filled(database: &Database) {
    let mut session = database.session();
    for text in [
        "INSERT (:Person {_id: 'ann', age: 44})-[:KNOWS {since: 2001}]->(:Person {_id: 'bob', age: 33})",
        "MATCH (b {_id: 'bob'}) INSERT (b)-[:KNOWS {since: 2010}]->(:Person {_id: 'cid', age: 22})",
        "CREATE INDEX by_age ON NODE Person (age)",
        "CREATE GRAPH other",
        "USE other INSERT (:Thing {_id: 'thing'})",
        "CALL algo.node2vec.write({dimensions: 4}, {db: {property: 'embedding'}})",
    ] {
        session.execute(text, ()).unwrap();
    }
}

/// All that there is, as text.
fn everything(database: &Database) -> String {
    let mut session = database.session();
    let mut text = String::new();
    for gql in [
        "SHOW GRAPHS",
        "SHOW LABELS",
        "SHOW PROPERTY KEYS",
        "SHOW INDEXES",
        "SHOW CONSTRAINTS",
        "SHOW GRAPH TYPES",
        "SHOW MODELS",
        "SHOW TASKS",
        "SHOW USERS",
        "SHOW TOKENS",
        "MATCH (n) RETURN n ORDER BY n._id",
        "MATCH (a)-[e]->(b) RETURN a._id, e, b._id ORDER BY a._id, b._id",
        "USE other MATCH (n) RETURN n ORDER BY n._id",
    ] {
        for row in session.execute(gql, ()).unwrap() {
            let row = row.unwrap();
            let values: Vec<String> = row.values().iter().map(ToString::to_string).collect();
            text.push_str(&format!("{gql}: {}\n", values.join(", ")));
        }
    }
    text
}

/// The names of files below a directory.
fn files(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        found.push(path.display().to_string());
        if path.is_dir() {
            found.extend(files(&path));
        }
    }
    found.sort();
    found
}

struct Client {
    address: std::net::SocketAddr,
    login: Option<String>,
}

impl Client {
    fn send(&self, body: &Json, headers: &[(&str, &str)]) -> Answer {
        let mut all = vec![("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")];
        if let Some(login) = &self.login {
            all.push(("Authorization", login));
        }
        all.extend(headers);
        ask(self.address, "POST /mcp", &all, body.to_string().as_bytes())
    }

    fn request(&self, method: &str, params: Json) -> Json {
        let answer = self.send(&json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}), &[]);
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{}", answer.text());
        answer.json()
    }

    /// The text of a tool's answer, and whether it is an error.
    fn call(&self, name: &str, arguments: Json) -> (String, bool) {
        let answer = self.request("tools/call", json!({"name": name, "arguments": arguments}));
        let result = &answer["result"];
        let text = result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{name}: {answer}"));
        (text.to_owned(), result["isError"] == true)
    }

    fn tools(&self) -> Vec<String> {
        let answer = self.request("tools/list", json!({}));
        let tools = answer["result"]["tools"].as_array().unwrap().clone();
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }
}

fn bearer(database: &Database, user: &str) -> Option<String> {
    let text = format!("CREATE TOKEN of_{user} FOR {user}");
    let token: String = database.session().value(&text, ()).unwrap();
    Some(format!("Bearer {token}"))
}

#[test]
fn the_protocol_over_http() {
    let server = Running::start(|_| {});
    filled(&server.database);
    let client = Client { address: server.address, login: None };
    for (asked, given) in [("2025-03-26", "2025-03-26"), ("2024-11-05", "2024-11-05"), ("2099-01-01", "2025-06-18")] {
        let answer = client.request("initialize", json!({"protocolVersion": asked, "capabilities": {}}));
        assert_eq!(answer["result"]["protocolVersion"], given);
        assert_eq!(answer["result"]["capabilities"], json!({"tools": {}}));
    }
    assert_eq!(client.request("ping", json!({}))["result"], json!({}));
    assert_eq!(client.request("resources/list", json!({}))["error"]["code"], -32601);
    let answer = client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}), &[]);
    assert_eq!((answer.status, answer.body.len()), (202, 0));
    assert_eq!(client.send(&json!({"id": 1}), &[]).status, 400);
    let named = |version| [("MCP-Protocol-Version", version)];
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    assert_eq!(client.send(&ping, &named("2025-06-18")).status, 200);
    let refused = client.send(&ping, &named("2099-01-01"));
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (400, &json!(-32600)));
    let batch = client.send(&json!([ping, {"jsonrpc": "2.0", "method": "x"}, 7]), &[]).json();
    assert_eq!((batch[0]["result"].clone(), batch.as_array().unwrap().len()), (json!({}), 2));
    for (line, status) in [("GET /mcp", 405), ("DELETE /mcp", 405)] {
        assert_eq!(ask(server.address, line, &[], b"").status, status);
    }
    let plain = [("Content-Type", "text/plain")];
    assert_eq!(ask(server.address, "POST /mcp", &plain, b"{}").status, 415);
    assert_eq!(ask(server.address, "POST /mcp", &[("Content-Type", "application/json")], b"{").status, 400);
    let foreign = client.send(&ping, &[("Origin", "https://evil.example")]);
    assert_eq!(foreign.status, 403);
}

#[test]
fn tools_follow_the_role_and_the_setting() {
    for allow in [false, true] {
        let database = Database::in_memory().unwrap();
        filled(&database);
        for (name, role) in [("root", "admin"), ("ed", "editor"), ("rea", "reader")] {
            let text = format!("CREATE USER {name} PASSWORD 'long enough' ROLE {role}");
            database.session().execute(&text, ()).unwrap();
        }
        let server = Running::on(database.clone(), |config| {
            config.auth = true;
            config.mcp_allow_write = allow;
        });
        let nobody = Client { address: server.address, login: None };
        assert_eq!(nobody.send(&json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}), &[]).status, 401);
        for (name, may) in [("root", true), ("ed", true), ("rea", false)] {
            let client = Client { address: server.address, login: bearer(&database, name) };
            let writes = may && allow;
            assert_eq!(client.tools().contains(&"write".to_owned()), writes, "{name}");
            let insert = json!({"gql": "INSERT (:New {_id: $id})", "params": {"id": name}});
            let call = json!({"name": "write", "arguments": insert});
            let answer = client.request("tools/call", call);
            if writes {
                assert!(answer["result"]["content"][0]["text"].as_str().unwrap().contains("\"nodesInserted\":1"));
            } else {
                assert_eq!(answer["error"]["code"], -32602, "{answer}");
            }
            // An agent manages no users, whoever lends it a name.
            if writes {
                let (said, wrong) = client.call("write", json!({"gql": "CREATE USER x PASSWORD 'long enough'"}));
                assert!(wrong && said.contains("42NFF"), "{said}");
            }
            let rank = json!({"name": "degree", "write_to": "rank"});
            assert_eq!(client.call("run_algorithm", rank).1, !writes);
            let (said, wrong) = client.call("query", json!({"gql": "INSERT (:Evil)"}));
            let hint = if writes {
                "the tool write"
            } else if allow {
                "role reader"
            } else {
                "--allow-write"
            };
            assert!(wrong && said.contains(hint), "{said}");
        }
    }
}

/// A statement of the same user that runs while tricks are tried.
fn running(database: &Database, user: &str) -> (Session, wenddb::Rows, String) {
    let mut session = database.session();
    session.set_user(user, Role::Admin);
    let rows = session.execute("FOR i IN RANGE(1, 100000) RETURN i", ()).unwrap();
    let find = "SHOW QUERIES YIELD queryId, query WHERE query STARTS WITH 'FOR i' RETURN queryId";
    let id = database.session().value(find, ()).unwrap();
    (session, rows, id)
}

#[test]
fn reading_cannot_change_anything() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["import", "backups"] {
        std::fs::create_dir(directory.path().join(name)).unwrap();
    }
    let import = directory.path().join("import");
    std::fs::write(import.join("people.csv"), "id\nevil\n").unwrap();
    let options = Options {
        import_directory: Some(import),
        backups: BackupPlaces::In(directory.path().join("backups")),
        ..Options::default()
    };
    let database = Database::in_memory_with(options).unwrap();
    filled(&database);
    database.session().execute("CREATE USER wend PASSWORD 'long enough' ROLE admin", ()).unwrap();
    let login = bearer(&database, "wend");
    let server = Running::on(database.clone(), |config| config.auth = true);
    let client = Client { address: server.address, login };
    let (_session, mut rows, query) = running(&database, "wend");
    let task: String = database.session().value("SHOW TASKS YIELD task_id RETURN task_id", ()).unwrap();
    let file = directory.path().join("evil-file").display().to_string();
    let (before, files_before) = (everything(&database), files(directory.path()));
    let mut tried = 0;
    for line in TRICKS.lines().filter(|line| !line.starts_with('#')) {
        let (kind, gql) = line.split_at(2);
        let gql = gql.replace("{task}", &task).replace("{query}", &query).replace("{file}", &file);
        let (said, wrong) = client.call("query", json!({"gql": gql}));
        // A comment alone is no statement, and does nothing.
        assert!(wrong || kind == "= " || gql.starts_with("//"), "{gql}: {said}");
        assert_eq!(everything(&database), before, "{gql}");
        tried += 1;
    }
    assert!(tried >= 50, "{tried}");
    for (name, arguments) in [
        ("run_algorithm", json!({"name": "degree", "write_to": "evil"})),
        ("run_algorithm", json!({"name": "degree.write", "mode": "write"})),
        ("run_algorithm", json!({"name": "gnn_embed", "params": {"target": "age", "epochs": 1, "saveModel": "evil"}})),
        (
            "similar",
            json!({"label": "Person", "property": "embedding", "node": "ann", "where": "TRUE) SET n.age = 1 //"}),
        ),
        ("similar", json!({"label": "Person) SET n.x = 1 //", "property": "embedding", "node": "ann"})),
        ("describe", json!({"name": "'; INSERT (:Evil)"})),
        ("schema", json!({"graph": "default; CREATE GRAPH evil"})),
    ] {
        let (said, _) = client.call(name, arguments.clone());
        assert_eq!(everything(&database), before, "{name} {arguments}: {said}");
    }
    assert_eq!(files(directory.path()), files_before);
    assert!(rows.next().unwrap().is_ok() && rows.count() > 90_000, "the statement was ended");
}

#[test]
fn progress_comes_as_events() {
    let database = Database::in_memory().unwrap();
    let many = "FOR i IN RANGE(0, 3000) INSERT ({_id: CAST(i AS STRING), i: i})";
    database.session().execute(many, ()).unwrap();
    let edges = "MATCH (a), (b) FILTER b.i = (a.i * 7 + 1) % 3000 INSERT (a)-[:R]->(b)";
    database.session().execute(edges, ()).unwrap();
    let server = Running::on(database, |_| {});
    let client = Client { address: server.address, login: None };
    let params = json!({"dimensions": 64, "walksPerNode": 40});
    let arguments = json!({"name": "node2vec", "mode": "stats", "params": params});
    let call = json!({"name": "run_algorithm", "arguments": arguments, "_meta": {"progressToken": "t"}});
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call});
    let answer = client.send(&request, &[]);
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"));
    let messages: Vec<Json> = answer
        .text()
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("event: message\ndata: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    let (last, told) = messages.split_last().unwrap();
    assert!(last["result"]["content"][0]["text"].as_str().unwrap().contains("nodeCount"), "{last}");
    assert!(!told.is_empty());
    let mut before = -1.0;
    for message in told {
        assert_eq!(
            (&message["method"], &message["params"]["progressToken"]),
            (&json!("notifications/progress"), &json!("t"))
        );
        let now = message["params"]["progress"].as_f64().unwrap();
        assert!(now > before);
        before = now;
    }
}

/// The end of a client closes its call.
#[test]
fn a_client_that_goes_ends_its_call() {
    let server = Running::start(|_| {});
    let gql = "FOR a IN RANGE(1, 100000) FOR b IN RANGE(1, 100000) RETURN COUNT(*)";
    let call = json!({"name": "query", "arguments": {"gql": gql}});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}).to_string();
    let mut http = Http::connect(server.address);
    http.send("POST /mcp", &[("Content-Type", "application/json")], body.as_bytes());
    let running = || -> i64 {
        let count = "SHOW QUERIES YIELD query WHERE query STARTS WITH 'FOR a' RETURN COUNT(*)";
        server.database.session().value(count, ()).unwrap()
    };
    wait_until(|| running() == 1);
    drop(http);
    wait_until(|| running() == 0);
}

fn wait_until(done: impl Fn() -> bool) {
    for _ in 0..2000 {
        if done() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("it did not come");
}

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What comes back over streams.
fn stdio(database: &Database, input: &[u8]) -> Vec<Json> {
    let output = Output::default();
    wend_server::mcp::serve(database, false, input, output.clone()).unwrap();
    let bytes = output.0.lock().unwrap().clone();
    let text = String::from_utf8(bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn requests() -> Vec<String> {
    let call = |name: &str, arguments: Json| {
        let params = json!({"name": name, "arguments": arguments, "_meta": {"progressToken": 1}});
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string()
    };
    vec![
        json!({"jsonrpc": "2.0", "id": "a", "method": "initialize", "params": {"protocolVersion": "2025-06-18"}})
            .to_string(),
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}).to_string(),
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}).to_string(),
        call("query", json!({"gql": "MATCH (n) WHERE n.age > $x RETURN n, 'ä'", "params": {"x": 1.5}, "limit": 3})),
        call("schema", json!({"detail": true})),
        call(
            "similar",
            json!({"label": "Person", "property": "embedding", "vector": [1, 0, 0, 0], "where": "n.age > 1"}),
        ),
        call("run_algorithm", json!({"name": "pagerank", "mode": "stream", "params": {}})),
        call("describe", json!({"name": "MATCH"})),
        call("examples", json!({"topic": "patterns"})),
    ]
}

#[test]
fn cancelled_calls_have_no_answer() {
    let database = Database::in_memory().unwrap();
    let gql = "FOR a IN RANGE(1, 100000) FOR b IN RANGE(1, 100000) RETURN COUNT(*)";
    let call = json!({"name": "query", "arguments": {"gql": gql}});
    let lines = [
        json!({"jsonrpc": "2.0", "id": "long", "method": "tools/call", "params": call}),
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "long"}}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "ping"}),
    ];
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    assert_eq!(stdio(&database, text.as_bytes()), [json!({"jsonrpc": "2.0", "id": 2, "result": {}})]);
}

#[test]
fn schema_is_short_for_any_graph() {
    let database = Database::in_memory().unwrap();
    let mut session = database.session();
    for label in 0..400 {
        let properties: Vec<String> =
            (0..40).map(|key| format!("a_rather_long_property_{label}_{key}: {key}")).collect();
        let text = format!("INSERT (a:Label{label} {{{}}})-[:EDGE{label} {{w: 1.5}}]->(a)", properties.join(", "));
        session.execute(&text, ()).unwrap();
    }
    session.execute("INSERT (:Named {`a b`: VECTOR([1, 2]), x: 1}), (:Named {x: 'a'})", params! {}).unwrap();
    let server = Running::on(database, |_| {});
    let client = Client { address: server.address, login: None };
    let (text, wrong) = client.call("schema", json!({}));
    assert!(!wrong && text.len() <= 8000 && text.contains("(:Named) 2: ") && text.contains("more"), "{text}");
    assert!(text.contains("`a b`? VECTOR<2>, x INT64 | STRING"), "{text}");
    let (text, wrong) = client.call("schema", json!({"detail": true}));
    assert!(!wrong && text.len() <= 32_000 && text.len() > 12_000, "{}", text.len());
    let (text, _) = client.call("schema", json!({"label": "EDGE7"}));
    assert_eq!(text, "(:Label7)-[:EDGE7]->(:Label7) 1: w FLOAT64");
    let (text, wrong) = client.call("schema", json!({"label": "Nmed"}));
    assert!(wrong && text.ends_with("did you mean Named?"), "{text}");
    let (text, wrong) = client.call("schema", json!({"lable": "x"}));
    assert!(wrong && text.contains("did you mean label?"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any bytes are a message or are refused, and nothing panics.
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = wend_server::mcp::is_readable(&bytes);
        let database = Database::in_memory().unwrap();
        for answer in stdio(&database, &bytes) {
            prop_assert!(answer["error"]["code"].as_i64() != Some(-32603), "{}", answer);
        }
    }

    /// Messages with pieces changed are answered in kind.
    #[test]
    fn changed_messages_are_answered(
        which in 0usize..9,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..6),
    ) {
        let mut bytes = requests()[which].clone().into_bytes();
        for (place, byte, kind) in changes {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, b"{}[]\",:0-e\\u"[usize::from(byte) % 12]),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
            if bytes.is_empty() {
                bytes.push(b'{');
            }
        }
        let database = Database::in_memory().unwrap();
        filled(&database);
        for answer in stdio(&database, &bytes) {
            let answers = match answer { Json::Array(answers) => answers, one => vec![one] };
            for answer in answers {
                prop_assert_eq!(&answer["jsonrpc"], "2.0");
                prop_assert!(answer["error"]["code"].as_i64() != Some(-32603), "{}", answer);
            }
        }
    }
}
