//! Adding durations to dates and times, and taking dates and times from each other.

use jiff::{SignedDuration, Span};

use super::{
    Date, Duration, LocalDateTime, LocalTime, NANOS_PER_DAY, NANOS_PER_SECOND, SECONDS_PER_DAY, SECONDS_PER_MEAN_MONTH,
    ZonedDateTime, ZonedTime, overflow,
};
use crate::error::{Error, Result};

impl Date {
    /// Adds months (to at most the last day of the month), then days. What is less than a day is left out.
    pub(crate) fn plus(self, duration: Duration) -> Result<Self> {
        let days = i128::from(duration.days()) + duration.clock_nanos() / i128::from(NANOS_PER_DAY);
        self.plus_calendar(duration.months(), i64::try_from(days).ok())
    }

    fn plus_calendar(self, months: i64, days: Option<i64>) -> Result<Self> {
        let mut date = self;
        if months != 0 {
            let span = Span::new().try_months(months).map_err(|_| overflow("date"))?;
            date = Date::from_civil(date.civil().checked_add(span).map_err(|_| overflow("date"))?);
        }
        Date::checked_from_days(days.and_then(|days| i64::from(date.days).checked_add(days)))
    }

    /// The days from `other` to this date.
    pub(crate) fn minus(self, other: Self) -> Result<Duration> {
        Duration::new(0, i64::from(self.days) - i64::from(other.days), 0, 0)
    }
}

impl LocalTime {
    /// Moves the clock by the part of the duration below a day, round midnight; days and months change nothing.
    pub(crate) fn plus(self, duration: Duration) -> Self {
        LocalTime { nanos: turn(self.nanos, duration) }
    }

    pub(crate) fn minus(self, other: Self) -> Result<Duration> {
        Duration::new(0, 0, 0, self.nanos - other.nanos)
    }
}

impl ZonedTime {
    /// As for a local time; the offset stays.
    pub(crate) fn plus(self, duration: Duration) -> Self {
        ZonedTime { nanos: turn(self.nanos, duration), ..self }
    }

    pub(crate) fn minus(self, other: Self) -> Result<Duration> {
        Duration::new(0, 0, 0, self.utc_nanos() - other.utc_nanos())
    }
}

fn turn(nanos: i64, duration: Duration) -> i64 {
    (i128::from(nanos) + duration.clock_nanos()).rem_euclid(i128::from(NANOS_PER_DAY)) as i64
}

impl LocalDateTime {
    /// Adds months, then days, then the rest.
    pub(crate) fn plus(self, duration: Duration) -> Result<Self> {
        let date =
            self.date().plus_calendar(duration.months(), Some(duration.days())).map_err(|_| overflow("datetime"))?;
        let start = LocalDateTime::new(date, self.time());
        LocalDateTime::checked_from_nanos(start.total_nanos().checked_add(duration.clock_nanos()))
    }

    /// Days and the rest from `other` to this.
    pub(crate) fn minus(self, other: Self) -> Result<Duration> {
        days_and_rest(self.total_nanos() - other.total_nanos())
    }
}

impl ZonedDateTime {
    /// Adds months, then days, by the calendar of the time zone, then the rest as elapsed time.
    pub(crate) fn plus(&self, duration: Duration) -> Result<Self> {
        let error = |_| overflow("datetime");
        let mut zoned = self.zoned();
        if duration.months() != 0 || duration.days() != 0 {
            let span = Span::new().try_months(duration.months()).and_then(|span| span.try_days(duration.days()));
            zoned = zoned.checked_add(span.map_err(error)?).map_err(error)?;
        }
        let rest = SignedDuration::new(duration.seconds(), duration.nanos());
        let moved = ZonedDateTime::from_zoned(&zoned.checked_add(rest).map_err(error)?);
        // A zone whose name is not known here keeps its name and offset.
        Ok(if moved.zone.is_none() { ZonedDateTime { zone: self.zone.clone(), ..moved } } else { moved })
    }

    /// Days of 24 hours and the rest from `other` to this.
    pub(crate) fn minus(&self, other: &Self) -> Result<Duration> {
        days_and_rest(self.total_nanos() - other.total_nanos())
    }
}

fn days_and_rest(nanos: i128) -> Result<Duration> {
    let day = i128::from(NANOS_PER_DAY);
    Duration::from_parts(Some(0), i64::try_from(nanos / day).ok(), Some(nanos % day))
}

impl Duration {
    /// The sum, part by part.
    pub(crate) fn plus(self, other: Self) -> Result<Self> {
        Duration::from_parts(
            self.months.checked_add(other.months),
            self.days.checked_add(other.days),
            Some(self.clock_nanos() + other.clock_nanos()),
        )
    }

    /// The duration in the other direction.
    pub(crate) fn negated(self) -> Result<Self> {
        Duration::from_parts(self.months.checked_neg(), self.days.checked_neg(), Some(-self.clock_nanos()))
    }

    /// The duration so many times, exactly.
    pub(crate) fn times(self, factor: i64) -> Result<Self> {
        Duration::from_parts(
            self.months.checked_mul(factor),
            self.days.checked_mul(factor),
            self.clock_nanos().checked_mul(i128::from(factor)),
        )
    }

    /// The duration scaled by a number; parts of a month become days (30.436875 a month), parts of a day the rest.
    pub(crate) fn scaled(self, scale: impl Fn(f64) -> f64) -> Result<Self> {
        let months = scale(self.months as f64);
        let days = scale(self.days as f64) + months.fract() * (SECONDS_PER_MEAN_MONTH as f64 / SECONDS_PER_DAY as f64);
        let rest = days.fract() * NANOS_PER_DAY as f64;
        let nanos = scale(self.seconds as f64) * NANOS_PER_SECOND as f64 + scale(f64::from(self.nanos)) + rest;
        if !nanos.is_finite() {
            return Err(Error::data("22015", "a duration cannot be scaled by that number"));
        }
        Duration::from_parts(whole(months), whole(days), Some(nanos.round() as i128))
    }
}

fn whole(number: f64) -> Option<i64> {
    (number.abs() < 9.2e18).then_some(number.trunc() as i64)
}
