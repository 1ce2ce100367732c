//! Values as JSON and back.

use serde_json::{Map, Number};

use super::display::{hex, single_text};
use super::{Edge, Node, Value};
use crate::error::{Error, Result};

type Json = serde_json::Value;

impl Value {
    /// The value as JSON.
    ///
    /// A node is `{"_id", "labels", "properties"}`, an edge `{"_id", "label", "from", "to", "properties"}`, a path a
    /// list of them in turn; dates, times and durations are ISO 8601 texts, bytes hexadecimal text. A float that is
    /// not a number JSON knows is the text `NaN`, `Infinity` or `-Infinity`.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Int(value) => Json::from(*value),
            Value::Float(value) => float(*value),
            Value::String(value) => Json::from(&**value),
            Value::Bytes(value) => Json::from(hex(value)),
            Value::Date(_)
            | Value::LocalTime(_)
            | Value::ZonedTime(_)
            | Value::LocalDateTime(_)
            | Value::ZonedDateTime(_)
            | Value::Duration(_) => Json::from(self.to_string()),
            Value::List(list) => list.iter().map(Value::to_json).collect(),
            Value::Record(fields) => object(fields.iter().map(|(name, value)| (&**name, value))),
            Value::Vector(vector) => vector.iter().map(|number| single(*number)).collect(),
            Value::Node(node) => node.to_json(),
            Value::Edge(edge) => edge.to_json(),
            Value::Path(path) => {
                let mut edges = path.edges.iter();
                let steps = path.nodes.iter().flat_map(|node| [Some(node.to_json()), edges.next().map(Edge::to_json)]);
                steps.flatten().collect()
            }
        }
    }

    /// The value that JSON means: an object is a RECORD, an array a LIST, a number with a point or an exponent a FLOAT64,
    /// any other number an INT64.
    ///
    /// # Errors
    /// 22003 for an integer beyond INT64. Parsers of JSON make floats of integers beyond 64 bits, which cannot be told from
    /// other floats here; [`parse_json`](Self::parse_json) finds these too.
    pub fn from_json(json: &Json) -> Result<Value> {
        Ok(match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(int), _) => Value::Int(int),
                (None, Some(float)) if number.is_f64() => Value::Float(float),
                _ => return Err(beyond_int64(&number.to_string())),
            },
            Json::String(text) => Value::from(text.as_str()),
            Json::Array(items) => Value::List(items.iter().map(Value::from_json).collect::<Result<_>>()?),
            Json::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| Ok((name.as_str().into(), Value::from_json(value)?)));
                Value::Record(fields.collect::<Result<_>>()?)
            }
        })
    }

    /// The value of a JSON text, by the rules of [`from_json`](Self::from_json).
    ///
    /// # Errors
    /// 22018 when it is no JSON, 22003 for an integer beyond INT64.
    pub fn parse_json(text: &str) -> Result<Value> {
        let json = serde_json::from_str(text).map_err(|error| Error::data("22018", error.to_string()))?;
        check_json_integers(text.as_bytes())?;
        Value::from_json(&json)
    }
}

/// Whether each integer of a JSON text is an INT64, as a number without point and exponent is to be.
///
/// # Errors
/// 22003 with the first that is not.
pub fn check_json_integers(text: &[u8]) -> Result<()> {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'"' => {
                while let Some(&byte) = text.get(at) {
                    at += if byte == b'\\' { 2 } else { 1 };
                    if byte == b'"' {
                        break;
                    }
                }
            }
            b'-' | b'0'..=b'9' => {
                let of_number = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                at += text[at..].iter().take_while(of_number).count();
                // Eighteen digits always fit.
                let number = std::str::from_utf8(&text[start..at]).unwrap_or_default();
                if number.len() > 18 && !number.contains(['.', 'e', 'E']) && number.parse::<i64>().is_err() {
                    return Err(beyond_int64(number));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn beyond_int64(number: &str) -> Error {
    let digits = if number.len() > 60 { format!("{}...", &number[..60]) } else { number.to_owned() };
    Error::data("22003", format!("the integer {digits} is out of the range of INT64"))
        .with_hint("an exponent makes it a FLOAT64 (1e20), quotes make it a STRING")
}

impl Node {
    /// `{"_id", "labels", "properties"}`
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("_id".to_owned(), Json::from(self.id()));
        map.insert("labels".to_owned(), self.labels().collect());
        map.insert("properties".to_owned(), object(self.properties()));
        Json::Object(map)
    }
}

impl Edge {
    /// `{"_id", "label", "from", "to", "properties"}`
    pub fn to_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("_id".to_owned(), Json::from(self.id()));
        map.insert("label".to_owned(), Json::from(self.label()));
        map.insert("from".to_owned(), Json::from(self.from()));
        map.insert("to".to_owned(), Json::from(self.to()));
        map.insert("properties".to_owned(), object(self.properties()));
        Json::Object(map)
    }
}

fn object<'a>(fields: impl Iterator<Item = (&'a str, &'a Value)>) -> Json {
    Json::Object(fields.map(|(name, value)| (name.to_owned(), value.to_json())).collect())
}

