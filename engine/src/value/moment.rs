//! Moments of records, in microseconds.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{LocalDateTime, Value, ZonedDateTime};
use crate::error::Result;

/// Microseconds since 1970-01-01 UTC, now.
pub(crate) fn micros_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}

/// A moment in microseconds since 1970-01-01 UTC as a value: a ZONED DATETIME in UTC, in all tables of SHOW.
pub(crate) fn moment(micros: i64) -> Value {
    let (seconds, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    ZonedDateTime::at_offset(seconds, micros as u32 * 1000, 0).map_or(Value::Null, Value::ZonedDateTime)
}

/// Seconds since 1970 of a date or a datetime, local ones as if UTC; a number as it is.
pub(crate) fn seconds(value: &Value) -> Option<f64> {
    Some(match value {
        Value::Int(number) => *number as f64,
        Value::Float(number) if number.is_finite() => *number,
        Value::Date(date) => f64::from(date.days()) * 86_400.0,
        Value::LocalDateTime(moment) => moment.seconds() as f64 + f64::from(moment.nanosecond()) / 1e9,
        Value::ZonedDateTime(moment) => moment.seconds() as f64 + f64::from(moment.nanosecond()) / 1e9,
        _ => return None,
    })
}

/// Seconds since 1970 as a local date and time, to microseconds: beyond them a float of seconds does not reach.
///
/// # Errors
/// 22008 when it is out of range.
pub(crate) fn local_moment(seconds: f64) -> Result<LocalDateTime> {
    LocalDateTime::checked_from_nanos(Some((seconds * 1e6).round() as i128 * 1000))
}
