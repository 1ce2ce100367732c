//! Values as the store holds them, and back.

use std::sync::Arc;

use wend_storage::Value as Stored;

use super::{Date, Duration, LocalDateTime, LocalTime, Value, ZonedDateTime, ZonedTime};
use crate::error::{Error, Result};

impl Value {
    /// The value as the store holds it; NULL is no value there. Nodes, edges and paths cannot be stored (22G03).
    pub(crate) fn to_stored(&self) -> Result<Option<Stored>> {
        Ok(Some(match self {
            Value::Null => return Ok(None),
            Value::Bool(value) => Stored::Bool(*value),
            Value::Int(value) => Stored::Int(*value),
            Value::Float(value) => Stored::Float(*value),
            Value::String(value) => Stored::String(value.to_string()),
            Value::Bytes(value) => Stored::Bytes(value.to_vec()),
            Value::Date(value) => Stored::Date(value.days()),
            Value::LocalTime(value) => Stored::LocalTime(value.nanos()),
            Value::ZonedTime(value) => {
                Stored::ZonedTime { nanos: value.local().nanos(), offset_seconds: value.offset_seconds() }
            }
            Value::LocalDateTime(value) => {
                Stored::LocalDateTime { seconds: value.seconds(), nanos: value.nanosecond() }
            }
            Value::ZonedDateTime(value) => Stored::ZonedDateTime {
                seconds: value.seconds(),
                nanos: value.nanosecond(),
                offset_seconds: value.offset_seconds(),
                zone: value.zone().map(str::to_owned),
            },
            Value::Duration(value) => Stored::Duration {
                months: value.months(),
                days: value.days(),
                seconds: value.seconds(),
                nanos: value.nanos(),
            },
            Value::List(list) => Stored::List(list.iter().map(Value::to_stored).collect::<Result<_>>()?),
            Value::Record(fields) => {
                let fields = fields.iter().map(|(name, value)| Ok((name.to_string(), value.to_stored()?)));
                Stored::Record(fields.collect::<Result<_>>()?)
            }
            Value::Vector(vector) => Stored::Vector(vector.to_vec()),
            Value::Node(_) => return Err(not_storable("a node")),
            Value::Edge(_) => return Err(not_storable("an edge")),
            Value::Path(_) => return Err(not_storable("a path")),
        }))
    }

    /// The value that the store holds.
    pub(crate) fn from_stored(stored: Stored) -> Value {
        let optional = |stored: Option<Stored>| stored.map_or(Value::Null, Value::from_stored);
        match stored {
            Stored::Bool(value) => Value::Bool(value),
            Stored::Int(value) => Value::Int(value),
            Stored::Float(value) => Value::Float(value),
            Stored::String(value) => Value::from(value),
            Stored::Bytes(value) => Value::Bytes(Arc::from(value)),
            Stored::Date(days) => Value::Date(Date::from_days(days)),
            Stored::LocalTime(nanos) => Value::LocalTime(LocalTime::from_nanos(nanos)),
            Stored::ZonedTime { nanos, offset_seconds } => {
                Value::ZonedTime(ZonedTime::from_stored(nanos, offset_seconds))
            }
            Stored::LocalDateTime { seconds, nanos } => {
                Value::LocalDateTime(LocalDateTime::from_stored(seconds, nanos))
            }
            Stored::ZonedDateTime { seconds, nanos, offset_seconds, zone } => {
                Value::ZonedDateTime(ZonedDateTime::from_stored(seconds, nanos, offset_seconds, zone))
            }
            Stored::Duration { months, days, seconds, nanos } => {
                Value::Duration(Duration::from_stored(months, days, seconds, nanos))
            }
            Stored::List(list) => Value::List(list.into_iter().map(optional).collect()),
            Stored::Record(fields) => {
                Value::Record(fields.into_iter().map(|(name, value)| (Arc::from(name), optional(value))).collect())
            }
            Stored::Vector(vector) => Value::Vector(Arc::from(vector)),
        }
    }
}

fn not_storable(what: &str) -> Error {
    Error::value_type(format!("{what} cannot be stored as a property"))
        .with_hint("store its _id or its properties, or connect the nodes with an edge")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Node;

    #[test]
    fn storage_holds_every_value_but_elements() {
        let value = Value::record([
            ("a", Value::from(vec![Value::Null, Value::Int(1), Value::from("x")])),
            ("b", Value::Date("2024-02-29".parse().unwrap())),
            ("c", Value::ZonedDateTime("2024-07-01T12:00:00.5+02:00[Europe/Berlin]".parse().unwrap())),
            ("d", Value::Duration("-P1Y2DT0.000000001S".parse().unwrap())),
            ("e", Value::from(vec![0.1f32])),
            ("f", Value::ZonedTime("10:30:00-03:30".parse().unwrap())),
            ("g", Value::LocalDateTime("-000044-03-15T12:00:00".parse().unwrap())),
        ]);
        let stored = value.to_stored().unwrap().unwrap();
        assert_eq!(Value::from_stored(stored).to_string(), value.to_string());
        assert!(Value::Null.to_stored().unwrap().is_none());
        let node = Value::List(Arc::from([Value::Node(Node::new(wend_storage::NodeId(1)))]));
        assert_eq!(node.to_stored().unwrap_err().gqlstatus(), "22G03");
    }

    #[test]
    fn damaged_stored_times_do_not_panic() {
        use wend_storage::Value as Stored;
        for stored in [
            Stored::Date(i32::MIN),
            Stored::LocalTime(i64::MIN),
            Stored::ZonedTime { nanos: i64::MAX, offset_seconds: i32::MIN },
            Stored::LocalDateTime { seconds: i64::MAX, nanos: u32::MAX },
            Stored::ZonedDateTime { seconds: i64::MIN, nanos: u32::MAX, offset_seconds: i32::MAX, zone: None },
            Stored::Duration { months: i64::MIN, days: i64::MIN, seconds: i64::MIN, nanos: i32::MIN },
        ] {
            assert!(!Value::from_stored(stored).to_string().is_empty());
        }
    }
}
