//! The fields of dates, times and durations: `d.year`, `t.hour`, `p.days`, by names in any case.

use super::temporal::{HOUR, MINUTE};
use crate::error::{Error, Result};
use crate::value::{Date, Duration, LocalTime, Value, ZonedDateTime, ZonedTime};

/// The field `value.name` of a date, time or duration; `None` when the value is none of these.
pub(crate) fn temporal_field(value: &Value, name: &str) -> Option<Result<Value>> {
    let lower = name.to_ascii_lowercase();
    let field = match value {
        Value::Date(date) => date_field(*date, &lower),
        Value::LocalTime(time) => time_field(*time, &lower).map(Value::Int),
        Value::ZonedTime(time) => time_field(time.local(), &lower)
            .map(Value::Int)
            .or_else(|| offset_field(time.offset_seconds(), None, &lower)),
        Value::LocalDateTime(value) => {
            date_field(value.date(), &lower).or_else(|| time_field(value.time(), &lower).map(Value::Int))
        }
        Value::ZonedDateTime(value) => date_field(value.local().date(), &lower)
            .or_else(|| time_field(value.local().time(), &lower).map(Value::Int))
            .or_else(|| offset_field(value.offset_seconds(), value.zone(), &lower))
            .or_else(|| epoch_field(value, &lower)),
        Value::Duration(duration) => {
            let error = || Error::data("22G07", format!("a duration has no field {name}"));
            return Some(duration_field(*duration, &lower).unwrap_or_else(|| Err(error())));
        }
        _ => return None,
    };
    Some(field.ok_or_else(|| Error::data("22G05", format!("{} has no field {name}", value.type_name()))))
}

fn date_field(date: Date, name: &str) -> Option<Value> {
    let civil = date.civil();
    let week = civil.iso_week_date();
    Some(Value::Int(match name {
        "year" => date.year(),
        "quarter" => (date.month() + 2) / 3,
        "month" => date.month(),
        "week" => i64::from(week.week()),
        "weekyear" => i64::from(week.year()),
        "day" => date.day(),
        "dayofweek" | "weekday" => i64::from(civil.weekday().to_monday_one_offset()),
        "dayofyear" | "ordinalday" => i64::from(civil.day_of_year()),
        _ => return None,
    }))
}

fn time_field(time: LocalTime, name: &str) -> Option<i64> {
    Some(match name {
        "hour" => time.hour(),
        "minute" => time.minute(),
        "second" => time.second(),
        "millisecond" => time.nanosecond() / 1_000_000,
        "microsecond" => time.nanosecond() / 1_000,
        "nanosecond" => time.nanosecond(),
        _ => return None,
    })
}

fn offset_field(seconds: i32, zone: Option<&str>, name: &str) -> Option<Value> {
    let offset = || {
        let time = ZonedTime::new(LocalTime::from_nanos(0), seconds).map(|time| time.to_string()).unwrap_or_default();
        Value::from(time.trim_start_matches("00:00:00"))
    };
    Some(match name {
        "offset" => offset(),
        "timezone" => zone.map_or_else(offset, Value::from),
        "offsetseconds" => Value::Int(i64::from(seconds)),
        "offsetminutes" => Value::Int(i64::from(seconds) / MINUTE),
        _ => return None,
    })
}

fn epoch_field(value: &ZonedDateTime, name: &str) -> Option<Value> {
    Some(Value::Int(match name {
        "epochseconds" => value.seconds(),
        "epochmillis" => value.seconds() * 1000 + i64::from(value.nanosecond()) / 1_000_000,
        _ => return None,
    }))
}

fn duration_field(duration: Duration, name: &str) -> Option<Result<Value>> {
    let (seconds, nanos) = (duration.seconds(), i64::from(duration.nanos()));
    let total = |unit: i128| {
        let error = || Error::data("22003", format!("the {name} of {duration} are out of the range of INT64"));
        i64::try_from(duration.clock_nanos() / unit).map(Value::Int).map_err(|_| error())
    };
    Some(Ok(Value::Int(match name {
        "years" => duration.months() / 12,
        "months" => duration.months(),
        "monthsofyear" => duration.months() % 12,
        "weeks" => duration.days() / 7,
        "days" => duration.days(),
        "daysofweek" => duration.days() % 7,
        "hours" => seconds / HOUR,
        "minutes" => seconds / MINUTE,
        "minutesofhour" => seconds / MINUTE % 60,
        "seconds" => seconds,
        "secondsofminute" => seconds % 60,
        "milliseconds" => return Some(total(1_000_000)),
        "microseconds" => return Some(total(1_000)),
        "nanoseconds" => return Some(total(1)),
        "millisecondsofsecond" => nanos / 1_000_000,
        "microsecondsofsecond" => nanos / 1_000,
        "nanosecondsofsecond" => nanos,
        _ => return None,
    })))
}
