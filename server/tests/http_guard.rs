//! Who may ask over HTTP: users, and no web page of someone else.

use std::time::Duration;

use crate::common::{
    Running,
    http::{Answer, Http, ask},
};
use wenddb::{Database, params};

const PATH: &str = "POST /db/default/query/v2";
const JSON: (&str, &str) = ("Content-Type", "application/json");
const ONE: &[u8] = br#"{"statement":"RETURN 1 AS one"}"#;

fn base64(text: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(text)
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", base64(&format!("{user}:{password}")))
}

fn with_users() -> Running {
    let database = Database::in_memory().unwrap();
    let mut session = database.session();
    session.execute("CREATE USER ann PASSWORD $p ROLE reader", params! {"p" => "ann's password"}).unwrap();
    session.execute("CREATE USER bob PASSWORD $p ROLE editor", params! {"p" => "bob's password"}).unwrap();
    Running::on(database, |config| config.auth = true)
}

fn run(server: &Running, authorization: &str, body: &[u8]) -> Answer {
    ask(server.address, PATH, &[JSON, ("Authorization", authorization)], body)
}

#[test]
fn logins_are_needed() {
    let server = with_users();
    let answer = ask(server.address, PATH, &[JSON], ONE);
    assert_eq!((answer.status, answer.code().as_str()), (401, "Neo.ClientError.Security.Unauthorized"));
    assert!(answer.header("www-authenticate").starts_with("Basic "));
    for path in ["GET /metrics", "GET /tasks", "GET /tasks/x", "GET /tasks/x/events"] {
        assert_eq!(ask(server.address, path, &[], b"").status, 401, "{path}");
    }
    for path in ["GET /", "GET /health/live", "GET /health/ready", "GET /openapi.json"] {
        assert_eq!(ask(server.address, path, &[], b"").status, 200, "{path}");
    }
    assert_eq!(run(&server, &basic("ann", "ann's password"), ONE).status, 202);
    // A wrong user and a wrong password give the same error.
    let (one, other) =
        (run(&server, &basic("ann", "wrong password"), ONE), run(&server, &basic("eve", "wrong password"), ONE));
    assert_eq!((one.status, one.text()), (401, other.text()));
    assert_eq!(run(&server, "Basic ?", ONE).status, 400);
    assert_eq!(run(&server, "Negotiate x", ONE).status, 401);
}

#[test]
fn roles_and_tokens() {
    let server = with_users();
    let insert = br#"{"statement":"INSERT (:A)"}"#;
    let refused = run(&server, &basic("ann", "ann's password"), insert);
    assert_eq!((refused.status, refused.code().as_str()), (403, "Neo.ClientError.Security.Forbidden"));
    assert_eq!(run(&server, &basic("bob", "bob's password"), insert).status, 202);
    let mut session = server.database.session();
    let token = session.execute("CREATE TOKEN t FOR bob", ()).unwrap().next().unwrap().unwrap();
    let bearer = format!("Bearer {}", token.get::<&str>("token").unwrap());
    assert_eq!(run(&server, &bearer, insert).status, 202);
    session.execute("DROP TOKEN t", ()).unwrap();
    assert_eq!(run(&server, &bearer, insert).status, 401);
}

#[test]
fn a_change_of_users_counts_at_once() {
    let server = with_users();
    let header = basic("bob", "bob's password");
    assert_eq!(run(&server, &header, ONE).status, 202);
    let mut session = server.database.session();
    session.execute("ALTER USER bob SET PASSWORD $p", params! {"p" => "another password"}).unwrap();
    assert_eq!(run(&server, &header, ONE).status, 401);
    let header = basic("bob", "another password");
    assert_eq!(run(&server, &header, ONE).status, 202);
    let mut transaction = session.transaction().unwrap();
    transaction.execute("DROP USER bob", ()).unwrap();
    assert_eq!(run(&server, &header, ONE).status, 202);
    transaction.commit().unwrap();
    assert_eq!(run(&server, &header, ONE).status, 401);
}

#[test]
fn failed_logins_lock_out_as_over_bolt() {
    let server = with_users();
    for _ in 0..3 {
        assert_eq!(run(&server, &basic("ann", "wrong password"), ONE).status, 401);
    }
    let answer = run(&server, &basic("ann", "ann's password"), ONE);
    assert_eq!((answer.status, answer.code().as_str()), (429, "Neo.ClientError.Security.AuthenticationRateLimit"));
    assert_eq!(answer.header("retry-after"), "5");
    assert_eq!(run(&server, &basic("bob", "bob's password"), ONE).status, 202);
}

#[test]
fn a_transaction_is_of_who_began_it() {
    let server = with_users();
    let (ann, bob) = (basic("ann", "ann's password"), basic("bob", "bob's password"));
    let begun = ask(server.address, "POST /db/default/query/v2/tx", &[JSON, ("Authorization", &bob)], b"{}").json();
    let path = format!("/db/default/query/v2/tx/{}", begun["transaction"]["id"].as_str().unwrap());
    for request in
        [format!("POST {path}"), format!("POST {path}/commit"), format!("DELETE {path}"), format!("PUT {path}")]
    {
        assert_eq!(ask(server.address, &request, &[JSON, ("Authorization", &ann)], ONE).status, 404, "{request}");
    }
    assert_eq!(ask(server.address, &format!("DELETE {path}"), &[("Authorization", &bob)], b"").status, 200);
}

