//! Functions that make dates, times and durations.

use std::str::FromStr;

use jiff::tz::TimeZone;

use super::cypher::at_epoch;
use super::operators::subtract;
use super::{Function, FunctionContext, wrong_type};
use crate::error::{Error, Result};
use crate::value::temporal::{NANOS_PER_SECOND, find_zone, parse_zoned_date_time_in};
use crate::value::{Date, Duration, LocalDateTime, LocalTime, Value, ZonedDateTime, ZonedTime};

const MAKES: &str = "STRING, a RECORD or a temporal value";

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "DATE",
        "DATE([text | {year, month, day} | datetime])",
        "A DATE; without argument today",
        0,
        1,
        |a, c| made("DATE", a, c, to_date).map(Value::Date),
    ),
    Function::new(
        "LOCAL_TIME",
        "LOCAL_TIME([text | {hour, minute, second, ...} | datetime])",
        "A LOCAL TIME; without argument now",
        0,
        1,
        |a, c| made("LOCAL_TIME", a, c, to_local_time).map(Value::LocalTime),
    )
    .alias(&["LOCALTIME"]),
    Function::new(
        "ZONED_TIME",
        "ZONED_TIME([text | {hour, minute, second, ..., timezone} | datetime])",
        "A ZONED TIME; without argument now",
        0,
        1,
        |a, c| made("ZONED_TIME", a, c, |value| to_zoned_time(value, c)).map(Value::ZonedTime),
    )
    .alias(&["TIME"]),
    Function::new(
        "LOCAL_DATETIME",
        "LOCAL_DATETIME([text | {year, month, day, hour, ...} | datetime])",
        "A LOCAL DATETIME; without argument now",
        0,
        1,
        |a, c| made("LOCAL_DATETIME", a, c, to_local_date_time).map(Value::LocalDateTime),
    )
    .alias(&["LOCALDATETIME"]),
    Function::new(
        "ZONED_DATETIME",
        "ZONED_DATETIME([text | {year, month, day, hour, ..., timezone} | {epochMillis} | datetime])",
        "A ZONED DATETIME, in the session's time zone when none is said; without argument now",
        0,
        1,
        |a, c| match a.first().and_then(since_epoch) {
            Some(instant) => instant,
            None => made("ZONED_DATETIME", a, c, |value| to_zoned_date_time(value, c)).map(Value::ZonedDateTime),
        },
    )
    .alias(&["DATETIME", "TIMESTAMP"]),
    Function::new(
        "DURATION",
        "DURATION(text | {years, months, weeks, days, hours, minutes, seconds, ...})",
        "A DURATION",
        1,
        1,
        |a, _| match &a[0] {
            Value::String(text) => Duration::from_str(text).map(Value::Duration),
            Value::Duration(_) => Ok(a[0].clone()),
            Value::Record(_) => duration_of(Fields::of(&a[0])).map(Value::Duration),
            other => Err(wrong_type("DURATION", 0, "STRING or a RECORD", other)),
        },
    ),
    Function::new(
        "DURATION_BETWEEN",
        "DURATION_BETWEEN(from, to)",
        "The DURATION from one date or time to another of the same type: days and what is below",
        2,
        2,
        |a, _| match subtract(&a[1], &a[0])? {
            between @ Value::Duration(_) if !matches!(a[1], Value::Duration(_)) => Ok(between),
            _ => Err(wrong_type("DURATION_BETWEEN", 0, "a date or time", &a[0])),
        },
    ),
    Function::new("CURRENT_DATE", "CURRENT_DATE", "The date when the statement began", 0, 0, |_, c| {
        Ok(Value::Date(now(c).local().date()))
    }),
    Function::new("CURRENT_TIME", "CURRENT_TIME", "The ZONED TIME when the statement began", 0, 0, |a, c| {
        made("CURRENT_TIME", a, c, |value| to_zoned_time(value, c)).map(Value::ZonedTime)
    }),
    Function::new(
        "CURRENT_TIMESTAMP",
        "CURRENT_TIMESTAMP",
        "The ZONED DATETIME when the statement began",
        0,
        0,
        |_, c| Ok(Value::ZonedDateTime(now(c))),
    ),
    Function::new("LOCAL_TIMESTAMP", "LOCAL_TIMESTAMP", "The LOCAL DATETIME when the statement began", 0, 0, |_, c| {
        Ok(Value::LocalDateTime(now(c).local()))
    }),
];

/// `{epochMillis: 0}`, `{epochSeconds: 0}`, as in Cypher; `None` of any other value.
fn since_epoch(value: &Value) -> Option<Result<Value>> {
    let Value::Record(fields) = value else { return None };
    match &fields[..] {
        [(name, Value::Int(number))] if &**name == "epochMillis" => Some(at_epoch(i128::from(*number) * 1_000_000)),
        [(name, Value::Int(number))] if &**name == "epochSeconds" => {
            Some(at_epoch(i128::from(*number) * 1_000_000_000))
        }
        _ => None,
    }
}

