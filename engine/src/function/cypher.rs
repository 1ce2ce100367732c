//! Functions of Cypher that GQL does not have, or has with another meaning.

use super::operators::{add, subtract};
use super::temporal::{to_date, to_local_date_time, to_zoned_date_time};
use super::{Function, FunctionContext, find, int, temporal_field, wrong_type};
use crate::error::{Error, Result};
use crate::value::{Date, Duration, LocalDateTime, LocalTime, Value, ZonedDateTime};

const INSTANT: &str = "a date or time";

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "DURATION.BETWEEN",
        "DURATION.BETWEEN(from, to)",
        "The DURATION from one date or time to another of the same type: months, days, and what is below",
        2,
        2,
        |a, _| between(&a[0], &a[1]),
    ),
    Function::new(
        "DURATION.INMONTHS",
        "DURATION.INMONTHS(from, to)",
        "The whole months from one date or datetime to another",
        2,
        2,
        |a, _| part_between(&a[0], &a[1], |duration| Duration::new(duration.months(), 0, 0, 0)),
    ),
    Function::new(
        "DURATION.INDAYS",
        "DURATION.INDAYS(from, to)",
        "The whole days from one date or datetime to another",
        2,
        2,
        |a, _| duration_of("DURATION.INDAYS", &a[0], &a[1])?.map_days(),
    ),
    Function::new(
        "DURATION.INSECONDS",
        "DURATION.INSECONDS(from, to)",
        "The seconds from one date or time to another",
        2,
        2,
        |a, _| duration_of("DURATION.INSECONDS", &a[0], &a[1])?.map_seconds(),
    ),
    Function::new(
        "DATE.TRUNCATE",
        "DATE.TRUNCATE(unit, date)",
        "The first day of the unit ('year', 'quarter', 'month', 'week', 'day' ..) that a date is in",
        2,
        2,
        |a, _| match to_date(&a[1]) {
            Some(date) => first_day("DATE.TRUNCATE", &a[0], date?).map(Value::Date),
            None => Err(wrong_type("DATE.TRUNCATE", 1, "a DATE or a datetime", &a[1])),
        },
    ),
    Function::new(
        "LOCALDATETIME.TRUNCATE",
        "LOCALDATETIME.TRUNCATE(unit, datetime)",
        "The beginning of the unit ('year' .. 'second', 'millisecond') that a datetime is in, as a LOCAL DATETIME",
        2,
        2,
        |a, _| truncated("LOCALDATETIME.TRUNCATE", &a[0], &a[1]).map(Value::LocalDateTime),
    ),
    Function::new(
        "DATETIME.TRUNCATE",
        "DATETIME.TRUNCATE(unit, datetime)",
        "The beginning of the unit ('year' .. 'second', 'millisecond') that a datetime is in, as a ZONED DATETIME",
        2,
        2,
        |a, c| {
            let local = truncated("DATETIME.TRUNCATE", &a[0], &a[1])?;
            let zoned = match &a[1] {
                Value::ZonedDateTime(zoned) => match zoned.zone() {
                    Some(zone) => ZonedDateTime::local_in_zone(local, zone)?,
                    None => ZonedDateTime::new(local, zoned.offset_seconds())?,
                },
                _ => match to_zoned_date_time(&Value::LocalDateTime(local), c) {
                    Some(zoned) => zoned?,
                    None => return Err(wrong_type("DATETIME.TRUNCATE", 1, "a datetime", &a[1])),
                },
            };
            Ok(Value::ZonedDateTime(zoned))
        },
    ),
    Function::new(
        "DATETIME.FROMEPOCH",
        "DATETIME.FROMEPOCH(seconds, nanoseconds)",
        "The ZONED DATETIME so long after 1970-01-01T00:00:00Z",
        2,
        2,
        |a, _| {
            let (seconds, nanos) = (int("DATETIME.FROMEPOCH", a, 0)?, int("DATETIME.FROMEPOCH", a, 1)?);
            at_epoch(i128::from(seconds) * NANOS + i128::from(nanos))
        },
    ),
    Function::new(
        "DATETIME.FROMEPOCHMILLIS",
        "DATETIME.FROMEPOCHMILLIS(milliseconds)",
        "The ZONED DATETIME so long after 1970-01-01T00:00:00Z",
        1,
        1,
        |a, _| at_epoch(i128::from(int("DATETIME.FROMEPOCHMILLIS", a, 0)?) * 1_000_000),
    ),
    Function::new("YEAR", "YEAR(date)", "The year of a date or datetime", 1, 1, |a, _| field("YEAR", "year", a)),
    Function::new("MONTH", "MONTH(date)", "The month of a date or datetime, from 1", 1, 1, |a, _| {
        field("MONTH", "month", a)
    }),
    Function::new("DAY", "DAY(date)", "The day of the month of a date or datetime, from 1", 1, 1, |a, _| {
        field("DAY", "day", a)
    }),
    Function::new("HOUR", "HOUR(time)", "The hour of a time or datetime", 1, 1, |a, _| field("HOUR", "hour", a)),
    Function::new("MINUTE", "MINUTE(time)", "The minute of a time or datetime", 1, 1, |a, _| {
        field("MINUTE", "minute", a)
    }),
    Function::new("SECOND", "SECOND(time)", "The second of a time or datetime", 1, 1, |a, _| {
        field("SECOND", "second", a)
    }),
    Function::new(
        "ISEMPTY",
        "ISEMPTY(list | string | record)",
        "Whether a list, a string or a record has nothing in it",
        1,
        1,
        |a, _| match &a[0] {
            Value::List(list) => Ok(Value::Bool(list.is_empty())),
            Value::Vector(vector) => Ok(Value::Bool(vector.is_empty())),
            Value::String(text) => Ok(Value::Bool(text.is_empty())),
            Value::Record(fields) => Ok(Value::Bool(fields.is_empty())),
            other => Err(wrong_type("ISEMPTY", 0, "a LIST, STRING or RECORD", other)),
        },
    ),
    Function::new(
        "TOINTEGERORNULL",
        "TOINTEGERORNULL(x)",
        "As TOINTEGER, and NULL for any other value",
        1,
        1,
        |a, c| or_null("TOINTEGER", a, c),
    ),
    Function::new("TOFLOATORNULL", "TOFLOATORNULL(x)", "As TOFLOAT, and NULL for any other value", 1, 1, |a, c| {
        or_null("TOFLOAT", a, c)
    }),
    Function::new(
        "TOBOOLEANORNULL",
        "TOBOOLEANORNULL(x)",
        "As TOBOOLEAN, and NULL for any other value",
        1,
        1,
        |a, c| or_null("TOBOOLEAN", a, c),
    ),
    Function::new("TOSTRINGORNULL", "TOSTRINGORNULL(x)", "As TOSTRING, and NULL for any other value", 1, 1, |a, c| {
        or_null("TOSTRING", a, c)
    }),
];

