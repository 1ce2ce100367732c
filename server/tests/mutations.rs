//! Conversations with bytes changed, cut and repeated: each is answered or ends, and the server goes on.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use crate::common::{Client, Running, none, record};
use wend_bolt::packstream::Encoder;
use wend_bolt::{chunk::append, encode::Dialect, version::Version};
use wenddb::Value;

/// A conversation with every message, from the handshake on.
fn conversation() -> Vec<u8> {
    let mut bytes = b"\x60\x60\xb0\x17\x00\x00\x04\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00".to_vec();
    let list = Value::from(vec![Value::Int(1), Value::Float(0.5), Value::from("x"), Value::Null]);
    let params = record(&[("x", list), ("y", record(&[("z", Value::Int(-300))]))]);
    let all = record(&[("n", Value::Int(-1))]);
    let run = |text: &str| (0x10, vec![Value::from(text), params.clone(), none()]);
    for (tag, fields) in [
        (0x01, vec![record(&[("user_agent", Value::from("mutant/1"))])]),
        (0x6a, vec![none()]),
        run("RETURN $x AS x, $y.z AS y"),
        (0x3f, vec![all.clone()]),
        (0x11, vec![record(&[("mode", Value::from("w")), ("tx_timeout", Value::Int(1000))])]),
        run("INSERT (:M {_id: 'm'})"),
        (0x2f, vec![all.clone()]),
        (0x13, vec![]),
        (0x66, vec![none(), Value::from(Vec::<Value>::new()), none()]),
        (0x54, vec![Value::Int(1)]),
        run("FOR i IN RANGE(1, 100) RETURN i"),
        (0x3f, vec![record(&[("n", Value::Int(10))])]),
        (0x0f, vec![]),
        (0x6b, vec![]),
        (0x6a, vec![none()]),
        (0x02, vec![]),
    ] {
        append(&mut bytes, |out| {
            let mut out = Encoder::new(out);
            out.structure(tag, fields.len() as u8);
            for field in &fields {
                wend_bolt::encode::value(&mut out, field, Dialect::new(Version::new(5, 4), false));
            }
        });
    }
    bytes
}

#[test]
fn changed_conversations_end() {
    let server = Running::start(|config| {
        config.limits.login_time = Duration::from_millis(500);
        config.limits.slow_sender = Duration::from_millis(500);
    });
    let sound = conversation();
    let mut state = 42u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let until = Instant::now() + Duration::from_secs(2);
    let mut tried = 0;
    while Instant::now() < until {
        let mut bytes = sound.clone();
        for _ in 0..=random(4) {
            let at = 20 + random(bytes.len() - 20);
            match random(4) {
                0 => bytes[at] = random(256) as u8,
                1 => bytes.truncate(at + 1),
                2 => drop(bytes.drain(at..(at + 1 + random(8)).min(bytes.len()))),
                _ => {
                    let piece = bytes[at..(at + 1 + random(40)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
            if bytes.len() < 40 {
                break;
            }
        }
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut rest = Vec::new();
        if let Err(error) = stream.read_to_end(&mut rest) {
            assert!(error.kind() == std::io::ErrorKind::ConnectionReset, "{error}");
        }
        tried += 1;
    }
    assert!(tried > 10);
    // Nothing was kept of transactions that were never committed.
    let mut client = Client::ready(server.address, Version::new(5, 4));
    client.all("RETURN 1 AS n", &[]).unwrap();
    assert_eq!(server.database.running_tasks(), 0);
}

/// Requests of HTTP with bytes changed, cut and repeated.
#[test]
fn changed_requests_end() {
    let server = Running::start(|config| {
        config.limits.login_time = Duration::from_millis(500);
        config.limits.slow_sender = Duration::from_millis(500);
    });
    let request = |line: &str, kind: &str, body: &str| {
        let length = body.len();
        format!("{line} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}")
    };
    let typed = r#"{"statement":"RETURN $x AS x","parameters":{"x":{"$type":"List","_value":[{"$type":"Integer","_value":"1"}]}}}"#;
    let plain = r#"{"statement":"FOR i IN RANGE(1, 9) RETURN i, $x","parameters":{"x":[1,null,{"a":0.5e3}]},"accessMode":"Read"}"#;
    let sound = [
        request("POST /db/default/query/v2", "application/json", plain),
        request("POST /db/neo4j/query/v2", "application/vnd.neo4j.query", typed),
        request("POST /db/default/query/v2/tx", "application/json", ""),
        request("GET /tasks", "text/plain", ""),
        request("POST /db/default/import/vectors", "application/vnd.apache.arrow.stream", "\u{0}\u{0}\u{0}\u{0}"),
    ]
    .concat()
    .into_bytes();
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(2) {
        let mut bytes = sound.clone();
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes[at] = random(256) as u8,
                1 => bytes.truncate(at.max(4)),
                2 => drop(bytes.splice(at..at, sound[random(sound.len())..].iter().take(20).copied())),
                _ => drop(bytes.drain(at..(at + random(20)).min(bytes.len()))),
            }
            if bytes.is_empty() {
                bytes.push(b'G');
            }
        }
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut rest = Vec::new();
        if let Err(error) = stream.read_to_end(&mut rest) {
            assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "{}", String::from_utf8_lossy(&bytes));
        }
    }
    assert_eq!(crate::common::http::query(server.address, "RETURN 1 AS one").status, 202);
}

/// Bodies of queries, and values with types, with bytes changed.
#[test]
fn changed_bodies_are_read_or_refused() {
    let body = br#"{"statement":"RETURN $x","parameters":{"x":{"$type":"Map","_value":{"a":{"$type":"Float","_value":"-1.5e3"},"b":{"$type":"ZonedDateTime","_value":"2024-02-29T12:00:00+01:00[Europe/Berlin]"},"c":{"$type":"Duration","_value":"P1M2DT3.5S"},"d":{"$type":"Base64","_value":"AAEC"}}}}}"#;
    assert!(wend_server::http::request::is_readable(body, true));
    let mut state = 11u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut readable = 0;
    for _ in 0..20_000 {
        let mut bytes = body.to_vec();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            let letters = b"\"{}[]:,0189-+.eETZP_$aN\\ \xff";
            bytes[at] = letters[random(letters.len())];
        }
        for typed in [true, false] {
            readable += usize::from(wend_server::http::request::is_readable(&bytes, typed));
        }
    }
    assert!(readable > 0 && readable < 40_000);
}
