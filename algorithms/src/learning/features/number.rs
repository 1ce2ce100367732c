//! Numbers as z-scores, truth values as 0 and 1, and the NULL indicator of both.
//!
//! A z-score beyond [`CUT`] standard deviations is cut there: one outlier among a million values would else weigh as
//! much as a thousand usual rows. A column that is constant at the training rows carries no information but the
//! presence of a value, so it becomes one column that is 1 where there is one.

use ndarray::ArrayViewMut2;
use serde::{Deserialize, Serialize};

use super::request::Scale;
use crate::graph::property::Values;

/// Largest z-score.
pub(super) const CUT: f64 = 10.0;

/// The number in a row; NaN where there is none.
pub(super) fn number_at(values: &Values, row: u32) -> f64 {
    let row = row as usize;
    match values {
        Values::Numbers { values, .. } | Values::Times(values) => values[row],
        Values::Bools(values) => values[row].map_or(f64::NAN, |value| f64::from(u8::from(value))),
        _ => f64::NAN,
    }
}

/// Mean and deviation, of numbers divided by their largest magnitude so that no sum overflows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Moments {
    scale: f64,
    mean: f64,
    deviation: f64,
}

impl Moments {
    /// Of the finite numbers; `None` when there are none.
    pub fn of(numbers: impl Iterator<Item = f64> + Clone) -> Option<Moments> {
        let finite = numbers.filter(|number| number.is_finite());
        let (mut low, mut high, mut count) = (f64::INFINITY, f64::NEG_INFINITY, 0u64);
        for number in finite.clone() {
            (low, high, count) = (low.min(number), high.max(number), count + 1);
        }
        if count == 0 {
            return None;
        }
        let largest = low.abs().max(high.abs());
        let scale = if largest > 0.0 { largest } else { 1.0 };
        let mean = finite.clone().map(|number| number / scale).sum::<f64>() / count as f64;
        let square = |number: f64| (number / scale - mean) * (number / scale - mean);
        let variance = finite.map(square).sum::<f64>() / count as f64;
        // Sums of equal numbers round, so that their deviation would not be 0.
        let deviation = if low == high { 0.0 } else { variance.sqrt() };
        Some(Moments { scale, mean, deviation })
    }

    /// Whether all numbers were the same.
    pub fn constant(&self) -> bool {
        self.deviation == 0.0
    }

    /// The z-score of a number that is not NaN, cut at [`CUT`].
    pub fn z(&self, number: f64) -> f32 {
        if self.constant() {
            return 0.0;
        }
        (((number / self.scale) - self.mean) / self.deviation).clamp(-CUT, CUT) as f32
    }
}

/// How a number becomes columns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum NumberForm {
    /// Constant when fitted: 1 where a value is present.
    Presence,
    Zscore(Moments),
    /// The number itself.
    Plain,
}

/// The encoder of numbers, and of times and truth values taken as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Number {
    form: NumberForm,
    /// Whether a column says where NULL is.
    nulls: bool,
}

impl Number {
    /// Fits the training rows; `None` when none of them has a finite number.
    pub fn fit(values: &Values, training: &[u32], scale: Scale) -> Option<Number> {
        let numbers = training.iter().map(|&row| number_at(values, row));
        let nulls = numbers.clone().any(f64::is_nan);
        let moments = Moments::of(numbers)?;
        Some(match scale {
            Scale::None => Number { form: NumberForm::Plain, nulls },
            _ if moments.constant() => Number { form: NumberForm::Presence, nulls: false },
            _ => Number { form: NumberForm::Zscore(moments), nulls },
        })
    }

    /// Whether the column is constant, so that only the presence of a value carries information.
    pub fn is_presence(&self) -> bool {
        self.form == NumberForm::Presence
    }

    pub fn width(&self) -> usize {
        1 + usize::from(self.nulls)
    }

    pub fn encode(&self, values: &Values, rows: &[u32], mut matrix: ArrayViewMut2<'_, f32>) {
        for (&row, mut out) in rows.iter().zip(matrix.outer_iter_mut()) {
            let number = number_at(values, row);
            if number.is_nan() {
                if self.nulls {
                    out[1] = 1.0;
                }
                continue;
            }
            out[0] = match &self.form {
                NumberForm::Presence => 1.0,
                NumberForm::Zscore(moments) => moments.z(number),
                NumberForm::Plain => number.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32,
            };
        }
    }
}

/// The encoder of truth values, and of the numbers 0 and 1 taken as such.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Flag {
    /// Constant when fitted: 1 where a value is present.
    presence: bool,
    nulls: bool,
}

impl Flag {
    /// Fits the training rows; `None` when none of them has a value.
    pub fn fit(values: &Values, training: &[u32]) -> Option<Flag> {
        let numbers = || training.iter().map(|&row| number_at(values, row));
        let (yes, no) = (numbers().any(|number| number > 0.0), numbers().any(|number| number <= 0.0));
        let nulls = numbers().any(f64::is_nan);
        (yes || no).then_some(Flag { presence: yes != no, nulls: nulls && yes == no })
    }

    /// Whether the column is constant, so that only the presence of a value carries information.
    pub fn is_presence(&self) -> bool {
        self.presence
    }

    pub fn width(&self) -> usize {
        1 + usize::from(self.nulls)
    }

    pub fn encode(&self, values: &Values, rows: &[u32], mut matrix: ArrayViewMut2<'_, f32>) {
        for (&row, mut out) in rows.iter().zip(matrix.outer_iter_mut()) {
            let number = number_at(values, row);
            if number.is_nan() {
                if self.nulls {
                    out[1] = 1.0;
                }
                continue;
            }
            out[0] = if self.presence || number > 0.0 { 1.0 } else { 0.0 };
        }
    }
}
