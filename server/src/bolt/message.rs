//! What a client asks: the messages, and the maps that come with them.

use wenddb::{Params, Value};

use super::decode::{Fields, ValueReader};
use crate::packstream::DecodeError;

/// The tag of RESET, which is looked for before a message is decoded.
pub const RESET: u8 = 0x0f;
/// The tag of GOODBYE.
pub const GOODBYE: u8 = 0x02;

/// The most parameters of a statement.
const MOST_PARAMETERS: usize = 10_000;

/// A message of a client.
#[derive(Clone, Debug)]
pub enum Request {
    /// Who the client is; until 5.0 with the login.
    Hello(Fields),
    /// A login.
    Logon(Fields),
    /// The end of a login; another follows.
    Logoff,
    /// A statement.
    Run {
        /// Its text.
        query: String,
        /// Its parameters.
        params: Params,
        /// About its transaction, when it is one of its own.
        extra: Fields,
    },
    /// Rows are wanted.
    Pull(Amount),
    /// Rows are not wanted.
    Discard(Amount),
    /// A transaction begins.
    Begin(Fields),
    /// It is committed.
    Commit,
    /// It is rolled back.
    Rollback,
    /// Back to the beginning, whatever runs.
    Reset,
    /// The client goes.
    Goodbye,
    /// Which servers there are.
    Route {
        /// What the client knows, its view of the address among it.
        routing: Fields,
        /// The graph it is about; `None` = the default.
        database: Option<String>,
    },
    /// Which of its interfaces the client uses.
    Telemetry,
}

/// How many rows of which result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// How many; `None` = all.
    pub rows: Option<u64>,
    /// Of which result; `None` = the last one.
    pub qid: Option<i64>,
}

/// The kinds of request, for the table of what is allowed when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HELLO
    Hello,
    /// LOGON
    Logon,
    /// LOGOFF
    Logoff,
    /// RUN
    Run,
    /// PULL
    Pull,
    /// DISCARD
    Discard,
    /// BEGIN
    Begin,
    /// COMMIT
    Commit,
    /// ROLLBACK
    Rollback,
    /// RESET
    Reset,
    /// GOODBYE
    Goodbye,
    /// ROUTE
    Route,
    /// TELEMETRY
    Telemetry,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 13] = [
        Kind::Hello,
        Kind::Logon,
        Kind::Logoff,
        Kind::Run,
        Kind::Pull,
        Kind::Discard,
        Kind::Begin,
        Kind::Commit,
        Kind::Rollback,
        Kind::Reset,
        Kind::Goodbye,
        Kind::Route,
        Kind::Telemetry,
    ];

    /// The name of the message.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Hello => "HELLO",
            Kind::Logon => "LOGON",
            Kind::Logoff => "LOGOFF",
            Kind::Run => "RUN",
            Kind::Pull => "PULL",
            Kind::Discard => "DISCARD",
            Kind::Begin => "BEGIN",
            Kind::Commit => "COMMIT",
            Kind::Rollback => "ROLLBACK",
            Kind::Reset => "RESET",
            Kind::Goodbye => "GOODBYE",
            Kind::Route => "ROUTE",
            Kind::Telemetry => "TELEMETRY",
        }
    }
}

