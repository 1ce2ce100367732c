//! A blocking client of Bolt: one connection, one statement at a time, and a way to cancel it (Ctrl-C).

mod address;
mod agree;
mod error;
mod tls;

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

use wenddb::{Params, Value};

pub use self::{
    address::{Address, Trust},
    error::{ClientError, ServerFailure},
    tls::{fingerprint, tls_config},
};
use self::{
    agree::agree,
    error::{Result, protocol},
    tls::encrypted,
};
use crate::{
    chunk::{Assembler, append},
    encode::{Dialect, value},
    message::RequestKind,
    packstream::Encoder,
    response::Response,
    version::Version,
};

/// The interval between looks at Ctrl-C while the client waits for a response.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The time limit of the connection and of the login.
const PATIENCE: Duration = Duration::from_secs(20);
/// The number of rows of one PULL.
const ROWS: i64 = 1000;

/// Receives the rows of a result as they arrive.
pub trait Receiver {
    /// Receives the names of the columns, before any row.
    ///
    /// # Errors
    /// When they cannot be written; the statement is then cancelled.
    fn columns(&mut self, columns: &[String]) -> io::Result<()>;

    /// Receives a row.
    ///
    /// # Errors
    /// When it cannot be written; the statement is then cancelled.
    fn row(&mut self, values: Vec<Value>) -> io::Result<()>;
}

trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

/// A connection after its login.
pub struct Connection {
    stream: Box<dyn Stream>,
    version: Version,
    assembler: Assembler,
    /// Bytes that were received and are not decoded yet.
    unread: Vec<u8>,
    /// The number of requests that have no response yet.
    outstanding: usize,
    transaction: bool,
    agent: String,
    certificate: Option<String>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("version", &self.version).finish_non_exhaustive()
    }
}

fn map<'v>(fields: impl IntoIterator<Item = (&'v str, Value)>) -> Value {
    Value::record(fields)
}

fn field<'v>(map: &'v Value, name: &str) -> Option<&'v Value> {
    let Value::Record(fields) = map else { return None };
    fields.iter().find(|(known, _)| &**known == name).map(|(_, value)| value)
}

fn text(map: &Value, name: &str) -> Option<String> {
    match field(map, name)? {
        Value::String(text) => Some(text.to_string()),
        _ => None,
    }
}

/// A socket to an address.
fn connect(address: &Address) -> Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, format!("there is no host {}", address.host()));
    for place in (address.host(), address.port()).to_socket_addrs()? {
        match TcpStream::connect_timeout(&place, PATIENCE) {
            Ok(socket) => {
                socket.set_nodelay(true)?;
                socket.set_read_timeout(Some(PATIENCE))?;
                return Ok(socket);
            }
            Err(error) => last = error,
        }
    }
    Err(last.into())
}

/// Whether the other side ended the connection, as one does that expects something else.
fn ended(error: &ClientError) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, InvalidData, UnexpectedEof};
    let ClientError::Io(error) = error else { return false };
    matches!(error.kind(), UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe | InvalidData)
}

/// Whether a server answers to TLS.
fn speaks_tls(address: &Address) -> bool {
    connect(address).and_then(|socket| encrypted(&address.trusting(Trust::Anyone), socket)).is_ok()
}

/// Whether a server answers to Bolt without TLS.
fn speaks_plain(address: &Address) -> bool {
    connect(address).and_then(|mut socket| agree(&mut socket)).is_ok()
}

