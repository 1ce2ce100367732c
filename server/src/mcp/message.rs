//! Messages of JSON-RPC 2.0, read from bytes that may be anything.

use serde_json::{Map, Value as Json, json};

/// The codes of JSON-RPC for what is wrong with a message.
pub(crate) const PARSE_ERROR: i64 = -32700;
pub(crate) const INVALID_REQUEST: i64 = -32600;
pub(crate) const METHOD_NOT_FOUND: i64 = -32601;
pub(crate) const INVALID_PARAMS: i64 = -32602;
pub(crate) const INTERNAL_ERROR: i64 = -32603;

/// The most messages of a batch.
const MOST_IN_A_BATCH: usize = 100;

/// The most memory for one value, as JSON and as a value of the database.
const VALUE_MEMORY: usize = 128;

/// What came: one message, or several at once.
#[derive(Debug)]
pub(crate) enum Message {
    One(Incoming),
    Batch(Vec<Incoming>),
}

/// One message.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// It wants an answer.
    Request(Request),
    /// It wants none.
    Notification { method: String, params: Map<String, Json> },
    /// An answer to something that the server never asks.
    Response,
    /// It is no message; the answer says why.
    Wrong(Json),
}

/// A request.
#[derive(Debug)]
pub(crate) struct Request {
    /// A string or a number, given back with the answer.
    pub(crate) id: Json,
    pub(crate) method: String,
    pub(crate) params: Map<String, Json>,
}

/// The answer to a request that succeeded.
pub(crate) fn success(id: &Json, result: Json) -> Json {
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

/// The answer to one that failed; the id is null where it is not known.
pub(crate) fn failure(id: &Json, code: i64, message: impl Into<String>) -> Json {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message.into()}})
}

/// Reads what came. The commas, colons and brackets of the text bound the number of values, so that memory is checked before it is
/// used.
pub(crate) fn read(bytes: &[u8], memory: usize) -> Message {
    let wrong = |code, message: String| Message::One(Incoming::Wrong(failure(&Json::Null, code, message)));
    let values = bytes.iter().filter(|byte| matches!(byte, b',' | b':' | b'[' | b'{')).count() + 1;
    if values.saturating_mul(VALUE_MEMORY).saturating_add(bytes.len()) > memory {
        return wrong(INVALID_REQUEST, "the message takes more memory than it may; send less at a time".to_owned());
    }
    let json: Json = match serde_json::from_slice(bytes) {
        Ok(json) => json,
        Err(error) => return wrong(PARSE_ERROR, format!("the message is not JSON: {error}")),
    };
    // Integers beyond 64 bits have become floats in the parser.
    let integers = wenddb::check_json_integers(bytes).map_err(|error| error.message().to_owned());
    match json {
        Json::Array(messages) if messages.is_empty() => wrong(INVALID_REQUEST, "the batch is empty".to_owned()),
        Json::Array(messages) if messages.len() > MOST_IN_A_BATCH => {
            wrong(INVALID_REQUEST, format!("a batch has at most {MOST_IN_A_BATCH} messages"))
        }
        Json::Array(messages) => {
            Message::Batch(messages.into_iter().map(|message| incoming(message, &integers)).collect())
        }
        message => Message::One(incoming(message, &integers)),
    }
}

fn incoming(json: Json, integers: &Result<(), String>) -> Incoming {
    let wrong = |id: &Json, code, message: &str| Incoming::Wrong(failure(id, code, message));
    let Json::Object(mut fields) = json else {
        return wrong(&Json::Null, INVALID_REQUEST, "a message is a JSON object");
    };
    let id = fields.remove("id");
    let known = match &id {
        Some(id @ (Json::String(_) | Json::Number(_))) => id.clone(),
        _ => Json::Null,
    };
    if fields.get("jsonrpc").and_then(Json::as_str) != Some("2.0") {
        return wrong(&known, INVALID_REQUEST, "a message has \"jsonrpc\": \"2.0\"");
    }
    let method = match fields.remove("method") {
        Some(Json::String(method)) => method,
        None if fields.contains_key("result") || fields.contains_key("error") => return Incoming::Response,
        _ => return wrong(&known, INVALID_REQUEST, "a message has a \"method\", a string"),
    };
    let params = match fields.remove("params") {
        Some(Json::Object(params)) => params,
        None | Some(Json::Null) => Map::new(),
        Some(_) => return wrong(&known, INVALID_PARAMS, "\"params\" takes an object"),
    };
    match id {
        None => Incoming::Notification { method, params },
        Some(id @ (Json::String(_) | Json::Number(_))) => match integers {
            Ok(()) => Incoming::Request(Request { id, method, params }),
            Err(message) => wrong(&id, INVALID_PARAMS, message),
        },
        Some(_) => wrong(&Json::Null, INVALID_REQUEST, "an \"id\" is a string or a number"),
    }
}

/// Whether bytes are a message; for fuzz tests.
#[doc(hidden)]
pub fn is_readable(bytes: &[u8]) -> bool {
    !matches!(read(bytes, 1 << 24), Message::One(Incoming::Wrong(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Incoming {
        match read(text.as_bytes(), 1 << 20) {
            Message::One(message) => message,
            Message::Batch(_) => panic!("a batch"),
        }
    }

    #[test]
    fn messages_are_read() {
        let Incoming::Request(request) = one(r#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#) else { panic!() };
        assert_eq!((request.id, request.method.as_str(), request.params.len()), (json!("a"), "ping", 0));
        let Incoming::Notification { method, params } = one(r#"{"jsonrpc":"2.0","method":"x","params":{"a":1}}"#)
        else {
            panic!()
        };
        assert_eq!((method.as_str(), &params["a"]), ("x", &json!(1)));
        assert!(matches!(one(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#), Incoming::Response));
        let batch = r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},7]"#;
        let Message::Batch(batch) = read(batch.as_bytes(), 1 << 20) else { panic!() };
        assert!(matches!(batch[..], [Incoming::Request(_), Incoming::Wrong(_)]));
    }

    #[test]
    fn what_is_no_message_says_why() {
        for (text, code, id) in [
            ("{", PARSE_ERROR, Json::Null),
            ("", PARSE_ERROR, Json::Null),
            ("\u{0}", PARSE_ERROR, Json::Null),
            ("[]", INVALID_REQUEST, Json::Null),
            ("7", INVALID_REQUEST, Json::Null),
            (r#"{"id":1,"method":"ping"}"#, INVALID_REQUEST, json!(1)),
            (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, INVALID_REQUEST, json!(1)),
            (r#"{"jsonrpc":"2.0","id":1}"#, INVALID_REQUEST, json!(1)),
            (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, INVALID_REQUEST, json!(1)),
            (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, INVALID_REQUEST, Json::Null),
            (r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, INVALID_REQUEST, Json::Null),
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}"#, INVALID_PARAMS, json!(1)),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":18446744073709551616}}"#,
                INVALID_PARAMS,
                json!(1),
            ),
        ] {
            let Incoming::Wrong(answer) = one(text) else { panic!("{text}") };
            assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(code), &id), "{text}");
        }
        let deep = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"a":{}"#, "[".repeat(10_000));
        assert!(matches!(one(&deep), Incoming::Wrong(_)));
        let many = format!("[{}0]", "0,".repeat(100_000));
        assert!(matches!(one(&many), Incoming::Wrong(_)));
        let batch = format!("[{}0]", "0,".repeat(200));
        assert!(matches!(one(&batch), Incoming::Wrong(_)));
    }
}
