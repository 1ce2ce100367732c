//! Bolt within a WebSocket, as drivers in browsers speak it.

use std::io::{Read, Write};

use crate::common::{
    Running,
    http::{Http, ask},
    none, record,
};
use wend_bolt::{
    chunk::{Assembler, append},
    encode::{Dialect, value},
    packstream::Encoder,
    version::Version,
};
use wenddb::Value;

const KEY: (&str, &str) = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
const ASKED: [(&str, &str); 4] =
    [("Upgrade", "websocket"), ("Connection", "keep-alive, Upgrade"), ("Sec-WebSocket-Version", "13"), KEY];

/// A frame of a client, which has to be masked.
fn frame(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x80 | kind];
    match bytes.len() {
        length @ 0..126 => out.push(0x80 | length as u8),
        length => {
            out.push(0x80 | 126);
            out.extend((length as u16).to_be_bytes());
        }
    }
    let mask = [1, 2, 3, 4];
    out.extend(mask);
    out.extend(bytes.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    out
}

/// The next frame of the server: its kind and bytes; `None` at the connection's end.
fn next_frame(stream: &mut impl Read) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).ok()?;
    let length = match head[1] {
        126 => {
            let mut long = [0; 2];
            stream.read_exact(&mut long).ok()?;
            u64::from(u16::from_be_bytes(long))
        }
        127 => {
            let mut long = [0; 8];
            stream.read_exact(&mut long).ok()?;
            u64::from_be_bytes(long)
        }
        length => length.into(),
    };
    let mut bytes = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut bytes).ok()?;
    Some((head[0] & 0x0f, bytes))
}

fn message(tag: u8, fields: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    append(&mut out, |out| {
        let mut out = Encoder::new(out);
        out.structure(tag, fields.len() as u8);
        fields.iter().for_each(|field| value(&mut out, field, Dialect::new(Version::new(5, 4), false)));
    });
    out
}

#[test]
fn a_browser_speaks_bolt() {
    let server = Running::start(|_| {});
    let mut http = Http::connect(server.address);
    http.send("GET /", &ASKED, b"");
    let answer = http.head();
    assert_eq!(answer.status, 101);
    // The key and its answer are those of RFC 6455.
    assert_eq!(answer.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    let mut stream = http.stream;
    let mut handshake = b"\x60\x60\xb0\x17\x00\x00\x04\x05".to_vec();
    handshake.resize(20, 0);
    // Bytes are a stream, however they are cut into frames.
    stream.write_all(&frame(2, &handshake[..3])).unwrap();
    stream.write_all(&frame(9, b"ping")).unwrap();
    stream.write_all(&frame(2, &handshake[3..])).unwrap();
    let mut conversation = message(0x01, &[record(&[("user_agent", Value::from("browser/1"))])]);
    conversation.extend(message(0x6a, &[none()]));
    conversation.extend(message(0x10, &[Value::from("FOR x IN RANGE(1, 1000) RETURN x"), none(), none()]));
    conversation.extend(message(0x3f, &[record(&[("n", Value::Int(-1))])]));
    for piece in conversation.chunks(50) {
        stream.write_all(&frame(2, piece)).unwrap();
    }
    let (mut bytes, mut pongs, mut tags) = (Vec::new(), 0, Vec::new());
    let mut assembler = Assembler::default();
    while tags.len() < 1004 {
        let (kind, piece) = next_frame(&mut stream).unwrap();
        match kind {
            2 => bytes.extend(piece),
            10 => pongs += 1,
            other => panic!("a frame of kind {other}"),
        }
        // The version comes before the messages.
        if bytes.len() < 4 {
            continue;
        }
        let mut at = if tags.is_empty() && bytes.starts_with(&[0, 0, 4, 5]) { 4 } else { 0 };
        while at < bytes.len() {
            let (read, found) = assembler.feed(&bytes[at..], 1 << 20).unwrap();
            at += read;
            tags.extend(found.map(|message| message[1]));
        }
        bytes.clear();
    }
    assert_eq!(pongs, 1);
    assert_eq!(tags[..3], [0x70; 3]);
    assert_eq!(tags[3..1003], [0x71; 1000]);
    assert_eq!(tags[1003], 0x70);
    let metrics = ask(server.address, "GET /metrics", &[], b"");
    assert!(metrics.text().contains("wend_connections_open{protocol=\"websocket\"} 1"), "{}", metrics.text());
    stream.write_all(&frame(8, &[])).unwrap();
    while next_frame(&mut stream).is_some() {}
}

#[test]
fn what_is_no_websocket_of_bolt_is_left() {
    let server = Running::start(|_| {});
    for without in ["Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key"] {
        let headers: Vec<_> = ASKED.into_iter().filter(|(name, _)| *name != without).collect();
        assert_eq!(ask(server.address, "GET /", &headers, b"").status, 400, "{without}");
    }
    let mut headers = ASKED.to_vec();
    headers.push(("Origin", "https://evil.example"));
    assert_eq!(ask(server.address, "GET /", &headers, b"").status, 403);
    // Text, frames that are not masked, and bytes that are not Bolt end the connection.
    for bytes in [frame(1, b"text"), vec![0x82, 2, b'x', b'y'], frame(2, b"GET / HTTP/1.1\r\n")] {
        let mut http = Http::connect(server.address);
        http.send("GET /", &ASKED, b"");
        assert_eq!(http.head().status, 101);
        http.stream.write_all(&bytes).unwrap();
        let mut rest = Vec::new();
        let _ = http.stream.read_to_end(&mut rest);
        assert!(rest.len() < 100);
    }
}
