//! Exact sums: one outcome for any order of the rows.
//!
//! Integers are added in 128 bits. Floats are kept as an expansion, a few floats whose exact sum is the sum so far (Shewchuk,
//! "Adaptive precision floating-point arithmetic", 1997), and rounded once at the end. Floats so large that adding two of them
//! might overflow are kept in an expansion of their own, scaled down.

use crate::{
    error::{Error, Result},
    value::{Duration, Value, float_sum::FloatSum},
};

/// What SUM and AVG keep.
#[derive(Debug, Default)]
pub(super) struct Sum {
    integers: i128,
    /// Made for the first float.
    floats: Option<Box<FloatSum>>,
    /// Months, days and nanoseconds of the durations.
    durations: Option<Box<(i128, i128, i128)>>,
    any_integer: bool,
}

impl Sum {
    /// Adds a number or a duration; how many bytes more it takes now.
    pub(super) fn add(&mut self, value: &Value) -> Result<usize> {
        match value {
            Value::Int(number) => self.add_integer(*number),
            Value::Float(number) => return Ok(self.add_float(*number)),
            Value::Duration(duration) => {
                let new = if self.durations.is_none() { size_of::<(i128, i128, i128)>() } else { 0 };
                let (months, days, nanos) = &mut **self.durations.get_or_insert_default();
                *months += i128::from(duration.months());
                *days += i128::from(duration.days());
                *nanos = nanos.saturating_add(duration.clock_nanos());
                return Ok(new);
            }
            _ => return Err(Error::value_type(format!("SUM and AVG take numbers, not {}", value.type_name()))),
        }
        Ok(0)
    }

    pub(super) fn add_integer(&mut self, number: i64) {
        self.any_integer = true;
        self.integers += i128::from(number);
    }

    pub(super) fn add_float(&mut self, number: f64) -> usize {
        let before = self.floats.as_ref().map_or(0, |floats| floats.heap_bytes() + size_of::<FloatSum>());
        let floats = self.floats.get_or_insert_default();
        floats.add(number);
        (floats.heap_bytes() + size_of::<FloatSum>()).saturating_sub(before)
    }

    /// The float that DISTINCT leaves out is equal to a number that was added: the sum is one of floats all the same.
    pub(super) fn note_float(&mut self) {
        self.floats.get_or_insert_default();
    }

    pub(super) fn has_floats(&self) -> bool {
        self.floats.is_some()
    }

    /// Adds another sum; how many bytes more it takes now.
    pub(super) fn merge(&mut self, other: &Sum) -> usize {
        self.any_integer |= other.any_integer;
        self.integers += other.integers;
        if let Some(durations) = &other.durations {
            let (months, days, nanos) = &mut **self.durations.get_or_insert_default();
            *months += durations.0;
            *days += durations.1;
            *nanos = nanos.saturating_add(durations.2);
        }
        let Some(floats) = &other.floats else { return 0 };
        let before = self.floats.as_ref().map_or(0, |floats| floats.heap_bytes() + size_of::<FloatSum>());
        let mine = self.floats.get_or_insert_default();
        mine.merge(floats);
        (mine.heap_bytes() + size_of::<FloatSum>()).saturating_sub(before)
    }

    /// The sum: of integers alone an integer, NULL of nothing.
    pub(super) fn sum(&self) -> Result<Value> {
        if let Some(durations) = &self.durations {
            return self.duration(durations);
        }
        match &self.floats {
            None if !self.any_integer => Ok(Value::Null),
            None => {
                let sum = i64::try_from(self.integers);
                sum.map(Value::Int).map_err(|_| Error::data("22003", "the sum is out of the range of INT64"))
            }
            Some(floats) => finite("the sum", floats.total(self.integers).value(1.0), floats.special),
        }
    }

    /// The mean of `count` values.
    pub(super) fn mean(&self, count: i64) -> Result<Value> {
        if let Some(durations) = &self.durations {
            return crate::function::operators::divide(&self.duration(durations)?, &Value::Int(count));
        }
        let none = FloatSum::default();
        let floats = self.floats.as_deref().unwrap_or(&none);
        finite("the mean", floats.total(self.integers).value(count as f64), floats.special)
    }

    fn duration(&self, (months, days, nanos): &(i128, i128, i128)) -> Result<Value> {
        if self.any_integer || self.floats.is_some() {
            return Err(Error::value_type("SUM and AVG take numbers or durations, not both"));
        }
        let part = |part: &i128| i64::try_from(*part).ok();
        Ok(Value::Duration(Duration::from_parts(part(months), part(days), Some(*nanos))?))
    }
}

/// A float, which is infinite only if a value was.
fn finite(what: &str, number: f64, special: Option<f64>) -> Result<Value> {
    if number.is_infinite() && special.is_none() {
        return Err(Error::data("22003", format!("{what} is out of the range of FLOAT64")));
    }
    Ok(Value::Float(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::float_sum::ldexp;

    fn sum(numbers: &[f64]) -> f64 {
        let mut sum = FloatSum::default();
        numbers.iter().for_each(|number| sum.add(*number));
        sum.value()
    }

    #[test]
    fn sums_of_floats_are_rounded_once() {
        let max = f64::MAX;
        for (numbers, wanted) in [
            (&[][..], 0.0),
            (&[0.1; 10], 1.0),
            (&[1e100, 1.0, -1e100], 1.0),
            (&[max, max, -max], max),
            (&[max, -max, 5e-324], 5e-324),
            (&[5e-324, 5e-324], 1e-323),
            (&[max, max], f64::INFINITY),
            (&[-max, -max], f64::NEG_INFINITY),
            (&[1.0, 1.1102230246251565e-16], 1.0),
            (&[1.0, 1.1102230246251565e-16, 5e-324], 1.0000000000000002),
            (&[1e300, -1e300, -3.5, 1e-300], -3.5),
            (&[2.2250738585072014e-308, -5e-324], 2.225073858507201e-308),
            (&[f64::INFINITY, max], f64::INFINITY),
        ] {
            assert_eq!(sum(numbers), wanted, "{numbers:?}");
        }
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY, 1.0]).is_nan());
    }

    #[test]
    fn the_order_does_not_matter() {
        // Magnitudes over the whole range, in two orders.
        let mut state = 1u64;
        let mut number = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let number = f64::from_bits(state ^ (state >> 29));
            if number.is_finite() { number / 4096.0 } else { 1.0 }
        };
        for _ in 0..200 {
            let mut numbers: Vec<f64> = (0..50).map(|_| number()).collect();
            let first = sum(&numbers);
            numbers.reverse();
            numbers.rotate_left(17);
            assert_eq!(sum(&numbers).to_bits(), first.to_bits());
            let negated: Vec<f64> = numbers.iter().map(|number| -number).collect();
            assert_eq!(sum(&negated), -first);
        }
    }

    #[test]
    fn numbers_are_scaled_by_powers_of_two() {
        assert_eq!(ldexp(1.0, -1074), 5e-324);
        assert_eq!(ldexp(1.0, -1076), 0.0);
        assert_eq!(ldexp(4503599627370496.0, -1126), 5e-324);
        assert_eq!(ldexp(5e-324, 1074), 1.0);
        assert_eq!(ldexp(5e-324, 2097), f64::from_bits(0x7fe0_0000_0000_0000));
        assert_eq!(ldexp(1.0, 1024), f64::INFINITY);
        assert_eq!(ldexp(3.0, -1022), 6.675221575521604e-308);
    }
}
