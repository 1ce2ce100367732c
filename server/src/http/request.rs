//! Requests: the body of a query, and the format that the client accepts.

use hyper::{HeaderMap, header::ACCEPT};
use serde_json::{Map, Value as Json};
use wenddb::{Params, Value};

use super::{problem::Problem, typed};

/// A statement and its settings.
#[derive(Debug, Default)]
pub(super) struct Ask {
    pub(super) statement: Option<String>,
    pub(super) params: Params,
    pub(super) counters: bool,
    pub(super) read_only: bool,
    /// The time limit in milliseconds; 0 = none.
    pub(super) timeout: Option<u64>,
}

/// The most bytes of memory for one value, as JSON and as a value of the database.
const VALUE_MEMORY: usize = 128;

/// Decodes a body. Its commas, colons and brackets bound the number of values, so that memory is checked before it is
/// used.
pub(super) fn read(body: &[u8], typed: bool, memory: usize) -> Result<Ask, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Ask::default());
    }
    let values = body.iter().filter(|byte| matches!(byte, b',' | b':' | b'[' | b'{')).count() + 1;
    if values.saturating_mul(VALUE_MEMORY).saturating_add(body.len()) > memory {
        let message = "the body takes more memory than max-message-memory allows; send it in parts";
        return Err(Problem::request(hyper::StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    let json: Json =
        serde_json::from_slice(body).map_err(|error| Problem::body(format!("the body is not JSON: {error}")))?;
    let Json::Object(fields) = json else { return Err(Problem::body("the body is a JSON object with \"statement\"")) };
    let mut ask = Ask::default();
    for (name, value) in &fields {
        let wrong = |wanted: &str| Problem::body(format!("\"{name}\" takes {wanted}"));
        match (name.as_str(), value) {
            (_, Json::Null) => {}
            ("statement", Json::String(text)) => ask.statement = Some(text.clone()),
            ("statement", _) => return Err(wrong("a string")),
            ("parameters", Json::Object(fields)) => ask.params = params(fields, typed)?,
            ("parameters", _) => return Err(wrong("an object")),
            ("includeCounters", Json::Bool(value)) => ask.counters = *value,
            ("includeCounters", _) => return Err(wrong("true or false")),
            ("accessMode", Json::String(mode)) if mode.eq_ignore_ascii_case("read") => ask.read_only = true,
            ("accessMode", Json::String(mode)) if mode.eq_ignore_ascii_case("write") => {}
            ("accessMode", _) => return Err(wrong("\"Read\" or \"Write\"")),
            // Bookmarks are ignored: one server always sees its own commits.
            ("bookmarks", Json::Array(marks)) if marks.iter().all(Json::is_string) => {}
            ("bookmarks", _) => return Err(wrong("a list of strings")),
            ("impersonatedUser", _) => return Err(Problem::body("impersonation is not supported")),
            ("maxExecutionTime", Json::Number(seconds)) if seconds.as_u64().is_some() => {
                ask.timeout = seconds.as_u64().map(|seconds| seconds.saturating_mul(1000));
            }
            ("maxExecutionTime", _) => return Err(wrong("a whole number of seconds")),
            // Fields of later versions of the protocol.
            _ => {}
        }
    }
    // Integers beyond 64 bits have become floats in the parser. Typed JSON has integers as strings.
    if !typed {
        wenddb::check_json_integers(body).map_err(|error| Problem::body(error.message()))?;
    }
    Ok(ask)
}

/// The parameter `maxExecutionTime`, which is in seconds, in milliseconds.
pub(super) fn execution_time(parameter: Option<&str>) -> Result<Option<u64>, Problem> {
    let Some(text) = parameter else { return Ok(None) };
    let seconds: u64 = text
        .parse()
        .map_err(|_| Problem::body(format!("maxExecutionTime takes a whole number of seconds, not {text:.40}")))?;
    Ok(Some(seconds.saturating_mul(1000)))
}

/// Whether a body can be decoded; for fuzz tests.
#[doc(hidden)]
pub fn is_readable(body: &[u8], typed: bool) -> bool {
    read(body, typed, 1 << 24).is_ok()
}

fn params(fields: &Map<String, Json>, typed: bool) -> Result<Params, Problem> {
    if !typed {
        return Params::from_json(fields).map_err(|error| Problem::body(error.message()));
    }
    let read = |(name, value): (&String, &Json)| {
        let value: Value =
            typed::read(value).map_err(|problem| Problem::body(format!("parameter {name}: {problem}")))?;
        Ok((name.clone(), value))
    };
    fields.iter().map(read).collect()
}

/// The format of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Typed,
    JsonLines,
    TypedLines,
    /// Lines of typed values, in which a vector is a list of numbers.
    ConsoleLines,
    Arrow,
}

impl Form {
    /// The supported format that the client's Accept header prefers.
    pub(super) fn wanted(headers: &HeaderMap) -> Result<Form, Problem> {
        let mut best: Option<(Form, f32)> = None;
        let mut any = false;
        for header in headers.get_all(ACCEPT) {
            for range in header.to_str().unwrap_or("").split(',') {
                let mut parts = range.split(';').map(str::trim);
                let kind = parts.next().unwrap_or("");
                any |= !kind.is_empty();
                let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
                let Some(form) = Form::named(kind).filter(|_| quality > 0.0) else { continue };
                if best.is_none_or(|(_, before)| quality > before) {
                    best = Some((form, quality));
                }
            }
        }
        match best {
            Some((form, _)) => Ok(form),
            None if !any => Ok(Form::Json),
            None => Err(Problem::request(
                hyper::StatusCode::NOT_ACCEPTABLE,
                "Accept takes application/json, application/vnd.neo4j.query, each also by lines (application/jsonl or \
                 application/x-ndjson, application/vnd.neo4j.query+jsonl, application/vnd.wend.query+jsonl), or \
                 application/vnd.apache.arrow.stream",
            )),
        }
    }

    fn named(kind: &str) -> Option<Form> {
        let kind = kind.to_ascii_lowercase();
        // A version of the typed format is the same format.
        let (kind, lines) = match kind.strip_suffix("+jsonl") {
            Some(kind) => (kind.to_owned(), true),
            None => (kind, false),
        };
        let kind = kind.split(".v1.").next().unwrap_or(&kind);
        Some(match (kind, lines) {
            ("application/json" | "application/*" | "*/*", false) => Form::Json,
            ("application/vnd.neo4j.query", false) => Form::Typed,
            ("application/jsonl" | "application/x-ndjson", false) => Form::JsonLines,
            ("application/vnd.neo4j.query", true) => Form::TypedLines,
            ("application/vnd.wend.query", true) => Form::ConsoleLines,
            ("application/vnd.apache.arrow.stream", false) => Form::Arrow,
            _ => return None,
        })
    }

    /// The media type of the response.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Form::Json => "application/json",
            Form::Typed => "application/vnd.neo4j.query",
            Form::JsonLines => "application/jsonl",
            Form::TypedLines => "application/vnd.neo4j.query+jsonl",
            Form::ConsoleLines => "application/vnd.wend.query+jsonl",
            Form::Arrow => "application/vnd.apache.arrow.stream",
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn bodies_are_read() {
        let ask =
            read(br#"{"statement":"RETURN $x","parameters":{"x":1},"accessMode":"READ","later":7}"#, false, 1 << 20);
        let ask = ask.unwrap();
        assert_eq!(ask.statement.as_deref(), Some("RETURN $x"));
        assert!(ask.read_only && matches!(ask.params.get("x"), Some(Value::Int(1))));
        assert!(read(b" ", false, 1 << 20).unwrap().statement.is_none());
        for (body, said) in [
            (&b"{"[..], "the body is not JSON"),
            (b"[]", "a JSON object"),
            (br#"{"statement":1}"#, "\"statement\" takes a string"),
            (br#"{"parameters":[]}"#, "\"parameters\" takes an object"),
            (br#"{"accessMode":"Both"}"#, "\"accessMode\" takes"),
            (br#"{"bookmarks":[1]}"#, "a list of strings"),
            (br#"{"impersonatedUser":"ann"}"#, "impersonation"),
            (b"{\"statement\":\"\xff\"}", "the body is not JSON"),
            (br#"{"parameters":{"x":9223372036854775808}}"#, "parameter x: the integer 9223372036854775808 is out of"),
            (br#"{"parameters":{"x":[{"y":-18446744073709551617}]}}"#, "the integer -18446744073709551617 is out of"),
            (br#"{"parameters":{"x":1e400}}"#, "the body is not JSON"),
        ] {
            let problem = read(body, false, 1 << 20).unwrap_err();
            assert!(problem.failure.message.contains(said), "{}", problem.failure.message);
        }
        let many = format!(r#"{{"parameters":{{"x":[{}0]}}}}"#, "0,".repeat(10_000));
        assert_eq!(read(many.as_bytes(), false, 1 << 20).unwrap_err().status.as_u16(), 413);
        let deep = format!(r#"{{"parameters":{{"x":{}"#, "[".repeat(1000));
        assert!(read(deep.as_bytes(), false, 1 << 30).is_err());
    }

    #[test]
    fn the_form_most_wanted() {
        let wanted =
            |text: &'static str| Form::wanted(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(text))]));
        assert_eq!(Form::wanted(&HeaderMap::new()).unwrap(), Form::Json);
        for (text, form) in [
            ("*/*", Form::Json),
            ("text/html, application/json;q=0.5", Form::Json),
            ("application/json;q=0.5, application/jsonl", Form::JsonLines),
            ("application/vnd.neo4j.query", Form::Typed),
            ("application/vnd.neo4j.query.v1.1+jsonl", Form::TypedLines),
            ("application/x-ndjson", Form::JsonLines),
            ("application/vnd.apache.arrow.stream", Form::Arrow),
        ] {
            assert_eq!(wanted(text).unwrap(), form, "{text}");
        }
        assert_eq!(wanted("text/html").unwrap_err().status.as_u16(), 406);
        assert_eq!(wanted("application/json;q=0").unwrap_err().status.as_u16(), 406);
    }
}
