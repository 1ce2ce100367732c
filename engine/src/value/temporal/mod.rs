//! Dates, times and durations: plain integers outside, jiff for the calendar and the time zones inside.
//!
//! The calendar is the proleptic Gregorian one from year -9999 to 9999; a result outside is an error (22008), never a
//! wrong date.

mod arithmetic;
mod duration;
mod format;
mod parse;

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use jiff::civil;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

pub use self::duration::Duration;
pub(crate) use self::parse::{find_zone, parse_date_time, parse_time, parse_zoned_date_time_in, zone_of};
use crate::error::{Error, Result};

pub(crate) const NANOS_PER_SECOND: i64 = 1_000_000_000;
pub(crate) const SECONDS_PER_DAY: i64 = 86_400;
pub(crate) const NANOS_PER_DAY: i64 = SECONDS_PER_DAY * NANOS_PER_SECOND;
/// The length of a month in the mean of 400 years (30.436875 days), by which durations are ordered.
pub(crate) const SECONDS_PER_MEAN_MONTH: i64 = 2_629_746;
const EPOCH: civil::Date = civil::Date::constant(1970, 1, 1);
/// Days since 1970-01-01 of -9999-01-01 and 9999-12-31.
const DAYS: std::ops::RangeInclusive<i64> = -4_371_587..=2_932_896;
/// How far a fixed offset may be from UTC.
const MAX_OFFSET: i32 = 18 * 3600;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    days: i32,
}

/// A time of day without a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalTime {
    nanos: i64,
}

/// A time of day with an offset from UTC. Two are equal when they are the same moment of a day in UTC.
#[derive(Clone, Copy, Debug)]
pub struct ZonedTime {
    nanos: i64,
    offset_seconds: i32,
}

/// A date and a time of day without a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalDateTime {
    seconds: i64,
    nanos: u32,
}

/// An instant, with the offset from UTC and perhaps the time zone it is shown in.
///
/// Two are equal when they are the same instant.
#[derive(Clone, Debug)]
pub struct ZonedDateTime {
    seconds: i64,
    nanos: u32,
    offset_seconds: i32,
    zone: Option<Arc<str>>,
}

/// The error of a result outside the calendar.
pub(crate) fn overflow(what: &str) -> Error {
    Error::data("22008", format!("the {what} lies outside the years -9999 to 9999"))
}

fn no_such(what: &str, text: impl std::fmt::Display) -> Error {
    Error::data("22G06", format!("there is no {what} {text}"))
}

impl Date {
    /// The date of a year (-9999 to 9999), month (1 to 12) and day.
    pub fn new(year: i64, month: i64, day: i64) -> Result<Self> {
        let civil = match (i16::try_from(year), i8::try_from(month), i8::try_from(day)) {
            (Ok(year), Ok(month), Ok(day)) => civil::Date::new(year, month, day).ok(),
            _ => None,
        };
        civil.map(Self::from_civil).ok_or_else(|| no_such("date", format_args!("{year:04}-{month:02}-{day:02}")))
    }

    /// The date so many days after 1970-01-01, at most at the end of the calendar.
    pub fn from_days(days: i32) -> Self {
        Date { days: i64::from(days).clamp(*DAYS.start(), *DAYS.end()) as i32 }
    }

    pub(crate) fn from_civil(date: civil::Date) -> Self {
        let hours = date.duration_since(EPOCH).as_hours();
        Date { days: (hours / 24) as i32 }
    }

    pub(crate) fn checked_from_days(days: Option<i64>) -> Result<Self> {
        days.filter(|days| DAYS.contains(days)).map(|days| Date { days: days as i32 }).ok_or_else(|| overflow("date"))
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> i32 {
        self.days
    }

    pub(crate) fn civil(self) -> civil::Date {
        let limit = if self.days < 0 { civil::Date::MIN } else { civil::Date::MAX };
        EPOCH.checked_add(SignedDuration::from_hours(i64::from(self.days) * 24)).unwrap_or(limit)
    }

    /// The year.
    pub fn year(self) -> i64 {
        i64::from(self.civil().year())
    }

    /// The month, 1 to 12.
    pub fn month(self) -> i64 {
        i64::from(self.civil().month())
    }

    /// The day of the month, from 1.
    pub fn day(self) -> i64 {
        i64::from(self.civil().day())
    }
}

impl LocalTime {
    /// The time of an hour (0 to 23), minute, second (0 to 59) and nanosecond.
    pub fn new(hour: i64, minute: i64, second: i64, nanosecond: i64) -> Result<Self> {
        let valid = (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second)
            && (0..NANOS_PER_SECOND).contains(&nanosecond);
        if !valid {
            return Err(no_such(
                "time",
                format_args!("{hour:02}:{minute:02}:{second:02} with {nanosecond} nanoseconds"),
            ));
        }
        Ok(LocalTime { nanos: ((hour * 60 + minute) * 60 + second) * NANOS_PER_SECOND + nanosecond })
    }

