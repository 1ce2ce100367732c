//! Rust values as GQL values and back, and values as the store holds them.

use std::sync::Arc;

use super::{Date, Duration, Edge, LocalDateTime, LocalTime, Node, Path, Value, ZonedDateTime, ZonedTime};
use crate::error::{Error, Result};

/// A Rust type that a value can be read as: `row.get::<i64>("age")`.
pub trait FromValue<'a>: Sized {
    /// The value as this type; an error (22G03) when it has another type.
    fn from_value(value: &'a Value) -> Result<Self>;

    /// An element of a vector as this type, where it can be one.
    #[doc(hidden)]
    fn from_element(element: f32) -> Option<Self> {
        let _ = element;
        None
    }
}

fn mismatch(wanted: &str, value: &Value) -> Error {
    let hint = value.is_null().then(|| "read it as an Option to allow NULL".to_owned());
    Error::value_type(format!("the value is {}, not {wanted}", value.type_name())).with_hint_if(hint)
}

/// Both directions of a type that is a variant of `Value` and is copied or cloned out of it.
macro_rules! variants {
    ($($type:ty, $variant:ident, $name:literal;)*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Value::$variant(value)
            }
        }

        impl<'a> FromValue<'a> for $type {
            fn from_value(value: &'a Value) -> Result<Self> {
                match value {
                    Value::$variant(inner) => Ok(inner.clone()),
                    other => Err(mismatch($name, other)),
                }
            }
        }
    )*};
}

variants! {
    bool, Bool, "BOOL";
    Arc<str>, String, "STRING";
    Arc<[u8]>, Bytes, "BYTES";
    Arc<[Value]>, List, "LIST";
    Arc<[f32]>, Vector, "VECTOR";
    Date, Date, "DATE";
    LocalTime, LocalTime, "LOCAL TIME";
    ZonedTime, ZonedTime, "ZONED TIME";
    LocalDateTime, LocalDateTime, "LOCAL DATETIME";
    ZonedDateTime, ZonedDateTime, "ZONED DATETIME";
    Duration, Duration, "DURATION";
    Node, Node, "NODE";
    Edge, Edge, "EDGE";
    Path, Path, "PATH";
}

/// References into a value.
macro_rules! references {
    ($($type:ty, $variant:ident, $name:literal;)*) => {$(
        impl<'a> FromValue<'a> for &'a $type {
            fn from_value(value: &'a Value) -> Result<Self> {
                match value {
                    Value::$variant(inner) => Ok(inner),
                    other => Err(mismatch($name, other)),
                }
            }
        }
    )*};
}

references! {
    str, String, "STRING";
    [u8], Bytes, "BYTES";
    [Value], List, "LIST";
    [f32], Vector, "VECTOR";
    Node, Node, "NODE";
    Edge, Edge, "EDGE";
    Path, Path, "PATH";
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::String(Arc::from(value))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::String(Arc::from(value))
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Value::from(value.as_str())
    }
}

impl<'a> FromValue<'a> for String {
    fn from_value(value: &'a Value) -> Result<Self> {
        <&str>::from_value(value).map(str::to_owned)
    }
}

/// Integers: those that always fit also go into a value.
macro_rules! integers {
    (both $($type:ty)*) => {
        integers!($($type)*);
        $(
            impl From<$type> for Value {
                fn from(value: $type) -> Self {
                    Value::Int(i64::from(value))
                }
            }
        )*
    };
    ($($type:ty)*) => {$(
        impl<'a> FromValue<'a> for $type {
            fn from_value(value: &'a Value) -> Result<Self> {
                let Value::Int(number) = value else {
                    return Err(mismatch("INT64", value));
                };
                let error = || Error::data("22003", format!("{number} does not fit into {}", stringify!($type)));
                <$type>::try_from(*number).map_err(|_| error())
            }
        }
    )*};
}

integers!(both i8 i16 i32 i64 u8 u16 u32);
integers!(u64 usize isize);

/// Floats; reading takes an INT64 too.
macro_rules! floats {
    ($($type:ty)*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Value::Float(f64::from(value))
            }
        }

        impl<'a> FromValue<'a> for $type {
            fn from_value(value: &'a Value) -> Result<Self> {
                match value {
                    Value::Float(number) => Ok(*number as $type),
                    Value::Int(number) => Ok(*number as $type),
                    other => Err(mismatch("a number", other)),
                }
            }

            fn from_element(element: f32) -> Option<Self> {
                Some(<$type>::from(element))
            }
        }
    )*};
}

