//! Every type of value there and back, in the structures of each version; and the bytes of nodes, edges and paths.

use crate::common::{Client, Running};
use wend_bolt::version::Version;
use wenddb::{Date, Duration, LocalDateTime, LocalTime, Value, ZonedDateTime, ZonedTime};

fn values() -> Vec<Value> {
    let date = Date::new(2026, 11, 20).unwrap();
    let time = LocalTime::new(10, 30, 15, 123_456_789).unwrap();
    let local = LocalDateTime::new(date, time);
    vec![
        Value::Null,
        Value::Bool(true),
        Value::Int(i64::MIN),
        Value::Int(-17),
        Value::Float(-0.1),
        Value::from("Grüße, 世界"),
        Value::Bytes(vec![0, 1, 255].into()),
        Value::Date(date),
        Value::Date(Date::new(-9999, 1, 1).unwrap()),
        Value::LocalTime(time),
        Value::ZonedTime(ZonedTime::new(time, -3600).unwrap()),
        Value::LocalDateTime(local),
        Value::ZonedDateTime(ZonedDateTime::new(local, 5400).unwrap()),
        Value::ZonedDateTime(ZonedDateTime::local_in_zone(local, "Europe/Berlin").unwrap()),
        Value::Duration(Duration::new(14, -3, 3600, 5).unwrap()),
        Value::from(vec![1i64, 2, 3]),
        Value::from(vec![1.5f64; 3000]),
        Value::record([("a", Value::Int(1)), ("b", Value::from(vec!["x", "y"]))]),
    ]
}

#[test]
fn every_type_there_and_back() {
    let server = Running::start(|_| {});
    for version in [Version::new(4, 4), Version::new(5, 0), Version::new(5, 8), Version::new(6, 0)] {
        let mut client = Client::ready(server.address, version);
        for value in values() {
            let (rows, _) = client.all("RETURN $x AS x", &[("x", value.clone())]).unwrap();
            let Value::List(row) = &rows[0] else { panic!() };
            assert_eq!((row[0].type_name(), row[0].to_string()), (value.type_name(), value.to_string()), "{version}");
        }
        // A vector is one from 6.0, and a list of floats below.
        let vector = Value::from(vec![0.5f32, -1.25]);
        let (rows, _) = client.all("RETURN $x AS x", &[("x", vector)]).unwrap();
        let Value::List(row) = &rows[0] else { panic!() };
        let expected = if version.major == 6 { "VECTOR" } else { "LIST" };
        assert_eq!(row[0].type_name(), expected, "{version}");
    }
}

fn first_row(client: &mut Client, query: &str) -> Vec<u8> {
    client.run(query, &[], &[]);
    client.pull(-1);
    client.success();
    let row = client.message().unwrap();
    client.success();
    assert_eq!(row[..2], [0xb1, 0x71]);
    row[2..].to_vec()
}

/// Bytes written as hexadecimal numbers and quoted texts, one after the other.
fn bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for word in text.split_whitespace() {
        match word.strip_prefix('\'') {
            Some(word) => out.extend(word.trim_end_matches('\'').bytes()),
            None => out.push(u8::from_str_radix(word, 16).unwrap()),
        }
    }
    out
}

