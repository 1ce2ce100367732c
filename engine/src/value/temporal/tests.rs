//! Temporal texts and arithmetic.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use proptest::prelude::*;

use super::*;

fn read<T: FromStr<Err = Error> + Display>(text: &str) -> String {
    text.parse::<T>().map_or_else(|error| error.gqlstatus().to_owned(), |value| value.to_string())
}

#[test]
fn dates() {
    for text in ["2024-02-29", "0000-01-01", "9999-12-31", "-009999-01-01", "1969-12-31"] {
        assert_eq!(read::<Date>(text), text);
    }
    assert_eq!(read::<Date>("20240115"), "2024-01-15");
    assert_eq!(read::<Date>("+2024-01-15"), "2024-01-15");
    for text in ["2023-02-29", "2024-13-01", "2024-1-1", "", "2024-01-15T10:00", "+10000-01-01", "2024-01-1é", "x"] {
        assert_eq!(read::<Date>(text), "22007", "{text}");
    }
    let date: Date = "1969-12-31".parse().unwrap();
    assert_eq!((date.days(), date.year(), date.month(), date.day()), (-1, 1969, 12, 31));
    assert_eq!(Date::from_days(*DAYS.start() as i32).civil(), civil::Date::MIN);
    assert_eq!(Date::from_days(*DAYS.end() as i32).civil(), civil::Date::MAX);
    assert_eq!(Date::new(2023, 2, 29).unwrap_err().message(), "there is no date 2023-02-29");
}

#[test]
fn times() {
    assert_eq!(read::<LocalTime>("10:30"), "10:30:00");
    assert_eq!(read::<LocalTime>("103015,25"), "10:30:15.25");
    assert_eq!(read::<LocalTime>("23:59:59.999999999"), "23:59:59.999999999");
    assert_eq!(read::<ZonedTime>("10:30Z"), "10:30:00Z");
    assert_eq!(read::<ZonedTime>("10:30:00-0330"), "10:30:00-03:30");
    for text in ["24:00", "10", "10:60", "10:30:00.", "10:30:00.1234567890", "10:30Z"] {
        assert_eq!(read::<LocalTime>(text), "22007", "{text}");
    }
    assert_eq!(read::<ZonedTime>("10:30+19:00"), "22007");
    let (a, b): (ZonedTime, ZonedTime) = ("10:00+01:00".parse().unwrap(), "09:00Z".parse().unwrap());
    assert_eq!(a, b);
}

#[test]
fn date_times() {
    assert_eq!(read::<LocalDateTime>("2024-01-15 10:30"), "2024-01-15T10:30:00");
    assert_eq!(read::<LocalDateTime>("2024-01-15"), "2024-01-15T00:00:00");
    assert_eq!(read::<ZonedDateTime>("2024-07-15T10:30+02:00"), "2024-07-15T10:30:00+02:00");
    assert_eq!(read::<ZonedDateTime>("2024-07-15T10:30[Europe/Berlin]"), "2024-07-15T10:30:00+02:00[Europe/Berlin]");
    assert_eq!(read::<ZonedDateTime>("2024-07-15T10:30+01:00[Europe/Berlin]"), "22007");
    assert_eq!(read::<ZonedDateTime>("2024-07-15T10:30[Nowhere/City]"), "22007");
    assert_eq!(read::<ZonedDateTime>("2024-07-15T10:30"), "22007");
    assert_eq!(read::<ZonedDateTime>("9999-12-31T23:59:59-18:00"), "22007");
    let value: ZonedDateTime = "2024-07-15T10:30:00.5+02:00".parse().unwrap();
    assert_eq!((value.seconds(), value.nanosecond(), value.offset_seconds()), (1_721_032_200, 500_000_000, 7200));
    assert_eq!(value, "2024-07-15T08:30:00.5Z".parse().unwrap());
}

