//! What a client must not be able to do: mistakes that other servers paid for.

use std::{
    io::{Read, Write},
    time::{Duration, Instant},
};

use crate::common::{Client, Reply, Running, http::ask, none, record, text};
use wend_bolt::version::Version;
use wenddb::Value;

const V54: Version = Version::new(5, 4);

/// Lists within lists, so many levels.
fn nested(levels: usize) -> Value {
    (0..levels).fold(Value::Null, |inner, _| Value::from(vec![inner]))
}

fn ends_with_failure(client: &mut Client, code: &str) {
    let failure = client.failure();
    assert!(failure.to_string().contains(code), "{failure}");
    assert!(client.next().is_none());
}

#[test]
fn nesting_is_bounded() {
    let server = Running::start(|_| {});
    let mut client = Client::ready(server.address, V54);
    client.all("RETURN SIZE($x)", &[("x", nested(120))]).unwrap();
    let mut bytes = vec![0xb3, 0x10, 0x81, b'R', 0xa1, 0x81, b'x'];
    bytes.extend(std::iter::repeat_n(0x91, 60_000));
    bytes.extend([0xc0, 0xa0]);
    send_raw(&mut client, &bytes);
    ends_with_failure(&mut client, "nested deeper than 128");
    Client::ready(server.address, V54);
}

fn send_raw(client: &mut Client, message: &[u8]) {
    let mut out = Vec::new();
    wend_bolt::chunk::append(&mut out, |out| out.extend_from_slice(message));
    client.stream.write_all(&out).unwrap();
}

#[test]
fn messages_are_bounded_before_and_after_the_login() {
    let server = Running::start(|config| config.limits.message = 1 << 20);
    let mut client = Client::connect(server.address, V54);
    client.send(0x01, &[record(&[("user_agent", Value::from("x".repeat(70_000)))])]);
    ends_with_failure(&mut client, "longer than the 65536 bytes");
    let mut client = Client::ready(server.address, V54);
    client.all("RETURN SIZE($x)", &[("x", Value::from("x".repeat(900_000)))]).unwrap();
    client.run("RETURN SIZE($x)", &[("x", Value::from("x".repeat(1_100_000)))], &[]);
    client.flush();
    ends_with_failure(&mut client, "longer than the 1048576 bytes");
}

#[test]
fn small_bytes_do_not_become_large_memory() {
    let server = Running::start(|config| config.limits.message_memory = 1 << 20);
    let mut client = Client::ready(server.address, V54);
    let nulls = Value::from(vec![Value::Null; 100_000]);
    client.run("RETURN SIZE($x)", &[("x", nulls)], &[]);
    client.flush();
    ends_with_failure(&mut client, "more memory than it may");
}

#[test]
fn declared_lengths_are_not_believed() {
    let server = Running::start(|_| {});
    for message in [
        // A list of 4 thousand million, a map and bytes likewise, in HELLO.
        &[0xb1, 0x01, 0xa1, 0x81, b'x', 0xd6, 0xff, 0xff, 0xff, 0xff][..],
        &[0xb1, 0x01, 0xda, 0xff, 0xff, 0xff, 0xff],
        &[0xb1, 0x01, 0xa1, 0x81, b'x', 0xce, 0xff, 0xff, 0xff, 0xff],
        // Wrong numbers of fields, a structure in a structure's place, no structure at all.
        &[0xb2, 0x01, 0xa0, 0xa0],
        &[0xb0, 0x01],
        &[0xb1, 0x01, 0xa1, 0x81, b'd', 0xb2, b'D', 0x01, 0x02],
        &[0xa0],
        &[0xb1],
        &[0xb1, 0x77, 0xa0],
        &[0xb1, 0x01, 0xa0, 0x00],
        &[0xb1, 0x01, 0xa1, 0x81, 0xff, 0xc0],
    ] {
        let mut client = Client::connect(server.address, V54);
        send_raw(&mut client, message);
        ends_with_failure(&mut client, "Neo.ClientError.Request.Invalid");
    }
}