#[test]
fn golden_bytes_of_elements() {
    let server = Running::start(|_| {});
    let mut old = Client::ready(server.address, Version::new(4, 4));
    let mut new = Client::ready(server.address, Version::new(5, 4));
    old.all("INSERT (:A {_id: 'a', n: 1})-[:K {w: 2}]->(:B {_id: 'b'})", &[]).unwrap();
    let (a, b) = numbers(&mut new);
    let hex = |number: i64| format!("{number:02x}");
    let (a, b) = (hex(a), hex(b));
    assert_eq!(
        first_row(&mut old, "MATCH (x:A) RETURN x"),
        bytes(&format!("91 b3 4e {a} 91 81 'A' a2 83 '_id' 81 'a' 81 'n' 01"))
    );
    assert_eq!(
        first_row(&mut new, "MATCH (x:A) RETURN x"),
        bytes(&format!("91 b4 4e {a} 91 81 'A' a2 83 '_id' 81 'a' 81 'n' 01 81 'a'"))
    );
    let edge = first_row(&mut new, "MATCH ()-[e]->() RETURN e");
    let number = edge[3];
    let id = format!("e{number}");
    let id = format!("{:02x} '{id}'", 0x80 + id.len());
    assert_eq!(edge, bytes(&format!("91 b8 52 {number:02x} {a} {b} 81 'K' a1 81 'w' 02 {id} 81 'a' 81 'b'")));
    assert_eq!(
        first_row(&mut old, "MATCH ()-[e]->() RETURN e"),
        bytes(&format!("91 b5 52 {number:02x} {a} {b} 81 'K' a1 81 'w' 02"))
    );
    // Against its direction, the edge's step is negative.
    let nodes = |ids: bool| {
        let (size, end_b, end_a) = if ids { ("b4", "81 'b'", "81 'a'") } else { ("b3", "", "") };
        format!(
            "92 {size} 4e {b} 91 81 'B' a1 83 '_id' 81 'b' {end_b} {size} 4e {a} 91 81 'A' a2 83 '_id' 81 'a' 81 'n' 01 {end_a}"
        )
    };
    assert_eq!(
        first_row(&mut new, "MATCH p = (:B)<-[]-(:A) RETURN p"),
        bytes(&format!("91 b3 50 {} 91 b4 72 {number:02x} 81 'K' a1 81 'w' 02 {id} 92 ff 01", nodes(true)))
    );
    assert_eq!(
        first_row(&mut old, "MATCH p = (:B)<-[]-(:A) RETURN p"),
        bytes(&format!("91 b3 50 {} 91 b3 72 {number:02x} 81 'K' a1 81 'w' 02 92 ff 01", nodes(false)))
    );
}

/// The numbers of the two nodes, which are small.
fn numbers(client: &mut Client) -> (i64, i64) {
    let number = |row: Vec<u8>| i64::from(row[3]);
    let a = number(first_row(client, "MATCH (x:A) RETURN x"));
    (a, number(first_row(client, "MATCH (x:B) RETURN x")))
}

#[test]
fn golden_bytes_of_instants_and_vectors() {
    let server = Running::start(|_| {});
    let query = "RETURN DATETIME '1970-01-01T01:00:01+01:00' AS x";
    let mut old = Client::ready(server.address, Version::new(4, 4));
    // Seconds of the clock there, an hour ahead.
    assert_eq!(first_row(&mut old, query), bytes("91 b3 46 c9 0e 11 00 c9 0e 10"));
    let mut new = Client::ready(server.address, Version::new(5, 0));
    assert_eq!(first_row(&mut new, query), bytes("91 b3 49 01 00 c9 0e 10"));
    let mut newest = Client::ready(server.address, Version::new(6, 0));
    assert_eq!(
        first_row(&mut newest, "RETURN VECTOR([1, 2, 3]) AS v"),
        bytes("91 b2 56 cc 01 c6 cc 0c 3f 80 00 00 40 00 00 00 40 40 00 00")
    );
}

#[test]
fn a_client_of_4_4_may_ask_for_utc() {
    let server = Running::start(|_| {});
    let version = Version::new(4, 4);
    let mut client = Client::connect(server.address, version);
    client.send(0x01, &[crate::common::record(&[("patch_bolt", Value::from(vec!["utc"]))])]);
    assert_eq!(crate::common::field(&client.success(), "patch_bolt").to_string(), "['utc']");
    let row = first_row(&mut client, "RETURN DATETIME '1970-01-01T01:00:01+01:00' AS x");
    assert_eq!(row, bytes("91 b3 49 01 00 c9 0e 10"));
}
