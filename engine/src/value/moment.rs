//! Moments of records, in microseconds.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{Value, ZonedDateTime};

/// Microseconds since 1970-01-01 UTC, now.
pub(crate) fn micros_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}

/// A moment in microseconds since 1970-01-01 UTC as a value.
pub(crate) fn moment(micros: i64) -> Value {
    let at = jiff::Timestamp::from_microsecond(micros).map(|at| at.to_zoned(jiff::tz::TimeZone::UTC));
    at.map_or(Value::Null, |at| Value::ZonedDateTime(ZonedDateTime::from_zoned(&at)))
}
