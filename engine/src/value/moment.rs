//! Moments of records, in microseconds.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{Value, ZonedDateTime};

/// Microseconds since 1970-01-01 UTC, now.
pub(crate) fn micros_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}

/// A moment in microseconds since 1970-01-01 UTC as a value: a ZONED DATETIME in UTC, in all tables of SHOW.
pub(crate) fn moment(micros: i64) -> Value {
    let (seconds, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    ZonedDateTime::at_offset(seconds, micros as u32 * 1000, 0).map_or(Value::Null, Value::ZonedDateTime)
}