    /// The time so many nanoseconds after midnight; whole days are taken off.
    pub fn from_nanos(nanos: i64) -> Self {
        LocalTime { nanos: nanos.rem_euclid(NANOS_PER_DAY) }
    }

    /// Nanoseconds since midnight.
    pub fn nanos(self) -> i64 {
        self.nanos
    }

    /// The hour, 0 to 23.
    pub fn hour(self) -> i64 {
        self.nanos / (3600 * NANOS_PER_SECOND)
    }

    /// The minute of the hour.
    pub fn minute(self) -> i64 {
        self.nanos / (60 * NANOS_PER_SECOND) % 60
    }

    /// The second of the minute.
    pub fn second(self) -> i64 {
        self.nanos / NANOS_PER_SECOND % 60
    }

    /// The nanosecond of the second.
    pub fn nanosecond(self) -> i64 {
        self.nanos % NANOS_PER_SECOND
    }
}

impl ZonedTime {
    /// A time of day at an offset from UTC, at most 18 hours.
    pub fn new(time: LocalTime, offset_seconds: i32) -> Result<Self> {
        check_offset(offset_seconds)?;
        Ok(ZonedTime { nanos: time.nanos, offset_seconds })
    }

    pub(crate) fn from_stored(nanos: i64, offset_seconds: i32) -> Self {
        ZonedTime {
            nanos: nanos.rem_euclid(NANOS_PER_DAY),
            offset_seconds: offset_seconds.clamp(-MAX_OFFSET, MAX_OFFSET),
        }
    }

    /// The time on the clock there.
    pub fn local(self) -> LocalTime {
        LocalTime { nanos: self.nanos }
    }

    /// Seconds by which that clock is ahead of UTC.
    pub fn offset_seconds(self) -> i32 {
        self.offset_seconds
    }

    pub(crate) fn utc_nanos(self) -> i64 {
        self.nanos - i64::from(self.offset_seconds) * NANOS_PER_SECOND
    }
}

impl LocalDateTime {
    /// A date and a time of day.
    pub fn new(date: Date, time: LocalTime) -> Self {
        LocalDateTime {
            seconds: i64::from(date.days) * SECONDS_PER_DAY + time.nanos / NANOS_PER_SECOND,
            nanos: (time.nanos % NANOS_PER_SECOND) as u32,
        }
    }

    pub(crate) fn from_stored(seconds: i64, nanos: u32) -> Self {
        let (low, high) = (DAYS.start() * SECONDS_PER_DAY, (DAYS.end() + 1) * SECONDS_PER_DAY - 1);
        LocalDateTime { seconds: seconds.clamp(low, high), nanos: nanos.min(NANOS_PER_SECOND as u32 - 1) }
    }

    pub(crate) fn checked_from_nanos(nanos: Option<i128>) -> Result<Self> {
        let nanos = nanos.ok_or_else(|| overflow("datetime"))?;
        let days = i64::try_from(nanos.div_euclid(i128::from(NANOS_PER_DAY))).ok();
        let date = Date::checked_from_days(days).map_err(|_| overflow("datetime"))?;
        Ok(Self::new(date, LocalTime { nanos: nanos.rem_euclid(i128::from(NANOS_PER_DAY)) as i64 }))
    }

    /// So many seconds and nanoseconds after 1970-01-01T00:00:00 on the same clock.
    ///
    /// # Errors
    /// 22008 outside the calendar.
    pub fn from_seconds(seconds: i64, nanosecond: u32) -> Result<Self> {
        Self::checked_from_nanos(Some(i128::from(seconds) * i128::from(NANOS_PER_SECOND) + i128::from(nanosecond)))
    }

    /// The date.
    pub fn date(self) -> Date {
        Date { days: self.seconds.div_euclid(SECONDS_PER_DAY) as i32 }
    }

    /// The time of day.
    pub fn time(self) -> LocalTime {
        LocalTime { nanos: self.seconds.rem_euclid(SECONDS_PER_DAY) * NANOS_PER_SECOND + i64::from(self.nanos) }
    }

    /// Seconds since 1970-01-01T00:00:00 on the same clock.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds of the second.
    pub fn nanosecond(self) -> u32 {
        self.nanos
    }

    pub(crate) fn total_nanos(self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOS_PER_SECOND) + i128::from(self.nanos)
    }
}

impl ZonedDateTime {
    /// The instant when a clock at that offset from UTC shows a date and time.
    pub fn new(local: LocalDateTime, offset_seconds: i32) -> Result<Self> {
        check_offset(offset_seconds)?;
        let timestamp = timestamp(local.seconds - i64::from(offset_seconds), local.nanos)?;
        Ok(Self::at(timestamp, offset_seconds, None))
    }

