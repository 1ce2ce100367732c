//! A server on a free port and a client that sends bytes by hand.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod http;

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use tokio::sync::oneshot;
use wend_bolt::{
    chunk::{Assembler, append},
    decode::ValueReader,
    packstream::Encoder,
    version::Version,
};
use wend_server::{Config, Server};
use wenddb::{Database, Value};

/// A server that runs until it is dropped.
pub struct Running {
    pub address: SocketAddr,
    pub database: Database,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Running {
    pub fn start(change: impl FnOnce(&mut Config)) -> Running {
        Self::on(Database::in_memory().unwrap(), change)
    }

    pub fn on(database: Database, change: impl FnOnce(&mut Config)) -> Running {
        let mut config = Config { listen: "127.0.0.1:0".parse().unwrap(), auth: false, ..Config::default() };
        change(&mut config);
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let served = database.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let server = Server::bind(served, config).await.unwrap();
                tell.send(server.local_addr().unwrap()).unwrap();
                server.run(async { drop(stopped.await) }).await;
            });
        });
        Running { address: told.recv().unwrap(), database, stop: Some(stop), thread: Some(thread) }
    }

    /// Stops the server and waits for its end.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What a server answers.
#[derive(Debug)]
pub enum Reply {
    Success(Value),
    Record(Value),
    Ignored,
    Failure(Value),
}

/// A client with a connection.
pub struct Client {
    pub stream: TcpStream,
    assembler: Assembler,
    read: Vec<u8>,
    out: Vec<u8>,
    pub noops: usize,
}

pub fn record(fields: &[(&str, Value)]) -> Value {
    Value::record(fields.iter().map(|(name, value)| (*name, value.clone())))
}

pub fn none() -> Value {
    record(&[])
}

/// The field of a map.
pub fn field(value: &Value, name: &str) -> Value {
    let Value::Record(fields) = value else { panic!("no map: {value}") };
    fields.iter().find(|(known, _)| &**known == name).map_or(Value::Null, |(_, value)| value.clone())
}

pub fn text(value: &Value, name: &str) -> String {
    match field(value, name) {
        Value::String(text) => text.to_string(),
        other => panic!("{name} is {other} in {value}"),
    }
}