impl Connection {
    /// Connects and logs in; without `login` as an anonymous user.
    ///
    /// # Errors
    /// When there is no server, the versions do not match, or the login fails.
    pub fn open(address: &Address, login: Option<(&str, &str)>) -> Result<Connection> {
        let socket = connect(address)?;
        let timed = socket.try_clone()?;
        let (mut stream, certificate): (Box<dyn Stream>, _) = match address.trust() {
            Trust::Plain => (Box::new(socket), None),
            Trust::Authority(_) | Trust::Anyone => match encrypted(address, socket) {
                Ok((stream, digest)) => (Box::new(stream), Some(digest)),
                Err(error) if ended(&error) && speaks_plain(address) => return Err(ClientError::HasNoTls),
                Err(error) => return Err(error),
            },
        };
        let version = match agree(&mut stream) {
            Err(error) if *address.trust() == Trust::Plain && ended(&error) && speaks_tls(address) => {
                return Err(ClientError::WantsTls);
            }
            agreed => agreed?,
        };
        let mut connection = Connection {
            stream,
            version,
            assembler: Assembler::default(),
            unread: Vec::new(),
            outstanding: 0,
            transaction: false,
            agent: String::new(),
            certificate,
        };
        let agent = format!("wend/{}", env!("CARGO_PKG_VERSION"));
        connection.send(&[(RequestKind::Hello, vec![map([("user_agent", Value::from(agent))])])])?;
        let hello = connection.success(&|| false)?;
        connection.agent = text(&hello, "server").unwrap_or_default();
        let auth = match login {
            Some((user, password)) => map([
                ("scheme", Value::from("basic")),
                ("principal", Value::from(user)),
                ("credentials", Value::from(password)),
            ]),
            None => map([("scheme", Value::from("none"))]),
        };
        connection.send(&[(RequestKind::Logon, vec![auth])])?;
        connection.success(&|| false)?;
        timed.set_read_timeout(Some(LOOK_EVERY))?;
        Ok(connection)
    }

    /// The product name and version that the server reports.
    pub fn server(&self) -> &str {
        &self.agent
    }

