//! Values as JSON and back.

use serde_json::{Map, Number};

use super::display::{hex, single_text};
use super::{Edge, Node, Value};

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

    /// The value that JSON text means: an object is a RECORD, an array a LIST, a number with a point, an exponent or
    /// more than 64 bits a FLOAT64, any other number an INT64.
    pub fn from_json(json: &Json) -> Value {
        match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(int), _) => Value::Int(int),
                (None, Some(float)) => Value::Float(float),
                (None, None) => Value::Null,
            },
            Json::String(text) => Value::from(text.as_str()),
            Json::Array(items) => Value::List(items.iter().map(Value::from_json).collect()),
            Json::Object(fields) => Value::Record(
                fields.iter().map(|(name, value)| (name.as_str().into(), Value::from_json(value))).collect(),
            ),
        }
    }
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
    match single_text(value).parse::<f64>() {
        Ok(short) if short.is_finite() && short as f32 == value => float(short),
        _ => float(f64::from(value)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::{GroupKey, Path};

    #[test]
    fn floats_stay_floats() {
        assert_eq!(Value::Float(1.0).to_json().to_string(), "1.0");
        assert_eq!(Value::Float(f64::NAN).to_json().to_string(), "\"NaN\"");
        assert_eq!(Value::from(vec![0.1f32, 1.0, 1e38]).to_json().to_string(), "[0.1,1.0,1e+38]");
        assert!(matches!(Value::from_json(&serde_json::json!(18446744073709551615u64)), Value::Float(_)));
    }

    #[test]
    fn paths_are_flat() {
        let node = Node::new(wend_storage::NodeId(1));
        let path = Path { nodes: [node].into(), edges: [].into() };
        assert_eq!(Value::Path(path).to_json().to_string(), r#"[{"_id":"","labels":[],"properties":{}}]"#);
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
            let value = Value::from_json(&json);
            prop_assert_eq!(&value.to_json(), &json);
            let text = json.to_string();
            let read: Json = serde_json::from_str(&text).unwrap();
            prop_assert!(GroupKey(Value::from_json(&read)) == GroupKey(value), "{}", text);
        }

        #[test]
        fn singles_read_back(bits in any::<u32>()) {
            let value = f32::from_bits(bits);
            let text = Value::from(vec![value]).to_json().to_string();
            if value.is_finite() {
                prop_assert_eq!(serde_json::from_str::<Vec<f32>>(&text).unwrap(), vec![value]);
            }
        }
    }
}
