//! The vector that others are compared with, and bounds of what the function gives for them.

use wend_algorithms::{ProductEstimate, QuantisedQuery, QuantisedVectors, Score, scores};

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
    quantised: QuantisedQuery,
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
        let quantised = QuantisedQuery::new(&narrow);
        Some(Query { measure, numbers: narrow, quantised, norm, error, absolute_error })
    }

    /// Wide bounds for the vectors at some places from a quarter of their bytes; `None` where the function is NULL. False when there
    /// are none for this measure.
    pub(super) fn wide_bounds(
        &self,
        places: &[usize],
        vectors: &QuantisedVectors,
        norms: &[f32],
        bounds: &mut Vec<Option<Bounds>>,
    ) -> bool {
        if self.measure == Measure::Manhattan {
            return false;
        }
        let mut estimates = Vec::with_capacity(places.len());
        self.quantised.estimates(vectors, places, norms, &mut estimates);
        let rounding = Score::error(self.numbers.len()) + 1e-12;
        let bound = |(&place, ProductEstimate { product, error }): (&usize, ProductEstimate)| {
            let norm = f64::from(norms[place]);
            // What the narrow bounds allow for stands here too.
            let error = error + (rounding * self.norm + self.error) * norm + LOST;
            let around = match self.measure {
                Measure::Cosine if norm == 0.0 => return None,
                Measure::Cosine => Bounds::around(product / norm, error / norm),
                Measure::Dot => Bounds::around(product, error),
                _ => {
                    // |a - b|^2 = |a|^2 + |b|^2 - 2ab, with norms from 32 bits.
                    let (square, off) = (self.norm * self.norm + norm * norm, 2.0 * error);
                    let off = off + 1e-6 * square;
                    let (square, root) = (square - 2.0 * product, |square: f64| square.max(0.0).sqrt());
                    Bounds { low: root(square - off) - self.error, high: root(square + off) + self.error }
                }
            };
            Some(if norm == 0.0 || NORMS.contains(&norm) { around } else { Bounds::UNKNOWN })
        };
        bounds.clear();
        bounds.extend(places.iter().zip(estimates).map(bound));
        true
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Both kinds of bounds hold the function's value, whatever the magnitudes.
        #[test]
        fn bounds_hold_the_value(
            a in proptest::collection::vec(-1.0f64..1.0, 9),
            b in proptest::collection::vec(-1.0f32..1.0, 9),
            magnitudes in (-9i32..9, -9i32..9),
            near in proptest::bool::ANY,
        ) {
            let a: Vec<f64> = a.iter().map(|number| number * 10f64.powi(magnitudes.0)).collect();
            let b: Vec<f32> = match near {
                true => a.iter().map(|number| *number as f32).collect(),
                false => b.iter().map(|number| number * 10f32.powi(magnitudes.1)).collect(),
            };
            let wide: Vec<f64> = b.iter().map(|number| f64::from(*number)).collect();
            let sum = |term: fn(f64, f64) -> f64| a.iter().zip(&wide).map(|(x, y)| term(*x, *y)).sum::<f64>();
            let norm = |numbers: &[f64]| numbers.iter().map(|number| number * number).sum::<f64>().sqrt();
            let value = Value::List(a.iter().map(|number| Value::Float(*number)).collect::<Vec<_>>().into());
            let (norms, quantised) = ([norm(&wide) as f32], QuantisedVectors::new(&b, 9));
            for (measure, exact) in [
                (Measure::Cosine, sum(|x, y| x * y) / (norm(&a) * norm(&wide))),
                (Measure::Dot, sum(|x, y| x * y)),
                (Measure::Euclidean, sum(|x, y| (x - y) * (x - y)).sqrt()),
                (Measure::Manhattan, sum(|x, y| (x - y).abs())),
            ] {
                let Some(query) = Query::new(measure, &value, 9) else { continue };
                let mut found = Vec::new();
                prop_assert_eq!(query.wide_bounds(&[0], &quantised, &norms, &mut found), measure != Measure::Manhattan);
                found.extend(query.bounds(&[0], &b, &norms));
                for bounds in found.into_iter().flatten() {
                    // The function's own sums are rounded too.
                    let rounding = 1e-13 * (exact.abs() + norm(&a) * norm(&wide).max(1.0));
                    prop_assert!(bounds.low <= exact + rounding && exact - rounding <= bounds.high, "{:?} {} {:?}", measure, exact, bounds);
                }
            }
        }
    }
}
