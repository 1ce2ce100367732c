//! A client of HTTP that writes requests by hand.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value as Json;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The body came to the end that its headers announce.
    pub whole: bool,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn lines(&self) -> Vec<Json> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The code of the first error.
    pub fn code(&self) -> String {
        self.json()["errors"][0]["code"].as_str().unwrap_or_else(|| panic!("{}", self.text())).to_owned()
    }
}

/// A connection.
pub struct Http {
    pub stream: TcpStream,
    read: Vec<u8>,
}

/// Sends one request on a connection of its own.
pub fn ask(address: SocketAddr, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    Http::connect(address).ask(line, headers, body)
}

/// Runs a statement; plain JSON both ways.
pub fn query(address: SocketAddr, statement: &str) -> Answer {
    post(address, "/db/default/query/v2", &serde_json::json!({"statement": statement}), "application/json")
}

/// Sends JSON to a path.
pub fn post(address: SocketAddr, path: &str, body: &Json, accept: &str) -> Answer {
    let headers = [("Content-Type", "application/json"), ("Accept", accept)];
    ask(address, &format!("POST {path}"), &headers, body.to_string().as_bytes())
}

impl Http {
    pub fn connect(address: SocketAddr) -> Http {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        Http { stream, read: Vec::new() }
    }

    /// Sends a request; `line` is a method and a path.
    pub fn send(&mut self, line: &str, headers: &[(&str, &str)], body: &[u8]) {
        let mut out = format!("{line} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            out.push_str(&format!("Host: {}\r\n", self.stream.peer_addr().unwrap()));
        }
        if !body.is_empty() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            out.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        for (name, value) in headers {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        out.push_str("\r\n");
        let _ = self.stream.write_all(out.as_bytes());
        let _ = self.stream.write_all(body);
    }

    pub fn ask(&mut self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.send(line, headers, body);
        self.answer(line.starts_with("HEAD"))
    }

    fn more(&mut self) -> bool {
        let mut buffer = [0; 64 << 10];
        match self.stream.read(&mut buffer) {
            Ok(0) | Err(_) => false,
            Ok(length) => {
                self.read.extend_from_slice(&buffer[..length]);
                true
            }
        }
    }

    /// A line up to its end.
    pub fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.read.windows(2).position(|pair| pair == b"\r\n") {
                let line = String::from_utf8(self.read.drain(..end + 2).collect()).unwrap();
                return Some(line.trim_end().to_owned());
            }
            if !self.more() {
                return None;
            }
        }
    }

    fn bytes(&mut self, count: usize) -> Option<Vec<u8>> {
        while self.read.len() < count {
            if !self.more() {
                return None;
            }
        }
        Some(self.read.drain(..count).collect())
    }

    /// The status and headers of the next answer.
    pub fn head(&mut self) -> Answer {
        let line = self.line().expect("the connection ended");
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line().unwrap();
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_owned(), value.to_owned()));
        }
        Answer { status, headers, body: Vec::new(), whole: false }
    }

    /// A piece of a body that comes in pieces; empty at its end, `None` when the connection ends before.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let length = usize::from_str_radix(&self.line()?, 16).unwrap();
        let chunk = self.bytes(length)?;
        self.line()?;
        Some(chunk)
    }

    pub fn answer(&mut self, head_only: bool) -> Answer {
        let mut answer = self.head();
        if head_only || answer.status == 204 {
            answer.whole = true;
        } else if answer.header("transfer-encoding") == "chunked" {
            while let Some(chunk) = self.chunk() {
                if chunk.is_empty() {
                    answer.whole = true;
                    break;
                }
                answer.body.extend(chunk);
            }
        } else if let Ok(length) = answer.header("content-length").parse() {
            answer.body = self.bytes(length).unwrap_or_default();
            answer.whole = answer.body.len() == length;
        }
        answer
    }
}