floats!(f32 f64);

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl<'a, T: FromValue<'a>> FromValue<'a> for Option<T> {
    fn from_value(value: &'a Value) -> Result<Self> {
        if value.is_null() { Ok(None) } else { T::from_value(value).map(Some) }
    }

    fn from_element(element: f32) -> Option<Self> {
        T::from_element(element).map(Some)
    }
}

impl From<()> for Value {
    fn from((): ()) -> Self {
        Value::Null
    }
}

impl From<&Value> for Value {
    fn from(value: &Value) -> Self {
        value.clone()
    }
}

impl<'a> FromValue<'a> for Value {
    fn from_value(value: &'a Value) -> Result<Self> {
        Ok(value.clone())
    }

    fn from_element(element: f32) -> Option<Self> {
        Some(Value::from(element))
    }
}

impl<'a> FromValue<'a> for &'a Value {
    fn from_value(value: &'a Value) -> Result<Self> {
        Ok(value)
    }
}

/// A `Vec<f32>` is a VECTOR; a vector of anything else is a LIST.
impl From<Vec<f32>> for Value {
    fn from(value: Vec<f32>) -> Self {
        Value::Vector(Arc::from(value))
    }
}

impl From<&[f32]> for Value {
    fn from(value: &[f32]) -> Self {
        Value::Vector(Arc::from(value))
    }
}

macro_rules! lists {
    ($($type:ty)*) => {$(
        impl From<Vec<$type>> for Value {
            fn from(value: Vec<$type>) -> Self {
                Value::List(value.into_iter().map(Value::from).collect())
            }
        }

        impl From<&[$type]> for Value {
            fn from(value: &[$type]) -> Self {
                Value::List(value.iter().cloned().map(Value::from).collect())
            }
        }
    )*};
}

lists! {
    Value bool i32 i64 u32 f64 String &str Date LocalDateTime ZonedDateTime Duration
    Vec<Value> Vec<i64> Vec<f64> Vec<f32> Vec<String> Option<i64> Option<f64> Option<String> Option<Value>
}

impl<'a, T: FromValue<'a>> FromValue<'a> for Vec<T> {
    fn from_value(value: &'a Value) -> Result<Self> {
        match value {
            Value::List(list) => list.iter().map(T::from_value).collect(),
            Value::Vector(vector) => {
                let elements = vector.iter().map(|element| T::from_element(*element));
                elements.collect::<Option<_>>().ok_or_else(|| mismatch("a list of that type", value))
            }
            other => Err(mismatch("LIST", other)),
        }
    }
}

impl TryFrom<serde_json::Value> for Value {
    type Error = Error;

    fn try_from(value: serde_json::Value) -> Result<Self> {
        Value::from_json(&value)
    }
}

impl Value {
    /// A RECORD of fields in that order.
    pub fn record<N: Into<Arc<str>>, V: Into<Value>>(fields: impl IntoIterator<Item = (N, V)>) -> Value {
        Value::Record(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// What a count of LIMIT or OFFSET must be.
pub(crate) fn row_count(value: &Value, what: &str) -> Result<u64> {
    match value {
        Value::Int(count) if *count >= 0 => Ok(*count as u64),
        Value::Int(count) => Err(Error::data("22G02", format!("{what} must not be negative, it is {count}"))),
        other => Err(Error::value_type(format!("{what} takes an INT64, not {}", other.type_name()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_values_go_in_and_out() {
        assert!(matches!(Value::from(vec![1.0f32]), Value::Vector(_)));
        assert!(matches!(Value::from(vec![1.0f64]), Value::List(_)));
        let value = Value::from(vec![0.5f32, 1.5]);
        assert_eq!(<&[f32]>::from_value(&value).unwrap(), [0.5, 1.5]);
        assert_eq!(Vec::<f64>::from_value(&value).unwrap(), [0.5, 1.5]);
        assert_eq!(Vec::<f32>::from_value(&Value::from(vec![1i64, 2])).unwrap(), [1.0, 2.0]);
        assert_eq!(Vec::<Option<i64>>::from_value(&Value::from(vec![Some(1i64), None])).unwrap(), [Some(1), None]);
        assert_eq!(f64::from_value(&Value::Int(2)).unwrap(), 2.0);
        assert_eq!(<&str>::from_value(&Value::from("a")).unwrap(), "a");
        let error = i64::from_value(&Value::Null).unwrap_err();
        assert_eq!((error.gqlstatus(), error.message()), ("22G03", "the value is NULL, not INT64"));
        assert!(error.hint().is_some());
        assert_eq!(u32::from_value(&Value::Int(-1)).unwrap_err().gqlstatus(), "22003");
        assert!(Vec::<String>::from_value(&value).is_err());
    }
}