const NANOS: i128 = 1_000_000_000;

/// The instant so many nanoseconds after 1970-01-01T00:00:00Z.
pub(super) fn at_epoch(nanos: i128) -> Result<Value> {
    let out_of_range = || Error::data("22003", "the datetime is out of range");
    let seconds = i64::try_from(nanos.div_euclid(NANOS)).map_err(|_| out_of_range())?;
    let rest = u32::try_from(nanos.rem_euclid(NANOS)).map_err(|_| out_of_range())?;
    ZonedDateTime::at_offset(seconds, rest, 0).map(Value::ZonedDateTime)
}

fn field(function: &str, name: &str, arguments: &[Value]) -> Result<Value> {
    temporal_field(&arguments[0], name).unwrap_or_else(|| Err(wrong_type(function, 0, INSTANT, &arguments[0])))
}

/// What a function gives; NULL for a value of a type that it does not take.
fn or_null(function: &str, arguments: &[Value], context: &FunctionContext) -> Result<Value> {
    let Some(function) = find(function) else { return Err(Error::internal("a function is missing")) };
    match function.call(arguments, context) {
        Err(error) if matches!(error.gqlstatus(), "22G03" | "22003") => Ok(Value::Null),
        result => result,
    }
}

/// The duration from one instant to another, in days and what is below.
struct Between(Duration);

fn duration_of(function: &str, from: &Value, to: &Value) -> Result<Between> {
    match subtract(to, from)? {
        Value::Duration(duration) if !matches!(to, Value::Duration(_)) => Ok(Between(duration)),
        _ => Err(wrong_type(function, 0, INSTANT, from)),
    }
}

impl Between {
    /// Days and what is below, in nanoseconds.
    fn nanos(&self) -> i128 {
        i128::from(self.0.days()) * 86_400 * NANOS + i128::from(self.0.seconds()) * NANOS + i128::from(self.0.nanos())
    }

    fn map_days(&self) -> Result<Value> {
        let days = i64::try_from(self.nanos() / (86_400 * NANOS)).ok();
        Duration::from_parts(Some(0), days, Some(0)).map(Value::Duration)
    }

