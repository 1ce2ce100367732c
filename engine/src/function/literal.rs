//! The values of temporal literals: `DATE '..'` and its kin.

use crate::error::Result;
use crate::value::Value;
use crate::value::temporal::{parse_date_time, parse_time};

/// `DATE 'text'`
pub(crate) fn date(text: &str) -> Result<Value> {
    text.parse().map(Value::Date)
}

/// `TIME 'text'`: a ZONED TIME when the text has an offset, else a LOCAL TIME.
pub(crate) fn time(text: &str) -> Result<Value> {
    parse_time(text)
}

/// `DATETIME 'text'`: a ZONED DATETIME when the text has an offset or a time zone, else a LOCAL DATETIME.
pub(crate) fn datetime(text: &str) -> Result<Value> {
    parse_date_time(text)
}

/// `DURATION 'text'`
pub(crate) fn duration(text: &str) -> Result<Value> {
    text.parse().map(Value::Duration)
}