    /// The SHA-256 of the server's certificate, as the server prints it, where the connection is encrypted.
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// Whether a transaction is open.
    pub fn in_transaction(&self) -> bool {
        self.transaction
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// See [`Connection::run`].
    pub fn begin(&mut self, read_only: bool) -> Result<()> {
        let mode = Value::from(if read_only { "r" } else { "w" });
        self.send(&[(RequestKind::Begin, vec![map([("mode", mode)])])])?;
        self.settled(&|| false)?;
        self.transaction = true;
        Ok(())
    }

    /// Ends the transaction.
    ///
    /// # Errors
    /// See [`Connection::run`]. A commit that fails keeps no change.
    pub fn end(&mut self, commit: bool) -> Result<()> {
        self.transaction = false;
        self.send(&[(if commit { RequestKind::Commit } else { RequestKind::Rollback }, vec![])])?;
        self.settled(&|| false).map(drop)
    }

    /// Runs a statement and gives its summary. A statement that fails rolls back an open transaction.
    ///
    /// # Errors
    /// The failure that the server reports, the loss of the connection, or a cancellation when `interrupted` gives
    /// true.
    pub fn run(
        &mut self,
        statement: &str,
        params: &Params,
        receiver: &mut dyn Receiver,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Value> {
        let params = map(params.iter().map(|(name, value)| (name, value.clone())));
        let pull = || (RequestKind::Pull, vec![map([("n", Value::Int(ROWS))])]);
        self.send(&[(RequestKind::Run, vec![Value::from(statement), params, map([])]), pull()])?;
        let begun = self.settled(interrupted)?;
        let columns = match field(&begun, "fields") {
            Some(Value::List(names)) => names.iter().map(ToString::to_string).collect::<Vec<_>>(),
            _ => return Err(protocol("an answer to RUN without fields")),
        };
        if let Err(error) = receiver.columns(&columns) {
            self.give_up()?;
            return Err(error.into());
        }
        loop {
            match self.response(interrupted) {
                Ok(Response::Record(values)) => {
                    if let Err(error) = receiver.row(values) {
                        self.give_up()?;
                        return Err(error.into());
                    }
                }
                Ok(Response::Success(summary)) => {
                    if !matches!(field(&summary, "has_more"), Some(Value::Bool(true))) {
                        return Ok(summary);
                    }
                    self.send(&[pull()])?;
                }
                Ok(Response::Failure(fields)) => {
                    self.give_up()?;
                    return Err(ClientError::Server(failure(&fields)));
                }
                Ok(Response::Ignored) => return Err(protocol("a request was ignored")),
                Err(ClientError::Interrupted) => {
                    self.give_up()?;
                    return Err(ClientError::Interrupted);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends RESET: cancels the running statement and rolls back an open transaction.
    fn give_up(&mut self) -> Result<()> {
        self.transaction = false;
        self.send(&[(RequestKind::Reset, vec![])])?;
        while self.outstanding > 0 {
            self.response(&|| false)?;
        }
        Ok(())
    }

    /// The SUCCESS of a request. After a failure, RESET makes the connection ready again.
    fn settled(&mut self, interrupted: &dyn Fn() -> bool) -> Result<Value> {
        match self.success(interrupted) {
            Err(error @ (ClientError::Server(_) | ClientError::Interrupted)) => {
                self.give_up()?;
                Err(error)
            }
            settled => settled,
        }
    }

    fn success(&mut self, interrupted: &dyn Fn() -> bool) -> Result<Value> {
        match self.response(interrupted)? {
            Response::Success(fields) => Ok(fields),
            Response::Failure(fields) => Err(ClientError::Server(failure(&fields))),
            Response::Record(_) | Response::Ignored => Err(protocol("an answer that was not asked for")),
        }
    }

    fn send(&mut self, messages: &[(RequestKind, Vec<Value>)]) -> Result<()> {
        let mut out = Vec::new();
        let dialect = Dialect::new(self.version, false);
        for (kind, fields) in messages {
            append(&mut out, |out| {
                let mut out = Encoder::new(out);
                out.structure(kind.tag(), u8::try_from(fields.len()).unwrap_or(u8::MAX));
                fields.iter().for_each(|field| value(&mut out, field, dialect));
            });
            self.outstanding += 1;
        }
        self.stream.write_all(&out)?;
        Ok(self.stream.flush()?)
    }

    /// The next message of the server.
    fn response(&mut self, interrupted: &dyn Fn() -> bool) -> Result<Response> {
        let message = self.message(interrupted)?;
        let response = Response::decode(&message).map_err(protocol)?;
        if !matches!(response, Response::Record(_)) {
            self.outstanding = self.outstanding.saturating_sub(1);
        }
        Ok(response)
    }

    /// The bytes of the next message.
    fn message(&mut self, interrupted: &dyn Fn() -> bool) -> Result<Vec<u8>> {
        loop {
            if !self.unread.is_empty() {
                let (read, message) = self.assembler.feed(&self.unread, usize::MAX / 2).map_err(protocol)?;
                self.unread.drain(..read);
                if let Some(message) = message {
                    return Ok(message);
                }
            }
            let mut buffer = [0; 64 << 10];
            match self.stream.read(&mut buffer) {
                Ok(0) => {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server ended the connection").into());
                }
                Ok(length) => self.unread.extend_from_slice(&buffer[..length]),
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    if interrupted() {
                        return Err(ClientError::Interrupted);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Best effort: without GOODBYE the server notices the end of the connection too.
        let _ = self.send(&[(RequestKind::Goodbye, vec![])]);
    }
}

fn failure(fields: &Value) -> ServerFailure {
    let position = field(fields, "diagnostic_record").and_then(|record| field(record, "_position"));
    let offset = match position.and_then(|position| field(position, "offset")) {
        Some(Value::Int(offset)) => usize::try_from(*offset).ok(),
        _ => None,
    };
    ServerFailure {
        code: text(fields, "neo4j_code").or_else(|| text(fields, "code")).unwrap_or_default(),
        gqlstatus: text(fields, "gql_status"),
        message: text(fields, "message").unwrap_or_default(),
        offset,
    }
}