impl Request {
    /// Reads a message that takes at most `memory` bytes.
    ///
    /// # Errors
    /// When it is none, or not as it should be.
    pub fn decode(bytes: &[u8], memory: usize) -> Result<Request, DecodeError> {
        let mut reader = ValueReader::new(bytes, memory);
        let (tag, fields) = reader.structure()?;
        let at = |problem: String| DecodeError { offset: 0, problem };
        let arity = match tag {
            0x01 | 0x6a | 0x3f | 0x2f | 0x11 | 0x54 => 1,
            0x10 | 0x66 => 3,
            0x6b | 0x12 | 0x13 | RESET | GOODBYE => 0,
            _ => return Err(at(format!("no message has the tag {tag:02X}"))),
        };
        if fields != arity {
            return Err(at(format!("the message {tag:02X} has {arity} fields, not {fields}")));
        }
        let request = match tag {
            0x01 => Request::Hello(reader.fields("the field of HELLO")?),
            0x6a => Request::Logon(reader.fields("the field of LOGON")?),
            0x6b => Request::Logoff,
            0x10 => {
                let query = reader.text("the text of RUN")?.to_owned();
                let params = reader.fields("the parameters of RUN")?;
                if params.len() > MOST_PARAMETERS {
                    let problem = format!("a statement has at most {MOST_PARAMETERS} parameters; pass a list");
                    return Err(at(problem));
                }
                let params = params.iter().map(|(name, value)| (&**name, value)).collect();
                Request::Run { query, params, extra: reader.fields("the extra field of RUN")? }
            }
            0x3f => Request::Pull(amount(&reader.fields("the field of PULL")?).map_err(at)?),
            0x2f => Request::Discard(amount(&reader.fields("the field of DISCARD")?).map_err(at)?),
            0x11 => Request::Begin(reader.fields("the field of BEGIN")?),
            0x12 => Request::Commit,
            0x13 => Request::Rollback,
            RESET => Request::Reset,
            0x66 => {
                let routing = reader.fields("the routing context of ROUTE")?;
                let _bookmarks = reader.value()?;
                let database = match reader.value()? {
                    Value::Record(extra) => text(&extra, "db").map_err(at)?,
                    Value::String(name) => Some(name.to_string()),
                    Value::Null => None,
                    _ => return Err(at("the extra field of ROUTE is a map".to_owned())),
                };
                Request::Route { routing, database: database.filter(|name| !name.is_empty()) }
            }
            0x54 => match reader.value()? {
                Value::Int(_) => Request::Telemetry,
                _ => return Err(at("the field of TELEMETRY is an integer".to_owned())),
            },
            _ => Request::Goodbye,
        };
        reader.end()?;
        Ok(request)
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Request::Hello(_) => Kind::Hello,
            Request::Logon(_) => Kind::Logon,
            Request::Logoff => Kind::Logoff,
            Request::Run { .. } => Kind::Run,
            Request::Pull(_) => Kind::Pull,
            Request::Discard(_) => Kind::Discard,
            Request::Begin(_) => Kind::Begin,
            Request::Commit => Kind::Commit,
            Request::Rollback => Kind::Rollback,
            Request::Reset => Kind::Reset,
            Request::Goodbye => Kind::Goodbye,
            Request::Route { .. } => Kind::Route,
            Request::Telemetry => Kind::Telemetry,
        }
    }
}

/// The tag of a message that is not decoded yet.
pub fn tag(message: &[u8]) -> Option<u8> {
    message.get(1).copied()
}

fn amount(fields: &Fields) -> Result<Amount, String> {
    let rows = match get(fields, "n") {
        Some(Value::Int(-1)) => None,
        Some(Value::Int(rows)) if *rows > 0 => Some(*rows as u64),
        Some(Value::Int(rows)) => return Err(format!("n is a number of rows from 1, or -1 for all, not {rows}")),
        _ => return Err("n, the number of rows wanted, is missing".to_owned()),
    };
    let qid = match get(fields, "qid") {
        None | Some(Value::Null | Value::Int(-1)) => None,
        Some(Value::Int(qid)) => Some(*qid),
        Some(_) => return Err("qid is an integer".to_owned()),
    };
    Ok(Amount { rows, qid })
}

/// A field of a map.
pub fn get<'f>(fields: &'f Fields, name: &str) -> Option<&'f Value> {
    fields.iter().find(|(known, _)| &**known == name).map(|(_, value)| value)
}

/// A field that is a text where it is there.
pub fn text(fields: &Fields, name: &str) -> Result<Option<String>, String> {
    match get(fields, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.to_string())),
        Some(other) => Err(format!("{name} is a string, not {}", other.type_name())),
    }
}

/// What BEGIN, and RUN outside a transaction, say about the transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransactionExtra {
    /// The graph; `None` = the default.
    pub database: Option<String>,
    /// Nothing may be changed.
    pub read_only: bool,
    /// Milliseconds it may take; 0 = no bound.
    pub timeout: Option<u64>,
}

impl TransactionExtra {
    /// Reads the fields that matter; others are passed over, as clients send more than servers know.
    ///
    /// # Errors
    /// When one has a value it cannot have.
    pub fn read(fields: &Fields) -> Result<Self, String> {
        if text(fields, "imp_user")?.is_some() {
            return Err("impersonation (imp_user) is not supported".to_owned());
        }
        let read_only = match text(fields, "mode")?.as_deref() {
            None | Some("w") => false,
            Some("r") => true,
            Some(other) => return Err(format!("mode is \"r\" or \"w\", not \"{other}\"")),
        };
        let timeout = match get(fields, "tx_timeout") {
            None | Some(Value::Null) => None,
            Some(Value::Int(milliseconds)) if *milliseconds >= 0 => Some(*milliseconds as u64),
            Some(_) => return Err("tx_timeout is a number of milliseconds from 0".to_owned()),
        };
        let database = text(fields, "db")?.filter(|name| !name.is_empty());
        Ok(TransactionExtra { database, read_only, timeout })
    }
}