impl Client {
    /// Connects without saying anything.
    pub fn raw(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream, assembler: Assembler::default(), read: Vec::new(), out: Vec::new(), noops: 0 }
    }

    /// Connects and agrees on a version.
    pub fn connect(address: SocketAddr, version: Version) -> Client {
        let mut client = Self::raw(address);
        client.stream.write_all(&[0x60, 0x60, 0xb0, 0x17]).unwrap();
        if version.major == 6 {
            client.stream.write_all(&[0, 0, 1, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
            let mut manifest = [0; 22];
            client.stream.read_exact(&mut manifest).unwrap();
            client.stream.write_all(&[0, 0, version.minor, version.major, 0]).unwrap();
        } else {
            let mut offer = [0; 16];
            offer[2..4].copy_from_slice(&[version.minor, version.major]);
            client.stream.write_all(&offer).unwrap();
            let mut answer = [0; 4];
            client.stream.read_exact(&mut answer).unwrap();
            assert_eq!(answer, [0, 0, version.minor, version.major]);
        }
        client
    }

    /// Connects and logs in without credentials.
    pub fn ready(address: SocketAddr, version: Version) -> Client {
        let mut client = Self::connect(address, version);
        client.login(version, &none()).unwrap();
        client
    }

    /// HELLO, and LOGON where there is one.
    pub fn login(&mut self, version: Version, auth: &Value) -> Result<(), Value> {
        let Value::Record(fields) = auth else { panic!("{auth}") };
        let logon = version >= Version::new(5, 1);
        let mut hello = vec![("user_agent", Value::from("test/1.0"))];
        if !logon {
            hello.extend(fields.iter().map(|(name, value)| (&**name, value.clone())));
        }
        self.send(0x01, &[record(&hello)]);
        if let Reply::Failure(failure) = self.reply() {
            return Err(failure);
        }
        if logon {
            self.send(0x6a, std::slice::from_ref(auth));
            if let Reply::Failure(failure) = self.reply() {
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Prepares a message; it is sent with the next that is.
    pub fn queue(&mut self, tag: u8, fields: &[Value]) {
        let dialect = wend_bolt::encode::Dialect::new(Version::new(6, 0), false);
        append(&mut self.out, |out| {
            let mut out = Encoder::new(out);
            out.structure(tag, fields.len() as u8);
            fields.iter().for_each(|field| wend_bolt::encode::value(&mut out, field, dialect));
        });
    }

    pub fn flush(&mut self) {
        let out = std::mem::take(&mut self.out);
        let _ = self.stream.write_all(&out);
    }

    pub fn send(&mut self, tag: u8, fields: &[Value]) {
        self.queue(tag, fields);
        self.flush();
    }

    /// The next answer's bytes; `None` at the end of the connection.
    pub fn message(&mut self) -> Option<Vec<u8>> {
        loop {
            while !self.read.is_empty() {
                let before = self.assembler.in_message();
                let (used, message) = self.assembler.feed(&self.read, 1 << 30).unwrap();
                if !before && message.is_none() && used >= 2 && !self.assembler.in_message() {
                    self.noops += 1;
                }
                self.read.drain(..used);
                if message.is_some() {
                    return message;
                }
            }
            let mut buffer = vec![0; 64 << 10];
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(length) => self.read.extend_from_slice(&buffer[..length]),
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted) => {
                    return None;
                }
                Err(error) => panic!("no answer: {error}"),
            }
        }
    }

    pub fn reply(&mut self) -> Reply {
        self.next().expect("the connection ended")
    }

    /// The next answer; nodes, edges and paths, which cannot be read back, are refused by the reader and end the test.
    pub fn next(&mut self) -> Option<Reply> {
        let message = self.message()?;
        let value = |bytes: &[u8]| ValueReader::new(bytes, usize::MAX).value().unwrap();
        Some(match message[1] {
            0x70 => Reply::Success(value(&message[2..])),
            0x71 => Reply::Record(value(&message[2..])),
            0x7e => Reply::Ignored,
            0x7f => Reply::Failure(value(&message[2..])),
            other => panic!("an answer {other:02x}"),
        })
    }

    pub fn success(&mut self) -> Value {
        match self.reply() {
            Reply::Success(value) => value,
            other => panic!("no success: {other:?}"),
        }
    }

    pub fn failure(&mut self) -> Value {
        match self.reply() {
            Reply::Failure(value) => value,
            other => panic!("no failure: {other:?}"),
        }
    }

    pub fn run(&mut self, query: &str, params: &[(&str, Value)], extra: &[(&str, Value)]) {
        self.queue(0x10, &[Value::from(query), record(params), record(extra)]);
    }

    pub fn pull(&mut self, n: i64) {
        self.send(0x3f, &[record(&[("n", Value::Int(n))])]);
    }

    /// Runs a statement to its end: the rows and the summary.
    pub fn all(&mut self, query: &str, params: &[(&str, Value)]) -> Result<(Vec<Value>, Value), Value> {
        self.run(query, params, &[]);
        self.pull(-1);
        if let Reply::Failure(failure) = self.reply() {
            assert!(matches!(self.reply(), Reply::Ignored));
            self.send(0x0f, &[]);
            self.success();
            return Err(failure);
        }
        let mut rows = Vec::new();
        loop {
            match self.reply() {
                Reply::Record(row) => rows.push(row),
                Reply::Success(summary) => return Ok((rows, summary)),
                Reply::Failure(failure) => {
                    self.send(0x0f, &[]);
                    self.success();
                    return Err(failure);
                }
                Reply::Ignored => panic!("ignored"),
            }
        }
    }
}
