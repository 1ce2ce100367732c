//! Requests: the messages of a client, and the maps in them.

use wenddb::{Params, Value};

use crate::{
    decode::{Fields, ValueReader},
    message::RequestKind,
    packstream::DecodeError,
};

/// The most parameters of a statement.
const MOST_PARAMETERS: usize = 10_000;

/// A message of a client.
#[derive(Clone, Debug)]
pub enum Request {
    /// HELLO: the client's name and abilities; up to version 5.0 the credentials too.
    Hello(Fields),
    /// LOGON: the credentials.
    Logon(Fields),
    /// LOGOFF: the user logs out; a LOGON follows.
    Logoff,
    /// RUN: a statement.
    Run {
        /// The text.
        query: String,
        /// The parameters.
        params: Params,
        /// The settings of its transaction, when it runs outside of BEGIN.
        extra: Fields,
    },
    /// PULL: the server sends rows.
    Pull(Amount),
    /// DISCARD: the server skips rows.
    Discard(Amount),
    /// BEGIN: a transaction starts.
    Begin(Fields),
    /// COMMIT
    Commit,
    /// ROLLBACK
    Rollback,
    /// RESET: what runs is cancelled, and the connection is as after its login.
    Reset,
    /// GOODBYE: the client closes the connection.
    Goodbye,
    /// ROUTE: the client asks for the routing table.
    Route {
        /// The client's routing context, with the address it uses.
        routing: Fields,
        /// The graph; `None` = the default.
        database: Option<String>,
    },
    /// TELEMETRY: which interface of the driver is in use.
    Telemetry,
}

/// The number of rows that PULL or DISCARD asks for, and the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The number of rows; `None` = all.
    pub rows: Option<u64>,
    /// The result; `None` = the last one.
    pub qid: Option<i64>,
}

impl Request {
    /// Decodes a message whose values take at most `memory` bytes.
    ///
    /// # Errors
    /// When it is not a message, or has the wrong fields.
    pub fn decode(bytes: &[u8], memory: usize) -> Result<Request, DecodeError> {
        let mut reader = ValueReader::new(bytes, memory);
        let (tag, fields) = reader.structure()?;
        let at = |problem: String| DecodeError { offset: 0, problem };
        let kind = RequestKind::of_tag(tag).ok_or_else(|| at(format!("no message has the tag {tag:02X}")))?;
        if fields != kind.fields() {
            return Err(at(format!("the message {tag:02X} has {} fields, not {fields}", kind.fields())));
        }
        let request = match kind {
            RequestKind::Hello => Request::Hello(reader.fields("the field of HELLO")?),
            RequestKind::Logon => Request::Logon(reader.fields("the field of LOGON")?),
            RequestKind::Logoff => Request::Logoff,
            RequestKind::Run => {
                let query = reader.text("the text of RUN")?.to_owned();
                let params = reader.fields("the parameters of RUN")?;
                if params.len() > MOST_PARAMETERS {
                    let problem = format!("a statement has at most {MOST_PARAMETERS} parameters; pass a list");
                    return Err(at(problem));
                }
                let params = params.iter().map(|(name, value)| (&**name, value)).collect();
                Request::Run { query, params, extra: reader.fields("the extra field of RUN")? }
            }
            RequestKind::Pull => Request::Pull(amount(&reader.fields("the field of PULL")?).map_err(at)?),
            RequestKind::Discard => Request::Discard(amount(&reader.fields("the field of DISCARD")?).map_err(at)?),
            RequestKind::Begin => Request::Begin(reader.fields("the field of BEGIN")?),
            RequestKind::Commit => Request::Commit,
            RequestKind::Rollback => Request::Rollback,
            RequestKind::Reset => Request::Reset,
            RequestKind::Route => {
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
            RequestKind::Telemetry => match reader.value()? {
                Value::Int(_) => Request::Telemetry,
                _ => return Err(at("the field of TELEMETRY is an integer".to_owned())),
            },
            RequestKind::Goodbye => Request::Goodbye,
        };
        reader.end()?;
        Ok(request)
    }

    /// The kind of the message.
    pub fn kind(&self) -> RequestKind {
        match self {
            Request::Hello(_) => RequestKind::Hello,
            Request::Logon(_) => RequestKind::Logon,
            Request::Logoff => RequestKind::Logoff,
            Request::Run { .. } => RequestKind::Run,
            Request::Pull(_) => RequestKind::Pull,
            Request::Discard(_) => RequestKind::Discard,
            Request::Begin(_) => RequestKind::Begin,
            Request::Commit => RequestKind::Commit,
            Request::Rollback => RequestKind::Rollback,
            Request::Reset => RequestKind::Reset,
            Request::Goodbye => RequestKind::Goodbye,
            Request::Route { .. } => RequestKind::Route,
            Request::Telemetry => RequestKind::Telemetry,
        }
    }
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

/// A string field of a map; `None` when it is absent or null.
pub fn text(fields: &Fields, name: &str) -> Result<Option<String>, String> {
    match get(fields, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.to_string())),
        Some(other) => Err(format!("{name} is a string, not {}", other.type_name())),
    }
}

/// The settings of a transaction in BEGIN, and in RUN outside of BEGIN.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransactionExtra {
    /// The graph; `None` = the default.
    pub database: Option<String>,
    /// Whether changes are refused.
    pub read_only: bool,
    /// The time limit in milliseconds; 0 = none.
    pub timeout: Option<u64>,
}

impl TransactionExtra {
    /// Reads the known fields. Unknown ones are skipped, because drivers send more than servers know.
    ///
    /// # Errors
    /// When a field has an invalid value.
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
