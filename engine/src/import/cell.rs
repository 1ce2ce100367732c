//! A cell as a value of its column's type.

use std::str::FromStr;
use std::sync::Arc;

use serde_json::Value as Json;
use wend_storage::Value as Stored;

use crate::function::cast::{parse_bool, parse_float, parse_int};
use crate::value::{Value, check_json_integers};

use super::kind::Kind;
use super::tagged;

/// The value of a cell that is not empty; `None` when it is not of that type. The inner `None` is the NULL of JSON.
pub(crate) fn parse(kind: &Kind, text: &str) -> Option<Option<Stored>> {
    let stored = match kind {
        Kind::String => Stored::String(text.to_owned()),
        Kind::Int => Stored::Int(parse_int(text)?),
        Kind::Float => Stored::Float(parse_float(text)?),
        Kind::Bool => Stored::Bool(parse_bool(text)?),
        Kind::Vector => match serde_json::from_str::<Vec<f32>>(text) {
            Ok(vector) if vector.iter().all(|number| number.is_finite()) => Stored::Vector(vector),
            _ => return json(kind, text),
        },
        Kind::List(_) | Kind::Record | Kind::Json => return json(kind, text),
        _ => return from_text(kind, text)?.to_stored().ok(),
    };
    Some(Some(stored))
}

fn json(kind: &Kind, text: &str) -> Option<Option<Stored>> {
    // Where the type is not known, a number without point and exponent is an integer, and must be one.
    if matches!(kind, Kind::Json | Kind::Record | Kind::List(None)) {
        check_json_integers(text.as_bytes()).ok()?;
    }
    from_json(kind, &serde_json::from_str(text).ok()?)?.to_stored().ok()
}

/// The value of a type that is written as text.
fn from_text(kind: &Kind, text: &str) -> Option<Value> {
    fn read<T: FromStr>(text: &str, variant: fn(T) -> Value) -> Option<Value> {
        text.parse().ok().map(variant)
    }
    match kind {
        Kind::Bytes => bytes(text),
        Kind::Date => read(text, Value::Date),
        Kind::LocalTime => read(text, Value::LocalTime),
        Kind::ZonedTime => read(text, Value::ZonedTime),
        Kind::LocalDateTime => read(text, Value::LocalDateTime),
        Kind::ZonedDateTime => read(text, Value::ZonedDateTime),
        Kind::Duration => read(text, Value::Duration),
        _ => None,
    }
}

/// Hexadecimal digits, after `0x` if wanted.
fn bytes(text: &str) -> Option<Value> {
    let text = text.trim();
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    rest.is_empty().then(|| bytes.collect::<Option<Arc<[u8]>>>()).flatten().map(Value::Bytes)
}

/// The value of JSON as a type; `None` when it is not of that type.
pub(super) fn from_json(kind: &Kind, json: &Json) -> Option<Value> {
    match (kind, json) {
        (Kind::Json, _) => tagged::decode(json),
        (Kind::Record, Json::Object(_)) => tagged::decode(json).filter(|value| matches!(value, Value::Record(_))),
        (Kind::List(None), Json::Array(_)) => tagged::decode(json),
        (Kind::List(Some(kind)), Json::Array(items)) => {
            let element = |json: &Json| if json.is_null() { Some(Value::Null) } else { from_json(kind, json) };
            Some(Value::List(items.iter().map(element).collect::<Option<_>>()?))
        }
        (Kind::Vector, Json::Array(items)) => {
            let element = |json: &Json| {
                let number = float(json)?;
                let single = number as f32;
                (single.is_finite() || !number.is_finite()).then_some(single)
            };
            Some(Value::Vector(items.iter().map(element).collect::<Option<_>>()?))
        }
        (Kind::Bool, Json::Bool(value)) => Some(Value::Bool(*value)),
        (Kind::Int, Json::Number(number)) => number.as_i64().map(Value::Int),
        (Kind::Float, _) => float(json).map(Value::Float),
        (Kind::String, Json::String(text)) => Some(Value::from(text.as_str())),
        (_, Json::String(text)) => from_text(kind, text),
        _ => None,
    }
}

/// A number, or the texts of those that JSON does not have.
fn float(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}
