//! Values of rows.

use std::sync::Arc;

use crate::value::Value;

/// Rows in the order of the procedure's columns.
pub(super) type Rows = Vec<Vec<Value>>;

pub(super) fn text(text: impl Into<Arc<str>>) -> Value {
    Value::String(text.into())
}

pub(super) fn int(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

pub(super) fn texts<T: Into<Arc<str>>>(items: impl IntoIterator<Item = T>) -> Value {
    Value::List(items.into_iter().map(text).collect())
}
