//! Durations: their parts, and how they compare.

use std::cmp::Ordering;

use super::{NANOS_PER_DAY, NANOS_PER_SECOND, SECONDS_PER_MEAN_MONTH};
use crate::error::{Error, Result};

/// A length of time: months, days, and seconds with nanoseconds, which have the same sign.
///
/// A day is 24 hours, so `P1D` = `PT24H`; a month has no fixed number of days, so `P1M` equals no number of days.
/// The total order (`ORDER BY`) takes a month as 30.436875 days.
#[derive(Clone, Copy, Debug, Default)]
pub struct Duration {
    pub(super) months: i64,
    pub(super) days: i64,
    pub(super) seconds: i64,
    pub(super) nanos: i32,
}

impl Duration {
    /// A duration of so many months, days, seconds and nanoseconds, each of either sign.
    pub fn new(months: i64, days: i64, seconds: i64, nanos: i64) -> Result<Self> {
        let total = i128::from(seconds) * i128::from(NANOS_PER_SECOND) + i128::from(nanos);
        Self::from_parts(Some(months), Some(days), Some(total))
    }

    pub(crate) fn from_stored(months: i64, days: i64, seconds: i64, nanos: i32) -> Self {
        Self::new(months, days, seconds, i64::from(nanos)).unwrap_or(Duration { months, days, seconds, nanos: 0 })
    }

    /// From checked parts; `nanos` are all nanoseconds of the part below a day.
    pub(crate) fn from_parts(months: Option<i64>, days: Option<i64>, nanos: Option<i128>) -> Result<Self> {
        let seconds = nanos.and_then(|nanos| i64::try_from(nanos / i128::from(NANOS_PER_SECOND)).ok());
        match (months, days, nanos, seconds) {
            (Some(months), Some(days), Some(nanos), Some(seconds)) => {
                Ok(Duration { months, days, seconds, nanos: (nanos % i128::from(NANOS_PER_SECOND)) as i32 })
            }
            _ => Err(Error::data("22015", "the duration is too long for 64 bits of months, days or seconds")),
        }
    }

    /// The months.
    pub fn months(self) -> i64 {
        self.months
    }

    /// The days.
    pub fn days(self) -> i64 {
        self.days
    }

    /// The whole seconds below the days.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// The nanoseconds below the seconds, of the same sign.
    pub fn nanos(self) -> i32 {
        self.nanos
    }

    /// Nanoseconds of the part below the days.
    pub(crate) fn clock_nanos(self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOS_PER_SECOND) + i128::from(self.nanos)
    }

    /// Nanoseconds of the part below the months, a day being 24 hours.
    pub(crate) fn day_nanos(self) -> i128 {
        i128::from(self.days) * i128::from(NANOS_PER_DAY) + self.clock_nanos()
    }

    /// Which is longer; `None` where it depends on the month.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        match (self.months.cmp(&other.months), self.day_nanos().cmp(&other.day_nanos())) {
            (months, Ordering::Equal) => Some(months),
            (Ordering::Equal, days) => Some(days),
            (months, days) => (months == days).then_some(months),
        }
    }

    pub(super) fn key(self) -> (i128, i64) {
        let month = i128::from(SECONDS_PER_MEAN_MONTH) * i128::from(NANOS_PER_SECOND);
        (i128::from(self.months) * month + self.day_nanos(), self.months)
    }
}