    /// The instant so many seconds and nanoseconds after 1970-01-01T00:00:00Z, as a clock at that offset shows it.
    pub fn at_offset(seconds: i64, nanosecond: u32, offset_seconds: i32) -> Result<Self> {
        check_offset(offset_seconds)?;
        Ok(Self::at(timestamp(seconds, nanosecond)?, offset_seconds, None))
    }

    /// The same, as a clock in a time zone such as `Europe/Berlin` shows it.
    pub fn at_zone(seconds: i64, nanosecond: u32, zone: &str) -> Result<Self> {
        Ok(Self::from_zoned(&timestamp(seconds, nanosecond)?.to_zoned(find_zone(zone)?)))
    }

    /// The instant when a clock in a time zone shows a date and time; of two such instants the first.
    pub fn local_in_zone(local: LocalDateTime, zone: &str) -> Result<Self> {
        Self::in_zone(local, &find_zone(zone)?)
    }

    pub(crate) fn in_zone(local: LocalDateTime, zone: &TimeZone) -> Result<Self> {
        let time = local.time();
        let clock =
            civil::Time::new(time.hour() as i8, time.minute() as i8, time.second() as i8, time.nanosecond() as i32);
        let clock = clock.map_err(|_| overflow("datetime"))?;
        let zoned = local.date().civil().to_datetime(clock).to_zoned(zone.clone());
        Ok(Self::from_zoned(&zoned.map_err(|_| overflow("datetime"))?))
    }

    pub(crate) fn from_zoned(zoned: &jiff::Zoned) -> Self {
        let zone = zoned.time_zone().iana_name().map(Arc::from);
        Self::at(zoned.timestamp(), zoned.offset().seconds(), zone)
    }

    pub(crate) fn from_stored(seconds: i64, nanos: u32, offset_seconds: i32, zone: Option<String>) -> Self {
        let limit = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let timestamp = timestamp(seconds, nanos).unwrap_or(limit);
        Self::at(timestamp, offset_seconds.clamp(-MAX_OFFSET, MAX_OFFSET), zone.map(Arc::from))
    }

    fn at(timestamp: Timestamp, offset_seconds: i32, zone: Option<Arc<str>>) -> Self {
        let nanos = timestamp.as_nanosecond();
        ZonedDateTime {
            seconds: nanos.div_euclid(i128::from(NANOS_PER_SECOND)) as i64,
            nanos: nanos.rem_euclid(i128::from(NANOS_PER_SECOND)) as u32,
            offset_seconds,
            zone,
        }
    }

    pub(crate) fn zoned(&self) -> jiff::Zoned {
        let timestamp = timestamp(self.seconds, self.nanos).unwrap_or(Timestamp::UNIX_EPOCH);
        let zone = self.zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        timestamp.to_zoned(
            zone.unwrap_or_else(|| TimeZone::fixed(Offset::from_seconds(self.offset_seconds).unwrap_or(Offset::UTC))),
        )
    }

    /// The date and time on the clock there.
    pub fn local(&self) -> LocalDateTime {
        LocalDateTime::from_stored(self.seconds.saturating_add(i64::from(self.offset_seconds)), self.nanos)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn seconds(&self) -> i64 {
        self.seconds
    }

    /// Nanoseconds of the second.
    pub fn nanosecond(&self) -> u32 {
        self.nanos
    }

    /// Seconds by which the clock there is ahead of UTC.
    pub fn offset_seconds(&self) -> i32 {
        self.offset_seconds
    }

    /// The name of the time zone, such as `Europe/Berlin`, when it is more than an offset.
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    pub(crate) fn total_nanos(&self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOS_PER_SECOND) + i128::from(self.nanos)
    }
}

fn timestamp(seconds: i64, nanos: u32) -> Result<Timestamp> {
    let nanos = i32::try_from(nanos).map_err(|_| overflow("datetime"))?;
    Timestamp::new(seconds, nanos).map_err(|_| overflow("datetime"))
}

fn check_offset(seconds: i32) -> Result<()> {
    if (-MAX_OFFSET..=MAX_OFFSET).contains(&seconds) {
        return Ok(());
    }
    Err(Error::data("22G06", format!("an offset from UTC is at most 18 hours, not {seconds} seconds")))
}

/// Equality, order and hash by one key.
macro_rules! by_key {
    ($type:ty, $self:ident => $key:expr) => {
        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                self.cmp(other) == Ordering::Equal
            }
        }

        impl Eq for $type {}

        impl PartialOrd for $type {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $type {
            fn cmp(&self, other: &Self) -> Ordering {
                let key = |$self: &Self| $key;
                key(self).cmp(&key(other))
            }
        }

        impl Hash for $type {
            fn hash<H: Hasher>(&self, state: &mut H) {
                let $self = self;
                $key.hash(state);
            }
        }
    };
}

by_key!(ZonedTime, value => value.utc_nanos());
by_key!(ZonedDateTime, value => (value.seconds, value.nanos));
by_key!(Duration, value => value.key());

#[cfg(test)]
mod tests;
