//! Temporal values from ISO 8601 text: extended (`2024-01-15T10:30:00`) or basic (`20240115T103000`) form.

use std::str::FromStr;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::{Date, Duration, LocalDateTime, LocalTime, NANOS_PER_DAY, NANOS_PER_SECOND, ZonedDateTime, ZonedTime};
use crate::error::{Error, Result};
use crate::value::Value;

/// The text and how far it is read.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, wanted: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| wanted.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    /// All digits from here, as text.
    fn digits(&mut self) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// Exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let text = self.text.as_bytes().get(self.at..self.at + digits)?;
        if !text.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.at += digits;
        Some(text.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    }

    fn at_end(&self) -> bool {
        self.at == self.text.len()
    }

    fn date(&mut self) -> Option<Date> {
        let sign = self.eat(b"+-");
        let (year, month, day) = if sign.is_some() {
            let digits = self.digits();
            let year: i64 = Some(digits).filter(|digits| (4..=6).contains(&digits.len()))?.parse().ok()?;
            self.eat(b"-")?;
            let month = self.number(2)?;
            self.eat(b"-")?;
            (if sign == Some(b'-') { -year } else { year }, month, self.number(2)?)
        } else {
            let year = self.number(4)?;
            let extended = self.eat(b"-").is_some();
            let month = self.number(2)?;
            if extended {
                self.eat(b"-")?;
            }
            (year, month, self.number(2)?)
        };
        Date::new(year, month, day).ok()
    }

    fn time(&mut self) -> Option<LocalTime> {
        let hour = self.number(2)?;
        let extended = self.eat(b":").is_some();
        let minute = self.number(2)?;
        let more =
            if extended { self.eat(b":").is_some() } else { self.peek().is_some_and(|byte| byte.is_ascii_digit()) };
        let (mut second, mut nanos) = (0, 0);
        if more {
            second = self.number(2)?;
            nanos = self.fraction()?;
        }
        LocalTime::new(hour, minute, second, nanos).ok()
    }

    /// Up to nine digits after a point as nanoseconds; 0 without a point.
    fn fraction(&mut self) -> Option<i64> {
        if self.eat(b".,").is_none() {
            return Some(0);
        }
        let digits = self.digits();
        if digits.is_empty() || digits.len() > 9 {
            return None;
        }
        format!("{digits:0<9}").parse().ok()
    }

    /// `Z`, `+01:00`, `+0100`, `+01`, in seconds.
    fn offset(&mut self) -> Option<i32> {
        let sign = self.eat(b"Zz+-")?;
        if matches!(sign, b'Z' | b'z') {
            return Some(0);
        }
        let mut seconds = self.number(2)? * 3600;
        if self.eat(b":").is_some() {
            seconds += Some(self.number(2)?).filter(|minutes| *minutes < 60)? * 60;
            if self.eat(b":").is_some() {
                seconds += Some(self.number(2)?).filter(|seconds| *seconds < 60)?;
            }
        } else if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            seconds += Some(self.number(2)?).filter(|minutes| *minutes < 60)? * 60;
        }
        i32::try_from(if sign == b'-' { -seconds } else { seconds }).ok()
    }

    /// `[Europe/Berlin]`
    fn zone(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let name = rest.strip_prefix('[')?.strip_suffix(']')?;
        self.at = self.text.len();
        Some(name)
    }

    fn local_date_time(&mut self) -> Option<LocalDateTime> {
        let date = self.date()?;
        let time = if self.eat(b"Tt ").is_some() { self.time()? } else { LocalTime::from_nanos(0) };
        Some(LocalDateTime::new(date, time))
    }
}

fn bad(text: &str, what: &str, form: &str) -> Error {
    Error::data("22007", format!("'{text}' is not a {what}; a {what} is written like {form}"))
}

/// Reads the whole text with `read`.
fn whole<'a, T>(text: &'a str, read: impl FnOnce(&mut Cursor<'a>) -> Option<T>) -> Option<T> {
    let mut cursor = Cursor { text: text.trim(), at: 0 };
    let value = read(&mut cursor)?;
    cursor.at_end().then_some(value)
}

impl FromStr for Date {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        whole(text, Cursor::date).ok_or_else(|| bad(text, "date", "2024-01-15"))
    }
}

impl FromStr for LocalTime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        whole(text, Cursor::time).ok_or_else(|| bad(text, "local time", "10:30:00"))
    }
}

impl FromStr for ZonedTime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let read = whole(text, |cursor| {
            let time = cursor.time()?;
            ZonedTime::new(time, cursor.offset()?).ok()
        });
        read.ok_or_else(|| bad(text, "zoned time", "10:30:00+01:00"))
    }
}

impl FromStr for LocalDateTime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        whole(text, Cursor::local_date_time).ok_or_else(|| bad(text, "local datetime", "2024-01-15T10:30:00"))
    }
}

impl FromStr for ZonedDateTime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        zoned_date_time(text, None)
    }
}

/// A zoned datetime; one without an offset and zone is in `zone`.
pub(crate) fn parse_zoned_date_time_in(text: &str, zone: &TimeZone) -> Result<ZonedDateTime> {
    zoned_date_time(text, Some(zone))
}

