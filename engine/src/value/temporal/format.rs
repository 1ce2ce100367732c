//! Temporal values as ISO 8601 text, with as few digits of the second as hold the value.

use std::fmt::{Display, Formatter, Result};

use super::{Date, Duration, LocalDateTime, LocalTime, NANOS_PER_SECOND, ZonedDateTime, ZonedTime};

impl Display for Date {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let date = self.civil();
        match date.year() {
            year if year < 0 => write!(f, "-{:06}", -i32::from(year))?,
            year => write!(f, "{year:04}")?,
        }
        write!(f, "-{:02}-{:02}", date.month(), date.day())
    }
}

impl Display for LocalTime {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{:02}:{:02}:{:02}", self.hour(), self.minute(), self.second())?;
        fraction(f, self.nanosecond())
    }
}

impl Display for ZonedTime {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}", self.local())?;
        offset(f, self.offset_seconds)
    }
}

impl Display for LocalDateTime {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}T{}", self.date(), self.time())
    }
}

impl Display for ZonedDateTime {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}", self.local())?;
        offset(f, self.offset_seconds)?;
        match self.zone() {
            Some(zone) => write!(f, "[{zone}]"),
            None => Ok(()),
        }
    }
}

impl Display for Duration {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("P")?;
        let mut empty = true;
        let mut part = |f: &mut Formatter<'_>, amount: i64, unit: char| -> Result {
            if amount != 0 {
                empty = false;
                write!(f, "{amount}{unit}")?;
            }
            Ok(())
        };
        part(f, self.months / 12, 'Y')?;
        part(f, self.months % 12, 'M')?;
        part(f, self.days, 'D')?;
        if self.seconds == 0 && self.nanos == 0 {
            return if empty { f.write_str("T0S") } else { Ok(()) };
        }
        f.write_str("T")?;
        part(f, self.seconds / 3600, 'H')?;
        part(f, self.seconds / 60 % 60, 'M')?;
        let (second, nanos) = (self.seconds % 60, i64::from(self.nanos));
        if second == 0 && nanos == 0 {
            return Ok(());
        }
        if second < 0 || nanos < 0 {
            f.write_str("-")?;
        }
        write!(f, "{}", second.abs())?;
        fraction(f, nanos.abs())?;
        f.write_str("S")
    }
}

/// `.5` of 500 million nanoseconds, nothing of none.
fn fraction(f: &mut Formatter<'_>, nanos: i64) -> Result {
    if nanos == 0 {
        return Ok(());
    }
    let digits = format!("{:09}", nanos % NANOS_PER_SECOND);
    write!(f, ".{}", digits.trim_end_matches('0'))
}

/// `Z`, `+01:00`, `-00:44:30`.
fn offset(f: &mut Formatter<'_>, seconds: i32) -> Result {
    if seconds == 0 {
        return f.write_str("Z");
    }
    let (sign, seconds) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
    write!(f, "{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)?;
    match seconds % 60 {
        0 => Ok(()),
        rest => write!(f, ":{rest:02}"),
    }
}
