//! Values as JSON with their types, `application/vnd.neo4j.query`: `{"$type": "Integer", "_value": "1"}`.

use std::{str::FromStr, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value as Json;
use wenddb::{Edge, Node, Value};

use super::plain::{self, float_name, list, map, path, text};

/// Appends a value.
pub fn write(out: &mut Vec<u8>, value: &Value) {
    write_as::<false>(out, value);
}

/// Appends a value; a vector is `{"$type": "Vector", "_value": [0.5, ...]}`, which is a tenth as long.
pub fn write_with_vectors(out: &mut Vec<u8>, value: &Value) {
    write_as::<true>(out, value);
}

fn write_as<const VECTORS: bool>(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"{\"$type\":\"Null\",\"_value\":null}"),
        Value::Bool(true) => out.extend_from_slice(b"{\"$type\":\"Boolean\",\"_value\":true}"),
        Value::Bool(false) => out.extend_from_slice(b"{\"$type\":\"Boolean\",\"_value\":false}"),
        Value::Int(value) => named(out, "Integer", &value.to_string()),
        Value::Float(value) => float(out, *value),
        Value::String(value) => named(out, "String", value),
        Value::Bytes(bytes) => named(out, "Base64", &STANDARD.encode(bytes)),
        Value::Date(value) => named(out, "Date", &value.to_string()),
        Value::LocalTime(value) => named(out, "LocalTime", &value.to_string()),
        Value::ZonedTime(value) => named(out, "Time", &value.to_string()),
        Value::LocalDateTime(value) => named(out, "LocalDateTime", &value.to_string()),
        Value::ZonedDateTime(value) => {
            let kind = if value.zone().is_some() { "ZonedDateTime" } else { "OffsetDateTime" };
            named(out, kind, &value.to_string());
        }
        Value::Duration(value) => named(out, "Duration", &value.to_string()),
        Value::List(items) => wrapped(out, "List", |out| list(out, items.iter(), write_as::<VECTORS>)),
        Value::Vector(_) if VECTORS => wrapped(out, "Vector", |out| plain::write(out, value)),
        // Clients of this format have no vectors.
        Value::Vector(numbers) => {
            wrapped(out, "List", |out| list(out, numbers.iter(), |out, number| single(out, *number)));
        }
        Value::Record(fields) => {
            wrapped(out, "Map", |out| {
                map(out, fields.iter().map(|(name, value)| (&**name, value)), write_as::<VECTORS>)
            });
        }
        Value::Node(found) => node::<VECTORS>(out, found),
        Value::Edge(found) => edge::<VECTORS>(out, found),
        Value::Path(found) => wrapped(out, "Path", |out| path(out, found, node::<VECTORS>, edge::<VECTORS>)),
        other => named(out, "String", &other.to_string()),
    }
}

fn wrapped(out: &mut Vec<u8>, kind: &str, value: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(b"{\"$type\":\"");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"\",\"_value\":");
    value(out);
    out.push(b'}');
}

fn named(out: &mut Vec<u8>, kind: &str, value: &str) {
    wrapped(out, kind, |out| text(out, value));
}

fn float(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() { named(out, "Float", &format!("{value:?}")) } else { named(out, "Float", float_name(value)) }
}

/// The shortest text that reads back as the same 32-bit float.
fn single(out: &mut Vec<u8>, value: f32) {
    if value.is_finite() { named(out, "Float", &format!("{value:?}")) } else { float(out, value.into()) }
}

fn node<const VECTORS: bool>(out: &mut Vec<u8>, node: &Node) {
    wrapped(out, "Node", |out| {
        out.extend_from_slice(b"{\"_element_id\":");
        text(out, node.id());
        out.extend_from_slice(b",\"_labels\":");
        list(out, node.labels(), text);
        out.extend_from_slice(b",\"_properties\":");
        let id = Value::from(node.id());
        map(out, std::iter::once(("_id", &id)).chain(node.properties()), write_as::<VECTORS>);
        out.push(b'}');
    });
}