    fn map_seconds(&self) -> Result<Value> {
        Duration::from_parts(Some(0), Some(0), Some(self.nanos())).map(Value::Duration)
    }
}

/// The day of a date or datetime; `None` for a time.
fn day_of(value: &Value) -> Option<Date> {
    match value {
        Value::Date(date) => Some(*date),
        Value::LocalDateTime(value) => Some(value.date()),
        Value::ZonedDateTime(value) => Some(value.local().date()),
        _ => None,
    }
}

/// Months first: as many as fit between the two, then what is left.
fn between(from: &Value, to: &Value) -> Result<Value> {
    let Between(whole) = duration_of("DURATION.BETWEEN", from, to)?;
    let (Some(start), Some(end)) = (day_of(from), day_of(to)) else { return Ok(Value::Duration(whole)) };
    let mut months = (end.year() - start.year()) * 12 + end.month() - start.month();
    let forwards = Between(whole).nanos() >= 0;
    let after = |months: i64| add(from, &Value::Duration(Duration::new(months, 0, 0, 0)?));
    let rest = |months: i64| duration_of("DURATION.BETWEEN", &after(months)?, to);
    let mut left = rest(months)?;
    if months != 0 && (if forwards { left.nanos() < 0 } else { left.nanos() > 0 }) {
        months += if forwards { -1 } else { 1 };
        left = rest(months)?;
    }
    let Between(left) = left;
    Duration::new(months, left.days(), left.seconds(), i64::from(left.nanos())).map(Value::Duration)
}

fn part_between(from: &Value, to: &Value, part: impl Fn(Duration) -> Result<Duration>) -> Result<Value> {
    match between(from, to)? {
        Value::Duration(duration) => part(duration).map(Value::Duration),
        _ => Err(wrong_type("DURATION.INMONTHS", 0, INSTANT, from)),
    }
}

fn unit_of<'a>(function: &str, unit: &'a Value) -> Result<&'a str> {
    match unit {
        Value::String(unit) => Ok(unit),
        other => Err(wrong_type(function, 0, "STRING", other)),
    }
}

fn no_unit(function: &str, unit: &str) -> Error {
    let known =
        ["millennium", "century", "decade", "year", "quarter", "month", "week", "day", "hour", "minute", "second"];
    let near = wend_grammar::suggest(unit, known).map(|near| format!("did you mean '{near}'?"));
    Error::data("22023", format!("{function} has no unit '{unit}'"))
        .with_hint_if(near.or(Some(format!("the units are {}", known.join(", ")))))
}

/// The first day of the unit that a date is in.
fn first_day(function: &str, unit: &Value, date: Date) -> Result<Date> {
    let unit = unit_of(function, unit)?;
    let (year, month) = (date.year(), date.month());
    let first = |of: i64| Date::new(year - year.rem_euclid(of), 1, 1);
    match &*unit.to_ascii_lowercase() {
        "millennium" => first(1000),
        "century" => first(100),
        "decade" => first(10),
        "year" => Date::new(year, 1, 1),
        "quarter" => Date::new(year, (month - 1) / 3 * 3 + 1, 1),
        "month" => Date::new(year, month, 1),
        // 1970-01-01 was a Thursday, three days after a Monday.
        "week" => Date::checked_from_days(Some(i64::from(date.days()) - (i64::from(date.days()) + 3).rem_euclid(7))),
        "day" => Ok(date),
        _ => Err(no_unit(function, unit)),
    }
}

/// The beginning of the unit that a datetime is in.
fn truncated(function: &str, unit: &Value, value: &Value) -> Result<LocalDateTime> {
    let value = match value {
        Value::Date(date) => LocalDateTime::new(*date, LocalTime::from_nanos(0)),
        other => match to_local_date_time(other) {
            Some(value) => value?,
            None => return Err(wrong_type(function, 1, "a DATE or a datetime", other)),
        },
    };
    let nanos: i64 = match &*unit_of(function, unit)?.to_ascii_lowercase() {
        "hour" => 3_600_000_000_000,
        "minute" => 60_000_000_000,
        "second" => 1_000_000_000,
        "millisecond" => 1_000_000,
        "microsecond" => 1_000,
        _ => return Ok(LocalDateTime::new(first_day(function, unit, value.date())?, LocalTime::from_nanos(0))),
    };
    let time = value.time().nanos();
    Ok(LocalDateTime::new(value.date(), LocalTime::from_nanos(time - time % nanos)))
}