#[test]
fn durations() {
    for text in ["P1Y2M3DT4H5M6.5S", "PT0S", "P-1M3D", "PT-0.5S", "P1D", "PT1M", "PT-1H-0.000000001S"] {
        assert_eq!(read::<Duration>(text), text);
    }
    assert_eq!(read::<Duration>("-P1DT2H"), "P-1DT-2H");
    assert_eq!(read::<Duration>("P1.5D"), "P1DT12H");
    assert_eq!(read::<Duration>("P2W"), "P14D");
    assert_eq!(read::<Duration>("P14M"), "P1Y2M");
    for text in ["P", "PT", "P1", "P1H", "PT1D", "P1M1Y", "P0.5M", "1D", "PT1.5.5S", "P1é", "P99999999999999999999D"] {
        assert_eq!(read::<Duration>(text), "22G0H", "{text}");
    }
    assert_eq!(read::<Duration>("P9223372036854775807Y"), "22015");
    assert_eq!(
        read::<Duration>("P9223372036854775807DT9223372036854775807S"),
        "P9223372036854775807DT2562047788015215H30M7S"
    );
}

#[test]
fn months_end_where_the_month_ends() {
    let date: Date = "2024-01-31".parse().unwrap();
    let plus = |text: &str| date.plus(text.parse().unwrap()).map_or_else(|e| e.gqlstatus().into(), |d| d.to_string());
    assert_eq!(plus("P1M"), "2024-02-29");
    assert_eq!(plus("P1Y1M1D"), "2025-03-01");
    assert_eq!(plus("PT25H"), "2024-02-01");
    assert_eq!(plus("P-1M"), "2023-12-31");
    assert_eq!(plus("P8000Y"), "22008");
    assert_eq!(plus("P-9223372036854775807M"), "22008");
    let half: Duration = "P1M".parse().unwrap();
    assert_eq!(half.scaled(|part| part / 2.0).unwrap().to_string(), "P15DT5H14M33S");
}

fn round_trip<T: FromStr<Err = Error> + Display + Debug + PartialEq>(value: &T) -> Result<(), TestCaseError> {
    let text = value.to_string();
    let read: T = text.parse().map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
    prop_assert_eq!(&read, value);
    prop_assert_eq!(read.to_string(), text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn texts_round_trip(days in DAYS, nanos in 0..NANOS_PER_DAY, offset in -MAX_OFFSET..=MAX_OFFSET) {
        let (date, time) = (Date::from_days(days as i32), LocalTime::from_nanos(nanos));
        prop_assert_eq!(i64::from(date.days()), days);
        round_trip(&date)?;
        round_trip(&time)?;
        round_trip(&ZonedTime::new(time, offset).unwrap())?;
        let local = LocalDateTime::new(date, time);
        prop_assert_eq!((local.date(), local.time()), (date, time));
        round_trip(&local)?;
        if let Ok(zoned) = ZonedDateTime::new(local, offset) {
            round_trip(&zoned)?;
            prop_assert_eq!(zoned.local(), local);
        }
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        if let Ok(zoned) = ZonedDateTime::in_zone(local, &zone) {
            // Before standard time Berlin was 53 minutes and 28 seconds ahead: seconds in the offset are kept.
            round_trip(&zoned)?;
        }
    }

    #[test]
    fn durations_round_trip(parts in any::<(i64, i64, i64, i32)>()) {
        let (months, days, seconds, nanos) = parts;
        round_trip(&Duration::from_stored(months, days, seconds, nanos))?;
    }

    #[test]
    fn differences_lead_back(a in DAYS, b in DAYS, nanos in 0..NANOS_PER_DAY) {
        let (a, b) = (Date::from_days(a as i32), Date::from_days(b as i32));
        prop_assert_eq!(b.plus(a.minus(b).unwrap()).unwrap(), a);
        let at = |date, nanos| LocalDateTime::new(date, LocalTime::from_nanos(nanos));
        let (a, b) = (at(a, nanos), at(b, 0));
        prop_assert_eq!(b.plus(a.minus(b).unwrap()).unwrap(), a);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "[-+PTZ0-9:.DHMSWY\\[\\]é ]{0,24}") {
        let _ = (text.parse::<Date>(), text.parse::<LocalTime>(), text.parse::<ZonedTime>(), text.parse::<Duration>());
        let _ = (text.parse::<LocalDateTime>(), text.parse::<ZonedDateTime>());
    }
}