fn edge<const VECTORS: bool>(out: &mut Vec<u8>, edge: &Edge) {
    wrapped(out, "Relationship", |out| {
        let names = [
            (&b"{\"_element_id\":"[..], edge.id()),
            (b",\"_start_node_element_id\":", edge.from().to_owned()),
            (b",\"_end_node_element_id\":", edge.to().to_owned()),
            (b",\"_type\":", edge.label().to_owned()),
        ];
        for (name, value) in names {
            out.extend_from_slice(name);
            text(out, &value);
        }
        out.extend_from_slice(b",\"_properties\":");
        map(out, edge.properties(), write_as::<VECTORS>);
        out.push(b'}');
    });
}

/// Decodes a value of typed JSON. An error says what is wrong with it.
pub fn read(json: &Json) -> Result<Value, String> {
    let Json::Object(fields) = json else { return Err(untyped(json)) };
    let (Some(Json::String(kind)), Some(value), 2) = (fields.get("$type"), fields.get("_value"), fields.len()) else {
        return Err(untyped(json));
    };
    let wrong = || format!("{} is no {kind}", shortened(value));
    let as_text = || value.as_str().ok_or_else(wrong);
    Ok(match kind.as_str() {
        "Null" if value.is_null() => Value::Null,
        "Null" => return Err(wrong()),
        "Boolean" => Value::Bool(value.as_bool().ok_or_else(wrong)?),
        "Integer" => Value::Int(as_text()?.parse().map_err(|_| wrong())?),
        "Float" => Value::Float(read_float(as_text()?).ok_or_else(wrong)?),
        "String" => Value::from(as_text()?),
        "Base64" => Value::Bytes(STANDARD.decode(as_text()?).map_err(|_| wrong())?.into()),
        "Date" => Value::Date(parsed(as_text()?)?),
        "LocalTime" => Value::LocalTime(parsed(as_text()?)?),
        "Time" => Value::ZonedTime(parsed(as_text()?)?),
        "LocalDateTime" => Value::LocalDateTime(parsed(as_text()?)?),
        "OffsetDateTime" | "ZonedDateTime" => Value::ZonedDateTime(parsed(as_text()?)?),
        "Duration" => Value::Duration(parsed(as_text()?)?),
        "List" => {
            let items = value.as_array().ok_or_else(wrong)?;
            Value::List(items.iter().map(read).collect::<Result<_, _>>()?)
        }
        "Map" => {
            let fields = value.as_object().ok_or_else(wrong)?;
            let fields = fields.iter().map(|(name, value)| Ok((Arc::from(name.as_str()), read(value)?)));
            Value::Record(fields.collect::<Result<_, String>>()?)
        }
        "Vector" => vector(value).ok_or_else(wrong)?,
        "Point" => return Err("points are not supported; pass their coordinates".to_owned()),
        "Node" | "Relationship" | "Path" => {
            return Err("a node, edge or path cannot be a parameter; pass its `_id`".to_owned());
        }
        _ => return Err(format!("there is no $type {}", shortened(&Json::from(kind.as_str())))),
    })
}

fn read_float(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // Rust's parser accepts words such as "inf" too.
        _ if text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) => {
            text.parse().ok().filter(|number: &f64| number.is_finite())
        }
        _ => None,
    }
}

fn parsed<T: FromStr<Err = wenddb::Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: wenddb::Error| error.message().to_owned())
}

/// `{"coordinatesType": "FLOAT32", "coordinates": ["1.0", ...]}`. Coordinates of 32-bit floats become a VECTOR; others
/// become a list, which keeps every digit.
fn vector(value: &Json) -> Option<Value> {
    let kind = value.get("coordinatesType")?.as_str()?;
    let numbers = value.get("coordinates")?.as_array()?;
    let texts = numbers.iter().map(Json::as_str);
    match kind {
        "FLOAT32" => {
            let single = |text: &str| {
                let number = read_float(text)?;
                Some(number as f32).filter(|single| single.is_finite() || !number.is_finite())
            };
            let numbers: Option<Vec<f32>> = texts.map(|text| single(text?)).collect();
            Some(Value::from(numbers?))
        }
        "FLOAT" | "FLOAT64" => {
            texts.map(|text| Some(Value::Float(read_float(text?)?))).collect::<Option<_>>().map(Value::List)
        }
        _ => texts.map(|text| Some(Value::Int(text?.parse().ok()?))).collect::<Option<_>>().map(Value::List),
    }
}

