//! The vector that others are compared with, and bounds of what the function gives for them.

use wend_algorithms::{Score, scores};

use crate::{plan::nearest::Measure, value::Value};

/// What a value is at least and at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Bounds {
    pub(super) const UNKNOWN: Bounds = Bounds { low: f64::NEG_INFINITY, high: f64::INFINITY };

    /// Both NaN and infinity tell nothing.
    fn around(value: f64, error: f64) -> Self {
        let bounds = Bounds { low: value - error, high: value + error };
        if bounds.low.is_finite() && bounds.high.is_finite() { bounds } else { Bounds::UNKNOWN }
    }
}

/// A vector as 32-bit floats, and what that changes.
pub(super) struct Query {
    measure: Measure,
    numbers: Vec<f32>,
    norm: f64,
    /// The length of the difference from the vector itself, and the sum of its absolute numbers.
    error: f64,
    absolute_error: f64,
}

/// Magnitudes at which no product, square or sum of 32-bit floats overflows, and what is lost to zero does not count.
const NORMS: std::ops::Range<f64> = 1e-12..1e12;

/// What is lost to zero in a sum of squares or products, at most.
const LOST: f64 = 1e-30;

impl Query {
    /// `None` where the value is no vector of that length, or of a magnitude without bounds.
    pub(super) fn new(measure: Measure, value: &Value, width: usize) -> Option<Query> {
        let mut numbers: Vec<f64> = match value {
            Value::Vector(numbers) => numbers.iter().map(|number| f64::from(*number)).collect(),
            Value::List(items) => items.iter().map(number).collect::<Option<_>>()?,
            _ => return None,
        };
        let mut norm = numbers.iter().map(|number| number * number).sum::<f64>().sqrt();
        if numbers.len() != width || !NORMS.contains(&norm) {
            return None;
        }
        if measure == Measure::Cosine {
            numbers.iter_mut().for_each(|number| *number /= norm);
            norm = 1.0;
        }
        let narrow: Vec<f32> = numbers.iter().map(|number| *number as f32).collect();
        let errors = || numbers.iter().zip(&narrow).map(|(number, narrow)| (number - f64::from(*narrow)).abs());
        let error = errors().map(|error| error * error).sum::<f64>().sqrt();
        let absolute_error = errors().sum();
        Some(Query { measure, numbers: narrow, norm, error, absolute_error })
    }

    /// Bounds for the vectors at some places; `None` where the function is NULL.
    pub(super) fn bounds(&self, places: &[usize], numbers: &[f32], norms: &[f32]) -> Vec<Option<Bounds>> {
        let score = match self.measure {
            Measure::Cosine | Measure::Dot => Score::Dot,
            Measure::Euclidean => Score::SquaredDistance,
            Measure::Manhattan => Score::ManhattanDistance,
        };
        let mut found = vec![0.0; places.len()];
        scores(&mut found, score, &self.numbers, places, numbers);
        // Where numbers vanish their rounding does too, which the bound of it need not.
        let rounding = Score::error(self.numbers.len()) + 1e-12;
        let bound = |(found, &place): (f32, &usize)| {
            let (found, norm) = (f64::from(found), f64::from(norms[place]));
            let around = match self.measure {
                Measure::Cosine if norm == 0.0 => return None,
                Measure::Cosine => Bounds::around(found / norm, rounding + self.error + LOST / norm),
                Measure::Dot => Bounds::around(found, (rounding * self.norm + self.error) * norm + LOST),
                Measure::Euclidean => {
                    let distance = found.sqrt();
                    Bounds::around(distance, rounding * distance + self.error + LOST.sqrt())
                }
                Measure::Manhattan => Bounds::around(found, rounding * found + self.absolute_error + LOST),
            };
            let known = norm == 0.0 || NORMS.contains(&norm);
            Some(if known { around } else { Bounds::UNKNOWN })
        };
        found.into_iter().zip(places).map(bound).collect()
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        Value::Int(number) => Some(*number as f64),
        _ => None,
    }
}
