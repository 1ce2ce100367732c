//! Import of tables over HTTP: files are sent, planned and imported, and nothing of them is left.

use std::{net::SocketAddr, path::Path};

use serde_json::{Value as Json, json};
use wenddb::{Database, host::Host};

use crate::common::{
    Running,
    http::{Answer, ask, query},
};

const TAR: (&str, &str) = ("Content-Type", "application/x-tar");
const JSON: (&str, &str) = ("Content-Type", "application/json");

const USERS: &str = "user_id,name\n1,Ann\n2,Bob\n3,Cleo\n";
const ORDERS: &str = "order_id,user_id,total\n10,1,5.5\n11,2,7\n12,2,1\n13,9,2\n";

/// Files as a tar archive.
fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_cksum();
        archive.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap()
}

fn send(address: SocketAddr, files: &[(&str, &str)]) -> Answer {
    ask(address, "POST /db/default/import/tables", &[TAR], &archive(files))
}

fn work(address: SocketAddr, id: &str, wishes: &Json) -> Answer {
    ask(address, &format!("POST /db/default/import/tables/{id}"), &[JSON], wishes.to_string().as_bytes())
}

/// The events of an answer.
fn events(answer: &Answer) -> Vec<(String, Json)> {
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"), "{}", answer.text());
    let event = |text: &str| {
        let (event, data) = text.strip_prefix("event: ")?.split_once("\ndata: ")?;
        Some((event.to_owned(), serde_json::from_str(data).unwrap()))
    };
    answer.text().split_terminator("\n\n").map(|text| event(text).unwrap_or_else(|| panic!("{text}"))).collect()
}

fn numbers(address: SocketAddr, statement: &str) -> Json {
    query(address, statement).json()["data"]["values"][0].clone()
}

/// What uploads have left in the directory of a database.
fn left(path: &Path) -> usize {
    let names = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with("upload-")).count()
}

#[test]
fn tables_become_nodes_and_edges() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("shop.wend");
    let server = Running::on(Database::open(&path).unwrap(), |_| {});
    let address = server.address;
    let sent = send(address, &[("users.csv", USERS), ("orders.csv", ORDERS)]);
    assert_eq!(sent.status, 200, "{}", sent.text());
    let sent = sent.json();
    let plan = &sent["plan"];
    assert_eq!(plan["tables"][0]["label"], json!("orders"));
    assert_eq!(plan["tables"][1]["key"], json!(["user_id"]));
    assert_eq!(sent["preview"][1]["first"][0], json!(["1", "Ann"]));
    assert_eq!(sent["preview"][0]["columns"][2], json!({"name": "total", "type": "FLOAT64"}));
    // Three of four orders have a user: a foreign key with a warning.
    let edge = &plan["edges"][0];
    assert_eq!((&edge["label"], &edge["destination"]["table"]), (&json!("USER"), &json!("users")));
    assert_eq!(edge["counts"], json!({"edges": 3, "withoutKey": 0, "dangling": 1, "firstDangling": null}));
    assert_eq!(numbers(address, "MATCH (n) RETURN COUNT(*)"), json!([0]));
    assert_eq!(left(&path), 1);

    let id = sent["id"].as_str().unwrap();
    // Planned anew, with what a user has changed in the text.
    let map = plan["map"].as_str().unwrap().replace("\"USER\"", "\"BOUGHT_BY\"");
    let planned = work(address, id, &json!({"map": map, "dryRun": true}));
    assert_eq!(planned.status, 200, "{}", planned.text());
    assert_eq!(planned.json()["plan"]["edges"][0]["label"], json!("BOUGHT_BY"));
    // What goes wrong leaves nothing in the graph, and the files for another try.
    let failed = events(&work(address, id, &json!({"map": map, "strict": true})));
    let (event, data) = failed.last().unwrap();
    assert_eq!(event, "error");
    let message = data["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains('9') && !message.contains("upload-"), "{message}");
    assert_eq!(numbers(address, "MATCH (n) RETURN COUNT(*)"), json!([0]));
    let broken = work(address, id, &json!({"map": "CREATE GARDEN"}));
    assert_eq!(events(&broken).last().unwrap().0, "error");
    for wrong in [json!({"mapp": ""}), json!({"strict": "yes"}), json!([1])] {
        assert_eq!(work(address, id, &wrong).status, 400, "{wrong}");
    }

    let done = events(&work(address, id, &json!({"map": map})));
    let (event, report) = done.last().unwrap();
    assert_eq!((event.as_str(), &report["nodes"], &report["edges"]), ("end", &json!(7), &json!(3)), "{report}");
    assert!(done.iter().any(|(event, data)| event == "progress" && data["progress"].is_number()));
    assert!(report["bookmarks"][0].is_string());
    let sum = "MATCH (o:orders)-[:BOUGHT_BY]->(u:users {name: 'Bob'}) RETURN COUNT(*), SUM(o.total)";
    assert_eq!(numbers(address, sum), json!([2, 8.0]));
    assert_eq!((left(&path), work(address, id, &json!({})).status), (0, 404));
}