fn now(context: &FunctionContext) -> ZonedDateTime {
    ZonedDateTime::from_zoned(&context.now)
}

/// What `convert` makes of the argument, or of now without one.
fn made<T>(
    name: &str,
    arguments: &[Value],
    context: &FunctionContext,
    convert: impl Fn(&Value) -> Option<Result<T>>,
) -> Result<T> {
    let now = Value::ZonedDateTime(now(context));
    let argument = arguments.first().unwrap_or(&now);
    convert(argument).unwrap_or_else(|| Err(wrong_type(name, 0, MAKES, argument)))
}

/// A date from text, a record, a date or a datetime; `None` of any other type.
pub(crate) fn to_date(value: &Value) -> Option<Result<Date>> {
    Some(match value {
        Value::String(text) => Date::from_str(text),
        Value::Date(date) => Ok(*date),
        Value::LocalDateTime(value) => Ok(value.date()),
        Value::ZonedDateTime(value) => Ok(value.local().date()),
        Value::Record(_) => Fields::of(value).only(&[DATE_FIELDS]).and_then(|fields| fields.date()),
        _ => return None,
    })
}

/// A local time likewise.
pub(crate) fn to_local_time(value: &Value) -> Option<Result<LocalTime>> {
    Some(match value {
        Value::String(text) => LocalTime::from_str(text),
        Value::LocalTime(time) => Ok(*time),
        Value::ZonedTime(time) => Ok(time.local()),
        Value::LocalDateTime(value) => Ok(value.time()),
        Value::ZonedDateTime(value) => Ok(value.local().time()),
        Value::Record(_) => Fields::of(value).only(&[TIME_FIELDS]).and_then(|fields| fields.time()),
        _ => return None,
    })
}

/// A zoned time likewise; without a time zone it is in the session's.
pub(crate) fn to_zoned_time(value: &Value, context: &FunctionContext) -> Option<Result<ZonedTime>> {
    let here = context.now.offset().seconds();
    Some(match value {
        Value::String(text) => ZonedTime::from_str(text)
            .or_else(|error| LocalTime::from_str(text).map_err(|_| error).and_then(|time| ZonedTime::new(time, here))),
        Value::ZonedTime(time) => Ok(*time),
        Value::LocalTime(time) => ZonedTime::new(*time, here),
        Value::ZonedDateTime(value) => ZonedTime::new(value.local().time(), value.offset_seconds()),
        Value::LocalDateTime(value) => ZonedTime::new(value.time(), here),
        Value::Record(_) => Fields::of(value).only(&[TIME_FIELDS, ZONE_FIELDS]).and_then(|fields| {
            let zone = fields.zone()?;
            let offset = zone.map_or(here, |zone| zone.to_offset(context.now.timestamp()).seconds());
            ZonedTime::new(fields.time()?, offset)
        }),
        _ => return None,
    })
}

/// A local datetime likewise; a date is its midnight.
pub(crate) fn to_local_date_time(value: &Value) -> Option<Result<LocalDateTime>> {
    Some(match value {
        Value::String(text) => LocalDateTime::from_str(text),
        Value::LocalDateTime(value) => Ok(*value),
        Value::ZonedDateTime(value) => Ok(value.local()),
        Value::Date(date) => Ok(LocalDateTime::new(*date, LocalTime::from_nanos(0))),
        Value::Record(_) => Fields::of(value).only(&[DATE_FIELDS, TIME_FIELDS]).and_then(|fields| fields.date_time()),
        _ => return None,
    })
}

/// A zoned datetime likewise; without a time zone it is in the session's.
pub(crate) fn to_zoned_date_time(value: &Value, context: &FunctionContext) -> Option<Result<ZonedDateTime>> {
    let here = context.now.time_zone();
    Some(match value {
        Value::String(text) => parse_zoned_date_time_in(text, here),
        Value::ZonedDateTime(value) => Ok(value.clone()),
        Value::LocalDateTime(value) => ZonedDateTime::in_zone(*value, here),
        Value::Date(date) => ZonedDateTime::in_zone(LocalDateTime::new(*date, LocalTime::from_nanos(0)), here),
        Value::Record(_) => Fields::of(value)
            .only(&[DATE_FIELDS, TIME_FIELDS, ZONE_FIELDS])
            .and_then(|fields| ZonedDateTime::in_zone(fields.date_time()?, fields.zone()?.as_ref().unwrap_or(here))),
        _ => return None,
    })
}

const DATE_FIELDS: &[&str] = &["year", "month", "day"];
const TIME_FIELDS: &[&str] = &["hour", "minute", "second", "millisecond", "microsecond", "nanosecond"];
const ZONE_FIELDS: &[&str] = &["timezone"];