fn zoned_date_time(text: &str, default: Option<&TimeZone>) -> Result<ZonedDateTime> {
    let read = whole(text, |cursor| {
        let local = cursor.local_date_time()?;
        let offset =
            if cursor.peek().is_some_and(|byte| b"Zz+-".contains(&byte)) { Some(cursor.offset()?) } else { None };
        let zone = if cursor.at_end() { None } else { Some(cursor.zone()?) };
        Some((local, offset, zone.map(str::to_owned)))
    });
    let error = || bad(text, "zoned datetime", "2024-01-15T10:30:00+01:00 or 2024-01-15T10:30:00+01:00[Europe/Berlin]");
    let (local, offset, name) = read.ok_or_else(error)?;
    let zone = match &name {
        Some(name) => Some(find_zone(name)?),
        None => None,
    };
    match (offset, zone) {
        (None, None) => ZonedDateTime::in_zone(local, default.ok_or_else(error)?),
        (None, Some(zone)) => ZonedDateTime::in_zone(local, &zone),
        (Some(offset), None) => ZonedDateTime::new(local, offset).map_err(|_| error()),
        (Some(offset), Some(zone)) => {
            let mut value = ZonedDateTime::new(local, offset).map_err(|_| error())?;
            let name = name.unwrap_or_default();
            if zone.to_offset(value.zoned().timestamp()).seconds() != offset {
                return Err(Error::data("22007", format!("in '{text}' the offset is not that of {name} at the time")));
            }
            value.zone = Some(Arc::from(name));
            Ok(value)
        }
    }
}

/// The time zone of a name such as `Europe/Berlin`, or of an offset such as `+02:00`.
pub(crate) fn zone_of(text: &str) -> Option<TimeZone> {
    if let Ok(zone) = TimeZone::get(text) {
        return Some(zone);
    }
    let mut cursor = Cursor { text, at: 0 };
    let seconds = cursor.offset().filter(|_| cursor.at_end())?;
    Some(TimeZone::fixed(jiff::tz::Offset::from_seconds(seconds).ok()?))
}

/// The time zone of a name such as `Europe/Berlin`.
pub(crate) fn find_zone(name: &str) -> Result<TimeZone> {
    TimeZone::get(name)
        .map_err(|_| Error::data("22007", format!("'{name}' is not a known time zone, such as Europe/Berlin")))
}

/// The value of `TIME '..'`: zoned when the text has an offset.
pub(crate) fn parse_time(text: &str) -> Result<Value> {
    match text.parse() {
        Ok(time) => Ok(Value::LocalTime(time)),
        Err(_) => text.parse().map(Value::ZonedTime).map_err(|_| bad(text, "time", "10:30:00 or 10:30:00+01:00")),
    }
}

/// The value of `DATETIME '..'`: zoned when the text has an offset or a zone.
pub(crate) fn parse_date_time(text: &str) -> Result<Value> {
    if let Ok(local) = text.parse() {
        return Ok(Value::LocalDateTime(local));
    }
    let zoned: Result<ZonedDateTime> = text.parse();
    zoned.map(Value::ZonedDateTime)
}

impl FromStr for Duration {
    type Err = Error;

    /// `P1Y2M3W4DT5H6M7.5S`; each part, or the whole, may be negative; weeks and what is below may have a fraction.
    fn from_str(text: &str) -> Result<Self> {
        let error =
            || Error::data("22G0H", format!("'{text}' is not a duration; one is written like P1Y2M3DT4H5M6.5S"));
        let mut cursor = Cursor { text: text.trim(), at: 0 };
        let whole_sign = if cursor.eat(b"+-") == Some(b'-') { -1 } else { 1 };
        cursor.eat(b"Pp").ok_or_else(error)?;
        let (mut months, mut days, mut nanos) = (Some(0i64), Some(0i64), Some(0i128));
        let mut last = None;
        let mut in_time = false;
        while !cursor.at_end() {
            if !in_time && cursor.eat(b"Tt").is_some() {
                in_time = true;
                if cursor.at_end() {
                    return Err(error());
                }
            }
            let sign = whole_sign * if cursor.eat(b"+-") == Some(b'-') { -1 } else { 1 };
            let digits = cursor.digits();
            if digits.is_empty() || digits.len() > 19 {
                return Err(error());
            }
            let amount: i128 = digits.parse().map_err(|_| error())?;
            let amount = amount * sign;
            let fraction = i128::from(cursor.fraction().ok_or_else(error)?) * sign;
            let unit = cursor.peek().ok_or_else(error)?.to_ascii_uppercase();
            cursor.at += 1;
            let rank = match (in_time, unit) {
                (false, b'Y') => 0,
                (false, b'M') => 1,
                (false, b'W') => 2,
                (false, b'D') => 3,
                (true, b'H') => 4,
                (true, b'M') => 5,
                (true, b'S') => 6,
                _ => return Err(error()),
            };
            if last.is_some_and(|last| last >= rank) || (rank < 2 && fraction != 0) {
                return Err(error());
            }
            last = Some(rank);
            let in_i64 = |amount: i128| i64::try_from(amount).ok();
            match rank {
                0 | 1 => {
                    let added = in_i64(amount * if rank == 0 { 12 } else { 1 });
                    months = months.zip(added).and_then(|(sum, added)| sum.checked_add(added));
                }
                2 | 3 => {
                    let length = if rank == 2 { 7 } else { 1 };
                    let added = in_i64(amount * length);
                    days = days.zip(added).and_then(|(sum, added)| sum.checked_add(added));
                    let part = fraction * length * i128::from(NANOS_PER_DAY / NANOS_PER_SECOND);
                    nanos = nanos.map(|sum| sum + part);
                }
                _ => {
                    let seconds = [3600, 60, 1][rank - 4];
                    let part = (amount * i128::from(NANOS_PER_SECOND) + fraction) * seconds;
                    nanos = nanos.map(|sum| sum + part);
                }
            }
        }
        if last.is_none() {
            return Err(error());
        }
        Duration::from_parts(months, days, nanos)
    }
}