fn float(value: f64) -> Json {
    Number::from_f64(value).map_or_else(|| Json::from(super::display::float_text(value)), Json::Number)
}

/// The number whose text is the shortest that reads back as the same 32-bit float.
fn single(value: f32) -> Json {
    float(shortest(value))
}

/// The 64-bit float whose text is the shortest that reads back as the same 32-bit float.
pub(super) fn shortest(value: f32) -> f64 {
    match single_text(value).parse::<f64>() {
        Ok(short) if short.is_finite() && short as f32 == value => short,
        _ => f64::from(value),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::{GroupKey, NodeContent, Path};

    #[test]
    fn floats_stay_floats() {
        assert_eq!(Value::Float(1.0).to_json().to_string(), "1.0");
        assert_eq!(Value::Float(f64::NAN).to_json().to_string(), "\"NaN\"");
        assert_eq!(Value::from(vec![0.1f32, 1.0, 1e38]).to_json().to_string(), "[0.1,1.0,1e+38]");
    }

    #[test]
    fn integers_are_exact_or_refused() {
        for text in ["9223372036854775807", "-9223372036854775808", "[1e20, 18446744073709551616.0, 1E400e]"] {
            assert!(check_json_integers(text.as_bytes()).is_ok(), "{text}");
        }
        let text = r#"{"a\\\"9223372036854775808": ["99999999999999999999", 9223372036854775807, 1.0]}"#;
        assert!(Value::parse_json(text).is_ok());
        for text in [
            "9223372036854775808",
            "-9223372036854775809",
            "18446744073709551616",
            r#"{"a\\": [1.5, {"b": -99999999999999999999}]}"#,
        ] {
            let error = Value::parse_json(text).unwrap_err();
            assert_eq!(error.gqlstatus(), "22003", "{text}: {error}");
            assert!(error.message().contains("out of the range of INT64"), "{error}");
        }
        assert!(Value::from_json(&serde_json::json!([u64::MAX])).is_err());
        for text in ["1e400", "{", "\"", "", "01"] {
            assert_eq!(Value::parse_json(text).unwrap_err().gqlstatus(), "22018", "{text}");
        }
    }

    #[test]
    fn paths_are_flat() {
        let content = NodeContent { id: "a".into(), labels: Vec::new(), properties: Vec::new() };
        let node = Node { number: wend_storage::NodeId(1), content: Some(std::sync::Arc::new(content)) };
        let path = Path { nodes: [node].into(), edges: [].into(), cost: None };
        assert_eq!(Value::Path(path).to_json().to_string(), r#"[{"_id":"a","labels":[],"properties":{}}]"#);
    }

    fn json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<f64>().prop_map(float),
            ".{0,8}".prop_map(Json::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
                prop::collection::vec(("[a-c]{1,2}", inner), 0..4)
                    .prop_map(|fields| Json::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_round_trips(json in json()) {
            let value = Value::from_json(&json).unwrap();
            prop_assert_eq!(&value.to_json(), &json);
            prop_assert_eq!(serde_json::to_value(&value).unwrap(), json.clone());
            prop_assert_eq!(&serde_json::from_str::<Value>(&json.to_string()).unwrap(), &value);
            let text = json.to_string();
            let read: Json = serde_json::from_str(&text).unwrap();
            prop_assert!(GroupKey(Value::parse_json(&text).unwrap()) == GroupKey(value.clone()));
            prop_assert!(GroupKey(Value::from_json(&read).unwrap()) == GroupKey(value), "{}", text);
        }

        #[test]
        fn singles_read_back(bits in any::<u32>()) {
            let value = f32::from_bits(bits);
            let text = Value::from(vec![value]).to_json().to_string();
            prop_assert_eq!(serde_json::to_string(&Value::from(vec![value])).unwrap(), text.clone());
            if value.is_finite() {
                prop_assert_eq!(serde_json::from_str::<Vec<f32>>(&text).unwrap(), vec![value]);
            }
        }
    }
}
