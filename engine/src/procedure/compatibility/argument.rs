//! The arguments of a call.

use std::sync::Arc;

use super::rows::text;
use crate::{
    error::{Error, Result},
    registry::compatibility::Compatible,
    value::Value,
};

/// What a call was given, by position.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) procedure: &'static Compatible,
    pub(super) values: &'a [Value],
}

/// Fields of a map.
pub(super) type Fields<'a> = &'a [(Arc<str>, Value)];

impl<'a> Given<'a> {
    /// NULL where it is left out.
    pub(super) fn value(&self, position: usize) -> &'a Value {
        self.values.get(position).unwrap_or(&Value::Null)
    }

    /// The error of an argument of another type.
    pub(super) fn wrong(&self, position: usize, takes: &str) -> Error {
        let name = self.procedure.parameters.get(position).map_or("argument", |parameter| parameter.name);
        let got = self.value(position).type_name();
        Error::value_type(format!("{}: `{name}` takes {takes}, not {got}", self.procedure.name))
            .with_hint(self.procedure.signature())
    }

    pub(super) fn string(&self, position: usize) -> Result<&'a str> {
        match self.value(position) {
            Value::String(text) => Ok(text),
            _ => Err(self.wrong(position, "a STRING")),
        }
    }

    /// One string or several.
    pub(super) fn strings(&self, position: usize) -> Result<Vec<&'a str>> {
        let wrong = || self.wrong(position, "a list of STRINGs");
        match self.value(position) {
            Value::String(text) => Ok(vec![text]),
            Value::List(items) => {
                let text = |item: &'a Value| match item {
                    Value::String(text) => Ok(&**text),
                    _ => Err(wrong()),
                };
                items.iter().map(text).collect()
            }
            _ => Err(wrong()),
        }
    }

    /// The fields of a map; none where it is left out.
    pub(super) fn map(&self, position: usize) -> Result<Fields<'a>> {
        match self.value(position) {
            Value::Null => Ok(&[]),
            Value::Record(fields) => Ok(fields),
            _ => Err(self.wrong(position, "a map")),
        }
    }

    pub(super) fn bool_or(&self, position: usize, default: bool) -> Result<bool> {
        match self.value(position) {
            Value::Null => Ok(default),
            Value::Bool(value) => Ok(*value),
            _ => Err(self.wrong(position, "a BOOLEAN")),
        }
    }
}

/// The field of a map.
pub(super) fn field<'a>(fields: Fields<'a>, name: &str) -> Option<&'a Value> {
    fields.iter().find(|(known, _)| &**known == name).map(|(_, value)| value).filter(|value| !value.is_null())
}

/// A map of fields in that order.
pub(super) fn map(fields: Vec<(&str, Value)>) -> Value {
    Value::Record(fields.into_iter().map(|(name, value)| (Arc::from(name), value)).collect())
}

/// The strings of a list in a map; none where there is no such field.
pub(super) fn strings_in(fields: Fields<'_>, name: &str) -> Option<Vec<String>> {
    match field(fields, name)? {
        Value::String(text) => Some(vec![text.to_string()]),
        Value::List(items) => Some(
            items
                .iter()
                .filter_map(|item| match item {
                    Value::String(text) => Some(text.to_string()),
                    _ => None,
                })
                .collect(),
        ),
        _ => None,
    }
}

/// A list of strings as a value.
pub(super) fn list(items: &[String]) -> Value {
    Value::List(items.iter().map(|item| text(item.as_str())).collect())
}
