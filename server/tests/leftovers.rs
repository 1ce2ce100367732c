//! What clients leave behind that go without a word, do not read or never end: nothing. One test in a process of its own, whose
//! threads and memory are the server's.

mod common;

use std::{
    io::{Read, Write},
    time::{Duration, Instant},
};

use common::{
    Client, Running,
    http::{Http, ask, query},
    none, record,
};
use serde_json::json;
use socket2::SockRef;
use wend_bolt::version::Version;
use wenddb::{Value, host::Host};

const V54: Version = Version::new(5, 4);
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// More rows than anyone reads; as a list, either range would take 32 MB.
const ENDLESS: &str =
    "FOR x IN RANGE(1, 1000000) FOR y IN RANGE(1, 1000000) RETURN x, y, 'some text that takes its place' AS z";

/// A figure of this process, such as VmRSS in KiB.
fn figure(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').split_whitespace().next().unwrap().parse().unwrap()
}

/// Ends a connection as the end of its process does with bytes unread.
fn kill(stream: &std::net::TcpStream) {
    SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
}

fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Clients of a kind, each as far as it goes.
fn clients(server: &Running, kind: &str) -> Vec<Client> {
    let begin = |client: &mut Client, place: usize| {
        client.send(0x11, &[none()]);
        client.success();
        client.all(&format!("INSERT (:Left {{_id: 'left{place}'}})"), &[]).unwrap();
    };
    let made = |place: usize| match kind {
        "silent" => Client::raw(server.address),
        "half of a handshake" => {
            let mut client = Client::raw(server.address);
            client.stream.write_all(&[0x60, 0x60, 0xb0, 0x17, 0, 0]).unwrap();
            client
        }
        "no login" => Client::connect(server.address, V54),
        "half of a message" => {
            let mut client = Client::ready(server.address, V54);
            client.stream.write_all(&[0xff, 0xff, 0xb3, 0x10]).unwrap();
            client
        }
        "byte by byte" => {
            let mut client = Client::ready(server.address, V54);
            let mut out = Vec::new();
            wend_bolt::chunk::append(&mut out, |out| out.extend([0xb3, 0x10, 0xd2, 0, 1, 0, 0]));
            for byte in out {
                client.stream.write_all(&[byte]).unwrap();
            }
            client
        }
        "idle" => Client::ready(server.address, V54),
        "in a transaction" => {
            let mut client = Client::ready(server.address, V54);
            begin(&mut client, place);
            client
        }
        "open result" => {
            let mut client = Client::ready(server.address, V54);
            begin(&mut client, place);
            client.run("FOR x IN RANGE(1, 3000) RETURN x", &[], &[]);
            client.pull(3);
            client.success();
            client
        }
        "does not read" => {
            let mut client = Client::ready(server.address, V54);
            client.run(ENDLESS, &[], &[]);
            client.pull(-1);
            client.success();
            client
        }
        "computes" => {
            let mut client = Client::ready(server.address, V54);
            client.run(
                "FOR x IN RANGE(1, 1000000) FOR y IN RANGE(1, 1000000) FILTER x + y < 0 RETURN COUNT(*)",
                &[],
                &[],
            );
            client.pull(-1);
            client
        }
        other => panic!("{other}"),
    };
    (0..10).map(made).collect()
}

#[test]
fn nothing_is_left_behind() {
    let server = Running::start(|config| {
        config.limits.login_time = Duration::from_secs(2);
        config.limits.slow_reader = Duration::from_secs(2);
        config.limits.slow_sender = Duration::from_secs(2);
        config.limits.idle_transaction = Duration::from_secs(2);
    });
    let open = || {
        let text = ask(server.address, "GET /metrics", &[], b"").text().to_owned();
        let of = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
        // The one that asks is one of HTTP.
        (
            of("wend_connections_open{protocol=\"bolt\"}"),
            of("wend_connections_open{protocol=\"http\"}"),
            of("wend_queries_running"),
            of("wend_http_transactions_open"),
        )
    };
    let none_open = || open() == ("0".into(), "1".into(), "0".into(), "0".into());
    let left = || query(server.address, "MATCH (l:Left) RETURN COUNT(*)").json()["data"]["values"].clone();
    drop(clients(&server, "idle"));
    wait("the first are gone", none_open);
    let threads = figure("Threads");
    for kind in [
        "silent",
        "half of a handshake",
        "no login",
        "half of a message",
        "byte by byte",
        "idle",
        "in a transaction",
        "open result",
        "does not read",
        "computes",
    ] {
        for killed in [false, true] {
            let mut all = clients(&server, kind);
            if killed {
                all.iter().for_each(|client| kill(&client.stream));
            } else if kind == "half of a message" || kind == "byte by byte" {
                // Those that are not closed have only so much time.
                all.iter_mut().for_each(|client| drop(client.failure()));
            } else if matches!(kind, "silent" | "half of a handshake" | "no login") {
                let mut rest = Vec::new();
                all.iter_mut().for_each(|client| drop(client.stream.read_to_end(&mut rest)));
            }
            drop(all);
            wait(kind, none_open);
            assert_eq!(left(), json!([[0]]), "{kind}");
            assert_eq!(server.database.queries().len(), 0, "{kind}");
        }
    }
    wait("threads", || figure("Threads") <= threads);

    // Results that nobody reads wait in the server's bounds, by Bolt and by HTTP, and end when these are over.
    let memory = figure("VmRSS");
    let unread = clients(&server, "does not read");
    let requests: Vec<Http> = (0..10)
        .map(|_| {
            let mut http = Http::connect(server.address);
            let body = json!({"statement": ENDLESS}).to_string();
            http.send("POST /db/default/query/v2", &[JSON, ("Accept", "application/jsonl")], body.as_bytes());
            assert_eq!(http.head().status, 202);
            http
        })
        .collect();
    let grown = figure("VmRSS").saturating_sub(memory);
    assert!(grown < 100 << 10, "20 clients that do not read take {grown} KiB");
    wait("those that do not read", none_open);
    drop((unread, requests));

    // Transactions over HTTP of clients that do not come back.
    let begun = ask(server.address, "POST /db/default/query/v2/tx", &[], b"").json();
    let path = format!("POST /db/default/query/v2/tx/{}", begun["transaction"]["id"].as_str().unwrap());
    let body = json!({"statement": "INSERT (:Left {_id: 'http'})"}).to_string();
    assert_eq!(ask(server.address, &path, &[JSON], body.as_bytes()).status, 202);
    assert_eq!(open().3, "1");
    let id = path.rsplit('/').next().unwrap();
    ask(server.address, &format!("DELETE /db/default/query/v2/tx/{id}"), &[], b"");
    wait("the transaction", none_open);
    assert_eq!(left(), json!([[0]]));

    // Who comes after them is served, by as many workers as before.
    let mut client = Client::ready(server.address, V54);
    let row = client.all("RETURN $x", &[("x", record(&[("a", Value::Int(1))]))]).unwrap().0;
    assert_eq!(row.len(), 1);
}
