//! Dates and times: the age, which counts back from the latest one, and the places in the day, the week and the year.
//!
//! Age alone cannot say "at night" or "on Sundays", and the hour as a number puts 23:59 far from 00:00; sine and
//! cosine of the angle do not. A part that is the same at all training rows (the time of day of dates) is left out.

use std::f64::consts::TAU;

use ndarray::{ArrayViewMut2, s};
use serde::{Deserialize, Serialize};

use super::number::{Moments, number_at};
use crate::graph::property::Values;

const DAY: f64 = 86_400.0;
/// Times farther from 1970 are taken as this far, so that days fit an integer: 300,000 years.
const FARTHEST: f64 = 1e13;

/// A moment's places in the day, the week and the year, each as a share from 0 to 1.
pub(super) fn parts(seconds: f64) -> [f64; 3] {
    let seconds = seconds.clamp(-FARTHEST, FARTHEST);
    let days = (seconds / DAY).floor();
    let of_day = (seconds / DAY - days).clamp(0.0, 1.0);
    let days = days as i64;
    // 1970-01-01 was a Thursday; weeks begin on Monday.
    let of_week = (days + 3).rem_euclid(7) as f64 / 7.0;
    let (day, length) = day_of_year(days);
    [of_day, of_week, day as f64 / length as f64]
}

/// The day of the year, from 0, and the year's number of days in the Gregorian calendar.
fn day_of_year(days: i64) -> (i64, i64) {
    const CYCLE: i64 = 146_097;
    // Days from 2000-01-01, the first day of a cycle of 400 years.
    let of_cycle = (days - 10_957).rem_euclid(CYCLE);
    // The days before year y of a cycle, whose year 0 is a leap year.
    let before = |year: i64| if year == 0 { 0 } else { year * 365 + (year - 1) / 4 + 1 - (year - 1) / 100 };
    let guess = of_cycle / 366;
    let year = if of_cycle >= before(guess + 1) { guess + 1 } else { guess };
    (of_cycle - before(year), before(year + 1) - before(year))
}

/// The encoder of times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Time {
    moments: Moments,
    /// Which of [`parts`] vary.
    vary: [bool; 3],
    /// Whether a column says where NULL is.
    nulls: bool,
}

impl Time {
    /// Fits the training rows; `None` when none of them has a time.
    pub fn fit(values: &Values, training: &[u32]) -> Option<Time> {
        let times = training.iter().map(|&row| number_at(values, row));
        let nulls = times.clone().any(f64::is_nan);
        let moments = Moments::of(times.clone())?;
        let mut seen: Option<[f64; 3]> = None;
        let mut vary = [false; 3];
        for time in times.filter(|time| time.is_finite()) {
            let parts = parts(time);
            let first = *seen.get_or_insert(parts);
            for place in 0..3 {
                vary[place] |= parts[place] != first[place];
            }
        }
        Some(Time { moments, vary, nulls: nulls && !moments.constant() })
    }

    /// Whether the column is constant, so that only the presence of a value carries information.
    pub fn is_presence(&self) -> bool {
        self.moments.constant()
    }

    pub fn width(&self) -> usize {
        let parts = self.vary.iter().filter(|&&varies| varies).count();
        1 + 2 * parts + usize::from(self.nulls)
    }

    /// The encoding as a listing shows it.
    pub fn note(&self) -> String {
        let names = ["time of day", "day of week", "day of year"];
        let parts: Vec<&str> =
            names.into_iter().zip(self.vary).filter(|(_, varies)| *varies).map(|(name, _)| name).collect();
        if parts.is_empty() { "age".to_owned() } else { format!("age, {}", parts.join(", ")) }
    }

    pub fn encode(&self, values: &Values, rows: &[u32], mut matrix: ArrayViewMut2<'_, f32>) {
        for (&row, mut out) in rows.iter().zip(matrix.outer_iter_mut()) {
            let time = number_at(values, row);
            if time.is_nan() {
                if let (true, Some(last)) = (self.nulls, out.last_mut()) {
                    *last = 1.0;
                }
                continue;
            }
            // The older, the larger the age.
            out[0] = if self.is_presence() { 1.0 } else { -self.moments.z(time) };
            let varying = parts(time).into_iter().zip(self.vary).filter(|(_, varies)| *varies);
            for ((share, _), mut out) in varying.zip(out.slice_mut(s![1..]).exact_chunks_mut(2)) {
                let (sine, cosine) = (TAU * share).sin_cos();
                (out[0], out[1]) = (sine as f32, cosine as f32);
            }
        }
    }
}