#[test]
fn what_is_no_upload_is_refused_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("shop.wend");
    let server = Running::on(Database::open(&path).unwrap(), |config| config.limits.upload = 10_000);
    let address = server.address;
    let long = "x".repeat(20_000);
    for (body, status, said) in [
        (b"not an archive".repeat(100), 400, "tar archive"),
        (archive(&[]), 400, "no files"),
        (archive(&[("notes.txt", "hello")]), 400, "notes.txt"),
        (archive(&[("a/x.csv", "id\n1\n"), ("b/x.csv", "id\n2\n")]), 400, "two files"),
        (archive(&[("x.csv", &long)]), 413, "max-upload"),
        (archive(&[("x.csv", "id,name\n1\n")]), 400, "x.csv"),
    ] {
        let answer = ask(address, "POST /db/default/import/tables", &[TAR], &body);
        assert_eq!(answer.status, status, "{}", answer.text());
        let message = answer.json()["errors"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(said) && !message.contains("upload-to"), "{message}");
    }
    let files = archive(&[("x.csv", "id\n1\n")]);
    assert_eq!(ask(address, "POST /db/default/import/tables", &[JSON], &files).status, 415);
    assert_eq!(ask(address, "POST /db/nowhere/import/tables", &[TAR], &files).status, 404);
    assert_eq!(left(&path), 0);
    // Removed when they are not wanted, and when the server ends.
    let id = send(address, &[("x.csv", "id\n1\n")]).json()["id"].as_str().unwrap().to_owned();
    assert_eq!(left(&path), 1);
    assert_eq!(ask(address, &format!("DELETE /db/default/import/tables/{id}"), &[], b"").status, 200);
    assert_eq!(ask(address, &format!("DELETE /db/default/import/tables/{id}"), &[], b"").status, 404);
    assert_eq!(left(&path), 0);
    // A server does not keep any number of them.
    let sent: Vec<u16> = (0..6).map(|_| send(address, &[("x.csv", "id\n1\n")]).status).collect();
    assert_eq!(sent.iter().filter(|status| **status == 200).count(), 4, "{sent:?}");
    drop(server);
    assert_eq!(left(&path), 0);
}

#[test]
fn only_those_who_may_change_data_import_and_each_their_own_files() {
    let database = Database::in_memory().unwrap();
    database.create_first_user("root").unwrap();
    let mut session = database.session();
    for user in [
        "CREATE USER rita PASSWORD 'reads only' ROLE reader",
        "CREATE USER ed PASSWORD 'edits all' ROLE editor",
        "CREATE USER eva PASSWORD 'edits too' ROLE editor",
    ] {
        session.execute(user, ()).unwrap();
    }
    drop(session);
    let server = Running::on(database, |config| config.auth = true);
    use base64::{Engine, engine::general_purpose::STANDARD};
    let login = |user: &str| format!("Basic {}", STANDARD.encode(user));
    let [rita, ed, eva] = ["rita:reads only", "ed:edits all", "eva:edits too"].map(login);
    let files = archive(&[("x.csv", "id\n1\n2\n")]);
    let send =
        |login: &str| ask(server.address, "POST /db/default/import/tables", &[TAR, ("Authorization", login)], &files);
    assert_eq!(
        (ask(server.address, "POST /db/default/import/tables", &[TAR], &files).status, send(&rita).status),
        (401, 403)
    );
    let sent = send(&ed);
    assert_eq!(sent.status, 200, "{}", sent.text());
    let path = format!("/db/default/import/tables/{}", sent.json()["id"].as_str().unwrap());
    let run = |login: &str| ask(server.address, &format!("POST {path}"), &[JSON, ("Authorization", login)], b"{}");
    assert_eq!((run(&eva).status, run(&rita).status), (404, 403));
    assert_eq!(events(&run(&ed)).last().unwrap().1["nodes"], json!(2));
}
