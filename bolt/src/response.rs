//! Responses: the messages of a server. Both ways: encoding for the server, decoding for the client.

use wenddb::Value;

use crate::{
    chunk,
    decode::ValueReader,
    encode::{Dialect, value},
    message::ResponseKind,
    packstream::{DecodeError, Encoder},
};

/// A message of a server, read by a client. Nodes and edges are records, paths lists.
#[derive(Clone, Debug)]
pub enum Response {
    /// SUCCESS, with a map about what was done.
    Success(Value),
    /// RECORD: the values of a row.
    Record(Vec<Value>),
    /// IGNORED
    Ignored,
    /// FAILURE, with a map about what is wrong.
    Failure(Value),
}

impl Response {
    /// Reads a message.
    ///
    /// # Errors
    /// When it is not a message of a server.
    pub fn decode(bytes: &[u8]) -> Result<Response, DecodeError> {
        let mut reader = ValueReader::of_server(bytes);
        let (tag, fields) = reader.structure()?;
        let value = if fields > 0 { reader.value()? } else { Value::Null };
        match (ResponseKind::of_tag(tag), value) {
            (Some(ResponseKind::Success), value) => Ok(Response::Success(value)),
            (Some(ResponseKind::Record), Value::List(values)) => Ok(Response::Record(values.to_vec())),
            (Some(ResponseKind::Ignored), _) => Ok(Response::Ignored),
            (Some(ResponseKind::Failure), value) => Ok(Response::Failure(value)),
            _ => Err(DecodeError { offset: 0, problem: format!("no response has the tag {tag:02X} and these fields") }),
        }
    }
}

/// Appends a message, in chunks. `write` appends its fields, as many as it has.
pub fn append(out: &mut Vec<u8>, kind: ResponseKind, write: impl FnOnce(&mut Encoder)) {
    let fields = if kind == ResponseKind::Ignored { 0 } else { 1 };
    chunk::append(out, |out| {
        let mut out = Encoder::new(out);
        out.structure(kind.tag(), fields);
        write(&mut out);
    });
}

/// Appends RECORD with the values of a row.
pub fn append_record(out: &mut Vec<u8>, values: &[Value], dialect: Dialect) {
    append(out, ResponseKind::Record, |out| {
        out.list(values.len());
        values.iter().for_each(|column| value(out, column, dialect));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::Version;

    #[test]
    fn responses_are_read_as_they_were_written() {
        let dialect = Dialect::new(Version::new(5, 8), false);
        let mut out = Vec::new();
        append_record(&mut out, &[Value::Int(1), Value::from("a")], dialect);
        append(&mut out, ResponseKind::Ignored, |_| {});
        assert_eq!(out, [0, 6, 0xb1, 0x71, 0x92, 1, 0x81, b'a', 0, 0, 0, 2, 0xb0, 0x7e, 0, 0]);
        assert!(matches!(Response::decode(&out[2..8]), Ok(Response::Record(values)) if values.len() == 2));
        assert!(matches!(Response::decode(&out[12..14]), Ok(Response::Ignored)));
        assert!(Response::decode(&[0xb0, 0x01]).is_err());
    }
}