#[test]
fn pages_of_others_are_kept_away() {
    let server = Running::start(|config| {
        config.allowed_hosts = vec!["graph.example".to_owned()];
        config.allowed_origins = vec!["https://console.example".to_owned()];
    });
    let host = server.address.to_string();
    let own = format!("http://{host}");
    for (headers, status) in [
        (vec![("Host", "evil.example:7687")], 421),
        (vec![("Host", "localhost:1")], 202),
        (vec![("Host", "graph.example")], 202),
        (vec![("Origin", "https://evil.example")], 403),
        (vec![("Origin", "null")], 403),
        (vec![("Origin", own.as_str())], 202),
        (vec![("Origin", "https://console.example")], 202),
    ] {
        let mut all = vec![JSON];
        all.extend(headers.clone());
        let answer = ask(server.address, PATH, &all, ONE);
        assert_eq!(answer.status, status, "{headers:?}");
        let readable = answer.header("access-control-allow-origin");
        assert_eq!(readable == "https://console.example", headers.contains(&("Origin", "https://console.example")));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    // What a plain form can send is not taken.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        assert_eq!(ask(server.address, PATH, &[("Content-Type", kind)], ONE).status, 415);
    }
    assert_eq!(ask(server.address, PATH, &[], ONE).status, 415);
    let asked = ask(server.address, "OPTIONS /db/default/query/v2", &[("Origin", "https://console.example")], b"");
    assert_eq!((asked.status, asked.header("access-control-allow-methods")), (204, "GET, POST, PUT, DELETE"));
    assert_eq!(ask(server.address, "OPTIONS /", &[("Origin", "https://evil.example")], b"").status, 403);
    let mut http = Http::connect(server.address);
    http.send("GET /", &[("Host", "localhost"), ("Host", "evil.example")], b"");
    assert_eq!(http.answer(false).status, 400);
}

#[test]
fn a_connection_serves_many_requests_and_ends_with_the_server() {
    let mut server = Running::start(|config| config.grace = Duration::from_secs(2));
    let mut http = Http::connect(server.address);
    for _ in 0..3 {
        assert_eq!(http.ask(PATH, &[JSON], ONE).status, 202);
    }
    server.stop();
    assert!(http.line().is_none());
}

/// A page of someone else reaches this machine only by a name that is not ours: what looks like one of ours and is not,
/// is refused.
#[test]
fn hosts_are_read_strictly() {
    let server = Running::start(|_| {});
    let status = |line: &str, hosts: &[&str]| {
        let headers: Vec<(&str, &str)> = hosts.iter().map(|host| ("Host", *host)).collect();
        ask(server.address, line, &headers, b"").status
    };
    for host in ["127.0.0.1", "[::1]:80", "localhost:1", "LocalHost"] {
        assert_eq!(status("GET /", &[host]), 200, "{host}");
    }
    for host in [
        "[::1]evil",
        "[::1].evil.example",
        "[::1]:80@evil.example",
        "localhost.evil.example",
        "127.0.0.1:80@evil.example",
        "127.0.0.1@evil.example",
        "127.0.0.1.evil.example",
        "evil.example",
        "evil.example#localhost",
        "localhost, evil.example",
        "",
        ":80",
        "::1",
    ] {
        assert!(matches!(status("GET /", &[host]), 400 | 421), "{host}");
    }
    assert_eq!(status("GET /", &["localhost", "evil.example"]), 400);
    assert_eq!(status("GET /", &["localhost", "localhost"]), 400);
    assert_eq!(status("GET http://localhost/", &["evil.example"]), 400);
    assert_eq!(status("GET http://evil.example/", &["evil.example"]), 421);
    assert_eq!(status("GET http://localhost/", &["localhost"]), 200);
}

/// A token and a transaction belong to a user, not to a later user of the same name.
#[test]
fn nothing_of_a_dropped_user_goes_to_the_next_of_the_name() {
    let server = with_users();
    let mut admin = server.database.session();
    admin.execute("CREATE USER root PASSWORD $p ROLE admin", params! {"p" => "root's password"}).unwrap();
    let root = basic("root", "root's password");
    let begun = ask(server.address, "POST /db/default/query/v2/tx", &[("Authorization", &root)], b"").json();
    let tx = format!("POST /db/default/query/v2/tx/{}", begun["transaction"]["id"].as_str().unwrap());
    let create = br#"{"statement":"CREATE TOKEN bt FOR bob"}"#;
    let made = ask(server.address, &tx, &[JSON, ("Authorization", &root)], create).json();
    let bearer = format!("Bearer {}", made["data"]["values"][0][0].as_str().unwrap());
    let bob = basic("bob", "bob's password");
    let own = ask(server.address, "POST /db/default/query/v2/tx", &[("Authorization", &bob)], b"").json();
    let own = format!("POST /db/default/query/v2/tx/{}", own["transaction"]["id"].as_str().unwrap());
    admin.execute("DROP USER bob", ()).unwrap();
    let committed = ask(server.address, &format!("{tx}/commit"), &[JSON, ("Authorization", &root)], b"");
    assert_eq!((committed.status, committed.code().as_str()), (409, "Neo.TransientError.Transaction.Outdated"));
    admin.execute("CREATE USER bob PASSWORD $p ROLE admin", params! {"p" => "bob's password"}).unwrap();
    assert_eq!(run(&server, &bearer, ONE).status, 401);
    assert_eq!(run(&server, &bob, ONE).status, 202);
    assert_eq!(ask(server.address, &own, &[JSON, ("Authorization", &bob)], ONE).status, 404);
}