fn untyped(json: &Json) -> String {
    format!("{} is not of the form {{\"$type\": ..., \"_value\": ...}}", shortened(json))
}

fn shortened(json: &Json) -> String {
    let text = json.to_string();
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back() {
        let values = [
            Value::Null,
            Value::Bool(true),
            Value::Int(i64::MIN),
            Value::Float(1.0),
            Value::Float(5e-324),
            Value::Float(1.5e300),
            Value::Float(f64::NEG_INFINITY),
            Value::from("a \"quoted\"\n\u{1F600}"),
            Value::Bytes([0u8, 1, 255].into()),
            Value::Date("2024-02-29".parse().unwrap()),
            Value::LocalTime("12:34:56.000000001".parse().unwrap()),
            Value::ZonedTime("12:34:56+05:30".parse().unwrap()),
            Value::LocalDateTime("2024-02-29T12:34:56.5".parse().unwrap()),
            Value::ZonedDateTime("2024-02-29T12:34:56Z".parse().unwrap()),
            Value::ZonedDateTime("2024-02-29T12:34:56+01:00[Europe/Berlin]".parse().unwrap()),
            Value::Duration("P1Y2M3DT4H5M6.7S".parse().unwrap()),
            Value::List([Value::Int(1), Value::Null, Value::List([].into())].into()),
            Value::Record([("a".into(), Value::Int(1)), ("$type".into(), Value::from("x"))].into()),
        ];
        for value in values {
            let mut out = Vec::new();
            write(&mut out, &value);
            let read_back = read(&serde_json::from_slice(&out).unwrap()).unwrap();
            assert_eq!(read_back.to_string(), value.to_string());
            assert_eq!(read_back.type_name(), value.type_name());
        }
        let mut out = Vec::new();
        write(&mut out, &Value::from(vec![0.1f32]));
        assert_eq!(out, br#"{"$type":"List","_value":[{"$type":"Float","_value":"0.1"}]}"#);
        let mut out = Vec::new();
        write_with_vectors(&mut out, &Value::List([Value::from(vec![0.1f32, f32::NAN]), Value::Int(1)].into()));
        let wanted =
            r#"{"$type":"List","_value":[{"$type":"Vector","_value":[0.1,"NaN"]},{"$type":"Integer","_value":"1"}]}"#;
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, said) in [
            ("1", "1 is not of the form"),
            (r#"{"$type":"Integer"}"#, "is not of the form"),
            (r#"{"$type":"Integer","_value":1}"#, "1 is no Integer"),
            (r#"{"$type":"Integer","_value":"1.5"}"#, "\"1.5\" is no Integer"),
            (r#"{"$type":"Integer","_value":"9223372036854775808"}"#, "is no Integer"),
            (r#"{"$type":"Float","_value":"inf"}"#, "is no Float"),
            (r#"{"$type":"Null","_value":0}"#, "0 is no Null"),
            (r#"{"$type":"Thing","_value":0}"#, "there is no $type \"Thing\""),
            (r#"{"$type":"List","_value":[1]}"#, "1 is not of the form"),
            (r#"{"$type":"Base64","_value":"*"}"#, "is no Base64"),
            (r#"{"$type":"Point","_value":"SRID=4326;POINT (1 2)"}"#, "pass their coordinates"),
            (r#"{"$type":"Node","_value":{}}"#, "pass its `_id`"),
        ] {
            let problem = read(&serde_json::from_str(text).unwrap()).unwrap_err();
            assert!(problem.contains(said), "{problem}");
        }
        assert!(read(&serde_json::from_str(r#"{"$type":"Date","_value":"2023-02-29"}"#).unwrap()).is_err());
        let vector = r#"{"$type":"Vector","_value":{"coordinatesType":"FLOAT32","coordinates":["0.5","2"]}}"#;
        assert!(
            matches!(read(&serde_json::from_str(vector).unwrap()).unwrap(), Value::Vector(numbers) if *numbers == [0.5, 2.0])
        );
    }
}
