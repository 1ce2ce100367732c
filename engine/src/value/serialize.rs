//! Values through serde: as what they hold, without a tag for their type. JSON made so equals [`Value::to_json`].

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::display::{float_text, hex};
use super::json::shortest;
use super::{Date, Duration, Edge, LocalDateTime, LocalTime, Node, Path, Value, ZonedDateTime, ZonedTime};

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_none(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i64(*value),
            Value::Float(value) if value.is_finite() || !serializer.is_human_readable() => {
                serializer.serialize_f64(*value)
            }
            // JSON has no such number.
            Value::Float(value) => serializer.serialize_str(&float_text(*value)),
            Value::String(value) => serializer.serialize_str(value),
            Value::Bytes(value) if serializer.is_human_readable() => serializer.serialize_str(&hex(value)),
            Value::Bytes(value) => serializer.serialize_bytes(value),
            Value::Date(value) => value.serialize(serializer),
            Value::LocalTime(value) => value.serialize(serializer),
            Value::ZonedTime(value) => value.serialize(serializer),
            Value::LocalDateTime(value) => value.serialize(serializer),
            Value::ZonedDateTime(value) => value.serialize(serializer),
            Value::Duration(value) => value.serialize(serializer),
            Value::List(items) => serializer.collect_seq(&**items),
            Value::Record(fields) => serializer.collect_map(fields.iter().map(|(name, value)| (&**name, value))),
            Value::Vector(numbers) if serializer.is_human_readable() => {
                let mut seq = serializer.serialize_seq(Some(numbers.len()))?;
                for number in &**numbers {
                    match number.is_finite() {
                        true => seq.serialize_element(&shortest(*number))?,
                        false => seq.serialize_element(&float_text(f64::from(*number)))?,
                    }
                }
                seq.end()
            }
            Value::Vector(numbers) => serializer.collect_seq(&**numbers),
            Value::Node(node) => node.serialize(serializer),
            Value::Edge(edge) => edge.serialize(serializer),
            Value::Path(path) => path.serialize(serializer),
        }
    }
}

/// A map of properties.
struct Properties<F>(F);

impl<'a, I: Iterator<Item = (&'a str, &'a Value)>, F: Fn() -> I> Serialize for Properties<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map((self.0)())
    }
}

/// `{"_id", "labels", "properties"}`
impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("_id", self.id())?;
        map.serialize_entry("labels", &self.labels().collect::<Vec<_>>())?;
        map.serialize_entry("properties", &Properties(|| self.properties()))?;
        map.end()
    }
}

/// `{"_id", "label", "from", "to", "properties"}`
impl Serialize for Edge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("_id", &self.id())?;
        map.serialize_entry("label", self.label())?;
        map.serialize_entry("from", self.from())?;
        map.serialize_entry("to", self.to())?;
        map.serialize_entry("properties", &Properties(|| self.properties()))?;
        map.end()
    }
}

/// A list of nodes and edges in turn.
impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.nodes.len() + self.edges.len()))?;
        let mut edges = self.edges.iter();
        for node in &*self.nodes {
            seq.serialize_element(node)?;
            if let Some(edge) = edges.next() {
                seq.serialize_element(edge)?;
            }
        }
        seq.end()
    }
}

/// As ISO 8601 text.
macro_rules! as_text {
    ($($type:ty)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}

as_text!(Date LocalTime ZonedTime LocalDateTime ZonedDateTime Duration);