#[test]
fn what_is_no_message_of_bolt_is_left() {
    let server = Running::start(|config| config.limits.login_time = Duration::from_millis(300));
    for (bytes, answer) in [
        (&b"\x60\x60\xb0\x17\x00\x00\x00\x03\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x00"[..], &[0, 0, 0, 0][..]),
        // Nothing, half a handshake, a choice that is not in the list: in the end the connection is closed.
        (b"", b""),
        (b"\x60\x60\xb0\x17\x00\x00", b""),
        (
            b"\x60\x60\xb0\x17\x00\x00\x01\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09\x09\x00",
            &[0, 0, 1, 0xff, 4, 0, 0, 0, 6, 0, 2, 8, 5, 0, 4, 4, 5, 0, 0, 4, 4, 0],
        ),
    ] {
        let mut client = Client::raw(server.address);
        client.stream.write_all(bytes).unwrap();
        let mut read = Vec::new();
        let started = Instant::now();
        let _ = client.stream.read_to_end(&mut read);
        assert_eq!(read, answer);
        assert!(started.elapsed() < Duration::from_secs(5));
    }
    // A handshake without a login.
    let mut client = Client::connect(server.address, V54);
    assert!(client.next().is_none());
    // And after LOGOFF again.
    let mut client = Client::ready(server.address, V54);
    client.send(0x6b, &[]);
    client.success();
    assert!(client.next().is_none());
}

#[test]
fn one_byte_at_a_time_is_served_but_not_for_ever() {
    let server = Running::start(|config| config.limits.slow_sender = Duration::from_millis(300));
    let mut client = Client::connect(server.address, V54);
    let mut out = Vec::new();
    wend_bolt::chunk::append(&mut out, |out| out.extend([0xb1, 0x01, 0xa0]));
    for byte in out {
        client.stream.write_all(&[byte]).unwrap();
        std::thread::sleep(Duration::from_millis(5));
    }
    client.success();
    client.send(0x6a, &[none()]);
    client.success();
    client.stream.write_all(&[0, 4, 0xb3]).unwrap();
    ends_with_failure(&mut client, "did not come in time");
}

#[test]
fn a_client_that_does_not_read_is_left() {
    let server = Running::start(|config| config.limits.slow_reader = Duration::from_millis(300));
    let mut client = Client::ready(server.address, V54);
    client.run(
        "FOR x IN RANGE(1, 100000) FOR y IN RANGE(1, 100000) RETURN 'some text to fill what lies between'",
        &[],
        &[],
    );
    client.pull(-1);
    let started = Instant::now();
    // The connection ends although nobody reads: what was written is all there is.
    std::thread::sleep(Duration::from_millis(1500));
    let mut rows = 0u64;
    while let Some(Reply::Record(_) | Reply::Success(_)) = client.next() {
        rows += 1;
    }
    assert!(rows < 10_000_000 && started.elapsed() < Duration::from_secs(15), "{rows} rows");
}

