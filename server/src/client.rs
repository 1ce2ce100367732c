//! A small client of Bolt, for the shell: one connection, one statement at a time, and Ctrl-C ends it.

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use wenddb::{Params, Value};

use crate::{
    bolt::{
        chunk::{Assembler, append},
        decode::ValueReader,
        encode::{Dialect, value},
        handshake::MAGIC,
        version::Version,
    },
    packstream::Encoder,
};

/// How often Ctrl-C is looked at while an answer is awaited.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long a connection and a login may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Rows asked for at a time.
const ROWS: i64 = 1000;

/// The versions spoken here, the highest first.
const VERSIONS: [Version; 5] =
    [Version::new(6, 0), Version::new(5, 8), Version::new(5, 7), Version::new(5, 6), Version::new(5, 4)];

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    /// The file with the certificate by which the server is known, when the connection is encrypted.
    authority: Option<PathBuf>,
}

impl Address {
    /// Reads `bolt://host:7687`, `bolt+s://host` or `host`; `authority` is the PEM file of a certificate to trust.
    ///
    /// # Errors
    /// A text that says what is wrong.
    pub fn parse(text: &str, authority: Option<&Path>) -> Result<Address, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("bolt", text));
        let encrypted = match scheme {
            "bolt" | "neo4j" => false,
            "bolt+s" | "neo4j+s" => true,
            _ => {
                return Err(format!("{scheme}:// is not spoken; an address is bolt://HOST:7687 or bolt+s://HOST:7687"));
            }
        };
        let authority = match (encrypted, authority) {
            (true, Some(file)) => Some(file.to_owned()),
            (true, None) => return Err("bolt+s:// needs --tls-ca FILE, the certificate to trust".to_owned()),
            (false, Some(_)) => return Err("--tls-ca is for bolt+s://".to_owned()),
            (false, None) => None,
        };
        let rest = rest.trim_end_matches('/');
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') && (!host.contains(':') || host.ends_with(']')) => {
                (host, port.parse().map_err(|_| format!("{port} is no port"))?)
            }
            _ => (rest, 7687),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err("an address is bolt://HOST:7687".to_owned());
        }
        Ok(Address { host: host.to_owned(), port, authority })
    }
}

impl Address {
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn authority(&self) -> Option<&Path> {
        self.authority.as_deref()
    }
}

/// What a server says is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerFailure {
    /// `Neo.Class.Category.Title`
    pub code: String,
    /// Five characters of ISO/IEC 39075; of servers that say it.
    pub gqlstatus: Option<String>,
    /// What is wrong.
    pub message: String,
    /// The place in the statement, in characters from 0.
    pub offset: Option<usize>,
}

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The connection cannot be made, or has ended.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The server refused.
    #[error("{}", .0.message)]
    Server(ServerFailure),
    /// What came is not Bolt.
    #[error("the server does not answer as it should: {0}")]
    Protocol(String),
    /// It was ended with Ctrl-C.
    #[error("the statement was cancelled")]
    Interrupted,
}

type Result<T, E = ClientError> = std::result::Result<T, E>;

/// Takes the rows of a result as they come.
pub trait Receiver {
    /// The columns, before any row.
    ///
    /// # Errors
    /// When they cannot be written; the statement is ended.
    fn columns(&mut self, columns: &[String]) -> io::Result<()>;

    /// A row.
    ///
    /// # Errors
    /// When it cannot be written; the statement is ended.
    fn row(&mut self, values: Vec<Value>) -> io::Result<()>;
}

trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

/// A connection after its login.
pub struct Connection {
    stream: Box<dyn Stream>,
    version: Version,
    assembler: Assembler,
    /// Bytes read and not yet looked at.
    unread: Vec<u8>,
    /// Requests whose answer has not come.
    outstanding: usize,
    transaction: bool,
    agent: String,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("version", &self.version).finish_non_exhaustive()
    }
}

enum Reply {
    Success(Value),
    Record(Vec<Value>),
    Ignored,
    Failure(ServerFailure),
}

