//! Any value as JSON and back, without loss: what JSON has no type for is an object with one field, the type's name
//! after a `$`, as in `{"$DATE":"2024-01-15"}`. A record that looks like that is itself in `{"$RECORD":{...}}`.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::value::Value;

use super::cell;
use super::kind::Kind;

const RECORD: &str = "$RECORD";

/// The types with a tag.
const TAGS: [(&str, Kind); 10] = [
    ("$FLOAT64", Kind::Float),
    ("$BYTES", Kind::Bytes),
    ("$DATE", Kind::Date),
    ("$LOCAL TIME", Kind::LocalTime),
    ("$ZONED TIME", Kind::ZonedTime),
    ("$LOCAL DATETIME", Kind::LocalDateTime),
    ("$ZONED DATETIME", Kind::ZonedDateTime),
    ("$DURATION", Kind::Duration),
    ("$VECTOR", Kind::Vector),
    (RECORD, Kind::Record),
];

fn tag(name: &str) -> Option<&'static Kind> {
    TAGS.iter().find(|(tag, _)| *tag == name).map(|(_, kind)| kind)
}

/// The value as JSON.
pub(crate) fn encode(value: &Value) -> Json {
    match value {
        Value::List(list) => list.iter().map(encode).collect(),
        Value::Record(fields) => {
            let object = fields.iter().map(|(name, value)| (name.to_string(), encode(value))).collect();
            match &**fields {
                [(name, _)] if tag(name).is_some() => tagged(RECORD, Json::Object(object)),
                _ => Json::Object(object),
            }
        }
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::String(_) => value.to_json(),
        Value::Float(number) if number.is_finite() => value.to_json(),
        _ => tagged(&format!("${}", value.type_name()), value.to_json()),
    }
}

fn tagged(tag: &str, json: Json) -> Json {
    Json::Object(Map::from_iter([(tag.to_owned(), json)]))
}

/// The value of JSON; `None` when what follows a tag is not of that type.
pub(crate) fn decode(json: &Json) -> Option<Value> {
    match json {
        Json::Array(items) => Some(Value::List(items.iter().map(decode).collect::<Option<_>>()?)),
        Json::Object(fields) => match fields.iter().next() {
            Some((name, inner)) if fields.len() == 1 => match (tag(name), inner) {
                (None, _) => record(fields),
                (Some(Kind::Record), Json::Object(fields)) => record(fields),
                (Some(Kind::Record), _) => None,
                (Some(kind), _) => cell::from_json(kind, inner),
            },
            _ => record(fields),
        },
        _ => Value::from_json(json).ok(),
    }
}

fn record(fields: &Map<String, Json>) -> Option<Value> {
    let fields = fields.iter().map(|(name, json)| Some((Arc::from(name.as_str()), decode(json)?)));
    Some(Value::Record(fields.collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_reads_back() {
        let date = Value::Date("2024-02-29".parse().unwrap());
        let value = Value::record([
            ("a", Value::from(vec![Value::Null, Value::Int(1), Value::Float(1.0), Value::from("")])),
            ("b", Value::from(vec![Value::Float(f64::NAN), Value::Float(f64::NEG_INFINITY), Value::Float(-0.0)])),
            ("c", Value::record([("$DATE", date.clone())])),
            ("d", Value::record([("$RECORD", Value::record([("$VECTOR", Value::from(vec![0.1f32, f32::NAN]))]))])),
            ("e", Value::record([("$other", Value::Bytes(Arc::from([0u8, 255])))])),
            ("f", date),
            ("g", Value::ZonedDateTime("2024-07-01T12:00:00.5+02:00[Europe/Berlin]".parse().unwrap())),
            ("h", Value::Duration("P-1Y2DT-0.000000001S".parse().unwrap())),
            ("i", Value::record::<&str, Value>([])),
            ("j", Value::ZonedTime("10:30:00-03:30".parse().unwrap())),
        ]);
        let text = encode(&value).to_string();
        let read = decode(&serde_json::from_str(&text).unwrap()).unwrap();
        // Debug tells all types and bits apart, but for the two NaNs, which are one.
        assert_eq!(format!("{read:?}"), format!("{value:?}"), "{text}");
    }

    #[test]
    fn a_wrong_tag_is_no_value() {
        for text in [r#"{"$DATE":"x"}"#, r#"{"$RECORD":1}"#, r#"[{"$VECTOR":["a"]}]"#, r#"{"a":{"$BYTES":"0g"}}"#] {
            assert!(decode(&serde_json::from_str(text).unwrap()).is_none(), "{text}");
        }
    }
}
