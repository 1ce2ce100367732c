//! The console over HTTP: its page and files with their policy, what its editor is told, the map of an embedding.

use crate::common::{
    Running,
    http::{ask, post, query},
};
use serde_json::{Value as Json, json};
use wenddb::{Database, params};

const HTML: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

#[test]
fn browsers_get_a_page_and_programs_addresses() {
    let server = Running::start(|config| config.auth = false);
    let page = ask(server.address, "GET /", &[HTML], b"");
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.text().contains("src=\"console/app.js\"") && page.text().contains("href=\"console/app.css\""));
    for accept in ["*/*", "application/json", "text/html;q=0"] {
        let answer = ask(server.address, "GET /", &[("Accept", accept)], b"");
        assert!(answer.json()["bolt_direct"].is_string(), "{accept}");
    }
    assert_eq!(ask(server.address, "HEAD /", &[HTML], b"").body.len(), 0);
}

/// A page may run its own script and ask its own server, and nothing else.
#[test]
fn pages_have_a_strict_policy() {
    let server = Running::start(|_| {});
    for path in ["GET /", "GET /console/app.js", "GET /console/app.css"] {
        let answer = ask(server.address, path, &[HTML], b"");
        let policy = answer.header("content-security-policy");
        assert_eq!(answer.status, 200, "{path}");
        for part in [
            "default-src 'none'",
            "script-src 'self';",
            "style-src 'self';",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {part} is not in {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
    let page = ask(server.address, "GET /", &[HTML], b"");
    assert!(!page.text().contains("<style") && !page.text().contains("style=") && !page.text().contains("onload"));
}

#[test]
fn files_are_packed_and_kept() {
    let server = Running::start(|_| {});
    let plain = ask(server.address, "GET /console/app.js", &[], b"");
    let packed = ask(server.address, "GET /console/app.js", &[("Accept-Encoding", "br, gzip")], b"");
    assert_eq!((plain.header("content-encoding"), packed.header("content-encoding")), ("", "gzip"));
    assert!(packed.body.len() * 2 < plain.body.len() && packed.body.len() < 300 << 10);
    let tag = plain.header("etag");
    assert!(!tag.is_empty() && plain.header("cache-control") == "no-cache");
    let again = ask(server.address, "GET /console/app.js", &[("If-None-Match", tag)], b"");
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(ask(server.address, "GET /console/app.js", &[("If-None-Match", "\"other\"")], b"").status, 200);
    assert_eq!(ask(server.address, "GET /console/nothing.js", &[], b"").status, 404);
    assert_eq!(ask(server.address, "GET /console/", &[], b"").status, 404);
}

#[test]
fn the_editor_is_told_what_there_is() {
    let server = Running::start(|_| {});
    query(server.address, "INSERT (:Person {_id: 'a', age: 1})-[:KNOWS]->(:Person {_id: 'b'})");
    let catalog = ask(server.address, "GET /db/neo4j/schema.json", &[], b"").json();
    assert_eq!((&catalog["graph"], &catalog["role"]), (&json!("default"), &json!("admin")));
    assert_eq!(
        catalog["labels"],
        json!([{"label": "Person", "kind": "node", "count": 2}, {"label": "KNOWS", "kind": "edge", "count": 1}])
    );
    assert_eq!(catalog["propertyKeys"], json!(["age"]));
    let has = |list: &str, field: Option<&str>, wanted: &str| {
        let items = catalog[list].as_array().unwrap();
        items.iter().any(|item| field.map_or(item, |field| &item[field]) == wanted)
    };
    assert!(has("keywords", None, "MATCH") && has("procedures", None, "algo.node2vec.stream"));
    assert!(has("functions", Some("name"), "UPPER"));
    let algorithms = catalog["algorithms"].as_array().unwrap();
    let node2vec = algorithms.iter().find(|algorithm| algorithm["name"] == "node2vec").unwrap();
    let parameters = node2vec["parameters"].as_array().unwrap();
    let dimensions = parameters.iter().find(|parameter| parameter["name"] == "dimensions").unwrap();
    assert_eq!((&dimensions["type"], &dimensions["default"]), (&json!("INT"), &json!("128")));
    assert!(node2vec["modes"].as_array().unwrap().contains(&json!("write")));
    assert_eq!(ask(server.address, "GET /db/nowhere/schema.json", &[], b"").status, 404);
}

#[test]
fn readers_are_told_too_and_strangers_are_not() {
    let database = Database::in_memory().unwrap();
    let mut session = database.session();
    session.execute("CREATE USER ann PASSWORD $p ROLE reader", params! {"p" => "ann's password"}).unwrap();
    session.execute("INSERT (:P {_id: 'x', v: VECTOR([1, 2])}), (:P {_id: 'y', v: VECTOR([3, 5])})", ()).unwrap();
    let server = Running::on(database, |config| config.auth = true);
    use base64::{Engine, engine::general_purpose::STANDARD};
    let login = format!("Basic {}", STANDARD.encode("ann:ann's password"));
    for path in ["GET /db/default/schema.json", "GET /db/default/embedding/2d?property=v"] {
        assert_eq!(ask(server.address, path, &[], b"").status, 401, "{path}");
        assert_eq!(ask(server.address, path, &[("Authorization", &login)], b"").status, 200, "{path}");
    }
    let catalog = ask(server.address, "GET /db/default/schema.json", &[("Authorization", &login)], b"").json();
    assert_eq!((&catalog["user"], &catalog["role"]), (&json!("ann"), &json!("reader")));
    // The page itself needs no login: it asks for one.
    assert_eq!(ask(server.address, "GET /", &[HTML], b"").status, 200);
}

#[test]
fn a_map_is_one_block() {
    let server = Running::start(|_| {});
    query(
        server.address,
        "FOR i IN RANGE(0, 9) INSERT (:`A&B` {_id: 'n' || CAST(i AS STRING), c: i % 2, v: VECTOR([i, 2 * i, 1])})",
    );
    let path = "GET /db/default/embedding/2d?property=v&label=A%26B&color=c";
    let answer = ask(server.address, path, &[], b"");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/octet-stream"));
    let map = wend_server::console::map::Map::read(&answer.body).unwrap();
    assert_eq!((map.points.len(), map.ids[9].as_str(), map.color(3).as_str()), (10, "n9", "1"));
    for (path, status) in [
        ("GET /db/default/embedding/2d", 400),
        ("GET /db/default/embedding/2d?property=v&compare=c", 400),
        ("GET /db/default/embedding/2d?property=nothing", 400),
        ("GET /db/default/embedding/2d?property=v&label=nothing", 400),
        ("GET /db/nowhere/embedding/2d?property=v", 404),
        ("POST /db/default/embedding/2d?property=v", 405),
    ] {
        let answer = ask(server.address, path, &[], b"");
        assert_eq!(answer.status, status, "{path}: {}", String::from_utf8_lossy(&answer.body));
        assert!(answer.json()["errors"][0]["message"].is_string(), "{path}");
    }
}

#[test]
fn errors_have_their_place() {
    let server = Running::start(|_| {});
    let place = |statement: &str| -> Json { query(server.address, statement).json()["errors"][0]["position"].clone() };
    assert_eq!(place("RETURN 'ü',\n  missing"), json!({"offset": 14, "line": 2, "column": 3, "length": 7}));
    assert_eq!(place("RETURN 1 / 0")["offset"], 7);
    let answer =
        post(server.address, "/db/default/query/v2", &json!({"statement": "RETURN 1 / (5 - x)"}), "application/jsonl");
    assert_eq!((answer.status, &answer.json()["errors"][0]["position"]["length"]), (400, &json!(1)));
}

#[test]
fn vectors_are_short_in_the_lines_of_the_console() {
    let server = Running::start(|_| {});
    let kind = "application/vnd.wend.query+jsonl";
    let body = json!({"statement": "RETURN VECTOR([0.5, 1]) AS v, 1 AS i"});
    let answer = post(server.address, "/db/default/query/v2", &body, kind);
    assert_eq!(answer.header("content-type"), kind);
    assert_eq!(
        answer.lines()[1]["_body"],
        json!([{"$type": "Vector", "_value": [0.5, 1.0]}, {"$type": "Integer", "_value": "1"}])
    );
}

#[test]
fn events_of_a_task_say_what_it_is_doing() {
    let server = Running::start(|_| {});
    query(server.address, "FOR i IN RANGE(0, 60) INSERT (:P {_id: CAST(i AS STRING), x: i % 5})");
    query(server.address, "MATCH (a:P), (b:P) WHERE a.x = b.x AND a._id < b._id INSERT (a)-[:E]->(b)");
    let begun = query(
        server.address,
        "CALL algo.gnn_embed.write({epochs: 1000000, patience: 0, dimensions: 4, features: ['x']}, \
         {db: {property: 'g'}, wait: false}) YIELD task_id",
    );
    let id = begun.json()["data"]["values"][0][0].as_str().unwrap_or_else(|| panic!("{}", begun.text())).to_owned();
    let (address, stopped) = (server.address, id.clone());
    let stop = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(1500));
        query(address, &format!("STOP TASK '{stopped}'"));
    });
    let events = ask(server.address, &format!("GET /tasks/{id}/events"), &[], b"");
    stop.join().unwrap();
    let text = events.text();
    assert!(text.contains("\"stage\":\"epoch ") && text.contains(", loss "), "{text}");
    let last = text.trim_end().rsplit("\n\n").next().unwrap();
    assert!(last.contains("event: end") && last.contains("cancelled") && !last.contains("stage"), "{last}");
}