#[test]
fn connections_are_counted() {
    let server = Running::start(|config| config.limits.connections_per_address = 2);
    let first = Client::ready(server.address, V54);
    let _second = Client::ready(server.address, V54);
    // A connection beyond the limit receives an error, by Bolt and by HTTP.
    let mut third = Client::connect(server.address, V54);
    third.send(0x01, &[none()]);
    let failure = third.failure();
    assert_eq!(text(&failure, "code"), "Neo.TransientError.Request.NoThreadsAvailable");
    assert!(third.next().is_none());
    let answer = ask(server.address, "GET /health/live", &[], b"");
    assert_eq!((answer.status, answer.code().as_str()), (503, "Neo.TransientError.Request.NoThreadsAvailable"));
    // A place is free again once its client is gone, however it went.
    drop(first);
    let started = Instant::now();
    while ask(server.address, "GET /health/live", &[], b"").status != 200 {
        assert!(started.elapsed() < Duration::from_secs(5), "the place is not free");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_idle_transaction_is_rolled_back() {
    let server = Running::start(|config| config.limits.idle_transaction = Duration::from_millis(200));
    let mut client = Client::ready(server.address, V54);
    client.send(0x11, &[none()]);
    client.success();
    std::thread::sleep(Duration::from_millis(500));
    client.send(0x12, &[]);
    let failure = client.failure();
    assert_eq!(text(&failure, "code"), "Neo.TransientError.Transaction.Outdated");
    client.send(0x0f, &[]);
    client.success();
    // Between transactions there is no such bound.
    std::thread::sleep(Duration::from_millis(500));
    client.all("RETURN 1", &[]).unwrap();
}

#[test]
fn a_failed_login_of_old_ends_the_connection_too() {
    let server = Running::start(|_| {});
    let mut client = Client::connect(server.address, Version::new(4, 4));
    client.send(0x01, &[record(&[("principal", Value::Int(1))])]);
    ends_with_failure(&mut client, "are strings");
}

#[test]
fn the_server_stops_and_cancels_what_runs() {
    let mut server = Running::start(|config| config.grace = Duration::from_millis(200));
    let mut idle = Client::ready(server.address, V54);
    let mut busy = Client::ready(server.address, V54);
    busy.all("FOR i IN RANGE(1, 1000) INSERT (:P {_id: CAST(i AS STRING)})", &[]).unwrap();
    busy.run("MATCH (a:P), (b:P), (c:P), (d:P) RETURN COUNT(a._id || b._id || c._id || d._id)", &[], &[]);
    busy.pull(-1);
    std::thread::sleep(Duration::from_millis(200));
    let started = Instant::now();
    server.stop();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert!(idle.next().is_none());
    while busy.next().is_some() {}
}

#[test]
fn messages_of_all_clients_share_memory() {
    let server = Running::start(|config| config.limits.messages_memory = 4 << 20);
    let long = Value::from("x".repeat(1 << 20));
    let refused = "Neo.TransientError.General.MemoryPoolOutOfMemoryError";
    // Its values could take 24 times as much.
    let mut client = Client::ready(server.address, V54);
    let failure = client.all("RETURN SIZE($x)", &[("x", long)]).unwrap_err();
    assert_eq!(text(&failure, "code"), refused);
    client.all("RETURN SIZE($x)", &[("x", Value::from("x".repeat(150_000)))]).unwrap();
    let body = format!(r#"{{"statement":"RETURN 1","parameters":{{"x":"{}"}}}}"#, "x".repeat(1 << 20));
    let answer =
        ask(server.address, "POST /db/default/query/v2", &[("Content-Type", "application/json")], body.as_bytes());
    assert_eq!((answer.status, answer.code().as_str()), (503, refused));
    // A message that never ends is counted as it comes.
    let out = vec![0xff; 5 << 20];
    let mut other = Client::ready(server.address, V54);
    let _ = other.stream.write_all(&out);
    ends_with_failure(&mut other, refused);
}

#[test]
fn a_client_that_pages_is_not_idle() {
    let server = Running::start(|config| config.limits.idle_transaction = Duration::from_millis(400));
    let mut client = Client::ready(server.address, V54);
    client.run("FOR x IN RANGE(1, 8) RETURN x", &[], &[]);
    for page in 0..8 {
        client.pull(1);
        if page == 0 {
            client.success();
        }
        assert!(matches!(client.reply(), Reply::Record(_)));
        client.success();
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn open_results_are_counted() {
    let server = Running::start(|config| config.limits.open_results = 3);
    let mut client = Client::ready(server.address, V54);
    client.send(0x11, &[none()]);
    client.success();
    for _ in 0..3 {
        client.run("FOR x IN RANGE(1, 9) RETURN x", &[], &[]);
        client.flush();
        client.success();
    }
    client.run("RETURN 1", &[], &[]);
    client.flush();
    assert!(text(&client.failure(), "message").contains("at most 3 results"));
}

#[test]
fn errors_do_not_echo_long_values() {
    let server = Running::start(|_| {});
    let mut client = Client::ready(server.address, V54);
    let long = Value::from("x".repeat(1 << 20));
    for (statement, param) in [
        ("RETURN $x + 1", long.clone()),
        ("RETURN CAST($x AS INT)", long.clone()),
        ("MATCH (n {_id: $x}) RETURN n.a + DATE($x)", long.clone()),
        ("RETURN DATE($x)", long.clone()),
        ("INSERT ({_id: 1, a: $x})", long.clone()),
        ("CALL algo.node2vec({walkLength: $x}) YIELD nodeId RETURN nodeId", long),
        (&format!("RETURN {}", "y".repeat(100_000)), Value::Null),
        (&format!("RETURN `{}`", "y".repeat(100_000)), Value::Null),
        (&format!("RETURN '{}' + 1", "y".repeat(100_000)), Value::Null),
    ] {
        if let Err(failure) = client.all(statement, &[("x", param)]) {
            let length = failure.to_string().len();
            assert!(length < 8192, "{:.60}: an error of {length} bytes", statement);
        }
    }
}

#[test]
fn a_client_that_says_nothing_holds_nobody_up() {
    let server = Running::start(|_| {});
    let mut silent: Vec<Client> = (0..20).map(|_| Client::raw(server.address)).collect();
    for (place, client) in silent.iter_mut().enumerate() {
        // Nothing, the beginning of TLS, of a handshake, of a request.
        let bytes: &[u8] = [&b""[..], b"\x16\x03\x01", b"\x60\x60\xb0\x17\x00", b"GET / HT"][place % 4];
        client.stream.write_all(bytes).unwrap();
    }
    Client::ready(server.address, V54).all("RETURN 1", &[]).unwrap();
    assert_eq!(ask(server.address, "GET /health/live", &[], b"").status, 200);
}

const ATTACKS: [&str; 5] = [
    "SHOW LABELS; MATCH (a), (b), (c), (d), (e) RETURN COUNT(*)",
    "SHOW LABELS YIELD label FOR a IN RANGE(1, 9999999) FOR b IN RANGE(1, 9999999) RETURN COUNT(*) AS n",
    "SHOW LABELS YIELD label WHERE COUNT { MATCH (a), (b), (c), (d), (e) RETURN a } > 0",
    "SHOW FUNCTIONS YIELD name RETURN VALUE { MATCH (a), (b), (c), (d), (e) RETURN COUNT(*) } AS n",
    "SHOW TASKS; SHOW LABELS; MATCH (a), (b), (c), (d), (e) RETURN COUNT(*)",
];

fn hundred_nodes() -> wenddb::Database {
    let database = wenddb::Database::in_memory().unwrap();
    let mut session = database.session();
    session.execute("FOR i IN RANGE(1, 300) INSERT (:A)", ()).unwrap();
    session.execute("CREATE USER rea PASSWORD 'readerpass1' ROLE reader", ()).unwrap();
    session.execute("CREATE USER adm PASSWORD 'adminpass1' ROLE admin", ()).unwrap();
    database
}

fn login(server: &Running, user: &str, password: &str) -> Client {
    let mut client = Client::connect(server.address, V54);
    let auth = record(&[
        ("scheme", Value::from("basic")),
        ("principal", Value::from(user)),
        ("credentials", Value::from(password)),
    ]);
    client.login(V54, &auth).unwrap();
    client
}

/// However many readers say SHOW before they work, an administrator sees and ends what they run.
#[test]
fn readers_do_not_take_the_administration() {
    let server = Running::on(hundred_nodes(), |config| {
        config.auth = true;
        config.workers = 1;
        config.grace = Duration::from_millis(100);
    });
    let mut busy = Vec::new();
    for attack in ATTACKS {
        let mut client = login(&server, "rea", "readerpass1");
        client.run(attack, &[], &[]);
        client.pull(-1);
        busy.push(client);
        let body = serde_json::json!({"statement": attack}).to_string();
        let mut http = crate::common::http::Http::connect(server.address);
        let basic = "Basic cmVhOnJlYWRlcnBhc3Mx";
        let headers = [("Content-Type", "application/json"), ("Authorization", basic)];
        http.send("POST /db/default/query/v2", &headers, body.as_bytes());
        std::mem::forget(http);
    }
    std::thread::sleep(Duration::from_millis(300));
    let mut admin = login(&server, "adm", "adminpass1");
    let started = Instant::now();
    // One worker: one of them runs, and when it is ended the next does.
    for _ in 0..4 {
        let (rows, _) = admin.all("SHOW QUERIES YIELD queryId, user FILTER user = 'rea' RETURN queryId", &[]).unwrap();
        for row in &rows {
            let Value::List(row) = row else { panic!("{row}") };
            // One may have ended since.
            let _ = admin.all("KILL QUERY $id", &[("id", row[0].clone())]);
        }
        assert_eq!(ask(server.address, "GET /health/ready", &[], b"").status, 200);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

/// Words in comments, strings and later parts do not make a statement a task, whose time has no bound.
#[test]
fn a_comment_lifts_no_bound() {
    let server = Running::on(hundred_nodes(), |config| {
        config.auth = true;
        config.limits.query_time = Duration::from_millis(300);
    });
    for (user, password) in [("rea", "readerpass1"), ("adm", "adminpass1")] {
        for statement in [
            "MATCH (a), (b), (c), (d), (e) RETURN COUNT(*) /* algo. .write */",
            "MATCH (a), (b), (c), (d), (e) RETURN COUNT(*), 'CALL algo.node2vec.write({})'",
            "EXPLAIN CALL algo.node2vec.write({}, {db: {property: 'e'}}); MATCH (a), (b), (c), (d), (e) RETURN COUNT(*)",
        ] {
            let started = Instant::now();
            let failure = login(&server, user, password).all(statement, &[]).unwrap_err();
            assert!(text(&failure, "code").ends_with("TransactionTimedOut"), "{failure}");
            let body = serde_json::json!({"statement": statement}).to_string();
            let basic = format!("Basic {}", base64(&format!("{user}:{password}")));
            let headers = [("Content-Type", "application/json"), ("Authorization", &*basic)];
            let answer = ask(server.address, "POST /db/default/query/v2", &headers, body.as_bytes());
            assert_eq!(answer.status, 408, "{}", answer.text());
            assert!(started.elapsed() < Duration::from_secs(5));
        }
    }
    // A task has its time all the same.
    let mut client = login(&server, "adm", "adminpass1");
    client.all("CALL algo.node2vec.write({dimensions: 8}, {db: {property: 'e'}}) YIELD task_id", &[]).unwrap();
}

fn base64(text: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(text)
}

/// Parallel guesses are counted before they are checked.
#[test]
fn parallel_guesses_are_few() {
    let server = Running::on(hundred_nodes(), |config| config.auth = true);
    let guesses: Vec<_> = (0..24)
        .map(|number| {
            let address = server.address;
            std::thread::spawn(move || {
                let mut client = Client::connect(address, V54);
                let auth = record(&[
                    ("scheme", Value::from("basic")),
                    ("principal", Value::from("adm")),
                    ("credentials", Value::from(format!("guess number {number}"))),
                ]);
                text(&client.login(V54, &auth).unwrap_err(), "code")
            })
        })
        .collect();
    let codes: Vec<String> = guesses.into_iter().map(|guess| guess.join().unwrap()).collect();
    let checked = codes.iter().filter(|code| code.ends_with("Unauthorized")).count();
    assert_eq!((checked, codes.len()), (3, 24), "{codes:?}");
    // Right passwords, however many at a time, are all let in.
    let logins: Vec<_> = (0..24)
        .map(|_| {
            let address = server.address;
            std::thread::spawn(move || {
                let mut client = Client::connect(address, V54);
                let auth = record(&[
                    ("scheme", Value::from("basic")),
                    ("principal", Value::from("rea")),
                    ("credentials", Value::from("readerpass1")),
                ]);
                client.login(V54, &auth).unwrap();
            })
        })
        .collect();
    logins.into_iter().for_each(|login| login.join().unwrap());
}