/// The fields of a record that says a date or time.
struct Fields<'a>(&'a [(std::sync::Arc<str>, Value)]);

impl<'a> Fields<'a> {
    fn of(value: &'a Value) -> Self {
        Fields(if let Value::Record(fields) = value { fields } else { &[] })
    }

    /// An error (22G05) when the record has another field, or none.
    fn only(self, known: &[&[&str]]) -> Result<Self> {
        let names = || known.concat().join(", ");
        if let Some((name, _)) = self.0.iter().find(|(name, _)| !known.iter().any(|known| known.contains(&&**name))) {
            return Err(Error::data(
                "22G05",
                format!("a record of a date or time has no field {name}; it has {}", names()),
            ));
        }
        if self.0.is_empty() {
            return Err(Error::data("22G05", format!("a record of a date or time has some of the fields {}", names())));
        }
        Ok(self)
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.iter().find(|(known, _)| &**known == name).map(|(_, value)| value)
    }

    fn int(&self, name: &str, default: i64) -> Result<i64> {
        match self.get(name) {
            None => Ok(default),
            Some(Value::Int(number)) => Ok(*number),
            Some(other) => Err(Error::value_type(format!(
                "the field {name} of a date or time is INT64, not {}",
                other.type_name()
            ))),
        }
    }

    fn date(&self) -> Result<Date> {
        if self.get("year").is_none() {
            return Err(Error::data("22G06", "a date needs a year"));
        }
        Date::new(self.int("year", 0)?, self.int("month", 1)?, self.int("day", 1)?)
    }

    fn time(&self) -> Result<LocalTime> {
        let mut nanos = 0i64;
        for (name, unit) in [("millisecond", 1_000_000), ("microsecond", 1_000), ("nanosecond", 1)] {
            let part = self.int(name, 0)?;
            if !(0..NANOS_PER_SECOND / unit).contains(&part) {
                return Err(Error::data(
                    "22G06",
                    format!("the field {name} is 0 up to {}, not {part}", NANOS_PER_SECOND / unit - 1),
                ));
            }
            nanos += part * unit;
        }
        LocalTime::new(self.int("hour", 0)?, self.int("minute", 0)?, self.int("second", 0)?, nanos)
    }

    fn date_time(&self) -> Result<LocalDateTime> {
        Ok(LocalDateTime::new(self.date()?, self.time()?))
    }

    fn zone(&self) -> Result<Option<TimeZone>> {
        match self.get("timezone") {
            None => Ok(None),
            Some(Value::String(text)) => parse_zone(text).map(Some),
            Some(other) => Err(Error::value_type(format!("the field timezone is STRING, not {}", other.type_name()))),
        }
    }
}

/// The time zone of a name (`Europe/Berlin`) or an offset (`+01:00`, `Z`); also for `SESSION SET TIME ZONE`.
pub(crate) fn parse_zone(text: &str) -> Result<TimeZone> {
    if text.starts_with(['+', '-', 'Z', 'z']) {
        // The offset as that of a time.
        if let Ok(time) = ZonedTime::from_str(&format!("00:00{text}")) {
            let offset = jiff::tz::Offset::from_seconds(time.offset_seconds());
            return offset.map(TimeZone::fixed).map_err(|error| Error::internal(error.to_string()));
        }
    }
    find_zone(text)
}

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 60 * MINUTE;

fn duration_of(fields: Fields<'_>) -> Result<Duration> {
    let mut sum = Duration::default();
    for (name, value) in fields.0 {
        let unit = match &**name {
            "years" => Duration::new(12, 0, 0, 0),
            "quarters" => Duration::new(3, 0, 0, 0),
            "months" => Duration::new(1, 0, 0, 0),
            "weeks" => Duration::new(0, 7, 0, 0),
            "days" => Duration::new(0, 1, 0, 0),
            "hours" => Duration::new(0, 0, HOUR, 0),
            "minutes" => Duration::new(0, 0, MINUTE, 0),
            "seconds" => Duration::new(0, 0, 1, 0),
            "milliseconds" => Duration::new(0, 0, 0, 1_000_000),
            "microseconds" => Duration::new(0, 0, 0, 1_000),
            "nanoseconds" => Duration::new(0, 0, 0, 1),
            _ => {
                let error = Error::data("22G07", format!("a duration has no field {name}"));
                return Err(error.with_hint("the fields are years, quarters, months, weeks, days and what is below"));
            }
        }?;
        let part = match value {
            Value::Int(number) => unit.times(*number)?,
            Value::Float(number) => unit.scaled(|part| part * number)?,
            other => {
                return Err(Error::value_type(format!(
                    "the field {name} of a duration is a number, not {}",
                    other.type_name()
                )));
            }
        };
        sum = sum.plus(part)?;
    }
    Ok(sum)
}