fn protocol(problem: impl ToString) -> ClientError {
    ClientError::Protocol(problem.to_string())
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

impl Connection {
    /// Connects and logs in, without a user as nobody.
    ///
    /// # Errors
    /// When there is no server, it speaks no version that is spoken here, or the login fails.
    pub fn open(address: &Address, login: Option<(&str, &str)>) -> Result<Connection> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, format!("there is no host {}", address.host));
        let mut socket = None;
        for place in (address.host.as_str(), address.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&place, PATIENCE) {
                Ok(found) => {
                    socket = Some(found);
                    break;
                }
                Err(error) => last = error,
            }
        }
        let socket = socket.ok_or(last)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let timed = socket.try_clone()?;
        let mut stream: Box<dyn Stream> = match &address.authority {
            None => Box::new(socket),
            Some(file) => Box::new(encrypted(&address.host, file, socket)?),
        };
        let version = agree(&mut stream)?;
        let mut connection = Connection {
            stream,
            version,
            assembler: Assembler::default(),
            unread: Vec::new(),
            outstanding: 0,
            transaction: false,
            agent: String::new(),
        };
        let agent = format!("wend/{}", env!("CARGO_PKG_VERSION"));
        connection.send(&[(0x01, vec![map([("user_agent", Value::from(agent))])])])?;
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
        connection.send(&[(0x6a, vec![auth])])?;
        connection.success(&|| false)?;
        timed.set_read_timeout(Some(LOOK_EVERY))?;
        Ok(connection)
    }

    /// What the server says it is.
    pub fn server(&self) -> &str {
        &self.agent
    }

    /// Whether a transaction is open.
    pub fn in_transaction(&self) -> bool {
        self.transaction
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// As of a statement.
    pub fn begin(&mut self, read_only: bool) -> Result<()> {
        let mode = Value::from(if read_only { "r" } else { "w" });
        self.send(&[(0x11, vec![map([("mode", mode)])])])?;
        self.settled(&|| false)?;
        self.transaction = true;
        Ok(())
    }

    /// Ends the transaction.
    ///
    /// # Errors
    /// As of a statement; a commit that fails keeps nothing.
    pub fn end(&mut self, commit: bool) -> Result<()> {
        self.transaction = false;
        self.send(&[(if commit { 0x12 } else { 0x13 }, vec![])])?;
        self.settled(&|| false).map(drop)
    }

    /// Runs a statement; its summary. One that fails rolls an open transaction back.
    ///
    /// # Errors
    /// What the server says, the end of the connection, or Ctrl-C, which `interrupted` tells of.
    pub fn run(
        &mut self,
        statement: &str,
        params: &Params,
        receiver: &mut dyn Receiver,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Value> {
        let params = map(params.iter().map(|(name, value)| (name, value.clone())));
        let pull = || (0x3f, vec![map([("n", Value::Int(ROWS))])]);
        self.send(&[(0x10, vec![Value::from(statement), params, map([])]), pull()])?;
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
            match self.reply(interrupted) {
                Ok(Reply::Record(values)) => {
                    if let Err(error) = receiver.row(values) {
                        self.give_up()?;
                        return Err(error.into());
                    }
                }
                Ok(Reply::Success(summary)) => {
                    if !matches!(field(&summary, "has_more"), Some(Value::Bool(true))) {
                        return Ok(summary);
                    }
                    self.send(&[pull()])?;
                }
                Ok(Reply::Failure(failure)) => {
                    self.give_up()?;
                    return Err(ClientError::Server(failure));
                }
                Ok(Reply::Ignored) => return Err(protocol("a request was ignored")),
                Err(ClientError::Interrupted) => {
                    self.give_up()?;
                    return Err(ClientError::Interrupted);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Ends what runs, and an open transaction with it.
    fn give_up(&mut self) -> Result<()> {
        self.transaction = false;
        self.send(&[(0x0f, vec![])])?;
        while self.outstanding > 0 {
            self.reply(&|| false)?;
        }
        Ok(())
    }

    /// The success of a request; after a failure the connection is ready again.
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
        match self.reply(interrupted)? {
            Reply::Success(fields) => Ok(fields),
            Reply::Failure(failure) => Err(ClientError::Server(failure)),
            Reply::Record(_) | Reply::Ignored => Err(protocol("an answer that was not asked for")),
        }
    }

    fn send(&mut self, messages: &[(u8, Vec<Value>)]) -> Result<()> {
        let mut out = Vec::new();
        let dialect = Dialect::new(self.version, false);
        for (tag, fields) in messages {
            append(&mut out, |out| {
                let mut out = Encoder::new(out);
                out.structure(*tag, u8::try_from(fields.len()).unwrap_or(u8::MAX));
                fields.iter().for_each(|field| value(&mut out, field, dialect));
            });
            self.outstanding += 1;
        }
        self.stream.write_all(&out)?;
        Ok(self.stream.flush()?)
    }

    fn reply(&mut self, interrupted: &dyn Fn() -> bool) -> Result<Reply> {
        let message = self.message(interrupted)?;
        let mut reader = ValueReader::of_server(&message);
        let (tag, fields) = reader.structure().map_err(protocol)?;
        let value = if fields > 0 { reader.value().map_err(protocol)? } else { Value::Null };
        if tag != 0x71 {
            self.outstanding = self.outstanding.saturating_sub(1);
        }
        match (tag, value) {
            (0x70, value) => Ok(Reply::Success(value)),
            (0x71, Value::List(values)) => Ok(Reply::Record(values.to_vec())),
            (0x7e, _) => Ok(Reply::Ignored),
            (0x7f, value) => Ok(Reply::Failure(failure(&value))),
            (tag, _) => Err(protocol(format!("an answer {tag:02x}"))),
        }
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
        // Without it the server notices the end all the same.
        let _ = self.send(&[(0x02, vec![])]);
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

/// Agrees on a version, the highest that both know.
fn agree(stream: &mut dyn Stream) -> Result<Version> {
    let mut out = MAGIC.to_vec();
    out.extend([0, 0, 1, 0xff, 0, 2, 8, 5, 0, 0, 4, 5, 0, 0, 0, 0]);
    stream.write_all(&out)?;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer)?;
    if answer != [0, 0, 1, 0xff] {
        let version = Version::new(answer[3], answer[2]);
        return if VERSIONS.contains(&version) {
            Ok(version)
        } else {
            Err(protocol("it speaks no version that is spoken here"))
        };
    }
    let count = number(stream)?;
    let mut offered = Vec::new();
    for _ in 0..count.min(256) {
        let mut range = [0; 4];
        stream.read_exact(&mut range)?;
        offered.push(range);
    }
    number(stream)?;
    let is_offered = |version: &&Version| {
        let minors = |range: &[u8; 4]| range[2].saturating_sub(range[1])..=range[2];
        offered.iter().any(|range| range[3] == version.major && minors(range).contains(&version.minor))
    };
    let version =
        VERSIONS.iter().find(is_offered).ok_or_else(|| protocol("it speaks no version that is spoken here"))?;
    stream.write_all(&[0, 0, version.minor, version.major, 0])?;
    Ok(*version)
}

/// A number of seven bits a byte, the lowest first.
fn number(stream: &mut dyn Stream) -> Result<u64> {
    let mut number = 0;
    for place in 0..9 {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        number |= u64::from(byte[0] & 0x7f) << (7 * place);
        if byte[0] & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(protocol("a number that is too long"))
}

fn encrypted(host: &str, authority: &Path, socket: TcpStream) -> Result<StreamOwned<ClientConnection, TcpStream>> {
    let (config, name) = tls_config(host, authority)?;
    let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    Ok(StreamOwned::new(connection, socket))
}

/// What TLS needs to know a server by a certificate.
pub(crate) fn tls_config(host: &str, authority: &Path) -> io::Result<(ClientConfig, ServerName<'static>)> {
    let wrong = |error: &dyn std::fmt::Display| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("{}: {error}", authority.display()))
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(authority).map_err(|error| wrong(&error))? {
        roots.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    Ok((config, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let read = |text| Address::parse(text, None).map(|address| (address.host, address.port));
        for (text, host, port) in [
            ("bolt://example.org:1234", "example.org", 1234),
            ("bolt://127.0.0.1", "127.0.0.1", 7687),
            ("localhost:99/", "localhost", 99),
            ("bolt://[::1]:8", "::1", 8),
        ] {
            assert_eq!(read(text), Ok((host.to_owned(), port)));
        }
        assert!(read("http://x").unwrap_err().contains("http:// is not spoken"));
        assert!(read("bolt+s://x").unwrap_err().contains("--tls-ca"));
        assert!(read("bolt://x:y").unwrap_err().contains("y is no port"));
        assert!(read("bolt://").is_err());
    }
}
