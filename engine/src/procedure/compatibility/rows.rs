//! Values of rows.

use std::sync::Arc;

use crate::value::Value;

/// Rows in the order of the procedure's columns.
pub(super) type Rows = Vec<Vec<Value>>;

/// The row after a procedure without columns: there is one, so that what follows goes on.
pub(super) fn nothing() -> Rows {
    vec![vec![Value::Null]]
}

pub(super) fn text(text: impl Into<Arc<str>>) -> Value {
    Value::String(text.into())
}

pub(super) fn int(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

pub(super) fn texts<T: Into<Arc<str>>>(items: impl IntoIterator<Item = T>) -> Value {
    Value::List(items.into_iter().map(text).collect())
}
